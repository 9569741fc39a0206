"""Golden weights after five steps of each optimiser, for packages/onnx/test/nn/optimisers.test.ts.

Run: python -m venv VENV && VENV/bin/pip install torch==2.13.0 numpy, then VENV/bin/python tools/oracles/optimisers.py
Writes packages/onnx/test/golden/optimisers.json.

AdamW is PyTorch's. SGD is written here as Keras states it (keras.optimizers.SGD, clip_by_global_norm as TensorFlow states it), in
64-bit floats, and checked against PyTorch's where the two forms agree: at a learning rate that stays.
"""

import json
import pathlib
import sys

import numpy as np
import torch

OUT = pathlib.Path(__file__).resolve().parents[2] / "packages/onnx/test/golden/optimisers.json"
SHAPES = {"dense/kernel": (3, 4), "dense/bias": (5,)}
RATES = [0.1, 0.1, 0.05, 0.05, 0.01]
KERNEL = "dense/kernel"


def numbers(count: int, series: int) -> np.ndarray:
    """The integer formula that the test computes as well: multiples of 1/1000 from -1 to 1."""
    index = np.arange(count, dtype=np.int64)
    return (((index * 7919 + series * 104729 + 13) % 2001) - 1000) / 1000


def weights() -> dict:
    return {name: numbers(int(np.prod(shape)), order) for order, (name, shape) in enumerate(SHAPES.items())}


def gradients(step: int) -> dict:
    return {
        name: numbers(int(np.prod(shape)), 10 * (step + 1) + order)
        for order, (name, shape) in enumerate(SHAPES.items())
    }


def clipped(grads: dict, limit: float) -> dict:
    norm = np.sqrt(sum((grad**2).sum() for grad in grads.values()))
    return {name: grad * limit / max(norm, limit) for name, grad in grads.items()}


def keras_sgd(momentum=0.0, nesterov=False, decay=0.0, limit=None, factors=None, rates=RATES) -> dict:
    values = weights()
    velocity = {name: np.zeros_like(value) for name, value in values.items()}
    for step, rate in enumerate(rates):
        grads = gradients(step)
        if limit is not None:
            grads = clipped(grads, limit)
        for name, grad in grads.items():
            velocity[name] = momentum * velocity[name] - rate * grad
            update = momentum * velocity[name] - rate * grad if nesterov else velocity[name]
            if name == KERNEL:
                update = update - rate * decay * values[name]
            values[name] = values[name] + (factors or {}).get(name, 1.0) * update
    return values


def run_torch(make, rates=RATES) -> dict:
    tensors = {name: torch.tensor(value, dtype=torch.float64, requires_grad=True) for name, value in weights().items()}
    optimiser = make(tensors)
    for step, rate in enumerate(rates):
        for name, grad in gradients(step).items():
            tensors[name].grad = torch.tensor(grad, dtype=torch.float64)
        for group in optimiser.param_groups:
            group["lr"] = rate
        optimiser.step()
    return {name: tensor.detach().numpy() for name, tensor in tensors.items()}


def adamw(tensors: dict) -> torch.optim.Optimizer:
    decaying = {"params": [tensors[KERNEL]], "weight_decay": 0.05}
    others = {"params": [tensors["dense/bias"]], "weight_decay": 0.0}
    return torch.optim.AdamW([decaying, others], betas=(0.9, 0.999), eps=1e-8)


def check_against_torch() -> None:
    rates = [0.1] * 5
    for nesterov in (False, True):
        ours = keras_sgd(momentum=0.9, nesterov=nesterov, rates=rates)
        theirs = run_torch(lambda t, n=nesterov: torch.optim.SGD(t.values(), lr=0.1, momentum=0.9, nesterov=n), rates)
        for name, value in ours.items():
            assert np.abs(value - theirs[name]).max() < 1e-12, name


def main() -> None:
    check_against_torch()
    cases = {
        "sgd": keras_sgd(),
        "momentum": keras_sgd(momentum=0.9),
        "nesterov": keras_sgd(momentum=0.9, nesterov=True),
        "decoupled decay": keras_sgd(momentum=0.9, decay=0.05),
        "clipped": keras_sgd(momentum=0.9, limit=0.5),
        "groups": keras_sgd(momentum=0.9, factors={KERNEL: 0.1}),
        "adamw": run_torch(adamw),
    }
    versions = {"python": sys.version.split()[0], "torch": torch.__version__, "numpy": np.__version__}
    rounded = {
        case: {name: [round(float(number), 8) for number in value] for name, value in values.items()}
        for case, values in cases.items()
    }
    OUT.parent.mkdir(parents=True, exist_ok=True)
    golden = {"script": "tools/oracles/optimisers.py", "versions": versions, "rates": RATES, "weights": rounded}
    OUT.write_text(json.dumps(golden, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
