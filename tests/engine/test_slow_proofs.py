"""Proofs that take their time: every lesson on ten seeds, thousands of accidents, every small size of a product."""

from __future__ import annotations

import numpy as np
import pytest

from engine.kernels.operand import Count, Read, Update
from engine.kernels.products import gemm
from engine.nodes import CATALOG
from engine.run_writer import goal_reached
from engine.training import Training
from graphs import gallery
from graphs.checks import check
from graphs.storage import Unreadable, dumps, loads
from tests.engine.kernel_calls import compiled
from tests.engine.small_networks import autoencoder, classifier, machine, stacked
from tests.graphs.mutations import mutated

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", gallery.names())
def test_every_lesson_reaches_its_goals_on_nine_of_ten_seeds(name: str) -> None:
    document = gallery.load(name)
    reached = 0
    for seed in range(10):
        folder = gallery.path(name).parent
        training = Training(check(document, CATALOG, folder), folder, seed=seed)
        for _ in training.prepare():
            continue
        for _ in training.advance(every_epoch=True):
            continue
        reached += all(goal_reached(goal, training.values)["reached"] for goal in document.goals)
    assert reached >= 9


def test_3000_mutated_graphs() -> None:
    names = gallery.names()
    for seed in range(1000, 4000):
        name = names[seed % len(names)]
        try:
            document = loads(mutated(gallery.path(name).read_bytes(), seed))
        except Unreadable as refused:
            assert refused.path.startswith("$")
        else:
            check(document, CATALOG, gallery.path(name).parent)
            assert dumps(loads(dumps(document))) == dumps(document)


def product(a, b, transpose_a, transpose_b, keep, c) -> None:
    gemm(a, b, c, transpose_a, transpose_b, keep)


product.__annotations__ = {"a": Read[2], "b": Read[2], "transpose_a": Count, "transpose_b": Count, "keep": Count,
                           "c": Update[2], "return": None}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_products_of_every_small_size(dtype: type) -> None:
    """Both transposes, both ways to begin, sizes around the tiles' and up to where BLAS takes over."""
    rng = np.random.default_rng(0)
    near = {"rtol": 2e-5, "atol": 3e-4} if dtype is np.float32 else {"rtol": 1e-12, "atol": 1e-12}
    for trial in range(4000):
        rows, columns, depth = rng.integers(1, 40, 3) if trial % 10 else rng.integers(1, 140, 3)
        rows = 1 if trial % 5 == 1 else rows
        depth = rng.integers(200, 700) if trial % 20 == 2 else depth  # few rows with long sums go another way
        for transpose_a, transpose_b, keep in rng.integers(0, 2, (2, 3)):
            a = rng.normal(size=(depth, rows) if transpose_a else (rows, depth)).astype(dtype)
            b = rng.normal(size=(columns, depth) if transpose_b else (depth, columns)).astype(dtype)
            c = rng.normal(size=(rows, columns)).astype(dtype)
            wanted = keep * c + (a.T if transpose_a else a).astype(float) @ (b.T if transpose_b else b)
            compiled(product, {"a": a, "b": b, "transpose_a": transpose_a, "transpose_b": transpose_b, "keep": keep,
                               "c": c}, dtype)  # fmt: skip
            np.testing.assert_allclose(c, wanted, **near)


@pytest.mark.parametrize("doc", [autoencoder(batch_size=50), classifier(dropout=0.3, batch_size=16), stacked()],
                         ids=["ae", "mlp", "stacked"])  # fmt: skip
def test_stopped_at_every_step_of_two_epochs(doc) -> None:
    def weights(made) -> bytes:
        return b"".join(made.parameter(key).tobytes() for key in sorted(made.network.parameters))

    whole = machine(doc)
    length = 2 * -(-len(whole.dataset.train) // whole.assembly.batch)
    whole.run(length)
    first, second = machine(doc), machine(doc, seed=99)
    for stop in range(1, min(length, 120)):
        first.run(1)
        second.restore(first.state())
        second.run(length - stop)
        assert weights(second) == weights(whole), stop


def test_all_eight_come_through_three_units_from_every_one_of_twenty_seeds() -> None:
    """A4: each vector's own component is above one half, all others below."""
    document = gallery.load("eight_three_eight")
    for seed in range(20):
        training = Training(check(document, CATALOG), None, seed=seed)
        for _ in training.prepare():
            continue
        for _ in training.advance(every_epoch=True):
            continue
        made, source = ("autoencoder1", "reconstruction"), ("vectors", "x")
        rebuilt = training.machine.forward({source: np.eye(8, dtype=np.float32)}, [made])[made]
        assert ((rebuilt > 0.5) == np.eye(8, dtype=bool)).all(), seed
