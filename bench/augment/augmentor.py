"""Augmentor's pipeline with the article's numbers, for `bench/augment.ts`: pixels in memory to pixels in memory."""

import pathlib
import random
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy
from Augmentor import Pipeline
from Augmentor.ImageUtilities import AugmentorImage
from PIL import Image

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "detect"))
from serve import serve  # noqa: E402

CHANCE = 0.2


def pipeline():
    made = Pipeline()
    made.rotate(probability=CHANCE, max_left_rotation=20, max_right_rotation=20)
    made.zoom(probability=CHANCE, min_factor=1.1, max_factor=1.5)
    made.random_distortion(probability=CHANCE, grid_width=4, grid_height=4, magnitude=8)
    made.random_brightness(probability=CHANCE, min_factor=0.5, max_factor=3)
    made.random_color(probability=CHANCE, min_factor=0.5, max_factor=3)
    made.random_contrast(probability=CHANCE, min_factor=0.5, max_factor=3)
    made.skew(probability=CHANCE, magnitude=0.4)
    return made


def plain(made, pictures):
    """Each picture by itself, as `keras_generator_from_array` does it."""
    return [made._execute_with_array(picture) for picture in pictures]


def threaded(made, pictures):
    """In as many threads as Python takes for good, as `sample` does it."""

    def one(picture):
        image = AugmentorImage(image_path=None, output_directory=None, pil_images=Image.fromarray(picture))
        return numpy.asarray(made._execute(image, save_to_disk=False))

    with ThreadPoolExecutor(max_workers=None) as executor:
        return list(executor.map(one, pictures))


def exact(made, pictures):
    """Its operations with the chance that was asked for: Augmentor itself rounds to tenths, which makes 25 % of 20 %."""

    def one(picture):
        images = [Image.fromarray(picture)]
        for operation in made.operations:
            if random.random() < operation.probability:
                images = operation.perform_operation(images)
        return numpy.asarray(images[0])

    with ThreadPoolExecutor(max_workers=None) as executor:
        return list(executor.map(one, pictures))


WAYS = {"plain": plain, "threaded": threaded, "exact": exact}
STATE = {}


def load(argument):
    side = argument["side"]
    data = numpy.fromfile(argument["path"], dtype=numpy.uint8)
    STATE["pictures"] = list(data.reshape(-1, side, side, 3))
    STATE["pipeline"] = pipeline()
    return len(STATE["pictures"])


def run(argument):
    random.seed(argument["round"])
    numpy.random.seed(argument["round"])
    start = time.perf_counter()
    made = WAYS[argument["way"]](STATE["pipeline"], STATE["pictures"])
    return {"seconds": time.perf_counter() - start, "pictures": len(made)}


serve({"load": load, "run": run})
