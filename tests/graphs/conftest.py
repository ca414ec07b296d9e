"""What several tests of graphs need."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest


@pytest.fixture
def stopwatch() -> Callable[[Callable[[], object]], float]:
    """The shortest of three runs in seconds: other programs on the machine only ever make a run longer."""

    def shortest(work: Callable[[], object]) -> float:
        times = []
        for _ in range(3):
            begun = time.perf_counter()
            work()
            times.append(time.perf_counter() - begun)
        return min(times)

    return shortest
