"""Autoencoders on digits for tests: one pass of them, and the same in PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from engine.executor import Machine
from engine.native import loop
from engine.ops.primitive import Region
from graphs.document import Document
from tests.engine.small_networks import document

DIGITS = {"digits": ("digits", {})}


def of_kind(kind: str, parameters: dict[str, Any] | None = None, **training: Any) -> Document:
    return document({**DIGITS, "ae": (kind, parameters or {})}, "digits.pixels>ae.x", **training)


def passed(made: Machine) -> np.ndarray:
    """Runs one pass without an update; returns the pixels of the batch, float64."""
    made.reset_counters()
    made.walk_section(loop.EPOCH_BEGIN)
    made.walk_section(loop.PASS)
    rows = made.regions[Region.ORDER][: made.assembly.batch]
    return made.dataset.columns[("digits", "pixels")].values[rows].astype(float)


def equals_pytorch(made: Machine, objective: Callable[[Any, dict[str, Any]], Any], precision: float = 1e-9) -> None:
    """The loss of the first batch and the gradient of every weight, float64."""
    torch = pytest.importorskip("torch")
    x = torch.tensor(passed(made))
    w = {key.removeprefix("ae/"): torch.tensor(made.parameter(key).copy(), requires_grad=True)
         for key in made.network.parameters}
    loss = objective(x, w)
    loss.backward()
    assert made.losses()["loss"] == pytest.approx(loss.item(), rel=1e-3 * precision)
    for name, tensor in w.items():
        np.testing.assert_allclose(made.gradient(f"ae/{name}"), tensor.grad.numpy(), rtol=precision, atol=0.001 * precision,
                                   err_msg=name)


def coded(x: Any, w: dict[str, Any], bend: Callable[[Any], Any]) -> tuple[Any, Any]:
    """The code and the squared error of a one-layer autoencoder with a linear output."""
    h = bend(x @ w["encode.weight"].T + w["encode.bias"])
    made = h @ w["decode.weight"].T + w["decode.bias"]
    return h, (made - x).square().sum(1).mean()
