"""Moves a frame with what lies in it, or resizes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt

from app.canvas import geometry
from app.canvas.gestures.gesture import Gesture, Pointer
from graphs import edits
from graphs.language import tr

if TYPE_CHECKING:
    from app.canvas.view import GraphView


class MoveFrame(Gesture):
    """Drags a frame by its title; nodes that lie in it come along."""

    cursor = Qt.CursorShape.ClosedHandCursor
    pushes_edges = True

    def __init__(self, view: GraphView, press: Pointer, frame: str) -> None:
        super().__init__(view, press)
        self.frame = frame

    def start(self) -> None:
        scene = self.view.graph_scene
        area = scene.frames[self.frame].scene_rect()
        self._from = {node: item.pos() for node, item in scene.nodes.items() if area.contains(item.scene_rect())}
        self._from[self.frame] = scene.frames[self.frame].pos()
        scene.mark(quiet=True)

    def drag(self, pointer: Pointer) -> None:
        anchor = self._from[self.frame]
        target = anchor + pointer.scene - self.press.scene
        delta = (geometry.snapped(target) if self.view.snap else target) - anchor
        self._to = {key: at + delta for key, at in self._from.items()}
        self.view.graph_scene.place(self._to)

    def drop(self, pointer: Pointer) -> None:
        positions = {key: (at.x(), at.y()) for key, at in self._to.items()}
        self.cancel()
        self.view.model.apply(tr("Move frame"), lambda document: edits.move(document, positions))

    def click(self, pointer: Pointer) -> None:
        self.view.model.select(())
        self.view.graph_scene.mark(frame=self.frame, wires=frozenset())

    def cancel(self) -> None:
        if self.moving:
            self.view.graph_scene.put_back(self._from)
            self.view.graph_scene.mark(quiet=False)


class ResizeFrame(Gesture):
    """Drags the lower right corner of a frame."""

    cursor = Qt.CursorShape.SizeFDiagCursor

    def __init__(self, view: GraphView, press: Pointer, frame: str) -> None:
        super().__init__(view, press)
        self.frame = frame
        self._size = view.graph_scene.frames[frame].frame.size

    def drag(self, pointer: Pointer) -> None:
        corner = QPointF(*self._size) + pointer.scene - self.press.scene
        corner = geometry.snapped(corner) if self.view.snap else corner
        self.view.graph_scene.frames[self.frame].resize(corner.x(), corner.y())

    def drop(self, pointer: Pointer) -> None:
        item = self.view.graph_scene.frames[self.frame]
        size = (item.width, item.height)
        self.cancel()
        self.view.model.apply(tr("Resize frame"), lambda document: edits.change_frame(document, self.frame, size=size))

    def click(self, pointer: Pointer) -> None:
        self.view.graph_scene.mark(frame=self.frame)

    def cancel(self) -> None:
        item = self.view.graph_scene.frames.get(self.frame)
        if item is not None:  # undo may have taken it away
            item.resize(*item.frame.size)
