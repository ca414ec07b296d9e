"""What terms of the objective send straight to a unit or to a weight, told with their own formula and numbers.

A following layer sends `Σ w δ`; a squared error, a penalty on the code or a dictionary do not. For those whose derivative is
one line (squared error, L1, KL (lectures A5), ‖∂h/∂x‖² (A8), predicted codes (A12)) that line is told; the rest is a sum.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

from engine.ops.dictionary import SparseCode, UnitColumns
from engine.ops.energy import FreeEnergy
from engine.ops.losses import AbsoluteSum, SquaredError
from engine.ops.primitive import BATCH, Operation, Primitive, Value
from engine.ops.slopes import JacobianNorm, RowSquares, SigmoidSlope, SoftplusSlope, TanhSlope
from engine.ops.sparsity import BernoulliDivergence, MeanActivity, RunningActivity
from engine.walked import Column, Contrast, Term

if TYPE_CHECKING:
    from engine.slow_motion import LayerWalk, Walk

SLOPES: Mapping[type[Primitive], tuple[str, Callable[[float], float]]] = {
    SigmoidSlope: ("sigmoid", lambda z: 1 - 2 * z), TanhSlope: ("tanh", lambda z: -2 * z),
    SoftplusSlope: ("softplus", lambda z: float(np.exp(-z)))}  # ∂f′/∂z


def terms_at(walk: Walk, operations: Sequence[Operation], value: Value, unit: int, sample: int) -> dict[Operation, Term]:
    """Of these operations, which take a value of B×units, those whose share of ∂E/∂value is known as a formula."""
    if len(value.axes) != 2 or value.axes[0] != BATCH:
        return {}
    found = {}
    for operation in operations:
        teller = TELLERS.get(type(operation.primitive))
        term = teller(walk, operation, value, unit, sample) if teller else None
        if term is not None:
            found[operation] = term
    return found


def _weight(walk: Walk, operation: Operation) -> float:
    """How much a value of one number counts in the objective."""
    found = walk.adjoint(operation.output)
    return 0.0 if found is None else float(found[0])


def _squared(walk: Walk, operation: Operation, value: Value, unit: int, sample: int) -> Term | None:
    made, target = operation.inputs
    if value is not made:
        return None
    rows, weight = len(walk.rows), _weight(walk, operation) * float(operation.primitive.attributes["scale"])
    z, t = (float(walk.value(one)[sample, unit]) for one in (made, target))
    best = target.operation is not None and isinstance(target.operation.primitive, SparseCode)
    kind = "predicted" if best else "squared" if weight == 1 else "weighted squared"
    return Term(kind, (weight, z, t, rows), 2 * weight * (z - t) / rows)


def _absolute(walk: Walk, operation: Operation, value: Value, unit: int, sample: int) -> Term:
    rows, weight = len(walk.rows), _weight(walk, operation) * float(operation.primitive.attributes["scale"])
    sign = float(np.sign(walk.value(value)[sample, unit]))
    return Term("absolute", (weight, sign, rows), weight * sign / rows)


def _divergence(walk: Walk, operation: Operation, value: Value, unit: int, sample: int) -> Term | None:
    del value, sample
    mean, span = operation.output, float(operation.primitive.attributes["span"])
    users = [one for one in walk.graph.tape.operations if mean in one.inputs and one.output in walk.reached]
    if len(users) == 1 and isinstance(users[0].primitive, RunningActivity):
        mean = users[0].output
        users = [one for one in walk.graph.tape.operations if mean in one.inputs and one.output in walk.reached]
    if len(users) != 1 or not isinstance(users[0].primitive, BernoulliDivergence):
        return None
    rho, rows, strength = float(users[0].primitive.rho), len(walk.rows), _weight(walk, users[0])
    active = float(np.clip(walk.value(mean)[unit], 1e-6, 1 - 1e-6))
    whole = strength * ((1 - rho) / (1 - active) - rho / active) / (span * rows)
    return Term("divergence" if span == 1 else "wide divergence", (strength, rho, active, span * rows), whole)


def _contraction(walk: Walk, operation: Operation, value: Value, unit: int, sample: int) -> Term | None:
    users = [one for one in walk.graph.tape.operations if operation.output in one.inputs and one.output in walk.reached]
    if len(users) != 1 or not isinstance(users[0].primitive, JacobianNorm):
        return None
    kind, bend = SLOPES[type(operation.primitive)]
    rows, strength = len(walk.rows), _weight(walk, users[0])
    slope, squares = float(walk.value(operation.output)[sample, unit]), float(walk.value(users[0].named["lengths"])[unit])
    z = float(walk.value(value)[sample, unit])
    return Term(f"{kind} contraction", (strength, slope, squares, z, rows), 2 * strength * slope * squares * bend(z) / rows)


TELLERS: Mapping[type[Primitive], Callable[[Walk, Operation, Value, int, int], Term | None]] = {
    SquaredError: _squared, AbsoluteSum: _absolute, MeanActivity: _divergence, **dict.fromkeys(SLOPES, _contraction)}


def terms_on_weight(walk: Walk, layer: LayerWalk, unit: int, weight: int) -> tuple[Term, ...]:
    """What a penalty that is a function of the weights themselves adds to the gradient of one: `λ Σⱼ ⟨f′(uⱼ)²⟩ ‖wⱼ‖²`."""
    found = []
    for squares in walk.graph.tape.operations:
        if layer.weight in squares.inputs and isinstance(squares.primitive, RowSquares) and not layer.turned:
            for norm in walk.graph.tape.operations:
                if squares.output in norm.inputs and isinstance(norm.primitive, JacobianNorm) and norm.output in walk.reached:
                    strength, mean = _weight(walk, norm), float(walk.value(norm.named["squares"])[unit])
                    held = float(walk.weights(layer)[unit, weight])
                    found.append(Term("contracted weight", (strength, mean, held), 2 * strength * mean * held))
    return tuple(found)


def machines(walk: Walk) -> tuple[str, ...]:
    """The nodes whose layers learn by contrast alone: Boltzmann machines to which nothing above sends an error."""
    return tuple(layer.spec.node for layer in walk.layers if _energies(walk, layer) is not None)


def _energies(walk: Walk, layer: LayerWalk) -> tuple[Operation, Operation] | None:
    """The free energies of the samples and of what is dreamt, where the gap between them is all that a layer learns from."""
    if walk.adjoint(layer.output) is not None:
        return None
    found = [one for one in walk.graph.tape.operations
             if isinstance(one.primitive, FreeEnergy) and one.node == layer.spec.node and one.output in walk.reached]
    seen = [one for one in found if one.named["u"] is layer.sums]
    dreamt = [one for one in found if one.named["u"] is not layer.sums]
    return (seen[0], dreamt[0]) if len(seen) == len(dreamt) == 1 else None


def contrast_of(walk: Walk, layer: LayerWalk, unit: int, weight: int, sample: int) -> Contrast | None:
    """What one weight of a Boltzmann machine learns from; None where errors come back."""
    energies = _energies(walk, layer)
    if energies is None:
        return None
    pairs = [(expit(walk.value(one.named["u"])[:, unit]), walk.value(one.named["v"])[:, weight]) for one in energies]
    (seen, dreamt), means = ((float(h[sample]), float(v[sample])) for h, v in pairs), [float((h * v).mean()) for h, v in pairs]
    return Contrast(seen, dreamt, *means)


def column_of(walk: Walk, layer: LayerWalk, unit: int, weight: int) -> Column | None:
    """Where the columns of the weights are brought to length 1 before they are used: what that makes of one gradient."""
    made, back = layer.matrix.operation, walk.adjoint(layer.matrix)
    if made is None or not isinstance(made.primitive, UnitColumns) or back is None:
        return None
    used = walk.value(layer.matrix)
    return Column(float(walk.value(layer.weight)[unit, weight]), float(walk.value(made.named["lengths"])[weight]),
                  float(back[unit, weight]), float(used[:, weight] @ back[:, weight]))


def code_of(walk: Walk, layer: LayerWalk, sample: int, weight: int) -> Term | None:
    """How one number of the best sparse code was found, where that is what comes into a layer: with all others held, the
    best is the soft threshold of what they leave over."""
    made = layer.given.operation
    if made is None or not isinstance(made.primitive, SparseCode):
        return None
    x, w, b, f = (walk.value(made.named[name]) for name in "xwbf")
    code, kind = walk.value(layer.given)[sample], made.primitive
    atom = w[:, weight]
    left = float(atom @ (x[sample] - b - w @ code + atom * code[weight]))
    wanted, size = left + kind.closeness * float(f[sample, weight]), float(atom @ atom)
    best = np.sign(wanted) * max(abs(wanted) - kind.strength / 2, 0.0) / (kind.closeness + size)
    return Term("best code", (left, kind.closeness, float(f[sample, weight]), wanted, kind.strength, size), float(best))
