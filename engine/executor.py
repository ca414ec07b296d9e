"""The machine: the arena, the bound tables and the counters of one run, and what can be done with them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine import crew, initializers, interpreter, jit
from engine.assembly import Assembly, assemble
from engine.compiler import Network, PortKey
from engine.interpreter import Interpreter
from engine.kernels import bookkeeping
from engine.kernels.operand import operands
from engine.memory import WHOLE, require_room
from engine.native import loop
from engine.ops.primitive import Region
from engine.program import Block, Slot, rows_until
from engine.telemetry import HistoryArrays, allocate, mirror

if TYPE_CHECKING:
    from engine.data.half import DataSet

COUNTER_NAMES = {"step": loop.STEP, "epoch": loop.EPOCH, "cursor": loop.CURSOR}


@dataclass
class Memory:
    """Arrays that live outside the machine, so that another process can read them. What is None is made here."""

    parameters: np.ndarray | None = None
    steps: HistoryArrays | None = None
    epochs: HistoryArrays | None = None
    signals: np.ndarray | None = None  # int64; signals[0] ≠ 0 ends `run` within one batch


@dataclass(frozen=True, slots=True)
class Culprit:
    """Where a number first was not finite: the node, and what it was ("value", "gradient")."""

    node: str
    what: str


def aligned(size: int, dtype: np.dtype) -> np.ndarray:
    """Zeros that start on a cache line, so that results do not depend on where memory happened to be."""
    raw = np.zeros(size * dtype.itemsize + 64, np.uint8)
    first = -raw.ctypes.data % 64
    return raw[first : first + size * dtype.itemsize].view(dtype)


class Machine:
    """Trains and uses one network on one data set. Everything it knows is in `state()`."""

    def __init__(self, network: Network, dataset: DataSet, memory: Memory | None = None,
                 assembly: Assembly | None = None) -> None:
        self.network, self.dataset = network, dataset
        memory = memory or Memory()
        self.assembly = assembly or assemble(network, dataset.rows, len(dataset.train), len(dataset.validation))
        self.assembly.verify()
        require_room(self.assembly)
        jit.prepare(self.assembly.kernels(), network.dtype)
        jit.link()
        self._mirrors: list[tuple[HistoryArrays, HistoryArrays]] = []  # (written in float64, read by others in float32)
        self.steps = self._history(memory.steps, len(self.assembly.step_channels))
        self.epochs = self._history(memory.epochs, len(self.assembly.epoch_channels))
        self._demands = {name: crew.Demand() for name in ("train", "check", "predict")}
        self.signals = memory.signals if memory.signals is not None else np.zeros(1, np.int64)
        self.origin = (0, 0)  # steps and epochs of the run before this machine: the counters are those of its stage
        self.regions: dict[int, np.ndarray] = {}
        self._allocate(memory)
        self._bind()
        self.interpreter = Interpreter(self.regions, jit.checked) if os.environ.get("HOURGLASS_DEBUG") == "1" else None
        self.set_settings(network.settings.rule().model_dump())
        self.watch_every(1)
        self.reset_counters()

    def _history(self, given: HistoryArrays | None, channels: int) -> HistoryArrays:
        if given is not None and self.network.dtype == np.float32:
            return given
        made = allocate(channels)
        wide = [part.astype(self.network.dtype) for part in made[:3]]
        history = HistoryArrays(*wide, made.count, made.state)
        if given is not None:
            self._mirrors.append((history, given))
        return history

    def publish(self) -> None:
        """Brings a history that others read up to date, where the machine does not write it itself."""
        for history, shown in self._mirrors:
            mirror(history, shown)

    def _allocate(self, memory: Memory) -> None:
        real, whole = self.network.dtype, np.dtype(np.int64)
        given = dict(enumerate((*self.steps, *self.epochs), Region.STEP_LOW))
        for region, size in self.assembly.sizes.items():
            if region in given or region >= Region.DATA:
                continue
            self.regions[region] = aligned(size, whole if region in WHOLE else real)
        if memory.parameters is not None and len(memory.parameters) >= self.assembly.sizes[Region.PARAMETERS]:
            self.regions[Region.PARAMETERS] = memory.parameters[: self.assembly.sizes[Region.PARAMETERS]]
        for region, array in given.items():
            self.regions[region] = array
        for key, region in self.assembly.columns.items():
            if key in self.dataset.columns:
                values = self.dataset.columns[key].values
                self.regions[region] = np.ascontiguousarray(values, whole if values.dtype.kind == "i" else real)
            else:  # what lies below a stage: `engine.built.compute_kept`
                self.regions[region] = aligned(self.assembly.sizes[region], real)
        self.regions[Region.CONSTANTS][:] = self.assembly.constants
        self.regions[Region.WHOLE_CONSTANTS][:] = self.assembly.report.columns
        self.regions[Region.TRAIN_ROWS][:] = self.dataset.train
        self.regions[Region.VALIDATION_ROWS][: len(self.dataset.validation)] = self.dataset.validation
        self.counters = self.regions[Region.COUNTERS]

    def _bind(self) -> None:
        """Binds the programs to addresses for the batch sizes that will occur."""
        assembly = self.assembly
        self._bases = np.zeros(max(self.regions) + 1, np.int64)
        for region, array in self.regions.items():
            self._bases[region] = array.ctypes.data
        self._entries = {kernel: jit.address(kernel, self.network.dtype) for kernel in assembly.kernels()}
        train, self._check_table, self._predict_table = assembly.tables()
        check = self._check_table
        self._train_table = train
        short = len(self.dataset.train) % assembly.batch or assembly.batch
        self._full = train.bind(assembly.batch, self._bases, self._entries)
        self._short = train.bind(short, self._bases, self._entries)
        rows = len(self.dataset.validation)
        self._check_full = check.bind(assembly.check_batch, self._bases, self._entries)
        self._check_short = check.bind(rows % assembly.check_batch or assembly.check_batch, self._bases, self._entries)
        self._marks = np.array(train.marks, np.int64)
        self._advances, self._check_advances = train.advance_array(), check.advance_array()
        self._check_end = check.marks[-1]
        self._bound_predict: dict[int, np.ndarray] = {}

    # counters and settings

    def reset_counters(self) -> None:
        """Back to step 0 of epoch 0, keeping the seed and how often statistics are taken."""
        c, assembly = self.counters, self.assembly
        seed, every = c[loop.SEED], c[loop.WATCH_EVERY]
        c[:] = 0
        c[loop.SEED], c[loop.WATCH_EVERY] = seed, every
        c[loop.ROWS], c[loop.CHECK_ROWS] = len(self.dataset.train), len(self.dataset.validation)
        c[loop.BATCH], c[loop.CHECK_BATCH] = assembly.batch, assembly.check_batch
        c[loop.EPOCH_LIMIT] = self.network.settings.epochs

    @property
    def step_count(self) -> int:
        """Steps of the run that are done."""
        return self.origin[0] + self.stage_steps

    @property
    def epoch(self) -> int:
        """Epochs of the run that are done."""
        return self.origin[1] + self.stage_epochs

    @property
    def stage_steps(self) -> int:
        """Steps of this stage that are done."""
        return int(self.counters[loop.STEP])

    @property
    def stage_epochs(self) -> int:
        """Epochs of this stage that are done."""
        return int(self.counters[loop.EPOCH])

    @property
    def cursor(self) -> int:
        """Samples of the present epoch that are done."""
        return int(self.counters[loop.CURSOR])

    @property
    def halted(self) -> bool:
        """Whether a step found something that was not finite. Nothing was updated in that step."""
        return bool(self.counters[loop.HALT])

    @property
    def finished(self) -> bool:
        limit = int(self.counters[loop.EPOCH_LIMIT])
        return limit > 0 and self.stage_epochs >= limit

    def set_epoch_limit(self, epochs: int) -> None:
        """0: endless."""
        self.counters[loop.EPOCH_LIMIT] = epochs

    def watch_every(self, steps: int) -> None:
        """Layer statistics are taken every so many steps; 0: never. Has no influence on the weights."""
        self.counters[loop.WATCH_EVERY] = steps

    def set_settings(self, values: Mapping[str, float]) -> None:
        """Changes settings of the optimiser, such as `learning_rate`, from the next step on."""
        for name, value in values.items():
            self.regions[Region.SETTINGS][self.assembly.settings[name].offset] = float(value)

    # weights

    def parameter(self, key: str) -> np.ndarray:
        """The array of one parameter: a view of the arena."""
        return self.view(self.assembly.parameters[key])

    def gradient(self, key: str) -> np.ndarray:
        """∂E/∂parameter of the last step."""
        return self.view(self.assembly.parameters[key]._replace(region=Region.GRADIENTS))

    def view(self, slot: Slot, batch: int = 1) -> np.ndarray:
        shape = tuple(-axis * batch if axis < 0 else axis for axis in slot.axes)
        flat = self.regions[slot.region][slot.offset : slot.offset + slot.extent(batch)]
        return flat.reshape(shape)

    def initialize(self, seed: int) -> None:
        """First weights from the seed, empty optimiser state, step 0."""
        self.counters[loop.SEED] = seed
        for key, spec in self.network.parameters.items():
            self.parameter(key)[...] = spec.initializer(initializers.stream(seed, key), spec.shape)
        for region in (Region.STATE, Region.BUFFERS, Region.GRADIENTS, Region.REPORTS):
            if region in self.regions:
                self.regions[region][:] = 0
        self.reset_counters()

    def state(self) -> dict[str, np.ndarray]:
        """Copies of everything that the run's future depends on: weights, buffers, optimiser state, counters."""
        found = {f"parameter/{key}": self.parameter(key).copy() for key in self.network.parameters}
        for name, slot in self.assembly.state.items():
            for key, place in self.assembly.parameters.items():
                part = self.regions[Region.STATE][slot.offset + place.offset :][: place.extent(1)]
                found[f"optimizer/{name}/{key}"] = part.reshape(place.axes).copy()
        found |= {f"optimizer/{name}": self.view(slot).copy() for name, slot in self.assembly.memo.items()}
        found |= {f"buffer/{key}": self.view(slot).copy() for key, slot in self.assembly.buffers.items()}
        found["settings"] = self.regions[Region.SETTINGS].copy()
        found["sums"] = self.regions[Region.REPORTS].copy()
        found["counters"] = self.counters[: loop.ROWS].copy()
        return found

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Goes on from what `state()` gave; the order of an epoch that had begun is drawn again."""
        for key in self.network.parameters:
            self.parameter(key)[...] = state[f"parameter/{key}"]
        for name, slot in self.assembly.state.items():
            for key, place in self.assembly.parameters.items():
                self.regions[Region.STATE][slot.offset + place.offset :][: place.extent(1)] = \
                    state[f"optimizer/{name}/{key}"].ravel()
        for name, slot in self.assembly.memo.items():
            self.view(slot)[...] = state[f"optimizer/{name}"]
        for key, slot in self.assembly.buffers.items():
            self.view(slot)[...] = state[f"buffer/{key}"]
        self.regions[Region.SETTINGS][:] = state["settings"]
        self.regions[Region.REPORTS][:] = state["sums"]
        self.counters[: loop.ROWS] = state["counters"]
        if self.cursor:
            self.walk_section(loop.EPOCH_BEGIN)

    # running

    def walk_section(self, section: int) -> None:
        loop.walk(self._full, self._advances, self._marks[section], self._marks[section + 1])

    def run(self, steps: int) -> int:
        """Trains for so many steps; fewer when the epoch limit is reached, something is not finite, or a signal came.
        Returns the number done."""
        if self.interpreter is not None:
            return interpreter.train(self.interpreter, steps, self.counters, self.signals, self.assembly.train,
                                     self.assembly.check["check"])
        with crew.awake(self._demands["train"]):
            done = int(loop.train(
                steps, self.counters, self.signals, self._full, self._short, self._advances, self._marks,
                self._check_full, self._check_short, self._check_advances, self._check_end))
        self.publish()
        return done

    def finite(self) -> bool:
        """Whether all weights are finite."""
        return bool(np.isfinite(self.regions[Region.PARAMETERS]).all())

    def losses(self) -> dict[str, float]:
        """The figures of the last batch, by quantity (and node, where there are several)."""
        values = self.regions[Region.REPORTS]
        return {f"{channel.quantity}/{channel.node}".rstrip("/"): float(values[index])
                for index, channel in enumerate(self.assembly.step_channels)
                if not channel.layer and index < self.assembly.report.width}

    def culprit(self) -> Culprit:
        """After a halt: walks the same step again, instruction by instruction, to the first that is not finite."""
        rows = min(self.assembly.batch, len(self.dataset.train) - self.cursor)
        table = self._full if rows == self.assembly.batch else self._short
        row = int(self._marks[loop.PASS])  # what comes before it has been done already
        for step in self.assembly.train["pass"]:
            body = step.body if isinstance(step, Block) else (step,)
            following = row + (1 + len(body) if isinstance(step, Block) else 1)
            loop.walk(table, self._advances, row, following)
            row = following
            for instruction in body:
                if instruction.kernel is bookkeeping.copy:  # says that there is no figure
                    continue
                for (name, operand), slot in zip(operands(instruction.kernel).items(), instruction.arguments, strict=True):
                    if operand.writes and not operand.ints and isinstance(slot, Slot) \
                            and not np.isfinite(self.view(slot, rows)).all():
                        return Culprit(instruction.node, "gradient" if name.startswith("d") else "value")
        return Culprit("", "value")

    # use

    def forward(self, inputs: Mapping[PortKey, np.ndarray], wanted: Sequence[PortKey]) -> dict[PortKey, np.ndarray]:
        """Outputs of the network for given samples, B×…, in portions, with no more computed than they need. Nothing of the
        run changes but scratch."""
        count = len(next(iter(inputs.values())))
        made: dict[PortKey, list[np.ndarray]] = {key: [] for key in wanted}
        assembly = self.assembly
        outputs = {**assembly.predict_outputs, **assembly.predict_inputs, **assembly.predict_sums, **assembly.inner_outputs}
        end = rows_until(assembly.predict["forward"], [outputs[key] for key in wanted], assembly.predict_batch)
        for start in range(0, count, self.assembly.predict_batch):
            rows = min(self.assembly.predict_batch, count - start)
            for key, slot in self.assembly.predict_inputs.items():
                part = np.asarray(inputs[key][start : start + rows])
                if len(slot.axes) == 3 and slot.axes[0] > 0:
                    part = np.swapaxes(part, 0, 1)  # time lies outermost in the arena
                self.view(slot, rows)[...] = part.reshape(self.view(slot, rows).shape)
            if rows not in self._bound_predict:
                self._bound_predict[rows] = self._predict_table.bind(rows, self._bases, self._entries)
            with crew.awake(self._demands["predict"]):
                loop.walk(self._bound_predict[rows], loop.no_table(), 0, end)
            for key in wanted:
                made[key].append(self.view(outputs[key], rows).copy())
        return {key: parts[0] if len(parts) == 1 else np.concatenate(parts) if parts else np.empty((0,))
                for key, parts in made.items()}

    def evaluate(self, rows: np.ndarray) -> dict[str, float]:
        """The report's figures over these rows of the data set, in use (without dropout), averaged in float64."""
        if not len(rows):
            return {}
        table = self._check_table
        saved = self.regions[Region.VALIDATION_ROWS].copy(), self.regions[Region.REPORTS].copy()
        order = self.regions[Region.VALIDATION_ROWS]
        width = self.assembly.report.width
        total = np.zeros(width)
        portion = min(self.assembly.check_batch, len(order))
        self.counters[loop.CHECKED] = 0
        for start in range(0, len(rows), portion):
            part = rows[start : start + portion]
            order[: len(part)] = part
            bound = table.bind(len(part), self._bases, self._entries)
            with crew.awake(self._demands["check"]):
                loop.walk(bound, self._check_advances, 0, self._check_end)
            total += self.regions[Region.REPORTS][:width].astype(np.float64) * len(part)
        self.regions[Region.VALIDATION_ROWS][:], self.regions[Region.REPORTS][:] = saved
        mean = total / len(rows)
        report = self.assembly.report
        return {f"{quantity}/{node}".rstrip("/"): float(mean[column] * factor)
                for (quantity, node), column, factor in zip(report.quantities, report.columns, report.factors, strict=True)}
