"""Child process of `bench detect`: the Python package nudenet on file lists, in the two ways that its page names."""

from nudenet import NudeDetector
from serve import measure, serve

detector = NudeDetector()


def one_by_one(files):
    return sum(len(detector.detect(file)) for file in files)


def in_batches(files):
    return sum(len(detections) for detections in detector.detect_batch(files))


serve(
    {
        "detect": lambda files: measure(files, lambda: one_by_one(files)),
        "detect-batch": lambda files: measure(files, lambda: in_batches(files)),
    }
)
