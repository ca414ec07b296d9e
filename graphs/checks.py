"""Checks a whole document after every edit: wires, cycles, shapes, losses, settings. Gives problems, never raises."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from types import MappingProxyType

from graphs.catalog import Catalog
from graphs.cures import cut
from graphs.document import Document, Wire
from graphs.edits import bypass
from graphs.language import language, tr
from graphs.problems import RANK, Cure, Place, Problem, Severity
from graphs.readings import Reading, read_node, read_training
from graphs.references import check_references
from graphs.refusals import refusal
from graphs.shapes import Flow, Outcome
from graphs.spec import NodeType, Parameters, Shape
from graphs.stages import check_plan
from graphs.wires import check_wires, find_cycles

__all__ = ["Checked", "check", "refusal"]


@dataclass(frozen=True)
class Checked:
    """A document and all that is known about it. `types` holds nodes whose parameters are right, as instances.

    `order` runs from sources to losses and leaves out what lies on or behind a cycle. It depends on ids alone.
    """

    document: Document
    types: Mapping[str, NodeType]
    outputs: Mapping[tuple[str, str], Shape]
    inputs: Mapping[tuple[str, str], Shape]
    order: tuple[str, ...]
    problems: tuple[Problem, ...]
    summaries: Mapping[str, str]
    training: Parameters | None
    catalog: Catalog = field(repr=False)
    folder: Path | None = None
    language: str = "en"
    readings: Mapping[str, Reading] = field(default_factory=dict, repr=False)
    flow: Flow | None = field(default=None, repr=False)
    ancestors: dict[str, frozenset[str]] = field(default_factory=dict, repr=False, compare=False)  # filled when asked

    @cached_property
    def by_node(self) -> Mapping[str, tuple[Problem, ...]]:
        """Problems by the nodes that they mark."""
        found: dict[str, list[Problem]] = {}
        for problem in self.problems:
            for node in dict.fromkeys(place.node for place in problem.places if place.node):
                found.setdefault(node, []).append(problem)
        return {node: tuple(problems) for node, problems in found.items()}

    @cached_property
    def by_wire(self) -> Mapping[Wire, tuple[Problem, ...]]:
        """Problems by the wires that they mark."""
        found: dict[Wire, list[Problem]] = {}
        for problem in self.problems:
            for wire in dict.fromkeys(place.wire for place in problem.places if place.wire):
                found.setdefault(wire, []).append(problem)
        return {wire: tuple(problems) for wire, problems in found.items()}

    @cached_property
    def errors(self) -> tuple[Problem, ...]:
        """What keeps the graph from running."""
        return tuple(problem for problem in self.problems if problem.severity is Severity.ERROR)

    @cached_property
    def delaying(self) -> frozenset[str]:
        """Nodes through which a cycle may pass."""
        return frozenset(key for key, one in self.readings.items() if one.kind and one.kind.delays)

    def of(self, node: str) -> tuple[Problem, ...]:
        """Problems that mark this node."""
        return self.by_node.get(node, ())

    def on(self, wire: Wire) -> tuple[Problem, ...]:
        """Problems that mark this wire."""
        return self.by_wire.get(wire, ())


def check(document: Document, catalog: Catalog, folder: Path | None = None, previous: Checked | None = None) -> Checked:
    """Everything that is known about a document. What `previous` knew of unchanged parts is used again.

    Files that nodes read are not looked at again for unchanged nodes: leave `previous` out to do so.
    """
    if previous and (previous.catalog is not catalog or previous.folder != folder or previous.language != language()):
        previous = None
    if previous and _only_moved(previous, document):
        return replace(previous, document=document)
    readings = _read(document, catalog, previous)
    wires, wire_problems = check_wires(document, readings)
    order, cycle_problems = _sort(document, readings, wires.values())
    before: Mapping[str, Outcome] = previous.flow.outcomes if previous and previous.flow else {}
    flow = Flow(document, catalog, folder, readings, wires, order, before)
    flow.carry()
    flow.before = {}
    training, training_problems = read_training(document, catalog)
    problems = [
        *(problem for reading in readings.values() for problem in reading.problems),
        *wire_problems,
        *cycle_problems,
        *flow.problems,
        *_check_losses(document, readings, wires.values()),
        *_check_agreement(readings),
        *_check_halves(readings, wires.values()),
        *check_references(readings, flow),
        *training_problems,
        *(check_plan(document, readings, catalog) if training is not None else ()),
    ]
    places = {node: place for place, node in enumerate(order)}
    problems.sort(key=lambda one: (RANK[one.severity], places.get(one.place.node, len(places)), one.place.node))
    return Checked(
        document=document,
        types=MappingProxyType({key: one.checked for key, one in readings.items() if one.checked is not None}),
        outputs=MappingProxyType(flow.outputs),
        inputs=MappingProxyType(flow.inputs),
        order=order,
        problems=tuple(problems),
        summaries=MappingProxyType({key: outcome.summary for key, outcome in flow.outcomes.items()}),
        training=training,
        catalog=catalog,
        folder=folder,
        language=language(),
        readings=readings,
        flow=flow,
    )


def _only_moved(previous: Checked, document: Document) -> bool:
    """Whether nothing that a check looks at has changed since."""
    before = previous.document
    return (
        document.wires is before.wires
        and document.training is before.training
        and document.nodes.keys() == before.nodes.keys()
        and all(previous.readings[key].still_of(node) for key, node in document.nodes.items())
    )


def _read(document: Document, catalog: Catalog, previous: Checked | None) -> dict[str, Reading]:
    known = previous.readings if previous else {}
    readings = {}
    for key, node in document.nodes.items():
        reading = known.get(key)
        readings[key] = reading if reading and reading.still_of(node) else read_node(node, catalog)
    return readings


def _sort(document: Document, readings: Mapping[str, Reading],
          wires: Iterable[Wire]) -> tuple[tuple[str, ...], list[Problem]]:
    """Nodes from sources to losses, ties by id; what a delaying node is given does not hold it back."""
    following: dict[str, list[str]] = {}
    waiting = dict.fromkeys(document.nodes, 0)
    forward = []
    for wire in wires:
        kind = readings[wire.target].kind
        if kind is None or not kind.delays:
            following.setdefault(wire.source, []).append(wire.target)
            waiting[wire.target] += 1
            forward.append(wire)
    ready = [node for node, count in waiting.items() if not count]
    heapq.heapify(ready)
    order = []
    while ready:
        node = heapq.heappop(ready)
        order.append(node)
        for target in following.get(node, ()):
            waiting[target] -= 1
            if not waiting[target]:
                heapq.heappush(ready, target)
    return tuple(order), [] if len(order) == len(document.nodes) else find_cycles(document, forward)


def _check_losses(document: Document, readings: Mapping[str, Reading], wires: Iterable[Wire]) -> list[Problem]:
    """Is there something to train, and is there something that no loss ever sees?"""
    if not document.nodes:
        return [Problem("nothing_to_train", Place(), tr("There is nothing to train yet: the graph is empty."),
                        Severity.NOTE)]
    training = {kind for kind in {one.kind for one in readings.values()} if kind and kind.trains()}
    losses = [key for key, one in readings.items() if one.kind in training and not one.node.bypassed]
    if not losses:
        why = tr("A loss says how wrong the outputs are; training makes it small. Wire the last layer to a loss.")
        return [Problem("no_loss", Place(), tr("There is nothing to train: the graph has no loss."), why=why)]
    seen = _behind(losses, wires)
    return [
        Problem("unused", Place(key), tr("No loss follows {node}: it takes no part in training.", node=one.node.label),
                Severity.NOTE)
        for key, one in readings.items()
        if key not in seen and one.kind and one.kind.outputs and not one.kind.for_whole_graph and not one.node.bypassed
    ]


def _check_agreement(readings: Mapping[str, Reading]) -> list[Problem]:
    """Do nodes that speak for the whole graph contradict one another?"""
    first: dict[type[NodeType], tuple[str, NodeType]] = {}
    problems = []
    for key, one in readings.items():
        if one.kind is None or one.checked is None or not one.kind.for_whole_graph or one.node.bypassed:
            continue
        other, said = first.setdefault(one.kind, (key, one.checked))
        if said != one.checked:
            label = readings[other].node.label
            text = tr("{node} and {other} contradict each other: a {title} holds for the whole graph.",
                      node=one.node.label, other=label, title=tr(one.kind.title))
            problems.append(Problem("disagreement", Place(key), text, also=(Place(other),), cures=(
                Cure(tr("Bypass {node}", node=one.node.label), partial(bypass, ids=[key], on=True)),
                Cure(tr("Bypass {node}", node=label), partial(bypass, ids=[other], on=True)),
            )))
    return problems


def _check_halves(readings: Mapping[str, Reading], wires: Iterable[Wire]) -> list[Problem]:
    """Is something to run before training that waits for what training computes?"""
    problems = []
    for wire in wires:
        source, target = readings[wire.source], readings[wire.target]
        if source.checked is None or target.checked is None or target.node.bypassed:
            continue
        if target.checked.before_training and not source.checked.before_training:
            text = tr("{node} prepares data before training starts: it cannot follow {source}, which computes in every "
                      "step.", node=target.node.label, source=source.node.label)
            over = Cure(tr("Bypass {node}", node=target.node.label), partial(bypass, ids=[wire.target], on=True))
            problems.append(Problem("halves", Place(wire.target, port=wire.input, wire=wire), text,
                                    cures=(over, cut(wire))))
    return problems


def _behind(losses: Iterable[str], wires: Iterable[Wire]) -> set[str]:
    """The losses and every node from which a wire leads to one, over however many others."""
    sources: dict[str, list[str]] = {}
    for wire in wires:
        sources.setdefault(wire.target, []).append(wire.source)
    seen = set(losses)
    waiting = list(seen)
    while waiting:
        for source in sources.get(waiting.pop(), ()):
            if source not in seen:
                seen.add(source)
                waiting.append(source)
    return seen
