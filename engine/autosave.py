"""Checkpoints of a run while it goes on: every few seconds, never at more than a small share of training's time."""

from __future__ import annotations

import math
import time
from pathlib import Path

from engine.events import CheckpointSaved, Event, Note
from engine.saved_run import save_checkpoint
from engine.training import Training
from graphs.language import tr

SECONDS = 2.0  # between two checkpoints
SHARE = 0.01  # of training's time


class Autosave:
    """Saves the present run into one folder when it is due and something has happened."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._step = 0  # what is saved, or not worth saving
        self._next = math.inf
        self._complained = False

    def begin(self, step: int) -> None:
        """Another run, or the same one at another step: nothing of it is lost yet."""
        self._step, self._next = step, time.perf_counter() + SECONDS

    def save_if_due(self, training: Training) -> Event | None:
        """Saves now and then. Returns what the window should know."""
        step, now = training.machine.step_count, time.perf_counter()
        if step == self._step or now < self._next:
            return None
        try:
            path = save_checkpoint(self._folder, training)
        except OSError as error:
            self._next = time.perf_counter() + SECONDS
            if self._complained:
                return None
            self._complained = True
            return Note(tr("The run cannot be saved as it goes on: {why}.", why=error.strerror or error))
        after = time.perf_counter()
        self._step, self._complained = step, False
        self._next = after + max(SECONDS, (after - now) / SHARE)
        return CheckpointSaved(str(path), step)
