"""A run put away and taken up again: which tensors and facts make it up, and the weights of a trained network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from engine import checkpoint, telemetry
from engine.built import compute_kept
from engine.changes import Change, document_text
from engine.data.half import check_with_data
from engine.errors import BadCheckpoint
from engine.executor import Machine
from engine.figures import LAYER_QUANTITIES
from engine.native import loop
from engine.stages import Began
from engine.stopping import Progress, Stopping, learned
from engine.training import Training
from graphs import storage
from graphs.catalog import Catalog
from graphs.checks import Checked
from graphs.language import tr
from graphs.storage import atomic_write

Tensors = dict[str, np.ndarray]
FALLBACK = "fallback/"  # before the weights with which a stage began that the next one begins with again
Fitted = dict[str, dict[str, np.ndarray]]


@dataclass(frozen=True)
class Facts:
    """What a checkpoint holds besides arrays."""

    document: str
    origin: str
    seed: int | None
    rate: float
    changes: tuple[Change, ...]
    legs: tuple[tuple[int, float, int], ...]
    values: dict[str, float]
    data: str
    fingerprint: dict[str, str]
    stopping: Progress = field(default_factory=Progress)
    begun: tuple[Began, ...] = (Began(),)
    kind: str = "checkpoint"
    version: int = checkpoint.VERSION


# The weights of a trained network


def save_weights(path: Path, training: Training) -> None:
    """Writes parameters, buffers and the statistics of preparations: the same bytes for the same run."""
    atomic_write(path, weights_bytes(training))


def weights_bytes(training: Training) -> bytes:
    """The file that `save_weights` writes."""
    state = training.machine.state()
    tensors = {key: array for key, array in state.items() if key.startswith(("parameter/", "buffer/"))}
    for node, fitted in training.built.dataset.fitted.items():
        tensors |= {f"fitted/{node}/{name}": np.asarray(array) for name, array in fitted.items()}
    return checkpoint.to_bytes("weights", tensors, {})


def load_weights(path: Path, machine: Machine) -> Fitted:
    """Puts saved weights into a machine of the same network; returns the statistics of preparations, by node.
    Raises `BadCheckpoint` and changes nothing when they do not fit."""
    tensors, _ = checkpoint.read(path, "weights")
    fitted: Fitted = {}
    for key in [key for key in tensors if key.startswith("fitted/")]:
        node, _, name = key.removeprefix("fitted/").partition("/")
        fitted.setdefault(node, {})[name] = tensors.pop(key)
    state = machine.state()
    wanted = {key: array for key, array in state.items() if key.startswith(("parameter/", "buffer/"))}
    checkpoint.check_tensors(path.name, tensors, wanted)
    machine.restore({**state, **tensors})
    return fitted


# A run in the middle


def save_checkpoint(folder: Path, training: Training) -> Path:
    """Writes all that is needed to go on as if nothing had happened; keeps the checkpoint before. Raises OSError."""
    machine = training.machine
    state = machine.state()
    state["sums"][_passing(machine)] = 0
    state["sums"][~np.isfinite(state["sums"])] = 0  # figures that this stage does not compute
    tensors = state | telemetry.saved(machine.steps, "steps") | telemetry.saved(machine.epochs, "epochs")
    tensors |= training.stopping.tensors() | {f"{FALLBACK}{key}": array for key, array in training.fallback.items()}
    facts = {
        "document": document_text(training.built.checked),
        "origin": training.origin,
        "seed": training.given_seed,
        "rate": training.rate,
        "changes": [asdict(change) for change in training.changes],
        "legs": training.legs,
        "values": training.values,
        "data": training.built.dataset.digest,
        "fingerprint": checkpoint.fingerprint(),
        "stopping": asdict(training.stopping.progress),
        "begun": [asdict(began) for began in training.course.begun],
    }
    return checkpoint.write_rotating(folder, tensors, facts)


def _passing(machine: Machine) -> slice:
    """Where the report of the last batch holds statistics of layers: taken when there is time, and no part of a run."""
    report = machine.assembly.report_slot
    assert report is not None
    end = report.offset + report.axes[0]
    return slice(end - len(LAYER_QUANTITIES) * len(machine.network.layers), end)


class SavedRun:
    """A checkpoint that was read and understood, not yet a run."""

    def __init__(self, folder: Path, catalog: Catalog, base: Path | None = None) -> None:
        """Reads the newest usable checkpoint of a folder. `base` is where relative paths in the document start."""
        self.name = checkpoint.CHECKPOINT
        self.tensors, raw = checkpoint.read_latest(folder)
        self.facts = self._facts(raw)
        self.base = base
        try:
            self.checked: Checked = check_with_data(storage.loads(self.facts.document), catalog, base)
        except storage.Unreadable as error:
            raise self._bad() from error

    def _bad(self) -> BadCheckpoint:
        return BadCheckpoint(tr("{name} cannot be used: {why}.", name=self.name, why=tr("it is damaged")))

    def _facts(self, raw: Mapping[str, Any]) -> Facts:
        try:
            return TypeAdapter(Facts).validate_python(raw)
        except ValidationError as error:
            raise self._bad() from error

    def training(self) -> Training:
        """A run that `prepare()` and `restore()` bring to where the saved one stood."""
        return Training(self.checked, self.base, seed=self.facts.seed)

    def restore(self, training: Training) -> list[str]:
        """Brings a prepared run to the saved state. Returns sentences about what is not as it was: with none, it goes
        on bit for bit. Raises `BadCheckpoint`."""
        training.stand_at(self.facts.begun, self.facts.legs)
        machine, tensors = training.machine, dict(self.tensors)
        wanted = machine.state()
        checkpoint.check_tensors(self.name, {key: array for key, array in tensors.items() if key in wanted}, wanted)
        for prefix in ("best/", FALLBACK):
            if kept := {key.removeprefix(prefix): array for key, array in tensors.items() if key.startswith(prefix)}:
                checkpoint.check_tensors(self.name, kept, {key: wanted[key] for key in learned(machine)})
        self._check_counters(machine)
        try:
            telemetry.restore(machine.steps, tensors, "steps")
            telemetry.restore(machine.epochs, tensors, "epochs")
        except (ValueError, KeyError) as error:
            raise self._bad() from error
        machine.restore({key: tensors[key] for key in wanted})
        facts = self.facts
        training.rate, training.origin, training.values = facts.rate, facts.origin, dict(facts.values)
        training.changes[:] = facts.changes
        training.stopping = Stopping(training.built.settings)
        training.stopping.restore(replace(facts.stopping), tensors)
        training.fallback = {key.removeprefix(FALLBACK): array for key, array in tensors.items() if key.startswith(FALLBACK)}
        compute_kept(training.built)
        training.guard()
        return self._notes(training)

    def _check_counters(self, machine: Machine) -> None:
        """Numbers that index arrays are looked at before a kernel believes them."""
        counters = self.tensors["counters"]
        step, epoch, cursor, halt = (int(counters[k]) for k in (loop.STEP, loop.EPOCH, loop.CURSOR, loop.HALT))
        legs = self.facts.legs
        whole = cursor % machine.assembly.batch == 0 and 0 <= cursor < len(machine.dataset.train)
        if not (whole and step >= 0 and epoch >= 0 and halt == 0 and legs and legs[0][0] == 0):
            raise self._bad()

    def _notes(self, training: Training) -> list[str]:
        notes = []
        if training.built.dataset.digest != self.facts.data:
            notes.append(tr("The data are not those that the run began with."))
        if differences := checkpoint.differences(self.facts.fingerprint):
            notes.append(tr("This machine is not the one that saved the run ({what}): it goes on, but not bit for bit.",
                            what="; ".join(differences)))  # fmt: skip
        return notes
