"""What is shown of a data node equals numpy and scikit-learn; what asks for a second look is found."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from engine.data import findings, statistics
from engine.data.half import run_data_half
from engine.data.reporting import DataCancelled, reporting
from engine.data.results import RESULTS
from engine.data.store import Store
from engine.data.view import look, open_view
from engine.errors import RunProblem
from engine.nodes import CATALOG
from graphs.checks import check
from graphs.document import Document, Node
from graphs.edits import bypass
from tests.engine.test_data_half import graph


@pytest.fixture(autouse=True)
def own_store(tmp_path, monkeypatch):
    store = Store(tmp_path / "data")
    monkeypatch.setattr(RESULTS, "_store", store)
    monkeypatch.setattr(RESULTS, "_whole", set())
    RESULTS.kept.clear()
    return store


def seen(document, node, store, folder=None):
    checked = check(document, CATALOG, folder)
    return open_view(store, look(checked, folder, node)), run_data_half(checked, folder, checked.training, [node])


def wine_graph(kind="normalize", **parameters):
    return graph(("wine1", "wine", {}), ("p", kind, parameters), wires=["wine1.features p.x"])


def test_moments_of_every_part_equal_numpy(own_store):
    view, data = seen(wine_graph(), "p", own_store)
    assert [side.key for side in view.sides] == [("wine1", "features"), ("p", "x")]
    for side in view.sides:
        x = data.columns[side.key].values.astype(np.float64)
        assert np.array_equal(side.column.values, data.columns[side.key].values)
        for place, rows in enumerate((np.arange(len(x)), data.train, data.validation)):
            expected = np.stack([f(x[rows], axis=0) for f in (np.mean, np.std, np.min, np.max)], axis=-1)
            assert side.moments[place] == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert np.flatnonzero(view.parts == 1).tolist() == sorted(data.validation.tolist())
    assert view.after.moments[1, :, statistics.MEAN] == pytest.approx(0, abs=1e-6)


def test_what_makes_other_rows_is_seen_beside_the_view_of_what_it_was_given(own_store):
    document = graph(("photos", "photographs", {}), ("cut", "patches", {"number": 50}), ("scale", "normalize", {}),
                     wires=["photos.images cut.images", "cut.patches scale.x"])
    view, data = seen(document, "cut", own_store)
    (given, before), (own, after) = view.seen
    assert (given.rows, own.rows, own) == (data.columns[before.key].rows, 50, view)
    assert np.array_equal(before.column.values, data.columns[before.key].values)
    assert after.key == ("cut", "patches")
    scaled, _ = seen(document, "scale", own_store)
    assert [side.key for _, side in scaled.seen] == [("cut", "patches"), ("scale", "x")], "the same rows: one view"
    assert scaled.source is None


def test_moments_by_chunks_lose_no_digits(monkeypatch):
    x = np.random.default_rng(0).normal(1e6, 1e-1, (5000, 3))
    parts = np.random.default_rng(1).integers(0, 2, 5000).astype(np.int8)
    monkeypatch.setattr(statistics, "CHUNK", 333)
    made = statistics.moments(x, parts, 3)
    assert made[0, :, statistics.DEVIATION] == pytest.approx(x.std(axis=0), rel=1e-9)
    assert made[2, :, statistics.MEAN] == pytest.approx(x[parts == 1].mean(axis=0), rel=1e-12)
    assert np.isnan(made[3]).all(), "no row is in the third part"


def test_histograms_equal_numpy(own_store):
    view, data = seen(wine_graph(), "wine1", own_store)
    x = data.columns["wine1", "features"].values
    side = view.after
    for column in range(13):
        for part, rows in enumerate((data.train, data.validation)):
            expected = np.histogram(x[rows, column], side.edges[column])[0]
            assert side.bars[part, column].tolist() == expected.tolist()
    assert side.bars.sum() == x.size


@pytest.mark.parametrize("kind", ["normalize", "pca_whitening", "zca_whitening"])
def test_covariance_before_and_after_equals_numpy(own_store, kind):
    view, data = seen(wine_graph(kind, **({} if kind == "normalize" else {"epsilon": 1e-8})), "p", own_store)
    for side in view.sides:
        x = data.columns[side.key].values[data.train].astype(np.float64)
        assert side.covariance == pytest.approx(np.cov(x, rowvar=False, bias=True), rel=1e-6, abs=1e-6)
    if kind != "normalize":
        assert view.after.covariance == pytest.approx(np.eye(13), abs=0.02), "whitened"


def test_points_lie_on_the_principal_axes_of_scikit_learn(own_store):
    view, data = seen(wine_graph(), "p", own_store)
    side = view.after
    x = side.column.values.astype(np.float64)
    oracle = PCA(2).fit(x[data.train])
    expected = oracle.transform(x[view.picked])
    for axis in range(2):
        sign = np.sign(np.dot(expected[:, axis], side.points[:, axis]))
        assert side.points[:, axis] * sign == pytest.approx(expected[:, axis], abs=1e-5)
    assert side.shares == pytest.approx(oracle.explained_variance_ratio_, rel=1e-6)


def test_samples_too_wide_for_a_matrix_still_have_axes(monkeypatch):
    x = np.random.default_rng(0).normal(size=(60, 100)) * np.linspace(5, 1, 100)
    wide = statistics.principal_axes(x, np.arange(60), np.empty((0, 0)))
    oracle = PCA(2).fit(x)
    assert np.abs(np.diag(oracle.components_ @ wide[1])) == pytest.approx([1, 1], abs=1e-9)
    assert wide[2] == pytest.approx(oracle.explained_variance_ratio_, rel=1e-9)


def test_a_plane_is_shown_as_it_is(own_store):
    document = Document({"toy1": Node("toy1", "toy2d", {"size": 300})})
    view, data = seen(document, "toy1", own_store)
    assert np.array_equal(view.after.points, data.columns["toy1", "points"].values[view.picked])
    assert np.array_equal(view.labels, data.columns["toy1", "label"].values)
    assert view.thumbnail.dots.shape == (160, 3)
    assert view.class_counts.sum() == 300


def test_digits_are_tiles_and_a_prepared_picture_a_histogram(own_store):
    document = graph(("d", "digits", {}), ("p", "normalize", {}), wires=["d.pixels p.x"])
    view, data = seen(document, "d", own_store)
    assert view.thumbnail.tiles == pytest.approx(data.columns["d", "pixels"].values[:8].reshape(8, 8, 8))
    assert not view.findings, "a pixel that is always white is no fault of the data"
    after, _ = seen(document, "p", own_store)
    assert after.thumbnail.histogram.sum() == 1797 * 64
    assert [key for key, _ in after.others] == [("d", "label")], "coloured by the labels of its source"


def test_a_bypassed_node_shows_what_it_passes_on(own_store):
    document = bypass(wine_graph(), ["p"], True)
    view, data = seen(document, "p", own_store)
    assert len(view.sides) == 1
    assert np.array_equal(view.after.column.values, data.columns["wine1", "features"].values)


def test_classes_come_first_to_1_of_k_and_then_numbers(own_store):
    document = graph(("w", "wine", {}), ("p", "one_of_k", {}), wires=["w.label p.label"])
    view, _ = seen(document, "p", own_store)
    assert view.after.column.values.sum() == 178
    assert view.sides[0].column.shape.classes == view.classes


def test_a_table_shows_its_target_and_colours_by_it(own_store, tmp_path):
    (tmp_path / "f.csv").write_text("a,b\n" + "\n".join(f"{i},{i * i}.5" for i in range(30)))
    view, _ = seen(Document({"t": Node("t", "table", {"file": "f.csv"})}), "t", own_store, tmp_path)
    assert [key for key, _ in view.others] == [("t", "target")]
    assert view.target.tolist() == [i * i + 0.5 for i in range(30)]
    assert view.after.axes == ("a", "y"), "one feature is drawn against its target"
    assert np.array_equal(view.after.points[:, 1], view.target[view.picked])


def test_an_error_upstream_is_said_and_one_elsewhere_is_not_in_the_way(own_store):
    document = graph(("t", "table", {}), ("p", "normalize", {}), ("w", "wine", {}), wires=["t.features p.x"])
    with pytest.raises(RunProblem, match="Choose a CSV file") as error:
        seen(document, "p", own_store)
    assert error.value.node == "t"
    assert seen(document, "w", own_store)[0].rows == 178


def test_it_can_be_called_off(own_store):
    with reporting(lambda *_: True), pytest.raises(DataCancelled):
        look(check(wine_graph(), CATALOG), None, "p")
    assert seen(wine_graph(), "p", own_store)[0].rows == 178, "nothing half made was kept"


def columns(x, names=()):
    moments = statistics.moments(x, np.zeros(len(x), np.int8), 1)
    matrix = statistics.covariance(x, np.arange(len(x)))
    return {one.code: one for one in findings.about_components("n", "p", names, moments[1], matrix)}


def test_findings_about_columns():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 4)) * [1, 1, 3e4, 1]
    x[:, 1] = 5.0
    x[:, 3] = 2 * x[:, 0] + 1
    found = columns(x, ("a", "id", "pay", "twice"))
    assert (found["constant"].places, found["constant"].names) == ((1,), ("id",))
    assert found["scales"].names == ("a", "pay")
    assert findings.power(found["scales"].number) == 4
    assert found["same"].names == ("a", "twice")
    assert columns(rng.normal(size=(200, 3)) * [1, 20, 90]) == {}, "within two powers of ten"


@pytest.mark.parametrize(("counts", "expected"), [
    ([50, 3, 50], ("few", ("b",), 3)), ([50, 0, 50], ("few", ("b",), 0)), ([300, 20, 300], ("uneven", ("b", "a"), 15)),
    ([50, 40, 50], None), ([2, 2, 0], None),
])
def test_findings_about_classes(counts, expected):
    found = list(findings.about_classes("n", "p", "abc", np.array(counts)))
    assert [(one.code, one.names, one.number) for one in found] == ([expected] if expected else [])
