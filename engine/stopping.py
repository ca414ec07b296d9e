"""Early stopping (早期終了, O12): tests on the validation part, the best weights so far, and when to give up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from engine.executor import Machine
from engine.settings import TrainingSettings

if TYPE_CHECKING:
    from collections.abc import Sequence

Tensors = Mapping[str, np.ndarray]


@dataclass
class Progress:
    """What is known after some tests: numbers that a checkpoint holds as they are."""

    tests: int = 0
    last: float | None = None
    best: float | None = None
    best_step: int = 0
    best_epoch: float = 0.0
    bad: int = 0  # tests in a row that speak for stopping
    over: bool = False
    stopped: bool = False  # before all epochs were done


@dataclass
class Stopping:
    """Watches over one training. Tests fall on whole epochs or whole numbers of steps, however the run is cut."""

    settings: TrainingSettings
    progress: Progress = field(default_factory=Progress)
    best: dict[str, np.ndarray] = field(default_factory=dict)  # weights and buffers at the best test

    @property
    def on(self) -> bool:
        """Whether the settings ask for it, and it is not over yet."""
        return self.settings.early_stopping and not self.progress.over

    def steps_left(self, machine: Machine, per_epoch: int) -> int:
        """Steps until the next test."""
        every = self.settings.test_every
        if self.settings.test_in == "steps":
            return every - machine.stage_steps % every
        here = -(-machine.cursor // machine.assembly.batch)
        return (every - machine.stage_epochs % every) * per_epoch - here

    def due(self, machine: Machine) -> bool:
        """Whether a test falls on this very step."""
        if not self.on or machine.stage_steps == 0:
            return False
        if self.settings.test_in == "steps":
            return machine.stage_steps % self.settings.test_every == 0
        return machine.cursor == 0 and machine.stage_epochs % self.settings.test_every == 0

    def test(self, machine: Machine, rows: Sequence[int] | np.ndarray, epoch: float) -> bool:
        """Tests the present weights on these rows. Returns whether it is time to stop."""
        found = machine.evaluate(np.asarray(rows))
        value = found.get("loss_without_penalties", found.get("loss", np.nan))
        now = self.progress
        now.tests += 1
        better = now.best is None or value < now.best
        worse = now.last is not None and value > now.last
        if better:
            now.best, now.best_step, now.best_epoch = value, machine.step_count, epoch
            self.best = learned(machine)
        bad = worse if self.settings.stop_after == "increases" else not better
        now.bad, now.last = now.bad + 1 if bad else 0, value
        return now.bad >= self.settings.patience

    def finish(self, machine: Machine, *, stopped: bool) -> None:
        """Puts the best weights back: there is nothing more to train."""
        self.progress.over, self.progress.stopped = True, stopped
        if self.best:
            machine.restore({**machine.state(), **self.best})

    def tensors(self) -> dict[str, np.ndarray]:
        """The best weights as a checkpoint holds them."""
        return {f"best/{key}": array for key, array in self.best.items()}

    def restore(self, progress: Progress, tensors: Tensors) -> None:
        """Goes on from what a checkpoint holds."""
        self.progress = progress
        self.best = {key.removeprefix("best/"): array for key, array in tensors.items() if key.startswith("best/")}


def learned(machine: Machine) -> dict[str, np.ndarray]:
    """What a network has learned: weights and buffers, as copies."""
    return {key: array for key, array in machine.state().items() if key.startswith(("parameter/", "buffer/"))}
