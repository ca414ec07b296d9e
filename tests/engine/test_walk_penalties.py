"""Penalties on weights in a walk: objective, gradient and check as numpy, PyTorch and the run's own step have them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from engine import commands
from engine.errors import RunProblem
from engine.slow_motion import Walk
from engine.walk_numbers import tell
from engine.walked import Pull, Walked
from graphs.document import Document
from tests.engine.small_networks import autoencoder, classifier
from tests.engine.small_runs import exhaust, prepared, with_parameter

OWN = {"own_penalties": True, "ridge": 0.07, "lasso": 0.02}


def net(own: bool = False, **training: Any) -> Document:
    """Iris through two layers; the first may have penalties of its own."""
    doc = classifier(hidden=5, batch_size=11, **{"optimizer": "sgd", "learning_rate": 0.05, **training})
    return with_parameter(doc, "hidden", **OWN) if own else doc


def walked(doc: Document, steps: int = 3) -> Walk:
    run = prepared(doc)
    exhaust(run.advance(steps)) if steps else None
    return Walk(run.built)


def told(made: Walk, layer: int, unit: int = 1, weight: int = 2) -> Walked:
    return tell(made, commands.Walk(0, layer, unit, weight), 0)


def test_ridge_is_what_numpy_computes() -> None:
    made = walked(autoencoder(batch_size=6, ridge=0.03))
    encode, decode = made.layers
    x, w, v = made.value(encode.given), made.weights(encode), made.weights(decode)
    h, rebuilt = made.value(encode.output), made.value(decode.output)
    squares = (w**2).sum() + (v**2).sum()
    assert made.total == pytest.approx(((rebuilt - x) ** 2).sum(1).mean() + 0.03 * squares, rel=1e-12)
    (term,) = made.penalties
    assert (term.kind, term.strength) == ("ridge", 0.03) and term.value == pytest.approx(0.03 * squares)
    delta = 2 * (rebuilt - x) / len(x)
    np.testing.assert_allclose(made.gradient(decode), delta.T @ h + 2 * 0.03 * v, atol=1e-13)
    np.testing.assert_allclose(made.gradient(encode), (h * (1 - h) * (delta @ v)).T @ x + 2 * 0.03 * w, atol=1e-13)
    np.testing.assert_array_equal(made.whole_gradient(decode.bias), made.adjoint(decode.bias))  # biases are spared


@pytest.mark.parametrize("biases", [False, True])
def test_all_penalties_are_what_pytorch_computes(biases: bool) -> None:
    """Ridge, coupled decay and LASSO for all, and other ones of a layer's own; LASSO counts in the objective alone."""
    made = walked(net(own=True, ridge=0.04, lasso=0.01, weight_decay=0.3, penalize_biases=biases))
    hidden, top = made.layers
    pairs = [(made.weights(one), made.value(one.bias)) for one in made.layers]
    (w, b), (v, c) = ([torch.tensor(part.copy(), requires_grad=True) for part in pair] for pair in pairs)
    labels = torch.tensor(made.value(made.graph.inputs[("iris", "label")]))
    loss = functional.cross_entropy(functional.linear(torch.tanh(functional.linear(torch.tensor(
        made.value(hidden.given)), w, b)), v, c), labels)
    low, high = ([w, b], [v, c]) if biases else ([w], [v])
    smooth = loss + sum(0.07 * p.square().sum() for p in low) + sum(0.04 * p.square().sum() for p in high) \
        + sum(0.15 * p.square().sum() for p in (*low, *high))
    corners = sum(0.02 * p.abs().sum() for p in low) + sum(0.01 * p.abs().sum() for p in high)
    smooth.backward()
    assert made.total == pytest.approx((smooth + corners).item(), rel=1e-12)
    for layer, weight, bias in ((hidden, w, b), (top, v, c)):
        np.testing.assert_allclose(made.gradient(layer), weight.grad.numpy(), atol=1e-13)
        np.testing.assert_allclose(made.whole_gradient(layer.bias), bias.grad.numpy(), atol=1e-13)
        found = made.difference(layer, 1, 2)
        assert found is not None and not found.declared
        assert found.numeric == pytest.approx(weight.grad[1, 2].item(), rel=1e-7)
        assert (found.below + found.above) / 2 == pytest.approx(smooth.item(), rel=1e-8)


@pytest.mark.parametrize("training", [
    {"ridge": 0.2}, {"weight_decay": 0.5}, {"ridge": 0.1, "weight_decay": 0.2, "penalize_biases": True},
    {"clip": 0.05, "ridge": 0.3}, {"weight_decay": 0.4, "decoupled": True}, {"lasso": 0.03}])
def test_it_is_what_a_step_uses(training: dict[str, Any]) -> None:
    """With SGD (before − after) / η is the gradient; decoupled decay and the proximal step come on top of it."""
    run = prepared(net(own=training == {"ridge": 0.2}, **training))
    exhaust(run.advance(2))
    made = Walk(run.built)
    parameters = [value for layer in made.layers for value in (layer.weight, layer.bias)]
    keys = [key for layer in made.layers for key in (layer.spec.weight, layer.spec.bias)]
    kept = told(made, 0).kept
    assert (kept < 1) == ("clip" in training)
    before = {key: run.machine.parameter(key).astype(float) for key in keys}
    exhaust(run.advance(1))
    for key, value in zip(keys, parameters, strict=True):
        rule, gradient = made.rules[value], made.whole_gradient(value)
        used = kept * made.adjoint(value) + rule.pull * made.value(value)
        np.testing.assert_allclose(used, gradient if kept == 1 else used, atol=1e-14)
        expected = before[key] * (1 - 0.05 * rule.decoupled_decay) - 0.05 * used
        expected = np.sign(expected) * np.maximum(np.abs(expected) - 0.05 * rule.lasso, 0)
        np.testing.assert_allclose(run.machine.parameter(key), expected, atol=1e-6)


def test_the_parts_of_a_gradient_are_told_and_add_up() -> None:
    made = walked(net(own=True, ridge=0.04, weight_decay=0.3))
    for place, ridge in ((0, 0.07), (1, 0.04)):
        unit = told(made, place).unit
        assert unit is not None and unit.bias_pull is None
        assert unit.pull == Pull(ridge, 0.3, 0.0, 0.02 if place == 0 else 0.0)
        losses = np.dot(unit.batch_deltas, unit.batch_given)
        assert losses + unit.pull.on(unit.weights[2]) == pytest.approx(unit.gradient[2], abs=1e-14)
        assert unit.pull.on(unit.weights[2]) == pytest.approx((2 * ridge + 0.3) * made.weights(made.layers[place])[1, 2])
        assert unit.difference is not None and unit.difference.relative < 1e-6
    whole = told(made, 0)
    assert whole.total == pytest.approx(made.total)
    assert sorted((one.kind, one.strength) for one in whole.penalties) == [
        ("decay", 0.3), ("lasso", 0.02), ("ridge", 0.04), ("ridge", 0.07)]


def test_the_objective_is_the_one_that_the_run_reports() -> None:
    run = prepared(net(own=True, ridge=0.04, lasso=0.01, weight_decay=0.3))
    exhaust(run.advance(2))
    total = Walk(run.built).total
    exhaust(run.advance(1))
    assert run.machine.losses()["loss"] == pytest.approx(total, rel=1e-5)


def test_what_is_frozen_is_not_penalised() -> None:
    made = walked(with_parameter(net(ridge=0.1), "hidden", frozen=True))
    hidden, top = made.layers
    assert made.gradient(hidden) is None and told(made, 0).unit.pull is None
    (term,) = made.penalties
    assert term.size == pytest.approx((made.weights(top) ** 2).sum())


def test_decoupled_decay_is_no_term_of_the_objective() -> None:
    made = walked(net(weight_decay=0.4, decoupled=True))
    assert made.penalties == () and told(made, 1).unit.pull == Pull(decoupled=0.4)
    np.testing.assert_array_equal(made.gradient(made.layers[0]), made.adjoint(made.layers[0].weight))


THRESHOLDS: dict[str, tuple[str, dict[str, Any], Callable[[dict[str, np.ndarray]], Any]]] = {
    "η λ₁": ("sgd", {}, lambda s: 1),
    "η λ₁ / (1−μ)": ("momentum", {"damped": False}, lambda s: 1 / (1 - 0.9)),
    "η λ₁ / (√v + ε)": ("adagrad", {}, lambda s: 1 / (np.sqrt(s["v"]) + 1e-10)),
    "η λ₁ / √(v + ε)": ("rmsprop", {}, lambda s: 1 / np.sqrt(s["v"] + 1e-6)),
    "η λ₁ / ((1−μ) √(v + ε))": ("rmsprop", {"with_momentum": True}, lambda s: 1 / ((1 - 0.9) * np.sqrt(s["v"] + 1e-6))),
    "η λ₁ √(u + ε) / √(v + ε)": ("adadelta", {}, lambda s: np.sqrt(s["u"] + 1e-6) / np.sqrt(s["v"] + 1e-6)),
    "η λ₁ / (√v̂ + ε)": ("adam", {}, lambda s: 1 / (np.sqrt(s["v"] / (1 - 0.999)) + 1e-8)),
}


@pytest.mark.parametrize("formula", THRESHOLDS)
def test_the_threshold_that_is_shown_is_the_proximal_step_s(formula: str) -> None:
    """One step with LASSO and one without, from the same weights: what lies between them is θ."""
    optimizer, also, theta = THRESHOLDS[formula]
    near, far = (prepared(net(optimizer=optimizer, learning_rate=0.02, lasso=lasso, **also)) for lasso in (0.04, 0.0))
    assert told(Walk(near.built), 1).threshold == formula
    for run in (near, far):
        exhaust(run.advance(1))
    place = near.machine.assembly.parameters["top/weight"]
    state = {name: near.machine.view(slot)[place.offset : place.offset + 15].astype(float)
             for name, slot in near.machine.assembly.state.items()}
    found, free = (run.machine.parameter("top/weight").ravel().astype(float) for run in (near, far))
    np.testing.assert_allclose(found, np.sign(free) * np.maximum(np.abs(free) - 0.02 * 0.04 * theta(state), 0), atol=1e-6)
    assert (found != free).any()


def test_a_line_search_takes_no_lasso_and_couples_its_decay() -> None:
    """Its step has neither a proximal phase nor a decay of its own: the one is refused in words, the other acts coupled."""
    with pytest.raises(RunProblem, match="smooth objective") as found:
        prepared(net(own=True, optimizer="lbfgs", learning_rate=1.0))
    assert (found.value.node, found.value.parameter) == ("hidden", "lasso")
    runs = [prepared(net(optimizer="lbfgs", learning_rate=1.0, weight_decay=0.3, decoupled=apart)) for apart in (False, True)]
    for run in runs:
        exhaust(run.advance(3))
    np.testing.assert_array_equal(*(run.machine.parameter("hidden/weight") for run in runs))
    assert told(Walk(runs[1].built), 0).unit.pull == Pull(decay=0.3)
