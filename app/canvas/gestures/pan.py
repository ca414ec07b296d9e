"""Moves the ground under the nodes."""

from __future__ import annotations

from PySide6.QtCore import Qt

from app.canvas.gestures.gesture import Gesture, Pointer


class Pan(Gesture):
    """Middle button, Space or Alt with the left one."""

    cursor = Qt.CursorShape.ClosedHandCursor

    def start(self) -> None:
        self._from = self.press.at

    def drag(self, pointer: Pointer) -> None:
        self.view.pan(pointer.at - self._from)
        self._from = pointer.at
