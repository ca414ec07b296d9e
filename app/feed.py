"""What the views read while a network trains: the run, its history, the newest frame; and what they want watched.

The feed holds no views and knows no process: it reads from a `Source` (the engine's handle, or a finished run) when
`refresh` is called, and hands out snapshots. Whatever is asked for twice between two refreshes is read once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
from PySide6.QtCore import QObject, Signal

from engine.commands import Inquiry, LookAround, Probe
from engine.events import Answer, Diverged, LookedAround, Probed, RunInfo, StoppedEarly
from engine.frames import Frame
from engine.stages import present_since
from engine.telemetry import Series

KEPT_RUNS = 7  # earlier runs that stay for comparison: with the present one as many as there are run colours
KEPT_VALUES = 16384  # of each array at epoch 0: enough for a histogram


class Source(Protocol):
    """What the feed reads from."""

    def steps(self) -> Series: ...

    def epochs(self) -> Series: ...

    def frame(self) -> Frame | None: ...

    def watch(self, keys: Iterable[str]) -> None: ...

    def probe(self, sample: Probe) -> None: ...

    def look_around(self, order: LookAround) -> None: ...

    def inquire(self, order: Inquiry) -> None: ...


@dataclass(frozen=True, slots=True)
class PastRun:
    """An earlier run of this session: what was different, its epochs, and where its last stage began."""

    title: str
    epochs: Series
    since: float = 0.0


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the run stands. `epochs` is how many are wanted (0: endless)."""

    state: str = "idle"
    step: int = 0
    epoch: float = 0.0
    epochs: int = 0
    steps_per_second: float = 0.0
    seconds_left: float | None = None
    watching_cost: float = 0.0

    @property
    def moving(self) -> bool:
        return self.state in ("running", "preparing")


@dataclass(slots=True)
class _Snapshots:
    """What has been read since the last refresh."""

    steps: Series | None = None
    epochs: Series | None = None
    frame: Frame | None = None
    frame_read: bool = False


@dataclass(slots=True)
class _Firsts:
    """Thinned arrays as they were in epoch 0 of this run."""

    arrays: dict[str, np.ndarray] = field(default_factory=dict)
    step: int = -1


class Feed(QObject):
    """The live side of a document: one for all views of a window."""

    moved = Signal()  # there may be new numbers; at most 30 times a second
    run_changed = Signal()  # another run: layers, outputs, names may be different
    watched_changed = Signal()
    asked = Signal()  # for something that will be answered soon

    def __init__(self, source: Source | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.source = source
        self.run: RunInfo | None = None
        self.status = Progress()
        self.diverged: Diverged | None = None
        self.stopped: StoppedEarly | None = None  # the present run, before its last epoch
        self.title = ""  # what this run is called beside others
        self.past: list[PastRun] = []
        self.probed: dict[str, Probed] = {}  # the newest answer for each asker
        self.answers: dict[str, Answer] = {}  # to inquiries, the newest for each asker
        self.around: LookedAround | None = None  # the loss around the weights, the newest answer
        self._wanted: dict[str, frozenset[str]] = {}
        self._watched: frozenset[str] = frozenset()
        self._now, self._firsts = _Snapshots(), _Firsts()
        self._before = PastRun("", Series())  # this run as it was at the last refresh

    # reading

    def steps(self) -> Series:
        """History by step, decimated."""
        if self._now.steps is None:
            self._now.steps = self.source.steps() if self.source and self.run else Series()
        return self._now.steps

    def epochs(self) -> Series:
        """History by epoch, decimated."""
        if self._now.epochs is None:
            self._now.epochs = self.source.epochs() if self.source and self.run else Series()
        return self._now.epochs

    @property
    def frame(self) -> Frame | None:
        """The newest snapshot for pictures."""
        if not self._now.frame_read:
            self._now.frame_read = True
            self._now.frame = self.source.frame() if self.source and self.run else None
            if self._now.frame is not None:
                self._remember_first(self._now.frame)
        return self._now.frame

    def array(self, key: str) -> np.ndarray | None:
        """One watched array of the newest frame."""
        frame = self.frame
        return None if frame is None else frame.arrays.get(key)

    def first(self, key: str) -> np.ndarray | None:
        """Values of a watched array in epoch 0, thinned; None when nobody watched it then."""
        return self._firsts.arrays.get(key)

    # driving

    def refresh(self) -> None:
        """New numbers may be there: forgets the old snapshots and tells the views."""
        self._now = _Snapshots()
        self._keep_if_restarted()
        self.moved.emit()

    def show_run(self, run: RunInfo | None) -> None:
        """Another network, or the same compiled anew."""
        self.run = run
        self._now, self._firsts = _Snapshots(), _Firsts()
        self.run_changed.emit()
        self._send_watched()

    def show_status(self, **values: object) -> None:
        """Replaces what is known of the progress."""
        self.status = replace(self.status, **values)  # type: ignore[arg-type]
        if self.status.step < self._firsts.step:
            self._firsts = _Firsts()

    # watching

    def watch(self, owner: str, keys: Iterable[str]) -> None:
        """What this view wants in frames from now on; earlier wishes of it are forgotten."""
        keys = frozenset(keys)
        if keys != self._wanted.get(owner, frozenset()):
            self._wanted[owner] = keys
            self._send_watched()

    def unwatch(self, owner: str) -> None:
        """This view wants nothing any more."""
        if self._wanted.pop(owner, None):
            self._send_watched()

    @property
    def watched(self) -> frozenset[str]:
        """Everything that any view wants."""
        return frozenset().union(*self._wanted.values())

    def _send_watched(self) -> None:
        wanted = self.watched
        if self.source is not None and self.run is not None and wanted != self._watched:
            self._watched = wanted
            self.source.watch(sorted(wanted))
            self.watched_changed.emit()

    # new samples

    def probe(self, sample: Probe) -> None:
        """Asks what the network makes of a new sample; the answer comes to be read in `probed`."""
        if self.source is not None and self.run is not None:
            self.source.probe(sample)
            self.asked.emit()

    def look_around(self, order: LookAround) -> None:
        """Asks for the loss around the present weights; answers come to be read in `around`."""
        if self.source is not None and self.run is not None:
            self.source.look_around(order)
            self.asked.emit()

    def inquire(self, order: Inquiry) -> None:
        """Asks about the present network; the answer comes to be read in `answers`, in pieces where it takes long."""
        if self.source is not None and self.run is not None:
            self.source.inquire(order)
            self.asked.emit()

    def take(self, answer: Probed | Answer | LookedAround) -> None:
        """The answer has come."""
        if isinstance(answer, LookedAround):
            self.around = answer
        elif isinstance(answer, Probed):
            self.probed[answer.asker] = answer
        else:
            self.answers[answer.asker] = answer

    # keeping

    def _remember_first(self, frame: Frame) -> None:
        if frame.step < self._firsts.step:
            self._firsts = _Firsts()
        self._firsts.step = frame.step
        if frame.epoch >= 1:
            return
        for key, array in frame.arrays.items():
            if key not in self._firsts.arrays and not key.startswith(("map:", "check:", "train:", "strongest:")):
                stride = max(1, -(-array.size // KEPT_VALUES))
                self._firsts.arrays[key] = np.array(array.reshape(-1)[::stride])

    def _keep_if_restarted(self) -> None:
        """A history that has become shorter belongs to a new run: what it was is kept for comparison."""
        if not self.source or not self.run:
            return
        now, before = self.epochs(), self._before
        if len(before.epochs) and (not len(now) or now.epoch[-1] < before.epochs.epoch[-1]):
            self.past = [*self.past, replace(before, title=self.title)][-KEPT_RUNS:]
        self._before = PastRun("", now, present_since(self.run.stages))

    def forget(self) -> None:
        """Another document: nothing of the old one is left."""
        self.past, self._before, self.diverged, self.stopped = [], PastRun("", Series()), None, None
        self.probed.clear()
        self.answers.clear()
        self.around = None
        self.status = Progress()
        self.show_run(None)
        self.moved.emit()
