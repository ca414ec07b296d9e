"""Semantic hashing (セマンティックハッシング, A13): near-binary codes as words, and near ones found by flipping bits.

Salakhutdinov and Hinton (2009), Semantic Hashing. Pure functions of arrays: a view, a notebook and a test use them alike.
Two samples are as far apart as the bits in which their words differ (Hamming distance).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from math import comb
from typing import NamedTuple

import numpy as np


class Neighbours(NamedTuple):
    """Rows of a table, the nearest first, and by how many bits each differs; equal ones in the order of their rows."""

    rows: np.ndarray
    distances: np.ndarray


def words_of(codes: np.ndarray, threshold: float = 0.5) -> list[int]:
    """One whole number for each row of codes (N×bits): bit j is set where value j is above the threshold."""
    packed = np.packbits(np.asarray(codes) > threshold, axis=1, bitorder="little")
    return [int.from_bytes(row.tobytes(), "little") for row in packed]


class HashTable:
    """Which rows have which word. A look-up tries the word itself, then those with one bit flipped, with two, …: it costs
    what the ball holds, however many rows there are; where it holds more words than are in use, those are gone through."""

    def __init__(self, codes: np.ndarray, threshold: float = 0.5) -> None:
        """`codes` is N×bits, each near 0 or 1; those of other ranges have another threshold (0 for −1 to 1)."""
        self.bits = int(np.shape(codes)[1])
        self.words = words_of(codes, threshold)
        self.rows: dict[int, list[int]] = {}
        for row, word in enumerate(self.words):
            self.rows.setdefault(word, []).append(row)

    def ball(self, word: int, radius: int) -> Neighbours:
        """All rows whose word differs from this one in at most `radius` bits."""
        found = [pair for distance, rows in self._rings(word, radius) for pair in zip(rows, [distance] * len(rows), strict=True)]
        return _neighbours(found)

    def nearest(self, word: int, count: int, *, without: int = -1) -> Neighbours:
        """The `count` rows whose words are nearest to this one; `without` is a row that is left out: the one asked for."""
        found: list[tuple[int, int]] = []
        for distance, rows in self._rings(word, self.bits):
            found += [(row, distance) for row in rows if row != without]
            if len(found) >= count:
                break
        return _neighbours(found[:count])

    def _rings(self, word: int, radius: int) -> Iterator[tuple[int, list[int]]]:
        """Distance after distance, the rows at it, in order."""
        for distance in range(min(radius, self.bits) + 1):
            if comb(self.bits, distance) > len(self.rows):
                rings: dict[int, list[int]] = {}
                for other, rows in self.rows.items():
                    rings.setdefault((word ^ other).bit_count(), []).extend(rows)
                yield from ((far, sorted(rings[far])) for far in sorted(rings) if distance <= far <= radius)
                return
            flips = (sum(1 << bit for bit in bits) for bits in combinations(range(self.bits), distance))
            yield distance, sorted(row for flip in flips for row in self.rows.get(word ^ flip, ()))


def _neighbours(found: list[tuple[int, int]]) -> Neighbours:
    rows, distances = zip(*found, strict=True) if found else ((), ())
    return Neighbours(np.array(rows, np.int64), np.array(distances, np.int64))


def exact_neighbours(x: np.ndarray, picked: np.ndarray, count: int) -> np.ndarray:
    """The rows of x (N×D) nearest to each picked row, itself left out: P×count, by Euclidean distance, nearest first."""
    x = np.asarray(x, float).reshape(len(x), -1)
    squares = np.square(x).sum(1)
    distances = squares - 2.0 * (x[picked] @ x.T)  # the picked row's own square shifts all alike
    distances[np.arange(len(picked)), picked] = np.inf
    return np.argsort(distances, axis=1, kind="stable")[:, : min(count, len(x) - 1)]


def precision(codes: np.ndarray, x: np.ndarray, picked: np.ndarray, count: int, threshold: float = 0.5) -> float:
    """Precision at `count`: the share of the exact nearest neighbours in x (N×D) among as many that are nearest by their
    codes (N×bits), the mean over the picked rows. A random order comes to count/(N − 1)."""
    table, picked = HashTable(codes, threshold), np.asarray(picked)
    exact = exact_neighbours(x, picked, count)
    hits = [np.isin(table.nearest(table.words[row], exact.shape[1], without=row).rows, wanted).mean()
            for row, wanted in zip(picked.tolist(), exact, strict=True)]
    return float(np.mean(hits))
