"""Error or gradient against depth, now, on a logarithmic axis, with a verdict in words and what helps."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import ClassVar

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QWidget

from app import theme
from app.live import numbers
from app.live.card import Card, run_hint
from app.live.curves import DEEPEST
from app.live.export import Table
from app.live.plot import Plot
from app.live.scales import SteadyDecades, Tick, decade_ticks
from app.live.sight import Sight
from app.live.verdict_strip import VerdictStrip
from engine.chains import chains
from engine.events import RunInfo
from engine.nodes import CATALOG
from engine.ops.activations import activation_functions
from engine.remedies import remedies
from engine.verdicts import LIMITS, LayerFlow, judge_flows, recent
from graphs.language import tr

DOT, REACH = 4.5, 16.0  # pixels: radius of a layer's dot, and how near the pointer must come
NEWEST = 0.05  # share of the history whose extremes are drawn


class ProfilePlot(Plot):
    """One dot a layer over its place in the network, in the colour of its depth; the span of the newest steps behind."""

    def __init__(self) -> None:
        super().__init__()
        self.layers: list[LayerFlow] = []
        self.spans: list[tuple[float, float]] = []  # exponents
        self.chosen: frozenset[str] = frozenset()
        self.ways: list[list[int]] = []
        self.worst, self.bad = 0, False
        self.floor = -12.0

    def show_layers(self, layers: list[LayerFlow], spans: list[tuple[float, float]], chosen: frozenset[str],
                    floor: float) -> None:
        """First layer first, the smallest and largest exponent of each beside it; NaN where nothing is known yet."""
        self.layers, self.spans, self.chosen, self.floor = layers, spans, chosen, floor
        self.scene().update()

    def show_ways(self, ways: list[list[int]], worst: int, *, bad: bool) -> None:
        """Which layers a line joins, the line that the verdict is about, and whether that is a warning."""
        self.ways, self.worst, self.bad = ways, worst, bad

    def places(self) -> list[QPointF]:
        """Where the dots are; that of a gradient of 0 stands at the bottom."""
        low = self.box.viewRange()[1][0]
        return [self.at(index, max(low, self._exponent(layer.gradient))) for index, layer in enumerate(self.layers)]

    @property
    def dots(self) -> list[int]:
        """The layers of which something is known: a decoder that a stage leaves out has no dot, and no name below."""
        return [index for index, layer in enumerate(self.layers) if not math.isnan(layer.gradient)]

    @property
    def limit(self) -> float | None:
        """The exponent below which the first layer's gradient has vanished."""
        way = self.ways[self.worst] if self.layers and self.ways else []
        last = self.layers[way[-1]].gradient if way else 0.0
        return math.log10(last / LIMITS.vanishing) if last > 0 and math.isfinite(last) else None

    def _paint_limit(self, painter: QPainter) -> None:
        colors, limit = theme.tokens(), self.limit
        area = self.area
        if limit is None or not area.top() < (y := self.at(0, limit).y()) < area.bottom():
            return
        pen = QPen(colors.text3, 1, Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
        painter.setFont(theme.font(10))
        words = f"÷ {LIMITS.vanishing:g}"
        width = painter.fontMetrics().horizontalAdvance(words) + 6
        below = QRectF(area.right() - width, y + 1 if y + 14 < area.bottom() else y - 14, width, 13)
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, words)

    def _exponent(self, size: float) -> float:
        return max(self.floor, math.log10(size)) if size > 0 and math.isfinite(size) else self.floor

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:
        super().drawForeground(painter, rect)
        if self.message:
            return
        colors, places = theme.tokens(), self.places()
        self._paint_limit(painter)
        for index, way in enumerate(self.ways):
            painter.setPen(QPen(colors.warn if self.bad and index == self.worst else colors.text3, 1.5))
            painter.drawPolyline([places[at] for at in way if not math.isnan(self.layers[at].gradient)])
        width = min(10.0, self.area.width() / max(1, len(self.layers)) * 0.5)
        for index, (place, layer) in enumerate(zip(places, self.layers, strict=True)):
            if math.isnan(layer.gradient):
                continue
            color, (low, high) = self._color(index), self.spans[index]
            top, bottom = (min(self.area.bottom(), self.at(0, max(self.floor, end)).y()) for end in (high, low))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.alpha(color, 0.28))
            painter.drawRoundedRect(QRectF(place.x() - width / 2, top, width, max(2.0, bottom - top)), 3, 3)
            if layer.node in self.chosen:
                painter.setPen(QPen(colors.accent, 1.6))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawEllipse(place, DOT + 3, DOT + 3)
            painter.setPen(QPen(colors.panel, 1.5))
            painter.setBrush(color)
            painter.drawEllipse(place, DOT, DOT)
        if self.pointer is not None and (index := self.nearest(self.pointer)) is not None:
            self._paint_slip(painter, places[index], index)

    def _color(self, index: int) -> QColor:
        return theme.tokens().depth(index, len(self.layers))

    def _paint_slip(self, painter: QPainter, place: QPointF, index: int) -> None:
        colors, layer = theme.tokens(), self.layers[index]
        font = theme.font(11, 500)
        words = f"{layer.name}  {numbers.short(layer.gradient)}"
        metrics = QFontMetricsF(font)
        box = QRectF(0, 0, metrics.horizontalAdvance(words) + 16, metrics.lineSpacing() + 8)
        left = max(self.area.left(), min(place.x() - box.width() / 2, self.area.right() - box.width()))
        above = place.y() - 12 - box.height()
        box.moveTo(left, above if above >= self.area.top() else place.y() + 12)
        painter.setPen(QPen(colors.line2, 1))
        painter.setBrush(colors.raised)
        painter.drawRoundedRect(box, 4, 4)
        painter.setFont(font)
        painter.setPen(theme.readable(self._color(index), colors.raised))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)

    def nearest(self, place: QPointF) -> int | None:
        """The layer whose column lies under the pointer."""
        places = self.places()
        found = [(abs(places[index].x() - place.x()), index) for index in self.dots]
        distance, index = min(found, default=(math.inf, -1))
        return index if distance <= REACH else None

    def node_at(self, place: QPointF) -> str:
        index = self.nearest(place)
        return self.layers[index].node if index is not None else ""

    @property
    def side(self) -> float:
        """Pixels beside the first and the last dot: half of a name."""
        metrics = QFontMetricsF(theme.font(11))
        ends = [layer.name for layer in (*self.layers[:1], *self.layers[-1:])]
        return min(48.0, max((metrics.horizontalAdvance(name) / 2 + 2 for name in ends), default=26.0))

    def name_ticks(self) -> list[Tick]:
        """Names of layers below their dots (of all, before there are dots): as many as fit, always first and last."""
        metrics, known = QFontMetricsF(theme.font(11)), self.dots or list(range(len(self.layers)))
        if not known:
            return []
        room = (self.area.width() - 2 * self.side) / len(self.layers)
        widest = min(96.0, max(metrics.horizontalAdvance(self.layers[index].name) for index in known) + 8)
        kept = known[:1]
        for index in known[1:-1]:
            if min(index - kept[-1], known[-1] - index) * room >= widest:
                kept.append(index)
        kept += known[1:][-1:]
        nearest = min((after - before for before, after in pairwise(kept)), default=len(self.layers))
        share = max(24.0, room * nearest - 6)
        return [Tick(index, metrics.elidedText(self.layers[index].name, Qt.TextElideMode.ElideMiddle, share))
                for index in kept]


class GradientFlowCard(Card):
    """‖δ‖ of every layer side by side (δ = ∂E/∂u, at the sums that its function bends), or ‖∂E/∂W‖, and what that means."""

    name: ClassVar[str] = "gradient_flow"
    stretch = 1.35

    def title(self) -> str:
        return tr("Gradient by depth")

    def make_body(self) -> QWidget:
        self.plot = ProfilePlot()
        self.plot.node_chosen.connect(self.node_chosen)
        self.decades = SteadyDecades()
        return self.plot

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.strip = VerdictStrip(self)
        self.strip.chosen.connect(self.cure_chosen)
        self.layout().addWidget(self.strip)

    @classmethod
    def fits(cls, run: RunInfo) -> bool:
        return len(run.layers) > 1

    @classmethod
    def concerns(cls, sight: Sight) -> bool:
        return len(sight.layers) > 1 and any(layer.node in sight.selection for layer in sight.layers)

    def shown(self, sight: Sight) -> str:
        """The quantity of the history that is shown."""
        return self.quantity(sight, {"delta": tr("|δ| now"), "gradient": tr("|∂E/∂W| now")})

    def flow(self, sight: Sight) -> tuple[list[LayerFlow], list[tuple[float, float]]]:
        """The layers as the verdict wants them, and the span of exponents of each in the newest steps."""
        steps, known, quantity = sight.feed.steps(), activation_functions(), self.shown(sight)
        stages = sight.feed.run.stages if sight.feed.run else ()
        here = steps.step > max((stage.step for stage in stages), default=0)  # what other stages trained is past
        mean, low, high = (part[here] for part in (steps.mean, steps.low, steps.high))
        newest = slice(-max(8, int(NEWEST * len(mean))), None)
        layers, spans = [], []
        for layer in sight.layers:
            column, silent = (steps.column(name, layer.node, layer.layer) for name in (quantity, "silent"))
            size = math.nan if column is None or not len(mean) else recent(mean[:, column])
            share = math.nan if silent is None or not len(mean) else recent(mean[:, silent])
            function = known.get(layer.activation)
            layers.append(LayerFlow(sight.layer_name(layer), size, share, bool(function and function.rectifier), layer.node))
            span = (math.nan, math.nan)
            if column is not None and np.isfinite(mean[newest, column]).any():
                span = (float(np.nanmin(low[newest, column])), float(np.nanmax(high[newest, column])))
            spans.append(tuple(math.log10(size) if size > 0 else -math.inf for size in span))
        return layers, spans

    def draw(self, sight: Sight) -> None:
        if not self._fresh_words and self.plot.layers and not self.plot.message:
            return  # five times a second: the profile is there to be read
        layers, spans = self.flow(sight)
        sizes = [layer.gradient for layer in layers if layer.gradient > 0 and math.isfinite(layer.gradient)]
        ways = chains(sight.document, sight.layers) if sight.document else [list(range(len(layers)))]
        verdict, worst = judge_flows([[layers[index] for index in way] for way in ways])
        floor = math.log10(max(sizes)) - 2 * DEEPEST if sizes else -12.0
        self.plot.show_layers(layers, spans, sight.selection, floor)  # their names before the first step, too
        self.plot.show_ways(ways, worst, bad=verdict.finding not in ("", "healthy"))
        lows = [low for low, _ in spans if low > -math.inf] + [math.log10(size) for size in sizes]
        lows += [limit] if (limit := self.plot.limit) is not None else []
        highs = [high for _, high in spans if high > -math.inf]
        limits = self.decades.hold(max(floor, min(lows)), max([*highs, *lows])) if lows else (-3.0, 0.0)
        ticks = decade_ticks(*limits, wanted=max(2, int(self.plot.area.height() // 26)))
        count = max(1, len(layers))
        side = self.plot.side
        margin = max(0.5, side * count / max(60.0, self.plot.area.width() - 2 * side))
        self.plot.show_axes((-margin, count - 1 + margin), limits, self.plot.name_ticks(), ticks)
        self.plot.say("" if sizes else run_hint())
        judged = [sight.layers[index] for index in ways[worst]]
        cures = remedies(verdict, sight.document, CATALOG, judged) if sight.document else ()
        self.strip.show_verdict(verdict, cures, LIMITS.of_flow())

    def table(self) -> Table:
        quantity = self.shown(self.sight) if self.sight else "gradient"
        return Table(("layer", quantity, "silent"),
                     [[layer.name, layer.gradient, layer.silent] for layer in self.plot.layers])
