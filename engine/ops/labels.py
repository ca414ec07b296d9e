"""From labels to numbers."""

from dataclasses import dataclass

import numpy as np

from engine.kernels.operand import ReadInts, Write
from engine.ops.primitive import Axes, Primitive, Value


@dataclass(frozen=True)
class OneOfK(Primitive):
    """Row i is 1 at its label and 0 elsewhere: the 1-of-K code (1-of-K 符号化)."""

    classes: int = 2

    inputs = ("t",)
    ints = ("t",)
    surrogate = True

    def axes(self, t: Axes) -> Axes:
        return (*t, self.classes)

    @classmethod
    def sample(cls, rng: np.random.Generator) -> tuple[Primitive, list[np.ndarray]]:
        rows, classes = rng.integers(1, 6, 2)
        return cls(classes=int(classes)), [rng.integers(0, classes, rows)]

    @staticmethod
    def forward(t: ReadInts[1], y: Write[2]) -> None:
        for i in range(t.size):
            row = y[i]
            for j in range(row.size):
                row[j] = 0
            row[t[i]] = 1


@dataclass(frozen=True)
class LabelNumber(Primitive):
    """Two classes as one number: label 0 is 0, label 1 is 1."""

    inputs = ("t",)
    ints = ("t",)
    surrogate = True

    def axes(self, t: Axes) -> Axes:
        return (*t, 1)

    @classmethod
    def sample(cls, rng: np.random.Generator) -> tuple[Primitive, list[np.ndarray]]:
        return cls(), [rng.integers(0, 2, rng.integers(1, 6))]

    @staticmethod
    def forward(t: ReadInts[1], y: Write[2]) -> None:
        for i in range(t.size):
            y[i, 0] = t[i]


def as_numbers(value: Value) -> Value:
    """Labels as one column of numbers; anything else unchanged."""
    return LabelNumber()(value) if value.ints else value
