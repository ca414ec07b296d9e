"""Which trained layers feed which: the ways that a gradient takes, one for each layer that feeds no other."""

from __future__ import annotations

from collections.abc import Sequence

from engine.events import LayerInfo
from graphs.document import Document


def chains(document: Document, layers: Sequence[LayerInfo]) -> list[list[int]]:
    """Indexes of layers, first layer first, for each way; frozen layers are left out, since no gradient is kept there.
    Layers that the document does not know (any more) are on every way."""
    trained = {layer.node for layer in layers if layer.node in document.nodes}
    frozen = {node for node in trained if document.nodes[node].parameters.get("frozen") is True}
    behind = {node: _behind(document, node) & trained for node in trained}
    ends = [node for node in dict.fromkeys(layer.node for layer in layers) if node in trained and not behind[node] - {node}]
    found = [[index for index, layer in enumerate(layers)
              if layer.node not in frozen and (layer.node not in trained or layer.node == end or end in behind[layer.node])]
             for end in ends]
    return found or [list(range(len(layers)))]


def _behind(document: Document, node: str) -> set[str]:
    """All nodes that this one feeds."""
    seen: set[str] = set()
    waiting = [node]
    while waiting:
        fresh = {wire.target for wire in document.out_of(waiting.pop())} - seen
        seen |= fresh
        waiting += fresh
    return seen
