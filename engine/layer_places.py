"""Where a layer's activity, its sums and its error lie, so that statistics and views can read them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.compiler import Graph, LayerSpec, PortKey
from engine.ops.primitive import Operation, Value
from engine.program import Slot

SUMS = "Σ"


def activity(graph: Graph, layer: LayerSpec) -> Slot | None:
    """The layer's outputs. A softmax that is fused with its loss is what the loss keeps; None where nothing is kept."""
    output = graph.layer_outputs[(layer.node, layer.name)]
    if output.slot is not None or output.operation is None:
        return output.slot
    for operation in graph.tape.operations:
        if "p" in operation.saved and operation.inputs[0] is output.operation.inputs[0]:
            return operation.saved["p"].slot
    return None


def sums_of(graph: Graph, layer: LayerSpec) -> Value:
    """The layer's u = W x + b: the sums of which its weights are a part, before anything bends them."""
    weight, value = graph.parameters[layer.weight], graph.layer_outputs[(layer.node, layer.name)]
    while (operation := value.operation) is not None and not _uses(operation, weight):
        value = operation.inputs[0]
    return value


def sums_at(graph: Graph, layers: Iterable[LayerSpec]) -> dict[PortKey, Slot]:
    """Where the sums of each layer lie while a network is used, under a name that no port has."""
    places = {(layer.node, SUMS + layer.name): sums_of(graph, layer).slot for layer in layers}
    return {key: slot for key, slot in places.items() if slot is not None}


def delta_of(graph: Graph, layer: LayerSpec, gradients: Mapping[Value, Slot]) -> Slot | None:
    """The layer's δ = ∂E/∂u (V1). None where no error reaches its sums."""
    return gradients.get(sums_of(graph, layer))


def _uses(operation: Operation, weight: Value) -> bool:
    """Whether these weights act in the operation: as they are, or brought into a form, such as columns of length 1."""
    return any(one is weight or (one.operation is not None and one.operation.inputs == (weight,)) for one in operation.inputs)
