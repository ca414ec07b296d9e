"""The course of one run: its stages before they have machines, those that have begun, and how epochs and steps relate."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from engine import events, jit
from engine.built import Built, Draft, build, drafts_of
from engine.errors import BadCheckpoint
from engine.events import Event
from engine.executor import Memory
from engine.stages import Began, Stage, StageInfo, last_epoch
from engine.telemetry import HistoryArrays, Leg
from graphs.checks import Checked
from graphs.language import tr

Provide = Callable[[int, int], tuple[HistoryArrays, HistoryArrays] | None]  # arrays for step and epoch channels


def drafted(checked: Checked, folder: Path | None) -> Iterator[Event]:
    """All stages of a run, with the kernels that any of them calls made ready. Raises `RunProblem`."""
    drafts = drafts_of(checked, folder)
    kernels = list(dict.fromkeys((kernel, draft.network.dtype) for draft in drafts for kernel in draft.assembly.kernels()))
    for done, (kernel, dtype) in enumerate(kernels):
        yield events.Preparing(done, len(kernels) + 1)
        jit.prepare([kernel], dtype)
    yield events.Preparing(len(kernels), len(kernels) + 1)
    return drafts


class Course:
    """`drafts` are all stages; `begun` tells where each that has begun did so, the last of them is the present one."""

    def __init__(self, drafts: list[Draft], begun: Sequence[Began] = ()) -> None:
        self.drafts = drafts
        self.begun = list(begun) or [Began(0, 0, drafts[0].settings.epochs)]
        self.legs: list[Leg] = [(0, 0.0, drafts[0].steps_per_epoch)]

    @property
    def place(self) -> int:
        """The place of the present stage."""
        return len(self.begun) - 1

    @property
    def present(self) -> Draft:
        return self.drafts[self.place]

    @property
    def following(self) -> Draft | None:
        """The next stage; None in the last one."""
        return self.drafts[len(self.begun)] if len(self.begun) < len(self.drafts) else None

    @property
    def stages(self) -> tuple[Stage, ...]:
        """All stages."""
        return tuple(draft.stage for draft in self.drafts)

    @property
    def infos(self) -> list[StageInfo]:
        """All stages as views know them."""
        places = [*((began.step, began.epoch) for began in self.begun), *[(-1, -1)] * len(self.drafts)]
        return [StageInfo(stage.title, stage.nodes, *place) for stage, place in zip(self.stages, places, strict=False)]

    @property
    def epochs(self) -> int:
        """Epochs of the whole run as far as is known; 0: endless."""
        return last_epoch(self.stages, self.begun)

    @property
    def steps(self) -> int:
        """Steps of the whole run as far as is known; 0: endless."""
        if not self.epochs:
            return 0
        (first, epoch, length), here = self.legs[-1], self.begun[-1]
        later = sum(draft.settings.epochs * draft.steps_per_epoch for draft in self.drafts[len(self.begun) :])
        return first + round((here.epoch + here.epochs - epoch) * length) + later

    def follow(self, step: int, epoch: int, epochs: int) -> None:
        """The next stage begins here, for so many epochs."""
        self.begun.append(Began(step, epoch, epochs))
        self.begin_leg(step, epoch)

    def begin_leg(self, step: int, epoch: int) -> None:
        """From this step on an epoch has as many steps as the present stage's."""
        leg = (step, float(epoch), self.present.steps_per_epoch)
        before = [known for known in self.legs if known[0] < step]
        first, since, length = before[-1] if before else (0, 0.0, 0)
        goes_on = length == leg[2] and since + (step - first) / max(length, 1) == epoch
        self.legs = before if goes_on else [*before, leg]

    def replaced(self, drafts: list[Draft], place: int) -> Course:
        """The same course with other drafts, of which the one at this place goes on with the present one."""
        here = self.begun[-1]
        epochs = here.epochs if drafts[place].stage.again else drafts[place].settings.epochs
        begun = [*[*self.begun[:-1], *([here] * place)][:place], replace(here, epochs=epochs)]
        course = Course(drafts, begun)
        course.legs = self.legs
        return course

    def resumed(self, begun: Sequence[Began], legs: Sequence[Leg]) -> Course:
        """The course of a saved run of the same stages. Raises `BadCheckpoint`."""
        if not 0 < len(begun) <= len(self.drafts):
            raise BadCheckpoint(tr("The saved run is in a stage that the graph does not have."))
        stage = self.drafts[len(begun) - 1].stage
        epochs = begun[-1].epochs if stage.again else stage.settings.epochs  # that may have been changed since
        course = Course(self.drafts, [*begun[:-1], replace(begun[-1], epochs=epochs)])
        course.legs = list(legs)
        return course

    def allocated(self, before: Built | None, provide: Provide | None, signals: np.ndarray) -> Built:
        """The present stage with its machine. It goes on with the histories of the stage before where they have the same
        channels."""
        draft, arrays = self.present, None
        if before is not None and before.network.dtype == draft.network.dtype == np.float32 and before.channels == draft.channels:
            arrays = before.machine.steps, before.machine.epochs
        elif provide is not None:
            arrays = provide(*map(len, draft.channels))
        built = build(draft, Memory(None, *(arrays or (None, None)), signals))
        built.machine.origin = self.begun[-1].step, self.begun[-1].epoch
        built.machine.set_epoch_limit(self.begun[-1].epochs)
        return built
