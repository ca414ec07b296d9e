"""Everything that keys do on the canvas, with real events."""

from __future__ import annotations

import json

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app import theme
from app.canvas import walking
from app.canvas.faces import PortRef, Side
from app.canvas.ports import PortState
from app.canvas.wires import WireView
from graphs import edits
from tests.app.canvas_kit import CTRL, LEFT, NONE, SHIFT, Canvas
from tests.app.canvas_kit import canvas as canvas
from tests.app.toy_catalog import lives

EMPTY = QPointF(600, 560)
Key = Qt.Key


def test_delete_and_backspace(canvas: Canvas) -> None:
    canvas.model.select({"sae"})
    canvas.key(Key.Key_Delete)
    assert "sae" not in canvas.document.nodes
    canvas.model.select({"dense1"})
    canvas.key(Key.Key_Backspace)
    assert canvas.document.nodes.keys() == {"digits1", "normalise1", "loss1"} and canvas.undone == 2


def test_dissolve_keeps_the_chain(canvas: Canvas) -> None:
    canvas.model.select({"normalise1"})
    canvas.key(Key.Key_X, CTRL | SHIFT)
    assert "digits1.pixels → sae.x" in canvas.wires() and canvas.undone == 1


def test_copy_paste_and_cut_as_json_text(canvas: Canvas) -> None:
    canvas.model.select({"sae", "dense1"})
    canvas.key(Key.Key_C, CTRL)
    text = QGuiApplication.clipboard().text()
    assert json.loads(text)["nodes"].keys() == {"sae", "dense1"}
    canvas.key(Key.Key_V, CTRL)
    new = canvas.model.selection
    assert len(new) == 2 and not new & {"sae", "dense1"}
    assert len([wire for wire in canvas.wires() if sum(node in wire for node in new) == 2]) == 1
    canvas.key(Key.Key_X, CTRL)
    assert len(canvas.document.nodes) == 5 and canvas.undone == 2
    canvas.model.select({"dense1"})
    canvas.key(Key.Key_C, CTRL)
    canvas.key(Key.Key_V, CTRL | SHIFT)
    (copy,) = canvas.model.selection
    assert f"sae.code → {copy}.x" in canvas.wires()


def test_pasting_what_is_no_graph_says_so(canvas: Canvas, qtbot: QtBot) -> None:
    QGuiApplication.clipboard().setText("dear diary")
    with qtbot.waitSignal(canvas.view.notice) as told:
        canvas.key(Key.Key_V, CTRL)
    assert "clipboard" in told.args[0] and canvas.undone == 0


def test_duplicate_with_and_without_inputs(canvas: Canvas) -> None:
    canvas.model.select({"dense1"})
    canvas.key(Key.Key_D, CTRL)
    (plain,) = canvas.model.selection
    assert not any(f"→ {plain}." in wire for wire in canvas.wires())
    canvas.model.select({"dense1"})
    canvas.key(Key.Key_D, CTRL | SHIFT)
    (wired,) = canvas.model.selection
    assert f"sae.code → {wired}.x" in canvas.wires() and canvas.undone == 2


def test_bypass_and_collapse_toggle(canvas: Canvas) -> None:
    canvas.model.select({"normalise1", "sae"})
    for key, name in ((Key.Key_M, "bypassed"), (Key.Key_H, "collapsed")):
        canvas.key(key)
        assert all(getattr(canvas.document.nodes[node], name) for node in ("normalise1", "sae"))
        canvas.key(key)
        assert not any(getattr(node, name) for node in canvas.document.nodes.values())


def test_c_connects_two_selected_nodes(canvas: Canvas) -> None:
    canvas.model.apply("cut", lambda document: edits.disconnect(document, document.wires))
    canvas.model.select({"digits1", "sae"})
    canvas.key(Key.Key_C)
    assert canvas.wires() == {"digits1.pixels → sae.x"}


def test_arrange_is_one_undoable_step_and_moves_at_once_when_motion_is_reduced(canvas: Canvas) -> None:
    canvas.model.apply("mess", lambda document: edits.move(document, {"sae": (30, 600), "loss1": (100, 20)}))
    canvas.key(Key.Key_L, CTRL)
    lefts = [canvas.position(node)[0] for node in ("digits1", "normalise1", "sae", "dense1", "loss1")]
    assert lefts == sorted(lefts) and len(set(lefts)) == 5
    items = canvas.view.graph_scene.nodes
    assert all(items[node].pos() == QPointF(*canvas.position(node)) for node in items)
    rows = {items["digits1"].port_point(Side.OUTPUT, "pixels").y(), items["sae"].port_point(Side.INPUT, "x").y()}
    assert len(rows) == 1  # the main path is level
    canvas.model.stack.undo()
    assert canvas.position("sae") == (30, 600)


def test_arrange_glides(canvas: Canvas, qtbot: QtBot) -> None:
    theme.set_still(False)
    canvas.model.apply("mess", lambda document: edits.move(document, {"sae": (30, 600), "loss1": (100, 20)}))
    canvas.key(Key.Key_L, CTRL)
    item = canvas.view.graph_scene.nodes["sae"]
    assert canvas.view.glide.animation.duration() == 240
    assert item.pos() != QPointF(*canvas.position("sae"))
    canvas.model.stack.undo()  # ends it at once
    assert item.pos() == QPointF(30, 600)
    canvas.model.stack.redo()
    canvas.view.glide.run({"sae": QPointF(30, 600)})
    with qtbot.waitSignal(canvas.view.glide.animation.finished):
        pass
    assert item.pos() == QPointF(*canvas.position("sae"))


def test_arrows_walk_between_nodes_and_control_arrows_nudge(canvas: Canvas) -> None:
    canvas.key(Key.Key_Right)
    assert canvas.model.selection == {"digits1"}
    for expected in ("normalise1", "sae", "dense1"):
        canvas.key(Key.Key_Right)
        assert canvas.model.selection == {expected}
    canvas.key(Key.Key_Left)
    assert canvas.model.selection == {"sae"}
    canvas.key(Key.Key_Down, CTRL)
    canvas.key(Key.Key_Down, CTRL)
    assert canvas.position("sae") == (456, 120) and canvas.undone == 1  # held keys are one step


def test_looking_ahead_counts_more_than_being_near() -> None:
    here = {"start": QRectF(0, 0, 100, 60), "ahead": QRectF(400, 10, 100, 60), "aside": QRectF(120, 300, 100, 60),
            "behind": QRectF(-130, 0, 100, 60)}  # fmt: skip
    assert walking.nearest(here, "start", QPointF(1, 0)) == "ahead"
    assert walking.nearest(here, "start", QPointF(-1, 0)) == "behind"
    assert walking.nearest(here, "start", QPointF(0, 1)) == "aside"
    assert walking.nearest(here, "start", QPointF(0, -1)) is None


def test_what_is_walked_to_or_renamed_comes_into_view(canvas: Canvas) -> None:
    shown = canvas.view.visible_rect
    canvas.model.apply("far", lambda document: edits.move(document, {"loss1": (2000, 1500)}))
    canvas.model.select({"dense1"})
    canvas.key(Key.Key_Right)
    assert canvas.model.selection == {"loss1"} and shown().contains(canvas.view.graph_scene.nodes["loss1"].scene_rect())
    canvas.model.select({"digits1"})
    canvas.key(Key.Key_F2)
    assert canvas.view.rect().contains(canvas.view.title_editor.geometry())


def test_the_keyboard_draws_a_wire(canvas: Canvas) -> None:
    canvas.model.select({"sae"})
    canvas.key(Key.Key_Return)
    assert canvas.view.focused_port == PortRef("sae", Side.OUTPUT, "code")
    canvas.key(Key.Key_Down)
    assert canvas.view.focused_port == PortRef("sae", Side.OUTPUT, "reconstruction")
    assert canvas.view.graph_scene.nodes["sae"].look.ports[Side.OUTPUT, "reconstruction"] is PortState.FOCUSED
    assert "reconstruction" in canvas.view.accessibleDescription()
    canvas.key(Key.Key_C)
    assert "Dense · x" in canvas.found() and "Normalise · x" not in canvas.found()  # that would be a circle
    assert "Dense" in canvas.found()  # or a new node
    canvas.type("dense · x")
    canvas.search_key(Key.Key_Return)
    assert "sae.reconstruction → dense1.x" in canvas.wires() and canvas.undone == 1
    canvas.key(Key.Key_Left)
    assert canvas.view.focused_port == PortRef("sae", Side.INPUT, "x")
    canvas.key(Key.Key_Escape)
    assert canvas.view.focused_port is None and canvas.model.selection == {"sae"}
    canvas.key(Key.Key_Escape)
    assert canvas.model.selection == frozenset()


def test_rename_in_place(canvas: Canvas) -> None:
    canvas.model.select({"sae"})
    canvas.key(Key.Key_F2)
    editor = canvas.view.title_editor
    assert editor.isVisible()
    QTest.keyClicks(editor, "My code")
    QTest.keyClick(editor, Key.Key_Return)
    assert canvas.document.nodes["sae"].name == "My code" and canvas.view.title("sae") == "My code"
    assert "Sparse autoencoder" in canvas.view.graph_scene.nodes["sae"].face.subtitle and canvas.undone == 1
    canvas.key(Key.Key_F2)
    QTest.keyClicks(editor, "Nonsense")
    QTest.keyClick(editor, Key.Key_Escape)
    assert canvas.document.nodes["sae"].name == "My code" and canvas.undone == 1


def test_frames(canvas: Canvas) -> None:
    canvas.model.select({"sae", "dense1"})
    canvas.key(Key.Key_G, CTRL | SHIFT)
    QTest.keyClicks(canvas.view.title_editor, "Stage 1")
    QTest.keyClick(canvas.view.title_editor, Key.Key_Return)
    (frame,) = canvas.document.frames
    assert frame.title == "Stage 1"
    item = canvas.view.graph_scene.frames[frame.id]
    title = canvas.view.to_view(item.title_rect().center())
    canvas.drag(title, title + QPointF(0, 80))
    assert canvas.position("sae") == (456, 184) and canvas.document.frames[0].position[1] == frame.position[1] + 80
    corner = canvas.view.to_view(item.corner_rect().center())
    canvas.drag(corner, corner + QPointF(48, 24))
    assert canvas.document.frames[0].size[0] > frame.size[0] and canvas.position("sae") == (456, 184)
    assert canvas.undone == 4  # add, rename, move, resize
    canvas.click(canvas.view.to_view(item.title_rect().center()))
    canvas.key(Key.Key_Delete)
    assert canvas.document.frames == () and "sae" in canvas.document.nodes


def test_help_and_open(canvas: Canvas, qtbot: QtBot) -> None:
    canvas.model.select({"sae"})
    with qtbot.waitSignal(canvas.view.node_help) as told:
        canvas.key(Key.Key_F1)
    assert told.args == ["sparse_autoencoder"]
    with qtbot.waitSignal(canvas.view.open_requested) as told:
        canvas.double_click(canvas.body("dense1"))
    assert told.args == ["dense1"]


def test_b_goes_through_the_wire_views(canvas: Canvas) -> None:
    canvas.view.show_live(lives())
    seen = []
    for _ in range(3):
        canvas.key(Key.Key_B)
        seen.append((canvas.view.switch.view, canvas.view.legend.isVisible()))
    assert seen == [(WireView.ACTIVATIONS, True), (WireView.GRADIENTS, True), (WireView.SHAPES, False)]
    QTest.mouseClick(canvas.view.switch, LEFT, NONE, canvas.view.switch.part(1).center().toPoint())
    assert canvas.view.graph_scene.flows.view is WireView.ACTIVATIONS
    assert canvas.view.legend.words() == ("RMS", "0.01 – 1")
