"""How a graph is trained: part of the document. What an optimiser can be set to comes from `engine.optimizers`."""

from __future__ import annotations

from copy import copy
from typing import Any

from pydantic import create_model

from engine.optimizers import OPTIMIZERS, Optimizer
from graphs.spec import Parameters, choice, choice_type, number, switch, whole

OPTIONS = {name: kind.title for name, kind in OPTIMIZERS.items()}


class _Rule(Parameters):
    """What stands before the optimisers' own parameters in the form."""

    optimizer: choice_type(OPTIONS) = choice("adam", "Optimiser", "The rule that turns gradients into steps.", OPTIONS)
    learning_rate: float = number(
        0.003, "Learning rate", "How far each step follows the gradient. Too small: slow. Too large: the loss jumps or "
        "diverges. It can be changed while training.", above=0, high=1000, log=True, unit="η",
    )  # fmt: skip


def _own_parameters() -> dict[str, Any]:
    """The optimisers' further parameters; each is shown for the optimisers that have it: {"optimizer": [names]}."""
    fields: dict[str, Any] = {}
    shown: dict[str, list[str]] = {}
    for optimizer, kind in OPTIMIZERS.items():
        for name, info in kind.model_fields.items():
            if name not in _Rule.model_fields:
                shown.setdefault(name, []).append(optimizer)
                fields.setdefault(name, (info.annotation, copy(info)))
    for name, (_, info) in fields.items():
        info.json_schema_extra = {**(info.json_schema_extra or {}), "shown_if": {"optimizer": shown[name]}}
    return fields


_RuleWithParameters: Any = create_model("_RuleWithParameters", __base__=_Rule, **_own_parameters())


class TrainingSettings(_RuleWithParameters):
    """How the graph is trained."""

    batch_size: int = whole(32, "Batch size", "Samples that are averaged for one step. The last batch of an epoch may "
                            "be shorter.", low=1, high=1_000_000, unit="samples")
    epochs: int = whole(100, "Epochs", "How often all training samples are seen. 0: until stopped.", high=1_000_000_000)
    shuffle: bool = switch(True, "Shuffle", "Draw a new order of the samples for every epoch.")
    seed: int = whole(0, "Seed", "Where all chance comes from: first weights, order, dropout. The same seed gives the "
                      "same weights, bit for bit.")  # fmt: skip
    validation_share: float = number(0.2, "Validation share", "Part of the data that is kept from training, to see "
                                     "what was learned and not merely remembered.", low=0, high=0.9)
    split_seed: int = whole(0, "Split seed", "Which samples are kept for validation. Apart from the other seed, so "
                            "that runs stay comparable.", advanced=True)

    def rule(self) -> Optimizer:
        """The chosen optimiser with its parameters."""
        kind = OPTIMIZERS[self.optimizer]
        return kind(**{name: getattr(self, name) for name in kind.model_fields})
