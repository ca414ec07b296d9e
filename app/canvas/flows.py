"""What flows through the wires while training: strengths on a log axis whose limits only widen."""

from __future__ import annotations

import math
from collections.abc import Mapping

from app.canvas.wires import WireView, strength
from app.node_live import NodeLive
from graphs.document import Wire

USUAL = {WireView.ACTIVATIONS: (1e-2, 1.0), WireView.GRADIENTS: (1e-6, 1.0)}


class Flows:
    """The newest live values, and how strong each wire is in the present view."""

    def __init__(self) -> None:
        self.view = WireView.SHAPES
        self.lives: dict[str, NodeLive] = {}
        self.limits = dict(USUAL)

    def take(self, lives: Mapping[str, NodeLive]) -> None:
        """Holds new values; limits jump by whole decades, so that the legend stays still."""
        self.lives = dict(lives)
        if not any(live.rms or live.back for live in lives.values()):
            self.limits = dict(USUAL)
        for view, name in ((WireView.ACTIVATIONS, "rms"), (WireView.GRADIENTS, "back")):
            values = [value for live in lives.values() for value in getattr(live, name).values()]
            finite = [value for value in values if math.isfinite(value) and value > 1e-12]
            if finite:
                low, high = self.limits[view]
                self.limits[view] = (
                    min(low, 10.0 ** math.floor(math.log10(min(finite)) + 1e-9)),
                    max(high, 10.0 ** math.ceil(math.log10(max(finite)) - 1e-9)),
                )

    def of(self, wire: Wire) -> tuple[float | None, float | None]:
        """The wire's value and its strength, 0 … 1, in the present view."""
        if self.view is WireView.SHAPES:
            return None, None
        value = self.value(wire, self.view)
        return value, strength(value, *self.limits[self.view])

    def value(self, wire: Wire, view: WireView) -> float | None:
        """The RMS at a wire's start, or the norm of the gradient that comes back from its end."""
        node, port = (wire.source, wire.output) if view is WireView.ACTIVATIONS else (wire.target, wire.input)
        live = self.lives.get(node)
        if live is None:
            return None
        return (live.rms if view is WireView.ACTIVATIONS else live.back).get(port)
