"""The value under the pointer: a thin upright line, and a slip with the numbers of the lines there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from app import theme
from app.live import numbers
from app.live.moments import stage_at

if TYPE_CHECKING:
    from app.live.lines import Line
    from app.live.plot import Plot

REACH = 7.0  # pixels around a line that belong to it
ROWS = 4  # more lines than this: the slip names only the nearest


def value_at(line: Line, x: float) -> tuple[float, float] | None:
    """The point of the line nearest to x."""
    if line.trace.empty:
        return None
    index = np.abs(line.trace.x - x).argmin()
    return float(line.trace.x[index]), float(line.trace.mean[index])


def x_of(plot: Plot, place: QPointF) -> float:
    (low, high), area = plot.box.viewRange()[0], plot.area
    return low + (place.x() - area.left()) / max(1.0, area.width()) * (high - low)


def nearest_line(plot: Plot, place: QPointF) -> Line | None:
    """The line within reach of the pointer."""
    best: tuple[float, Line | None] = (REACH, None)
    for line in plot.lines:
        point = value_at(line, x_of(plot, place))
        if point is not None:
            there = plot.at(*point)
            if abs(there.x() - place.x()) <= 3 * REACH and abs(there.y() - place.y()) < best[0]:
                best = (abs(there.y() - place.y()), line)
    return best[1]


class Readout:
    """Draws the slip. `words` turns a plot coordinate into text (a logarithmic axis holds exponents)."""

    def __init__(self) -> None:
        self.words: Callable[[float], str] = numbers.short

    def rows(self, plot: Plot, place: QPointF) -> list[tuple[str, QColor, QPointF]]:
        """Words, colour and place of each line at the pointer."""
        lines = plot.lines
        if len(lines) > ROWS:
            nearest = nearest_line(plot, place)
            lines = [nearest] if nearest else []
        found = []
        for line in lines:
            point = value_at(line, x_of(plot, place))
            if point is not None:
                found.append((f"{line.name}  {self.words(point[1])}", line.color, plot.at(*point)))
        return found

    def head(self, plot: Plot, place: QPointF) -> list[str]:
        """Where that is: the place on the axis, and the stage that trained there."""
        point, stage = value_at(plot.lines[0], x_of(plot, place)), stage_at(plot.moments, x_of(plot, place))
        where = f"{plot.x_word}  {numbers.short(point[0])}".strip() if point else ""
        return [words for words in (where, stage.full if stage else "") if words]

    def draw(self, painter: QPainter, plot: Plot, place: QPointF) -> None:
        rows = self.rows(plot, place)
        if not rows:
            return
        colors, area = theme.tokens(), plot.area
        x = rows[0][2].x()
        painter.setPen(QPen(colors.line2, 1))
        painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
        for _, color, point in rows:
            painter.setPen(QPen(colors.panel, 1.5))
            painter.setBrush(color)
            if area.contains(point):
                painter.drawEllipse(point, 3.25, 3.25)
        font = theme.font(11, 500)
        metrics = QFontMetricsF(font)
        texts = [(words, colors.text3) for words in self.head(plot, place)]
        texts += [(text, theme.readable(color, colors.raised)) for text, color, _ in rows]
        width = min(max(metrics.horizontalAdvance(text) for text, _ in texts) + 16, area.width())
        height = len(texts) * metrics.lineSpacing() + 8
        left = x + 10 if x + 10 + width <= area.right() else x - 10 - width
        box = QRectF(max(area.left(), left), area.top() + 2, width, height)
        painter.setPen(QPen(colors.line2, 1))
        painter.setBrush(colors.raised)
        painter.drawRoundedRect(box, 4, 4)
        painter.setFont(font)
        for index, (text, color) in enumerate(texts):
            painter.setPen(color)
            row = QRectF(box.left() + 8, box.top() + 4 + index * metrics.lineSpacing(), width, metrics.lineSpacing())
            painter.drawText(row, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
                             metrics.elidedText(text, Qt.TextElideMode.ElideRight, width - 15))
