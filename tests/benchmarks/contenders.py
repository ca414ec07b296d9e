"""One contender in a process of its own: for each line read, trains some epochs and prints the microseconds a step took.

Each is written as a good user of that library would write it for the greatest speed. Data, batch size, loss and
optimiser are the same for all.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from types import SimpleNamespace

import numpy as np

from tests.benchmarks.works import RATE, WORKS, Work

Epoch = Callable[[], None]


def hourglass(work: Work, *, telemetry: bool) -> Epoch:
    """Our machine on a graph of dense nodes. With telemetry, statistics are taken as in the window: so often that they
    cost at most their budget."""
    from engine.budget import StatisticsBudget
    from engine.compiler import compile_network
    from engine.data.columns import Column
    from engine.data.half import DataSet
    from engine.executor import Machine
    from engine.nodes import CATALOG
    from engine.settings import TrainingSettings
    from graphs.catalog import Catalog
    from graphs.checks import check
    from graphs.document import Document, Node, Wire
    from tests.benchmarks.given_data import GivenData

    nodes = {"data": Node("data", "given_data", {"width": work.widths[0]}), "loss": Node("loss", "squared_error")}
    wires, before = {Wire("data", "x", "loss", "target")}, ("data", "x")
    for index, width in enumerate(work.widths[1:]):
        last = index == len(work.widths) - 2
        name = f"dense{index}"
        nodes[name] = Node(name, "dense", {"units": width, "activation": "identity" if last else "sigmoid"})
        wires.add(Wire(*before, name, "x"))
        before = (name, "y")
    wires.add(Wire(*before, "loss", "prediction"))
    doc = Document(nodes, frozenset(wires), {"epochs": 0, "batch_size": work.batch, "validation_share": 0.0,
                                             "learning_rate": RATE})
    found = check(doc, Catalog((*CATALOG, GivenData), TrainingSettings))
    column = Column(work.data(), found.outputs[("data", "x")])
    rows = np.arange(work.rows)
    made = Machine(compile_network(found, found.training), DataSet({("data", "x"): column}, work.rows, rows, rows[:0]))
    made.initialize(0)
    made.watch_every(0)
    made.run(work.steps)
    if telemetry:
        start = time.perf_counter()
        made.run(4 * work.steps)
        seconds = (time.perf_counter() - start) / (4 * work.steps)
        StatisticsBudget(made).adjust(SimpleNamespace(step_seconds=seconds, rate=math.inf))

    def epoch() -> None:
        made.run(work.steps)

    return epoch


def pytorch(work: Work, *, fused: bool = False, compiled: bool = False) -> Epoch:
    """Modules, an index of each batch out of one tensor, Adam."""
    import torch
    from torch import nn

    layers: list[nn.Module] = []
    for left, right in zip(work.widths[:-1], work.widths[1:], strict=True):
        layers += [nn.Linear(left, right), nn.Sigmoid()]
    model = nn.Sequential(*layers[:-1])
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE, fused=fused)
    data = torch.from_numpy(work.data())

    def step(x: torch.Tensor) -> None:
        optimizer.zero_grad(set_to_none=True)
        loss = ((model(x) - x) ** 2).sum() / len(x)
        loss.backward()
        optimizer.step()

    run = torch.compile(step) if compiled else step

    def epoch() -> None:
        order = torch.randperm(work.rows)
        for start in range(0, work.steps * work.batch, work.batch):
            run(data[order[start : start + work.batch]])

    return epoch


def jax_scan(work: Work) -> Epoch:
    """A whole epoch in one jitted scan; nothing comes back to Python in between."""
    import jax
    import jax.numpy as jnp

    rng = np.random.default_rng(0)
    weights = [(jnp.asarray(rng.normal(0, left**-0.5, (left, right)), jnp.float32), jnp.zeros(right))
               for left, right in zip(work.widths[:-1], work.widths[1:], strict=True)]
    data = jnp.asarray(work.data())

    def objective(weights, x):
        h = x
        for w, b in weights[:-1]:
            h = jax.nn.sigmoid(h @ w + b)
        w, b = weights[-1]
        return jnp.sum((h @ w + b - x) ** 2) / x.shape[0]

    def step(carry, rows):
        weights, m, v, t = carry
        t = t + 1
        gradient = jax.grad(objective)(weights, data[rows])
        m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, gradient)
        v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, gradient)
        rate, root = RATE / (1 - 0.9**t), 1 / jnp.sqrt(1 - 0.999**t)
        weights = jax.tree.map(lambda w, m, v: w - rate * m / (jnp.sqrt(v) * root + 1e-8), weights, m, v)
        return (weights, m, v, t), None

    @jax.jit
    def whole(carry, key):
        order = jax.random.permutation(key, work.rows)[: work.steps * work.batch].reshape(work.steps, work.batch)
        return jax.lax.scan(step, carry, order)[0]

    zero = jax.tree.map(jnp.zeros_like, weights)
    state = [(weights, zero, zero, jnp.float32(0)), jax.random.PRNGKey(0)]

    def epoch() -> None:
        state[1], key = jax.random.split(state[1])
        state[0] = jax.block_until_ready(whole(state[0], key))

    return epoch


def scikit_learn(work: Work) -> Epoch:
    """MLPRegressor, one epoch a call."""
    import warnings

    from sklearn.neural_network import MLPRegressor

    warnings.simplefilter("ignore")
    x = work.data()[: work.steps * work.batch]
    model = MLPRegressor(hidden_layer_sizes=work.widths[1:-1], activation="logistic", solver="adam", alpha=0, batch_size=work.batch,
                         learning_rate_init=RATE, max_iter=1, warm_start=True)

    def epoch() -> None:
        model.fit(x, x)

    return epoch


CONTENDERS: dict[str, Callable[[Work], Epoch]] = {
    "Hourglass": lambda work: hourglass(work, telemetry=False),
    "Hourglass, telemetry on": lambda work: hourglass(work, telemetry=True),
    "PyTorch eager": pytorch,
    "PyTorch fused Adam": lambda work: pytorch(work, fused=True),
    "PyTorch compile": lambda work: pytorch(work, compiled=True),
    "JAX scan": jax_scan,
    "scikit-learn": scikit_learn,
}


def kernels_in_use() -> str:
    """The matrix kernels that this process has loaded."""
    from threadpoolctl import threadpool_info

    return ", ".join(sorted({f"{pool['internal_api']} {pool.get('architecture', '')} ×{pool['num_threads']}".replace("  ", " ")
                             for pool in threadpool_info()}))


def main() -> None:
    """`python -m tests.benchmarks.contenders WORK CONTENDER`"""
    work = WORKS[int(sys.argv[1])]
    epoch = CONTENDERS[sys.argv[2]](work)
    start = time.perf_counter()
    epoch()
    epoch()
    start = time.perf_counter()
    epoch()
    repeats = max(1, int(0.5 / max(time.perf_counter() - start, 1e-6)))
    print(kernels_in_use(), flush=True)
    for _ in sys.stdin:
        epoch()  # wakes threads and fills caches after a pause
        start = time.perf_counter()
        for _ in range(repeats):
            epoch()
        print((time.perf_counter() - start) / repeats / work.steps * 1e6, flush=True)


if __name__ == "__main__":
    main()
