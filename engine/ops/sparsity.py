"""What makes codes sparse (スパース): the mean activity of each unit, and how far it is from the one that is wanted."""

from dataclasses import dataclass

import numpy as np

from engine.kernels.elementary import log
from engine.kernels.operand import Read, Scalar, Update, Write
from engine.ops.primitive import Axes, Primitive


@dataclass(frozen=True)
class MeanActivity(Primitive):
    """`yⱼ = 1/B Σₙ (xₙⱼ − low)/span`: the mean over the batch of each unit's activity, between 0 and 1.

    x is B×U, y has U numbers; units with values from −1 to 1 are read as `(1 + x)/2`.
    """

    low: float = 0.0
    span: float = 1.0

    inputs = ("x",)
    oracle = "mean_activity"

    def axes(self, x: Axes) -> Axes:
        return (x[-1],)

    @classmethod
    def sample(cls, rng: np.random.Generator) -> tuple[Primitive, list[np.ndarray]]:
        low, span = [(0.0, 1.0), (-1.0, 2.0)][rng.integers(0, 2)]
        return cls(low=low, span=span), [rng.uniform(low, low + span, tuple(rng.integers(1, 6, 2)))]

    @staticmethod
    def forward(x: Read[2], low: Scalar, span: Scalar, y: Write[1]) -> None:
        for j in range(y.size):
            y[j] = 0
        for i in range(x.shape[0]):
            row = x[i]
            for j in range(y.size):
                y[j] += row[j]
        scale = x.dtype.type(1) / (span * x.dtype.type(x.shape[0]))
        for j in range(y.size):
            y[j] = y[j] * scale - low / span

    @staticmethod
    def gradient_x(x: Read[2], span: Scalar, dy: Read[1], dx: Write[2]) -> None:
        scale = x.dtype.type(1) / (span * x.dtype.type(x.shape[0]))
        for i in range(x.shape[0]):
            out = dx[i]
            for j in range(dy.size):
                out[j] = dy[j] * scale


@dataclass(frozen=True)
class RunningActivity(Primitive):
    """`ρ̂ ← λ ρ̂ + (1 − λ) x`, with the batch's mean activities x: a running mean, kept in the buffer `running`.

    The first batch's means begin it: a mean of exactly 0 (which no batch leaves behind) stands for none. As in lecture row A5,
    the derivative keeps the full factor where λ > 0 (that of the step itself is 1 − λ times it): it is exact at λ = 0.
    A mean that is not finite is given on, and not kept.
    """

    memory: float = 0.0

    inputs = ("x", "running")
    oracle = "running_activity"

    @classmethod
    def sample(cls, rng: np.random.Generator) -> tuple[Primitive, list[np.ndarray]]:
        units = rng.integers(1, 6)
        return cls(), [rng.uniform(size=units), rng.uniform(0.1, 0.9, units)]

    @staticmethod
    def forward(x: Read[1], memory: Scalar, running: Update[1], y: Write[1]) -> None:
        one, zero = x.dtype.type(1), x.dtype.type(0)
        least = x.dtype.type(1e-30)
        for j in range(y.size):
            y[j] = x[j] if running[j] == zero else memory * running[j] + (one - memory) * x[j]
            if np.isfinite(y[j]):
                running[j] = y[j] if y[j] > least else least

    @staticmethod
    def gradient_x(dy: Read[1], dx: Write[1]) -> None:
        for j in range(dy.size):
            dx[j] = dy[j]


@dataclass(frozen=True)
class BernoulliDivergence(Primitive):
    """`Σⱼ KL(ρ‖xⱼ) = Σⱼ ρ ln(ρ/xⱼ) + (1−ρ) ln((1−ρ)/(1−xⱼ))` for mean activities x, held between 10⁻⁶ and 1 − 10⁻⁶.

    The derivative `−ρ/xⱼ + (1−ρ)/(1−xⱼ)` is that of the held value, so that units at either end come back.
    """

    rho: float = 0.05

    inputs = ("x",)
    oracle = "bernoulli_divergence"

    def axes(self, x: Axes) -> Axes:
        return (1,)

    @classmethod
    def sample(cls, rng: np.random.Generator) -> tuple[Primitive, list[np.ndarray]]:
        return cls(rho=float(rng.uniform(0.02, 0.98))), [rng.uniform(0.05, 0.95, rng.integers(1, 9))]

    @staticmethod
    def forward(x: Read[1], rho: Scalar, y: Write[1]) -> None:
        one, edge = x.dtype.type(1), x.dtype.type(1e-6)
        total = x.dtype.type(0)
        for j in range(x.size):
            mean = edge if x[j] < edge else (one - edge if x[j] > one - edge else x[j])
            total += rho * log(rho / mean) + (one - rho) * log((one - rho) / (one - mean))
        y[0] = total

    @staticmethod
    def gradient_x(x: Read[1], rho: Scalar, dy: Read[1], dx: Write[1]) -> None:
        one, edge = x.dtype.type(1), x.dtype.type(1e-6)
        for j in range(x.size):
            mean = edge if x[j] < edge else (one - edge if x[j] > one - edge else x[j])
            dx[j] = dy[0] * ((one - rho) / (one - mean) - rho / mean)
