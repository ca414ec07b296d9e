"""A network of one input as what it is, a curve: through its samples, bending as it learns."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from PySide6.QtWidgets import QWidget

from app import theme
from app.live.card import Card, run_hint
from app.live.export import Table
from app.live.lines import Line
from app.live.plot import Plot
from app.live.points import Points
from app.live.scales import linear_ticks
from app.live.sight import Sight, check_key, curve_key, train_key
from app.live.thinning import Trace
from engine.events import CurveInfo, PortKey, ReconstructionInfo, RunInfo
from graphs.language import tr

MARGIN = 0.16  # of the samples' height, above and below: the curve may leave the axis, the samples never


class FittedCurveCard(Card):
    """The output over the input, with the samples that it is fitted to."""

    name: ClassVar[str] = "fitted_curve"
    stretch = 1.25

    def title(self) -> str:
        return tr("Fitted curve")

    def make_body(self) -> QWidget:
        self.plot = Plot()
        self.trained, self.kept = Points(self.plot, ring=False), Points(self.plot, ring=True)
        self.curve = (np.empty(0), np.empty(0))
        return self.plot

    @classmethod
    def fits(cls, run: RunInfo) -> bool:
        return any(info.watchable for info in run.curves)

    @classmethod
    def concerns(cls, sight: Sight) -> bool:
        return bool(sight.run) and any(port[0] in sight.selection for info in sight.run.curves for port in info.watchable)

    def subject(self, sight: Sight) -> tuple[CurveInfo, PortKey, ReconstructionInfo | None] | None:
        """The input, the output over it, and what that is trained to equal."""
        run = sight.run
        if not run:
            return None
        fitted = {item.output: item for item in run.reconstructions if item.components == 1}
        pairs = [(info, port) for info in run.curves for port in info.watchable]
        rules = (lambda port: curve_key(port) == self.choice, lambda port: port in fitted, lambda port: True)
        return next(((info, port, fitted.get(port)) for rule in rules for info, port in reversed(pairs) if rule(port)), None)

    def wanted(self, sight: Sight) -> frozenset[str]:
        found = self.subject(sight)
        if found is None:
            return frozenset()
        info, port, item = found
        ends = ((info.node, info.port), item.input) if item else ()
        return frozenset({curve_key(port), *map(train_key, ends), *map(check_key, ends)})

    def draw(self, sight: Sight) -> None:
        found = self.subject(sight)
        values = sight.feed.array(curve_key(found[1])) if found else None
        if found is None or values is None:
            self.plot.show_axes((0.0, 1.0), (0.0, 1.0), [], [])
            self.plot.show_lines([])
            self.plot.say(run_hint())
            return
        info, port, item = found
        pairs = [(curve_key(port), sight.port_name(port)) for one in sight.run.curves for port in one.watchable]
        x = np.linspace(info.low, info.high, len(values))
        self.curve = x, values[:, 0].astype(float)
        clouds = self._samples(sight, info, item)
        self._show_axes(info, [y for _, y in clouds])
        colors = theme.tokens()
        for points, (x_of, y_of), color in zip((self.trained, self.kept), clouds, (colors.sea, colors.sand), strict=True):
            points.draw(x_of, y_of, color)
        self.heading.tell(self._told(sight, port, clouds), pairs)
        whole = np.isfinite(self.curve[1])
        traces = (self.curve[0][whole], *[self.curve[1][whole]] * 3)
        self.plot.show_lines([Line(sight.port_name(port), Trace(*traces), colors.text, node=port[0], band=False)])
        self.plot.say("" if whole.any() else tr("The output is not a number any more"))

    def _told(self, sight: Sight, port: PortKey, clouds: list[tuple[np.ndarray, np.ndarray]]) -> str:
        trained, kept = (len(x) for x, _ in clouds)
        if not trained:
            return sight.port_name(port)
        return (tr("● {trained} train  ○ {kept} val", trained=trained, kept=kept) if kept
                else tr("● {trained} train", trained=trained))

    def _samples(self, sight: Sight, info: CurveInfo, item: ReconstructionInfo | None) -> list[tuple[np.ndarray, np.ndarray]]:
        """(x, y) of the training and of the validation samples."""
        found = []
        for key in (train_key, check_key):
            x = sight.feed.array(key((info.node, info.port)))
            y = sight.feed.array(key(item.input)) if item else None
            known = x is not None and y is not None and len(x) == len(y) and not (
                key is check_key and sight.run and not sight.run.validation_rows)
            found.append((x[:, 0].astype(float), y[:, 0].astype(float)) if known else (np.empty(0), np.empty(0)))
        return found

    def _show_axes(self, info: CurveInfo, heights: list[np.ndarray]) -> None:
        """The axes are those of the samples, so they stay still while the curve moves."""
        known = np.concatenate(heights)
        if not known.size:
            known = self.curve[1][np.isfinite(self.curve[1])]
        low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
        margin = MARGIN * max(high - low, 1e-9)
        y, area = (low - margin, high + margin), self.plot.area
        x_ticks = linear_ticks(info.low, info.high, wanted=max(2, int(area.width() // 60)))
        y_ticks = linear_ticks(*y, wanted=max(2, int(area.height() // 44)))
        self.plot.show_axes((info.low, info.high), y, x_ticks, y_ticks)

    def table(self) -> Table:
        return Table((tr("input"), tr("output")), [list(pair) for pair in zip(*self.curve, strict=True)])
