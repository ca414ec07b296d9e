"""Several runs in the window: planned in a form, trained beside it, shown as a bundle, a strip and small pictures."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest

from app.feed import Feed
from app.live.scales import robust_limit
from app.live.several.bundle import BundleCard, mean_trace
from app.live.several.multiples import MultiplesCard
from app.live.several.progress import SeveralProgress, axis_words, point_color, point_words
from app.live.sight import Sight
from app.live.thinning import EMPTY, Trace
from app.pictures import draw_several
from app.several_form import suggested
from app.several_window import SeveralWindow
from engine.events import LayerInfo, RunInfo
from engine.nodes import CATALOG
from engine.several import results
from engine.several.lone import Ended
from engine.several.plan import Plan
from engine.several.runs import Runs
from graphs import gallery
from tests.app.window_kit import make_window


def trace(x, y) -> Trace:
    return Trace(*(np.asarray(part, float) for part in (x, y, y, y)))


class TestMeans:
    def test_a_curve_counts_as_far_as_it_goes(self):
        found = mean_trace([trace([1, 2, 3, 4], [4, 3, 2, 1]), trace([1, 3], [8, 4]), EMPTY])
        np.testing.assert_allclose(found.mean, [6, 4.5, 3, 1])
        np.testing.assert_allclose(found.low, [4, 3, 2, 1])
        np.testing.assert_allclose(found.high, [8, 6, 4, 1])

    def test_the_band_is_one_deviation(self):
        values = np.array([1.0, 2.0, 3.0, 10.0])
        found = mean_trace([trace([1, 2], [value, value]) for value in values])
        assert found.high[1] == pytest.approx(values.mean() + values.std())
        assert found.low[1] == pytest.approx(1.0), "but not below the lowest"

    def test_nothing_is_nothing(self):
        assert mean_trace([EMPTY]).empty

    def test_every_point_has_a_colour_of_its_own(self, qapp):
        for count in (3, 8, 20):
            assert len({point_color(index, count).rgb() for index in range(count)}) == count


@pytest.mark.parametrize(("kind", "name", "now", "values"), [
    ("dense", "units", 8, ["4", "8", "16", "32"]),
    ("dense", "units", 1, ["1", "2", "4"]),
    ("training", "learning_rate", 0.01, ["0.001", "0.003", "0.01", "0.03"]),
    ("training", "ridge", 0.0, ["0", "0.0001", "0.001", "0.01"]),
    ("training", "shuffle", True, ["false", "true"]),
    ("training", "batches", "mini", ["mini", "whole", "single"]),
])
def test_values_are_suggested(kind, name, now, values):
    fields = (CATALOG.training if kind == "training" else CATALOG.get(kind)).model_fields
    assert suggested(fields[name], now) == values


@pytest.fixture
def opened(qtbot, tmp_path):
    """The window of several runs over the lesson XOR, opened by its key, with the hidden layer selected."""
    window = make_window(qtbot, tmp_path)
    window.session.open_example("xor_mlp")
    window.model.select({"hidden"})
    window.content.table.run("several")
    several = window.content.findChild(SeveralWindow)
    qtbot.waitExposed(several)
    return window, several


class TestForm:
    def test_it_offers_the_selected_node_first_and_suggests_values(self, opened):
        _, several = opened
        form = several.form
        keys = list(form.offers())
        assert keys[0].startswith("hidden.")
        assert "hidden.units" in keys
        assert "training.learning_rate" in keys
        assert "training.momentum" not in keys, "Adam has none"
        form.places[0].setFocus()
        form.places[0].setCurrentIndex(form.places[0].findData("hidden.units"))
        form.places[0].activated.emit(form.places[0].currentIndex())
        assert form.values[0].text() == "4, 8, 16, 32"
        assert several.count.text().startswith("4 runs")
        assert several.start.isEnabled()

    def test_what_cannot_be_done_is_said_before_it_begins(self, opened):
        window, several = opened
        assert not several.start.isEnabled()
        assert "Nothing varies" in several.count.text()
        several.form.show_plan(Plan.from_words(["hidden.units=2,none"]))
        assert "whole number" in several.count.text()
        several.form.show_plan(Plan(bagging=3, seeds=2))
        assert "stands alone" in several.count.text()
        several.form.show_plan(Plan(seeds=2))
        assert several.start.isEnabled()
        window.model.apply("x", type(window.model.document)())
        assert not several.start.isEnabled()

    def test_values_are_typed(self, opened):
        _, several = opened
        several.form.show_plan(Plan.from_words(["hidden.units=2,3"]))
        field = several.form.values[0]
        field.setFocus()
        field.selectAll()
        QTest.keyClicks(field, "5, 6, 7")
        QTest.keyClick(field, Qt.Key.Key_Return)
        assert several.form.plan() == Plan.from_words(["hidden.units=5,6,7"])


def test_runs_are_trained_shown_kept_and_compared(opened, qtbot, tmp_path):
    window, several = opened
    before = window.model.document
    several.form.show_plan(Plan.from_words(["hidden.units=2,4"], seeds=3))
    QTest.mouseClick(several.start, Qt.MouseButton.LeftButton)
    assert several.runs.busy
    assert several.stop.isEnabled()
    qtbot.waitUntil(lambda: not several.runs.busy and several.settled)
    assert window.model.document.several == {"sweep": ["hidden.units=2,4"], "seeds": 3}
    window.model.stack.undo()
    assert window.model.document == before

    bundle, strip, pictures = several.cards
    strong = [line for line in bundle.plot.lines if line.strong]
    assert [line.name for line in strong] == ["2", "4"]
    assert sum(line.faint for line in bundle.plot.lines) == 6
    ends = [[one.figures["train_loss"] for one in point.ended] for point in several.progress.points()]
    assert [list(column.values) for column in strip.plot.columns] == ends
    assert strong[0].trace.last[1] == pytest.approx(np.mean(ends[0]), rel=1e-2)  # thinned
    assert [words for words, _ in pictures.grid.pictures] == ["2", "4"]
    assert len(bundle.table().rows) == 6 * 400
    assert len(strip.table().rows) == 6

    several.add_to_compare()
    assert [run.title for run in window.controller.feed.past] == ["2", "4"]
    with qtbot.waitSignal(several.runs.saved) as said:
        several.runs.save(tmp_path / "kept")
    assert str(tmp_path / "kept") in said.args[0]
    assert len(list((tmp_path / "kept" / "runs").iterdir())) == 6

    several.form.show_plan(Plan.from_words(["answer.units=1,3"]))  # three units have no place before a single target
    several.train()
    qtbot.waitUntil(lambda: not several.runs.busy and several.settled)
    assert "answer.units 3" in several.told.text()
    assert several.runs.ended[0].reason == "done"

    several.form.show_plan(Plan(bagging=2))
    several.train()
    qtbot.waitUntil(lambda: not several.runs.busy and several.settled)
    assert several.runs.committee["train_mean_variance"] == pytest.approx(
        several.runs.committee["train_variance_share"] + several.runs.committee["train_covariance_share"])
    assert "Variance of the mean" in several.came.text()


def test_runs_are_stopped(opened, qtbot):
    window, several = opened
    document = window.model.document
    window.model.apply("x", type(document)(document.nodes, document.wires, {**document.training, "epochs": 0}))
    several.form.show_plan(Plan(seeds=5))
    several.train()
    qtbot.waitUntil(lambda: bool(several.runs.going))
    QTest.mouseClick(several.stop, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not several.runs.busy and several.settled)
    assert {one.reason for one in several.runs.ended.values()} == {"stopped"}
    assert "5" in several.came.text()


def test_runs_are_drawn_without_a_window(qapp, tmp_path):
    document = gallery.load("xor_mlp")
    plan = Plan.from_words(["hidden.units=2,4", "training.epochs=30"], seeds=2)
    variants = plan.variants(document, CATALOG)
    path = draw_several(variants, list(Runs(variants, tmp_path)), tmp_path)
    picture = QImage(str(path))
    assert picture.width() > 2 * picture.height()
    points = results.by_point(variants, [])
    assert point_words(points) == ["2", "4"], "what is the same everywhere is not said"
    assert axis_words(points) == "hidden.units"


def test_pictures_come_a_few_at_a_time_and_what_is_drawn_is_not_drawn_again(qtbot, tmp_path):
    document = gallery.load("xor_mlp")
    plan = Plan.from_words(["training.epochs=3"], seeds=5)
    variants = plan.variants(document, CATALOG)
    progress = SeveralProgress(variants, {one.number: one for one in Runs(variants, tmp_path)})
    sight = Sight(Feed())
    bundle, pictures = BundleCard(progress), MultiplesCard(progress)
    for card in (bundle, pictures):
        qtbot.addWidget(card)
        card.refresh(sight)
    assert (len(pictures.grid.pictures), pictures.waiting) == (2, True)
    first = [picture for _, picture in pictures.grid.pictures]
    pictures.refresh(sight)
    pictures.refresh(sight)
    assert (len(pictures.grid.pictures), pictures.waiting) == (5, False)
    assert [picture for _, picture in pictures.grid.pictures][:2] == first
    thin = [line.trace for line in bundle.plot.lines if line.faint]
    bundle.refresh(sight)
    assert all(a is b for a, b in zip(thin, [line.trace for line in bundle.plot.lines if line.faint], strict=True))


def test_runs_share_a_scale_of_colours_unless_one_would_leave_the_others_flat(qtbot):
    """Bug: beside weights ten times as large nothing could be seen of the others."""
    info = RunInfo(layers=(LayerInfo("dense", "", "dense", (4, 16), (4, 4)),))
    variants = Plan.from_words([], seeds=3).variants(gallery.load("digits_softmax"), CATALOG)
    small = np.random.default_rng(0).normal(0, 0.1, (4, 16))

    def limits(*factors: float) -> tuple[list[float], str]:
        ended = {variant.number: Ended(variant.number, "done", info=info, arrays={"weights:dense/": factor * small})
                 for variant, factor in zip(variants, factors, strict=True)}
        card = MultiplesCard(SeveralProgress(variants, ended))
        qtbot.addWidget(card)
        for _ in variants:
            card.refresh(Sight(Feed()))
        return [picture.limit for _, picture in card.grid.pictures], card.heading.subject

    shared, words = limits(1.0, 1.5, 1.2)
    assert len(set(shared)) == 1
    assert words == ""
    own, words = limits(1.0, 10.0, 0.0)
    assert own == pytest.approx([robust_limit(small), 10 * robust_limit(small), 1.0])
    assert words == "each on its own scale"


def test_a_plan_may_name_what_the_form_does_not_offer(opened):
    _, several = opened
    plan = Plan.from_words(["hidden.weights=1 1;1 1,2 2;2 2"])
    several.form.show_plan(plan)
    assert several.form.plan() == plan
    several.form.refresh()
    assert several.form.plan() == plan


def test_the_plan_of_a_document_fills_the_form(opened):
    window, several = opened
    document = gallery.load("xor_mlp")
    window.model.open(type(document)(document.nodes, document.wires, document.training,
                                     several={"sweep": ["training.learning_rate=0.1,1"], "seeds": 7}))
    assert several.form.plan() == Plan.from_words(["training.learning_rate=0.1,1"], seeds=7)
    window.model.open(type(document)(document.nodes, document.wires, document.training, several={"sweep": 3}))
    assert "cannot be read" in several.told.text()
