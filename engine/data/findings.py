"""What in the data asks for a second look, from numbers that were counted over every row. All thresholds stand here."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from engine.data.statistics import DEVIATION, HIGH, LOW
from graphs.language import marked

FEW = 10  # samples of a class in the training part, below which there is little to learn it from
UNEVEN = 10.0  # times more samples of the largest class than of the smallest
SCALES = 100.0  # ratio of the largest deviation to the smallest that makes steps of gradient descent uneven
SAME = 0.9999  # correlation of two columns that say the same
THRESHOLDS = {  # in words, for who asks why
    "constant": marked("A column with one value in all training rows tells nothing; after normalising it is 0."),
    "few": marked("Fewer than 10 training samples of a class seldom show what it looks like."),
    "uneven": marked("The largest class has more than 10 times the samples of the smallest: a network that always "
                     "answers the largest is often right."),
    "scales": marked("The deviations of the columns differ by more than a factor of 100: the largest alone sets the "
                     "pace of learning."),
    "same": marked("Two columns with a correlation above 0.9999 tell the same."),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about the column that `port` of `node` gives. `places` are components or classes, with their names."""

    code: str
    node: str
    port: str
    places: tuple[int, ...] = ()
    names: tuple[str, ...] = ()
    number: float = 0.0


def about_components(node: str, port: str, names: Sequence[str], moments: np.ndarray,
                     matrix: np.ndarray) -> Iterator[Finding]:
    """What can be said of components that mean something each; `moments` [F, 4] and covariance of the training part."""
    called = list(names) or [str(place + 1) for place in range(len(moments))]
    constant = np.flatnonzero(moments[:, HIGH] == moments[:, LOW])
    if len(constant) and len(constant) < len(moments):
        yield Finding("constant", node, port, *_named(constant, called))
    spread = moments[:, DEVIATION]
    alive = np.flatnonzero(spread > 0)
    if len(alive) > 1:
        least, most = alive[spread[alive].argmin()], alive[spread[alive].argmax()]
        ratio = float(spread[most] / spread[least])
        if ratio > SCALES:
            yield Finding("scales", node, port, *_named([least, most], called), ratio)
    if matrix.size:
        yield from _same(node, port, called, matrix)


def _same(node: str, port: str, called: Sequence[str], matrix: np.ndarray) -> Iterator[Finding]:
    """The first two columns that say the same."""
    deviations = np.sqrt(np.diag(matrix))
    scale = np.where(deviations > 0, deviations, np.inf)
    alike = np.abs(np.triu(matrix / np.outer(scale, scale), 1)) > SAME
    if alike.any():
        pair = np.argwhere(alike)[0]
        yield Finding("same", node, port, *_named(pair, called))


def about_classes(node: str, port: str, classes: Sequence[str], counts: np.ndarray) -> Iterator[Finding]:
    """What can be said of classes of which the training part has so many samples each."""
    if len(classes) < 2 or not counts.sum():
        return
    few = np.flatnonzero(counts < FEW)
    if len(few) and counts.sum() >= FEW * len(classes):  # a truth table has four rows and knows it
        yield Finding("few", node, port, *_named(few, classes), float(counts[few].min()))
    elif counts.min() and counts.max() / counts.min() > UNEVEN:
        yield Finding("uneven", node, port, *_named([counts.argmin(), counts.argmax()], classes),
                      float(counts.max() / counts.min()))


def _named(places: Sequence[int] | np.ndarray, names: Sequence[str]) -> tuple[tuple[int, ...], tuple[str, ...]]:
    return tuple(int(place) for place in places), tuple(names[int(place)] for place in places)


def power(ratio: float) -> int:
    """The power of ten of a ratio."""
    return math.floor(math.log10(max(ratio, 1.0)) + 1e-9)
