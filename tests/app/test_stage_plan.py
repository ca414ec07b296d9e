"""The plan of a run's stages in the window: read from the graph, edited, moved, undone, with its problems and cures."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.panels.form import Trouble
from app.panels.stage_plan import StagePanel
from app.slow_motion import SlowMotion
from app.stage_plan import StagePlan
from graphs import stages
from graphs.document import Document, Node, Wire
from graphs.edits import set_training
from tests.app.window_kit import make_window

LEFT, ALT = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.AltModifier


def stacked(**training: object) -> Document:
    """Digits through two autoencoders to a softmax layer."""
    nodes = (Node("digits1", "digits"), Node("one", "autoencoder", {"units": 32}, (240, 0)),
             Node("two", "denoising_autoencoder", {"units": 16}, (480, 0)),
             Node("top", "dense", {"units": 10, "activation": "softmax"}, (720, 0)), Node("loss", "cross_entropy", {}, (960, 0)))
    wires = (Wire("digits1", "pixels", "one", "x"), Wire("one", "code", "two", "x"), Wire("two", "code", "top", "x"),
             Wire("top", "y", "loss", "prediction"), Wire("digits1", "label", "loss", "label"))
    return Document({node.id: node for node in nodes}, frozenset(wires), dict(training))


class Bench:
    def __init__(self, qtbot: QtBot, folder: Path, language: str = "en", size: tuple[int, int] = (1280, 720)) -> None:
        self.window = make_window(qtbot, folder, size, language)
        self.model = self.window.model
        self.model.open(stacked())
        QTest.keyClick(self.window, Qt.Key.Key_F9, Qt.KeyboardModifier.ControlModifier)
        self.panel = self.window.content.findChild(StagePanel)

    @property
    def plan(self) -> list[dict[str, object]]:
        return [dict(stage) for stage in stages.plan(self.model.checked)]

    def titles(self) -> list[str]:
        return [row.title for row in self.panel.list.rows]

    def click_row(self, place: int) -> None:
        QTest.mouseClick(self.panel.list, LEFT, pos=self.panel.list.row_rect(place).center().toPoint())
        assert self.panel.place == place


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path) -> Bench:
    return Bench(qtbot, tmp_path)


def test_without_stages_the_graph_is_read_by_one_click(bench: Bench) -> None:
    panel = bench.panel
    assert panel.isVisible() and bench.titles() == [] and not panel.editor.isVisible() and "at once" in panel.told.text()
    QTest.mouseClick(panel.derive, LEFT)
    assert bench.model.document.training == {"pretraining": True}
    assert bench.titles() == ["Pre-train one", "Pre-train two", "Fine-tune everything"]
    assert panel.list.rows[0].summary == "30 epochs · Adam · 0.003" and panel.list.rows[2].summary == "100 epochs · Adam · 0.003"
    assert not panel.derive.isVisible() and panel.drop.isVisible()
    bench.model.stack.undo()
    assert bench.titles() == [] and bench.model.document.training == {}


def test_a_stage_is_edited_and_becomes_the_plan_s_own(bench: Bench) -> None:
    panel = bench.panel
    QTest.mouseClick(panel.derive, LEFT)
    bench.click_row(1)
    field = panel.form.rows["epochs"].editor
    QTest.mouseClick(field, LEFT)
    QTest.keyClicks(field, "7")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert [stage.get("epochs") for stage in bench.plan] == [30, 7, None]
    assert bench.model.document.training["stages"] == bench.plan and "One after the other" in panel.told.text()
    assert panel.list.rows[1].summary.startswith("7 epochs") and panel.derive.isVisible()
    panel.form.edited.emit("optimizer", "sgd")
    assert bench.plan[1]["optimizer"] == "sgd" and panel.list.rows[1].summary == "7 epochs · SGD · 0.1"
    panel.form.reset.emit("optimizer")
    assert "optimizer" not in bench.plan[1]
    steps = bench.model.stack.count()
    for _ in range(steps):
        bench.model.stack.undo()
    assert bench.model.document == stacked()


def test_settings_that_are_not_the_stage_s_own_are_the_run_s(bench: Bench) -> None:
    QTest.mouseClick(bench.panel.derive, LEFT)
    bench.model.apply("", lambda document: set_training(document, "batch_size", 10))
    form = bench.panel.form
    bench.click_row(2)
    assert form.rows["batch_size"].editor.value() == 10 and not form.rows["batch_size"].back.isVisible()
    assert "seed" not in form.rows and "validation_share" not in form.rows and "stages" not in form.rows
    form.edited.emit("batch_size", 50)
    assert form.rows["batch_size"].back.isVisibleTo(form.rows["batch_size"])
    assert bench.plan[2]["batch_size"] == 50 and bench.model.document.training["batch_size"] == 10


def test_stages_are_moved_added_and_removed_by_mouse_and_by_keys(bench: Bench) -> None:
    panel = bench.panel
    QTest.mouseClick(panel.derive, LEFT)
    bench.click_row(0)
    QTest.mouseClick(panel.down, LEFT)
    assert bench.titles() == ["Pre-train two", "Pre-train one", "Fine-tune everything"] and panel.place == 1
    QTest.keyClick(panel.list, Qt.Key.Key_Up, ALT)
    assert bench.titles()[0] == "Pre-train one" and panel.place == 0
    QTest.keyClick(panel.list, Qt.Key.Key_Down)
    assert panel.place == 1
    QTest.mouseClick(panel.add, LEFT)
    assert panel.place == 2 and bench.plan[2] == {"epochs": stages.FEW_EPOCHS} and len(bench.plan) == 4
    QTest.keyClick(panel.list, Qt.Key.Key_Delete)
    assert len(bench.plan) == 3
    for _ in range(3):
        QTest.mouseClick(panel.remove, LEFT)
    assert bench.plan == [] and "stages" not in bench.model.document.training
    assert "pretraining" not in bench.model.document.training, "the last one removed: no plan that is read again"
    for _ in range(3):
        bench.model.stack.undo()
    assert len(bench.plan) == 3


def test_what_a_stage_trains_is_chosen_from_all_that_learns(bench: Bench) -> None:
    panel = bench.panel
    QTest.mouseClick(panel.derive, LEFT)
    bench.click_row(2)
    menu = panel.trains.menu_of()
    assert [action.text() for action in menu.actions()] == ["Everything", "one", "two", "top"]
    assert menu.actions()[0].isChecked()
    menu.actions()[3].trigger()
    assert bench.plan[2]["trains"] == ["top"] and bench.titles()[2] == "Pre-train top"
    panel.trains.menu_of().actions()[2].trigger()
    assert bench.plan[2]["trains"] == ["two", "top"]
    panel.trains.menu_of().actions()[0].trigger()
    assert "trains" not in bench.plan[2]
    panel.title.edited.emit("The end")
    assert bench.titles()[2] == "The end"
    panel.title.edited.emit("")
    assert bench.titles()[2] == "Fine-tune everything"


def test_deep_autoencoders_offer_their_layers(bench: Bench) -> None:
    deep = Document({"digits1": Node("digits1", "digits"), "deep": Node("deep", "deep_autoencoder", {"hidden": "32", "units": 8})},
                    frozenset({Wire("digits1", "pixels", "deep", "x")}))
    bench.model.open(deep)
    bench.window.content.table.run("stages")
    assert list(bench.panel.offers()) == ["deep", "deep/1", "deep/2"]


def test_problems_stand_above_with_their_cures(bench: Bench) -> None:
    panel = bench.panel
    bench.model.apply("", lambda document: stages.write(document, [{"trains": ["gone"], "epochs": 3}, {}]))
    assert panel.list.rows[0].wrong and not panel.list.rows[1].wrong
    (problem,) = bench.model.checked.errors
    assert "gone" in problem.text
    trouble = panel.troubles.findChild(Trouble)
    trouble.cured.emit(problem.cures[0])
    assert not bench.model.checked.errors and not panel.list.rows[0].wrong


def test_one_panel_makes_room_for_another(bench: Bench) -> None:
    content = bench.window.content
    content.table.run("slow")
    slow = content.findChild(SlowMotion)
    assert slow.panel.isVisible() and not bench.panel.isVisible()
    content.table.run("stages")
    assert bench.panel.isVisible() and not slow.panel.isVisible() and not slow.open
    QTest.keyClick(bench.panel, Qt.Key.Key_Escape)
    assert content.inspector.isVisible() and not bench.panel.isVisible()
    content.inspector.stages_requested.emit()
    assert bench.panel.isVisible() and content.findChild(StagePlan).layout.lent is bench.panel


def test_the_run_s_place_is_seen(bench: Bench) -> None:
    QTest.mouseClick(bench.panel.derive, LEFT)
    before = bench.panel.grab().toImage()
    bench.panel.show_course(("done", "now", "waits"))
    assert [row.course for row in bench.panel.list.rows] == ["done", "now", "waits"]
    assert bench.panel.grab().toImage() != before


@pytest.mark.parametrize("language", ["en", "ja"])
def test_nothing_is_cut_off(qtbot: QtBot, tmp_path: Path, language: str) -> None:
    bench = Bench(qtbot, tmp_path, language)
    QTest.mouseClick(bench.panel.derive, LEFT)
    bench.click_row(1)
    panel = bench.panel
    qtbot.waitUntil(lambda: panel.scroll.widget().width() <= panel.scroll.viewport().width())
    for button in (panel.drop, panel.derive):
        assert button.fontMetrics().horizontalAdvance(button.text()) + 20 <= max(button.width(), button.sizeHint().width())
    assert panel.list.rows[0].title
