"""How much of the classes lies open in a code: the accuracy of a linear classifier on it (Alain and Bengio 2017; A16).

Logistic regression is fitted on the training part, of standardised values, and judged on samples kept aside. Beside the
codes stand what the network reads, as it is, and its principal components, as many as each code has units.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

MOST_ROWS = 4000  # training samples that are fitted
ROUNDS = 500  # of the fit, at most


class Judged(NamedTuple):
    """The share of samples kept aside that a linear classifier names rightly, from so many numbers of each."""

    name: str
    width: int
    accuracy: float


class Parts(NamedTuple):
    """The values of training samples and of samples kept aside, N × D each."""

    train: np.ndarray
    check: np.ndarray


def judge(raw: Parts, codes: Mapping[str, Parts], train_labels: np.ndarray, check_labels: np.ndarray) -> Iterator[Judged]:
    """One after the other: what the network reads (`raw`), then each code after as many principal components (`pca k`),
    where there are so many."""

    def one(name: str, parts: Parts) -> Judged:
        return Judged(name, parts.train.shape[1], accuracy(parts, train_labels, check_labels))

    yield one("raw", raw)
    told: set[int] = set()
    for name, parts in codes.items():
        width = parts.train.shape[1]
        if width <= raw.train.shape[1] and width not in told:
            told.add(width)
            yield one(f"pca {width}", principal(raw, width))
        yield one(name, parts)


def accuracy(parts: Parts, train_labels: np.ndarray, check_labels: np.ndarray) -> float:
    """The share of `check` that a logistic regression on `train` names rightly."""
    from sklearn.linear_model import LogisticRegression  # dear to import, and seldom wanted

    mean, spread = parts.train.mean(axis=0), parts.train.std(axis=0)
    spread = np.where(spread > 1e-7, spread, 1.0)  # what is always the same says nothing
    fitted = LogisticRegression(max_iter=ROUNDS).fit((parts.train - mean) / spread, train_labels)
    return float((fitted.predict((parts.check - mean) / spread) == check_labels).mean())


def principal(parts: Parts, count: int) -> Parts:
    """Both parts in the first principal components of the training part."""
    mean = parts.train.mean(axis=0)
    directions = np.linalg.svd(parts.train - mean, full_matrices=False)[2][:count]
    return Parts(*((part - mean) @ directions.T for part in parts))
