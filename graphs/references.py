"""Parameters that name another node, such as the owner of shared weights: is it there, and does it fit?

Nodes are named by their ids, which a rename does not touch; a removed node leaves a problem with cures behind.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from graphs import edits
from graphs.language import tr
from graphs.problems import Cure, Place, Problem, Severity
from graphs.readings import Reading
from graphs.shapes import Flow
from graphs.spec import NodeType, field_extra


@cache
def reference_fields(kind: type[NodeType]) -> tuple[str, ...]:
    """The parameters of a type that name another node."""
    return tuple(name for name, info in kind.model_fields.items() if field_extra(info).get("widget") == "node")


def check_references(readings: Mapping[str, Reading], flow: Flow) -> list[Problem]:
    """A problem for each parameter that names a node which is not there or does not fit."""
    found = []
    for key, reading in readings.items():
        if reading.kind is None or reading.checked is None:
            continue
        for name in reference_fields(reading.kind):
            if (other := getattr(reading.checked, name)) and (text := _wrong(readings, flow, key, name, other)):
                severity = Severity.WARNING if reading.node.bypassed else Severity.ERROR
                found.append(Problem("reference", Place(key, parameter=name), text, severity,
                                     _cures(readings, flow, key, name, other)))  # fmt: skip
    return found


def _wrong(readings: Mapping[str, Reading], flow: Flow, node: str, name: str, other: str) -> str:
    """What is wrong with the reference, in a sentence; empty: nothing."""
    if other == node:
        return tr("A node cannot share with itself.")
    if other not in readings:
        return tr("There is no node “{node}” any more.", node=other[:60])
    mine, theirs = readings[node].checked, readings[other].checked
    if mine is None or theirs is None:
        return ""  # the other node has a problem of its own
    return mine.refuses(name, readings[other].node.label, theirs, flow.given(node), flow.given(other))


def _cures(readings: Mapping[str, Reading], flow: Flow, node: str, name: str, other: str) -> tuple[Cure, ...]:
    """Other nodes that would do, and no reference at all."""
    cures = [Cure(tr("Share with {node}", node=readings[key].node.label),
                  lambda doc, key=key: edits.set_parameter(doc, node, name, key))
             for key in candidates(readings, flow, node, name) if key != other]
    return (*cures[:2], Cure(tr("Share with no node"), lambda doc: edits.reset_parameter(doc, node, name)))


def candidates(readings: Mapping[str, Reading], flow: Flow, node: str, name: str) -> tuple[str, ...]:
    """The nodes that a parameter may name."""
    kind = readings[node].kind
    return tuple(key for key, one in readings.items()
                 if one.kind is kind and key != node and one.checked and not _wrong(readings, flow, node, name, key))
