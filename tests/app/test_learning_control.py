"""What the window shows of learning control: folds, defaults that follow the optimiser, schedules, early stopping."""

from __future__ import annotations

import numpy as np
import pytest

from app.feed import Feed
from app.graph_model import GraphModel
from app.live.curves import LossCard, RateCard
from app.live.panel import overview
from app.live.sight import Sight
from app.panels.inspector import Inspector
from engine.events import StoppedEarly
from engine.nodes import CATALOG
from engine.telemetry import Reader
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
    assert card.plot.marks == [(6.0, "best"), (10.0, "stop")]
    marked = card.grab().toImage()
    feed.stopped = None
    card.refresh(Sight(feed))
    assert card.plot.marks == []
    assert card.grab().toImage() != marked


def test_the_curves_are_marked_where_stages_begin(qtbot) -> None:
    run = trained(classifier(stages=[{"trains": ["hidden"], "epochs": 3}, {"epochs": 5}, {"epochs": 2}]))
    feed = Feed(Finished(run))
    feed.show_run(run.info)
    card = LossCard()
    qtbot.addWidget(card)
    card.resize(300, 200)
    card.show()
    feed.refresh()
    card.refresh(Sight(feed))
    assert card.plot.marks == [(3.0, "2"), (8.0, "3")]
