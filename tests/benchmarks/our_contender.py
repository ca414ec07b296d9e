"""Our machine on a graph of dense nodes."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

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
from tests.benchmarks.works import Work


def document(work: Work) -> Document:
    """The graph of a work."""
    classes = {"classes": work.widths[-1]} if work.classes else {}
    loss = Node("loss", "cross_entropy") if work.classes else Node("loss", "squared_error")
    nodes = {"data": Node("data", "given_data", {"width": work.widths[0], **classes}), "loss": loss}
    wires, before = set[Wire](), ("data", "x")
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
    wires.add(Wire(*before, "loss", "prediction"))
    wires.add(Wire("data", "label", "loss", "label") if work.classes else Wire("data", "x", "loss", "target"))
    return Document(nodes, frozenset(wires), {
        "epochs": 0, "batch_size": work.batch, "validation_share": 0.0, "optimizer": work.optimizer,
        "learning_rate": work.rate, "ridge": work.ridge})


def machine(work: Work, seed: int) -> Machine:
    """A machine with fresh weights, statistics off."""
    found = check(document(work), Catalog((*CATALOG, GivenData), TrainingSettings))
    columns = {("data", "x"): Column(work.data(), found.outputs[("data", "x")])}
    if work.classes:
        columns["data", "label"] = Column(work.labels(), found.outputs[("data", "label")])
    rows = np.arange(work.rows)
    made = Machine(compile_network(found, found.training), DataSet(columns, work.rows, rows, rows[:0]))
    made.initialize(seed)
    made.watch_every(0)
    made.run(work.steps)
    return made


def hourglass(work: Work, *, telemetry: bool) -> Callable[[], None]:
    """With telemetry, statistics are taken as in the window: so often that they cost at most their budget."""
    machines = [machine(work, seed) for seed in range(work.seeds)]
    steps = work.steps * work.epochs
    if telemetry:
        for made in machines:
            start = time.perf_counter()
            made.run(4 * steps)
            seconds = (time.perf_counter() - start) / (4 * steps)
            StatisticsBudget(made).adjust(SimpleNamespace(step_seconds=seconds, rate=math.inf))
    if len(machines) == 1:
        return lambda: machines[0].run(steps) and None
    pool = ThreadPoolExecutor(crew.threads())
    return lambda: [None for _ in pool.map(lambda made: made.run(steps), machines)] and None
