"""The curves of several runs as a bundle: each run thin, and for each point of a sweep the mean over its seeds."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from app.live import numbers
from app.live.curves import SERIES_COLUMNS, EpochCard, series_table
from app.live.export import Table
from app.live.lines import Line, fade
from app.live.run_comparison import loss_column
from app.live.scales import Tick, linear_ticks, loss_top
from app.live.several.progress import SeveralProgress, axis_words, point_color, point_words
from app.live.sight import Sight
from app.live.thinning import EMPTY, Trace, thin_column
from engine.telemetry import Series
from graphs.language import tr

FEW = 8  # runs whose curves are drawn as finely as any
THIN = 64  # more runs than this are seen in their bands alone


def mean_trace(traces: list[Trace]) -> Trace:
    """The mean of curves in a band of one standard deviation, cut to the lowest and highest. Beyond its end a curve
    does not count."""
    traces = [trace for trace in traces if not trace.empty]
    if not traces:
        return EMPTY
    x = max((trace.x for trace in traces), key=lambda place: place[-1])
    values = np.array([np.interp(x, trace.x, trace.mean, right=np.nan) for trace in traces])
    mean, deviation = np.nanmean(values, axis=0), np.nanstd(values, axis=0)
    low, high = np.nanmin(values, axis=0), np.nanmax(values, axis=0)
    return Trace(x, mean, np.maximum(mean - deviation, low), np.minimum(mean + deviation, high))


class BundleCard(EpochCard):
    """The losses of all runs over epochs."""

    name: ClassVar[str] = "several_losses"
    switchable = True

    def __init__(self, progress: SeveralProgress) -> None:
        self.progress = progress
        self._thinned: dict[int, tuple[Series, float, Trace]] = {}
        super().__init__()

    def title(self) -> str:
        return tr("Losses of all runs")

    def _trace(self, number: int, series: Series, column: int | None, pixels: float) -> Trace:
        """The curve of one run, thinned; that of a run that rests is not thinned again."""
        known = self._thinned.get(number)
        if known is None or known[0] is not series or known[1] != pixels:
            self._thinned[number] = known = (series, pixels, thin_column(series, column, pixels))
        return known[2]

    def lines(self, sight: Sight, pixels: float) -> list[Line]:
        del sight
        points, found, validated = self.progress.points(), [], False
        coarse = pixels / 2 if len(self.progress.variants) > FEW else pixels  # thin curves need fewer points
        for index, (point, name) in enumerate(zip(points, point_words(points), strict=True)):
            color, traces = point_color(index, len(points)), []
            for variant in point.variants:
                series = self.progress.history(variant.number)
                column = loss_column(series)
                validated |= column is not None and column == series.column("validation_loss")
                traces.append(self._trace(variant.number, series, column, coarse))
            if len(traces) > 1 and len(self.progress.variants) <= THIN:
                found += [fade(Line(variant.title, trace, color, band=False))
                          for variant, trace in zip(point.variants, traces, strict=True) if not trace.empty]
            mean = mean_trace(traces)
            if mean.last is not None:
                words = f"{name}  {numbers.short(mean.last[1])}"
                found.append(Line(name, mean, color, label=words, strong=True, band=len(traces) > 1))
        what = tr("validation loss") if validated else tr("training loss")
        self.heading.tell(" · ".join(filter(None, (what, axis_words(points)))))
        return found

    def band_strength(self, lines: list[Line]) -> float:
        return 0.16 if sum(line.strong for line in lines) <= 4 else 0.08

    def y_axis(self, lines: list[Line]) -> tuple[tuple[float, float], list[Tick]]:
        strong = [line for line in lines if line.strong]
        needed = max((loss_top(line.trace.x, line.trace.mean, line.trace.high) for line in strong), default=1.0)
        limits = (min(0.0, min((float(line.trace.low.min()) for line in strong), default=0.0)), self.top.hold(needed))
        return limits, linear_ticks(*limits, wanted=max(2, int(self.plot.area.height() // 44)))

    def table(self) -> Table:
        rows: list[list[object]] = []
        for variant in self.progress.variants:
            series = self.progress.history(variant.number)
            column = loss_column(series)
            if column is not None:
                rows += series_table("", series, [(column, variant.title)])
        return Table(SERIES_COLUMNS, rows)
