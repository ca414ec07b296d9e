"""Autoencoders (自己符号化器): an encoder, a decoder and a reconstruction loss of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, NamedTuple

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
from engine.ops.sampling import Dropout
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
    number,
    switch,
    whole,
)

if TYPE_CHECKING:
    from engine.compiler import Builder

RECONSTRUCTION_LOSSES = {"squared_error": "Squared error", "binary_cross_entropy": "Binary cross-entropy"}


MOST_LAYERS = 6  # of the encoder
ENCODERS = (marked("encode"), marked("encode 1"), marked("encode 2"), marked("encode 3"), marked("encode 4"),
            marked("encode 5"), marked("encode 6"))
DECODERS = (marked("decode"), marked("decode 1"), marked("decode 2"), marked("decode 3"), marked("decode 4"),
            marked("decode 5"), marked("decode 6"))


class Path(NamedTuple):
    """One way through an autoencoder: every value has a row for each sample."""

    given: Value  # what the encoder sees
    target: Value  # what is to be rebuilt
    code: Value
    sent: Value  # what the decoder is given of the code
    before: Value  # the reconstruction before its activation
    made: Value
    outputs: tuple[Value, ...]  # of all layers


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
    losses: ClassVar[Mapping[str, str]] = RECONSTRUCTION_LOSSES
    loss_for_reals: ClassVar[str] = "squared_error"
    spoilt: ClassVar[tuple[str, ...]] = ()  # the outputs that are the input with noise, and what is rebuilt of it
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
    code_dropout: float = number(0.0, "Dropout on the code", "The share of the code that is switched off in each mini-batch "
                                 "of training.", low=0, below=1, unit="p", advanced=True)

    def shapes(self, given: Mapping[str, Shape], site: Site) -> Mapping[str, Shape]:
        x = given["x"]
        outside = (x.low is not None and x.low < 0) or (x.high is not None and x.high > 1)
        if self.loss == "binary_cross_entropy" and outside:
            raise ShapeError(
                tr("Binary cross-entropy needs inputs between 0 and 1, but these lie outside."),
                parameter="loss", code="range", cures=self._cures(site.node, self.loss_for_reals))
        made = Made(site.node, "output_activation", self.output_activation)
        rebuilt = Shape(x.kind, x.sizes, picture=x.picture, made=made, colour=x.colour, **bounds(self.output_activation))
        code = x.features(self.units, made=Made(site.node, "activation", self.activation), **bounds(self.activation))
        return {"code": code, "reconstruction": rebuilt}

    def remarks(self, given: Mapping[str, Shape], site: Site) -> Sequence[Remark]:
        natural = "sigmoid" if self.loss == "binary_cross_entropy" else "identity"
        if self.output_activation in ("identity", natural) or "reconstruction" in site.wired:
            return ()
        other = self.output_activation == "sigmoid" and given["x"].low is not None and given["x"].high is not None \
            and given["x"].low >= 0 and given["x"].high <= 1
        cures = self._cures(site.node, "binary_cross_entropy") if other else ()
        made = Made(site.node, "output_activation", self.output_activation)
        return (unusual_pair(self.losses[self.loss], made, natural, "", cures),)

    def _cures(self, node: str, loss: str) -> tuple[Cure, ...]:
        return (Cure(tr("Use {title} instead", title=tr(self.losses[loss])), lambda doc: set_parameter(doc, node, "loss", loss)),)

    def learns_alone(self, wired: frozenset[str]) -> bool:
        return "reconstruction" not in wired

    @property
    def widths(self) -> tuple[int, ...]:
        """Units of each layer of the encoder, the code last."""
        return (self.units,)

    @property
    def bends(self) -> tuple[str, ...]:
        """The activation of each layer of the encoder, then of the decoder."""
        return (self.activation, self.output_activation)

    def summary(self, given: Mapping[str, Shape], made: Mapping[str, Shape]) -> str:
        ends = [str(given["x"].width)] if "x" in given else [""]
        return " → ".join([*ends, *map(str, (*self.widths, *self.widths[-2::-1])), *ends]).strip()

    def build(self, net: Builder, inputs: Mapping[str, Value]) -> Mapping[str, Value]:
        """The input is data to the own loss: where x itself is trained, all is run again on a copy of x through which no
        gradient passes, so that stacked autoencoders do not disturb each other."""
        x = inputs["x"]
        spoils = net.counts or any(map(net.wired, self.spoilt))  # where others are trained the code alone matters
        own = there = self.path(net, self.given(net, x) if spoils else x, x)
        if x.trained and net.counts:
            target = StopGradient()(x)
            own = self.path(net, target if there.given is x else StopGradient()(there.given), target)
        self._declare(net, there if net.wired("reconstruction") or not net.training else own)
        if not net.wired("reconstruction"):
            self.add_loss(net, own)
        self.penalize(net, own)
        net.reconstruction(net.sources["x"], (net.node, "reconstruction"), net.shape("x").picture,
                           tuple((net.node, port) for port in self.spoilt))
        return self.results(net, there)

    # what kinds of autoencoders differ in

    def given(self, net: Builder, x: Value) -> Value:
        """What the encoder sees of the input."""
        return x

    def sent(self, net: Builder, code: Value) -> Value:
        """What the decoder is given of the code."""
        return Dropout(rate=self.code_dropout)(code) if net.training and self.code_dropout else code

    def penalize(self, net: Builder, path: Path) -> None:
        """Adds what the objective asks for besides a good reconstruction."""

    def results(self, net: Builder, path: Path) -> Mapping[str, Value]:
        """The values of the output ports."""
        return {"code": path.code, "reconstruction": path.made}

    # what they share

    def path(self, net: Builder, given: Value, target: Value) -> Path:
        """One way through encoder and decoder."""
        outputs = self.encoded(net, given)
        code = outputs[-1]
        value = before = sent = self.sent(net, code)
        depth = len(self.widths)
        for place, name in enumerate(layer_names("decode", depth)):
            width, bend = (*self.widths[-2::-1], target.axes[-1])[place], self.bends[depth + place]
            before = self.decoded_layer(net, value, (name, layer_names("encode", depth)[depth - 1 - place]), width, bend)
            value = activate(net, bend, before, learned=f"{name}.alpha")
            outputs.append(value)
        return Path(given, target, code, sent, before, value, tuple(outputs))

    def encoded(self, net: Builder, given: Value) -> list[Value]:
        """The outputs of the encoder's layers, the code last."""
        outputs = [given]
        for name, width, bend in zip(layer_names("encode", len(self.widths)), self.widths, self.bends, strict=False):
            outputs.append(self.encoded_layer(net, outputs[-1], name, width, bend))
        return outputs[1:]

    def encoded_layer(self, net: Builder, value: Value, name: str, width: int, bend: str) -> Value:
        """One layer of the encoder."""
        w = net.parameter(f"{name}.weight", (width, value.axes[-1]), self.first(bend))
        u = Affine()(value, w, net.parameter(f"{name}.bias", (width,), initializers.zeros))
        return activate(net, bend, u, learned=f"{name}.alpha")

    def decoded_layer(self, net: Builder, value: Value, names: tuple[str, str], width: int, bend: str) -> Value:
        """The weighted sums of one layer of the decoder, and of the layer of the encoder that it mirrors."""
        name, mirrored = names
        bias = net.parameter(f"{name}.bias", (width,), initializers.zeros)
        if self.tied:
            return AffineTransposed()(value, net.parameter(f"{mirrored}.weight", (value.axes[-1], width), self.first(bend)), bias)
        return Affine()(value, net.parameter(f"{name}.weight", (width, value.axes[-1]), self.first(bend)), bias)

    def _declare(self, net: Builder, path: Path) -> None:
        """The layers, as the views show them."""
        depth = len(self.widths)
        coders, decoders = layer_names("encode", depth), layer_names("decode", depth)
        for place, (name, output, bend) in enumerate(zip((*coders, *decoders), path.outputs, self.bends, strict=True)):
            weight = coders[2 * depth - 1 - place] if self.tied and place >= depth else name
            words = (ENCODERS if place < depth else DECODERS)[place % depth + (depth > 1)]
            net.layer(output, weight=f"{weight}.weight", bias=f"{name}.bias", name=words, activation=bend,
                      port=None if place else "x")

    def add_loss(self, net: Builder, path: Path) -> None:
        """How far the reconstruction is from what was to be rebuilt."""
        if self.loss == "squared_error":
            net.loss(SquaredError()(path.made, path.target), components=path.target.width)
            return
        sigmoid = self.output_activation == "sigmoid"
        net.loss(BinaryCrossEntropy()(path.before if sigmoid else path.made, path.target))
        net.metric("mean_squared_error", MeanSquaredError()(self.rebuilt(path), path.target))

    def rebuilt(self, path: Path) -> Value:
        """The reconstruction as values: cross-entropy takes the output of other activations for logits."""
        logits = self.loss == "binary_cross_entropy" and self.output_activation != "sigmoid"
        return Sigmoid()(path.made) if logits else path.made


def layer_names(what: str, depth: int) -> tuple[str, ...]:
    """The layers of one half, as parameters are named after them."""
    return (what,) if depth == 1 else tuple(f"{what}{place}" for place in range(1, depth + 1))
