"""NaN and infinity stop the run in the step where they appear, name the node, and leave the last finite weights."""

from __future__ import annotations

import numpy as np
import pytest

from engine import events
from engine.errors import RunProblem
from engine.telemetry import Channel, Reader
from engine.training import Training
from tests.engine.small_runs import exhaust, gallery, iris, only, parameters, prepared, with_parameter


def finite(training: Training) -> bool:
    return all(np.isfinite(array).all() for _, array in parameters(training))


def same(first: Training, second: Training) -> bool:
    return all((a == b).all() for (_, a), (_, b) in zip(parameters(first), parameters(second), strict=True))


@pytest.mark.parametrize("step", [0, 1, 5, 21])
def test_a_weight_that_is_not_a_number_stops_the_next_step_at_its_node(step: int) -> None:
    training = prepared(iris())
    if step:
        exhaust(training.advance(step))
    good = dict(parameters(training))
    training.machine.set_settings({"learning_rate": float("inf")})
    training.guard()
    happened = exhaust(training.advance())
    diverged = only(happened, events.Diverged)[0]
    assert diverged.step == step + 1
    assert diverged.node in ("hidden", "answer")
    assert diverged.what == "weight"
    assert only(happened, events.Finished)[0].reason == "diverged"
    assert training.machine.step_count == step
    for key, array in parameters(training):
        np.testing.assert_array_equal(array, good[key])


def test_a_loss_that_is_not_a_number_names_where_it_began() -> None:
    training = prepared(iris())
    exhaust(training.advance(6))
    good = dict(parameters(training))
    training.guard()
    region = training.built.assembly.columns[("normalize1", "x")]
    poisoned = np.full_like(training.machine.regions[region], np.nan)
    training.machine.regions[region] = poisoned
    training.machine._bind()
    diverged = only(training.advance(), events.Diverged)[0]
    assert diverged.step == 7
    assert diverged.node in ("normalize1", "hidden")
    for key, array in parameters(training):
        np.testing.assert_array_equal(array, good[key])


def test_the_last_finite_weights_are_those_of_a_run_that_stopped_in_time() -> None:
    """A rate that overflows after a while: the run stands exactly where a careful run would have been stopped."""
    document = gallery("digits_autoencoder", optimizer="sgd", learning_rate=60.0, epochs=0)
    training = prepared(document)
    happened = exhaust(training.advance())
    diverged = only(happened, events.Diverged)[0]
    assert training.machine.step_count == diverged.step - 1
    assert finite(training)
    careful = prepared(document)
    for _ in range(diverged.step - 1):
        assert careful.machine.run(1) == 1
    assert same(training, careful)
    careful.machine.run(1)
    assert careful.machine.halted or not careful.machine.finite()


def test_after_a_divergence_a_smaller_rate_goes_on() -> None:
    training = prepared(gallery("digits_autoencoder", optimizer="sgd", learning_rate=60.0, epochs=30))
    diverged = only(training.advance(), events.Diverged)[0]
    channels = [Channel(c.quantity, c.node, c.layer) for c in training.info.step_channels]
    series = Reader(channels, training.machine.steps).read(training.legs)
    assert series.count[:, 0].sum() == diverged.step - 1
    training.reset()
    training.set_rate(0.05)
    happened = exhaust(training.advance())
    assert not only(happened, events.Diverged)
    assert only(happened, events.Finished)[0].reason == "done"


def test_going_on_from_the_last_finite_weights() -> None:
    training = prepared(iris())
    exhaust(training.advance(10))
    training.machine.set_settings({"learning_rate": float("nan")})
    training.guard()
    assert only(training.advance(), events.Diverged)[0].step == 11
    training.set_rate(0.01)
    finished = only(training.advance(), events.Finished)[0]
    assert (finished.reason, finished.step) == ("done", 48)
    assert finite(training)
    assert np.isfinite(list(finished.values.values())).all()


@pytest.mark.parametrize("chunk", [1, 3, 400])
def test_the_step_is_found_however_the_run_was_cut(chunk: int) -> None:
    training = prepared(iris(optimizer="sgd"))
    exhaust(training.advance(13))
    training.machine.parameter("answer/bias")[1] = 3e38
    training.set_rate(1e38)
    diverged: list[events.Diverged] = []
    while not diverged and not training.finished:
        diverged = only(training.advance(chunk), events.Diverged)
    assert diverged
    assert finite(training)
    assert training.machine.step_count == diverged[0].step - 1
    assert diverged[0].node


def test_a_rectifier_does_not_hide_an_infinite_weight(monkeypatch: pytest.MonkeyPatch) -> None:
    """−∞ into a rectifier is 0: loss and gradients stay finite, and still the run must stop."""
    training = prepared(with_parameter(iris(optimizer="sgd"), "hidden", activation="relu"))
    machine, run = training.machine, training.machine.run

    def overflowing(steps: int) -> int:
        done = run(steps)
        if machine.step_count >= 7:  # as if the update of step 7 had overflowed
            machine.parameter("hidden/bias")[:] = -np.inf
        return done

    monkeypatch.setattr(machine, "run", overflowing)
    diverged = only(training.advance(), events.Diverged)[0]
    assert diverged == events.Diverged("hidden", 7, "weight")
    assert machine.step_count == 6
    assert not machine.halted
    assert finite(training)


@pytest.mark.parametrize("rate", [0.0, -1.0, float("nan"), float("inf")])
def test_a_rate_that_is_none_is_refused(rate: float) -> None:
    training = prepared(iris())
    with pytest.raises(RunProblem, match="above 0"):
        training.set_rate(rate)
    assert training.rate == 0.01
