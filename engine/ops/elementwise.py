"""Operations on each element alone: activation functions, and the two that only steer gradients."""

from dataclasses import dataclass

import numpy as np

from engine.kernels.elementary import exp, sigmoid, tanh
from engine.kernels.operand import Read, Write
from engine.ops.primitive import Primitive


@dataclass(frozen=True)
class Tanh(Primitive):
    """`y = tanh x`, `dx = dy (1 − y²)`."""

    inputs = ("x",)
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
class Sigmoid(Primitive):
    """`y = 1/(1+e⁻ˣ)`, `dx = dy y (1 − y)`."""

    inputs = ("x",)
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
class ReLU(Primitive):
    """`y = max(0, x)`; the derivative at 0 is taken as 0. A NaN stays a NaN, so that it is noticed."""

    inputs = ("x",)
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
class Softmax(Primitive):
    """`yⱼ = eˣʲ / Σ eˣᵏ` along the last axis, shifted by the row's maximum so that it never overflows."""

    inputs = ("x",)
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


@dataclass(frozen=True)
class Slope(Primitive):
    """`y = f′(u)` for a sigmoid whose output is x = f(u): `x (1 − x)`. Its own derivative, in terms of x, is
    `1 − 2x`, so that penalties on a slope (the contractive one) stay first-order graphs."""

    inputs = ("x",)
    oracle = "sigmoid_slope"

    @staticmethod
    def forward(x: Read[1], y: Write[1]) -> None:
        one = x.dtype.type(1)
        for i in range(x.size):
            y[i] = x[i] * (one - x[i])

    @staticmethod
    def gradient_x(x: Read[1], dy: Read[1], dx: Write[1]) -> None:
        one, two = x.dtype.type(1), x.dtype.type(2)
        for i in range(x.size):
            dx[i] = dy[i] * (one - two * x[i])


@dataclass(frozen=True)
class Add(Primitive):
    """`y = a + b`, both of the same shape."""

    inputs = ("a", "b")
    oracle = "add"

    @staticmethod
    def forward(a: Read[1], b: Read[1], y: Write[1]) -> None:
        for i in range(y.size):
            y[i] = a[i] + b[i]

    @staticmethod
    def gradient_a(dy: Read[1], da: Write[1]) -> None:
        for i in range(dy.size):
            da[i] = dy[i]

    @staticmethod
    def gradient_b(dy: Read[1], db: Write[1]) -> None:
        for i in range(dy.size):
            db[i] = dy[i]


@dataclass(frozen=True)
class StopGradient(Primitive):
    """`y = x`, and no gradient passes: what comes after takes x as data. Declared so, not derived."""

    inputs = ("x",)
    surrogate = True

    @classmethod
    def sample(cls, rng: np.random.Generator) -> tuple[Primitive, list[np.ndarray]]:
        return cls(), [rng.normal(size=tuple(rng.integers(1, 6, 2)))]

    @staticmethod
    def forward(x: Read[1], y: Write[1]) -> None:
        for i in range(x.size):
            y[i] = x[i]
