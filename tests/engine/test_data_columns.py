"""Columns: what they hold cannot be written, and sequences of different lengths say where each one ends."""

import numpy as np
import pytest

from engine.data.columns import Column
from graphs.spec import Kind, Shape

SHAPE = Shape(Kind.SEQUENCE, (4, 2), ragged=True)
VALUES = np.ones((3, 4, 2), np.float32)


def test_lengths_say_which_steps_are_there():
    column = Column(VALUES, SHAPE, lengths=np.array([1, 4, 2]))
    assert column.mask().tolist() == [[True, False, False, False], [True] * 4, [True, True, False, False]]
    assert column.lengths.dtype == np.int64
    with pytest.raises(ValueError, match="read-only"):
        column.lengths[0] = 2
    whole = Column(VALUES, Shape(Kind.SEQUENCE, (4, 2)))
    assert whole.lengths is None
    assert whole.mask().all()


def test_other_lengths_are_other_data():
    digests = {Column(VALUES, SHAPE, lengths=np.array(lengths)).digest() for lengths in ([1, 4, 2], [1, 4, 3])}
    assert len(digests) == 2


@pytest.mark.parametrize("lengths", [None, [1, 2], [0, 1, 2], [1, 2, 5]])
def test_lengths_that_do_not_fit_are_refused(lengths):
    with pytest.raises(ValueError, match="length"):
        Column(VALUES, SHAPE, lengths=lengths)


def test_a_layer_on_every_step_keeps_the_ends():
    assert SHAPE.features(7) == Shape(Kind.SEQUENCE, (4, 7), ragged=True)
