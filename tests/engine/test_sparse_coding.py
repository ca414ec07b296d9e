"""Predictive sparse decomposition (A12): the best code against scikit-learn, the step against PyTorch, both errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.ops.dictionary import SparseCode
from tests.engine.autoencoder_kit import equals_pytorch, of_kind
from tests.engine.kernel_calls import use
from tests.engine.small_networks import machine

PSD = "predictive_sparse_decomposition"


def best_code(x: np.ndarray, atoms: np.ndarray, f: np.ndarray, strength: float, closeness: float) -> np.ndarray:
    """A numpy twin of another kind: many small proximal steps on all values at once (ISTA)."""
    h, pace = f.copy(), 1.0 / (np.linalg.norm(atoms, 2) ** 2 + closeness)
    for _ in range(4000):
        moved = h + pace * ((x - h @ atoms.T) @ atoms + closeness * (f - h))
        h = np.sign(moved) * np.maximum(np.abs(moved) - pace * strength / 2, 0.0)
    return h


def a_dictionary(rows: int, width: int, units: int) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(units)
    w = rng.normal(size=(width, units))
    return rng.normal(size=(rows, width)), w / np.linalg.norm(w, axis=0), rng.normal(size=width), rng.normal(size=(rows, units))


@pytest.mark.parametrize(("closeness", "units"), [(0.0, 12), (0.0, 30), (0.5, 30)])
def test_the_best_code_is_the_lasso_of_sklearn(closeness: float, units: int) -> None:
    """For a given dictionary; closeness to the guess is the same as more rows of data."""
    from sklearn.linear_model import Lasso

    x, w, b, f = a_dictionary(8, 16, units)
    mine = use(SparseCode(strength=0.8, closeness=closeness, sweeps=3000), [x, w, b, f])["y"]
    rows = np.vstack([w, np.sqrt(closeness) * np.eye(units)])
    targets = np.hstack([x - b, np.sqrt(closeness) * f])
    lasso = Lasso(alpha=0.8 / (2 * len(rows)), fit_intercept=False, tol=1e-12, max_iter=100_000)
    theirs = np.array([lasso.fit(rows, target).coef_ for target in targets])
    np.testing.assert_allclose(mine, theirs, atol=2e-5)
    np.testing.assert_array_equal(mine == 0, theirs == 0)
    assert 0.2 < (mine == 0).mean() < 0.9


def test_each_sweep_makes_it_better() -> None:
    x, w, b, f = a_dictionary(20, 16, 30)

    def objective(sweeps: int) -> float:
        h = use(SparseCode(strength=0.5, closeness=0.2, sweeps=sweeps), [x, w, b, f])["y"]
        return float(np.square(x - b - h @ w.T).sum() + 0.5 * np.abs(h).sum() + 0.2 * np.square(h - f).sum())

    values = [objective(sweeps) for sweeps in (1, 2, 4, 8, 16)]
    assert (np.diff(values) < 0).all()
    best = best_code(x - b, w, f, 0.5, 0.2)
    assert objective(1000) == pytest.approx(np.square(x - b - best @ w.T).sum() + 0.5 * np.abs(best).sum()
                                            + 0.2 * np.square(best - f).sum(), rel=1e-9)


def test_the_objective_is_that_of_the_lecture() -> None:
    """The three terms, and the gradient of every weight where h is data: at the best h that is also the whole gradient."""
    torch = pytest.importorskip("torch")
    made = machine(of_kind(PSD, {"units": 7, "strength": 0.3, "closeness": 0.4, "sweeps": 1000}, batch_size=9), np.float64)
    made.parameter("ae/encode.gain")[...] = np.linspace(0.5, 2, 7)

    def objective(x: Any, w: dict[str, Any]) -> Any:
        f = w["encode.gain"] * torch.tanh(x @ w["encode.weight"].T + w["encode.bias"])
        atoms = torch.nn.functional.normalize(w["decode.weight"], dim=0)
        h = torch.tensor(best_code((x - w["decode.bias"]).detach().numpy(), atoms.detach().numpy(), f.detach().numpy(), 0.3, 0.4))
        error = (x - h @ atoms.T - w["decode.bias"]).square().sum(1)
        return (error + 0.3 * h.abs().sum(1) + 0.4 * (h - f).square().sum(1)).mean()

    equals_pytorch(made, objective, precision=1e-5)
    figures = made.losses()
    assert figures["loss"] == pytest.approx(figures["loss/ae"] + 0.3 * figures["penalty/ae"] + 0.4 * figures["prediction_loss/ae"])


def test_both_errors_fall_and_most_values_are_nothing() -> None:
    """What the encoder predicts comes nearer to the best code, while the dictionary comes to rebuild the digits."""
    made = machine(of_kind(PSD, {}, epochs=0))
    first = made.evaluate(made.dataset.validation)
    told = []
    for _ in range(3):
        made.run(300)
        told.append(made.evaluate(made.dataset.validation))
    for name in ("mean_squared_error/ae", "prediction_error/ae"):
        values = [figures[name] for figures in told]
        assert first[name] > values[0] > values[1] > values[2], name
    assert told[-1]["mean_squared_error/ae"] < 0.15 * first["mean_squared_error/ae"]
    assert 0.5 < told[-1]["zeros/ae"] < 0.95


def test_use_predicts_the_code_and_finds_the_best_one() -> None:
    made = machine(of_kind(PSD, {"units": 40}))
    made.run(200)
    x = made.dataset.columns[("digits", "pixels")].values[:50]
    code, rebuilt, sparse = made.forward({("digits", "pixels"): x}, [("ae", name) for name in (
        "code", "reconstruction", "sparse")]).values()
    w = {key.removeprefix("ae/"): made.parameter(key).astype(float) for key in made.network.parameters}
    f = w["encode.gain"] * np.tanh(x @ w["encode.weight"].T + w["encode.bias"])
    atoms = w["decode.weight"] / np.linalg.norm(w["decode.weight"], axis=0)
    np.testing.assert_allclose(code, f, atol=1e-5)
    np.testing.assert_allclose(sparse, best_code(x - w["decode.bias"], atoms, f, 0.3, 0.5), atol=0.02)
    np.testing.assert_allclose(rebuilt, sparse @ atoms.T + w["decode.bias"], atol=1e-5)
    assert (sparse == 0).mean() > 0.3
    assert (code != 0).all()
