"""What frames tell of single units: mean activities, the samples that excite one most, the waist and what PCA leaves."""

from __future__ import annotations

import numpy as np
import pytest

from engine.nodes import CATALOG
from engine.training import Training
from engine.watching import STRONGEST, Watching
from graphs import gallery
from graphs.checks import check
from tests.engine.small_networks import checked, document


def prepared(training: Training, steps: int = 60) -> Training:
    for _ in training.prepare():
        continue
    training.machine.run(steps)
    return training


@pytest.fixture(scope="module")
def sparse() -> Training:
    return prepared(Training(check(gallery.load("digits_sparse_autoencoder"), CATALOG)))


def watched(training: Training, key: str) -> np.ndarray:
    return Watching(training.built, training.info, [key]).arrays()[key]


def code_of(training: Training, node: str) -> tuple[np.ndarray, np.ndarray]:
    """Samples that are trained on, and their codes by a forward pass."""
    (info,) = (item for item in training.info.reconstructions if item.node == node)
    data = training.built.dataset
    samples = data.columns[info.input].values[data.train[:1000]]
    return samples, training.machine.forward({info.input: samples}, [info.code])[info.code]


def test_the_strongest_samples_are_those_with_the_highest_activity(sparse: Training) -> None:
    samples, code = code_of(sparse, "sparse1")
    for unit in (0, 63):
        found = watched(sparse, f"strongest:sparse1/code@{unit}")
        order = np.argsort(-code[:, unit], kind="stable")[:STRONGEST]
        np.testing.assert_allclose(found[:, 0], code[order, unit], rtol=1e-6)
        np.testing.assert_array_equal(found[:, 1:], samples[order])
    assert not len(watched(sparse, "strongest:sparse1/code@64"))  # a unit that is gone


def test_mean_activity_is_the_running_mean_of_a_sparse_code_and_the_plain_mean_of_others(sparse: Training) -> None:
    rho = watched(sparse, "activity:sparse1/code")
    np.testing.assert_array_equal(rho, sparse.machine.view(sparse.built.assembly.buffers["sparse1/activity"]))
    assert (rho > 0).all()
    layer = sparse.info.layers[0]
    assert (layer.output, layer.sees, layer.seen, layer.wanted) == (("sparse1", "code"), ("digits1", "pixels"), (8, 8), 0.1)
    plain = watched(sparse, "activity:sparse1/reconstruction")
    samples, _ = code_of(sparse, "sparse1")
    made = sparse.machine.forward({("digits1", "pixels"): samples}, [("sparse1", "reconstruction")])
    np.testing.assert_allclose(plain, made["sparse1", "reconstruction"].mean(axis=0), atol=1e-5)


def test_before_the_first_step_the_mean_activity_is_counted() -> None:
    doc = document({"data": ("digits", {}), "code": ("sparse_autoencoder", {"units": 5, "activation": "tanh"})},
                   "data.pixels>code.x")
    training = prepared(Training(checked(doc)), steps=0)
    _, code = code_of(training, "code")
    np.testing.assert_allclose(watched(training, "activity:code/code"), (1 + code.mean(axis=0)) / 2, atol=1e-6)


def test_what_principal_components_leave_is_the_figure_of_scikit_learn() -> None:
    from sklearn.datasets import load_digits
    from sklearn.decomposition import PCA

    training = prepared(Training(check(gallery.load("linear_autoencoder_pca"), CATALOG)), steps=0)
    x = load_digits().data / 16
    rebuilt = PCA(8).fit(x)
    error = np.square(x - rebuilt.inverse_transform(rebuilt.transform(x))).sum(axis=1).mean()
    np.testing.assert_allclose(watched(training, "pca:autoencoder1"), [error, error], rtol=1e-5)
    assert error == pytest.approx(1.5304482, rel=1e-6)


def test_the_waist_is_the_narrowest_layer_between_input_and_reconstruction() -> None:
    doc = document(
        {"data": ("digits", {}), "a": ("dense", {"units": 9}), "b": ("dense", {"units": 4}), "c": ("dense", {"units": 64}),
         "own": ("autoencoder", {"units": 3}), "loss": ("squared_error", {"convention": "mean", "weight": 2.0})},
        "data.pixels>a.x a.y>b.x b.y>c.x c.y>loss.prediction data.pixels>loss.target a.y>own.x")
    info = prepared(Training(checked(doc)), steps=0).info
    found = {item.node: (item.code, item.code_size, item.scale) for item in info.reconstructions}
    assert found == {"loss": (("b", "y"), 4, 1.0), "own": (("own", "code"), 3, 9.0)}
    assert {layer.node: layer.output for layer in info.layers if not layer.layer} == {
        "a": ("a", "y"), "b": ("b", "y"), "c": ("c", "y")}


def test_a_regression_has_no_waist() -> None:
    doc = document({"data": ("noisy_curve", {"size": 30}), "hidden": ("dense", {"units": 3}), "out": ("dense", {"units": 1}),
                    "loss": ("squared_error", {})},
                   "data.x>hidden.x hidden.y>out.x out.y>loss.prediction data.y>loss.target")
    (item,) = prepared(Training(checked(doc)), steps=0).info.reconstructions
    assert item.code is None
    assert not item.code_size
