"""The functions of PyTorch that primitives must agree with, under the names that primitives give."""

from __future__ import annotations

from typing import Any


def _functional() -> Any:
    import torch.nn.functional

    return torch.nn.functional


def linear(x: Any, w: Any, b: Any = None) -> Any:
    return _functional().linear(x, w, b)


def linear_transposed(x: Any, w: Any, b: Any) -> Any:
    return _functional().linear(x, w.T, b)


def tanh(x: Any) -> Any:
    return x.tanh()


def sigmoid(x: Any) -> Any:
    return x.sigmoid()


def sigmoid_slope(x: Any) -> Any:
    return x * (1 - x)


def relu(x: Any) -> Any:
    return x.relu()


def softmax(x: Any) -> Any:
    return x.softmax(-1)


def add(a: Any, b: Any) -> Any:
    return a + b


def flatten(x: Any) -> Any:
    return x.flatten(1)


def squared_error(x: Any, t: Any) -> Any:
    return _functional().mse_loss(x, t, reduction="sum") / len(x)


def binary_cross_entropy(x: Any, t: Any) -> Any:
    return _functional().binary_cross_entropy_with_logits(x, t, reduction="sum") / len(x)


def cross_entropy(x: Any, t: Any) -> Any:
    return _functional().cross_entropy(x, t)
