"""Golden pictures of Augmentor and Pillow, for packages/lab/test/augment/golden.test.ts.

Run: python -m pip install Augmentor==0.2.12 && python tools/oracles/augment.py
Writes packages/lab/test/golden/augment.json: for each case the steps as Figleaf has them, and the picture that Augmentor's operation (or for
turns without a cut, Pillow's `rotate`) makes of the same formula picture, as deflated bytes in base64. What Augmentor would draw at random
is settled here.
"""

import base64
import json
import pathlib
import sys
import zlib

import PIL
from Augmentor import Operations
from PIL import Image

OUT = pathlib.Path(__file__).resolve().parents[2] / "packages/lab/test/golden/augment.json"
SIZES = [(72, 72), (68, 51)]


def pixels(width: int, height: int) -> bytes:
    """Discs of plain colours over ramps, four samples across and down."""
    out = bytearray()
    for y in range(height):
        for x in range(width):
            sums = [0, 0, 0]
            for part in range(16):
                u = x * 8 + (part & 3) * 2 + 1
                v = y * 8 + (part >> 2) * 2 + 1
                colour = [(u * 5 + v * 2) // 32 & 255, (v * 7) // 40 & 255, (u + v) // 12 & 255]
                for disc in range(9):
                    cx = (disc * 211 + 90) % (width * 8)
                    cy = (disc * 373 + 150) % (height * 8)
                    radius = 50 + disc * 12
                    if (u - cx) ** 2 + (v - cy) ** 2 < radius * radius:
                        colour = [(disc * 97 + 40) & 255, (disc * 59 + 120) & 255, (disc * 151 + 20) & 255]
                for channel in range(3):
                    sums[channel] += colour[channel]
            for channel in range(3):
                out.append(sums[channel] >> 4)
    return bytes(out)


class Settled:
    """In place of `random` and `numpy.random`: gives out what was settled, in order."""

    def __init__(self, values):
        self.values = list(values)
        self.random = self

    def _next(self, *_):
        return self.values.pop(0)

    uniform = randint = choice = _next


def augmentor(operation, image, values):
    """The operation's result where it draws these values."""
    Operations.random = Settled(values)
    numpy = Operations.np
    uniform = numpy.random.uniform
    if isinstance(operation, (Operations.RandomBrightness, Operations.RandomColor, Operations.RandomContrast)):
        numpy.random.uniform = lambda low, high: values[0]
    try:
        return operation.perform_operation([image])[0]
    finally:
        numpy.random.uniform = uniform


DIRECTIONS = {
    # Augmentor's kind and number of the direction.
    "left": ("TILT", 0),
    "right": ("TILT", 1),
    "top": ("TILT", 2),
    "bottom": ("TILT", 3),
    "top-left-across": ("CORNER", 0),
    "top-left-down": ("CORNER", 1),
    "top-right-across": ("CORNER", 2),
    "top-right-down": ("CORNER", 3),
    "bottom-right-across": ("CORNER", 4),
    "bottom-right-down": ("CORNER", 5),
    "bottom-left-across": ("CORNER", 6),
    "bottom-left-down": ("CORNER", 7),
}


def cases_of(image, width, height):
    yield from (
        # Turned, and not cut: what Augmentor cuts is not the largest rectangle.
        ({"type": "turn", "degrees": degrees}, image.rotate(degrees, resample=Image.Resampling.BICUBIC))
        for degrees in (20, -7)
    )
    for factor in (1.1, 1.3, 1.5):
        yield {"type": "zoom", "factor": factor}, augmentor(Operations.Zoom(1, 1.1, 1.5), image, [factor])
    for seed in (1, 2):
        shifts = [((seed * 7 + index * 5) % 17 - 8, (seed * 3 + index * 11) % 17 - 8) for index in range(9)]
        flat = [value for shift in shifts for value in shift]
        step = {"type": "distort", "columns": 4, "rows": 4, "shifts": shifts}
        yield step, augmentor(Operations.Distort(1, 4, 4, 8), image, flat)
    for index, (direction, (kind, number)) in enumerate(DIRECTIONS.items()):
        # Each of them on one of the two pictures.
        if index % 2 != (0 if width == height else 1):
            continue
        amount = 12 + index * 3
        skew = augmentor(Operations.Skew(1, kind, 0.4), image, [amount, number])
        yield {"type": "skew", "direction": direction, "pixels": amount}, skew
    yield {"type": "flip", "axis": "horizontal"}, augmentor(Operations.Flip(1, "LEFT_RIGHT"), image, [0])
    yield {"type": "flip", "axis": "vertical"}, augmentor(Operations.Flip(1, "TOP_BOTTOM"), image, [0])
    for name, operation in (
        ("brightness", Operations.RandomBrightness),
        ("colour", Operations.RandomColor),
        ("contrast", Operations.RandomContrast),
    ):
        for factor in (0.5, 1.37, 3):
            yield {"type": name, "factor": factor}, augmentor(operation(1, 0.5, 3), image, [factor])


def packed(image) -> str:
    return base64.b64encode(zlib.compress(image.tobytes(), 9)).decode()


def main() -> None:
    cases = []
    for width, height in SIZES:
        image = Image.frombytes("RGB", (width, height), pixels(width, height))
        found = list(cases_of(image, width, height))
        # One after the other, each on what the one before left.
        chain = [("brightness", Operations.RandomBrightness, 1.6), ("contrast", Operations.RandomContrast, 0.7)]
        chain += [("colour", Operations.RandomColor, 2.2), ("contrast", Operations.RandomContrast, 1.9)]
        steps, current = [], image
        for name, operation, factor in chain:
            steps.append({"type": name, "factor": factor})
            current = augmentor(operation(1, 0.5, 3), current, [factor])
        for step, result in [*[([step], result) for step, result in found], (steps, current)]:
            cases.append({"size": [width, height], "steps": step, "picture": packed(result)})
    versions = {"python": sys.version.split()[0], "augmentor": "0.2.12", "pillow": PIL.__version__}
    golden = {"script": "tools/oracles/augment.py", "versions": versions, "cases": cases}
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(golden, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
