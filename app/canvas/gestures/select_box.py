"""Selects nodes with a rectangle, or clears the selection with a click beside everything."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from app import theme
from app.canvas.gestures.gesture import Gesture, Pointer

SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


class SelectBox(Gesture):
    """Shift adds to the selection, Ctrl toggles. A wire under a click is selected."""

    pushes_edges = True

    def start(self) -> None:
        self._before = self.view.model.selection
        self._wires = self.view.graph_scene.marks.wires
        self._corner = self.press.scene

    def drag(self, pointer: Pointer) -> None:
        inside = self._inside(pointer)
        chosen = self._before | inside if pointer.held(SHIFT) else inside
        if pointer.held(CONTROL):
            chosen = self._before ^ inside
        self.view.model.select(chosen)
        if not (pointer.held(SHIFT) or pointer.held(CONTROL)):
            self.view.graph_scene.mark(wires=frozenset(), frame="")
        self.view.viewport().update()

    def _inside(self, pointer: Pointer) -> frozenset[str]:
        box = QRectF(self._corner, pointer.scene).normalized()
        nodes = self.view.graph_scene.nodes
        return frozenset(node for node, item in nodes.items() if item.scene_rect().intersects(box))

    def drop(self, pointer: Pointer) -> None:
        self.view.viewport().update()

    def click(self, pointer: Pointer) -> None:
        scene, found = self.view.graph_scene, self.view.hit(pointer.at)
        more = pointer.held(SHIFT) or pointer.held(CONTROL)
        if found.wire is not None:
            scene.mark(wires=scene.marks.wires ^ {found.wire} if more else frozenset({found.wire}), frame="")
            if not more:
                self.view.model.select(())
        elif not more:
            self.view.model.select(())
            scene.mark(wires=frozenset(), frame="")

    def cancel(self) -> None:
        if self.moving:
            self.view.model.select(self._before)
            self.view.graph_scene.mark(wires=self._wires)
        self.view.viewport().update()

    def paint(self, painter: QPainter) -> None:
        if self.moving:
            accent = theme.tokens().accent
            painter.setPen(QPen(accent, 1))
            painter.setBrush(theme.alpha(accent, 0.1))
            corner = self.view.to_view(self._corner)
            painter.drawRoundedRect(QRectF(corner, self.last.at).normalized(), 2, 2)
