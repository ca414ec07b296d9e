"""What the units of a layer answer to the probe samples, as a histogram."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from app.live.histogram import HistogramCard
from app.live.sight import Sight, output_key
from engine.events import RunInfo
from graphs.language import tr

KNOWN_LIMITS = {"sigmoid": (0.0, 1.0), "softmax": (0.0, 1.0), "tanh": (-1.0, 1.0)}


class ActivationHistogramCard(HistogramCard):
    """Activations of one output over all probe samples and units."""

    name: ClassVar[str] = "activations"

    def title(self) -> str:
        return tr("Activations")

    @classmethod
    def fits(cls, run: RunInfo) -> bool:
        return bool(run.outputs)

    @classmethod
    def concerns(cls, sight: Sight) -> bool:
        return bool(sight.run) and any(port[0] in sight.selection for port in sight.run.outputs)

    def key(self, sight: Sight) -> str:
        port = sight.picked_output(self.choice)
        return output_key(port) if port else ""

    def choices(self, sight: Sight) -> Sequence[tuple[str, str]]:
        return [(output_key(port), sight.port_name(port)) for port in (sight.run.outputs if sight.run else ())]

    def known_limits(self, sight: Sight, key: str) -> tuple[float, float] | None:
        """A squashing layer's range. Of a node with several layers the last one makes the reconstruction, the first one
        everything else."""
        rebuilt = {output_key(item.output) for item in (sight.run.reconstructions if sight.run else ())}
        node = key.partition(":")[2].rpartition("/")[0]
        kinds = [layer.activation for layer in sight.layers if layer.node == node]
        return KNOWN_LIMITS.get(kinds[-1 if key in rebuilt else 0]) if kinds else None
