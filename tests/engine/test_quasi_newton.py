"""L-BFGS: the minimum that scipy's finds, in fewer steps than gradient descent needs epochs; stopped anywhere, the same."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression, Ridge

from engine.ops.primitive import Region
from tests.engine.small_networks import autoencoder, classifier, document, machine
from tests.engine.small_runs import prepared, trained

LEAST_SQUARES = {"d": ("diabetes", {}), "u": ("dense", {"units": 1}), "e": ("squared_error", {})}
WIRES = "d.features>u.x u.y>e.prediction d.target>e.target"


def least_squares(**training):
    return document(LEAST_SQUARES, WIRES, **{"optimizer": "lbfgs", "validation_share": 0.0, "epochs": 40, **training})


def test_least_squares_of_diabetes_to_the_last_digit() -> None:
    made = machine(least_squares())
    made.run(40)
    x = made.dataset.columns[("d", "features")].values.astype(float)
    y = made.dataset.columns[("d", "target")].values.astype(float)
    best, *_ = np.linalg.lstsq(np.column_stack([x, np.ones(len(x))]), y, rcond=None)
    np.testing.assert_allclose(made.parameter("u/weight").ravel(), best[:-1].ravel(), rtol=1e-4)
    assert made.losses()["loss"] == pytest.approx(2859.6963, abs=1e-4)


def test_a_whole_run_ends_there_and_its_history_can_be_read() -> None:
    run = trained(least_squares(epochs=60))
    assert run.values["train_loss"] == pytest.approx(2859.6963, abs=1e-4)
    assert run.machine.step_count == 60  # one step an epoch: the whole set
    losses = run.machine.epochs.total[:60, 0]
    assert (np.diff(losses) <= 1e-6).all()


def test_ridge_is_part_of_what_it_minimises() -> None:
    made = machine(least_squares(ridge=0.01))
    made.run(60)
    x, y = (made.dataset.columns[("d", name)].values.astype(float) for name in ("features", "target"))
    wanted = Ridge(alpha=0.01 * len(x), tol=1e-12).fit(x, y)
    np.testing.assert_allclose(made.parameter("u/weight"), np.atleast_2d(wanted.coef_), rtol=1e-6)
    figures = made.losses()
    assert figures["loss"] == pytest.approx(figures["loss_without_penalties"] + 0.01 * (wanted.coef_**2).sum(), rel=1e-9)


def test_softmax_regression_equals_scikit_learn() -> None:
    nodes = {"i": ("iris", {}), "u": ("dense", {"units": 3}), "e": ("cross_entropy", {})}
    made = machine(document(nodes, "i.features>u.x u.y>e.prediction i.label>e.label", optimizer="lbfgs",
                            validation_share=0.0, ridge=0.005))  # fmt: skip
    made.run(100)
    x, y = made.dataset.columns[("i", "features")].values.astype(float), made.dataset.columns[("i", "label")].values
    theirs = LogisticRegression(C=1 / (2 * 0.005 * len(x)), tol=1e-10, max_iter=5000).fit(x, y)
    np.testing.assert_allclose(made.parameter("u/weight"), theirs.coef_, atol=1e-4)


def test_a_curved_valley_is_walked_as_scipy_walks_it() -> None:
    made = machine(autoencoder(optimizer="lbfgs", validation_share=0.0))
    keys = list(made.network.parameters)
    slots = [made.assembly.parameters[key] for key in keys]
    start = np.concatenate([made.parameter(key).ravel() for key in keys])
    probe = machine(autoencoder(optimizer="sgd", batches="whole", learning_rate=1e-12, validation_share=0.0), np.float64)

    def value(w: np.ndarray) -> tuple[float, np.ndarray]:
        at = 0
        for key in keys:
            array = probe.parameter(key)
            array[...] = w[at : at + array.size].reshape(array.shape)
            at += array.size
        probe.run(1)
        return probe.losses()["loss"], np.concatenate([probe.gradient(key).ravel() for key in keys])

    theirs = minimize(value, start, jac=True, method="L-BFGS-B", options={"maxiter": 60, "maxcor": 10, "ftol": 0})
    made.run(60)
    assert len(slots) == 4
    assert made.losses()["loss"] < theirs.fun * 1.1


@pytest.mark.parametrize("stop", [1, 7, 23])
def test_stopped_and_taken_up_again_it_is_the_same_to_the_bit(stop: int) -> None:
    doc = classifier(dropout=0.2, optimizer="lbfgs")
    whole, first, second = machine(doc), machine(doc), machine(doc, seed=5)
    whole.run(30)
    first.run(stop)
    second.restore(first.state())
    second.run(30 - stop)
    assert second.regions[Region.PARAMETERS].tobytes() == whole.regions[Region.PARAMETERS].tobytes()


def test_at_the_bottom_it_stays() -> None:
    made = machine(least_squares())
    made.run(100)
    before = made.parameter("u/weight").copy()
    made.run(50)
    assert not made.halted
    np.testing.assert_allclose(made.parameter("u/weight"), before, rtol=1e-9)


def test_lasso_is_refused_in_words() -> None:
    from engine.nodes import CATALOG
    from graphs.checks import check

    problem = check(least_squares(lasso=0.1), CATALOG).errors[0]
    assert "smooth" in problem.text
    assert problem.place.parameter == "lasso"
    assert not check(problem.cures[0].edit(least_squares(lasso=0.1)), CATALOG).errors


def test_a_window_reads_its_history() -> None:
    from engine.telemetry import allocate

    given = allocate(0), allocate(0)

    def provide(steps: int, epochs: int):
        nonlocal given
        given = allocate(steps), allocate(epochs)
        return given

    run = prepared(least_squares(), provide=provide)
    for _ in run.advance(10):
        continue
    assert given[0].low.dtype == np.float32
    np.testing.assert_allclose(given[0].low[:10], run.machine.steps.low[:10], rtol=1e-6)
    assert given[0].state[2] == 10
