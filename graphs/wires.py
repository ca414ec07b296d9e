"""Rules for wires alone, before any shape is known: both ends exist, one wire an input, no circles."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from graphs import cures, edits
from graphs.document import Document, Wire
from graphs.language import tr
from graphs.problems import Cure, Place, Problem
from graphs.readings import Reading
from graphs.spec import Port

if TYPE_CHECKING:
    import networkx

TRIED = 8  # wires of a circle for which it is tried whether removing one opens it
NAMED = 6  # nodes of a circle that its sentence names


def check_wires(document: Document,
                readings: Mapping[str, Reading]) -> tuple[dict[tuple[str, str], Wire], list[Problem]]:
    """The one wire that counts at each input, and what is wrong with the others."""
    counting: dict[tuple[str, str], Wire] = {}
    problems: list[Problem] = []
    for target, wires in document.wiring.into.items():
        for wire in wires:
            problem = _end_problem(document, readings, wire)
            if problem is not None:
                problems.append(problem)
            elif (target, wire.input) not in counting:
                counting[target, wire.input] = wire
        if len(wires) > 1:
            problems.extend(_crowded(document, target, wires))
    return counting, problems


def _end_problem(document: Document, readings: Mapping[str, Reading], wire: Wire) -> Problem | None:
    source, target = readings.get(wire.source), readings.get(wire.target)
    if source is None or target is None:
        missing = wire.source if source is None else wire.target
        place = Place("" if target is None else wire.target, port=wire.input, wire=wire)
        text = tr("A wire ends at “{node}”, which is not there.", node=missing)
        return Problem("dangling_wire", place, text, cures=(cures.cut(wire),))
    if source.kind is not None and source.kind.output(wire.output) is None:
        return _unknown_port(document, wire, wire.source, wire.output, source.kind.outputs, is_input=False)
    if target.kind is not None and target.kind.input(wire.input) is None:
        return _unknown_port(document, wire, wire.target, wire.input, target.kind.inputs, is_input=True)
    return None


def _unknown_port(document: Document, wire: Wire, node: str, name: str, ports: tuple[Port, ...], *,
                  is_input: bool) -> Problem:
    label = document.nodes[node].label
    text = (tr("{node} has no input “{port}”.", node=label, port=name) if is_input
            else tr("{node} has no output “{port}”.", node=label, port=name))
    known = [port.name for port in ports]
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5) or (known if len(known) == 1 else [])
    found = []
    if close:
        after = replace(wire, input=close[0]) if is_input else replace(wire, output=close[0])
        found.append(Cure(tr("Use “{port}”", port=close[0]),
                          lambda doc: edits.connect(edits.disconnect(doc, [wire]), after)))
    return Problem("unknown_port", Place(node, port=name, wire=wire), text, cures=(*found, cures.cut(wire)))


def _crowded(document: Document, target: str, wires: tuple[Wire, ...]) -> list[Problem]:
    by_input: dict[str, list[Wire]] = {}
    for wire in wires:
        by_input.setdefault(wire.input, []).append(wire)
    problems = []
    for name, rivals in by_input.items():
        if len(rivals) > 1:
            text = tr("{count} wires end at “{port}” of {node}, which takes one.", count=len(rivals), port=name,
                      node=document.nodes[target].label if target in document.nodes else target)
            keep = tuple(
                Cure(tr("Keep the wire from {node}.{port}", node=wire.source, port=wire.output),
                     lambda doc, wire=wire: edits.connect(doc, wire))
                for wire in rivals[: cures.MOST]
            )
            problems.append(Problem("two_wires", Place(target, port=name, wire=rivals[0]), text, cures=keep,
                                    also=tuple(Place(target, port=name, wire=wire) for wire in rivals[1:])))
    return problems


def find_cycles(document: Document, wires: Iterable[Wire]) -> list[Problem]:
    """One problem for each group of nodes that feed one another, with every wire of it marked."""
    wires = list(wires)
    if not _circular(wires):
        return []
    import networkx  # the fifth of a second that it takes is not spent when a window opens

    graph = networkx.DiGraph((wire.source, wire.target) for wire in wires)
    member = {}
    for number, nodes in enumerate(networkx.strongly_connected_components(graph)):
        if len(nodes) > 1 or any(graph.has_edge(node, node) for node in nodes):
            member.update(dict.fromkeys(nodes, number))
    groups: dict[int, list[Wire]] = {}
    for wire in sorted(wires):
        number = member.get(wire.source)
        if number is not None and number == member.get(wire.target):
            groups.setdefault(number, []).append(wire)
    return [_circle(document, graph, inside) for inside in groups.values()]


def _circular(wires: Iterable[Wire]) -> bool:
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for wire in wires:
        sorter.add(wire.target, wire.source)
    try:
        sorter.prepare()
    except CycleError:
        return True
    return False


def _circle(document: Document, graph: networkx.DiGraph, inside: list[Wire]) -> Problem:
    import networkx

    group = graph.subgraph({wire.source for wire in inside})
    walk = [source for source, _ in networkx.find_cycle(group, min(group))]
    labels = [document.nodes[node].label for node in walk]
    shown = labels if len(labels) <= NAMED else [*labels[: NAMED - 1], "…"]
    text = tr("These nodes wait for one another in a circle: {nodes}.", nodes=" → ".join([*shown, labels[0]]))
    circle = set(zip(walk, [*walk[1:], walk[0]], strict=True))
    candidates = [wire for wire in inside if (wire.source, wire.target) in circle]
    # a wire that runs to the left was most likely drawn by mistake
    candidates.sort(key=lambda wire: _goes_right(document, wire))
    opening = [wire for wire in candidates[:TRIED] if not _circular(other for other in inside if other != wire)]
    opening = opening or candidates[:1]
    found = tuple(
        Cure(tr("Remove the wire {source} → {target}", source=document.nodes[wire.source].label,
                target=document.nodes[wire.target].label), lambda doc, wire=wire: edits.disconnect(doc, [wire]))
        for wire in opening[: cures.MOST]
    )
    why = tr("A node can only start when all its inputs have arrived; in a circle none ever does.")
    return Problem("cycle", Place(inside[0].target, port=inside[0].input, wire=inside[0]), text, cures=found, why=why,
                   also=tuple(Place(wire.target, port=wire.input, wire=wire) for wire in inside[1:]))


def _goes_right(document: Document, wire: Wire) -> float:
    return document.nodes[wire.target].position[0] - document.nodes[wire.source].position[0]
