"""What the panel of slow motion is made of: rows of formulas and numbers, cells to pick from, and the stops as dots."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app import theme
from app.panels.walk_row import Line, number
from engine.walked import Stop

SHADES = 24  # of each sign
HEIGHTS = {"head": 30, "formula": 26, "term": 20, "result": 22, "words": 20}
FONTS = {"head": (12, 600, False), "formula": (13, 400, True), "term": (12, 400, False), "result": (12, 600, False),
         "words": (12, 400, False)}


class LineList(QWidget):
    """Rows one under the other; words are wrapped. Screen readers get them as text."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines: Sequence[Line] = ()
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)  # the hint may be of another width
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Other rows."""
        if lines != self.lines:
            self.lines = lines
            self.setAccessibleDescription("\n".join(f"{line.left} {line.right}".strip() for line in lines))
            self.updateGeometry()
            self.update()

    def _rows(self, width: float) -> list[tuple[Line, QRectF]]:
        """Every row and its place."""
        found, top = [], 0.0
        for line in self.lines:
            height = float(HEIGHTS[line.kind])
            room = width
            if line.right:
                room -= QFontMetricsF(theme.font(*FONTS[line.kind])).horizontalAdvance(line.right) + 8
            metrics = QFontMetricsF(theme.font(*FONTS[line.kind]))
            if metrics.horizontalAdvance(line.left) > room:
                flags = Qt.TextFlag.TextWordWrap | Qt.TextFlag.TextWrapAnywhere
                height += metrics.boundingRect(QRectF(0, 0, room, 1000), int(flags), line.left).height() - metrics.height()
            found.append((line, QRectF(0, top, width, height)))
            top += height
        return found

    def heightForWidth(self, width: int) -> int:
        rows = self._rows(width)
        return math.ceil(rows[-1][1].bottom()) + 4 if rows else 0

    def hasHeightForWidth(self) -> bool:
        return True

    def sizeHint(self) -> QSize:
        return QSize(240, self.heightForWidth(max(self.width(), 240)))

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter, colors = QPainter(self), theme.tokens()
        quiet = {"formula": colors.text2, "term": colors.text2, "words": colors.text3}
        for line, place in self._rows(self.width()):
            painter.setFont(theme.font(*FONTS[line.kind]))
            tone = theme.readable(getattr(colors, line.tone), colors.panel) if line.tone else colors.text
            taken = painter.fontMetrics().horizontalAdvance(line.right) + 8 if line.right else 0
            side = Qt.AlignmentFlag.AlignBottom if line.kind == "head" else Qt.AlignmentFlag.AlignVCenter
            painter.setPen(quiet.get(line.kind, colors.text))
            painter.drawText(place.adjusted(0, 0, -taken, -4 if line.kind == "head" else 0),
                             Qt.AlignmentFlag.AlignLeft | side | Qt.TextFlag.TextWordWrap, line.left)
            painter.setPen(tone)
            painter.drawText(place, Qt.AlignmentFlag.AlignRight | side, line.right)


class Cells(QWidget):
    """Numbers as coloured cells, sea below zero, sand above; a click picks one, arrow keys the next."""

    picked = Signal(int)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.values: Sequence[float] = ()
        self.chosen = -1
        self.setAccessibleName(name)
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_values(self, values: Sequence[float], chosen: int) -> None:
        """Other numbers, and which of them is picked."""
        if (values, chosen) != (self.values, self.chosen):
            self.values, self.chosen = values, chosen
            self.setFixedHeight(round(self._grid()[2] * self._grid()[1]) + 4 if values else 0)
            self.update()

    def _grid(self) -> tuple[int, int, float]:
        """Columns, rows, side of a cell: a square of numbers stands as a square, as the picture that it may be."""
        count = max(1, len(self.values))
        root = math.isqrt(count)
        columns = root if root * root == count and count >= 16 else min(count, 32)
        rows = -(-count // columns)
        return columns, rows, max(3.0, min(16.0, (self.width() - 4) / columns, 120 / rows))

    def cell(self, place: int) -> QRectF:
        """Where one number is."""
        columns, _, side = self._grid()
        return QRectF(2 + place % columns * side, 2 + place // columns * side, side, side)

    def at(self, point: QPointF) -> int:
        """Which number lies there; −1 for none."""
        columns, _, side = self._grid()
        column, row = int((point.x() - 2) // side), int((point.y() - 2) // side)
        place = row * columns + column
        return place if 0 <= column < columns and row >= 0 and place < len(self.values) else -1

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self.at(event.position())
        if place >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self.picked.emit(place)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        place = self.at(event.position())
        if place >= 0:
            QToolTip.showText(event.globalPosition().toPoint(), f"{place}: {number(self.values[place])}", self)

    def resizeEvent(self, event: QEvent) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]
        _, rows, side = self._grid()
        self.setFixedHeight(round(rows * side) + 4 if self.values else 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter, colors = QPainter(self), theme.tokens()
        most = max((abs(value) for value in self.values), default=0.0) or 1.0
        columns, _, side = self._grid()
        gap = 1.0 if side >= 6 else 0.0
        tints = [theme.mix(colors.hover, colors.tide_at(step / SHADES), 0.3 + 0.7 * abs(step) / SHADES)
                 for step in range(-SHADES, SHADES + 1)]
        for place, value in enumerate(self.values):
            painter.fillRect(QRectF(2 + place % columns * side, 2 + place // columns * side, side - gap, side - gap),
                             tints[round(value / most * SHADES) + SHADES])
        if 0 <= self.chosen < len(self.values):
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(colors.text, 1.6))
            painter.drawRect(self.cell(self.chosen).adjusted(-0.5, -0.5, 0.5 - gap, 0.5 - gap))


class StopRow(QWidget):
    """All stops in a row: forward in sand, the loss, back in sea; those that are passed are filled. A click goes there."""

    clicked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.stops: Sequence[Stop] = ()
        self.titles: Sequence[str] = ()
        self.place = 0
        self.setFixedHeight(20)
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_stops(self, stops: Sequence[Stop], titles: Sequence[str], place: int) -> None:
        """Other stops, or another place among them."""
        self.stops, self.titles, self.place = stops, titles, place
        self.update()

    def center(self, place: int) -> QPointF:
        """Where a stop is."""
        pitch = (self.width() - 16) / max(1, len(self.stops) - 1)
        return QPointF(8 + pitch * place, self.height() / 2)

    def _at(self, x: float) -> int:
        pitch = (self.width() - 16) / max(1, len(self.stops) - 1)
        return min(max(round((x - 8) / pitch), 0), len(self.stops) - 1) if self.stops else -1

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self.stops and event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit(self._at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        place = self._at(event.position().x())
        if place >= 0:
            QToolTip.showText(self.mapToGlobal(self.center(place).toPoint() + QPoint(0, 12)), self.titles[place], self)

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter, colors = QPainter(self), theme.tokens()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.stops:
            painter.setPen(QPen(colors.line2, 1))
            painter.drawLine(self.center(0), self.center(len(self.stops) - 1))
        tints = {"given": colors.sand, "forward": colors.sand, "loss": colors.text, "backward": colors.sea}
        for place, stop in enumerate(self.stops):
            tint, middle = tints[stop.kind], self.center(place)
            painter.setPen(QPen(tint, 1.6))
            painter.setBrush(tint if place <= self.place else colors.panel)
            radius = 4.0 if len(self.stops) < 24 else 2.5
            if stop.kind == "loss":
                painter.drawRect(QRectF(middle.x() - radius, middle.y() - radius, 2 * radius, 2 * radius))
            else:
                painter.drawEllipse(middle, radius, radius)
            if place == self.place:
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(colors.accent, 1.6))
                painter.drawEllipse(middle, 8, 8)
