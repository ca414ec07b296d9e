"""Ranges and ticks of axes: round steps, decades, and limits that do not tremble from frame to frame."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from app.live import numbers

STEADY = 0.72  # a limit stays while what it must hold fills at least this share of it
HEAD_ROOM = 1.06
MANY_TIMES = 3.6  # the second half's median: so high may the first half reach
SPIKE = 2.5  # times the rest: higher spikes run out at the top
EARLY = 0.15  # of the x axis: the first fall of a loss may run out at the top, so that the rest can be read


@dataclass(frozen=True, slots=True)
class Tick:
    """Where a tick stands (in plot coordinates) and what it says."""

    at: float
    text: str


def round_step(span: float, wanted: int) -> float:
    """The smallest of 1, 2, 5 × 10ⁿ that gives at most `wanted` steps in the span."""
    if not (span > 0 and math.isfinite(span)):
        return 1.0
    rough = span / max(1, wanted)
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))


def linear_ticks(low: float, high: float, wanted: int = 4) -> list[Tick]:
    """Round ticks from low to high."""
    step = round_step(high - low, wanted)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [Tick(index * step, numbers.tick(index * step, step)) for index in range(first, last + 1)]


def epoch_ticks(newest: float, wanted: int = 4) -> list[Tick]:
    """Ticks of epochs up to the newest: whole numbers as soon as there is one."""
    ticks = linear_ticks(0.0, newest, wanted)
    return [tick for tick in ticks if tick.at == round(tick.at)] if newest >= 1 else ticks


def decade_ticks(low: float, high: float, wanted: int = 5) -> list[Tick]:
    """One tick a decade over log10 limits; every second or third when there are too many."""
    first, last = math.ceil(low - 1e-9), math.floor(high + 1e-9)
    stride = max(1, math.ceil((last - first + 1) / wanted))
    return [Tick(float(k), numbers.power_of_ten(k)) for k in range(first, last + 1) if (k - first) % stride == 0]


def loss_top(x: np.ndarray, mean: np.ndarray, high: np.ndarray) -> float:
    """How high a loss axis must reach so that what comes after the first fall can be read: all of the second half of
    the run, single batches included as far as they do not flatten the curve. What lies above runs out at the top."""
    if not x.size:
        return 1.0
    share = (x - x[0]) / (x[-1] - x[0]) if x[-1] > x[0] else np.ones(x.size)
    fallen, second = share >= EARLY, share >= 0.5
    settled = float(mean[second].max())
    quarter = float(mean[share >= 0.25].max())  # three quarters of the run are always in sight
    body = max(settled, min(float(mean[fallen].max()), max(MANY_TIMES * float(np.median(mean[second])), quarter)))
    return max(body, min(float(np.nanmax(high[second])), SPIKE * body))


class SteadyTop:
    """The upper limit of a linear axis that begins at 0: grows at once, shrinks only when much room is left."""

    def __init__(self) -> None:
        self.top = 0.0

    def hold(self, needed: float) -> float:
        needed = float(needed) if math.isfinite(needed) and needed > 0 else 1.0
        if not (STEADY * self.top <= needed * HEAD_ROOM <= self.top):
            self.top = needed * HEAD_ROOM
        return self.top

    def forget(self) -> None:
        self.top = 0.0


class SteadyDecades:
    """Limits of a logarithmic axis, in decades: they widen at once and narrow only when much room is left."""

    def __init__(self) -> None:
        self.low, self.high = -3.0, 0.0
        self.fresh = True

    def hold(self, low: float, high: float) -> tuple[float, float]:
        """Limits that hold low … high (as exponents), in quarters, at least two decades."""
        first, last = math.floor(low * 4) / 4, math.ceil(high * 4 + 0.2) / 4
        middle, half = (first + last) / 2, max((last - first) / 2, 1.0)
        first, last = math.floor((middle - half) * 4) / 4, math.ceil((middle + half) * 4) / 4
        inside = self.low <= first and last <= self.high and last - first >= self.high - self.low - 0.75
        if self.fresh or not inside:
            self.low, self.high, self.fresh = first, last, False
        return self.low, self.high

    def forget(self) -> None:
        self.fresh = True


def robust_limit(values: np.ndarray, share: float = 0.99) -> float:
    """± this limit holds the share of |values|; 1 when there is nothing to hold."""
    sizes = np.abs(values[np.isfinite(values)])
    if not sizes.size:
        return 1.0
    index = min(sizes.size - 1, math.ceil(share * sizes.size) - 1)
    limit = float(np.partition(sizes, index)[index])
    return limit if limit > 0 else 1.0
