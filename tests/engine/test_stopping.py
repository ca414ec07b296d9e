"""Early stopping: when it stops, which weights it leaves, and that a run which is cut anywhere stops at the same place."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine import events
from engine.errors import RunProblem
from engine.nodes import CATALOG
from engine.saved_run import SavedRun, save_checkpoint
from engine.settings import TrainingSettings
from engine.stopping import Stopping
from engine.training import Training
from graphs.checks import check
from tests.engine.small_networks import document
from tests.engine.small_runs import exhaust, only, parameters, prepared, trained


def overfitting(**training):
    """Few samples, many weights: the validation loss falls, then rises."""
    nodes = {"d": ("diabetes", {}), "n": ("normalize", {}), "h": ("dense", {"units": 60, "activation": "tanh"}),
             "u": ("dense", {"units": 1}), "e": ("squared_error", {}), "m": ("normalize", {})}
    wires = "d.features>n.x n.x>h.x h.y>u.x u.y>e.prediction d.target>m.x m.x>e.target"
    return document(nodes, wires, **{"epochs": 400, "learning_rate": 0.01, "validation_share": 0.5, "early_stopping": True,
                                     **training})


class Scripted:
    """A machine whose tests give these losses."""

    def __init__(self, losses: list[float]) -> None:
        self.losses, self.step_count = iter(losses), 0

    def evaluate(self, rows: np.ndarray) -> dict[str, float]:
        self.step_count += 1
        return {"loss": next(self.losses)}

    def state(self) -> dict[str, np.ndarray]:
        return {"parameter/w": np.array([self.step_count])}


@pytest.mark.parametrize(("rule", "patience", "losses", "stops", "best"), [
    ("increases", 2, [5, 4, 5, 4.5, 6, 7, 1], 6, 2),
    ("increases", 1, [5, 4, 3, 3.5], 4, 3),
    ("no_improvement", 2, [5, 4, 5, 4.5, 6, 7, 1], 4, 2),
    ("no_improvement", 3, [5, 4, 4, 3, 9, 8, 3], 7, 4),
    ("no_improvement", 2, [5, float("nan"), 4, float("nan"), float("nan")], 5, 3),
])
def test_the_two_rules(rule: str, patience: int, losses: list[float], stops: int, best: int) -> None:
    stopping, machine = Stopping(TrainingSettings(stop_after=rule, patience=patience)), Scripted(losses)
    stopped = next(turn for turn in range(1, 99) if stopping.test(machine, [0], 0.0))  # type: ignore[arg-type]
    assert (stopped, stopping.progress.best_step) == (stops, best)
    assert stopping.best["parameter/w"] == best


@pytest.mark.parametrize("rule", ["increases", "no_improvement"])
def test_the_weights_of_the_lowest_validation_loss_come_back(rule: str) -> None:
    run = prepared(overfitting(stop_after=rule, patience=4))
    found = exhaust(run.advance(every_epoch=True))
    told = only(found, events.StoppedEarly)[0]
    losses = [event.values["validation_loss"] for event in only(found, events.EpochDone)]
    assert len(losses) < 100
    assert told.best_epoch == 1 + int(np.argmin(losses))
    assert run.evaluated().values["validation_loss"] == pytest.approx(min(losses), rel=1e-4)
    assert run.values["validation_loss"] == pytest.approx(min(losses), rel=1e-4)
    assert run.finished


def test_cut_anywhere_and_resumed_it_stops_at_the_same_step_with_the_same_weights(tmp_path: Path) -> None:
    whole = trained(overfitting(patience=4, test_every=5, test_in="steps"))
    run = prepared(overfitting(patience=4, test_every=5, test_in="steps"))
    exhaust(run.advance(whole.machine.step_count - 7))
    save_checkpoint(tmp_path, run)
    saved = SavedRun(tmp_path, CATALOG)
    again = saved.training()
    exhaust(again.prepare())
    assert saved.restore(again) == []
    exhaust(again.advance())
    assert again.stopping.progress == whole.stopping.progress
    assert again.machine.step_count == whole.machine.step_count
    for (key, mine), (_, theirs) in zip(parameters(again), parameters(whole), strict=True):
        assert mine.tobytes() == theirs.tobytes(), key


def test_at_the_end_of_all_epochs_the_best_weights_are_kept_too() -> None:
    run = trained(overfitting(patience=1000, epochs=60))
    assert run.machine.epoch == 60
    assert not run.stopping.progress.stopped
    assert run.values["validation_loss"] == pytest.approx(run.stopping.progress.best, rel=1e-5)


def test_it_may_be_begun_anew() -> None:
    run = trained(overfitting(patience=3))
    steps = run.machine.step_count
    run.reset()
    assert not run.finished
    exhaust(run.advance())
    assert run.machine.step_count == steps


def test_without_a_validation_part_it_says_so() -> None:
    training = Training(check(overfitting(validation_share=0.0), CATALOG))
    with pytest.raises(RunProblem, match="validation part") as raised:
        exhaust(training.prepare())
    assert raised.value.parameter == "validation_share"
