"""Runs, pauses and steps the training of the document on screen, and keeps the engine's graph and the document's alike.

The controller owns the handle on the training process and the one timer that feeds all views: 30 times a second while
something moves, four times while nothing does. When the process dies the document and the views stay as they are; the
user is told, and `restart` goes on at the last checkpoint.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from PySide6.QtCore import QObject, QTimer, Signal

from app.feed import Feed, Source
from app.graph_model import GraphModel
from app.training.run_names import run_title
from engine import events
from engine.commands import Pace, Walk
from engine.remote import Engine
from engine.shared_memory import Status
from graphs import edits
from graphs.document import Document
from graphs.language import tr
from graphs.storage import dumps

FRAME_MS, IDLE_MS = 33, 250
SETTLE = 1.0  # seconds after a command in which answers are looked for at frame rate
EDIT_MS = 120  # edits closer than this are sent as one
LARGEST_SEED = 2**31 - 1


class EngineLike(Source, Protocol):
    """`engine.remote.Engine`, as far as the controller uses it."""

    alive: bool
    status: Status

    def start(self) -> None: ...
    def close(self) -> None: ...
    def poll(self) -> list[events.Event]: ...
    def restart(self) -> None: ...
    def load(self, document: bytes, folder: Path | str | None = None, keep_weights: bool = True) -> None: ...
    def run(self) -> None: ...
    def pause(self) -> None: ...
    def step(self) -> None: ...
    def stop(self) -> None: ...
    def reset(self) -> None: ...
    def set_seed(self, seed: int | None) -> None: ...
    def set_rate(self, value: float) -> None: ...
    def set_pace(self, pace: Pace) -> None: ...
    def evaluate(self) -> None: ...
    def walk(self, order: Walk) -> None: ...


def _trained_part(document: Document) -> tuple[object, ...]:
    """What of a document matters to training: not where nodes stand, nor what they are called."""
    nodes = tuple((node.id, node.type, node.parameters, node.bypassed) for node in document.nodes.values())
    return nodes, document.wires, document.training


class RunController(QObject):
    """The run of one window."""

    state_changed = Signal(str)  # idle, preparing, running, paused, finished, failed
    ticked = Signal()
    event = Signal(object)  # engine.events.Event, after the controller has acted on it
    refused = Signal(object)  # the graphs.problems.Problem that keeps the graph from running

    def __init__(self, model: GraphModel, feed: Feed | None = None, engine: EngineLike | None = None,
                 parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.model = model
        self.engine: EngineLike = engine if engine is not None else Engine()
        self.feed = feed if feed is not None else Feed(self.engine, self)
        self.feed.source = self.engine
        self.state: events.State = "idle"
        self.pace: Pace = "lesson"
        self.preparing: events.Preparing | None = None
        self.lost: events.WorkerLost | None = None  # the process died and has not been restarted
        self.started = False
        self.stale = False  # the document has problems: the engine still has the last graph without
        self._sent: Document | None = None
        self._keep_weights = False
        self._busy_until = 0.0
        self._seen: tuple[object, ...] = ()
        self._held: tuple[object, ...] = ()  # keeps snapshots alive, so that ids of new ones differ
        self._runs, self._run_before, self._in_run = 0, None, False
        self._timer = QTimer(self, interval=IDLE_MS)
        self._timer.timeout.connect(self.tick)
        self._edit_timer = QTimer(self, singleShot=True, interval=EDIT_MS)
        self._edit_timer.timeout.connect(self.send_graph)
        model.checked_changed.connect(self._edited)
        model.replaced.connect(self._replaced)
        self.feed.watched_changed.connect(self._expect_answer)
        self.feed.asked.connect(self._expect_answer)

    # the process

    def start(self) -> None:
        """Starts the training process and sends it the document. Returns at once."""
        if self.started:
            return
        self.started = True
        self.engine.start()
        self.engine.set_pace(self.pace)
        self._timer.start()
        self.send_graph()

    def close(self) -> None:
        """Ends the training process."""
        self._timer.stop()
        self._edit_timer.stop()
        if self.started:
            self.started = False
            self.engine.close()

    def restart(self) -> None:
        """After the process has died: a new one, at the last checkpoint, paused."""
        self.lost = None
        self.engine.restart()
        self._expect_answer()
        self._show_state("preparing")

    # what the user does

    def run(self) -> None:
        """Trains, or goes on."""
        if self._ready():
            self._begin()
            self.engine.run()

    def pause(self) -> None:
        """Rests after the present step."""
        self._command(self.engine.pause)

    def toggle(self) -> None:
        """Runs or pauses."""
        (self.pause if self.state == "running" else self.run)()

    def step(self) -> None:
        """One mini-batch, then rests."""
        if self._ready():
            self._begin()
            self.engine.step()

    def stop(self) -> None:
        """Ends the run and keeps what was learned."""
        self._command(self.engine.stop)

    def reset(self) -> None:
        """Back to the same first weights."""
        if self._ready():
            self._in_run = False
            self.feed.diverged = self.feed.stopped = None
            self.engine.reset()

    def new_seed(self, seed: int | None = None) -> None:
        """Other first weights: a new seed in the document, which can be undone."""
        chosen = random.randrange(LARGEST_SEED) if seed is None else seed
        self.model.apply(tr("New seed"), edits.set_training(self.model.document, "seed", chosen))
        self.send_graph()

    def set_rate(self, value: float) -> None:
        """Another learning rate, at once, also in the document."""
        after = edits.set_training(self.model.document, "learning_rate", value)
        self.model.apply(tr("Set learning rate"), after, merge="training.learning_rate")
        self.send_graph()

    def set_pace(self, pace: Pace) -> None:
        """Steps a second, "lesson", or None for full speed."""
        self.pace = pace
        if self.started:
            self._command(lambda: self.engine.set_pace(pace))

    def evaluate(self) -> None:
        """Asks for the numbers of training and validation data now."""
        self._command(self.engine.evaluate)

    def walk(self, order: Walk) -> bool:
        """Asks for the next mini-batch in slow motion; the answer is an event. False when the graph has problems."""
        if not self._ready():
            return False
        self._command(lambda: self.engine.walk(order))
        return True

    def _command(self, send: Callable[[], None]) -> None:
        if self.started and self.lost is None:
            self._expect_answer()
            send()

    def _ready(self) -> bool:
        """Whether a run can be asked for; says why not otherwise. Starts or restarts the process where needed."""
        self.start()
        if self.lost is not None:
            self.restart()
        self.send_graph()
        self._expect_answer()
        checked = self.model.checked
        problems = checked.errors if self.model.document.nodes else checked.problems
        if problems:
            self.refused.emit(problems[0])
        return not problems

    def _begin(self) -> None:
        """A run begins unless one is going on."""
        self.feed.diverged = self.feed.stopped = None
        if self.state == "finished" or not self._in_run:
            self._in_run = True
            self._runs += 1
            document = self.model.document
            self.feed.title = run_title(self._runs, self._run_before, document, self.model.catalog)
            self._run_before = document

    # the document

    def _edited(self, *_: object) -> None:
        self.stale = bool(self.model.checked.errors)
        if self.started:
            self._edit_timer.start()

    def _replaced(self) -> None:
        """Another document: nothing of the old run is kept."""
        self._sent, self._keep_weights = None, False
        self._runs, self._run_before, self._in_run = 0, None, False
        self.feed.forget()
        if self.started and self.lost is None:
            self._command(self.engine.stop)
        self._show_state("idle")
        self.send_graph()

    def send_graph(self) -> None:
        """Sends the document if training would notice the difference. One with problems waits: the last good one
        goes on."""
        self._edit_timer.stop()
        document = self.model.document
        if not self.started or self.lost is not None or self.model.checked.errors or not document.nodes:
            return
        before = self._sent
        if before is not None and _trained_part(before) == _trained_part(document):
            return
        self._sent = document
        self._expect_answer()
        if before is not None and self._only_rate_differs(before, document):
            self.engine.set_rate(self._setting(document, "learning_rate"))
            return
        self.engine.load(dumps(document), self.model.folder, self._keep_weights)
        self._keep_weights = True
        if before is not None and self._setting(before, "seed") != self._setting(document, "seed"):
            self._in_run = False
            self.engine.set_seed(None)  # the document's own, from step 0

    def _only_rate_differs(self, before: Document, after: Document) -> bool:
        rate = self._setting(after, "learning_rate")
        return (isinstance(rate, (int, float)) and rate != self._setting(before, "learning_rate")
                and _trained_part(edits.set_training(before, "learning_rate", rate))
                == _trained_part(edits.set_training(after, "learning_rate", rate)))

    def _setting(self, document: Document, name: str) -> Any:
        settings = self.model.catalog.training
        default = settings.default(name, document.training) if name in settings.model_fields else None
        return document.training.get(name, default)

    # time

    def _expect_answer(self) -> None:
        """Something is coming: look at frame rate for a while."""
        self._busy_until = time.monotonic() + SETTLE
        if self._timer.isActive() and self._timer.interval() != FRAME_MS:  # setting it begins the interval anew
            self._timer.setInterval(FRAME_MS)

    def tick(self) -> None:
        """Takes what has come from the engine and lets the views see it."""
        arrived = self.engine.poll()
        for event in arrived:
            self._take(event)
        moved = self._read_status()
        if moved or arrived:
            self.feed.refresh()
        wanted = FRAME_MS if self.moving else IDLE_MS
        if self._timer.interval() != wanted:
            self._timer.setInterval(wanted)
        if moved or arrived:
            self.ticked.emit()

    @property
    def moving(self) -> bool:
        """Whether numbers may change at any moment."""
        return self.state in ("running", "preparing") or time.monotonic() < self._busy_until

    def _read_status(self) -> bool:
        """Reads where the run is; whether anything is new since the last time."""
        status = self.engine.status
        left = status.seconds_left
        self.feed.show_status(state=self.state, step=status.step, epoch=status.epoch,
                              steps_per_second=status.steps_per_second if self.state == "running" else 0.0,
                              seconds_left=left if left == left and self.state == "running" else None,
                              watching_cost=status.watching_cost)
        snapshots = (self.engine.steps(), self.engine.epochs(), self.engine.frame())  # old ones while nothing is new
        now = (status, self.state, *map(id, snapshots))
        new = now != self._seen
        self._seen, self._held = now, snapshots
        return new

    def _take(self, event: events.Event) -> None:
        match event:
            case events.Preparing():
                self.preparing = event
            case events.Compiled(run):
                self.preparing = None
                self.feed.show_status(epochs=run.epochs)
                self.feed.show_run(run)
            case events.StateChanged(state):
                self._show_state(state)
            case events.Diverged():
                self.feed.diverged = event
            case events.StoppedEarly():
                self.feed.stopped = event
            case events.Probed() | events.Answer() | events.LookedAround():
                self.feed.take(event)
            case events.WorkerLost():
                self.lost = event
                self._show_state("failed")
            case _:
                pass
        self.event.emit(event)

    def _show_state(self, state: events.State) -> None:
        if state != "preparing":
            self.preparing = None
        if state != self.state:
            self.state = state
            self.feed.show_status(state=state)
            self.state_changed.emit(state)
