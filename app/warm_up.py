"""What is done once the window stands and nobody waits: parts that open later are loaded."""

from __future__ import annotations

from importlib import import_module

from PySide6.QtCore import QObject, QTimer, Signal

AFTER = 500  # milliseconds: not while the window opens
LATER = ("app.live.data.viewer", "app.live.terrain.window", "engine.several.runs")


class WarmUp(QObject):
    """One module a turn of the events, so that clicks get between."""

    done = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._left = list(LATER)
        QTimer.singleShot(AFTER, self, self._next)

    def _next(self) -> None:
        if self._left:
            import_module(self._left.pop(0))
            QTimer.singleShot(0, self, self._next)
        else:
            self.done.emit()
