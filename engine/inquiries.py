"""What is asked about the present network beside its training: tangents, linear probes, a map of a code by t-SNE.

What is quick is answered at once, between two steps. What takes seconds is worked out in a thread, on copies, one thing
at a time; training goes on meanwhile.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np
from threadpoolctl import threadpool_limits

from engine import commands, events, hashing, linear_probe
from engine.data.half import DataSet
from engine.insight import preferred_inputs, tangents
from engine.linear_probe import Parts
from graphs.language import tr

if TYPE_CHECKING:
    from engine.built import Built
    from engine.compiler import PortKey
    from engine.training import Training

MOST_SAMPLES = 1000  # that a map shows: those that views watch, see `engine.watching.MANY`
ASCENTS = 100  # samples at which a gradient ascent may begin
PICKED = 100  # samples whose neighbours are compared for the precision
ORDERS = (commands.FindTangents, commands.FindPreferred, commands.FindNeighbours, commands.ProbeCodes, commands.MapCode)
Answers = Iterator[dict[str, tuple[float, ...]]]  # each holds all that is known by then


class Inquiries:
    """Answers orders about the network of one session, through `tell`."""

    def __init__(self, tell: Callable[[events.Answer], None]) -> None:
        self._tell = tell
        self._answers: queue.SimpleQueue[events.Answer] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._waiting: Callable[[], None] | None = None  # the newest order that is not begun
        self._wanted = 0  # the newest order: answers to others come too late

    @property
    def busy(self) -> bool:
        """Whether an answer may come without another order."""
        return self._thread is not None

    def take(self, order: commands.Inquiry, training: Training) -> None:
        """Answers now, or begins what will take a while."""
        built, step = training.built, training.machine.step_count
        try:
            if type(order) in AT_ONCE:
                self._tell(AT_ONCE[type(order)](order, built))
                return
            answers = _linear_probes(training) if isinstance(order, commands.ProbeCodes) else _map(order, built)
        except (KeyError, ValueError):  # the graph has changed meanwhile
            answers = ""
        if isinstance(answers, str):
            self._tell(events.Answer(order.asker, step, problem=answers))
            return
        self._wanted += 1
        number = self._wanted
        self._waiting = lambda: self._work(answers, order.asker, number, step)
        self._begin()

    def tell_found(self) -> None:
        """Tells what has been found since the last time."""
        if self._thread is not None and not self._thread.is_alive():
            self._thread = None
        while not self._answers.empty():
            self._tell(self._answers.get())
        self._begin()

    def finish(self) -> None:
        """Waits for what is being worked out, and tells it."""
        while self._thread is not None:
            self._thread.join()
            self.tell_found()

    def forget(self) -> None:
        """Another run: what is being worked out is of no use any more."""
        self._wanted, self._waiting = self._wanted + 1, None

    def _begin(self) -> None:
        if self._waiting is not None and self._thread is None:
            self._thread = threading.Thread(target=self._waiting, daemon=True, name="hourglass-inquiry")
            self._waiting = None
            self._thread.start()

    def _work(self, answers: Answers, asker: str, number: int, step: int) -> None:
        began, numbers = time.perf_counter(), {}
        with threadpool_limits(1):  # one thread: the others belong to training
            for numbers in answers:
                if number != self._wanted:
                    return
                self._answers.put(events.Answer(asker, step, dict(numbers), complete=False))
        self._answers.put(events.Answer(asker, step, dict(numbers), seconds=time.perf_counter() - began))


def _tangents(order: commands.FindTangents, built: Built) -> events.Answer:
    code = built.response(order.given, order.code)
    began = time.perf_counter()  # the next ones need no compiler
    sizes, directions = tangents(code, np.array(order.values), order.count)
    step, numbers = built.machine.step_count, {}
    if np.isfinite(directions).all():
        numbers = {"sizes": tuple(sizes.tolist()), "directions": tuple(directions.ravel().tolist())}
    return events.Answer(order.asker, step, numbers, seconds=time.perf_counter() - began)


def _preferred(order: commands.FindPreferred, built: Built) -> events.Answer:
    sums = built.response(order.given, order.made, sums=True)
    rows = built.dataset.columns[order.given].values[built.dataset.train[:MOST_SAMPLES]]
    samples = rows.reshape(len(rows), -1).astype(np.float64)
    began, numbers = time.perf_counter(), {}
    if order.unit < sums.units:
        length = float(np.linalg.norm(samples, axis=1).mean()) or 1.0
        found, values = preferred_inputs(sums, [order.unit], radius=length, samples=samples[:ASCENTS])
        if np.isfinite(found).all() and np.isfinite(values).all():
            numbers = {"input": tuple(found[0].tolist()), "value": (float(values[0]),)}
    return events.Answer(order.asker, built.machine.step_count, numbers, seconds=time.perf_counter() - began)


def _neighbours(order: commands.FindNeighbours, built: Built) -> events.Answer:
    began, data, numbers = time.perf_counter(), built.dataset, {}
    rows = (data.validation if len(data.validation) else data.train)[:MOST_SAMPLES]
    code = _forward(built, data, rows, [order.code])[order.code]
    x = data.columns[order.given].values[rows].reshape(len(rows), -1).astype(np.float64)
    if order.row < len(rows) > order.count and np.isfinite(code).all():
        table = hashing.HashTable(code)
        near = table.nearest(table.words[order.row], order.count, without=order.row)
        picked = np.linspace(0, len(rows) - 1, min(PICKED, len(rows))).astype(np.int64)
        numbers = {"rows": tuple(map(float, near.rows)), "distances": tuple(map(float, near.distances)),
                   "precision": (hashing.precision(code, x, picked, order.count),), "chance": (order.count / (len(rows) - 1),)}
    return events.Answer(order.asker, built.machine.step_count, numbers, seconds=time.perf_counter() - began)


AT_ONCE: dict[type, Callable[..., events.Answer]] = {
    commands.FindTangents: _tangents, commands.FindPreferred: _preferred, commands.FindNeighbours: _neighbours}


def _linear_probes(training: Training) -> Answers | str:
    """Codes of all samples, taken now; classifiers follow one by one. Or why there can be none."""
    built, info, data = training.built, training.info, training.built.dataset
    train, check = data.train[: linear_probe.MOST_ROWS], data.validation
    if info.labels is None:
        return tr("These samples have no classes that could be read off a code.")
    if not len(check):
        return tr("No samples are kept aside, so nothing could be judged: set a validation share above 0.")
    truth = data.columns[(info.labels.node, info.labels.port)].values
    if len(np.unique(truth[train])) < 2:
        return tr("The training samples are all of one class.")
    given = next((one.given for one in info.codes if one.given is not None), None)
    if given is None:
        return tr("No layer here makes a code of one input.")
    ports = [(one.node, one.port) for one in info.codes if one.given == given]
    sides = [_forward(built, data, rows, ports) for rows in (train, check)]
    codes = {"/".join(port): Parts(*(side[port] for side in sides)) for port in ports}
    if not all(np.isfinite(part).all() for parts in codes.values() for part in parts):
        return tr("A code is not a number.")
    column = data.columns[given].values
    raw = Parts(*(column[rows].reshape(len(rows), -1).astype(np.float64) for rows in (train, check)))

    def found() -> Answers:
        numbers: dict[str, tuple[float, ...]] = {}
        for name, width, share in linear_probe.judge(raw, codes, truth[train], truth[check]):
            numbers[name] = (float(width), share)
            yield numbers

    return found()


def _map(order: commands.MapCode, built: Built) -> Answers | str:
    """Places in the plane for the samples that views watch, near where the codes are near (van der Maaten 2008)."""
    data = built.dataset
    rows = (data.validation if len(data.validation) else data.train)[:MOST_SAMPLES]
    if len(rows) < 5:
        return tr("There are too few samples for a map.")
    port = (order.node, order.port)
    code = _forward(built, data, rows, [port])[port]
    if not np.isfinite(code).all():
        return tr("A code is not a number.")

    def found() -> Answers:
        from sklearn.manifold import TSNE  # dear to import, and seldom wanted

        placed = TSNE(init="pca", perplexity=min(30.0, (len(code) - 1) / 3), random_state=0).fit_transform(code)
        yield {"x": tuple(placed[:, 0].tolist()), "y": tuple(placed[:, 1].tolist())}

    return found()


def _forward(built: Built, data: DataSet, rows: np.ndarray, ports: list[PortKey]) -> dict[PortKey, np.ndarray]:
    """What these ports give for these rows, N × D each."""
    known = built.assembly.predict_inputs
    given = {key: data.columns[key].values[rows] for key in known}
    columns = {port: data.columns[port].values[rows] for port in ports if port in data.columns and port not in known}
    made = {**built.machine.forward(given, [port for port in ports if port not in columns]), **columns}
    return {port: values.reshape(len(rows), -1).astype(np.float64) for port, values in made.items()}
