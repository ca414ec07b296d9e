"""What a node shows, as a value: words, ports and problems, read from the document and its checks.

Geometry measures faces and the painter draws them; neither looks at documents.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from graphs.catalog import Catalog
from graphs.checks import Checked
from graphs.document import Node
from graphs.language import tr
from graphs.problems import Problem, Severity
from graphs.spec import Bend, Family, Kind, NodeType, Port


class Side(StrEnum):
    """On which side of a node a port sits."""

    INPUT = "input"
    OUTPUT = "output"


@dataclass(frozen=True, slots=True)
class PortRef:
    """One port of one node."""

    node: str
    side: Side
    name: str


@dataclass(frozen=True, slots=True)
class PortFace:
    """One port as drawn. `known` is false when only a wire speaks of it, as in a file from another version."""

    name: str
    kind: Kind
    wired: bool
    known: bool = True
    help: str = ""


@dataclass(frozen=True, slots=True)
class Face:
    """One node as drawn, without what training adds. Faces that look alike are equal."""

    node: str
    title: str
    subtitle: str = ""
    family: Family | None = None
    inputs: tuple[PortFace, ...] = ()
    outputs: tuple[PortFace, ...] = ()
    collapsed: bool = False
    bypassed: bool = False
    problems: tuple[Problem, ...] = ()  # worst first
    bend: Bend | None = None

    @property
    def severity(self) -> Severity | None:
        """The worst of the node's problems."""
        return self.problems[0].severity if self.problems else None

    def ports(self, side: Side) -> tuple[PortFace, ...]:
        return self.inputs if side is Side.INPUT else self.outputs

    def port(self, side: Side, name: str) -> PortFace | None:
        return next((port for port in self.ports(side) if port.name == name), None)


def face_of(node: Node, catalog: Catalog, checked: Checked | None = None) -> Face:
    """The face of a node; without `checked` as in the palette, with everything at its defaults."""
    kind_of = catalog.get(node.type)
    wiring = checked.document.wiring if checked else None
    into = {wire.input for wire in wiring.into.get(node.id, ())} if wiring else set()
    out_of = {wire.output for wire in wiring.out_of.get(node.id, ())} if wiring else set()
    return Face(
        node=node.id,
        title=node.name or (tr(kind_of.title) if kind_of else node.type),
        subtitle=_subtitle(node, kind_of, checked),
        family=kind_of.family if kind_of else None,
        inputs=_inputs(node, kind_of, checked, into),
        outputs=_outputs(node, kind_of, checked, out_of),
        collapsed=node.collapsed,
        bypassed=node.bypassed,
        problems=checked.of(node.id) if checked else (),
        bend=_bend(node, kind_of, checked),
    )


def _bend(node: Node, kind_of: type[NodeType] | None, checked: Checked | None) -> Bend | None:
    """The curve of a node that is nothing but its curve."""
    if kind_of is None or not kind_of.is_bend:
        return None
    known = checked.types.get(node.id) if checked else kind_of()
    return known.bend() if known else None


def _subtitle(node: Node, kind_of: type[NodeType] | None, checked: Checked | None) -> str:
    if kind_of is None:
        return tr("unknown type")
    said = checked.summaries.get(node.id, "") if checked else ""
    if node.name:  # the name replaces the title, which must not be lost
        return f"{tr(kind_of.title)} · {said}" if said else tr(kind_of.title)
    return said


def _inputs(node: Node, kind_of: type[NodeType] | None, checked: Checked | None,
            into: set[str]) -> tuple[PortFace, ...]:  # fmt: skip
    declared = kind_of.inputs if kind_of else ()

    def kind(port: Port) -> Kind:
        shape = checked.inputs.get((node.id, port.name)) if checked else None
        return shape.kind if shape and port.takes(shape.kind) else port.kind

    known = [PortFace(port.name, kind(port), port.name in into, help=port.help) for port in declared]
    named = {port.name for port in declared}
    return (*known, *(PortFace(name, Kind.ANY, True, known=False) for name in sorted(into) if name not in named))


def _outputs(node: Node, kind_of: type[NodeType] | None, checked: Checked | None,
             out_of: set[str]) -> tuple[PortFace, ...]:  # fmt: skip
    declared = kind_of.outputs if kind_of else ()

    def kind(port: Port) -> Kind:
        shape = checked.outputs.get((node.id, port.name)) if checked else None
        return shape.kind if shape else port.kind

    known = [PortFace(port.name, kind(port), port.name in out_of, help=port.help) for port in declared]
    named = {port.name for port in declared}
    return (*known, *(PortFace(name, Kind.ANY, True, known=False) for name in sorted(out_of) if name not in named))

