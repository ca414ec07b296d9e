"""How shares of a gradient that come straight from the objective are written: the term, its derivative, and its numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from app.panels.walk_row import Line, number, sub
from engine.walked import Column, Contrast, Numbers, Term
from graphs.language import tr


class Written(NamedTuple):
    """A term of the objective, its derivative as a formula, and the same with numbers."""

    term: str
    formula: str
    numbers: Callable[[Numbers], str]


def _times(*values: float) -> str:
    return " × ".join(number(value) for value in values)


def _error(given: Numbers) -> str:
    weight, z, t, rows = given
    return f"{_times(2, weight) if weight != 1 else '2'} × ({number(z)} − {number(t)}) / {rows:.0f}"


def _divergence(given: Numbers) -> str:
    strength, rho, active, rows = given
    return f"{number(strength)} × ({_over(1 - rho, 1 - active)} − {_over(rho, active)}) / {rows:.0f}"


def _over(above: float, below: float) -> str:
    return f"{number(above)} / {number(below)}"


def _contraction(bend: Callable[[str], str]) -> Callable[[Numbers], str]:
    def written(given: Numbers) -> str:
        strength, slope, squares, z, rows = given
        return f"{_times(2, strength, slope, squares)} × {bend(number(z))} / {rows:.0f}"
    return written


KL, JACOBIAN = "β Σ KL(ρ‖ρ̂)", "λ ‖∂h/∂x‖²"
CONTRACTION = "2 λ f′(uⱼ) ‖wⱼ‖² ∂f′/∂zⱼ / B,   ∂f′/∂zⱼ = "
WRITTEN: Mapping[str, Written] = {
    "squared": Written("‖z − t‖²", "2 (zⱼ − tⱼ) / B", _error),
    "weighted squared": Written("λ ‖z − t‖²", "2 λ (zⱼ − tⱼ) / B", _error),
    "predicted": Written("γ ‖h − f(x)‖²", "2 γ (zⱼ − hⱼ) / B", _error),
    "absolute": Written("λ Σ |z|", "λ sign(zⱼ) / B", lambda given: f"{_times(*given[:2])} / {given[2]:.0f}"),
    "divergence": Written(KL, "β ((1−ρ) / (1−ρ̂ⱼ) − ρ / ρ̂ⱼ) / B", _divergence),
    "wide divergence": Written(KL, "β ((1−ρ) / (1−ρ̂ⱼ) − ρ / ρ̂ⱼ) / 2B", _divergence),
    "sigmoid contraction": Written(JACOBIAN, CONTRACTION + "1 − 2 zⱼ", _contraction(lambda z: f"(1 − 2 × {z})")),
    "tanh contraction": Written(JACOBIAN, CONTRACTION + "−2 zⱼ", _contraction(lambda z: f"(−2 × {z})")),
    "softplus contraction": Written(JACOBIAN, CONTRACTION + "exp(−zⱼ)", _contraction(lambda z: f"exp(−{z})")),
    "contracted weight": Written(JACOBIAN, "2 λ ⟨f′(uⱼ)²⟩ wⱼᵢ", lambda given: _times(2, *given)),
}


def written(term: Term) -> Iterator[Line]:
    """One share: where it comes from, its formula, its numbers."""
    how = WRITTEN[term.kind]
    yield Line("words", tr("from {names}", names=f"{term.label}: {how.term}" if term.label else how.term))
    yield Line("formula", how.formula)
    yield Line("term", how.numbers(term.numbers), number(term.value))


def best_code(term: Term, place: int, held: float) -> Iterator[Line]:
    """How one number of the best sparse code is found."""
    left, closeness, guess, wanted, strength, size = term.numbers
    z, a = f"z{sub(place)}", f"a{sub(place)}"
    yield Line("head", tr("The best sparse code: one of its numbers, the others held"))
    yield Line("formula", "zᵢ = sign(aᵢ) max(|aᵢ| − λ/2, 0) / (γ + ‖vᵢ‖²)")
    yield Line("formula", "aᵢ = vᵢ · (x − c − Σₖ≠ᵢ vₖ zₖ) + γ f(x)ᵢ")
    yield Line("term", f"v{sub(place)} · (…)", number(left))
    yield Line("term", f"γ f(x){sub(place)} = {_times(closeness, guess)}", number(closeness * guess))
    yield Line("term", a, number(wanted))
    yield Line("term", f"λ/2 = {number(strength)} / 2", number(strength / 2))
    yield Line("term", f"γ + ‖v{sub(place)}‖² = {number(closeness)} + {number(size)}", number(closeness + size))
    yield Line("result", z, number(term.value, 6), "sand")
    if abs(term.value - held) > 1e-4 * max(1e-4, abs(held)):
        yield Line("term", tr("after the sweeps of this step"), number(held, 6))


def column(found: Column, j: int, i: int) -> Iterator[Line]:
    """From ∂E/∂v to ∂E/∂w, where v = w/‖w‖."""
    v = f"v{sub(j, i)}"
    yield Line("formula", "vᵢ = wᵢ / ‖wᵢ‖,   ∂E/∂wⱼᵢ = (∂E/∂vⱼᵢ − vⱼᵢ Σₖ vₖᵢ ∂E/∂vₖᵢ) / ‖wᵢ‖")
    yield Line("term", f"{v} = {_over(found.weight, found.length)}", number(found.weight / found.length))
    yield Line("term", "Σₖ vₖᵢ ∂E/∂vₖᵢ", number(found.along))
    yield Line("term", f"‖w{sub(i)}‖", number(found.length))


def contrasted(found: Contrast, j: int, i: int) -> Iterator[Line]:
    """What a weight of a Boltzmann machine learns from."""
    yield Line("words", tr("No error comes back here. A Boltzmann machine learns by contrastive divergence: from how often unit "
                           "and input are on together in what it dreams after k turns, and in the samples."))
    yield Line("formula", "∂E/∂wⱼᵢ = ⟨hⱼ vᵢ⟩ₖ − ⟨hⱼ vᵢ⟩₀")
    for head, pair, mean, after in ((tr("The samples"), found.seen, found.seen_mean, "₀"),
                                    (tr("What the machine dreams"), found.dreamt, found.dreamt_mean, "ₖ")):
        h, v = pair
        yield Line("head", head)
        yield Line("term", f"h{sub(j)} v{sub(i)} = {_times(h, v)}", number(h * v), "accent")
        yield Line("result", f"⟨h{sub(j)} v{sub(i)}⟩{after}", number(mean, 6), "text")
    yield Line("words", tr("It is the derivative of no function: there is nothing to check by differences."))
