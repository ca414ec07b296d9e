"""Losses: one number for a batch, the mean over its samples of a sum over components."""

from dataclasses import dataclass

import numpy as np

from engine.kernels.distances import absolute_distance, squared_distance
from engine.kernels.elementary import exp, log
from engine.kernels.operand import Read, ReadInts, Scalar, Write
from engine.ops.primitive import Axes, Primitive


@dataclass(frozen=True)
class Loss(Primitive):
    """What losses share: a prediction and a target go in, one number comes out."""

    inputs = ("x", "t")

    def axes(self, x: Axes, t: Axes) -> Axes:
        return (1,)


@dataclass(frozen=True)
class Regression(Loss):
    """A loss of the difference of prediction and target, times a scale."""

    scale: float = 1.0

    @classmethod
    def sample(cls, rng: np.random.Generator) -> tuple[Primitive, list[np.ndarray]]:
        size = tuple(rng.integers(1, 6, 2))
        return cls(scale=float(rng.uniform(0.1, 2))), [rng.normal(size=size), rng.normal(size=size)]


@dataclass(frozen=True)
class SquaredError(Regression):
    """`E = s/B Σ ‖x − t‖²`."""

    oracle = "squared_error"

    @staticmethod
    def forward(x: Read[2], t: Read[2], scale: Scalar, y: Write[1]) -> None:
        y[0] = squared_distance(x, t) * scale / x.dtype.type(x.shape[0])

    @staticmethod
    def gradient_x(x: Read[2], t: Read[2], scale: Scalar, dy: Read[1], dx: Write[2]) -> None:
        factor = x.dtype.type(2) * scale * dy[0] / x.dtype.type(x.shape[0])
        for i in range(x.shape[0]):
            row, target, out = x[i], t[i], dx[i]
            for j in range(row.size):
                out[j] = factor * (row[j] - target[j])

    @staticmethod
    def gradient_t(x: Read[2], t: Read[2], scale: Scalar, dy: Read[1], dt: Write[2]) -> None:
        factor = x.dtype.type(2) * scale * dy[0] / x.dtype.type(x.shape[0])
        for i in range(x.shape[0]):
            row, target, out = x[i], t[i], dt[i]
            for j in range(row.size):
                out[j] = factor * (target[j] - row[j])


@dataclass(frozen=True)
class AbsoluteError(Regression):
    """`E = s/B Σ |x − t|`; the derivative where they are equal is taken as 0."""

    oracle = "absolute_error"

    @staticmethod
    def forward(x: Read[2], t: Read[2], scale: Scalar, y: Write[1]) -> None:
        y[0] = absolute_distance(x, t) * scale / x.dtype.type(x.shape[0])

    @staticmethod
    def gradient_x(x: Read[2], t: Read[2], scale: Scalar, dy: Read[1], dx: Write[2]) -> None:
        factor, zero = scale * dy[0] / x.dtype.type(x.shape[0]), x.dtype.type(0)
        for i in range(x.shape[0]):
            row, target, out = x[i], t[i], dx[i]
            for j in range(row.size):
                error = row[j] - target[j]
                out[j] = factor if error > zero else (-factor if error < zero else zero)

    @staticmethod
    def gradient_t(x: Read[2], t: Read[2], scale: Scalar, dy: Read[1], dt: Write[2]) -> None:
        factor, zero = scale * dy[0] / x.dtype.type(x.shape[0]), x.dtype.type(0)
        for i in range(x.shape[0]):
            row, target, out = x[i], t[i], dt[i]
            for j in range(row.size):
                error = row[j] - target[j]
                out[j] = -factor if error > zero else (factor if error < zero else zero)


@dataclass(frozen=True)
class Huber(Regression):
    """`E = s/B Σ h(x − t)`, `h(e) = e²/2` for |e| ≤ δ and `δ (|e| − δ/2)` beyond. Huber (1964)."""

    delta: float = 1.0

    oracle = "huber"

    @classmethod
    def sample(cls, rng: np.random.Generator) -> tuple[Primitive, list[np.ndarray]]:
        size = tuple(rng.integers(1, 6, 2))
        scale, delta = rng.uniform(0.1, 2, 2)
        return cls(float(scale), float(delta)), [rng.normal(size=size), rng.normal(size=size)]

    @staticmethod
    def forward(x: Read[2], t: Read[2], scale: Scalar, delta: Scalar, y: Write[1]) -> None:
        total, half = x.dtype.type(0), x.dtype.type(0.5)
        for i in range(x.shape[0]):
            row, target = x[i], t[i]
            for j in range(row.size):
                size = abs(row[j] - target[j])
                near = half * size * size
                far = delta * (size - half * delta)
                total += far if size > delta else near
        y[0] = total * scale / x.dtype.type(x.shape[0])

    @staticmethod
    def gradient_x(x: Read[2], t: Read[2], scale: Scalar, delta: Scalar, dy: Read[1], dx: Write[2]) -> None:
        factor = scale * dy[0] / x.dtype.type(x.shape[0])
        for i in range(x.shape[0]):
            row, target, out = x[i], t[i], dx[i]
            for j in range(row.size):
                error = row[j] - target[j]
                out[j] = factor * (delta if error > delta else (-delta if error < -delta else error))

    @staticmethod
    def gradient_t(x: Read[2], t: Read[2], scale: Scalar, delta: Scalar, dy: Read[1], dt: Write[2]) -> None:
        factor = scale * dy[0] / x.dtype.type(x.shape[0])
        for i in range(x.shape[0]):
            row, target, out = x[i], t[i], dt[i]
            for j in range(row.size):
                error = row[j] - target[j]
                out[j] = -factor * (delta if error > delta else (-delta if error < -delta else error))


@dataclass(frozen=True)
class AbsoluteSum(Primitive):
    """`Ω = s/B Σ |x|`: the L1 penalty on what flows along a wire, for B rows of it."""

    scale: float = 1.0

    inputs = ("x",)
    oracle = "absolute_sum"

    def axes(self, x: Axes) -> Axes:
        return (1,)

    @staticmethod
    def forward(x: Read[2], scale: Scalar, y: Write[1]) -> None:
        total = x.dtype.type(0)
        for i in range(x.shape[0]):
            row = x[i]
            for j in range(row.size):
                total += abs(row[j])
        y[0] = total * scale / x.dtype.type(x.shape[0])

    @staticmethod
    def gradient_x(x: Read[2], scale: Scalar, dy: Read[1], dx: Write[2]) -> None:
        factor, zero = scale * dy[0] / x.dtype.type(x.shape[0]), x.dtype.type(0)
        for i in range(x.shape[0]):
            row, out = x[i], dx[i]
            for j in range(row.size):
                out[j] = factor if row[j] > zero else (-factor if row[j] < zero else zero)


@dataclass(frozen=True)
class BinaryCrossEntropy(Loss):
    """`E = −1/B Σ t ln σ(x) + (1−t) ln(1−σ(x))` on logits x, as `max(x,0) − x t + ln(1+e^−|x|)`: stable at any x.

    Each `1 + e^−|x|` is at most 2, so the product of 64 of them is a float32 and takes one logarithm in place of 64.
    """

    oracle = "binary_cross_entropy"

    @classmethod
    def sample(cls, rng: np.random.Generator) -> tuple[Primitive, list[np.ndarray]]:
        size = tuple(rng.integers(1, 6, 2))
        return cls(), [3 * rng.normal(size=size), rng.uniform(size=size)]

    @staticmethod
    def forward(x: Read[2], t: Read[2], y: Write[1]) -> None:
        one, zero = x.dtype.type(1), x.dtype.type(0)
        total = zero
        for i in range(x.shape[0]):
            for first in range(0, x.shape[1], 64):
                row, target, factors = x[i, first : first + 64], t[i, first : first + 64], one
                for j in range(row.size):
                    u = row[j]
                    size = -u if u < zero else u
                    total += (zero if u < zero else u) - u * target[j]
                    factors *= one + exp(-size)
                total += log(factors)
        y[0] = total / x.dtype.type(x.shape[0])

    @staticmethod
    def gradient_x(x: Read[2], t: Read[2], dy: Read[1], dx: Write[2]) -> None:
        one, zero = x.dtype.type(1), x.dtype.type(0)
        scale = dy[0] / x.dtype.type(x.shape[0])
        for i in range(x.shape[0]):
            row, target, out = x[i], t[i], dx[i]
            for j in range(row.size):
                u = row[j]
                small = exp(u if u < zero else -u)
                probability = (small if u < zero else one) / (one + small)
                out[j] = scale * (probability - target[j])

    @staticmethod
    def gradient_t(x: Read[2], t: Read[2], dy: Read[1], dt: Write[2]) -> None:
        scale = dy[0] / x.dtype.type(x.shape[0])
        for i in range(x.shape[0]):
            row, out = x[i], dt[i]
            for j in range(row.size):
                out[j] = -scale * row[j]


@dataclass(frozen=True)
class CrossEntropy(Loss):
    """`E = −1/B Σ ln softmax(x)_t` on logits x and labels t, through the row's maximum: stable at any x."""

    saves = ("p",)
    ints = ("t",)
    oracle = "cross_entropy"

    def saved_axes(self, x: Axes, t: Axes) -> dict[str, Axes]:
        return {"p": x}

    @classmethod
    def sample(cls, rng: np.random.Generator) -> tuple[Primitive, list[np.ndarray]]:
        rows, classes = rng.integers(1, 6, 2)
        return cls(), [3 * rng.normal(size=(rows, classes)), rng.integers(0, classes, rows)]

    @staticmethod
    def forward(x: Read[2], t: ReadInts[1], y: Write[1], p: Write[2]) -> None:
        total = x.dtype.type(0)
        for i in range(x.shape[0]):
            row, out = x[i], p[i]
            largest = row[0]
            for j in range(row.size):
                largest = row[j] if row[j] > largest else largest
            total += largest - row[t[i]]
            for j in range(row.size):
                out[j] = row[j] - largest
        flat = p.reshape(p.size)
        for j in range(flat.size):  # all at once: rows are often shorter than a vector
            flat[j] = exp(flat[j])
        for i in range(x.shape[0]):
            out = p[i]
            mass = x.dtype.type(0)
            for j in range(row.size):
                mass += out[j]
            scale = x.dtype.type(1) / mass
            for j in range(row.size):
                out[j] *= scale
            total += log(mass)
        y[0] = total / x.dtype.type(x.shape[0])

    @staticmethod
    def gradient_x(p: Read[2], t: ReadInts[1], dy: Read[1], dx: Write[2]) -> None:
        scale = dy[0] / p.dtype.type(p.shape[0])
        for i in range(p.shape[0]):
            row, out = p[i], dx[i]
            for j in range(row.size):
                out[j] = scale * row[j]
            out[t[i]] -= scale
