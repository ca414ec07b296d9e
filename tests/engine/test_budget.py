"""What watching costs: frames rest as long as they must, statistics are taken as often as there is time for them."""

from __future__ import annotations

import pytest

from engine import budget
from engine.budget import FRAME_SECONDS, FRAMES_SHARE, STATISTICS_SHARE, FrameBudget, StatisticsBudget
from engine.native import loop
from engine.pace import Metronome
from tests.engine.small_runs import gallery, prepared


def driven(cost: float, idle: float, seconds: float = 20.0) -> tuple[int, FrameBudget]:
    """How many frames are made in so long when each costs `cost` and `idle` is left over between two of them."""
    now = [0.0]
    frames, made = FrameBudget(lambda: now[0]), 0
    while now[0] < seconds:
        if frames.due():
            now[0] += cost
            frames.spent(cost, idle)
            made += 1
        now[0] += 0.001
    return made, frames


@pytest.mark.parametrize("cost", [1e-5, 1e-4, 1e-3, 1e-2, 0.1])
def test_frames_keep_to_their_share_of_the_time(cost: float) -> None:
    made, frames = driven(cost, 0.0)
    assert made * cost / 20.0 <= FRAMES_SHARE * 1.1
    assert made <= 20.0 / FRAME_SECONDS + 1
    assert frames.share == pytest.approx(made * cost / 20.0, rel=0.2)


def test_time_that_is_left_over_is_free() -> None:
    made, frames = driven(0.01, 0.02)
    assert made == pytest.approx(20.0 / (FRAME_SECONDS + 0.011), rel=0.05)
    assert frames.share == 0.0


def paced(pace: float | None, step_seconds: float) -> Metronome:
    metronome = Metronome()
    metronome.set_pace(pace, 0)
    metronome.made(1, step_seconds)
    return metronome


@pytest.mark.parametrize(("step_seconds", "cost", "every"), [(1e-5, 1.5e-7, 1), (1e-5, 1.6e-7, 2), (1e-5, 1e-6, 8),
                                                             (1e-3, 1e-6, 1), (1e-6, 1e-6, 128)])  # fmt: skip
def test_statistics_are_taken_as_often_as_their_share_allows(step_seconds: float, cost: float, every: int,
                                                            monkeypatch: pytest.MonkeyPatch) -> None:
    machine = prepared(gallery("xor_mlp")).machine
    statistics = StatisticsBudget(machine)
    monkeypatch.setattr(statistics, "_measured", lambda: cost)
    statistics.adjust(paced(None, step_seconds))
    assert machine.counters[loop.WATCH_EVERY] == every
    assert statistics.share <= STATISTICS_SHARE * 1.001
    statistics.adjust(paced(100.0, step_seconds))  # there is time enough between two steps
    assert machine.counters[loop.WATCH_EVERY] == 1
    assert statistics.share == 0.0


def test_what_statistics_cost_is_measured_without_a_trace() -> None:
    machine = prepared(gallery("digits_autoencoder")).machine
    machine.run(10)
    before = machine.state()
    cost = StatisticsBudget(machine)._measured()
    after = machine.state()
    assert 0 < cost < 1e-3
    assert all((before[key] == after[key]).all() for key in before if key != "sums")
    assert budget.TRIALS > 1
