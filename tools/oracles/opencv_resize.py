"""Golden values of OpenCV's INTER_LINEAR resize, for packages/figleaf/src/image/resample-opencv.test.ts.

Run: python -m pip install opencv-python-headless pillow && python tools/oracles/opencv_resize.py
Writes packages/figleaf/test/golden/opencv-resize.json. The pictures come from an integer formula that the test computes too.
"""

import json
import pathlib
import sys

import cv2
import numpy

from pillow_resize import pixels

CASES = [
    # width, height, padded to width, height, resized to width, height
    (37, 29, 37, 29, 12, 10),
    (64, 48, 64, 48, 32, 24),
    (40, 40, 40, 40, 20, 20),
    (9, 7, 9, 7, 20, 15),
    (16, 16, 16, 16, 16, 16),
    (200, 3, 200, 3, 21, 5),
    (1, 1, 1, 1, 4, 3),
    (50, 3, 50, 3, 9, 11),
    (50, 37, 50, 50, 17, 17),
    (23, 41, 41, 41, 16, 16),
    (33, 40, 40, 40, 20, 20),
    (3, 10, 10, 10, 14, 14),
    (12, 9, 15, 15, 15, 15),
]
OUT = pathlib.Path(__file__).resolve().parents[2] / "packages/figleaf/test/golden/opencv-resize.json"


def main() -> None:
    cases = []
    for width, height, padded_width, padded_height, to_width, to_height in CASES:
        image = numpy.frombuffer(pixels(width, height), numpy.uint8).reshape(height, width, 3)
        below, right = padded_height - height, padded_width - width
        padded = cv2.copyMakeBorder(image, 0, below, 0, right, cv2.BORDER_CONSTANT)
        small = cv2.resize(padded, (to_width, to_height), interpolation=cv2.INTER_LINEAR)
        cases.append(
            {
                "from": [width, height],
                "within": [padded_width, padded_height],
                "to": [to_width, to_height],
                "data": small.flatten().tolist(),
            }
        )
    versions = {"python": sys.version.split()[0], "opencv": cv2.__version__}
    golden = {"script": "tools/oracles/opencv_resize.py", "versions": versions, "cases": cases}
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(golden, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
