"""What changed between two documents, one sentence a change: for undo lists, recovery and comparing files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphs.catalog import Catalog
from graphs.document import Document, Node, Wire
from graphs.edits import same
from graphs.language import tr
from graphs.readings import shown
from graphs.spec import Parameters


@dataclass(frozen=True, slots=True)
class Difference:
    """One change: a sentence, and the node or wire that it is about."""

    text: str
    node: str = ""
    wire: Wire | None = None

    def __str__(self) -> str:
        return self.text


def difference(before: Document, after: Document, catalog: Catalog | None = None) -> list[Difference]:
    """Every change from one document to the other; equal documents differ in nothing."""
    if before is after:
        return []
    return [
        *_nodes(before, after, catalog),
        *_wires(before, after),
        *(Difference(text) for text in _values(before.training, after.training, catalog and catalog.training)),
        *_words(before, after),
    ]


def _nodes(before: Document, after: Document, catalog: Catalog | None) -> Iterator[Difference]:
    for key in sorted(after.nodes.keys() - before.nodes.keys()):
        yield Difference(tr("Added {node} ({type})", node=after.nodes[key].label, type=after.nodes[key].type), key)
    for key in sorted(before.nodes.keys() - after.nodes.keys()):
        yield Difference(tr("Removed {node} ({type})", node=before.nodes[key].label, type=before.nodes[key].type), key)
    moved = []
    for key in sorted(before.nodes.keys() & after.nodes.keys()):
        old, new = before.nodes[key], after.nodes[key]
        if old is not new:
            yield from (Difference(f"{new.label}: {text}", key) for text in _node(old, new, catalog))
            if old.position != new.position:
                moved.append(key)
    if len(moved) == 1:
        yield Difference(tr("Moved {node}", node=after.nodes[moved[0]].label), moved[0])
    elif moved:
        yield Difference(tr("Moved {count} nodes", count=len(moved)))


def _node(old: Node, new: Node, catalog: Catalog | None) -> Iterator[str]:
    if old.type != new.type:
        yield tr("{old} became {new}", old=old.type, new=new.type)
    if old.name != new.name:
        yield tr("renamed from {old} to {new}", old=old.label, new=new.label)
    yield from _values(old.parameters, new.parameters, catalog.get(new.type) if catalog else None)
    if old.bypassed != new.bypassed:
        yield tr("bypassed") if new.bypassed else tr("no longer bypassed")
    if old.collapsed != new.collapsed:
        yield tr("collapsed") if new.collapsed else tr("unfolded")
    if not same(old.extra, new.extra):
        yield tr("unknown fields changed")


def _values(old: Mapping[str, Any], new: Mapping[str, Any], kind: type[Parameters] | None) -> Iterator[str]:
    """`Units 64 → 32`; what was or is not set has its default."""
    for name in sorted(old.keys() | new.keys()):
        if name in old and name in new and same(old[name], new[name]):
            continue
        info = kind.model_fields.get(name) if kind else None
        default = shown(info.default, info) if info else tr("default")
        first = shown(old[name], info) if name in old else default
        then = shown(new[name], info) if name in new else default
        yield tr("{what} {old} → {new}", what=tr((info and info.title) or name), old=first, new=then)


def _wires(before: Document, after: Document) -> Iterator[Difference]:
    for wire in sorted(after.wires - before.wires):
        yield Difference(tr("Wired {wire}", wire=wire), wire.target, wire)
    for wire in sorted(before.wires - after.wires):
        yield Difference(tr("Removed the wire {wire}", wire=wire), wire.target, wire)


def _words(before: Document, after: Document) -> Iterator[Difference]:
    words = {
        "title": tr("Changed the title"), "lesson": tr("Changed the lesson"), "source": tr("Changed the source"),
        "goals": tr("Changed the goals"), "frames": tr("Changed the frames"), "probes": tr("Changed what is watched"),
        "several": tr("Changed the plan of several runs"), "extra": tr("Changed unknown fields"),
    }
    for name, text in words.items():
        if not same(getattr(before, name), getattr(after, name)):
            yield Difference(text)
