"""Nodes that make a network generalise: they act in training and stand aside in use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from engine.nodes.node import NetworkNode
from engine.ops.primitive import Value
from engine.ops.sampling import Dropout as DropoutOperation
from graphs.spec import Family, Kind, Port, Shape, Site, features, number

if TYPE_CHECKING:
    from engine.compiler import Builder


class Dropout(NetworkNode):
    """Switches off a random part of its inputs in every mini-batch, so that no unit can rely on another."""

    title, family = "Dropout", Family.LAYERS
    equation = "y = x ⊙ m / (1 − p),   mᵢ = 0 with chance p"
    source = "Srivastava et al. (2014); lectures O14 (ドロップアウト)"
    keywords = ("regularisation", "overfitting", "mask", "ドロップアウト", "過学習")
    inputs = (Port("x", Kind.FEATURES, (Kind.IMAGE, Kind.SEQUENCE), help="any values"),)
    outputs = (Port("y", Kind.FEATURES, help="the same values, some of them switched off while training"),)
    samples = (({}, {"x": features(6)}), ({"rate": 0.0}, {"x": features(1)}))
    wrong = (({"rate": 1.0}, {"x": features(3)}, "1"),)

    rate: float = number(0.5, "Share dropped", "The share of values that is switched off in each mini-batch.",
                         low=0, below=1, unit="p")

    def shapes(self, given: Mapping[str, Shape], site: Site) -> Mapping[str, Shape]:
        x = given["x"]
        return {"y": Shape(x.kind, x.sizes, picture=x.picture, colour=x.colour)}

    def summary(self, given: Mapping[str, Shape], made: Mapping[str, Shape]) -> str:
        return f"{self.rate:g}"

    def build(self, net: Builder, inputs: Mapping[str, Value]) -> Mapping[str, Value]:
        x = inputs["x"]
        return {"y": DropoutOperation(rate=self.rate)(x) if net.training and self.rate > 0 else x}
