"""Outputs as distributions: what is likely, and values drawn from it."""

from dataclasses import dataclass

import numpy as np

from engine.kernels.elementary import exp
from engine.kernels.operand import Read, Write
from engine.ops.primitive import Axes, Primitive


@dataclass(frozen=True)
class GaussianLikelihood(Primitive):
    """`E = −1/B Σₙ ln p(tₙ)` for t ~ N(x, σ² I): `‖x − t‖²/(2σ²) + D (ln σ + ½ ln 2π)`; `s` holds ln σ, one number."""

    inputs = ("x", "t", "s")
    saves = ("squares",)
    oracle = "gaussian_likelihood"

    def axes(self, x: Axes, t: Axes, s: Axes) -> Axes:
        return (1,)

    @classmethod
    def sample(cls, rng: np.random.Generator) -> tuple[Primitive, list[np.ndarray]]:
        size = tuple(rng.integers(1, 6, 2))
        return cls(), [rng.normal(size=size), rng.normal(size=size), rng.normal(size=1)]

    @staticmethod
    def forward(x: Read[2], t: Read[2], s: Read[1], y: Write[1], squares: Write[1]) -> None:
        total, two = x.dtype.type(0), x.dtype.type(2)
        for i in range(x.shape[0]):
            row, target = x[i], t[i]
            for j in range(row.size):
                error = row[j] - target[j]
                total += error * error
        squares[0] = total * exp(-two * s[0]) / x.dtype.type(x.shape[0])  # ‖x − t‖²/σ², the mean over samples
        y[0] = squares[0] / two + x.dtype.type(x.shape[1]) * (s[0] + x.dtype.type(0.9189385332046727))

    @staticmethod
    def gradient_x(x: Read[2], t: Read[2], s: Read[1], dy: Read[1], dx: Write[2]) -> None:
        factor = dy[0] * exp(-x.dtype.type(2) * s[0]) / x.dtype.type(x.shape[0])
        for i in range(x.shape[0]):
            row, target, out = x[i], t[i], dx[i]
            for j in range(row.size):
                out[j] = factor * (row[j] - target[j])

    @staticmethod
    def gradient_s(x: Read[2], squares: Read[1], dy: Read[1], ds: Write[1]) -> None:
        ds[0] = dy[0] * (x.dtype.type(x.shape[1]) - squares[0])


@dataclass(frozen=True)
class Spread(Primitive):
    """`y = x + eˢ (z − x)`: a value drawn from N(x, σ² I), where z is x with noise of deviation 1 and s is ln σ. No
    gradient passes: declared so."""

    inputs = ("x", "z", "s")
    surrogate = True

    @classmethod
    def sample(cls, rng: np.random.Generator) -> tuple[Primitive, list[np.ndarray]]:
        size = tuple(rng.integers(1, 6, 2))
        return cls(), [rng.normal(size=size), rng.normal(size=size), rng.normal(size=1)]

    @staticmethod
    def forward(x: Read[1], z: Read[1], s: Read[1], y: Write[1]) -> None:
        deviation = exp(s[0])
        for i in range(x.size):
            y[i] = x[i] + deviation * (z[i] - x[i])
