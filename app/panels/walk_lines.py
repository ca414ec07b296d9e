"""What stands in the panel of slow motion at one stop of the walk: formulas, and under them the real numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from app.panels.walk_row import Line, number, sub
from app.panels.walk_terms import best_code, column, contrasted, written
from engine.nodes.activations import OPTIONS
from engine.walked import LayerNumbers, LossNumber, Part, PenaltyNumber, Pull, Stop, UnitNumbers, Walked
from graphs.language import tr

MOST = 4  # terms of a sum that are written out
CLOSE = 1e-4  # a relative difference that rounding and bends explain
Label = Callable[[str], str]  # a node's name


def lines(walked: Walked, stop: Stop, label: Label, equation: str) -> list[Line]:
    """All rows for one stop. `equation` is that of the node's type."""
    if stop.kind == "loss":
        return [*_written(equation), *_losses(walked, stop, label)]
    if stop.layer < 0:
        return [*(() if stop.kind == "given" else _written(equation)), *_ports(walked, stop)]
    unit = walked.unit
    if unit is None or unit.layer != stop.layer:
        return []  # its numbers are on their way
    layer = walked.layers[stop.layer]
    if stop.kind == "forward":
        return list(_forward(layer, unit))
    if unit.contrast is not None:
        return [*contrasted(unit.contrast, unit.unit, unit.weight), *_gradient_sum(unit), *_step(walked, unit)]
    return [*_delta(walked, layer, unit, label), *_gradient(walked, layer, unit), *_step(walked, unit), *_check(unit)]


def _written(equation: str) -> list[Line]:
    return [Line("formula", line) for line in equation.split("\n") if line]


def _losses(walked: Walked, stop: Stop, label: Label) -> Iterator[Line]:
    yield Line("words", tr("The mean over the {count} samples of the mini-batch.", count=len(walked.rows)))
    if stop.node in walked.machines:
        yield Line("words", tr("A Boltzmann machine knows no back-propagation: it learns by contrastive divergence. E, the error "
                               "of the reconstruction, is only told; nothing is derived from it."))
    for loss in walked.losses:
        if loss.node == stop.node:
            yield Line("result", _name(loss), number(loss.value, 6), "text")
    if len(walked.losses) > 1 or walked.losses[0].weight != 1 or walked.penalties:
        yield Line("head", tr("What training makes small"))
        for loss in walked.losses:
            times = "" if loss.weight == 1 else f"{number(loss.weight)} × "
            name = label(loss.node) if loss.quantity == "loss" else f"{label(loss.node)}: {_name(loss)}"
            yield Line("term", times + name, number(loss.value * loss.weight))
        for penalty in walked.penalties:
            yield Line("term", _penalty(penalty), number(penalty.value))
        yield Line("result", tr("Together"), number(walked.total, 6), "text")


def _name(loss: LossNumber) -> str:
    """Which term of its node it is."""
    if loss.quantity == "prediction_loss":
        return "‖h − f(x)‖²"
    return tr("Penalty") if loss.penalty else "E"


def _penalty(penalty: PenaltyNumber) -> str:
    """A penalty on weights in words and numbers."""
    strength, size = number(penalty.strength), number(penalty.size)
    if penalty.kind == "lasso":
        return f"{tr('LASSO (L1)')}: λ₁ Σ|w| = {strength} × {size}"
    if penalty.kind == "decay":
        return f"{tr('Weight decay')}: ½ α ‖w‖² = ½ × {strength} × {size}"
    return f"{tr('Ridge (L2)')}: λ₂ ‖w‖² = {strength} × {size}"


def _ports(walked: Walked, stop: Stop) -> Iterator[Line]:
    for port in walked.ports:
        if port.node != stop.node or not (port.back if stop.kind == "backward" else port.values):
            continue
        yield Line("head", port.port)
        values = port.values
        yield Line("term", tr("numbers of this sample"), str(len(values)))
        if stop.kind != "backward":
            yield Line("term", tr("from … to"), f"{number(min(values))} … {number(max(values))}")
            yield Line("result", "|z|", number(_length(values)), "sand")
        else:
            yield Line("result", "|∂E/∂z|", number(_length(port.back)), "sea")


def _length(values: Sequence[float]) -> float:
    return sum(value * value for value in values) ** 0.5


def _forward(layer: LayerNumbers, unit: UnitNumbers) -> Iterator[Line]:
    j, letter = unit.unit, _letter(unit)
    if layer.frozen:
        yield Line("words", tr("These weights do not learn."))
    yield Line("formula", f"uⱼ = Σᵢ {letter}ⱼᵢ zᵢ" + ("" if unit.bias is None else " + bⱼ"))
    pairs = zip(unit.weights, layer.given, strict=True)
    yield from _sum([(f"{letter}{sub(j, i)} z{sub(i)}", w, z) for i, (w, z) in enumerate(pairs)], unit.weight)
    if unit.bias is not None:
        yield Line("term", f"b{sub(j)}", number(unit.bias))
    yield Line("result", f"u{sub(j)}", number(layer.sums[j], 6), "text")
    if unit.code is not None:
        yield from best_code(unit.code, unit.weight, layer.given[unit.weight])
    yield from _bend(layer, unit)


def _bend(layer: LayerNumbers, unit: UnitNumbers) -> Iterator[Line]:
    j, function = unit.unit, tr(OPTIONS.get(layer.activation, layer.activation))
    gain = "" if unit.gain is None else f"{number(unit.gain)} × "
    yield Line("formula", tr("zⱼ = f(uⱼ),   f: {function}", function=function) if unit.gain is None
               else tr("zⱼ = gⱼ f(uⱼ),   f: {function}", function=function))
    if j < len(layer.values):
        yield Line("result", f"z{sub(j)} = {gain}f({number(layer.sums[j])})", number(layer.values[j], 6), "sand")
    if layer.slopes:
        yield Line("term", f"{gain}f′({number(layer.sums[j])})", number(layer.slopes[j]))


def _letter(unit: UnitNumbers) -> str:
    """The weights as they are multiplied with: v where columns are brought to length 1."""
    return "w" if unit.column is None else "v"


def _sum(terms: Sequence[tuple[str, float, float]], picked: int = -1) -> Iterator[Line]:
    """The largest products one by one (and the picked one), the rest together."""
    order = sorted(range(len(terms)), key=lambda i: (i != picked, -abs(terms[i][1] * terms[i][2])))
    shown = sorted(order[:MOST]) if len(terms) > MOST + 1 else range(len(terms))
    for i in shown:
        name, a, b = terms[i]
        yield Line("term", f"{name} = {number(a)} × {number(b)}", number(a * b), "accent" if i == picked else "")
    if len(terms) > len(shown):
        rest = sum(a * b for i, (_, a, b) in enumerate(terms) if i not in shown)
        yield Line("term", tr("{count} more", count=len(terms) - len(shown)), number(rest))


def _delta(walked: Walked, layer: LayerNumbers, unit: UnitNumbers, label: Label) -> Iterator[Line]:
    del label
    j = unit.unit
    if not layer.back:
        yield from _fused(walked, layer, unit)
        return
    slope = "f′(uⱼ)" if unit.gain is None else "gⱼ f′(uⱼ)"
    yield Line("formula", f"δⱼ = {slope} ∂E/∂zⱼ" + (
        ",   ∂E/∂zⱼ = Σₖ wₖⱼ δₖ" + (" + …" if unit.terms or unit.others else "") if unit.parts else ""))
    for part in unit.parts:
        yield from _part(part, j, several=len(unit.parts) > 1 or bool(unit.others or unit.terms))
    for term in unit.terms:
        yield from written(term)
    if unit.others:
        rest = layer.back[j] - sum(sum(w * d for w, d in zip(part.weights, part.deltas, strict=True)) for part in unit.parts)
        rest -= sum(term.value for term in unit.terms)
        yield Line("term", tr("from {names}", names=", ".join(unit.others)), number(rest))
    yield Line("result", f"∂E/∂z{sub(j)}", number(layer.back[j], 6), "text")
    if layer.slopes:
        yield Line("term", f"f′(u{sub(j)})" if unit.gain is None else f"g{sub(j)} f′(u{sub(j)})", number(layer.slopes[j]))
    yield Line("result", f"δ{sub(j)}", number(layer.deltas[j], 6), "sea")


def _part(part: Part, j: int, *, several: bool) -> Iterator[Line]:
    if several:
        yield Line("words", tr("from {names}", names=part.label))
    yield from _sum([(f"w{sub(k, j)} δ{sub(k)}", w, d) for k, (w, d) in enumerate(zip(part.weights, part.deltas, strict=True))])


def _fused(walked: Walked, layer: LayerNumbers, unit: UnitNumbers) -> Iterator[Line]:
    """Activation and loss are one operation: δ has no f′ of its own."""
    j, names = unit.unit, ", ".join(unit.others)
    weight = sum(loss.weight for loss in walked.losses if loss.node in unit.senders and not loss.penalty)
    size = len(walked.rows)
    target = layer.values[j] - layer.deltas[j] * size / weight if weight and j < len(layer.values) else -1.0
    if -1e-9 <= target <= 1 + 1e-9:
        target = round(target, 9) + 0.0
        yield Line("formula", "δⱼ = (zⱼ − tⱼ) / B" if weight == 1 else "δⱼ = λ (zⱼ − tⱼ) / B")
        yield Line("words", tr("{function} and {names} are one: together they have this simple derivative.",
                               function=tr(OPTIONS.get(layer.activation, layer.activation)), names=names))
        yield Line("term", f"z{sub(j)} − t{sub(j)} = {number(layer.values[j])} − {number(target)}",
                   number(layer.values[j] - target))
        yield Line("term", "B", str(size))
    else:
        yield Line("words", tr("Comes straight from {names}.", names=names))
    yield Line("result", f"δ{sub(j)}", number(layer.deltas[j], 6), "sea")


def _gradient(walked: Walked, layer: LayerNumbers, unit: UnitNumbers) -> Iterator[Line]:
    pull = unit.pull or Pull()
    yield Line("formula", "∂E/∂W = δ zᵀ" + _pulls(pull, "W") + ",   ∂E/∂wⱼᵢ = Σₙ δⱼ zᵢ" + _pulls(pull, "wⱼᵢ")
               if unit.column is None else "∂E/∂V = δ zᵀ,   ∂E/∂vⱼᵢ = Σₙ δⱼ zᵢ")
    if not unit.gradient:
        yield Line("words", tr("These weights do not learn."))
        return
    j, i, n = unit.unit, unit.weight, walked.sample
    own, losses = unit.batch_deltas[n] * unit.batch_given[n], unit.gradient[i] - pull.on(unit.held)
    whole = sum(d * z for d, z in zip(unit.batch_deltas, unit.batch_given, strict=True))
    yield Line("term", f"δ{sub(j)} z{sub(i)} = {number(unit.batch_deltas[n])} × {number(unit.batch_given[n])}", number(own),
               "accent")
    if len(walked.rows) > 1:
        yield Line("term", tr("{count} other samples", count=len(walked.rows) - 1), number(whole - own))
    if unit.shared:
        yield Line("term", tr("where else these weights are used"),
                   number(losses - whole - sum(term.value for term in unit.on_weight)))
    for term in unit.on_weight:
        yield from written(term)
    if unit.column is not None:
        yield Line("result", f"∂E/∂v{sub(j, i)}", number(unit.column.back, 6), "text")
        yield from column(unit.column, j, i)
    yield from _gradient_sum(unit)


def _gradient_sum(unit: UnitNumbers) -> Iterator[Line]:
    """The gradient of a weight and of the bias, with what penalties add."""
    pull, j, i = unit.pull or Pull(), unit.unit, unit.weight
    if _pulls(pull, ""):
        yield Line("result", tr("Of the losses"), number(unit.gradient[i] - pull.on(unit.held), 6), "text")
        yield from _pulled(pull, f"w{sub(j, i)}", unit.held)
    yield Line("result", f"∂E/∂w{sub(j, i)}", number(unit.gradient[i], 6), "sea")
    if unit.bias_gradient is not None:
        yield from _pulled(unit.bias_pull or Pull(), f"b{sub(j)}", unit.bias or 0.0)
        yield Line("term", f"∂E/∂b{sub(j)}", number(unit.bias_gradient))


def _pulls(pull: Pull, letter: str) -> str:
    """What penalties add to a gradient, as a formula."""
    return (f" + 2 λ₂ {letter}" if pull.ridge else "") + (f" + α {letter}" if pull.decay else "")


def _pulled(pull: Pull, letter: str, weight: float) -> Iterator[Line]:
    """The same in numbers."""
    if pull.ridge:
        yield Line("term", f"2 λ₂ {letter} = 2 × {number(pull.ridge)} × {number(weight)}", number(2 * pull.ridge * weight))
    if pull.decay:
        yield Line("term", f"α {letter} = {number(pull.decay)} × {number(weight)}", number(pull.decay * weight))


def _step(walked: Walked, unit: UnitNumbers) -> Iterator[Line]:
    """What a step does to the weight beside following this gradient."""
    if not unit.gradient:
        return
    pull, w = unit.pull or Pull(), f"w{sub(unit.unit, unit.weight)}"
    if walked.kept == 1 and not pull.decoupled and not pull.lasso and not walked.ahead:
        return
    yield Line("head", tr("What the step makes of it"))
    if walked.ahead:
        yield Line("words", tr("{optimizer} takes the gradient ahead of the present weights, at w + μ Δw: there it is "
                               "a little different.", optimizer=walked.optimizer))
    if walked.kept < 1:
        added = pull.on(unit.held)
        yield Line("words", tr("The gradient of the losses, all weights together, is longer than {most}: it is shortened first.",
                               most=number(walked.clip)))
        yield Line("term", f"{number(walked.clip)} / {number(walked.length)}", number(walked.kept))
        yield Line("result", f"∂E/∂{w}", number((unit.gradient[unit.weight] - added) * walked.kept + added, 6), "sea")
    if pull.decoupled:
        yield Line("words", tr("Decoupled decay is no part of the gradient but of the step:"))
        yield Line("formula", "w ← w − η α w")
        yield Line("term", f"α {w} = {number(pull.decoupled)} × {number(unit.held)}", number(pull.decoupled * unit.held))
    if pull.lasso:
        yield Line("words", tr("LASSO is no part of the gradient, for |w| has a corner at 0. A proximal step after the step of "
                               "{optimizer} takes care of it: it brings w nearer to 0 by θ, but not beyond.",
                               optimizer=walked.optimizer))
        yield Line("formula", f"w ← sign(w) max(|w| − θ, 0),   θ = {walked.threshold}")
        yield Line("term", "λ₁", number(pull.lasso))


def _check(unit: UnitNumbers) -> Iterator[Line]:
    found = unit.difference
    if found is None:
        return
    w = f"w{sub(unit.unit, unit.weight)}"
    yield Line("head", tr("Checked: the weight moved by ± ε"))
    yield Line("term", f"E({w} + ε),   ε = {number(found.epsilon, 2)}", number(found.above, 12))
    yield Line("term", f"E({w} − ε)", number(found.below, 12))
    yield Line("result", "(E(w + ε) − E(w − ε)) / 2ε", number(found.numeric, 8), "text")
    yield Line("result", f"∂E/∂{w}", number(found.analytic, 8), "sea")
    yield Line("result", tr("relative difference"), number(found.relative, 2),
               "ok" if found.relative < CLOSE else "warn")
    if unit.pull is not None and unit.pull.lasso:
        yield Line("words", tr("E stands here without λ₁ Σ|w|, as the gradient does."))
    if found.declared:
        yield Line("words", tr("On the way a gradient is declared, not derived: the two need not agree."))
