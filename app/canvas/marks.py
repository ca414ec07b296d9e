"""What mouse and keyboard point at, as a value: hovered, chosen and lit things, states of ports during a drag."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from app.canvas.faces import Side
from app.canvas.ports import PortState
from graphs.document import Document, Wire


@dataclass(frozen=True, slots=True)
class Marks:
    """The selection of nodes is the model's; everything else that is marked is here."""

    node: str = ""  # under the mouse
    wire: Wire | None = None  # under the mouse
    wires: frozenset[Wire] = frozenset()  # selected
    lit: frozenset[Wire] = frozenset()  # would take the node that is being dropped
    hidden: frozenset[Wire] = frozenset()  # lifted by the drag in hand
    frame: str = ""  # selected
    ports: Mapping[str, Mapping[tuple[Side, str], PortState]] = field(default_factory=dict)
    quiet: bool = False  # a drag is going on: no strips in its way

    def kept(self, document: Document) -> Marks:
        """Without what the document no longer has."""
        return replace(
            self,
            node=self.node if self.node in document.nodes else "",
            wire=self.wire if self.wire in document.wires else None,
            wires=self.wires & document.wires,
            lit=self.lit & document.wires,
            hidden=self.hidden & document.wires,
            frame=self.frame if any(frame.id == self.frame for frame in document.frames) else "",
        )
