"""Back-propagation in slow motion (V4): one mini-batch forward and back, with every number on the way readable.

The walk is the network's own tape, lowered by the compiler's own automatic differentiation and run by the engine's own
kernels, in a small arena of its own and in double precision: the run is not disturbed, and differences can be compared
with derivatives (Rumelhart, Hinton and Williams 1986; lectures: 誤差逆伝播法, `∂E/∂W = δ zᵀ`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from engine import crew, jit
from engine.autodiff import Lowering
from engine.built import Built
from engine.compiler import Graph, LayerSpec, PortKey, compile_network
from engine.executor import aligned
from engine.memory import WHOLE
from engine.native import loop
from engine.ops.activation_function import ActivationFunction
from engine.ops.activations import Softmax
from engine.ops.affine import AffineTransposed, LinearTransposed
from engine.ops.dictionary import UnitColumns
from engine.ops.elementwise import Gain
from engine.ops.primitive import Operation, Primitive, Region, Tape, Value
from engine.program import Layout, Slot, Step, Table, instructions, verify
from engine.segments import Rule
from engine.walk_check import felt_by
from engine.walk_penalties import rules_of, terms
from engine.walked import Difference, PenaltyNumber, Stop
from graphs.language import tr

EPSILON = 6e-6  # the cube root of what doubles resolve: truncation and rounding are then about equal
Progress = Callable[[int, int], object]


@dataclass(frozen=True, slots=True)
class LayerWalk:
    """A layer and where its numbers are: z → u = W z + b → y = f(u)."""

    spec: LayerSpec
    weight: Value
    matrix: Value  # what is multiplied with: the weights, or these with columns of length 1
    bias: Value | None
    given: Value
    sums: Value
    output: Value
    turned: bool  # the weights are inputs × units
    alone: bool  # nobody else uses these weights


def batch_rows(built: Built) -> np.ndarray:
    """The samples of the next mini-batch, as rows of the data set: those that the run's next step will take."""
    machine = built.machine
    if not machine.cursor:
        machine.walk_section(loop.EPOCH_BEGIN)  # it will be drawn again, in the same order
    return machine.regions[Region.ORDER][machine.cursor : machine.cursor + built.assembly.batch].copy()


class Walk:
    """One mini-batch through the present weights of a run. Read with `value`, `adjoint`, `gradient`."""

    def __init__(self, built: Built, rows: np.ndarray | None = None, progress: Progress | None = None) -> None:
        self.rows = batch_rows(built) if rows is None else np.asarray(rows)
        self.network = compile_network(built.checked, built.settings, np.float64, built.stage.trains)
        self.graph: Graph = self.network.train
        self.rules: Mapping[Value, Rule] = {
            self.graph.parameters[key]: rule for key, rule in rules_of(self.network).items() if key in self.graph.parameters}
        self._write_unfused()
        self.layers = tuple(self._layers())
        self._lay_out()
        kernels = dict.fromkeys(one.kernel for steps in self._sections.values() for one in instructions(steps))
        jit.prepare(kernels, np.dtype(np.float64), progress)
        self._allocate(built)
        self._run("forward", "slopes", "backward")
        self.losses = {spec.node: float(self.value(value)[0]) for spec, value in self.graph.losses}
        self.stops = tuple(self._stops())

    # The program

    def _write_unfused(self) -> None:
        """Activations that are fused with their loss are computed too, to be seen."""
        tape = self.graph.tape
        known = {operation.output for operation in tape.operations}
        for value in self.graph.layer_outputs.values():
            if value.operation is not None and value not in known and isinstance(value.operation.primitive, ActivationFunction) \
                    and value.operation.inputs[0] in known:
                tape.operations.append(value.operation)

    def _layers(self) -> Iterator[LayerWalk]:
        operations = self.graph.tape.operations
        uses = Counter(value for operation in operations for value in operation.inputs)
        for spec in self.network.layers:
            weight, output = self.graph.parameters.get(spec.weight), self.graph.layer_outputs[(spec.node, spec.name)]
            declared = output.operation
            bends: list[type[Primitive]] = []
            while declared is not None and not any(_holds(value, weight) for value in declared.inputs):
                bends, declared = [type(declared.primitive), *bends], declared.inputs[0].operation
            if weight is None or declared is None or not _holds(declared.named.get("w"), weight):
                continue  # no weighted sum: a Boltzmann machine's energy, say
            kind = type(declared.primitive)
            made = declared if declared in operations else next(  # what a stage leaves out may be computed on another way:
                (one for one in operations  # for what stands on it
                 if type(one.primitive) is kind and _holds(one.named.get("w"), weight)), None)
            if made is None:
                continue
            if made is not declared:
                output = made.output
                for bend in bends:
                    output = next((one.output for one in operations if one.inputs[0] is output and type(one.primitive) is bend),
                                  output)
            yield LayerWalk(spec, weight, made.named["w"], made.named.get("b"), made.named["x"], made.output, output,
                            isinstance(made.primitive, AffineTransposed | LinearTransposed), uses[weight] == 1)

    def _lay_out(self) -> None:
        graph, layout = self.graph, Layout(len(self.rows))
        self._constants: dict[float, Slot] = {}

        def constant(number: float) -> Slot:
            if number not in self._constants:
                self._constants[number] = layout.place(Region.CONSTANTS, (1,))
            return self._constants[number]

        run = layout.place(Region.COUNTERS, (loop.COUNTERS,), ints=True)
        lowering = Lowering(layout, {"run": run}, constant)
        given = [lowering.slot(value) for value in graph.inputs.values()]
        forward = lowering.forward(graph.tape)
        self._slopes: dict[Value, Slot] = {}
        slopes: list[Step] = []
        for layer in self.layers:
            bends = self._bends(layer)
            if bends:
                one = Lowering(layout, {"run": run}, constant)
                ones = layout.place(Region.SCRATCH, layer.output.axes)
                slopes += one.backward(Tape(operations=bends), {layer.output: ones})
                self._slopes[layer.output], given = one.gradients[layer.sums], [*given, ones]
        self._ones = given[len(graph.inputs) :]
        backward = lowering.backward(graph.tape, {value: constant(spec.weight) for spec, value in graph.losses})
        self._sections = {"forward": forward, "slopes": slopes, "backward": backward}
        self._adjoints, self._layout = lowering.gradients, layout
        layout.sizes[Region.GRADIENTS] = layout.sizes.get(Region.PARAMETERS, 0)
        verify(self._sections, layout.sizes, len(self.rows), given)

    def _bends(self, layer: LayerWalk) -> list[Operation]:
        """What makes y of u, if f′ is one number for each unit and there is any way back."""
        bends: list[Operation] = []
        value = layer.output
        while value is not layer.sums:
            made = value.operation
            if made is None or not isinstance(made.primitive, ActivationFunction | Gain) or isinstance(made.primitive, Softmax):
                return []
            bends, value = [made, *bends], made.inputs[0]
        return bends if layer.sums.trained else []

    def _allocate(self, built: Built) -> None:
        sizes = self._layout.sizes
        whole, real = np.dtype(np.int64), np.dtype(np.float64)
        self.regions = {region: aligned(size, whole if region in WHOLE else real) for region, size in sizes.items()}
        for number, slot in self._constants.items():
            self.regions[Region.CONSTANTS][slot.offset] = number
        machine = built.machine
        self.regions[Region.COUNTERS][:] = machine.counters
        for key, value in self.graph.parameters.items():
            if value.slot is not None:
                self.value(value)[...] = machine.parameter(key)
        self._kept = {value: machine.view(machine.assembly.buffers[key]).astype(np.float64)
                      for key, value in self.graph.buffers.items() if value.slot is not None}
        for key, value in self.graph.inputs.items():
            held = machine.regions[machine.assembly.columns[key]]  # of the data half, or computed once for a stage
            samples = held.reshape(built.dataset.rows, -1)[self.rows].reshape(len(self.rows), *_sizes(value))
            if len(value.axes) == 3 and value.axes[0] > 0:
                samples = np.swapaxes(samples, 0, 1)  # time lies outermost in the arena
            self.value(value)[...] = samples.reshape(self.value(value).shape)
        for slot in self._ones:
            self._view(slot)[...] = 1
        bases = np.zeros(max(self.regions) + 1, np.int64)
        for region, array in self.regions.items():
            bases[region] = array.ctypes.data
        table = Table(self._sections, real.itemsize)
        self._marks = dict(zip(table.names, zip(table.marks, table.marks[1:], strict=False), strict=True))
        self._advances = table.advance_array()
        self._demand = crew.Demand()
        self._bound = table.bind(len(self.rows), bases, {
            kernel: jit.address(kernel, real) for kernel in table.kernels if not isinstance(kernel, int)})

    def _run(self, *names: str) -> None:
        for value, numbers in self._kept.items():
            self.value(value)[...] = numbers  # going forward brings running means up to date
        with crew.awake(self._demand):
            for name in names:
                loop.walk(self._bound, self._advances, *self._marks[name])

    # Its numbers

    def _view(self, slot: Slot) -> np.ndarray:
        batch = len(self.rows)
        shape = tuple(-axis * batch if axis < 0 else axis for axis in slot.axes)
        return self.regions[slot.region][slot.offset : slot.offset + slot.extent(batch)].reshape(shape)

    def value(self, value: Value) -> np.ndarray:
        """The numbers of a value: B×… (sequences T×B×F); a view."""
        return self._view(value.slot)

    def adjoint(self, value: Value) -> np.ndarray | None:
        """∂E/∂value, shaped like it; None where no gradient comes."""
        slot = self._adjoints.get(value)
        return None if slot is None else self._view(slot)

    def slope(self, layer: LayerWalk) -> np.ndarray | None:
        """f′(u), B × units; None where it is not one number for each unit."""
        if layer.output is layer.sums:
            return np.ones_like(self.value(layer.sums))
        return self._view(self._slopes[layer.output]) if layer.output in self._slopes else None

    def weights(self, layer: LayerWalk) -> np.ndarray:
        """W as it is multiplied with, units × inputs, whichever way round it lies."""
        held = self.value(layer.matrix)
        return held.T if layer.turned else held

    def gradient(self, layer: LayerWalk) -> np.ndarray | None:
        """∂E/∂W, units × inputs, of all layers that share it together, and of the penalties on it (without LASSO, which is
        no part of the gradient); None where W is frozen or nothing comes back."""
        held = self.whole_gradient(layer.weight)
        return held.T if held is not None and layer.turned else held

    def whole_gradient(self, parameter: Value) -> np.ndarray | None:
        """∂E/∂parameter of losses and penalties, shaped like it; None where no gradient comes."""
        held = self.adjoint(parameter)
        return None if held is None else held + self.rules.get(parameter, Rule()).pull * self.value(parameter)

    @property
    def length(self) -> float:
        """‖∂E/∂w‖ of the losses over all parameters, as clipping takes it."""
        return float(np.linalg.norm(self.regions[Region.GRADIENTS]))

    @property
    def penalties(self) -> tuple[PenaltyNumber, ...]:
        """The penalties on weights, as terms of the objective."""
        return terms((rule, self.value(value)) for value, rule in self.rules.items() if value.slot is not None)

    @property
    def reached(self) -> Collection[Value]:
        """All values to which a gradient comes."""
        return self._adjoints.keys()

    def label(self, node: str) -> str:
        """A node's name."""
        nodes = self.network.checked.document.nodes
        return nodes[node].label if node in nodes else node

    def title(self, layer: LayerWalk) -> str:
        """A layer's name, in the user's language."""
        return f"{self.label(layer.spec.node)} · {tr(layer.spec.name)}" if layer.spec.name else self.label(layer.spec.node)

    def unsound(self) -> str | None:
        """The node where a number first is not finite, if there is one."""
        for operation in self.graph.tape.operations:
            for array in (self.value(operation.output), self.adjoint(operation.output)):
                if array is not None and not np.isfinite(array).all():
                    return operation.node
        return None

    def port(self, key: PortKey) -> Value | None:
        """The value at an output port, if the walk computes it."""
        value = self.graph.values.get(key) or self.graph.inputs.get(key)
        return value if value is not None and value.slot is not None else None

    def after(self, value: Value) -> tuple[list[LayerWalk], list[Operation]]:
        """Who sends something back to a value: weighted sums of layers, and other operations."""
        users = [one for one in self.graph.tape.operations if value in one.inputs and one.output in self._adjoints]
        sums = {layer.sums: layer for layer in self.layers if layer.given is value}
        return [sums[one.output] for one in users if one.output in sums], [one for one in users if one.output not in sums]

    @property
    def total(self) -> float:
        """The objective over the mini-batch, with the penalties on weights."""
        return self._objective(dict.fromkeys(value for _, value in self.graph.losses)) + sum(one.value for one in self.penalties)

    def _objective(self, of: Mapping[Value, object]) -> float:
        return sum(spec.weight * float(self.value(value)[0]) for spec, value in self.graph.losses if value in of)

    # Differences

    def difference(self, layer: LayerWalk, unit: int, weight: int) -> Difference | None:
        """∂E/∂w of one weight, by moving it: (E(w + ε) − E(w − ε)) / 2ε, where E is what the gradient is of: LASSO, whose
        corner the proximal step takes care of, is left out. Everything is as before afterwards."""
        gradient = self.gradient(layer)
        if gradient is None:
            return None
        felt, declared = felt_by(self.graph, layer.weight)
        whole, analytic = self.value(layer.weight), float(gradient[unit, weight])
        held = whole.T if layer.turned else whole
        middle = float(held[unit, weight])
        epsilon = EPSILON * max(1.0, abs(middle))
        found = []
        for moved in (middle - epsilon, middle + epsilon):
            held[unit, weight] = moved
            self._run("forward")
            found.append(self._objective(felt) + sum(one.value for one in self.penalties if one.kind != "lasso"))
        held[unit, weight] = middle
        self._run("forward")
        numeric = (found[1] - found[0]) / (2 * epsilon)
        return Difference(epsilon, *found, numeric, analytic, declared)

    # The way

    def _stops(self) -> Iterator[Stop]:
        """Data, every node forward, the losses, and every node that learns or passes gradients on backward."""
        nodes = list(dict.fromkeys(operation.node for operation in self.graph.tape.operations))
        losses = {spec.node for spec, _ in self.graph.losses}
        given = {node for node, _ in self.graph.inputs}
        yield from (Stop("given", node) for node in self.network.checked.order if node in given)
        there: list[Stop] = []
        for node in nodes:
            places = [place for place, layer in enumerate(self.layers) if layer.spec.node == node]
            outputs = [key for key in self.graph.values if key[0] == node and self.port(key) is not None]
            there += [Stop("forward", node, place) for place in places]
            if not places and outputs:
                there.append(Stop("forward", node))
        yield from there
        yield from (Stop("loss", node) for node in nodes if node in losses)
        for stop in reversed(there):
            if self._comes_back(stop):
                yield Stop("backward", stop.node, stop.layer)

    def _comes_back(self, stop: Stop) -> bool:
        if stop.layer >= 0:
            return self.adjoint(self.layers[stop.layer].sums) is not None
        values = [self.graph.values[key] for key in self.graph.values if key[0] == stop.node]
        return any(self.adjoint(value) is not None for value in values)


def _sizes(value: Value) -> tuple[int, ...]:
    """The axes of one sample."""
    return tuple(axis for axis in value.axes if axis >= 0)


def _holds(value: Value | None, weight: Value | None) -> bool:
    """Whether a value is these weights, or these with columns of length 1."""
    made = value.operation if value is not None else None
    return value is not None and (value is weight or (
        made is not None and isinstance(made.primitive, UnitColumns) and made.inputs[0] is weight))
