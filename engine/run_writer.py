"""The files of a run, written while it goes on, and what it came to at the end."""

from __future__ import annotations

import csv
import os
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

from engine import checkpoint, own_version
from engine.autosave import Autosave
from engine.events import CheckpointSaved, EpochDone, Event, Finished
from engine.run_folder import FORMAT, GRAPH, METRICS, RUN, save_facts
from engine.run_info import named_values
from engine.saved_run import save_checkpoint, save_weights
from engine.training import Training
from graphs import storage

DIGITS = 9  # enough to tell any two float32 apart


def open_run(path: Path, training: Training, base: Path, *, resumed: bool = False) -> RunWriter:
    """Begins to write a run. What an earlier run left here goes away, unless this one goes on with it."""
    path.mkdir(parents=True, exist_ok=True)
    if not resumed:
        for name in (METRICS, RUN, checkpoint.WEIGHTS, checkpoint.CHECKPOINT, checkpoint.PREVIOUS):
            (path / name).unlink(missing_ok=True)
    storage.save(training.built.checked.document, path / GRAPH)
    return RunWriter(path, training, base, resumed=resumed)


class RunWriter:
    """Writes what a training reports: metrics as they come, a checkpoint every few seconds, the rest at the end."""

    def __init__(self, path: Path, training: Training, base: Path, *, resumed: bool) -> None:
        self.path, self.training, self.base = path, training, base
        keys = [(channel.quantity, channel.node) for channel in training.built.assembly.epoch_channels]
        self.names = list(named_values(keys, [0.0] * len(keys)))
        self._staged = len(training.course.stages) > 1
        self._metrics = self._open_metrics(resumed=resumed)
        self._rows = csv.writer(self._metrics, lineterminator="\n")
        if self._metrics.tell() == 0:
            self._rows.writerow(["epoch", "step", *(["stage"] if self._staged else []), *self.names])
        self._autosave = Autosave(path)
        self._autosave.begin(training.machine.step_count)
        self._reason = ""
        write_facts(path, training, base)

    def _open_metrics(self, *, resumed: bool) -> TextIO:
        """The file of metrics with the rows of epochs that are done; later ones belong to a past that is undone."""
        path = self.path / METRICS
        kept: list[str] = []
        if resumed and path.exists():
            lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
            done = self.training.machine.epoch
            kept = [line for line in lines if not line[:1].isdigit() or int(line.partition(",")[0]) <= done]
        file = path.open("w", encoding="utf-8", newline="")
        file.writelines(kept)
        return file

    def take(self, event: Event) -> None:
        """Writes what this event brings."""
        training = self.training
        if isinstance(event, EpochDone):
            figures = [f"{event.values[name]:.{DIGITS}g}" if name in event.values else "" for name in self.names]
            stage = [training.course.place + 1] if self._staged else []
            self._rows.writerow([event.epoch, event.step, *stage, *figures])
        elif isinstance(event, Finished):
            self._reason = event.reason

    def between(self) -> Event | None:
        """Saves a checkpoint if one is due; says so if that fails. For the time between two chunks of steps."""
        event = self._autosave.save_if_due(self.training)
        if isinstance(event, CheckpointSaved):
            self._metrics.flush()
        return event

    def close(self) -> None:
        """Writes checkpoint, weights and facts of the run as it stands."""
        self._metrics.close()
        save_checkpoint(self.path, self.training)
        save_weights(self.path / checkpoint.WEIGHTS, self.training)
        write_facts(self.path, self.training, self.base, self._reason)


def write_facts(folder: Path, training: Training, base: Path, reason: str = "") -> None:
    """Writes `run.json`."""
    save_facts(folder, facts_of(training, reason), base)


def facts_of(training: Training, reason: str = "") -> dict[str, Any]:
    """What `run.json` holds, but for the folder where relative paths start."""
    built, machine = training.built, training.machine
    return {
        "format": FORMAT,
        "version": 1,
        "settings": built.checked.training.model_dump(mode="json"),
        "stages": [{"title": stage.title, "step": stage.step, "epoch": stage.epoch} for stage in training.course.infos],
        "seed": training.seed,
        "reason": reason,
        "epochs": machine.epoch,
        "steps": machine.step_count,
        "seconds": round(training.seconds, 6),
        "figures": training.values,
        "parameters": built.network.parameter_count,
        "train_rows": len(built.dataset.train),
        "validation_rows": len(built.dataset.validation),
        "test_rows": len(built.dataset.test),
        "data": built.dataset.digest,
        "versions": {"hourglass": own_version(), "python": platform.python_version()},
        "machine": checkpoint.fingerprint(),
        "threads": os.cpu_count(),
    }


def result(training: Training, name: str, finished: Finished | None) -> dict[str, Any]:
    """The run in one object: what `--json` prints. Figures that do not apply are None."""
    values = training.values

    def either(quantity: str) -> float | None:
        return values.get(f"validation_{quantity}", values.get(f"train_{quantity}"))

    seconds = training.seconds
    return {
        "graph": name,
        "epochs": training.machine.epoch,
        "steps": training.machine.step_count,
        "seconds": round(seconds, 6),
        "train_loss": values.get("train_loss"),
        "validation_loss": values.get("validation_loss"),
        "accuracy": either("accuracy"),
        "mean_squared_error": either("mean_squared_error"),
        "train_accuracy": values.get("train_accuracy"),
        "train_mean_squared_error": values.get("train_mean_squared_error"),
        **{f"test_{figure}": values.get(f"test_{figure}") for figure in ("loss", "accuracy", "mean_squared_error")},
        "seed": training.seed,
        "parameters": training.built.network.parameter_count,
        "train_rows": len(training.built.dataset.train),
        "validation_rows": len(training.built.dataset.validation),
        "test_rows": len(training.built.dataset.test),
        "reason": finished.reason if finished else "",
        "goals": [goal_reached(goal, values) for goal in training.built.checked.document.goals],
    }


def goal_reached(goal: Mapping[str, Any], values: Mapping[str, float]) -> dict[str, Any]:
    """A goal with the figure that was measured, and whether it was reached (None: it was not measured)."""
    value, bound = values.get(str(goal.get("metric"))), goal.get("bound")
    reached = None
    if value is not None and isinstance(bound, int | float):
        reached = value >= bound if goal.get("direction") == "at_least" else value <= bound
    return {**goal, "value": value, "reached": reached}
