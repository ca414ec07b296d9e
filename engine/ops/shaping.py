"""Operations that change the shape of a value and none of its numbers."""

from dataclasses import dataclass

import numpy as np

from engine.kernels.operand import Read, Write
from engine.ops.primitive import Axes, Primitive, size_of


@dataclass(frozen=True)
class Flatten(Primitive):
    """`y = x` with all axes but the batch joined."""

    inputs = ("x",)
    oracle = "flatten"

    def axes(self, x: Axes) -> Axes:
        return (x[0], size_of(x[1:]))

    @classmethod
    def sample(cls, rng: np.random.Generator) -> tuple[Primitive, list[np.ndarray]]:
        return cls(), [rng.normal(size=tuple(rng.integers(1, 4, 4)))]

    @staticmethod
    def forward(x: Read[1], y: Write[1]) -> None:
        for i in range(x.size):
            y[i] = x[i]

    @staticmethod
    def gradient_x(dy: Read[1], dx: Write[1]) -> None:
        for i in range(dy.size):
            dx[i] = dy[i]
