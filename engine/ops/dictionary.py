"""Sparse coding (スパース符号化): a dictionary whose atoms have length 1, and the best sparse codes in it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from engine.kernels.operand import Count, Read, Scalar, Write
from engine.kernels.products import gemm
from engine.ops.primitive import Axes, Primitive


@dataclass(frozen=True)
class UnitColumns(Primitive):
    """`yⱼ = wⱼ/‖wⱼ‖` for each column wⱼ of w (D×U); a column of zeros stays one.

    Without it a dictionary could make codes as small as it likes, and a penalty on them would mean nothing.
    """

    inputs = ("w",)
    saves = ("lengths",)
    oracle = "unit_columns"

    def saved_axes(self, w: Axes) -> Mapping[str, Axes]:
        return {"lengths": (w[1],)}

    @staticmethod
    def forward(w: Read[2], y: Write[2], lengths: Write[1]) -> None:
        one, zero = w.dtype.type(1), w.dtype.type(0)
        for j in range(lengths.size):
            lengths[j] = 0
        for i in range(w.shape[0]):
            row = w[i]
            for j in range(lengths.size):
                lengths[j] += row[j] * row[j]
        for j in range(lengths.size):
            lengths[j] = np.sqrt(lengths[j]) if lengths[j] != zero else one
        for i in range(w.shape[0]):
            row, out = w[i], y[i]
            for j in range(lengths.size):
                out[j] = row[j] / lengths[j]

    @staticmethod
    def gradient_w(y: Read[2], lengths: Read[1], dy: Read[2], dw: Write[2]) -> None:
        along = dw[0]  # yⱼ·dyⱼ lies here until this row's own turn, which comes last
        for j in range(lengths.size):
            along[j] = 0
        for i in range(y.shape[0]):
            row, errors = y[i], dy[i]
            for j in range(lengths.size):
                along[j] += row[j] * errors[j]
        for k in range(y.shape[0]):
            i = y.shape[0] - 1 - k
            row, errors, out = y[i], dy[i], dw[i]
            for j in range(lengths.size):
                out[j] = (errors[j] - row[j] * along[j]) / lengths[j]


@dataclass(frozen=True)
class SparseCode(Primitive):
    """`yₙ = argmin_h ‖xₙ − b − W h‖² + λ|h|₁ + γ‖h − fₙ‖²` for each sample: x is B×D, W is D×U, the guess f is B×U.

    Coordinate descent that begins at f: each value in its turn takes the best there is for it, which the penalty makes 0
    where little is lost (Friedman, Hastie and Tibshirani 2010). It ends after so many sweeps, or when a sweep moves no
    value by more than a ten-millionth of the largest. What is found is data to what comes after: no gradient passes.
    """

    strength: float = 0.1  # λ
    closeness: float = 1.0  # γ
    sweeps: int = 10

    inputs = ("x", "w", "b", "f")
    saves = ("rest", "gram", "pull")
    surrogate = True

    def axes(self, x: Axes, w: Axes, b: Axes, f: Axes) -> Axes:
        return f

    def saved_axes(self, x: Axes, w: Axes, b: Axes, f: Axes) -> Mapping[str, Axes]:
        return {"rest": x, "gram": (w[1], w[1]), "pull": f}

    @classmethod
    def sample(cls, rng: np.random.Generator) -> tuple[Primitive, list[np.ndarray]]:
        rows, width, units = rng.integers(1, 6, 3)
        sizes = ((rows, width), (width, units), (width,), (rows, units))
        return cls(float(rng.uniform(0, 0.5)), float(rng.uniform(0.2, 2)), 200), [rng.normal(size=size) for size in sizes]

    @staticmethod
    def forward(x: Read[2], w: Read[2], b: Read[1], f: Read[2], strength: Scalar, closeness: Scalar, sweeps: Count,
                y: Write[2], rest: Write[2], gram: Write[2], pull: Write[2]) -> None:
        zero, least = x.dtype.type(0), strength / x.dtype.type(2)
        for i in range(x.shape[0]):
            for k in range(b.size):
                rest[i, k] = x[i, k] - b[k]
            for j in range(f.shape[1]):
                y[i, j] = f[i, j]
        gemm(rest, w, pull, 0, 0, 0)
        gemm(w, w, gram, 1, 0, 0)
        for j in range(gram.shape[0]):
            for k in range(gram.shape[0]):
                gram[j, k] = -gram[j, k]
        gemm(y, gram, pull, 0, 0, 1)  # Wᵀ(x − b − W h), kept true while h changes
        for i in range(x.shape[0]):
            code, force, guess = y[i], pull[i], f[i]
            for _ in range(sweeps):
                largest = change = zero
                for j in range(code.size):
                    others = gram[j]
                    wanted = force[j] - others[j] * code[j] + closeness * guess[j]
                    beyond = abs(wanted) - least
                    best = zero if beyond <= zero else (beyond if wanted > zero else -beyond) / (closeness - others[j])
                    step = best - code[j]
                    if step != zero:
                        code[j] = best
                        for k in range(force.size):
                            force[k] += step * others[k]
                    change = max(change, abs(step))
                    largest = max(largest, abs(best))
                if change <= largest * x.dtype.type(1e-7):
                    break
