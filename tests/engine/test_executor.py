"""The machine: what a step does equals numpy, short batches count, runs repeat and go on bit for bit, faults are named."""

from __future__ import annotations

import numpy as np
import pytest

from engine.executor import Machine, Memory
from engine.native import loop
from engine.ops.primitive import Region
from engine.telemetry import saved
from graphs import edits
from tests.engine.small_networks import autoencoder, classifier, document, machine, stacked


def weights(made: Machine) -> bytes:
    return b"".join(made.parameter(key).tobytes() for key in sorted(made.network.parameters))


def test_an_epoch_equals_numpy() -> None:
    """Softmax regression on iris by plain SGD, with a short last batch: weights and epoch losses of a numpy twin."""
    doc = document({"iris": ("iris", {}), "top": ("dense", {"units": 3}), "loss": ("cross_entropy", {})},
                   "iris.features>top.x top.y>loss.prediction iris.label>loss.label",
                   optimizer="sgd", learning_rate=0.05, batch_size=32, epochs=3)
    made = machine(doc, np.float64)
    w, b = made.parameter("top/weight").copy(), made.parameter("top/bias").copy()
    columns = made.dataset.columns
    x, t = columns[("iris", "features")].values.astype(float), columns[("iris", "label")].values

    def probabilities(rows: np.ndarray) -> np.ndarray:
        u = x[rows] @ w.T + b
        e = np.exp(u - u.max(1, keepdims=True))
        return e / e.sum(1, keepdims=True)

    for epoch in range(3):
        made.run(4)
        order, total = made.regions[Region.ORDER], 0.0
        assert sorted(order) == sorted(made.dataset.train)
        for start in range(0, len(order), 32):
            rows = order[start : start + 32]
            p = probabilities(rows)
            total += -np.log(p[np.arange(len(rows)), t[rows]]).sum()
            p[np.arange(len(rows)), t[rows]] -= 1
            w, b = w - 0.05 * p.T @ x[rows] / len(rows), b - 0.05 * p.sum(0) / len(rows)
        np.testing.assert_allclose(made.parameter("top/weight"), w, rtol=1e-12)
        series = saved(made.epochs, "e")
        channels = [(channel.quantity, channel.node) for channel in made.assembly.epoch_channels]
        np.testing.assert_allclose(series["e.total"][epoch, channels.index(("train_loss", ""))], total / len(order))
        held = made.dataset.validation
        p = probabilities(held)
        np.testing.assert_allclose(series["e.total"][epoch, channels.index(("validation_loss", ""))],
                                   -np.log(p[np.arange(len(held)), t[held]]).mean())
        np.testing.assert_allclose(series["e.total"][epoch, channels.index(("validation_accuracy", "loss"))],
                                   (p.argmax(1) == t[held]).mean())
    assert made.finished
    assert made.run(10) == 0


@pytest.mark.parametrize("doc", [autoencoder(batch_size=50), classifier(dropout=0.3, batch_size=16), stacked()],
                         ids=["ae", "mlp", "stacked"])
def test_same_seed_same_bytes(doc) -> None:
    runs = []
    for seed in (3, 3, 4):
        made = machine(doc, seed=seed)
        made.run(60)
        runs.append(weights(made))
    assert runs[0] == runs[1] != runs[2]


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
def test_stopped_anywhere_and_taken_up_again(optimizer: str) -> None:
    doc = classifier(dropout=0.2, batch_size=16, optimizer=optimizer, learning_rate=0.01)
    whole = machine(doc)
    whole.run(50)
    for stop in (1, 7, 8, 9, 23, 49):
        first = machine(doc)
        first.run(stop)
        second = machine(doc, seed=99)
        second.restore(first.state())
        second.run(50 - stop)
        assert weights(second) == weights(whole), stop


def test_watching_does_not_change_the_weights() -> None:
    runs = []
    for every in (0, 1, 7):
        made = machine(stacked())
        made.watch_every(every)
        made.run(40)
        runs.append(weights(made))
    assert len(set(runs)) == 1


def test_a_new_beginning_takes_statistics_as_seldom_as_before() -> None:
    made = machine(stacked())
    made.watch_every(16)
    made.run(3)
    made.initialize(1)
    assert made.step_count == 0
    assert made.counters[loop.WATCH_EVERY] == 16


@pytest.mark.parametrize("doc", [autoencoder(batch_size=100), classifier(dropout=0.3, batch_size=16)], ids=["ae", "mlp"])
def test_debug_mode_runs_the_same_program(doc, monkeypatch: pytest.MonkeyPatch) -> None:
    fast = machine(doc)
    fast.run(20)
    monkeypatch.setenv("HOURGLASS_DEBUG", "1")
    slow = machine(doc)
    assert slow.interpreter is not None
    slow.run(20)
    for key in fast.network.parameters:
        np.testing.assert_allclose(slow.parameter(key), fast.parameter(key), rtol=2e-4, atol=2e-5)
    assert slow.losses()["loss"] == pytest.approx(fast.losses()["loss"], rel=1e-4)


def test_a_step_that_is_not_finite_updates_nothing_and_names_the_node() -> None:
    made = machine(classifier(batch_size=16))
    made.run(5)
    made.parameter("hidden/weight")[0, 0] = np.nan
    before = weights(made)
    assert made.run(10) == 0
    assert made.halted
    assert weights(made) == before
    assert made.culprit().node == "hidden"
    assert made.step_count == 5


def test_a_gradient_that_is_not_finite_halts_too() -> None:
    """A loss that is finite with a gradient that is not: huge weights that see only zeros."""
    made = machine(edits.set_parameter(classifier(batch_size=16), "loss", "weight", 1000.0))
    made.parameter("top/weight")[...] = np.array([[3e38], [-3e38], [0]])
    made.parameter("hidden/weight")[...] = 0
    made.parameter("hidden/bias")[...] = 0
    before = weights(made)
    made.run(1)
    assert made.halted
    assert weights(made) == before
    assert made.culprit().what == "gradient"


def test_a_signal_ends_a_run_within_one_batch() -> None:
    signals = np.zeros(1, np.int64)
    doc = autoencoder()
    template = machine(doc)
    made = Machine(template.network, template.dataset, Memory(signals=signals))
    made.initialize(0)
    signals[0] = 1
    assert made.run(10**9) == 0
    signals[0] = 0
    assert made.run(10) == 10


def test_statistics_of_layers_equal_numpy() -> None:
    made = machine(classifier(batch_size=16), np.float64)
    made.run(3)
    before = {key: made.parameter(key).copy() for key in made.network.parameters}
    made.run(1)
    stats = dict(zip([(c.quantity, c.node) for c in made.assembly.step_channels], made.regions[Region.REPORTS], strict=False))
    w, old = made.parameter("hidden/weight"), before["hidden/weight"]
    np.testing.assert_allclose(stats[("gradient", "hidden")], np.linalg.norm(made.gradient("hidden/weight")))
    np.testing.assert_allclose(stats[("weight", "hidden")], np.linalg.norm(w))
    np.testing.assert_allclose(stats[("update", "hidden")], np.linalg.norm(w - old) / np.linalg.norm(w))
    x = made.dataset.columns[("norm", "x")].values[made.regions[Region.ORDER][48:64]].astype(float)
    h = np.tanh(x @ old.T + before["hidden/bias"])
    np.testing.assert_allclose(stats[("mean", "hidden")], h.mean())
    np.testing.assert_allclose(stats[("deviation", "hidden")], h.std())
    np.testing.assert_allclose(stats[("silent", "hidden")], (1 - h**2 < 0.05).mean())


def test_a_softmax_that_is_fused_with_its_loss_still_has_its_statistics() -> None:
    made = machine(classifier(batch_size=16), np.float64)
    made.run(1)
    stats = dict(zip([(c.quantity, c.node) for c in made.assembly.step_channels], made.regions[Region.REPORTS], strict=False))
    np.testing.assert_allclose(stats[("mean", "top")], 1 / 3)  # probabilities of three classes
    assert stats[("deviation", "top")] > 0.05


def test_a_sigmoid_that_is_fused_with_its_loss_has_none() -> None:
    nodes = {"toy": ("toy2d", {}), "top": ("dense", {"units": 1, "activation": "sigmoid"}), "loss": ("binary_cross_entropy", {})}
    made = machine(document(nodes, "toy.points>top.x top.y>loss.prediction toy.label>loss.target"))
    made.run(2)
    series = saved(made.steps, "s")
    column = [(c.quantity, c.node) for c in made.assembly.step_channels].index(("mean", "top"))
    assert series["s.count"][0, column] == 0
    assert series["s.count"][0, column - 3] == 1  # the gradient is known


def test_evaluate_is_the_mean_over_samples_and_disturbs_nothing() -> None:
    made = machine(classifier(dropout=0.5, batch_size=16))
    made.run(11)
    state = {name: value.copy() for name, value in made.state().items()}
    rows = np.arange(0, 150, 3)
    got = made.evaluate(rows)
    p = made.forward({("norm", "x"): made.dataset.columns[("norm", "x")].values[rows]}, [("top", "y")])[("top", "y")]
    t = made.dataset.columns[("iris", "label")].values[rows]
    assert got["loss"] == pytest.approx(-np.log(p[np.arange(50), t]).mean(), rel=1e-5)
    assert got["accuracy/loss"] == pytest.approx((p.argmax(1) == t).mean())
    for name, value in made.state().items():
        np.testing.assert_array_equal(value, state[name])


def test_forward_in_portions_equals_one_by_one() -> None:
    made = machine(autoencoder())
    x = made.dataset.columns[("digits", "pixels")].values[:600]
    key = ("ae", "reconstruction")
    whole = made.forward({("digits", "pixels"): x}, [key])[key]
    assert whole.shape == (600, 64)
    for row in (0, 255, 256, 599):
        single = made.forward({("digits", "pixels"): x[row : row + 1]}, [key])[key]
        np.testing.assert_allclose(single[0], whole[row], rtol=1e-4, atol=1e-5)


def test_no_more_is_computed_than_is_asked_for() -> None:
    """The reconstruction's place in memory is left as it was when only the code is wanted."""
    made = machine(autoencoder())
    x = made.dataset.columns[("digits", "pixels")].values[:10]
    given = {("digits", "pixels"): x}
    both = made.forward(given, [("ae", "code"), ("ae", "reconstruction")])
    place = made.view(made.assembly.predict_outputs["ae", "reconstruction"], 10)
    place[...] = -1.0
    np.testing.assert_array_equal(made.forward(given, [("ae", "code")])["ae", "code"], both["ae", "code"])
    assert (place == -1.0).all()
    np.testing.assert_array_equal(made.forward(given, [("ae", "reconstruction")])["ae", "reconstruction"],
                                  both["ae", "reconstruction"])


def test_counters_have_room() -> None:
    assert loop.CHECK_BATCH < loop.COUNTERS
