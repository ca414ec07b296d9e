"""Segments of the parameters: neighbours that share learning rate, penalties and frozen flag are updated as one array.

Most networks have one segment. Penalties spare biases (vectors) unless asked, which makes two; nodes with settings of
their own add theirs.
"""

from __future__ import annotations

from typing import NamedTuple

from engine.compiler import Network, ParameterSpec
from engine.nodes.learning import Learner
from engine.ops.primitive import Region
from engine.optimizers import OPTIMIZERS
from engine.program import Layout, Slot
from engine.quasi_newton import LBFGS


class Rule(NamedTuple):
    """How a parameter is trained, beside what the optimiser does with all of them."""

    factor: float = 1.0  # of the learning rate
    frozen: bool = False
    lasso: float = 0.0
    ridge: float = 0.0
    decay: float = 0.0  # coupled
    decoupled_decay: float = 0.0

    @property
    def pull(self) -> float:
        """p in the gradient `p w` of the quadratic penalties."""
        return 2 * self.ridge + self.decay

    @property
    def penalized(self) -> bool:
        """Whether the objective has a term for it."""
        return not self.frozen and bool(self.lasso or self.pull)


class Segment(NamedTuple):
    """One rule, and the parameters that it holds for."""

    rule: Rule
    slot: Slot

    def of(self, region: int, offset: int = 0) -> Slot:
        """The same part of another region that is laid out as the parameters are, from an offset on."""
        return self.slot._replace(region=region, offset=self.slot.offset + offset)


def rule_of(network: Network, spec: ParameterSpec) -> Rule:
    """The rule of one parameter: its node's own settings, and the training settings for the rest."""
    if network.moving is not None and spec.key not in network.moving:
        return Rule(frozen=True)
    settings, node = network.settings, network.checked.types.get(spec.node)
    learner = node if isinstance(node, Learner) else Learner()
    spared = len(spec.shape) < 2 and not settings.penalize_biases
    lasso, ridge = (learner.lasso, learner.ridge) if learner.own_penalties else (settings.lasso, settings.ridge)
    decay = 0.0 if spared else settings.weight_decay
    apart = settings.decoupled and not issubclass(OPTIMIZERS[settings.optimizer], LBFGS)  # whose search has no step for it
    rule = Rule(learner.rate_factor, learner.frozen, 0.0 if spared else lasso, 0.0 if spared else ridge,
                0.0 if apart else decay, decay if apart else 0.0)
    return Rule(frozen=True) if rule.frozen else rule


def place_parameters(network: Network) -> tuple[dict[str, Slot], tuple[Segment, ...], int]:
    """Where each parameter lies, the segments, and the size of it all."""
    rules = {key: rule_of(network, spec) for key, spec in network.parameters.items()}
    layout, slots, segments = Layout(1), dict[str, Slot](), list[Segment]()
    for rule in dict.fromkeys(rules.values()):
        start = layout.sizes.get(Region.PARAMETERS, 0)
        for key, spec in network.parameters.items():
            if rules[key] == rule:
                slots[key] = layout.place(Region.PARAMETERS, spec.shape)
        segments.append(Segment(rule, Slot(Region.PARAMETERS, start, (layout.sizes[Region.PARAMETERS] - start,))))
    return {key: slots[key] for key in network.parameters}, tuple(segments), layout.sizes.get(Region.PARAMETERS, 0)
