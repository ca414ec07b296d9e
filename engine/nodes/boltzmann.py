"""Boltzmann machines (ボルツマンマシン): networks that learn by comparing samples with what they dream up themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from engine import initializers
from engine.nodes.learning import Learner
from engine.ops.activations import Sigmoid
from engine.ops.affine import Affine, AffineTransposed
from engine.ops.elementwise import StopGradient, Subtract, Told
from engine.ops.energy import FreeEnergy
from engine.ops.losses import SquaredError
from engine.ops.primitive import Value
from engine.ops.sampling import Bernoulli
from graphs.language import tr
from graphs.spec import Family, Kind, Port, Shape, ShapeError, Site, features, whole

if TYPE_CHECKING:
    from engine.compiler import Builder


class BoltzmannMachine(Learner):
    """A restricted Boltzmann machine: makes samples likelier than what it turns them into when left to itself.

    Hidden and visible units are drawn in turns, k times, starting at a sample (contrastive divergence). The loss that is
    told is the error of one turn without chance; the steps follow the difference of free energies, which is another thing.
    """

    title, family = "Boltzmann machine", Family.AUTOENCODERS
    equation = "P(hⱼ = 1) = σ(W v + c)ⱼ,   P(vᵢ = 1) = σ(Wᵀ h + b)ᵢ\nF(v) = −b·v − Σⱼ ln(1 + e^(W v + c)ⱼ)\n∇ = ∇F(v) − ∇F(v_k)"
    source = "Hinton (2002), Training Products of Experts; lectures A14 (制限付きボルツマンマシン)"
    keywords = ("rbm", "restricted", "contrastive divergence", "gibbs", "energy", "generative", "制限付き", "ボルツマンマシン",
                "自己符号化器")
    has_own_loss: ClassVar[bool] = True
    random_outputs: ClassVar[tuple[str, ...]] = ("sample",)
    inputs = (Port("x", Kind.FEATURES, help="what is to become likely: values between 0 and 1"),)
    outputs = (Port("code", Kind.FEATURES, help="the chance of each hidden unit to be 1"),
               Port("reconstruction", Kind.FEATURES, help="the chances of the visible units, given that code"),
               Port("sample", Kind.FEATURES, help="what the input has become after k turns"))
    samples = (({"units": 6}, {"x": features(5, low=0, high=1)}), ({"units": 3, "turns": 3}, {"x": features(4, low=0, high=1)}))
    wrong = (({"units": 0}, {"x": features(3, low=0, high=1)}, "1"), ({}, {"x": features(3, low=-4, high=9)}, "between 0 and 1"))

    units: int = whole(64, "Hidden units", "How many numbers the code has.", low=1, high=65536)
    turns: int = whole(1, "Turns", "How often hidden and visible units are drawn before the comparison.", low=1, high=25,
                       unit="k")

    def shapes(self, given: Mapping[str, Shape], site: Site) -> Mapping[str, Shape]:
        x = given["x"]
        if (x.low is not None and x.low < 0) or (x.high is not None and x.high > 1):
            raise ShapeError(tr("A Boltzmann machine needs inputs between 0 and 1, but these lie outside."), port="x", code="range")
        seen = Shape(x.kind, x.sizes, picture=x.picture, colour=x.colour, low=0.0, high=1.0)
        return {"code": x.features(self.units, low=0.0, high=1.0), "reconstruction": seen, "sample": seen}

    def summary(self, given: Mapping[str, Shape], made: Mapping[str, Shape]) -> str:
        return f"{given['x'].width} ↔ {self.units}" if "x" in given else f"↔ {self.units}"

    def build(self, net: Builder, inputs: Mapping[str, Value]) -> Mapping[str, Value]:
        x = inputs["x"]
        apart = x.trained and net.counts
        target = StopGradient()(x) if apart else x
        sums = self._up(net, x)
        own = self._up(net, target) if apart else sums
        hidden = Sigmoid()(own)
        code = Sigmoid()(sums) if apart else hidden
        energy = FreeEnergy()(target, own, self._visible_bias(net, x))
        error = SquaredError()(Sigmoid()(self._down(net, hidden)), target)
        dreamt = self._dream(net, hidden)
        if net.training:
            gap = Subtract()(energy, FreeEnergy()(dreamt, self._up(net, dreamt), self._visible_bias(net, x)))
            error = Told()(gap, StopGradient()(error))
        net.loss(error, components=x.width)
        net.metric("free_energy", energy)
        net.layer(hidden if net.training else code, weight="weight", bias="bias", activation="sigmoid", port="x")
        net.reconstruction(net.sources["x"], (net.node, "reconstruction"), net.shape("x").picture)
        return {"code": code, "reconstruction": Sigmoid()(self._down(net, code)), "sample": dreamt}

    def _weight(self, net: Builder, width: int) -> Value:
        return net.parameter("weight", (self.units, width), self.first("sigmoid"))

    def _visible_bias(self, net: Builder, x: Value) -> Value:
        return net.parameter("visible_bias", (x.axes[-1],), initializers.zeros)

    def _up(self, net: Builder, v: Value) -> Value:
        """What goes into the hidden units."""
        return Affine()(v, self._weight(net, v.axes[-1]), net.parameter("bias", (self.units,), initializers.zeros))

    def _down(self, net: Builder, h: Value) -> Value:
        """What goes into the visible units."""
        width = net.shape("x").width
        return AffineTransposed()(h, self._weight(net, width), net.parameter("visible_bias", (width,), initializers.zeros))

    def _dream(self, net: Builder, hidden: Value) -> Value:
        """Samples after k turns that begin with these chances of the hidden units."""
        v = Bernoulli()(Sigmoid()(self._down(net, Bernoulli()(hidden))))
        for _ in range(self.turns - 1):
            v = Bernoulli()(Sigmoid()(self._down(net, Bernoulli()(Sigmoid()(self._up(net, v))))))
        return v
