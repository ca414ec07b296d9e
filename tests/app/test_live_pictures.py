"""Cards that paint pictures: tiles, reconstructions, predictions, maps and bars have the right colours in the right place."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtWidgets import QApplication

from app import theme
from app.live import colormaps, export, numbers
from app.live.activation_histogram import ActivationHistogramCard
from app.live.decision_map import DecisionMapCard
from app.live.predictions import PredictionsCard, probabilities
from app.live.reconstruction import ReconstructionCard
from app.live.weight_histogram import WeightHistogramCard
from app.live.weight_images import WeightImagesCard
from app.live.weight_picture import WeightPicture
from engine.events import LayerInfo
from tests.app import live_samples
from tests.app.live_kit import again, colors, near, shown


@pytest.fixture(autouse=True)
def dark(qapp: QApplication) -> None:
    theme.apply(qapp, "dark")


def test_tiles_are_the_rows_of_what_sees_pixels_and_the_columns_of_what_draws_them(qtbot) -> None:
    sample = live_samples.autoencoder()
    card = shown(qtbot, WeightImagesCard, sample)
    assert np.array_equal(card.picture.weights, sample.arrays["weights:sae/encode"].reshape(32, 8, 8))
    card.choice = "weights:sae/decode"
    card.sight.feed.watch("test", card.wanted(card.sight))
    again(card)
    assert np.array_equal(card.picture.weights, sample.arrays["weights:sae/decode"].T.reshape(32, 8, 8))
    again(card, selection=frozenset({"dense"}))
    card.sight.feed.watch("test", card.wanted(card.sight))
    again(card)
    assert np.array_equal(card.picture.weights, sample.arrays["weights:dense/"])


def test_weights_have_the_colours_of_their_sign(qtbot) -> None:
    sample = live_samples.autoencoder()
    weights = np.zeros((32, 64), np.float32)
    weights[0], weights[1] = 1.0, -1.0
    sample.arrays["weights:sae/encode"] = weights
    card = shown(qtbot, WeightImagesCard, sample)
    pixels = colors(card.picture.grab().toImage())
    tide = theme.tokens().tide
    for unit, color in ((0, tide[6]), (1, tide[0]), (2, tide[3])):
        place = card.picture.layout_of_tiles.rect(unit).center().toPoint()
        assert near(pixels[place.y(), place.x()], color).all(), unit


def test_the_scale_prints_the_limit_that_holds_99_percent(qtbot) -> None:
    sample = live_samples.autoencoder()
    weights = np.linspace(-1, 1, 2048, dtype=np.float32)
    weights[0] = 50.0
    sample.arrays["weights:sae/encode"] = weights.reshape(32, 64)
    card = shown(qtbot, WeightImagesCard, sample)
    assert card.picture.limit == pytest.approx(0.99, abs=0.01)


def test_a_tied_decoder_shows_its_pictures_too(qtbot) -> None:
    sample = live_samples.autoencoder()
    tied = LayerInfo("sae", "decode", "", (32, 64), None, 1, "sigmoid")
    sample.run = replace(sample.run, layers=(sample.run.layers[0], tied))
    sample.arrays["weights:sae/decode"] = sample.arrays["weights:sae/encode"]
    card = shown(qtbot, WeightImagesCard, sample)
    card.choice = "weights:sae/decode"
    card.sight.feed.watch("test", card.wanted(card.sight))
    again(card)
    assert card.picture.weights.shape == (32, 8, 8)


def test_units_that_see_colour_are_tiles_in_colour(qtbot) -> None:
    """Red, green and blue lie one plane after another; each unit is scaled by itself about grey."""
    sample = live_samples.autoencoder()
    sees = LayerInfo("sae", "encode", "", (4, 12), None, 0, "sigmoid", colour=(2, 2))
    draws = LayerInfo("sae", "decode", "", (12, 4), None, 1, "sigmoid")
    sample.run = replace(sample.run, layers=(sees, draws))
    weights = np.zeros((4, 12), np.float32)
    weights[0, :4], weights[1, 4:8], weights[2, 8:] = 2.0, 0.01, -5.0  # red, a little green, no blue
    sample.arrays = {"weights:sae/encode": weights, "weights:sae/decode": weights.T}
    card = shown(qtbot, WeightImagesCard, sample)
    for key in ("", "weights:sae/decode"):
        card.choice = key
        card.sight.feed.watch("test", card.wanted(card.sight))
        again(card)
        assert card.picture.weights.shape == (4, 2, 2, 3)
        pixels = colors(card.picture.grab().toImage())
        for unit, color in enumerate(((255, 128, 128), (128, 255, 128), (128, 128, 0), (128, 128, 128))):
            place = card.picture.layout_of_tiles.rect(unit).center().toPoint()
            assert np.abs(pixels[place.y(), place.x()] - color).max() <= 1, (key, unit)


def test_pictures_in_colour_are_rebuilt_in_colour(qtbot) -> None:
    sample = live_samples.autoencoder()
    (item,) = sample.run.reconstructions
    sees = LayerInfo("sae", "encode", "", (4, 12), None, 0, "sigmoid", colour=(2, 2))
    sample.run = replace(sample.run, layers=(sees,), reconstructions=(replace(item, picture=None, components=12),))
    given = np.zeros((4, 12), np.float32)
    given[:, :4] = 1.0  # red
    made = np.roll(given, 8, axis=1)  # blue
    sample.arrays |= {"output:digits/pixels": given, "output:sae/reconstruction": made}
    card = shown(qtbot, ReconstructionCard, sample)
    assert card.rows.given.shape == (4, 2, 2, 3)
    assert card.rows.errors == pytest.approx(2 / 3)
    pixels = colors(card.rows.grab().toImage()).reshape(-1, 3)
    for color in ((255, 0, 0), (0, 0, 255), (0, 128, 255)):  # … and the error: red is missing, blue too much
        assert (np.abs(pixels - color).max(axis=1) <= 1).sum() > 100, color
    row = card.table().rows[0]
    assert row[2:14] == given[0].tolist()
    assert row[14:] == made[0].tolist()


def test_a_matrix_of_many_rows_and_few_columns_can_be_seen() -> None:
    """Bug: 400 units of two inputs were a line three pixels wide."""
    room = QRectF(0, 0, 300, 100)
    assert WeightPicture.matrix_area(400, 2, room).width() >= 40
    assert WeightPicture.matrix_area(2, 400, room).height() >= 40
    assert WeightPicture.matrix_area(40, 30, room) == room


def test_a_number_that_is_none_is_seen_in_colour_too() -> None:
    values = np.ones((1, 1, 2, 3))
    values[0, 0, 1, 2] = np.nan
    right, wrong = colormaps.colour_pixels(values)[0, 0]
    assert (int(right), int(wrong)) == (0xFFFFFFFF, theme.tokens().error.rgb())


def test_reconstruction_shows_both_sides_and_the_error_of_each_sample(qtbot) -> None:
    sample = live_samples.autoencoder()
    given = sample.arrays["output:digits/pixels"]
    made = given.copy()
    made[0] += 0.1
    sample.arrays["output:sae/reconstruction"] = made
    card = shown(qtbot, ReconstructionCard, sample)
    assert card.rows.errors[:2] == pytest.approx([0.01, 0.0], abs=1e-6)
    assert card.rows.words[0] == "0.0100"
    assert card.rows.shown >= 4
    card.resize(316, 168)
    again(card)
    card.grab()
    assert card.rows.shown >= 4, "a low card shows samples side by side"


def test_where_there_is_noise_clean_noisy_and_restored_stand_side_by_side(qtbot) -> None:
    sample = live_samples.autoencoder()
    (item,) = sample.run.reconstructions
    ports = ("sae", "corrupted"), ("sae", "restored")
    sample.run = replace(sample.run, reconstructions=(replace(item, spoilt=ports),))
    given = sample.arrays["output:digits/pixels"]
    sample.arrays |= {"output:sae/corrupted": 1 - given, "output:sae/restored": given + 0.2}
    card = shown(qtbot, ReconstructionCard, sample)
    assert card.rows.errors == pytest.approx(0.04, abs=1e-6)  # of what is restored, against the clean ones
    assert card.rows.names() == ("clean", "noisy", "restored", "error")
    noise = np.square(1 - 2 * given).mean()
    assert card.foot.isVisible()
    assert f"noisy {numbers.short(float(noise))} → restored 0.0400" in card.foot.words
    four = card.grab().toImage()
    sample.arrays["output:sae/corrupted"] = given
    again(card)
    assert card.grab().toImage() != four, "the noise is seen"
    del sample.arrays["output:sae/corrupted"]
    again(card)
    assert len(card.rows.names()) == 3
    assert not card.foot.isVisible()


def test_predictions_count_what_is_right(qtbot) -> None:
    sample = live_samples.autoencoder()
    shares = np.full((64, 10), 0.02, np.float32)
    shares[:, 3] = 0.82
    sample.arrays["output:dense/y"] = shares
    sample.arrays["labels:digits/label"] = np.array([3] * 40 + [5] * 24)
    card = shown(qtbot, PredictionsCard, sample)
    assert card.heading.subject == "40 of 64 right"
    rows = list(csv.DictReader(io.StringIO(export.csv_bytes(card.table()).decode())))
    assert [row["prediction"] == row["truth"] for row in rows] == [True] * 40 + [False] * 24
    pixels = colors(card.rows.grab().toImage())
    assert near(pixels, theme.tokens().sand).sum() > 50


@pytest.mark.parametrize(("outputs", "classes", "activation", "expected"), [
    ([[0.0, np.log(3.0)]], 2, "", [[0.25, 0.75]]),
    ([[0.3, 0.7]], 2, "", [[0.3, 0.7]]),
    ([[0.3]], 2, "sigmoid", [[0.7, 0.3]]),
    ([[0.0], [100.0]], 2, "", [[0.5, 0.5], [0.0, 1.0]]),
    ([[1000.0, 0.0, -1000.0]], 3, "", [[1.0, 0.0, 0.0]]),
])
def test_probabilities_from_whatever_the_output_gives(outputs: list[list[float]], classes: int, activation: str,
                                                      expected: list[list[float]]) -> None:
    assert probabilities(np.array(outputs), classes, activation) == pytest.approx(np.array(expected), abs=1e-9)


def test_the_map_has_its_bottom_row_at_the_bottom_and_its_colours_from_the_classes(qtbot) -> None:
    sample = live_samples.spirals()
    share = np.zeros((48, 48))
    share[:24] = 1.0  # below: the second class
    sample.arrays["map:dense2/y"] = share.reshape(-1, 1).astype(np.float32)
    sample.arrays["output:toy/points"] = np.array([[0.0, -1.0], [0.0, 1.0]], np.float32)
    sample.arrays["labels:toy/label"] = np.array([1, 0])
    card = shown(qtbot, DecisionMapCard, sample)
    pixels, tokens = colors(card.picture.grab().toImage()), theme.tokens()
    area = card.picture.area
    for y, color in ((0.2, tokens.tide_at(-0.33)), (0.8, tokens.tide_at(0.33))):
        place = pixels[round(area.top() + y * area.height()), round(area.left() + 0.25 * area.width())]
        assert near(place, color).all()
    xs, ys = card.picture.place(np.array([0.0, 0.0]), np.array([-1.0, 1.0]))
    assert near(pixels[round(ys[0]), round(xs[0])], tokens.sand).all()
    assert near(pixels[round(ys[1]), round(xs[1])], tokens.sea).all()
    ends = card.picture.segments[:, :, 1]
    assert np.allclose(ends, 23.5)


def test_a_map_of_three_classes_has_their_boundaries(qtbot) -> None:
    sample = live_samples.spirals()
    grid = 48
    shares = np.zeros((grid, grid, 3), np.float32)
    shares[:, :16, 0] = shares[:, 16:32, 1] = shares[:, 32:, 2] = 1.0
    sample.run = replace(sample.run, predictions=(replace(sample.run.predictions[0], classes=("a", "b", "c")),))
    sample.arrays["map:dense2/y"] = shares.reshape(-1, 3)
    card = shown(qtbot, DecisionMapCard, sample)
    assert {round(float(x)) for x in card.picture.segments[:, :, 0].reshape(-1)} == {16, 32}


# Histograms


def test_bars_hold_all_values_and_epoch_0_stays_as_an_outline(qtbot) -> None:
    sample = live_samples.autoencoder()
    sample.upto = 0
    first = np.full((64, 32), 0.5, np.float32)
    sample.arrays["output:sae/code"] = first
    card = shown(qtbot, ActivationHistogramCard, sample)
    assert card.plot.outline is None, "in epoch 0 the bars say it"
    later = np.full((64, 32), 0.91, np.float32)
    sample.arrays["output:sae/code"], sample.upto = later, 1000
    again(card)
    edges = card.plot.edges
    assert (edges[0], edges[-1], len(edges)) == (0.0, 1.0, 41), "a sigmoid's range"
    assert card.plot.bars.counts.sum() == pytest.approx(1.0)
    assert edges[card.plot.bars.counts.argmax()] == pytest.approx(0.9)
    assert edges[card.plot.outline.argmax()] == pytest.approx(0.5)
    assert card.plot.mean == pytest.approx(0.91)
    assert card.plot.words == "mean 0.910"


def test_warm_bars_are_positive(qtbot) -> None:
    sample = live_samples.autoencoder()
    sample.arrays["weights:sae/encode"] = np.array([-1.0] * 1024 + [1.0] * 1024, np.float32).reshape(32, 64)
    card = shown(qtbot, WeightHistogramCard, sample)
    pixels = colors(card.plot.grab().toImage())
    middle = round(card.plot.at(0.0, 0.0).x())
    tokens = theme.tokens()
    warm, cool = (near(pixels, theme.mix(tokens.panel, color, 0.85)) for color in (tokens.sand, tokens.sea))
    assert warm[:, middle:].sum() > 50
    assert cool[:, :middle].sum() > 50
    assert not warm[:, :middle].any()
    assert not cool[:, middle:].any()
