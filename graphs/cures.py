"""What one click can do about wires and shapes that do not fit. Found by asking the catalogue, never by type names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from graphs import edits
from graphs.catalog import Catalog
from graphs.document import Document, Node, Wire
from graphs.ids import fresh_id
from graphs.language import tr
from graphs.problems import Cure
from graphs.readings import set_cure, shown
from graphs.spec import Kind, NodeType, Port, Shape, ShapeError, Site, field_extra

if TYPE_CHECKING:
    from graphs.shapes import Flow

MOST = 3  # cures of one sort that a problem offers
ASKED = 50  # open inputs up to which outputs are searched for each
FARTHEST = 16  # nodes upstream that are asked for a fitting parameter


def cut(wire: Wire) -> Cure:
    """Takes the wire away."""
    return Cure(tr("Remove the wire"), lambda doc: edits.disconnect(doc, [wire]))


def take_in(node: Node) -> Cure:
    """Ends a bypass."""
    return Cure(tr("Do not bypass {node}", node=node.label), lambda doc: edits.bypass(doc, [node.id], False))


def setting(words: str, node: str, parameter: str, value: Any) -> Cure:
    """Sets a parameter; another process can offer this one too."""
    return Cure(words, lambda doc: edits.set_parameter(doc, node, parameter, value), (node, parameter, value))


def locate(node: Node, parameter: str) -> Cure:
    """Asks where the file is that a parameter should name."""
    words = tr("Locate…") if node.parameters.get(parameter) else tr("Choose…")
    return Cure(words, lambda doc: doc, asks=(node.id, parameter))


def reset(kind: type[NodeType], node: Node, parameter: str) -> Cure:
    """Puts a parameter back to its default."""
    info = kind.model_fields[parameter]
    words = tr("Reset {what} to {value}", what=tr(info.title or parameter), value=shown(info.default, info))
    return Cure(words, lambda doc: edits.reset_parameter(doc, node.id, parameter))


def wire_up(flow: Flow, node: str, port: Port) -> tuple[Cure, ...]:
    """Wires an open input to an output that fits; only where there is little doubt which one is meant."""
    behind = _behind(flow.document, node)
    fitting = [(source, output) for (source, output), shape in flow.outputs.items()
               if shape.kind in (port.kind, *port.also) and source not in behind]
    wired = {(wire.source, wire.output) for wire in flow.wires.values()}
    loose = [end for end in fitting if end not in wired]
    offers = next((ends for ends in (loose, fitting) if 0 < len(ends) <= MOST), [])
    return tuple(
        Cure(tr("Wire “{output}” of {node} to it", output=output, node=flow.document.nodes[source].label),
             partial(edits.connect, wire=Wire(source, output, node, port.name)))
        for source, output in offers
    )


def _behind(document: Document, node: str) -> set[str]:
    """The node and all that it feeds."""
    seen, waiting = {node}, [node]
    while waiting:
        for wire in document.wiring.out_of.get(waiting.pop(), ()):
            if wire.target not in seen:
                seen.add(wire.target)
                waiting.append(wire.target)
    return seen


def insertions(catalog: Catalog, wire: Wire, port: Port, travels: Kind, shape: Shape | None) -> tuple[Cure, ...]:
    """Node types that turn what the wire carries into what its end takes: "Insert Flatten"."""
    return tuple(
        Cure(tr("Insert {title}", title=tr(kind.title)),
             partial(insert_new, wire=wire, kind=kind, entry=entry, exit_=exit_))
        for kind, entry, exit_ in _converters(catalog, port, travels, shape)[:MOST]
    )


def insert_new(doc: Document, wire: Wire, kind: type[NodeType], entry: str, exit_: str) -> Document:
    """A new node of this type in the middle of a wire (which need not be drawn yet)."""
    (x0, y0), (x1, y1) = doc.nodes[wire.source].position, doc.nodes[wire.target].position
    name = fresh_id(doc, kind.type_name())
    doc = edits.add_node(doc, Node(name, kind.type_name(), position=((x0 + x1) / 2, (y0 + y1) / 2)))
    return edits.insert_on_wire(doc, name, wire, entry, exit_)


@lru_cache(maxsize=1024)
def _converters(catalog: Catalog, port: Port, travels: Kind,
                shape: Shape | None) -> tuple[tuple[type[NodeType], str, str], ...]:
    """(type, input, output) of each type that converts with its defaults."""
    return tuple(_found_converters(catalog, port, travels, shape))


def _found_converters(catalog: Catalog, port: Port, travels: Kind,
                      shape: Shape | None) -> Iterator[tuple[type[NodeType], str, str]]:
    for kind in catalog:
        required = [entry for entry in kind.inputs if not entry.optional]
        if len(required) != 1 or not required[0].takes(travels):
            continue
        entry = required[0].name
        made = _tried(kind, {entry: shape}) if shape else {exit_.name: Shape(exit_.kind) for exit_ in kind.outputs}
        exit_ = next((name for name, result in made.items() if result.kind is port.kind), None)
        if exit_ is not None:
            yield kind, entry, exit_


def other_types(flow: Flow, node: str, misfits: Mapping[str, Shape]) -> list[Cure]:
    """Types of the same family that take what this node is given: "Use Cross-entropy instead".

    `misfits` arrived at ports that do not take their kind. A type that takes these but wants something else changed
    is still a step forward, and offered where no type takes all.
    """
    reading = flow.readings[node]
    kind = reading.kind
    given = {**flow.given(node), **misfits}
    required = {port.name for port in kind.inputs if not port.optional} if kind else set()
    if kind is None or len(required) < 2 or not required <= given.keys():
        return []  # what one input lacks is better put in front of it
    fitting, nearly = [], []
    for other in flow.catalog:
        if other is kind or other.family is not kind.family:
            continue
        renamed = {mine.name: theirs.name for mine, theirs in zip(kind.inputs, other.inputs, strict=False)}
        offered = {renamed.get(name, name): shape for name, shape in given.items()}
        if not _takes(other, offered):
            continue
        outputs = {mine.name: theirs.name for mine, theirs in zip(kind.outputs, other.outputs, strict=False)}
        kept = {name: value for name, value in reading.node.parameters.items() if name in other.model_fields}
        objection = _objection(other, offered)
        cure = Cure(
            tr("Use {title} instead", title=tr(other.title)),
            partial(edits.retype, node=node, type_name=other.type_name(), inputs=renamed, outputs=outputs,
                    parameters=kept),
        )
        if objection is None:
            fitting.append(cure)
        elif misfits and objection.port not in {renamed.get(name, name) for name in misfits}:
            nearly.append(cure)
    return (fitting or nearly)[:MOST]


def _objection(kind: type[NodeType], given: Mapping[str, Shape]) -> ShapeError | None:
    """What a node of this type with its defaults has against these inputs."""
    try:
        kind().shapes(given, Site("", None))
    except ShapeError as error:
        return error
    return None


def _takes(kind: type[NodeType], given: Mapping[str, Shape]) -> bool:
    """Whether inputs of these kinds have a place at nodes of this type."""
    ports = {port.name: port for port in kind.inputs}
    fits = given.keys() <= ports.keys() and all(ports[name].takes(shape.kind) for name, shape in given.items())
    missing = {name for name, port in ports.items() if not port.optional} - given.keys()
    return fits and not missing


def fit_upstream(flow: Flow, wire: Wire, wanted: Shape) -> list[Cure]:
    """Whole-number parameters upstream that make a wire carry the wanted shape: "Set Units of dense1 to 10"."""
    chain: list[tuple[NodeType, str, str]] = []  # (node type, input, output) from here down to the wire
    node, output = wire.source, wire.output
    for _ in range(FARTHEST):
        reading = flow.readings.get(node)
        if reading is None or reading.checked is None or reading.node.bypassed:
            return []
        given = flow.given(node)
        found = [cure for name in type(reading.checked).model_fields
                 if (cure := _fitting(flow, node, name, given, output, chain, wanted)) is not None]
        if found or len(given) != 1:
            return found[:MOST]
        (port,) = given
        chain.insert(0, (reading.checked, port, output))
        before = flow.wires[node, port]
        node, output = before.source, before.output
    return []


def _fitting(flow: Flow, node: str, name: str, given: Mapping[str, Shape], output: str,
             chain: Sequence[tuple[NodeType, str, str]], wanted: Shape) -> Cure | None:
    """The cure that sets one parameter of one node, if its output then arrives with the wanted sizes."""
    reading = flow.readings[node]
    kind = type(reading.checked)
    info = kind.model_fields[name]
    if field_extra(info).get("widget") != "whole":
        return None
    shape = _tried(kind, given, {**reading.node.parameters, name: wanted.width}).get(output)
    for checked, entry, exit_ in chain:
        shape = _asked(checked, {entry: shape}).get(exit_) if shape else None
    if shape is None or shape.kind is not wanted.kind or shape.sizes != wanted.sizes:
        return None
    return set_cure(node, name, info.title or name, wanted.width, info, of=reading.node.label)


def _tried(kind: type[NodeType], given: Mapping[str, Shape],
           parameters: Mapping[str, object] | None = None) -> Mapping[str, Shape]:
    """What a node with these parameters would make; empty where it cannot."""
    try:
        return _asked(kind.model_validate(dict(parameters or {})), given)
    except ValidationError:
        return {}


def _asked(checked: NodeType, given: Mapping[str, Shape]) -> Mapping[str, Shape]:
    try:
        return checked.shapes(given, Site("", None))
    except (ShapeError, OSError):
        return {}
