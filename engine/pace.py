"""How fast to train: which number of steps is due now, so that eyes can follow or the machine is used in full."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable

from engine.commands import Pace

CHUNK = 0.015  # seconds of training between two looks at the outside world
LESSON = 15.0  # seconds that a whole run takes at lesson pace
LESSON_EPOCHS = 100  # what counts as a whole run when it is endless
NAP = 0.01  # the shortest wait
CATCH_UP = 0.25  # seconds: a slower machine falls behind no further than this, so that it never races afterwards
WINDOW = 2.0  # seconds over which the speed is measured
GROWTH = 4  # a chunk is at most so many times the one before, until the time of a step is known well


class Metronome:
    """Says how many steps to make next, or how long to wait. The clock can be replaced in tests."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self.pace: Pace = None
        self._planned = 0  # steps of the whole run
        self.step_seconds = 0.0  # how long a step takes, of late
        self._largest = 1
        self._anchor, self._since = clock(), 0  # steps made since the anchor
        self._made: deque[tuple[float, int]] = deque()
        self._total = 0
        self.waited = 0.0  # seconds that were left over since `waited` was last set to 0

    def set_pace(self, pace: Pace, planned: int) -> None:
        """Takes another pace from now on. `planned` is the number of steps of the whole run."""
        self.pace, self._planned = pace, planned
        self.start()

    def start(self) -> None:
        """Begins to count, as after a pause: the next step is due at once."""
        self._anchor, self._since = self._clock(), 0
        self._made.clear()

    @property
    def rate(self) -> float:
        """Steps a second that are wanted; infinite at full speed."""
        if self.pace is None:
            return math.inf
        rate = self._planned / LESSON if self.pace == "lesson" else float(self.pace)
        return max(rate, 1e-3)

    def due(self) -> tuple[int, float]:
        """(steps to make now, seconds to wait); one of them is zero."""
        rate = self.rate
        if rate == math.inf:
            return self._fitting(), 0.0
        elapsed = self._clock() - self._anchor
        due = 1 + elapsed * rate - self._since
        if due - 1 > CATCH_UP * rate + 1:
            self._anchor, self._since, due = self._clock(), 0, 1
        if due >= 1:
            return min(int(due), self._fitting()), 0.0
        return 0, max((1 - due) / rate, NAP)

    def _fitting(self) -> int:
        """Steps that fit into one chunk."""
        if self.step_seconds == 0.0:
            return 1
        return max(1, min(int(CHUNK / self.step_seconds), GROWTH * self._largest))

    def made(self, steps: int, seconds: float) -> None:
        """So many steps took so long."""
        now = self._clock()
        self._since += steps
        self._total += steps
        self._made.append((now, self._total))
        while len(self._made) > 2 and now - self._made[0][0] > WINDOW:
            self._made.popleft()
        if steps:
            self._largest = max(self._largest, steps)
            each = seconds / steps
            self.step_seconds = each if self.step_seconds == 0.0 else 0.7 * self.step_seconds + 0.3 * each

    def rest(self, seconds: float) -> None:
        """So long nothing was done because nothing was due."""
        self.waited += seconds

    @property
    def speed(self) -> float:
        """Steps a second of late."""
        if len(self._made) > 2:
            (first, before), (last, after) = self._made[0], self._made[-1]
            if last > first:
                return (after - before) / (last - first)
        if self.step_seconds == 0.0:
            return 0.0 if self.rate == math.inf else self.rate
        return min(self.rate, 1 / self.step_seconds)
