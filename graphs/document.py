"""The document: a graph with its training settings, as a frozen value. Edits are in `graphs.edits`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

FORMAT_VERSION = 1
EMPTY: Mapping[str, Any] = MappingProxyType({})


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
class Node:
    """One node. `parameters` holds only what the user set, as plain JSON values, right or wrong.

    `id` is stable for the node's life: weights, probes and problems point at it. `name` is what the user calls it
    (empty: the id). `extra` keeps fields that this version does not know, so that saving loses nothing.
    """

    id: str
    type: str
    parameters: Mapping[str, Any] = EMPTY
    position: tuple[float, float] = (0.0, 0.0)
    name: str = ""
    collapsed: bool = False
    bypassed: bool = False
    extra: Mapping[str, Any] = EMPTY

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


@dataclass(frozen=True, slots=True)
class Document:
    """A whole graph. Equal documents are equal graphs; unchanged parts keep their identity across edits.

    `title` and `lesson` map a language code to text. `goals` are plain data: metric, bound, direction.
    `probes` lists watched outputs as (node, port). `training` holds what the user set of the catalogue's settings.
    """

    nodes: Mapping[str, Node] = field(default_factory=dict)
    wires: frozenset[Wire] = frozenset()
    training: Mapping[str, Any] = EMPTY
    title: Mapping[str, str] = EMPTY
    lesson: Mapping[str, str] = EMPTY
    source: str = ""
    goals: tuple[Mapping[str, Any], ...] = ()
    frames: tuple[Frame, ...] = ()
    probes: tuple[tuple[str, str], ...] = ()
    extra: Mapping[str, Any] = EMPTY

    def into(self, node: str) -> Iterator[Wire]:
        """Wires that end at the node, in order of input port."""
        return iter(sorted(wire for wire in self.wires if wire.target == node))

    def out_of(self, node: str) -> Iterator[Wire]:
        """Wires that begin at the node, in order of output port."""
        return iter(sorted(wire for wire in self.wires if wire.source == node))

    def wire_into(self, node: str, port: str) -> Wire | None:
        """The one wire that ends at this input, if any."""
        return next((wire for wire in self.wires if wire.target == node and wire.input == port), None)
