"""What several tests of graphs need."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator

import pytest


@pytest.fixture
def stopwatch() -> Iterator[Callable[[Callable[[], object]], float]]:
    """The shortest of seven runs in seconds of this thread's own work.

    What else the machine does is not measured, nor is collecting the garbage of the tests before.
    """

    def shortest(work: Callable[[], object]) -> float:
        times = []
        for _ in range(7):
            begun = time.thread_time()
            work()
            times.append(time.thread_time() - begun)
        return min(times)

    gc.collect()
    gc.freeze()
    yield shortest
    gc.unfreeze()
