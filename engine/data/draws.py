"""Random numbers of the data half: a stream is named by a seed and a purpose, and any draw can be replayed.

Everything is made from the raw words of Philox, which numpy promises to keep; its distributions may change between
versions, and with them a split or a data set.
"""

from __future__ import annotations

from zlib import crc32

import numpy as np


class Draws:
    """A stream of random numbers. Two streams with another seed or purpose have nothing in common."""

    def __init__(self, seed: int, purpose: str) -> None:
        self._words = np.random.Philox(key=np.array([seed & (2**64 - 1), crc32(purpose.encode())], dtype=np.uint64))

    def uniform(self, count: int) -> np.ndarray:
        """Numbers in [0, 1)."""
        return (self._words.random_raw(count) >> np.uint64(11)) * 2.0**-53

    def normal(self, count: int) -> np.ndarray:
        """Numbers from N(0, 1), by the method of Box and Muller."""
        radius = np.sqrt(-2.0 * np.log1p(-self.uniform(count)))
        return radius * np.cos(2.0 * np.pi * self.uniform(count))

    def whole(self, count: int, below: int) -> np.ndarray:
        """Whole numbers from 0 up to, but not including, `below`."""
        return (self.uniform(count) * below).astype(np.int64)

    def permutation(self, count: int) -> np.ndarray:
        """The whole numbers below `count` in random order."""
        return np.argsort(self._words.random_raw(count), kind="stable").astype(np.int64)
