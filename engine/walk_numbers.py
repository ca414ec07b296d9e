"""A walk as plain numbers for the window, for one sample, one unit and one weight; and when another walk is begun."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from engine import commands
from engine.compiler import PortKey
from engine.ops.elementwise import Gain
from engine.ops.primitive import BATCH, Operation, Value
from engine.segments import Rule
from engine.slow_motion import LayerWalk, Progress, Walk
from engine.training import Training
from engine.walk_penalties import pull_of
from engine.walk_terms import code_of, column_of, contrast_of, machines, terms_at, terms_on_weight
from engine.walked import LayerNumbers, LossNumber, Numbers, Part, PortNumbers, Term, UnitNumbers, Walked
from graphs.language import tr

WIDEST = 4096  # numbers of one list that travel over the pipe


class Walks:
    """Keeps the walk through the present weights as long as they are present."""

    def __init__(self) -> None:
        self._walk: Walk | None = None
        self._of: tuple[object, ...] = ()

    def answer(self, training: Training, order: commands.Walk, progress: Progress | None = None) -> Walked:
        """The numbers that are asked for, of the next mini-batch. Nothing of the run changes."""
        step, version = training.machine.step_count, training.version
        if self._walk is None or self._of != (training.built, step, version):
            self._walk, self._of = Walk(training.built, progress=progress), (training.built, step, version)
        return tell(self._walk, order, step, version)

    def forget(self) -> None:
        """Lets go of the walk and of the run that it belongs to."""
        self._walk, self._of = None, ()


def tell(walk: Walk, order: commands.Walk, step: int, version: int = 0) -> Walked:
    """One walk for a sample and a unit. What does not exist (any more) becomes the nearest that does."""
    node = walk.unsound()
    if node is not None:
        return Walked(step, version, problem=tr("A number is not finite at {node}: there is nothing to walk through.",
                                                node=walk.label(node)))
    sample, rule = int(np.clip(order.sample, 0, len(walk.rows) - 1)), walk.network.settings.rule()
    asked = int(np.clip(order.layer, 0, max(0, len(walk.layers) - 1)))
    return Walked(step, version, tuple(walk.rows.tolist()), sample, walk.stops,
                  tuple(_layer(walk, layer, sample, whole=place == asked) for place, layer in enumerate(walk.layers)),
                  tuple(port for key in _keys(walk) if (port := _port(walk, key, sample)) is not None),
                  tuple(LossNumber(spec.node, float(walk.value(value)[0]), spec.weight, spec.quantity, spec.penalty)
                        for spec, value in walk.graph.losses),
                  walk.penalties, _unit(walk, order, sample), machines(walk), rule.title, rule.threshold,
                  rule.look_ahead is not None, walk.length, walk.network.settings.clip)  # fmt: skip


def _keys(walk: Walk) -> list[PortKey]:
    return [*walk.graph.inputs, *walk.graph.values]


def _numbers(array: np.ndarray | None) -> Numbers:
    return () if array is None else tuple(np.asarray(array, np.float64).ravel()[:WIDEST].tolist())


def _of_sample(value: Value, array: np.ndarray | None, sample: int) -> Numbers:
    """The numbers of one sample, whatever axis the samples lie along."""
    if array is None or BATCH not in value.axes[:2]:
        return ()
    return _numbers(array[sample] if value.axes[0] == BATCH else array[:, sample])


def _port(walk: Walk, key: PortKey, sample: int) -> PortNumbers | None:
    value = walk.port(key)
    if value is None:
        return None
    return PortNumbers(*key, _of_sample(value, walk.value(value), sample),
                       _of_sample(value, walk.adjoint(value), sample), value.ints)


def _layer(walk: Walk, layer: LayerWalk, sample: int, *, whole: bool) -> LayerNumbers:
    """A layer: in short, or the whole of the one that is asked for."""
    spec, sums, output = layer.spec, layer.sums, layer.output
    short = LayerNumbers(spec.node, walk.title(layer), spec.activation, walk.weights(layer).shape, not layer.weight.trained,
                         values=_of_sample(output, walk.value(output), sample),
                         deltas=_of_sample(sums, walk.adjoint(sums), sample))
    if not whole:
        return short
    return replace(short, given=_of_sample(layer.given, walk.value(layer.given), sample),
                   sums=_of_sample(sums, walk.value(sums), sample), slopes=_of_sample(sums, walk.slope(layer), sample),
                   back=_of_sample(output, walk.adjoint(output), sample))


def _unit(walk: Walk, order: commands.Walk, sample: int) -> UnitNumbers | None:
    if not walk.layers:
        return None
    place = int(np.clip(order.layer, 0, len(walk.layers) - 1))
    layer = walk.layers[place]
    weights, gradient, deltas = walk.weights(layer), walk.gradient(layer), walk.adjoint(layer.sums)
    unit = int(np.clip(_asked(order.unit, None if deltas is None else deltas[sample]), 0, len(weights) - 1))
    weight = int(np.clip(_asked(order.weight, None if gradient is None else gradient[unit]), 0, weights.shape[1] - 1))
    bias = None if layer.bias is None else float(walk.value(layer.bias)[unit])
    back = None if layer.bias is None else walk.whole_gradient(layer.bias)
    parts, terms, senders = _sent_back(walk, layer, unit, sample)
    held = walk.value(layer.weight)
    on_weight = () if gradient is None else terms_on_weight(walk, layer, unit, weight)
    uses = sum(operation.inputs.count(layer.weight) for operation in walk.graph.tape.operations)
    return UnitNumbers(
        place, unit, weight, _numbers(weights[unit]), bias, parts, terms,
        tuple(walk.label(node) for node in senders), senders,
        _numbers(None if gradient is None else gradient[unit]), None if back is None else float(back[unit]),
        float((held.T if layer.turned else held)[unit, weight]),
        on_weight, column_of(walk, layer, unit, weight),
        code_of(walk, layer, sample, weight), _gain(walk, layer, unit),
        contrast_of(walk, layer, unit, weight, sample),
        pull_of(walk.rules[layer.weight]), None if layer.bias is None else pull_of(walk.rules.get(layer.bias, Rule())),
        uses - len(on_weight) > 1, _numbers(None if deltas is None else deltas[:, unit]),
        _numbers(walk.value(layer.given)[:, weight]),
        None if layer.spec.node in machines(walk) else walk.difference(layer, unit, weight))  # fmt: skip


def _asked(place: int, telling: np.ndarray | None) -> int:
    """The place, or where the largest number is when that is left open."""
    return place if place >= 0 or telling is None else int(np.argmax(np.abs(telling)))


def _gain(walk: Walk, layer: LayerWalk, unit: int) -> float | None:
    """g of a unit that gives g f(u)."""
    made = layer.output.operation
    return float(walk.value(made.named["g"])[unit]) if made is not None and isinstance(made.primitive, Gain) else None


def _sent_back(walk: Walk, layer: LayerWalk, unit: int, sample: int) -> tuple[tuple[Part, ...], tuple[Term, ...], tuple[str, ...]]:
    """What following layers and terms of the objective send back to a unit, and which nodes do besides."""
    layers, operations = walk.after(layer.output)
    parts = []
    for after in layers:
        deltas = walk.adjoint(after.sums)
        assert deltas is not None  # it has an adjoint, or it would send nothing
        parts.append(Part(walk.title(after), _numbers(walk.weights(after)[:, unit]), _numbers(deltas[sample])))
    known: dict[Operation, Term] = {}
    if layer.output not in walk.reached and layer.output is not layer.sums:  # activation and loss are one
        operations = walk.after(layer.sums)[1]
    else:
        known = terms_at(walk, operations, layer.output, unit, sample)
    return (tuple(parts), tuple(replace(term, label=walk.label(operation.node)) for operation, term in known.items()),
            tuple(dict.fromkeys(operation.node for operation in operations if operation not in known)))
