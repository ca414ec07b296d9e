"""Weights as pictures: a tile a unit where a layer sees or draws pixels, else the whole matrix as a heat map."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QLinearGradient, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app import theme
from app.live import colormaps, numbers, tiles
from app.live.card import Card, run_hint
from app.live.export import Table
from app.live.scales import robust_limit
from app.live.sight import Sight, weights_key
from engine.events import LayerInfo, RunInfo
from graphs.language import tr

SCALE_HEIGHT = 30.0
STRIPE = 6.0  # a cell of a matrix is at most so many times as long as wide


def draw_scale(painter: QPainter, area: QRectF, limit: float) -> None:
    """The colour scale with its limits in words."""
    colors = theme.tokens()
    bar = QRectF(area.left(), area.top(), area.width(), 6)
    gradient = QLinearGradient(bar.topLeft(), bar.topRight())
    for index, color in enumerate(colors.tide):
        gradient.setColorAt(index / (len(colors.tide) - 1), color)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(gradient)
    painter.drawRoundedRect(bar, 3, 3)
    painter.setFont(theme.font(11))
    painter.setPen(colors.text3)
    words = area.adjusted(0, 10, 0, 0)
    for flag, text in ((Qt.AlignmentFlag.AlignLeft, numbers.signed(-limit)), (Qt.AlignmentFlag.AlignHCenter, "0"),
                       (Qt.AlignmentFlag.AlignRight, numbers.signed(limit))):
        painter.drawText(words, flag | Qt.AlignmentFlag.AlignTop, text)


def pooled(matrix: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """The matrix with at most so many rows and columns; each cell is the value of largest size that it stands for."""
    for axis, most in ((0, rows), (1, columns)):
        if matrix.shape[axis] > max(most, 1):
            starts = np.unique(np.linspace(0, matrix.shape[axis], max(most, 1), endpoint=False).astype(np.int64))
            low, high = (reduce(matrix, starts, axis=axis) for reduce in (np.minimum.reduceat, np.maximum.reduceat))
            matrix = np.where(-low > high, low, high)
    return matrix


class WeightPicture(QWidget):
    """Paints tiles or a matrix above a colour scale."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self.ratio_for_export: float | None = None
        self.weights: np.ndarray | None = None  # tiles: n × H × W; matrix: units × inputs
        self.limit, self.message = 1.0, run_hint()
        self.layout_of_tiles: tiles.Layout | None = None
        self.marked: int | None = None

    @property
    def ratio(self) -> float:
        return self.ratio_for_export or self.devicePixelRatioF()

    def minimumSizeHint(self) -> QSize:
        return QSize(60, 60)

    def show_weights(self, weights: np.ndarray | None, limit: float, message: str = "") -> None:
        """Other numbers, or the words that stand for them."""
        self.weights, self.limit, self.message = weights, limit, message
        self.update()

    @property
    def area(self) -> QRectF:
        return QRectF(self.rect()).adjusted(0, 2, -4, -SCALE_HEIGHT - 6)

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter, colors = QPainter(self), theme.tokens()
        self.layout_of_tiles = None
        if self.weights is None:
            painter.setPen(colors.text3)
            painter.setFont(theme.font(12))
            painter.drawText(self.area, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self.message)
            return
        if self.weights.ndim == 3:
            self._draw_tiles(painter, self.weights)
        else:
            self._draw_matrix(painter, self.weights)
        scale = QRectF(0, self.height() - SCALE_HEIGHT, self.width() - 4, SCALE_HEIGHT)
        draw_scale(painter, scale, self.limit)

    def _draw_tiles(self, painter: QPainter, weights: np.ndarray) -> None:
        count, tall, wide = weights.shape
        layout = tiles.arrange(count, (tall, wide), self.area, self.ratio)
        self.layout_of_tiles = layout
        tiles.draw(painter, colormaps.tide_pixels(weights[: layout.shown], self.limit), layout)
        if self.marked is not None and self.marked < layout.shown:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(theme.tokens().accent, 1.6))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(layout.rect(self.marked).adjusted(-1.5, -1.5, 1.5, 1.5), 2, 2)
        if layout.shown < count:
            painter.setPen(theme.tokens().text3)
            painter.setFont(theme.font(11))
            words = tr("{shown} of {count} units", shown=layout.shown, count=f"{count:,}")
            box = QRectF(0, self.height() - SCALE_HEIGHT - 22, self.width() - 4, 18)
            painter.fillRect(box, theme.tokens().panel)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, words)

    @staticmethod
    def matrix_area(rows: int, columns: int, area: QRectF) -> QRectF:
        """Where a matrix stands: all the room, unless its cells would become stripes."""
        cell = min(area.width() / columns, area.height() / rows)
        return QRectF(area.left(), area.top(), min(area.width(), columns * cell * STRIPE),
                      min(area.height(), rows * cell * STRIPE))

    def _draw_matrix(self, painter: QPainter, weights: np.ndarray) -> None:
        area = self.matrix_area(*weights.shape, self.area)
        small = pooled(weights, int(area.height() * self.ratio), int(area.width() * self.ratio))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.drawImage(area, colormaps.image(colormaps.tide_pixels(small, self.limit)))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        unit = self.unit_at(event.position())
        if unit != self.marked:
            self.marked = unit
            self.update()
        words = self.words_at(event.position())
        if words:
            QToolTip.showText(event.globalPosition().toPoint(), words, self)
        event.ignore()

    def words_at(self, place: QPointF) -> str:
        """What the tile or the cell under the pointer is."""
        unit = self.unit_at(place)
        if self.weights is None:
            return ""
        if unit is not None:
            values = self.weights[unit]
            return tr("unit {number}: {low} … {high}", number=unit, low=numbers.signed(float(values.min()), 3),
                      high=numbers.signed(float(values.max()), 3))
        if self.weights.ndim != 2:
            return ""
        area = self.matrix_area(*self.weights.shape, self.area)
        if not area.contains(place):
            return ""
        rows, columns = self.weights.shape
        row = min(rows - 1, int((place.y() - area.top()) / area.height() * rows))
        column = min(columns - 1, int((place.x() - area.left()) / area.width() * columns))
        return tr("unit {unit}, input {input}: {value}", unit=row, input=column,
                  value=numbers.signed(float(self.weights[row, column]), 3))

    def unit_at(self, place: QPointF) -> int | None:
        """The unit whose tile lies there."""
        return self.layout_of_tiles.index_at(place) if self.layout_of_tiles else None

    def leaveEvent(self, event: QEvent) -> None:
        self.marked = None
        self.update()
        super().leaveEvent(event)


class WeightImagesCard(Card):
    """The weights of one layer in tide colours."""

    name: ClassVar[str] = "weights"
    stretch = 1.02

    def title(self) -> str:
        return tr("Weights")

    def make_body(self) -> QWidget:
        self.picture = WeightPicture()
        self.shown_key = ""
        return self.picture

    @classmethod
    def fits(cls, run: RunInfo) -> bool:
        return bool(run.layers)

    @classmethod
    def concerns(cls, sight: Sight) -> bool:
        return any(layer.node in sight.selection for layer in sight.layers)

    def wanted(self, sight: Sight) -> frozenset[str]:
        layer = sight.picked_layer(self.choice)
        return frozenset({weights_key(layer)} if layer else ())

    def draw(self, sight: Sight) -> None:
        layer = sight.picked_layer(self.choice)
        choices = [(weights_key(other), sight.layer_name(other)) for other in sight.layers]
        self.heading.tell(sight.layer_name(layer) if layer else "", choices)
        matrix = sight.feed.array(weights_key(layer)) if layer else None
        if layer is None or matrix is None:
            self.picture.show_weights(None, 1.0, run_hint())
            return
        shown = as_tiles(matrix, sight, layer)
        self.picture.show_weights(shown, self._limit(weights_key(layer), matrix))

    def _limit(self, key: str, matrix: np.ndarray) -> float:
        """± 99 % of the sizes; it stays while it is within a tenth, so that colours do not pump."""
        limit = robust_limit(matrix)
        if key == self.shown_key and 0.9 * self.picture.limit < limit < 1.1 * self.picture.limit:
            return self.picture.limit
        self.shown_key = key
        return limit

    def table(self) -> Table:
        layer = self.sight.picked_layer(self.choice) if self.sight else None
        matrix = self.sight.feed.array(weights_key(layer)) if self.sight and layer else None
        if matrix is None:
            return Table(("unit",))
        matrix = matrix.reshape(len(matrix), -1)
        return Table(("unit", *(f"input {index}" for index in range(matrix.shape[1]))),
                     [[unit, *row] for unit, row in enumerate(matrix)])


def as_tiles(matrix: np.ndarray, sight: Sight, layer: LayerInfo) -> np.ndarray:
    """n × H × W where the weights are pictures, else the matrix."""
    shape = sight.tile_shape(layer)
    if shape is None:
        return matrix.reshape(len(matrix), -1)
    height, width, by_unit = shape
    return (matrix if by_unit else matrix.T).reshape(-1, height, width)
