"""Copy, paste and duplicate. What is copied is a small document as JSON text, so it can be mailed and pasted back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from types import MappingProxyType

from graphs import storage
from graphs.document import Document, Node, Wire, rounded
from graphs.ids import next_id, taken_ids

REFERENCES = frozenset({"shares"})  # parameters that name another node


def copy(doc: Document, ids: Iterable[str]) -> str:
    """These nodes (and frames) as JSON text, with the wires between them and those that come in from outside."""
    wanted = set(ids)
    chosen = doc.nodes.keys() & wanted
    part = Document(
        nodes={key: doc.nodes[key] for key in chosen},
        wires=frozenset(wire for key in chosen for wire in doc.into(key)),
        frames=tuple(frame for frame in doc.frames if frame.id in wanted),
        probes=tuple(probe for probe in doc.probes if probe[0] in chosen),
    )
    return storage.dumps(part).decode("utf-8")


def paste(doc: Document, text: str, at: tuple[float, float], keep_inputs: bool = False) -> tuple[Document, list[str]]:
    """Adds what `copy` gave (or any whole document) with its top left corner at a place. Gives the new ids too.

    `keep_inputs` wires inputs from outside again where the source is in this document. Raises `storage.Unreadable`.
    """
    part = storage.loads(text)
    corners = [item.position for item in (*part.nodes.values(), *part.frames)]
    left, top = min((x for x, _ in corners), default=0.0), min((y for _, y in corners), default=0.0)
    return _merge(doc, part, (at[0] - left, at[1] - top), keep_inputs)


def duplicate(doc: Document, ids: Iterable[str], offset: tuple[float, float],
              keep_inputs: bool = False) -> tuple[Document, list[str]]:
    """Adds copies of nodes and frames, moved by an offset. Gives the new ids too."""
    part = storage.loads(copy(doc, ids))
    return _merge(doc, part, offset, keep_inputs)


def _merge(doc: Document, part: Document, offset: tuple[float, float], keep_inputs: bool) -> tuple[Document, list[str]]:
    new_ids = _new_ids(doc, part)
    if not new_ids:
        return doc, []

    def moved(position: tuple[float, float]) -> tuple[float, float]:
        return rounded((position[0] + offset[0], position[1] + offset[1]))

    def copied(node: Node) -> Node:
        named = {name: new_ids[value] for name, value in node.parameters.items() if name in REFERENCES and value in new_ids}
        parameters = MappingProxyType({**node.parameters, **named}) if named else node.parameters
        return replace(node, id=new_ids[node.id], position=moved(node.position), parameters=parameters)

    nodes = {new_ids[key]: copied(node) for key, node in part.nodes.items()}
    wires = set()
    for wire in part.wires:
        if wire.target in part.nodes and (wire.source in part.nodes or (keep_inputs and wire.source in doc.nodes)):
            source = new_ids[wire.source] if wire.source in part.nodes else wire.source
            wires.add(Wire(source, wire.output, new_ids[wire.target], wire.input))
    frames = [replace(frame, id=new_ids[frame.id], position=moved(frame.position)) for frame in part.frames]
    merged = replace(
        doc,
        nodes=MappingProxyType({**doc.nodes, **nodes}),
        wires=doc.wires | wires if wires else doc.wires,
        frames=(*doc.frames, *frames) if frames else doc.frames,
    )
    return merged, list(nodes)


def _new_ids(doc: Document, part: Document) -> dict[str, str]:
    """Old id → new id for all that is pasted; the type's name and the next free number."""
    taken = taken_ids(doc)
    counters: dict[str, int] = {}
    new_ids: dict[str, str] = {}
    stems = [(key, node.type) for key, node in sorted(part.nodes.items())]
    for key, stem in (*stems, *((frame.id, "frame") for frame in part.frames)):
        new_ids[key] = next_id(stem, taken, counters.get(stem, 1))
        counters[stem] = int(_digits_at_end(new_ids[key])) + 1
        taken.add(new_ids[key])
    return new_ids


def _digits_at_end(text: str) -> str:
    return text[len(text.rstrip("0123456789")):]
