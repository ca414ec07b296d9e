"""Random operations. Each draw is a pure function of the seed, the step and the operation's own stream."""

from dataclasses import dataclass

import numpy as np

from engine.kernels.operand import Count, Read, ReadInts, Scalar, Write
from engine.kernels.philox import high, low, mask_start, philox
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
        return cls(rate=float(rng.uniform(0, 0.9))), [rng.normal(size=tuple(rng.integers(1, 13, 2)))]  # masks of 32 and more

    @staticmethod
    def forward(x: Read[1], rate: Scalar, run: ReadInts[1], stream: Count, y: Write[1], mask: Write[1]) -> None:
        keep = x.dtype.type(1) / (x.dtype.type(1) - rate)
        zero = x.dtype.type(0)
        limit = np.uint64(np.float64(rate) * 4294967296.0)
        key0, key1, step0, step1 = low(run[0]), low(stream), low(run[1]), high(run[1])
        filled = mask_start(key0, key1, step0, step1, high(run[0]), limit, zero, keep, mask)
        for block in range(filled // 4, (x.size + 3) // 4):
            r0, r1, r2, r3 = philox(key0, key1, step0, step1, np.uint64(block), high(run[0]))
            first = 4 * block
            for i in range(first, min(first + 4, x.size)):
                r = r0 if i == first else (r1 if i == first + 1 else (r2 if i == first + 2 else r3))
                mask[i] = zero if r < limit else keep
        for i in range(x.size):
            y[i] = x[i] * mask[i]

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
        return cls(), [rng.uniform(size=tuple(rng.integers(1, 6, 2)))]

    @staticmethod
    def forward(x: Read[1], run: ReadInts[1], stream: Count, y: Write[1]) -> None:
        one, zero = x.dtype.type(1), x.dtype.type(0)
        key0, key1, step0, step1 = low(run[0]), low(stream), low(run[1]), high(run[1])
        for i in range(x.size):
            r0, _, _, _ = philox(key0, key1, step0, step1, np.uint64(i), high(run[0]))
            y[i] = one if np.float64(r0) < np.float64(x[i]) * 4294967296.0 else zero


@dataclass(frozen=True)
class GaussianNoise(Primitive):
    """`y = x + σ n` with n ~ N(0, 1), drawn anew for every mini-batch by the method of Box and Muller."""

    sigma: float = 0.1

    inputs = ("x",)

    @classmethod
    def sample(cls, rng: np.random.Generator) -> tuple[Primitive, list[np.ndarray]]:
        return cls(sigma=float(rng.uniform(0, 2))), [rng.normal(size=tuple(rng.integers(1, 6, 2)))]

    @staticmethod
    def forward(x: Read[1], sigma: Scalar, run: ReadInts[1], stream: Count, y: Write[1]) -> None:
        key0, key1, step0, step1 = low(run[0]), low(stream), low(run[1]), high(run[1])
        for block in range((x.size + 3) // 4):
            r0, r1, r2, r3 = philox(key0, key1, step0, step1, np.uint64(block), high(run[0]))
            for pair in range(2):
                first = 4 * block + 2 * pair
                turn = np.float64(r1 if pair == 0 else r3) * (2.0 * np.pi / 4294967296.0)
                chance = (np.float64(r0 if pair == 0 else r2) + 1.0) / 4294967296.0
                radius = np.float64(sigma) * np.sqrt(-2.0 * np.log(chance))
                if first < x.size:
                    y[first] = x[first] + radius * np.cos(turn)
                if first + 1 < x.size:
                    y[first + 1] = x[first + 1] + radius * np.sin(turn)

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
        return cls(float(rng.uniform(0, 1)), float(least), float(most)), [rng.normal(size=tuple(rng.integers(1, 6, 2)))]

    @staticmethod
    def forward(x: Read[1], rate: Scalar, least: Scalar, most: Scalar, run: ReadInts[1], stream: Count, y: Write[1],
                mask: Write[1]) -> None:
        one, zero = x.dtype.type(1), x.dtype.type(0)
        limit, half = np.float64(rate) * 4294967296.0, np.float64(rate) * 2147483648.0
        key0, key1, step0, step1 = low(run[0]), low(stream), low(run[1]), high(run[1])
        for block in range((x.size + 3) // 4):
            r0, r1, r2, r3 = philox(key0, key1, step0, step1, np.uint64(block), high(run[0]))
            first = 4 * block
            for i in range(first, min(first + 4, x.size)):
                r = np.float64(r0 if i == first else (r1 if i == first + 1 else (r2 if i == first + 2 else r3)))
                mask[i] = one if r >= limit else zero
                y[i] = x[i] if r >= limit else (least if r < half else most)

    @staticmethod
    def gradient_x(dy: Read[1], mask: Read[1], dx: Write[1]) -> None:
        for i in range(dy.size):
            dx[i] = dy[i] * mask[i]
