"""Every card on runs of every kind: what it shows is what is there."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QPainter, QWheelEvent
from PySide6.QtWidgets import QApplication

from app import theme
from app.feed import PastRun
from app.live import export, panel
from app.live.activation_histogram import ActivationHistogramCard
from app.live.card import Card
from app.live.curves import OBJECTIVE, AccuracyCard, LossCard
from app.live.decision_map import DecisionMapCard
from app.live.end_labels import GAP
from app.live.gradients import GradientCard
from app.live.layer_profile import LayerProfileCard
from app.live.predictions import PredictionsCard
from app.live.run_comparison import RunComparisonCard
from app.live.weight_images import WeightImagesCard
from engine.events import ChannelInfo, Diverged, LossInfo, PredictionInfo
from tests.app import live_samples
from tests.app.live_kit import again, colors, near, shown
from tests.app.live_samples import Sample

KINDS: tuple[type[Card], ...] = (*panel.OVERVIEW, RunComparisonCard)


@cache
def _million() -> Sample:
    made = live_samples.autoencoder(10**6)
    made.steps(), made.epochs()  # kept; of the values themselves only their number is needed from now on
    made.step_values = np.broadcast_to(0.0, made.step_values.shape)
    return made


def million() -> Sample:
    """A run of a million steps, which is made up and decimated once for all tests."""
    made = replace(_million(), arrays=dict(_million().arrays), watched=[], probes=[], looks=[], inquiries=[])
    made._cache = _million()._cache
    return made


SAMPLES: dict[str, Callable[[], Sample]] = {
    "autoencoder": live_samples.autoencoder, "twelve layers": live_samples.deep, "spirals": live_samples.spirals,
    "one step": lambda: live_samples.autoencoder(1), "one epoch": lambda: live_samples.autoencoder(44),
    "a million steps": million,
    "long names": lambda: live_samples.deep(5, prefix="a_very_long_name_of_a_hidden_layer_in_日本語_"),
}  # fmt: skip


@pytest.fixture(autouse=True)
def dark(qapp: QApplication) -> None:
    theme.apply(qapp, "dark")


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


@pytest.mark.parametrize("kind", [kind for kind in KINDS if not (kind.needs_hand or kind.asks)], ids=lambda kind: kind.name)
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
    card.sight.feed.diverged = Diverged("dense", 501, "gradient")
    again(card)
    card.grab()
    assert export.csv_bytes(card.table())


def test_a_divergence_is_said_with_its_step(qtbot) -> None:
    card = shown(qtbot, LossCard, live_samples.autoencoder())
    card.sight.feed.diverged = Diverged("dense", 1204, "gradient")
    again(card)
    assert card.plot.warning == "A gradient is not finite: dense, step 1,204"


# Curves


def test_several_losses_stand_beside_each_other(qtbot) -> None:
    """Two paths in one graph: a curve and an accuracy each; the objective and each alone on demand."""
    sample = live_samples.deep(2)
    channels = (ChannelInfo("loss", "raw"), ChannelInfo("loss", "clean"), *sample.run.step_channels)
    both = tuple(ChannelInfo(f"{part}_accuracy", node) for part in ("train", "validation") for node in ("raw", "clean"))
    sample.run = replace(sample.run, losses=(LossInfo("raw", "raw"), LossInfo("clean", "clean")), step_channels=channels,
                         epoch_channels=both, predictions=(PredictionInfo("raw", ("a", "y"), ("b", "y"), ("0", "1")),))
    loss = sample.step_values[:, :1]
    sample.step_values = np.hstack([4 * loss, loss, sample.step_values])
    sample.epoch_values = np.hstack([sample.epoch_values, sample.epoch_values])[:, :4]
    card = shown(qtbot, LossCard, sample)
    assert [line.name for line in card.plot.lines] == ["raw", "clean"]
    raw, clean = (line.trace.last[1] for line in card.plot.lines)
    assert raw == pytest.approx(4 * clean)
    assert {row[0] for row in card.table().rows} == {"loss raw", "loss clean"}
    card.heading.chosen.emit(OBJECTIVE)
    assert card.plot.lines[0].name == "train"
    again(card, selection=frozenset({"clean"}))
    card.heading.chosen.emit("clean")
    assert card.heading.subject == "clean"
    accuracy = shown(qtbot, AccuracyCard, sample)
    assert [line.name for line in accuracy.plot.lines] == ["raw", "clean"]


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
    now = [1e12]
    monkeypatch.setattr("app.live.card.time.monotonic", lambda: now[0])
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


def test_a_layer_that_has_not_been_trained_yet_has_no_numbers_and_no_errors(qtbot) -> None:
    """Bug: layers of later stages read NaN in red."""
    sample = live_samples.deep(3)
    column = sample.run.step_channels.index(ChannelInfo("gradient", "dense3", ""))
    sample.step_values[:, column] = np.nan
    card = shown(qtbot, LayerProfileCard, sample)
    assert [layer.words[0] == "–" for layer in card.rows.layers] == [False, False, True]
    card.sight.feed.diverged = Diverged("dense3", 1, "gradient")
    again(card)
    assert [layer.words[0] == "NaN" for layer in card.rows.layers] == [False, False, True]


def test_layers_without_room_are_reached_by_the_wheel_and_by_selection(qtbot) -> None:
    card = shown(qtbot, LayerProfileCard, live_samples.deep(12), 300, 168)
    rows = card.rows
    assert next(layer.name for layer in rows.shown) == "dense1"
    assert len(rows.shown) < 12
    down = QWheelEvent(QPointF(40, 60), rows.mapToGlobal(QPointF(40, 60)), QPoint(), QPoint(0, -1200),
                       Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False)
    QApplication.sendEvent(rows, down)
    assert [layer.name for layer in rows.shown][-1] == "dense12"
    again(card, selection=frozenset({"dense2"}))
    assert "dense2" in [layer.name for layer in rows.shown]


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
    card = shown(qtbot, PredictionsCard, live_samples.autoencoder())
    assert card.file_name(".png") == "predictions.png", "how many are right is no name"


def test_a_change_of_theme_repaints(qtbot, qapp: QApplication) -> None:
    card = shown(qtbot, LossCard, live_samples.autoencoder())
    assert near(colors(card.grab().toImage()), theme.tokens().panel).mean() > 0.5
    theme.apply(qapp, "light")
    QApplication.processEvents()
    after = colors(card.grab().toImage())
    assert near(after, theme.tokens().panel).mean() > 0.5
    assert near(after, theme.tokens().sea, 30).sum() > 20


def test_long_numbers_on_the_axis_are_not_left_out(qtbot) -> None:
    sample = live_samples.autoencoder()
    sample.step_values[:, 0], sample.epoch_values[:, :2] = 0.002, 0.0021
    card = shown(qtbot, LossCard, sample)
    axis = card.plot.left
    assert max(len(tick.text) for tick in axis.shown) >= 5
    image = QImage(10, 10, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    texts = {text for _, _, text in axis.generateDrawSpecs(painter)[2]}
    painter.end()
    assert texts == {tick.text for tick in axis.shown}
    assert card.plot.area.left() >= axis.width() - 1
