"""Layers in which every output sees every input (全結合層)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from engine import initializers
from engine.nodes.activations import (
    OPTIONS,
    ActivationName,
    activate,
    activation_choice,
    alpha_field,
    bounds,
    shared_field,
    slope_field,
)
from engine.nodes.by_hand import Rows, biases_field, table, weights_field
from engine.nodes.learning import Learner
from engine.ops.affine import Affine, Linear
from engine.ops.maxout import MaxPieces
from engine.ops.primitive import Value
from graphs.language import tr
from graphs.spec import Family, Kind, Made, Port, Shape, Site, choice, choice_type, features, switch, whole

if TYPE_CHECKING:
    from engine.compiler import Builder

InitializerName = choice_type(initializers.OPTIONS)


def initializer_choice() -> InitializerName:
    """The parameter that picks the first values of the weights."""
    return choice("auto", "Initialiser", "How the weights are drawn before training. Automatic: He for ReLU, Glorot "
                  "for everything else.", initializers.OPTIONS, advanced=True)


class Dense(Learner):
    """Every output sees every input: a weighted sum plus a bias, bent by an activation function."""

    title, family = "Dense", Family.LAYERS
    equation = "y = f(W x + b)"
    source = "McCulloch and Pitts (1943); Rosenblatt (1958); lectures U1–U8 (多層パーセプトロン)"
    keywords = ("fully connected", "linear", "perceptron", "formal neuron", "mlp", "layer", "全結合", "形式ニューロン")
    inputs = (Port("x", Kind.FEATURES, help="the features that every unit weighs"),)
    outputs = (Port("y", Kind.FEATURES, help="one number for each unit"),)
    samples = (({"units": 5}, {"x": features(3)}), ({"units": 1, "bias": False, "activation": "tanh"}, {"x": features(1)}),
               ({"units": 3, "activation": "softmax"}, {"x": features(4)}),
               ({"units": 2, "activation": "prelu"}, {"x": features(3)}),
               ({"units": 2, "activation": "leaky_relu", "slope": 0.3}, {"x": features(3)}),
               ({"units": 1, "activation": "step", "weights": "1 1", "biases": "-1.5"}, {"x": features(2)}))
    wrong = (({"units": 0}, {"x": features(3)}, "1"), ({"units": "many"}, {"x": features(3)}, "whole number"),
             ({"units": 1, "weights": "1 1 1"}, {"x": features(2)}, "1×3 numbers are given where 1×2"),
             ({"units": 1, "weights": "1 one"}, {"x": features(2)}, "“one” is not a number"),
             ({"units": 2, "weights": "1 1; 2"}, {"x": features(2)}, "different lengths: 2, 1"),
             ({"units": 1, "weights": "[1, "}, {"x": features(2)}, "no table of numbers"),
             ({"units": 2, "biases": "3"}, {"x": features(2)}, "1×1 numbers are given where 1×2"))

    units: int = whole(32, "Units", "How many outputs: each has its own weights.", low=1, high=65536)
    activation: ActivationName = activation_choice("identity")
    slope: float = slope_field("activation")
    alpha: float = alpha_field("activation")
    shared_slope: bool = shared_field("activation")
    bias: bool = switch(True, "Bias", "Add a learned constant to every unit's sum.", advanced=True)
    initializer: InitializerName = initializer_choice()
    weights: str = weights_field()
    biases: str = biases_field()

    def shapes(self, given: Mapping[str, Shape], site: Site) -> Mapping[str, Shape]:
        self._by_hand(given["x"].sizes[-1] or 1)
        made = Made(site.node, "activation", self.activation)
        return {"y": given["x"].features(self.units, made=made, **bounds(self.activation))}

    def summary(self, given: Mapping[str, Shape], made: Mapping[str, Shape]) -> str:
        widths = f"{given['x'].width} → {self.units}" if "x" in given else f"{self.units}"
        return widths if self.activation == "identity" else f"{tr(OPTIONS[self.activation])} · {widths}"

    def _by_hand(self, inputs: int) -> tuple[Rows | None, Rows | None]:
        """Weights and biases that were written into the node."""
        return table(self.weights, "weights", self.units, inputs), table(self.biases, "biases", 1, self.units)

    def build(self, net: Builder, inputs: Mapping[str, Value]) -> Mapping[str, Value]:
        x = inputs["x"]
        weights, biases = self._by_hand(x.axes[-1])
        first = initializers.chosen(self.initializer, self.activation)
        w = net.parameter("weight", (self.units, x.axes[-1]), initializers.given(weights) if weights else first)
        if self.bias:
            zero = initializers.given(biases) if biases else initializers.zeros
            u = Affine()(x, w, net.parameter("bias", (self.units,), zero))
        else:
            u = Linear()(x, w)
        y = activate(net, self.activation, u, self)
        net.layer(y, weight="weight", bias="bias" if self.bias else "", activation=self.activation, port="x")
        return {"y": y}


class Maxout(Learner):
    """Each unit takes the largest of several weighted sums: it learns its own bent line out of straight pieces, and
    needs no activation function."""

    title, family = "Maxout", Family.LAYERS
    equation = "yⱼ = maxₖ (wⱼₖ x + bⱼₖ)"
    source = "Goodfellow et al. (2013); lectures, section 2 (maxout)"
    keywords = ("pieces", "piecewise linear", "layer", "activation", "マックスアウト")
    inputs = (Port("x", Kind.FEATURES, help="the features that every piece weighs"),)
    outputs = (Port("y", Kind.FEATURES, help="one number for each unit: its largest piece"),)
    samples = (({"units": 3}, {"x": features(4)}), ({"units": 1, "pieces": 1}, {"x": features(1)}),
               ({"units": 2, "pieces": 5}, {"x": features(2)}))
    wrong = (({"units": 0}, {"x": features(3)}, "1"), ({"pieces": 0}, {"x": features(3)}, "1"))

    units: int = whole(32, "Units", "How many outputs: each has weights for each of its pieces.", low=1, high=65536)
    pieces: int = whole(2, "Pieces", "How many weighted sums each unit chooses from. Two make a bend like a rectifier's, "
                        "more can follow any convex curve.", low=1, high=64, unit="k")
    initializer: InitializerName = initializer_choice()

    def shapes(self, given: Mapping[str, Shape], site: Site) -> Mapping[str, Shape]:
        return {"y": given["x"].features(self.units)}

    def summary(self, given: Mapping[str, Shape], made: Mapping[str, Shape]) -> str:
        return f"{given['x'].width} → {self.units} × {self.pieces}" if "x" in given else f"{self.units} × {self.pieces}"

    def build(self, net: Builder, inputs: Mapping[str, Value]) -> Mapping[str, Value]:
        x, rows = inputs["x"], self.units * self.pieces
        w = net.parameter("weight", (rows, x.axes[-1]), initializers.chosen(self.initializer, "relu"))
        u = Affine()(x, w, net.parameter("bias", (rows,), initializers.zeros))
        y = MaxPieces(pieces=self.pieces)(u)
        net.layer(y, weight="weight", bias="bias", activation="maxout", port="x")
        return {"y": y}
