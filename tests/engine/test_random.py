"""The random stream is Philox4x32-10 and nothing else; draws depend on seed, step and stream alone."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from engine.kernels.bookkeeping import shuffle
from engine.kernels.draws import normals
from engine.kernels.philox import WORDS, philox, words_at
from engine.ops.sampling import Bernoulli, Dropout, GaussianNoise, Replacing
from tests.engine.kernel_calls import RUN, compiled, plain, use

# known answers of the Random123 distribution: counter, key, result
KNOWN = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    ((0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344), (0xA4093822, 0x299F31D0),
     (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1)),
]


@pytest.mark.parametrize(("counter", "key", "result"), KNOWN)
def test_known_answers(counter: tuple, key: tuple, result: tuple) -> None:
    words = [np.uint64(word) for word in (*key, *counter)]
    assert tuple(int(word) for word in philox(*words)) == result


def test_shuffle_is_a_permutation_that_depends_on_seed_and_epoch() -> None:
    rows = np.arange(100, 1100)
    seen = []
    for seed, epoch in ((1, 0), (1, 1), (2, 0), (1, 0)):
        run, order = np.array([seed, 0, epoch, 0, 0, 0]), np.zeros(1000, np.int64)
        compiled(shuffle, {"rows": rows, "run": run, "anew": 1, "order": order})
        twin = np.zeros(1000, np.int64)
        plain(shuffle, {"rows": rows, "run": run, "anew": 1, "order": twin})
        assert sorted(order) == sorted(rows)
        assert (order == twin).all()
        seen.append(tuple(order))
    assert seen[0] == seen[3]
    assert len(set(seen)) == 3


def test_shuffle_is_fair() -> None:
    """Every value comes to every place about equally often (chi-square under its 99.9 % point)."""
    counts = np.zeros((6, 6))
    for epoch in range(6000):
        order = np.zeros(6, np.int64)
        compiled(shuffle, {"rows": np.arange(6), "run": np.array([9, 0, epoch, 0, 0, 0]), "anew": 1, "order": order})
        counts[np.arange(6), order] += 1
    assert ((counts - 1000) ** 2 / 1000).sum() < 52.6


@pytest.mark.parametrize("rate", [0.0, 0.3, 0.9])
def test_dropout_drops_that_share_and_keeps_the_mean(rate: float) -> None:
    names = use(Dropout(rate=rate), [np.ones((200, 101))], np.float32)
    assert abs((names["mask"] == 0).mean() - rate) < 0.01
    assert abs(names["y"].mean() - 1) < 0.05


def test_bernoulli_fires_with_its_chance() -> None:
    x = np.repeat([[0.0, 0.2, 0.7, 1.0]], 20000, 0)
    y = use(Bernoulli(), [x])["y"]
    np.testing.assert_allclose(y.mean(0), [0, 0.2, 0.7, 1], atol=0.015)


def test_words_are_those_of_consecutive_blocks() -> None:
    words = words_at(RUN, 5, 3 * WORDS)
    blocks = [philox(*(np.uint64(word) for word in (7, 5, 3, 0, 3 * WORDS // 4 + block, 0))) for block in range(WORDS // 4)]
    assert words.tolist() == [int(word) for block in blocks for word in block]


def test_normal_numbers_have_the_moments_and_the_shape_of_the_normal_distribution() -> None:
    """The first four moments within four standard errors, Kolmogorov and Smirnov, neighbours and halves of
    each draw unrelated."""
    count = 1 << 18
    n = use(GaussianNoise(sigma=1.0), [np.zeros((512, 512))], np.float32)["y"].ravel().astype(np.float64)
    for power, (moment, spread) in enumerate(((0, 1), (1, 2), (0, 15), (3, 96)), 1):
        assert abs((n**power).mean() - moment) < 4 * (spread / count) ** 0.5, power
    assert stats.kstest(n, "norm").pvalue > 0.001
    for apart in (1, 2, WORDS // 2, WORDS):
        assert abs(np.corrcoef(n[:-apart], n[apart:])[0, 1]) < 4 / count**0.5
        assert abs(np.corrcoef(n[:-apart] ** 2, n[apart:] ** 2)[0, 1]) < 4 / count**0.5
    assert np.abs(n).max() > 4  # tails too


def test_no_random_word_gives_a_number_that_is_not_finite() -> None:
    words = np.tile(np.array([0, 1, 0xFFFFFFFF, 0x80000000], np.uint32), WORDS // 4)
    assert np.isfinite(normals(words, np.zeros(1, np.float32))).all()


@pytest.mark.parametrize("primitive", [Dropout(rate=0.4), Bernoulli(), GaussianNoise(sigma=0.3),
                                       Replacing(rate=0.4, most=1.0)], ids=lambda primitive: type(primitive).__name__)
def test_what_is_drawn_for_a_sample_does_not_depend_on_how_many_come_after_it(primitive) -> None:
    x = np.random.default_rng(0).uniform(size=(50, 7))
    whole = use(primitive, [x], np.float32)["y"]
    for rows in (1, 9, 10, 37):
        assert (use(primitive, [x[:rows]], np.float32)["y"] == whole[:rows]).all()
