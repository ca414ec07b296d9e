"""Which activation functions (活性化関数) there are: all classes of them in the files that are imported here, so that a
class that is added to one of those is a choice everywhere."""

from collections.abc import Iterator, Mapping
from functools import cache

from engine.ops.activation_function import ActivationFunction
from engine.ops.rectifiers import PReLU, ReLU
from engine.ops.saturating import Sigmoid, Softmax, Step, Tanh

__all__ = ["IDENTITY", "ActivationFunction", "PReLU", "ReLU", "Sigmoid", "Softmax", "Step", "Tanh",
           "activation_functions"]

IDENTITY = "identity"
_FIRST: tuple[type[ActivationFunction], ...] = (Sigmoid, Tanh, ReLU, Softmax, Step)  # the most used, in lists


@cache
def activation_functions() -> Mapping[str, type[ActivationFunction]]:
    """Every activation function by its name in files, the most used first; the identity, which computes nothing, is not
    among them."""
    return {kind.name: kind for kind in (*_FIRST, *_below(ActivationFunction))}


def _below(kind: type[ActivationFunction]) -> Iterator[type[ActivationFunction]]:
    """Those that are declared below this class, as they stand in their files."""
    for child in kind.__subclasses__():
        if "name" in vars(child):
            yield child
        yield from _below(child)
