"""Child process of `bench train`: training steps of the same architectures in PyTorch, in either memory layout.

Where Keras pads only the end of an even picture, this pads both sides: as many numbers, and no copy for it.
"""

import os
import pathlib
import resource
import sys
import time

import torch
from torch import nn

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "detect"))
from serve import serve  # noqa: E402

NORM = {"eps": 1e-3}


def conv(channels, filters, size, stride=1, padding=0, groups=1):
    return nn.Conv2d(channels, filters, size, stride, padding, groups=groups, bias=False)


def separable(channels, filters):
    layers = [conv(channels, channels, 3, 1, 1, channels), conv(channels, filters, 1)]
    return nn.Sequential(*layers, nn.BatchNorm2d(filters, momentum=0.01, **NORM))


class Halving(nn.Module):
    def __init__(self, channels, first, second, starts_with_relu):
        super().__init__()
        self.shortcut = nn.Sequential(conv(channels, second, 1, 2), nn.BatchNorm2d(second, momentum=0.01, **NORM))
        start = [nn.ReLU()] if starts_with_relu else []
        body = [separable(channels, first), nn.ReLU(inplace=True), separable(first, second)]
        self.body = nn.Sequential(*start, *body, nn.MaxPool2d(3, 2, 1))

    def forward(self, x):
        return self.body(x) + self.shortcut(x)


class Middle(nn.Module):
    def __init__(self):
        super().__init__()
        body = [nn.ReLU(), separable(728, 728)]
        for _ in range(2):
            body += [nn.ReLU(inplace=True), separable(728, 728)]
        self.body = nn.Sequential(*body)

    def forward(self, x):
        return x + self.body(x)


def xception(classes):
    layers = []
    for channels, filters, stride in ((3, 32, 2), (32, 64, 1)):
        norm = nn.BatchNorm2d(filters, momentum=0.01, **NORM)
        layers += [conv(channels, filters, 3, stride), norm, nn.ReLU(inplace=True)]
    layers += [Halving(64, 128, 128, False), Halving(128, 256, 256, True), Halving(256, 728, 728, True)]
    layers += [Middle() for _ in range(8)] + [Halving(728, 728, 1024, True)]
    for channels, filters in ((1024, 1536), (1536, 2048)):
        layers += [separable(channels, filters), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2048, classes))


class InvertedResidual(nn.Module):
    def __init__(self, channels, filters, expansion, stride):
        super().__init__()
        wide = channels * expansion
        norm = lambda count: nn.BatchNorm2d(count, momentum=0.001, **NORM)  # noqa: E731
        layers = [conv(channels, wide, 1), norm(wide), nn.ReLU6(inplace=True)] if expansion > 1 else []
        layers += [conv(wide, wide, 3, stride, 1, wide), norm(wide), nn.ReLU6(inplace=True), conv(wide, filters, 1), norm(filters)]
        self.layers = nn.Sequential(*layers)
        self.is_added = stride == 1 and channels == filters

    def forward(self, x):
        return x + self.layers(x) if self.is_added else self.layers(x)


GROUPS = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))


def mobilenet_v2(classes):
    norm = nn.BatchNorm2d(32, momentum=0.001, **NORM)
    layers, channels = [conv(3, 32, 3, 2, 1), norm, nn.ReLU6(inplace=True)], 32
    for expansion, filters, count, stride in GROUPS:
        for index in range(count):
            layers.append(InvertedResidual(channels, filters, expansion, stride if index == 0 else 1))
            channels = filters
    layers += [conv(320, 1280, 1), nn.BatchNorm2d(1280, momentum=0.001, **NORM), nn.ReLU6(inplace=True)]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1280, classes))


MODELS = {"xception": xception, "mobilenetV2": mobilenet_v2}
LAYOUTS = {"default": torch.contiguous_format, "channels-last": torch.channels_last}


class Training:
    def __init__(self):
        self.step = None

    def load(self, work):
        torch.set_num_threads(work["threads"])
        torch.manual_seed(1)
        layout = LAYOUTS[work["layout"]]
        model = MODELS[work["model"]](work["classes"]).to(memory_format=layout).train()
        optimiser = torch.optim.SGD(model.parameters(), lr=work["rate"], momentum=0.9)
        images = torch.rand(work["batch"], 3, work["side"], work["side"]).to(memory_format=layout)
        labels = torch.arange(work["batch"]) % work["classes"]

        def step():
            optimiser.zero_grad(set_to_none=True)
            loss = nn.functional.cross_entropy(model(images), labels)
            loss.backward()
            optimiser.step()
            return loss.item()

        self.step = step
        return {"parameters": sum(parameter.numel() for parameter in model.parameters())}

    def train(self, argument):
        start = time.perf_counter()
        losses = [self.step() for _ in range(argument["steps"])]
        seconds = time.perf_counter() - start
        return {"pictures": argument["steps"] * argument["batch"], "seconds": seconds, "losses": losses}

    def memory(self, _):
        """The most memory that this process ever had, in MB; macOS counts in bytes."""
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if os.uname().sysname != "Darwin" else 1024**2)


training = Training()
serve({"load": training.load, "train": training.train, "memory": training.memory})
