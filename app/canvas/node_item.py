"""A node in the scene: holds what to draw and where, and repaints only when one of them has changed."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QPainterPath
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from app.canvas import geometry, shadows
from app.canvas.faces import Face, PortRef, Side
from app.canvas.guard import guarded
from app.canvas.painter import Look, dot_rect, paint_node
from app.node_live import NodeLive

Z_FRAME, Z_WIRE, Z_NODE, Z_SELECTED, Z_STRIP = 0.0, 1.0, 2.0, 3.0, 4.0
_NUMBERS = ("training", "depth", "mean", "gradient", "update", "loss", "accuracy", "error", "rms", "back")


class NodeItem(QGraphicsItem):
    """One node. The scene gives it its face; the view finds it by position and handles the mouse."""

    def __init__(self, face: Face, live: NodeLive | None = None) -> None:
        super().__init__()
        self.face, self.live, self.look = face, live, Look()
        self.pulse = 1.0
        self.box = geometry.measure(face, live)
        self.setZValue(Z_NODE)

    def show_face(self, face: Face) -> bool:
        """Takes another face. Says whether size or ports have changed."""
        if face == self.face:
            return False
        self.face = face
        return self._remeasure()

    def show_live(self, live: NodeLive | None) -> bool:
        """Takes new live values. Says whether the size has changed."""
        if same_live(self.live, live):
            return False
        self.live = live
        return self._remeasure()

    def show_look(self, look: Look) -> None:
        """Takes what mouse and keyboard do to the node."""
        if look != self.look:
            self.look = look
            self.setZValue(Z_SELECTED if look.selected else Z_NODE)
            self.update()

    def show_pulse(self, pulse: float) -> None:
        """Breathes: only the dot is painted again."""
        self.pulse = pulse
        self.update(dot_rect(self.box))

    def _remeasure(self) -> bool:
        box = geometry.measure(self.face, self.live)
        changed = box.rect != self.box.rect or box.ports != self.box.ports
        if changed:
            self.prepareGeometryChange()
        self.box = box
        self.update()
        return changed

    def port_point(self, side: Side, name: str) -> QPointF:
        """Where a port is in the scene. A port that the node does not have: the middle of its side."""
        fallback = QPointF(0 if side is Side.INPUT else self.box.width, geometry.HEADER / 2)
        return self.pos() + self.box.ports.get((side, name), fallback)

    def ports(self) -> list[PortRef]:
        return [PortRef(self.face.node, side, name) for side, name in self.box.ports]

    def scene_rect(self) -> QRectF:
        """The node's body in the scene, without badge and shadow."""
        return self.box.rect.translated(self.pos())

    def boundingRect(self) -> QRectF:
        reach = shadows.REACH + shadows.DROP
        return self.box.rect.adjusted(-reach, -reach, reach, reach)

    def shape(self) -> QPainterPath:
        path = QPainterPath()
        path.addRect(self.box.rect)
        return path

    @guarded
    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        zoom = option.levelOfDetailFromTransform(painter.worldTransform())
        paint_node(painter, self.face, self.live, self.box, self.look, zoom, self.pulse)


def same_live(a: NodeLive | None, b: NodeLive | None) -> bool:
    """Whether two live values would be drawn alike."""
    if a is None or b is None or a is b:
        return a is b
    if any(getattr(a, name) != getattr(b, name) for name in _NUMBERS):
        return False
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in geometry.SECTIONS)
