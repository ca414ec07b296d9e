"""End figures of several runs as a strip of dots: one column for each point of a sweep, its mean as a line (V3)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QWidget

from app import theme
from app.live.card import Card
from app.live.end_labels import shortened
from app.live.export import Table
from app.live.plot import BOTTOM, Plot
from app.live.scales import Tick, linear_ticks
from app.live.several.progress import SeveralProgress, axis_words, point_color, point_words
from app.live.sight import Sight
from engine.several.results import figure_names
from graphs.language import tr

FIRST = ("validation_loss", "train_loss")
SPREAD = 0.56  # of a column's width, over which dots are strewn
GOLDEN = 0.618033988749895  # places strewn by it lie evenly, however many there are


@dataclass(frozen=True, slots=True)
class Column:
    """The runs of one point: what they are called, their values, their mean."""

    words: str
    values: tuple[float, ...]
    color: QColor


class StripPlot(Plot):
    """Dots in columns over an upright axis."""

    def __init__(self) -> None:
        self.columns: list[Column] = []
        super().__init__()

    def show_columns(self, columns: Sequence[Column]) -> None:
        """Draws exactly these."""
        self.columns = list(columns)
        values = np.array([value for column in columns for value in column.values])
        low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
        room = 0.06 * (high - low) or 0.05 * abs(high) or 0.05
        low = 0.0 if 0 <= low < 0.5 * high else low - room  # from zero, unless that hides the differences
        y = (low if low else -room * 0.3, high + room)
        places = [Tick(index + 0.5, "") for index in range(max(1, len(columns)))]  # their names are drawn as they fit
        ticks = linear_ticks(max(0.0, y[0]) if not low else y[0], y[1], wanted=max(2, int(self.area.height() // 44)))
        self.show_axes((0.0, float(len(places))), y, places, ticks)
        self.show_lines([])

    def place_of(self, column: int, turn: int) -> QPointF:
        """Pixels of one dot."""
        strewn = SPREAD * ((0.5 + turn * GOLDEN) % 1.0 - 0.5)
        return self.at(column + 0.5 + strewn, self.columns[column].values[turn])

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:
        super().drawForeground(painter, rect)
        if self.message:
            return
        colors, area = theme.tokens(), self.area
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width = area.width() / max(1, len(self.columns))
        size = 3.5 if max((len(column.values) for column in self.columns), default=0) <= 40 else 2.5
        for index, column in enumerate(self.columns):
            painter.setPen(QPen(colors.panel, 1.0))
            painter.setBrush(theme.alpha(column.color, 0.85))
            for turn in range(len(column.values)):
                painter.drawEllipse(self.place_of(index, turn), size, size)
            if len(column.values) > 1:
                mean = self.at(index + 0.5, float(np.mean(column.values)))
                painter.setPen(QPen(colors.text, 1.6))
                painter.drawLine(mean - QPointF(0.36 * width, 0), mean + QPointF(0.36 * width, 0))
        self._draw_names(painter, width)

    def _draw_names(self, painter: QPainter, width: float) -> None:
        """The values below their columns; where they would collide, every second, third, …"""
        painter.setFont(theme.font(11))
        painter.setPen(theme.tokens().text3)
        metrics, area = QFontMetricsF(theme.font(11)), self.area
        widest = max((metrics.horizontalAdvance(column.words) for column in self.columns), default=0.0)
        stride = max(1, min(len(self.columns), math.ceil(min(widest + 8, 120) / max(width, 1.0))))
        for index, column in enumerate(self.columns):
            if index % stride == 0:
                box = QRectF(area.left() + (index + 0.5) * width - 0.5 * width * stride, area.bottom() + 4,
                             width * stride, BOTTOM - 4)
                words = shortened(painter.fontMetrics(), column.words, int(box.width()))
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)


class StripCard(Card):
    """One figure of every run at its end."""

    name: ClassVar[str] = "several_ends"

    def __init__(self, progress: SeveralProgress) -> None:
        self.progress = progress
        super().__init__()

    def title(self) -> str:
        return tr("At the end")

    def make_body(self) -> QWidget:
        self.plot = StripPlot()
        return self.plot

    def figure(self) -> str:
        """The figure that is shown: chosen by hand, else the validation loss, else that of training."""
        names = figure_names(self.progress.ended.values())
        return next((name for name in (self.choice, *FIRST) if name in names), next(iter(names), ""))

    def columns(self) -> list[Column]:
        """A column for each point; runs that diverged or failed have no place on an axis of numbers."""
        figure, points = self.figure(), self.progress.points()
        names = point_words(points) if len(points) > 1 else [""]
        return [Column(name, tuple(one.figures[figure] for one in point.ended
                                   if one.reason != "failed" and figure in one.figures), point_color(index, len(points)))
                for index, (name, point) in enumerate(zip(names, points, strict=False))]

    def draw(self, sight: Sight) -> None:
        del sight
        names = figure_names(self.progress.ended.values())
        words = {name: figure_words(name) for name in names}
        self.heading.tell(words.get(self.figure(), ""), words.items())
        columns = self.columns()
        some = any(column.values for column in columns)
        self.plot.say("" if some else tr("Each run leaves a dot when it ends"))
        self.plot.show_columns(columns if some else [])
        self.plot.x_word = ""

    def table(self) -> Table:
        axis = axis_words(self.progress.points()) or tr("runs")
        return Table((axis, self.figure()), [[column.words, value] for column in self.columns() for value in column.values])


def figure_words(name: str) -> str:
    """`validation_loss` in words."""
    parts = {"train": tr("training"), "validation": tr("validation"), "test": tr("test")}
    part, _, figure = name.partition("_")
    figures = {"loss": tr("loss"), "accuracy": tr("accuracy"), "mean_squared_error": tr("mean squared error")}
    return f"{figures[figure]} · {parts[part]}" if part in parts and figure in figures else name
