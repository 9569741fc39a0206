"""Golden detections of the Python package nudenet, for packages/figleaf/test/nudenet.test.ts.

Run: python -m venv VENV && VENV/bin/pip install nudenet==3.4.2 && VENV/bin/python tools/oracles/nudenet.py FOLDER
FOLDER holds the people pictures (dlib-faces, skimage). Writes packages/figleaf/test/golden/nudenet.json. Beside each box as
the package gives it, cut to whole numbers, stands the same box before that.
"""

import importlib.metadata
import json
import pathlib
import sys

# This script has the package's name, and its own folder comes first.
sys.path = [path for path in sys.path if pathlib.Path(path or ".").resolve() != pathlib.Path(__file__).resolve().parent]

from nudenet import nudenet  # noqa: E402

OUT = pathlib.Path(__file__).resolve().parents[2] / "packages/figleaf/test/golden/nudenet.json"
PICTURES = ["dlib-faces/*.jpg", "skimage/*"]
ENDINGS = {".jpg", ".png"}


def detections(detector: nudenet.NudeDetector, path: pathlib.Path) -> list[dict]:
    nudenet.int = int
    found = detector.detect(str(path))
    # The module's own name shadows the built-in one.
    nudenet.int = float
    exact = detector.detect(str(path))
    return [
        {
            "label": whole["class"],
            "score": round(whole["score"], 6),
            "box": whole["box"],
            "exact": [round(float(side), 4) for side in before["box"]],
        }
        for whole, before in zip(found, exact, strict=True)
    ]


def main() -> None:
    folder = pathlib.Path(sys.argv[1])
    detector = nudenet.NudeDetector()
    paths = sorted(path for pattern in PICTURES for path in folder.glob(pattern) if path.suffix in ENDINGS)
    pictures = {}
    for path in paths:
        try:
            pictures[path.relative_to(folder).as_posix()] = detections(detector, path)
        except Exception as error:  # What it cannot read, it cannot be compared on.
            print(f"{path.name}: {error}", file=sys.stderr)
    packages = ["nudenet", "onnxruntime", "opencv-python-headless", "numpy"]
    versions = {"python": sys.version.split()[0]} | {name: importlib.metadata.version(name) for name in packages}
    golden = {"script": "tools/oracles/nudenet.py", "versions": versions, "pictures": pictures}
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(golden, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
