"""The stages of a run, one after the other: what each trains, how, and where it began.

What a plan is and how it is edited is in `graphs.stages`; what a stage computes in `engine.scope`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.settings import TrainingSettings
from graphs import stages as plans
from graphs.checks import Checked
from graphs.language import tr


@dataclass(frozen=True, slots=True)
class Stage:
    """One part of a run. `trains` names what learns (nothing named: everything); None: the run has no stages, and all
    losses count. With `again` it begins where the stage before it began, trains on the validation samples too, and takes
    as many epochs as were best there."""

    title: str
    settings: TrainingSettings
    trains: tuple[str, ...] | None = None
    again: bool = False

    @property
    def nodes(self) -> tuple[str, ...]:
        """The nodes that it names."""
        return tuple(dict.fromkeys(plans.parts_of(name)[0] for name in self.trains or ()))


@dataclass(frozen=True, slots=True)
class Began:
    """Where a stage began: after so many steps and epochs of the run. It takes so many epochs (0: until stopped)."""

    step: int = 0
    epoch: int = 0
    epochs: int = 0


@dataclass(frozen=True, slots=True)
class StageInfo:
    """A stage as views know it: what it is called, and the nodes that it names (none: everything trains). It began after so
    many steps and epochs; −1: not yet."""

    title: str
    nodes: tuple[str, ...] = ()
    step: int = -1
    epoch: int = -1


def present_since(stages: Sequence[StageInfo]) -> float:
    """The epoch in which the present stage began: before it other losses were made small."""
    return float(max((stage.epoch for stage in stages if stage.step >= 0), default=0))


def stages_of(checked: Checked) -> tuple[Stage, ...]:
    """The stages of a run of this document, which has no errors."""
    assert isinstance(checked.training, TrainingSettings)
    plan = plans.plan(checked)
    if not plan:
        return tuple(_with_all_data(Stage(tr("Training"), checked.training)))
    kind, given = type(checked.training), checked.document.training
    return tuple(stage for place, one in enumerate(plan) for stage in _with_all_data(Stage(
        plans.title(checked.document, plan, place), kind.model_validate(dict(plans.settings_given(given, one, kind))),
        plans.names_of(one))))


def _with_all_data(stage: Stage) -> Iterator[Stage]:
    """The stage, and the one that trains again on all data, where that is wanted."""
    yield stage
    if stage.settings.early_stopping and stage.settings.retrain:
        yield Stage(tr("{stage}: again, on all data", stage=stage.title),
                    stage.settings.model_copy(update={"early_stopping": False}), stage.trains, again=True)


def same_stage(stages: Sequence[Stage], before: Stage, index: int) -> int:
    """Which of these stages goes on with one that was at this place of another plan: the one that trains the same."""
    alike = [place for place, stage in enumerate(stages) if (stage.trains, stage.again) == (before.trains, before.again)]
    return min(alike, key=lambda place: abs(place - index)) if alike else min(index, len(stages) - 1)


def last_epoch(stages: Sequence[Stage], begun: Sequence[Began]) -> int:
    """The epoch with which the run ends as far as is known, counted from its start; 0 when it does not end by itself."""
    ends = [begun[-1].epochs, *(stage.settings.epochs for stage in stages[len(begun) :])]
    return begun[-1].epoch + sum(ends) if all(ends) else 0
