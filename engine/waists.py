"""Where layers can be looked at: the outputs that carry their activity, what these see, and the waist of each hourglass."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from engine.assembly import Assembly
from engine.compiler import Graph, LayerSpec, LossSpec, PortKey
from engine.data.half import DataSet
from engine.events import LayerInfo, ReconstructionInfo
from engine.ops.primitive import Value
from graphs.spec import Kind, Shape

MOST_DISTINCT, WIDEST_DISTINCT, LOOKED_AT = 32, 64, 1000  # samples, components, rows
FIGURE = LossSpec.__dataclass_fields__["figure"].default  # the figure that squared errors are told as


def layer_outputs(graph: Graph) -> dict[tuple[str, str], PortKey]:
    """For each layer whose activity is the value of an output port: that port."""
    ports = {value: port for port, value in reversed(graph.values.items())}
    return {key: ports[value] for key, value in graph.layer_outputs.items() if value in ports}


def inputs_behind(graph: Graph) -> dict[PortKey, frozenset[PortKey]]:
    """For each output of the network half: the columns of data that it depends on."""
    return behind(graph, graph.inputs)


def behind(graph: Graph, marked: Mapping[PortKey, Value]) -> dict[PortKey, frozenset[PortKey]]:
    """For each output of the network half: those of the marked values that it depends on."""
    known: dict[Value, frozenset[PortKey]] = {}

    def gather(value: Value, more: Iterable[frozenset[PortKey]]) -> None:
        known[value] = own.get(value, frozenset()).union(known.get(value, frozenset()), *more)

    own: dict[Value, frozenset[PortKey]] = {}
    for key, value in marked.items():
        own[value] = own.get(value, frozenset()) | {key}
    for value in graph.inputs.values():
        gather(value, ())
    for operation in graph.tape.operations:
        found = [known.get(value, frozenset()) for value in operation.inputs]
        for value in (operation.output, *operation.saved.values()):
            gather(value, found)
    return {key: known.get(value, frozenset()) for key, value in graph.values.items()}


def picture_of(shape: Shape) -> tuple[int, int] | None:
    """(height, width) where the values of a sample are the pixels of one grey picture, row by row."""
    grey = shape.kind is Kind.IMAGE and shape.sizes[0] == 1
    return (int(shape.sizes[1] or 1), int(shape.sizes[2] or 1)) if grey else shape.picture


def layer_info(assembly: Assembly, spec: LayerSpec, ports: Mapping[tuple[str, str], PortKey],
               inputs: Mapping[PortKey, frozenset[PortKey]]) -> LayerInfo:  # fmt: skip
    """A layer as the views know it."""
    network = assembly.network
    label = network.checked.document.nodes[spec.node].label
    output = ports.get((spec.node, spec.name))
    read = inputs.get(output, frozenset()) if output else frozenset()
    sees = next(iter(read)) if len(read) == 1 else None
    wanted = network.declared.wanted.get(spec.node)
    return LayerInfo(
        spec.node, spec.name, f"{label} · {spec.name}" if spec.name else label, network.parameters[spec.weight].shape,
        spec.picture, spec.depth, spec.activation, output, sees, picture_of(network.checked.outputs[sees]) if sees else None,
        wanted[1] if wanted and output == (spec.node, "code") else None, spec.colour)


def distinct_rows(dataset: DataSet, key: PortKey) -> np.ndarray:
    """Rows of the training part with one of each different sample, where these are few; else none."""
    column = dataset.columns.get(key)
    if column is None or column.rows != dataset.rows or column.values[0].size > WIDEST_DISTINCT:
        return np.empty(0, np.int64)
    rows = dataset.train[:LOOKED_AT]
    _, first = np.unique(column.values[rows].reshape(len(rows), -1), axis=0, return_index=True)
    return rows[np.sort(first)] if len(first) <= MOST_DISTINCT else np.empty(0, np.int64)


def reconstructions(assembly: Assembly, dataset: DataSet, ports: Mapping[tuple[str, str], PortKey]) -> Iterable[ReconstructionInfo]:
    """What is rebuilt, and through which waist."""
    network, graph = assembly.network, assembly.network.use
    marked = {port: graph.values[port] for port in ports.values()}
    marked |= {given: value for _, given, *_ in network.declared.reconstructions
               if (value := graph.values.get(given) or graph.inputs.get(given)) is not None}
    passed = behind(graph, marked)
    scales = {spec.node: float(spec.components) for spec in network.losses
              if spec.quantity == "loss" and spec.figure == FIGURE}
    for node, given, made, picture, spoilt in network.declared.reconstructions:
        between = [port for port in ports.values() if port in passed.get(made, ()) and given in passed.get(port, ())
                   and port not in (given, made)]
        code = min(between, key=lambda port: network.checked.outputs[port].width, default=None)
        yield ReconstructionInfo(
            node, given, made, picture, network.checked.outputs[made].width, spoilt, code,
            network.checked.outputs[code].width if code else 0, scales.get(node, 0.0), len(distinct_rows(dataset, given)))
