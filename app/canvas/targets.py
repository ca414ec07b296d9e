"""Where a wire in hand may end: every port of the other side, with the reason where it may not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.canvas.faces import Face, PortRef, Side
from app.canvas.ports import PortState
from app.graph_model import GraphModel
from graphs import edits
from graphs.catalog import Catalog
from graphs.checks import Checked, check, refusal
from graphs.document import Document, Wire
from graphs.language import tr
from graphs.problems import Place, Problem
from graphs.spec import Kind, Shape


class Targets:
    """Answers for one drag: a wire that hangs at `fixed` while `lifted` wires are out of the way."""

    def __init__(self, model: GraphModel, fixed: PortRef, lifted: frozenset[Wire] = frozenset()) -> None:
        self.fixed, self.lifted = fixed, lifted
        self.catalog: Catalog = model.catalog
        self.document: Document = edits.disconnect(model.document, lifted)
        self.checked: Checked = model.checked
        if lifted:
            self.checked = check(self.document, model.catalog, model.folder, previous=model.checked)
        self._known: dict[PortRef, Problem | None] = {}

    def wire_to(self, port: PortRef) -> Wire | None:
        """The wire that a drop at this port would draw; None where both are inputs or both outputs."""
        if port.side is self.fixed.side:
            return None
        source, target = (self.fixed, port) if self.fixed.side is Side.OUTPUT else (port, self.fixed)
        return Wire(source.node, source.name, target.node, target.name)

    def refusal(self, port: PortRef) -> Problem | None:
        """Why the wire cannot end there, or None when it can."""
        if port not in self._known:
            wire = self.wire_to(port)
            if wire is None:
                words = tr("Wires run from an output to an input.")
                self._known[port] = Problem("same_side", Place(port.node, port=port.name), words)
            else:
                self._known[port] = refusal(self.checked, self.catalog, wire)
        return self._known[port]

    def best(self, face: Face) -> PortRef | None:
        """The port that a wire dropped on a node's body goes to: one that fits, free before wired, exact kind first."""
        side = Side.INPUT if self.fixed.side is Side.OUTPUT else Side.OUTPUT
        kind = self.kind()
        fitting = [port for port in face.ports(side) if self.refusal(PortRef(face.node, side, port.name)) is None]
        taken = {wire.input for wire in self.document.wiring.into.get(face.node, ())} if side is Side.INPUT else set()
        fitting.sort(key=lambda port: (port.name in taken, port.kind is not kind))
        return PortRef(face.node, side, fitting[0].name) if fitting else None

    def states(self, faces: Iterable[Face]) -> dict[str, Mapping[tuple[Side, str], PortState]]:
        """How the ports of these nodes look: impossible ones are greyed."""
        found: dict[str, Mapping[tuple[Side, str], PortState]] = {}
        for face in faces:
            refs = [PortRef(face.node, side, port.name) for side in Side for port in face.ports(side)]
            states = {(ref.side, ref.name): PortState.REFUSED for ref in refs
                      if ref != self.fixed and self.refusal(ref) is not None}  # fmt: skip
            if states:
                found[face.node] = states
        return found

    def shape(self) -> Shape | None:
        """What travels along the wire, where that is known."""
        if self.fixed.side is Side.OUTPUT:
            return self.checked.outputs.get((self.fixed.node, self.fixed.name))
        return None

    def kind(self) -> Kind:
        """The kind that the wire carries, or that its fixed end asks for."""
        shape = self.shape()
        if shape is not None:
            return shape.kind
        node = self.document.nodes.get(self.fixed.node)
        type_of = self.catalog.get(node.type) if node else None
        port = None
        if type_of is not None:
            port = (type_of.output if self.fixed.side is Side.OUTPUT else type_of.input)(self.fixed.name)
        return port.kind if port else Kind.ANY
