"""From a compiled network to programs: every section's instructions, and where everything lies in the arena."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from engine.autodiff import Lowering
from engine.compiler import Graph, Network, PortKey, needed
from engine.figures import Figures, Report
from engine.kernels import bookkeeping, telemetry
from engine.kernels.operand import Kernel
from engine.layer_places import sums_at
from engine.memory import portion
from engine.native.loop import CHECKED, COUNTERS, CURSOR, SECTIONS
from engine.ops.primitive import BATCH, Region
from engine.program import (
    Instruction,
    Layout,
    Slot,
    Step,
    Table,
    instructions,
    spread,
    verify,
)
from engine.telemetry import BUCKETS, Channel
from engine.updates import Updates


@dataclass
class Assembly:
    """All programs of one network for given numbers of samples, before anything is allocated."""

    network: Network
    batch: int
    check_batch: int
    predict_batch: int
    sizes: dict[int, int]  # elements of each region
    constants: list[float]
    settings: dict[str, Slot]
    parameters: dict[str, Slot]
    state: dict[str, Slot]
    memo: dict[str, Slot]  # optimiser state that is not like the parameters
    columns: dict[PortKey, int]  # data region of each column that is read
    buffers: dict[str, Slot] = field(default_factory=dict)
    train: dict[str, list[Step]] = field(default_factory=dict)
    check: dict[str, list[Step]] = field(default_factory=dict)
    predict: dict[str, list[Step]] = field(default_factory=dict)
    predict_inputs: dict[PortKey, Slot] = field(default_factory=dict)
    predict_outputs: dict[PortKey, Slot] = field(default_factory=dict)
    predict_sums: dict[PortKey, Slot] = field(default_factory=dict)  # of layers, before their functions bend them
    inner_outputs: dict[PortKey, Slot] = field(default_factory=dict)  # values inside nodes that a stage stands on
    step_channels: tuple[Channel, ...] = ()
    epoch_channels: tuple[Channel, ...] = ()
    report: Report = field(default_factory=lambda: Report((), (), ()))
    report_slot: Slot | None = None

    def kernels(self) -> list[Kernel]:
        """Every kernel that any of the programs calls."""
        steps = [step for program in (self.train, self.check, self.predict) for part in program.values() for step in part]
        return list(dict.fromkeys(instruction.kernel for instruction in instructions(steps)))

    def verify(self) -> None:
        """Raises `ProgramError` when a program must not run."""
        verify(self.train, self.sizes, self.batch)
        verify(self.check, self.sizes, self.check_batch)
        verify(self.predict, self.sizes, self.predict_batch, self.predict_inputs.values())

    def tables(self) -> tuple[Table, Table, Table]:
        itemsize = self.network.dtype.itemsize
        return Table(self.train, itemsize), Table(self.check, itemsize), Table(self.predict, itemsize)

    def text(self) -> str:
        """The programs as text, one instruction a line."""
        lines = []
        for name, program in (("train", self.train), ("validate", self.check), ("predict", self.predict)):
            for section, steps in program.items():
                lines.append(f"# {name}: {section}")
                lines += [str(instruction) for instruction in instructions(steps)]
        return "\n".join(lines) + "\n"


class Assembler:
    """Writes the programs of one network."""

    def __init__(self, network: Network, rows: int, train_rows: int, check_rows: int, *, validated: bool) -> None:
        self.network, self.total_rows = network, rows
        settings = network.settings
        self.train_rows, self.check_rows = train_rows, check_rows
        batch = settings.batch(train_rows)
        check_batch = max(1, min(max(batch, 256), check_rows or train_rows))
        self.check_room = max(check_rows, check_batch)
        self.layout = Layout(batch)
        self.check_layout = Layout(check_batch)
        predict_batch = portion(network.use)
        self.predict_layout = Layout(predict_batch)
        self.kept = Layout(1)
        self._constants: dict[float, Slot] = {}
        self._numbers: list[float] = []
        self.run = Slot(Region.COUNTERS, 0, (COUNTERS,), ints=True)
        self.updates = Updates(network, self.run, self.constant, self.constant_row)
        self.result = Assembly(network, batch, check_batch, predict_batch, {}, [], self.updates.settings,
                               self.updates.parameters, self.updates.state, self.updates.memo, {})
        self.figures = Figures(network, self.updates, self.constant_row, validated=validated)
        self.result.buffers = {key: self.kept.place(Region.BUFFERS, shape)
                               for key, shape in network.declared.buffers.items()}

    def constant(self, value: float) -> Slot:
        """A number that kernels read from the arena."""
        if value not in self._constants:
            self._constants[value] = self.constant_row((value,))
        return self._constants[value]

    def constant_row(self, values: Sequence[float]) -> Slot:
        """Several numbers side by side."""
        self._numbers.extend(values)
        return Slot(Region.CONSTANTS, len(self._numbers) - len(values), (len(values),))

    def assemble(self) -> Assembly:
        """All programs."""
        result, figures = self.result, self.figures
        result.columns = {key: Region.DATA + place for place, key in enumerate(self.network.columns)}
        result.step_channels, result.epoch_channels = figures.step_channels, figures.epoch_channels
        result.report, result.report_slot = figures.told, figures.report
        self._train()
        self._check()
        self._predict()
        self._sizes()
        return result

    def _lowering(self, graph: Graph, layout: Layout) -> Lowering:
        for value in (*graph.inputs.values(), *(made for operation in graph.tape.operations
                                                for made in (operation.output, *operation.saved.values()))):
            value.slot, value.region = None, Region.INTS if value.ints else Region.SCRATCH  # if it was laid out before
        for key, value in graph.parameters.items():
            value.slot = self.result.parameters[key]
        for key, value in graph.buffers.items():
            value.slot = self.result.buffers[key]
        return Lowering(layout, {"run": self.run}, self.constant)

    def _gathers(self, graph: Graph, lowering: Lowering, order: Slot, position: int) -> list[Step]:
        live = {value for operation in graph.tape.operations for value in operation.inputs}
        steps: list[Step] = []
        place = Slot(Region.COUNTERS, position, (1,), ints=True)
        for key, value in graph.inputs.items():
            if value not in live:
                continue
            target = lowering.slot(value)
            region = self.result.columns[key]
            if value.ints:
                kernel, source = bookkeeping.gather_labels, Slot(region, 0, (self.total_rows,), ints=True)
            elif len(value.axes) == 3 and value.axes[1] == BATCH:
                kernel = bookkeeping.gather_sequences
                source = Slot(region, 0, (self.total_rows, value.axes[0], value.axes[2]))
            else:
                kernel, source = bookkeeping.gather, Slot(region, 0, (self.total_rows, value.width))
                target = target._replace(axes=(BATCH, value.width))
            steps.append(Instruction(kernel, (source, order, place, target), key[0]))
        return steps

    def _train(self) -> None:
        graph, result, figures = self.network.train, self.result, self.figures
        lowering = self._lowering(graph, self.layout)
        others = figures.place(graph)
        order = Slot(Region.ORDER, 0, (self.train_rows,), ints=True)
        one = {value: self.constant(spec.weight) for spec, value in graph.losses}
        forward = self._gathers(graph, lowering, order, CURSOR) + others + lowering.forward(graph.tape)
        once = [*forward, *figures.objective(), *lowering.backward(graph.tape, one)]
        program: dict[str, list[Step]] = {}
        program["advance"] = self.updates.look_ahead()
        program["pass"] = [*once, *spread(Instruction(bookkeeping.guard, (figures.total, self.updates.gradients, self.run))),
                           figures.add(figures.sums)]
        before = self.layout.place(Region.SCRATCH, self.updates.whole.axes)
        program["before"] = spread(Instruction(bookkeeping.copy, (self.updates.whole, before)))
        program["update"] = self.updates.update(figures.rate, figures.rates, figures.norm, list(instructions(once)),
                                                figures.total)
        program["after"] = figures.statistics(result.parameters, before, lowering.gradients)
        program["record"] = [figures.record_step(whole=False)]
        program["record_all"] = [figures.record_step(whole=True)]
        program["epoch_end"] = figures.epoch_end(self.train_rows, self.check_rows)
        program["epoch_begin"] = self._epoch_begin(order)
        result.train = {name: program[name] for name in SECTIONS}

    def _epoch_begin(self, order: Slot) -> list[Step]:
        rows = Slot(Region.TRAIN_ROWS, 0, (self.train_rows,), ints=True)
        if self.network.settings.shuffle:
            return [Instruction(bookkeeping.shuffle, (rows, self.run, int(not self.network.settings.same_batches), order))]
        return [Instruction(bookkeeping.keep_order, (rows, order))]

    def _check(self) -> None:
        graph = self.network.check
        lowering = self._lowering(graph, self.check_layout)
        others = self.figures.place(graph)
        rows = Slot(Region.VALIDATION_ROWS, 0, (self.check_room,), ints=True)
        self.result.check = {"check": [
            *self._gathers(graph, lowering, rows, CHECKED), *others, *lowering.forward(graph.tape),
            *self.figures.objective(), self.figures.add(self.figures.check_sums)]}

    def _predict(self) -> None:
        """The forward-only program: inputs are copied in from outside, every output can be read."""
        graph, result = self.network.use, self.result
        outputs = {**graph.values, **graph.inner}
        graph.tape.operations = needed(graph.tape, outputs.values())
        lowering = self._lowering(graph, self.predict_layout)
        forward = lowering.forward(graph.tape)
        live = {value for operation in graph.tape.operations for value in operation.inputs}
        live |= set(outputs.values())
        for key, value in graph.inputs.items():
            if value in live:
                result.predict_inputs[key] = lowering.slot(value)
        result.predict = {"forward": list(forward)}
        result.predict_outputs = {key: lowering.slot(value) for key, value in graph.values.items()}
        result.predict_sums = sums_at(graph, self.network.layers)
        result.inner_outputs = {key: lowering.slot(value) for key, value in graph.inner.items()}

    def _sizes(self) -> None:
        result = self.result
        size = self.updates.size
        sizes: dict[int, int] = {
            Region.CONSTANTS: len(self._numbers),
            Region.WHOLE_CONSTANTS: len(result.report.columns),
            Region.PARAMETERS: size,
            Region.GRADIENTS: size,
            Region.BUFFERS: self.kept.sizes.get(Region.BUFFERS, 0),
            Region.STATE: self.updates.state_size,
            Region.SETTINGS: len(result.settings),
            Region.REPORTS: self.figures.size,
            Region.COUNTERS: COUNTERS,
            Region.ORDER: self.train_rows,
            Region.TRAIN_ROWS: self.train_rows,
            Region.VALIDATION_ROWS: self.check_room,
        }
        for first, channels in ((Region.STEP_LOW, result.step_channels), (Region.EPOCH_LOW, result.epoch_channels)):
            sizes.update({first + k: BUCKETS * len(channels) for k in range(4)})
            sizes[first + 4] = telemetry.STATE_SIZE
        for layout in (self.layout, self.check_layout, self.predict_layout):
            for region in (Region.SCRATCH, Region.INTS):
                sizes[region] = max(sizes.get(region, 0), layout.sizes.get(region, 0))
        for key, region in result.columns.items():
            sizes[region] = self.total_rows * self.network.columns[key].width
        result.sizes = sizes
        result.constants = self._numbers


def assemble(network: Network, rows: int, train_rows: int, check_rows: int, *, validated: bool | None = None) -> Assembly:
    """The programs of a network whose data set has so many rows, of which it trains on some and is checked on others.
    `validated`: histories have figures of validation, though it may be that nothing fills them."""
    return Assembler(network, rows, train_rows, check_rows,
                     validated=check_rows > 0 if validated is None else validated).assemble()
