"""Layers in which every output sees every input (全結合層)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from engine import initializers
from engine.nodes.activations import OPTIONS, ActivationName, activate, activation_choice, bounds
from engine.nodes.node import NetworkNode
from engine.ops.affine import Affine, Linear
from engine.ops.primitive import Value
from graphs.language import tr
from graphs.spec import Family, Kind, Port, Shape, Site, choice, choice_type, features, switch, whole

if TYPE_CHECKING:
    from engine.compiler import Builder

InitializerName = choice_type(initializers.OPTIONS)


def initializer_choice() -> InitializerName:
    """The parameter that picks the first values of the weights."""
    return choice("auto", "Initialiser", "How the weights are drawn before training. Automatic: He for ReLU, Glorot "
                  "for everything else.", initializers.OPTIONS, advanced=True)


class Dense(NetworkNode):
    """Every output sees every input: a weighted sum plus a bias, bent by an activation function."""

    title, family = "Dense", Family.LAYERS
    equation = "y = f(W x + b)"
    source = "Rosenblatt (1958); lectures U1–U8 (多層パーセプトロン)"
    keywords = ("fully connected", "linear", "perceptron", "mlp", "layer", "全結合")
    inputs = (Port("x", Kind.FEATURES, help="the features that every unit weighs"),)
    outputs = (Port("y", Kind.FEATURES, help="one number for each unit"),)
    samples = (({"units": 5}, {"x": features(3)}), ({"units": 1, "bias": False, "activation": "tanh"}, {"x": features(1)}),
               ({"units": 3, "activation": "softmax"}, {"x": features(4)}))
    wrong = (({"units": 0}, {"x": features(3)}, "1"), ({"units": "many"}, {"x": features(3)}, "whole number"))

    units: int = whole(32, "Units", "How many outputs: each has its own weights.", low=1, high=65536)
    activation: ActivationName = activation_choice("identity")
    bias: bool = switch(True, "Bias", "Add a learned constant to every unit's sum.", advanced=True)
    initializer: InitializerName = initializer_choice()

    def shapes(self, given: Mapping[str, Shape], site: Site) -> Mapping[str, Shape]:
        return {"y": given["x"].features(self.units, **bounds(self.activation))}

    def summary(self, given: Mapping[str, Shape], made: Mapping[str, Shape]) -> str:
        widths = f"{given['x'].width} → {self.units}" if "x" in given else f"{self.units}"
        return widths if self.activation == "identity" else f"{tr(OPTIONS[self.activation])} · {widths}"

    def build(self, net: Builder, inputs: Mapping[str, Value]) -> Mapping[str, Value]:
        x = inputs["x"]
        w = net.parameter("weight", (self.units, x.axes[-1]), initializers.chosen(self.initializer, self.activation))
        if self.bias:
            u = Affine()(x, w, net.parameter("bias", (self.units,), initializers.zeros))
        else:
            u = Linear()(x, w)
        y = activate(self.activation, u)
        net.layer(y, weight="weight", bias="bias" if self.bias else "", activation=self.activation, port="x")
        return {"y": y}
