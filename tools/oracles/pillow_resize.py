"""Golden values of Pillow's BILINEAR resize, for packages/figleaf/src/image/resample.test.ts.

Run: python -m pip install pillow && python tools/oracles/pillow_resize.py
Writes packages/figleaf/test/golden/pillow-resize.json. The pictures come from an integer formula that the test computes too.
"""

import json
import pathlib
import sys

import PIL
from PIL import Image

CASES = [
    # width, height, to width, to height
    (37, 29, 12, 10),
    (64, 48, 16, 16),
    (50, 40, 13, 11),
    (9, 7, 20, 15),
    (16, 16, 16, 16),
    (200, 3, 21, 5),
    (1, 1, 4, 3),
    (96, 60, 7, 5),
]
OUT = pathlib.Path(__file__).resolve().parents[2] / "packages/figleaf/test/golden/pillow-resize.json"


def pixels(width: int, height: int) -> bytes:
    """A smooth ground with noise on it: a linear congruential generator's high bits, halved, over two ramps."""
    state = (width * 1000 + height) & 0xFFFFFFFF
    out = bytearray()
    for y in range(height):
        for x in range(width):
            for channel in range(3):
                state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
                out.append((((x * 5 + y * 3 + channel * 40) & 255) >> 1) + (state >> 25))
    return bytes(out)


def main() -> None:
    cases = []
    for width, height, to_width, to_height in CASES:
        image = Image.frombytes("RGB", (width, height), pixels(width, height))
        small = image.resize((to_width, to_height), Image.Resampling.BILINEAR)
        cases.append({"from": [width, height], "to": [to_width, to_height], "data": list(small.tobytes())})
    versions = {"python": sys.version.split()[0], "pillow": PIL.__version__}
    golden = {"script": "tools/oracles/pillow_resize.py", "versions": versions, "cases": cases}
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(golden, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
