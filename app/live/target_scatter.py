"""Predictions against targets: a right prediction lies on the diagonal, a wrong one as far away as it is wrong."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from PySide6.QtWidgets import QWidget

from app import theme
from app.live import numbers
from app.live.card import Card, run_hint
from app.live.export import Table
from app.live.lines import Line
from app.live.plot import Plot
from app.live.points import Points
from app.live.scales import linear_ticks
from app.live.sight import Sight, check_key, train_key
from app.live.thinning import Trace
from engine.events import ReconstructionInfo, RunInfo
from graphs.language import tr

MARGIN = 0.08
MOST = 8  # components of a target beyond which single ones say little


def _targets(run: RunInfo) -> list[ReconstructionInfo]:
    """What loss nodes compare with numbers: an autoencoder's own reconstruction is its input, and no target."""
    return [item for item in run.reconstructions
            if 1 <= item.components <= MOST and item.picture is None and item.node != item.output[0]]


class TargetScatterCard(Card):
    """One component of a prediction over its target, training and validation."""

    name: ClassVar[str] = "predictions_targets"
    stretch = 1.0

    def title(self) -> str:
        return tr("Targets")

    def make_body(self) -> QWidget:
        self.plot = Plot()
        self.trained, self.kept = Points(self.plot, ring=False), Points(self.plot, ring=True)
        self.pairs: list[tuple[str, float, float]] = []
        return self.plot

    @classmethod
    def fits(cls, run: RunInfo) -> bool:
        return bool(_targets(run))

    @classmethod
    def concerns(cls, sight: Sight) -> bool:
        return bool(sight.run) and any(sight.selection & {item.node, item.output[0]} for item in _targets(sight.run))

    def choices(self, sight: Sight) -> list[tuple[str, str, ReconstructionInfo, int]]:
        """(key, words, target, component) of everything that can be shown."""
        items = _targets(sight.run) if sight.run else []
        return [(f"target:{item.node}/{part}", f"{sight.names(item.node)} · {part + 1}" if item.components > 1
                 else sight.names(item.node), item, part) for item in items for part in range(item.components)]

    def subject(self, sight: Sight) -> tuple[ReconstructionInfo, int] | None:
        found = self.choices(sight)
        rules = (lambda key, item: key == self.choice, lambda key, item: item.node in sight.selection,
                 lambda key, item: True)
        return next(((item, part) for rule in rules for key, _, item, part in found if rule(key, item)), None)

    def wanted(self, sight: Sight) -> frozenset[str]:
        found = self.subject(sight)
        return frozenset(key(port) for key in (train_key, check_key) for port in (found[0].input, found[0].output)) \
            if found else frozenset()

    def draw(self, sight: Sight) -> None:
        found = self.subject(sight)
        clouds = [self._cloud(sight, key, *found) for key in (train_key, check_key)] if found else []
        if not any(len(x) for x, _ in clouds):
            self.plot.show_axes((0.0, 1.0), (0.0, 1.0), [], [])
            self.plot.show_lines([])
            self.plot.say(run_hint())
            return
        self.plot.say("")
        everything = np.concatenate([x for x, _ in clouds])
        low, high = float(everything.min()), float(everything.max())
        margin = MARGIN * max(high - low, 1e-9)
        limits, area = (low - margin, high + margin), self.plot.area
        self.plot.show_axes(limits, limits, linear_ticks(*limits, wanted=max(2, int(area.width() // 44))),
                            linear_ticks(*limits, wanted=max(2, int(area.height() // 44))), tr("target"))
        colors = theme.tokens()
        ends = np.array(limits)
        self.plot.show_lines([Line("", Trace(ends, ends, ends, ends), colors.text3, faint=True, band=False)])
        for points, cloud, color in zip((self.trained, self.kept), clouds, (colors.sea, colors.sand), strict=True):
            points.draw(*cloud, color, strength=0.75)
        self.pairs = [(part, x, y) for part, cloud in zip(("train", "validation"), clouds, strict=True)
                      for x, y in zip(*cloud, strict=True)]
        self.heading.tell(self._told(clouds), [(key, words) for key, words, _, _ in self.choices(sight)])

    def _cloud(self, sight: Sight, key, item: ReconstructionInfo, part: int) -> tuple[np.ndarray, np.ndarray]:
        nothing = np.empty(0), np.empty(0)
        if key is check_key and sight.run and not sight.run.validation_rows:
            return nothing
        target, made = sight.feed.array(key(item.input)), sight.feed.array(key(item.output))
        if target is None or made is None or target.shape != made.shape:
            return nothing
        return target[:, part].astype(float), made[:, part].astype(float)

    def _told(self, clouds: list[tuple[np.ndarray, np.ndarray]]) -> str:
        """R² of both parts: the share of the targets' variance that the predictions explain."""
        said = []
        for sign, (x, y) in zip("●○", clouds, strict=True):
            spread = float(((x - x.mean()) ** 2).sum()) if len(x) > 1 else 0.0
            if spread > 0 and np.isfinite(y).all():
                said.append(f"{sign} R² {numbers.short(1.0 - float(((x - y) ** 2).sum()) / spread)}")
        return self.calm("r2", "  ".join(said))

    def table(self) -> Table:
        return Table((tr("part"), tr("target"), tr("prediction")), [list(row) for row in self.pairs])
