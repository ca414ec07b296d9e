"""Every card on runs of every kind: what it shows is what is there."""

from __future__ import annotations

import csv
import io
import itertools
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication

from app import theme
from app.feed import Feed, PastRun
from app.live import export, panel
from app.live.activation_histogram import ActivationHistogramCard
from app.live.card import Card
from app.live.curves import AccuracyCard, LossCard
from app.live.decision_map import DecisionMapCard
from app.live.end_labels import GAP
from app.live.gradients import GradientCard
from app.live.layer_profile import LayerProfileCard
from app.live.predictions import PredictionsCard, probabilities
from app.live.reconstruction import ReconstructionCard
from app.live.run_comparison import RunComparisonCard
from app.live.sight import Sight
from app.live.weight_histogram import WeightHistogramCard
from app.live.weight_images import WeightImagesCard
from engine.events import Diverged, LayerInfo
from tests.app import live_samples
from tests.app.live_samples import Sample

KINDS: tuple[type[Card], ...] = (*panel.OVERVIEW, RunComparisonCard)
SAMPLES: dict[str, Callable[[], Sample]] = {
    "autoencoder": live_samples.autoencoder, "twelve layers": live_samples.deep, "spirals": live_samples.spirals,
    "one step": lambda: live_samples.autoencoder(1), "one epoch": lambda: live_samples.autoencoder(44),
    "a million steps": lambda: live_samples.autoencoder(10**6),
    "long names": lambda: live_samples.deep(5, prefix="a_very_long_name_of_a_hidden_layer_in_日本語_"),
}  # fmt: skip


@pytest.fixture(autouse=True)
def dark(qapp: QApplication) -> None:
    theme.apply(qapp, "dark")


def shown(qtbot, kind: type[Card], sample: Sample, width: int = 300, height: int = 300, **sight: object) -> Card:
    """A card on the screen that has drawn the run."""
    feed = Feed(sample)
    feed.show_run(sample.run)
    card = kind()
    qtbot.addWidget(card)
    card.resize(width, height)
    card.show()
    qtbot.waitExposed(card)
    seen = Sight(feed, **sight)
    feed.watch("test", card.wanted(seen))
    feed.refresh()
    card.refresh(seen)
    QApplication.processEvents()
    return card


def again(card: Card, **changes: object) -> None:
    card.sight.feed.refresh()
    card.refresh(replace(card.sight, **changes))
    QApplication.processEvents()


def colors(image: QImage) -> np.ndarray:
    """(height × width × 3) of a picture."""
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    return pixels[:, : image.width(), 2::-1].astype(int)


def near(pixels: np.ndarray, color: QColor, tolerance: int = 12) -> np.ndarray:
    return (np.abs(pixels - np.array(color.getRgb()[:3])) <= tolerance).all(axis=-1)


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_card_draws_every_run_at_every_size(qtbot, kind: type[Card], name: str) -> None:
    sample = SAMPLES[name]()
    if not kind.fits(sample.run):
        return
    card = shown(qtbot, kind, sample)
    picture = colors(card.grab().toImage())
    inside = picture[60:-8, 14:-14]
    assert len(np.unique(inside.reshape(-1, 3), axis=0)) > 8, "nothing is drawn"
    for size in ((170, 130), (900, 200), (220, 700)):
        card.resize(*size)
        again(card)
    assert export.csv_bytes(card.table()).count(b"\n") >= 2


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_without_numbers_a_card_says_what_to_do(qtbot, kind: type[Card]) -> None:
    sample = live_samples.spirals() if kind is DecisionMapCard else live_samples.autoencoder()
    sample.upto, sample.arrays = 0, {}
    card = shown(qtbot, kind, sample)
    assert card.body.message == "Press Run (F5)"
    assert export.csv_bytes(card.table())


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_numbers_that_are_none_hurt_no_card(qtbot, kind: type[Card]) -> None:
    sample = live_samples.spirals() if kind is DecisionMapCard else live_samples.autoencoder()
    sample.arrays = {key: np.full_like(array, np.nan) if array.dtype.kind == "f" else array
                     for key, array in sample.arrays.items()}
    sample.step_values[500:] = np.nan
    card = shown(qtbot, kind, sample)
    card.sight.feed.diverged = Diverged("dense", 501, "NaN")
    again(card)
    card.grab()
    assert export.csv_bytes(card.table())


def test_a_divergence_is_said_with_its_step(qtbot) -> None:
    card = shown(qtbot, LossCard, live_samples.autoencoder())
    card.sight.feed.diverged = Diverged("dense", 1204, "NaN")
    again(card)
    assert card.plot.warning == "NaN at step 1,204 in dense"


# Curves


def test_a_spike_of_one_batch_is_seen_in_the_band(qtbot) -> None:
    sample = live_samples.autoencoder(50_000)
    sample.step_values[:, 0] = 0.5
    sample.step_values[40_000, 0] = 1.1
    card = shown(qtbot, LossCard, sample)
    trace = card.plot.lines[0].trace
    assert trace.high.max() == pytest.approx(1.1)
    at = card.plot.at(trace.x[trace.high.argmax()], 1.0)
    pixels = colors(card.plot.grab().toImage())[:, :, :]
    panel_color, sea = theme.tokens().panel, theme.tokens().sea
    column = pixels[round(at.y()), round(at.x()) - 2 : round(at.x()) + 3]
    band = np.array(theme.mix(panel_color, sea, 0.16).getRgb()[:3])
    assert (np.abs(column - band).sum(axis=1) < 40).any(), column


def test_the_best_epoch_is_ringed_however_long_the_run(qtbot) -> None:
    sample = live_samples.autoencoder(44 * 5000)
    sample.epoch_values[:, 1] = 0.5
    sample.epoch_values[3210, 1] = 0.123
    card = shown(qtbot, LossCard, sample)
    x, y = card.plot.lines[1].best
    assert y == pytest.approx(0.123)
    assert abs(x - 3211) <= 8
    sample.epoch_values[:, 3] = 0.9
    sample.epoch_values[2000, 3] = 0.97
    accuracy = shown(qtbot, AccuracyCard, sample)
    assert accuracy.plot.lines[1].best[1] == pytest.approx(0.97)


@pytest.mark.parametrize("size", [(300, 300), (376, 168), (220, 160), (640, 480)])
@pytest.mark.parametrize("name", SAMPLES)
def test_labels_never_overlap_nor_leave_the_plot(qtbot, name: str, size: tuple[int, int]) -> None:
    for kind in (LossCard, GradientCard, RunComparisonCard):
        card = shown(qtbot, kind, SAMPLES[name](), *size)
        boxes = [box for _, box, _ in card.plot.place_labels()]
        assert boxes
        for one, other in itertools.combinations(boxes, 2):
            assert abs(one.center().y() - other.center().y()) >= GAP - 1e-6
        for box in boxes:
            assert card.plot.area.adjusted(-1, -1, 1, 1).contains(box)
            assert box.width() >= 40


def test_of_twelve_layers_the_ends_and_the_selected_one_are_named(qtbot) -> None:
    card = shown(qtbot, GradientCard, live_samples.deep(12))
    assert {line.label for line, _, _ in card.plot.place_labels()} == {"dense1", "dense12"}
    again(card, selection=frozenset({"dense5"}))
    assert {line.label for line, _, _ in card.plot.place_labels()} == {"dense1", "dense5", "dense12"}
    assert [line.strong for line in card.plot.lines] == [line.name == "dense5" for line in card.plot.lines]


def test_a_vanishing_gradient_lies_in_order_on_a_log_axis(qtbot) -> None:
    card = shown(qtbot, GradientCard, live_samples.deep(12))
    ends = [line.trace.last[1] for line in card.plot.lines]
    assert ends == sorted(ends)
    assert ends[-1] - ends[0] == pytest.approx(0.45 * 11, abs=0.5)
    assert all(tick.text.startswith("10") for tick in card.plot.left.shown)
    lightness = [line.color.lightnessF() for line in card.plot.lines]
    assert lightness == sorted(lightness, reverse=True), "the depth ramp goes one way"


def test_a_dead_layer_lies_on_the_floor(qtbot) -> None:
    sample = live_samples.deep(3)
    sample.step_values[:, 1] = 0.0
    card = shown(qtbot, GradientCard, sample)
    assert np.isfinite(card.plot.lines[0].trace.mean).all()
    assert np.ptp(card.plot.box.viewRange()[1]) < 11


def test_a_loss_can_be_seen_on_a_log_axis(qtbot) -> None:
    sample = live_samples.spirals()
    card = shown(qtbot, LossCard, sample)
    low, high = card.plot.box.viewRange()[1]
    card.log_switch.setChecked(True)
    trace = card.plot.lines[0].trace
    assert trace.mean[-1] == pytest.approx(np.log10(sample.step_values[-20:, 0].mean()), abs=0.2)
    assert card.plot.box.viewRange()[1][0] <= trace.low.min() + 0.2
    card.log_switch.setChecked(False)
    assert tuple(card.plot.box.viewRange()[1]) == (low, high)


def test_clicking_a_label_or_a_line_names_its_node(qtbot) -> None:
    card = shown(qtbot, GradientCard, live_samples.autoencoder(), 420, 300)
    chosen: list[str] = []
    card.node_chosen.connect(chosen.append)
    for line, box, _ in card.plot.place_labels():
        qtbot.mouseClick(card.plot.viewport(), Qt.MouseButton.LeftButton, pos=box.center().toPoint())
        assert chosen.pop() == line.node
    line = card.plot.lines[1]
    on_it = card.plot.at(line.trace.x[60], line.trace.mean[60])
    qtbot.mouseClick(card.plot.viewport(), Qt.MouseButton.LeftButton, pos=on_it.toPoint())
    assert chosen == ["sae"]
    qtbot.mouseClick(card.plot.viewport(), Qt.MouseButton.LeftButton, pos=QPointF(60, 3).toPoint())
    assert chosen == ["sae"]


def test_the_value_under_the_pointer(qtbot) -> None:
    card = shown(qtbot, LossCard, live_samples.autoencoder())
    place = card.plot.at(20.0, 0.5)
    rows = card.plot.readout.rows(card.plot, place)
    line = card.plot.lines[0]
    nearest = np.abs(line.trace.x - 20).argmin()
    assert rows[0][0] == f"train  {line.trace.mean[nearest]:.3f}"


def test_numbers_at_the_ends_change_five_times_a_second(qtbot, monkeypatch: pytest.MonkeyPatch) -> None:
    sample = live_samples.autoencoder()
    sample.upto = 800
    card = shown(qtbot, LossCard, sample)
    card.sight.feed.show_status(state="running")
    now = [time.monotonic() + 100]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    again(card)
    first = card.plot.lines[0].label
    changes = []
    for _ in range(30):
        now[0] += 1 / 30
        sample.upto += 27
        again(card)
        if card.plot.lines[0].label != first:
            first = card.plot.lines[0].label
            changes.append(first)
    assert 3 <= len(changes) <= 6


def test_runs_are_compared_in_colours_of_their_own(qtbot) -> None:
    sample = live_samples.autoencoder()
    card = shown(qtbot, RunComparisonCard, sample)
    other = live_samples.autoencoder(seed=9)
    card.sight.feed.past = [PastRun("Adam 0.01", other.epochs()), PastRun("SGD", other.epochs())]
    again(card)
    assert [line.label for line in card.plot.lines] == ["Adam 0.01", "SGD", "this run"]
    assert len({line.color.name() for line in card.plot.lines}) == 3
    rows = list(csv.DictReader(io.StringIO(export.csv_bytes(card.table()).decode())))
    assert {row["series"] for row in rows} == {"Adam 0.01", "SGD", "this run"}


# Pictures


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


# Layers


def test_the_layers_show_their_newest_numbers(qtbot) -> None:
    sample = live_samples.deep(4)
    card = shown(qtbot, LayerProfileCard, sample)
    layer = card.rows.layers[2]
    assert layer.values["gradient"] == pytest.approx(sample.step_values[-4:, 3].mean(), rel=0.3)
    chosen: list[str] = []
    card.node_chosen.connect(chosen.append)
    row = QPointF(40, 18 + 2.5 * card.rows.row_height).toPoint()
    qtbot.mouseClick(card.rows, Qt.MouseButton.LeftButton, pos=row)
    assert chosen == ["dense3"]


# Saving and looks


def test_csv_holds_the_whole_series(qtbot, tmp_path: Path) -> None:
    sample = live_samples.autoencoder(100_000)
    card = shown(qtbot, GradientCard, sample)
    card.save(tmp_path / "gradients.csv")
    text = (tmp_path / "gradients.csv").read_text("utf-8")
    rows = [row for row in csv.DictReader(io.StringIO(text)) if row["series"] == "sae · decode"]
    series = sample.steps()
    column = series.column("gradient", "sae", "decode")
    assert len(rows) == len(series)
    for name, expected in (("mean", series.mean), ("lowest", series.low), ("highest", series.high)):
        assert np.array_equal(np.array([row[name] for row in rows], np.float32), expected[:, column])
    assert [int(row["step"]) for row in rows] == series.step.tolist()
    assert "\r" not in text


def test_csv_of_weights_is_the_matrix(qtbot, tmp_path: Path) -> None:
    sample = live_samples.autoencoder()
    card = shown(qtbot, WeightImagesCard, sample)
    card.save(tmp_path / "weights.csv")
    table = np.loadtxt(tmp_path / "weights.csv", delimiter=",", skiprows=1, dtype=np.float32)
    assert np.array_equal(table[:, 1:], sample.arrays["weights:sae/encode"])


def test_a_picture_is_saved_twice_as_fine_without_buttons(qtbot, tmp_path: Path) -> None:
    card = shown(qtbot, LossCard, live_samples.autoencoder())
    card.save(tmp_path / "loss.png")
    image = QImage(str(tmp_path / "loss.png"))
    assert (image.width(), image.height()) == (600, 600)
    assert card.save_button.isVisible(), "the buttons are back"
    corner = colors(image)[20:64, -120:-20]
    assert len(np.unique(corner.reshape(-1, 3), axis=0)) == 1, "no button in the picture"
    sea = near(colors(image), theme.tokens().sea, 40)
    thickness = sea[:, 250].sum()
    assert thickness >= 3, "lines do not thin out at two pixels to one"


def test_the_name_of_a_file_says_what_is_in_it(qtbot) -> None:
    card = shown(qtbot, ActivationHistogramCard, live_samples.autoencoder())
    assert card.file_name(".csv") == "activations_sae_code.csv"


def test_a_change_of_theme_repaints(qtbot, qapp: QApplication) -> None:
    card = shown(qtbot, LossCard, live_samples.autoencoder())
    assert near(colors(card.grab().toImage()), theme.tokens().panel).mean() > 0.5
    theme.apply(qapp, "light")
    QApplication.processEvents()
    after = colors(card.grab().toImage())
    assert near(after, theme.tokens().panel).mean() > 0.5
    assert near(after, theme.tokens().sea, 30).sum() > 20
