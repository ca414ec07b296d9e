"""Maxout: units that take the largest of several sums."""

from dataclasses import dataclass

import numpy as np

from engine.kernels.operand import Count, Read, ReadInts, Write, WriteInts
from engine.ops.primitive import Axes, Primitive


@dataclass(frozen=True)
class MaxPieces(Primitive):
    """`yⱼ = max(x_{jk} … x_{jk+k−1})` for k pieces; the error goes back to where the maximum was."""

    pieces: int = 2

    inputs = ("x",)
    saves = ("winner",)
    ints = ("winner",)
    oracle = "max_pieces"

    def axes(self, x: Axes) -> Axes:
        return (*x[:-1], x[-1] // self.pieces)

    @classmethod
    def sample(cls, rng: np.random.Generator) -> tuple[Primitive, list[np.ndarray]]:
        rows, units, pieces = rng.integers(1, 6, 3)
        return cls(pieces=int(pieces)), [rng.normal(size=(rows, units * pieces))]

    @staticmethod
    def forward(x: Read[2], pieces: Count, y: Write[2], winner: WriteInts[2]) -> None:
        for i in range(y.shape[0]):
            row, out, best = x[i], y[i], winner[i]
            for j in range(out.size):
                place = j * pieces
                for k in range(j * pieces + 1, (j + 1) * pieces):  # a NaN wins, so that it is noticed
                    place = k if (row[k] > row[place]) | (row[k] != row[k]) else place
                out[j] = row[place]
                best[j] = place

    @staticmethod
    def gradient_x(dy: Read[2], winner: ReadInts[2], dx: Write[2]) -> None:
        for i in range(dy.shape[0]):
            back, best, out = dy[i], winner[i], dx[i]
            for j in range(out.size):
                out[j] = 0
            for j in range(back.size):
                out[best[j]] = back[j]
