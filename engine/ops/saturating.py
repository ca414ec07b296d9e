"""Activation functions whose values stay between two bounds."""

from dataclasses import dataclass

from engine.kernels.bookkeeping import AT_BOUNDS, AT_SIGNS
from engine.kernels.elementary import exp, sigmoid, tanh
from engine.kernels.operand import Read, Write
from engine.ops.activation_function import ActivationFunction


@dataclass(frozen=True)
class Step(ActivationFunction):
    """`y = θ(x)`: 1 where x ≥ 0, else 0 (lecture row U1). Its derivative is 0 wherever there is one, so nothing could
    learn through it: errors pass as they come, `dx = dy`, declared so. That is the perceptron's rule (U2)."""

    name, title = "step", "Step"
    low, high = 0, 1
    surrogate = True

    @staticmethod
    def forward(x: Read[1], y: Write[1]) -> None:
        one, zero = x.dtype.type(1), x.dtype.type(0)
        for i in range(x.size):
            y[i] = one if x[i] >= zero else (zero if x[i] < zero else x[i])

    @staticmethod
    def gradient_x(dy: Read[1], dx: Write[1]) -> None:
        for i in range(dy.size):
            dx[i] = dy[i]


@dataclass(frozen=True)
class HardSigmoid(ActivationFunction):
    """`y = max(0, min(1, x/6 + 1/2))`: a sigmoid of three straight pieces."""

    name, title = "hard_sigmoid", "Hard sigmoid"
    low, high = 0, 1
    silence = AT_BOUNDS
    oracle = "hard_sigmoid"

    @staticmethod
    def forward(x: Read[1], y: Write[1]) -> None:
        one, zero, half = x.dtype.type(1), x.dtype.type(0), x.dtype.type(0.5)
        sixth = one / x.dtype.type(6)
        for i in range(x.size):
            line = x[i] * sixth + half
            y[i] = zero if line < zero else (one if line > one else line)

    @staticmethod
    def gradient_x(y: Read[1], dy: Read[1], dx: Write[1]) -> None:
        one, zero = y.dtype.type(1), y.dtype.type(0)
        sixth = one / y.dtype.type(6)
        for i in range(y.size):
            inside = (y[i] > zero) & (y[i] < one)
            dx[i] = dy[i] * sixth if inside else zero


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
