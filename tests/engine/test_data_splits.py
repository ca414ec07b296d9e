"""Splits: proportions as scikit-learn makes them, an own seed, and nothing lost."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from sklearn.model_selection import train_test_split

from engine.data.splits import SMALLEST, Division, divide


@given(some.integers(1, 400), some.floats(0.0, 0.9), some.floats(0.0, 0.9), some.integers(0, 2**31),
       some.integers(1, 12), some.booleans(), some.sampled_from([2, SMALLEST]))
@settings(max_examples=200, deadline=None)
def test_every_row_is_in_one_part(rows, share, test_share, seed, classes, in_order, smallest):
    labels = np.random.default_rng(seed).integers(classes, size=rows)
    division = Division(share, test_share, seed, in_order=in_order, smallest=smallest)
    for given_labels in (None, labels):
        train, validation, test = divide(rows, division, given_labels)
        assert train.dtype == validation.dtype == test.dtype == np.int64
        assert sorted([*train, *validation, *test]) == list(range(rows))
        assert len(train) > 0
        assert len(validation) == 0 if share == 0.0 or rows < smallest else True
        assert len(test) == 0 if test_share == 0.0 or rows < smallest else True
        if in_order:
            assert [*train, *validation, *test] == list(range(rows))
        elif given_labels is not None:
            assert set(labels[train]) == set(labels)


@pytest.mark.parametrize("share", [0.1, 0.2, 0.33, 0.5])
@pytest.mark.parametrize("counts", [(50, 50, 50), (178, 182, 177, 183, 181, 182, 181, 179, 174, 180), (70, 21, 9)])
def test_classes_keep_their_proportions_as_in_scikit_learn(share, counts):
    labels = np.repeat(np.arange(len(counts)), counts)
    theirs = np.bincount(labels[train_test_split(np.arange(len(labels)), test_size=share, stratify=labels,
                                                 random_state=0)[1]], minlength=len(counts))
    both = divide(len(labels), Division(share / 2, share, seed=5), labels)
    for ours in (divide(len(labels), Division(share), labels).validation, both.test):
        assert len(ours) == theirs.sum()
        difference = np.bincount(labels[ours], minlength=len(counts)) - theirs
        assert np.abs(difference).max() <= 1  # equal remainders are rounded up at random there, in order here
    exact = np.array(counts) * len(both.validation) / len(labels)
    assert np.abs(np.bincount(labels[both.validation], minlength=len(counts)) - exact).max() < 1


def test_without_labels_the_sizes_are_those_of_scikit_learn():
    for rows, share in ((10, 0.2), (1797, 0.2), (999, 0.333), (101, 0.9)):
        train, validation, _ = divide(rows, Division(share))
        theirs = train_test_split(np.arange(rows), test_size=share, random_state=0)
        assert (len(train), len(validation)) == (len(theirs[0]), len(theirs[1]))


def test_the_seed_moves_the_split_and_nothing_else_does():
    first, again, other = (divide(500, Division(0.2, 0.1, seed)) for seed in (1, 1, 2))
    assert all(np.array_equal(one, two) for one, two in zip(first, again, strict=True))
    assert not np.array_equal(first.validation, other.validation)
    assert not np.array_equal(first.test, other.test)


@pytest.mark.parametrize("labels", [None, np.arange(500) % 3])
def test_the_test_part_does_not_depend_on_the_validation_share(labels):
    parts = [divide(500, Division(share, 0.1), labels).test for share in (0.0, 0.2, 0.7)]
    assert all(np.array_equal(parts[0], part) for part in parts)


def test_rows_come_in_random_order():
    train, validation, _ = divide(1000, Division(0.2))
    assert abs(np.corrcoef(train, np.arange(800))[0, 1]) < 0.1
    assert abs(np.corrcoef(validation, np.arange(200))[0, 1]) < 0.2
