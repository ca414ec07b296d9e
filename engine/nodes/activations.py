"""Activation functions (活性化関数): a node of their own, and the choice inside other nodes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphs.spec import Family, Kind, Port, Shape, Site, choice, choice_type, features

from engine.nodes.node import NetworkNode
from engine.ops.elementwise import ReLU, Sigmoid, Softmax, Tanh
from engine.ops.primitive import Primitive, Value


@dataclass(frozen=True, slots=True)
class ActivationFunction:
    """An activation as users meet it: its name, the primitive that computes it, and the range of its values."""

    title: str
    primitive: type[Primitive] | None
    low: float | None = None
    high: float | None = None


ACTIVATIONS: Mapping[str, ActivationFunction] = {
    "identity": ActivationFunction("Identity", None),
    "sigmoid": ActivationFunction("Sigmoid", Sigmoid, 0, 1),
    "tanh": ActivationFunction("Tanh", Tanh, -1, 1),
    "relu": ActivationFunction("ReLU", ReLU, 0, None),
    "softmax": ActivationFunction("Softmax", Softmax, 0, 1),
}
OPTIONS = {name: function.title for name, function in ACTIVATIONS.items()}
ActivationName = choice_type(OPTIONS)


def activation_choice(default: str, label: str = "Activation", **more: Any) -> Any:  # noqa: ANN401
    """The parameter that picks an activation function."""
    return choice(default, label, "The function applied to each unit's weighted sum.", OPTIONS, **more)


def activate(name: str, u: Value) -> Value:
    """`f(u)` for the activation of that name."""
    primitive = ACTIVATIONS[name].primitive
    return primitive()(u) if primitive else u


def bounds(name: str) -> dict[str, float | None]:
    """What is known about the values of an activation: for `Shape`."""
    return {"low": ACTIVATIONS[name].low, "high": ACTIVATIONS[name].high}


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
        return ACTIVATIONS[self.function].title

    def build(self, net: Any, inputs: Mapping[str, Value]) -> Mapping[str, Value]:  # noqa: ANN401
        return {"y": activate(self.function, inputs["x"])}
