"""Where a layer's activity and its error lie while it trains, so that statistics can read them."""

from __future__ import annotations

from collections.abc import Mapping

from engine.compiler import Graph, LayerSpec
from engine.ops.primitive import Operation, Value
from engine.program import Slot


def activity(graph: Graph, layer: LayerSpec) -> Slot | None:
    """The layer's outputs. A softmax that is fused with its loss is what the loss keeps; None where nothing is kept."""
    output = graph.layer_outputs[(layer.node, layer.name)]
    if output.slot is not None or output.operation is None:
        return output.slot
    for operation in graph.tape.operations:
        if "p" in operation.saved and operation.inputs[0] is output.operation.inputs[0]:
            return operation.saved["p"].slot
    return None


def delta_of(graph: Graph, layer: LayerSpec, gradients: Mapping[Value, Slot]) -> Slot | None:
    """The layer's δ = ∂E/∂u (V1), u = W x + b: the sums on which its weights act, before anything bends them. None where
    no error reaches them."""
    weight, value = graph.parameters[layer.weight], graph.layer_outputs[(layer.node, layer.name)]
    while (operation := value.operation) is not None and not _uses(operation, weight):
        value = operation.inputs[0]
    return gradients.get(value)


def _uses(operation: Operation, weight: Value) -> bool:
    """Whether these weights act in the operation: as they are, or brought into a form, such as columns of length 1."""
    return any(one is weight or (one.operation is not None and one.operation.inputs == (weight,)) for one in operation.inputs)
