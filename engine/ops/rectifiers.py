"""Activation functions that let positive values through: ReLU and what was made of it."""

from dataclasses import dataclass

import numpy as np

from engine.kernels.bookkeeping import AT_ZERO
from engine.kernels.elementary import erf, exp, log, sigmoid, tanh
from engine.kernels.operand import Count, Read, Scalar, Write
from engine.ops.activation_function import ActivationFunction
from engine.ops.primitive import Primitive

SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772
GELU_ROOT, GELU_CUBE = 0.7978845608028654, 0.044715  # √(2/π), and the factor of x³
HALF_ROOT, DENSITY = 0.7071067811865476, 0.3989422804014327  # 1/√2, and the normal density at 0


@dataclass(frozen=True)
class Rectifier(ActivationFunction):
    """What rectifiers share."""

    rectifier = True


@dataclass(frozen=True)
class ReLU(Rectifier):
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
class LeakyReLU(Rectifier):
    """`y = x` above 0 and `s x` below, with a fixed slope s: nothing falls silent for good. Maas et al. (2013)."""

    slope: float = 0.01

    name, title = "leaky_relu", "Leaky ReLU"
    oracle = "leaky_relu"

    @classmethod
    def sample(cls, rng: np.random.Generator) -> tuple[Primitive, list[np.ndarray]]:
        return cls(slope=float(rng.uniform(0, 0.5))), [rng.normal(size=tuple(rng.integers(1, 6, 2)))]

    @staticmethod
    def forward(x: Read[1], slope: Scalar, y: Write[1]) -> None:
        zero = x.dtype.type(0)
        for i in range(x.size):
            y[i] = x[i] * slope if x[i] < zero else x[i]

    @staticmethod
    def gradient_x(x: Read[1], slope: Scalar, dy: Read[1], dx: Write[1]) -> None:
        zero = x.dtype.type(0)
        for i in range(x.size):
            dx[i] = dy[i] if x[i] > zero else dy[i] * slope


@dataclass(frozen=True)
class PReLU(Rectifier):
    """`y = α min(0, x) + max(0, x)` with a learned α: one for every unit, or one for all. He et al. (2015).

    `inner` numbers in a row belong to the same unit: 1 for features, H·W for images, whose units are channels.
    """

    inner: int = 1

    name, title = "prelu", "PReLU"
    inputs = ("x", "alpha")
    oracle = "prelu"

    @classmethod
    def sample(cls, rng: np.random.Generator) -> tuple[Primitive, list[np.ndarray]]:
        rows, units, inner = rng.integers(1, 5, 3)
        size = (rows, units) if inner == 1 else (rows, units, inner)
        return cls(inner=int(inner)), [rng.normal(size=size), rng.normal(size=rng.choice([1, units]))]

    @staticmethod
    def forward(x: Read[1], alpha: Read[1], inner: Count, y: Write[1]) -> None:
        zero, units = x.dtype.type(0), alpha.size
        if inner == 1 and units > 1:
            for row in range(x.size // units):
                part, out = x[row * units : (row + 1) * units], y[row * units : (row + 1) * units]
                for j in range(units):
                    out[j] = part[j] * alpha[j] if part[j] < zero else part[j]
        else:
            span = inner if units > 1 else x.size
            for block in range(x.size // span):
                part, out = x[block * span : (block + 1) * span], y[block * span : (block + 1) * span]
                slope = alpha[block % units]
                for j in range(span):
                    out[j] = part[j] * slope if part[j] < zero else part[j]

    @staticmethod
    def gradient_x(x: Read[1], alpha: Read[1], inner: Count, dy: Read[1], dx: Write[1]) -> None:
        zero, units = x.dtype.type(0), alpha.size
        if inner == 1 and units > 1:
            for row in range(x.size // units):
                start = row * units
                part, back, out = x[start : start + units], dy[start : start + units], dx[start : start + units]
                for j in range(units):
                    out[j] = back[j] if part[j] > zero else back[j] * alpha[j]
        else:
            span = inner if units > 1 else x.size
            for block in range(x.size // span):
                start, slope = block * span, alpha[block % units]
                part, back, out = x[start : start + span], dy[start : start + span], dx[start : start + span]
                for j in range(span):
                    out[j] = back[j] if part[j] > zero else back[j] * slope

    @staticmethod
    def gradient_alpha(x: Read[1], alpha: Read[1], inner: Count, dy: Read[1], dalpha: Write[1]) -> None:
        zero, units = x.dtype.type(0), alpha.size
        for j in range(units):
            dalpha[j] = zero
        if inner == 1 and units > 1:
            for row in range(x.size // units):
                part, back = x[row * units : (row + 1) * units], dy[row * units : (row + 1) * units]
                for j in range(units):
                    dalpha[j] += part[j] * back[j] if part[j] < zero else zero
        else:
            span = inner if units > 1 else x.size
            for block in range(x.size // span):
                part, back = x[block * span : (block + 1) * span], dy[block * span : (block + 1) * span]
                total = zero
                for j in range(span):
                    total += part[j] * back[j] if part[j] < zero else zero
                dalpha[block % units] += total


@dataclass(frozen=True)
class ELU(Rectifier):
    """`y = x` above 0 and `α (eˣ − 1)` below. Clevert et al. (2016)."""

    alpha: float = 1.0

    name, title = "elu", "ELU"
    oracle = "elu"

    @classmethod
    def sample(cls, rng: np.random.Generator) -> tuple[Primitive, list[np.ndarray]]:
        return cls(alpha=float(rng.uniform(0.1, 2))), [rng.normal(size=tuple(rng.integers(1, 6, 2)))]

    @staticmethod
    def forward(x: Read[1], alpha: Scalar, y: Write[1]) -> None:
        one, zero = x.dtype.type(1), x.dtype.type(0)
        for i in range(x.size):
            below = alpha * (exp(zero if x[i] > zero else x[i]) - one)
            y[i] = below if x[i] < zero else x[i]

    @staticmethod
    def gradient_x(x: Read[1], alpha: Scalar, dy: Read[1], dx: Write[1]) -> None:
        one, zero = x.dtype.type(1), x.dtype.type(0)
        for i in range(x.size):
            below = alpha * exp(zero if x[i] > zero else x[i])
            dx[i] = dy[i] * (one if x[i] > zero else below)


@dataclass(frozen=True)
class SELU(Rectifier):
    """`y = λ x` above 0 and `λ α (eˣ − 1)` below, λ and α such that deep layers keep mean 0 and variance 1 by
    themselves. Klambauer et al. (2017)."""

    name, title = "selu", "SELU"
    rectifier = False  # it is made for weights of variance 1/d_in
    oracle = "selu"

    @staticmethod
    def forward(x: Read[1], y: Write[1]) -> None:
        one, zero = x.dtype.type(1), x.dtype.type(0)
        above, under = x.dtype.type(SELU_SCALE), x.dtype.type(SELU_SCALE * SELU_ALPHA)
        for i in range(x.size):
            below = under * (exp(zero if x[i] > zero else x[i]) - one)
            y[i] = below if x[i] < zero else above * x[i]

    @staticmethod
    def gradient_x(x: Read[1], dy: Read[1], dx: Write[1]) -> None:
        zero = x.dtype.type(0)
        above, under = x.dtype.type(SELU_SCALE), x.dtype.type(SELU_SCALE * SELU_ALPHA)
        for i in range(x.size):
            below = under * exp(zero if x[i] > zero else x[i])
            dx[i] = dy[i] * (above if x[i] > zero else below)


@dataclass(frozen=True)
class Softplus(Rectifier):
    """`y = ln(1 + eˣ)`, as `max(x, 0) + ln(1 + e^−|x|)`: stable at any x. `dx = dy σ(x)`."""

    name, title = "softplus", "Softplus"
    low = 0
    rectifier = False
    oracle = "softplus"

    @staticmethod
    def forward(x: Read[1], y: Write[1]) -> None:
        one, zero = x.dtype.type(1), x.dtype.type(0)
        for i in range(x.size):
            size = -x[i] if x[i] < zero else x[i]
            y[i] = (zero if x[i] < zero else x[i]) + log(one + exp(-size))

    @staticmethod
    def gradient_x(x: Read[1], dy: Read[1], dx: Write[1]) -> None:
        for i in range(x.size):
            dx[i] = dy[i] * sigmoid(x[i])


@dataclass(frozen=True)
class GELU(Rectifier):
    """`y = x Φ(x)` with the normal distribution Φ, exactly. Hendrycks and Gimpel (2016)."""

    name, title = "gelu", "GELU"
    oracle = "gelu"

    @staticmethod
    def forward(x: Read[1], y: Write[1]) -> None:
        one, half, root = x.dtype.type(1), x.dtype.type(0.5), x.dtype.type(HALF_ROOT)
        for i in range(x.size):
            y[i] = half * x[i] * (one + erf(x[i] * root))

    @staticmethod
    def gradient_x(x: Read[1], dy: Read[1], dx: Write[1]) -> None:
        one, half, root = x.dtype.type(1), x.dtype.type(0.5), x.dtype.type(HALF_ROOT)
        peak = x.dtype.type(DENSITY)
        for i in range(x.size):
            share = half * (one + erf(x[i] * root))
            dx[i] = dy[i] * (share + x[i] * peak * exp(-half * x[i] * x[i]))


@dataclass(frozen=True)
class TanhGELU(Rectifier):
    """`y = x/2 (1 + tanh(√(2/π) (x + 0.044715 x³)))`: GELU by a formula without Φ."""

    name, title = "gelu_tanh", "GELU, by tanh"
    oracle = "gelu_tanh"

    @staticmethod
    def forward(x: Read[1], y: Write[1]) -> None:
        one, half = x.dtype.type(1), x.dtype.type(0.5)
        root, cube = x.dtype.type(GELU_ROOT), x.dtype.type(GELU_CUBE)
        for i in range(x.size):
            y[i] = half * x[i] * (one + tanh(root * (x[i] + cube * x[i] * x[i] * x[i])))

    @staticmethod
    def gradient_x(x: Read[1], dy: Read[1], dx: Write[1]) -> None:
        one, half, three = x.dtype.type(1), x.dtype.type(0.5), x.dtype.type(3)
        root, cube = x.dtype.type(GELU_ROOT), x.dtype.type(GELU_CUBE)
        for i in range(x.size):
            square = x[i] * x[i]
            bent = tanh(root * (x[i] + cube * square * x[i]))
            inner = root * (one + three * cube * square)
            dx[i] = dy[i] * half * (one + bent + x[i] * (one - bent * bent) * inner)


@dataclass(frozen=True)
class SiLU(Rectifier):
    """`y = x σ(x)`, also called swish. Elfwing et al. (2017)."""

    name, title = "silu", "SiLU"
    oracle = "silu"

    @staticmethod
    def forward(x: Read[1], y: Write[1]) -> None:
        for i in range(x.size):
            y[i] = x[i] * sigmoid(x[i])

    @staticmethod
    def gradient_x(x: Read[1], dy: Read[1], dx: Write[1]) -> None:
        one = x.dtype.type(1)
        for i in range(x.size):
            share = sigmoid(x[i])
            dx[i] = dy[i] * share * (one + x[i] * (one - share))
