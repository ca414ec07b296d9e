"""Activation functions (活性化関数): a node of their own, and the choice inside other nodes.

A node that lets users choose has the parameters `activation_choice`, `slope_field`, `alpha_field` and `shared_field`
under the names that the functions' own fields have; `activate` reads them there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any, ClassVar

from engine import initializers
from engine.nodes.bends import FIRST_SLOPE, bend_of
from engine.nodes.node import NetworkNode
from engine.ops.activations import IDENTITY, PReLU, activation_functions
from engine.ops.primitive import Value, size_of
from graphs.language import tr
from graphs.spec import Bend, Family, Kind, Made, Port, Shape, Site, choice, choice_type, features, number, switch

if TYPE_CHECKING:
    from engine.compiler import Builder

ACTIVATIONS = activation_functions()
OPTIONS = {IDENTITY: "Identity", **{name: function.title for name, function in ACTIVATIONS.items()}}
ActivationName = choice_type(OPTIONS)
LEARNED_SLOPE = "alpha"  # what a PReLU calls the slopes that it learns


def activation_choice(default: str, label: str = "Activation", **more: Any) -> Any:
    """The parameter that picks an activation function."""
    return choice(default, label, "The function applied to each unit's weighted sum.", OPTIONS, **more)


def slope_field(of: str) -> Any:
    """The slope of the leaky ReLU; `of` is the parameter that picks the function."""
    return number(0.01, "Slope below 0", "How steep a leaky ReLU is for negative sums.", low=0, high=1, unit="s",
                  shown_if={of: ["leaky_relu"]})


def alpha_field(of: str) -> Any:
    """The depth of the ELU."""
    return number(1.0, "Depth", "The value that an ELU falls to for very negative sums, without its sign.", above=0,
                  high=100, unit="α", shown_if={of: ["elu"]})


def shared_field(of: str) -> Any:
    """Whether the PReLU learns one slope or many."""
    return switch(False, "One slope for all", "A PReLU learns its slope: one for each unit (for images: each channel), "
                  "or one for the whole layer. It starts at 0.25.", shown_if={of: ["prelu"]})


def activate(net: Builder, name: str, u: Value, node: Any = None, *, learned: str = LEARNED_SLOPE) -> Value:
    """`f(u)` for the activation of that name, set as the parameters of `node` say. `learned` is the name of the
    parameter array where the function learns."""
    if name not in ACTIVATIONS:
        return u
    kind = ACTIVATIONS[name]
    if kind is not PReLU:
        return kind(**{one.name: getattr(node, one.name) for one in fields(kind) if hasattr(node, one.name)})(u)
    pictured = len(u.axes) == 4  # B×C×H×W: the units are channels
    units = 1 if getattr(node, "shared_slope", False) else u.axes[1 if pictured else -1]
    alpha = net.parameter(learned, (units,), initializers.constant(FIRST_SLOPE))
    return PReLU(inner=size_of(u.axes[2:]) if pictured else 1)(u, alpha)


def bounds(name: str) -> dict[str, float | None]:
    """What is known about the values of an activation: for `Shape`."""
    function = ACTIVATIONS.get(name)
    return {"low": function.low, "high": function.high} if function else {}


class Activation(NetworkNode):
    """Bends each value on its own. Without such a bend, any number of layers is no more than one."""

    title, family = "Activation", Family.LAYERS
    equation = "y = f(x)"
    source = "Lectures, section 2: activation functions (活性化関数)"
    keywords = ("nonlinearity", "sigmoid", "tanh", "relu", "softmax", "identity", "prelu", "gelu", "活性化関数")
    inputs = (Port("x", Kind.FEATURES, (Kind.IMAGE, Kind.SEQUENCE), help="any values"),)
    outputs = (Port("y", Kind.FEATURES, help="the same shape, each value bent"),)
    samples = (({}, {"x": features(4)}), *(({"function": name}, {"x": features(3)}) for name in OPTIONS),
               ({"function": "leaky_relu", "slope": 0.2}, {"x": features(1)}),
               ({"function": "prelu", "shared_slope": True}, {"x": features(2)}),
               ({"function": "prelu"}, {"x": Shape(Kind.IMAGE, (2, 3, 4))}))
    wrong = (({"function": "leaky_relu", "slope": 3.0}, {"x": features(3)}, "from 0 to 1"),
             ({"function": "elu", "alpha": 0.0}, {"x": features(3)}, "above 0"))

    is_bend: ClassVar[bool] = True

    function: ActivationName = activation_choice("relu", "Function")
    slope: float = slope_field("function")
    alpha: float = alpha_field("function")
    shared_slope: bool = shared_field("function")

    def shapes(self, given: Mapping[str, Shape], site: Site) -> Mapping[str, Shape]:
        x = given["x"]
        made = Made(site.node, "function", self.function)
        return {"y": Shape(x.kind, x.sizes, picture=x.picture, ragged=x.ragged, made=made, colour=x.colour,
                           **bounds(self.function))}

    def summary(self, given: Mapping[str, Shape], made: Mapping[str, Shape]) -> str:
        return tr(OPTIONS[self.function])

    def bend(self) -> Bend | None:
        return bend_of(self.function, self)

    def build(self, net: Builder, inputs: Mapping[str, Value]) -> Mapping[str, Value]:
        return {"y": activate(net, self.function, inputs["x"], self)}
