"""What is wrong with a document: where, in one sentence, and what one click can do about it. Never finds problems."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from graphs.document import Document, Wire
from graphs.language import tr


class Severity(StrEnum):
    """How bad it is, worst first. Only errors keep a graph from running."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


RANK = {severity: rank for rank, severity in enumerate(Severity)}

CODES = frozenset({
    "unknown_type",
    "wrong_parameter",
    "unknown_parameter",
    "missing_input",
    "dangling_wire",
    "unknown_port",
    "two_wires",
    "cycle",
    "same_node",
    "kind_mismatch",
    "shape",
    "file",
    "bypass",
    "disagreement",
    "halves",
    "no_loss",
    "nothing_to_train",
    "unused",
    "reference",
    "stages",
    "wrong_training",
})  # a node type's own ShapeError may carry a further code


def severity_words(severity: Severity) -> str:
    """What a problem is called: an error, a warning, a note."""
    return {Severity.ERROR: tr("problem"), Severity.WARNING: tr("warning"), Severity.NOTE: tr("note")}[severity]


@dataclass(frozen=True, slots=True)
class Place:
    """Where: a node, one of its ports or parameters, or a wire. A parameter without a node is a training setting."""

    node: str = ""
    port: str = ""
    parameter: str = ""
    wire: Wire | None = None


@dataclass(frozen=True, slots=True)
class Cure:
    """One click: words for the button and the edit that it makes.

    `sets` says of an edit that sets one parameter which one it is: (node, parameter, value), for another process.
    `asks` names the parameter, (node, parameter), for which a file must be chosen first; the edit then does nothing.
    """

    text: str
    edit: Callable[[Document], Document] = field(compare=False)
    sets: tuple[str, str, Any] | None = field(default=None, compare=False)
    asks: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. `text` is one sentence, `why` an explanation for who asks.

    `also` lists further places that it marks, such as the other wires of a cycle.
    """

    code: str
    place: Place
    text: str
    severity: Severity = Severity.ERROR
    cures: tuple[Cure, ...] = ()
    why: str = ""
    also: tuple[Place, ...] = ()

    @property
    def places(self) -> tuple[Place, ...]:
        """Every place that the problem marks, the main one first."""
        return (self.place, *self.also)
