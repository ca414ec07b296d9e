"""What a network says everywhere in a two-dimensional input, with its boundary and the samples on top."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPen
from PySide6.QtWidgets import QWidget

from app import theme
from app.live import colormaps
from app.live.card import Card, run_hint
from app.live.contours import zero_segments
from app.live.export import Table
from app.live.plane import Plane, class_color
from app.live.predictions import probabilities
from app.live.sight import Sight, labels_key, map_key, output_key
from engine.events import MapInfo, PortKey, RunInfo
from graphs.language import tr

STRENGTH = 0.33  # of the tide: its middle stops, so that samples in full colour stand out


class MapPicture(Plane):
    """The map of a prediction: classes as ground, the boundary, the samples as marks."""

    def __init__(self) -> None:
        super().__init__()
        self.image: QImage | None = None
        self.segments = np.empty((0, 2, 2))
        self.grid = 2

    def show_map(self, shares: np.ndarray, extent: tuple[float, float, float, float], points: np.ndarray,
                 truth: np.ndarray, classes: int = 0) -> None:
        """Probabilities over a (G × G × classes) grid, bottom row first, and samples with their classes."""
        self.message, self.extent, self.grid, self.classes = "", extent, shares.shape[0], classes or shares.shape[2]
        self.points, self.truth = points, truth
        self.image = colormaps.image(_pixels(shares)[::-1])
        self.segments = boundary(shares)
        self.update()

    def draw_ground(self, painter: QPainter, area: QRectF) -> None:
        """The ground in the colours of classes, and the boundary."""
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, True)
        half = 0.5 * area.width() / (self.grid - 1), 0.5 * area.height() / (self.grid - 1)
        painter.drawImage(area.adjusted(-half[0], -half[1], half[0], half[1]), self.image)
        steps = self.grid - 1
        x = area.left() + self.segments[:, :, 0] / steps * area.width()
        y = area.bottom() - self.segments[:, :, 1] / steps * area.height()
        lines = [QLineF(x[i, 0], y[i, 0], x[i, 1], y[i, 1]) for i in range(len(x))]
        pen = QPen(theme.tokens().text, 1.4)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawLines(lines)


def _pixels(shares: np.ndarray) -> np.ndarray:
    """RGB32 of a (G × G × classes) map: tide for two classes, mixed class colours for more."""
    if shares.shape[2] == 2:
        return colormaps.tide_pixels((2 * shares[:, :, 1] - 1) * STRENGTH, 1.0)
    panel = theme.tokens().panel
    parts = np.array([theme.mix(panel, class_color(index, shares.shape[2]), 0.3).getRgb()[:3]
                      for index in range(shares.shape[2])], np.float64)
    mixed = np.clip(np.nan_to_num(shares) @ parts, 0, 255).astype(np.uint32)
    return 0xFF000000 | mixed[:, :, 0] << 16 | mixed[:, :, 1] << 8 | mixed[:, :, 2]


def boundary(shares: np.ndarray) -> np.ndarray:
    """Segments where two classes are equally likely and all others less."""
    if not np.isfinite(shares).all():
        return np.empty((0, 2, 2))
    count = shares.shape[2]
    if count == 2:
        return zero_segments(shares[:, :, 1] - shares[:, :, 0])
    lead = (shares[:, :, index] - np.delete(shares, index, axis=2).max(axis=2) for index in range(count))
    return np.concatenate([zero_segments(field) for field in lead])


def shares_on(sight: Sight, info: MapInfo, port: PortKey, values: np.ndarray) -> np.ndarray:
    """(G × G × classes) probabilities out of what an output gives on a map."""
    classes = next((len(item.classes) for item in sight.run.predictions), 2) if sight.run else 2
    kinds = [layer.activation for layer in sight.layers if layer.node == port[0]]
    return probabilities(values, classes, kinds[-1] if kinds else "").reshape(info.grid, info.grid, -1)


class DecisionMapCard(Card):
    """The map of a prediction over a two-dimensional input."""

    name: ClassVar[str] = "decision_map"
    stretch = 1.0

    def title(self) -> str:
        return tr("Decision map")

    def make_body(self) -> QWidget:
        self.picture = MapPicture()
        self.shares = np.empty((0, 0, 2))
        return self.picture

    @classmethod
    def fits(cls, run: RunInfo) -> bool:
        return any(info.watchable for info in run.maps) and bool(run.predictions or not run.fields)

    @classmethod
    def concerns(cls, sight: Sight) -> bool:
        return bool(sight.run) and any(port[0] in sight.selection for info in sight.run.maps for port in info.watchable)

    def subject(self, sight: Sight) -> tuple[MapInfo, PortKey] | None:
        """The map and the output on it: chosen by hand, that of the prediction, else the last."""
        if not sight.run:
            return None
        said = {item.output for item in sight.run.predictions}
        pairs = [(info, port) for info in sight.run.maps for port in info.watchable]
        rules = (lambda port: map_key(port) == self.choice, lambda port: port[0] in sight.selection and port in said,
                 lambda port: port in said, lambda port: True)
        return next(((info, port) for rule in rules for info, port in reversed(pairs) if rule(port)), None)

    def wanted(self, sight: Sight) -> frozenset[str]:
        found = self.subject(sight)
        if found is None:
            return frozenset()
        info, port = found
        labels = [labels_key(item.labels) for item in sight.run.predictions if sight.run] if sight.run else []
        return frozenset({map_key(port), output_key((info.node, info.port)), *labels[:1]})

    def draw(self, sight: Sight) -> None:
        found = self.subject(sight)
        values = sight.feed.array(map_key(found[1])) if found else None
        if found is None or values is None:
            self.picture.say(run_hint())
            return
        info, port = found
        pairs = [port for info in sight.run.maps for port in info.watchable] if sight.run else []
        self.heading.tell(sight.names(info.node), [(map_key(port), sight.port_name(port)) for port in pairs])
        self.shares = shares_on(sight, info, port, values)
        points, truth = self._points(sight, info)
        self.picture.show_map(self.shares, info.extent, points, truth)

    def _points(self, sight: Sight, info: MapInfo) -> tuple[np.ndarray, np.ndarray]:
        points = sight.feed.array(output_key((info.node, info.port)))
        if points is None or points.ndim != 2 or points.shape[1] != 2:
            return np.empty((0, 2)), np.empty(0, np.int64)
        labels = next((sight.feed.array(labels_key(item.labels)) for item in sight.run.predictions), None)
        truth = labels.reshape(-1).astype(np.int64) if labels is not None else np.zeros(len(points), np.int64)
        return points[: len(truth)], truth[: len(points)]

    def table(self) -> Table:
        grid = len(self.shares)
        left, right, bottom, top = self.picture.extent
        columns = ("x", "y", *(f"p({index})" for index in range(self.shares.shape[2])))
        rows = [[left + (right - left) * c / (grid - 1), bottom + (top - bottom) * r / (grid - 1), *self.shares[r, c]]
                for r in range(grid) for c in range(grid)]
        return Table(columns, rows)
