"""Initialisers (O11): spread, bounds and independence of what they draw; orthogonality."""

from __future__ import annotations

import numpy as np
import pytest

from engine import initializers
from engine.initializers import chosen, stream
from tests.engine.small_networks import autoencoder, machine

INPUTS, UNITS = 150, 400


def drawn(name: str, spread: float = 0.1) -> np.ndarray:
    return chosen(name, "identity", spread)(stream(3, "a/weight"), (UNITS, INPUTS))


@pytest.mark.parametrize(("name", "variance"), [
    ("lecun", 1 / INPUTS), ("glorot", 2 / (INPUTS + UNITS)), ("he", 2 / INPUTS)])
def test_the_published_variances(name: str, variance: float) -> None:
    normal, uniform = drawn(f"{name}_normal"), drawn(f"{name}_uniform")
    for found in (normal, uniform):
        assert found.var() == pytest.approx(variance, rel=0.03)
        assert abs(found.mean()) < 4 * np.sqrt(variance / found.size)
    assert np.abs(uniform).max() <= np.sqrt(3 * variance)
    assert np.abs(uniform).max() == pytest.approx(np.sqrt(3 * variance), rel=1e-3)
    assert (normal**4).mean() / normal.var() ** 2 == pytest.approx(3, rel=0.05)
    assert (uniform**4).mean() / uniform.var() ** 2 == pytest.approx(9 / 5, rel=0.05)


@pytest.mark.parametrize("name", ["xavier_uniform_", "xavier_normal_", "kaiming_uniform_", "kaiming_normal_"])
def test_the_spread_is_that_of_pytorch(name: str) -> None:
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    options = {"nonlinearity": "relu"} if "kaiming" in name else {}
    theirs = getattr(torch.nn.init, name)(torch.empty(UNITS, INPUTS), **options).numpy()
    ours = drawn(name.replace("xavier", "glorot").replace("kaiming", "he").rstrip("_"))
    assert ours.std() == pytest.approx(theirs.std(), rel=0.02)


@pytest.mark.parametrize("shape", [(5, 5), (3, 8), (8, 3)])
def test_orthogonal_rows_or_columns(shape: tuple[int, int]) -> None:
    w = chosen("orthogonal", "identity")(stream(1, "w"), shape)
    gram = w @ w.T if shape[0] <= shape[1] else w.T @ w
    np.testing.assert_allclose(gram, np.eye(min(shape)), atol=1e-12)


def test_given_spreads() -> None:
    assert drawn("normal", 0.3).std() == pytest.approx(0.3, rel=0.02)
    assert np.abs(drawn("uniform", 0.3)).max() == pytest.approx(0.3, rel=1e-3)
    assert (drawn("constant", -0.7) == -0.7).all()
    assert (drawn("zeros") == 0).all()


def test_every_option_can_be_drawn_and_depends_on_seed_and_name_alone() -> None:
    for name in initializers.OPTIONS:
        assert drawn(name).shape == (UNITS, INPUTS)
        np.testing.assert_array_equal(drawn(name), drawn(name))
    rule = chosen("he_normal", "relu")
    first, other = rule(stream(3, "a/weight"), (4, 4)), rule(stream(3, "b/weight"), (4, 4))
    assert not (first == other).any()


def test_automatic_is_he_for_rectifiers_and_glorot_for_the_rest() -> None:
    assert chosen("auto", "relu") is initializers.he_uniform
    assert chosen("auto", "tanh") is initializers.glorot_uniform


def test_a_node_draws_as_it_says() -> None:
    doc = autoencoder()
    node = doc.nodes["ae"]
    doc.nodes["ae"] = type(node)(node.id, node.type, {**node.parameters, "initializer": "normal", "spread": 2.0})
    made = machine(doc)
    assert made.parameter("ae/encode.weight").std() == pytest.approx(2.0, rel=0.1)
