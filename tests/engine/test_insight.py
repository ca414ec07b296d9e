"""Responses with their Jacobians, tangents, preferred inputs, the field of an autoencoder: PyTorch, closed forms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from engine.data.columns import Column
from engine.data.toy import CURVES
from engine.executor import Machine
from engine.insight import preferred_inputs, tangents, vector_field
from engine.ops.primitive import Region
from engine.response import Response
from graphs.document import Document
from tests.engine.small_networks import classifier, document, machine, network, stacked

PIXELS, POINTS = ("digits", "pixels"), ("toy", "points")
CODE, MADE = ("ae", "code"), ("ae", "reconstruction")


def coder(kind: str = "autoencoder", **parameters: Any) -> Document:
    return document({"digits": ("digits", {}), "ae": (kind, parameters)}, "digits.pixels>ae.x")


def planar(problem: str, noise: float, size: int, parameters: dict[str, Any], **training: Any) -> Document:
    nodes = {"toy": ("toy2d", {"problem": problem, "size": size, "noise": noise}), "ae": ("denoising_autoencoder", parameters)}
    return document(nodes, "toy.points>ae.x", schedule="cosine", validation_share=0.0, **training)


def pixels(made: Machine, rows: slice | int) -> np.ndarray:
    return made.dataset.columns[PIXELS].values[rows]


# responses


@pytest.mark.parametrize(("doc", "given", "wanted"), [
    (coder("deep_autoencoder", hidden="12", units=3), PIXELS, CODE),
    (coder("denoising_autoencoder", units=5), PIXELS, MADE),
    (stacked(), PIXELS, ("two", "code")),
    (stacked(), PIXELS, ("top", "y")),
])  # fmt: skip
def test_a_response_says_what_the_network_says(doc: Document, given: Any, wanted: Any) -> None:
    made = machine(doc)
    response = Response(made, given, wanted)
    x = pixels(made, slice(0, 150))  # more than go through at once
    np.testing.assert_array_equal(response.values(x), made.forward({given: x}, [wanted])[wanted])


def test_a_response_follows_the_weights_and_never_moves_them() -> None:
    made = machine(coder(units=4), seed=3)
    response, x = Response(made, PIXELS, CODE), pixels(machine(coder(units=4)), slice(0, 70))
    before = made.regions[Region.PARAMETERS].copy()
    first = response.pulled(x, np.ones((70, 4)))
    np.testing.assert_array_equal(made.regions[Region.PARAMETERS], before)
    made.run(20)
    assert not np.array_equal(response.values(x), first[0])
    np.testing.assert_array_equal(response.values(x), made.forward({PIXELS: x}, [CODE])[CODE])


def test_a_code_is_decoded_as_it_was_in_passing() -> None:
    for doc in (coder("deep_autoencoder", hidden="12 6", units=2), coder(units=9, tied=True)):
        made = machine(doc)
        x = pixels(made, slice(0, 30))
        passed = made.forward({PIXELS: x}, [CODE, MADE])
        np.testing.assert_array_equal(Response(made, CODE, MADE).values(passed[CODE]), passed[MADE])


def test_places_that_do_not_hang_together_are_refused() -> None:
    made = machine(stacked())
    with pytest.raises(ValueError, match="does not depend"):
        Response(made, ("two", "code"), ("one", "code"))
    with pytest.raises(KeyError):
        Response(made, ("gone", "y"), ("one", "code"))


def torch_code(w: Callable[[str], Any], torch: Any) -> dict[str, Callable[[Any], Any]]:
    """Encoders as PyTorch writes them."""

    def layer(x: Any, name: str) -> Any:
        return w(f"{name}.weight") @ x + w(f"{name}.bias")

    return {"sigmoid": lambda x: torch.sigmoid(layer(x, "encode")), "softplus": lambda x:
            torch.nn.functional.softplus(layer(x, "encode")),
            "deep": lambda x: layer(torch.tanh(layer(torch.tanh(layer(x, "encode1")), "encode2")), "encode3")}


@pytest.mark.parametrize(("kind", "parameters"), [
    ("sigmoid", {"units": 20}), ("softplus", {"units": 70, "activation": "softplus"}),
    ("deep", {"hidden": "24 12", "units": 6}),
])  # fmt: skip
def test_jacobian_and_tangents_are_those_of_pytorch(kind: str, parameters: dict[str, Any]) -> None:
    torch = pytest.importorskip("torch")
    doc = coder("deep_autoencoder" if kind == "deep" else "contractive_autoencoder", **parameters)
    made = machine(doc, np.float64)
    made.run(30)
    x = pixels(made, 5).astype(np.float64)
    code = torch_code(lambda name: torch.tensor(made.parameter(f"ae/{name}")), torch)[kind]
    wanted = torch.autograd.functional.jacobian(code, torch.tensor(x)).numpy()
    response = Response(made, PIXELS, CODE)
    np.testing.assert_allclose(response.jacobian(x), wanted, rtol=1e-9, atol=1e-13)
    _, sizes, directions = np.linalg.svd(wanted)
    found, rows = tangents(response, x, 4)
    np.testing.assert_allclose(found, sizes[:4], rtol=1e-9)
    np.testing.assert_allclose(np.abs((rows * directions[:4]).sum(axis=1)), 1, rtol=1e-7)
    assert (np.take_along_axis(rows, np.abs(rows).argmax(axis=1)[:, None], axis=1) > 0).all()


def test_no_more_tangents_than_the_code_has_units() -> None:
    made = machine(coder(units=2))
    sizes, rows = tangents(Response(made, PIXELS, CODE), pixels(made, 0), 6)
    assert sizes.shape == (2,)
    assert rows.shape == (2, 64)


# preferred inputs


@pytest.mark.parametrize("activation", ["identity", "sigmoid", "relu"])
@pytest.mark.parametrize("given", [True, False])
def test_one_layer_prefers_its_own_weights(activation: str, given: bool) -> None:
    """w/‖w‖, as the lectures say, and the sum there is radius · ‖w‖ + b, however deep in its flat part a unit begins."""
    made = machine(coder(units=12, activation=activation))
    made.parameter("ae/encode.weight")[...] *= 40
    made.parameter("ae/encode.bias")[...] = -3.0
    weights = made.parameter("ae/encode.weight").astype(float)
    sums = Response(made, PIXELS, CODE, sums=True)
    samples = pixels(made, slice(0, 100)) if given else None
    found, values = preferred_inputs(sums, (0, 3, 7), radius=2.5, samples=samples)
    lengths = np.linalg.norm(weights, axis=1)
    np.testing.assert_allclose(found, (2.5 * weights / lengths[:, None])[[0, 3, 7]], atol=2e-3)
    np.testing.assert_allclose(values, (2.5 * lengths - 3.0)[[0, 3, 7]], rtol=1e-4)


def test_deep_units_end_where_only_a_longer_input_would_excite_them_more() -> None:
    """There the gradient is parallel to the input, and no sample of that length does better."""
    made = machine(stacked(), np.float64)
    made.run(100)
    sums, samples = Response(made, PIXELS, ("top", "y"), sums=True), pixels(made, slice(0, 300)).astype(float)
    found, values = preferred_inputs(sums, range(10), radius=4.0, samples=samples)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 4.0, rtol=1e-9)
    slopes = sums.pulled(found, np.eye(10))[1]
    along = (slopes * found).sum(axis=1) / np.linalg.norm(slopes, axis=1) / 4.0
    assert (along > 0.98).all()
    level = samples * (4.0 / np.linalg.norm(samples, axis=1, keepdims=True))
    assert (values >= sums.values(level).max(axis=0)).all()


def test_a_layer_behind_a_preparation_prefers_what_the_network_reads() -> None:
    made = machine(classifier())
    found, _ = preferred_inputs(Response(made, ("norm", "x"), ("hidden", "y"), sums=True), range(12))
    weights = made.parameter("hidden/weight").astype(float)
    np.testing.assert_allclose(found, weights / np.linalg.norm(weights, axis=1, keepdims=True), atol=2e-3)


# the vector field


def plane(size: float, grid: int) -> np.ndarray:
    axis = np.linspace(-size, size, grid)
    return np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2)


def test_the_field_over_a_gaussian_is_its_score() -> None:
    """Within 2 % of σ² ∇log p_σ(x) = −σ² (Σ + σ²)⁻¹ (x − μ) after training, and exact at the optimum."""
    linear = {"units": 2, "activation": "identity", "sigma": 0.5}
    net, data = network(planar("blobs", 1.0, 4000, linear, epochs=60, batch_size=100, learning_rate=0.02))
    drawn = np.random.default_rng(0).normal(size=(4000, 2)) @ np.array([[1.0, 0.6], [0.0, 0.5]]) + (0.3, -0.2)
    column = Column(drawn.astype(np.float32), data.columns[POINTS].shape)
    made = Machine(net, replace(data, columns={**data.columns, POINTS: column}))
    made.initialize(0)
    made.run(60 * 40)
    mean, spread, noise = drawn.mean(axis=0), np.cov(drawn.T, bias=True), 0.25 * np.eye(2)
    x = plane(3.0, 15)
    score = -np.linalg.solve(spread + noise, (x - mean).T).T
    field = vector_field(Response(made, POINTS, MADE), x)
    assert np.linalg.norm(field - 0.25 * score) < 0.02 * np.linalg.norm(0.25 * score)
    best = spread @ np.linalg.inv(spread + noise)
    for name, values in (("encode.weight", best), ("encode.bias", mean - best @ mean), ("decode.weight", np.eye(2)),
                         ("decode.bias", np.zeros(2))):
        made.parameter(f"ae/{name}")[...] = values
    np.testing.assert_allclose(vector_field(Response(made, POINTS, MADE), x), 0.25 * score, atol=1e-6)


def test_the_field_around_a_spiral_points_to_it() -> None:
    made = machine(planar("spirals", 0.0, 1000, {"units": 500, "activation": "relu", "sigma": 0.08}, epochs=600,
                          batch_size=50, learning_rate=0.01))
    made.run(600 * 20)
    rng, spiral = np.random.default_rng(1), CURVES["spirals"]
    line = np.concatenate([spiral(np.full(4000, arm), np.linspace(0, 1, 4000)) for arm in (0, 1)])
    around = rng.uniform(0, 2 * np.pi, 800)
    x = line[::10] + 0.08 * np.stack([np.cos(around), np.sin(around)], axis=1)
    nearest = line[((x[:, None] - line[None]) ** 2).sum(axis=2).argmin(axis=1)] - x
    apart = np.linalg.norm(nearest, axis=1) > 0.02  # elsewhere there is no direction to point to
    field = vector_field(Response(made, POINTS, MADE), x)
    cosines = (field * nearest).sum(axis=1) / np.linalg.norm(field, axis=1) / np.linalg.norm(nearest, axis=1)
    assert np.degrees(np.arccos(np.clip(cosines[apart], -1, 1))).mean() < 30
