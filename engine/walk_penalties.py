"""Penalties on weights (正則化, U5, O13) in a walk: their terms of the objective, and what they make of a gradient.

A training step clips the gradient of the losses, adds `2 λ₂ w + α w` to it, and updates with that; decoupled decay is a
part of the step by itself, and LASSO a proximal step behind it (`engine.updates`). The objective has a term for ridge,
LASSO and coupled decay.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from engine.compiler import Network
from engine.segments import Rule, rule_of
from engine.walked import PenaltyNumber, Pull


def rules_of(network: Network) -> Mapping[str, Rule]:
    """How every parameter is trained."""
    return {key: rule_of(network, spec) for key, spec in network.parameters.items()}


def terms(held: Iterable[tuple[Rule, np.ndarray]]) -> tuple[PenaltyNumber, ...]:
    """The penalties of parameters as terms of the objective: those of one kind and strength together."""
    sizes: dict[tuple[str, float], float] = {}
    for rule, values in held:
        if rule.frozen:
            continue
        squares, absolute = float(np.sum(values**2)), float(np.sum(np.abs(values)))
        for kind, strength, size in (("ridge", rule.ridge, squares), ("decay", rule.decay, squares),
                                     ("lasso", rule.lasso, absolute)):  # fmt: skip
            if strength:
                sizes[kind, strength] = sizes.get((kind, strength), 0.0) + size
    return tuple(PenaltyNumber(kind, strength, size) for (kind, strength), size in sizes.items())


def pull_of(rule: Rule) -> Pull | None:
    """What draws a parameter towards 0; None where nothing does."""
    found = Pull(rule.ridge, rule.decay, rule.decoupled_decay, rule.lasso)
    return None if rule.frozen or found == Pull() else found
