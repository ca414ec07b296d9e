"""Moves nodes, or copies of them with Alt. A single node let go over a wire goes into it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter

from app.canvas import building, geometry
from app.canvas.building import Insertion
from app.canvas.gestures.gesture import Gesture, Pointer
from app.canvas.painter import Look, paint_node
from graphs import edits
from graphs.checks import refusal
from graphs.document import Document, Wire
from graphs.language import tr

if TYPE_CHECKING:
    from app.canvas.scene import GraphScene
    from app.canvas.view import GraphView

SHIFT, CONTROL, ALT = (
    Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier,
)  # fmt: skip
NEAR_WIRE = 26.0  # a node so close to a wire would go into it
ABSURD = {"cycle", "kind_mismatch", "same_node", "unknown_port"}  # refusals that keep a node out of a wire


class MoveNodes(Gesture):
    """Drags the selection; what was pressed is selected first."""

    cursor = Qt.CursorShape.ClosedHandCursor
    pushes_edges = True

    def __init__(self, view: GraphView, press: Pointer, node: str) -> None:
        super().__init__(view, press)
        self.node = node
        self._copies = press.held(ALT)
        self._into: Insertion | None = None
        plain = not (press.held(SHIFT) or press.held(CONTROL))
        if plain and node not in view.model.selection:
            view.model.select({node})
            view.graph_scene.mark(wires=frozenset(), frame="")

    def start(self) -> None:
        model = self.view.model
        if self.node not in model.selection:
            model.select(model.selection | {self.node})
        items = self.view.graph_scene.nodes
        self._from = {node: items[node].pos() for node in sorted(model.selection)}
        self._delta = QPointF()
        self.view.graph_scene.mark(quiet=True)

    def drag(self, pointer: Pointer) -> None:
        anchor = self._from[self.node]
        target = anchor + pointer.scene - self.press.scene
        self._delta = (geometry.snapped(target) if self.view.snap else target) - anchor
        if self._copies:
            self.view.viewport().update()
            return
        self.view.graph_scene.place({node: at + self._delta for node, at in self._from.items()})
        self._into = self._wire_beneath() if len(self._from) == 1 else None
        self.view.graph_scene.mark(lit=frozenset({self._into.wire}) if self._into else frozenset())

    def _wire_beneath(self) -> Insertion | None:
        """The wire into which the node would go: near its first row of ports, and not one of its own."""
        model, item = self.view.model, self.view.graph_scene.nodes[self.node]
        kind = model.catalog.get(model.document.nodes[self.node].type)
        if kind is None:
            return None
        for wire in wires_near(self.view.graph_scene, item.scene_rect()):
            found = building.insertion(model.checked, model.catalog, kind, wire)
            if found and self.node not in (wire.source, wire.target) and self._free(found) and self._sane(found):
                return found
        return None

    def _free(self, place: Insertion) -> bool:
        face = self.view.graph_scene.nodes[self.node].face
        ports = (*(port for port in face.inputs if port.name == place.input),
                 *(port for port in face.outputs if port.name == place.output))  # fmt: skip
        return not any(port.wired for port in ports)

    def _sane(self, place: Insertion) -> bool:
        model, wire = self.view.model, place.wire
        halves = (Wire(wire.source, wire.output, self.node, place.input),
                  Wire(self.node, place.output, wire.target, wire.input))  # fmt: skip
        problems = [refusal(model.checked, model.catalog, half) for half in halves]
        return not any(problem and problem.code in ABSURD for problem in problems)

    def drop(self, pointer: Pointer) -> None:
        into, positions = self._into, {node: _pair(at + self._delta) for node, at in self._from.items()}
        rects = {node: item.scene_rect() for node, item in self.view.graph_scene.nodes.items()} if into else {}
        self._settle()
        model = self.view.model
        if self._copies:
            self._duplicate()
        elif into is not None:
            def edit(document: Document) -> Document:
                return building.insert(edits.move(document, positions), self.node, into, rects)

            model.apply(tr("Insert {node}", node=self.view.title(self.node)), edit)
        elif len(positions) == 1:
            words = tr("Move {node}", node=self.view.title(self.node))
            model.apply(words, lambda document: edits.move(document, positions))
        else:
            words = tr("Move {count} nodes", count=len(positions))
            model.apply(words, lambda document: edits.move(document, positions))

    def _duplicate(self) -> None:
        model, added = self.view.model, []

        def edit(document: Document) -> Document:
            after, new = edits.duplicate(document, self._from, _pair(self._delta))
            added[:] = new
            return after

        model.apply(tr("Duplicate"), edit)
        model.select(added)

    def click(self, pointer: Pointer) -> None:
        model = self.view.model
        if pointer.held(CONTROL):
            model.select(model.selection ^ {self.node})
        elif pointer.held(SHIFT):
            model.select(model.selection | {self.node})
        else:
            model.select({self.node})
            self.view.graph_scene.mark(wires=frozenset(), frame="")

    def cancel(self) -> None:
        if self.moving:
            self._settle()

    def _settle(self) -> None:
        """Shows everything where the document has it."""
        if not self._copies:
            self.view.graph_scene.put_back(self._from)
        self.view.graph_scene.mark(lit=frozenset(), quiet=False)
        self.view.viewport().update()

    def paint(self, painter: QPainter) -> None:
        """The copies, while they are only in the hand."""
        if not (self.moving and self._copies):
            return
        painter.save()
        painter.setTransform(self.view.viewportTransform(), combine=True)
        painter.setOpacity(0.75)
        for node, at in self._from.items():
            item = self.view.graph_scene.nodes[node]
            painter.save()
            painter.translate(at + self._delta)
            paint_node(painter, item.face, item.live, item.box, Look(selected=True), self.view.scale_now)
            painter.restore()
        painter.restore()


def wires_near(scene: GraphScene, rect: QRectF) -> list[Wire]:
    """Wires that run close to a node's first row of ports, the nearest first."""
    middle = QPointF(rect.center().x(), rect.top() + min(geometry.HEADER + geometry.ROW / 2, rect.height() / 2))
    found = [
        (geometry.distance_to(item.path, middle), wire)
        for wire, item in scene.wires.items()
        if item.isVisible() and item.area.intersects(rect)
    ]
    return [wire for distance, wire in sorted(found) if distance <= NEAR_WIRE]


def _pair(point: QPointF) -> tuple[float, float]:
    return (point.x(), point.y())
