"""Random operations. Each draw is a pure function of the seed, the step and the operation's own stream."""

from dataclasses import dataclass

import numpy as np

from engine.kernels.draws import chance, normals
from engine.kernels.operand import Count, Read, ReadInts, Scalar, Write
from engine.kernels.philox import WORDS, words_at
from engine.ops.primitive import Primitive


@dataclass(frozen=True)
class Dropout(Primitive):
    """`y = x ⊙ m / (1 − rate)` with a new mask m for every mini-batch: each element is dropped with chance `rate`.

    Dividing in training keeps the expectation that use without dropout has (lecture row O14).
    """

    rate: float = 0.5

    inputs = ("x",)
    saves = ("mask",)

    @classmethod
    def sample(cls, rng: np.random.Generator) -> tuple[Primitive, list[np.ndarray]]:
        return cls(rate=float(rng.uniform(0, 0.9))), [rng.normal(size=tuple(rng.integers(1, 13, 2)))]  # more than one draw of 64

    @staticmethod
    def forward(x: Read[1], rate: Scalar, run: ReadInts[1], stream: Count, y: Write[1], mask: Write[1]) -> None:
        keep = x.dtype.type(1) / (x.dtype.type(1) - rate)
        zero = x.dtype.type(0)
        for start in range(0, x.size, WORDS):
            words, given = words_at(run, stream, start), x[start : start + WORDS]
            made, kept = y[start : start + WORDS], mask[start : start + WORDS]
            for i in range(given.size):
                kept[i] = zero if chance(words[i]) < rate else keep
                made[i] = given[i] * kept[i]

    @staticmethod
    def gradient_x(dy: Read[1], mask: Read[1], dx: Write[1]) -> None:
        for i in range(dy.size):
            dx[i] = dy[i] * mask[i]


@dataclass(frozen=True)
class Bernoulli(Primitive):
    """`y = 1` with chance x, else 0. No gradient passes: declared so (contrastive divergence needs no more)."""

    inputs = ("x",)
    surrogate = True

    @classmethod
    def sample(cls, rng: np.random.Generator) -> tuple[Primitive, list[np.ndarray]]:
        return cls(), [rng.uniform(size=tuple(rng.integers(1, 13, 2)))]

    @staticmethod
    def forward(x: Read[1], run: ReadInts[1], stream: Count, y: Write[1]) -> None:
        one, zero = x.dtype.type(1), x.dtype.type(0)
        for start in range(0, x.size, WORDS):
            words, chances, made = words_at(run, stream, start), x[start : start + WORDS], y[start : start + WORDS]
            for i in range(made.size):
                made[i] = one if chance(words[i]) < chances[i] else zero


@dataclass(frozen=True)
class GaussianNoise(Primitive):
    """`y = x + σ n` with n ~ N(0, 1), drawn anew for every mini-batch by the method of Box and Muller."""

    sigma: float = 0.1

    inputs = ("x",)

    @classmethod
    def sample(cls, rng: np.random.Generator) -> tuple[Primitive, list[np.ndarray]]:
        return cls(sigma=float(rng.uniform(0, 2))), [rng.normal(size=tuple(rng.integers(1, 13, 2)))]  # more than one draw of 64

    @staticmethod
    def forward(x: Read[1], sigma: Scalar, run: ReadInts[1], stream: Count, y: Write[1]) -> None:
        for start in range(0, x.size, WORDS):
            noise = normals(words_at(run, stream, start), x)
            given, made = x[start : start + WORDS], y[start : start + WORDS]
            for i in range(made.size):
                made[i] = given[i] + sigma * noise[i]

    @staticmethod
    def gradient_x(dy: Read[1], dx: Write[1]) -> None:
        for i in range(dy.size):
            dx[i] = dy[i]


@dataclass(frozen=True)
class Replacing(Primitive):
    """Each element of x becomes `least` or `most`, as likely as not, with chance `rate`; anew for every mini-batch.

    With 0 for both, elements are masked; with the ends of a range they are salt and pepper.
    """

    rate: float = 0.3
    least: float = 0.0
    most: float = 0.0

    inputs = ("x",)
    saves = ("mask",)

    @classmethod
    def sample(cls, rng: np.random.Generator) -> tuple[Primitive, list[np.ndarray]]:
        least, most = rng.normal(size=2)
        return cls(float(rng.uniform(0, 1)), float(least), float(most)), [rng.normal(size=tuple(rng.integers(1, 13, 2)))]

    @staticmethod
    def forward(x: Read[1], rate: Scalar, least: Scalar, most: Scalar, run: ReadInts[1], stream: Count, y: Write[1],
                mask: Write[1]) -> None:
        one, zero = x.dtype.type(1), x.dtype.type(0)
        half = rate * x.dtype.type(0.5)
        for start in range(0, x.size, WORDS):
            words, given = words_at(run, stream, start), x[start : start + WORDS]
            made, kept = y[start : start + WORDS], mask[start : start + WORDS]
            for i in range(given.size):
                drawn = chance(words[i])
                kept[i] = one if drawn >= rate else zero
                made[i] = given[i] if drawn >= rate else (least if drawn < half else most)

    @staticmethod
    def gradient_x(dy: Read[1], mask: Read[1], dx: Write[1]) -> None:
        for i in range(dy.size):
            dx[i] = dy[i] * mask[i]
