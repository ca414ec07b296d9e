"""Splits: proportions as scikit-learn makes them, an own seed, and nothing lost."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from sklearn.model_selection import train_test_split

from engine.data.splits import SMALLEST, split


@given(some.integers(1, 400), some.floats(0.0, 0.9), some.integers(0, 2**31), some.integers(1, 12))
@settings(max_examples=200, deadline=None)
def test_every_row_is_in_one_part(rows, share, seed, classes):
    labels = np.random.default_rng(seed).integers(classes, size=rows)
    for given_labels in (None, labels):
        train, validation = split(rows, share, seed, given_labels)
        assert train.dtype == validation.dtype == np.int64
        assert sorted([*train, *validation]) == list(range(rows))
        assert len(train) > 0
        if share == 0.0 or rows < SMALLEST:
            assert len(validation) == 0
        if given_labels is not None:
            assert set(labels[train]) == set(labels)


@pytest.mark.parametrize("share", [0.1, 0.2, 0.33, 0.5])
@pytest.mark.parametrize("counts", [(50, 50, 50), (178, 182, 177, 183, 181, 182, 181, 179, 174, 180), (70, 21, 9)])
def test_classes_keep_their_proportions_as_in_scikit_learn(share, counts):
    labels = np.repeat(np.arange(len(counts)), counts)
    _, ours = split(len(labels), share, 0, labels)
    _, theirs = train_test_split(np.arange(len(labels)), test_size=share, stratify=labels, random_state=0)
    assert len(ours) == len(theirs)
    difference = np.bincount(labels[ours], minlength=len(counts)) - np.bincount(labels[theirs], minlength=len(counts))
    assert np.abs(difference).max() <= 1  # equal remainders are rounded up at random there, in order here


def test_without_labels_the_sizes_are_those_of_scikit_learn():
    for rows, share in ((10, 0.2), (1797, 0.2), (999, 0.333), (101, 0.9)):
        train, validation = split(rows, share, 0)
        theirs = train_test_split(np.arange(rows), test_size=share, random_state=0)
        assert (len(train), len(validation)) == (len(theirs[0]), len(theirs[1]))


def test_the_seed_moves_the_split_and_nothing_else_does():
    first, again, other = split(500, 0.2, 1), split(500, 0.2, 1), split(500, 0.2, 2)
    assert np.array_equal(first[1], again[1])
    assert not np.array_equal(first[1], other[1])


def test_rows_come_in_random_order():
    train, validation = split(1000, 0.2, 0)
    assert abs(np.corrcoef(train, np.arange(800))[0, 1]) < 0.1
    assert abs(np.corrcoef(validation, np.arange(200))[0, 1]) < 0.2
