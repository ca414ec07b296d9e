"""What one stage of a run trains: which parameters move, which losses count, and what lies below and stays as it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.kernels.operand import operands
from engine.nodes.learning import Learner
from engine.ops.primitive import BATCH, Operation, Value
from graphs.checks import Checked
from graphs.stages import parts_of

if TYPE_CHECKING:
    from engine.compiler import Declarations, Graph

PortKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Scope:
    """`parts` are (node, pair of layers) where only that pair trains; `keys` the parameters that may move; `losses` the
    nodes whose losses count; `kept` the outputs that are the same in every step, so that they are computed once."""

    parts: frozenset[tuple[str, int]]
    keys: frozenset[str]
    losses: frozenset[str]
    kept: frozenset[PortKey]


def inner_ports(names: Sequence[str]) -> frozenset[PortKey]:
    """What lies inside nodes below the parts that train: (node, `layer2`) below `node/3`."""
    return frozenset((node, layer_name(part - 1)) for node, part in map(parts_of, names) if part > 1)


def layer_name(number: int) -> str:
    """What the output of an inner layer is called, as if it had a port."""
    return f"layer{number}"


def scope_of(checked: Checked, declared: Declarations, train: Graph, use: Graph, names: Sequence[str]) -> Scope:
    """The scope of a stage that trains what is called so (nothing named: everything). Both graphs are complete."""
    parts = [parts_of(name) for name in names]
    keys = _keys(checked, declared, parts)
    return Scope(frozenset(pair for pair in parts if pair[1]), keys, _losses(checked, train, parts), _kept(train, use, keys))


def _keys(checked: Checked, declared: Declarations, parts: Sequence[tuple[str, int]]) -> frozenset[str]:
    found: set[str] = set()
    for node, part in parts:
        layers = [f"{node}/{layer}." for layer in checked.types[node].pair(part)] if part else [f"{node}/"]  # type: ignore[attr-defined]
        found |= {key for key in declared.parameters if key.startswith(tuple(layers))}
    wanted = found if parts else {*declared.parameters}
    frozen = {node for node, kind in checked.types.items() if isinstance(kind, Learner) and kind.frozen}
    return frozenset(key for key in wanted if declared.parameters[key].node not in frozen)


def _losses(checked: Checked, train: Graph, parts: Sequence[tuple[str, int]]) -> frozenset[str]:
    """The own losses of named autoencoders, with penalties that hang on them; for all else the losses of loss nodes."""
    document = checked.document

    def alone(node: str) -> bool:
        return checked.types[node].learns_alone(frozenset(wire.output for wire in document.out_of(node)))

    everywhere = {spec.node for spec, _ in train.losses}
    supervised = {node for node in everywhere if not alone(node)}
    if all(spec.penalty for spec, _ in train.losses if spec.node in supervised):
        supervised = everywhere
    if not parts:
        return frozenset(supervised)
    named = {node for node, part in parts if part or alone(node)}
    hanging = {spec.node for spec, _ in train.losses if spec.penalty and not alone(spec.node)
               and {wire.source for wire in document.into(spec.node)} <= named}
    others = any(node not in named for node, _ in parts)
    return frozenset(named | hanging | (supervised if others else set()))


def _kept(train: Graph, use: Graph, keys: frozenset[str]) -> frozenset[PortKey]:
    """Outputs that no moving parameter reaches, that draw nothing, and that are computed in training as in use."""
    known: dict[tuple[object, ...], int] = {}
    both = [_formulas(graph, keys, known) for graph in (train, use)]
    ports, others = ({**graph.values, **graph.inner} for graph in (train, use))
    return frozenset(port for port, value in ports.items()
                     if port in others and value.operation is not None and not value.ints
                     and len(value.axes) == 2 and value.axes[0] == BATCH
                     and (formula := both[0].get(value)) is not None and formula == both[1].get(others[port]))


def _formulas(graph: Graph, keys: frozenset[str], known: dict[tuple[object, ...], int]) -> dict[Value, int]:
    """The number of the formula by which each value is made of data and resting parameters; equal ones have the same.
    Values that change from step to step have none."""
    found = {value: known.setdefault(("column", *port), len(known)) for port, value in graph.inputs.items()}
    found |= {value: known.setdefault(("parameter", key), len(known)) for key, value in graph.parameters.items()
              if key not in keys}
    for operation in graph.tape.operations:
        if "stream" in operands(operation.primitive.forward) or any(value not in found for value in operation.inputs):
            continue
        formula = (type(operation.primitive), operation.primitive, *(found[value] for value in operation.inputs))
        found[operation.output] = known.setdefault(formula, len(known))
    return found


def moving(operations: Iterable[Operation], graph: Graph) -> frozenset[str]:
    """The parameters that the losses of a graph reach with a gradient."""
    live = {value for _, value in graph.losses}
    for operation in reversed([*operations]):
        if operation.output in live and operation.output.trained:
            live.update(value for name, value in zip(operation.primitive.inputs, operation.inputs, strict=True)
                        if value.trained and operation.primitive.gradient(name))
    return frozenset(key for key, value in graph.parameters.items() if value in live)
