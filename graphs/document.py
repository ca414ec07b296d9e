"""The document: a graph with its training settings, as a frozen value. Edits are in `graphs.edits`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from types import MappingProxyType
from typing import Any

FORMAT_VERSION = 1
FAR = 1_000_000.0  # positions lie within ±FAR
EMPTY: Mapping[str, Any] = MappingProxyType({})


def _empty() -> Mapping[str, Any]:
    return EMPTY


def rounded(position: tuple[float, float]) -> tuple[float, float]:
    """The position as documents hold it: to a tenth, within bounds."""
    x, y = position
    return (min(FAR, max(-FAR, round(float(x), 1))) + 0.0, min(FAR, max(-FAR, round(float(y), 1))) + 0.0)


@dataclass(frozen=True, slots=True, order=True)
class Wire:
    """From one output port to one input port: a value, stored once."""

    source: str
    output: str
    target: str
    input: str

    def __str__(self) -> str:
        return f"{self.source}.{self.output} → {self.target}.{self.input}"


@dataclass(frozen=True, slots=True)
class Wiring:
    """An index of a set of wires: sorted by input port, by output port, and the names of output ports in use."""

    into: Mapping[str, tuple[Wire, ...]]
    out_of: Mapping[str, tuple[Wire, ...]]
    used: Mapping[str, frozenset[str]]


_recent: tuple[tuple[frozenset[Wire], Wiring], ...] = ()  # newest first; replaced whole, so safe between threads


def wiring(wires: frozenset[Wire]) -> Wiring:
    """The index of these wires. The same set, by identity, is indexed once."""
    global _recent
    for known, index in _recent:
        if known is wires:
            return index
    index = _indexed(wires)
    _recent = ((wires, index), *_recent[:7])
    return index


def _indexed(wires: frozenset[Wire]) -> Wiring:
    into: dict[str, list[Wire]] = {}
    out_of: dict[str, list[Wire]] = {}
    for wire in wires:
        into.setdefault(wire.target, []).append(wire)
        out_of.setdefault(wire.source, []).append(wire)
    return Wiring(
        {node: _sorted(found, ("input", "source", "output")) for node, found in into.items()},
        {node: _sorted(found, ("output", "target", "input")) for node, found in out_of.items()},
        {node: frozenset([wire.output for wire in found]) for node, found in out_of.items()},
    )


def _sorted(wires: list[Wire], fields: tuple[str, ...]) -> tuple[Wire, ...]:
    return tuple(sorted(wires, key=attrgetter(*fields))) if len(wires) > 1 else tuple(wires)


@dataclass(frozen=True, slots=True)
class Node:
    """One node. `parameters` holds only what the user set, as plain JSON values, right or wrong.

    `id` is stable for the node's life: weights, probes and problems point at it. `name` is what the user calls it
    (empty: the id). `extra` keeps fields that this version does not know, so that saving loses nothing.
    """

    id: str
    type: str
    parameters: Mapping[str, Any] = field(default_factory=_empty)
    position: tuple[float, float] = (0.0, 0.0)
    name: str = ""
    collapsed: bool = False
    bypassed: bool = False
    extra: Mapping[str, Any] = field(default_factory=_empty)

    @property
    def label(self) -> str:
        return self.name or self.id


@dataclass(frozen=True, slots=True)
class Frame:
    """A titled rectangle behind nodes: a comment that keeps them together."""

    id: str
    title: str
    position: tuple[float, float]
    size: tuple[float, float]
    extra: Mapping[str, Any] = field(default_factory=_empty)


@dataclass(frozen=True, slots=True)
class Document:
    """A whole graph. Equal documents are equal graphs; unchanged parts keep their identity across edits.

    `title` and `lesson` map a language code to text. `goals` are plain data: metric, bound, direction.
    `several` says what varies in several trainings at once: sweep, seeds, bagging.
    `probes` lists watched outputs as (node, port). `training` holds what the user set of the catalogue's settings.
    """

    nodes: Mapping[str, Node] = field(default_factory=dict)
    wires: frozenset[Wire] = frozenset()
    training: Mapping[str, Any] = field(default_factory=_empty)
    title: Mapping[str, str] = field(default_factory=_empty)
    lesson: Mapping[str, str] = field(default_factory=_empty)
    source: str = ""
    goals: tuple[Mapping[str, Any], ...] = ()
    several: Mapping[str, Any] = field(default_factory=_empty)
    frames: tuple[Frame, ...] = ()
    probes: tuple[tuple[str, str], ...] = ()
    extra: Mapping[str, Any] = field(default_factory=_empty)

    @property
    def wiring(self) -> Wiring:
        """The wires by where they begin and end. Made once for a set of wires, so safe to ask in loops."""
        return wiring(self.wires)

    def into(self, node: str) -> Iterator[Wire]:
        """Wires that end at the node, in order of input port."""
        return iter(self.wiring.into.get(node, ()))

    def out_of(self, node: str) -> Iterator[Wire]:
        """Wires that begin at the node, in order of output port."""
        return iter(self.wiring.out_of.get(node, ()))

    def wire_into(self, node: str, port: str) -> Wire | None:
        """The one wire that ends at this input, if any."""
        return next((wire for wire in self.into(node) if wire.input == port), None)
