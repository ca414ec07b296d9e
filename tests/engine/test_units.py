"""Units, losses and their promises: the perceptron, least squares, logistic and softmax regression, several terms."""

from __future__ import annotations

import numpy as np
import pytest

from engine.compiler import compile_network
from engine.data.half import run_data_half
from engine.executor import Machine
from engine.nodes import CATALOG
from engine.nodes.activations import OPTIONS, Activation
from engine.nodes.by_hand import table
from engine.nodes.dense import Dense
from engine.ops.primitive import Region
from engine.training import Training
from graphs import gallery
from graphs.checks import check
from graphs.edits import set_parameter
from graphs.problems import Severity
from graphs.spec import ShapeError
from tests.engine.small_networks import checked, document, machine

PERCEPTRON = "toy.points>unit.x unit.y>loss.prediction toy.label>loss.target"


def perceptron(problem: str, *, seed: int = 0, **unit: object):
    doc = document({"toy": ("toy2d", {"problem": problem, "classes": 2, "noise": 0.3}),
                    "unit": ("dense", {"units": 1, "activation": "step", **unit}), "loss": ("perceptron_rule", {})},
                   PERCEPTRON, optimizer="sgd", learning_rate=0.1, batch_size=1, epochs=100, validation_share=0.0)
    return machine(doc, seed=seed)


@pytest.mark.parametrize(("problem", "weights", "biases", "right"), [
    ("and", "1 1", "-1.5", 1.0), ("and", "1 1", "-2", 1.0), ("or", "1, 1", "-0.5", 1.0), ("or", "[[1, 1]]", "[-0.5]", 1.0),
    ("xor", "1 1", "-0.5", 0.75), ("xor", "1 −1", "-0.5", 0.75)])  # fmt: skip
def test_a_formal_neuron_set_by_hand(problem: str, weights: str, biases: str, right: float) -> None:
    """U1: θ fires at its threshold too, so that bias −2 is AND as well."""
    made = perceptron(problem, weights=weights, biases=biases)
    assert made.evaluate(made.dataset.train)["accuracy/loss"] == right


def test_weights_by_hand_are_where_training_begins() -> None:
    made = perceptron("and", weights="1 1", biases="-1.5")
    made.run(40)
    np.testing.assert_array_equal(made.parameter("unit/weight"), [[1, 1]])  # no answer is wrong: nothing moves
    assert made.parameter("unit/bias") == -1.5


def test_numbers_written_while_it_runs_are_taken_at_once() -> None:
    """The lesson says: change the biases, and the line moves. What was not written goes on as it was learned."""
    doc = gallery.load("formal_neuron")
    training = Training(check(doc, CATALOG))
    for _ in training.prepare():
        continue
    training.machine.run(3)
    doc = set_parameter(set_parameter(doc, "unit", "biases", "-0.5"), "toy1", "problem", "or")
    for _ in training.take(check(doc, CATALOG), None):
        continue
    assert training.machine.parameter("unit/bias") == -0.5
    assert training.machine.evaluate(training.built.dataset.train)["accuracy/loss"] == 1
    training.machine.parameter("unit/weight")[:] = 3
    for _ in training.take(check(set_parameter(doc, "unit", "biases", "-0.75"), CATALOG), None):
        continue
    np.testing.assert_array_equal(training.machine.parameter("unit/weight"), [[3, 3]])
    assert training.machine.parameter("unit/bias") == -0.75


@pytest.mark.parametrize("words", ["1 1; 1", "1 x", "[1, ", "[{}, 2]", "1 2 3", "inf 1", "1e999 1", "nan 1"])
def test_tables_by_hand_are_refused_in_words(words: str) -> None:
    with pytest.raises(ShapeError) as error:
        table(words, "weights", 1, 2)
    assert error.value.parameter == "weights"


def test_the_perceptron_takes_the_steps_of_its_rule() -> None:
    """U2: w += η (t − z) x, replayed with numpy."""
    made = perceptron("or", seed=3)
    w, b = made.parameter("unit/weight")[0].astype(float).copy(), float(made.parameter("unit/bias")[0])
    x = made.dataset.columns["toy", "points"].values.astype(float)
    t = made.dataset.columns["toy", "label"].values
    for _ in range(24):
        at = made.cursor
        made.run(1)
        row = made.regions[Region.ORDER][at]
        z = float(w @ x[row] + b >= 0)
        w, b = w + 0.1 * (t[row] - z) * x[row], b + 0.1 * (t[row] - z)
        np.testing.assert_allclose(made.parameter("unit/weight")[0], w, atol=1e-6)
        np.testing.assert_allclose(made.parameter("unit/bias"), b, atol=1e-6)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("problem", ["and", "or", "blobs"])
def test_the_perceptron_converges_where_a_line_parts_the_classes(problem: str, seed: int) -> None:
    made = perceptron(problem, seed=seed)
    made.run(10**9)
    assert made.evaluate(made.dataset.train)["loss"] == 0


@pytest.mark.parametrize("seed", range(5))
def test_the_perceptron_never_learns_xor(seed: int) -> None:
    made = perceptron("xor", seed=seed)
    for _ in range(40):
        made.run(10)
        assert made.evaluate(made.dataset.train)["loss"] >= 0.25


@pytest.mark.parametrize("degree", [1, 3, 9])
def test_the_polynomial_lessons_are_least_squares(degree: int) -> None:
    """U4: each lesson ends on the polynomial that numpy finds on the training samples."""
    found = check(gallery.load(f"polynomial_{degree}"), CATALOG)
    made = Machine(compile_network(found, found.training, np.float64), run_data_half(found, None, found.training))
    made.initialize(0)
    made.run(10**9)
    data = made.dataset
    x, t = (data.columns["curve1", port].values.astype(float)[:, 0] for port in "xy")
    powers = np.vander(x, degree + 1)
    wanted = powers @ np.linalg.lstsq(powers[data.train], t[data.train], rcond=None)[0]
    said = made.forward({("powers", "x"): data.columns["powers", "x"].values}, [("unit", "y")])["unit", "y"][:, 0]
    np.testing.assert_allclose(said[data.train], wanted[data.train], atol=1e-4)
    errors = made.evaluate(data.train)["mean_squared_error/loss"], made.evaluate(data.validation)["mean_squared_error/loss"]
    assert {1: errors[0] > 0.2, 3: errors[1] < 0.05, 9: errors[0] < 1e-4 < 1 < errors[1]}[degree]


def test_the_diabetes_lesson_is_sklearns_linear_regression() -> None:
    from sklearn.datasets import load_diabetes
    from sklearn.linear_model import LinearRegression

    training = Training(check(gallery.load("diabetes_least_squares"), CATALOG))
    for _ in training.prepare():
        continue
    for _ in training.advance(every_epoch=True):
        continue
    x, t = load_diabetes(return_X_y=True, scaled=False)
    theirs = LinearRegression().fit(x, t)
    assert training.values["train_mean_squared_error"] == pytest.approx(2859.6963476, abs=1e-6)
    assert training.values["train_mean_squared_error"] == pytest.approx(np.mean((theirs.predict(x) - t) ** 2), rel=1e-6)
    np.testing.assert_allclose(training.machine.parameter("unit/weight")[0], theirs.coef_, rtol=1e-3)


def test_least_squares_equals_lstsq() -> None:
    """U3, by plain gradient descent on all samples, in float64."""
    doc = document({"data": ("diabetes", {}), "norm": ("normalize", {}), "unit": ("dense", {"units": 1}),
                    "loss": ("squared_error", {"convention": "half"})},
                   "data.features>norm.x norm.x>unit.x unit.y>loss.prediction data.target>loss.target",
                   optimizer="momentum", damped=False, learning_rate=0.02, momentum=0.97, batch_size=442, epochs=0,
                   validation_share=0.0)
    made = machine(doc, np.float64)
    made.run(4000)
    x = made.dataset.columns["norm", "x"].values.astype(float)
    t = made.dataset.columns["data", "target"].values.astype(float)
    wanted, *_ = np.linalg.lstsq(np.hstack([x, np.ones((len(x), 1))]), t, rcond=None)
    np.testing.assert_allclose(made.parameter("unit/weight")[0], wanted[:-1, 0], rtol=1e-4)
    np.testing.assert_allclose(made.parameter("unit/bias"), wanted[-1], rtol=1e-4)


@pytest.mark.parametrize(("classes", "units", "loss"), [(2, 1, "binary_cross_entropy"), (4, 4, "cross_entropy")])
def test_logistic_and_softmax_regression_agree_with_sklearn(classes: int, units: int, loss: str) -> None:
    """U6 and U7 on overlapping blobs, without any penalty."""
    from sklearn.linear_model import LogisticRegression

    target = "target" if units == 1 else "label"
    doc = document({"data": ("toy2d", {"problem": "blobs", "classes": classes, "noise": 1.5, "size": 300}),
                    "unit": ("dense", {"units": units, "activation": "sigmoid" if units == 1 else "softmax"}),
                    "loss": (loss, {})},
                   f"data.points>unit.x unit.y>loss.prediction data.label>loss.{target}", optimizer="momentum",
                   damped=False, learning_rate=0.05, momentum=0.95, batch_size=300, epochs=0, validation_share=0.0)
    made = machine(doc, np.float64)
    made.run(3000)
    x, t = made.dataset.columns["data", "points"].values, made.dataset.columns["data", "label"].values
    theirs = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(x.astype(float), t)
    said = made.forward({("data", "points"): x}, [("unit", "y")])["unit", "y"]
    chances = np.hstack([1 - said, said]) if units == 1 else said
    np.testing.assert_allclose(chances, theirs.predict_proba(x.astype(float)), atol=1e-4)


def regression(loss: str, **parameters: object):
    return document({"data": ("toy2d", {"problem": "moons"}), "unit": ("dense", {"units": 2}),
                     "loss": (loss, parameters)},
                    "data.points>unit.x unit.y>loss.prediction data.points>loss.target", validation_share=0.0)


@pytest.mark.parametrize(("loss", "convention", "factor"), [
    ("squared_error", "sum", 2.0), ("squared_error", "half", 1.0), ("squared_error", "mean", 1.0),
    ("absolute_error", "sum", 2.0), ("absolute_error", "half", 1.0), ("absolute_error", "mean", 1.0)])  # fmt: skip
def test_conventions_and_plain_units(loss: str, convention: str, factor: float) -> None:
    """Whatever the convention, the figures in plain units are those of one component."""
    made = machine(regression(loss, convention=convention), np.float64)
    values = made.evaluate(made.dataset.train)
    x = made.dataset.columns["data", "points"].values
    error = made.forward({("data", "points"): x}, [("unit", "y")])["unit", "y"] - x
    plain = {"squared_error": np.mean(error**2), "absolute_error": np.mean(np.abs(error))}
    assert values["loss"] == pytest.approx(factor * plain[loss])
    assert values["mean_squared_error/loss"] == pytest.approx(plain["squared_error"])
    assert values["mean_absolute_error/loss"] == pytest.approx(plain["absolute_error"])


def test_several_losses_add_up_and_a_penalty_is_told_apart() -> None:
    nodes = {"data": ("digits", {}), "hidden": ("dense", {"units": 6, "activation": "sigmoid"}),
             "back": ("dense", {"units": 64}), "top": ("dense", {"units": 10}),
             "rebuilt": ("squared_error", {"weight": 0.5}), "named": ("cross_entropy", {"weight": 2.0}),
             "sparse": ("activity_penalty", {"strength": 0.3})}
    wires = ("data.pixels>hidden.x hidden.y>back.x back.y>rebuilt.prediction data.pixels>rebuilt.target hidden.y>top.x "
             "top.y>named.prediction data.label>named.label hidden.y>sparse.h")
    made = machine(document(nodes, wires, batch_size=50), np.float64)
    values = made.evaluate(made.dataset.validation)
    parts = {name: values[f"loss/{name}"] for name in ("rebuilt", "named", "sparse")}
    assert values["loss_without_penalties"] == pytest.approx(0.5 * parts["rebuilt"] + 2 * parts["named"])
    assert values["loss"] == pytest.approx(values["loss_without_penalties"] + 0.3 * parts["sparse"])
    x = made.dataset.columns["data", "pixels"].values[made.dataset.validation]
    code = made.forward({("data", "pixels"): x}, [("hidden", "y")])["hidden", "y"]
    assert parts["sparse"] == pytest.approx(np.abs(code).sum(axis=1).mean())
    channels = [(channel.quantity, channel.node) for channel in made.assembly.step_channels]
    assert {("loss", name) for name in parts} < set(channels)  # each term has a history of its own
    made.run(200)
    assert made.evaluate(made.dataset.validation)["loss/sparse"] < parts["sparse"]


def test_a_penalty_alone_is_nothing_to_train_for() -> None:
    doc = document({"data": ("digits", {}), "top": ("dense", {}), "sparse": ("activity_penalty", {})},
                   "data.pixels>top.x top.y>sparse.h")
    assert "no_loss" in {problem.code for problem in check(doc, CATALOG).problems}


@pytest.mark.parametrize(("activation", "loss", "usual"), [
    ("identity", "squared_error", True), ("sigmoid", "binary_cross_entropy", True), ("step", "perceptron_rule", True),
    ("identity", "binary_cross_entropy", True), ("sigmoid", "squared_error", False), ("relu", "squared_error", False),
    ("tanh", "binary_cross_entropy", False), ("softmax", "binary_cross_entropy", False)])  # fmt: skip
def test_an_unusual_pair_is_noted_and_cured(activation: str, loss: str, usual: bool) -> None:
    doc = document({"data": ("breast_cancer", {}), "one": ("one_of_k", {}),
                    "unit": ("dense", {"units": 2, "activation": activation}), "loss": (loss, {})},
                   "data.features>unit.x data.label>one.label unit.y>loss.prediction one.x>loss.target")
    found = [problem for problem in checked(doc).problems if problem.code == "unusual_pair"]
    assert bool(found) is not usual
    for problem in found:
        assert problem.severity is Severity.NOTE
        assert problem.cures
        for cure in problem.cures:
            after = check(cure.edit(doc), CATALOG)
            assert not after.errors
            assert "unusual_pair" not in {one.code for one in after.problems}


def test_a_learned_slope_is_learned() -> None:
    doc = document({"data": ("iris", {}), "norm": ("normalize", {}),
                    "hidden": ("dense", {"units": 5, "activation": "prelu"}),
                    "bend": ("activation", {"function": "prelu", "shared_slope": True}), "top": ("dense", {"units": 3}),
                    "loss": ("cross_entropy", {})},
                   "data.features>norm.x norm.x>hidden.x hidden.y>bend.x bend.y>top.x top.y>loss.prediction "
                   "data.label>loss.label")
    made = machine(doc)
    assert made.parameter("hidden/alpha").tolist() == [0.25] * 5
    assert made.parameter("bend/alpha").tolist() == [0.25]
    made.run(50)
    assert (made.parameter("hidden/alpha") != 0.25).all()
    assert made.parameter("bend/alpha")[0] != 0.25


@pytest.mark.parametrize("name", [name for name in OPTIONS if name != "softmax"])
def test_the_picture_of_an_activation_is_the_activation(name: str) -> None:
    """Its curve is what the compiled node gives, its second curve the slope of the first wherever there is one."""
    settings = {"function": name, "slope": 0.2, "alpha": 1.5}
    bend = Activation(**settings).bend()
    assert bend is not None
    doc = document({"data": ("noisy_curve", {}), "bend": ("activation", settings), "loss": ("squared_error", {})},
                   "data.x>bend.x bend.y>loss.prediction data.y>loss.target")
    x, y, slope = np.array(bend.x), np.array(bend.y), np.array(bend.slope)
    made = machine(doc, np.float64).forward({("data", "x"): x[:, None]}, [("bend", "y")])["bend", "y"][:, 0]
    np.testing.assert_allclose(y, made, atol=1e-9)
    smooth = np.abs(x) > 0.1
    smooth &= np.abs(np.abs(x) - 3) > 0.1  # where a hard sigmoid has its corners
    np.testing.assert_allclose(slope[1:-1][smooth[1:-1]], ((y[2:] - y[:-2]) / (x[2] - x[0]))[smooth[1:-1]], atol=5e-3)


def test_what_has_no_single_curve_has_no_picture() -> None:
    assert Activation(function="softmax").bend() is None
    assert Dense().bend() is None
    assert Dense(activation="tanh").bend() is not None
