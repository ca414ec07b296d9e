"""What the check by differences compares with: which losses the gradient of a weight is of, and whether it is their derivative."""

from __future__ import annotations

from engine.compiler import Graph
from engine.ops.dictionary import SparseCode
from engine.ops.primitive import Operation, Value
from engine.ops.sparsity import RunningActivity


def felt_by(graph: Graph, weight: Value) -> tuple[dict[Value, object], bool]:
    """The losses whose gradient reaches a weight (in a stack a lower autoencoder does not feel those above it), and
    whether a declared derivative lies between."""
    felt: dict[Value, object] = {}
    declared = False
    for _, loss in graph.losses:
        reached, depends = {loss}, {loss}
        for operation in reversed(graph.tape.operations):
            if operation.output in depends:
                depends.update(operation.inputs)
            if operation.output in reached:
                reached.update(value for name, value in zip(operation.primitive.inputs, operation.inputs, strict=True)
                               if value.trained and operation.primitive.gradient(name) is not None)
        if weight in reached or _settles(graph, weight, loss, depends):
            felt[loss] = None
            declared = declared or _passes_by(graph, weight, depends, reached)
    return felt, declared


def _settles(graph: Graph, weight: Value, loss: Value, depends: set[Value]) -> bool:
    """Whether a loss is one of those that a best code makes small together, which moves with the weight: only of their
    sum the gradient is the derivative, for there the code's own derivative is 0."""
    moved = {weight}
    for operation in graph.tape.operations:
        if any(value in moved for value in operation.inputs):
            moved.add(operation.output)
            if isinstance(operation.primitive, SparseCode) and operation.output in depends and operation.node == loss.node:
                return True
    return False


def _passes_by(graph: Graph, weight: Value, depends: set[Value], reached: set[Value]) -> bool:
    """Whether a loss depends on the weight also in a way that its gradient does not follow, or by a surrogate."""
    moved = {weight}
    for operation in graph.tape.operations:
        if any(value in moved for value in operation.inputs):
            moved.add(operation.output)
            if operation.output in depends and (_declared(operation) or operation.output not in reached):
                return True
    return False


def _declared(operation: Operation) -> bool:
    """Whether the gradient is another than the derivative: said so, or that of a mean which earlier batches hold."""
    primitive = operation.primitive
    return primitive.surrogate or (isinstance(primitive, RunningActivity) and primitive.memory > 0)
