"""What the window shows of learning control: folds, defaults that follow the optimiser, schedules, early stopping."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from PySide6.QtGui import QFontMetricsF

from app import theme
from app.feed import Feed
from app.graph_model import GraphModel
from app.live import moments
from app.live.curves import LossCard, RateCard, best_of
from app.live.moments import stage_at
from app.live.panel import overview
from app.live.run_comparison import RunComparisonCard
from app.live.sight import Sight
from app.panels.inspector import Inspector
from engine.events import StoppedEarly
from engine.nodes import CATALOG
from engine.telemetry import Reader, Series, allocate
from tests.engine.small_networks import classifier
from tests.engine.small_runs import trained


@pytest.fixture
def model(qapp) -> GraphModel:
    made = GraphModel(CATALOG)
    made.open(classifier())
    return made


@pytest.fixture
def inspector(qtbot, model: GraphModel) -> Inspector:
    made = Inspector(model)
    qtbot.addWidget(made)
    made.resize(300, 1200)
    made.show()
    return made


def test_another_optimiser_brings_its_own_rate_and_one_undo_takes_both_back(inspector: Inspector, model: GraphModel) -> None:
    rows = inspector.training.form.rows
    assert rows["learning_rate"].editor.value() == 0.003
    rows["optimizer"].editor.edited.emit("sgd")
    assert inspector.training.equation.text() == "w ← w − η ∇E"
    assert rows["learning_rate"].editor.value() == 0.1
    assert model.checked.training.rule().learning_rate == 0.1
    rows["learning_rate"].editor.edited.emit(0.02)
    rows["optimizer"].editor.edited.emit("adadelta")
    assert model.checked.training.rule().learning_rate == 0.02  # set by hand: it stays
    for _ in range(3):
        model.stack.undo()
    assert (model.checked.training.optimizer, model.checked.training.learning_rate) == ("adam", 0.003)


def test_rows_are_folded_away_until_they_are_wanted_or_changed(inspector: Inspector, model: GraphModel) -> None:
    form = inspector.training.form
    assert not form.rows["ridge"].isVisible()
    form.folds["Penalties"].click()
    assert form.rows["ridge"].isVisible()
    form.folds["Penalties"].click()
    form.rows["lasso"].edited.emit("lasso", 0.1)
    assert form.rows["lasso"].isVisible()
    assert not form.rows["ridge"].isVisible()
    model.select(("hidden",))
    assert "Learning" in inspector.parameters.form.folds


def test_a_schedule_is_drawn_beneath_its_name(inspector: Inspector) -> None:
    sketch, rows = inspector.training.sketch, inspector.training.form.rows
    assert not sketch.isVisible()
    rows["schedule"].editor.edited.emit("linear")
    assert sketch.isVisible()
    assert sketch.values[0] == pytest.approx(0.003)
    np.testing.assert_allclose(np.diff(sketch.values), sketch.values[1] - sketch.values[0], rtol=1e-4)
    rows["epochs"].editor.edited.emit(7)
    assert sketch.epochs == 7
    before = sketch.grab().toImage()
    rows["schedule"].editor.edited.emit("exponential")
    assert sketch.grab().toImage() != before


class Finished:
    """What a feed reads of a run that is over."""

    def __init__(self, run) -> None:
        assembly, self.run = run.built.assembly, run
        self.readers = Reader(assembly.step_channels, run.machine.steps), Reader(assembly.epoch_channels, run.machine.epochs)

    def steps(self):
        return self.readers[0].read(self.run.legs)

    def epochs(self):
        return self.readers[1].read(self.run.legs, by_epoch=True)

    def frame(self):
        return None

    def watch(self, keys) -> None:
        del keys


def test_the_rate_has_a_curve_where_it_goes_with_time(qtbot) -> None:
    run = trained(classifier(schedule="steps", drop_every=5, epochs=10, batch_size=30))
    assert RateCard in overview(run.info)
    assert RateCard not in overview(trained(classifier(epochs=1)).info)
    feed = Feed(Finished(run))
    feed.show_run(run.info)
    card = RateCard()
    qtbot.addWidget(card)
    card.resize(300, 200)
    card.show()
    feed.refresh()
    card.refresh(Sight(feed))
    (line,) = card.plot.lines
    assert line.trace.mean[0] == pytest.approx(0.003)
    assert line.trace.mean[-1] == pytest.approx(0.0015)
    assert card.table().rows


def test_best_and_stop_are_marked_on_the_curves(qtbot) -> None:
    run = trained(classifier(epochs=10))
    feed = Feed(Finished(run))
    feed.show_run(run.info)
    feed.stopped = StoppedEarly(80, 10.0, 48, 6.0, 0.3)
    card = LossCard()
    qtbot.addWidget(card)
    card.resize(300, 200)
    card.show()
    feed.refresh()
    card.refresh(Sight(feed))
    assert [(one.x, one.full) for one in card.plot.moments] == [(6.0, "best"), (10.0, "stop")]
    marked = card.grab().toImage()
    feed.stopped = None
    card.refresh(Sight(feed))
    assert card.plot.moments == []
    assert card.grab().toImage() != marked


def staged(qtbot, stages: list[dict], width: int = 300, height: int = 200, kind: type = LossCard, **training: object):
    """A card over a run of these stages that has ended."""
    run = trained(classifier(stages=stages, **training))
    feed = Feed(Finished(run))
    feed.show_run(run.info)
    card = kind()
    qtbot.addWidget(card)
    card.resize(width, height)
    card.show()
    feed.refresh()
    for _ in range(2):  # axes, then what stands between them
        card.refresh(Sight(feed))
    return card


THREE = [{"trains": ["hidden"], "epochs": 3}, {"epochs": 5}, {"title": "To the end", "epochs": 2}]


def test_the_curves_are_marked_where_stages_begin(qtbot) -> None:
    card = staged(qtbot, THREE)
    assert [(one.x, one.full) for one in card.plot.moments] == [
        (0.0, "1 Pre-train hidden"), (3.0, "2 Fine-tune everything"), (8.0, "3 To the end")]
    assert [stage_at(card.plot.moments, x).number for x in (0.5, 3.0, 7.9, 10.0)] == [1, 2, 2, 3]
    assert staged(qtbot, []).plot.moments == []


def test_names_of_stages_are_whole_where_there_is_room_and_short_where_there_is_none(qtbot) -> None:
    words = {}
    for width, height in ((200, 130), (340, 130), (340, 320), (900, 130)):
        card = staged(qtbot, THREE, width, height)
        plot = card.plot
        places = [plot.at(one.x, 0.0).x() for one in plot.moments]
        placed = moments.place(plot.moments, places, plot.area, QFontMetricsF(theme.font(11)))
        words[width, height] = [shown for _, shown, _ in placed]
    assert words[900, 130] == words[340, 320] == ["1 Pre-train hidden", "2 Fine-tune everything", "3 To the end"]
    first, second, *_ = words[340, 130]
    assert first == "1 hidden"
    assert second.startswith("2 Fine-")
    assert second.endswith("…")
    assert words[200, 130][0] == "1"


def test_the_name_of_a_stage_is_in_the_slip_under_the_pointer(qtbot) -> None:
    card, without = staged(qtbot, THREE), staged(qtbot, [])
    assert card.plot.readout.head(card.plot, card.plot.at(5.0, 0.1)) == ["epoch  5.00", "2 Fine-tune everything"]
    assert without.plot.readout.head(without.plot, without.plot.at(5.0, 0.1)) == ["epoch  5.00"]


@pytest.mark.parametrize("size", [(200, 130), (300, 170), (300, 320), (900, 320)])
@pytest.mark.parametrize("lengths", [(3, 5, 2), (1, 1, 1, 1, 30), (30, 1, 1, 1), (8,) * 7])
def test_names_of_stages_never_cover_anything(qtbot, lengths, size) -> None:
    stages = [{"trains": ["hidden"], "epochs": length, **({"title": "a title " * 3} if length % 2 else {})} for length in lengths]
    card = staged(qtbot, stages, *size)
    card.sight.feed.stopped = StoppedEarly(80, float(sum(lengths)), 48, sum(lengths) - 1.0, 0.3)
    card.refresh(card.sight)
    plot, metrics = card.plot, QFontMetricsF(theme.font(11))
    places = [plot.at(one.x, 0.0).x() for one in plot.moments]
    boxes = [box for _, box, _ in plot.place_labels()]
    named = moments.place(plot.moments, places, plot.area, metrics, boxes)
    assert {words for one, words, _ in named if not one.number} == {"best", "stop"}
    for one, words, box in named:
        assert metrics.horizontalAdvance(words) <= box.width()
        if one.number:
            assert words.startswith(f"{one.number}")
            assert plot.area.left() <= box.left() and box.right() <= plot.area.right()
    for first, other in itertools.combinations([*boxes, *(box for one, _, box in named if one.number)], 2):
        assert not first.intersects(other) or (first in boxes and other in boxes)


def test_the_best_is_that_of_the_last_stage_as_early_stopping_has_it(qtbot) -> None:
    """Bug: a loss of autoencoders that was small before made the best epoch of the last stage one of the first."""
    stages = [{"epochs": 20, "learning_rate": 0.03}, {"epochs": 6, "learning_rate": 5.0, "optimizer": "sgd",
                                                      "early_stopping": True, "patience": 6}]
    card = staged(qtbot, stages, validation_share=0.25)
    epochs = card.sight.feed.epochs()
    column = epochs.column("validation_loss")
    (line,) = [line for line in card.plot.lines if line.best]
    best = card.sight.feed.source.run.stopping.progress
    assert best.best > epochs.mean[:20, column].min()  # else there is nothing to tell apart
    assert line.best == (best.best_epoch, pytest.approx(best.best))


def test_the_best_of_runs_side_by_side_is_that_of_their_last_stages(qtbot) -> None:
    card = staged(qtbot, THREE, kind=RunComparisonCard, validation_share=0.25)
    feed = card.sight.feed
    feed.source.readers = [Reader(reader.channels, allocate(len(reader.channels))) for reader in feed.source.readers]
    feed.refresh()
    (past,) = feed.past
    assert past.since == 8.0
    card.refresh(card.sight)
    assert card.plot.lines[0].best[0] > 8.0


def test_penalties_do_not_say_which_epoch_was_best() -> None:
    """Early stopping judges by the loss without penalties (`engine.stopping`); so does the ring."""
    values = np.array([[3, 1], [1, 2], [2, 3]], np.float32)
    series = Series((), np.arange(3), np.array([1.0, 2.0, 3.0]), values, values, values, np.ones((3, 2), np.int64))
    assert best_of(series, 0, lowest=True) == (2.0, 1.0)
    assert best_of(series, 0, lowest=True, judge=1) == (1.0, 3.0)
    assert best_of(series, 0, lowest=True, judge=1, since=1.0) == (2.0, 1.0)
    assert best_of(series, 0, lowest=True, since=3.0) is None
