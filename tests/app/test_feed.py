"""The feed: one reading a refresh, only what is wanted is watched, runs are kept for comparison."""

from __future__ import annotations

import numpy as np
import pytest

from app.feed import Feed
from tests.app import live_samples


@pytest.fixture
def sample() -> live_samples.Sample:
    return live_samples.autoencoder()


@pytest.fixture
def feed(qapp, sample: live_samples.Sample) -> Feed:
    feed = Feed(sample)
    feed.show_run(sample.run)
    return feed


def test_what_is_watched_is_what_anybody_wants(feed: Feed, sample: live_samples.Sample) -> None:
    feed.watch("a", {"output:sae/code", "weights:dense/"})
    feed.watch("b", {"output:sae/code"})
    assert sample.watched == ["output:sae/code", "weights:dense/"]
    feed.unwatch("a")
    assert sample.watched == ["output:sae/code"]
    feed.watch("b", ())
    assert sample.watched == []


def test_wishes_made_before_there_is_a_run_are_sent_with_it(qapp) -> None:
    sample = live_samples.autoencoder()
    feed = Feed(sample)
    feed.watch("a", {"output:sae/code"})
    assert sample.watched == []
    feed.show_run(sample.run)
    assert sample.watched == ["output:sae/code"]


def test_the_same_wish_is_sent_once(feed: Feed, sample: live_samples.Sample) -> None:
    sent: list[list[str]] = []
    sample.watch = lambda keys: sent.append(list(keys))  # type: ignore[method-assign]
    for _ in range(3):
        feed.watch("a", {"output:sae/code"})
    assert sent == [["output:sae/code"]]


def test_it_reads_once_a_refresh(feed: Feed, sample: live_samples.Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    reads = []
    real = sample.steps
    monkeypatch.setattr(sample, "steps", lambda: reads.append(1) or real())
    assert feed.steps() is feed.steps()
    assert len(reads) == 1
    feed.refresh()
    assert len(reads) == 1
    feed.steps()
    assert len(reads) == 2


def test_epoch_0_is_remembered_and_forgotten_with_the_run(feed: Feed, sample: live_samples.Sample) -> None:
    feed.watch("a", {"weights:dense/"})
    sample.upto = 0
    assert feed.array("weights:dense/") is not None
    first = sample.arrays["weights:dense/"].copy()
    sample.arrays["weights:dense/"] = first + 1
    sample.upto = 1000
    feed.refresh()
    assert np.array_equal(feed.array("weights:dense/"), first + 1)
    assert np.array_equal(feed.first("weights:dense/"), first.reshape(-1))
    feed.show_run(sample.run)
    assert feed.first("weights:dense/") is None


def test_what_was_not_watched_in_epoch_0_has_no_first_values(feed: Feed, sample: live_samples.Sample) -> None:
    feed.watch("a", {"weights:dense/"})
    assert feed.array("weights:dense/") is not None  # in epoch 37
    assert feed.first("weights:dense/") is None


def test_first_values_are_thinned(feed: Feed, sample: live_samples.Sample) -> None:
    sample.arrays["weights:dense/"] = np.zeros((1000, 1000), np.float32)
    feed.watch("a", {"weights:dense/"})
    sample.upto = 0
    assert feed.array("weights:dense/") is not None
    assert 8_000 < feed.first("weights:dense/").size <= 16_384


def test_a_run_that_starts_anew_is_kept_for_comparison(feed: Feed, sample: live_samples.Sample) -> None:
    feed.title = "first"
    feed.refresh()
    whole = feed.epochs()
    sample.upto = 0
    feed.refresh()
    assert [(run.title, run.epochs) for run in feed.past] == [("first", whole)]
    sample.upto = 300
    feed.refresh()
    assert len(feed.past) == 1


def test_only_as_many_runs_are_kept_as_have_colours(feed: Feed, sample: live_samples.Sample) -> None:
    for number in range(12):
        feed.title = str(number)
        sample.upto = None
        feed.refresh()
        sample.upto = 0
        feed.refresh()
    assert [run.title for run in feed.past] == [str(number) for number in range(5, 12)]


def test_nothing_is_left_of_another_document(feed: Feed, sample: live_samples.Sample) -> None:
    feed.refresh()
    sample.upto = 0
    feed.refresh()
    feed.forget()
    assert feed.past == []
    assert feed.run is None
    assert len(feed.steps()) == 0
