"""Our machine on the graph of a work."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np

from engine import crew
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
from tests.benchmarks.works import BETA, CONTRACTION, MASKED, RHO, Work

TIED = {"tied": True, "output_activation": "sigmoid", "loss": "binary_cross_entropy"}
CODERS: dict[str, tuple[str, dict[str, Any]]] = {  # of each kind that is one node: its type and parameters
    "sparse": ("sparse_autoencoder", {"rho": RHO, "strength": BETA, "memory": 0.0}),
    "denoising": ("denoising_autoencoder", {**TIED, "noise": "masking", "share": MASKED}),
    "contractive": ("contractive_autoencoder", {**TIED, "strength": CONTRACTION}),
    "boltzmann": ("boltzmann_machine", {}),
    "coder": ("autoencoder", {}),  # one of a stack
}


def document(work: Work) -> Document:
    """The graph of a work."""
    nodes, wires = _coder(work) if work.kind in CODERS else _dense(work)
    classes = {"classes": work.widths[-1]} if work.classes else {}
    nodes["data"] = Node("data", "given_data", {"width": work.widths[0], **classes})
    return Document(nodes, frozenset(wires), {
        "epochs": 0, "batch_size": work.batch, "validation_share": 0.0, "optimizer": work.optimizer,
        "learning_rate": work.rate, "ridge": work.ridge})


def _coder(work: Work) -> tuple[dict[str, Node], set[Wire]]:
    kind, parameters = CODERS[work.kind]
    return {"coder": Node("coder", kind, {"units": work.widths[1], **parameters})}, {Wire("data", "x", "coder", "x")}


def _dense(work: Work) -> tuple[dict[str, Node], set[Wire]]:
    nodes, wires, before = dict[str, Node](), set[Wire](), ("data", "x")
    for index, width in enumerate(work.widths[1:]):
        last = index == len(work.widths) - 2
        name = f"dense{index}"
        nodes[name] = Node(name, "dense", {"units": width, "activation": "identity" if last else work.hidden})
        wires.add(Wire(*before, name, "x"))
        before = (name, "y")
        if work.dropout and not last:
            nodes[f"drop{index}"] = Node(f"drop{index}", "dropout", {"rate": work.dropout})
            wires.add(Wire(*before, f"drop{index}", "x"))
            before = (f"drop{index}", "y")
    nodes["loss"] = Node("loss", "cross_entropy") if work.classes else Node("loss", "squared_error")
    wires.add(Wire(*before, "loss", "prediction"))
    wires.add(Wire("data", "label", "loss", "label") if work.classes else Wire("data", "x", "loss", "target"))
    return nodes, wires


def machine(work: Work, seed: int, *, wide: bool = False, data: np.ndarray | None = None) -> Machine:
    """A machine with fresh weights, statistics off; it trains on the work's own data unless there are others."""
    found = check(document(work), Catalog((*CATALOG, GivenData), TrainingSettings))
    data = work.data() if data is None else data
    columns = {("data", "x"): Column(data, found.outputs[("data", "x")])}
    if work.classes:
        columns["data", "label"] = Column(work.labels(), found.outputs[("data", "label")])
    rows = np.arange(work.rows)
    network = compile_network(found, found.training, np.float64 if wide else None)
    made = Machine(network, DataSet(columns, work.rows, rows, rows[:0]))
    made.initialize(seed)
    made.watch_every(0)
    made.run(work.steps)
    return made


def hourglass(work: Work, *, telemetry: bool, wide: bool = False) -> Callable[[], None]:
    """With telemetry, statistics are taken as in the window: so often that they cost at most their budget."""
    if work.kind == "stacked":
        return _stacked(work, telemetry)
    machines = [machine(work, seed, wide=wide) for seed in range(work.seeds)]
    steps = work.steps * work.epochs
    if telemetry:
        for made in machines:
            watch(made, 4 * steps)
    if len(machines) == 1:
        return lambda: machines[0].run(steps) and None
    pool = ThreadPoolExecutor(crew.threads())
    return lambda: [None for _ in pool.map(lambda made: made.run(steps), machines)] and None


def watch(made: Machine, steps: int) -> None:
    """Has statistics taken as often as the budget allows, after so many steps to see how long they take."""
    start = time.perf_counter()
    made.run(steps)
    seconds = (time.perf_counter() - start) / steps
    StatisticsBudget(made).adjust(SimpleNamespace(step_seconds=seconds, rate=math.inf))


def _stacked(work: Work, telemetry: bool) -> Callable[[], None]:
    """Autoencoder after autoencoder, each on the codes of the one before, then all of it with a softmax on top."""
    pairs = list(zip(work.widths[:-2], work.widths[1:-1], strict=True))
    given = [work.data(), *(np.zeros((work.rows, units), np.float32) for _, units in pairs)]
    coders = [machine(replace(work, kind="coder", widths=(width, units), classes=False), 0, data=given[place])
              for place, (width, units) in enumerate(pairs)]
    top = machine(replace(work, kind="dense"), 0)
    starts = []
    for made in (*coders, top):
        if telemetry:
            watch(made, work.steps * work.stage_epochs)
        made.initialize(0)
        starts.append(made.state())

    def run() -> None:
        top.restore(starts[-1])
        for place, coder in enumerate(coders):
            coder.restore(starts[place])
            coder.run(work.steps * work.stage_epochs)
            given[place + 1][:] = coder.forward({("data", "x"): given[place]}, [("coder", "code")])["coder", "code"]
            for name in ("weight", "bias"):
                top.parameter(f"dense{place}/{name}")[:] = coder.parameter(f"coder/encode.{name}")
        top.run(work.steps * work.stage_epochs)

    return run
