"""What watching may cost: at most 5 % of training's time, shared between statistics of layers, frames, and looks around."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from engine.executor import Machine
from engine.native import loop
from engine.pace import Metronome

STATISTICS_SHARE, FRAMES_SHARE, SLICE_SHARE = 0.015, 0.03, 0.005
FRAME_SECONDS = 1 / 30  # no more often
TRIALS = 9
RECORD_SECONDS = 5e-9  # for each channel that enters the history


class StatisticsBudget:
    """Chooses how often statistics of layers are taken: every step when there is time, else every n-th."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._cost: float | None = None
        self._every = 1
        self.share = 0.0  # of training's time that statistics take

    def adjust(self, metronome: Metronome) -> None:
        """Chooses anew, from what a step takes and how many are wanted."""
        step = metronome.step_seconds
        if step <= 0.0:
            return
        if self._cost is None:
            self._cost = self._measured()
        idle = metronome.rate * step < 0.5
        every = 1 if idle else 2 ** max(0, math.ceil(math.log2(self._cost / (STATISTICS_SHARE * step))))
        if every != self._every:
            self._every = every
            self._machine.watch_every(every)
        self.share = 0.0 if idle else self._cost / every / step

    def _measured(self) -> float:
        """Seconds that the statistics of one step take. Writes only what the next step writes anyway."""
        taken = self._quickest(loop.BEFORE) + self._quickest(loop.AFTER)
        if not self._machine.assembly.train["advance"]:
            taken -= 2 * self._quickest(loop.ADVANCE)  # what it takes to do nothing from here
        return max(taken, 0.0) + RECORD_SECONDS * len(self._machine.assembly.step_channels)

    def _quickest(self, section: int) -> float:
        best = math.inf
        for _ in range(TRIALS):
            began = time.perf_counter()
            self._machine.walk_section(section)
            best = min(best, time.perf_counter() - began)
        return best


class FrameBudget:
    """Says when the next frame may be made, from what the last ones cost."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter, most: float = FRAMES_SHARE) -> None:
        self._clock, self._most = clock, most
        self._next = -math.inf
        self._last = -math.inf
        self.share = 0.0  # of training's time that frames take

    def due(self) -> bool:
        """A frame may be made now."""
        return self._clock() >= self._next

    def spent(self, seconds: float, idle: float) -> None:
        """A frame took so long; `idle` seconds since the last one were left over anyway."""
        now = self._clock()
        cost = max(0.0, seconds - idle)
        pause = max(FRAME_SECONDS, cost / self._most)
        self.share = cost / max(pause, now - self._last)
        self._last, self._next = now, now + pause
