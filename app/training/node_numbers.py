"""From the feed to the small live numbers and pictures on nodes and wires, five times a second."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.feed import Feed
from app.graph_model import GraphModel
from app.node_live import NodeLive
from engine.events import PortKey, RunInfo
from engine.telemetry import Series
from graphs.checks import Checked
from graphs.spec import Bend, Kind, Shape

OWNER = "nodes"
SECONDS = 0.2
CURVE_POINTS = 48
WIDEST = 4096  # outputs of more numbers a sample are not watched for the sake of a node's face
TILES, BINS, BEND_BINS = 8, 20, 40
NONE = np.empty(0, np.float32)


class NodeNumbers(QObject):
    """Keeps the live face of every node up to date while it is switched on."""

    changed = Signal(object)  # dict[str, NodeLive]

    def __init__(self, model: GraphModel, feed: Feed, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.model, self.feed = model, feed
        self.on = True
        self.shown: dict[str, NodeLive] = {}
        self._at, self._state = 0.0, ""
        feed.moved.connect(self.refresh)
        feed.run_changed.connect(self._watch)
        model.checked_changed.connect(self._watch)
        model.selection_changed.connect(self._watch)

    def switch(self, on: bool) -> None:
        """Off: nothing is watched for nodes and nothing is shown."""
        self.on = on
        self._watch()
        self.refresh(at_once=True)

    def _watch(self, *_: object) -> None:
        self.feed.watch(OWNER, watch_keys(self.feed.run, self.model.checked, self.model.selection) if self.on else ())

    def refresh(self, *, at_once: bool = False) -> None:
        """New numbers, unless the last ones are too fresh; always when a run starts or ends."""
        now, state = time.monotonic(), self.feed.status.state
        if not at_once and now - self._at < SECONDS and state == self._state and self.feed.status.moving:
            return
        self._at, self._state = now, state
        self.shown = node_numbers(self.feed, self.model.checked) if self.on else {}
        self.changed.emit(self.shown)


def watch_keys(run: RunInfo | None, checked: Checked, selection: Iterable[str] = ()) -> list[str]:
    """What nodes and wires need in frames; of the selected ones also what their functions are given."""
    if run is None:
        return []
    keys = [_sums(node) for node in sorted(selection) if _bends(checked, node)]
    keys += [_slopes(node) for node in checked.types if _learns_slope(checked, node)]
    for port in run.outputs:
        shape = checked.outputs.get(port)
        if shape is not None and shape.kind is not Kind.LABELS and shape.width <= WIDEST:
            keys.append(_output(port))
    return keys


def node_numbers(feed: Feed, checked: Checked) -> dict[str, NodeLive]:
    """The live face of every node that the run knows."""
    run = feed.run
    if run is None:
        return {}
    steps, training = feed.steps(), feed.status.state == "running"
    arrays = {port: feed.array(_output(port)) for port in run.outputs}
    faces: dict[str, dict[str, object]] = {node: {"training": False} for node in checked.document.nodes}
    for part in (_layer_faces(run, steps), _loss_faces(run, steps), _sample_faces(run, arrays, checked),
                 _accuracies(run, feed.epochs()), _bent_inside(feed, checked),
                 _wire_faces(run, steps, arrays, checked)):  # fmt: skip
        for node, values in part.items():
            if node in faces:
                faces[node].update(values)
    trained = {layer.node for layer in run.layers} | {loss.node for loss in run.losses}
    return {node: NodeLive(**{**values, "training": training and node in trained})  # type: ignore[arg-type]
            for node, values in faces.items()}


def _bends(checked: Checked, node: str) -> bool:
    """Whether the node's own function bends sums."""
    kind = checked.types.get(node)
    return kind is not None and not kind.is_bend and kind.bend() is not None


def _learns_slope(checked: Checked, node: str) -> bool:
    kind = checked.types[node]
    return "prelu" in (getattr(kind, "activation", ""), getattr(kind, "function", ""))


def _sums(node: str) -> str:
    return f"sums:{node}/"


def _slopes(node: str) -> str:
    return f"slopes:{node}/"


def _output(port: PortKey) -> str:
    return f"output:{port[0]}/{port[1]}"


def _latest(series: Series, quantity: str, node: str = "", layer: str = "") -> float | None:
    column = series.column(quantity, node, layer)
    value = series.latest(column) if column is not None and len(series) else float("nan")
    return value if np.isfinite(value) else None


def _curve(series: Series, quantity: str, node: str = "", layer: str = "") -> np.ndarray:
    """The newest means, thinned to what a node has room for."""
    column = series.column(quantity, node, layer)
    if column is None or not len(series):
        return NONE
    known = series.mean[series.count[:, column] > 0, column]
    if len(known) <= CURVE_POINTS:
        return known
    starts = np.linspace(0, len(known), CURVE_POINTS, endpoint=False).astype(np.int64)
    return np.add.reduceat(known, starts) / np.diff(np.append(starts, len(known)))


def _layer_faces(run: RunInfo, steps: Series) -> dict[str, dict[str, object]]:
    """Colour key, mean activity, size of the gradient over the node's layers, share of the weights that moves."""
    faces: dict[str, dict[str, object]] = {}
    for index, layer in enumerate(run.layers):
        face = faces.setdefault(layer.node, {"depth": (index, len(run.layers)),
                                             "mean": _latest(steps, "mean", layer.node, layer.layer),
                                             "curve": _curve(steps, "gradient", layer.node, layer.layer)})
        gradient = _latest(steps, "gradient", layer.node, layer.layer)
        update = _latest(steps, "update", layer.node, layer.layer)
        if gradient is not None:
            face["gradient"] = float(np.hypot(face.get("gradient") or 0.0, gradient))
        if update is not None:
            face["update"] = max(float(face.get("update") or 0.0), update)
    return faces


def _loss_faces(run: RunInfo, steps: Series) -> dict[str, dict[str, object]]:
    """Newest value and short history of each loss; the objective's where there is only one."""
    faces: dict[str, dict[str, object]] = {}
    layered = {layer.node for layer in run.layers}
    for loss in run.losses:
        own = steps.column("loss", loss.node) is not None
        node = loss.node if own or len(run.losses) > 1 else ""
        curve = _curve(steps, "loss", node)
        faces[loss.node] = {"curve": curve} if loss.node in layered else {"loss": _latest(steps, "loss", node),
                                                                          "curve": curve}
    return faces


def _sample_faces(run: RunInfo, arrays: Mapping[PortKey, np.ndarray | None],
                  checked: Checked) -> dict[str, dict[str, object]]:
    """What can be seen of one sample: code, class bars, error; pictures of a source, histogram of what is prepared."""
    faces: dict[str, dict[str, object]] = {}
    for item in run.reconstructions:
        given, made = arrays.get(item.input), arrays.get(item.output)
        if given is not None and made is not None and given.size == made.size:
            faces.setdefault(item.node, {})["error"] = float(np.square(made.ravel() - given.ravel()).mean())
        code = next((arrays[port] for port in run.outputs if port[0] == item.node and port != item.output), None)
        if code is not None and len(code):
            faces.setdefault(item.node, {})["code"] = code[0]
    for item in run.predictions:
        values = arrays.get(item.output)
        if values is not None and values.ndim == 2 and values.shape[1] > 1:
            faces.setdefault(item.output[0], {})["bars"] = _shares(values[0])
    trained = {layer.node for layer in run.layers}
    bent = _bent(arrays, checked)
    for node, face in bent.items():
        faces.setdefault(node, {}).update(face)
    for port, values in arrays.items():
        if port[0] in trained or values is None or not len(values):
            continue
        source = not any(wire.target == port[0] for wire in checked.document.wires)
        shape = checked.outputs.get(port)
        picture = _picture(shape)
        if picture is not None:
            tiles = values[:TILES].reshape(-1, *picture)
            faces.setdefault(port[0], {})["tiles"] = tiles if source else _stretched(tiles)
        elif not source and shape is not None and port[0] not in bent:
            faces.setdefault(port[0], {})["histogram"] = _histogram(values)
    return faces


def _picture(shape: Shape | None) -> tuple[int, int] | None:
    """(height, width) of what can be shown as a grey picture on a node."""
    if shape is None:
        return None
    if shape.kind is Kind.IMAGE and shape.sizes[0] == 1:
        return shape.sizes[1] or 1, shape.sizes[2] or 1
    return shape.picture


def _stretched(tiles: np.ndarray) -> np.ndarray:
    """What is prepared has any range: from 0 to 1, as pictures are drawn."""
    low, high = np.nanmin(tiles), np.nanmax(tiles)
    return (tiles - low) / ((high - low) or 1.0)


def _bent(arrays: Mapping[PortKey, np.ndarray | None], checked: Checked) -> dict[str, dict[str, object]]:
    """Where the inputs of activation nodes lie under their curves."""
    faces: dict[str, dict[str, object]] = {}
    for node, kind in checked.types.items():
        bend = kind.bend() if kind.is_bend else None
        wire = checked.document.wire_into(node, kind.inputs[0].name) if bend else None
        if bend is None or wire is None:
            continue
        faces[node] = {"bend": _counted(bend, arrays.get((wire.source, wire.output)))}
    return faces


def _bent_inside(feed: Feed, checked: Checked) -> dict[str, dict[str, object]]:
    """The same for layers with a function of their own, where their sums are watched; and the slopes that are learned."""
    faces: dict[str, dict[str, object]] = {}
    for node in checked.types:
        if _bends(checked, node) and (values := feed.array(_sums(node))) is not None:
            faces[node] = {"bend": _counted(checked.types[node].bend(), values)}
        if _learns_slope(checked, node) and (slopes := feed.array(_slopes(node))) is not None and np.isfinite(slopes).all():
            faces.setdefault(node, {})["slope"] = float(slopes.mean())
    return faces


def _counted(bend: Bend, values: np.ndarray | None) -> np.ndarray:
    """How many values lie in each bin under the curve; what lies outside counts at the ends."""
    if values is None or not np.isfinite(values).any():
        return NONE
    inside = np.clip(values[np.isfinite(values)], bend.x[0], bend.x[-1])
    return np.histogram(inside, BEND_BINS, (bend.x[0], bend.x[-1]))[0].astype(np.float32)


def _shares(values: np.ndarray) -> np.ndarray:
    """Probabilities of one sample, from probabilities or logits."""
    if values.min() >= 0 and abs(float(values.sum()) - 1) < 1e-3:
        return values
    powers = np.exp(values - values.max())
    return powers / powers.sum()


def _histogram(values: np.ndarray) -> np.ndarray:
    finite = values[np.isfinite(values)]
    return np.histogram(finite, BINS)[0].astype(np.float32) if finite.size else NONE


def _accuracies(run: RunInfo, epochs: Series) -> dict[str, dict[str, object]]:
    """Accuracy stands on the node that names the class."""
    faces: dict[str, dict[str, object]] = {}
    for item in run.predictions:
        own = item.node if len(run.predictions) > 1 else ""  # of several each has its own
        value = _latest(epochs, "validation_accuracy", own)
        faces[item.output[0]] = {"accuracy": _latest(epochs, "train_accuracy", own) if value is None else value}
    return faces


def _wire_faces(run: RunInfo, steps: Series, arrays: Mapping[PortKey, np.ndarray | None],
                checked: Checked) -> dict[str, dict[str, object]]:
    """RMS of what leaves each port; size of the gradient that comes back into the wires of each input.

    The gradient of a wire is told by the layer it trains: the one it enters, or, into a node without weights, the one
    it comes from.
    """
    rms: dict[str, dict[str, float]] = {}
    for (node, port), values in arrays.items():
        if values is not None and values.size and np.isfinite(values).all():
            rms.setdefault(node, {})[port] = float(np.sqrt(np.square(values, dtype=np.float64).mean()))
    sizes: dict[str, float] = {}
    for layer in run.layers:
        gradient = _latest(steps, "gradient", layer.node, layer.layer)
        if gradient is not None:
            sizes[layer.node] = max(sizes.get(layer.node, 0.0), gradient)
    faces: dict[str, dict[str, object]] = {node: {"rms": values} for node, values in rms.items()}
    for wire in checked.document.wires:
        shape = checked.outputs.get((wire.source, wire.output))
        size = sizes.get(wire.target, sizes.get(wire.source))
        if size is not None and (shape is None or shape.kind is not Kind.LABELS):
            back = faces.setdefault(wire.target, {}).setdefault("back", {})
            back[wire.input] = size  # type: ignore[index]
    return faces
