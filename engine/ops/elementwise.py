"""Operations on each element alone: sums, factors, and what only steers gradients."""

from dataclasses import dataclass

import numpy as np

from engine.kernels.operand import Read, Write
from engine.ops.primitive import Primitive


@dataclass(frozen=True)
class Add(Primitive):
    """`y = a + b`, both of the same shape."""

    inputs = ("a", "b")
    oracle = "add"

    @staticmethod
    def forward(a: Read[1], b: Read[1], y: Write[1]) -> None:
        for i in range(y.size):
            y[i] = a[i] + b[i]

    @staticmethod
    def gradient_a(dy: Read[1], da: Write[1]) -> None:
        for i in range(dy.size):
            da[i] = dy[i]

    @staticmethod
    def gradient_b(dy: Read[1], db: Write[1]) -> None:
        for i in range(dy.size):
            db[i] = dy[i]


@dataclass(frozen=True)
class Subtract(Primitive):
    """`y = a − b`, both of the same shape."""

    inputs = ("a", "b")
    oracle = "subtract"

    @staticmethod
    def forward(a: Read[1], b: Read[1], y: Write[1]) -> None:
        for i in range(y.size):
            y[i] = a[i] - b[i]

    gradient_a = staticmethod(Add.gradient_a)

    @staticmethod
    def gradient_b(dy: Read[1], db: Write[1]) -> None:
        for i in range(dy.size):
            db[i] = -dy[i]


@dataclass(frozen=True)
class Gain(Primitive):
    """`yₙⱼ = gⱼ xₙⱼ`: each unit's values (x is B×U) times a factor of its own."""

    inputs = ("x", "g")
    oracle = "gain"

    @classmethod
    def sample(cls, rng: np.random.Generator) -> tuple[Primitive, list[np.ndarray]]:
        rows, units = rng.integers(1, 6, 2)
        return cls(), [rng.normal(size=(rows, units)), rng.normal(size=units)]

    @staticmethod
    def forward(x: Read[2], g: Read[1], y: Write[2]) -> None:
        for i in range(x.shape[0]):
            row, out = x[i], y[i]
            for j in range(g.size):
                out[j] = g[j] * row[j]

    @staticmethod
    def gradient_x(g: Read[1], dy: Read[2], dx: Write[2]) -> None:
        for i in range(dy.shape[0]):
            row, out = dy[i], dx[i]
            for j in range(g.size):
                out[j] = g[j] * row[j]

    @staticmethod
    def gradient_g(x: Read[2], dy: Read[2], dg: Write[1]) -> None:
        for j in range(dg.size):
            dg[j] = 0
        for i in range(x.shape[0]):
            row, errors = x[i], dy[i]
            for j in range(dg.size):
                dg[j] += row[j] * errors[j]


@dataclass(frozen=True)
class Told(Primitive):
    """`y = b`, and all gradient goes to a: what is told is one thing, what steps follow another. Contrastive divergence
    is the gradient of no function at all (Sutskever and Tieleman 2010). Declared so, not derived."""

    inputs = ("a", "b")
    surrogate = True

    @staticmethod
    def forward(b: Read[1], y: Write[1]) -> None:
        for i in range(y.size):
            y[i] = b[i]

    gradient_a = staticmethod(Add.gradient_a)


@dataclass(frozen=True)
class StopGradient(Primitive):
    """`y = x`, and no gradient passes: what comes after takes x as data. Declared so, not derived."""

    inputs = ("x",)
    surrogate = True

    @classmethod
    def sample(cls, rng: np.random.Generator) -> tuple[Primitive, list[np.ndarray]]:
        return cls(), [rng.normal(size=tuple(rng.integers(1, 6, 2)))]

    @staticmethod
    def forward(x: Read[1], y: Write[1]) -> None:
        for i in range(x.size):
            y[i] = x[i]
