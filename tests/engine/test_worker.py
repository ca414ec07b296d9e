"""The training process as the window sees it: it obeys, shows what it does, and takes another graph on the way."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from engine import events
from graphs.document import Document
from tests.engine.small_runs import gallery, iris, only, trained, with_parameter, with_training
from tests.engine.windows import Window, endless, opened


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Window]:
    with opened(tmp_path) as made:
        yield made


def test_a_run_from_load_to_the_last_epoch(window: Window) -> None:
    engine = window.engine
    window.idle(iris())
    assert engine.info is not None
    assert engine.info.train_rows == 120
    engine.watch(["weights:hidden/", "weights:answer/"])
    engine.run()
    finished = window.event(events.Finished)
    assert (finished.step, finished.reason) == (48, "done")
    window.until(lambda: engine.state == "finished")
    assert only(window.told, events.EpochDone)[-1].epoch == 12
    assert (engine.status.step, engine.status.epoch) == (48, 12.0)
    series = engine.steps()
    assert series.count[:, 0].sum() == 48
    assert series.epoch[-1] == pytest.approx(12.0)
    assert engine.steps() is series
    epochs = engine.epochs()
    assert epochs.epoch.tolist() == list(range(1, 13))
    assert epochs.column("validation_accuracy", "loss") is not None
    same = trained(iris())
    frame = window.until(lambda: (found := engine.frame()) and found.step == 48 and found)
    np.testing.assert_array_equal(frame.arrays["weights:hidden/"], same.machine.parameter("hidden/weight"))
    np.testing.assert_array_equal(frame.arrays["weights:answer/"], same.machine.parameter("answer/weight"))


def test_pause_step_go_on_stop_and_begin_anew(window: Window) -> None:
    engine = window.engine
    window.idle(endless())
    engine.run()
    window.until(lambda: engine.status.step > 100)
    engine.pause()
    paused = window.state("paused")
    engine.step()
    stepped = window.state("paused")
    assert stepped.step == paused.step + 1
    assert window.until(lambda: engine.status.step == stepped.step)
    engine.run()
    window.until(lambda: engine.status.step > stepped.step + 100)
    engine.stop()
    finished = window.event(events.Finished)
    assert finished.reason == "stopped"
    window.until(lambda: engine.state == "finished")
    engine.run()
    assert window.state("running").step == 0
    engine.reset()
    assert window.state("idle").step == 0
    assert len(engine.steps()) == 0


def test_a_hundred_pauses_are_all_answered(window: Window) -> None:
    engine = window.engine
    window.idle(endless())
    for _ in range(100):
        engine.run()
        window.state("running")
        engine.pause()
        window.state("paused")


@pytest.mark.skipif(sys.platform == "win32", reason="holds a process as on Unix")
def test_pause_is_there_before_its_message_is_read(window: Window) -> None:
    """A flag in shared memory brings the training back after the step that it is making (`test_executor`)."""
    engine = window.engine
    window.idle(endless())
    engine.run()
    window.until(lambda: engine.status.step > 100)
    os.kill(engine.pid, signal.SIGSTOP)
    engine.pause()
    assert engine._control.interrupt[0] == 1
    os.kill(engine.pid, signal.SIGCONT)
    window.state("paused")


def test_reset_and_seeds_choose_the_first_weights(window: Window) -> None:
    engine = window.engine
    window.idle(iris())
    engine.watch(["weights:hidden/"])

    def weights() -> np.ndarray:
        frame = window.until(lambda: (found := engine.frame()) and found.step == engine.status.step and found)
        return frame.arrays["weights:hidden/"]

    first = weights()
    engine.run()
    window.state("finished")
    assert not (weights() == first).all()
    engine.reset()
    window.state("idle")
    assert (weights() == first).all()
    engine.set_seed(5)
    window.state("idle")
    assert not (weights() == first).all()
    assert engine.info.seed == 5
    engine.set_seed(None)
    window.state("idle")
    assert (weights() == first).all()
    engine.set_rate(0.125)
    engine.reset()
    window.state("idle")
    assert engine.info.learning_rate == 0.125  # the knob stays where it was turned to


def test_rate_and_pace_while_it_trains(window: Window) -> None:
    engine = window.engine
    window.idle(endless())
    engine.set_pace(0.001)  # the second step would be due after a quarter of an hour
    engine.run()
    window.until(lambda: engine.status.step == 1)
    engine.evaluate()
    window.event(events.Evaluated)
    assert engine.status.step == 1
    engine.set_rate(0.02)
    changed = window.event(events.RateChanged)
    assert changed.value == 0.02
    assert window.until(lambda: engine.status.learning_rate == 0.02)
    engine.set_pace(None)
    window.until(lambda: engine.status.step > changed.step + 2000)
    engine.evaluate()
    assert "validation_mean_squared_error" in window.event(events.Evaluated).values
    assert np.isnan(engine.status.seconds_left)
    for wrong in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(ValueError, match=str(wrong)):
            engine.set_rate(wrong)
        with pytest.raises(ValueError, match=str(wrong)):
            engine.set_pace(wrong)


def test_frames_hold_what_is_watched_and_nothing_else(window: Window) -> None:
    engine = window.engine
    window.idle(gallery("xor_mlp", epochs=0))
    assert engine.frame() is None
    wanted = {"weights:hidden/": (8, 2), "output:answer/y": (4, 1), "output:toy1/points": (4, 2),
              "labels:toy1/label": (4,), "map:answer/y": (100 * 100, 1)}  # fmt: skip
    engine.watch([*wanted, "weights:nobody/", "nonsense", "map:hidden/nothing"])
    frame = window.until(engine.frame)
    assert {key: array.shape for key, array in frame.arrays.items()} == wanted
    assert frame.arrays["labels:toy1/label"].dtype == np.int64
    assert (frame.step, frame.epoch) == (0, 0.0)
    engine.run()
    window.until(lambda: engine.frame().step > 100)
    engine.watch(["map:answer/y"])
    window.until(lambda: engine.frame().arrays.keys() == {"map:answer/y"})
    assert engine.frame().arrays["map:answer/y"].min() >= 0


def test_everything_is_watched_while_it_trains_and_what_that_costs_is_told(window: Window) -> None:
    engine = window.engine
    window.idle(gallery("digits_deep_autoencoder", epochs=0))
    outputs = [f"output:{node}/{port}" for node, port in engine.info.outputs]
    engine.watch([*(f"weights:{layer.node}/{layer.layer}" for layer in engine.info.layers), *outputs])
    engine.run()
    window.until(lambda: engine.frame() is not None and engine.frame().step > 0)
    seen = set()
    window.until(lambda: seen.add(engine.frame().step) or len(seen) > 5)
    assert window.until(lambda: engine.status.watching_cost > 0)  # kept below 5 %: `test_budget`


def test_another_graph_takes_over_in_the_middle_of_the_run(window: Window) -> None:
    engine = window.engine
    document = with_training(iris(), epochs=0)
    window.idle(document)
    engine.run()
    window.until(lambda: engine.status.step > 50)
    window.load(with_parameter(document, "hidden", units=11))
    changed = window.event(events.GraphChanged)
    assert (changed.kept, changed.total) == (1, 4)
    window.until(lambda: engine.status.step > changed.step + 50)
    assert engine.state == "running"
    assert engine.info.layers[0].weight_shape == (11, 4)
    assert engine.steps().column("gradient", "hidden", "") is not None
    assert engine.steps().step[0] == 1  # the past is still there
    moved = Document({**document.nodes}, document.wires, document.training, title={"en": "moved"})
    window.load(with_parameter(moved, "hidden", units=11))
    step = engine.status.step
    window.until(lambda: engine.status.step > step + 50)
    assert len(only(window.told, events.GraphChanged)) == 1
    window.load(with_training(document, epochs=0), keep_weights=False)
    assert window.state("idle").step == 0


def test_a_graph_with_errors_is_refused_in_words_and_a_good_one_runs_again(window: Window) -> None:
    engine = window.engine
    engine.run()
    assert window.event(events.Failed).text
    window.load(with_parameter(iris(), "answer", units=5))
    engine.run()
    failed = window.event(events.Failed)
    assert failed.node == "loss"
    assert "3 classes" in failed.text
    window.until(lambda: engine.state == "failed")
    window.idle(iris())
    engine.run()
    assert window.event(events.Finished).reason == "done"


def test_a_run_goes_on_while_its_graph_is_in_pieces(window: Window) -> None:
    engine = window.engine
    document = with_training(iris(), epochs=0)
    window.idle(document)
    engine.run()
    window.until(lambda: engine.status.step > 50)
    window.load(Document(document.nodes, frozenset(), document.training))
    step = engine.status.step
    window.until(lambda: engine.status.step > step + 50)
    assert engine.state == "running"
    engine.pause()
    window.state("paused")
    engine.run()
    assert window.event(events.Failed).text
    window.load(document)
    assert window.state("paused").step > step
    engine.run()
    window.until(lambda: engine.status.step > step + 100)


def test_a_divergence_is_told_and_the_run_rests_before_it(window: Window) -> None:
    engine = window.engine
    window.idle(gallery("digits_autoencoder", optimizer="sgd", learning_rate=60.0, epochs=0))
    engine.run()
    diverged = window.event(events.Diverged)
    assert diverged.node == "autoencoder1"
    window.until(lambda: engine.state == "finished")
    assert only(window.told, events.Finished)[0].reason == "diverged"
    assert engine.status.step == diverged.step - 1
    engine.set_rate(1e-6)
    assert window.state("paused").step == diverged.step - 1
    engine.reset()
    assert window.state("idle").step == 0


def test_only_the_newest_of_many_edits_is_taken(window: Window) -> None:
    window.idle(with_training(iris(), epochs=0))
    window.engine.run()
    window.until(lambda: window.engine.status.step > 10)
    for units in range(4, 40):
        window.load(with_parameter(with_training(iris(), epochs=0), "hidden", units=units))
    window.until(lambda: window.engine.info.layers[0].weight_shape[0] == 39)
    assert len(only(window.told, events.GraphChanged)) < 36
