"""Cuts wires with a stroke."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from app import theme
from app.canvas import geometry
from app.canvas.gestures.gesture import Gesture, Pointer
from graphs import edits
from graphs.document import Wire
from graphs.language import tr


class CutWires(Gesture):
    """Ctrl with the right button, or Alt+Shift with the left one: every wire that the stroke crosses goes."""

    cursor = Qt.CursorShape.CrossCursor

    def start(self) -> None:
        self._stroke: list[QPointF] = [self.press.scene]
        self._cut: set[Wire] = set()

    def drag(self, pointer: Pointer) -> None:
        step = [self._stroke[-1], pointer.scene]
        self._stroke.append(pointer.scene)
        area = QRectF(*step).normalized().adjusted(-1, -1, 1, 1)
        scene = self.view.graph_scene
        for wire, item in scene.wires.items():
            if wire not in self._cut and item.area.intersects(area) and geometry.crosses(item.path, step):
                self._cut.add(wire)
        scene.mark(lit=frozenset(self._cut))
        self.view.viewport().update()

    def drop(self, pointer: Pointer) -> None:
        cut = frozenset(self._cut)
        self.cancel()
        if cut:
            self.view.model.apply(tr("Cut wires"), lambda document: edits.disconnect(document, cut))

    def click(self, pointer: Pointer) -> None:
        self.cancel()

    def cancel(self) -> None:
        self.view.graph_scene.mark(lit=frozenset())
        self.view.viewport().update()

    def paint(self, painter: QPainter) -> None:
        if self.moving:
            pen = QPen(theme.tokens().error, 1.5)
            pen.setDashPattern([4, 3])
            painter.setPen(pen)
            painter.drawPolyline(QPolygonF([self.view.to_view(point) for point in self._stroke]))
