"""Autoencoders of many layers, folded at the code: the decoder mirrors the encoder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from engine.nodes.activations import ActivationName, activate, activation_choice, bounds
from engine.nodes.autoencoders import DECODERS, ENCODERS, MOST_LAYERS, Autoencoder, Path, layer_names
from engine.ops.elementwise import StopGradient
from engine.ops.losses import SquaredError
from engine.ops.metrics import MeanSquaredError
from engine.ops.primitive import Value
from engine.scope import layer_name
from graphs.language import tr
from graphs.spec import Made, Shape, ShapeError, Site, features, text, whole

if TYPE_CHECKING:
    from engine.compiler import Builder

WIDEST = 65536


class DeepAutoencoder(Autoencoder):
    """Leads samples through ever narrower layers to the code, and back through the same widths."""

    title = "Deep autoencoder"
    equation = "h₁ = f(W₁ x + b₁),   h₂ = f(W₂ h₁ + b₂),   …\nx̂ = g(V … f(V₂ f(V₁ h + c₁) + c₂) … + c)\nL = ‖x̂ − x‖²"
    source = "Hinton and Salakhutdinov (2006); lectures A10 (多層自己符号化器)"
    keywords = ("stacked", "multilayer", "mirrored", "hourglass", "2-d code", "多層", "自己符号化器", "砂時計")
    samples = (({"hidden": "6 4", "units": 2}, {"x": features(5)}),
               ({"hidden": "4", "units": 2, "tied": True}, {"x": features(5, low=0, high=1)}),
               ({"hidden": "", "units": 2, "code_activation": "tanh", "output_activation": "sigmoid",
                 "loss": "binary_cross_entropy"}, {"x": features(4, low=0, high=1)}))
    wrong = (({"units": 0}, {"x": features(3)}, "1"), ({"hidden": "8 x"}, {"x": features(3)}, "whole numbers"),
             ({"hidden": "9 8 7 6 5 4"}, {"x": features(3)}, "at most"))

    hidden: str = text("32", "Hidden widths", "Units of the layers before the code, such as 128 64: the decoder goes back "
                       "through them. Empty: none.")
    units: int = whole(8, "Code units", "How many numbers the code has.", low=1, high=WIDEST)
    activation: ActivationName = activation_choice("tanh")
    code_activation: ActivationName = activation_choice("identity", "Code")

    def shapes(self, given: Mapping[str, Shape], site: Site) -> Mapping[str, Shape]:
        parts = self._parts()
        if self._numbers() is None:
            raise ShapeError(tr("The hidden widths must be whole numbers from 1 to {most}, such as 128 64, but are “{given}”.",
                                most=WIDEST, given=self.hidden[:40]), parameter="hidden")
        if len(parts) >= MOST_LAYERS:
            raise ShapeError(tr("There can be at most {most} hidden widths, but {given} are given.", most=MOST_LAYERS - 1,
                                given=len(parts)), parameter="hidden")
        made = super().shapes(given, site)
        code = given["x"].features(self.units, made=Made(site.node, "code_activation", self.code_activation),
                                   **bounds(self.code_activation))
        return {**made, "code": code}

    def _parts(self) -> list[str]:
        return self.hidden.replace(",", " ").split()

    def _numbers(self) -> tuple[int, ...] | None:
        """The hidden widths; None where they are no such numbers."""
        parts = self._parts()
        right = all(part.isascii() and part.isdigit() and len(part) < 9 and 1 <= int(part) <= WIDEST for part in parts)
        return tuple(map(int, parts)) if right else None

    @property
    def widths(self) -> tuple[int, ...]:
        return (*(self._numbers() or ()), self.units)

    @property
    def parts(self) -> int:
        return len(self.widths) if len(self.widths) > 1 else 0

    @property
    def bends(self) -> tuple[str, ...]:
        inner = (self.activation,) * (len(self.widths) - 1)
        return (*inner, self.code_activation, *inner, self.output_activation)

    def pair(self, part: int) -> tuple[str, str]:
        """The layers of one pair, counted from the outside: what encodes and what decodes it."""
        depth = len(self.widths)
        return layer_names("encode", depth)[part - 1], layer_names("decode", depth)[depth - part]

    def build(self, net: Builder, inputs: Mapping[str, Value]) -> Mapping[str, Value]:
        if not net.part:
            return super().build(net, inputs)
        whole = self.path(net, inputs["x"], inputs["x"])
        self._build_pair(net, whole, net.part)
        return self.results(net, whole)

    def _build_pair(self, net: Builder, whole: Path, part: int) -> None:
        """One pair of layers as an autoencoder of its own, on what the layers below make of the input."""
        depth, (coder, decoder) = len(self.widths), self.pair(part)
        x = whole.given
        if part > 1:
            below = whole.outputs[part - 2]
            x = net.known(layer_name(part - 1), below.width) or StopGradient()(below)
        code = self.encoded_layer(net, x, coder, self.widths[part - 1], self.bends[part - 1])
        bend = self.bends[2 * depth - part]
        before = self.decoded_layer(net, code, (decoder, coder), x.width, bend)
        path = Path(x, x, code, code, before, activate(net, bend, before, learned=f"{decoder}.alpha"), (code,))
        names = {ENCODERS[part]: (coder, code, self.bends[part - 1]), DECODERS[depth - part + 1]: (decoder, path.made, bend)}
        for name, (layer, output, activation) in names.items():
            net.layer(output, weight=f"{coder if self.tied else layer}.weight", bias=f"{layer}.bias", name=name,
                      activation=activation)
        if part == 1 or self.loss == "squared_error":
            self.add_loss(net, path)
        else:  # cross-entropy is for the input, which is all of values from 0 to 1
            net.loss(SquaredError()(path.made, path.target))
            net.metric("mean_squared_error", MeanSquaredError()(path.made, path.target))

    def results(self, net: Builder, path: Path) -> Mapping[str, Value]:
        for number, value in enumerate(path.outputs[: len(self.widths) - 1], start=1):
            net.inner(layer_name(number), value)
        return super().results(net, path)
