"""Patches and windows against plain loops; what they mean for the split, for preparations, and for new samples."""

import numpy as np
import pytest

from engine import load
from engine.data.columns import Column
from engine.data.half import prepare_for_prediction, run_data_half
from engine.errors import RunProblem
from engine.nodes import CATALOG
from engine.nodes.pieces import Patches, SlidingWindows
from engine.nodes.prepare import Normalize
from graphs import storage
from graphs.checks import check
from graphs.spec import Kind, Shape, ShapeError, Site, features
from tests.engine.small_networks import document, machine

SITE = Site("node")


def images(count, channels, height, width):
    """Images in which every pixel has a value of its own."""
    values = np.arange(count * channels * height * width, dtype=np.float32).reshape(count, channels, height, width)
    return Column(values, Shape(Kind.IMAGE, (channels, height, width)))


@pytest.mark.parametrize(("count", "channels", "height", "width", "size"),
                         [(1, 1, 1, 1, 1), (2, 3, 5, 4, 4), (3, 2, 9, 7, 2), (1, 1, 8, 8, 8)])
def test_patches_lie_in_the_images(count, channels, height, width, size):
    column = images(count, channels, height, width)
    made = Patches(size=size, number=4000).load({"images": column}, SITE)["patches"]
    assert made.values.shape == (4000, channels, size, size)
    for patch in made.values[:50]:
        image, channel, top, left = np.argwhere(column.values == patch[0, 0, 0])[0]
        assert channel == 0
        assert np.array_equal(patch, column.values[image, :, top : top + size, left : left + size])
    corners = np.unique(made.values[:, 0, 0, 0])
    assert len(corners) == count * (height - size + 1) * (width - size + 1)  # every place is found in 4000 tries


def test_patches_come_from_pixels_as_features_too():
    column = images(4, 1, 6, 5)
    flat = Column(column.values.reshape(4, 30), features(30, picture=(6, 5)))
    node = Patches(size=3, number=20, seed=1)
    one, two = (node.load({"images": given}, SITE)["patches"] for given in (column, flat))
    assert np.array_equal(one.values, two.values)
    assert not np.array_equal(one.values, Patches(size=3, number=20).load({"images": column}, SITE)["patches"].values)


def patch_learner(*between):
    """Digits, patches, preparations, an autoencoder."""
    nodes = {"digits": ("digits", {"layout": "image"}), "patches": ("patches", {"size": 4, "number": 1000}),
             **{kind: (kind, {}) for kind in between}, "flat": ("flatten", {}), "net": ("autoencoder", {"units": 8})}
    chain = ["patches.patches", *(f"{kind}.x" for kind in between)]
    wires = "digits.pixels>patches.images flat.y>net.x " + " ".join(
        f"{source}>{target}.x" for source, target in zip(chain, (*between, "flat"), strict=True))
    return document(nodes, wires, epochs=20)


@pytest.mark.parametrize("kind", ["zca_whitening", "normalize"])
def test_patches_are_prepared_as_pictures_and_learned(kind):
    made = machine(patch_learner(kind))
    data = made.dataset
    assert (data.rows, len(data.train), len(data.validation)) == (1000, 800, 200)  # the split is over patches
    prepared, raw = data.columns[kind, "x"], data.columns["patches", "patches"]
    assert prepared.shape.sizes == raw.shape.sizes == (1, 4, 4)
    node = made.network.checked.types[kind]
    state = node.fit(raw.values[data.train])  # statistics of the training patches alone
    assert all(np.array_equal(state[name], array) for name, array in data.fitted[kind].items())
    before = made.evaluate(data.validation)["loss"]
    made.run(10**9)
    assert made.evaluate(data.validation)["loss"] < 0.7 * before


def test_whitened_patches_have_no_correlations():
    data = run_data_half(*(lambda found: (found, None, found.training))(check(patch_learner("zca_whitening"), CATALOG)))
    rows = data.columns["zca_whitening", "x"].values[data.train].reshape(800, 16).astype(np.float64)
    correlations = np.corrcoef(rows, rowvar=False)
    assert np.abs(correlations - np.eye(16)).max() < 0.35  # the default ε leaves a little
    raw = data.columns["patches", "patches"].values[data.train].reshape(800, 16)
    assert np.abs(np.corrcoef(raw, rowvar=False) - np.eye(16)).max() > 0.6


def test_photographs_become_whitened_patches():
    """A15's way from pictures to an autoencoder."""
    nodes = {"photo": ("photographs", {}), "cut": ("patches", {"number": 600}), "white": ("zca_whitening", {"epsilon": 0.0}),
             "flat": ("flatten", {}), "net": ("autoencoder", {"units": 16})}
    made = machine(document(nodes, "photo.images>cut.images cut.patches>white.x white.x>flat.x flat.y>net.x"))
    data = made.dataset
    rows = data.columns["white", "x"].values[data.train].reshape(480, 64).astype(np.float64)
    assert data.columns["white", "x"].shape.sizes == (1, 8, 8)
    assert np.abs(np.cov(rows, rowvar=False, bias=True) - np.eye(64)).max() < 1e-4
    before = made.evaluate(data.validation)["loss"]
    made.run(30)
    assert made.evaluate(data.validation)["loss"] < before


def test_new_samples_are_patches(tmp_path):
    storage.save(patch_learner("zca_whitening"), tmp_path / "net.json")
    net = load(tmp_path / "net.json")
    net.train(1)
    patches = np.random.default_rng(0).uniform(size=(3, 1, 4, 4)).astype(np.float32)
    assert net.predictor.sources == (("patches", "patches"),)
    assert net.predict(patches).shape == (3, 16)
    net.save(tmp_path / "run")
    again = load(tmp_path / "run")
    assert np.array_equal(again.predict(patches), net.predict(patches))


def test_what_learns_from_the_training_part_cannot_stand_before_patches():
    nodes = {"digits": ("digits", {"layout": "image"}), "norm": ("normalize", {}), "cut": ("patches", {"size": 4}),
             "flat": ("flatten", {}), "net": ("autoencoder", {})}
    found = check(document(nodes, "digits.pixels>norm.x norm.x>cut.images cut.patches>flat.x flat.y>net.x"), CATALOG)
    with pytest.raises(RunProblem, match="cut makes other samples, so it cannot follow norm") as error:
        run_data_half(found, None, found.training)
    assert error.value.node == "cut"


def test_noise_that_is_drawn_once_can_stand_before_patches():
    nodes = {"digits": ("digits", {"layout": "image"}), "noise": ("noise", {"drawn": "fixed"}),
             "cut": ("patches", {"size": 4, "number": 10}), "flat": ("flatten", {}), "net": ("autoencoder", {})}
    assert machine(document(nodes, "digits.pixels>noise.x noise.x>cut.images cut.patches>flat.x flat.y>net.x")).dataset.rows == 10


def test_patches_and_labels_of_whole_images_do_not_go_together():
    nodes = {"digits": ("digits", {"layout": "image"}), "cut": ("patches", {"size": 4}), "flat": ("flatten", {}),
             "top": ("dense", {"units": 10}), "loss": ("cross_entropy", {})}
    found = check(document(nodes, "digits.pixels>cut.images cut.patches>flat.x flat.y>top.x top.y>loss.prediction "
                                  "digits.label>loss.label"), CATALOG)
    with pytest.raises(RunProblem, match=r"cut has 5,000 rows and digits has 1,797|digits has 1,797 rows and cut"):
        run_data_half(found, None, found.training)


@pytest.mark.parametrize("rows", [2, 3, 17, 100])
@pytest.mark.parametrize(("length", "step", "horizon"), [(1, 1, 1), (5, 1, 1), (3, 2, 4), (7, 20, 1)])
def test_windows_are_those_of_a_loop(rows, length, step, horizon):
    series = np.random.default_rng(rows).normal(size=(rows, 2)).astype(np.float32)
    node, column = SlidingWindows(length=length, step=step, horizon=horizon), Column(series, features(2), ("a", "b"))
    starts = [start for start in range(0, rows, step) if start + length + horizon <= rows]
    if not starts:
        with pytest.raises(ShapeError, match=f"need at least {length + horizon}"):
            node.load({"series": column}, SITE)
        return
    made = node.load({"series": column}, SITE)
    assert np.array_equal(made["windows"].values, [series[start : start + length] for start in starts])
    assert np.array_equal(made["target"].values, [series[start + length - 1 + horizon] for start in starts])
    assert made["windows"].names == made["target"].names == ("a", "b")
    new = node.renew({}, series)
    whole = [series[start : start + length] for start in range(0, rows - length + 1, step)]
    assert np.array_equal(new, whole)


def series_graph(folder, rows=120):
    moments = np.arange(rows)
    lines = [f"{np.sin(t / 5):.5f},{t}" for t in moments]
    (folder / "series.csv").write_text("\n".join(["wave,time", *lines]) + "\n")
    nodes = {"table": ("table", {"file": "series.csv"}), "split": ("split", {"taken": "last", "test": 0.1}),
             "cut": ("sliding_windows", {"length": 8}), "norm": ("normalize", {}),
             "top": ("dense", {"units": 1}), "loss": ("squared_error", {})}
    return document(nodes, "table.features>cut.series cut.target>split.x split.x>norm.x norm.x>top.x "
                           "top.y>loss.prediction cut.target>loss.target")


def test_a_series_from_a_table_is_split_in_order(tmp_path):
    found = check(series_graph(tmp_path), CATALOG, tmp_path)
    assert found.errors == ()
    data = run_data_half(found, tmp_path, found.training)
    assert data.rows == 112
    assert data.train.max() < data.validation.min() <= data.validation.max() < data.test.min()
    assert data.columns["cut", "windows"].names == ("wave",)


def test_a_new_series_is_cut_in_the_same_way(tmp_path):
    found = check(series_graph(tmp_path), CATALOG, tmp_path)
    data = run_data_half(found, tmp_path, found.training)
    series = np.random.default_rng(0).normal(size=(20, 1))
    new = prepare_for_prediction(found, data.fitted, {("table", "features"): series})
    assert new["cut", "windows"].shape == (13, 8, 1)
    assert np.allclose(new["cut", "windows"][4, :, 0], series[4:12, 0])
    with pytest.raises(RunProblem, match="The new series has 3 rows: a window needs 8"):
        prepare_for_prediction(found, data.fitted, {("table", "features"): series[:3]})


def test_sequences_are_normalised_step_by_step_as_far_as_they_go():
    values = np.random.default_rng(1).normal(3.0, 2.0, (40, 6, 2)).astype(np.float32)
    lengths = np.random.default_rng(2).integers(1, 7, 40)
    there = np.arange(6) < lengths[:, None]
    column = Column(values * there[:, :, None], Shape(Kind.SEQUENCE, (6, 2), ragged=True), (), lengths)
    node, train = Normalize(), np.arange(30)
    state = node.learn(column, train)
    steps = values[:30][there[:30]].astype(np.float64)
    assert np.allclose(state["shift"], steps.mean(axis=0))
    assert np.allclose(1 / state["factor"], steps.std(axis=0))
    assert np.allclose(node.apply(state, column.values)[there], (values[there] - state["shift"]) * state["factor"],
                       atol=1e-5)


def test_padding_stays_zero_behind_a_preparation():
    nodes = {"reber": ("embedded_reber", {"size": 50}), "norm": ("normalize", {}), "loss": ("squared_error", {})}
    found = check(document(nodes, "reber.x>norm.x norm.x>loss.prediction reber.next>loss.target"), CATALOG)
    data = run_data_half(found, None, found.training)
    before, after = data.columns["reber", "x"], data.columns["norm", "x"]
    assert after.shape.ragged
    assert np.array_equal(after.lengths, before.lengths)
    assert not after.values[~after.mask()].any()
    assert after.values[after.mask()].any()
