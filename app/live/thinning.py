"""From buckets of steps to what a plot can show: at most one point per 3 px, and no extreme lost on the way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.telemetry import Series

PIXELS_PER_POINT = 3.0


@dataclass(frozen=True, slots=True)
class Trace:
    """One line ready to draw, free of gaps: means, and the lowest and highest single value around each."""

    x: np.ndarray
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @property
    def empty(self) -> bool:
        return not self.x.size

    @property
    def last(self) -> tuple[float, float] | None:
        """The newest finite point."""
        return None if self.empty else (float(self.x[-1]), float(self.mean[-1]))


EMPTY = Trace(*(np.empty(0, np.float64) for _ in range(4)))


def groups(x: np.ndarray, pixels: float) -> np.ndarray:
    """First index of each group when at most one point stands in 3 px of an axis that spans x."""
    if x.size == 0:
        return np.empty(0, np.int64)
    wanted = max(2, int(pixels / PIXELS_PER_POINT))
    if x.size <= wanted:
        return np.arange(x.size)
    span = float(x[-1] - x[0]) or 1.0
    bins = np.minimum(((x - x[0]) / span * wanted).astype(np.int64), wanted - 1)
    return np.flatnonzero(np.diff(bins, prepend=-1))


def thin(x: np.ndarray, low: np.ndarray, high: np.ndarray, mean: np.ndarray, count: np.ndarray,
         pixels: float) -> list[Trace]:
    """Every column of (n × K) buckets as a trace. Buckets without a finite number (count 0) are passed over."""
    starts = groups(x, pixels)
    if not starts.size:
        return [EMPTY] * mean.shape[1]
    weight = np.where(np.isfinite(mean), count, 0).astype(np.float64)
    total = np.add.reduceat(weight, starts, axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.add.reduceat(np.where(weight > 0, mean, 0.0) * weight, starts, axis=0) / total
    lows, highs = np.fmin.reduceat(low, starts, axis=0), np.fmax.reduceat(high, starts, axis=0)
    ends = np.append(starts[1:], x.size) - 1
    newest = x[ends].astype(np.float64)  # the newest of each group: the line reaches the present step
    return [_without_gaps(newest, means[:, k], lows[:, k], highs[:, k]) for k in range(mean.shape[1])]


def _without_gaps(x: np.ndarray, mean: np.ndarray, low: np.ndarray, high: np.ndarray) -> Trace:
    known = np.isfinite(mean)
    return Trace(x[known], mean[known], low[known].astype(np.float64), high[known].astype(np.float64))


def thin_column(series: Series, column: int | None, pixels: float) -> Trace:
    """One channel of a series as a trace over epochs; empty when there is no such channel."""
    if column is None or not len(series):
        return EMPTY
    part = slice(column, column + 1)
    return thin(series.epoch, series.low[:, part], series.high[:, part], series.mean[:, part], series.count[:, part],
                pixels)[0]
