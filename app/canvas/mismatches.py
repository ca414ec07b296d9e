"""Which wires do not fit, and what stands on them: `12 ≠ 10`."""

from __future__ import annotations

from graphs.checks import Checked
from graphs.document import Document, Wire
from graphs.problems import Severity
from graphs.spec import AXES, Kind, Shape


def broken_wires(document: Document, checked: Checked) -> dict[Wire, str]:
    """Every wire that an error marks, with the words for it (empty where the sizes are not the trouble)."""
    found: dict[Wire, str] = {}
    for wire, problems in checked.by_wire.items():
        if wire in document.wires and any(problem.severity is Severity.ERROR for problem in problems):
            found[wire] = _words(checked, wire)
    return found


def _words(checked: Checked, wire: Wire) -> str:
    given = checked.outputs.get((wire.source, wire.output))
    node = checked.document.nodes.get(wire.target)
    kind = checked.catalog.get(node.type) if node else None
    port = kind.input(wire.input) if kind else None
    if given is None or port is None or kind is None:
        return ""
    if not port.takes(given.kind):
        return f"{given} ≠ {kind_pattern(port.kind)}"
    for other in kind.inputs:
        shape = checked.inputs.get((wire.target, other.name))
        if other.name == wire.input or shape is None:
            continue
        wanted = _size(shape)
        if wanted and _size(given) and wanted != _size(given):
            return f"{_size(given)} ≠ {wanted}"
    return ""


def _size(shape: Shape) -> int:
    """How many columns one sample has, or how many classes its label chooses from."""
    return len(shape.classes) if shape.kind is Kind.LABELS else shape.width


def kind_pattern(kind: Kind) -> str:
    """What shapes of a kind look like: `B×C×H×W`."""
    return "×".join(["B", *AXES.get(kind, ())])
