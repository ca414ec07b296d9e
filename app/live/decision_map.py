"""What a network says everywhere in a two-dimensional input, with its boundary and the samples on top."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPainterPath, QPaintEvent, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme
from app.live import colormaps
from app.live.card import Card, run_hint
from app.live.contours import zero_segments
from app.live.export import Table
from app.live.predictions import probabilities
from app.live.sight import Sight, labels_key, map_key, output_key
from engine.events import MapInfo, PortKey, RunInfo
from graphs.language import tr

STRENGTH = 0.33  # of the tide: its middle stops, so that samples in full colour stand out
DOT = 4.0  # pixels: radius of a sample's mark
MANY = 200  # samples of a class from which on their mark is stamped
DIAMOND = ((0, -1.15), (1.15, 0), (0, 1.15), (-1.15, 0))
TRIANGLE = ((0, -1.15), (1.05, 0.8), (-1.05, 0.8))


def class_color(index: int, count: int) -> QColor:
    """The colour of a class's samples: sea and sand for two, else the colours of runs."""
    colors = theme.tokens()
    if count <= 2:
        return colors.sand if index == 1 else colors.sea
    return colors.runs[index % len(colors.runs)]


def mark(painter: QPainter, index: int, at: QPointF, size: float) -> None:
    """The shape of a class: disc, diamond, square, triangle, and so on in turn."""
    shape = index % 4
    if shape == 0:
        painter.drawEllipse(at, size * 0.92, size * 0.92)
    elif shape == 2:
        painter.drawRect(QRectF(at.x() - 0.8 * size, at.y() - 0.8 * size, 1.6 * size, 1.6 * size))
    else:
        points = DIAMOND if shape == 1 else TRIANGLE
        painter.drawPolygon(QPolygonF([QPointF(at.x() + x * size, at.y() + y * size) for x, y in points]))


class MapPicture(QWidget):
    """Paints the map: square, rounded, the samples as marks."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.ratio_for_export: float | None = None
        self.message = run_hint()
        self.image: QImage | None = None
        self.segments = np.empty((0, 2, 2))
        self.extent = (0.0, 1.0, 0.0, 1.0)
        self.grid = 2
        self.points, self.truth, self.classes = np.empty((0, 2)), np.empty(0, np.int64), 2

    def minimumSizeHint(self) -> QSize:
        return QSize(60, 60)

    def say(self, message: str) -> None:
        """Words instead of the map."""
        self.message = message
        self.update()

    def show_map(self, shares: np.ndarray, extent: tuple[float, float, float, float], points: np.ndarray,
                 truth: np.ndarray, classes: int = 0) -> None:
        """Probabilities over a (G × G × classes) grid, bottom row first, and samples with their classes."""
        self.message, self.extent, self.grid, self.classes = "", extent, shares.shape[0], classes or shares.shape[2]
        self.points, self.truth = points, truth
        self.image = colormaps.image(_pixels(shares)[::-1])
        self.segments = boundary(shares)
        self.update()

    @property
    def area(self) -> QRectF:
        """Square cells when the extent is nearly square, else the whole room."""
        left, right, bottom, top = self.extent
        room = QRectF(self.rect()).adjusted(0, 2, -4, -4)
        width = min(room.width(), room.height() * (right - left) / max(top - bottom, 1e-9))
        height = width * (top - bottom) / max(right - left, 1e-9)
        return QRectF(room.center().x() - width / 2, room.center().y() - height / 2, width, height)

    def place(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Pixels of points of the input."""
        left, right, bottom, top = self.extent
        area = self.area
        return (area.left() + (x - left) / (right - left) * area.width(),
                area.bottom() - (y - bottom) / (top - bottom) * area.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter, colors = QPainter(self), theme.tokens()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.message or self.image is None:
            painter.setPen(colors.text3)
            painter.setFont(theme.font(12))
            painter.drawText(QRectF(self.rect()), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self.message)
            return
        area = self.area
        frame = QPainterPath()
        frame.addRoundedRect(area, 4, 4)
        painter.setClipPath(frame)
        self.draw_map(painter, area)
        self.draw_points(painter)

    def draw_map(self, painter: QPainter, area: QRectF) -> None:
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

    def draw_points(self, painter: QPainter) -> None:
        """The samples, each with the mark of its class."""
        if not len(self.points):
            return
        xs, ys = self.place(self.points[:, 0], self.points[:, 1])
        painter.setPen(QPen(theme.tokens().panel if theme.tokens().dark else QColor(Qt.GlobalColor.white), 1.0))
        for index in np.unique(self.truth):
            painter.setBrush(QBrush(class_color(int(index), self.classes)))
            found = np.flatnonzero(self.truth == index)
            if len(found) > MANY:
                self._stamp(painter, int(index), xs[found], ys[found])
                continue
            for at in found:
                mark(painter, int(index), QPointF(xs[at], ys[at]), DOT)

    def _stamp(self, painter: QPainter, index: int, xs: np.ndarray, ys: np.ndarray) -> None:
        """One mark, drawn once and stamped at every place: ten times as quick."""
        ratio, side = self.ratio_for_export or self.devicePixelRatioF(), 2 * DOT + 4
        stamp = QPixmap(round(side * ratio), round(side * ratio))
        stamp.fill(Qt.GlobalColor.transparent)
        ink = QPainter(stamp)
        ink.setRenderHint(QPainter.RenderHint.Antialiasing)
        ink.scale(ratio, ratio)
        ink.setPen(painter.pen())
        ink.setBrush(painter.brush())
        mark(ink, index, QPointF(side / 2, side / 2), DOT)
        ink.end()
        stamp.setDevicePixelRatio(ratio)
        for x, y in zip((xs - side / 2).tolist(), (ys - side / 2).tolist(), strict=True):
            painter.drawPixmap(QPointF(x, y), stamp)


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
        return any(info.watchable for info in run.maps)

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
