"""A plot in the project's style: quiet axes, thin grid, lines over bands, labels at line ends, values on hover."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent, QPainter, QPen, QPolygonF, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QFrame, QGraphicsPolygonItem, QGraphicsView, QWidget

from app import theme
from app.live import end_labels, hover, moments
from app.live.end_labels import shortened
from app.live.lines import Line, LineItem
from app.live.moments import Moment
from app.live.scales import Tick
from app.live.thinning import Trace

pg.setConfigOptions(antialias=True)

LEFT, BOTTOM, TOP = 34, 20, 6
LABEL_SHARE, LABEL_SHARE_MOST = 0.26, 0.42  # of the width, kept at the right for labels


class Axis(pg.AxisItem):
    """An axis of numbers only: no line, no tick marks, fixed room."""

    def __init__(self, orientation: str, size: int) -> None:
        super().__init__(orientation)
        self.setPen(None)
        self.enableAutoSIPrefix(False)
        self.setStyle(tickLength=0, tickTextOffset=6, autoExpandTextSpace=False, hideOverlappingLabels=False)
        (self.setWidth if orientation == "left" else self.setHeight)(size)
        self.shown: list[Tick] = []
        self.setTicks([[]])  # else pyqtgraph counts by itself

    def restyle(self) -> None:
        """Takes type and colour from the theme in force."""
        self.setStyle(tickFont=theme.font(11))
        self.setTextPen(theme.tokens().text3)

    def show_ticks(self, ticks: list[Tick]) -> None:
        """Shows exactly these; nothing happens when they are the old ones."""
        if ticks != self.shown:
            self.shown = ticks
            if self.orientation == "left":
                self._make_room(ticks)
            self.setTicks([[(tick.at, tick.text) for tick in ticks]])

    def _make_room(self, ticks: list[Tick]) -> None:
        """Wider for long numbers (pyqtgraph leaves out what does not fit); never narrower again: axes do not jump."""
        metrics = QFontMetricsF(theme.font(11))
        needed = max((metrics.horizontalAdvance(tick.text) for tick in ticks), default=0.0) + 9
        if needed > self.width():
            self.setWidth(math.ceil(needed))

    def generateDrawSpecs(self, p: QPainter) -> tuple | None:
        """Without tick lines: of length 0 each would still leave a dot. Words below the plot share one line, and none is
        cut off below, however tall the letters of its language."""
        specs = super().generateDrawSpecs(p)
        if specs is None:
            return None
        words = specs[2]
        if self.orientation == "bottom":
            room, middle = self.boundingRect(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip
            words = [(QRectF(box.left(), room.bottom() - BOTTOM + 4, box.width(), BOTTOM - 4), middle, text)
                     for box, _, text in words]
        return specs[0], [], words


class Plot(pg.PlotWidget):
    """The styled plot widget. Cards hand it lines and limits; it owns no data."""

    node_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        self.left, self.bottom = Axis("left", LEFT), Axis("bottom", BOTTOM)
        super().__init__(parent, axisItems={"left": self.left, "bottom": self.bottom}, enableMenu=False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.FullViewportUpdate)
        self.setCacheMode(QGraphicsView.CacheModeFlag.CacheNone)  # the background holds the grid, which moves
        self.setMouseTracking(True)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # spares the card below
        self.box = self.plotItem.getViewBox()
        self.plotItem.hideButtons()
        self.plotItem.setMenuEnabled(False)
        self.plotItem.layout.setContentsMargins(0, TOP, 0, 0)
        self.box.setMouseEnabled(False, False)
        self.box.setDefaultPadding(0)
        self.box.disableAutoRange()
        self.items_of_lines: list[LineItem] = []
        self.gap = QGraphicsPolygonItem()  # between two lines that part
        self.gap.setPen(QPen(Qt.PenStyle.NoPen))
        self.gap.setZValue(-8)
        self.box.addItem(self.gap, ignoreBounds=True)
        self.heights: list[float] = []  # of the grid's lines
        self.lines: list[Line] = []
        self.x_word, self.message, self.warning = "", "", ""
        self.moments: list[Moment] = []
        self.placed: list[tuple[Line, QRectF, QPointF]] = []  # label rectangles, and the ends they belong to
        self.pointer: QPointF | None = None
        self.readout = hover.Readout()
        self.ratio_for_export: float | None = None
        self.restyle()

    # looks

    @property
    def ratio(self) -> float:
        return self.ratio_for_export or self.devicePixelRatioF()

    def restyle(self) -> None:
        """Takes colours and type from the theme in force."""
        self.setBackground(theme.tokens().panel)
        for axis in (self.left, self.bottom):
            axis.restyle()
        self.scene().update()

    @property
    def area(self) -> QRectF:
        """The rectangle inside the axes, in pixels of this widget."""
        return self.box.mapRectToScene(self.box.boundingRect())

    def at(self, x: float, y: float) -> QPointF:
        """Pixels of a point in plot coordinates."""
        (x0, x1), (y0, y1) = self.box.viewRange()
        area = self.area
        return QPointF(area.left() + (x - x0) / (x1 - x0 or 1) * area.width(),
                       area.bottom() - (y - y0) / (y1 - y0 or 1) * area.height())

    # content

    def show_axes(self, x: tuple[float, float], y: tuple[float, float], x_ticks: list[Tick], y_ticks: list[Tick],
                  x_word: str = "") -> None:
        """Limits, ticks and grid. Nothing is touched that stays as it is."""
        now = self.box.viewRange()
        if tuple(now[0]) != x or tuple(now[1]) != y:
            self.box.setRange(xRange=x, yRange=y, padding=0, disableAutoRange=True)
            self.box.prepareForPaint()  # else the first painting finds the old transform, and all is painted twice
        self.bottom.show_ticks(self._beside(x_ticks, x, x_word) if x_word else x_ticks)
        before = self.left.width()
        self.left.show_ticks(y_ticks)
        if self.left.fixedWidth != before:
            self.plotItem.layout.activate()  # at once: a picture may be taken before the next event
        self.x_word = x_word
        if self.heights != [tick.at for tick in y_ticks]:
            self.heights = [tick.at for tick in y_ticks]
            self.scene().update()

    def show_lines(self, lines: Sequence[Line], band_strength: float = 0.16) -> None:
        """Draws exactly these lines, each with a gap where a stage begins."""
        self.lines, begun = list(lines), [one.x for one in self.moments if one.number]
        while len(self.items_of_lines) < len(lines):
            self.items_of_lines.append(LineItem(self.box))
        for index, item in enumerate(self.items_of_lines):
            item.show(index < len(lines))
            if index < len(lines):
                item.draw(lines[index], self.ratio, band_strength, begun)
        self.scene().update()

    def show_gap(self, trace: Trace) -> None:
        """Marks what lies between the low and the high of a trace: two lines that should not part."""
        x = np.concatenate([trace.x, trace.x[::-1]])
        y = np.concatenate([trace.high, trace.low[::-1]])
        self.gap.setPolygon(pg.functions.arrayToQPolygonF(x, y) if len(trace.x) > 1 else QPolygonF())
        self.gap.setBrush(theme.alpha(theme.tokens().warn_fill, 0.22))

    def label_room(self, texts: Sequence[str]) -> float:
        """Share of the width to keep for labels: more for long ones, within reason."""
        metrics = QFontMetricsF(theme.font(11, 600))
        widest = max((metrics.horizontalAdvance(text) for text in texts), default=0.0) + 14
        return min(max(LABEL_SHARE, widest / max(1.0, self.area.width())), LABEL_SHARE_MOST)

    def ticks_across(self, largest: float, share: float) -> int:
        """How many ticks of numbers up to `largest` fit side by side into a share of the width."""
        width = QFontMetricsF(theme.font(11)).horizontalAdvance(f"{max(largest, 10):,.0f}")
        return max(1, int(self.area.width() * share / (width + 18)))

    def _beside(self, ticks: list[Tick], x: tuple[float, float], word: str) -> list[Tick]:
        """The ticks that leave room for the word at the right end of the axis."""
        metrics, area = QFontMetricsF(theme.font(11)), self.area
        most = area.width() - metrics.horizontalAdvance(word) - 6
        return [tick for tick in ticks
                if (tick.at - x[0]) / (x[1] - x[0]) * area.width() + metrics.horizontalAdvance(tick.text) / 2 <= most]

    def say(self, message: str = "", warning: str = "") -> None:
        """A sentence in the middle (nothing to show yet), and one in red at the top (NaN)."""
        if (message, warning) != (self.message, self.warning):
            self.message, self.warning = message, warning
            self.scene().update()

    # painting under and over the scene, in pixels

    def drawBackground(self, painter: QPainter, rect: QRectF) -> None:
        """The panel and the grid. (`InfiniteLine` changes its geometry while it is painted: all is painted twice.)"""
        super().drawBackground(painter, rect)
        area, width = self.area, 1.0 / self.ratio
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for height in self.heights:
            y = round(self.at(0.0, height).y() * self.ratio) * width
            painter.fillRect(QRectF(area.left(), y, area.width(), max(1.0, width)), theme.tokens().line)

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:
        del rect
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colors, area = theme.tokens(), self.area
        painter.setFont(theme.font(11))
        if self.x_word:
            painter.setPen(colors.text3)
            below = QRectF(area.left(), area.bottom() + 4, area.width(), BOTTOM - 4)
            painter.drawText(below, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self.x_word)
        if self.message:
            self._draw_message(painter)
            return
        self.placed = self.place_labels()
        moments.draw(painter, self.moments, [self.at(one.x, 0.0).x() for one in self.moments], area,
                     [box for _, box, _ in self.placed])
        self._draw_labels(painter)
        if self.warning:
            self._draw_warning(painter)
        if self.pointer is not None:
            self.readout.draw(painter, self, self.pointer)

    def show_moments(self, known: list[Moment]) -> None:
        """Upright lines at moments that have a name, in order of time."""
        if known != self.moments:
            self.moments = known
            self.scene().update()

    def headroom(self, y: tuple[float, float], reach: float, known: list[Moment]) -> tuple[float, float]:
        """The limits of the upright axis with room above for the names of stages, on an axis from 0 to `reach`."""
        area = self.area
        places = [area.left() + one.x / reach * area.width() for one in known]
        kept = moments.rows(known, places, area, QFontMetricsF(theme.font(11))) * moments.ROW
        share = min(0.5, kept / max(1.0, area.height()))
        return y[0], y[0] + (y[1] - y[0]) / (1.0 - share)

    def _draw_message(self, painter: QPainter) -> None:
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.setFont(theme.font(12))
        box = painter.boundingRect(self.area, flags, self.message)
        painter.fillRect(box.adjusted(-8, -2, 8, 2), theme.tokens().panel)  # no grid line through the words
        painter.setPen(theme.tokens().text3)
        painter.drawText(self.area, flags, self.message)

    def _draw_warning(self, painter: QPainter) -> None:
        colors = theme.tokens()
        painter.setFont(theme.font(11, 600))
        words = shortened(painter.fontMetrics(), self.warning, int(self.area.width()) - 12)
        width = painter.fontMetrics().horizontalAdvance(words) + 12
        box = QRectF(max(self.area.left(), self.area.right() - width), self.area.top(), width, 18)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.mix(colors.panel, colors.error, 0.16))
        painter.drawRoundedRect(box, 4, 4)
        painter.setPen(theme.readable(colors.error, theme.mix(colors.panel, colors.error, 0.16)))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)

    def _draw_labels(self, painter: QPainter) -> None:
        colors, area = theme.tokens(), self.area
        for line in self.lines:
            if line.best is not None:
                self._ring(painter, self.at(*line.best), line.color)
        for line in self.lines:
            last = line.trace.last
            if last is not None and not (line.faint or line.dashed):
                end = self.at(*last)
                if area.top() <= end.y() <= area.bottom() + 1:
                    painter.setPen(QPen(colors.panel, 1.5))
                    painter.setBrush(line.color)
                    painter.drawEllipse(end, 3.75, 3.75)
        painter.setFont(theme.font(11, 600))
        for line, box, _ in self.placed:
            painter.setPen(theme.readable(line.color, colors.panel))
            words = shortened(painter.fontMetrics(), line.label, int(box.width()))
            painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, words)

    def _ring(self, painter: QPainter, place: QPointF, color: QColor) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.tokens().panel, 4))
        painter.drawEllipse(place, 5, 5)
        painter.setPen(QPen(color, 1.6))
        painter.drawEllipse(place, 5, 5)

    def place_labels(self) -> list[tuple[Line, QRectF, QPointF]]:
        """Where the labels stand: right of the ends, pushed apart, as many as there is room for."""
        area = self.area
        named = [line for line in self.lines if line.label and line.trace.last is not None]
        ends = [self.at(*line.trace.last) for line in named]  # type: ignore[misc]
        gap = max(end_labels.GAP, QFontMetricsF(theme.font(11, 600)).height())
        kept = end_labels.choose([end.y() for end in ends], [line.strong for line in named],
                                 end_labels.room(area.height() - gap, gap))
        named, ends = [named[index] for index in kept], [ends[index] for index in kept]
        places = end_labels.spread([end.y() for end in ends], area.top() + gap / 2, area.bottom() - gap / 2, gap)
        right = max((end.x() for end in ends), default=0.0) + 8
        return [(line, QRectF(right, y - gap / 2, area.right() - right, gap), end)
                for line, y, end in zip(named, places, ends, strict=True)]

    # the pointer

    def node_at(self, place: QPointF) -> str:
        """The node whose label or line lies under the pointer."""
        for line, box, _ in self.placed:
            if box.contains(place):
                return line.node
        nearest = hover.nearest_line(self, place)
        return nearest.node if nearest else ""

    def mouseMoveEvent(self, ev: QMouseEvent) -> None:
        self.pointer = ev.position() if self.area.contains(ev.position()) else None
        over = self.node_at(ev.position())
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)
        self.scene().update()
        ev.accept()

    def mousePressEvent(self, ev: QMouseEvent) -> None:
        node = self.node_at(ev.position()) if ev.button() == Qt.MouseButton.LeftButton else ""
        if node:
            self.node_chosen.emit(node)
        ev.accept()

    def mouseReleaseEvent(self, ev: QMouseEvent) -> None:
        ev.accept()

    def mouseDoubleClickEvent(self, ev: QMouseEvent) -> None:
        ev.ignore()

    def leaveEvent(self, event: QEvent) -> None:
        self.pointer = None
        self.scene().update()
        super().leaveEvent(event)

    def wheelEvent(self, ev: QWheelEvent) -> None:
        ev.ignore()  # the row of cards scrolls

    def resizeEvent(self, ev: QResizeEvent | None) -> None:
        if ev is not None:
            super().resizeEvent(ev)
