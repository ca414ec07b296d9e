"""Brings a node in from the palette: its ghost follows the mouse, and a wire it would go into lights up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter

from app.canvas import building, geometry
from app.canvas.building import Insertion
from app.canvas.faces import face_of
from app.canvas.gestures.gesture import Gesture, Pointer
from app.canvas.gestures.move_nodes import wires_near
from app.canvas.painter import Look, paint_node
from graphs.spec import NodeType

if TYPE_CHECKING:
    from app.canvas.view import GraphView

GRIP = QPointF(64, 20)  # where on the node the mouse holds it


class DropNode(Gesture):
    """Fed by Qt's drag and drop instead of the mouse."""

    def __init__(self, view: GraphView, press: Pointer, kind: type[NodeType]) -> None:
        super().__init__(view, press)
        self.kind = kind
        self.face = face_of(building.new_node(view.model.document, kind, QPointF()), view.model.catalog)
        self.box = geometry.measure(self.face)
        self.moving = True
        self._into: Insertion | None = None

    def place(self) -> QPointF:
        """Where the node's corner would be."""
        corner = self.last.scene - GRIP
        return geometry.snapped(corner) if self.view.snap else corner

    def drag(self, pointer: Pointer) -> None:
        model, scene = self.view.model, self.view.graph_scene
        rect = self.box.rect.translated(self.place())
        offers = (building.insertion(model.checked, model.catalog, self.kind, wire) for wire in wires_near(scene, rect))
        self._into = next(filter(None, offers), None)
        scene.mark(lit=frozenset({self._into.wire}) if self._into else frozenset(), quiet=True)
        self.view.viewport().update()

    def drop(self, pointer: Pointer) -> None:
        into, at = self._into, self.place()
        self.cancel()
        self.view.add_node(self.kind, at, into=into)

    def cancel(self) -> None:
        self.view.graph_scene.mark(lit=frozenset(), quiet=False)
        self.view.viewport().update()

    def paint(self, painter: QPainter) -> None:
        painter.save()
        painter.setTransform(self.view.viewportTransform(), combine=True)
        painter.setOpacity(0.8)
        painter.translate(self.place())
        paint_node(painter, self.face, None, self.box, Look(selected=True), self.view.scale_now)
        painter.restore()

