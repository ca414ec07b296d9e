"""Random hands: whatever mouse and keys do, the canvas mirrors the document and undo leads back."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.canvas.view import GraphView
from app.graph_model import GraphModel
from graphs import edits
from tests.app.canvas_kit import ALT, CTRL, LEFT, MIDDLE, NONE, RIGHT, SHIFT, SIZE, Canvas, make_canvas
from tests.app.toy_catalog import CATALOG, chain, lives

KEYS = (
    (Qt.Key.Key_Delete, NONE), (Qt.Key.Key_D, CTRL), (Qt.Key.Key_C, CTRL), (Qt.Key.Key_V, CTRL), (Qt.Key.Key_X, CTRL),
    (Qt.Key.Key_X, CTRL | SHIFT), (Qt.Key.Key_M, NONE), (Qt.Key.Key_H, NONE), (Qt.Key.Key_F, NONE),
    (Qt.Key.Key_Home, NONE), (Qt.Key.Key_L, CTRL), (Qt.Key.Key_C, NONE), (Qt.Key.Key_Escape, NONE),
    (Qt.Key.Key_Right, NONE), (Qt.Key.Key_Up, CTRL), (Qt.Key.Key_Return, NONE), (Qt.Key.Key_B, NONE),
    (Qt.Key.Key_G, CTRL | SHIFT), (Qt.Key.Key_F2, NONE), (Qt.Key.Key_Tab, NONE), (Qt.Key.Key_Space, NONE),
    (Qt.Key.Key_A, CTRL), (Qt.Key.Key_Minus, CTRL), (Qt.Key.Key_0, CTRL),
)  # fmt: skip
BUTTONS = ((LEFT, NONE),) * 6 + ((LEFT, SHIFT), (LEFT, CTRL), (LEFT, ALT), (LEFT, ALT | SHIFT), (RIGHT, CTRL), (MIDDLE, NONE))


@pytest.fixture
def canvas(qtbot: QtBot) -> Iterator[Canvas]:
    yield from make_canvas(qtbot, chain())


def place(canvas: Canvas, chance: random.Random) -> QPointF:
    """Mostly where something is, sometimes anywhere."""
    items = list(canvas.view.graph_scene.nodes.values())
    if items and chance.random() < 0.7:
        item = chance.choice(items)
        ports = list(item.box.ports.values())
        inside = QPointF(chance.uniform(0, item.box.width), chance.uniform(0, item.box.height + 80))
        spot = chance.choice([inside, *ports])
        return canvas.view.to_view(item.pos() + spot)
    return QPointF(chance.uniform(0, SIZE[0]), chance.uniform(0, SIZE[1]))


def act(canvas: Canvas, chance: random.Random) -> None:
    """One thing that a user might do, finished or not."""
    popup = QApplication.activePopupWidget()
    if popup is not None:
        popup.close()
    turn, view = chance.random(), canvas.view
    if view.search_box.isVisible():
        QTest.keyClicks(view.search_box.field, chance.choice(["de", "sum", "x", ""]))
        canvas.search_key(chance.choice([Qt.Key.Key_Return, Qt.Key.Key_Escape, Qt.Key.Key_Down]))
    elif view.title_editor.isVisible():
        QTest.keyClicks(view.title_editor, "name")
        QTest.keyClick(view.title_editor, chance.choice([Qt.Key.Key_Return, Qt.Key.Key_Escape]))
    elif turn < 0.5:
        button, modifiers = chance.choice(BUTTONS)
        end = place(canvas, chance)
        canvas.drag(place(canvas, chance), end, button, modifiers, let_go=False)
        if chance.random() < 0.15:
            canvas.key(Qt.Key.Key_Escape)
        if chance.random() < 0.05:
            canvas.model.stack.undo()
        canvas.release(end)
    elif turn < 0.6:
        canvas.click(place(canvas, chance), *chance.choice(BUTTONS))
    elif turn < 0.65:
        canvas.double_click(place(canvas, chance))
    elif turn < 0.72:
        canvas.carry(chance.choice(["dense", "sum", "filters", "cross_entropy", "nothing"]), place(canvas, chance),
                     drop=chance.random() < 0.8)  # fmt: skip
    elif turn < 0.8:
        chance.choice([canvas.model.stack.undo, canvas.model.stack.redo])()
    elif turn < 0.85:
        view.show_live(chance.choice([lives(), {}]))
    else:
        canvas.key(*chance.choice(KEYS))


@pytest.mark.parametrize("seed", range(3))
def test_random_hands(canvas: Canvas, seed: int) -> None:
    chance, scene = random.Random(seed), canvas.view.graph_scene
    first = canvas.document
    for step in range(250):
        if len(canvas.document.nodes) > 60:
            canvas.model.apply("fewer", lambda document: edits.remove(document, sorted(document.nodes)[20:]))
        act(canvas, chance)
        document = canvas.document
        assert scene.nodes.keys() == document.nodes.keys(), step
        assert scene.wires.keys() == document.wires, step
        assert canvas.view.gesture is None, step
        for node, item in scene.nodes.items():
            assert item.pos() == QPointF(*document.nodes[node].position), step
        for wire, wire_item in scene.wires.items():
            assert wire_item.isVisible(), step
            assert wire_item.course.start == scene.nodes[wire.source].port_point("output", wire.output), step
        assert not scene.marks.lit and not scene.marks.quiet, step
        if step % 25 == 0:
            canvas.view.grab()
    last, done = canvas.document, canvas.model.stack.index()
    canvas.model.stack.setIndex(0)
    assert canvas.document == first
    canvas.model.stack.setIndex(done)
    assert canvas.document == last


def test_a_view_that_is_gone_leaves_the_model_alone(qtbot: QtBot) -> None:
    """The inside of the window is built anew when the language changes; the model lives on."""
    model = GraphModel(CATALOG)
    model.open(chain())
    for _ in range(3):
        view = GraphView(model, CATALOG)
        view.show()
        view.show_live(lives())
        gone = []
        view.destroyed.connect(lambda: gone.append(1))  # noqa: B023 (called before the next round)
        view.close()
        view.deleteLater()
        del view
        qtbot.waitUntil(lambda: bool(gone))  # noqa: B023
        model.apply("move", lambda document: edits.move(document, {"sae": (document.nodes["sae"].position[0] + 8, 0)}))
        model.select({"sae"})
        model.select(())
    assert model.stack.count() == 3
