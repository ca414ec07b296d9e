"""The activation functions as pictures: sampled values and derivatives. The kernels themselves, run as plain Python."""

from __future__ import annotations

from dataclasses import fields
from functools import lru_cache
from typing import Any

import numpy as np

from engine.kernels.operand import operands
from engine.ops.activations import IDENTITY, PReLU, Softmax, activation_functions
from graphs.spec import Bend

REACH, POINTS = 4.0, 97  # from −4 to 4
FIRST_SLOPE = 0.25  # of a PReLU that has learned nothing yet


def bend_of(name: str, node: Any) -> Bend | None:
    """The function of that name, set as the node's parameters say; None where no single curve tells what it does."""
    kind = activation_functions().get(name)
    if kind is Softmax or (kind is None and name != IDENTITY):
        return None
    known = () if kind is None else tuple(
        (one.name, float(getattr(node, one.name, one.default))) for one in fields(kind))  # type: ignore[arg-type]
    return _sampled(name, known)


def learned_bend(slope: float) -> Bend:
    """A PReLU with the slope that it has learned by now."""
    return _sampled("prelu", (("inner", 1.0),), round(slope, 3))


@lru_cache(maxsize=256)
def _sampled(name: str, known: tuple[tuple[str, float], ...], slope: float = FIRST_SLOPE) -> Bend:
    x = np.linspace(-REACH, REACH, POINTS)
    kind = activation_functions().get(name)
    if kind is None:
        return Bend(tuple(x.tolist()), tuple(x.tolist()), (1.0,) * POINTS)
    values: dict[str, Any] = {key: int(value) if key == "inner" else np.float64(value) for key, value in known}
    values |= {"x": x, "y": np.empty_like(x), "dy": np.ones_like(x), "dx": np.zeros_like(x)}
    if kind is PReLU:
        values["alpha"] = np.array([slope])
    kind.forward(*(values[one] for one in operands(kind.forward)))
    backward = kind.gradient("x")
    if backward is not None and not kind.surrogate:  # a surrogate lets errors pass where the slope is 0
        backward(*(values[one] for one in operands(backward)))
    return Bend(tuple(x.tolist()), tuple(values["y"].tolist()), tuple(values["dx"].tolist()))
