"""Pure edits: each takes a document and gives another; what an edit does not touch keeps its identity.

An edit that changes nothing gives back the very same document. Cutting, copying and pasting are in `graphs.clipboard`
(reachable from here as well).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from graphs.clipboard import copy, duplicate, paste
from graphs.document import EMPTY, Document, Frame, Node, Wire, rounded
from graphs.ids import fresh_id, taken_ids

if TYPE_CHECKING:
    from graphs.catalog import Catalog

__all__ = [
    "add_frame", "add_node", "bypass", "change_frame", "collapse", "connect", "copy", "disconnect", "dissolve",
    "duplicate", "fresh_id", "insert_on_wire", "move", "paste", "remove", "remove_frames", "rename", "reset_parameter",
    "reset_training", "retype", "rounded", "set_goals", "set_parameter", "set_several", "set_training", "set_words", "watch",
]

# Nodes


def add_node(doc: Document, node: Node) -> Document:
    """The document with one more node. Its id must be free."""
    if node.id in doc.nodes:
        raise ValueError(f"there is a node {node.id!r} already")
    return _with_nodes(doc, {node.id: replace(node, position=rounded(node.position))})


def remove(doc: Document, ids: Iterable[str]) -> Document:
    """The document without these nodes, their wires and probes."""
    gone = doc.nodes.keys() & set(ids)
    if not gone:
        return doc
    wiring = doc.wiring
    cut = {wire for node in gone for wire in (*wiring.into.get(node, ()), *wiring.out_of.get(node, ()))}
    probes = tuple(probe for probe in doc.probes if probe[0] not in gone)
    return replace(
        doc,
        nodes=MappingProxyType({key: node for key, node in doc.nodes.items() if key not in gone}),
        wires=doc.wires - cut if cut else doc.wires,
        probes=probes if len(probes) < len(doc.probes) else doc.probes,
    )


def dissolve(doc: Document, ids: Iterable[str], catalog: Catalog | None = None) -> Document:
    """The document without these nodes, with what came in first wired to where their outputs went."""
    for node in sorted(doc.nodes.keys() & set(ids)):
        incoming = sorted(doc.into(node), key=_by_port_of(doc, node, catalog))
        outgoing = tuple(doc.out_of(node))
        doc = remove(doc, [node])
        if incoming:
            source, output = incoming[0].source, incoming[0].output
            kept = {Wire(source, output, wire.target, wire.input) for wire in outgoing if wire.target != node}
            doc = _with_wires(doc, doc.wires | {wire for wire in kept if wire.source != node})
    return doc


def set_parameter(doc: Document, node: str, name: str, value: Any) -> Document:
    """Sets a parameter, whether the value is right or wrong."""
    if same(doc.nodes[node].parameters.get(name, _NOTHING), value):
        return doc
    return _change(doc, node, parameters=MappingProxyType({**doc.nodes[node].parameters, name: value}))


def reset_parameter(doc: Document, node: str, name: str) -> Document:
    """Forgets what was set, so that the default counts again."""
    if name not in doc.nodes[node].parameters:
        return doc
    return _change(doc, node, parameters=_without(doc.nodes[node].parameters, name))


def retype(doc: Document, node: str, type_name: str, *, inputs: Mapping[str, str] = EMPTY,
           outputs: Mapping[str, str] = EMPTY, parameters: Mapping[str, Any] | None = None) -> Document:
    """Makes the node one of another type; ports are renamed as the mappings say, so that wires stay."""
    old = doc.nodes[node]
    kept = old.parameters if parameters is None else MappingProxyType(dict(parameters))
    doc = _change(doc, node, type=type_name, parameters=kept)
    moved: dict[Wire, Wire] = {}
    for wire in (*doc.into(node), *doc.out_of(node)):
        after = wire
        if wire.target == node and wire.input in inputs:
            after = replace(after, input=inputs[wire.input])
        if wire.source == node and wire.output in outputs:
            after = replace(after, output=outputs[wire.output])
        if after != wire:
            moved[wire] = after
    return _with_wires(doc, (doc.wires - moved.keys()) | set(moved.values()))


def rename(doc: Document, node: str, name: str) -> Document:
    """Gives the node the name that users see. Its id stays; an empty name shows the id."""
    name = name.strip()
    return _change(doc, node, name="" if name == node else name)


def collapse(doc: Document, ids: Iterable[str], on: bool) -> Document:
    """Folds nodes to their headers, or unfolds them."""
    return _change_all(doc, ids, collapsed=on)


def bypass(doc: Document, ids: Iterable[str], on: bool) -> Document:
    """Lets values pass nodes by, as if they were wires, or takes them in again."""
    return _change_all(doc, ids, bypassed=on)


def move(doc: Document, positions: Mapping[str, tuple[float, float]]) -> Document:
    """Moves nodes and frames to these positions."""
    moved = {
        key: replace(doc.nodes[key], position=new)
        for key, position in positions.items()
        if key in doc.nodes and (new := rounded(position)) != doc.nodes[key].position
    }
    doc = _with_nodes(doc, moved) if moved else doc
    for frame in doc.frames:
        if frame.id in positions and frame.id not in doc.nodes:
            doc = change_frame(doc, frame.id, position=positions[frame.id])
    return doc


# Wires


def connect(doc: Document, wire: Wire) -> Document:
    """Draws a wire. What the input had before is taken away."""
    old = {other for other in doc.into(wire.target) if other.input == wire.input}
    return doc if old == {wire} else _with_wires(doc, (doc.wires - old) | {wire})


def disconnect(doc: Document, wires: Iterable[Wire]) -> Document:
    """The document without these wires."""
    return _with_wires(doc, doc.wires - frozenset(wires))


def insert_on_wire(doc: Document, node_id: str, wire: Wire, input: str, output: str) -> Document:
    """Puts a node into a wire: the wire's source goes to its input, its output to the wire's target."""
    made = connect(disconnect(doc, [wire]), Wire(wire.source, wire.output, node_id, input))
    made = connect(made, Wire(node_id, output, wire.target, wire.input))
    return _with_wires(doc, made.wires)


# Training, words, frames, probes


def set_training(doc: Document, name: str, value: Any) -> Document:
    """Sets one of the training settings, whether the value is right or wrong."""
    if same(doc.training.get(name, _NOTHING), value):
        return doc
    return replace(doc, training=MappingProxyType({**doc.training, name: value}))


def reset_training(doc: Document, name: str) -> Document:
    """Forgets a training setting, so that its default counts again."""
    return replace(doc, training=_without(doc.training, name)) if name in doc.training else doc


def set_words(doc: Document, title: Mapping[str, str] | None = None, lesson: Mapping[str, str] | None = None,
              source: str | None = None) -> Document:
    """Sets what the document says about itself: title and lesson by language, source. None leaves as it is."""
    changes: dict[str, Any] = {}
    for name, texts in (("title", title), ("lesson", lesson)):
        filled = {code: text for code, text in (texts or {}).items() if text}
        if texts is not None and filled != getattr(doc, name):
            changes[name] = MappingProxyType(filled)
    if source is not None and source != doc.source:
        changes["source"] = source
    return replace(doc, **changes) if changes else doc


def set_goals(doc: Document, goals: Iterable[Mapping[str, Any]]) -> Document:
    """Sets what a run of this document should reach."""
    new = tuple(goals)
    return doc if new == doc.goals else replace(doc, goals=new)


def set_several(doc: Document, plan: Mapping[str, Any]) -> Document:
    """Sets what varies in several trainings at once."""
    return doc if same(dict(plan), dict(doc.several)) else replace(doc, several=MappingProxyType(dict(plan)))


def watch(doc: Document, node: str, port: str, on: bool) -> Document:
    """Adds a probe to an output, or takes it away."""
    others = tuple(probe for probe in doc.probes if probe != (node, port))
    wanted = (*others, (node, port)) if on else others
    return doc if len(wanted) == len(doc.probes) else replace(doc, probes=wanted)


def add_frame(doc: Document, frame: Frame) -> Document:
    """A frame behind the others. Its id must be free; `fresh_id(doc, "frame")` gives one."""
    if frame.id in taken_ids(doc):
        raise ValueError(f"the id {frame.id!r} is taken")
    added = replace(frame, position=rounded(frame.position), size=rounded(frame.size))
    return replace(doc, frames=(*doc.frames, added))


def change_frame(doc: Document, frame_id: str, *, title: str | None = None, position: tuple[float, float] | None = None,
                 size: tuple[float, float] | None = None) -> Document:
    """Changes what is given of a frame."""
    def changed(frame: Frame) -> Frame:
        after = replace(
            frame,
            title=frame.title if title is None else title,
            position=frame.position if position is None else rounded(position),
            size=frame.size if size is None else rounded(size),
        )
        return frame if after == frame else after

    frames = tuple(changed(frame) if frame.id == frame_id else frame for frame in doc.frames)
    return doc if all(a is b for a, b in zip(frames, doc.frames, strict=True)) else replace(doc, frames=frames)


def remove_frames(doc: Document, ids: Iterable[str]) -> Document:
    """Takes frames away; what lies in them stays."""
    gone = set(ids)
    frames = tuple(frame for frame in doc.frames if frame.id not in gone)
    return doc if len(frames) == len(doc.frames) else replace(doc, frames=frames)


def same(a: Any, b: Any) -> bool:
    """Equal as JSON: True is not 1, and 1 is not 1.0."""
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return a.keys() == b.keys() and all(same(value, b[key]) for key, value in a.items())
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and a == b


_NOTHING = object()


def _by_port_of(doc: Document, node: str, catalog: Catalog | None) -> Callable[[Wire], Any]:
    """A sorting key for incoming wires: ports in the order in which the type declares them, else by name."""
    kind = catalog.get(doc.nodes[node].type) if catalog else None
    order = {port.name: place for place, port in enumerate(kind.inputs)} if kind else {}
    return lambda wire: (order.get(wire.input, len(order)), wire)


def _without(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return MappingProxyType({key: value for key, value in values.items() if key != name})


def _with_nodes(doc: Document, changed: Mapping[str, Node]) -> Document:
    return replace(doc, nodes=MappingProxyType({**doc.nodes, **changed}))


def _with_wires(doc: Document, wires: frozenset[Wire]) -> Document:
    return doc if wires == doc.wires else replace(doc, wires=wires)


def _change(doc: Document, node: str, **changes: Any) -> Document:
    """One node with other values; the same document where they are equal."""
    before = doc.nodes[node]
    after = replace(before, **changes)
    unchanged = after == before and same(before.parameters, after.parameters)
    return doc if unchanged else _with_nodes(doc, {node: after})


def _change_all(doc: Document, ids: Iterable[str], **changes: Any) -> Document:
    after = {key: replace(doc.nodes[key], **changes) for key in ids if key in doc.nodes}
    after = {key: node for key, node in after.items() if node != doc.nodes[key]}
    return _with_nodes(doc, after) if after else doc

