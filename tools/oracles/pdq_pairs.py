"""Golden hashes and pairs of the Python package pdqhash, for packages/figleaf/test/pdq-pairs.test.ts.

Run: python -m venv VENV && VENV/bin/pip install pdqhash==0.2.8 pillow==13.0.0 && VENV/bin/python tools/oracles/pdq_pairs.py FOLDER
FOLDER holds the edited bridges (bridge-mods, dih). Writes packages/figleaf/test/golden/pdq-pairs.json: of each picture its quality
and its eight hashes in the package's order, and the pairs of pictures whose hashes differ in at most 31 bits, as they are and
in the best of the second's eight positions.
"""

import importlib.metadata
import itertools
import json
import pathlib
import sys

import numpy
import pdqhash
from PIL import Image

OUT = pathlib.Path(__file__).resolve().parents[2] / "packages/figleaf/test/golden/pdq-pairs.json"
ENDINGS = {".jpg", ".png"}
MOST = 31


def hex_of(bits: numpy.ndarray) -> str:
    return numpy.packbits(bits).tobytes().hex()


def pairs_of(bits: dict[str, list[numpy.ndarray]], positions: int) -> list[list]:
    found = []
    for one, two in itertools.combinations(bits, 2):
        distance = min(int((bits[one][0] != other).sum()) for other in bits[two][:positions])
        if distance <= MOST:
            found.append([one, two, distance])
    return found


def main() -> None:
    folder = pathlib.Path(sys.argv[1])
    bits, pictures = {}, {}
    for path in sorted(path for path in folder.rglob("*") if path.suffix in ENDINGS):
        name = path.relative_to(folder).as_posix()
        hashes, quality = pdqhash.compute_dihedral(numpy.asarray(Image.open(path).convert("RGB")))
        bits[name] = hashes
        pictures[name] = {"quality": quality, "hashes": [hex_of(each) for each in hashes]}
    versions = {name: importlib.metadata.version(name) for name in ("pdqhash", "pillow", "numpy")}
    golden = {
        "script": "tools/oracles/pdq_pairs.py",
        "versions": versions,
        "pictures": pictures,
        "pairs": pairs_of(bits, 1),
        "turnedPairs": pairs_of(bits, 8),
    }
    OUT.write_text(json.dumps(golden, indent=1) + "\n")
    print(len(pictures), len(golden["pairs"]), len(golden["turnedPairs"]))


main()
