"""Penalties (正則化項) on what flows along a wire: terms of the objective that ask for simplicity, not for rightness."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from engine.nodes.node import NetworkNode
from engine.ops.losses import AbsoluteSum
from engine.ops.primitive import Value, size_of
from graphs.spec import Family, Kind, Port, Shape, Site, features, number

if TYPE_CHECKING:
    from engine.compiler import Builder


class Penalty(NetworkNode):
    """What penalties share: they hang on a wire, and λ times their value joins the objective. Alone they are nothing to
    train for, so the loss without them is told as well."""

    strength: float = number(0.01, "Strength", "How much the penalty counts beside the losses.", low=0, high=1e6,
                             log=True, unit="λ")

    def shapes(self, given: Mapping[str, Shape], site: Site) -> Mapping[str, Shape]:
        return {}

    def summary(self, given: Mapping[str, Shape], made: Mapping[str, Shape]) -> str:
        return f"λ = {self.strength:g}"

    def build(self, net: Builder, inputs: Mapping[str, Value]) -> Mapping[str, Value]:
        net.loss(self.penalty(net, inputs), weight=self.strength, penalty=True)
        return {}

    def penalty(self, net: Builder, inputs: Mapping[str, Value]) -> Value:
        """Ω: a value of one number, the mean over the samples of the batch."""
        raise NotImplementedError


class ActivityPenalty(Penalty):
    """Asks for small activities, most of them 0: what flows along the wire becomes sparse."""

    title, family = "Activity penalty", Family.LOSSES
    equation = "Ω = λ/B Σ |h|"
    source = "Olshausen and Field (1996); lectures, section 3 (正則化): activity L1"
    keywords = ("l1", "sparse", "regularisation", "lasso", "スパース", "正則化")
    inputs = (Port("h", Kind.FEATURES, (Kind.IMAGE, Kind.SEQUENCE), help="the activities that should be small"),)
    samples = (({}, {"h": features(3)}), ({"strength": 2.0}, {"h": Shape(Kind.IMAGE, (1, 2, 3))}))
    wrong = (({"strength": -1.0}, {"h": features(3)}, "0"),)

    def penalty(self, net: Builder, inputs: Mapping[str, Value]) -> Value:
        h = inputs["h"]
        return AbsoluteSum(scale=abs(size_of(h.axes[:-1])))(h)
