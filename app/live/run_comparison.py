"""Validation loss of the present run beside earlier ones of this session."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from app import theme
from app.feed import PastRun
from app.live.curves import SERIES_COLUMNS, EpochCard, best_of, series_table
from app.live.export import Table
from app.live.lines import Line
from app.live.scales import Tick, linear_ticks, loss_top
from app.live.sight import Sight
from app.live.thinning import thin_column
from engine.stages import present_since
from engine.telemetry import Series
from graphs.language import tr


def loss_column(series: Series) -> int | None:
    """Validation loss, or the loss of training where nothing was kept aside."""
    validation = series.column("validation_loss")
    known = validation is not None and bool(series.count[:, validation].any())
    return validation if known else series.column("train_loss")


class RunComparisonCard(EpochCard):
    """One line a run, the present one strong."""

    name: ClassVar[str] = "runs"
    stretch = 1.6
    switchable = True

    def title(self) -> str:
        return tr("Runs")

    def runs(self, sight: Sight) -> list[PastRun]:
        """Earlier runs, oldest first, and the present one."""
        now = sight.feed.epochs()
        since = present_since(sight.run.stages) if sight.run else 0.0
        present = [PastRun(sight.feed.title or tr("this run"), now, since)] if len(now) else []
        return [*sight.feed.past, *present]

    def lines(self, sight: Sight, pixels: float) -> list[Line]:
        runs, colors = self.runs(sight), theme.tokens().runs
        several = len(runs) > 1
        self.heading.tell(tr("validation loss of {count} runs", count=len(runs)) if several else tr("validation loss"))
        found = []
        for index, run in enumerate(runs):
            column = loss_column(run.epochs)
            present = index == len(runs) - 1 and len(sight.feed.epochs()) > 0
            found.append(Line(run.title, thin_column(run.epochs, column, pixels), colors[index % len(colors)],
                              label=run.title, strong=present and several, band=False,
                              best=best_of(run.epochs, column, lowest=True, since=run.since)))
        return found

    def y_axis(self, lines: list[Line]) -> tuple[tuple[float, float], list[Tick]]:
        needed = max((loss_top(line.trace.x, line.trace.mean, line.trace.mean) for line in lines), default=1.0)
        low = min(0.0, min((float(np.nanmin(line.trace.mean)) for line in lines), default=0.0))
        limits = (low, self.top.hold(needed))
        return limits, linear_ticks(*limits, wanted=max(2, int(self.plot.area.height() // 44)))

    def table(self) -> Table:
        rows: list[list[object]] = []
        for run in self.runs(self.sight) if self.sight else []:
            column = loss_column(run.epochs)
            if column is not None:
                rows += series_table("", run.epochs, [(column, run.title)])
        return Table(SERIES_COLUMNS, rows)
