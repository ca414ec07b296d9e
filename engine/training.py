"""Training as a generator of events. It knows no process, no window and no clock but the metronome's.

    training = Training(checked, folder)
    for event in training.prepare(): ...      # Preparing, Compiled
    for event in training.advance(): ...      # StateChanged, EpochDone, …, Finished
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine import commands, events, jit, probes, run_info, telemetry
from engine.assembly import assemble
from engine.budget import StatisticsBudget
from engine.built import Built, transplant
from engine.compiler import compile_network
from engine.controls import Controls
from engine.data.half import check_with_data, run_data_half
from engine.divergence import Safeguard
from engine.errors import RunProblem
from engine.events import Event, RunInfo
from engine.executor import Machine, Memory
from engine.memory import require_room
from engine.pace import LESSON_EPOCHS, Metronome
from engine.settings import TrainingSettings
from engine.stages import stage_at, stages_of
from engine.stopping import Stopping
from engine.telemetry import HistoryArrays, Leg
from graphs import storage
from graphs.checks import Checked
from graphs.language import tr

Provide = Callable[[int, int], tuple[HistoryArrays, HistoryArrays] | None]  # arrays for step and epoch channels

SAFEGUARD_SECONDS = 1.0  # between two states kept for the search of a divergence
SAFEGUARD_SHARE = 0.01  # of training's time, at most


@dataclass(frozen=True, slots=True)
class Change:
    """What was changed after so many steps of a run: part of the run. Replaying it gives the same weights."""

    step: int
    rate: float | None = None
    document: str | None = None  # canonical JSON


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
    def info(self) -> RunInfo:
        """What is being trained."""
        titles = [stage.title for stage in stages_of(self.built.settings)]
        return run_info.describe(self.built.assembly, self.built.dataset, seed=self.seed, rate=self.rate,
                                 legs=self.legs, stages=titles)  # fmt: skip

    @property
    def planned_steps(self) -> int:
        """Steps of the whole run; 0 when it is endless."""
        epochs, (first, epoch, length) = self.built.settings.epochs, self.legs[-1]
        return first + round((epochs - epoch) * length) if epochs else 0

    @property
    def finished(self) -> bool:
        """All epochs are done, or it was stopped early."""
        stages = stages_of(self.built.settings)
        return self.stopping.progress.stopped or stage_at(stages, self.machine.epoch) == len(stages)

    # Making it

    def prepare(self) -> Iterator[Event]:
        """Builds the run and makes its kernels ready. Raises `RunProblem`."""
        self._built = yield from self._build(*self._first)
        self.statistics = StatisticsBudget(self.machine)
        self.reset()
        yield events.Compiled(self.info)

    def _build(self, checked: Checked, folder: Path | None) -> Iterator[Event]:
        refuse_errors(checked)
        settings = checked.training
        assert isinstance(settings, TrainingSettings)
        dataset = run_data_half(checked, folder, settings)
        network = compile_network(checked, settings)
        assembly = assemble(network, dataset.rows, len(dataset.train), len(dataset.validation))
        if settings.early_stopping and not len(dataset.validation):
            raise RunProblem(tr("Early stopping tests on the validation part, and there is none: raise the validation share."),
                             parameter="validation_share")
        require_room(assembly)
        kernels = assembly.kernels()
        for done, kernel in enumerate(kernels):
            yield events.Preparing(done, len(kernels) + 1)
            jit.prepare([kernel], network.dtype)
        yield events.Preparing(len(kernels), len(kernels) + 1)
        channels = len(assembly.step_channels), len(assembly.epoch_channels)
        arrays = (self._provide(*channels) if self._provide else None) or (None, None)
        machine = Machine(network, dataset, Memory(None, *arrays, self.controls.signals), assembly)
        machine.run(0)  # compiles the loop itself
        yield events.Preparing(len(kernels) + 1, len(kernels) + 1)
        return Built(checked, folder, settings, dataset, network, assembly, machine)

    def reset(self) -> None:
        """Back to step 0 with the same weights to start from, and as if nothing had been changed since."""
        machine, settings = self.machine, self.built.settings
        machine.initialize(self.seed)
        machine.set_settings(settings.rule().model_dump())
        self.rate = settings.learning_rate
        for history in (machine.steps, machine.epochs):
            telemetry.clear(history)
        self.legs: list[Leg] = [(0, 0.0, run_info.steps_per_epoch(self.built.assembly, self.built.dataset))]
        self.changes.clear()
        self.origin = document_text(self.built.checked)
        self.seconds, self.values = 0.0, {}
        self.stopping = Stopping(settings)
        self.guard()

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
            bounds.append(-(-(len(self.built.dataset.train) - machine.cursor) // self.built.assembly.batch))
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
        before = self.built
        after = yield from self._build(checked, folder)
        self._built = after
        step = before.machine.step_count
        kept = transplant(before, after, self.seed)
        rate = self.rate if after.settings.learning_rate == before.settings.learning_rate else None
        self._apply_rate(rate if rate is not None else after.settings.learning_rate)
        if after.machine.cursor == 0 or self.legs[-1][2] != run_info.steps_per_epoch(after.assembly, after.dataset):
            self._begin_leg()
        self.changes.append(Change(step, document=document_text(checked)))
        self.stopping = Stopping(after.settings)
        self.statistics = StatisticsBudget(self.machine)
        self.guard()
        yield events.GraphChanged(step, kept, len(after.network.parameters),
                                  run_info.same_network(before.checked, checked))
        yield events.Compiled(self.info)

    def _begin_leg(self) -> None:
        leg = (self.machine.step_count, float(self.machine.epoch),
               run_info.steps_per_epoch(self.built.assembly, self.built.dataset))  # fmt: skip
        self.legs = [*(known for known in self.legs if known[0] < leg[0]), leg]

    # Events

    def _state(self, state: events.State) -> events.StateChanged:
        return events.StateChanged(state, self.machine.step_count, self.epoch)

    def end(self, reason: events.Reason) -> Iterator[Event]:
        """Says how it ended. Samples that were kept for a test are only looked at now."""
        self.values = {**self.values, **self._figures("test", self.built.dataset.test), **run_info.zero_shares(self.machine)}
        yield events.Finished(self.machine.step_count, self.epoch, self.seconds, reason, self.values)
        yield self._state("finished")


def document_text(checked: Checked) -> str:
    """The document in canonical JSON."""
    return storage.dumps(checked.document).decode()


def refuse_errors(checked: Checked) -> None:
    """Raises `RunProblem` with the first error of a graph that cannot be trained."""
    for problem in checked.errors:
        raise RunProblem(problem.text, problem.place.node, problem.place.parameter)
    if checked.training is None:
        raise RunProblem(tr("The training settings are not valid."))


def train(checked: Checked, folder: Path | None = None, *, seed: int | None = None,
          replay: Sequence[Change] = ()) -> Iterator[Event]:  # fmt: skip
    """Trains a checked graph from first weights to the end. Raises `RunProblem`."""
    training = Training(checked, folder, seed=seed, replay=replay)
    yield from training.prepare()
    yield from training.advance(every_epoch=True)
