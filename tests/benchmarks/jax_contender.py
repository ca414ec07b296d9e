"""JAX at its best: whole epochs in one jitted scan; nothing comes back to Python in between. Seeds side by side (vmap)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tests.benchmarks.works import Work

ACTIVATIONS = {"sigmoid": jax.nn.sigmoid, "relu": jax.nn.relu, "tanh": jnp.tanh}


def jax_scan(work: Work) -> Callable[[], None]:
    """As many epochs as there are between two looks at the clock, in one call."""
    data, labels, activation = jnp.asarray(work.data()), jnp.asarray(work.labels()), ACTIVATIONS[work.hidden]

    def objective(weights, x, label, key):
        h = x
        for index, (w, b) in enumerate(weights[:-1]):
            h = activation(h @ w + b)
            if work.dropout:
                kept = jax.random.bernoulli(jax.random.fold_in(key, index), 1 - work.dropout, h.shape)
                h = jnp.where(kept, h / (1 - work.dropout), 0)
        w, b = weights[-1]
        made = h @ w + b
        if work.classes:
            loss = -jnp.take_along_axis(jax.nn.log_softmax(made), label[:, None], 1).mean()
        else:
            loss = jnp.sum((made - x) ** 2) / x.shape[0]
        return loss + work.ridge * sum(jnp.sum(w * w) for w, _ in weights) if work.ridge else loss

    def step(carry, rows):
        weights, state, t, key = carry
        key, mask = jax.random.split(key) if work.dropout else (key, key)
        gradient = jax.grad(objective)(weights, data[rows], labels[rows], mask)
        weights, state = _update(work, weights, state, gradient, t + 1)
        return (weights, state, t + 1, key), None

    def whole(carry, key):
        orders = jax.vmap(lambda key: jax.random.permutation(key, work.rows)[: work.steps * work.batch])(
            jax.random.split(key, work.epochs))
        return jax.lax.scan(step, carry, orders.reshape(-1, work.batch))[0]

    carries = [_start(work, seed) for seed in range(work.seeds)]
    if work.seeds == 1:
        state, run = carries[0], jax.jit(whole)
    else:
        state = jax.tree.map(lambda *parts: jnp.stack(parts), *carries)
        run = jax.jit(jax.vmap(whole, in_axes=(0, None)))
    kept = [state, jax.random.PRNGKey(0)]

    def epoch() -> None:
        kept[1], key = jax.random.split(kept[1])
        kept[0] = jax.block_until_ready(run(kept[0], key))

    return epoch


def _start(work: Work, seed: int) -> tuple[Any, ...]:
    rng = np.random.default_rng(seed)
    weights = [(jnp.asarray(rng.normal(0, left**-0.5, (left, right)), jnp.float32), jnp.zeros(right))
               for left, right in zip(work.widths[:-1], work.widths[1:], strict=True)]
    zero = jax.tree.map(jnp.zeros_like, weights)
    state = {"adam": (zero, zero), "adagrad": (zero,), "sgd": ()}[work.optimizer]
    return weights, state, jnp.float32(0), jax.random.PRNGKey(seed)


def _update(work: Work, weights, state, gradient, t):
    if work.optimizer == "sgd":
        return jax.tree.map(lambda w, g: w - work.rate * g, weights, gradient), ()
    if work.optimizer == "adagrad":
        total = jax.tree.map(lambda s, g: s + g * g, state[0], gradient)
        weights = jax.tree.map(lambda w, s, g: w - work.rate * g / (jnp.sqrt(s) + 1e-10), weights, total, gradient)
        return weights, (total,)
    m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, state[0], gradient)
    v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, state[1], gradient)
    rate, root = work.rate / (1 - 0.9**t), 1 / jnp.sqrt(1 - 0.999**t)
    return jax.tree.map(lambda w, m, v: w - rate * m / (jnp.sqrt(v) * root + 1e-8), weights, m, v), (m, v)
