"""What the training process does with the window's commands: one document, one run, its states."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path

from engine import commands, events, probes, telemetry
from engine.autosave import Autosave
from engine.budget import SLICE_SHARE, FrameBudget
from engine.built import refuse_errors
from engine.controls import Controls
from engine.data.half import check_with_data
from engine.data.reporting import DataCancelled, reporting
from engine.errors import HourglassError, RunProblem
from engine.events import Event
from engine.inquiries import ORDERS, Inquiries
from engine.loss_slice import PIECE, LossSlice
from engine.nodes import CATALOG
from engine.run_info import same_work
from engine.saved_run import SavedRun
from engine.shared_memory import ControlBlock, Status, attach, detach
from engine.telemetry import HistoryArrays
from engine.training import Training
from engine.walk_numbers import Walks
from engine.watching import FrameMaker
from engine.worker import Link
from graphs import storage
from graphs.checks import Checked
from graphs.language import tr

IDLE_SECONDS = 0.5  # between two heartbeats when there is nothing to do
TICK = 1 / 30  # seconds between two events that only show progress
NEWER = (commands.Load, commands.Restore)  # commands that make the preparation of a document pointless
GIVE_UP = (commands.Stop, commands.Close, *NEWER)
SILENT_SECONDS = 0.3  # the reading of data is not worth a word before


class Session:
    """Carries out commands, one after the other, and trains while the state is `running`."""

    def __init__(self, link: Link, controls: Controls, block: ControlBlock, folder: str) -> None:
        self._link, self._controls, self._block = link, controls, block
        self._segments: dict[str, SharedMemory] = {}
        self._retired: list[SharedMemory] = []
        self._frames = FrameMaker(lambda size: self._segment("frames", size))
        self._autosave = Autosave(Path(folder))
        self._training: Training | None = None
        self._slice: LossSlice | None = None  # a look around that is not done
        self._slice_budget = FrameBudget(most=SLICE_SHARE)
        self._walks = Walks()
        self._inquiries = Inquiries(self._tell)
        self._wanted: tuple[Checked, Path | None] | None = None  # the newest document
        self._state: events.State = "idle"
        self._goal: int | None = None  # the step after which to rest
        self._over = False  # the run has ended: the next one begins anew
        self._seed: int | None = None
        self._pace: commands.Pace = None
        self._keys: tuple[str, ...] = ()
        self._epoch_done: events.EpochDone | None = None  # waits until it is time to tell
        self._told = -math.inf
        self._unread: commands.Load | None = None  # a document whose data were given up
        self._hear_from, self._preparing = 0.0, False  # when reading is told next; the window thinks that we prepare

    def serve(self) -> None:
        """Until the window closes or is gone."""
        self._link.send(commands.Ready())
        while True:
            self._block.beat()
            if self._state == "running" and self._controls.peek() is None:
                self._train()
            order = self._controls.take(self._patience())
            self._controls.seen()
            if isinstance(order, commands.Close):
                break
            try:
                if order is not None:
                    self._attend(order)
            except HourglassError as problem:
                self._fail(problem)
            if self._state != "running":
                self._look_around()
                self._inquiries.tell_found()
            self._save()
        self._forget_run()
        self._retired += self._segments.values()
        self._release()

    def _patience(self) -> float:
        """Seconds to wait for an order while there is nothing else to do."""
        if self._state == "running" or self._slice is not None:
            return 0.0
        return TICK if self._inquiries.busy else IDLE_SECONDS

    def _fail(self, problem: HourglassError) -> None:
        failed = events.Failed(problem.text)
        if isinstance(problem, RunProblem):
            cures = tuple((cure.text, *cure.sets) for cure in problem.cures if cure.sets)
            failed = events.Failed(problem.text, problem.node, problem.parameter, cures)
        self._tell(failed)
        self._become("failed")

    def _attend(self, order: commands.Command) -> None:
        """Carries out an order, and tells how far data are that must be read for it."""
        self._hear_from, self._preparing = time.perf_counter() + SILENT_SECONDS, False
        try:
            with reporting(self._hear):
                self._carry_out(order)
        except DataCancelled:
            if isinstance(order, commands.Load):
                self._unread = order
            self._become(self._state if self._training is not None else "idle")
        else:
            if self._preparing:
                self._become(self._state)

    def _hear(self, done: int, total: int, what: str) -> bool:
        """Data are being read. Whether to give that up."""
        self._block.beat()
        now = time.perf_counter()
        if now > self._hear_from:
            self._hear_from = now + TICK
            if not self._preparing and self._state != "preparing":
                self._preparing = True
                self._tell(events.StateChanged("preparing"))
            self._tell(events.Preparing(done, total, what))
        return self._controls.waits(GIVE_UP)

    # Commands

    def _carry_out(self, order: commands.Command) -> None:
        if isinstance(order, commands.Load):
            self._load(order)
        elif isinstance(order, commands.Restore):
            self._restore(order)
        elif isinstance(order, commands.Run):
            self._start(None)
        elif isinstance(order, commands.Step):
            self._start(1)
        elif isinstance(order, commands.SetSeed):
            self._seed = order.seed
            self._reset()
        elif isinstance(order, commands.SetPace):
            self._pace = order.pace
            if self._training is not None:
                self._training.set_pace(order.pace)
        elif isinstance(order, commands.Watch):
            self._keys = order.keys
            self._frames.watch(order.keys, self._training)
        elif self._training is not None:
            self._for_the_run(order, self._training)

    def _for_the_run(self, order: commands.Command, training: Training) -> None:
        if isinstance(order, commands.Reset):
            self._reset()
        elif isinstance(order, commands.SetRate):
            self._tell(training.set_rate(order.value))
            self._wake_up()
        elif isinstance(order, commands.Evaluate):
            self._tell(training.evaluated())
        elif isinstance(order, commands.Probe):
            self._tell(probes.answer(training.built, order))
        elif isinstance(order, commands.LookAround):
            self._slice = LossSlice(training, order)
        elif isinstance(order, commands.Walk):
            self._tell(self._walks.answer(training, order, lambda done, total: self._hear(done, total, "")))
        elif isinstance(order, ORDERS):
            self._inquiries.take(order, training)
        elif isinstance(order, commands.Pause) and self._state == "running":
            self._become("paused")
        elif isinstance(order, commands.Stop) and self._state in ("running", "paused"):
            self._follow(training.end("stopped"))

    def _load(self, order: commands.Load) -> None:
        if isinstance(self._controls.peek(), commands.Load):
            return  # a newer one is behind it
        self._unread = None
        folder = Path(order.folder) if order.folder else None
        try:
            checked = check_with_data(storage.loads(order.document), CATALOG, folder)
        except storage.Unreadable as error:
            raise RunProblem(str(error)) from error
        before, self._wanted = self._wanted, (checked, folder)
        training = self._training if order.keep_weights else None
        if checked.errors:
            if training is None:
                self._forget_run()
                self._become("idle")
            return  # a run that goes on is not disturbed by a graph that is being edited
        if training is None:
            self._prepare()
        elif before is not None and before[1] == folder and same_work(before[0], checked):
            return
        elif training.machine.step_count > 0 or self._state == "running":
            self._follow(training.take(checked, folder))
            self._wake_up()
        else:
            self._prepare()

    def _prepare(self, saved: SavedRun | None = None) -> bool:
        """Builds a run from the newest document, or from a saved run. False when something newer came between."""
        assert self._wanted is not None
        self._forget_run()
        refuse_errors(self._wanted[0])
        seed = self._seed if saved is None else saved.facts.seed
        training = Training(*self._wanted, seed=seed, controls=self._controls, provide=self._provide)
        self._become("preparing")
        for event in training.prepare():
            self._block.beat()
            if self._controls.waits(GIVE_UP if saved is None else (commands.Stop, commands.Close)):
                self._become("idle")
                return False
            self._tell(event)
        notes = saved.restore(training) if saved is not None else []
        training.between = self._between
        training.set_pace(self._pace)
        self._training, self._over = training, False
        self._autosave.begin(training.machine.step_count)
        for sentence in notes:
            self._tell(events.Note(sentence))
        if saved is not None:
            self._tell(events.Compiled(training.info))
        self._frames.watch(self._keys, training)
        self._release()
        self._become("paused" if training.machine.step_count else "idle")
        return True

    def _restore(self, order: commands.Restore) -> None:
        saved = SavedRun(Path(order.folder), CATALOG, Path(order.base) if order.base else None)
        self._unread = None
        self._seed, self._wanted = saved.facts.seed, (saved.checked, saved.base)
        self._prepare(saved)

    def _start(self, steps: int | None) -> None:
        if self._unread is not None:
            self._load(self._unread)
        if self._wanted is None:
            raise RunProblem(tr("There is no graph to train."))
        if self._state != "running":
            refuse_errors(self._wanted[0])
            if self._training is None and not self._prepare():
                return
        training = self._training
        assert training is not None
        if self._over or training.finished:
            self._reset()
        self._goal = None if steps is None else training.machine.step_count + steps
        self._state = "running"  # told by the training itself

    def _reset(self) -> None:
        training = self._training
        if training is None:
            return
        by_hand = training.rate if training.course.place == 0 else None
        training.given_seed = self._seed
        training.reset()
        if by_hand not in (None, training.rate):
            self._tell(training.set_rate(by_hand))  # what was set by hand stays set
        self._frames.attend(training)
        self._over = False
        self._autosave.begin(0)
        self._tell(events.Compiled(training.info))
        self._become("idle")

    def _wake_up(self) -> None:
        """A run that had ended can go on after a change, unless all its epochs are done."""
        training = self._training
        if training is not None and self._state in ("finished", "failed") and not training.finished:
            self._over = False
            self._become("paused")

    def _forget_run(self) -> None:
        self._training = None
        self._walks.forget()
        self._inquiries.forget()
        self._frames.close()
        if "frames" in self._segments:
            self._retired.append(self._segments.pop("frames"))

    # Training

    def _train(self) -> None:
        training = self._training
        assert training is not None
        self._follow(training.advance(None if self._goal is None else self._goal - training.machine.step_count))

    def _follow(self, happenings: Iterator[Event]) -> None:
        """Tells the window what happens; progress that comes too often is thinned out."""
        for event in happenings:
            if isinstance(event, events.EpochDone):
                self._epoch_done = event
            elif isinstance(event, events.StateChanged):
                self._become(event.state)
            else:
                self._over = self._over or isinstance(event, events.Finished)
                self._tell(event)
                if isinstance(event, events.Compiled) and self._training is not None:  # another stage, with another machine
                    self._frames.attend(self._training)
                    self._release()

    def _between(self) -> None:
        """Between two chunks of steps: heartbeat, status, frames, a checkpoint now and then."""
        training = self._training
        assert training is not None
        self._block.beat()
        self._write_status(training)
        if time.perf_counter() - self._told > TICK:
            self._tell_epoch()
        self._frames.make_if_due(training)
        self._inquiries.tell_found()
        if self._slice is not None and self._slice_budget.due():
            began = time.perf_counter()
            self._look_around()
            idle = training.metronome.rate * training.metronome.step_seconds < 0.5
            self._slice_budget.spent(time.perf_counter() - began, math.inf if idle else 0.0)
        self._save()

    def _look_around(self) -> None:
        """Goes on with the loss around the weights, for a moment; a graph that has changed has another loss."""
        look = self._slice
        if look is None:
            return
        if self._training is not look.training or look.training.built is not look.built:
            self._slice = None
            return
        answer = look.work(PIECE)
        if look.done:
            self._slice = None
        if answer is not None:
            self._tell(answer)

    def _become(self, state: events.State) -> None:
        """Enters a state; what can be seen is brought up to date first."""
        training, self._state = self._training, state
        if training is None:
            self._tell(events.StateChanged(state))
            return
        self._write_status(training)
        if state != "running":
            self._goal = None
            self._frames.make(training)
        self._tell(events.StateChanged(state, training.machine.step_count, training.epoch))

    def _tell(self, event: Event) -> None:
        self._tell_epoch()
        self._link.send(event)

    def _tell_epoch(self) -> None:
        if self._epoch_done is not None:
            event, self._epoch_done = self._epoch_done, None
            self._told = time.perf_counter()
            self._link.send(event)

    def _write_status(self, training: Training) -> None:
        metronome, step, planned = training.metronome, training.machine.step_count, training.planned_steps
        speed = metronome.speed if self._state == "running" else 0.0
        left = max(0, planned - step) / speed if planned and speed > 0 else math.nan
        cost = self._frames.budget.share + training.statistics.share
        cost += self._slice_budget.share if self._slice is not None else 0.0
        self._block.write(Status(step, training.epoch, speed, left, cost, training.rate))

    def _save(self) -> None:
        event = self._autosave.save_if_due(self._training) if self._training is not None else None
        if event is not None:
            self._tell(event)

    # Shared memory

    def _provide(self, steps: int, epochs: int) -> tuple[HistoryArrays, HistoryArrays] | None:
        """Arrays for a history that the window can read; None when there is no room."""
        behind = telemetry.bytes_needed(steps)
        memory = self._segment("history", behind + telemetry.bytes_needed(epochs))
        if memory is None:
            return None
        arrays = telemetry.lay_out(memory.buf, steps), telemetry.lay_out(memory.buf, epochs, offset=behind)
        for part in arrays:
            telemetry.clear(part)
        return arrays

    def _segment(self, purpose: str, size: int) -> SharedMemory | None:
        name = self._link.ask(purpose, size)
        if purpose in self._segments:
            self._retired.append(self._segments.pop(purpose))
        if not name:
            return None
        self._segments[purpose] = attach(name)
        return self._segments[purpose]

    def _release(self) -> None:
        """Lets go of segments that nothing points into any more."""
        self._retired = [memory for memory in self._retired if not detach(memory)]
