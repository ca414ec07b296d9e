"""Which rows train and which validate: by share and an own seed, the same in every class."""

from __future__ import annotations

from math import ceil

import numpy as np

from engine.data.draws import Draws

SMALLEST = 10  # a set with fewer rows, such as a truth table, is not divided


def split(rows: int, share: float, seed: int, labels: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Row numbers of the training part and of the validation part, each in random order.

    With labels every class gives its share, as in scikit-learn's `train_test_split(stratify=labels)`, but keeps at
    least one row to train on.
    """
    order = Draws(seed, "split").permutation(rows)
    wanted = min(ceil(share * rows), rows - 1) if share > 0.0 and rows >= SMALLEST else 0
    if wanted == 0:
        return order, order[:0]
    if labels is None:
        return order[wanted:], order[:wanted]
    sorted_labels = labels[order]
    chosen = np.zeros(rows, dtype=bool)
    for value, quota in zip(*_quotas(labels, wanted), strict=True):
        chosen[np.flatnonzero(sorted_labels == value)[:quota]] = True
    return order[~chosen], order[chosen]


def _quotas(labels: np.ndarray, wanted: int) -> tuple[np.ndarray, np.ndarray]:
    """The classes, and how many validation rows each gives: proportional, the largest remainders rounded up."""
    classes, counts = np.unique(labels, return_counts=True)
    quotas, remainders = np.divmod(counts * wanted, counts.sum())
    by_remainder = np.argsort(-remainders, kind="stable")
    quotas[by_remainder[: wanted - quotas.sum()]] += 1
    return classes, np.minimum(quotas, counts - 1)
