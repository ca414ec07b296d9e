"""Why a wire cannot be drawn, asked for every port on the canvas while one is being dragged: so answers are cached."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphs import cures
from graphs.catalog import Catalog
from graphs.document import Wire
from graphs.language import tr
from graphs.problems import Place, Problem
from graphs.shapes import mismatch_text
from graphs.spec import NodeType, Port, ShapeError, Site

if TYPE_CHECKING:
    from graphs.checks import Checked


def refusal(checked: Checked, catalog: Catalog, wire: Wire) -> Problem | None:
    """The problem that a wire would make if it were drawn, or None. It may carry a cure such as "Insert Flatten"."""
    document, place = checked.document, Place(wire.target, port=wire.input, wire=wire)
    source, target = checked.readings.get(wire.source), checked.readings.get(wire.target)
    if source is None or target is None:
        return Problem("dangling_wire", place, tr("A wire needs a node at both ends."))
    if wire.source == wire.target:
        if not (target.kind and target.kind.delays):
            return Problem("same_node", place, tr("A node cannot be wired to itself."))
    elif wire.target in _before(checked, wire.source) and not (target.kind and target.kind.delays):
        text = tr("{target} comes before {source}: the wire would close a circle.",
                  source=source.node.label, target=target.node.label)
        return Problem("cycle", place, text)
    if source.kind is None or target.kind is None:
        return None
    output, entry = source.kind.output(wire.output), target.kind.input(wire.input)
    if output is None or entry is None:
        return Problem("unknown_port", place, tr("A wire needs a port at both ends."))
    shape = checked.outputs.get((wire.source, wire.output))
    travels = shape.kind if shape else output.kind
    if not entry.takes(travels):
        offers = cures.insertions(catalog, wire, entry, travels, shape)
        return Problem("kind_mismatch", place, mismatch_text(document, wire, entry, travels), cures=offers)
    return _shape_refusal(checked, wire, target.checked, entry)


def _shape_refusal(checked: Checked, wire: Wire, kind: NodeType | None, entry: Port) -> Problem | None:
    """Asks the target's shape rule, if all that it needs would then be there."""
    flow, shape = checked.flow, checked.outputs.get((wire.source, wire.output))
    if flow is None or shape is None or kind is None or checked.document.nodes[wire.target].bypassed:
        return None
    given = {**flow.given(wire.target), entry.name: shape}
    if any(not port.optional and port.name not in given for port in kind.inputs):
        return None
    try:
        wired = checked.document.wiring.used.get(wire.target, frozenset())
        kind.shapes(given, Site(wire.target, checked.folder, wired))
    except ShapeError as error:
        place = Place(wire.target, port=error.port or wire.input, wire=wire)
        found = list(error.cures)
        if error.wanted and error.port == wire.input:
            found += cures.fit_upstream(flow, wire, error.wanted)
        return Problem(error.code, place, error.text, cures=tuple(found))
    except OSError:
        return None  # the node's own problem already says that its file cannot be read
    return None


def _before(checked: Checked, node: str) -> frozenset[str]:
    """Every node from which a path without delay leads to this one."""
    known = checked.ancestors.get(node)
    if known is None:
        into, delaying = checked.document.wiring.into, checked.delaying
        seen: set[str] = set()
        waiting = [node]
        while waiting:
            here = waiting.pop()
            for wire in () if here in delaying else into.get(here, ()):
                if wire.source not in seen:
                    seen.add(wire.source)
                    waiting.append(wire.source)
        known = checked.ancestors[node] = frozenset(seen)
    return known
