"""Selecting, panning and bringing things in, with real events."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, Qt
from pytestqt.qtbot import QtBot

from tests.app.canvas_kit import ALT, CTRL, MIDDLE, SHIFT, Canvas
from tests.app.canvas_kit import canvas as canvas

EMPTY = QPointF(600, 560)


def test_box_select(canvas: Canvas) -> None:
    canvas.drag(QPointF(440, 90), QPointF(900, 320))
    assert canvas.model.selection == {"sae", "dense1"}
    canvas.drag(QPointF(930, 90), QPointF(1100, 300), modifiers=SHIFT)
    assert canvas.model.selection == {"sae", "dense1", "loss1"}
    canvas.drag(QPointF(700, 90), QPointF(1100, 300), modifiers=CTRL)
    assert canvas.model.selection == {"sae"}
    canvas.click(EMPTY)
    assert canvas.model.selection == frozenset() and canvas.undone == 0


def test_escape_during_box_select_restores_the_selection(canvas: Canvas) -> None:
    canvas.model.select({"digits1"})
    canvas.drag(QPointF(440, 90), QPointF(900, 320), let_go=False)
    assert canvas.model.selection == {"sae", "dense1"}
    canvas.key(Qt.Key.Key_Escape)
    assert canvas.model.selection == {"digits1"}


def test_click_shift_click_and_control_click(canvas: Canvas) -> None:
    canvas.click(canvas.body("sae"))
    canvas.click(canvas.body("dense1"), modifiers=SHIFT)
    assert canvas.model.selection == {"sae", "dense1"}
    canvas.click(canvas.body("sae"), modifiers=CTRL)
    assert canvas.model.selection == {"dense1"}
    canvas.click(canvas.body("loss1"))
    assert canvas.model.selection == {"loss1"}


def test_a_clicked_wire_is_selected_and_deleted(canvas: Canvas) -> None:
    middle = (canvas.output("dense1") + canvas.input("loss1", "prediction")) / 2
    canvas.click(middle)
    assert canvas.view.graph_scene.marks.wires == {canvas.wire("dense1.y → loss1.prediction")}
    canvas.key(Qt.Key.Key_Delete)
    assert "dense1.y → loss1.prediction" not in canvas.wires() and canvas.undone == 1


@pytest.mark.parametrize(("button", "modifiers"), [(MIDDLE, Qt.KeyboardModifier.NoModifier),
                                                   (Qt.MouseButton.LeftButton, ALT)])
def test_panning(canvas: Canvas, button: Qt.MouseButton, modifiers: Qt.KeyboardModifier) -> None:
    before = canvas.view.to_view(QPointF(0, 0))
    canvas.drag(EMPTY, EMPTY + QPointF(-60, 35), button, modifiers)
    assert canvas.view.to_view(QPointF(0, 0)) - before == QPointF(-60, 35)
    assert canvas.undone == 0 and canvas.model.selection == frozenset()


# The palette


def test_a_node_dropped_from_the_palette(canvas: Canvas) -> None:
    canvas.carry("dense", QPointF(300, 520))
    (new,) = canvas.model.selection
    assert canvas.document.nodes[new].type == "dense" and canvas.undone == 1
    assert canvas.view.graph_scene.nodes[new].scene_rect().contains(canvas.view.to_scene(QPointF(300, 520)))
    assert canvas.position(new)[0] % 8 == 0 and canvas.position(new)[1] % 8 == 0


def test_a_node_carried_away_again_leaves_nothing(canvas: Canvas) -> None:
    before = canvas.document
    canvas.carry("dense", QPointF(300, 520), drop=False)
    assert canvas.document is before and canvas.view.gesture is None


def test_a_node_dropped_from_the_palette_on_a_wire_goes_into_it(canvas: Canvas) -> None:
    middle = (canvas.output("normalise1", "x") + canvas.input("sae")) / 2
    canvas.carry("dense", middle + QPointF(0, -20))
    (new,) = canvas.model.selection
    assert {f"normalise1.x → {new}.x", f"{new}.y → sae.x"} <= canvas.wires() and canvas.undone == 1


def test_dropped_files_are_handed_on(canvas: Canvas, qtbot: QtBot) -> None:
    with qtbot.waitSignal(canvas.view.file_dropped) as told:
        canvas.carry_file("/somewhere/flowers.csv", QPointF(200, 500))
    assert told.args[0].endswith("flowers.csv")
    assert told.args[1] == canvas.view.to_scene(QPointF(200, 500))


def test_unknown_things_are_not_taken(canvas: Canvas) -> None:
    canvas.carry("no_such_type", QPointF(300, 520))
    canvas.carry_file("/somewhere/film.mp4", QPointF(300, 520))
    assert canvas.undone == 0


def test_a_release_that_went_elsewhere_ends_the_drag(canvas: Canvas) -> None:
    """The window may lose the release, as when a dialog opens: the next move without a button shows it."""
    canvas.drag(canvas.body("dense1"), canvas.body("dense1") + QPointF(90, 200), let_go=False)
    del canvas._held
    canvas.move(QPointF(300, 500))
    assert canvas.view.gesture is None and canvas.undone == 0
