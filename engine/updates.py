"""The second half of a training step: rate, clipping, penalties and the optimiser's phases, segment by segment."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from engine import penalties, schedules
from engine.compiler import Network
from engine.kernels.operand import Kernel, Scalar, operands
from engine.native.loop import SEARCHED
from engine.ops.primitive import Region
from engine.optimizers import OPTIMIZERS
from engine.program import ALIGNMENT, Argument, Block, Instruction, Slot, Step, spread
from engine.quasi_newton import LBFGS, PAIRS, SEARCH, TRIALS
from engine.segments import Segment, place_parameters

Constant = Callable[[float], Slot]
ConstantRow = Callable[[Sequence[float]], Slot]


class Updates:
    """Where parameters, optimiser state and settings lie, and the instructions that change them."""

    def __init__(self, network: Network, run: Slot, constant: Constant, constant_row: ConstantRow) -> None:
        self.network, self.run, self.constant, self.constant_row = network, run, constant, constant_row
        self.optimizer = OPTIMIZERS[network.settings.optimizer]
        self.parameters, self.segments, self.size = place_parameters(network)
        self.whole = Slot(Region.PARAMETERS, 0, (self.size,))
        self.gradients = self.whole._replace(region=Region.GRADIENTS)
        self.state = {name: Slot(Region.STATE, index * self.size, (self.size,))
                      for index, name in enumerate(self.optimizer.state)}
        self.memo = {}  # optimiser state that is not like the parameters
        self.state_size = len(self.state) * self.size
        if issubclass(self.optimizer, LBFGS):
            self.memo["search"] = Slot(Region.STATE, self.state_size, (SEARCH,))
            self.state_size += -(-SEARCH // ALIGNMENT) * ALIGNMENT
        self.settings = {name: Slot(Region.SETTINGS, index, (1,))
                         for index, name in enumerate(self.optimizer.model_fields)}

    @property
    def learning(self) -> list[Segment]:
        """The segments that are not frozen."""
        return [segment for segment in self.segments if not segment.rule.frozen and segment.slot.axes[0]]

    @property
    def penalized(self) -> bool:
        """Whether the objective is more than the losses."""
        return any(segment.rule.penalized for segment in self.segments)

    def look_ahead(self) -> list[Step]:
        """What comes before the forward pass."""
        kernel = self.optimizer.look_ahead
        return [self._phase(kernel, segment, self.settings["learning_rate"]) for segment in self.learning] if kernel else []

    def penalties(self, total: Slot) -> list[Instruction]:
        """Adds the penalties of the present weights to the objective."""
        return [Instruction(penalties.add_penalty, (segment.slot, self.constant(segment.rule.lasso),
                                                    self.constant(segment.rule.pull / 2), total))
                for segment in self.segments if segment.rule.penalized]

    def update(self, rate: Slot, rates: Slot, norm: Slot | None, once_more: Sequence[Instruction],
               objective: Slot) -> list[Step]:
        """All that comes after the guard. There is room for the schedule's rate, for those of segments with a factor,
        and for ‖g‖ where it is clipped; `once_more` gives losses and gradients at other weights."""
        steps: list[Step] = [*self._schedule(rate)]
        if norm is not None:
            most = self.constant(self.network.settings.clip)
            steps.append(Instruction(penalties.clip, (self.gradients, most, norm)))
        steps += self._pull()
        if issubclass(self.optimizer, LBFGS):
            return [*steps, *self._line_search(self.optimizer, rate, once_more, objective)]
        learning = self.learning
        factors = [segment.rule.factor for segment in learning]
        own = [rate] * len(learning)
        if any(factor != 1 for factor in factors):
            own = [rates.part(index, (1,)) for index in range(len(learning))]
            steps.append(Instruction(schedules.scaled, (rate, self.constant_row(factors), rates.part(0, (len(learning),)))))
        for segment, rate in zip(learning, own, strict=True):
            if segment.rule.decoupled_decay:
                amount = self.constant(segment.rule.decoupled_decay)
                steps.append(Instruction(penalties.decay, (segment.slot, rate, amount)))
            steps += spread(self._phase(self.optimizer.update, segment, rate))
            if segment.rule.lasso:
                steps += spread(self._phase(self.optimizer.proximal, segment, rate))
        return steps

    def _schedule(self, rate: Slot) -> list[Instruction]:
        settings = self.network.settings
        named: Mapping[str, Argument] = {
            "learning_rate": self.settings["learning_rate"], "run": self.run, "out": rate,
            **{name: self.constant(number) for name, number in settings.schedule_numbers().items()}}
        kernel = schedules.SCHEDULES[settings.schedule].rate
        steps = [Instruction(kernel, tuple(named[name] for name in operands(kernel)))]
        if settings.warm_up:
            steps.append(Instruction(schedules.warm, (self.run, self.constant(settings.warm_up), rate)))
        return steps

    def _pull(self) -> list[Instruction]:
        return [Instruction(penalties.add_pull, (segment.slot, self.constant(segment.rule.pull), segment.of(Region.GRADIENTS)))
                for segment in self.learning if segment.rule.pull]

    def _phase(self, kernel: Kernel, segment: Segment, rate: Slot) -> Instruction:
        """One phase of the optimiser over one segment."""
        arguments: list[Argument] = []
        for name, operand in operands(kernel).items():
            if name == "w":
                arguments.append(segment.slot)
            elif name == "g":
                arguments.append(segment.of(Region.GRADIENTS))
            elif name == "run":
                arguments.append(self.run)
            elif name == "learning_rate":
                arguments.append(rate)
            elif name == "l1":
                arguments.append(self.constant(segment.rule.lasso))
            elif operand is Scalar:
                arguments.append(self.settings[name])
            else:
                arguments.append(segment.of(Region.STATE, self.state[name].offset))
        return Instruction(kernel, tuple(arguments))

    def _line_search(self, kind: type[LBFGS], rate: Slot, once_more: Sequence[Instruction], objective: Slot) -> list[Step]:
        """L-BFGS: a direction, then trials along it until one is good. All parameters move together; what is frozen has
        no gradient, so it stays."""
        pairs = (PAIRS, self.size)
        named: Mapping[str, Argument] = {
            **self.state, **self.memo, "w": self.whole, "g": self.gradients, "run": self.run, "learning_rate": rate,
            "objective": objective, "steps": self.state["step0"].part(0, pairs),
            "changes": self.state["change0"].part(0, pairs)}

        def bound(kernel: Kernel) -> Instruction:
            return Instruction(kernel, tuple(named[name] for name in operands(kernel)))

        trial = (*once_more, *self._pull(), *map(bound, kind.trials))
        searched = Slot(Region.COUNTERS, SEARCHED, (1,), ints=True)
        return [*map(bound, kind.searches), Block(TRIALS, trial, until=searched)]
