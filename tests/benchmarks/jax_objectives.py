"""What JAX minimises: a function of weights, samples, labels and a key, for each kind of work, and first weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tests.benchmarks.works import BETA, CONTRACTION, MASKED, RHO, Work

ACTIVATIONS = {"sigmoid": jax.nn.sigmoid, "relu": jax.nn.relu, "tanh": jnp.tanh}


def objective_of(work: Work) -> Callable:
    """The objective of any kind but the stacked one, whose stages have one each."""
    return {"sparse": sparse, "denoising": denoising, "contractive": contractive}.get(work.kind) or dense(work)


def dense(work: Work) -> Callable:
    """A chain of linear layers."""
    activation = ACTIVATIONS[work.hidden]

    def objective(weights, x, label, key):
        h = x
        for index, (w, b) in enumerate(weights[:-1]):
            h = activation(h @ w + b)
            if work.dropout:
                kept = jax.random.bernoulli(jax.random.fold_in(key, index), 1 - work.dropout, h.shape)
                h = jnp.where(kept, h / (1 - work.dropout), 0)
        w, b = weights[-1]
        made = h @ w + b
        loss = cross_entropy(made, label) if work.classes else jnp.sum((made - x) ** 2) / x.shape[0]
        return loss + work.ridge * sum(jnp.sum(w * w) for w, _ in weights) if work.ridge else loss

    return objective


def cross_entropy(logits, label):
    """The mean of −ln softmax(logits)_label."""
    return -jnp.take_along_axis(jax.nn.log_softmax(logits), label[:, None], 1).mean()


def binary_cross_entropy(logits, x):
    """Summed over components, averaged over samples."""
    return jnp.sum(jax.nn.softplus(logits) - logits * x) / x.shape[0]


def sparse(weights, x, label, key):
    """A linear decoder, and the divergence of the batch's mean activities from ρ."""
    (w, b), (v, c) = weights
    code = jax.nn.sigmoid(x @ w + b)
    mean = code.mean(0)
    divergence = RHO * jnp.log(RHO / mean) + (1 - RHO) * jnp.log((1 - RHO) / (1 - mean))
    return jnp.sum((code @ v + c - x) ** 2) / x.shape[0] + BETA * divergence.sum()


def denoising(weights, x, label, key):
    """Tied weights and cross-entropy, from an input of which some is masked."""
    w, b, c = weights
    code = jax.nn.sigmoid(jnp.where(jax.random.bernoulli(key, 1 - MASKED, x.shape), x, 0) @ w + b)
    return binary_cross_entropy(code @ w.T + c, x)


def contractive(weights, x, label, key):
    """Tied weights and cross-entropy, and the squared norm of the code's Jacobian."""
    w, b, c = weights
    code = jax.nn.sigmoid(x @ w + b)
    norm = jnp.mean((code * (1 - code)) ** 2, 0) @ jnp.sum(w * w, 0)
    return binary_cross_entropy(code @ w.T + c, x) + CONTRACTION * norm


def stacked_code(layer, x):
    """The code of one autoencoder of a stack."""
    w, b = layer
    return jax.nn.sigmoid(x @ w + b)


def stacked_coder(weights, x, label, key):
    """One autoencoder of a stack, with a linear decoder."""
    encoder, (v, c) = weights
    return jnp.sum((stacked_code(encoder, x) @ v + c - x) ** 2) / x.shape[0]


def stacked_top(weights, x, label, key):
    """A softmax on the last code."""
    h = x
    for layer in weights[:-1]:
        h = stacked_code(layer, h)
    w, b = weights[-1]
    return cross_entropy(h @ w + b, label)


def start_of(work: Work, rng: np.random.Generator) -> Any:
    """First weights, in the form that the objective takes; those of each stage for the stacked kind."""

    def layer(left: int, right: int) -> tuple:
        return jnp.asarray(rng.normal(0, left**-0.5, (left, right)), jnp.float32), jnp.zeros(right)

    pairs = list(zip(work.widths[:-1], work.widths[1:], strict=True))
    if work.kind in ("denoising", "contractive"):
        return (*layer(*pairs[0]), jnp.zeros(work.widths[2]))
    if work.kind == "stacked":
        return [*([layer(left, right), layer(right, left)] for left, right in pairs[:-1]), [layer(*pairs[-1])]]
    return [layer(left, right) for left, right in pairs]
