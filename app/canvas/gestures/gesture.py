"""The base of all drags: one object from press to release, which ends in one edit or in nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter

if TYPE_CHECKING:
    from app.canvas.view import GraphView

THRESHOLD = 4.0  # a press that moves less, in pixels, is a click


@dataclass(frozen=True, slots=True)
class Pointer:
    """Where the mouse is and what is held with it, read from the event and from nowhere else."""

    at: QPointF  # in the viewport
    scene: QPointF
    modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier

    def held(self, modifier: Qt.KeyboardModifier) -> bool:
        return bool(self.modifiers & modifier)


class Gesture:
    """A drag in progress. The view owns it, feeds it, and forgets it after `finish` or `cancel`."""

    cursor: Qt.CursorShape | None = None
    pushes_edges = False  # whether the view scrolls while the pointer is beyond its edge

    def __init__(self, view: GraphView, press: Pointer) -> None:
        self.view, self.press, self.last = view, press, press
        self.moving = False

    def move(self, pointer: Pointer) -> None:
        """The mouse has moved."""
        self.last = pointer
        if not self.moving:
            away = pointer.at - self.press.at
            if abs(away.x()) + abs(away.y()) < THRESHOLD:
                return
            self.moving = True
            self.start()
        self.drag(pointer)

    def finish(self, pointer: Pointer) -> None:
        """The button was released."""
        self.last = pointer
        if self.moving:
            self.drop(pointer)
        else:
            self.click(pointer)

    def start(self) -> None:
        """The press has become a drag."""

    def drag(self, pointer: Pointer) -> None:
        """Follows the mouse."""

    def drop(self, pointer: Pointer) -> None:
        """Ends the drag: the one edit is made here."""

    def click(self, pointer: Pointer) -> None:
        """The button was released where it was pressed."""

    def cancel(self) -> None:
        """Puts everything back as it was at the press."""

    def paint(self, painter: QPainter) -> None:
        """Draws over the scene, in pixels of the viewport."""
