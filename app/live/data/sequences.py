"""One sequence at a time: its features as lines over the steps, or as a raster; steps that are not there are grey."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSpinBox, QWidget

from app import theme
from app.live import colormaps
from app.live.card import CardTool
from app.live.data.page import Page, class_word, component_names, part_words, rows_of
from app.live.export import Table
from app.live.header import BackTool
from app.live.lines import Line
from app.live.plot import Plot
from app.live.scales import Tick, linear_ticks
from app.live.thinning import Trace
from engine.data.statistics import HIGH, LOW
from engine.data.view import Side, View
from graphs.language import tr
from graphs.spec import Kind

MOST_LINES = 6  # features; more are a raster


class SequencePlot(Plot):
    """Lines, or a raster with one row for each feature; the padding behind the last step grey."""

    turned = Signal(int)  # to the next sequence or the one before

    def __init__(self) -> None:
        super().__init__()
        self.raster: np.ndarray | None = None  # features × steps
        self.limit, self.signed = 1.0, True
        self.steps, self.length = 1, 1
        self.names: list[str] = []
        self._shown: tuple[np.ndarray, int, tuple[float, float], list[str]] | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def show_sequence(self, values: np.ndarray, length: int, limits: tuple[float, float], names: list[str]) -> None:
        """T×F numbers, of which the first `length` steps are there."""
        self._shown = (values, length, limits, names)
        self.restyle()
        self.steps, self.length, self.names = len(values), length, names
        low, high = limits
        room = 0.06 * (high - low) or 0.5
        wanted = max(2, min(8, int(self.area.width() // 70)))
        across = [tick for tick in linear_ticks(0, self.steps - 1, wanted=wanted) if tick.at == round(tick.at)]
        if values.shape[1] > MOST_LINES:
            self.raster, self.limit, self.signed = values.T, max(abs(low), abs(high)) or 1.0, low < 0
            self.show_lines([])
            every = max(1, round(len(names) * 16 / max(self.area.height(), 1)))
            ticks = [Tick(len(names) - place - 0.5, name) for place, name in enumerate(names) if place % every == 0]
            self.show_axes((-0.5, self.steps - 0.5), (0.0, float(len(names))), across, ticks, tr("step"))
            self.heights = []
            return
        self.raster = None
        x = np.arange(length, dtype=np.float64)
        colors, lines = theme.tokens().runs, []
        for place, name in enumerate(names):
            y = values[:length, place].astype(np.float64)
            lines.append(Line(name, Trace(x, y, y, y), colors[place % len(colors)], label=name, band=False))
        share = self.label_room(names)
        right = (self.steps - 0.5) + self.steps * share / (1 - share)
        self.show_axes((-0.5, right), (low - room, high + room), across, linear_ticks(low - room, high + room),
                       tr("step"))
        self.show_lines(lines)

    def drawBackground(self, painter: QPainter, rect: QRectF) -> None:
        super().drawBackground(painter, rect)
        colors = theme.tokens()
        if self.length < self.steps:
            left, right = self.at(self.length - 0.5, 0).x(), self.at(self.steps - 0.5, 0).x()
            painter.fillRect(QRectF(left, self.area.top(), right - left, self.area.height()), colors.hover)
            if right - left > 60:
                painter.setFont(theme.font(11))
                painter.setPen(colors.text3)
                painter.drawText(QRectF(left, self.area.top() + 4, right - left, 18), Qt.AlignmentFlag.AlignCenter,
                                 tr("padding"))
        if self.raster is not None:
            shown = self.raster[:, : self.length]
            pixels = colormaps.tide_pixels(shown, self.limit) if self.signed else \
                colormaps.grey_pixels(shown, 0.0, self.limit)
            pixels = np.ascontiguousarray(pixels, np.uint32)
            image = QImage(pixels.data, pixels.shape[1], pixels.shape[0], 4 * pixels.shape[1], QImage.Format.Format_RGB32)
            left, right = self.at(-0.5, 0).x(), self.at(self.length - 0.5, 0).x()
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
            painter.drawImage(QRectF(left, self.area.top(), right - left, self.area.height()), image)

    def resizeEvent(self, ev: QResizeEvent | None) -> None:
        super().resizeEvent(ev)
        if ev is not None and self._shown is not None:
            self.show_sequence(*self._shown)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1,
                 Qt.Key.Key_PageUp: -10, Qt.Key.Key_PageDown: 10}  # fmt: skip
        if event.key() in steps and not event.modifiers():
            self.turned.emit(steps[Qt.Key(event.key())])
        else:
            event.ignore()


def is_sequence(side: Side) -> bool:
    """Whether its samples run over time."""
    return side.column.shape.kind is Kind.SEQUENCE


class SequencesPage(Page):
    """A sequence before and after, chosen by its number or with the arrow keys."""

    name = "sequences"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.place = QSpinBox()
        self.place.setAccessibleName(tr("Sample"))
        self.place.setFixedSize(80, 28)
        back, forth = BackTool("right", tr("Sample before"), self), CardTool("right", tr("Next sample"), self)
        back.clicked.connect(self.place.stepDown)
        forth.clicked.connect(self.place.stepUp)
        self.told = QLabel()
        self.told.setProperty("role", "quiet")
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(QLabel(tr("Sample")))
        for part in (back, self.place, forth):
            head.addWidget(part)
        head.addWidget(self.told, 1)
        self.plots = [SequencePlot(), SequencePlot()]
        self.ground.addLayout(head)
        for plot in self.plots:
            self.ground.addWidget(plot, 1)
            plot.turned.connect(lambda by: self.place.setValue(self.place.value() + by))
        self.rows = np.empty(0, np.int64)
        self.place.valueChanged.connect(lambda _: self._show())

    def words(self) -> str:
        return tr("Sequences")

    @classmethod
    def applies(cls, view: View) -> bool:
        return any(map(is_sequence, view.sides))

    def begin(self) -> QWidget:
        return self.plots[0]

    def draw(self, view: View) -> None:
        self.rows = rows_of(view, self.part)
        self.place.setRange(1, max(1, len(self.rows)))
        self._show()

    @property
    def row(self) -> int:
        """The row that is shown, or −1."""
        return int(self.rows[self.place.value() - 1]) if len(self.rows) else -1

    def _show(self) -> None:
        view, row = self.view, self.row
        sides = [side for side in view.sides if is_sequence(side)] if view is not None else []
        for place, plot in enumerate(self.plots):
            plot.setVisible(place < len(sides) and row >= 0)
            if place < len(sides) and row >= 0:
                column, moments = sides[place].column, sides[place].moments[0]
                length = int(column.lengths[row]) if column.lengths is not None else column.values.shape[1]
                limits = float(np.nanmin(moments[:, LOW])), float(np.nanmax(moments[:, HIGH]))
                plot.show_sequence(column.values[row], length, limits, component_names(sides[place]))
        if view is not None and row >= 0:
            steps = tr("{count} steps", count=self.plots[0].length)
            known = (tr("row {row}", row=f"{row + 1:,}"), class_word(view, row), part_words(int(view.parts[row])), steps)
            self.told.setText(" · ".join(filter(None, known)))

    def table(self) -> Table:
        """The sequence that is shown, a line for each step."""
        assert self.view is not None
        sides = [side for side in self.view.sides if is_sequence(side)]
        columns = ["step", *(f"{side.key[0]} {name}" for side in sides for name in component_names(side))]
        values = [side.column.values[self.row] for side in sides]
        return Table(columns, [[step, *(float(number) for one in values for number in one[step])]
                               for step in range(self.plots[0].length)])
