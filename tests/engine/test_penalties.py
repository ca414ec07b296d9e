"""Penalties, clipping, and nodes that learn in their own way: against scikit-learn, PyTorch and arithmetic."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import Lasso, Ridge

from engine.ops.primitive import Region
from tests.engine.small_networks import classifier, document, machine

NODES = {"d": ("diabetes", {}), "n": ("normalize", {}), "u": ("dense", {"units": 1}), "e": ("squared_error", {})}
WIRES = "d.features>n.x n.x>u.x u.y>e.prediction d.target>e.target"


def regression(**training):
    whole = {"optimizer": "sgd", "batches": "whole", "validation_share": 0.0, "learning_rate": 0.1, "epochs": 0}
    return machine(document(NODES, WIRES, **{**whole, **training}), np.float64)


def data(made) -> tuple[np.ndarray, np.ndarray]:
    columns = made.dataset.columns
    return columns[("n", "x")].values.astype(float), columns[("d", "target")].values.astype(float).ravel()


def test_ridge_equals_scikit_learn() -> None:
    made = regression(ridge=0.3)
    made.run(6000)
    x, y = data(made)
    np.testing.assert_allclose(made.parameter("u/weight").ravel(), Ridge(alpha=0.3 * len(x)).fit(x, y).coef_, rtol=1e-6)


def test_lasso_equals_scikit_learn_with_exact_zeros() -> None:
    made = regression(lasso=12.0)
    made.run(3000)
    x, y = data(made)
    wanted = Lasso(alpha=6.0, tol=1e-10, max_iter=100_000).fit(x, y)
    found = made.parameter("u/weight").ravel()
    np.testing.assert_allclose(found, wanted.coef_, rtol=1e-6, atol=1e-9)
    assert ((found == 0) == (wanted.coef_ == 0)).all()
    assert 0 < (found == 0).sum() < found.size
    assert made.parameter("u/bias")[0] == pytest.approx(wanted.intercept_)
    figures = made.losses()
    assert figures["loss"] == pytest.approx(figures["loss_without_penalties"] + 12.0 * np.abs(found).sum())


def test_adam_reaches_the_same_lasso() -> None:
    made = regression(optimizer="adam", lasso=12.0, learning_rate=0.3, schedule="inverse_time", time_constant=300.0)
    made.run(8000)
    x, y = data(made)
    wanted = Lasso(alpha=6.0, tol=1e-10, max_iter=100_000).fit(x, y)
    found = made.parameter("u/weight").ravel()
    np.testing.assert_allclose(found, wanted.coef_, rtol=0.02, atol=0.05)
    assert ((found == 0) == (wanted.coef_ == 0)).all()


def test_decay_shrinks_every_direction_of_a_quadratic_by_its_own_share() -> None:
    """O13: with `½ α ‖w‖²` each eigendirection of the Hessian shrinks by h/(h+α)."""
    free, pulled = regression(), regression(weight_decay=0.7)
    for made in (free, pulled):
        made.run(6000)
    x, _ = data(free)
    values, vectors = np.linalg.eigh(2 * x.T @ x / len(x))
    shares = (vectors.T @ pulled.parameter("u/weight").ravel()) / (vectors.T @ free.parameter("u/weight").ravel())
    np.testing.assert_allclose(shares, values / (values + 0.7), rtol=1e-4)


@pytest.mark.parametrize(("optimizer", "theirs", "options"), [
    ("sgd", "SGD", {"weight_decay": 0.2}), ("adam", "Adam", {"weight_decay": 0.2}), ("adamw", "AdamW", {"weight_decay": 0.2})])
@pytest.mark.parametrize("clip", [0.0, 40.0])
def test_decay_and_clipping_are_those_of_pytorch(optimizer: str, theirs: str, options: dict, clip: float) -> None:
    torch = pytest.importorskip("torch")
    made = regression(optimizer=optimizer, learning_rate=0.05, weight_decay=0.2, penalize_biases=True, clip=clip)
    x, y = (torch.tensor(array) for array in data(made))
    w, b = (torch.tensor(made.parameter(f"u/{name}").copy(), requires_grad=True) for name in ("weight", "bias"))
    steps = getattr(torch.optim, theirs)([w, b], lr=0.05, **options)
    for _ in range(100):
        steps.zero_grad()
        ((x @ w.T + b).ravel() - y).square().mean().backward()
        if clip:
            torch.nn.utils.clip_grad_norm_([w, b], clip)
        steps.step()
    made.run(100)
    np.testing.assert_allclose(made.parameter("u/weight"), w.detach().numpy(), atol=1e-4 if clip else 1e-9)
    np.testing.assert_allclose(made.parameter("u/bias"), b.detach().numpy(), atol=1e-4 if clip else 1e-9)


def test_a_clipped_gradient_is_as_long_as_allowed_and_points_where_it_did() -> None:
    free, clipped = regression(), regression(clip=2.5)
    for made in (free, clipped):
        made.run(1)
    whole, cut = free.regions[Region.GRADIENTS], clipped.regions[Region.GRADIENTS]
    assert np.linalg.norm(whole) > 100
    np.testing.assert_allclose(cut, whole * 2.5 / np.linalg.norm(whole), rtol=1e-12)
    column = [channel.quantity for channel in clipped.assembly.step_channels].index("gradient_norm")
    assert clipped.steps.total[0, column] == pytest.approx(np.linalg.norm(whole))


def test_biases_are_spared_unless_asked() -> None:
    spared, asked = regression(ridge=0.5), regression(ridge=0.5, penalize_biases=True)
    for made in (spared, asked):
        made.run(3000)
    assert spared.parameter("u/bias")[0] == pytest.approx(data(spared)[1].mean())
    assert asked.parameter("u/bias")[0] == pytest.approx(data(spared)[1].mean() / 1.5)


def changed(**hidden):
    doc = classifier(optimizer="sgd", learning_rate=0.2, batch_size=16)
    node = doc.nodes["hidden"]
    doc.nodes["hidden"] = type(node)(node.id, node.type, {**node.parameters, **hidden})
    return machine(doc)


def test_a_frozen_node_stays_as_it_is_while_the_rest_learns() -> None:
    made, free = changed(frozen=True), changed()
    begun = {key: made.parameter(key).copy() for key in made.network.parameters}
    assert made.parameter("hidden/weight").tobytes() == free.parameter("hidden/weight").tobytes()
    made.run(300)
    for key, before in begun.items():
        assert (made.parameter(key).tobytes() == before.tobytes()) == key.startswith("hidden")
    assert made.losses()["loss"] < 0.4
    assert "gemm" not in "".join(str(step) for step in made.assembly.train["pass"] if "hidden" in str(step)
                                 and "gradient" in str(step))  # fmt: skip


def test_a_node_may_learn_at_its_own_rate() -> None:
    slow, usual = changed(rate_factor=0.1), changed()
    begun = {key: usual.parameter(key).copy() for key in usual.network.parameters}
    slow.run(1)
    usual.run(1)
    for key, before in begun.items():
        share = 0.1 if key.startswith("hidden") else 1.0
        np.testing.assert_allclose(slow.parameter(key) - before, share * (usual.parameter(key) - before), atol=2e-7)


def test_a_node_may_have_its_own_penalties() -> None:
    made = changed(own_penalties=True, lasso=1.0)
    made.run(200)
    assert (made.parameter("hidden/weight") == 0).all()
    assert (made.parameter("top/weight") != 0).all()


def test_the_same_batches_in_every_epoch_when_asked() -> None:
    made, fresh = (machine(classifier(batch_size=16, same_batches=same)) for same in (True, False))
    orders = []
    for one in (made, fresh):
        for _ in range(2):
            one.run(1)
            orders.append(one.regions[Region.ORDER].copy())
            one.run(7)
    assert (orders[0] == orders[1]).all()
    assert (orders[0] == orders[2]).all()
    assert (orders[2] != orders[3]).any()


@pytest.mark.parametrize(("batches", "size"), [("whole", 120), ("single", 1), ("mini", 16)])
def test_the_size_of_a_batch(batches: str, size: int) -> None:
    assert machine(classifier(batch_size=16, batches=batches)).assembly.batch == size
