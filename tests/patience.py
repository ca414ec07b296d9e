"""Waiting in tests: as long as a slow, shared machine may need, and not a moment longer than it takes.

Nothing is asserted about how long something took. Only what never happens fails here; what never ends at all, such
as a reader that runs in circles on a broken file, ends the tests (`tests/conftest.py`).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

PATIENCE = 300.0  # seconds: kernels may have to be compiled first, beside other programs
HANGS = 1800.0  # seconds after which one test is taken for hanging


def until(condition: Callable[[], Any], between: Callable[[], object] = lambda: threading.Event().wait(0.01),
          told: Callable[[], object] = lambda: "") -> Any:
    """Asks until the answer is true, and gives it; `between` happens between two questions."""
    end = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < end, told()
        between()
    return found

