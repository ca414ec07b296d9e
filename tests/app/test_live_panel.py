"""The panel: how many cards, who watches, selection both ways, alone, apart, saved; and what a frame costs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app import theme
from app.feed import Feed
from app.graph_model import GraphModel
from app.live.card_row import how_many
from app.live.panel import LivePanel
from engine.nodes import CATALOG
from tests.app import live_samples
from tests.app.live_samples import Sample
from tests.effort import calls

FRAME = 40_000  # calls: the aim is 15 ms for five cards


def opened(qtbot, sample: Sample, width: int = 1328, height: int = 360, *, run: bool = True) -> LivePanel:
    model = GraphModel(CATALOG)
    model.open(live_samples.document(sample))
    feed = Feed(sample)
    panel = LivePanel(model, feed)
    panel.model_kept = model  # the panel does not own it
    qtbot.addWidget(panel)
    panel.resize(width, height)
    panel.show()
    qtbot.waitExposed(panel)
    if run:
        feed.show_run(sample.run)
        settle(panel)
    return panel


def settle(panel: LivePanel) -> None:
    for _ in range(3):
        panel.feed.refresh()
        QApplication.processEvents()


def names(panel: LivePanel) -> list[str]:
    return [card.name for card in panel.row.shown]


@pytest.fixture(autouse=True)
def dark(qapp: QApplication) -> None:
    theme.apply(qapp, "dark")


@pytest.mark.parametrize(("width", "cards"), [(400, 1), (600, 2), (1000, 3), (1024, 3), (1328, 5), (2240, 7)])
def test_how_many_cards_a_width_takes(qtbot, width: int, cards: int) -> None:
    assert how_many(width) == cards
    panel = opened(qtbot, live_samples.autoencoder(), 1328)
    panel.row.resize(width, 300)
    assert len(panel.row.shown) == cards
    for one, other in zip(panel.row.shown, panel.row.shown[1:], strict=False):
        assert other.geometry().left() - one.geometry().right() == 9
    assert panel.row.shown[-1].geometry().right() == width - 13


def test_the_overview_begins_with_what_tells_most(qtbot) -> None:
    panel = opened(qtbot, live_samples.autoencoder())
    assert names(panel) == ["loss", "gradients", "weights", "unit_activity", "activations"]
    panel = opened(qtbot, live_samples.spirals(), 1000, 224)
    assert names(panel) == ["loss", "decision_map", "gradients"]
    panel = opened(qtbot, live_samples.deep())
    assert "reconstruction" not in names(panel)


def test_before_a_run_the_axes_are_bare(qtbot) -> None:
    panel = opened(qtbot, live_samples.autoencoder(), run=False)
    assert names(panel)[:4] == ["loss", "gradients", "weights", "activations"]
    settle(panel)
    assert {card.body.message for card in panel.row.shown} == {"Press Run (F5)"}


def test_only_what_can_be_seen_is_watched_and_drawn(qtbot) -> None:
    sample = live_samples.autoencoder()
    panel = opened(qtbot, sample, 1000, 224)
    assert sample.watched == ["weights:sae/encode"]
    drawn: list[str] = []
    for card in panel.cards.values():
        card.draw = lambda sight, card=card, real=card.draw: (drawn.append(card.name), real(sight))
    panel.feed.refresh()
    assert drawn == ["loss", "gradients", "weights"]
    panel.row.turn(1)
    settle(panel)
    assert names(panel) == ["unit_activity", "activations", "reconstruction"]
    assert sample.watched == ["activity:sae/code", "output:digits/pixels", "output:sae/code", "output:sae/reconstruction"]
    drawn.clear()
    panel.feed.refresh()
    assert "loss" not in drawn
    panel.hide()
    assert sample.watched == []
    drawn.clear()
    panel.feed.refresh()
    assert drawn == []
    panel.show()
    settle(panel)
    assert "output:sae/code" in sample.watched


def test_pages_reach_every_card_and_the_last_page_is_full(qtbot) -> None:
    panel = opened(qtbot, live_samples.autoencoder(), 1000, 224)
    seen = set(names(panel))
    while panel.header.forth.isEnabled():
        qtbot.mouseClick(panel.header.forth, Qt.MouseButton.LeftButton)
        assert len(panel.row.shown) == 3
        seen |= set(names(panel))
    assert seen == {card.name for card in panel.row.cards}
    count = len(panel.row.cards)
    assert panel.header.pages.words == f"{count - 2}–{count} / {count}"
    qtbot.mouseClick(panel.header.back, Qt.MouseButton.LeftButton)
    assert panel.header.pages.words == f"{count - 5}–{count - 3} / {count}"


def test_selecting_a_node_brings_its_views(qtbot) -> None:
    sample = live_samples.autoencoder()
    panel = opened(qtbot, sample)
    panel.model.select({"dense"})
    settle(panel)
    by_name = {card.name: card for card in panel.row.shown}
    assert by_name["weights"].heading.subject == "dense"
    assert by_name["activations"].heading.subject == "dense"
    assert "weights:dense/" in sample.watched
    assert "weights:sae/encode" not in sample.watched
    panel.show_tab("node")
    settle(panel)
    assert names(panel) == ["weights", "activations", "weight_histogram", "gradients", "predictions"]
    panel.model.select(())
    settle(panel)
    assert names(panel) == []
    assert panel.row.message.startswith("Select a node")
    panel.model.select({"digits"})
    settle(panel)
    assert names(panel) == ["activations", "draw_and_see"]


def test_clicking_a_label_selects_its_node_everywhere(qtbot) -> None:
    panel = opened(qtbot, live_samples.autoencoder())
    told: list[str] = []
    panel.node_selected.connect(told.append)
    plot = panel.row.shown[1].plot
    line, box, _ = next(entry for entry in plot.place_labels() if entry[0].node == "dense")
    assert line.label == "dense"
    qtbot.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=box.center().toPoint())
    assert panel.model.selection == {"dense"}
    assert told == ["dense"]


def test_choosing_a_subject_selects_its_node(qtbot) -> None:
    panel = opened(qtbot, live_samples.autoencoder())
    card = next(card for card in panel.row.shown if card.name == "weights")
    assert [words for _, words in card.heading.choices] == ["sae · encode", "sae · decode", "dense"]
    card.heading.chosen.emit("weights:sae/decode")
    settle(panel)
    assert card.heading.subject == "sae · decode"
    assert panel.model.selection == {"sae"}
    panel.model.select({"dense"})
    settle(panel)
    assert card.heading.subject == "dense", "another selection is stronger than an old choice"


def test_a_card_alone_takes_the_whole_row_and_gives_it_back(qtbot) -> None:
    panel = opened(qtbot, live_samples.autoencoder())
    before = names(panel)
    card = panel.row.shown[2]
    qtbot.mouseClick(card.expand_button, Qt.MouseButton.LeftButton)
    assert panel.row.shown == [card]
    assert card.width() > 1200
    settle(panel)
    assert panel.feed.watched == {"weights:sae/encode"}
    qtbot.mouseClick(card.expand_button, Qt.MouseButton.LeftButton)
    assert names(panel) == before


def test_a_card_in_a_window_of_its_own_watches_until_it_is_closed(qtbot) -> None:
    sample = live_samples.autoencoder()
    panel = opened(qtbot, sample)
    window = panel.open_window(panel.row.shown[2])
    qtbot.waitExposed(window)
    panel.hide()
    settle(panel)
    assert sample.watched == ["weights:sae/encode"]
    assert window.card.picture.weights is not None
    window.close()
    assert sample.watched == []
    assert panel.windows == []


def test_all_views_are_saved(qtbot, tmp_path: Path) -> None:
    panel = opened(qtbot, live_samples.autoencoder(), 1000, 224)
    written: list[list[Path]] = []
    panel.saved.connect(written.append)
    for ending in (".png", ".csv"):
        panel.save_all(tmp_path, ending)
        panel.feed.refresh()
    pictures, tables = written
    assert len(pictures) == len(tables) == len(panel.row.cards)
    assert panel.feed.watched == {"weights:sae/encode"}, "what is out of sight is not watched any longer"
    assert all(path.stat().st_size > 2000 for path in pictures)
    assert all(path.read_bytes().count(b"\n") >= 2 for path in tables)


def test_the_header_says_step_and_state(qtbot) -> None:
    panel = opened(qtbot, live_samples.autoencoder())
    panel.feed.show_status(state="running", step=1628)
    settle(panel)
    assert panel.header.step.accessibleName() == "Step 1,628 live"
    panel.feed.show_status(state="paused")
    settle(panel)
    assert panel.header.step.accessibleName() == "Step 1,628 paused"


def test_everything_is_within_reach_of_the_keyboard(qtbot) -> None:
    panel = opened(qtbot, live_samples.autoencoder())
    panel.header.tabs["overview"].setFocus()
    reached = set()
    for _ in range(60):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        reached.add(QApplication.focusWidget())
    for card in panel.row.shown:
        assert {card.save_button, card.expand_button} <= reached
    tabs = list(panel.header.tabs.values())
    assert tabs[0] in reached
    tabs[0].setFocus()
    for _ in range(2):  # arrows, as within any group of which one is chosen
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Right)
    assert QApplication.focusWidget() is tabs[2]
    assert names(panel)[0] == "runs"


@pytest.mark.parametrize("make", [live_samples.autoencoder, live_samples.spirals, live_samples.deep],
                         ids=lambda make: make.__name__)
def test_a_frame_of_five_cards_is_cheap(qtbot, make) -> None:
    sample = make(steps=100_000)
    panel = opened(qtbot, sample)
    assert len(panel.row.shown) == 5
    panel.feed.show_status(state="running")
    efforts = []
    for upto in np.linspace(60_000, 100_000, 20).astype(int):
        sample.upto = int(upto)
        sample.steps(), sample.epochs()
        efforts.append(calls(lambda: (panel.feed.refresh(), QApplication.processEvents())))
    assert max(efforts) < FRAME, efforts


def test_each_plot_is_painted_once_a_frame(qtbot, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.live.plot import Plot

    painted: list[str] = []
    real = Plot.paintEvent
    monkeypatch.setattr(Plot, "paintEvent", lambda self, event: (painted.append(self.parent().name), real(self, event)))
    sample = live_samples.autoencoder()
    panel = opened(qtbot, sample)
    settle(panel)
    painted.clear()
    for upto in range(1000, 1300, 30):
        sample.upto = upto
        panel.feed.refresh()
        QApplication.processEvents()
    assert {name: painted.count(name) for name in set(painted)} == {
        "loss": 10, "gradients": 10, "unit_activity": 10, "activations": 10}


def test_pointing_at_a_plot_draws_a_slip(qtbot) -> None:
    panel = opened(qtbot, live_samples.autoencoder())
    plot = panel.row.shown[0].plot
    before = plot.grab().toImage()
    place = QPointF(plot.area.center()).toPoint()
    QTest.mouseMove(plot.viewport(), place)
    qtbot.waitUntil(lambda: plot.pointer is not None)
    assert plot.grab().toImage() != before
