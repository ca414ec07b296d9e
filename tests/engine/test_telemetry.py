"""Decimated history: bounded, no extreme lost, kernel equal to its numpy twin, never torn for a reader."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import telemetry
from engine.kernels import telemetry as kernel
from engine.kernels.telemetry import FILLED, USED, WIDTH
from engine.telemetry import Channel, HistoryArrays, Reader, Series

CHANNELS = (Channel("loss"), Channel("gradient", "dense1", "dense"), Channel("silent", "dense1", "dense"))
LEGS = ((0, 0.0, 10),)

Record = Callable[[np.ndarray, HistoryArrays], None]


def by_kernel(values: np.ndarray, arrays: HistoryArrays) -> None:
    kernel.record(values, len(values), *arrays)


def numbers(steps: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(steps, len(CHANNELS))).astype(np.float32)


def written(record: Record, values: np.ndarray, buckets: int = 8) -> HistoryArrays:
    arrays = telemetry.allocate(len(CHANNELS), buckets)
    for row in values:
        record(row, arrays)
    return arrays


@pytest.mark.parametrize("steps", [0, 1, 7, 8, 9, 16, 17, 100, 1000])
def test_the_kernel_and_its_numpy_twin_write_the_same(steps: int) -> None:
    values = numbers(steps)
    values[::5, 1] = np.nan
    values[::7, 2] = np.inf
    for slow, fast in zip(written(by_kernel, values), written(telemetry.record, values), strict=True):
        np.testing.assert_array_equal(slow, fast)


@pytest.mark.parametrize("record", [by_kernel, telemetry.record])
@pytest.mark.parametrize("steps", [1, 8, 9, 100, 1001])
def test_buckets_tell_the_truth(record: Record, steps: int) -> None:
    values = numbers(steps)
    series = Reader(CHANNELS, written(record, values)).read(LEGS)
    assert len(series) <= 8
    for index, first in enumerate(series.step - 1):
        part = values[first : first + series.width]
        np.testing.assert_array_equal(series.low[index], part.min(axis=0))
        np.testing.assert_array_equal(series.high[index], part.max(axis=0))
        np.testing.assert_allclose(series.mean[index], part.mean(axis=0), rtol=1e-4, atol=1e-5)
        assert (series.count[index] == len(part)).all()
    assert series.count[:, 0].sum() == steps


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 5000), st.data())
def test_a_single_extreme_is_never_lost(steps: int, data: st.DataObject) -> None:
    spike = data.draw(st.integers(0, steps - 1))
    arrays = telemetry.allocate(1, 16)
    for step in range(steps):
        telemetry.record(np.array([99.0 if step == spike else 1.0], np.float32), arrays)
    series = Reader(CHANNELS[:1], arrays).read(LEGS)
    found = int(np.flatnonzero(series.high[:, 0] == 99.0)[0])
    assert series.step[found] - 1 <= spike < series.step[found] - 1 + series.width
    assert (series.high[:, 0] == 99.0).sum() == 1


def test_memory_is_bounded_for_a_hundred_million_steps() -> None:
    arrays = telemetry.allocate(1, 16)
    for step in range(16 * 3):
        telemetry.record(np.array([step], np.float32), arrays)
    arrays.state[WIDTH] = arrays.state[FILLED] = 10**8 // 16  # as if that many steps had gone
    telemetry.record(np.array([7], np.float32), arrays)
    series = Reader(CHANNELS[:1], arrays).read(LEGS)
    assert len(series) <= 16
    assert series.step[-1] == (len(series) - 1) * series.width + 1
    assert telemetry.bytes_needed(33) < 1_000_000


def test_what_was_not_taken_in_a_step_is_missing_and_not_zero() -> None:
    arrays = telemetry.allocate(3, 8)
    kernel.record(np.array([1, 2, 3], np.float32), 1, *arrays)
    series = Reader(CHANNELS, arrays).read(LEGS)
    assert series.mean[0, 0] == 1
    assert np.isnan(series.mean[0, 1:]).all()
    assert np.isnan(series.low[0, 1:]).all()
    assert series.latest(0) == 1
    assert np.isnan(series.latest(1))


def test_a_series_knows_its_columns() -> None:
    series = Series(CHANNELS)
    assert series.column("gradient", "dense1", "dense") == 1
    assert series.column("gradient") == 1  # the only one there is
    assert series.column("loss", "nobody") is None
    assert series.column("accuracy") is None
    assert series.columns("silent") == [(2, CHANNELS[2])]


def test_epochs_follow_steps_also_where_their_length_changed() -> None:
    legs = ((0, 0.0, 10), (20, 2.0, 5))
    np.testing.assert_allclose(telemetry.epochs_at(np.array([5, 10, 20, 25, 30]), legs), [0.5, 1, 2, 3, 4])
    arrays = telemetry.allocate(1, 8)
    for epoch in range(4):
        telemetry.record(np.array([epoch], np.float32), arrays)
    series = Reader(CHANNELS[:1], arrays).read(legs, by_epoch=True)
    assert series.epoch.tolist() == [1, 2, 3, 4]
    assert series.step.tolist() == [10, 20, 25, 30]


def test_a_reader_copies_only_news_and_agrees_with_one_that_copies_all() -> None:
    arrays = telemetry.allocate(len(CHANNELS), 16)
    reader = Reader(CHANNELS, arrays)
    for index, row in enumerate(numbers(300)):
        telemetry.record(row, arrays)
        if index % 3 == 0:
            patient, fresh = reader.read(LEGS), Reader(CHANNELS, arrays).read(LEGS)
            for name in ("step", "epoch", "low", "high", "mean", "count"):
                np.testing.assert_array_equal(getattr(patient, name), getattr(fresh, name))
    assert reader.read(LEGS) is reader.read(LEGS)
    with pytest.raises(ValueError, match="read-only"):
        reader.read(LEGS).mean[0, 0] = 1


class Interrupted:
    """An array whose reader is overtaken by the writer at the worst moment: just before it looks."""

    def __init__(self, array: np.ndarray, overtake: Callable[[], None]) -> None:
        self.array, self.shape, self.overtake = array, array.shape, overtake

    def __getitem__(self, index: slice) -> np.ndarray:
        self.overtake()
        return self.array[index]


@pytest.mark.parametrize("burst", [1, 2, 3, 9, 40])
@pytest.mark.parametrize("times", [1, 2, 1000])
@pytest.mark.parametrize("before", [5, 8, 21])
def test_a_snapshot_is_never_torn(before: int, times: int, burst: int) -> None:
    """Step s writes s to every channel, so low, mean and high of a bucket tell exactly which steps it holds."""
    arrays = telemetry.allocate(2, 8)
    done, left = 0, times

    def write(steps: int) -> None:
        nonlocal done
        for _ in range(steps):
            done += 1
            telemetry.record(np.full(2, done, np.float32), arrays)

    def overtake() -> None:
        nonlocal left
        if left > 0:
            left -= 1
            write(burst)

    write(before)
    series = Reader(CHANNELS[:2], arrays._replace(low=Interrupted(arrays.low, overtake))).read(LEGS)
    for index, (first, count) in enumerate(zip(series.step, series.count[:, 0], strict=True)):
        steps = np.arange(first, first + count)
        assert (series.low[index] == steps[0]).all()
        assert (series.high[index] == steps[-1]).all()
        np.testing.assert_allclose(series.mean[index], steps.mean())
        assert count == series.width or index == len(series) - 1
    if times == 1:
        assert series.count[:, 0].sum() >= before - series.width


def test_a_reader_beside_a_thread_that_writes_sees_everything_in_the_end() -> None:
    arrays = telemetry.allocate(len(CHANNELS), 32)

    def write() -> None:
        for step in range(2000):
            telemetry.record(np.full(len(CHANNELS), step % 97, np.float32), arrays)

    writer = threading.Thread(target=write)
    writer.start()
    reader = Reader(CHANNELS, arrays)
    while writer.is_alive():
        series = reader.read(LEGS)
        assert (series.count[:-1, 0] == series.width).all()
    writer.join()
    assert reader.read(LEGS).count[:, 0].sum() == 2000


def test_a_reader_survives_a_writer_that_died_in_the_middle() -> None:
    arrays = written(telemetry.record, numbers(5))
    arrays.state[kernel.SEQUENCE] += 1  # killed inside a step
    assert len(Reader(CHANNELS, arrays).read(LEGS)) == 4
    arrays.state[kernel.VERSION] += 1  # killed while rows merged
    assert len(Reader(CHANNELS, arrays).read(LEGS)) == 0


def test_history_is_saved_restored_and_goes_on_alike() -> None:
    values = numbers(70)
    whole = written(telemetry.record, values)
    half = written(telemetry.record, values[:37])
    again = telemetry.allocate(len(CHANNELS), 8)
    telemetry.restore(again, telemetry.saved(half, "steps"), "steps")
    for row in values[37:]:
        telemetry.record(row, again)
    for name, part in telemetry.saved(whole, "steps").items():
        np.testing.assert_array_equal(part, telemetry.saved(again, "steps")[name])


@pytest.mark.parametrize("damage", ["low", "state", "used"])
def test_a_history_that_does_not_fit_is_refused(damage: str) -> None:
    tensors = telemetry.saved(written(telemetry.record, numbers(20)), "steps")
    if damage == "low":
        tensors["steps.low"] = tensors["steps.low"][:, :1]
    elif damage == "state":
        tensors["steps.state"] = tensors["steps.state"][:2]
    else:
        tensors["steps.state"][USED] = 10**9
    with pytest.raises(ValueError, match="steps"):
        telemetry.restore(telemetry.allocate(len(CHANNELS), 8), tensors, "steps")


def test_channels_that_live_through_a_change_of_the_graph_keep_their_past() -> None:
    old = written(telemetry.record, numbers(20))
    channels = (Channel("loss"), Channel("gradient", "dense2", "dense"), CHANNELS[1])
    new = telemetry.allocate(3, 8)
    telemetry.adopt(new, channels, old, CHANNELS)
    before, after = Reader(CHANNELS, old).read(LEGS), Reader(channels, new).read(LEGS)
    np.testing.assert_array_equal(after.mean[:, [0, 2]], before.mean[:, [0, 1]])
    assert np.isnan(after.mean[:, 1]).all()
    np.testing.assert_array_equal(after.step, before.step)
