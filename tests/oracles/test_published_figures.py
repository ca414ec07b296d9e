"""Figures that others have published or that follow on paper, reached by training (reliability P1, P2, P3, P6, P12)."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
import scipy.stats

from engine.executor import Machine
from graphs import gallery
from tests.engine.small_networks import document, machine
from tests.engine.small_runs import trained
from tests.engine.test_layer_errors import told

LINE = "data.x>unit.x unit.y>loss.prediction data.y>loss.target"


def give(made: Machine, port: str, values: np.ndarray) -> None:
    """Puts float64 numbers in the place of the data's, which are float32."""
    made.regions[made.assembly.columns["data", port]].reshape(len(values), -1)[:] = np.reshape(values, (len(values), -1))


def norris() -> np.ndarray:
    """NIST's 36 calibrations of an ozone monitor, y and x."""
    lines = Path(scipy.stats.__file__).with_name("tests").joinpath("data", "nist_linregress", "Norris.dat").read_text().splitlines()
    return np.array([[float(number) for number in line.split()] for line in lines[60:96]])


def test_nist_norris_to_nine_digits() -> None:
    """One linear unit on standardised float64 data finds the certified line."""
    y, x = norris().T
    made = machine(document({"data": ("noisy_curve", {"size": 36}), "unit": ("dense", {"units": 1}),
                             "loss": ("squared_error", {})}, LINE, optimizer="lbfgs", validation_share=0.0, epochs=0))
    give(made, "x", (x - x.mean()) / x.std())
    give(made, "y", (y - y.mean()) / y.std())
    made.run(60)
    slope = made.parameter("unit/weight")[0, 0] * y.std() / x.std()
    start = made.parameter("unit/bias")[0] * y.std() + y.mean() - slope * x.mean()
    assert slope == pytest.approx(1.00211681802045, rel=1e-9)
    assert start == pytest.approx(-0.262323073774029, rel=1e-9)


def test_least_squares_of_diabetes_explain_0_5177484222() -> None:
    run = trained(gallery.load("diabetes_least_squares"))
    t = run.built.dataset.columns["diabetes1", "target"].values.astype(float)
    assert 1 - run.values["train_mean_squared_error"] / t.var() == pytest.approx(0.5177484222, abs=1e-10)
    assert run.values["train_mean_squared_error"] == pytest.approx(2859.6963476, abs=1e-7)


def test_softmax_regression_of_iris_comes_to_0_1196366() -> None:
    """C = 1 with free biases: ½‖W‖² + Σ loss, so λ = 1/2N beside the mean."""
    nodes = {"data": ("iris", {}), "unit": ("dense", {"units": 3}), "loss": ("cross_entropy", {})}
    made = machine(document(nodes, "data.features>unit.x unit.y>loss.prediction data.label>loss.label", optimizer="lbfgs",
                            validation_share=0.0, ridge=1 / 300))
    made.run(150)
    values = made.evaluate(made.dataset.train)
    assert values["loss_without_penalties"] == pytest.approx(0.1196366, abs=1e-7)
    assert values["accuracy/loss"] == pytest.approx(0.97333, abs=1e-5)


def test_a_deep_linear_network_learns_along_the_curve_of_saxe() -> None:
    """a(t) = s e^{2st} / (e^{2st} − 1 + s/a₀) for the product of two weights (Saxe et al. 2013), never 0.5 % of s apart."""
    s, a0, rate = 3.0, 0.01, 1e-3
    hand = {"units": 1, "bias": False, "weights": "0.1"}
    made = machine(document({"data": ("noisy_curve", {"size": 10}), "low": ("dense", hand), "unit": ("dense", hand),
                             "loss": ("squared_error", {"convention": "half"})}, f"data.x>low.x low.y>unit.x {LINE[14:]}",
                            optimizer="sgd", learning_rate=rate, batches="whole", validation_share=0.0, epochs=0), np.float64)
    give(made, "x", np.ones(10))
    give(made, "y", np.full(10, s))
    gaps = []
    for step in range(1, 2001):
        made.run(1)
        grown = np.exp(2 * s * rate * step)
        product = made.parameter("low/weight")[0, 0] * made.parameter("unit/weight")[0, 0]
        gaps.append(abs(product - s * grown / (grown - 1 + s / a0)))
    assert product == pytest.approx(s, rel=0.005)
    assert max(gaps) < 0.005 * s


@pytest.mark.parametrize(("first", "factor"), [({"initializer": "uniform", "spread": 1 / 16}, 1 / 3),
                                               ({"initializer": "glorot_uniform"}, 1.0)])
def test_backward_variance_per_layer_is_that_of_glorot_and_bengio(first: dict, factor: float) -> None:
    """The old first weights U(±1/√n) shrink the variance of the error to a third in every layer, theirs keep it."""
    layers = [f"d{i}" for i in range(8)]  # the target, near 150, has nothing to do with what these weights make of x
    nodes = {"data": ("diabetes", {}), "norm": ("normalize", {}), "unit": ("dense", {"units": 1, **first}),
             "loss": ("squared_error", {}), **{name: ("dense", {"units": 256, **first}) for name in layers}}
    wires = " ".join(["data.features>norm.x norm.x>d0.x data.target>loss.target",
                      *(f"{a}.y>{b}.x" for a, b in zip(layers, [*layers[1:], "unit"], strict=True)), "unit.y>loss.prediction"])
    ratios = []
    for seed in range(6):
        made = machine(document(nodes, wires, optimizer="sgd", learning_rate=1e-9, batch_size=64), seed=seed)
        made.run(1)
        errors = told(made)
        ratios += [(errors[f"{a}/"] / errors[f"{b}/"]) ** 2 for a, b in itertools.pairwise(layers)]
    assert np.mean(ratios) == pytest.approx(factor, rel=0.05)
