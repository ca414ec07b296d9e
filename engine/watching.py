"""Makes the frames that views ask for: weights, outputs for a fixed batch of samples, maps of the plane."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

import numpy as np

from engine import frames
from engine.budget import FrameBudget
from engine.compiler import PortKey
from engine.data.half import prepare_for_prediction
from engine.events import CurveInfo, RunInfo
from engine.frames import FrameWriter
from engine.run_info import map_points, watchable_outputs
from engine.training import Built, Training

PROBES = 64  # samples in the batch that is watched
MANY = 1000  # samples of a part that are watched as a whole: for confusion matrices, scatter plots, points of a curve
LARGEST = 24 << 20  # bytes of a frame: what is largest is left out


class Watching:
    """What is watched of one built network, made ready so that a frame costs no more than its numbers."""

    def __init__(self, built: Built, info: RunInfo, keys: Iterable[str]) -> None:
        self._machine, self._dataset = built.machine, built.dataset
        rows = self._dataset.validation if len(self._dataset.validation) else self._dataset.train
        self._rows = {"output": rows[:PROBES], "labels": rows[:PROBES], "check": rows[:MANY],
                      "train": self._dataset.train[:MANY]}
        self._weights: dict[str, str] = {}
        self._fixed: dict[str, np.ndarray] = {}  # data of the samples: the same in every frame
        self._outputs: dict[str, dict[str, PortKey]] = {}  # kind → key → output, for the rows of that kind
        self._curves: dict[str, tuple[PortKey, PortKey]] = {}  # key → (source, output)
        self._maps: dict[str, tuple[PortKey, PortKey]] = {}  # key → (input, output)
        layers = {f"{layer.node}/{layer.name}": layer.weight for layer in built.network.layers}
        known = set(watchable_outputs(built.assembly))
        self._inputs = {key: self._dataset.columns[key].values for key in built.assembly.predict_inputs}
        self._points = {(one.node, one.port): map_points(one) for one in info.maps}
        self._lines = {(one.node, one.port): self._prepared(built, one) for one in info.curves}
        for key in keys:
            kind, _, place = key.partition(":")
            node, _, port = place.partition("/")
            if kind == "weights" and place in layers:
                self._weights[key] = layers[place]
            elif kind in self._rows and (column := self._column(node, port)) is not None:
                self._fixed[key] = column[self._rows[kind]]
            elif kind in self._rows and (node, port) in known:
                self._outputs.setdefault(kind, {})[key] = (node, port)
            elif kind == "curve":
                for one in info.curves:
                    if (node, port) in one.watchable:
                        self._curves[key] = ((one.node, one.port), (node, port))
            elif kind == "map":
                for one in info.maps:
                    if (node, port) in one.watchable:
                        self._maps[key] = ((one.node, one.port), (node, port))
        self._too_large: set[str] = set()
        self._leave_out_the_largest()

    def _column(self, node: str, port: str) -> np.ndarray | None:
        """What a data node gave, where its rows are those that are trained on: not photographs before the patches."""
        column = self._dataset.columns.get((node, port))
        return column.values if column is not None and column.rows == self._dataset.rows else None

    def _leave_out_the_largest(self) -> None:
        sizes = {key: array.nbytes for key, array in self.arrays().items()}
        for key in sorted(sizes, key=lambda key: (-sizes[key], key)):
            if sum(sizes.values()) <= LARGEST:
                return
            self._too_large.add(key)
            del sizes[key]

    def arrays(self) -> dict[str, np.ndarray]:
        """One frame."""
        found = {key: _rows(array) for key, array in self._fixed.items()}
        for key, parameter in self._weights.items():
            weights = self._machine.parameter(parameter)
            found[key] = weights.reshape(len(weights), -1)
        for kind, wanted in self._outputs.items():
            found |= self._forward(wanted, {key: values[self._rows[kind]] for key, values in self._inputs.items()})
        for given, inputs in self._lines.items():
            found |= self._forward({key: output for key, (source, output) in self._curves.items() if source == given},
                                   inputs)
        for given in self._points:
            wanted = {key: output for key, (source, output) in self._maps.items() if source == given}
            found |= self._forward(wanted, dict(self._map_inputs(given)) if wanted else {})
        return {key: array for key, array in found.items() if key not in self._too_large}

    def _prepared(self, built: Built, curve: CurveInfo) -> dict[PortKey, np.ndarray]:
        """What the network reads where the source runs evenly from low to high; zeros of what else it reads."""
        places = np.linspace(curve.low, curve.high, curve.points, dtype=np.float32)[:, None]
        known = prepare_for_prediction(built.checked, self._dataset.fitted, {(curve.node, curve.port): places})
        return {key: known.get(key, np.zeros((curve.points, *values.shape[1:]), values.dtype))
                for key, values in self._inputs.items()}

    def _map_inputs(self, given: PortKey) -> Iterator[tuple[PortKey, np.ndarray]]:
        points = self._points[given]
        for key, values in self._inputs.items():
            yield key, points if key == given else np.zeros((len(points), *values.shape[1:]), values.dtype)

    def _forward(self, wanted: dict[str, PortKey], inputs: dict[PortKey, np.ndarray]) -> dict[str, np.ndarray]:
        if not wanted:
            return {}
        made = self._machine.forward(inputs, list(dict.fromkeys(wanted.values())))
        return {key: _rows(made[output]) for key, output in wanted.items()}


class Segment(Protocol):
    """Shared memory that the window owns."""

    @property
    def buf(self) -> memoryview: ...
    @property
    def size(self) -> int: ...


class FrameMaker:
    """Writes frames of one run at the pace that their cost allows. `ask` gives shared memory, or None."""

    def __init__(self, ask: Callable[[int], Segment | None]) -> None:
        self.budget = FrameBudget()
        self._ask = ask
        self._keys: tuple[str, ...] = ()
        self._watching: Watching | None = None
        self._segment: Segment | None = None
        self._writer: FrameWriter | None = None
        self._shown: tuple[int, int] | None = None  # step and version of the last frame

    def watch(self, keys: tuple[str, ...], training: Training | None) -> None:
        """Gets ready for these keys of this run, and shows its present state."""
        self._keys, self._watching = keys, None
        self._shown = None
        if training is None or not keys:
            return
        self._watching = Watching(training.built, training.info, keys)
        size = frames.bytes_needed(self._watching.arrays())
        if self._segment is None or size > self._segment.size:
            self._writer = self._segment = None
            self._segment = self._ask(size + size // 4)
            self._writer = FrameWriter(self._segment.buf) if self._segment is not None else None
        self.make(training)

    def attend(self, training: Training | None) -> None:
        """Another run, or another graph in the same one: the keys stay."""
        self.watch(self._keys, training)

    def make_if_due(self, training: Training) -> None:
        """A frame, unless the last one is too recent."""
        if self.budget.due():
            self.make(training)

    def make(self, training: Training) -> None:
        """A frame of the present state, unless it is shown already."""
        state = (training.machine.step_count, training.version)
        if self._watching is None or self._writer is None or state == self._shown:
            return
        began = time.perf_counter()
        self._writer.write(training.machine.step_count, training.epoch, self._watching.arrays())
        self._shown = state
        self.budget.spent(time.perf_counter() - began, training.metronome.waited)
        training.metronome.waited = 0.0

    def close(self) -> None:
        """Forgets the run and lets go of shared memory."""
        self._watching = self._writer = self._segment = self._shown = None


def _rows(array: np.ndarray) -> np.ndarray:
    """A sample a row, for the views; labels stay a plain list."""
    return array if array.ndim == 1 else array.reshape(len(array), -1)
