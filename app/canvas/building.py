"""Edits that the canvas puts together: a new node where it was dropped, wired to what it fits, with room made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF

from app.canvas.faces import PortRef, Side
from app.canvas.geometry import up_to_grid
from graphs import edits
from graphs.catalog import Catalog, fitting_port
from graphs.checks import Checked
from graphs.document import Document, Node, Wire
from graphs.spec import Kind, NodeType

ROOM = 48.0  # between nodes when room is made


@dataclass(frozen=True, slots=True)
class Insertion:
    """A wire into which a node fits, and by which of its ports."""

    wire: Wire
    input: str
    output: str


def new_node(document: Document, kind: type[NodeType], at: QPointF) -> Node:
    """A node of this type with its defaults, not yet in the document."""
    name = kind.type_name()
    return Node(edits.fresh_id(document, name), name, position=(at.x(), at.y()))


def wire_between(port: PortRef, node: str, name: str) -> Wire:
    """The wire from a port to a port on the other side of a node."""
    if port.side is Side.OUTPUT:
        return Wire(port.node, port.name, node, name)
    return Wire(node, name, port.node, port.name)


def ports_for(kind: type[NodeType], travels: Kind, side: Side) -> list[str]:
    """The ports of a type that a wire hanging at a port on `side` may go to, the best one first."""
    first = fitting_port(kind, travels, "input" if side is Side.OUTPUT else "output")
    ports = kind.inputs if side is Side.OUTPUT else kind.outputs
    return sorted((port.name for port in ports if port.takes(travels)), key=lambda name: name != first)


def insertion(checked: Checked, catalog: Catalog, kind: type[NodeType], wire: Wire) -> Insertion | None:
    """How a node of this type would go into a wire, if it fits there."""
    document = checked.document
    target = document.nodes.get(wire.target)
    target_kind = catalog.get(target.type) if target else None
    entry = target_kind.input(wire.input) if target_kind else None
    if entry is None:
        return None
    shape = checked.outputs.get((wire.source, wire.output))
    given = fitting_port(kind, shape.kind if shape else entry.kind, "input")
    made = next((port.name for port in kind.outputs if entry.takes(port.kind)), None)
    return Insertion(wire, given, made) if given is not None and made is not None else None


def insert(document: Document, node: str, place: Insertion, rects: Mapping[str, QRectF]) -> Document:
    """Wires a node into a wire, and moves what comes after it to the right where it would be covered."""
    after = edits.insert_on_wire(document, node, place.wire, place.input, place.output)
    return edits.move(after, room_for(after, node, place.wire, rects))


def room_for(document: Document, node: str, wire: Wire, rects: Mapping[str, QRectF]) -> dict[str, tuple[float, float]]:
    """New positions for the nodes behind a wire, so that a node put into it has room on both sides."""
    here, source, target = rects.get(node), rects.get(wire.source), rects.get(wire.target)
    if here is None or source is None or target is None or target.left() < source.right():
        return {}
    moved: dict[str, tuple[float, float]] = {}
    if here.top() > max(source.bottom(), target.bottom()) or here.bottom() < min(source.top(), target.top()):
        return {}  # the node stands beside the wire's ends, nothing is covered
    left = max(here.left(), up_to_grid(source.right() + ROOM))
    if left != here.left():
        moved[node] = (left, here.top())
    push = up_to_grid(left + here.width() + ROOM - target.left())
    if push > 0:
        for key in _behind(document, wire.target) - {node, wire.source}:
            position = document.nodes[key].position
            if position[0] >= target.left() - 1:
                moved[key] = (position[0] + push, position[1])
    return moved


def _behind(document: Document, node: str) -> set[str]:
    """A node and everything that depends on it."""
    found, waiting = {node}, [node]
    while waiting:
        for wire in document.wiring.out_of.get(waiting.pop(), ()):
            if wire.target not in found and wire.target in document.nodes:
                found.add(wire.target)
                waiting.append(wire.target)
    return found
