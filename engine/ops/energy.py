"""Energies of Boltzmann machines (ボルツマンマシン)."""

from dataclasses import dataclass

import numpy as np

from engine.kernels.elementary import exp, log, sigmoid
from engine.kernels.operand import Read, Write
from engine.ops.primitive import Axes, Primitive


@dataclass(frozen=True)
class FreeEnergy(Primitive):
    """`F = 1/B Σₙ (−b·vₙ − Σⱼ ln(1 + e^uₙⱼ))` of visible values v (B×D) with biases b, where u = W v + c (B×U) goes into the
    hidden units. v itself is taken as data."""

    inputs = ("v", "u", "b")
    oracle = "free_energy"

    def axes(self, v: Axes, u: Axes, b: Axes) -> Axes:
        return (1,)

    @classmethod
    def sample(cls, rng: np.random.Generator) -> tuple[Primitive, list[np.ndarray]]:
        rows, width, units = rng.integers(1, 6, 3)
        return cls(), [rng.uniform(size=(rows, width)), 3 * rng.normal(size=(rows, units)), rng.normal(size=width)]

    @staticmethod
    def forward(v: Read[2], u: Read[2], b: Read[1], y: Write[1]) -> None:
        one, zero = v.dtype.type(1), v.dtype.type(0)
        total = zero
        for i in range(v.shape[0]):
            seen, sums = v[i], u[i]
            for k in range(seen.size):
                total -= b[k] * seen[k]
            for j in range(sums.size):
                size = -sums[j] if sums[j] < zero else sums[j]
                total -= (zero if sums[j] < zero else sums[j]) + log(one + exp(-size))
        y[0] = total / v.dtype.type(v.shape[0])

    @staticmethod
    def gradient_u(u: Read[2], dy: Read[1], du: Write[2]) -> None:
        factor = -dy[0] / u.dtype.type(u.shape[0])
        for i in range(u.shape[0]):
            sums, out = u[i], du[i]
            for j in range(sums.size):
                out[j] = factor * sigmoid(sums[j])

    @staticmethod
    def gradient_b(v: Read[2], dy: Read[1], db: Write[1]) -> None:
        factor = -dy[0] / v.dtype.type(v.shape[0])
        for k in range(db.size):
            db[k] = 0
        for i in range(v.shape[0]):
            seen = v[i]
            for k in range(db.size):
                db[k] += factor * seen[k]
