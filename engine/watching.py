"""Makes the frames that views ask for: weights, outputs for a fixed batch of samples, maps of the plane."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Protocol

import numpy as np

from engine import frames
from engine.budget import FrameBudget
from engine.built import Built
from engine.compiler import PortKey
from engine.data.half import prepare_for_prediction
from engine.events import CurveInfo, RunInfo
from engine.figures import WITHOUT_PENALTIES
from engine.frames import FrameWriter, map_points
from engine.layer_places import SUMS
from engine.nodes.activations import LEARNED_SLOPE
from engine.principal import left_over
from engine.run_info import watchable_outputs
from engine.training import Training
from engine.waists import distinct_rows
from graphs.spec import Kind, Shape

PROBES = 64  # samples in the batch that is watched
MANY = 1000  # samples of a part that are watched as a whole: for confusion matrices, scatter plots, points of a curve
UNITS = ("activity", "strongest")  # what is told of the units of a layer
STRONGEST = 16  # samples for a unit
PRODUCTS, FEWEST = 200_000_000, 200  # of a forward pass for units, and samples that it has in any case
LARGEST = 24 << 20  # bytes of a frame: what is largest is left out

Reduction = Callable[[np.ndarray], np.ndarray]  # of an output for all rows to what a frame holds


class Watching:
    """What is watched of one built network, made ready so that a frame costs no more than its numbers."""

    def __init__(self, built: Built, info: RunInfo, keys: Iterable[str], before: Watching | None = None) -> None:
        self._built, self._info = built, info
        self._principal = before._principal if before is not None and before._dataset is built.dataset else {}
        self._machine, self._dataset = built.machine, built.dataset
        rows = self._dataset.validation if len(self._dataset.validation) else self._dataset.train
        self._rows = {"output": rows[:PROBES], "labels": rows[:PROBES], "check": rows[:MANY],
                      "train": self._dataset.train[:MANY]}
        self._rows["units"] = self._rows["train"][: max(FEWEST, PRODUCTS // max(1, built.network.parameter_count))]
        few = next((item.input for item in info.reconstructions if item.distinct), None)
        if few is not None:
            self._rows["each"] = distinct_rows(self._dataset, few)
        self._weights: dict[str, str] = {}
        self._fixed: dict[str, np.ndarray] = {}  # data of the samples: the same in every frame
        self._outputs: dict[str, dict[str, tuple[PortKey, Reduction]]] = {}  # rows of that kind → key → what of which output
        self._running: dict[str, str] = {}  # key → buffer of running means
        self._curves: dict[str, tuple[PortKey, PortKey]] = {}  # key → (source, output)
        self._maps: dict[str, tuple[tuple[str, PortKey], PortKey]] = {}  # key → (("map" or "field", input), output)
        parameters = {f"weights:{layer.node}/{layer.name}": layer.weight for layer in built.network.layers}
        parameters |= {f"slopes:{node}/": key for key in built.network.parameters
                       for node, _, name in [key.partition("/")] if name == LEARNED_SLOPE}
        known = {*watchable_outputs(built.assembly), *built.assembly.predict_sums}
        self._inputs = {key: self._dataset.columns[key].values for key in built.assembly.predict_inputs}
        self._planes = {"map": info.maps, "field": info.fields}
        self._points = {(kind, (one.node, one.port)): map_points(one)
                        for kind, ones in self._planes.items() for one in ones}
        self._lines = {(one.node, one.port): self._prepared(built, one) for one in info.curves}
        for key in keys:
            if key in parameters:
                self._weights[key] = parameters[key]
            else:
                self._take(key, known)
        self._too_large: set[str] = set()
        self._leave_out_the_largest()

    def _take(self, key: str, known: set[PortKey]) -> None:
        """Gets ready for one key; one that means nothing here is passed over."""
        kind, _, place = key.partition(":")
        node, _, port = place.partition("/")
        if kind == "sums":
            kind, port = "output", SUMS + port
        if kind in self._rows and (column := self._column(node, port)) is not None:
            self._fixed[key] = column[self._rows[kind]]
        elif kind in self._rows and (node, port) in known:
            self._outputs.setdefault(kind, {})[key] = (node, port), _rows
        elif kind in UNITS:
            self._add_units(key, kind, node, port)
        elif kind == "pca":
            self._add_principal(key, place)
        elif kind == "curve":
            for one in self._info.curves:
                if (node, port) in one.watchable:
                    self._curves[key] = (one.node, one.port), (node, port)
        elif kind in self._planes:
            for one in self._planes[kind]:
                if (node, port) in one.watchable:
                    self._maps[key] = (kind, (one.node, one.port)), (node, port)

    def _column(self, node: str, port: str) -> np.ndarray | None:
        """What a data node gave, where its rows are those that are trained on: not photographs before the patches."""
        column = self._dataset.columns.get((node, port))
        return column.values if column is not None and column.rows == self._dataset.rows else None

    def _add_units(self, key: str, kind: str, node: str, port: str) -> None:
        """What is told of the units of a layer: their mean activities, or the samples at which one of them is strongest."""
        port, _, unit = port.partition("@")
        layer = next((layer for layer in self._info.layers if layer.output == (node, port) and layer.sees), None)
        if layer is None or self._built.checked.outputs[node, port].kind is not Kind.FEATURES:
            return
        if kind == "activity" and layer.wanted is not None:
            self._running[key] = self._built.network.declared.wanted[node][0]
        shape = self._built.checked.outputs[node, port]
        samples = self._inputs[layer.sees][self._rows["units"]]
        reduction = partial(_means, shape if layer.wanted is not None else None) if kind == "activity" else \
            partial(_strongest, samples.reshape(len(samples), -1), int(unit or 0))
        self._outputs.setdefault("units", {})[key] = (node, port), reduction

    def _add_principal(self, key: str, node: str) -> None:
        """The loss that principal components as many as the code would leave; counted once a data set."""
        item = next((item for item in self._info.reconstructions if item.node == node and item.scale and item.code), None)
        column = self._column(*item.input) if item else None
        if item is None or column is None:
            return
        known = (item.input, item.code_size)
        if known not in self._principal:
            samples = column[self._dataset.train]
            self._principal[known] = left_over(samples.reshape(len(samples), -1), item.code_size)
        if (error := self._principal[known]) is not None:
            losses, report = self._built.network.losses, self._built.assembly.report
            alone = len(losses) == 1 and (WITHOUT_PENALTIES, "") not in report.quantities
            own = error * item.scale / item.components
            self._fixed[key] = np.array([own, own * losses[0].weight if alone else np.nan], np.float32)

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
            rows = self._rows[kind]
            known = {key: mean for key in wanted.keys() & self._running.keys()
                     if (mean := self._machine.view(self._machine.assembly.buffers[self._running[key]])).any()}
            asked = {key: one for key, one in wanted.items() if key not in known}
            found |= known
            found |= self._forward(asked, {key: values[rows] for key, values in self._inputs.items()} if asked else {})
        for given, inputs in self._lines.items():
            found |= self._forward({key: (output, _rows) for key, (source, output) in self._curves.items()
                                    if source == given}, inputs)
        for plane, points in self._points.items():
            wanted = {key: (output, _rows) for key, (source, output) in self._maps.items() if source == plane}
            found |= self._forward(wanted, dict(self._map_inputs(plane[1], points)) if wanted else {})
        return {key: array for key, array in found.items() if key not in self._too_large}

    def _prepared(self, built: Built, curve: CurveInfo) -> dict[PortKey, np.ndarray]:
        """What the network reads where the source runs evenly from low to high; zeros of what else it reads."""
        places = np.linspace(curve.low, curve.high, curve.points, dtype=np.float32)[:, None]
        known = prepare_for_prediction(built.checked, self._dataset.fitted, {(curve.node, curve.port): places})
        return {key: known.get(key, np.zeros((curve.points, *values.shape[1:]), values.dtype))
                for key, values in self._inputs.items()}

    def _map_inputs(self, given: PortKey, points: np.ndarray) -> Iterator[tuple[PortKey, np.ndarray]]:
        for key, values in self._inputs.items():
            yield key, points if key == given else np.zeros((len(points), *values.shape[1:]), values.dtype)

    def _forward(self, wanted: dict[str, tuple[PortKey, Reduction]], inputs: dict[PortKey, np.ndarray]) -> dict[str, np.ndarray]:
        if not wanted:
            return {}
        made = self._machine.forward(inputs, list(dict.fromkeys(output for output, _ in wanted.values())))
        return {key: reduction(made[output]) for key, (output, reduction) in wanted.items()}


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
        self._keys, before, self._watching = keys, self._watching, None
        self._shown = None
        if training is None or not keys:
            return
        self._watching = Watching(training.built, training.info, keys, before)
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


def _means(scale: Shape | None, values: np.ndarray) -> np.ndarray:
    """The mean activity of each unit; with a scale as the share of the way from its lowest to its highest value."""
    mean = values.mean(axis=0, dtype=np.float64)
    low, high = (scale.low, scale.high) if scale is not None else (None, None)
    return mean if low is None or high is None else (mean - low) / (high - low)


def _strongest(samples: np.ndarray, unit: int, values: np.ndarray) -> np.ndarray:
    """The samples at which a unit is most active, each behind the activity: K × (1 + width); none of a unit there is not."""
    if unit >= values.shape[1]:
        return np.empty((0, 1 + samples.shape[1]), np.float32)
    best = np.argsort(-values[:, unit], kind="stable")[:STRONGEST]
    return np.hstack([values[best, unit : unit + 1], samples[best]])
