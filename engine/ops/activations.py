"""Which activation functions (活性化関数) there are. Adding one to the list adds the choice everywhere."""

from collections.abc import Mapping

from engine.ops.activation_function import ActivationFunction
from engine.ops.rectifiers import ELU, GELU, SELU, LeakyReLU, PReLU, ReLU, SiLU, Softplus, TanhGELU
from engine.ops.saturating import HardSigmoid, Sigmoid, Softmax, Step, Tanh

__all__ = ["IDENTITY", "ActivationFunction", "PReLU", "ReLU", "Sigmoid", "Softmax", "Step", "Tanh",
           "activation_functions"]

IDENTITY = "identity"
_ALL: tuple[type[ActivationFunction], ...] = (
    Sigmoid, Tanh, ReLU, Softmax, Step, LeakyReLU, PReLU, ELU, SELU, Softplus, GELU, TanhGELU, SiLU, HardSigmoid,
)


def activation_functions() -> Mapping[str, type[ActivationFunction]]:
    """Every activation function by its name in files; the identity, which computes nothing, is not among them."""
    return {kind.name: kind for kind in _ALL}
