"""One stage of a run on its data set, ready to train; and what the next stage or a changed graph takes over from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from engine import telemetry
from engine.assembly import Assembly, assemble
from engine.compiler import Network, PortKey, compile_network
from engine.data.half import DataSet, run_data_half
from engine.errors import RunProblem
from engine.executor import Machine, Memory
from engine.initializers import Given
from engine.memory import require_room
from engine.native import loop
from engine.nodes.learning import Learner
from engine.response import Response
from engine.settings import TrainingSettings
from engine.stages import Stage, stages_of
from engine.stopping import learned
from engine.telemetry import Channel
from graphs.checks import Checked
from graphs.language import tr


@dataclass
class Draft:
    """One stage before anything is allocated for it."""

    checked: Checked
    folder: Path | None
    stage: Stage
    dataset: DataSet
    network: Network
    assembly: Assembly

    @property
    def settings(self) -> TrainingSettings:
        """How this stage is trained."""
        return self.stage.settings

    @property
    def steps_per_epoch(self) -> int:
        """Mini-batches of an epoch, the last short one counted."""
        return -(-len(self.dataset.train) // self.assembly.batch)

    @property
    def channels(self) -> tuple[tuple[Channel, ...], tuple[Channel, ...]]:
        """What its histories hold, by step and by epoch."""
        return self.assembly.step_channels, self.assembly.epoch_channels


@dataclass
class Built(Draft):
    """One stage with the machine that trains it."""

    machine: Machine
    responses: dict[tuple[PortKey, PortKey, bool], Response] = field(default_factory=dict)  # those that were asked for

    def response(self, given: PortKey, made: PortKey, *, sums: bool = False) -> Response:
        """What one place answers to another, made when it is first asked for. See `Response` for arguments and errors."""
        if (given, made, sums) not in self.responses:
            self.responses[given, made, sums] = Response(self.machine, given, made, sums=sums)
        return self.responses[given, made, sums]


def refuse_errors(checked: Checked) -> None:
    """Raises `RunProblem` with the first error of a graph that cannot be trained."""
    for problem in checked.errors:
        raise RunProblem(problem.text, problem.place.node, problem.place.parameter)
    if checked.training is None:
        raise RunProblem(tr("The training settings are not valid."))


def drafts_of(checked: Checked, folder: Path | None) -> list[Draft]:
    """All stages of a run. Raises `RunProblem` for the first that cannot be trained."""
    refuse_errors(checked)
    stages = stages_of(checked)
    assert isinstance(checked.training, TrainingSettings)
    dataset = run_data_half(checked, folder, checked.training)
    return [_draft(checked, folder, stage, dataset) for stage in stages]


def _draft(checked: Checked, folder: Path | None, stage: Stage, dataset: DataSet) -> Draft:
    for node, kind in checked.types.items():
        if stage.settings.optimizer == "lbfgs" and isinstance(kind, Learner) and kind.own_penalties and kind.lasso:
            raise RunProblem(tr("L-BFGS needs a smooth objective, and LASSO has corners: take another optimiser, or ridge."),
                             node, "lasso")
    if stage.settings.early_stopping and not len(dataset.validation):
        raise RunProblem(tr("Early stopping tests on the validation part, and there is none: raise the validation share."),
                         parameter="validation_share")
    validated = len(dataset.validation) > 0
    if stage.again:
        everything = np.sort(np.concatenate([dataset.train, dataset.validation]))
        dataset = replace(dataset, train=everything, validation=np.empty(0, np.int64))
    network = compile_network(checked, stage.settings, trains=stage.trains)
    if network.moving is not None and not network.moving:
        raise RunProblem(tr("“{stage}” has nothing to train: no weights lie before its losses, or all are frozen.",
                            stage=stage.title), parameter="stages")  # fmt: skip
    assembly = assemble(network, dataset.rows, len(dataset.train), len(dataset.validation), validated=validated)
    require_room(assembly)
    return Draft(checked, folder, stage, dataset, network, assembly)


def build(draft: Draft, memory: Memory) -> Built:
    """The draft with its machine."""
    machine = Machine(draft.network, draft.dataset, memory, draft.assembly)
    return Built(draft.checked, draft.folder, draft.stage, draft.dataset, draft.network, draft.assembly, machine)


def compute_kept(built: Built) -> None:
    """Pushes all samples through what lies below the stage, once: its codes are the stage's data."""
    machine = built.machine
    if not built.network.kept:
        return
    inputs = {key: built.dataset.columns[key].values for key in built.assembly.predict_inputs}
    for key, values in machine.forward(inputs, built.network.kept).items():
        machine.regions[built.assembly.columns[key]][:] = values.ravel()


def follow(before: Built, after: Built, seed: int, weights: Mapping[str, np.ndarray]) -> None:
    """The next stage takes over what was learned (but for `weights`, which it is given); its optimiser, its order of
    samples and its schedule begin anew."""
    machine = after.machine
    machine.initialize(seed)
    machine.restore({**machine.state(), **learned(before.machine), **weights})
    _hand_over_history(before, after)


def transplant(before: Built, after: Built, seed: int) -> int:
    """Moves into the new machine what fits of the old one's state, by name and shape: weights, optimiser state, the
    run's counters, and the history of channels that live on. Returns how many parameters were kept."""
    after.machine.initialize(seed)
    old, new = before.machine.state(), after.machine.state()
    fits = {key for key in new if key in old and old[key].shape == new[key].shape}
    fits -= {"settings", "sums", "counters", *_written(before, after)}
    counters = old["counters"].copy()
    counters[loop.SEED] = seed
    same_epoch = (before.dataset.digest == after.dataset.digest and before.assembly.batch == after.assembly.batch
                  and before.assembly.report == after.assembly.report and len(before.dataset.train) == len(after.dataset.train)
                  and (before.settings.shuffle, before.settings.same_batches)
                  == (after.settings.shuffle, after.settings.same_batches))  # fmt: skip
    if same_epoch and old["sums"].shape == new["sums"].shape:
        fits.add("sums")
    else:
        counters[loop.CURSOR] = 0  # an epoch that cannot be finished begins again
    after.machine.restore({**new, **{key: old[key] for key in fits}, "counters": counters})
    _hand_over_history(before, after)
    compute_kept(after)
    return sum(f"parameter/{key}" in fits for key in after.network.parameters)


def _hand_over_history(before: Built, after: Built) -> None:
    for name in ("steps", "epochs"):
        old, new = getattr(before.machine, name), getattr(after.machine, name)
        if old.state is not new.state:
            telemetry.adopt(new, _channels(after.assembly, name), old, _channels(before.assembly, name))


def _written(before: Built, after: Built) -> Iterator[str]:
    """Parameters whose numbers the user has just written by hand: they do not go on with what was learned."""
    known = before.network.parameters
    for key, spec in after.network.parameters.items():
        if isinstance(spec.initializer, Given) and (key not in known or known[key].initializer != spec.initializer):
            yield f"parameter/{key}"


def _channels(assembly: Assembly, name: str) -> tuple[Channel, ...]:
    return assembly.step_channels if name == "steps" else assembly.epoch_channels
