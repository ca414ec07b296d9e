"""Normalise against scikit-learn's scalers."""

import numpy as np
import pytest
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from engine.data.bundled import digits, iris
from engine.nodes.prepare import Normalize

SETS = {"iris": iris()[0], "digits": digits()[0],
        "wide": np.random.default_rng(0).normal(size=(50, 7)) * 10.0 ** np.arange(-3, 4)}


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("method", ["standard", "unit"])
def test_scaling_is_that_of_scikit_learn(name, method):
    data = SETS[name].astype(np.float32)
    train, rest = data[::2], data[1::2]
    node = Normalize(method=method)
    state = node.fit(train)
    scaler = (StandardScaler() if method == "standard" else MinMaxScaler(clip=True)).fit(train.astype(np.float64))
    for part in (train, rest):
        ours, theirs = node.apply(state, part), scaler.transform(part.astype(np.float64))
        assert ours.dtype == np.float32
        moves = train.min(axis=0) < train.max(axis=0)
        assert np.allclose(ours[:, moves], theirs[:, moves], atol=1e-5)
        assert not ours[:, ~moves].any()


@pytest.mark.parametrize("method", ["standard", "unit"])
@pytest.mark.parametrize("value", [0.0, 0.1, 1e6, -3e-8])
def test_a_constant_component_becomes_zero(method, value):
    data = np.full((37, 3), value, dtype=np.float32)
    data[:, 1] = np.arange(37)
    node = Normalize(method=method)
    state = node.fit(data)
    assert not node.apply(state, data)[:, [0, 2]].any()
    assert not node.apply(state, data + 1)[:, [0, 2]].any()
    assert node.apply(state, data)[:, 1].any()


def test_values_beyond_the_training_range_are_cut_off_or_not():
    train, new = np.array([[0.0], [2.0]], np.float32), np.array([[-2.0], [1.0], [4.0]], np.float32)
    node = Normalize(method="unit")
    assert node.apply(node.fit(train), new).ravel().tolist() == [0, 0.5, 1]
    loose = Normalize(method="unit", clip=False)
    assert loose.apply(loose.fit(train), new).ravel().tolist() == [-1, 0.5, 2]


def test_images_are_scaled_pixel_by_pixel():
    pixels = digits()[0].astype(np.float32)
    node = Normalize()
    flat, image = node.fit(pixels), node.fit(pixels.reshape(-1, 1, 8, 8))
    assert np.array_equal(flat["shift"], image["shift"])
    made = node.apply(image, pixels.reshape(-1, 1, 8, 8))
    assert made.shape == (1797, 1, 8, 8)
    assert np.array_equal(made.reshape(-1, 64), node.apply(flat, pixels))
