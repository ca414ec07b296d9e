"""Which rows train, which validate and which test: by share and an own seed, the same in every class."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import NamedTuple

import numpy as np

from engine.data.draws import Draws

SMALLEST = 10  # a set with fewer rows, such as a truth table, is not divided unless it is asked for


@dataclass(frozen=True, slots=True)
class Division:
    """How rows are divided. Parts are drawn, the same share of each class; or, `in_order`, the last rows are kept:
    of a series, what comes later."""

    validation: float
    test: float = 0.0
    seed: int = 0
    stratified: bool = True
    in_order: bool = False
    smallest: int = SMALLEST


class Parts(NamedTuple):
    """Row numbers, each row in one part."""

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray


def divide(rows: int, division: Division, labels: np.ndarray | None = None) -> Parts:
    """The parts, each in random order unless they are taken in order. At least one row is left to train on.

    With labels every class gives its share, as in scikit-learn's `train_test_split(stratify=labels)`, but keeps at
    least one row to train on. The test part does not depend on the share of the validation part.
    """
    test = min(ceil(division.test * rows), rows - 1) if rows >= division.smallest else 0
    validation = min(ceil(division.validation * rows), rows - 1 - test) if rows >= division.smallest else 0
    if division.in_order:
        order = np.arange(rows)[::-1]
        return Parts(*(part[::-1] for part in _cut(order, test, validation)))
    order = Draws(division.seed, "split").permutation(rows)
    if labels is None or not division.stratified or not test + validation:
        return _cut(order, test, validation)
    classes, counts = np.unique(labels, return_counts=True)
    tested = np.minimum(_quotas(counts, test), counts - 1)
    validated = np.minimum(_quotas(counts, validation), counts - 1 - tested)
    sorted_labels = labels[order]
    part = np.zeros(rows, np.int8)
    for value, few, more in zip(classes, tested, validated, strict=True):
        places = np.flatnonzero(sorted_labels == value)
        part[places[:few]], part[places[few : few + more]] = 2, 1
    return Parts(*(order[part == which] for which in range(3)))


def _cut(order: np.ndarray, test: int, validation: int) -> Parts:
    """The test part first, then the validation part, then the rest."""
    return Parts(order[test + validation :], order[test : test + validation], order[:test])


def _quotas(counts: np.ndarray, wanted: int) -> np.ndarray:
    """How many of the wanted rows each class gives: proportional, the largest remainders rounded up."""
    quotas, remainders = np.divmod(counts * wanted, counts.sum())
    by_remainder = np.argsort(-remainders, kind="stable")
    quotas[by_remainder[: wanted - quotas.sum()]] += 1
    return quotas
