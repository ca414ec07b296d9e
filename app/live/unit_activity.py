"""The mean activity of every unit of a code, against the one that is wanted (ρ) where one is."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from app import theme
from app.live import numbers
from app.live.card import Card, run_hint
from app.live.export import Table
from app.live.header import Words
from app.live.plot import Plot
from app.live.scales import SteadyTop, Tick, linear_ticks, round_step
from app.live.sight import PickedUnit, Sight, activity_key
from engine.events import LayerInfo, RunInfo
from graphs.language import tr

NEAR = 0.1  # of ρ: a unit this close is as active as it should be
REACH = 14.0
LEAST_DOT, LARGEST_DOT = 1.8, 4.0  # radius in pixels
STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}


class ActivityPlot(Plot):
    """A dot a unit: filled where the activity is as wanted (or nothing is), a ring where it is not."""

    unit_picked = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.values = np.zeros(0)
        self.rho: float | None = None
        self.picked: int | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Mean activity of units: arrow keys pick one"))

    def show_units(self, values: np.ndarray, rho: float | None, picked: int | None) -> None:
        """The mean activity of each unit, and the wanted one."""
        self.values, self.rho, self.picked = values, rho, picked
        self.scene().update()

    @property
    def close(self) -> np.ndarray:
        """Which units are within a tenth of ρ."""
        return np.abs(self.values - self.rho) <= NEAR * self.rho if self.rho is not None else np.ones(len(self.values), bool)

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:
        super().drawForeground(painter, rect)
        if self.message or not len(self.values):
            return
        colors, area = theme.tokens(), self.area
        if self.rho is not None:
            self._draw_wanted(painter, self.rho)
        radius = min(LARGEST_DOT, max(LEAST_DOT, 0.36 * area.width() / len(self.values)))
        for unit, (value, close) in enumerate(zip(self.values.tolist(), self.close.tolist(), strict=True)):
            if math.isfinite(value):
                place = self.at(unit, value)
                painter.setPen(Qt.PenStyle.NoPen if close else QPen(colors.sand, 1.2))
                painter.setBrush(colors.sand if close else colors.panel)
                painter.drawEllipse(place, radius, radius)
        if self.picked is not None and self.picked < len(self.values) and math.isfinite(self.values[self.picked]):
            painter.setPen(QPen(colors.accent, 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(self.at(self.picked, float(self.values[self.picked])), radius + 3, radius + 3)
        if self.pointer is not None and (unit := self.nearest(self.pointer)) is not None:
            self._draw_slip(painter, unit)

    def _draw_wanted(self, painter: QPainter, rho: float) -> None:
        """ρ as a dashed line in a band of a tenth on both sides."""
        colors, area = theme.tokens(), self.area
        top, bottom = (self.at(0, rho * factor).y() for factor in (1 + NEAR, 1 - NEAR))
        painter.fillRect(QRectF(area.left(), top, area.width(), bottom - top), theme.alpha(colors.sea, 0.16))
        pen = QPen(colors.text2, 1.2)
        pen.setDashPattern([4, 3])
        painter.setPen(pen)
        line = self.at(0, rho).y()
        painter.drawLine(QPointF(area.left(), line), QPointF(area.right(), line))

    def _draw_slip(self, painter: QPainter, unit: int) -> None:
        colors, font = theme.tokens(), theme.font(11, 500)
        words = tr("unit {number}: {value}", number=unit, value=numbers.short(float(self.values[unit])))
        metrics = QFontMetricsF(font)
        box = QRectF(0, 0, metrics.horizontalAdvance(words) + 16, metrics.lineSpacing() + 8)
        place = self.at(unit, float(self.values[unit]))
        left = max(self.area.left(), min(place.x() - box.width() / 2, self.area.right() - box.width()))
        above = place.y() - 12 - box.height()
        box.moveTo(left, above if above >= self.area.top() else place.y() + 12)
        painter.setPen(QPen(colors.line2, 1))
        painter.setBrush(colors.raised)
        painter.drawRoundedRect(box, 4, 4)
        painter.setFont(font)
        painter.setPen(colors.text)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)

    def nearest(self, place: QPointF) -> int | None:
        """The unit whose dot lies nearest to the pointer, within reach."""
        found = [(math.hypot(at.x() - place.x(), at.y() - place.y()), unit) for unit, value in enumerate(self.values.tolist())
                 if math.isfinite(value) and abs((at := self.at(unit, value)).x() - place.x()) <= REACH]
        distance, unit = min(found, default=(math.inf, -1))
        return unit if distance <= REACH else None

    def mouseMoveEvent(self, ev: QMouseEvent) -> None:
        super().mouseMoveEvent(ev)
        over = self.pointer is not None and self.nearest(self.pointer) is not None
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)

    def mousePressEvent(self, ev: QMouseEvent) -> None:
        unit = self.nearest(ev.position()) if ev.button() == Qt.MouseButton.LeftButton else None
        if unit is not None:
            self.unit_picked.emit(unit)
        ev.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = STEPS.get(Qt.Key(event.key()))
        if step and len(self.values):
            self.unit_picked.emit(0 if self.picked is None else (self.picked + step) % len(self.values))
        else:
            event.ignore()


class UnitActivityCard(Card):
    """How active each unit of a code is on average."""

    name: ClassVar[str] = "unit_activity"
    stretch = 1.1

    def title(self) -> str:
        return tr("Mean activity")

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.foot = Words("", 11, 500, "text2", self)
        self.foot.hide()
        self.layout().addWidget(self.foot)

    def make_body(self) -> QWidget:
        self.plot = ActivityPlot()
        self.plot.unit_picked.connect(self._pick)
        self.top = SteadyTop()
        return self.plot

    @classmethod
    def fits(cls, run: RunInfo) -> bool:
        return bool(_codes(run))

    @classmethod
    def concerns(cls, sight: Sight) -> bool:
        return bool(sight.run) and any(layer.node in sight.selection for layer in _codes(sight.run))

    def subject(self, sight: Sight) -> LayerInfo | None:
        """The code to show: chosen by hand, selected, one with a wanted activity, else the first."""
        codes = _codes(sight.run) if sight.run else []
        rules = (lambda layer: activity_key(layer.output) == self.choice, lambda layer: layer.node in sight.selection,
                 lambda layer: layer.wanted is not None, lambda layer: True)
        return next((layer for rule in rules for layer in codes if rule(layer)), None)

    def wanted(self, sight: Sight) -> frozenset[str]:
        layer = self.subject(sight)
        return frozenset({activity_key(layer.output)} if layer and layer.output else ())

    def draw(self, sight: Sight) -> None:
        layer = self.subject(sight)
        values = sight.feed.array(activity_key(layer.output)) if layer and layer.output else None
        if layer is None or values is None or not np.isfinite(values).any():
            self.plot.show_axes((0.0, 1.0), (0.0, 1.0), [], [], tr("unit"))
            self.plot.say(run_hint() if values is None else tr("no finite values"))
            return
        picked = sight.unit.unit if sight.unit is not None and sight.unit.port == layer.output else None
        self.plot.show_units(values.astype(np.float64), layer.wanted, picked)
        self._show_limits(values, layer.wanted or 0.0)
        self.plot.say()
        choices = [(activity_key(other.output), sight.port_name(other.output)) for other in _codes(sight.run) if other.output]
        self.heading.tell(sight.port_name(layer.output) if layer.output else "", choices)
        self.foot.setVisible(layer.wanted is not None)
        if layer.wanted is not None:
            self.foot.tell(self.calm("share", tr("{share} of units within 10 % of ρ = {rho}", rho=f"{layer.wanted:g}",
                                                 share=numbers.percent(float(self.plot.close.mean())))))

    def _show_limits(self, values: np.ndarray, rho: float) -> None:
        known = values[np.isfinite(values)]
        low = min(0.0, 1.1 * float(known.min()))
        high = self.top.hold(max(float(known.max()), 1.5 * rho)) if known.max() > 0 or rho else 0.0
        step = max(1.0, round_step(float(len(values)), self.plot.ticks_across(len(values), 1.0)))
        ticks = [Tick(at, f"{at:,.0f}") for at in np.arange(0, len(values), step).tolist()]
        y = linear_ticks(low, high, wanted=max(2, int(self.plot.area.height() // 44)))
        self.plot.show_axes((-0.7, len(values) - 0.3), (low, high), ticks, y, tr("unit"))

    def _pick(self, unit: int) -> None:
        layer = self.subject(self.sight) if self.sight else None
        if layer is not None and layer.output is not None:
            self.unit_picked.emit(PickedUnit(layer.output, unit))

    def table(self) -> Table:
        rho = "" if self.plot.rho is None else self.plot.rho
        return Table(("unit", "mean activity", "wanted"), [[unit, value, rho] for unit, value in enumerate(self.plot.values)])


def _codes(run: RunInfo) -> list[LayerInfo]:
    """Layers that are the code of an autoencoder."""
    codes = {item.code for item in run.reconstructions if item.code}
    return [layer for layer in run.layers if layer.output in codes]
