"""Golden gradients of PyTorch, for packages/onnx/test/grad.test.ts.

Run: python -m venv VENV && VENV/bin/pip install torch==2.13.0 numpy, then VENV/bin/python tools/oracles/grad.py
Writes packages/onnx/test/golden/grad.json. Inputs come from an integer formula that the test computes too; the loss is the
sum of the result times numbers from that formula. The test builds the same computations as ONNX graphs, by name.
"""

import json
import math
import pathlib
import sys

import torch
import torch.nn.functional as F

OUT = pathlib.Path(__file__).resolve().parents[2] / "packages/onnx/test/golden/grad.json"
X = {"x": [2, 3, 4]}
AB = {"a": [2, 3, 4], "b": [3, 1]}
PICTURE = [2, 3, 5, 6]


def numbers(count: int, seed: int, low: float, high: float) -> list[float]:
    """A linear congruential generator's high bits."""
    state = (seed * 2654435761 + 12345) & 0xFFFFFFFF
    out = []
    for _ in range(count):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        out.append(low + (high - low) * (state >> 8) / 2**24)
    return out


def formula(dims: list[int], seed: int, low: float = -1, high: float = 1) -> torch.Tensor:
    return torch.tensor(numbers(math.prod(dims), seed, low, high), dtype=torch.float32).reshape(dims)


def conv(x, w, b=None, **options):
    return (F.conv1d, F.conv2d, F.conv3d)[w.dim() - 3](x, w, b, **options)


def batch_norm(x, scale, bias, mean, variance):
    return F.batch_norm(x, mean.detach().clone(), variance.detach().clone(), scale, bias, True, 0.1, 1e-3)


def fixed_norm(x, scale, bias, mean, variance):
    scale, bias, mean, variance = (one[:, None, None] for one in (scale, bias, mean, variance))
    return (x - mean) / (variance + 1e-3).sqrt() * scale + bias


def small_net(x, w1, scale, bias, w2, w3, w4, b4):
    y = F.conv2d(x, w1, stride=2, padding=1)
    y = F.relu(F.batch_norm(y, None, None, scale, bias, True, 0.1, 1e-3))
    y = F.conv2d(F.conv2d(y, w2, padding=1, groups=4), w3)
    y = F.max_pool2d(y + F.hardswish(y), 3, 2, 1)
    y = F.linear(y.mean((2, 3)), w4.t(), b4)
    return -F.log_softmax(y, 1)[:, 0].mean()


# name, shapes of the inputs, the function, and where its inputs lie (default -1 to 1)
CASES = [
    ("Add", AB, lambda a, b: a + b),
    ("Sub", AB, lambda a, b: a - b),
    ("Mul", AB, lambda a, b: a * b),
    ("Mul: of itself", X, lambda x: x * x),
    ("Div", AB, lambda a, b: a / b, (0.5, 2)),
    ("Sum", {"a": [2, 3], "b": [3], "c": [2, 1]}, lambda a, b, c: a + b + c),
    ("Max", AB, torch.maximum),
    ("Min", AB, torch.minimum),
    ("Neg", X, lambda x: -x),
    ("Abs", X, torch.abs),
    ("Reciprocal", X, torch.reciprocal, (0.5, 2)),
    ("Pow: square", X, lambda x: x**2),
    ("Pow: cube", X, lambda x: x**3),
    ("Pow: 0.5", X, lambda x: x**0.5, (0.5, 2)),
    ("Pow: both", AB, lambda a, b: a**b, (0.5, 2)),
    ("Relu", X, F.relu),
    ("Clip", X, lambda x: x.clamp(-0.5, 0.25)),
    ("Clip: from below", X, lambda x: x.clamp(min=-0.5)),
    ("LeakyRelu", X, lambda x: F.leaky_relu(x, 0.2)),
    ("PRelu", {"x": [2, 3, 4], "slope": [3]}, F.prelu),
    ("Sigmoid", X, torch.sigmoid, (-3, 3)),
    ("Tanh", X, torch.tanh, (-2, 2)),
    ("Softplus", X, F.softplus, (-3, 3)),
    ("HardSigmoid", X, F.hardsigmoid, (-5, 5)),
    ("HardSwish", X, F.hardswish, (-5, 5)),
    ("Erf", X, torch.erf, (-2, 2)),
    ("Gelu", X, F.gelu, (-3, 3)),
    ("Gelu: tanh", X, lambda x: F.gelu(x, approximate="tanh"), (-3, 3)),
    ("Exp", X, torch.exp),
    ("Log", X, torch.log, (0.5, 3)),
    ("Sqrt", X, torch.sqrt, (0.5, 3)),
    ("Where", AB, lambda a, b: torch.where(a > 0.1, a, b)),
    ("Cast", X, lambda x: x.double().square().float()),
    ("Identity", X, lambda x: x * 1),
    ("Softmax", X, lambda x: F.softmax(x, -1), (-3, 3)),
    ("Softmax: axis 1", X, lambda x: F.softmax(x, 1), (-3, 3)),
    ("LogSoftmax", X, lambda x: F.log_softmax(x, -1), (-3, 3)),
    ("LogSoftmax: axis 1", X, lambda x: F.log_softmax(x, 1), (-3, 3)),
    ("ReduceSum", X, lambda x: x.sum(1)),
    ("ReduceSum: all", X, lambda x: x.sum()),
    ("ReduceMean", X, lambda x: x.mean((0, 2), keepdim=True)),
    ("ReduceMean: all", X, lambda x: x.mean()),
    ("ReduceMax", X, lambda x: x.amax(2)),
    ("ReduceMax: all", X, lambda x: x.amax()),
    ("ReduceMin", X, lambda x: x.amin(1, keepdim=True)),
    ("ReduceL2", X, lambda x: x.norm(dim=2)),
    ("ReduceSumSquare", X, lambda x: x.square().sum(1)),
    ("Gemm", {"a": [3, 4], "b": [4, 2], "c": [2]}, lambda a, b, c: a @ b + c),
    ("Gemm: transA", {"a": [4, 3], "b": [4, 2], "c": [3, 1]}, lambda a, b, c: 0.5 * a.t() @ b + 2 * c),
    ("Gemm: transB", {"a": [3, 4], "b": [2, 4]}, lambda a, b: a @ b.t()),
    ("Gemm: both", {"a": [4, 3], "b": [2, 4], "c": [1]}, lambda a, b, c: a.t() @ b.t() + c),
    ("MatMul", {"a": [3, 4], "b": [4, 2]}, torch.matmul),
    ("MatMul: many by one", {"a": [2, 3, 4], "b": [4, 2]}, torch.matmul),
    ("MatMul: one by many", {"a": [3, 4], "b": [2, 4, 2]}, torch.matmul),
    ("MatMul: broadcast", {"a": [2, 1, 3, 4], "b": [3, 4, 2]}, torch.matmul),
    ("MatMul: vector on the left", {"a": [4], "b": [2, 4, 3]}, torch.matmul),
    ("MatMul: vector on the right", {"a": [2, 3, 4], "b": [4]}, torch.matmul),
    ("MatMul: vectors", {"a": [4], "b": [4]}, torch.matmul),
    ("Conv", {"x": PICTURE, "w": [4, 3, 3, 2], "b": [4]}, conv),
    ("Conv: pads", {"x": PICTURE, "w": [4, 3, 3, 3]}, lambda x, w: conv(F.pad(x, (0, 1, 2, 1)), w)),
    ("Conv: strides", {"x": PICTURE, "w": [4, 3, 3, 3], "b": [4]}, lambda x, w, b: conv(x, w, b, stride=(2, 3), padding=1)),
    ("Conv: rest", {"x": [1, 2, 8, 9], "w": [3, 2, 3, 2]}, lambda x, w: conv(x, w, stride=(3, 2))),
    ("Conv: dilations", {"x": PICTURE, "w": [2, 3, 3, 2]}, lambda x, w: conv(x, w, dilation=(2, 3), padding=(1, 0))),
    ("Conv: everything", {"x": [2, 4, 7, 8], "w": [6, 2, 3, 2], "b": [6]},
     lambda x, w, b: conv(x, w, b, stride=(2, 1), dilation=(1, 2), padding=(2, 1), groups=2)),
    ("Conv: groups", {"x": [2, 4, 4, 5], "w": [6, 2, 3, 3]}, lambda x, w: conv(x, w, padding=1, groups=2)),
    ("Conv: depthwise", {"x": PICTURE, "w": [3, 1, 3, 3]}, lambda x, w: conv(x, w, padding=1, groups=3)),
    ("Conv: depthwise strides", {"x": PICTURE, "w": [3, 1, 3, 3]}, lambda x, w: conv(x, w, stride=2, padding=1, groups=3)),
    ("Conv: depthwise multiplier", {"x": PICTURE, "w": [6, 1, 2, 3]}, lambda x, w: conv(x, w, groups=3)),
    ("Conv: depthwise, wide", {"x": [2, 2, 3, 26], "w": [2, 1, 3, 2]}, lambda x, w: conv(F.pad(x, (1, 0)), w, padding=(1, 0), groups=2)),
    ("Conv: depthwise pads", {"x": [2, 2, 4, 3], "w": [2, 1, 3, 2]},
     lambda x, w: conv(F.pad(x, (2, 1, 0, 3)), w, groups=2)),
    ("Conv: depthwise dilations", {"x": PICTURE, "w": [3, 1, 3, 3]}, lambda x, w: conv(x, w, padding=2, dilation=2, groups=3)),
    ("Conv: 1x1", {"x": PICTURE, "w": [4, 3, 1, 1], "b": [4]}, conv),
    ("Conv: 1x1 strides", {"x": PICTURE, "w": [4, 3, 1, 1]}, lambda x, w: conv(x, w, stride=2)),
    ("Conv: 1x1 groups", {"x": [2, 4, 3, 3], "w": [6, 2, 1, 1]}, lambda x, w: conv(x, w, groups=2)),
    ("Conv: 1x1 pads", {"x": [2, 3, 3, 3], "w": [2, 3, 1, 1]}, lambda x, w: conv(x, w, padding=1)),
    ("Conv: SAME_UPPER", {"x": PICTURE, "w": [2, 3, 3, 3]}, lambda x, w: conv(F.pad(x, (0, 1, 1, 1)), w, stride=2)),
    ("Conv: SAME_LOWER", {"x": PICTURE, "w": [2, 3, 3, 3]}, lambda x, w: conv(F.pad(x, (1, 0, 1, 1)), w, stride=2)),
    ("Conv: VALID", {"x": PICTURE, "w": [2, 3, 3, 3]}, conv),
    ("Conv: one axis", {"x": [2, 3, 9], "w": [4, 3, 3]}, lambda x, w: conv(x, w, stride=2, padding=1)),
    ("Conv: three axes", {"x": [1, 2, 4, 4, 4], "w": [2, 2, 2, 3, 2]}, lambda x, w: conv(x, w, padding=1)),
    ("ConvTranspose", {"x": [2, 3, 3, 4], "w": [3, 2, 3, 2], "b": [2]}, F.conv_transpose2d),
    ("ConvTranspose: strides", {"x": [2, 4, 3, 3], "w": [4, 2, 3, 3]},
     lambda x, w: F.conv_transpose2d(x, w, stride=2, padding=1, output_padding=1, groups=2)),
    ("ConvTranspose: dilations", {"x": [2, 2, 3, 3], "w": [2, 2, 2, 2]},
     lambda x, w: F.conv_transpose2d(x, w, dilation=2, padding=(1, 0))),
    ("MaxPool", {"x": PICTURE}, lambda x: F.max_pool2d(x, 2)),
    ("MaxPool: overlapping", {"x": PICTURE}, lambda x: F.max_pool2d(x, 3, 2, 1)),
    ("AveragePool", {"x": PICTURE}, lambda x: F.avg_pool2d(x, (2, 3))),
    ("AveragePool: without pads", {"x": PICTURE}, lambda x: F.avg_pool2d(x, 3, 2, 1, count_include_pad=False)),
    ("AveragePool: with pads", {"x": PICTURE}, lambda x: F.avg_pool2d(x, 3, 1, 1)),
    ("MaxPool: ceil_mode", {"x": PICTURE}, lambda x: F.max_pool2d(x, 3, 2, ceil_mode=True)),
    ("MaxPool: ceil_mode, none in the padding", {"x": PICTURE}, lambda x: F.max_pool2d(x, 3, 4, 1, ceil_mode=True)),
    ("AveragePool: ceil_mode", {"x": PICTURE}, lambda x: F.avg_pool2d(x, 3, 2, ceil_mode=True)),
    ("AveragePool: ceil_mode, without pads", {"x": PICTURE},
     lambda x: F.avg_pool2d(x, 3, (3, 4), 1, ceil_mode=True, count_include_pad=False)),
    ("AveragePool: ceil_mode, with pads", {"x": PICTURE}, lambda x: F.avg_pool2d(x, 3, 2, 1, ceil_mode=True)),
    ("GlobalAveragePool", {"x": PICTURE}, lambda x: x.mean((2, 3), keepdim=True)),
    ("GlobalMaxPool", {"x": PICTURE}, lambda x: x.amax((2, 3), keepdim=True)),
    ("BatchNormalization: training", {"x": PICTURE, "scale": [3], "bias": [3], "mean": [3], "variance": [3]},
     batch_norm, (0.5, 2)),
    ("BatchNormalization: fixed", {"x": PICTURE, "scale": [3], "bias": [3], "mean": [3], "variance": [3]},
     fixed_norm, (0.5, 2)),
    ("LayerNormalization", {"x": [2, 3, 6], "scale": [6], "bias": [6]},
     lambda x, scale, bias: F.layer_norm(x, (6,), scale, bias, 1e-3)),
    ("LayerNormalization: axis 1", {"x": [2, 3, 4], "scale": [3, 4], "bias": [3, 4]},
     lambda x, scale, bias: F.layer_norm(x, (3, 4), scale, bias, 1e-3)),
    ("Concat", {"a": [2, 3, 2], "b": [2, 1, 2], "c": [2, 2, 2]}, lambda a, b, c: torch.cat([a, b, c], 1)),
    ("Split", {"x": [2, 6]}, lambda x: x.split([1, 3, 2], 1)[0] * x.split([1, 3, 2], 1)[2]),
    ("Split: equal", {"x": [2, 6]}, lambda x: x[:, :3] * x[:, 3:]),
    ("Slice", {"x": [4, 7, 3]}, lambda x: x[1:3, 1:6:2]),
    ("Slice: backwards", {"x": [2, 7]}, lambda x: x[:, 1:6].flip(1)[:, ::2]),
    ("Pad", {"x": [2, 3, 4]}, lambda x: F.pad(x, (1, 2, 0, 1))),
    ("Pad: cut", {"x": [2, 3, 4]}, lambda x: F.pad(x, (-1, 2))),
    ("Reshape", X, lambda x: x.reshape(2, 2, 6)),
    ("Flatten", X, lambda x: x.flatten(1)),
    ("Transpose", X, lambda x: x.permute(2, 0, 1)),
    ("Squeeze", {"x": [2, 1, 3, 1]}, lambda x: x.squeeze(3).squeeze(1)),
    ("Unsqueeze", X, lambda x: x[:, None, :, :, None]),
    ("Expand", {"x": [3, 1]}, lambda x: x.expand(2, 3, 4)),
    ("Gather", {"x": [5, 3]}, lambda x: x[torch.tensor([[0, 4], [4, 1]])]),
    ("Gather: axis 1", {"x": [2, 5, 3]}, lambda x: x[:, [3, 0, 3]]),
    ("Gather: one", {"x": [2, 5, 3]}, lambda x: x[:, 2]),
    ("GatherElements", {"x": [2, 4]}, lambda x: x.gather(1, torch.tensor([[0, 3, 0], [2, 2, 1]]))),
    ("Resize: nearest", {"x": [1, 2, 3, 4]}, lambda x: F.interpolate(x, scale_factor=2, mode="nearest")),
    ("Resize: nearest, smaller", {"x": [1, 2, 6, 5]}, lambda x: F.interpolate(x, size=(4, 3), mode="nearest")),
    ("Resize: linear", {"x": [1, 2, 3, 4]}, lambda x: F.interpolate(x, scale_factor=2, mode="bilinear")),
    ("Resize: linear, sizes", {"x": [1, 2, 3, 4]}, lambda x: F.interpolate(x, size=(7, 5), mode="bilinear")),
    ("Resize: linear, corners", {"x": [1, 2, 3, 4]},
     lambda x: F.interpolate(x, size=(5, 9), mode="bilinear", align_corners=True)),
    ("small net", {"x": [3, 2, 9, 8], "w1": [4, 2, 3, 3], "scale": [4], "bias": [4], "w2": [4, 1, 3, 3],
                   "w3": [5, 4, 1, 1], "w4": [5, 3], "b4": [3]}, small_net),
    # Behind all others, since the place in this list makes the numbers.
    ("Conv: depthwise, tiles", {"x": [2, 2, 32, 28], "w": [2, 1, 3, 3]}, lambda x, w: conv(x, w, padding=1, groups=2)),
    ("Conv: depthwise, tiles, strides", {"x": [2, 2, 5, 56], "w": [2, 1, 3, 3]},
     lambda x, w: conv(x, w, stride=2, padding=1, groups=2)),
    ("Conv: depthwise, tiles, dilations", {"x": [2, 2, 4, 42], "w": [2, 1, 2, 3]},
     lambda x, w: conv(x, w, padding=(1, 2), dilation=2, groups=2)),
]


def case(index: int, name: str, shapes: dict, function, span=(-1, 1)) -> dict:
    seed = 10 * index
    inputs = {key: formula(dims, seed + place, *span).requires_grad_() for place, (key, dims) in enumerate(shapes.items())}
    y = function(*inputs.values())
    loss = (y * formula(list(y.shape), seed + 9)).sum()
    loss.backward()
    gradients = {
        key: [float(f"{value:.6g}") for value in tensor.grad.flatten().tolist()]
        for key, tensor in inputs.items()
        if tensor.grad is not None
    }
    return {"name": name, "seed": seed, "range": list(span), "inputs": shapes, "loss": float(f"{loss.item():.6g}"),
            "gradients": gradients}


def main() -> None:
    torch.set_num_threads(1)
    cases = [case(index, *parts) for index, parts in enumerate(CASES)]
    versions = {"python": sys.version.split()[0], "torch": torch.__version__}
    golden = {"script": "tools/oracles/grad.py", "versions": versions, "cases": cases}
    OUT.parent.mkdir(parents=True, exist_ok=True)
    lines = ",\n".join(json.dumps(one, separators=(",", ":")) for one in cases)
    head = json.dumps({key: golden[key] for key in ("script", "versions")})[:-1]
    OUT.write_text(f'{head}, "cases": [\n{lines}\n]}}\n')


if __name__ == "__main__":
    main()
