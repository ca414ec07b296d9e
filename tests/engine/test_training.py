"""Training as a generator: what it reports, what it obeys, and that the same run gives the same weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine import commands, events
from engine.errors import RunProblem
from engine.nodes import CATALOG
from engine.pace import Metronome
from engine.telemetry import Channel, Reader
from engine.training import Change, Training, train
from graphs.checks import check
from graphs.document import Document, Node
from tests.engine.small_runs import (
    checked,
    exhaust,
    gallery,
    iris,
    only,
    parameters,
    prepared,
    trained,
    weights,
    with_parameter,
    with_training,
)


def test_a_run_reports_itself_from_first_kernel_to_last_epoch() -> None:
    happened = list(train(checked(iris(epochs=5))))
    assert isinstance(happened[0], events.Preparing)
    assert only(happened, events.Preparing)[-1].done == only(happened, events.Preparing)[-1].total
    info = only(happened, events.Compiled)[0].run
    assert [layer.node for layer in info.layers] == ["hidden", "answer"]
    assert (info.train_rows, info.validation_rows, info.steps_per_epoch, info.epochs) == (120, 30, 4, 5)
    assert info.parameters == 4 * 8 + 8 + 8 * 3 + 3
    assert info.predictions[0].classes
    epochs = only(happened, events.EpochDone)
    assert [(event.epoch, event.step) for event in epochs] == [(n, 4 * n) for n in range(1, 6)]
    assert {"train_loss", "validation_loss", "train_accuracy", "validation_accuracy"} <= epochs[-1].values.keys()
    assert epochs[-1].values["train_loss"] < epochs[0].values["train_loss"]
    finished = happened[-2]
    assert isinstance(finished, events.Finished)
    assert (finished.step, finished.epoch, finished.reason) == (20, 5.0, "done")
    assert finished.values == epochs[-1].values
    assert happened[-1] == events.StateChanged("finished", 20, 5.0)


def test_more_epochs_than_fit_the_history_are_all_reported_exactly() -> None:
    training = prepared(gallery("xor_mlp", epochs=1500))
    epochs = only(training.advance(every_epoch=True), events.EpochDone)
    assert [event.epoch for event in epochs] == list(range(1, 1501))
    series = Reader([Channel(c.quantity, c.node) for c in training.info.epoch_channels], training.machine.epochs)
    last = series.read(training.legs, by_epoch=True)
    assert last.width == 2
    both = [epochs[-2].values["train_loss"], epochs[-1].values["train_loss"]]
    assert last.mean[-1, 0] == pytest.approx(np.mean(both), rel=1e-5)


@pytest.mark.parametrize("document", [iris(), iris(optimizer="sgd"), iris(optimizer="momentum", shuffle=False)])
def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not(document: Document, tmp_path: Path) -> None:
    first, second = weights(trained(document), tmp_path), weights(trained(document), tmp_path)
    assert first == second
    assert weights(trained(with_training(document, seed=1)), tmp_path) != first
    assert weights(trained(document, seed=1), tmp_path) == weights(trained(with_training(document, seed=1)), tmp_path)


def test_how_a_run_is_cut_into_chunks_changes_nothing(tmp_path: Path) -> None:
    whole = weights(trained(iris()), tmp_path)
    pieces = prepared(iris())
    for steps in (1, 2, 5, 1, 9, 100):
        exhaust(pieces.advance(steps))
    assert pieces.finished
    assert weights(pieces, tmp_path) == whole
    by_epoch = prepared(iris())
    exhaust(by_epoch.advance(every_epoch=True))
    assert weights(by_epoch, tmp_path) == whole


def test_a_step_is_one_step_and_then_rest() -> None:
    training = prepared(iris())
    happened = exhaust(training.advance(1))
    assert happened[0] == events.StateChanged("running", 0, 0.0)
    assert happened[-1] == events.StateChanged("paused", 1, 0.25)
    assert training.machine.step_count == 1


def test_pause_stop_and_orders_for_others() -> None:
    training = prepared(iris(epochs=0))
    training.controls.put(commands.Pause())
    assert exhaust(training.advance())[-1].state == "paused"  # type: ignore[union-attr]
    assert training.machine.step_count == 0
    training.controls.put(commands.Watch(("weights:hidden/",)))
    assert only(training.advance(), events.StateChanged)[-1].state == "running"
    assert isinstance(training.controls.take(), commands.Watch)  # it stays for who understands it
    training.controls.put(commands.Stop())
    finished = only(training.advance(), events.Finished)[0]
    assert finished.reason == "stopped"


def test_an_endless_run_goes_on_until_it_is_told_to_stop() -> None:
    training = prepared(iris(epochs=0))
    seen = 0
    for event in training.advance():
        seen += isinstance(event, events.EpochDone)
        if training.machine.epoch > 500:
            training.controls.put(commands.Stop())
    assert training.machine.epoch > 500
    assert seen > 3
    assert training.planned_steps == 0


def test_stop_is_answered_before_another_chunk() -> None:
    training = prepared(gallery("digits_autoencoder", epochs=0))
    asked = 0
    for _ in training.advance():
        if training.machine.epoch > 20 and not asked:
            training.controls.put(commands.Stop())
            asked = training.machine.step_count
    assert training.machine.step_count == asked


def test_reset_goes_back_to_the_same_first_weights(tmp_path: Path) -> None:
    training = prepared(iris())
    first = weights(training, tmp_path)
    exhaust(training.advance())
    training.set_rate(1.0)
    training.reset()
    assert weights(training, tmp_path) == first
    assert (training.machine.step_count, training.changes, training.rate) == (0, [], 0.01)
    exhaust(training.advance())
    assert weights(training, tmp_path) == weights(trained(iris()), tmp_path)


def test_a_changed_rate_acts_at_once_is_logged_and_can_be_replayed(tmp_path: Path) -> None:
    training = prepared(iris())
    exhaust(training.advance(7))
    training.controls.put(commands.SetRate(0.5))
    happened = exhaust(training.advance(9))
    assert only(happened, events.RateChanged) == [events.RateChanged(7, 0.5)]
    assert training.info.learning_rate == 0.5
    training.set_rate(0.3)
    training.set_rate(0.2)  # dragged: only the last one counts
    exhaust(training.advance())
    assert training.changes == [Change(7, rate=0.5), Change(16, rate=0.2)]
    changed = weights(training, tmp_path)
    assert changed != weights(trained(iris()), tmp_path)
    again = trained(iris(), replay=training.changes)
    assert weights(again, tmp_path) == changed
    assert again.changes == training.changes


def test_a_rate_is_really_the_size_of_the_step() -> None:
    training = prepared(iris(optimizer="sgd"))
    training.set_rate(1e-30)
    before = dict(parameters(training))
    exhaust(training.advance(3))
    assert all(np.abs(before[key] - after).max() < 1e-25 for key, after in parameters(training))


def test_another_graph_takes_over_and_what_fits_goes_on(tmp_path: Path) -> None:
    training = prepared(iris())
    exhaust(training.advance(6))
    old, old_state = dict(parameters(training)), training.machine.state()
    wider = with_parameter(iris(), "hidden", units=9)
    happened = exhaust(training.take(checked(wider), None))
    new = dict(parameters(training))
    assert new["hidden/weight"].shape == (9, 4)
    assert (new["answer/bias"] == old["answer/bias"]).all()
    kept = only(happened, events.GraphChanged)[0]
    assert (kept.step, kept.kept, kept.total) == (6, 1, 4)
    assert training.machine.step_count == 6
    state = training.machine.state()
    assert (state["optimizer/m/answer/bias"] == old_state["optimizer/m/answer/bias"]).all()
    assert not state["optimizer/m/hidden/weight"].any()
    exhaust(training.advance())
    assert training.finished
    again = trained(iris(), replay=training.changes)
    assert weights(again, tmp_path) == weights(training, tmp_path)


def test_a_change_that_keeps_all_weights_changes_no_weight_and_no_epoch() -> None:
    training = prepared(iris())
    exhaust(training.advance(6))
    training.set_rate(0.123)
    old = training.machine.state()
    exhaust(training.take(checked(with_training(iris(), epochs=40)), None))
    new = training.machine.state()
    assert all((old[key] == new[key]).all() for key in old)
    assert training.rate == pytest.approx(0.123)  # changed by hand, and not by this edit
    assert training.planned_steps == 160
    exhaust(training.take(checked(with_training(iris(), epochs=40, learning_rate=0.02)), None))
    assert training.rate == 0.02


def test_a_change_of_the_batches_begins_the_epoch_anew_and_keeps_the_past() -> None:
    training = prepared(iris())
    exhaust(training.advance(6))
    exhaust(training.take(checked(with_training(iris(), batch_size=16)), None))
    assert training.legs == [(0, 0.0, 4), (6, 1.0, 8)]
    assert training.epoch == 1.0
    exhaust(training.advance(8))
    assert training.epoch == 2.0
    channels = [Channel(c.quantity, c.node, c.layer) for c in training.info.step_channels]
    series = Reader(channels, training.machine.steps).read(training.legs)
    assert len(series) == 14
    assert np.isfinite(series.mean[:, 0]).all()


def test_a_graph_that_cannot_be_trained_changes_nothing(tmp_path: Path) -> None:
    training = prepared(iris())
    exhaust(training.advance(5))
    before = weights(training, tmp_path)
    broken = check(Document(iris().nodes, frozenset(), {}), CATALOG)
    with pytest.raises(RunProblem):
        exhaust(training.take(broken, None))
    assert weights(training, tmp_path) == before
    exhaust(training.advance())
    assert weights(training, tmp_path) == weights(trained(iris()), tmp_path)


def test_a_graph_with_errors_is_refused_with_its_first_sentence() -> None:
    graph = check(with_parameter(iris(), "answer", units=5), CATALOG)
    with pytest.raises(RunProblem, match="3 classes") as problem:
        exhaust(Training(graph).prepare())
    assert problem.value.node == "loss"
    with pytest.raises(RunProblem):
        exhaust(Training(check(Document({"a": Node("a", "dense")}), CATALOG)).prepare())


def test_asked_for_figures_agree_with_the_epochs_own() -> None:
    training = trained(iris())
    asked, reported = training.evaluated().values, training.values
    assert asked["validation_accuracy"] == pytest.approx(reported["validation_accuracy"], abs=1e-6)
    assert asked["validation_loss"] == pytest.approx(reported["validation_loss"], rel=1e-5)
    assert "train_accuracy" in asked


def test_a_training_rests_as_long_as_its_pace_wants(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a clock of our own, which stands still while steps are made."""
    now, rests = [0.0], []
    training = prepared(iris(epochs=0))
    training.metronome = Metronome(lambda: now[0])

    def wait(timeout: float) -> None:
        rests.append(timeout)
        now[0] += timeout

    monkeypatch.setattr("engine.training.time.perf_counter", lambda: now[0])
    monkeypatch.setattr(training.controls, "wait", wait)
    training.set_pace(200.0)
    exhaust(training.advance(61))
    assert sum(rests) == now[0] == pytest.approx(60 / 200, abs=0.011)
    rests.clear()
    training.set_pace(None)
    exhaust(training.advance(60))
    assert rests == []


def test_layers_are_told_apart_in_the_history() -> None:
    training = trained(iris())
    channels = [Channel(c.quantity, c.node, c.layer) for c in training.info.step_channels]
    series = Reader(channels, training.machine.steps).read(training.legs)
    for quantity in ("gradient", "weight", "update", "mean", "deviation", "silent", "delta"):
        columns = series.columns(quantity)
        assert [channel.node for _, channel in columns] == ["hidden", "answer"]
        for column, _ in columns:
            assert np.isfinite(series.mean[:, column]).any()
    assert series.epoch[-1] == pytest.approx(12.0, abs=0.3)
