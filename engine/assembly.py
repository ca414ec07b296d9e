"""From a compiled network to programs: every section's instructions, and where everything lies in the arena."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from engine.autodiff import Lowering
from engine.compiler import Graph, Network, PortKey, needed
from engine.kernels import bookkeeping, telemetry
from engine.kernels.loop import CHECKED, COUNTERS, CURSOR, SECTIONS
from engine.kernels.operand import Kernel
from engine.layer_places import activity, delta_of, sums_at
from engine.memory import portion
from engine.ops.activations import activation_functions
from engine.ops.primitive import BATCH, Region, Value
from engine.program import (
    ALIGNMENT,
    PART,
    Instruction,
    Layout,
    Slot,
    Step,
    Table,
    instructions,
    spread,
    together,
    verify,
)
from engine.telemetry import BUCKETS, Channel
from engine.updates import Updates

WITHOUT_PENALTIES = "loss_without_penalties"
LAYER_QUANTITIES = ("gradient", "weight", "update", "mean", "deviation", "silent", "delta")
SILENCE = {name: function.silence for name, function in activation_functions().items()}


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of an epoch: which columns of the batch's report they come from, and by what factor."""

    quantities: tuple[tuple[str, str], ...]  # (quantity, node)
    columns: tuple[int, ...]
    factors: tuple[float, ...]

    @property
    def width(self) -> int:
        """How many columns of the batch's report are figures; the layers' statistics come after."""
        return max(self.columns, default=-1) + 1


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

    def __init__(self, network: Network, rows: int, train_rows: int, check_rows: int) -> None:
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
        result, network = self.result, self.network
        for graph in (network.train, network.use):
            for key in graph.inputs:
                result.columns.setdefault(key, Region.DATA + len(result.columns))
        self._reports()
        self._train()
        self._check()
        self._predict()
        self._sizes()
        return result

    def _lowering(self, graph: Graph, layout: Layout) -> Lowering:
        for key, value in graph.parameters.items():
            value.slot = self.result.parameters[key]
        for key, value in graph.buffers.items():
            value.slot = self.result.buffers[key]
        return Lowering(layout, {"run": self.run}, self.constant)

    # the batch's report: total, losses, metrics, and behind them the layers' statistics

    def _reports(self) -> None:
        network = self.network
        losses, metrics = network.losses, network.metrics
        penalised = self.updates.penalized or any(loss.penalty for loss in losses)
        channels = [Channel("loss"), *(Channel(loss.quantity, loss.node) for loss in losses),
                    *(Channel(metric.quantity, metric.node) for metric in metrics),
                    *([Channel(WITHOUT_PENALTIES)] if penalised else [])]  # told too, behind the rest
        self.figures = len(channels)
        channels.append(Channel("learning_rate"))
        if network.settings.clip:
            channels.append(Channel("gradient_norm"))
        self.fresh = len(channels)
        width = self.fresh + len(LAYER_QUANTITIES) * len(network.layers)
        self.report = Slot(Region.REPORTS, 0, (width,))
        channels += [Channel(quantity, layer.node, layer.name) for layer in network.layers
                     for quantity in LAYER_QUANTITIES]
        self.result.step_channels = tuple(channels)
        quantities, columns, factors = [("loss", "")], [0], [1.0]
        for index, loss in enumerate(losses):
            quantities.append((loss.quantity, loss.node))
            columns.append(1 + index)
            factors.append(1.0)
            if loss.components:
                quantities.append((loss.figure, loss.node))
                columns.append(1 + index)
                factors.append(1.0 / loss.components)
        for index, metric in enumerate(metrics):
            quantities.append((metric.quantity, metric.node))
            columns.append(1 + len(losses) + index)
            factors.append(1.0)
        if penalised:
            quantities.append((WITHOUT_PENALTIES, ""))
            columns.append(self.figures - 1)
            factors.append(1.0)
        self.result.report = Report(tuple(quantities), tuple(columns), tuple(factors))
        parts = ("train", "validation") if self.check_rows else ("train",)
        self.result.epoch_channels = tuple(
            Channel(f"{part}_{quantity}", node) for part in parts for quantity, node in quantities)
        aligned = -(-width // ALIGNMENT) * ALIGNMENT
        self.sums = Slot(Region.REPORTS, aligned, (self.figures,))
        self.check_sums = Slot(Region.REPORTS, 2 * aligned, (self.figures,))
        self.epoch_values = Slot(Region.REPORTS, 3 * aligned, (len(quantities) * len(parts),))
        self.rates = Slot(Region.REPORTS, 3 * aligned + 2 * len(quantities), (len(self.updates.segments),))
        self.reports_size = self.rates.offset + self.rates.axes[0]
        self.result.report_slot = self.report

    def _place_figures(self, graph: Graph) -> None:
        """Losses and metrics are written straight into the report."""
        for index, (_, value) in enumerate(graph.losses):
            value.slot, value.region = self.report.part(1 + index, (1,)), Region.REPORTS
        for index, (_, value) in enumerate(graph.metrics):
            value.slot, value.region = self.report.part(1 + len(graph.losses) + index, (1,)), Region.REPORTS

    def _total(self, graph: Graph) -> list[Instruction]:
        """The objective; and the same without penalties where there are some."""
        terms, total = self.report.part(1, (len(graph.losses),)), self.report.part(0, (1,))
        sums = [(total, [spec.weight for spec, _ in graph.losses])]
        if self.updates.penalized or any(spec.penalty for spec, _ in graph.losses):
            sums.append((self.report.part(self.figures - 1, (1,)),
                         [0.0 if spec.penalty else spec.weight for spec, _ in graph.losses]))
        return [*(Instruction(bookkeeping.weighted_total, (terms, self.constant_row(weights), into))
                  for into, weights in sums), *self.updates.penalties(total)]

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
        graph, result = self.network.train, self.result
        lowering = self._lowering(graph, self.layout)
        self._place_figures(graph)
        order = Slot(Region.ORDER, 0, (self.train_rows,), ints=True)
        one = {value: self.constant(spec.weight) for spec, value in graph.losses}
        forward = self._gathers(graph, lowering, order, CURSOR) + lowering.forward(graph.tape)
        backward = lowering.backward(graph.tape, one)
        program: dict[str, list[Step]] = {}
        program["advance"] = self.updates.look_ahead()
        once = [*forward, *self._total(graph), *backward]
        program["pass"] = [*once,
                           *spread(Instruction(bookkeeping.guard,
                                               (self.report.part(0, (1,)), self.updates.gradients, self.run))),
                           Instruction(bookkeeping.add_report,
                                       (self.report.part(0, (self.figures,)), BATCH, self.sums))]
        before = self.layout.place(Region.SCRATCH, self.updates.whole.axes)
        program["before"] = spread(Instruction(bookkeeping.copy, (self.updates.whole, before)))
        norm = self.report.part(self.fresh - 1, (1,)) if self.network.settings.clip else None
        rate = self.report.part(self.figures, (1,))
        program["update"] = self.updates.update(rate, self.rates, norm, once, self.report.part(0, (1,)))
        program["after"] = self._statistics(lowering, before)
        program["record"] = [self._record(self.report.part(0, self.report.axes), self.fresh, "step")]
        program["record_all"] = [self._record(self.report, self.report.axes[0], "step")]
        program["epoch_end"] = self._epoch_end()
        program["epoch_begin"] = self._epoch_begin(order)
        result.train = {name: program[name] for name in SECTIONS}

    def _statistics(self, lowering: Lowering, before: Slot) -> list[Step]:
        steps: list[Instruction] = []
        for index, layer in enumerate(self.network.layers):
            place = self.fresh + index * len(LAYER_QUANTITIES)
            weight = self.result.parameters[layer.weight]
            count = weight.extent(1)
            flat = weight._replace(axes=(count,))
            steps.append(Instruction(bookkeeping.parameter_statistics, (
                flat, flat._replace(region=Region.GRADIENTS),
                before.part(weight.offset, (count,)), self.report.part(place, (3,))), layer.node))
            unknown = self.constant_row([math.nan] * 3)  # histories know NaN as no number
            output, delta = activity(self.network.train, layer), delta_of(self.network.train, layer, lowering.gradients)
            silence = SILENCE.get(layer.activation, bookkeeping.NEVER)
            for first, width, kernel, given in ((3, 3, bookkeeping.activity_statistics, output and (output, silence)),
                                                (6, 1, bookkeeping.length, delta and (delta,))):
                into = self.report.part(place + first, (width,))
                steps.append(Instruction(kernel, (*given, into), layer.node) if given else
                             Instruction(bookkeeping.copy, (unknown.part(0, (width,)), into), layer.node))
        return together(steps) if self.updates.size > PART else list(steps)

    def _record(self, values: Slot, fresh: int, which: str) -> Instruction:
        channels = len(self.result.step_channels if which == "step" else self.result.epoch_channels)
        first = Region.STEP_LOW if which == "step" else Region.EPOCH_LOW
        grid = [Slot(first + k, 0, (BUCKETS, channels), ints=k == 3) for k in range(4)]
        state = Slot(first + 4, 0, (telemetry.STATE_SIZE,), ints=True)
        return Instruction(telemetry.record, (values, fresh, *grid, state))

    def _epoch_end(self) -> list[Step]:
        report = self.result.report
        count, factors = len(report.columns), self.constant_row(report.factors)
        columns = Slot(Region.WHOLE_CONSTANTS, 0, (count,), ints=True)
        steps: list[Step] = [Instruction(bookkeeping.epoch_report, (
            self.sums, columns, factors, self.train_rows,
            self.epoch_values.part(0, (count,))))]
        if self.check_rows:
            steps.append(Instruction(bookkeeping.epoch_report, (
                self.check_sums, columns, factors,
                self.check_rows, self.epoch_values.part(count, (count,)))))
        return [*steps, self._record(self.epoch_values, self.epoch_values.axes[0], "epoch")]

    def _epoch_begin(self, order: Slot) -> list[Step]:
        rows = Slot(Region.TRAIN_ROWS, 0, (self.train_rows,), ints=True)
        if self.network.settings.shuffle:
            return [Instruction(bookkeeping.shuffle, (rows, self.run, int(not self.network.settings.same_batches), order))]
        return [Instruction(bookkeeping.keep_order, (rows, order))]

    def _check(self) -> None:
        graph = self.network.use
        figures = [value for _, value in (*graph.losses, *graph.metrics)]
        kept = needed(graph.tape, figures)
        everything, graph.tape.operations = graph.tape.operations, kept
        lowering = self._lowering(graph, self.check_layout)
        self._place_figures(graph)
        rows = Slot(Region.VALIDATION_ROWS, 0, (self.check_room,), ints=True)
        self.result.check = {"check": [
            *self._gathers(graph, lowering, rows, CHECKED), *lowering.forward(graph.tape),
            *self._total(graph),
            Instruction(bookkeeping.add_report, (self.report.part(0, (self.figures,)), BATCH, self.check_sums))]}
        graph.tape.operations = everything
        self._forget(graph)

    def _forget(self, graph: Graph) -> None:
        """Takes the places back, so that the same tape can be laid out again for another program."""
        values: list[Value] = [*graph.inputs.values()]
        for operation in graph.tape.operations:
            values += [operation.output, *operation.saved.values()]
        for value in values:
            value.slot = None
            value.region = Region.INTS if value.ints else Region.SCRATCH

    def _predict(self) -> None:
        """The forward-only program: inputs are copied in from outside, every output can be read."""
        graph, result = self.network.use, self.result
        everything, graph.tape.operations = graph.tape.operations, needed(graph.tape, graph.values.values())
        lowering = self._lowering(graph, self.predict_layout)
        forward = lowering.forward(graph.tape)
        live = {value for operation in graph.tape.operations for value in operation.inputs}
        live |= set(graph.values.values())
        for key, value in graph.inputs.items():
            if value in live:
                result.predict_inputs[key] = lowering.slot(value)
        result.predict = {"forward": list(forward)}
        result.predict_outputs = {key: lowering.slot(value) for key, value in graph.values.items()}
        result.predict_sums = sums_at(graph, self.network.layers)
        graph.tape.operations = everything
        self._forget(graph)

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
            Region.REPORTS: self.reports_size,
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
            shape = self.network.checked.outputs[key]
            sizes[region] = self.total_rows * shape.width
        result.sizes = sizes
        result.constants = self._numbers


def assemble(network: Network, rows: int, train_rows: int, check_rows: int) -> Assembly:
    """The programs of a network whose data set has so many rows, of which it trains on some and is checked on others."""
    return Assembler(network, rows, train_rows, check_rows).assemble()
