"""Points in the plane, each a sample: two components as they are, or the two principal axes. Hollow: validation."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent, QPainter, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QWidget

from app import theme
from app.live import numbers
from app.live.data.page import SidesPage, class_word, part_words
from app.live.export import Table
from app.live.plane import class_color, mark
from app.live.plot import Plot
from app.live.scales import linear_ticks
from engine.data.view import Side, View
from graphs.language import tr

DOT, STAMP = 3.4, 6.0  # pixels: radius of a mark, half of the square that holds it
REACH = 9.0  # pixels around a point in which the pointer means it
ROOM = 0.05
MOST_NUMERALS = 12  # classes that get their name on their cluster


class Dots(pg.GraphicsObject):
    """The points of one side; training filled, the rest hollow."""

    def __init__(self) -> None:
        super().__init__()
        self.points, self.groups, self.filled = np.empty((0, 2)), np.empty(0, np.int64), np.empty(0, bool)
        self.colors: list[QColor] = []

    def show_points(self, points: np.ndarray, groups: np.ndarray, filled: np.ndarray, colors: list[QColor]) -> None:
        """Other points; `groups` are places in `colors` and say the shape too."""
        self.prepareGeometryChange()
        self.points, self.groups, self.filled, self.colors = points, groups, filled, colors
        self.update()

    def boundingRect(self) -> QRectF:
        if not len(self.points):
            return QRectF()
        low, high = self.points.min(axis=0), self.points.max(axis=0)
        return QRectF(low[0], low[1], max(high[0] - low[0], 1e-9), max(high[1] - low[1], 1e-9))

    def paint(self, painter: QPainter, option: object, widget: QWidget | None = None) -> None:
        del option, widget
        place, ratio = painter.worldTransform(), painter.device().devicePixelRatioF()
        painter.save()
        painter.resetTransform()
        stamps = {(group, filled): self._stamp(group, ratio, filled=filled)
                  for group in np.unique(self.groups).tolist() for filled in (True, False)}
        at = np.array([[place.m11(), place.m22()]]) * self.points + [[place.dx() - STAMP, place.dy() - STAMP]]
        for (x, y), group, filled in zip(at.tolist(), self.groups.tolist(), self.filled.tolist(), strict=True):
            painter.drawPixmap(QPointF(x, y), stamps[group, filled])
        painter.restore()

    def _stamp(self, group: int, ratio: float, *, filled: bool) -> QPixmap:
        """The mark of a class, painted once: thousands of stamps cost what a hundred paintings do."""
        color, made = self.colors[group], QPixmap(round(2 * STAMP * ratio), round(2 * STAMP * ratio))
        made.setDevicePixelRatio(ratio)
        made.fill(Qt.GlobalColor.transparent)
        painter = QPainter(made)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.tokens().panel, 0.8) if filled else QPen(color, 1.3))
        painter.setBrush(color if filled else Qt.BrushStyle.NoBrush)
        mark(painter, group if len(self.colors) <= 8 else group // 8, QPointF(STAMP, STAMP),
             DOT if filled else DOT * 0.85)
        painter.end()
        return made


class ScatterPlot(Plot):
    """The plot of one side, with the class as words on its cluster and the sample under the pointer."""

    def __init__(self) -> None:
        super().__init__()
        self.dots = Dots()
        self.box.addItem(self.dots, ignoreBounds=True)
        self.view: View | None = None
        self.side: Side | None = None
        self.part: int | None = None
        self.chosen = np.empty(0, np.int64)  # places in `picked`
        self.y_word = ""
        self.clusters: list[tuple[str, QPointF]] = []

    def show_side(self, view: View, side: Side, part: int | None) -> None:
        """Other points."""
        self.view, self.side, self.part = view, side, part
        parts = view.parts[view.picked]
        self.chosen = np.arange(len(parts)) if part is None else np.flatnonzero(parts == part)
        points = side.points[self.chosen]
        groups, colors = _groups(view, view.picked[self.chosen])
        filled = parts[self.chosen] == 0 if part is None else np.ones(len(points), bool)
        self.dots.show_points(points, groups, filled, colors)
        limits = [_limits(side.points[:, axis]) for axis in range(2)]
        x_word, self.y_word = axis_words(side)
        wanted = max(2, min(6, int(self.area.width() // 80)))
        kept = QFontMetricsF(theme.font(11)).horizontalAdvance(x_word) + 28  # the last ticks give way to the word
        last = limits[0][1] - kept / max(self.area.width(), 1.0) * (limits[0][1] - limits[0][0])
        across = [tick for tick in linear_ticks(*limits[0], wanted=wanted) if tick.at < last]
        self.show_axes(limits[0], limits[1], across, linear_ticks(*limits[1], wanted=5), x_word)
        self.clusters = []
        if 2 < len(view.classes) <= MOST_NUMERALS and len(view.labels):
            for group in np.unique(groups):
                middle = np.median(points[groups == group], axis=0)
                self.clusters.append((view.classes[int(group)], QPointF(*middle)))
        self.say("" if len(points) else tr("No samples"))
        self.scene().update()

    def point_at(self, place: QPointF) -> int:
        """The place in `chosen` of the point nearest to the pointer, or −1."""
        if not len(self.dots.points):
            return -1
        origin, unit = self.at(0, 0), self.at(1, 1)
        scale = np.array([unit.x() - origin.x(), unit.y() - origin.y()])
        away = np.hypot(*(self.dots.points * scale + [origin.x() - place.x(), origin.y() - place.y()]).T)
        nearest = int(away.argmin())
        return nearest if away[nearest] <= REACH else -1

    def words_at(self, index: int) -> str:
        """What is known of a point."""
        assert self.view is not None
        row = int(self.view.picked[self.chosen[index]])
        x, y = self.dots.points[index]
        known = (tr("row {row}", row=f"{row + 1:,}"), class_word(self.view, row), part_words(int(self.view.parts[row])),
                 f"({numbers.short(float(x))}, {numbers.short(float(y))})")
        return " · ".join(filter(None, known))

    def mouseMoveEvent(self, ev: QMouseEvent) -> None:
        super().mouseMoveEvent(ev)
        index = self.point_at(ev.position())
        self.setToolTip(self.words_at(index) if index >= 0 else "")

    def resizeEvent(self, ev: QResizeEvent | None) -> None:
        super().resizeEvent(ev)
        if ev is not None and self.view is not None and self.side is not None:
            self.show_side(self.view, self.side, self.part)

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:
        super().drawForeground(painter, rect)
        if self.message:
            return
        colors, area = theme.tokens(), self.area
        painter.setFont(theme.font(11))
        painter.setPen(colors.text3)
        painter.drawText(area.adjusted(4, 0, 0, 0), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, self.y_word)
        painter.setFont(theme.font(13, 700))
        for words, at in self.clusters:
            room = QRectF(0, 0, painter.fontMetrics().horizontalAdvance(words) + 12, 20)
            room.moveCenter(self.at(at.x(), at.y()))
            painter.setPen(QPen(colors.line2, 1))
            painter.setBrush(theme.alpha(colors.panel, 0.9))
            painter.drawRoundedRect(room, 6, 6)
            painter.setPen(colors.text)
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter, words)


def axis_words(side: Side) -> tuple[str, str]:
    """What the axes are."""
    if side.axes:
        return side.axes[0], side.axes[1]
    first, second = (f"{share:.0%}".replace("%", " %") for share in side.shares)
    return tr("1st principal axis ({share} of the variance)", share=first), tr("2nd ({share})", share=second)


def _limits(values: np.ndarray) -> tuple[float, float]:
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
    room = ROOM * (high - low) or 0.5
    return low - room, high + room


def _groups(view: View, rows: np.ndarray) -> tuple[np.ndarray, list[QColor]]:
    """Colours by class, or by the target in five steps from sea to sand."""
    tokens = theme.tokens()
    if len(view.labels):
        return view.labels[rows], [class_color(place, len(view.classes)) for place in range(len(view.classes))]
    if len(view.target):
        target = view.target[rows]
        low, high = float(view.target.min()), float(view.target.max())
        steps = ((target - low) / ((high - low) or 1.0) * 8.999).astype(np.int64).clip(0, 8)
        return steps, [theme.mix(tokens.sea, tokens.sand, place / 8) for place in range(9)]
    return np.zeros(len(rows), np.int64), [tokens.sea]


class ScatterPage(SidesPage):
    """Before and after side by side."""

    name = "scatter"

    def words(self) -> str:
        return tr("Scatter")

    @staticmethod
    def has(side: Side) -> bool:
        return len(side.points) > 0

    def make_pane(self) -> ScatterPlot:
        return ScatterPlot()

    def draw_side(self, pane: QWidget, view: View, side: Side, part: int | None) -> None:
        assert isinstance(pane, ScatterPlot)
        pane.restyle()
        pane.show_side(view, side, part)

    def table(self) -> Table:
        panes = [pane for pane in self.shown_panes() if isinstance(pane, ScatterPlot) and pane.side is not None]
        panes = [pane for pane in panes if pane.view is panes[-1].view]  # a line of the table is one row
        view = panes[-1].view
        assert view is not None
        rows = view.picked[panes[-1].chosen]
        columns = ["row", "class", "part"]
        for pane in panes:
            columns += [f"{pane.side.key[0]} {word}" for word in axis_words(pane.side)]  # type: ignore[union-attr]
        lines = [[int(row) + 1, class_word(view, int(row)), part_words(int(view.parts[row])),
                  *(float(value) for pane in panes for value in pane.dots.points[place])]
                 for place, row in enumerate(rows)]  # fmt: skip
        return Table(columns, lines)
