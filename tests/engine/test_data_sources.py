"""The bundled sets against scikit-learn's loaders, and the generated points against what they are meant to be."""

import numpy as np
import pytest

from engine.data import bundled, toy
from engine.data.draws import Draws
from engine.nodes.data import Digits, Iris, Toy2d
from graphs.spec import Kind, Site

SITE = Site("source1")
UPPER, LOWER = np.array([-0.5, -0.25]), np.array([0.5, 0.25])  # the middles of the two moons


def loaded(node):
    """Every output of a source, after a look that it keeps what its shape rule promises."""
    columns = node.load({}, SITE)
    for port, shape in node.shapes({}, SITE).items():
        column = columns[port]
        assert column.shape == shape
        assert column.values.shape[1:] == shape.sizes
        if shape.low is not None:
            assert column.values.min() >= shape.low
        if shape.high is not None:
            assert column.values.max() <= shape.high
        if shape.kind is Kind.LABELS:
            assert column.values.dtype == np.int64
            assert set(np.unique(column.values)) == set(range(len(shape.classes)))
        else:
            assert column.values.dtype == np.float32
        with pytest.raises(ValueError, match="read-only"):
            column.values[0] = 0
    return columns


def test_digits_are_those_of_scikit_learn_in_sixteenths():
    from sklearn.datasets import load_digits

    known = load_digits()
    columns = loaded(Digits())
    assert np.array_equal(columns["pixels"].values * 16, known.data)
    assert np.array_equal(columns["label"].values, known.target)


def test_digits_as_images_are_the_same_pixels():
    flat, image = loaded(Digits())["pixels"], loaded(Digits(layout="image"))["pixels"]
    assert image.values.shape == (1797, 1, 8, 8)
    assert np.array_equal(image.values.reshape(1797, 64), flat.values)


def test_iris_is_that_of_scikit_learn():
    from sklearn.datasets import load_iris

    known = load_iris()
    columns = loaded(Iris())
    assert np.array_equal(columns["features"].values, known.data.astype(np.float32))
    assert np.array_equal(columns["label"].values, known.target)
    assert columns["features"].names == tuple(known.feature_names)
    assert columns["label"].shape.classes == tuple(known.target_names)


def test_without_the_shipped_files_scikit_learn_is_asked(monkeypatch):
    here = [bundled.digits(), bundled.iris()]
    monkeypatch.setattr(bundled, "find_spec", lambda _: None)
    there = [bundled.digits.__wrapped__(), bundled.iris.__wrapped__()]
    for (values, labels), (others, their_labels) in zip(here, there, strict=True):
        assert np.array_equal(values, others)
        assert np.array_equal(labels, their_labels)


@pytest.mark.parametrize(("problem", "rule"), [("and", np.logical_and), ("or", np.logical_or), ("xor", np.logical_xor)])
def test_logic_gates_are_their_truth_tables(problem, rule):
    columns = loaded(Toy2d(problem=problem))
    points = columns["points"].values
    assert sorted(map(tuple, points.tolist())) == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert np.array_equal(columns["label"].values, rule(points[:, 0], points[:, 1]))


@pytest.mark.parametrize("problem", ["blobs", "moons", "circles", "spirals"])
def test_generated_points(problem):
    node = Toy2d(problem=problem, size=601, seed=3)
    columns, again = loaded(node), node.load({}, SITE)
    points, label = columns["points"].values, columns["label"].values
    assert np.array_equal(points, again["points"].values)
    assert not np.array_equal(points, Toy2d(problem=problem, size=601, seed=4).load({}, SITE)["points"].values)
    counts = np.bincount(label)
    assert counts.sum() == 601
    assert np.ptp(counts) <= 1
    assert len(set(label[:32])) == len(counts)  # any few rows show all classes


def test_curves_without_noise_lie_where_they_should():
    circles, side = toy.scattered("circles", 500, 0.0, 2, 0)
    assert np.allclose(np.hypot(*circles.T), np.where(side == 0, 1.0, 0.5))
    moons, side = toy.scattered("moons", 500, 0.0, 2, 0)
    assert np.allclose(np.hypot(*(moons[side == 0] - UPPER).T), 1.0)
    assert np.allclose(np.hypot(*(moons[side == 1] - LOWER).T), 1.0)
    spirals, side = toy.scattered("spirals", 500, 0.0, 2, 0)
    radius, angle = np.hypot(*spirals.T), np.arctan2(spirals[:, 1], spirals[:, 0])
    turned = angle - 2 * np.pi * toy.SPIRAL_TURNS * radius - np.pi * side
    assert np.allclose(np.cos(turned), 1.0)


def test_noise_has_the_deviation_that_was_asked_for():
    clean, side = toy.scattered("blobs", 20_000, 0.0, 4, 1)
    noisy, other_side = toy.scattered("blobs", 20_000, 0.3, 4, 1)
    assert np.array_equal(side, other_side)
    assert (noisy - clean).std(axis=0) == pytest.approx([0.3, 0.3], rel=0.02)


def test_draws_are_replayed_and_streams_have_nothing_in_common():
    first, second = Draws(7, "split"), Draws(7, "split")
    assert np.array_equal(first.uniform(100), second.uniform(100))
    assert np.array_equal(first.permutation(100), second.permutation(100))
    assert not np.array_equal(Draws(7, "split").uniform(100), Draws(7, "toy moons").uniform(100))
    assert not np.array_equal(Draws(7, "split").uniform(100), Draws(8, "split").uniform(100))


def test_draws_are_pinned():
    """The words of Philox are the same for ever: a change here would move every split and every generated set."""
    assert Draws(0, "split").permutation(10).tolist() == [5, 9, 4, 2, 3, 0, 6, 8, 1, 7]
    assert Draws(0, "split").uniform(3).tolist() == [0.5421760910925518, 0.961586819995693, 0.2492240871805309]


def test_normal_draws_are_normal():
    from scipy.stats import kstest

    assert kstest(Draws(5, "noise").normal(20_000), "norm").pvalue > 0.01
