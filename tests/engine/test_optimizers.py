"""Optimisers against `torch.optim`: 100 steps from the same weights, float64, to 1e-10; where definitions part, a twin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from engine.native.loop import COUNTERS, STEP
from engine.optimizer import Optimizer
from engine.optimizers import OPTIMIZERS
from tests.engine.kernel_calls import compiled

STEPWISE = [name for name, kind in OPTIMIZERS.items() if not kind.full_batch]


def bowl(w: np.ndarray) -> np.ndarray:
    """The gradient of a steep and bent test function at w."""
    return np.linspace(0.1, 3, w.size) * w + 0.3 * np.sin(3 * w)


def trajectory(optimizer: Optimizer, start: np.ndarray, dtype: Any = np.float64, slope: Callable = bowl,
               **more: float) -> tuple[np.ndarray, dict[str, np.ndarray]]:  # fmt: skip
    """Where 100 steps lead, and the optimiser's state then. `l1` asks for the proximal phase."""
    w = start.astype(dtype)
    state = {name: np.zeros_like(w) for name in optimizer.state}
    run = np.zeros(COUNTERS, np.int64)
    for step in range(100):
        run[STEP] = step
        names = {"w": w, "run": run, **state, **optimizer.model_dump(), **more}
        if optimizer.look_ahead:
            compiled(type(optimizer).look_ahead, names, dtype)
        compiled(type(optimizer).update, {**names, "g": slope(w).astype(dtype)}, dtype)
        if more:
            compiled(type(optimizer).proximal, names, dtype)
    return w, state


CASES = [
    ("sgd", {"learning_rate": 0.1}, "SGD", {"lr": 0.1}),
    ("momentum", {"learning_rate": 0.05, "damped": False}, "SGD", {"lr": 0.05, "momentum": 0.9}),
    ("momentum", {"learning_rate": 0.05, "momentum": 0.8}, "SGD", {"lr": 0.05 * 0.2, "momentum": 0.8}),
    ("nesterov", {"learning_rate": 0.02, "damped": False}, "SGD", {"lr": 0.02, "momentum": 0.9, "nesterov": True}),
    ("nesterov", {"learning_rate": 0.05, "momentum": 0.8}, "SGD", {"lr": 0.01, "momentum": 0.8, "nesterov": True}),
    ("adagrad", {"learning_rate": 0.3}, "Adagrad", {"lr": 0.3}),
    ("adadelta", {"learning_rate": 0.7}, "Adadelta", {"lr": 0.7}),
    ("adadelta", {"memory": 0.95, "epsilon": 1e-4}, "Adadelta", {"rho": 0.95, "eps": 1e-4}),
    ("adam", {"learning_rate": 0.01}, "Adam", {"lr": 0.01}),
    ("adam", {"learning_rate": 0.1, "beta1": 0.5, "beta2": 0.9, "epsilon": 1e-3}, "Adam",
     {"lr": 0.1, "betas": (0.5, 0.9), "eps": 1e-3}),
]


@pytest.mark.parametrize(("name", "mine", "theirs", "options"), CASES)
def test_a_hundred_steps_equal_pytorch(name: str, mine: dict, theirs: str, options: dict) -> None:
    torch = pytest.importorskip("torch")
    start = np.random.default_rng(3).normal(size=37)
    w = torch.tensor(start, requires_grad=True)
    optimizer = getattr(torch.optim, theirs)([w], **options)
    for _ in range(100):
        w.grad = torch.tensor(bowl(w.detach().numpy()))
        optimizer.step()
    rule = OPTIMIZERS[name](**mine)
    found, state = trajectory(rule, start)
    if name == "nesterov":  # PyTorch stores the point that inertia leads to
        found = found + rule.momentum * state["velocity"]
    np.testing.assert_allclose(found, w.detach().numpy(), rtol=0, atol=1e-10)


@pytest.mark.parametrize("with_momentum", [False, True])
def test_rmsprop_equals_the_lectures_formula(with_momentum: bool) -> None:
    start = np.random.default_rng(3).normal(size=37)
    w, v, step = start.copy(), np.zeros(37), np.zeros(37)
    for _ in range(100):
        g = bowl(w)
        v = 0.9 * v + 0.1 * g**2
        step = 0.5 * with_momentum * step - 0.02 / np.sqrt(v + 1e-6) * g
        w += step
    rule = OPTIMIZERS["rmsprop"](learning_rate=0.02, with_momentum=with_momentum, momentum=0.5)
    np.testing.assert_allclose(trajectory(rule, start)[0], w, rtol=0, atol=1e-10)


@pytest.mark.parametrize("name", STEPWISE)
def test_float32_stays_close_to_float64(name: str) -> None:
    start = np.random.default_rng(4).normal(size=20)
    optimizer = OPTIMIZERS[name]()
    np.testing.assert_allclose(trajectory(optimizer, start, np.float32)[0], trajectory(optimizer, start)[0],
                               rtol=1e-4, atol=1e-4)  # fmt: skip


@pytest.mark.parametrize("name", STEPWISE)
def test_the_proximal_phase_makes_zeros_where_the_gradient_is_weaker_than_the_penalty(name: str) -> None:
    """For `½(w−a)² + λ|w|` the minimum is a shrunk by λ, and 0 where |a| < λ: whatever the rule does to lengths."""
    target = np.array([1.5, 0.3, -0.4, -2.0])
    rule = OPTIMIZERS[name](learning_rate=0.3 if name == "adagrad" else 0.05)
    start = np.array([1.2, 0.2, -0.2, -1.2]) if name != "adadelta" else np.array([1.0, 1e-3, -1e-3, -1.5])
    found, _ = trajectory(rule, start, slope=lambda w: w - target, l1=0.5)
    if name == "adadelta":  # its first steps are tiny: the way is all that can be seen
        assert (found[1:3] == 0).all()
        return
    np.testing.assert_allclose(found[[0, 3]], [1.0, -1.5], atol=0.08)
    assert (found[1:3] == 0).all()


@pytest.mark.parametrize("name", list(OPTIMIZERS))
def test_words(name: str) -> None:
    kind = OPTIMIZERS[name]
    assert kind.__doc__
    assert kind.equation
    assert kind.source
