"""Codes (符号): what layers make of a sample, where each comes from, and through which decoders it goes back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from engine.events import CodeInfo, LabelsInfo
from graphs.spec import Kind

if TYPE_CHECKING:
    from engine.assembly import Assembly
    from engine.compiler import Network, PortKey
    from engine.data.half import DataSet


def codes(assembly: Assembly, inputs: Mapping[PortKey, frozenset[PortKey]]) -> Iterator[CodeInfo]:
    """Every output of a trained layer that is neither a reconstruction, an answer nor drawn, in the order of computation.
    `inputs` says which columns of data each output depends on."""
    network = assembly.network
    declared, order = network.declared, network.checked.order
    trained = {layer.node for layer in network.layers}
    ends = {entry[1] for entry in declared.predictions}
    ends |= {port for entry in declared.reconstructions for port in (entry[2], *entry[4])}
    ends |= {(node, port) for node in trained for port in network.checked.types[node].random_outputs}
    found = (port for port in assembly.predict_outputs if port[0] in trained and port not in ends)
    for port in sorted(found, key=lambda port: (order.index(port[0]), port[1])):
        behind = [key for key in inputs.get(port, ()) if network.checked.outputs[key].kind is not Kind.LABELS]
        way = decoders(network, port, behind)
        yield CodeInfo(*port, network.checked.outputs[port].width, behind[0] if len(behind) == 1 else None,
                       way[-1] if way else None)


def decoders(network: Network, code: PortKey, behind: list[PortKey]) -> tuple[PortKey, ...]:
    """The reconstructions that a code leads to, one after the other: of the code below it, where autoencoders are
    stacked, and at last of a sample. Empty where a code is not decoded, or not from the code alone."""
    way: list[PortKey] = []
    here = code
    for _ in network.declared.reconstructions:
        step = next((entry for entry in network.declared.reconstructions
                     if entry[2] not in way and (entry[1] in behind or entry[1] in network.use.values)
                     and entry[1] != here and _rests_on(network, entry[2], here)), None)
        if step is None:
            break
        way.append(step[2])
        if step[1] in behind:
            break
        here = step[1]
    return tuple(way)


def _rests_on(network: Network, made: PortKey, code: PortKey) -> bool:
    """Whether one output of the network depends on another, and on nothing besides."""
    target, source = network.use.values.get(made), network.use.values.get(code)
    if target is None or source is None or target is source:
        return False
    waiting, reached = [target], False
    columns = set(network.use.inputs.values())
    while waiting:
        value = waiting.pop()
        if value is source:
            reached = True
        elif value in columns:
            return False
        elif value.operation is not None:
            waiting += value.operation.inputs
    return reached


def labels(assembly: Assembly, dataset: DataSet) -> LabelsInfo | None:
    """The classes of the samples that are trained on, where there are any: they colour views and are trained on by
    nobody who does not ask for them."""
    checked = assembly.network.checked
    for key, column in dataset.columns.items():
        shape = checked.outputs.get(key)
        if shape is not None and shape.kind is Kind.LABELS and column.rows == dataset.rows:
            return LabelsInfo(*key, shape.classes)
    return None
