"""How a graph is trained: part of the document. What optimisers and schedules can be set to comes from their modules."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import Any

from pydantic import ValidationInfo, create_model, field_validator, model_validator

from engine.optimizer import Optimizer
from engine.optimizers import OPTIMIZERS
from engine.schedules import SCHEDULES
from graphs.language import tr
from graphs.spec import Parameters, choice, choice_type, number, staged, switch, whole

OPTIONS = {name: kind.title for name, kind in OPTIMIZERS.items()}
SCHEDULE_OPTIONS = {name: kind.title for name, kind in SCHEDULES.items()}
BATCHES = {"mini": "Mini-batches", "whole": "Whole set", "single": "Single samples"}
PENALTIES, STOPPING, STAGES = "Penalties", "Early stopping", "Stages"
STOP_AFTER = {"no_improvement": "No improvement", "increases": "Increases in a row"}
TEST_IN = {"epochs": "Epochs", "steps": "Steps"}
STOP_SHOWN = {"early_stopping": [True]}
ENDLESS_EPOCHS = 100  # what counts as a whole run when it is endless


class _Rule(Parameters):
    """What stands before the optimisers' own parameters in the form."""

    optimizer: choice_type(OPTIONS) = choice("adam", "Optimiser", "The rule that turns gradients into steps.", OPTIONS)
    learning_rate: float = number(
        0.003, "Learning rate", "How far each step follows the gradient. Too small: slow. Too large: the loss jumps or "
        "diverges. It can be changed while training.", above=0, high=1000, log=True, unit="η",
    )  # fmt: skip


def _own(which: str, kinds: Mapping[str, type[Parameters]], apart: set[str]) -> dict[str, Any]:
    """Fields of these kinds; each is shown while `which` is one that has it: {"optimizer": [names]}."""
    fields: dict[str, Any] = {}
    shown: dict[str, list[str]] = {}
    for option, kind in kinds.items():
        for name, info in kind.model_fields.items():
            if name not in apart:
                shown.setdefault(name, []).append(option)
                fields.setdefault(name, (info.annotation, copy(info)))
    for name, (_, info) in fields.items():
        info.json_schema_extra = {**(info.json_schema_extra or {}), "shown_if": {which: shown[name]}}
    return fields


_WithRule: Any = create_model("_WithRule", __base__=_Rule, **_own(
    "optimizer", OPTIMIZERS, {"learning_rate", "weight_decay", "decoupled"}))


class _Scheduled(_WithRule):
    schedule: choice_type(SCHEDULE_OPTIONS) = choice(
        "constant", "Schedule", "How the learning rate goes with time.", SCHEDULE_OPTIONS)


_WithSchedule: Any = create_model("_WithSchedule", __base__=_Scheduled, **_own("schedule", SCHEDULES, set()))


class TrainingSettings(_WithSchedule):
    """How the graph is trained."""

    batches: choice_type(BATCHES) = choice(
        "mini", "Batches", "How many samples one step learns from. The whole set: the true gradient. Single samples: "
        "cheap, noisy steps, which leave saddles and shallow valleys.", BATCHES)
    batch_size: int = whole(32, "Batch size", "Samples that are averaged for one step. The last batch of an epoch may "
                            "be shorter.", low=1, high=1_000_000, unit="samples", shown_if={"batches": ["mini"]})
    epochs: int = whole(100, "Epochs", "How often all training samples are seen. 0: until stopped.", high=1_000_000_000)
    shuffle: bool = switch(True, "Shuffle", "Draw a new order of the samples for every epoch.")
    same_batches: bool = switch(False, "Same batches", "Shuffle once, so that every epoch has the same mini-batches, as "
                                "in the lectures.", shown_if={"shuffle": [True]}, advanced=True)
    seed: int = whole(0, "Seed", "Where all chance comes from: first weights, order, dropout. The same seed gives the "
                      "same weights, bit for bit.")  # fmt: skip
    validation_share: float = number(0.2, "Validation share", "Part of the data that is kept from training, to see "
                                     "what was learned and not merely remembered.", low=0, high=0.9)
    split_seed: int = whole(0, "Split seed", "Which samples are kept for validation. Apart from the other seed, so "
                            "that runs stay comparable.", advanced=True)
    warm_up: int = whole(0, "Warm-up", "The learning rate rises from nearly 0 for so many epochs.", high=1_000_000,
                         unit="epochs", advanced=True)
    clip: float = number(0.0, "Clip gradients", "Longest gradient, all weights together: a longer one is shortened to "
                         "it, so that one cliff does not throw everything away. 0: never.", low=0, high=1e6, advanced=True)
    ridge: float = number(0.0, "Ridge (L2)", "Adds λ ‖w‖² to the objective: all weights become smaller, none exactly 0.",
                          low=0, high=1000, unit="λ₂", fold=PENALTIES)
    lasso: float = number(0.0, "LASSO (L1)", "Adds λ Σ|w| to the objective: weights that matter little become exactly 0.",
                          low=0, high=1000, unit="λ₁", fold=PENALTIES)
    weight_decay: float = number(0.0, "Weight decay", "Every step pulls the weights towards zero, as ½ α ‖w‖² in the "
                                 "objective does. 0: none.", low=0, high=1000, unit="α", fold=PENALTIES)
    decoupled: bool = switch(False, "Decoupled decay", "The pull is a part of the step by itself, w ← w − η α w, and no "
                             "part of the gradient: the adaptive rules then do not rescale it.", fold=PENALTIES)
    penalize_biases: bool = switch(False, "Biases too", "Penalties act on biases as on weights.", fold=PENALTIES)
    early_stopping: bool = switch(False, "Stop early", "End the run when the validation loss no longer falls, and keep "
                                  "the weights that were best on it.", fold=STOPPING)
    stop_after: choice_type(STOP_AFTER) = choice(
        "no_improvement", "Stop after", "What speaks for stopping: a test that is no new best, as is usual, or one that is "
        "worse than the test before, as in the lectures.", STOP_AFTER, shown_if=STOP_SHOWN, fold=STOPPING)
    patience: int = whole(10, "Patience", "How many such tests in a row end the run.", low=1, high=1_000_000, unit="tests",
                          shown_if=STOP_SHOWN, fold=STOPPING)
    test_every: int = whole(1, "Test every", "How often the validation part is tested.", low=1, high=1_000_000_000,
                            shown_if=STOP_SHOWN, fold=STOPPING)
    test_in: choice_type(TEST_IN) = choice("epochs", "Counted in", "Whether tests fall on epochs or on steps.", TEST_IN,
                                           shown_if=STOP_SHOWN, fold=STOPPING)

    retrain: bool = switch(False, "Then train on all data", "Afterwards begin again, with the validation samples too, and train "
                           "for as many epochs as were best.", shown_if=STOP_SHOWN, fold=STOPPING)
    pretraining: bool = switch(False, "Pre-train", "First every autoencoder by itself, from the bottom to the top, on the codes "
                               "of those below; then everything together.", fold=STAGES)
    pretraining_epochs: int = whole(30, "Epochs before", "Epochs of each stage before the last.", low=1, high=1_000_000_000,
                                    shown_if={"pretraining": [True]}, fold=STAGES)
    stages: list[dict[str, Any]] = staged("Stages", "What trains when; empty: as the graph suggests, where pre-training is on.",
                                          fold=STAGES)

    @classmethod
    def inherited(cls, given: Mapping[str, Any], own: Mapping[str, Any]) -> Mapping[str, Any]:
        """Another optimiser or schedule comes with its own defaults, not with the numbers that were set for the first."""
        kept = dict(given)
        for which, kinds in (("optimizer", OPTIMIZERS), ("schedule", SCHEDULES)):
            before = given.get(which, cls.model_fields[which].default)
            if which in own and own[which] != before and isinstance(before, str) and before in kinds:
                kept = {name: value for name, value in kept.items() if name not in kinds[before].model_fields}
        return {**kept, **own}

    @classmethod
    def default(cls, name: str, given: Mapping[str, Any]) -> Any:
        """Every optimiser and schedule has its own sensible defaults: a rate that suits Adam is slow for SGD."""
        for which, kinds in (("optimizer", OPTIMIZERS), ("schedule", SCHEDULES)):
            chosen = given.get(which, cls.model_fields[which].default)
            kind = kinds.get(chosen) if isinstance(chosen, str) else None
            if kind is not None and name in kind.model_fields:
                return kind.model_fields[name].default
        return super().default(name, given)

    @model_validator(mode="before")
    @classmethod
    def _fill(cls, given: Any) -> Any:
        """What was not set takes the default of the chosen optimiser, not that of the first one that has the name."""
        if not isinstance(given, Mapping):
            return given
        return {**{name: cls.default(name, given) for name in cls.model_fields}, **given}

    @field_validator("lasso")
    @classmethod
    def _smooth(cls, lasso: float, known: ValidationInfo) -> float:
        if known.data.get("optimizer") == "lbfgs" and lasso > 0:
            raise ValueError(tr("L-BFGS needs a smooth objective, and LASSO has corners: take another optimiser, or ridge."))
        return lasso

    def rule(self) -> Optimizer:
        """The chosen optimiser with its parameters."""
        kind = OPTIMIZERS[self.optimizer]
        return kind(**{name: getattr(self, name) for name in kind.model_fields})

    def schedule_numbers(self) -> dict[str, float]:
        """The parameters of the chosen schedule, with the length of the run where they leave it open."""
        numbers = {name: float(getattr(self, name)) for name in SCHEDULES[self.schedule].model_fields}
        if numbers.get("falls_for") == 0:
            numbers["falls_for"] = float(self.epochs or ENDLESS_EPOCHS)
        return numbers

    def batch(self, rows: int) -> int:
        """Samples of one step, where there are so many in all."""
        if OPTIMIZERS[self.optimizer].full_batch or self.batches == "whole":
            return max(1, rows)
        return 1 if self.batches == "single" else max(1, min(self.batch_size, rows))
