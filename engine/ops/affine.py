"""Weighted sums: the products that carry nearly all of a network's arithmetic."""

from dataclasses import dataclass

import numpy as np

from engine.kernels.operand import Count, Read, Update, Write
from engine.kernels.products import gemm, gemm_onto
from engine.ops.primitive import Axes, Primitive


def column_sums(dy: Read[2], accumulate: Count, db: Update[1]) -> None:
    """`db = Σ_rows dy`, or added to `db`."""
    if not accumulate:
        for j in range(db.size):
            db[j] = 0
    fours = dy.shape[0] // 4 * 4
    for i in range(0, fours, 4):  # four rows for each way of db to memory and back
        first, second, third, fourth = dy[i], dy[i + 1], dy[i + 2], dy[i + 3]
        for j in range(db.size):
            db[j] += (first[j] + second[j]) + (third[j] + fourth[j])
    for i in range(fours, dy.shape[0]):
        row = dy[i]
        for j in range(db.size):
            db[j] += row[j]


@dataclass(frozen=True)
class Affine(Primitive):
    """`y = x wᵀ + b`: rows of w are the units' weights, as in PyTorch's Linear."""

    inputs = ("x", "w", "b")
    oracle = "linear"

    def axes(self, x: Axes, w: Axes, b: Axes) -> Axes:
        return (*x[:-1], w[0])

    @classmethod
    def sample(cls, rng: np.random.Generator) -> tuple[Primitive, list[np.ndarray]]:
        rows, width, units = rng.integers(1, 7, 3)
        return cls(), [rng.normal(size=size) for size in ((rows, width), (units, width), (units,))]

    @staticmethod
    def forward(x: Read[2], w: Read[2], b: Read[1], y: Write[2]) -> None:
        gemm_onto(b, x, w, y, 0, 1)

    @staticmethod
    def gradient_x(dy: Read[2], w: Read[2], accumulate: Count, dx: Update[2]) -> None:
        gemm(dy, w, dx, 0, 0, accumulate)

    @staticmethod
    def gradient_w(dy: Read[2], x: Read[2], accumulate: Count, dw: Update[2]) -> None:
        gemm(dy, x, dw, 1, 0, accumulate)

    gradient_b = staticmethod(column_sums)


@dataclass(frozen=True)
class AffineTransposed(Primitive):
    """`y = x w + b`: the decoder of a tied autoencoder, whose w is the encoder's."""

    inputs = ("x", "w", "b")
    oracle = "linear_transposed"

    def axes(self, x: Axes, w: Axes, b: Axes) -> Axes:
        return (*x[:-1], w[1])

    @classmethod
    def sample(cls, rng: np.random.Generator) -> tuple[Primitive, list[np.ndarray]]:
        rows, width, units = rng.integers(1, 7, 3)
        return cls(), [rng.normal(size=size) for size in ((rows, width), (width, units), (units,))]

    @staticmethod
    def forward(x: Read[2], w: Read[2], b: Read[1], y: Write[2]) -> None:
        gemm_onto(b, x, w, y, 0, 0)

    @staticmethod
    def gradient_x(dy: Read[2], w: Read[2], accumulate: Count, dx: Update[2]) -> None:
        gemm(dy, w, dx, 0, 1, accumulate)

    @staticmethod
    def gradient_w(dy: Read[2], x: Read[2], accumulate: Count, dw: Update[2]) -> None:
        gemm(x, dy, dw, 1, 0, accumulate)

    gradient_b = staticmethod(column_sums)


@dataclass(frozen=True)
class Linear(Primitive):
    """`y = x wᵀ`: a weighted sum without a bias."""

    inputs = ("x", "w")
    oracle = "linear"

    def axes(self, x: Axes, w: Axes) -> Axes:
        return (*x[:-1], w[0])

    @classmethod
    def sample(cls, rng: np.random.Generator) -> tuple[Primitive, list[np.ndarray]]:
        rows, width, units = rng.integers(1, 7, 3)
        return cls(), [rng.normal(size=size) for size in ((rows, width), (units, width))]

    @staticmethod
    def forward(x: Read[2], w: Read[2], y: Write[2]) -> None:
        gemm(x, w, y, 0, 1, 0)

    gradient_x = staticmethod(Affine.gradient_x)
    gradient_w = staticmethod(Affine.gradient_w)


@dataclass(frozen=True)
class LinearTransposed(Primitive):
    """`y = x w`: a weighted sum without a bias, by weights that another layer owns."""

    inputs = ("x", "w")
    oracle = "linear_transposed"

    def axes(self, x: Axes, w: Axes) -> Axes:
        return (*x[:-1], w[1])

    @classmethod
    def sample(cls, rng: np.random.Generator) -> tuple[Primitive, list[np.ndarray]]:
        rows, width, units = rng.integers(1, 7, 3)
        return cls(), [rng.normal(size=size) for size in ((rows, width), (width, units))]

    @staticmethod
    def forward(x: Read[2], w: Read[2], y: Write[2]) -> None:
        gemm(x, w, y, 0, 0, 0)

    gradient_x = staticmethod(AffineTransposed.gradient_x)
    gradient_w = staticmethod(AffineTransposed.gradient_w)
