"""How the values of each column lie: a small histogram each, training in front of validation, mean and deviation."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from app import theme
from app.live import numbers
from app.live.data.page import SidesPage, component_names, part_color, part_words
from app.live.end_labels import shortened
from app.live.export import Table
from engine.data.statistics import DEVIATION, MEAN
from engine.data.view import Side, View
from graphs.language import tr

WIDE, TALL, GAP = 190.0, 132.0, 20.0
TALLEST = 420.0  # of a single histogram


class HistogramGrid(QAbstractScrollArea):
    """One histogram a column, as many side by side as there is room for."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        self.side: Side | None = None
        self.part: int | None = None
        self.names: list[str] = []

    def show_side(self, side: Side, part: int | None) -> None:
        """Other histograms."""
        self.side, self.part = side, part
        count = len(side.edges)
        self.names = component_names(side) if count > 1 or len(side.moments[0]) == 1 else [tr("all values")]
        self._measure()

    @property
    def columns(self) -> int:
        count = len(self.side.edges) if self.side is not None else 1
        return max(1, min(count, int((self.viewport().width() + GAP) // (WIDE + GAP))))

    def rect_of(self, place: int) -> QRectF:
        """Where a histogram stands, with its words."""
        assert self.side is not None
        row, column = divmod(place, self.columns)
        wide = (self.viewport().width() - (self.columns - 1) * GAP) / self.columns
        rows = math.ceil(len(self.side.edges) / self.columns)
        tall = min(TALLEST, max(TALL, (self.viewport().height() - (rows - 1) * GAP) / rows))
        return QRectF(column * (wide + GAP), row * (tall + GAP) - self.verticalScrollBar().value(), wide, tall)

    def figures(self, place: int) -> tuple[float, float]:
        """Mean and deviation of a column in the part that is shown; of all values where these are counted together."""
        assert self.side is not None
        known = self.side.moments[0 if self.part is None else self.part + 1]
        if len(self.side.edges) == 1 and len(known) > 1:
            mean = float(known[:, MEAN].mean())
            return mean, float(np.sqrt((known[:, DEVIATION] ** 2 + known[:, MEAN] ** 2).mean() - mean**2))
        return float(known[place, MEAN]), float(known[place, DEVIATION])

    def _measure(self) -> None:
        if self.side is None or not len(self.side.edges):
            return
        bar = self.verticalScrollBar()
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(int(TALL + GAP))
        last = self.rect_of(len(self.side.edges) - 1).bottom() + bar.value()
        bar.setRange(0, max(0, math.ceil(last - self.viewport().height())))
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._measure()

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter, colors = QPainter(self.viewport()), theme.tokens()
        painter.fillRect(self.viewport().rect(), colors.panel)
        if self.side is None:
            return
        for place in range(len(self.side.edges)):
            rect = self.rect_of(place)
            if rect.bottom() > 0 and rect.top() < self.viewport().height():
                self._paint_one(painter, place, rect)

    def _paint_one(self, painter: QPainter, place: int, rect: QRectF) -> None:
        assert self.side is not None
        colors = theme.tokens()
        mean, deviation = self.figures(place)
        words = f"{numbers.short(mean)} ± {numbers.short(deviation)}"
        painter.setFont(theme.font(11))
        painter.setPen(colors.text3)
        line = QRectF(rect.left(), rect.top(), rect.width(), 18)
        painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, words)
        room = rect.width() - painter.fontMetrics().horizontalAdvance(words) - 12
        painter.setFont(theme.font(12, 600))
        painter.setPen(colors.text)
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
                         shortened(painter.fontMetrics(), self.names[place], int(room)))
        area = rect.adjusted(0, 24, 0, -20)
        shown = range(len(self.side.bars)) if self.part is None else [self.part]
        top = max(float(self.side.bars[part, place].max(initial=0)) for part in shown) or 1.0
        for part in shown:
            _draw_bars(painter, self.side.bars[part, place] / top, area, part, outline=part > 0 and self.part is None)
        painter.setPen(QPen(colors.line2, 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        edges = self.side.edges[place]
        low, high = float(edges[0]), float(edges[-1])
        if low < mean < high:
            pen = QPen(colors.text2, 1.2)
            pen.setDashPattern([3, 3])
            x = area.left() + (mean - low) / (high - low) * area.width()
            painter.setPen(pen)
            painter.drawLine(round(x), int(area.top()), round(x), int(area.bottom()))
        painter.setFont(theme.font(11))
        painter.setPen(colors.text3)
        below = QRectF(rect.left(), area.bottom() + 2, rect.width(), 16)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, numbers.short(low))
        painter.drawText(below, Qt.AlignmentFlag.AlignRight, numbers.short(high))


def _draw_bars(painter: QPainter, heights: np.ndarray, area: QRectF, part: int, *, outline: bool) -> None:
    color = part_color(part)
    pitch = area.width() / len(heights)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, outline)
    if outline:
        steps = QPolygonF()
        for place, height in enumerate(heights.tolist()):
            y = area.bottom() - height * area.height()
            steps.append(QRectF(area.left() + place * pitch, y, pitch, 0).topLeft())
            steps.append(QRectF(area.left() + place * pitch, y, pitch, 0).topRight())
        painter.setPen(QPen(color, 1.4))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(steps)
        return
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.mix(theme.tokens().panel, color, 0.8))
    painter.drawRects([QRectF(area.left() + place * pitch, area.bottom() - height * area.height(),
                              max(1.0, pitch - 1), height * area.height())
                       for place, height in enumerate(heights.tolist()) if height > 0])


class HistogramsPage(SidesPage):
    """A histogram for each column, or one for all values of pictures."""

    name = "histograms"

    def words(self) -> str:
        return tr("Histograms")

    @staticmethod
    def has(side: Side) -> bool:
        return len(side.edges) > 0

    def make_pane(self) -> HistogramGrid:
        return HistogramGrid(self)

    def draw_side(self, pane: QWidget, view: View, side: Side, part: int | None) -> None:
        assert isinstance(pane, HistogramGrid)
        pane.show_side(side, part)

    def table(self) -> Table:
        """Counts of each bar, by part."""
        lines: list[list[object]] = []
        assert self.view is not None
        for pane in self.shown_panes():
            assert isinstance(pane, HistogramGrid) and pane.side is not None
            side = pane.side
            for place, edges in enumerate(side.edges):
                for bar in range(len(edges) - 1):
                    lines += [[side.key[0], pane.names[place], part_words(part), float(edges[bar]),
                               float(edges[bar + 1]), int(side.bars[part, place, bar])] for part in range(len(side.bars))]
        return Table(("node", "column", "part", "from", "to", "count"), lines)
