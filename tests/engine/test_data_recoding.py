"""Whitening, 1-of-K, polynomial features and chosen columns against scikit-learn and against their definitions."""

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.preprocessing import OneHotEncoder
from sklearn.preprocessing import PolynomialFeatures as Known

from engine.data.bundled import breast_cancer, digits, iris, wine
from engine.data.half import prepare_for_prediction, run_data_half
from engine.nodes import CATALOG
from engine.nodes.node import PrepareNode
from engine.nodes.recoding import OneOfK, PolynomialFeatures, SelectColumns
from engine.nodes.whitening import PcaWhitening, ZcaWhitening
from graphs.checks import check
from graphs.document import Document, Node, Wire
from graphs.spec import Kind, Shape, Site, features, labels

SETS = {"iris": iris, "wine": wine, "cancer": breast_cancer, "digits": digits}
SITE = Site("node1")


def training_rows(name):
    data = SETS[name]()[0].astype(np.float32)
    return data[::2], data[1::2]


def covariance(x):
    return np.cov(x.reshape(len(x), -1).astype(np.float64), rowvar=False, bias=True)


def graph(source, port, node, parameters=None):
    """The source, the preparation, and what is known of them."""
    doc = Document({"source1": Node("source1", source), "node1": Node("node1", node, parameters or {})},
                   frozenset({Wire("source1", port, "node1", "label" if node == "one_of_k" else "x")}))
    checked = check(doc, CATALOG)
    assert set(checked.types) == {"source1", "node1"}
    return checked


@pytest.mark.parametrize("name", ["iris", "wine", "cancer"])
@pytest.mark.parametrize("kind", [PcaWhitening, ZcaWhitening])
def test_whitened_data_have_the_identity_as_covariance(name, kind):
    train, _ = training_rows(name)
    node = kind(epsilon=0.0)
    made = node.apply(node.fit(train), train)
    assert made.dtype == np.float32
    assert np.abs(covariance(made) - np.eye(train.shape[1])).max() < 1e-5
    assert np.abs(made.mean(axis=0)).max() < 1e-5


@pytest.mark.parametrize("kind", [PcaWhitening, ZcaWhitening])
def test_directions_that_never_change_become_zero(kind):
    """Digits have pixels that are always paper: the covariance is a projection, identity on all that moves."""
    train, rest = training_rows("digits")
    node = kind(epsilon=0.0)
    state = node.fit(train)
    found = covariance(node.apply(state, train))
    moving = np.linalg.matrix_rank(covariance(train))
    assert moving < 64
    assert np.abs(found @ found - found).max() < 1e-4
    assert np.trace(found) == pytest.approx(moving, abs=1e-3)
    assert np.isfinite(node.apply(state, rest)).all()


@pytest.mark.parametrize("name", ["iris", "wine", "cancer"])
def test_pca_whitening_is_that_of_scikit_learn(name):
    train, rest = training_rows(name)
    node = PcaWhitening()
    state = node.fit(train)
    known = PCA(whiten=True, svd_solver="full").fit(train.astype(np.float64))
    more = np.sqrt(len(train) / (len(train) - 1))  # scikit-learn divides by N − 1
    for part in (train, rest):
        ours, theirs = node.apply(state, part), known.transform(part.astype(np.float64)) * more
        signs = np.sign((ours * theirs).sum(axis=0))
        assert np.allclose(ours, theirs * signs, rtol=1e-4, atol=1e-4)


def test_few_components_are_the_first_of_all():
    train, rest = training_rows("wine")
    few, every = PcaWhitening(components=3), PcaWhitening()
    assert np.array_equal(few.apply(few.fit(train), rest), every.apply(every.fit(train), rest)[:, :3])


@pytest.mark.parametrize("epsilon", [0.0, 0.1, 2.0])
def test_the_matrix_of_zca_is_symmetric_and_its_own_definition(epsilon):
    train, _ = training_rows("iris")
    matrix = ZcaWhitening(epsilon=epsilon).fit(train)["matrix"]
    assert np.array_equal(matrix, matrix.T)
    inverse = np.linalg.inv(covariance(train) + epsilon * np.eye(4))
    assert np.allclose(matrix @ matrix, inverse, rtol=1e-6, atol=1e-8)
    pca = PcaWhitening(epsilon=epsilon).fit(train)["matrix"]
    assert np.allclose(pca @ pca.T, inverse, rtol=1e-6, atol=1e-8)


def test_images_are_whitened_in_their_places():
    pixels = digits()[0].astype(np.float32)
    node = ZcaWhitening(epsilon=0.1)
    state = node.fit(pixels.reshape(-1, 1, 8, 8))
    image = node.apply(state, pixels.reshape(-1, 1, 8, 8))
    assert image.shape == (1797, 1, 8, 8)
    assert np.array_equal(image.reshape(-1, 64), node.apply(node.fit(pixels), pixels))
    shape = node.shapes({"x": features(64, picture=(8, 8), low=0.0, high=1.0)}, SITE)["x"]
    assert (shape.picture, shape.low, shape.high) == ((8, 8), None, None)


def test_one_sample_constant_data_and_fewer_rows_than_components():
    for kind in (PcaWhitening, ZcaWhitening):
        node = kind(epsilon=0.0)
        for data in (np.ones((1, 5), np.float32), np.full((9, 5), 3.5, np.float32)):
            assert not node.apply(node.fit(data), data).any()
        short = np.random.default_rng(0).normal(size=(4, 20)).astype(np.float32)
        assert np.trace(covariance(node.apply(node.fit(short), short))) == pytest.approx(3, abs=1e-4)


def test_one_of_k_is_that_of_scikit_learn():
    checked = graph("iris", "label", "one_of_k")
    data = run_data_half(checked, None, checked.training, ["node1"])
    made = data.columns["node1", "x"]
    known = OneHotEncoder(sparse_output=False).fit_transform(iris()[1][:, None])
    assert np.array_equal(made.values, known)
    assert made.shape == features(3, low=0.0, high=1.0)
    new = prepare_for_prediction(checked, data.fitted, {("source1", "label"): np.array([2, 0])})
    assert new["node1", "x"].tolist() == [[0, 0, 1], [1, 0, 0]]


def test_a_class_without_a_sample_keeps_its_component():
    from engine.data.columns import Column

    node, column = OneOfK(), Column(np.array([0, 2, 2]), labels("abcd"))
    state = node.learn(column, np.array([0]))
    assert node.apply(state, column.values).tolist() == [[1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 1, 0]]


@pytest.mark.parametrize("interactions", [False, True])
@pytest.mark.parametrize("degree", [1, 2, 3, 4])
def test_polynomial_features_are_those_of_scikit_learn(degree, interactions):
    data = iris()[0].astype(np.float32)
    node = PolynomialFeatures(degree=degree, interactions=interactions)
    known = Known(degree, include_bias=False, interaction_only=interactions)
    theirs = known.fit_transform(data.astype(np.float64))
    made = node.apply({}, data)
    assert made.shape[1] == node.shapes({"x": features(4)}, SITE)["x"].width
    assert np.allclose(made, theirs, rtol=1e-5)
    assert len(node.names(("a", "b", "c", "d"))) == theirs.shape[1]
    assert node.names(("a", "b"))[:2] == ("a", "b") if degree <= 2 else True


def test_ranges_of_products():
    def ranged(low, high, degree=2):
        shape = PolynomialFeatures(degree=degree).shapes({"x": features(2, low=low, high=high)}, SITE)["x"]
        return shape.low, shape.high

    assert ranged(0.0, 1.0) == (0.0, 1.0)
    assert ranged(-1.0, 0.5) == (-1.0, 1.0)
    assert ranged(0.0, 16.0) == (None, None)
    assert ranged(0.0, 16.0, 1) == (0.0, 16.0)


def test_products_that_overflow_are_a_sentence():
    with pytest.raises(ValueError, match="normalise before"):
        PolynomialFeatures(degree=3).apply({}, np.full((2, 2), 1e30, np.float32))


def test_columns_are_chosen_in_the_order_of_the_choice_with_their_names():
    checked = graph("iris", "features", "select_columns", {"columns": "3-4, 1"})
    data = run_data_half(checked, None, checked.training, ["node1"])
    made = data.columns["node1", "x"]
    assert np.array_equal(made.values, iris()[0][:, [2, 3, 0]].astype(np.float32))
    assert made.names == ("petal length (cm)", "petal width (cm)", "sepal length (cm)")
    assert SelectColumns(columns="2", leave_out=True).apply({}, np.arange(6.0).reshape(2, 3)).tolist() == [[0, 2], [3, 5]]


def test_choosing_all_keeps_the_picture():
    whole = features(64, picture=(8, 8), low=0.0, high=1.0)
    assert SelectColumns().shapes({"x": whole}, SITE)["x"] == whole
    assert SelectColumns(columns="2-64").shapes({"x": whole}, SITE)["x"] == features(63, low=0.0, high=1.0)


@pytest.mark.parametrize(("node", "parameters", "width"), [
    ("pca_whitening", {"components": 2}, 2), ("zca_whitening", {}, 13), ("polynomial_features", {}, 104),
    ("select_columns", {"columns": "1-5"}, 5),
])
def test_statistics_come_from_the_training_part_and_travel_to_new_samples(node, parameters, width):
    checked = graph("wine", "features", node, parameters)
    data = run_data_half(checked, None, checked.training, ["node1"])
    made = data.columns["node1", "x"]
    assert made.shape.width == width
    kind = checked.types["node1"]
    assert isinstance(kind, PrepareNode)
    raw = data.columns["source1", "features"]
    state = kind.learn(raw, data.train)
    assert all(np.array_equal(state[name], array) for name, array in data.fitted["node1"].items())
    new = prepare_for_prediction(checked, data.fitted, {("source1", "features"): raw.values[:7]})
    assert np.allclose(new["node1", "x"], made.values[:7], rtol=1e-5, atol=1e-5)


def test_image_shapes_pass_whitening():
    shape = Shape(Kind.IMAGE, (1, 8, 8), low=0.0, high=1.0)
    assert ZcaWhitening().shapes({"x": shape}, SITE)["x"] == Shape(Kind.IMAGE, (1, 8, 8))


def test_images_are_turned_onto_their_axes():
    """PCA of pictures is PCA of their pixels; what comes out is no picture any more."""
    pixels = digits()[0].astype(np.float32)[:300]
    node = PcaWhitening(components=5)
    state = node.fit(pixels.reshape(-1, 1, 8, 8))
    made = node.apply(state, pixels.reshape(-1, 1, 8, 8))
    assert np.array_equal(made, node.apply(node.fit(pixels), pixels))
    assert node.shapes({"x": Shape(Kind.IMAGE, (1, 8, 8))}, SITE)["x"] == features(5)
