"""What ends the program from outside: Ctrl+C in the terminal, `kill`, a session that is closed."""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType

from PySide6.QtCore import QTimer

SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


def when_ended(leave: Callable[[int], None]) -> None:
    """Has `leave` called with the number of the first such signal, from the loop of events: whatever is being done is
    done first. A second one ends the program on the spot. Python hears of signals between two of its own instructions,
    which the window's clock sees to."""

    def hear(number: int, _frame: FrameType | None) -> None:
        for one in SIGNALS:
            signal.signal(one, signal.SIG_DFL)
        QTimer.singleShot(0, lambda: leave(number))

    for one in SIGNALS:
        signal.signal(one, hear)
