"""Shapes carried along the wires, node after node. What does not fit becomes a problem with cures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from graphs import cures
from graphs.catalog import Catalog
from graphs.document import Document, Node, Wire
from graphs.language import tr
from graphs.problems import Place, Problem, Severity
from graphs.readings import Reading
from graphs.spec import Kind, NodeType, Port, Shape, ShapeError, Site

NONE: frozenset[str] = frozenset()
NOWHERE = ("file_missing", "file_outside")  # codes of a file that a node cannot read where it is


@dataclass(slots=True)  # not frozen: a thousand are made at a check, and that takes a third of the time
class Outcome:
    """What a node made of what it was given, to be used again as long as that is the same. Never changed."""

    checked: NodeType
    given: Mapping[str, Shape]
    wired: frozenset[str]
    made: Mapping[str, Shape]
    summary: str
    remarks: tuple[Problem, ...] = ()


@dataclass(slots=True)
class Flow:
    """The shapes of one document while they are being carried, and what was found on the way."""

    document: Document
    catalog: Catalog
    folder: Path | None
    readings: Mapping[str, Reading]
    wires: Mapping[tuple[str, str], Wire]  # the one wire that counts at each input
    order: tuple[str, ...]
    before: Mapping[str, Outcome] = field(default_factory=dict)
    inputs: dict[tuple[str, str], Shape] = field(default_factory=dict)
    outputs: dict[tuple[str, str], Shape] = field(default_factory=dict)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    open: list[tuple[Node, Port]] = field(default_factory=list)  # required inputs without a wire

    def carry(self) -> None:
        """Fills inputs, outputs, outcomes and problems."""
        for name in self.order:
            reading = self.readings[name]
            if reading.kind is not None:
                self._visit(reading.node, reading.kind, reading.checked)
        self.problems += [self._missing(node, port) for node, port in self.open]

    def given(self, node: str) -> dict[str, Shape]:
        """What the node's inputs have been given."""
        kind = self.readings[node].kind
        ports = kind.inputs if kind else ()
        return {port.name: self.inputs[node, port.name] for port in ports if (node, port.name) in self.inputs}

    def _visit(self, node: Node, kind: type[NodeType], checked: NodeType | None) -> None:
        given = self._collect(node, kind)
        if node.bypassed:
            self._pass_by(node, kind)
        elif given is not None and checked is not None:
            self._make(node, kind, checked, given)

    def _collect(self, node: Node, kind: type[NodeType]) -> dict[str, Shape] | None:
        """Gathers what the inputs are given. None where something required is missing or does not fit."""
        complete, given = True, {}
        for place, port in enumerate(kind.inputs):
            wire = self.wires.get((node.id, port.name))
            if wire is None:
                if not port.optional:
                    complete = False
                    if not node.bypassed or (place == 0 and self._wired(node.id)):
                        self.open.append((node, port))
                continue
            shape = self.outputs.get((wire.source, wire.output))
            travels = shape.kind if shape else self._declared(wire)
            if not port.takes(travels) and not (node.bypassed and place == 0):
                complete = False
                self.problems.append(self._mismatch(wire, port, travels, shape))
            elif shape is None:
                complete = complete and kind.delays
            else:
                self.inputs[node.id, port.name] = given[port.name] = shape
        return given if complete else None

    def _wired(self, node: str) -> frozenset[str]:
        return self.document.wiring.used.get(node, NONE)

    def _declared(self, wire: Wire) -> Kind:
        """The kind that a wire carries by its output's declaration, where no shape is known yet."""
        kind = self.readings[wire.source].kind
        port = kind.output(wire.output) if kind else None
        bypassed = self.readings[wire.source].node.bypassed
        return port.kind if port and not bypassed else Kind.ANY

    def _make(self, node: Node, kind: type[NodeType], checked: NodeType, given: Mapping[str, Shape]) -> None:
        wired = self._wired(node.id)
        outcome = self.before.get(node.id)
        if not (outcome and outcome.checked is checked and outcome.wired == wired and outcome.given == given):
            site = Site(node.id, self.folder, wired)
            try:
                made = checked.shapes(given, site)
            except ShapeError as error:
                self.problems.append(self._refused(node, kind, error))
                return
            except OSError as error:
                why = error.strerror or str(error)
                text = tr("A file of this node cannot be read: {why}.", why=why)
                self.problems.append(Problem("file", Place(node.id), text))
                return
            remarks = tuple(Problem(one.code, Place(node.id, port=one.port), one.text, Severity.NOTE, one.cures, one.why)
                            for one in checked.remarks(given, site))  # fmt: skip
            outcome = Outcome(checked, given, wired, made, checked.summary(given, made), remarks)
        self.outcomes[node.id] = outcome
        self.problems += outcome.remarks
        for port, shape in outcome.made.items():
            self.outputs[node.id, port] = shape

    def _pass_by(self, node: Node, kind: type[NodeType]) -> None:
        """A bypassed node gives its first input at its first output, and nothing at the others."""
        first = kind.outputs[0] if kind.outputs else None
        shape = self.inputs.get((node.id, kind.inputs[0].name)) if kind.inputs else None
        if first and shape and first.kind is not Kind.LOSS:
            self.outputs[node.id, first.name] = shape
        for port in sorted(self._wired(node.id)):
            if not kind.inputs or first is None or port != first.name or first.kind is Kind.LOSS:
                text = tr("{node} is bypassed and gives nothing at “{port}”.", node=node.label, port=port)
                place = Place(node.id, port=port)
                self.problems.append(Problem("bypass", place, text, cures=(cures.take_in(node),)))

    def _missing(self, node: Node, port: Port) -> Problem:
        text = tr("{node} needs a wire at “{port}”.", node=node.label, port=port.name)
        few = len(self.open) <= cures.ASKED
        return Problem("missing_input", Place(node.id, port=port.name), text, why=tr(port.help),
                       cures=cures.wire_up(self, node.id, port) if few else ())

    def _mismatch(self, wire: Wire, port: Port, travels: Kind, shape: Shape | None) -> Problem:
        found = (
            *cures.insertions(self.catalog, wire, port, travels, shape),
            *cures.other_types(self, wire.target, {wire.input: shape} if shape else {}),
            cures.cut(wire),
        )
        return Problem("kind_mismatch", Place(wire.target, port=wire.input, wire=wire),
                       mismatch_text(self.document, wire, port, travels), cures=found)

    def _refused(self, node: Node, kind: type[NodeType], error: ShapeError) -> Problem:
        wire = self.wires.get((node.id, error.port)) if error.port else None
        place = Place(node.id, port=error.port or "", parameter=error.parameter or "", wire=wire)
        found = [*error.cures]
        if wire and error.wanted:
            found += cures.fit_upstream(self, wire, error.wanted)
        if error.code in NOWHERE and error.parameter in kind.model_fields:
            found.append(cures.locate(node, error.parameter))
        elif error.parameter and node.parameters.get(error.parameter) is not None:
            found.append(cures.reset(kind, node, error.parameter))
        if not error.cures:
            found += cures.other_types(self, node.id, {})
        return Problem(error.code, place, error.text, Severity.ERROR, tuple(found))


def mismatch_text(document: Document, wire: Wire, port: Port, travels: Kind) -> str:
    """Why a wire of this kind cannot end at this port."""
    return tr("{source} gives {given}, but “{port}” of {target} takes {wanted}.",
              source=_label(document, wire.source), given=kind_words(travels), port=port.name,
              target=_label(document, wire.target), wanted=" / ".join(map(kind_words, (port.kind, *port.also))))


def kind_words(kind: Kind) -> str:
    """What travels along a wire, as users say it."""
    words = {
        Kind.FEATURES: tr("features"), Kind.IMAGE: tr("images"), Kind.SEQUENCE: tr("sequences"),
        Kind.LABELS: tr("labels"), Kind.LOSS: tr("a loss"), Kind.ANY: tr("anything"),
    }
    return words[kind]


def _label(document: Document, node: str) -> str:
    return document.nodes[node].label if node in document.nodes else node
