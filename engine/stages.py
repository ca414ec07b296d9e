"""A run is a list of stages, one after the other: now a single one that trains everything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.settings import TrainingSettings
from graphs.language import tr


@dataclass(frozen=True, slots=True)
class Stage:
    """One part of a run: what it is called and how many epochs it takes (0: until stopped)."""

    title: str
    epochs: int


def stages_of(settings: TrainingSettings) -> tuple[Stage, ...]:
    """The stages that these settings ask for."""
    return (Stage(tr("Training"), settings.epochs),)


def last_epoch(stages: Sequence[Stage], index: int) -> int:
    """The epoch with which a stage ends, counted from the start of the run; 0 when it does not end by itself."""
    ends = [stage.epochs for stage in stages[: index + 1]]
    return sum(ends) if all(ends) else 0


def stage_at(stages: Sequence[Stage], epoch: int) -> int:
    """The index of the stage that trains after so many epochs; the number of stages when all are over."""
    for index in range(len(stages)):
        end = last_epoch(stages, index)
        if end == 0 or epoch < end:
            return index
    return len(stages)
