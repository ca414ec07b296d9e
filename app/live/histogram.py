"""A histogram of 40 bars over its shape in epoch 0, with the mean; the ground of the weight and activation cards."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from app import theme
from app.live import numbers
from app.live.card import Card, run_hint
from app.live.export import Table
from app.live.plot import TOP, Plot
from app.live.scales import SteadyTop, Tick, linear_ticks
from app.live.sight import Sight
from graphs.language import tr

BARS = 40


class Bars(pg.GraphicsObject):
    """Bars with crisp edges, warm above zero and cool below."""

    def __init__(self) -> None:
        super().__init__()
        self.edges, self.counts = np.linspace(0, 1, BARS + 1), np.zeros(BARS)

    def show_counts(self, edges: np.ndarray, counts: np.ndarray) -> None:
        """Other bars."""
        self.prepareGeometryChange()
        self.edges, self.counts = edges, counts
        self.update()

    def boundingRect(self) -> QRectF:
        return QRectF(self.edges[0], 0, self.edges[-1] - self.edges[0], max(float(self.counts.max(initial=0.0)), 1e-9))

    def paint(self, painter: QPainter, option: object, widget: QWidget | None = None) -> None:
        del option, widget
        place, colors = painter.worldTransform(), theme.tokens()
        painter.save()
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(Qt.PenStyle.NoPen)
        floor = place.map(QPointF(0, 0)).y()
        pixels = [round(place.map(QPointF(edge, 0)).x()) for edge in self.edges]
        warm = theme.mix(colors.panel, colors.sand, 0.85 if colors.dark else 0.8)
        cool = theme.mix(colors.panel, colors.sea, 0.85 if colors.dark else 0.8)
        for index, count in enumerate(self.counts):
            if count > 0:
                painter.setBrush(cool if self.edges[index + 1] <= 1e-9 * abs(self.edges[0]) else warm)
                top = place.map(QPointF(0, float(count))).y()
                left, right = pixels[index], pixels[index + 1]
                painter.drawRect(QRectF(left, top, max(1, right - left - 1), max(1.0, floor - top)))
        painter.restore()


def counted(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Shares of the values in each bar; what lies outside counts in the outermost bars."""
    values = values[np.isfinite(values)]
    if not values.size:
        return np.zeros(len(edges) - 1)
    inside = np.clip(values, edges[0], edges[-1])
    return np.histogram(inside, edges)[0] / values.size


def steady_range(values: np.ndarray, before: tuple[float, float] | None) -> tuple[float, float]:
    """Limits that hold the values; the old ones as long as they hold them and are not far too wide."""
    values = values[np.isfinite(values)]
    if not values.size:
        return before or (0.0, 1.0)
    low, high = float(values.min()), float(values.max())
    if high - low < 1e-9 * max(1.0, abs(high)):
        low, high = low - 0.5, high + 0.5
    if before and before[0] <= low and high <= before[1] and high - low > 0.6 * (before[1] - before[0]):
        return before
    room = 0.06 * (high - low)
    return (0.0 if 0 <= low < 0.3 * high else low - room, high + room)


class HistogramPlot(Plot):
    """The plot of a histogram: bars, the outline of epoch 0, a dashed line at the mean."""

    def __init__(self) -> None:
        super().__init__()
        self.left.setWidth(8)
        self.plotItem.layout.setContentsMargins(0, TOP, 8, 0)
        self.bars = Bars()
        self.box.addItem(self.bars, ignoreBounds=True)
        self.edges = np.linspace(0, 1, BARS + 1)
        self.outline: np.ndarray | None = None
        self.mean: float | None = None
        self.words = ""
        self.top = SteadyTop()

    def show_values(self, limits: tuple[float, float], counts: np.ndarray, outline: np.ndarray | None = None,
                    mean: float | None = None, words: str = "") -> None:
        """Shows shares of values between the limits, and the mean with its words."""
        self.words = words
        self.edges = np.linspace(*limits, len(counts) + 1)
        self.outline, self.mean = outline, mean
        peak = max(float(counts.max(initial=0.0)), float(outline.max(initial=0.0)) if outline is not None else 0.0)
        self.show_axes(limits, (0.0, self.top.hold(peak * 1.12)), self._ticks(limits), [])
        self.bars.show_counts(self.edges, counts)
        self.scene().update()

    def show_nothing(self, limits: tuple[float, float] | None) -> None:
        """No values; the axis has numbers only where its limits are known."""
        self.show_values(limits or (0.0, 1.0), np.zeros(BARS))
        if limits is None:
            self.show_axes((0.0, 1.0), (0.0, 1.0), [], [])

    def _ticks(self, limits: tuple[float, float]) -> list[Tick]:
        return linear_ticks(*limits, wanted=max(2, min(4, int(self.area.width() // 50))))

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:
        super().drawForeground(painter, rect)
        if self.message:
            return
        colors, area = theme.tokens(), self.area
        if self.outline is not None:
            self._draw_outline(painter, self.outline)
        if self.mean is not None:
            x = self.at(self.mean, 0).x()
            pen = QPen(colors.text, 1.2)
            pen.setDashPattern([3, 3])
            painter.setPen(pen)
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
            painter.setFont(theme.font(11, 600))
            width = painter.fontMetrics().horizontalAdvance(self.words)
            left = x + 6 if x + 8 + width <= area.right() else x - 6 - width
            painter.drawText(QPointF(max(left, area.left()), area.top() + 12), self.words)

    def _draw_outline(self, painter: QPainter, outline: np.ndarray) -> None:
        colors, area = theme.tokens(), self.area
        steps = QPolygonF()
        for index, count in enumerate(outline):
            for edge in (self.edges[index], self.edges[index + 1]):
                steps.append(self.at(float(edge), float(count)))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colors.text3, 1.2))
        painter.drawPolyline(steps)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        peak = int(outline.argmax())
        words = tr("epoch 0")
        painter.setFont(theme.font(11))
        width = painter.fontMetrics().horizontalAdvance(words)
        at = self.at(float(self.edges[peak] + self.edges[peak + 1]) / 2, float(outline[peak]))
        left = at.x() - width / 2
        if self.mean is not None:  # beside the dashed line, not across it
            line = self.at(self.mean, 0).x()
            left = max(left, line + 6) if at.x() >= line else min(left, line - 6 - width)
            left = line + 6 if left < area.left() else line - 6 - width if left + width > area.right() else left
        left = min(max(left, area.left()), area.right() - width)
        box = QRectF(left - 3, max(at.y() - 18, area.top() + 16), width + 6, 15)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.alpha(colors.panel, 0.7))
        painter.drawRoundedRect(box, 3, 3)
        painter.setPen(colors.text2)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)


class HistogramCard(Card):
    """A card whose body is a histogram of one watched array. Subclasses say which."""

    stretch = 0.95

    def make_body(self) -> QWidget:
        self.plot = HistogramPlot()
        self.limits: tuple[float, float] | None = None
        self.shown_key = ""
        return self.plot

    def key(self, sight: Sight) -> str:
        """The watched array to show; empty for none."""
        raise NotImplementedError

    def choices(self, sight: Sight) -> Sequence[tuple[str, str]]:
        """(key, words) of all arrays that could be shown."""
        raise NotImplementedError

    def known_limits(self, sight: Sight, key: str) -> tuple[float, float] | None:
        """Limits that follow from what the values are, such as 0 … 1 of a sigmoid."""
        del sight, key
        return None

    def wanted(self, sight: Sight) -> frozenset[str]:
        key = self.key(sight)
        return frozenset({key} if key else ())

    def draw(self, sight: Sight) -> None:
        key = self.key(sight)
        choices = self.choices(sight)
        self.heading.tell(dict(choices).get(key, ""), choices)
        if key != self.shown_key:
            self.shown_key, self.limits = key, None
            self.plot.top.forget()
        values = sight.feed.array(key) if key else None
        if values is None or not np.isfinite(values).any():
            self.plot.show_nothing(self.known_limits(sight, key))
            self.plot.say(run_hint() if values is None else tr("no finite values"))
            return
        values, first = values.reshape(-1), sight.feed.first(key)
        together = values if first is None else np.concatenate([values, first])
        self.limits = self.known_limits(sight, key) or steady_range(together, self.limits)
        edges = np.linspace(*self.limits, BARS + 1)
        frame = sight.feed.frame
        fresh = frame is None or frame.epoch < 1
        outline = None if first is None or fresh else counted(first, edges)
        mean = float(values[np.isfinite(values)].mean())
        words = self.calm(key, tr("mean {value}", value=numbers.short(mean)))
        self.plot.show_values(self.limits, counted(values, edges), outline, mean, words)
        self.plot.say()

    def table(self) -> Table:
        plot = self.plot
        first = [""] * len(plot.bars.counts) if plot.outline is None else plot.outline
        rows = list(zip(plot.edges[:-1], plot.edges[1:], plot.bars.counts, first, strict=True))
        return Table(("from", "to", "share", "share in epoch 0"), rows)
