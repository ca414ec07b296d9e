"""What one place of a network answers to another, and how that changes: values, products with the Jacobian, the Jacobian.

A place is an output port: what the network reads, or what a layer gives. Between two places the network in use is a
function; it is written, laid out and run here as the machine's programs are, on the machine's own weights, which are
read and never changed. Whatever else the function depends on is zero.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from engine import crew, jit
from engine.autodiff import Lowering
from engine.compiler import Declarations, PortKey, write_graph
from engine.executor import Machine, aligned
from engine.memory import WHOLE
from engine.native import loop
from engine.native.loop import COUNTERS
from engine.ops.activation_function import ActivationFunction
from engine.ops.primitive import Operation, Region, Value
from engine.program import Layout, Slot, Step, Table, verify

PORTION = 64  # samples at once
SHARED = (Region.PARAMETERS, Region.BUFFERS)  # read from the machine, in place


class Response:
    """The value at `made` as a function of the value at `given`, for a machine's weights as they are at each call.

    Samples are rows of an array (B × everything else). With `sums` the function ends before the activation function of
    the last layer. Raises `KeyError` when there is no such place, `ValueError` when `made` does not depend on `given`.
    """

    def __init__(self, machine: Machine, given: PortKey, made: PortKey, *, sums: bool = False) -> None:
        graph = write_graph(machine.network.checked, Declarations(), training=False)
        places = {**graph.inputs, **graph.values}
        source, target = places[given], places[made]
        if sums and target.operation is not None and isinstance(target.operation.primitive, ActivationFunction):
            target = target.operation.inputs[0]
        operations = _between(source, target)
        self._dtype, self._machine = machine.network.dtype, machine
        self._constants: list[float] = []
        self._layout = Layout(PORTION)
        for values, slots in ((graph.parameters, machine.assembly.parameters), (graph.buffers, machine.assembly.buffers)):
            for key, value in values.items():
                value.slot = slots[key]
        lowering = Lowering(self._layout, {"run": Slot(Region.COUNTERS, 0, (COUNTERS,), ints=True)}, self._constant)
        others = [value for operation in operations for value in operation.inputs
                  if value.region not in SHARED and (value.operation is None or value.operation not in operations)]
        self._others = [lowering.slot(value) for value in dict.fromkeys(others) if value is not source]
        self._given, self._made = lowering.slot(source), lowering.slot(target)
        self._pushed = self._layout.place(Region.SCRATCH, target.axes)  # ∂E/∂made
        tape = target.tape
        tape.operations = operations
        forward, backward = lowering.forward(tape), lowering.backward(tape, {target: self._pushed})
        self._pulled = lowering.gradients.get(source)  # ∂E/∂given
        self._prepare(forward, backward)

    def _constant(self, value: float) -> Slot:
        self._constants.append(value)
        return Slot(Region.CONSTANTS, len(self._constants) - 1, (1,))

    def _prepare(self, forward: list[Step], backward: list[Step]) -> None:
        """Lays the program out beside the machine's regions, checks it and binds it."""
        assembly, program = self._machine.assembly, {"forward": forward, "backward": backward}
        sizes = {**self._layout.sizes, Region.CONSTANTS: len(self._constants), Region.COUNTERS: COUNTERS,
                 **{region: assembly.sizes[region] for region in SHARED}}
        verify(program, sizes, PORTION, [self._given, self._pushed, *self._others])
        whole, regions = np.dtype(np.int64), {}
        for region, size in sizes.items():
            shared = region in SHARED
            regions[region] = self._machine.regions[region] if shared else \
                aligned(size, whole if region in WHOLE else self._dtype)
        regions[Region.CONSTANTS][:] = self._constants
        kernels = list(dict.fromkeys(instruction.kernel for instruction in (*forward, *backward)))
        jit.prepare(kernels, self._dtype)
        self._regions = regions
        self._bases = np.zeros(max(regions) + 1, np.int64)
        for region, array in regions.items():
            self._bases[region] = array.ctypes.data
        self._entries = {kernel: jit.address(kernel, self._dtype) for kernel in kernels}
        self._table = Table(program, self._dtype.itemsize)
        self._bound: dict[int, np.ndarray] = {}
        self._demand = crew.Demand()

    # shapes

    @property
    def inputs(self) -> int:
        """Numbers of one sample at `given`."""
        return self._width(self._given)

    @property
    def units(self) -> int:
        """Numbers of one sample at `made`."""
        return self._width(self._made)

    def _width(self, slot: Slot) -> int:
        return slot.extent(1)

    # use

    def values(self, x: np.ndarray) -> np.ndarray:
        """The function's values: B × `units` for B samples."""
        return self._run(x, None)[0]

    def pulled(self, x: np.ndarray, dy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The values, and dyᵀ ∂y/∂x of each sample: B × `units` and B × `inputs`, for `dy` of B × `units`."""
        return self._run(x, dy)

    def jacobian(self, x: np.ndarray) -> np.ndarray:
        """∂y/∂x at one sample: `units` × `inputs`."""
        count = self.units
        return self.pulled(np.broadcast_to(np.ravel(x), (count, self.inputs)), np.eye(count))[1]

    def _run(self, x: np.ndarray, dy: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
        x = np.asarray(x).reshape(-1, self.inputs)
        made = np.empty((len(x), self.units), self._dtype)
        pulled = np.zeros((len(x), self.inputs if dy is not None else 0), self._dtype)
        for start in range(0, len(x), PORTION):
            part = slice(start, min(start + PORTION, len(x)))
            rows = part.stop - part.start
            self._write(self._given, rows, x[part])
            for slot in self._others:
                self._view(slot, rows)[...] = 0
            if dy is not None:
                self._write(self._pushed, rows, np.asarray(dy)[part])
            if rows not in self._bound:
                self._bound[rows] = self._table.bind(rows, self._bases, self._entries)
            with crew.awake(self._demand):
                loop.walk(self._bound[rows], loop.no_table(), 0, self._table.marks[1 if dy is None else 2])
            made[part] = self._read(self._made, rows)
            if dy is not None and self._pulled is not None:
                pulled[part] = self._read(self._pulled, rows)
        return made, pulled

    def _view(self, slot: Slot, rows: int) -> np.ndarray:
        shape = tuple(-axis * rows if axis < 0 else axis for axis in slot.axes)
        return self._regions[slot.region][slot.offset :][: slot.extent(rows)].reshape(shape)

    def _write(self, slot: Slot, rows: int, values: np.ndarray) -> None:
        view = self._view(slot, rows)
        if len(slot.axes) == 3 and slot.axes[0] > 0:  # time lies outermost in the arena
            view = np.swapaxes(view, 0, 1)
        view[...] = values.reshape(view.shape)

    def _read(self, slot: Slot, rows: int) -> np.ndarray:
        view = self._view(slot, rows)
        if len(slot.axes) == 3 and slot.axes[0] > 0:
            view = np.swapaxes(view, 0, 1)
        return view.reshape(rows, -1)


def _between(source: Value, target: Value) -> list[Operation]:
    """The operations on the way from one value to the other, in order, with gradients for the source alone."""
    live, kept = {target}, []
    for operation in reversed(target.tape.operations):
        if operation.output in live and operation.output is not source:
            kept.append(operation)
            live.update(operation.inputs)
    if source not in live or source is target:
        raise ValueError("the one place does not depend on the other")
    kept.reverse()
    for operation in kept:
        for value in operation.inputs:
            value.trained = False
    source.trained = True
    for operation in kept:
        named = zip(operation.inputs, operation.primitive.inputs, strict=True)
        operation.output.trained = any(value.trained and operation.primitive.gradient(name) for value, name in named)
    return kept


def unit_rows(units: Iterable[int], count: int) -> np.ndarray:
    """A row for each unit: one at its place, zero elsewhere (len(units) × count)."""
    return np.eye(count)[np.fromiter(units, np.int64)]
