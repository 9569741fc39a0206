"""Golden losses of ten training steps of whole networks, for packages/onnx/test/nn/training-steps.full.test.ts.

Run: python -m venv VENV && VENV/bin/pip install torch==2.13.0 numpy, then VENV/bin/python tools/oracles/training-steps.py
Writes packages/onnx/test/golden/training-steps.json.

Xception and MobileNetV2 as Keras builds them, written in PyTorch. Weights, pictures and masks of dropout come from an
integer formula that the test computes as well, so that only losses and a few norms have to be stored. Batch normalisation
is Keras's: the running variance moves by the batch's plain one, which PyTorch would correct for the batch's size.
With --compare each case runs in the channels-last layout too, to see how far mere rounding carries: 6e-5 of a loss.
"""

import json
import math
import pathlib
import sys

import numpy as np
import torch
import torch.nn.functional as F

OUT = pathlib.Path(__file__).resolve().parents[2] / "packages/onnx/test/golden/training-steps.json"
STEPS = 10
BATCH = 4
CLASSES = 5


def hashed(name: str, count: int) -> np.ndarray:
    """Numbers from -1 to below 1: the FNV hash of the name plus the place, stirred as MurmurHash3 ends."""
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = (seed ^ byte) * 0x01000193 % 2**32
    bits = np.arange(count, dtype=np.uint32) + np.uint32(seed)
    bits ^= bits >> np.uint32(16)
    bits *= np.uint32(0x85EBCA6B)
    bits ^= bits >> np.uint32(13)
    bits *= np.uint32(0xC2B2AE35)
    bits ^= bits >> np.uint32(16)
    return (bits >> np.uint32(8)).astype(np.float64) / 2**23 - 1


def first_value(name: str, dims: tuple) -> np.ndarray:
    """A kernel about as large as He's, a scale or variance near 1, anything else near 0."""
    numbers = hashed(name, math.prod(dims))
    part = name.split("/")[-1]
    if part.endswith("kernel"):
        fan = dims[0] if len(dims) == 2 else math.prod(dims[1:])
        numbers = numbers * math.sqrt(6 / fan)
    elif part in ("gamma", "moving_variance"):
        numbers = 1 + numbers * 0.125
    else:
        numbers = numbers * 0.125
    return numbers.astype(np.float32).reshape(dims)


class Net:
    """Parameters by name, made where they are first asked for."""

    def __init__(self, momentum: float):
        self.momentum = momentum
        self.parameters, self.statistics = {}, {}

    def parameter(self, name: str, *dims: int) -> torch.Tensor:
        if name not in self.parameters:
            self.parameters[name] = torch.tensor(first_value(name, dims), requires_grad=True)
        return self.parameters[name]

    def conv(self, x, name, filters, size, stride=1, padding="same", part="kernel"):
        kernel = self.parameter(f"{name}/{part}", filters, x.shape[1], size, size)
        return F.conv2d(around(x, size, stride) if padding == "same" else x, kernel, stride=stride)

    def depthwise(self, x, name, stride=1):
        kernel = self.parameter(f"{name}/depthwise_kernel", x.shape[1], 1, 3, 3)
        return F.conv2d(around(x, 3, stride), kernel, stride=stride, groups=x.shape[1])

    def separable(self, x, name, filters):
        spread = self.depthwise(x, name)
        return self.norm(self.conv(spread, name, filters, 1, part="pointwise_kernel"), f"{name}_bn")

    def norm(self, x, name):
        gamma, beta = (self.parameter(f"{name}/{part}", x.shape[1]) for part in ("gamma", "beta"))
        with torch.no_grad():
            batch = {"moving_mean": x.mean((0, 2, 3)), "moving_variance": x.var((0, 2, 3), correction=0)}
            for part, now in batch.items():
                full = f"{name}/{part}"
                if full not in self.statistics:
                    self.statistics[full] = torch.tensor(first_value(full, (x.shape[1],)))
                self.statistics[full] = self.momentum * self.statistics[full] + (1 - self.momentum) * now
        return F.batch_norm(x, None, None, gamma, beta, training=True, eps=1e-3)

    def head(self, x, rate):
        features = x.mean((2, 3))
        kept = hashed("dropout/mask", features.numel()).reshape(features.shape) >= 2 * rate - 1
        dropped = features * torch.tensor(kept / (1 - rate), dtype=torch.float32)
        kernel, bias = self.parameter("predictions/kernel", x.shape[1], CLASSES), self.parameter("predictions/bias", CLASSES)
        return dropped @ kernel + bias


def around(x: torch.Tensor, size: int, stride: int, value: float = 0.0) -> torch.Tensor:
    """TensorFlow's padding `same`: the odd row and column come at the end."""
    totals = [max(0, (-(-length // stride) - 1) * stride + size - length) for length in x.shape[2:]]
    (top, left), (bottom, right) = ([total // 2 for total in totals], [-(-total // 2) for total in totals])
    return F.pad(x, (left, right, top, bottom), value=value)


def xception(net: Net, x: torch.Tensor) -> torch.Tensor:
    for index, (filters, stride) in enumerate(((32, 2), (64, 1)), 1):
        name = f"block1_conv{index}"
        x = F.relu(net.norm(net.conv(x, name, filters, 3, stride, "valid"), f"{name}_bn"))

    def halving(x, block, first, second):
        shortcut = net.norm(net.conv(x, f"{block}_shortcut", second, 1, 2), f"{block}_shortcut_bn")
        y = net.separable(x if block == "block2" else F.relu(x), f"{block}_sepconv1", first)
        y = net.separable(F.relu(y), f"{block}_sepconv2", second)
        return F.max_pool2d(around(y, 3, 2, -math.inf), 3, 2) + shortcut

    for index, filters in enumerate((128, 256, 728), 2):
        x = halving(x, f"block{index}", filters, filters)
    for block in range(5, 13):
        y = x
        for index in (1, 2, 3):
            y = net.separable(F.relu(y), f"block{block}_sepconv{index}", 728)
        x = x + y
    x = halving(x, "block13", 728, 1024)
    for index, filters in enumerate((1536, 2048), 1):
        x = F.relu(net.separable(x, f"block14_sepconv{index}", filters))
    return net.head(x, 0.5)


def mobilenet_v2(net: Net, x: torch.Tensor) -> torch.Tensor:
    x = F.relu6(net.norm(net.conv(x, "Conv1", 32, 3, 2), "bn_Conv1"))
    blocks = [
        (expansion, filters, stride if index == 0 else 1)
        for expansion, filters, count, stride in (
            (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)
        )
        for index in range(count)
    ]
    for index, (expansion, filters, stride) in enumerate(blocks):
        name = f"block_{index}" if index > 0 else "expanded_conv"
        y, channels = x, x.shape[1]
        if expansion != 1:
            y = F.relu6(net.norm(net.conv(y, f"{name}_expand", channels * expansion, 1), f"{name}_expand_BN"))
        y = F.relu6(net.norm(net.depthwise(y, f"{name}_depthwise", stride), f"{name}_depthwise_BN"))
        y = net.norm(net.conv(y, f"{name}_project", filters, 1), f"{name}_project_BN")
        x = x + y if stride == 1 and channels == filters else y
    x = F.relu6(net.norm(net.conv(x, "Conv_1", 1280, 1), "Conv_1_bn"))
    return net.head(x, 0.25)


MODELS = {"xception": (xception, 0.99), "mobilenetV2": (mobilenet_v2, 0.999)}

# Small rates: after larger steps, rounding alone leads the runs apart.
CASES = {
    "xception, sgd": {"model": "xception", "side": 71, "optimiser": "sgd", "rate": 1e-4, "l2": 1e-5},
    "mobilenetV2, sgd": {"model": "mobilenetV2", "side": 96, "optimiser": "sgd", "rate": 5e-6, "l2": 1e-5},
    "mobilenetV2, adamw": {"model": "mobilenetV2", "side": 70, "optimiser": "adamw", "rate": 1e-5, "l2": 0},
}

WATCHED = {
    "xception": [
        "block1_conv1/kernel", "block2_shortcut/kernel", "block3_sepconv2/depthwise_kernel", "block8_sepconv2/pointwise_kernel",
        "block8_sepconv2_bn/gamma", "block13_sepconv2_bn/beta", "block14_sepconv2/depthwise_kernel", "predictions/kernel",
        "predictions/bias", "block1_conv1_bn/moving_mean", "block14_sepconv2_bn/moving_variance",
    ],
    "mobilenetV2": [
        "Conv1/kernel", "expanded_conv_depthwise/depthwise_kernel", "block_3_depthwise/depthwise_kernel", "block_6_expand/kernel",
        "block_10_project_BN/gamma", "block_16_project/kernel", "Conv_1_bn/beta", "predictions/kernel", "predictions/bias",
        "bn_Conv1/moving_mean", "Conv_1_bn/moving_variance",
    ],
}


def optimiser_of(case: dict, parameters: dict) -> torch.optim.Optimizer:
    if case["optimiser"] == "sgd":
        return torch.optim.SGD(parameters.values(), lr=case["rate"], momentum=0.9)
    kernels = [value for name, value in parameters.items() if name.endswith("kernel")]
    others = [value for name, value in parameters.items() if not name.endswith("kernel")]
    groups = [{"params": kernels, "weight_decay": 0.01}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=case["rate"], betas=(0.9, 0.999), eps=1e-8)


def train(case: dict, layout: torch.memory_format) -> dict:
    """Ten steps, each on pictures of its own."""
    forward, momentum = MODELS[case["model"]]
    net = Net(momentum)
    side = case["side"]
    optimiser, losses = None, []
    for step in range(STEPS):
        pictures = hashed(f"images/{step}", BATCH * 3 * side * side).astype(np.float32).reshape(BATCH, 3, side, side)
        labels = torch.tensor([(3 * step + index) % CLASSES for index in range(BATCH)])
        logits = forward(net, torch.tensor(pictures).to(memory_format=layout))
        optimiser = optimiser or optimiser_of(case, net.parameters)
        penalty = sum((value**2).sum() for name, value in net.parameters.items() if name.endswith("kernel"))
        loss = F.cross_entropy(logits, labels, label_smoothing=0.1) + case["l2"] * penalty
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    after = {**net.parameters, **net.statistics}
    moved = {
        name: float(np.linalg.norm(after[name].detach().numpy().astype(np.float64) - first_value(name, tuple(after[name].shape))))
        for name in WATCHED[case["model"]]
    }
    return {"losses": losses, "moved": moved}


def compare(one: dict, other: dict) -> None:
    for what, pairs in (
        ("losses", zip(one["losses"], other["losses"])),
        ("moved", zip(one["moved"].values(), other["moved"].values())),
    ):
        print("  the two layouts differ by, relatively:", what, max(abs(a / b - 1) for a, b in pairs), flush=True)


def main() -> None:
    cases = {}
    for name, case in CASES.items():
        result = train(case, torch.contiguous_format)
        print(name, result["losses"], flush=True)
        if "--compare" in sys.argv:
            compare(result, train(case, torch.channels_last))
        cases[name] = {
            **case,
            "losses": [float(f"{loss:.8g}") for loss in result["losses"]],
            "moved": {key: float(f"{norm:.8g}") for key, norm in result["moved"].items()},
        }
    versions = {"python": sys.version.split()[0], "torch": torch.__version__, "numpy": np.__version__}
    golden = {
        "script": "tools/oracles/training-steps.py", "versions": versions,
        "batch": BATCH, "classes": CLASSES, "cases": cases,
    }
    OUT.write_text(json.dumps(golden, indent=2) + "\n")


if __name__ == "__main__":
    main()
