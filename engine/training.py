"""Training as a generator of events. It knows no process, no window and no clock but the metronome's.

    training = Training(checked, folder)
    for event in training.prepare(): ...      # Preparing, Compiled
    for event in training.advance(): ...      # StateChanged, EpochDone, …, Finished
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from engine import commands, events, probes, run_info, telemetry
from engine.budget import StatisticsBudget
from engine.built import Built, compute_kept, follow, transplant
from engine.changes import Change, document_text
from engine.controls import Controls
from engine.course import Course, Provide, drafted
from engine.data.half import check_with_data
from engine.divergence import Safeguard
from engine.errors import RunProblem
from engine.events import Event, RunInfo
from engine.executor import Machine
from engine.pace import LESSON_EPOCHS, Metronome
from engine.stages import Began, same_stage
from engine.stopping import Stopping, learned
from engine.telemetry import Leg
from graphs import storage
from graphs.checks import Checked
from graphs.language import tr

SAFEGUARD_SECONDS = 1.0  # between two states kept for the search of a divergence
SAFEGUARD_SHARE = 0.01  # of training's time, at most


class Training:
    """One run, from its first weights to its last: what it consists of, and what happened to it."""

    def __init__(self, checked: Checked, folder: Path | None = None, *, seed: int | None = None,
                 controls: Controls | None = None, provide: Provide | None = None,
                 replay: Sequence[Change] = ()) -> None:  # fmt: skip
        self.controls = controls or Controls()
        self.metronome = Metronome()
        self.between: Callable[[], None] = lambda: None  # called between two chunks and while waiting
        self.changes: list[Change] = []
        self.seconds = 0.0  # spent training
        self.values: dict[str, float] = {}  # figures of the last epoch
        self.version = 0  # the same step of another version may have other weights
        self.given_seed = seed
        self._provide = provide
        self._replay = sorted(replay, key=lambda change: change.step)
        self._first = (checked, folder)
        self._built: Built | None = None
        self._course: Course | None = None
        self.fallback: dict[str, np.ndarray] = {}  # with which weights the present stage began, where they are needed again

    # What it is made of

    @property
    def built(self) -> Built:
        if self._built is None:
            raise RuntimeError("prepare() comes first")
        return self._built

    @property
    def machine(self) -> Machine:
        return self.built.machine

    @property
    def seed(self) -> int:
        """Where this run's chance comes from: the document's seed, unless another was given."""
        return self.built.settings.seed if self.given_seed is None else self.given_seed

    @property
    def epoch(self) -> float:
        """Epochs done, with fraction."""
        return float(telemetry.epochs_at(np.array([self.machine.step_count]), self.legs)[0])

    @property
    def course(self) -> Course:
        """The stages of the run."""
        if self._course is None:
            raise RuntimeError("prepare() comes first")
        return self._course

    @property
    def legs(self) -> list[Leg]:
        """How epochs and steps relate, from which step on."""
        return self.course.legs

    @property
    def info(self) -> RunInfo:
        """What is being trained."""
        return run_info.describe(self.built.assembly, self.built.dataset, seed=self.seed, rate=self.rate, legs=self.legs,
                                 stages=self.course.infos, epochs=self.course.epochs)  # fmt: skip

    @property
    def planned_steps(self) -> int:
        """Steps of the whole run as far as is known; 0 when it is endless."""
        return self.course.steps

    @property
    def steps_to_epoch_end(self) -> int:
        """Steps that are left of the present epoch."""
        return -(-(len(self.built.dataset.train) - self.machine.cursor) // self.built.assembly.batch)

    @property
    def stage_over(self) -> bool:
        """All epochs of the present stage are done, or it was stopped early."""
        return self.stopping.progress.stopped or self.machine.finished

    @property
    def finished(self) -> bool:
        """The last stage is over."""
        return self.course.following is None and self.stage_over

    # Making it

    def prepare(self) -> Iterator[Event]:
        """Builds the run and makes its kernels ready. Raises `RunProblem`."""
        self._course = Course((yield from drafted(*self._first)))
        self._allocate()
        self.machine.run(0)  # compiles the loop itself
        yield events.Preparing(1, 1)
        self.reset()
        yield events.Compiled(self.info)

    def _allocate(self) -> None:
        """Gives the present stage its machine."""
        self._built = self.course.allocated(self._built, self._provide, self.controls.signals)
        self.rate = self.built.settings.learning_rate
        self.statistics = StatisticsBudget(self.machine)

    def reset(self) -> None:
        """Back to step 0 with the same weights to start from, and as if nothing had been changed since."""
        if self.course.place:
            self._course = Course(self.course.drafts)
            self._allocate()
        self._course = Course(self.course.drafts)
        machine, settings = self.machine, self.built.settings
        machine.initialize(self.seed)
        machine.set_settings(settings.rule().model_dump())
        self.rate = settings.learning_rate
        for history in (machine.steps, machine.epochs):
            telemetry.clear(history)
        self.changes.clear()
        self.origin = document_text(self.built.checked)
        self.seconds, self.values = 0.0, {}
        self._begin_stage()

    def _begin_stage(self) -> None:
        """The present stage begins with the present weights."""
        self.stopping = Stopping(self.built.settings)
        following = self.course.following
        self.fallback = learned(self.machine) if following is not None and following.stage.again else {}
        compute_kept(self.built)
        self.guard()

    def _next_stage(self) -> Iterator[Event]:
        """The next stage begins where the present one ended; one that begins again: where that one began."""
        if self.stopping.on:
            self._keep_best(stopped=False)
        before, draft = self.built, self.course.following
        assert draft is not None
        epochs = draft.settings.epochs
        if draft.stage.again:
            epochs = max(1, round(self.stopping.progress.best_epoch - self.course.begun[-1].epoch))
        self.course.follow(before.machine.step_count, before.machine.epoch, epochs)
        self._allocate()
        follow(before, self.built, self.seed, self.fallback if draft.stage.again else {})
        self.machine.set_epoch_limit(epochs)
        self._begin_stage()
        self.set_pace(self.metronome.pace)
        yield events.StageBegan(self.machine.step_count, self.machine.epoch, self.course.place, draft.stage.title)
        yield events.Compiled(self.info)

    def stand_at(self, begun: Sequence[Began], legs: Sequence[Leg]) -> None:
        """In the stage in which a saved run was; its weights and counters come next. Raises `BadCheckpoint`."""
        place, self._course = self.course.place, self.course.resumed(begun, legs)
        if self.course.place != place:
            self._allocate()
        self.machine.origin = begun[-1].step, begun[-1].epoch
        self.machine.set_epoch_limit(self.course.begun[-1].epochs)

    def guard(self) -> None:
        """Begins to watch over the weights from the present state on, which was not reached by steps alone."""
        self.version += 1
        self.machine.publish()
        self._safeguard = Safeguard(self.machine)
        self._kept_at, self._keeping_cost = time.perf_counter(), 0.0

    # Running it

    def advance(self, steps: int | None = None, *, every_epoch: bool = False) -> Iterator[Event]:
        """Trains to the end, for so many steps, or until an order says otherwise; an order that this does not obey
        itself stays in the mailbox and ends the generator. With `every_epoch` no `EpochDone` is skipped."""
        goal = None if steps is None else self.machine.step_count + steps
        yield self._state("running")
        self.set_pace(self.metronome.pace)
        while not self.finished:
            if not (yield from self._obey()):
                return
            yield from self._replay_due()
            due, wait = self.metronome.due()
            if due == 0:
                self._rest(wait)
                continue
            yield from self._chunk(self._bounded(due, goal, every_epoch=every_epoch))
            if (divergence := self._safeguard_look()) is not None:
                yield divergence
                yield from self.end("diverged")
                return
            yield from self._test()
            while self.stage_over and not self.finished:
                yield from self._next_stage()
            self.between()
            if goal is not None and self.machine.step_count >= goal and not self.finished:
                yield self._state("paused")
                return
        if self.stopping.on:
            self._keep_best(stopped=False)
        yield from self.end("done")

    def _test(self) -> Iterator[Event]:
        """Early stopping, where it is wanted and a test is due."""
        if not self.stopping.due(self.machine):
            return
        if self.stopping.test(self.machine, self.built.dataset.validation, self.epoch):
            self._keep_best(stopped=True)
            now = self.stopping.progress
            yield events.StoppedEarly(self.machine.step_count, self.epoch, now.best_step, now.best_epoch, now.best or 0.0)

    def _keep_best(self, *, stopped: bool) -> None:
        self.stopping.finish(self.machine, stopped=stopped)
        self.guard()  # these weights were not reached by the steps before
        self.values = dict(self.evaluated().values)

    def _bounded(self, due: int, goal: int | None, *, every_epoch: bool) -> int:
        """As many steps as are due, but not beyond the goal, a change to be replayed, or the end of the epoch."""
        machine = self.machine
        bounds = [due]
        if goal is not None:
            bounds.append(goal - machine.step_count)
        if self.stopping.on:
            bounds.append(self.stopping.steps_left(machine, self.legs[-1][2]))
        if self._replay:
            bounds.append(self._replay[0].step - machine.step_count)
        if every_epoch:
            bounds.append(self.steps_to_epoch_end)
        return max(1, min(bounds))

    def _chunk(self, steps: int) -> Iterator[Event]:
        machine = self.machine
        epoch, began = machine.epoch, time.perf_counter()
        done = machine.run(steps)
        seconds = time.perf_counter() - began
        self.seconds += seconds
        self.metronome.made(done, seconds)
        self.statistics.adjust(self.metronome)
        if machine.epoch > epoch:
            self.values = self._epoch_values()
            yield events.EpochDone(machine.epoch, machine.step_count, self.values)

    def _epoch_values(self) -> dict[str, float]:
        """Figures of the epoch that has just ended: what the program hands to the history."""
        record = self.built.assembly.train["epoch_end"][-1]
        numbers = self.machine.view(record.arguments[0])
        keys = [(channel.quantity, channel.node) for channel in self.built.assembly.epoch_channels]
        return run_info.named_values(keys, numbers.tolist())

    def _safeguard_look(self) -> events.Diverged | None:
        found = self._safeguard.look()
        if found is not None:
            return events.Diverged(found.node, found.step, found.what)
        now = time.perf_counter()
        if now - self._kept_at > max(SAFEGUARD_SECONDS, self._keeping_cost / SAFEGUARD_SHARE):
            self._safeguard.keep()
            self._kept_at = time.perf_counter()
            self._keeping_cost = self._kept_at - now
        return None

    def _rest(self, seconds: float) -> None:
        began = time.perf_counter()
        self.between()
        self.controls.wait(max(0.0, seconds - (time.perf_counter() - began)))
        self.metronome.rest(time.perf_counter() - began)

    # Orders

    def _obey(self) -> Iterator[Event]:
        """Carries out orders that are for a running training. Returns whether it goes on."""
        self.controls.seen()
        while (order := self.controls.peek()) is not None:
            if isinstance(order, commands.SetRate):
                yield self.set_rate(order.value)
            elif isinstance(order, commands.SetPace):
                self.set_pace(order.pace)
            elif isinstance(order, commands.Evaluate):
                yield self.evaluated()
            elif isinstance(order, commands.Probe):
                yield probes.answer(self.built, order)
            elif isinstance(order, commands.Pause):
                self.controls.take()
                yield self._state("paused")
                return False
            elif isinstance(order, commands.Stop):
                self.controls.take()
                yield from self.end("stopped")
                return False
            elif not isinstance(order, commands.Run):
                return False
            self.controls.take()
        return True

    def set_pace(self, pace: commands.Pace) -> None:
        """Takes another pace from now on."""
        self.metronome.set_pace(pace, self.planned_steps or LESSON_EPOCHS * self.legs[-1][2])

    def set_rate(self, value: float) -> events.RateChanged:
        """Changes the learning rate from the next step on; the change becomes part of the run. Raises `RunProblem`."""
        if not 0 < value < np.inf:
            raise RunProblem(tr("The learning rate must be a number above 0."), parameter="learning_rate")
        self._apply_rate(value)
        self.guard()  # steps that are made again must be made with the rate that they had
        step = self.machine.step_count
        if self.changes and self.changes[-1].step == step and self.changes[-1].rate is not None:
            self.changes.pop()  # a slider that is dragged while nothing trains leaves one change
        self.changes.append(Change(step, rate=value))
        return events.RateChanged(step, value)

    def _apply_rate(self, value: float) -> None:
        self.rate = value
        self.machine.set_settings({"learning_rate": value})

    def _replay_due(self) -> Iterator[Event]:
        while self._replay and self._replay[0].step <= self.machine.step_count:
            change = self._replay.pop(0)
            if change.rate is not None:
                yield self.set_rate(change.rate)
            if change.document is not None:
                catalog, folder = self.built.checked.catalog, self.built.folder
                yield from self.take(check_with_data(storage.loads(change.document), catalog, folder), folder)

    def evaluated(self) -> events.Evaluated:
        """Figures of the present weights on training, validation and test samples, in use (without dropout)."""
        dataset = self.built.dataset
        parts = {"train": dataset.train, "validation": dataset.validation, "test": dataset.test}
        found = {name: value for part, rows in parts.items() for name, value in self._figures(part, rows).items()}
        return events.Evaluated(self.machine.step_count, found)

    def _figures(self, part: str, rows: np.ndarray) -> dict[str, float]:
        figures = self.machine.evaluate(rows)
        keys = [tuple(f"{part}_{key}".partition("/")[::2]) for key in figures]
        return run_info.named_values(keys, figures.values())  # type: ignore[arg-type]

    def take(self, checked: Checked, folder: Path | None) -> Iterator[Event]:
        """Another graph takes over in the middle of the run; what fits goes on. Raises `RunProblem` and changes
        nothing when it cannot be trained."""
        before, step = self.built, self.machine.step_count
        drafts = yield from drafted(checked, folder)
        place = same_stage([draft.stage for draft in drafts], before.stage, self.course.place)
        course = self.course.replaced(drafts, place)
        after = course.allocated(None, self._provide, self.controls.signals)
        self._course, self._built = course, after
        kept = transplant(before, after, self.seed)
        compute_kept(after)
        self.statistics = StatisticsBudget(self.machine)
        rate = self.rate if after.settings.learning_rate == before.settings.learning_rate else None
        self._apply_rate(rate if rate is not None else after.settings.learning_rate)
        if after.machine.cursor == 0 or self.legs[-1][2] != after.steps_per_epoch:
            course.begin_leg(step, after.machine.epoch)
        self.changes.append(Change(step, document=document_text(checked)))
        self.stopping = Stopping(after.settings)
        self.guard()
        yield events.GraphChanged(step, kept, len(after.network.parameters),
                                  run_info.same_network(before.checked, checked))
        yield events.Compiled(self.info)

    # Events

    def _state(self, state: events.State) -> events.StateChanged:
        return events.StateChanged(state, self.machine.step_count, self.epoch)

    def end(self, reason: events.Reason) -> Iterator[Event]:
        """Says how it ended. Samples that were kept for a test are only looked at now."""
        self.values = {**self.values, **self._figures("test", self.built.dataset.test), **run_info.zero_shares(self.machine)}
        yield events.Finished(self.machine.step_count, self.epoch, self.seconds, reason, self.values)
        yield self._state("finished")


def train(checked: Checked, folder: Path | None = None, *, seed: int | None = None,
          replay: Sequence[Change] = ()) -> Iterator[Event]:  # fmt: skip
    """Trains a checked graph from first weights to the end. Raises `RunProblem`."""
    training = Training(checked, folder, seed=seed, replay=replay)
    yield from training.prepare()
    yield from training.advance(every_epoch=True)
