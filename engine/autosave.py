"""Checkpoints of a run while it goes on: every few seconds, never at more than a small share of training's time."""

from __future__ import annotations

import math
import time
from pathlib import Path

from engine.events import CheckpointSaved, Event, Note
from engine.ops.primitive import Region
from engine.saved_run import save_checkpoint
from engine.training import Training
from graphs.language import tr

SECONDS = 2.0  # between two checkpoints
SHARE = 0.01  # of training's time
LARGEST = 256 << 20  # bytes: writing more would hold the training up for seconds


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
            if (size := _bytes(training)) > LARGEST:
                return self._complaint(tr("its {size} MB would hold it up", size=round(size / 1e6)))
            path = save_checkpoint(self._folder, training)
        except OSError as error:
            return self._complaint(str(error.strerror or error))
        after = time.perf_counter()
        self._step, self._complained = step, False
        self._next = after + max(SECONDS, (after - now) / SHARE)
        return CheckpointSaved(str(path), step)

    def _complaint(self, why: str) -> Note | None:
        """Said once, until it works again."""
        self._next = time.perf_counter() + SECONDS
        if self._complained:
            return None
        self._complained = True
        return Note(tr("The run cannot be saved as it goes on: {why}.", why=why))


def _bytes(training: Training) -> int:
    """The size of a checkpoint, but for small change."""
    regions = training.machine.regions
    return sum(regions[region].nbytes for region in (Region.PARAMETERS, Region.STATE, Region.BUFFERS)
               if region in regions)  # fmt: skip
