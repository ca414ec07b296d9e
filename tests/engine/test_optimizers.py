"""Optimisers against `torch.optim`: 100 steps from the same weights, float64, to 1e-10."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.kernels.loop import COUNTERS, STEP
from engine.optimizers import OPTIMIZERS, Optimizer
from tests.engine.kernel_calls import compiled


def trajectory(optimizer: Optimizer, start: np.ndarray, gradients: np.ndarray, dtype: Any = np.float64) -> np.ndarray:
    """Where 100 given gradients lead."""
    w = start.astype(dtype)
    state = {name: np.zeros_like(w) for name in optimizer.state}
    run = np.zeros(COUNTERS, np.int64)
    for step, g in enumerate(gradients):
        run[STEP] = step
        compiled(type(optimizer).update, {"w": w, "g": g.astype(dtype), "run": run, **state, **optimizer.model_dump()}, dtype)
    return w


CASES = [
    ("sgd", {"learning_rate": 0.1}, "SGD", {"lr": 0.1}),
    ("momentum", {"learning_rate": 0.05, "momentum": 0.9, "damped": False}, "SGD", {"lr": 0.05, "momentum": 0.9}),
    ("momentum", {"learning_rate": 0.05, "momentum": 0.8, "damped": True}, "SGD", {"lr": 0.05 * 0.2, "momentum": 0.8}),
    ("adam", {"learning_rate": 0.01}, "Adam", {"lr": 0.01}),
    ("adam", {"learning_rate": 0.1, "beta1": 0.5, "beta2": 0.9, "epsilon": 1e-3}, "Adam",
     {"lr": 0.1, "betas": (0.5, 0.9), "eps": 1e-3}),
]


@pytest.mark.parametrize(("name", "mine", "theirs", "options"), CASES)
def test_a_hundred_steps_equal_pytorch(name: str, mine: dict, theirs: str, options: dict) -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(3)
    start, gradients = rng.normal(size=37), rng.normal(size=(100, 37)) * rng.lognormal(0, 2, (1, 37))
    w = torch.tensor(start, requires_grad=True)
    optimizer = getattr(torch.optim, theirs)([w], **options)
    for g in gradients:
        w.grad = torch.tensor(g)
        optimizer.step()
    np.testing.assert_allclose(trajectory(OPTIMIZERS[name](**mine), start, gradients), w.detach().numpy(),
                               rtol=0, atol=1e-10)


@pytest.mark.parametrize("name", list(OPTIMIZERS))
def test_float32_stays_close_to_float64(name: str) -> None:
    rng = np.random.default_rng(4)
    start, gradients = rng.normal(size=20), rng.normal(size=(100, 20))
    optimizer = OPTIMIZERS[name]()
    np.testing.assert_allclose(trajectory(optimizer, start, gradients, np.float32),
                               trajectory(optimizer, start, gradients), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", list(OPTIMIZERS))
def test_words(name: str) -> None:
    kind = OPTIMIZERS[name]
    assert kind.__doc__
    assert kind.equation
    assert kind.source
