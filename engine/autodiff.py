"""Reverse-mode automatic differentiation on tapes: from the operations to the instructions of both directions.

The first use of a gradient writes it, later ones add to it. A parameter shared by several operations has one owner and
so one gradient, to which every use contributes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from engine.kernels.bookkeeping import add_into
from engine.kernels.operand import Kernel, operands
from engine.ops.primitive import Operation, Region, Tape, Value
from engine.program import Argument, Instruction, Layout, Slot, Step, spread


class Lowering:
    """Turns one tape's operations into instructions, giving each value its place in the arena."""

    def __init__(self, layout: Layout, context: Mapping[str, Argument], constant: Callable[[float], Slot]) -> None:
        self.layout, self.context, self.constant = layout, context, constant
        self.gradients: dict[Value, Slot] = {}
        self._temporary: dict[int, Slot] = {}

    def slot(self, value: Value) -> Slot:
        """Where a value lies; assigned when first asked for."""
        if value.slot is None:
            value.slot = self.layout.place(value.region, value.axes, ints=value.ints)
        return value.slot

    def forward(self, tape: Tape) -> list[Step]:
        """The forward kernels in order."""
        return [step for operation in tape.operations for step in self._call(operation.primitive.forward, operation, {})]

    def backward(self, tape: Tape, seeds: Mapping[Value, Slot]) -> list[Step]:
        """The gradient kernels in reverse order. `seeds` gives ∂E/∂loss for every loss value."""
        self.gradients.update(seeds)
        result: list[Step] = []
        for operation in reversed(tape.operations):
            if operation.output in self.gradients and operation.output.trained:
                result.extend(self._gradients(operation))
        return result

    def _gradients(self, operation: Operation) -> Sequence[Step]:
        result: list[Step] = []
        given: dict[str, Argument] = {"dy": self.gradients[operation.output]}
        for name, value in zip(operation.primitive.inputs, operation.inputs, strict=True):
            kernel = operation.primitive.gradient(name)
            if kernel is None or not value.trained:
                continue
            known = self.gradients.get(value)
            target = known or self._place_gradient(value)
            adds = "accumulate" in operands(kernel)
            into = target if adds or known is None else self._scratch(target)
            result += self._call(kernel, operation, {**given, f"d{name}": into, "accumulate": int(known is not None)})
            if into is not target:
                result.append(Instruction(add_into, (into, target), operation.node))
            self.gradients[value] = target
        return result

    def _place_gradient(self, value: Value) -> Slot:
        if value.region is Region.PARAMETERS:  # gradients lie as parameters do, so the optimiser walks both at once
            return self.slot(value)._replace(region=Region.GRADIENTS)
        return self.layout.place(Region.SCRATCH, value.axes)

    def _scratch(self, like: Slot) -> Slot:
        """A place for one contribution before it is added; one for each size is enough."""
        key = like.extent(self.layout.batch)
        if key not in self._temporary:
            self._temporary[key] = self.layout.place(Region.SCRATCH, like.axes)
        return self._temporary[key]._replace(axes=like.axes)

    def _call(self, kernel: Kernel, operation: Operation, gradients: Mapping[str, Argument]) -> list[Step]:
        """Binds a kernel's arguments by name; in parts where its rows can be shared between threads."""
        values = operation.named
        attributes = operation.primitive.attributes
        arguments: list[Argument] = []
        for name, operand in operands(kernel).items():
            if name in gradients:
                arguments.append(gradients[name])
            elif name in values:
                arguments.append(self.slot(values[name]))
            elif name in attributes:
                attribute = attributes[name]
                arguments.append(int(attribute) if operand.immediate else self.constant(float(attribute)))
            elif name == "stream":
                arguments.append(operation.stream)
            elif name in self.context:
                arguments.append(self.context[name])
            else:
                raise TypeError(f"kernel {kernel.__qualname__}: nothing is called {name}")
        instruction = Instruction(kernel, tuple(arguments), operation.node)
        return spread(instruction) if operation.primitive.rowwise else [instruction]
