"""How much work something is, counted: the same on every machine, however slow or busy.

Times are measured by `python -m tests.benchmarks answers`, which says beside each what is aimed at.
"""

from __future__ import annotations

import cProfile
from collections.abc import Callable


def calls(work: Callable[[], object]) -> int:
    """How many functions, Python's and C's, are called in this thread while it works."""
    count = cProfile.Profile()
    count.enable()
    try:
        work()
    finally:
        count.disable()
    return sum(entry.callcount for entry in count.getstats())
