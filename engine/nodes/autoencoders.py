"""Autoencoders (自己符号化器): an encoder, a decoder and a reconstruction loss of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from engine import initializers
from engine.nodes.activations import ActivationName, activate, activation_choice, bounds
from engine.nodes.learning import Learner
from engine.nodes.losses import unusual_pair
from engine.ops.activations import Sigmoid
from engine.ops.affine import Affine, AffineTransposed
from engine.ops.elementwise import StopGradient
from engine.ops.losses import BinaryCrossEntropy, SquaredError
from engine.ops.metrics import MeanSquaredError
from engine.ops.primitive import Value
from graphs.edits import set_parameter
from graphs.language import marked, tr
from graphs.problems import Cure
from graphs.spec import (
    Family,
    Kind,
    Made,
    Port,
    Remark,
    Shape,
    ShapeError,
    Site,
    choice,
    choice_type,
    features,
    switch,
    whole,
)

if TYPE_CHECKING:
    from engine.compiler import Builder

RECONSTRUCTION_LOSSES = {"squared_error": "Squared error", "binary_cross_entropy": "Binary cross-entropy"}


class Autoencoder(Learner):
    """Learns to rebuild its input from a code of few numbers: what passes the waist of the hourglass is what matters.

    Its own loss, summed over components and averaged over samples, trains its own weights only; wiring
    `reconstruction` to something replaces it.
    """

    title, family = "Autoencoder", Family.AUTOENCODERS
    equation = "h = f(W x + b)\nx̂ = g(V h + c),   L = ‖x̂ − x‖²"
    source = "Hinton and Salakhutdinov (2006); lectures A1, A2, A3 (自己符号化器, 砂時計型)"
    keywords = ("hourglass", "code", "bottleneck", "unsupervised", "自己符号化器", "砂時計", "reconstruction")
    has_own_loss: ClassVar[bool] = True
    inputs = (Port("x", Kind.FEATURES, help="what is to be rebuilt"),)
    outputs = (Port("code", Kind.FEATURES, help="the few numbers in the middle"),
               Port("reconstruction", Kind.FEATURES, help="the input as rebuilt from the code"))
    samples = (({"units": 3}, {"x": features(5)}), ({"units": 2, "tied": True}, {"x": features(4, low=0, high=1)}),
               ({"units": 2, "output_activation": "sigmoid", "loss": "binary_cross_entropy"},
                {"x": features(4, low=0, high=1)}))
    wrong = (({"units": 0}, {"x": features(3)}, "1"),
             ({"loss": "binary_cross_entropy", "output_activation": "sigmoid"}, {"x": features(3, low=-4, high=9)},
              "between 0 and 1"))

    units: int = whole(32, "Units", "How many numbers the code has.", low=1, high=65536)
    activation: ActivationName = activation_choice("sigmoid")
    output_activation: ActivationName = activation_choice("identity", "Output")
    tied: bool = switch(False, "Tied weights", "The decoder uses the encoder's weights, transposed: V = Wᵀ.")
    loss: choice_type(RECONSTRUCTION_LOSSES) = choice(
        "squared_error", "Loss", "How the difference between input and reconstruction is measured.",
        RECONSTRUCTION_LOSSES)

    def shapes(self, given: Mapping[str, Shape], site: Site) -> Mapping[str, Shape]:
        x = given["x"]
        outside = (x.low is not None and x.low < 0) or (x.high is not None and x.high > 1)
        if self.loss == "binary_cross_entropy" and outside:
            raise ShapeError(
                tr("Binary cross-entropy needs inputs between 0 and 1, but these lie outside."),
                parameter="loss", code="range", cures=_use_squared_error(site.node))
        made = Made(site.node, "output_activation", self.output_activation)
        rebuilt = Shape(x.kind, x.sizes, picture=x.picture, made=made, **bounds(self.output_activation))
        code = x.features(self.units, made=Made(site.node, "activation", self.activation), **bounds(self.activation))
        return {"code": code, "reconstruction": rebuilt}

    def remarks(self, given: Mapping[str, Shape], site: Site) -> Sequence[Remark]:
        natural = "identity" if self.loss == "squared_error" else "sigmoid"
        if self.output_activation in ("identity", natural) or "reconstruction" in site.wired:
            return ()
        other = self.output_activation == "sigmoid" and given["x"].low is not None and given["x"].high is not None \
            and given["x"].low >= 0 and given["x"].high <= 1
        cures = (Cure(tr("Use {title} instead", title=tr("Binary cross-entropy")),
                      lambda doc: set_parameter(doc, site.node, "loss", "binary_cross_entropy")),) if other else ()
        made = Made(site.node, "output_activation", self.output_activation)
        return (unusual_pair(RECONSTRUCTION_LOSSES[self.loss], made, natural, "", cures),)

    def summary(self, given: Mapping[str, Shape], made: Mapping[str, Shape]) -> str:
        return f"{given['x'].width} → {self.units} → {given['x'].width}" if "x" in given else f"→ {self.units} →"

    def build(self, net: Builder, inputs: Mapping[str, Value]) -> Mapping[str, Value]:
        x = inputs["x"]
        code = self._encode(net, x)
        made, before = self._decode(net, code, x)
        net.layer(code, weight="encode.weight", bias="encode.bias", name=marked("encode"), activation=self.activation, port="x")
        net.layer(made, weight="encode.weight" if self.tied else "decode.weight", bias="decode.bias", name=marked("decode"),
                  activation=self.output_activation)
        if not net.wired("reconstruction"):
            self._own_loss(net, x, made, before)
        net.reconstruction(net.sources["x"], (net.node, "reconstruction"), net.shape("x").picture)
        return {"code": code, "reconstruction": made}

    def _encode(self, net: Builder, x: Value) -> Value:
        w = net.parameter("encode.weight", (self.units, x.axes[-1]),
                          self.first(self.activation))
        u = Affine()(x, w, net.parameter("encode.bias", (self.units,), initializers.zeros))
        return activate(net, self.activation, u, learned="encode.alpha")

    def _decode(self, net: Builder, code: Value, x: Value) -> tuple[Value, Value]:
        """The reconstruction, and what it was before the output activation."""
        bias = net.parameter("decode.bias", (x.axes[-1],), initializers.zeros)
        if self.tied:
            w = net.parameter("encode.weight", (self.units, x.axes[-1]), initializers.zeros)
            u = AffineTransposed()(code, w, bias)
        else:
            w = net.parameter("decode.weight", (x.axes[-1], self.units),
                              self.first(self.output_activation))
            u = Affine()(code, w, bias)
        return activate(net, self.output_activation, u, learned="decode.alpha"), u

    def _own_loss(self, net: Builder, x: Value, made: Value, before: Value) -> None:
        """The input is data to this loss: where x itself is trained, the encoder is run again on a copy of x through
        which no gradient passes, so that stacked autoencoders do not disturb each other."""
        target = x
        if x.trained:
            target = StopGradient()(x)
            made, before = self._decode(net, self._encode(net, target), x)
        if self.loss == "squared_error":
            net.loss(SquaredError()(made, target), components=x.width)
        else:
            logits = before if self.output_activation == "sigmoid" else made
            net.loss(BinaryCrossEntropy()(logits, target))
            probabilities = made if self.output_activation == "sigmoid" else Sigmoid()(made)
            net.metric("mean_squared_error", MeanSquaredError()(probabilities, target))


def _use_squared_error(node: str) -> tuple[Cure, ...]:
    return (Cure(tr("Use squared error instead"), lambda doc: set_parameter(doc, node, "loss", "squared_error")),)
