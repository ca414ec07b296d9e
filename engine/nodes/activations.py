"""Activation functions (活性化関数): a node of their own, and the choice inside other nodes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.nodes.node import NetworkNode
from engine.ops.activations import IDENTITY, activation_functions
from engine.ops.primitive import Value
from graphs.language import tr
from graphs.spec import Family, Kind, Port, Shape, Site, choice, choice_type, features

ACTIVATIONS = activation_functions()
OPTIONS = {IDENTITY: "Identity", **{name: function.title for name, function in ACTIVATIONS.items()}}
ActivationName = choice_type(OPTIONS)


def activation_choice(default: str, label: str = "Activation", **more: Any) -> Any:
    """The parameter that picks an activation function."""
    return choice(default, label, "The function applied to each unit's weighted sum.", OPTIONS, **more)


def activate(name: str, u: Value) -> Value:
    """`f(u)` for the activation of that name."""
    return ACTIVATIONS[name]()(u) if name in ACTIVATIONS else u


def bounds(name: str) -> dict[str, float | None]:
    """What is known about the values of an activation: for `Shape`."""
    function = ACTIVATIONS.get(name)
    return {"low": function.low, "high": function.high} if function else {}


class Activation(NetworkNode):
    """Bends each value on its own. Without such a bend, any number of layers is no more than one."""

    title, family = "Activation", Family.LAYERS
    equation = "y = f(x)"
    source = "Lectures, section 2: activation functions (活性化関数)"
    keywords = ("nonlinearity", "sigmoid", "tanh", "relu", "softmax", "identity", "活性化関数")
    inputs = (Port("x", Kind.FEATURES, (Kind.IMAGE, Kind.SEQUENCE), help="any values"),)
    outputs = (Port("y", Kind.FEATURES, help="the same shape, each value bent"),)
    samples = (({}, {"x": features(4)}), ({"function": "softmax"}, {"x": features(3)}))

    function: ActivationName = activation_choice("relu", "Function")

    def shapes(self, given: Mapping[str, Shape], site: Site) -> Mapping[str, Shape]:
        x = given["x"]
        return {"y": Shape(x.kind, x.sizes, picture=x.picture, **bounds(self.function))}

    def summary(self, given: Mapping[str, Shape], made: Mapping[str, Shape]) -> str:
        return tr(OPTIONS[self.function])

    def build(self, net: Any, inputs: Mapping[str, Value]) -> Mapping[str, Value]:
        return {"y": activate(self.function, inputs["x"])}
