"""The weights of a layer as a histogram."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from app.live.histogram import HistogramCard
from app.live.sight import Sight, weights_key
from engine.events import RunInfo
from graphs.language import tr


class WeightHistogramCard(HistogramCard):
    """How the weights of one layer are spread, now and in epoch 0."""

    name: ClassVar[str] = "weight_histogram"

    def title(self) -> str:
        return tr("Weight values")

    @classmethod
    def fits(cls, run: RunInfo) -> bool:
        return bool(run.layers)

    @classmethod
    def concerns(cls, sight: Sight) -> bool:
        return any(layer.node in sight.selection for layer in sight.layers)

    def key(self, sight: Sight) -> str:
        layer = sight.picked_layer(self.choice)
        return weights_key(layer) if layer else ""

    def choices(self, sight: Sight) -> Sequence[tuple[str, str]]:
        return [(weights_key(layer), sight.layer_name(layer)) for layer in sight.layers]
