"""Figures in plain units, reported beside the losses. They have no gradients."""

from dataclasses import dataclass

import numpy as np

from engine.kernels.distances import absolute_distance, squared_distance
from engine.kernels.operand import Read, ReadInts, Scalar, Write
from engine.ops.primitive import Axes, Primitive


@dataclass(frozen=True)
class Metric(Primitive):
    """What metrics share: a prediction and a target go in, one number comes out."""

    inputs = ("x", "t")
    surrogate = True

    def axes(self, x: Axes, t: Axes) -> Axes:
        return (1,)


@dataclass(frozen=True)
class Accuracy(Metric):
    """The share of samples whose largest output is that of their label."""

    ints = ("t",)

    @classmethod
    def sample(cls, rng: np.random.Generator) -> tuple[Primitive, list[np.ndarray]]:
        rows, classes = rng.integers(1, 6, 2)
        return cls(), [rng.normal(size=(rows, classes)), rng.integers(0, classes, rows)]

    @staticmethod
    def forward(x: Read[2], t: ReadInts[1], y: Write[1]) -> None:
        right = 0
        for i in range(x.shape[0]):
            row = x[i]
            best = 0
            for j in range(row.size):
                if row[j] > row[best]:
                    best = j
            right += best == t[i]
        y[0] = right / x.shape[0]


@dataclass(frozen=True)
class BinaryAccuracy(Metric):
    """The share of components on the right side: logit above 0 where the target is above one half."""

    @staticmethod
    def forward(x: Read[2], t: Read[2], y: Write[1]) -> None:
        right = 0
        for i in range(x.shape[0]):
            row, target = x[i], t[i]
            for j in range(row.size):
                right += (row[j] > 0) == (target[j] > 0.5)
        y[0] = right / x.size


@dataclass(frozen=True)
class MeanSquaredError(Metric):
    """`1/(B·D) Σ ‖x − t‖²`: the squared error per component."""

    @staticmethod
    def forward(x: Read[2], t: Read[2], y: Write[1]) -> None:
        y[0] = squared_distance(x, t) / x.dtype.type(x.size)


@dataclass(frozen=True)
class MeanAbsoluteError(Metric):
    """`1/(B·D) Σ |x − t|`: the absolute error per component."""

    @staticmethod
    def forward(x: Read[2], t: Read[2], y: Write[1]) -> None:
        y[0] = absolute_distance(x, t) / x.dtype.type(x.size)


@dataclass(frozen=True)
class Mean(Primitive):
    """`1/N Σ x`: the mean of all values."""

    inputs = ("x",)
    surrogate = True

    def axes(self, x: Axes) -> Axes:
        return (1,)

    @staticmethod
    def forward(x: Read[1], y: Write[1]) -> None:
        total = x.dtype.type(0)
        for i in range(x.size):
            total += x[i]
        y[0] = total / x.dtype.type(x.size)


@dataclass(frozen=True)
class ShareOfZeros(Mean):
    """The share of values that are exactly 0."""

    @staticmethod
    def forward(x: Read[1], y: Write[1]) -> None:
        count = 0
        for i in range(x.size):
            count += x[i] == 0
        y[0] = count / x.size


@dataclass(frozen=True)
class NearBinary(Mean):
    """The share of values that are within `margin` of 0 or 1."""

    margin: float = 0.1

    @staticmethod
    def forward(x: Read[1], margin: Scalar, y: Write[1]) -> None:
        count = 0
        for i in range(x.size):
            count += (x[i] <= margin) | (x[i] >= 1 - margin)
        y[0] = count / x.size
