"""A walk through one mini-batch: every value, δ and gradient as numpy and PyTorch have them, and the run undisturbed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.special import expit, softmax
from torch.nn import functional

from engine import commands, events
from engine.events import from_json
from engine.slow_motion import LayerWalk, Walk, batch_rows
from engine.walk_numbers import Walks, tell
from engine.walked import Stop, Walked
from graphs.document import Document
from tests.engine.small_networks import autoencoder, classifier, document, stacked
from tests.engine.small_runs import exhaust, prepared, with_training
from tests.engine.windows import Window, opened


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Window]:
    with opened(tmp_path) as made:
        yield made


def walk(doc: Document, steps: int = 0) -> Walk:
    run = prepared(doc)
    exhaust(run.advance(steps)) if steps else None
    return Walk(run.built)


def by_hand(made: Walk, layer: LayerWalk) -> np.ndarray:
    """∂E/∂W = δ zᵀ, summed over the mini-batch."""
    deltas = made.adjoint(layer.sums)
    assert deltas is not None
    return deltas.T @ made.value(layer.given)


def test_an_autoencoder_is_what_numpy_computes() -> None:
    made = walk(autoencoder(batch_size=7), steps=3)
    encode, decode = made.layers
    x = made.value(encode.given)
    (w, b), (v, c) = ((made.weights(one), made.value(one.bias)) for one in (encode, decode))
    h = expit(x @ w.T + b)
    rebuilt = h @ v.T + c
    np.testing.assert_allclose(made.value(encode.output), h, rtol=1e-12)
    np.testing.assert_allclose(made.value(decode.output), rebuilt, rtol=1e-12)
    assert made.total == pytest.approx(((rebuilt - x) ** 2).sum(1).mean(), rel=1e-12)
    delta_out = 2 * (rebuilt - x) / len(x)
    delta_in = h * (1 - h) * (delta_out @ v)
    np.testing.assert_allclose(made.adjoint(decode.sums), delta_out, atol=1e-14)
    np.testing.assert_allclose(made.adjoint(encode.sums), delta_in, atol=1e-14)
    np.testing.assert_allclose(made.slope(encode), h * (1 - h), rtol=1e-10)
    np.testing.assert_allclose(made.gradient(encode), delta_in.T @ x, atol=1e-13)
    np.testing.assert_allclose(made.gradient(decode), delta_out.T @ h, atol=1e-13)
    assert made.stops == (
        Stop("given", "digits"), Stop("forward", "ae", 0), Stop("forward", "ae", 1), Stop("loss", "ae"),
        Stop("backward", "ae", 1), Stop("backward", "ae", 0))


def test_a_softmax_that_is_one_with_its_loss_is_what_pytorch_computes() -> None:
    made = walk(classifier(batch_size=9), steps=5)
    hidden, top = made.layers
    tensors = [torch.tensor(part.copy(), requires_grad=True) for one in made.layers
               for part in (made.weights(one), made.value(one.bias))]
    u = functional.linear(torch.tensor(made.value(hidden.given)), *tensors[:2])
    z = torch.tanh(u)
    logits = functional.linear(z, *tensors[2:])
    for node in (u, z, logits):
        node.retain_grad()
    labels = made.value(made.graph.inputs[("iris", "label")])
    loss = functional.cross_entropy(logits, torch.tensor(labels))
    loss.backward()
    assert made.total == pytest.approx(loss.item(), rel=1e-10)
    np.testing.assert_allclose(made.value(top.output), softmax(logits.detach().numpy(), 1), rtol=1e-10)
    np.testing.assert_allclose(made.adjoint(top.sums), logits.grad.numpy(), atol=1e-12)
    np.testing.assert_allclose(made.adjoint(hidden.sums), u.grad.numpy(), atol=1e-12)
    np.testing.assert_allclose(made.adjoint(hidden.output), z.grad.numpy(), atol=1e-12)
    for layer, weight in zip(made.layers, tensors[::2], strict=True):
        np.testing.assert_allclose(made.gradient(layer), weight.grad.numpy(), atol=1e-12)
    assert made.slope(top) is None and made.adjoint(top.output) is None
    told = tell(made, commands.Walk(sample=4, layer=1, unit=2, weight=5), 5)
    assert told.unit is not None and told.unit.parts == () and told.unit.others == ("loss",)


@pytest.mark.parametrize("function", ["relu", "leaky_relu", "prelu", "gelu"])
def test_the_slope_of_a_unit_is_that_of_its_function(function: str) -> None:
    made = walk(document({"digits": ("digits", {}), "ae": ("autoencoder", {"units": 5, "activation": function})},
                         "digits.pixels>ae.x", batch_size=6))
    layer = made.layers[0]
    slope, back, delta = made.slope(layer), made.adjoint(layer.output), made.adjoint(layer.sums)
    assert slope is not None and back is not None and delta is not None
    np.testing.assert_allclose(slope * back, delta, atol=1e-15)  # δ = f′(u) ∂E/∂y
    moved = 1e-6
    u, y = made.value(layer.sums).copy(), made.value(layer.output).copy()
    near = np.abs(u) > 1e-3  # a kink has no slope
    made.value(layer.bias)[...] += moved
    made._run("forward")
    np.testing.assert_allclose(((made.value(layer.output) - y) / moved)[near], slope[near], atol=1e-4)


def test_every_gradient_is_what_differences_say() -> None:
    rng = np.random.default_rng(0)
    for doc in (autoencoder(batch_size=5), classifier(batch_size=6, dropout=0.3), stacked()):
        made = walk(doc, steps=2)
        for layer in made.layers:
            gradient = made.gradient(layer)
            assert gradient is not None
            if layer.alone:
                np.testing.assert_allclose(gradient, by_hand(made, layer), atol=1e-13)
            for _ in range(4):
                unit, weight = (int(rng.integers(size)) for size in gradient.shape)
                before = made.value(layer.weight).copy()
                found = made.difference(layer, unit, weight)
                assert found is not None and not found.declared
                assert found.analytic == gradient[unit, weight]
                assert found.numeric == pytest.approx(found.analytic, rel=1e-6, abs=1e-9)
                assert found.relative < 1e-5 or abs(found.analytic) < 1e-6
                assert (made.value(layer.weight) == before).all()


def test_shared_weights_are_told_apart_from_their_own_share() -> None:
    made = walk(document({"digits": ("digits", {}), "ae": ("autoencoder", {"units": 6, "tied": True})},
                         "digits.pixels>ae.x", batch_size=5))
    encode, decode = made.layers
    assert not encode.alone and decode.turned and made.weights(decode).shape == (64, 6)
    np.testing.assert_allclose(made.gradient(encode), by_hand(made, encode) + by_hand(made, decode).T, atol=1e-13)
    np.testing.assert_allclose(made.gradient(decode), made.gradient(encode).T)
    told = tell(made, commands.Walk(layer=1, unit=40, weight=3), 0).unit
    assert told is not None and told.shared
    assert told.gradient == tuple(made.gradient(encode)[:, 40].tolist())


@pytest.mark.parametrize("memory", [0.0, 0.9])
def test_a_running_mean_stays_where_it_is(memory: float) -> None:
    """The sparse penalty of the lectures remembers the mean activity: walking twice, and differences, must not add to it.
    With a memory its gradient is the lectures', which is not the derivative, and that is said."""
    doc = document({"digits": ("digits", {}), "ae": ("sparse_autoencoder", {"units": 6, "memory": memory})},
                   "digits.pixels>ae.x", batch_size=8)
    made = walk(doc, steps=4)
    total = made.total
    found = [made.difference(made.layers[0], 2, place) for place in (20, 28, 36)]
    assert made.total == total
    assert all(one is not None and one.declared == (memory > 0) for one in found)
    if not memory:
        assert all(one is not None and one.numeric == pytest.approx(one.analytic, rel=1e-5, abs=1e-8) for one in found)


def test_what_is_declared_and_not_derived_is_said() -> None:
    doc = document({"digits": ("digits", {}), "rbm": ("boltzmann_machine", {"units": 6})}, "digits.pixels>rbm.x", batch_size=8)
    made = walk(doc)
    (layer,) = made.layers
    found = made.difference(layer, 0, 20)
    assert found is not None and found.declared


def test_frozen_layers_have_no_gradient() -> None:
    nodes = {"digits": ("digits", {}), "low": ("dense", {"units": 6, "activation": "tanh", "frozen": True}),
             "top": ("dense", {"units": 10}), "loss": ("cross_entropy", {})}
    made = walk(document(nodes, "digits.pixels>low.x low.y>top.x top.y>loss.prediction digits.label>loss.label", batch_size=5))
    low, _ = made.layers
    assert made.gradient(low) is None and made.difference(low, 0, 0) is None
    assert [stop.node for stop in made.stops if stop.kind == "backward"] == ["top"]
    told = tell(made, commands.Walk(layer=0, unit=3, weight=9), 0)
    assert told.unit is not None and told.unit.gradient == () and told.unit.difference is None and told.layers[0].frozen


def test_the_walk_is_the_next_step_of_the_run_and_disturbs_nothing() -> None:
    """Same samples, same noise, same gradients (the run's are float32), at the begin of an epoch and inside one; and the
    run's weights are in the end, bit for bit, those of a run that nobody watched."""
    doc = classifier(dropout=0.4, batch_size=25, epochs=3)
    watched, alone = prepared(doc), prepared(doc)
    walks = Walks()
    for steps in (1, 3, 2):
        made = Walk(watched.built)
        rows = batch_rows(watched.built)
        first = walks.answer(watched, commands.Walk(), None)
        assert first.rows == tuple(rows.tolist()) and len(set(first.rows)) == len(rows)
        for run in (watched, alone):
            exhaust(run.advance(1))
        for layer in made.layers:
            np.testing.assert_allclose(watched.machine.gradient(layer.spec.weight), made.gradient(layer), atol=2e-6)
        for run in (watched, alone):
            exhaust(run.advance(steps))
        assert walks.answer(watched, commands.Walk(), None).step == watched.machine.step_count
    for key in watched.built.network.parameters:
        assert (watched.machine.parameter(key) == alone.machine.parameter(key)).all()


def test_a_stage_is_walked_as_it_trains() -> None:
    """Pre-training walks one autoencoder, on codes that were computed once; fine-tuning the way to the supervised loss, on
    which the decoders do not lie. The gradients are those of the next step."""
    run = prepared(with_training(stacked(), pretraining=True, pretraining_epochs=1, epochs=2, batch_size=50))
    epoch, seen = run.built.steps_per_epoch, []
    for steps in (3, epoch, epoch):
        exhaust(run.advance(steps))
        made = Walk(run.built)
        told = tell(made, commands.Walk(sample=1, unit=-1, weight=-1), run.machine.step_count)
        seen.append([(stop.kind, stop.node) for stop in told.stops])
        assert told.unit is not None and told.unit.difference is not None and told.unit.difference.relative < 1e-6
        gradients = {layer.spec.weight: layer.weight for layer in made.layers}
        found = {key: made.adjoint(value).copy() for key, value in gradients.items() if made.adjoint(value) is not None}
        exhaust(run.advance(1))
        for key, gradient in found.items():
            np.testing.assert_allclose(run.machine.gradient(key), gradient, atol=2e-6)
    assert seen[0] == [("given", "digits"), ("forward", "one"), ("forward", "one"), ("loss", "one"), ("backward", "one"),
                       ("backward", "one")]
    assert seen[1] == [("given", "one"), ("forward", "two"), ("forward", "two"), ("loss", "two"), ("backward", "two"),
                       ("backward", "two")]
    assert seen[2] == [("given", "digits"), ("forward", "one"), ("forward", "two"), ("forward", "top"), ("loss", "loss"),
                       ("backward", "top"), ("backward", "two"), ("backward", "one")]


def test_what_does_not_exist_becomes_the_nearest_that_does() -> None:
    made = walk(autoencoder(batch_size=5))
    told = tell(made, commands.Walk(sample=99, layer=9, unit=900, weight=77), 0)
    assert told.sample == 4 and told.unit is not None
    assert (told.unit.layer, told.unit.unit, told.unit.weight) == (1, 63, 7)
    assert from_json(told.to_json()) == told


def test_numbers_that_are_not_finite_are_said_in_words() -> None:
    run = prepared(autoencoder())
    run.machine.parameter("ae/encode.weight")[...] = np.inf
    told = Walks().answer(run, commands.Walk())
    assert told.stops == () and "not finite at ae" in told.problem


def test_a_unit_s_numbers_fit_together() -> None:
    """Σ w z + b = u, δ = f′ Σ w δ, and ∂E/∂w is the sum of δ z over the mini-batch."""
    made = walk(document({"digits": ("digits", {}), "low": ("dense", {"units": 6, "activation": "tanh"}),
                          "top": ("dense", {"units": 10}), "loss": ("cross_entropy", {})},
                         "digits.pixels>low.x low.y>top.x top.y>loss.prediction digits.label>loss.label", batch_size=5), steps=3)
    told = tell(made, commands.Walk(sample=3, layer=0, unit=4, weight=19), 3)
    unit, layer = told.unit, told.layers[0]
    assert unit is not None and unit.bias is not None and unit.difference is not None
    assert np.dot(unit.weights, layer.given) + unit.bias == pytest.approx(layer.sums[4], rel=1e-12)
    (part,) = unit.parts
    assert part.label == "top" and not unit.others
    assert np.dot(part.weights, part.deltas) == pytest.approx(layer.back[4], rel=1e-12)
    assert layer.slopes[4] * layer.back[4] == pytest.approx(layer.deltas[4], rel=1e-12)
    assert np.dot(unit.batch_deltas, unit.batch_given) == pytest.approx(unit.gradient[19], abs=1e-15)
    assert unit.difference.analytic == unit.gradient[19]
    port = told.port(("low", "y"))
    assert port is not None and port.values == layer.values and port.back == layer.back
    assert told.total == pytest.approx(made.total)


def test_the_process_answers_before_the_run_and_while_it_rests(window: Window) -> None:
    engine = window.engine
    window.idle(classifier(batch_size=10))

    def asked(order: commands.Walk) -> Walked:
        engine.walk(order)
        return window.event(events.Walked)

    first = asked(commands.Walk(layer=1))
    assert first.step == 0 and not first.problem and len(first.rows) == 10
    again = asked(commands.Walk(sample=2, layer=0, unit=3, weight=1))
    assert again.rows == first.rows and again.losses == first.losses and again.sample == 2
    engine.step()
    window.until(lambda: engine.status.step == 1)
    assert asked(commands.Walk()).step == 1
