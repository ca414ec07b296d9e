"""Paints weights: a tile a unit, in any order and with its number, or the whole matrix; units are picked by mouse or keys."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QLinearGradient, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app import theme
from app.live import colormaps, numbers, tiles
from app.live.card import run_hint
from graphs.language import tr

SCALE_HEIGHT = 30.0
CAPTION, NUMBERED = 13.0, 26.0  # pixels: a number below a tile, and the tile from which on it has one
STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: 0, Qt.Key.Key_Down: 0}
STRIPE, CELL = 6.0, 24.0  # a cell of a matrix is at most so many times as long as wide, unless it would vanish: then pixels


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
    """Paints tiles or a matrix above a colour scale. Tiles that have no room are reached by the wheel and the keys."""

    unit_picked = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self.ratio_for_export: float | None = None
        self.weights: np.ndarray | None = None  # tiles: n × H × W (× 3 in colour); matrix: units × inputs
        self.limit, self.message = 1.0, run_hint()
        self.layout_of_tiles: tiles.Layout | None = None
        self.order = np.zeros(0, np.int64)  # the unit at each place
        self.first = 0  # the place at the upper left
        self.marked: int | None = None  # unit under the pointer
        self.picked: int | None = None
        self.pickable = False

    @property
    def ratio(self) -> float:
        return self.ratio_for_export or self.devicePixelRatioF()

    def minimumSizeHint(self) -> QSize:
        return QSize(60, 60)

    def show_weights(self, weights: np.ndarray | None, limit: float, message: str = "") -> None:
        """Other numbers, or the words that stand for them."""
        self.weights, self.limit, self.message = weights, limit, message
        if weights is not None and len(self.order) != len(weights):
            self.order, self.first = np.arange(len(weights)), 0
        self.update()

    def show_order(self, order: np.ndarray) -> None:
        """Another order of the tiles: the unit at each place."""
        self.order = order
        self.update()

    def show_picked(self, unit: int | None, *, pickable: bool) -> None:
        """Which unit is picked, and whether one can be."""
        self.picked, self.pickable = unit, pickable
        self.setCursor(Qt.CursorShape.PointingHandCursor if pickable else Qt.CursorShape.ArrowCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if pickable else Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(tr("Weights of units: arrow keys pick one, page keys show others") if pickable else "")
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
        if self.weights.ndim > 2:
            self._draw_tiles(painter, self.weights)
        else:
            self._draw_matrix(painter, self.weights)
        scale = QRectF(0, self.height() - SCALE_HEIGHT, self.width() - 4, SCALE_HEIGHT)
        if self.weights.ndim == 4:
            painter.setPen(colors.text3)
            painter.setFont(theme.font(11))
            painter.drawText(scale, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap,
                             tr("grey is 0; each unit is as bright as its largest weight"))
        else:
            draw_scale(painter, scale, self.limit)

    def _draw_tiles(self, painter: QPainter, weights: np.ndarray) -> None:
        count, layout = len(weights), self._arranged(weights)
        self.first = max(0, min(self.first, -(-(count - layout.shown) // layout.columns) * layout.columns))
        self.layout_of_tiles = layout
        units = self.order[self.first : self.first + layout.shown]
        some = weights[units]
        pixels = colormaps.colour_pixels(some) if some.ndim == 4 else colormaps.tide_pixels(some, self.limit)
        tiles.draw(painter, pixels, layout)
        self._draw_numbers(painter, layout, units)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for unit, width in ((self.marked, 1.0), (self.picked, 2.0)):
            for place in np.flatnonzero(units == unit) if unit is not None else ():
                painter.setPen(QPen(theme.tokens().accent, width))
                painter.drawRoundedRect(layout.rect(int(place)).adjusted(-1.5, -1.5, 1.5, 1.5), 2, 2)
        if layout.shown < count:
            painter.setPen(theme.tokens().text3)
            painter.setFont(theme.font(11))
            words = tr("{shown} of {count} units", shown=layout.shown, count=f"{count:,}") if not self.first else \
                tr("{first}–{last} of {count} units", first=self.first + 1, last=self.first + len(units), count=f"{count:,}")
            painter.drawText(QRectF(0, self.height() - SCALE_HEIGHT - 20, self.width() - 4, 16),
                             Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, words)

    def _arranged(self, weights: np.ndarray) -> tiles.Layout:
        """With numbers below the tiles, unless that makes them small; with a line of words where some have no room."""
        count, tall, wide = weights.shape[:3]
        numbered = tiles.arrange(count, (tall, wide), self.area, self.ratio, CAPTION)
        if numbered.width >= NUMBERED and numbered.shown == count:
            return numbered
        plain = tiles.arrange(count, (tall, wide), self.area, self.ratio)
        return plain if plain.shown == count else \
            tiles.arrange(count, (tall, wide), self.area.adjusted(0, 0, 0, -18), self.ratio)

    def _draw_numbers(self, painter: QPainter, layout: tiles.Layout, units: np.ndarray) -> None:
        if not layout.caption:
            return
        colors = theme.tokens()
        painter.setFont(theme.font(10))
        for place, unit in enumerate(units.tolist()):
            painter.setPen(colors.accent if unit == self.picked else colors.text3)
            painter.drawText(layout.caption_rect(place), Qt.AlignmentFlag.AlignCenter, str(unit))

    @staticmethod
    def matrix_area(rows: int, columns: int, area: QRectF) -> QRectF:
        """Where a matrix stands: all the room, unless its cells would become stripes."""
        long = max(CELL, STRIPE * min(area.width() / columns, area.height() / rows))
        return QRectF(area.left(), area.top(), min(area.width(), columns * long), min(area.height(), rows * long))

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
        index = self.layout_of_tiles.index_at(place) if self.layout_of_tiles else None
        return int(self.order[self.first + index]) if index is not None and self.first + index < len(self.order) else None

    # picking

    def mousePressEvent(self, event: QMouseEvent) -> None:
        unit = self.unit_at(event.position())
        if self.pickable and event.button() == Qt.MouseButton.LeftButton and unit is not None:
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self.unit_picked.emit(unit)
        else:
            event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        layout, key = self.layout_of_tiles, Qt.Key(event.key())
        if layout is None or not self.pickable:
            event.ignore()
            return
        step = {Qt.Key.Key_Up: -layout.columns, Qt.Key.Key_Down: layout.columns}.get(key) or STEPS.get(key)
        if step:
            found = np.flatnonzero(self.order == self.picked) if self.picked is not None else ()
            place = int(found[0]) + step if len(found) else self.first
            if 0 <= place < len(self.order):
                self.bring(place)
                self.unit_picked.emit(int(self.order[place]))
        elif key in (Qt.Key.Key_PageDown, Qt.Key.Key_PageUp):
            self.scroll_rows((1 if key == Qt.Key.Key_PageDown else -1) * max(1, layout.rows - 1))
        else:
            event.ignore()

    def bring(self, place: int) -> None:
        """Scrolls until the tile at this place can be seen."""
        layout = self.layout_of_tiles
        if layout is not None:
            row, top = place // layout.columns, self.first // layout.columns
            self.first = max(row - layout.rows + 1, min(row, top)) * layout.columns

    def scroll_rows(self, rows: int) -> None:
        """So many rows of tiles further."""
        layout = self.layout_of_tiles
        if layout is not None and layout.shown < len(self.order):
            hidden = -(-(len(self.order) - layout.shown) // layout.columns)
            self.first = max(0, min(self.first // layout.columns + rows, hidden)) * layout.columns
            self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        layout, turned = self.layout_of_tiles, event.angleDelta().y()
        if not turned or event.modifiers() or layout is None or layout.shown == len(self.order):
            event.ignore()  # the row of cards scrolls
            return
        self.scroll_rows(-1 if turned > 0 else 1)

    def leaveEvent(self, event: QEvent) -> None:
        self.marked = None
        self.update()
        super().leaveEvent(event)
