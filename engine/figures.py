"""The figures of a batch and of an epoch: where they lie, under which names histories know them, what computes them.

A batch's report holds the objective, every loss and metric, the loss without penalties, the learning rate, and behind
them the statistics of each layer. A stage tells the figures of the whole document; those that it does not compute are NaN,
which histories know as no number.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.compiler import Graph, LayerSpec, LossSpec, Network
from engine.kernels import bookkeeping, telemetry
from engine.layer_places import activity, delta_of
from engine.ops.activations import activation_functions
from engine.ops.primitive import BATCH, Region, Value
from engine.program import ALIGNMENT, PART, Instruction, Slot, Step, together
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


class Figures:
    """Lays out the report of one network and writes what fills it. `validated`: there are figures of validation too."""

    def __init__(self, network: Network, updates: Updates, constant_row: Callable[[Sequence[float]], Slot], *,
                 validated: bool) -> None:  # fmt: skip
        self.network, self.updates, self.constant_row, self.validated = network, updates, constant_row, validated
        self.penalised = updates.penalized or any(loss.penalty for loss in network.losses)
        self._computed = dict(_places([spec.node for spec in network.losses], [spec.node for spec, _ in network.train.losses]))
        self.told = self._report()
        before = [Channel("loss"), *(Channel(loss.quantity, loss.node) for loss in network.losses),
                  *(Channel(metric.quantity, metric.node) for metric in network.metrics),
                  *([Channel(WITHOUT_PENALTIES)] if self.penalised else [])]  # told too, behind the rest
        self.count = len(before)
        before += [Channel("learning_rate"), *([Channel("gradient_norm")] if network.settings.clip else [])]
        self.fresh = len(before)  # columns that every step writes
        self.step_channels = (*before, *(Channel(quantity, layer.node, layer.name) for layer in network.layers
                                         for quantity in LAYER_QUANTITIES))
        parts = ("train", "validation") if validated else ("train",)
        self.epoch_channels = tuple(Channel(f"{part}_{quantity}", node) for part in parts
                                    for quantity, node in self.told.quantities)
        width, quantities = len(self.step_channels), len(self.told.quantities)
        aligned = -(-width // ALIGNMENT) * ALIGNMENT
        self.report = Slot(Region.REPORTS, 0, (width,))
        self.sums = Slot(Region.REPORTS, aligned, (self.count,))
        self.check_sums = Slot(Region.REPORTS, 2 * aligned, (self.count,))
        self.epoch_values = Slot(Region.REPORTS, 3 * aligned, (quantities * len(parts),))
        self.rates = Slot(Region.REPORTS, 3 * aligned + 2 * quantities, (len(updates.segments),))
        self.size = self.rates.offset + self.rates.axes[0]
        self.total = self.report.part(0, (1,))
        self.rate = self.report.part(self.count, (1,))
        self.norm = self.report.part(self.fresh - 1, (1,)) if network.settings.clip else None

    def _report(self) -> Report:
        quantities, columns, factors = [("loss", "")], [0], [1.0]
        for column, loss in enumerate(self.network.losses, start=1):
            quantities.append((loss.quantity, loss.node))
            columns.append(column)
            factors.append(1.0)
            if loss.components:
                quantities.append((loss.figure, loss.node))
                columns.append(column)
                factors.append(1.0 / (self._spec(column - 1).components or loss.components))
        for column, metric in enumerate(self.network.metrics, start=1 + len(self.network.losses)):
            quantities.append((metric.quantity, metric.node))
            columns.append(column)
            factors.append(1.0)
        if self.penalised:
            quantities.append((WITHOUT_PENALTIES, ""))
            columns.append(1 + len(self.network.losses) + len(self.network.metrics))
            factors.append(1.0)
        return Report(tuple(quantities), tuple(columns), tuple(factors))

    def _spec(self, place: int) -> LossSpec:
        """A loss as it is in this stage."""
        return self.network.train.losses[self._computed[place]][0] if place in self._computed else self.network.losses[place]

    # a batch

    def place(self, graph: Graph) -> list[Instruction]:
        """Losses and metrics are written straight into the report. Returns what says that there are no others."""
        missing = set(range(1, 1 + len(self.network.losses) + len(self.network.metrics)))
        losses, metrics = [spec.node for spec, _ in graph.losses], [figure for figure, _ in graph.metrics]
        found = [(1 + place, graph.losses[at][1]) for place, at in _places([spec.node for spec in self.network.losses], losses)]
        found += [(1 + len(self.network.losses) + place, graph.metrics[at][1])
                  for place, at in _places(self.network.metrics, metrics)]
        for column, value in found:
            value.slot, value.region = self.report.part(column, (1,)), Region.REPORTS
            missing.discard(column)
        return [Instruction(bookkeeping.copy, (self._unknown(1), self.report.part(column, (1,)))) for column in sorted(missing)]

    def objective(self) -> list[Instruction]:
        """The objective; and the same without penalties where there are some."""
        terms = self.report.part(1, (len(self.network.losses),))
        specs = [self._spec(place) if place in self._computed else None for place in range(len(self.network.losses))]
        sums = [(self.total, [spec.weight if spec else 0.0 for spec in specs])]
        if self.penalised:
            sums.append((self.report.part(self.count - 1, (1,)),
                         [spec.weight if spec and not spec.penalty else 0.0 for spec in specs]))
        return [*(Instruction(bookkeeping.weighted_total, (terms, self.constant_row(weights), into))
                  for into, weights in sums), *self.updates.penalties(self.total)]

    def add(self, sums: Slot) -> Instruction:
        """Adds the batch's figures to those of the epoch."""
        return Instruction(bookkeeping.add_report, (self.report.part(0, (self.count,)), BATCH, sums))

    def statistics(self, parameters: Mapping[str, Slot], before: Slot, gradients: Mapping[Value, Slot]) -> list[Step]:
        """What is told of every layer; nothing of those that do not train."""
        steps: list[Instruction] = []
        for index, layer in enumerate(self.network.layers):
            into = self.report.part(self.fresh + index * len(LAYER_QUANTITIES), (len(LAYER_QUANTITIES),))
            if self.network.moving is None or layer.weight in self.network.moving:
                steps += self._of_layer(layer, parameters[layer.weight], before, gradients, into)
            else:
                steps.append(Instruction(bookkeeping.copy, (self._unknown(len(LAYER_QUANTITIES)), into), layer.node))
        return together(steps) if self.updates.size > PART else list(steps)

    def _of_layer(self, layer: LayerSpec, weight: Slot, before: Slot, gradients: Mapping[Value, Slot],
                  into: Slot) -> Iterator[Instruction]:  # fmt: skip
        count = weight.extent(1)
        flat = weight._replace(axes=(count,))
        yield Instruction(bookkeeping.parameter_statistics, (
            flat, flat._replace(region=Region.GRADIENTS), before.part(weight.offset, (count,)), into.part(0, (3,))), layer.node)
        graph, silence = self.network.train, SILENCE.get(layer.activation, bookkeeping.NEVER)
        output, delta = activity(graph, layer), delta_of(graph, layer, gradients)
        for first, width, kernel, given in ((3, 3, bookkeeping.activity_statistics, output and (output, silence)),
                                            (6, 1, bookkeeping.length, delta and (delta,))):
            place = into.part(first, (width,))
            yield (Instruction(kernel, (*given, place), layer.node) if given else
                   Instruction(bookkeeping.copy, (self._unknown(width), place), layer.node))

    def _unknown(self, width: int) -> Slot:
        return self.constant_row([math.nan] * width)

    # histories

    def record_step(self, *, whole: bool) -> Instruction:
        """Puts the batch's report into the history: all of it, or what every step writes."""
        return _record(self.report, len(self.step_channels) if whole else self.fresh, self.step_channels, Region.STEP_LOW)

    def epoch_end(self, train_rows: int, check_rows: int) -> list[Step]:
        """The figures of the epoch, and their way into the history."""
        count, factors = len(self.told.columns), self.constant_row(self.told.factors)
        columns = Slot(Region.WHOLE_CONSTANTS, 0, (count,), ints=True)
        steps: list[Step] = []
        for part, (sums, rows) in enumerate([(self.sums, train_rows), (self.check_sums, check_rows)][: 1 + self.validated]):
            into = self.epoch_values.part(part * count, (count,))
            steps.append(Instruction(bookkeeping.epoch_report, (sums, columns, factors, rows, into)) if rows else
                         Instruction(bookkeeping.copy, (self._unknown(count), into)))
        return [*steps, _record(self.epoch_values, self.epoch_values.axes[0], self.epoch_channels, Region.EPOCH_LOW)]


def _places(all_of_them: Sequence[object], some: Sequence[object]) -> Iterator[tuple[int, int]]:
    """(place among all, place among some) of those that are in both, the first of a kind with the first of that kind."""
    free = {key: [place for place, other in enumerate(all_of_them) if other == key] for key in some}
    for place, key in enumerate(some):
        if free[key]:
            yield free[key].pop(0), place


def _record(values: Slot, fresh: int, channels: Sequence[Channel], first: int) -> Instruction:
    grid = [Slot(first + k, 0, (BUCKETS, len(channels)), ints=k == 3) for k in range(4)]
    state = Slot(first + 4, 0, (telemetry.STATE_SIZE,), ints=True)
    return Instruction(telemetry.record, (values, fresh, *grid, state))
