"""What nodes tell of themselves besides loss and accuracy, over epochs: both errors of a predicted code, shares, activity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, NamedTuple

import numpy as np

from app import theme
from app.live import numbers
from app.live.curves import SERIES_COLUMNS, EpochCard, series_table
from app.live.export import Table
from app.live.lines import Line
from app.live.scales import Tick, linear_ticks
from app.live.sight import Sight
from app.live.thinning import thin_column
from engine.events import RunInfo
from graphs.language import marked, tr


class Figures(NamedTuple):
    """Quantities that are looked at together, each with the words at the end of its line."""

    words: str
    lines: Mapping[str, str]
    share: bool = False


VIEWS: Mapping[str, Figures] = {
    "errors": Figures(marked("both errors, each per value"),
                      {"mean_squared_error": marked("rebuilt"), "prediction_error": marked("predicted")}),
    "zeros": Figures(marked("share of exact zeros"), {"zeros": marked("zeros")}, share=True),
    "near_binary": Figures(marked("share of codes near 0 or 1"), {"near_binary": marked("near bits")}, share=True),
    "mean_activity": Figures(marked("mean activity of the code"), {"mean_activity": marked("activity")}, share=True),
    "restoration": Figures(marked("errors of clean and noisy samples"),
                           {"mean_squared_error": marked("clean"), "restoration_error": marked("noisy")}),
}


def views_of(run: RunInfo) -> list[str]:
    """What there is to look at in this run."""
    told = {channel.quantity.removeprefix("train_") for channel in run.epoch_channels}
    return [key for key, view in VIEWS.items() if view.lines.keys() <= told]


class FiguresCard(EpochCard):
    """One group of such figures at a time; the subject chooses which. Unseen samples where there are any."""

    name: ClassVar[str] = "figures"
    switchable = True

    def title(self) -> str:
        return tr("Figures")

    @classmethod
    def fits(cls, run: RunInfo) -> bool:
        return bool(views_of(run))

    @classmethod
    def concerns(cls, sight: Sight) -> bool:
        wanted = {quantity for view in VIEWS.values() for quantity in view.lines}
        return bool(sight.run and any(channel.quantity.removeprefix("train_") in wanted and channel.node in sight.selection
                                      for channel in sight.run.epoch_channels))

    def view(self, sight: Sight) -> Figures | None:
        """The chosen group, or the first that there is."""
        there = views_of(sight.run) if sight.run else []
        return VIEWS[self.choice if self.choice in there else there[0]] if there else None

    def lines(self, sight: Sight, pixels: float) -> list[Line]:
        view, colors = self.view(sight), theme.tokens()
        there = views_of(sight.run) if sight.run else []
        self.heading.tell(tr(view.words) if view else "", [(key, tr(VIEWS[key].words)) for key in there])
        columns = self._columns(sight, view)
        nodes = {node for _, _, node in columns}
        found = []
        for place, (column, quantity, node) in enumerate(columns):
            words = tr(view.lines[quantity]) if view else ""
            if len(nodes) > 1:
                words = sight.names(node) if view and len(view.lines) == 1 else f"{sight.names(node)} {words}"
            trace = thin_column(sight.feed.epochs(), column, pixels)
            value = (numbers.percent if view and view.share else numbers.short)(trace.last[1]) if trace.last else ""
            found.append(Line(words, trace, colors.runs[place % len(colors.runs)], node=node,
                              label=self.calm(f"{quantity} {node}", f"{words} {value}".strip())))
        return found

    def _columns(self, sight: Sight, view: Figures | None) -> list[tuple[int, str, str]]:
        """(column, quantity, node) of what is shown."""
        epochs, found = sight.feed.epochs(), []
        nodes = {channel.node for channel in sight.run.epoch_channels
                 if view and channel.quantity.removeprefix("train_") == [*view.lines][-1]} if sight.run else set()
        for quantity in view.lines if view else ():
            told = epochs.columns(f"validation_{quantity}") or epochs.columns(f"train_{quantity}")
            found += [(column, quantity, channel.node) for column, channel in told if channel.node in nodes]
        return found

    def y_axis(self, lines: list[Line]) -> tuple[tuple[float, float], list[Tick]]:
        view = self.view(self.sight) if self.sight else None
        rows = max(2, min(5, int(self.plot.area.height() // 44)))
        self.plot.readout.words = numbers.percent if view and view.share else numbers.short
        if view and view.share:
            return (0.0, 1.04), [Tick(tick.at, f"{tick.at * 100:.0f} %") for tick in linear_ticks(0.0, 1.0, wanted=rows)]
        after = [line.trace.mean[len(line.trace.mean) // 10 :] for line in lines]  # where the first epochs no longer tower
        limits = (0.0, self.top.hold(max((float(np.nanmax(part)) * 1.1 for part in after if len(part)), default=1.0)))
        return limits, linear_ticks(*limits, wanted=rows)

    def table(self) -> Table:
        if self.sight is None:
            return Table(SERIES_COLUMNS)
        columns = [(column, f"{quantity} {node}") for column, quantity, node in self._columns(self.sight, self.view(self.sight))]
        return Table(SERIES_COLUMNS, series_table("", self.sight.feed.epochs(), columns))
