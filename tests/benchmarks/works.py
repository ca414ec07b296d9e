"""What is trained: autoencoders of sigmoid layers with a linear output, squared error, Adam."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Work:
    """One network to train. `aim` is how many times faster than the fastest peer it should be."""

    widths: tuple[int, ...]
    batch: int
    rows: int
    aim: float

    @property
    def name(self) -> str:
        return f"{'-'.join(map(str, self.widths))} B{self.batch}"

    @property
    def steps(self) -> int:
        """Steps an epoch; every contender trains whole epochs."""
        return self.rows // self.batch

    def data(self) -> np.ndarray:
        return np.random.default_rng(0).random((self.rows, self.widths[0]), np.float32)


WORKS = (
    Work((64, 32, 64), 32, 1440, 2.0),
    Work((64, 32, 16, 32, 64), 32, 1440, 2.0),
    Work((784, 256, 784), 128, 2560, 1.0),
    Work((784, 512, 256, 128, 256, 512, 784), 128, 2560, 1.0),
)
RATE = 0.001
