"""The functions of PyTorch that primitives must agree with, under the names that primitives give."""

from __future__ import annotations

from typing import Any


def _functional() -> Any:
    import torch.nn.functional

    return torch.nn.functional


def linear(x: Any, w: Any, b: Any = None) -> Any:
    return _functional().linear(x, w, b)


def linear_transposed(x: Any, w: Any, b: Any = None) -> Any:
    return _functional().linear(x, w.T, b)


def tanh(x: Any) -> Any:
    return x.tanh()


def sigmoid(x: Any) -> Any:
    return x.sigmoid()


def sigmoid_slope(x: Any) -> Any:
    return x * (1 - x)


def tanh_slope(x: Any) -> Any:
    return 1 - x.square()


def softplus_slope(x: Any) -> Any:
    return -(-x).expm1()


def row_squares(x: Any) -> Any:
    return x.square().sum(1)


def jacobian_norm(s: Any, lengths: Any) -> Any:
    return (s.square() @ lengths).mean()


def mean_activity(x: Any, low: float, span: float) -> Any:
    return ((x - low) / span).mean(0)


def running_activity(x: Any, running: Any, memory: float) -> Any:
    assert memory == 0
    return x


def gaussian_likelihood(x: Any, t: Any, s: Any) -> Any:
    import torch

    return -torch.distributions.Normal(x, s.exp()).log_prob(t).sum(1).mean()


def gain(x: Any, g: Any) -> Any:
    return g * x


def unit_columns(w: Any) -> Any:
    return _functional().normalize(w, dim=0)


def subtract(a: Any, b: Any) -> Any:
    return a - b


def free_energy(v: Any, u: Any, b: Any) -> Any:
    return -(v @ b + _functional().softplus(u).sum(1)).mean()


def bernoulli_divergence(x: Any, rho: float) -> Any:
    import torch

    there, wanted = (torch.distributions.Bernoulli(probs=p) for p in (x, torch.full_like(x, rho)))
    return torch.distributions.kl_divergence(wanted, there).sum()


def relu(x: Any) -> Any:
    return x.relu()


def hard_sigmoid(x: Any) -> Any:
    return (x / 6 + 0.5).clamp(0, 1)  # hardsigmoid's own backward divides by six in float32


def leaky_relu(x: Any, slope: float) -> Any:
    return _functional().leaky_relu(x, slope)


def prelu(x: Any, alpha: Any, inner: int) -> Any:
    del inner
    return _functional().prelu(x, alpha)


def elu(x: Any, alpha: float) -> Any:
    return _functional().elu(x, alpha)


def selu(x: Any) -> Any:
    return _functional().selu(x)


def softplus(x: Any) -> Any:
    return _functional().softplus(x)


def gelu(x: Any) -> Any:
    return _functional().gelu(x)


def gelu_tanh(x: Any) -> Any:
    return _functional().gelu(x, approximate="tanh")


def silu(x: Any) -> Any:
    return _functional().silu(x)


def max_pieces(x: Any, pieces: int) -> Any:
    return x.reshape(len(x), -1, pieces).max(-1).values


def softmax(x: Any) -> Any:
    return x.softmax(-1)


def add(a: Any, b: Any) -> Any:
    return a + b


def flatten(x: Any) -> Any:
    return x.flatten(1)


def squared_error(x: Any, t: Any, scale: float) -> Any:
    return scale * _functional().mse_loss(x, t, reduction="sum") / len(x)


def absolute_error(x: Any, t: Any, scale: float) -> Any:
    return scale * _functional().l1_loss(x, t, reduction="sum") / len(x)


def huber(x: Any, t: Any, scale: float, delta: float) -> Any:
    return scale * _functional().huber_loss(x, t, reduction="sum", delta=delta) / len(x)


def absolute_sum(x: Any, scale: float) -> Any:
    return scale * x.abs().sum() / len(x)


def binary_cross_entropy(x: Any, t: Any) -> Any:
    return _functional().binary_cross_entropy_with_logits(x, t, reduction="sum") / len(x)


def cross_entropy(x: Any, t: Any) -> Any:
    return _functional().cross_entropy(x, t)
