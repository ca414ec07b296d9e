"""JAX at its best: whole epochs in one jitted scan; nothing comes back to Python in between. Seeds side by side (vmap)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tests.benchmarks.jax_objectives import objective_of, stacked_code, stacked_coder, stacked_top, start_of
from tests.benchmarks.works import Work


def jax_scan(work: Work) -> Callable[[], None]:
    """As many epochs as there are between two looks at the clock, in one call."""
    if work.kind == "stacked":
        return _stacked(work)
    data, labels = jnp.asarray(work.data()), jnp.asarray(work.labels())
    train = _trainer(work, objective_of(work), work.epochs)
    carries = [_start(work, start_of(work, np.random.default_rng(seed)), seed) for seed in range(work.seeds)]
    if work.seeds == 1:
        state, run = carries[0], jax.jit(train)
    else:
        state = jax.tree.map(lambda *parts: jnp.stack(parts), *carries)
        run = jax.jit(jax.vmap(train, in_axes=(0, None, None, None)))
    kept = [state, jax.random.PRNGKey(0)]

    def epoch() -> None:
        kept[1], key = jax.random.split(kept[1])
        kept[0] = jax.block_until_ready(run(kept[0], data, labels, key))

    return epoch


def _trainer(work: Work, objective: Callable, epochs: int) -> Callable:
    """So many epochs as a function of the state, the data and a key."""

    def whole(carry, data, labels, key):
        def step(carry, rows):
            weights, state, t, key = carry
            key, drawn = jax.random.split(key) if work.dropout or work.kind == "denoising" else (key, key)
            gradient = jax.grad(objective)(weights, data[rows], labels[rows], drawn)
            weights, state = _update(work, weights, state, gradient, t + 1)
            return (weights, state, t + 1, key), None

        orders = jax.vmap(lambda key: jax.random.permutation(key, work.rows)[: work.steps * work.batch])(
            jax.random.split(key, epochs))
        return jax.lax.scan(step, carry, orders.reshape(-1, work.batch))[0]

    return whole


def _stacked(work: Work) -> Callable[[], None]:
    """All stages and the codes between them in one jitted call."""
    data, labels = jnp.asarray(work.data()), jnp.asarray(work.labels())
    coder_stage = _trainer(work, stacked_coder, work.stage_epochs)
    top_stage = _trainer(work, stacked_top, work.stage_epochs)

    def whole(weights, key):
        codes, keys = data, jax.random.split(key, len(work.widths))
        encoders = []
        for place in range(len(work.widths) - 2):
            trained = coder_stage(_start(work, weights[place], 0), codes, labels, keys[place])[0]
            encoders.append(trained[0])
            codes = stacked_code(trained[0], codes)
        return top_stage(_start(work, [*encoders, *weights[-1]], 0), data, labels, keys[-1])[0]

    rng, run = np.random.default_rng(0), jax.jit(whole)
    weights = start_of(work, rng)
    kept = [jax.random.PRNGKey(0)]

    def epoch() -> None:
        kept[0], key = jax.random.split(kept[0])
        jax.block_until_ready(run(weights, key))

    return epoch


def _start(work: Work, weights: Any, seed: int) -> tuple[Any, ...]:
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
