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
from engine.nodes.bends import bend_of
from engine.nodes.by_hand import biases_field, table, weights_field
from engine.nodes.learning import LEARNING, Learner
from engine.ops.affine import Affine, AffineTransposed, Linear, LinearTransposed
from engine.ops.maxout import MaxPieces
from engine.ops.primitive import Value
from graphs.language import tr
from graphs.spec import Bend, Family, Kind, Made, NodeType, Port, Shape, Site, features, switch, text, whole

if TYPE_CHECKING:
    from engine.compiler import Builder

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
    shares: str = text("", "Shares weights with", "Another dense layer: both use one array of weights, which learns from "
                       "both. Biases stay apart.", widget="node", fold=LEARNING)
    transposed: bool = switch(False, "Transposed", "The shared weights are used the other way round, as in the second half "
                              "of an hourglass: y = f(Wᵀ x + b).", fold=LEARNING)
    weights: str = weights_field()
    biases: str = biases_field()

    def shapes(self, given: Mapping[str, Shape], site: Site) -> Mapping[str, Shape]:
        table(self.weights, "weights", self.units, given["x"].sizes[-1] or 1)
        table(self.biases, "biases", 1, self.units)
        made = Made(site.node, "activation", self.activation)
        return {"y": given["x"].features(self.units, made=made, **bounds(self.activation))}

    def summary(self, given: Mapping[str, Shape], made: Mapping[str, Shape]) -> str:
        widths = f"{given['x'].width} → {self.units}" if "x" in given else f"{self.units}"
        return widths if self.activation == "identity" else f"{tr(OPTIONS[self.activation])} · {widths}"

    def bend(self) -> Bend | None:
        return None if self.activation == "identity" else bend_of(self.activation, self)

    def table_size(self, parameter: str, given: Mapping[str, Shape]) -> tuple[int, int] | None:
        if parameter == "biases":
            return 1, self.units
        width = given["x"].sizes[-1] if "x" in given else None
        return (self.units, width) if width else None

    def refuses(self, parameter: str, label: str, other: NodeType, mine: Mapping[str, Shape],
                theirs: Mapping[str, Shape]) -> str:  # fmt: skip
        if not isinstance(other, Dense):
            return tr("{node} is no dense layer: only those can share weights.", node=label)
        if other.shares:
            return tr("{node} itself shares the weights of another layer: name that one.", node=label)
        if "x" not in mine or "x" not in theirs:
            return ""
        wanted = (mine["x"].sizes[-1], self.units) if self.transposed else (self.units, mine["x"].sizes[-1])
        found = (other.units, theirs["x"].sizes[-1])
        if wanted == found:
            return ""
        return tr("The weights of {node} are {found}, but this layer needs {wanted}: units × inputs{turned}.", node=label,
                  found="{}×{}".format(*found), wanted="{}×{}".format(*wanted),
                  turned=tr(", transposed") if self.transposed else "")  # fmt: skip

    def first_weights(self, inputs: int) -> initializers.Initializer:
        """Weights as they are before training: those set by hand, or drawn."""
        weights = table(self.weights, "weights", self.units, inputs)
        return initializers.given(weights) if weights else self.first(self.activation)

    def _weights(self, net: Builder, width: int) -> Value:
        """The weights of this layer, or those that it shares."""
        owner = net.kind(self.shares) if self.shares else self
        rows, columns = (width, self.units) if self.shares and self.transposed else (self.units, width)
        assert isinstance(owner, Dense)
        return net.parameter("weight", (rows, columns), owner.first_weights(columns), owner=self.shares)

    def build(self, net: Builder, inputs: Mapping[str, Value]) -> Mapping[str, Value]:
        x = inputs["x"]
        w, turned = self._weights(net, x.axes[-1]), bool(self.shares) and self.transposed
        if self.bias:
            biases = table(self.biases, "biases", 1, self.units)
            b = net.parameter("bias", (self.units,), initializers.given(biases) if biases else initializers.zeros)
            u = (AffineTransposed() if turned else Affine())(x, w, b)
        else:
            u = (LinearTransposed() if turned else Linear())(x, w)
        y = activate(net, self.activation, u, self)
        net.layer(y, weight="weight", bias="bias" if self.bias else "", activation=self.activation,
                  port=None if turned else "x", owner=self.shares)
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

    def shapes(self, given: Mapping[str, Shape], site: Site) -> Mapping[str, Shape]:
        return {"y": given["x"].features(self.units)}

    def summary(self, given: Mapping[str, Shape], made: Mapping[str, Shape]) -> str:
        return f"{given['x'].width} → {self.units} × {self.pieces}" if "x" in given else f"{self.units} × {self.pieces}"

    def build(self, net: Builder, inputs: Mapping[str, Value]) -> Mapping[str, Value]:
        x, rows = inputs["x"], self.units * self.pieces
        w = net.parameter("weight", (rows, x.axes[-1]), self.first("relu"))
        u = Affine()(x, w, net.parameter("bias", (rows,), initializers.zeros))
        y = MaxPieces(pieces=self.pieces)(u)
        net.layer(y, weight="weight", bias="bias", activation="maxout", port="x")
        return {"y": y}
