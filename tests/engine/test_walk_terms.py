"""What penalties on codes and dictionaries send back in a walk: PyTorch's gradients, told share by share."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from scipy.special import expit
from torch.nn import functional

from engine import commands
from engine.events import from_json
from engine.ops.energy import FreeEnergy
from engine.slow_motion import LayerWalk, Walk
from engine.walk_numbers import tell
from engine.walked import Term, UnitNumbers, Walked
from tests.engine.small_networks import document
from tests.engine.small_runs import exhaust, prepared

BENDS = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "softplus": functional.softplus}


def walk(kind: str, steps: int = 2, training: dict[str, Any] | None = None, **parameters: Any) -> Walk:
    """One autoencoder of digits, after some steps."""
    run = prepared(document({"digits": ("digits", {}), "ae": (kind, {"units": 6, **parameters})}, "digits.pixels>ae.x",
                            **{"batch_size": 9, **(training or {})}))
    exhaust(run.advance(steps))
    return Walk(run.built)


def told(made: Walk, layer: int, unit: int, sample: int = 3, weight: int = 20) -> tuple[Walked, UnitNumbers]:
    whole = tell(made, commands.Walk(sample, layer, unit, weight), 0)
    assert whole.unit is not None
    return whole, whole.unit


def tensors(made: Walk, *layers: LayerWalk) -> list[torch.Tensor]:
    return [torch.tensor(made.value(value).copy(), requires_grad=True) for layer in layers for value in (layer.weight, layer.bias)]


def adds_up(made: Walk, layer: int) -> list[tuple[Term, ...]]:
    """For every unit: what following layers and the named terms send back is all there is."""
    found = []
    for unit in range(made.weights(made.layers[layer]).shape[0]):
        whole, numbers = told(made, layer, unit, weight=0)
        sent = sum(float(np.dot(part.weights, part.deltas)) for part in numbers.parts) + sum(term.value for term in numbers.terms)
        assert sent == pytest.approx(whole.layers[layer].back[unit], rel=1e-9, abs=1e-14) and not numbers.others
        found.append(numbers.terms)
    return found


@pytest.mark.parametrize(("activation", "low", "span"), [("sigmoid", 0, 1), ("tanh", -1, 2)])
def test_kl_enters_at_the_code(activation: str, low: float, span: float) -> None:
    made = walk("sparse_autoencoder", activation=activation, memory=0.0, strength=1.5, rho=0.1)
    encode, decode = made.layers
    w, b, v, c = tensors(made, encode, decode)
    x = torch.tensor(made.value(encode.given))
    h = BENDS[activation](functional.linear(x, w, b))
    rebuilt = functional.linear(h, v, c)
    mean = (h.mean(0) - low) / span
    kl = (0.1 * torch.log(0.1 / mean) + 0.9 * torch.log(0.9 / (1 - mean))).sum()
    alone, = torch.autograd.grad(1.5 * kl, h, retain_graph=True)
    loss = (rebuilt - x).square().sum(1).mean() + 1.5 * kl
    loss.backward()
    assert made.total == pytest.approx(loss.item(), rel=1e-9)
    for layer, weight in ((encode, w), (decode, v)):
        np.testing.assert_allclose(made.gradient(layer), weight.grad.numpy(), atol=1e-12)
    for unit, (term,) in enumerate(adds_up(made, 0)):
        assert term.kind == ("divergence" if span == 1 else "wide divergence") and term.numbers[1] == 0.1
        assert term.value == pytest.approx(alone[3, unit].item(), rel=1e-7)
        assert term.numbers[2] == pytest.approx(mean[unit].item())
    whole, _ = told(made, 0, 1)
    assert [(loss.quantity, loss.penalty, loss.weight) for loss in whole.losses] == [("loss", False, 1.0), ("penalty", True, 1.5)]
    for unit, (term,) in enumerate(adds_up(made, 1)):
        assert term.kind == "squared"
        assert term.value == pytest.approx(2 * (rebuilt - x)[3, unit].item() / 9)


def test_a_remembered_mean_is_the_one_that_counts() -> None:
    made = walk("sparse_autoencoder", memory=0.8, strength=2.0)
    for (term,) in adds_up(made, 0):
        strength, rho, active, rows = term.numbers
        assert term.value == pytest.approx(strength * ((1 - rho) / (1 - active) - rho / active) / rows)
    batch = made.value(made.layers[0].output).mean(0)
    _, unit = told(made, 0, 2)
    assert unit.terms[0].numbers[2] != pytest.approx(batch[2], rel=1e-3)


def test_l1_on_the_code_is_its_sign() -> None:
    made = walk("sparse_autoencoder", form="l1", activation="tanh", strength=0.4)
    h = made.value(made.layers[0].output)
    for unit, (term,) in enumerate(adds_up(made, 0)):
        assert term.kind == "absolute" and term.value == pytest.approx(0.4 * np.sign(h[3, unit]) / 9)


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("activation", BENDS)
def test_the_contractive_penalty_enters_at_the_code_and_at_the_weights(activation: str, tied: bool) -> None:
    """The Jacobian by PyTorch itself, sample by sample."""
    made = walk("contractive_autoencoder", activation=activation, strength=0.3, tied=tied)
    encode, decode = made.layers
    w, b = tensors(made, encode)
    v, c = (torch.tensor(made.value(value).copy()) for value in (decode.weight, decode.bias))
    x = torch.tensor(made.value(encode.given), requires_grad=True)
    h = BENDS[activation](functional.linear(x, w, b))
    rebuilt = functional.linear(h, w.T if tied else v, c)
    jacobians = [torch.autograd.grad(h[:, j].sum(), x, create_graph=True)[0] for j in range(6)]
    norm = sum(one.square().sum() for one in jacobians) / 9
    loss = (rebuilt - x.detach()).square().sum(1).mean() + 0.3 * norm
    loss.backward()
    assert made.total == pytest.approx(loss.item(), rel=1e-7)
    np.testing.assert_allclose(made.gradient(encode), w.grad.numpy(), atol=1e-8)
    slopes = made.slope(encode)
    assert slopes is not None
    u = torch.tensor(made.value(encode.sums), requires_grad=True)
    f = BENDS[activation](u)
    first, = torch.autograd.grad(f.sum(), u, create_graph=True)
    second, = torch.autograd.grad(first.sum(), u)
    squares = (made.weights(encode) ** 2).sum(1)
    for unit, (term,) in enumerate(adds_up(made, 0)):
        delta = 0.3 * 2 * first[3, unit].item() * second[3, unit].item() * squares[unit] / 9  # at u; the term is at z
        assert term.value * slopes[3, unit] == pytest.approx(delta, rel=1e-6, abs=1e-12)
        _, numbers = told(made, 0, unit)
        (own,) = numbers.on_weight
        direct = 0.3 * 2 * (first[:, unit] ** 2).mean().item() * made.weights(encode)[unit, 20]
        assert own.value == pytest.approx(direct, rel=1e-6, abs=1e-12) and numbers.shared == tied
        if not tied:
            data = np.dot(numbers.batch_deltas, numbers.batch_given)
            assert data + own.value == pytest.approx(numbers.gradient[20], abs=1e-13)
        found = numbers.difference
        assert found is not None and found.numeric == pytest.approx(numbers.gradient[20], rel=1e-5, abs=1e-7)


def predicted(training: dict[str, Any] | None = None) -> Walk:
    return walk("predictive_sparse_decomposition", steps=4, training=training, strength=0.2, closeness=0.7, sweeps=60)


def test_a_predicted_code_learns_what_pytorch_says() -> None:
    """Encoder with gains, dictionary with columns of length 1; the best codes are data to both."""
    made = predicted()
    encode, decode = made.layers
    w, b, v, c = tensors(made, encode, decode)
    gain_key = next(key for key in made.graph.parameters if key.endswith("gain"))
    gain = torch.tensor(made.value(made.graph.parameters[gain_key]).copy(), requires_grad=True)
    x, h = (torch.tensor(made.value(value)) for value in (encode.given, decode.given))
    code = gain * torch.tanh(functional.linear(x, w, b))
    atoms = v / v.norm(dim=0)
    rebuilt = functional.linear(h, atoms, c)
    loss = (rebuilt - x).square().sum(1).mean() + 0.2 * h.abs().sum(1).mean() + 0.7 * (code - h).square().sum(1).mean()
    loss.backward()
    assert made.total == pytest.approx(loss.item(), rel=1e-10)
    np.testing.assert_allclose(made.weights(decode), atoms.detach().numpy(), atol=1e-14)
    for layer, weight in ((encode, w), (decode, v)):
        np.testing.assert_allclose(made.gradient(layer), weight.grad.numpy(), atol=1e-12)
    slopes = made.slope(encode)
    assert slopes is not None
    np.testing.assert_allclose(slopes, (gain * (1 - (code / gain) ** 2)).detach().numpy(), atol=1e-9)
    for unit, (term,) in enumerate(adds_up(made, 0)):
        assert term.kind == "predicted" and term.numbers[2] == made.value(decode.given)[3, unit]
        assert term.value == pytest.approx(2 * 0.7 * (code - h)[3, unit].item() / 9)
        assert told(made, 0, unit)[1].gain == pytest.approx(gain[unit].item())
    assert {term.kind for terms in adds_up(made, 1) for term in terms} == {"squared"}
    assert [loss.quantity for loss in told(made, 0, 0)[0].losses] == ["loss", "penalty", "prediction_loss"]


def test_a_column_of_the_dictionary_is_told_step_by_step() -> None:
    made = predicted({"ridge": 0.05})
    decode = made.layers[1]
    raw = made.value(decode.weight)
    for atom in range(6):
        _, unit = told(made, 1, 30, weight=atom)
        column, pull = unit.column, unit.pull
        assert column is not None and pull is not None
        assert column.weight == unit.held == raw[30, atom]
        assert column.length == pytest.approx(np.linalg.norm(raw[:, atom]))
        assert unit.weights[atom] == pytest.approx(column.weight / column.length)
        assert column.back == pytest.approx(np.dot(unit.batch_deltas, unit.batch_given), abs=1e-14)
        whole = (column.back - unit.weights[atom] * column.along) / column.length
        assert unit.gradient[atom] == pytest.approx(whole + pull.on(column.weight), abs=1e-14)


def test_the_best_code_is_the_soft_threshold_of_what_the_others_leave() -> None:
    made = predicted()
    x, h = made.value(made.layers[0].given)[3], made.value(made.layers[1].given)[3]
    atoms, c = made.weights(made.layers[1]), made.value(made.layers[1].bias)
    guess = made.value(made.layers[0].output)[3]
    for atom in range(6):
        _, unit = told(made, 1, 0, weight=atom)
        assert unit.code is not None and unit.code.value == pytest.approx(h[atom], abs=1e-5)

        def objective(value: float, place: int = atom) -> float:
            moved = h.copy()
            moved[place] = value
            return float(((x - c - atoms @ moved) ** 2).sum() + 0.2 * np.abs(moved).sum() + 0.7 * ((moved - guess) ** 2).sum())

        assert objective(unit.code.value) <= min(objective(unit.code.value + step) for step in (-1e-3, 1e-3))


@pytest.mark.parametrize("layer", [0, 1])
def test_the_check_of_a_predicted_code_moves_the_best_code_along(layer: int) -> None:
    """Where the codes are at their best, the derivative of all terms together is the gradient that passes them by."""
    made = predicted()
    for unit, weight in ((0, 3), (4, 1), (5, 5)):
        found = made.difference(made.layers[layer], unit, weight if layer else 20 + weight)
        assert found is not None and found.declared
        assert found.numeric == pytest.approx(found.analytic, rel=1e-3, abs=1e-5)
        assert (found.below + found.above) / 2 == pytest.approx(made.total, rel=1e-6)


def test_a_boltzmann_machine_learns_by_contrast() -> None:
    """⟨h v⟩ of what is dreamt less that of the samples, with the run's own dreams; and no check by differences."""
    made = walk("boltzmann_machine", training={"ridge": 0.02})
    (layer,) = made.layers
    v = made.value(layer.given)
    dreams = [one.named["v"] for one in made.graph.tape.operations if isinstance(one.primitive, FreeEnergy)]
    dreamt = made.value(next(one for one in dreams if one is not layer.given))
    assert set(np.unique(dreamt)) <= {0.0, 1.0}
    w, c = made.weights(layer), made.value(layer.bias)
    seen_mean, dreamt_mean = (expit(x @ w.T + c).T @ x / 9 for x in (v, dreamt))
    np.testing.assert_allclose(made.gradient(layer), dreamt_mean - seen_mean + 0.04 * w, atol=1e-12)
    whole, unit = told(made, 0, 2)
    assert whole.machines == ("ae",) and unit.difference is None and unit.contrast is not None
    assert from_json(whole.to_json()) == whole
    assert unit.contrast.seen_mean == pytest.approx(seen_mean[2, 20]) and unit.contrast.seen[1] == v[3, 20]
    assert unit.contrast.dreamt_mean == pytest.approx(dreamt_mean[2, 20])
    assert unit.contrast.dreamt == pytest.approx((expit(dreamt @ w.T + c)[3, 2], dreamt[3, 20]))
    assert told(walk("autoencoder"), 0, 2)[0].machines == ()
