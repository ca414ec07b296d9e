"""Semantic hashing (A13): balls and nearest ones against scikit-learn, precision against its definition, the node."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from engine.hashing import HashTable, exact_neighbours, precision, words_of
from tests.engine.autoencoder_kit import of_kind, passed
from tests.engine.small_networks import document, machine


def some_codes(rows: int, bits: int, spread: int = 4) -> np.ndarray:
    """Codes near 0 and 1 that lie in heaps, as those of similar samples do."""
    rng = np.random.default_rng(rows + bits)
    heaps = rng.integers(0, 2, (spread, bits))[rng.integers(0, spread, rows)]
    return np.abs((heaps ^ (rng.random((rows, bits)) < 0.15)) - rng.uniform(0, 0.4, (rows, bits)))


def test_a_word_has_a_bit_for_each_value() -> None:
    assert words_of(np.array([[0.9, 0.1, 0.8], [0.5, 0.5, 0.51]])) == [0b101, 0b100]
    assert words_of(np.array([[-0.2, 0.3]]), threshold=0.0) == [0b10]
    (wide,) = words_of(np.ones((1, 100)))
    assert wide == 2**100 - 1


@pytest.mark.parametrize(("rows", "bits", "radius"), [(300, 8, 2), (40, 16, 3), (200, 70, 2), (50, 12, 12), (1, 1, 0)])
def test_a_ball_holds_what_sklearn_finds_in_it(rows: int, bits: int, radius: int) -> None:
    """Small balls by flipping, large ones by going through the words: the same rows."""
    codes = some_codes(rows, bits)
    table, there = HashTable(codes), NearestNeighbors(metric="hamming", algorithm="brute").fit(codes > 0.5)
    near = there.radius_neighbors(codes > 0.5, radius / bits + 1e-9, return_distance=False)
    for row in range(min(rows, 40)):
        found = table.ball(table.words[row], radius)
        assert sorted(found.rows) == sorted(near[row])
        np.testing.assert_array_equal(found.distances, ((codes[found.rows] > 0.5) != (codes[row] > 0.5)).sum(1))
        assert (np.diff(found.distances) >= 0).all()


@pytest.mark.parametrize(("rows", "bits", "count"), [(300, 8, 10), (60, 32, 20), (5, 16, 9)])
def test_the_nearest_are_as_near_as_those_of_sklearn(rows: int, bits: int, count: int) -> None:
    """Distances, since which of equal ones come first is anybody's choice: here those of the lower rows."""
    codes = some_codes(rows, bits)
    table = HashTable(codes)
    near = NearestNeighbors(n_neighbors=min(count, rows - 1), metric="hamming", algorithm="brute").fit(codes > 0.5)
    far, _ = near.kneighbors()  # of the very rows: without themselves
    for row in range(rows):
        found = table.nearest(table.words[row], count, without=row)
        assert row not in found.rows
        np.testing.assert_allclose(found.distances, far[row] * bits)
        for distance in set(found.distances.tolist()):
            assert (np.diff(found.rows[found.distances == distance]) > 0).all()


def test_what_nobody_has_lies_in_an_empty_ball() -> None:
    found = HashTable(np.ones((3, 6))).ball(0, 2)
    assert found.rows.shape == found.distances.shape == (0,)


def test_few_places_are_looked_at() -> None:
    """Without a limit, 64 bits would have 2·10¹⁹ neighbours to try."""
    table = HashTable(some_codes(30, 64))
    assert len(table.nearest(0, 30).rows) == 30


def test_exact_neighbours_are_those_of_sklearn() -> None:
    x = np.random.default_rng(0).normal(size=(80, 5))
    there = NearestNeighbors(n_neighbors=7, algorithm="brute").fit(x).kneighbors(return_distance=False)
    picked = np.array([3, 0, 79])
    np.testing.assert_array_equal(exact_neighbours(x, picked, 7), there[picked])
    assert exact_neighbours(x[:4], np.array([0]), 9).shape == (1, 3)


def test_precision_is_the_share_of_exact_neighbours() -> None:
    x = np.arange(9.0)[:, None]
    ladder = (np.arange(8) < np.arange(9)[:, None]).astype(float)  # as many bits as steps: distances are the same
    everyone = np.arange(9)
    assert precision(ladder, x, everyone, 4) == 1.0
    rng = np.random.default_rng(1)
    x, codes = rng.normal(size=(200, 6)), rng.random((200, 24))
    assert precision(codes, x, np.arange(200), 20) == pytest.approx(20 / 199, abs=0.02)
    signs = np.sign(x @ rng.normal(size=(6, 64)))
    assert precision(signs, x, np.arange(200), 20, threshold=0.0) > 0.4  # random planes know something of directions


def test_noise_makes_codes_words_and_words_tell_neighbours() -> None:
    """Without noise the decoder reads shades; with it the code of nearly every unit is near 0 or 1, and near words are
    those of near digits, more often than those of PCA's signs."""
    from sklearn.decomposition import PCA

    decided, share = {}, {}
    for sigma in (0.0, 2.0):
        made = machine(of_kind("semantic_hashing", {"sigma": sigma}, epochs=0))
        made.run(2000)
        x = made.dataset.columns[("digits", "pixels")].values
        code = made.forward({("digits", "pixels"): x}, [("ae", "code")])[("ae", "code")]
        decided[sigma] = made.evaluate(made.dataset.validation)["near_binary/ae"]
        assert decided[sigma] == pytest.approx(((code < 0.1) | (code > 0.9))[made.dataset.validation].mean(), abs=1e-3)
        share[sigma] = precision(code, x, made.dataset.validation, 10)
    assert decided[0.0] < 0.1
    assert decided[2.0] > 0.75
    principal = PCA(32).fit_transform(x)
    assert share[2.0] > share[0.0]
    assert share[2.0] > precision(principal, x, made.dataset.validation, 10, threshold=0.0) > 20 * 10 / len(x)


def test_the_code_that_goes_on_has_no_noise() -> None:
    nodes = {"digits": ("digits", {}), "hash": ("semantic_hashing", {"hidden": "", "units": 6, "sigma": 5.0}),
             "top": ("autoencoder", {"units": 3})}
    made = machine(document(nodes, "digits.pixels>hash.x hash.code>top.x", batch_size=8), np.float64)
    x = passed(made)
    code = 1 / (1 + np.exp(-(x @ made.parameter("hash/encode.weight").T + made.parameter("hash/encode.bias"))))
    upper = 1 / (1 + np.exp(-(code @ made.parameter("top/encode.weight").T + made.parameter("top/encode.bias"))))
    rebuilt = upper @ made.parameter("top/decode.weight").T + made.parameter("top/decode.bias")
    assert made.losses()["loss/top"] == pytest.approx(np.square(rebuilt - code).sum(1).mean(), rel=1e-12)
