"""The arithmetic under the plots: labels that keep their distance, thinning that loses nothing, ticks, words."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPolygonF

from app.live import contours, numbers, scales, tiles
from app.live.end_labels import GAP, choose, room, spread
from app.live.lines import Line
from app.live.moments import Moment
from app.live.plot import Plot
from app.live.thinning import Trace, groups, thin
from app.live.weight_picture import pooled

HEIGHTS = st.lists(st.floats(0, 300), min_size=1, max_size=15)


@given(HEIGHTS)
def test_labels_keep_their_distance_inside_the_plot_and_their_order(wanted: list[float]) -> None:
    placed = spread(wanted, 0.0, 300.0)
    ordered = sorted(placed)
    assert all(b - a >= GAP - 1e-6 for a, b in itertools.pairwise(ordered))
    assert ordered[0] >= -1e-6
    assert ordered[-1] <= 300 + 1e-6
    assert all(placed[i] <= placed[j] for i in range(len(wanted)) for j in range(len(wanted)) if wanted[i] < wanted[j])


def test_labels_that_are_far_apart_stay_where_they_are() -> None:
    assert spread([200.0, 50.0, 100.0], 0, 300) == [200.0, 50.0, 100.0]


def test_two_labels_at_one_place_move_by_the_same_amount() -> None:
    assert sorted(spread([100.0, 100.0], 0, 300)) == [100 - GAP / 2, 100 + GAP / 2]


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=40), st.integers(2, 12), st.data())
def test_of_many_lines_the_chosen_and_the_extremes_are_named(values: list[float], most: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(values) - 1))
    first = [place == index for place in range(len(values))]
    kept = choose(values, first, most)
    assert len(kept) == len(set(kept)) == min(most, len(values))
    assert index in kept
    if most >= 3:
        assert max(values) in [values[k] for k in kept]
        assert min(values) in [values[k] for k in kept]


def test_as_many_labels_as_fit() -> None:
    assert room(100.0) == 8
    assert spread([50.0] * room(100.0), 0, 100)[-1] <= 100


def buckets(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    column = values[:, None].astype(np.float32)
    return column, column, column, np.ones(column.shape, np.int64)


@given(st.integers(1, 3000), st.floats(10, 900))
def test_at_most_one_point_in_three_pixels(count: int, pixels: float) -> None:
    starts = groups(np.arange(count, dtype=float), pixels)
    assert len(starts) <= max(2, pixels / 3)
    assert starts[0] == 0
    assert (np.diff(starts) > 0).all()


@given(st.integers(50, 5000), st.data())
def test_no_extreme_is_lost(count: int, data: st.DataObject) -> None:
    values = np.zeros(count)
    spike = data.draw(st.integers(0, count - 1))
    values[spike] = 9.0
    low, high, mean, counts = buckets(values)
    trace = thin(np.arange(count, dtype=float), low, high, mean, counts, 240.0)[0]
    assert trace.high.max() == 9.0
    assert abs(trace.x[trace.high.argmax()] - spike) <= count / 80 + 1


def test_means_are_weighted_by_what_was_measured() -> None:
    low = high = mean = np.array([[1.0], [np.nan], [4.0]] * 100, np.float32)
    count = np.array([[3], [0], [1]] * 100)
    trace = thin(np.arange(300.0), low, high, mean, count, 15.0)[0]
    assert len(trace.x) == 5
    assert trace.mean == pytest.approx([(3 * 1 + 4) / 4] * 5)
    assert trace.last == (299.0, pytest.approx(1.75))


def test_buckets_without_a_number_leave_no_point() -> None:
    mean = np.full((50, 1), np.nan, np.float32)
    trace = thin(np.arange(50.0), mean, mean, mean, np.zeros((50, 1), np.int64), 300.0)[0]
    assert trace.empty
    assert trace.last is None


def test_ticks_are_round_and_few() -> None:
    assert [tick.text for tick in scales.linear_ticks(0, 1.65)] == ["0", "0.5", "1", "1.5"]
    assert [tick.text for tick in scales.linear_ticks(0, 0.0123)] == ["0", "0.005", "0.01"]
    assert [tick.text for tick in scales.linear_ticks(-1, 1, 2)] == ["−1", "0", "1"]
    assert [tick.text for tick in scales.decade_ticks(-3.2, 0.4)] == ["10⁻³", "10⁻²", "10⁻¹", "10⁰"]
    assert len(scales.decade_ticks(-30, 0)) <= 6
    assert [tick.text for tick in scales.epoch_ticks(37.2)] == ["0", "10", "20", "30"]
    assert [tick.text for tick in scales.epoch_ticks(1.4, 6)] == ["0", "1"]
    assert scales.epoch_ticks(0.31)[-1].at == pytest.approx(0.3)


@given(st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=60))
def test_the_axis_of_a_loss_shows_the_second_half_of_the_run(losses: list[float]) -> None:
    mean = np.array(losses)
    top = scales.loss_top(np.arange(len(losses), dtype=float), mean, mean)
    second = mean[np.arange(len(losses)) >= (len(losses) - 1) / 2]
    assert top >= second.max()


def test_the_first_fall_runs_out_at_the_top() -> None:
    x = np.arange(100.0)
    mean = 0.4 + 12 * np.exp(-x / 3)
    assert 0.4 < scales.loss_top(x, mean, mean) < 2


def test_one_wild_batch_does_not_flatten_the_curve() -> None:
    x, mean = np.arange(100.0), np.full(100, 0.5)
    high = mean.copy()
    high[80] = 1e6
    assert scales.loss_top(x, mean, high) == pytest.approx(2.5 * 0.5)


def test_axes_do_not_tremble() -> None:
    top = scales.SteadyTop()
    first = top.hold(1.0)
    assert [top.hold(needed) for needed in (0.99, 0.9, 0.8)] == [first] * 3
    assert top.hold(2.0) > 2
    decades = scales.SteadyDecades()
    held = decades.hold(-3.1, -0.2)
    assert decades.hold(-3.0, -0.3) == held
    assert decades.hold(-5.0, -0.2)[0] <= -5


def test_words_of_numbers() -> None:
    said = [numbers.signed(value) for value in (1.8214, -1.8214, 0.0, 0.0123, 12.3, 2e-7)]
    assert said == ["+1.8", "−1.8", "0", "+0.012", "+12", "+2e-7"]
    assert numbers.power_of_ten(-12) == "10⁻¹²"
    assert numbers.percent(0) == "0 %"


@given(st.integers(1, 300), st.integers(1, 28), st.integers(1, 28), st.floats(60, 900), st.floats(60, 600))
def test_tiles_stay_inside_and_apart(count: int, tall: int, wide: int, width: float, height: float) -> None:
    layout = tiles.arrange(count, (tall, wide), QRectF(0, 0, width, height))
    assert 1 <= layout.shown <= count
    last = layout.rect(layout.shown - 1)
    widest = layout.rect(min(layout.columns, layout.shown) - 1)
    if layout.shown > 1:
        assert widest.right() <= width + 1e-6
        assert last.bottom() <= height + 1e-6
        assert not layout.rect(0).intersects(layout.rect(1))


def test_few_tiles_use_the_room() -> None:
    layout = tiles.arrange(32, (8, 8), QRectF(0, 0, 208, 208))
    assert layout.shown == 32
    assert layout.width >= 30


@given(st.integers(3, 40), st.floats(-0.8, 0.8), st.floats(0, 6.28))
def test_a_boundary_lies_where_the_field_is_zero(grid: int, offset: float, angle: float) -> None:
    y, x = np.mgrid[0:grid, 0:grid] / (grid - 1) * 2 - 1
    field = x * np.cos(angle) + y * np.sin(angle) - offset
    ends = contours.zero_segments(field) / (grid - 1) * 2 - 1
    assert np.allclose(ends[:, :, 0] * np.cos(angle) + ends[:, :, 1] * np.sin(angle), offset, atol=1e-6)
    if abs(offset) < 0.5:
        assert len(ends) >= grid // 2


def test_a_large_matrix_keeps_its_strongest_weight() -> None:
    matrix = np.zeros((3000, 2000), np.float32)
    matrix[1234, 777] = -5
    small = pooled(matrix, 200, 300)
    assert small.shape == (200, 300)
    assert small.min() == -5


def test_lines_end_where_a_stage_begins(qtbot) -> None:
    plot = Plot()
    qtbot.addWidget(plot)
    x = np.array([1.0, 2.0, 3.0, 8.0, 9.0])
    trace = Trace(x, x * 2, x, x * 3)
    lines = [Line("measured", trace, QColor("red")), Line("constant", trace, QColor("red"), dashed=True)]
    plot.show_lines(lines)
    first, second = plot.items_of_lines
    assert first.curve.opts["connect"] == second.curve.opts["connect"] == "all"
    whole = area(first.band.polygon())
    plot.show_moments([Moment(0.0, "one", 1), Moment(3.0, "two", 2), Moment(5.0, "best"), Moment(7.0, "three", 3)])
    plot.show_lines(lines)
    assert list(first.curve.opts["connect"]) == [True, True, False, True, True]
    assert second.curve.opts["connect"] == "all"
    # the band has no area between 3 and 8: of trapezoids of width 1 there remain three
    assert whole == pytest.approx(8 * (2 * 1 + 2 * 9) / 2)
    assert area(first.band.polygon()) == pytest.approx(
        (2 + 4) / 2 + (4 + 6) / 2 + (16 + 18) / 2)


def area(polygon: QPolygonF) -> float:
    x, y = np.array([[point.x(), point.y()] for point in polygon]).T
    return abs(float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))) / 2
