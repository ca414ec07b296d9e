"""Draws a wire from a port, moves a wire's end, or moves all wires of a port."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter

from app import theme
from app.canvas import cards, geometry, wires
from app.canvas.faces import PortRef, Side
from app.canvas.gestures.gesture import Gesture, Pointer
from app.canvas.hits import Part
from app.canvas.node_item import NodeItem
from app.canvas.ports import PortState, paint_port
from app.canvas.targets import Targets
from app.canvas.wires import WireState, WireView
from graphs import edits
from graphs.document import Document, Wire
from graphs.language import tr
from graphs.problems import Cure, Problem

if TYPE_CHECKING:
    from app.canvas.view import GraphView


class DragWire(Gesture):
    """From an output to an input or the other way. From a wired input the wire comes off and its end is in the hand."""

    pushes_edges = True

    def __init__(self, view: GraphView, press: Pointer, port: PortRef) -> None:
        super().__init__(view, press)
        self.pressed = port
        wiring = view.model.document.wiring
        held = [wire for wire in wiring.into.get(port.node, ()) if wire.input == port.name]
        self.lifted = frozenset(held) if port.side is Side.INPUT else frozenset()
        self.fixed = PortRef(held[0].source, Side.OUTPUT, held[0].output) if self.lifted else port
        if self.fixed.node not in view.graph_scene.nodes:  # a wire from nowhere cannot be held
            self.fixed, self.lifted = port, frozenset()

    def start(self) -> None:
        self.targets = Targets(self.view.model, self.fixed, self.lifted)
        self.over: PortRef | None = None
        self.why: Problem | None = None
        self.view.graph_scene.mark(hidden=self.lifted, quiet=True, node="", wire=None)

    def drag(self, pointer: Pointer) -> None:
        found = self.view.hit(pointer.at)
        self.over = found.port if found.part is Part.PORT and found.port != self.fixed else None
        if found.part is Part.NODE and found.node != self.fixed.node:
            face = self.view.graph_scene.nodes[found.node].face
            self.over = self.targets.best(face) or self._only_port(found.node)
        self.why = self.targets.refusal(self.over) if self.over else None
        self._mark(found.node if self.over else "")
        self.view.viewport().update()

    def _only_port(self, node: str) -> PortRef | None:
        """Where nothing fits: the first port on the right side, so that its reason is shown."""
        side = Side.INPUT if self.fixed.side is Side.OUTPUT else Side.OUTPUT
        ports = self.view.graph_scene.nodes[node].face.ports(side)
        return PortRef(node, side, ports[0].name) if ports else None

    def _mark(self, node: str) -> None:
        scene, shown = self.view.graph_scene, self.view.visible_rect()
        items = [item for item in scene.nodes.values() if item.scene_rect().intersects(shown)]
        states = self.targets.states(item.face for item in items)
        if self.over is not None and self.why is None:
            aimed = {(self.over.side, self.over.name): PortState.TARGET}
            states[self.over.node] = {**states.get(self.over.node, {}), **aimed}
        scene.mark(ports=states, node=node)

    def drop(self, pointer: Pointer) -> None:
        over, why = self.over, self.why
        self.cancel()
        back = over == self.pressed or (over is not None and self.targets.wire_to(over) in self.lifted)
        if back:
            return
        if over is None:
            self._drop_on_empty(pointer)
        elif why is None:
            wire = self.targets.wire_to(over)
            self.view.model.apply(tr("Connect {wire}", wire=wire), lambda document: self._connected(document, wire))
        elif why.cures and self.targets.wire_to(over) is not None:
            self._cure(why.cures[0], over)
        else:
            self.view.notice.emit(why.text)

    def _connected(self, document: Document, wire: Wire | None) -> Document:
        return edits.connect(edits.disconnect(document, self.lifted), wire) if wire else document

    def _drop_on_empty(self, pointer: Pointer) -> None:
        """A loose end opens the search; one that came off an input is let go."""
        if self.view.hit(pointer.at).part in (Part.NODE, Part.STRIP):
            return
        if self.lifted:
            self.view.model.apply(tr("Disconnect"), lambda document: edits.disconnect(document, self.lifted))
        else:
            self.view.search_for(self.fixed, self.targets, pointer.scene)

    def _cure(self, cure: Cure, over: PortRef) -> None:
        """What was refused is cured by what the reason offers, and wired unless the cure does so itself."""
        wire = self.targets.wire_to(over)

        def edit(document: Document) -> Document:
            before = edits.disconnect(document, self.lifted)
            after = cure.edit(before)
            untouched = wire and after.wire_into(wire.target, wire.input) == before.wire_into(wire.target, wire.input)
            return edits.connect(after, wire) if untouched else after

        self.view.model.apply(cure.text, edit)

    def click(self, pointer: Pointer) -> None:
        """A click on a port is a click on its node."""
        self.view.model.select({self.pressed.node})

    def cancel(self) -> None:
        self.view.graph_scene.mark(hidden=frozenset(), ports={}, quiet=False, node="")
        self.view.viewport().update()

    def paint(self, painter: QPainter) -> None:
        if not self.moving:
            return
        tokens, scene = theme.tokens(), self.view.graph_scene
        here, loose = scene.port_point(self.fixed), self.last.scene
        if self.over is not None:
            loose = scene.port_point(self.over)
        start, end = (here, loose) if self.fixed.side is Side.OUTPUT else (loose, here)
        state = WireState.BROKEN if self.why is not None else WireState.SELECTED
        painter.save()
        painter.setTransform(self.view.viewportTransform(), combine=True)
        pen = wires.wire_pen(state, WireView.SHAPES, None, tokens)
        wires.paint_wire(painter, geometry.wire_path(start, end), pen, tokens)
        kind = self.targets.kind()
        paint_port(painter, here, kind, tokens, wired=True)
        if self.over is None:
            paint_port(painter, loose, kind, tokens, wired=True)
        else:
            self._paint_end(painter, scene.nodes[self.over.node], self.over)
        painter.restore()
        if self.why is not None:
            offer = tr("Drop to do this: {cure}", cure=self.why.cures[0].text) if self.why.cures else ""
            at = self.last.at + QPointF(14, 18)
            bounds, avoid = self.view.viewport().rect(), self.view.minimap.geometry()
            cards.paint_reason(painter, at, self.why.text, offer, bounds, avoid)

    def _paint_end(self, painter: QPainter, item: NodeItem, port: PortRef) -> None:
        """The port above the wire's end, so that its halo shows."""
        face = item.face.port(port.side, port.name)
        if face is not None:
            state = PortState.TARGET if self.why is None else PortState.REFUSED
            at = item.port_point(port.side, port.name)
            paint_port(painter, at, face.kind, theme.tokens(), wired=face.wired, state=state)


class MoveWires(DragWire):
    """Ctrl-drag: all wires of a port go to another port on the same side of a node."""

    cursor = Qt.CursorShape.ClosedHandCursor

    def __init__(self, view: GraphView, press: Pointer, port: PortRef) -> None:
        super().__init__(view, press, port)
        wiring = view.model.document.wiring
        if port.side is Side.OUTPUT:
            self.lifted = frozenset(wire for wire in wiring.out_of.get(port.node, ()) if wire.output == port.name)
        self.far = [PortRef(wire.target, Side.INPUT, wire.input) for wire in sorted(self.lifted)]
        if port.side is Side.OUTPUT and self.far:
            self.fixed = self.far[0]

    def start(self) -> None:
        super().start()
        if self.pressed.side is Side.OUTPUT:
            self.others = [Targets(self.view.model, port, self.lifted) for port in self.far[1:]]
        else:
            self.others = []

    def drag(self, pointer: Pointer) -> None:
        super().drag(pointer)
        if self.over is not None and self.why is None:
            self.why = next(filter(None, (targets.refusal(self.over) for targets in self.others)), None)

    def drop(self, pointer: Pointer) -> None:
        if self.over is None or self.why is not None:
            words = self.why.text if self.why else ""
            self.cancel()
            if words:
                self.view.notice.emit(words)
            return
        everyone = [self.targets, *self.others]
        new = [wire for targets in everyone if (wire := targets.wire_to(self.over)) is not None]
        over = self.over
        self.cancel()
        if over == self.pressed:
            return

        def edit(document: Document) -> Document:
            document = edits.disconnect(document, self.lifted)
            for wire in new:
                document = edits.connect(document, wire)
            return document

        self.view.model.apply(tr("Move wires"), edit)

    def paint(self, painter: QPainter) -> None:
        super().paint(painter)
        if not self.moving:
            return
        scene, tokens = self.view.graph_scene, theme.tokens()
        loose = scene.port_point(self.over) if self.over is not None else self.last.scene
        painter.save()
        painter.setTransform(self.view.viewportTransform(), combine=True)
        state = WireState.BROKEN if self.why is not None else WireState.SELECTED
        for port in self.far[1:] if self.pressed.side is Side.OUTPUT else ():
            path = geometry.wire_path(loose, scene.port_point(port))
            wires.paint_wire(painter, path, wires.wire_pen(state, WireView.SHAPES, None, tokens), tokens)
        painter.restore()


def can_move_wires(view: GraphView, port: PortRef) -> bool:
    """Whether the port has wires to move."""
    face = view.graph_scene.nodes[port.node].face.port(port.side, port.name)
    return bool(face and face.wired)
