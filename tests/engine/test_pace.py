"""Pace: as many steps a second as asked, without races after a pause and without wasting a fast machine."""

from __future__ import annotations

import pytest

from engine.commands import Pace, Pause, Run
from engine.controls import Controls
from engine.pace import CHUNK, LESSON, Metronome


class Clock:
    """Time that passes only when told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def drive(pace: Pace, planned: int, step_seconds: float, seconds: float) -> tuple[int, Metronome, Clock]:
    """Trains with steps of that length for so long, on a clock of our own. Returns the number of steps."""
    clock = Clock()
    metronome = Metronome(clock)
    metronome.set_pace(pace, planned)
    made, end = 0, clock.now + seconds
    while clock.now < end - 1e-9:
        due, wait = metronome.due()
        assert (due == 0) != (wait == 0.0)
        clock.now += due * step_seconds or wait
        if due:
            metronome.made(due, due * step_seconds)
            made += due
    return made, metronome, clock


@pytest.mark.parametrize("rate", [0.5, 1.0, 7.0, 150.0, 3000.0, 20_000.0])
def test_steps_come_at_the_rate_that_is_asked_for(rate: float) -> None:
    made, metronome, _ = drive(rate, 0, 10e-6, 20.0)
    assert made == pytest.approx(1 + 20 * rate, rel=0.01, abs=1)
    assert metronome.speed == pytest.approx(rate, rel=0.05)


@pytest.mark.parametrize("planned", [400, 4500, 100_000])
def test_a_lesson_takes_fifteen_seconds_whatever_the_network(planned: int) -> None:
    made, _, _ = drive("lesson", planned, 6e-6, LESSON)
    assert made == pytest.approx(planned, rel=0.01, abs=1)


@pytest.mark.parametrize("step_seconds", [6e-6, 1e-3, 0.004])
def test_full_speed_uses_all_the_time_in_chunks_that_answer_soon(step_seconds: float) -> None:
    made, metronome, clock = drive(None, 0, step_seconds, 2.0)
    assert made == pytest.approx(2.0 / step_seconds, rel=0.02)
    due, _ = metronome.due()
    assert due * step_seconds <= 1.3 * CHUNK
    assert clock.now - 100.0 < 2.0 + 1.3 * CHUNK


def test_a_step_longer_than_a_chunk_is_made_one_at_a_time() -> None:
    _, metronome, _ = drive(None, 0, 0.5, 3.0)
    assert metronome.due() == (1, 0.0)


def test_the_first_step_is_due_at_once_and_a_slow_machine_does_not_race_later() -> None:
    clock = Clock()
    metronome = Metronome(clock)
    metronome.set_pace(10.0, 0)
    assert metronome.due() == (1, 0.0)
    metronome.made(1, 0.001)
    assert metronome.due()[0] == 0
    clock.now += 60.0  # the machine slept
    due, _ = metronome.due()
    assert due == 1
    metronome.made(1, 0.001)
    assert metronome.due()[0] == 0


def test_a_new_pace_begins_at_once() -> None:
    clock = Clock()
    metronome = Metronome(clock)
    metronome.set_pace(0.1, 0)
    metronome.made(1, 1e-5)
    assert metronome.due()[1] > 5
    metronome.set_pace(None, 0)
    assert metronome.due()[0] >= 1


def test_an_order_waits_its_turn_and_wakes_who_waits() -> None:
    controls = Controls()
    assert controls.take() is None
    controls.put(Run(), urgent=False)
    assert controls.signals[0] == 0
    controls.put(Pause())
    assert controls.signals[0] == 1
    controls.wait(60.0)  # returns at once: there is something
    assert isinstance(controls.peek(), Run)
    assert isinstance(controls.take(), Run)
    assert isinstance(controls.take(), Pause)
    controls.seen()
    assert controls.signals[0] == 0
