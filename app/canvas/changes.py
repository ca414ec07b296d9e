"""Which nodes look different after a check: asked for every node after every edit, so by identity where possible."""

from __future__ import annotations

from graphs.checks import Checked


def is_stale(node: str, before: Checked, after: Checked) -> bool:
    """Whether anything that a node's face is made of may have changed."""
    if before.language != after.language or before.document.nodes.get(node) is not after.document.nodes[node]:
        return True
    if before.of(node) != after.of(node) or before.flow is None or after.flow is None:
        return True
    outcome = after.flow.outcomes.get(node)
    if outcome is None or outcome is not before.flow.outcomes.get(node):
        return True  # without an outcome, kinds may come through from far away
    if before.document.wires is after.document.wires:
        return False
    old, new = before.document.wiring, after.document.wiring
    return old.into.get(node) != new.into.get(node) or old.out_of.get(node) != new.out_of.get(node)
