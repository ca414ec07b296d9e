"""What all nodes with weights share: how they learn, where that differs from the training settings."""

from __future__ import annotations

from engine import initializers
from engine.nodes.node import NetworkNode
from graphs.spec import choice, choice_type, number, switch

LEARNING = "Learning"


class Learner(NetworkNode):
    """A node with weights."""

    initializer: choice_type(initializers.OPTIONS) = choice(
        "auto", "Initialiser", "How the weights are drawn before training. Automatic: He for ReLU, Glorot for everything "
        "else.", initializers.OPTIONS, advanced=True)
    spread: float = number(0.1, "Spread", "The σ of the normal distribution, the half-width of the uniform one, or the "
                           "constant itself.", low=-1000, high=1000, advanced=True,
                           shown_if={"initializer": list(initializers.SPREAD)})

    frozen: bool = switch(False, "Frozen", "The weights stay as they are; what lies below still learns through them.",
                          fold=LEARNING)
    rate_factor: float = number(1.0, "Rate factor", "The learning rate of these weights, as a multiple of that of the "
                                "training settings.", above=0, high=1000, log=True, fold=LEARNING)
    own_penalties: bool = switch(False, "Own penalties", "Ridge and LASSO of these weights instead of those of the "
                                 "training settings.", fold=LEARNING)
    ridge: float = number(0.0, "Ridge (L2)", "Adds λ ‖w‖² to the objective: all weights become smaller, none exactly 0.",
                          low=0, high=1000, unit="λ₂", shown_if={"own_penalties": [True]}, fold=LEARNING)
    lasso: float = number(0.0, "LASSO (L1)", "Adds λ Σ|w| to the objective: weights that matter little become exactly 0.",
                          low=0, high=1000, unit="λ₁", shown_if={"own_penalties": [True]}, fold=LEARNING)

    def first(self, activation: str) -> initializers.Initializer:
        """The first values of weights in front of this activation."""
        return initializers.chosen(self.initializer, activation, self.spread)
