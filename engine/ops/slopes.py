"""Slopes of activation functions, read off their outputs y = f(u), and the contractive penalty on them.

Each knows its own derivative by y, which brings in f″: so a penalty on slopes stays a first-order graph.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from engine.kernels.elementary import exp
from engine.kernels.operand import Read, Write
from engine.ops.primitive import Axes, Primitive


@dataclass(frozen=True)
class SigmoidSlope(Primitive):
    """`f′(u) = x (1 − x)` for a sigmoid whose output is x."""

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
class TanhSlope(Primitive):
    """`f′(u) = 1 − x²` for a tanh whose output is x."""

    inputs = ("x",)
    oracle = "tanh_slope"

    @staticmethod
    def forward(x: Read[1], y: Write[1]) -> None:
        one = x.dtype.type(1)
        for i in range(x.size):
            y[i] = one - x[i] * x[i]

    @staticmethod
    def gradient_x(x: Read[1], dy: Read[1], dx: Write[1]) -> None:
        two = x.dtype.type(2)
        for i in range(x.size):
            dx[i] = -two * dy[i] * x[i]


@dataclass(frozen=True)
class SoftplusSlope(Primitive):
    """`f′(u) = σ(u) = 1 − e⁻ˣ` for a softplus whose output is x."""

    inputs = ("x",)
    oracle = "softplus_slope"

    @staticmethod
    def forward(x: Read[1], y: Write[1]) -> None:
        one = x.dtype.type(1)
        for i in range(x.size):
            y[i] = one - exp(-x[i])

    @staticmethod
    def gradient_x(x: Read[1], dy: Read[1], dx: Write[1]) -> None:
        for i in range(x.size):
            dx[i] = dy[i] * exp(-x[i])


@dataclass(frozen=True)
class RectifierSlope(Primitive):
    """`f′(u) = 1` where the output x of a ReLU is above 0, else 0. Its derivative is 0 wherever there is one."""

    inputs = ("x",)
    surrogate = True

    @staticmethod
    def forward(x: Read[1], y: Write[1]) -> None:
        one, zero = x.dtype.type(1), x.dtype.type(0)
        for i in range(x.size):
            y[i] = one if x[i] > zero else (zero if x[i] <= zero else x[i])


@dataclass(frozen=True)
class ConstantSlope(Primitive):
    """`f′(u) = 1` for the identity."""

    inputs = ("x",)
    surrogate = True

    @staticmethod
    def forward(x: Read[1], y: Write[1]) -> None:
        one = x.dtype.type(1)
        for i in range(x.size):
            y[i] = one


def slopes() -> Mapping[str, type[Primitive]]:
    """The slope of each activation function that has one here, by the function's name in files."""
    return {"sigmoid": SigmoidSlope, "tanh": TanhSlope, "softplus": SoftplusSlope, "relu": RectifierSlope,
            "identity": ConstantSlope}


@dataclass(frozen=True)
class RowSquares(Primitive):
    """`yⱼ = ‖xⱼ‖²` for the rows of a matrix (U×D), such as the weights of units."""

    inputs = ("x",)
    rowwise = True
    oracle = "row_squares"

    def axes(self, x: Axes) -> Axes:
        return x[:1]

    @classmethod
    def sample(cls, rng: np.random.Generator) -> tuple[Primitive, list[np.ndarray]]:
        return cls(), [rng.normal(size=tuple(rng.integers(1, 6, 2)))]

    @staticmethod
    def forward(x: Read[2], y: Write[1]) -> None:
        for j in range(x.shape[0]):
            row, total = x[j], x.dtype.type(0)
            for k in range(row.size):
                total += row[k] * row[k]
            y[j] = total

    @staticmethod
    def gradient_x(x: Read[2], dy: Read[1], dx: Write[2]) -> None:
        for j in range(x.shape[0]):
            row, out, factor = x[j], dx[j], x.dtype.type(2) * dy[j]
            for k in range(row.size):
                out[k] = factor * row[k]


@dataclass(frozen=True)
class JacobianNorm(Primitive):
    """`1/B Σₙ ‖∂f(xₙ)/∂x‖²_F = 1/B Σₙ Σⱼ sₙⱼ² ‖wⱼ‖²` for a layer f with the slopes s (B×U) and the squares of the lengths
    of its units' weights (U).

    Rifai, Vincent, Muller, Glorot and Bengio (2011), lecture row A8.
    """

    inputs = ("s", "lengths")
    saves = ("squares",)
    oracle = "jacobian_norm"

    def axes(self, s: Axes, lengths: Axes) -> Axes:
        return (1,)

    def saved_axes(self, s: Axes, lengths: Axes) -> Mapping[str, Axes]:
        return {"squares": lengths}

    @classmethod
    def sample(cls, rng: np.random.Generator) -> tuple[Primitive, list[np.ndarray]]:
        rows, units = rng.integers(1, 6, 2)
        return cls(), [rng.normal(size=(rows, units)), rng.uniform(size=units)]

    @staticmethod
    def forward(s: Read[2], lengths: Read[1], y: Write[1], squares: Write[1]) -> None:
        for j in range(squares.size):
            squares[j] = 0
        for i in range(s.shape[0]):
            row = s[i]
            for j in range(squares.size):
                squares[j] += row[j] * row[j]
        total, scale = s.dtype.type(0), s.dtype.type(1) / s.dtype.type(s.shape[0])
        for j in range(squares.size):
            squares[j] *= scale
            total += squares[j] * lengths[j]
        y[0] = total

    @staticmethod
    def gradient_s(s: Read[2], lengths: Read[1], dy: Read[1], ds: Write[2]) -> None:
        factor = s.dtype.type(2) * dy[0] / s.dtype.type(s.shape[0])
        for i in range(s.shape[0]):
            row, out = s[i], ds[i]
            for j in range(row.size):
                out[j] = factor * row[j] * lengths[j]

    @staticmethod
    def gradient_lengths(squares: Read[1], dy: Read[1], dlengths: Write[1]) -> None:
        for j in range(squares.size):
            dlengths[j] = dy[0] * squares[j]
