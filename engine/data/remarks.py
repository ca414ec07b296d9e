"""Findings in words, each with its cure: warnings and notes that stand among the problems of a graph."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial

from engine.data.findings import THRESHOLDS, Finding, power
from engine.nodes.node import is_data
from graphs import edits
from graphs.checks import Checked
from graphs.document import Document, Node, Wire
from graphs.ids import fresh_id
from graphs.language import tr
from graphs.problems import Cure, Place, Problem, Severity
from graphs.spec import Kind

NOTES = frozenset({"uneven", "same"})
MOST_NAMED = 5
BESIDE = 40.0  # pixels between a node and the one that a cure puts behind it


def remarks(findings: Iterable[Finding], checked: Checked) -> Iterator[Problem]:
    """Those that still matter, as problems at their nodes."""
    for finding in findings:
        if finding.node in checked.document.nodes and not passed_on(finding, checked):
            yield Problem(
                f"data_{finding.code}", Place(finding.node, port=finding.port), sentence(finding),
                Severity.NOTE if finding.code in NOTES else Severity.WARNING, tuple(_cures(finding, checked)),
                tr(THRESHOLDS[finding.code]),
            )


def passed_on(finding: Finding, checked: Checked) -> bool:
    """Whether another data node takes all of these samples: then the samples that it gives are judged, not these."""
    takers = [wire.target for wire in checked.document.out_of(finding.node) if wire.output == finding.port]
    shape = checked.outputs.get((finding.node, finding.port))
    labels = shape is not None and shape.kind is Kind.LABELS
    return not labels and bool(takers) and all(is_data(checked.types.get(taker)) for taker in takers)


def sentence(finding: Finding) -> str:
    """What was found, in one sentence."""
    names, number = finding.names, finding.number
    match finding.code:
        case "constant":
            if len(names) == 1:
                return tr("Column “{name}” is constant.", name=names[0])
            return tr("{count} columns are constant: {names}.", count=len(names), names=_listed(names))
        case "scales":
            return tr("The columns differ in scale by 10{power}: from “{least}” to “{most}”.",
                      power=str(power(number)).translate(SUPERSCRIPTS), least=names[0], most=names[1])
        case "same":
            return tr("Columns “{first}” and “{second}” say the same.", first=names[0], second=names[1])
        case "few":
            if len(names) > 1:
                return tr("{count} classes have few samples to train on: {names}.", count=len(names),
                          names=_listed(names))
            if number == 1:
                return tr("Class “{name}” has 1 sample to train on.", name=names[0])
            return tr("Class “{name}” has {count} samples to train on.", name=names[0], count=int(number))
    return tr("Class “{most}” has {ratio} times the samples of “{least}”.", most=names[1], least=names[0],
              ratio=f"{number:.0f}")


SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names[:MOST_NAMED]) + (" …" if len(names) > MOST_NAMED else "")


def _cures(finding: Finding, checked: Checked) -> Iterator[Cure]:
    if finding.code == "scales":
        yield Cure(tr("Insert {title}", title=tr("Normalise")), partial(_insert_behind, end=(finding.node, finding.port),
                                                   kind="normalize", parameters={}))
    elif finding.code in ("constant", "same"):
        places = finding.places if finding.code == "constant" else finding.places[1:]
        parameters = {"columns": ", ".join(str(place + 1) for place in places), "leave_out": True}
        names = finding.names if finding.code == "constant" else finding.names[1:]
        words = tr("Leave out {names}", names=names[0]) if len(names) == 1 else tr("Leave them out")
        yield Cure(words, partial(_insert_behind, end=(finding.node, finding.port), kind="select_columns",
                                  parameters=parameters))


def _insert_behind(document: Document, end: tuple[str, str], kind: str, parameters: Mapping[str, object]) -> Document:
    """A preparation of one input x and one output x behind an output: whatever it fed is fed by the new node."""
    node, port = end
    x, y = document.nodes[node].position
    name = fresh_id(document, kind)
    wires = [wire for wire in document.out_of(node) if wire.output == port]
    nearest = min((document.nodes[wire.target].position for wire in wires), default=(x + 400.0 + BESIDE, y))
    document = edits.add_node(document, Node(name, kind, parameters, ((x + nearest[0]) / 2, (y + nearest[1]) / 2)))
    document = edits.disconnect(document, wires)
    document = edits.connect(document, Wire(node, port, name, "x"))
    for wire in wires:
        document = edits.connect(document, Wire(name, "x", wire.target, wire.input))
    return document
