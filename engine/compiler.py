"""From a checked document to a `Network`: tapes, parameters, layers and the programs that train and use them.

Bookkeeping only: nothing is allocated and no kernel is compiled here, so that a graph of 50 nodes takes milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engine.initializers import Initializer
from engine.nodes.learning import Learner
from engine.nodes.node import is_network
from engine.ops.primitive import BATCH, Axes, Operation, Region, Tape, Value
from engine.optimizers import OPTIMIZERS
from engine.quasi_newton import LBFGS
from engine.scope import Scope, inner_ports, moving, scope_of
from graphs.checks import Checked
from graphs.spec import Kind, NodeType, Shape

PortKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class ParameterSpec:
    """A trainable array, known by `node/name` across edits."""

    key: str
    shape: tuple[int, ...]
    initializer: Initializer
    node: str


@dataclass(frozen=True, slots=True)
class LayerSpec:
    """A trainable layer as the views show it. `name` is empty where a node has only one."""

    node: str
    name: str
    weight: str  # parameter keys
    bias: str
    activation: str
    picture: tuple[int, int] | None
    depth: int = 0
    colour: tuple[int, int] | None = None

    @property
    def label(self) -> str:
        return f"{self.node} · {self.name}" if self.name else self.node


@dataclass(frozen=True, slots=True)
class LossSpec:
    """One term of the objective. Where the term divided by `components` is a figure in plain units (the mean squared
    error per component, say), `figure` is its name. A penalty is left out where the loss without penalties is told;
    beside a loss of the same node it is told as another `quantity`."""

    node: str
    weight: float
    components: float = 0
    figure: str = "mean_squared_error"
    penalty: bool = False
    quantity: str = "loss"


@dataclass(frozen=True, slots=True)
class Figure:
    """A reported figure: a metric's own value, or a loss times a factor."""

    quantity: str
    node: str


@dataclass
class Graph:
    """One tape with what the nodes declared on it."""

    tape: Tape
    values: dict[PortKey, Value] = field(default_factory=dict)  # every output port of the network half
    inner: dict[PortKey, Value] = field(default_factory=dict)  # what lies inside nodes and can be computed like an output
    inputs: dict[PortKey, Value] = field(default_factory=dict)  # columns of the data half that it reads
    parameters: dict[str, Value] = field(default_factory=dict)
    buffers: dict[str, Value] = field(default_factory=dict)
    losses: list[tuple[LossSpec, Value]] = field(default_factory=list)
    metrics: list[tuple[Figure, Value]] = field(default_factory=list)
    layer_outputs: dict[tuple[str, str], Value] = field(default_factory=dict)


@dataclass
class Declarations:
    """What the nodes say about themselves once, whichever tape is being written."""

    parameters: dict[str, ParameterSpec] = field(default_factory=dict)
    buffers: dict[str, tuple[int, ...]] = field(default_factory=dict)
    layers: dict[tuple[str, str], LayerSpec] = field(default_factory=dict)
    reconstructions: list[tuple[str, PortKey, PortKey, tuple[int, int] | None, tuple[PortKey, ...]]] = field(default_factory=list)
    predictions: list[tuple[str, PortKey, PortKey, tuple[str, ...]]] = field(default_factory=list)
    wanted: dict[str, tuple[str, float]] = field(default_factory=dict)  # node → buffer of its code's mean activities, ρ


class Builder:
    """What a node sees while it writes its operations."""

    def __init__(self, graph: Graph, declared: Declarations, checked: Checked, wired: frozenset[PortKey],
                 scope: Scope | None = None, inner: frozenset[PortKey] = frozenset()) -> None:  # fmt: skip
        self._graph, self._declared, self._checked, self._wired = graph, declared, checked, wired
        self._scope, self._inner = scope, inner
        self.training = graph.tape.training
        self.node = ""
        self.sources: dict[str, PortKey] = {}  # input port → the output port that feeds it

    @property
    def searches(self) -> bool:
        """Whether a step goes forward several times, on the same samples: a line search."""
        return issubclass(OPTIMIZERS[self._checked.training.optimizer], LBFGS)

    def shape(self, port: str) -> Shape:
        """The shape that arrives at an input port."""
        return self._checked.inputs[(self.node, port)]

    def wired(self, port: str) -> bool:
        """Whether anything hangs on this output port."""
        return (self.node, port) in self._wired

    def kind(self, node: str) -> NodeType:
        """Another node of the document."""
        return self._checked.types[node]

    def parameter(self, name: str, shape: tuple[int, ...], initializer: Initializer, owner: str = "") -> Value:
        """The trainable array of that name; asking twice gives the same one. `owner` is the node whose array it is,
        where that is another: the gradient is then the sum over all who use it."""
        owner = owner or self.node
        key, kind = f"{owner}/{name}", self._checked.types[owner]
        if key not in self._declared.parameters:
            self._declared.parameters[key] = ParameterSpec(key, shape, initializer, owner)
        if key not in self._graph.parameters:
            trained = key in self._scope.keys if self._scope else not (isinstance(kind, Learner) and kind.frozen)
            self._graph.parameters[key] = self._graph.tape.value(shape, region=Region.PARAMETERS, trained=trained, name=key)
        return self._graph.parameters[key]

    @property
    def counts(self) -> bool:
        """Whether this node's own loss counts in this stage."""
        return self._scope is None or self.node in self._scope.losses

    @property
    def part(self) -> int:
        """The pair of layers of this node that trains by itself in this stage; 0: none does."""
        parts = self._scope.parts if self._scope else ()
        return next((part for node, part in parts if node == self.node), 0)

    def inner(self, name: str, value: Value) -> None:
        """Tells of a value inside the node, B×width, which a stage may stand on."""
        if (self.node, name) in self._inner:
            self._graph.inner[(self.node, name)] = value

    def known(self, name: str, width: int) -> Value | None:
        """A value inside this node that was computed once for the whole stage, B×width; None: compute it."""
        key = (self.node, name)
        return _column(self._graph, key, (BATCH, width)) if self._scope and key in self._scope.kept else None

    def buffer(self, name: str, shape: tuple[int, ...]) -> Value:
        """An array that the forward pass of training itself brings up to date: a running mean, say. It begins as zeros, is
        saved and taken back with the weights, and no gradient reaches it."""
        key = f"{self.node}/{name}"
        self._declared.buffers[key] = shape
        if key not in self._graph.buffers:
            self._graph.buffers[key] = self._graph.tape.value(shape, region=Region.BUFFERS, name=key)
        return self._graph.buffers[key]

    def layer(self, output: Value, *, weight: str, bias: str = "", name: str = "", activation: str = "identity",
              port: str | None = None, owner: str = "") -> None:
        """Declares a layer: its parameters' names, and the value that is its activity. `port` is the input port whose
        picture the rows of the weight see; `owner` the node that the weight belongs to, where it is shared."""
        key = (self.node, name)
        self._graph.layer_outputs[key] = output
        if key not in self._declared.layers:
            given = self.shape(port) if port else None
            self._declared.layers[key] = LayerSpec(
                self.node, name, f"{owner or self.node}/{weight}", f"{self.node}/{bias}" if bias else "", activation,
                given.picture if given else None, len(self._declared.layers), given.colour if given else None)

    def loss(self, value: Value, *, weight: float = 1.0, components: float = 0, figure: str = "mean_squared_error",
             penalty: bool = False, quantity: str = "loss") -> None:  # fmt: skip
        """Adds a term to the objective: a value of one number, the batch's mean. See `LossSpec`."""
        self._graph.losses.append((LossSpec(self.node, weight, components, figure, penalty, quantity), value))

    def metric(self, quantity: str, value: Value) -> None:
        """Reports a figure beside the objective: a value of one number, the batch's mean."""
        self._graph.metrics.append((Figure(quantity, self.node), value))

    def reconstruction(self, given: PortKey, made: PortKey, picture: tuple[int, int] | None,
                       spoilt: tuple[PortKey, ...] = ()) -> None:
        """Declares that an output is meant to equal an input. `spoilt` are the input with noise and what is rebuilt of
        that, where there is noise."""
        entry = (self.node, given, made, picture, spoilt)
        if entry not in self._declared.reconstructions:
            self._declared.reconstructions.append(entry)

    def wants_activity(self, buffer: str, rho: float) -> None:
        """Declares that the units of this node's code should be active so much on average; the buffer says how much they are."""
        self._declared.wanted[self.node] = (f"{self.node}/{buffer}", rho)

    def prediction(self, made: PortKey, truth: PortKey, classes: tuple[str, ...]) -> None:
        """Declares that an output is meant to name a class."""
        entry = (self.node, made, truth, classes)
        if entry not in self._declared.predictions:
            self._declared.predictions.append(entry)


def _axes(shape: Shape) -> Axes:
    if shape.kind is Kind.SEQUENCE:  # time lies outermost, so that one step is a contiguous slice
        time, width = shape.sizes
        return (int(time or 1), BATCH, int(width or 1))
    return (BATCH, *(int(size or 1) for size in shape.sizes))


def write_graph(checked: Checked, declared: Declarations, *, training: bool, scope: Scope | None = None,
                inner: frozenset[PortKey] = frozenset()) -> Graph:  # fmt: skip
    """Writes the network half of a document on a tape. Bypassed nodes pass their first input on. With a scope: as it is in
    that stage. `inner` names values inside nodes that are wanted too."""
    document = checked.document
    graph = Graph(Tape(training=training))
    incoming: dict[str, dict[str, PortKey]] = {}
    for wire in document.wires:
        incoming.setdefault(wire.target, {})[wire.input] = (wire.source, wire.output)
    wired = frozenset((wire.source, wire.output) for wire in document.wires)
    builder = Builder(graph, declared, checked, wired, scope, inner)
    kept = scope.kept if scope else frozenset()
    for identity in checked.order:
        kind = checked.types.get(identity)
        sources = incoming.get(identity, {})
        if not is_network(kind):
            _pass_by(graph, checked, identity, sources)
            continue
        with graph.tape.at(identity):
            inputs = {port: _value_of(graph, checked, source, kept) for port, source in sorted(sources.items())}
            if document.nodes[identity].bypassed:
                first = kind.inputs[0].name if kind.inputs else ""
                if first in inputs and kind.outputs:
                    graph.values[(identity, kind.outputs[0].name)] = inputs[first]
                continue
            builder.node, builder.sources = identity, sources
            for port, value in kind.build(builder, inputs).items():
                graph.values[(identity, port)] = value
    return graph


def _pass_by(graph: Graph, checked: Checked, identity: str, sources: Mapping[str, PortKey]) -> None:
    """A node of the data half that stands, bypassed, between layers."""
    kind = checked.types.get(identity)
    if kind is None or not kind.inputs or not kind.outputs or not checked.document.nodes[identity].bypassed:
        return
    source = sources.get(kind.inputs[0].name)
    if source in graph.values:
        graph.values[(identity, kind.outputs[0].name)] = graph.values[source]


def _value_of(graph: Graph, checked: Checked, source: PortKey, kept: frozenset[PortKey]) -> Value:
    """The value at an output port: made by the network half, or a column of data, as what a stage keeps has become."""
    if source in graph.values and source not in kept:
        return graph.values[source]
    shape = checked.outputs[source]
    ints = shape.kind is Kind.LABELS
    return _column(graph, source, (BATCH,) if ints else _axes(shape), ints=ints)


def _column(graph: Graph, source: PortKey, axes: Axes, *, ints: bool = False) -> Value:
    """A column of data: the same value whenever it is asked for."""
    if source not in graph.inputs:
        value = graph.tape.value(axes, ints=ints, region=Region.INTS if ints else Region.SCRATCH)
        value.node, value.name = source
        graph.inputs[source] = value
    return graph.inputs[source]


def needed(tape: Tape, wanted: Iterable[Value]) -> list[Operation]:
    """The operations that the wanted values depend on, in order."""
    live = set(wanted)
    kept = []
    for operation in reversed(tape.operations):
        if operation.output in live:
            kept.append(operation)
            live.update(operation.inputs)
    return kept[::-1]


@dataclass
class Network:
    """A compiled document: what is trained, and the graphs from which programs are made. `train` is what a step computes,
    `check` what a test computes, `use` the whole network from data to every output. A stage reports all `losses` and
    `metrics` of the document, though it computes only some; `moving` are the parameters that it trains (None: all)."""

    checked: Checked
    settings: Any
    dtype: np.dtype
    declared: Declarations
    train: Graph
    check: Graph
    use: Graph
    losses: tuple[LossSpec, ...]
    metrics: tuple[Figure, ...]
    moving: frozenset[str] | None = None

    @property
    def parameters(self) -> Mapping[str, ParameterSpec]:
        return self.declared.parameters

    @property
    def layers(self) -> tuple[LayerSpec, ...]:
        return tuple(self.declared.layers.values())

    @property
    def columns(self) -> dict[PortKey, Value]:
        """What the programs read: outputs of the data half, and outputs of the network half that a stage keeps."""
        return {**self.train.inputs, **self.check.inputs, **self.use.inputs}

    @property
    def kept(self) -> tuple[PortKey, ...]:
        """Columns that are no data: what lies below a stage, computed once by `use`."""
        return tuple(key for key in self.columns if key in self.use.values or key in self.use.inner)

    @property
    def parameter_count(self) -> int:
        return sum(int(np.prod(spec.shape)) for spec in self.parameters.values())


def compile_network(checked: Checked, settings: Any, dtype: Any = None, trains: Sequence[str] | None = None) -> Network:
    """The network half of a checked document. It has no errors in it, or the caller has shown them. Without a `dtype`
    it computes as the optimiser needs it, which is float32 for most. `trains` names what a stage trains, as in
    `graphs.stages` (nothing named: everything); None: the run has no stages, and all losses count."""
    dtype = dtype or (np.float64 if OPTIMIZERS[settings.optimizer].wide else np.float32)
    declared, inner = Declarations(), inner_ports(trains or ())
    train = write_graph(checked, declared, training=True, inner=inner)
    use = write_graph(checked, declared, training=False, inner=inner)
    losses, metrics = tuple(spec for spec, _ in train.losses), tuple(figure for figure, _ in train.metrics)
    scope = None if trains is None else scope_of(checked, declared, train, use, trains)
    check = write_graph(checked, declared, training=False, scope=scope)
    if scope is not None:
        train = write_graph(checked, declared, training=True, scope=scope)
        for graph in (train, check):
            graph.losses = [(spec, value) for spec, value in graph.losses if spec.node in scope.losses]
            graph.metrics = [(figure, value) for figure, value in graph.metrics if figure.node in scope.losses]
    for graph in (train, check, use):
        wanted = [value for _, value in (*graph.losses, *graph.metrics)]
        if graph is use:
            wanted += [*graph.values.values(), *graph.inner.values()]
        graph.tape.operations = needed(graph.tape, wanted)
        if scope is not None and graph is not use:
            read = {value for operation in graph.tape.operations for value in operation.inputs}
            graph.inputs = {key: value for key, value in graph.inputs.items() if value in read}
    reached = None if scope is None else moving(train.tape.operations, train)
    return Network(checked, settings, np.dtype(dtype), declared, train, check, use, losses, metrics, reached)
