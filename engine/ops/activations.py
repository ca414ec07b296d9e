"""Activation functions (活性化関数), each with its derivative. Adding a class here adds the choice everywhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from engine.kernels.bookkeeping import AT_BOUNDS, AT_SIGNS, AT_ZERO, NEVER
from engine.kernels.elementary import exp, sigmoid, tanh
from engine.kernels.operand import Read, Write
from engine.ops.primitive import Primitive


@dataclass(frozen=True)
class ActivationFunction(Primitive):
    """What users choose by name: besides the kernels, its words, the range of its values, and how it falls silent."""

    name: ClassVar[str]
    title: ClassVar[str]
    low: ClassVar[float | None] = None
    high: ClassVar[float | None] = None
    silence: ClassVar[int] = NEVER

    inputs = ("x",)


@dataclass(frozen=True)
class Tanh(ActivationFunction):
    """`y = tanh x`, `dx = dy (1 − y²)`."""

    name, title = "tanh", "Tanh"
    low, high = -1, 1
    silence = AT_SIGNS
    oracle = "tanh"

    @staticmethod
    def forward(x: Read[1], y: Write[1]) -> None:
        for i in range(x.size):
            y[i] = tanh(x[i])

    @staticmethod
    def gradient_x(y: Read[1], dy: Read[1], dx: Write[1]) -> None:
        one = y.dtype.type(1)
        for i in range(y.size):
            dx[i] = dy[i] * (one - y[i] * y[i])


@dataclass(frozen=True)
class Sigmoid(ActivationFunction):
    """`y = 1/(1+e⁻ˣ)`, `dx = dy y (1 − y)`."""

    name, title = "sigmoid", "Sigmoid"
    low, high = 0, 1
    silence = AT_BOUNDS
    oracle = "sigmoid"

    @staticmethod
    def forward(x: Read[1], y: Write[1]) -> None:
        for i in range(x.size):
            y[i] = sigmoid(x[i])

    @staticmethod
    def gradient_x(y: Read[1], dy: Read[1], dx: Write[1]) -> None:
        one = y.dtype.type(1)
        for i in range(y.size):
            dx[i] = dy[i] * y[i] * (one - y[i])


@dataclass(frozen=True)
class ReLU(ActivationFunction):
    """`y = max(0, x)`; the derivative at 0 is taken as 0. A NaN stays a NaN, so that it is noticed."""

    name, title = "relu", "ReLU"
    low, high = 0, None
    silence = AT_ZERO
    oracle = "relu"

    @staticmethod
    def forward(x: Read[1], y: Write[1]) -> None:
        zero = x.dtype.type(0)
        for i in range(x.size):
            y[i] = zero if x[i] < zero else x[i]

    @staticmethod
    def gradient_x(y: Read[1], dy: Read[1], dx: Write[1]) -> None:
        zero = y.dtype.type(0)
        for i in range(y.size):
            dx[i] = dy[i] if y[i] > zero else zero


@dataclass(frozen=True)
class Softmax(ActivationFunction):
    """`yⱼ = eˣʲ / Σ eˣᵏ` along the last axis, shifted by the row's maximum so that it never overflows."""

    name, title = "softmax", "Softmax"
    low, high = 0, 1
    oracle = "softmax"

    @staticmethod
    def forward(x: Read[2], y: Write[2]) -> None:
        for i in range(x.shape[0]):
            row, out = x[i], y[i]
            largest = row[0]
            for j in range(row.size):
                largest = row[j] if row[j] > largest else largest
            total = x.dtype.type(0)
            for j in range(row.size):
                out[j] = exp(row[j] - largest)
            for j in range(row.size):
                total += out[j]
            scale = x.dtype.type(1) / total
            for j in range(row.size):
                out[j] *= scale

    @staticmethod
    def gradient_x(y: Read[2], dy: Read[2], dx: Write[2]) -> None:
        for i in range(y.shape[0]):
            row, back, out = y[i], dy[i], dx[i]
            inner = y.dtype.type(0)
            for j in range(row.size):
                inner += back[j] * row[j]
            for j in range(row.size):
                out[j] = row[j] * (back[j] - inner)


IDENTITY = "identity"


def activation_functions() -> Mapping[str, type[ActivationFunction]]:
    """Every activation function by its name in files; the identity, which computes nothing, is not among them."""
    return {kind.name: kind for kind in ActivationFunction.__subclasses__()}
