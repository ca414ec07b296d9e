"""Zoom, keys, search, menus and what lies over the canvas, with real events."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QGuiApplication, QInputDevice, QNativeGestureEvent, QPointingDevice, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from app import theme
from app.canvas import commands, hints, walking
from app.canvas.faces import PortRef, Side
from app.canvas.hits import Part
from app.canvas.ports import PortState
from app.canvas.wires import WireView
from graphs import edits
from graphs.document import Document, Frame, Node
from tests.app.canvas_kit import CTRL, LEFT, NONE, RIGHT, SHIFT, Canvas, make_canvas
from tests.app.canvas_kit import canvas as canvas
from tests.app.toy_catalog import chain, lives

EMPTY = QPointF(600, 560)
Key = Qt.Key


def wheel(canvas: Canvas, at: QPointF, turn: int, modifiers: Qt.KeyboardModifier = NONE) -> None:
    port = canvas.view.viewport()
    event = QWheelEvent(at, QPointF(port.mapToGlobal(at)), QPoint(), QPoint(0, turn), Qt.MouseButton.NoButton, modifiers,
                        Qt.ScrollPhase.NoScrollPhase, False)
    QApplication.sendEvent(port, event)


# Zoom


def test_the_wheel_zooms_at_the_pointer(canvas: Canvas) -> None:
    at = QPointF(800, 150)
    held = canvas.view.to_scene(at)
    wheel(canvas, at, 240)
    assert canvas.view.zoom > 1.3
    away = canvas.view.to_view(held) - at
    assert abs(away.x()) <= 1 and abs(away.y()) <= 1
    for _ in range(60):
        wheel(canvas, at, -240)
    assert canvas.view.zoom == pytest.approx(0.05)


def test_the_wheel_scrolls_when_preferred_and_control_zooms(canvas: Canvas) -> None:
    canvas.view.wheel_scrolls = True
    before = canvas.view.to_view(QPointF(0, 0))
    wheel(canvas, EMPTY, -120)
    assert canvas.view.zoom == 1.0 and canvas.view.to_view(QPointF(0, 0)) - before == QPointF(0, -60)
    wheel(canvas, EMPTY, -120, SHIFT)
    assert canvas.view.to_view(QPointF(0, 0)) - before == QPointF(-60, -60)
    wheel(canvas, EMPTY, 120, CTRL)
    assert canvas.view.zoom > 1.1


def test_two_fingers_pan_and_pinch_zooms(canvas: Canvas) -> None:
    pad = QPointingDevice("pad", 7, QInputDevice.DeviceType.TouchPad, QPointingDevice.PointerType.Finger,
                          QInputDevice.Capability.Scroll, 2, 0)
    before, port = canvas.view.to_view(QPointF(0, 0)), canvas.view.viewport()
    swipe = QWheelEvent(EMPTY, QPointF(port.mapToGlobal(EMPTY)), QPoint(-30, 12), QPoint(-60, 24),
                        Qt.MouseButton.NoButton, NONE, Qt.ScrollPhase.ScrollUpdate, False,
                        Qt.MouseEventSource.MouseEventNotSynthesized, pad)
    QApplication.sendEvent(port, swipe)
    assert canvas.view.to_view(QPointF(0, 0)) - before == QPointF(-30, 12) and canvas.view.zoom == 1.0
    pinch = QNativeGestureEvent(Qt.NativeGestureType.ZoomNativeGesture, pad, 2, EMPTY, EMPTY, EMPTY, 0.25, QPointF())
    QApplication.sendEvent(port, pinch)
    assert canvas.view.zoom == pytest.approx(1.25)


def test_keys_and_buttons_zoom(canvas: Canvas) -> None:
    canvas.key(Key.Key_Plus, CTRL)
    assert canvas.view.zoom == pytest.approx(1.2)
    QTest.mouseClick(canvas.view.zoom_box.minus, LEFT)
    QTest.mouseClick(canvas.view.zoom_box.minus, LEFT)
    assert canvas.view.zoom == pytest.approx(1 / 1.2)
    assert canvas.view.zoom_box.number.text() == "83 %"
    canvas.key(Key.Key_0, CTRL)
    assert canvas.view.zoom == 1.0
    canvas.key(Key.Key_Minus, CTRL)
    QTest.mouseClick(canvas.view.zoom_box.number, LEFT)
    assert canvas.view.zoom == 1.0


def test_fit_shows_everything_and_the_selection(canvas: Canvas) -> None:
    canvas.view.zoom_to(3.0)
    canvas.key(Key.Key_Home)
    shown = canvas.view.visible_rect()
    assert all(shown.contains(item.scene_rect()) for item in canvas.view.graph_scene.nodes.values())
    canvas.model.select({"loss1"})
    canvas.key(Key.Key_F)
    assert canvas.view.zoom == pytest.approx(1.25)
    center = canvas.view.visible_rect().center() - canvas.view.graph_scene.nodes["loss1"].scene_rect().center()
    assert abs(center.x()) < 4 and abs(center.y()) < 4


def test_opening_fits(canvas: Canvas) -> None:
    far = Document({"a": Node("a", "dense", position=(9000, 9000)), "b": Node("b", "dense", position=(12000, 9900))})
    canvas.model.open(far)
    assert canvas.view.visible_rect().contains(QRectF(9000, 9000, 3150, 970))
    canvas.model.open(Document())
    assert canvas.view.zoom == 1.0


def test_space_pans_while_held_and_searches_when_tapped(canvas: Canvas) -> None:
    before = canvas.view.to_view(QPointF(0, 0))
    QTest.keyPress(canvas.view, Key.Key_Space)
    canvas.drag(canvas.body("sae"), canvas.body("sae") + QPointF(50, 20))
    QTest.keyRelease(canvas.view, Key.Key_Space)
    assert canvas.view.to_view(QPointF(0, 0)) - before == QPointF(50, 20)
    assert canvas.undone == 0 and not canvas.view.search_box.isVisible()
    QTest.keyClick(canvas.view, Key.Key_Space)
    assert canvas.view.search_box.isVisible()


def test_the_minimap_goes_there(canvas: Canvas) -> None:
    canvas.view.zoom_to(3.0)
    minimap = canvas.view.minimap
    target = canvas.view.graph_scene.nodes["digits1"].scene_rect().center()
    at = minimap.transform().map(target)
    QTest.mouseClick(minimap, LEFT, NONE, at.toPoint())
    away = canvas.view.visible_rect().center() - target
    assert abs(away.x()) < 20 and abs(away.y()) < 20
    assert canvas.undone == 0 and canvas.model.selection == frozenset()


def test_what_lies_over_the_canvas_keeps_to_its_corners(canvas: Canvas) -> None:
    view = canvas.view
    for width, height in ((1200, 700), (640, 420), (2000, 1100)):
        view.resize(width, height)
        parts = (view.zoom_box, view.switch, view.minimap)
        assert all(view.rect().contains(part.geometry()) for part in parts)
        assert not any(a.geometry().intersects(b.geometry()) for a in parts for b in parts if a is not b)


# The search


def test_tab_searches_and_enter_adds_beside_and_wires(canvas: Canvas) -> None:
    canvas.model.select({"sae"})
    canvas.key(Key.Key_Tab)
    canvas.type("dens")
    assert canvas.found() == ["Dense"]
    canvas.search_key(Key.Key_Return)
    (new,) = canvas.model.selection
    assert f"sae.reconstruction → {new}.x" in canvas.wires()  # the free output, not the wired one
    assert canvas.undone == 1 and canvas.view.hasFocus()
    rects = [item.scene_rect() for node, item in canvas.view.graph_scene.nodes.items() if node != new]
    assert not any(canvas.view.graph_scene.nodes[new].scene_rect().intersects(rect) for rect in rects)


def test_search_by_keyword_and_arrow_keys(canvas: Canvas) -> None:
    canvas.key(Key.Key_A, SHIFT)
    canvas.type("linear")
    assert canvas.found()[0] == "Dense"
    assert canvas.view.search_box.results.entries[0].hint == "linear"
    canvas.view.search_box.field.clear()
    everything = canvas.found()
    assert len(everything) == 8
    canvas.search_key(Key.Key_Down)
    canvas.search_key(Key.Key_Down)
    canvas.search_key(Key.Key_Up)
    canvas.search_key(Key.Key_Return)
    (new,) = canvas.model.selection
    kind = canvas.model.catalog.get(canvas.document.nodes[new].type)
    assert kind is not None and kind.title == everything[1]
    canvas.key(Key.Key_Tab)
    assert canvas.found()[0] == kind.title  # the last used comes first


def test_the_mouse_chooses_too_and_a_click_outside_closes(canvas: Canvas) -> None:
    canvas.double_click(EMPTY)
    box = canvas.view.search_box
    row = box.results.row_rect(2)
    QTest.mouseMove(box.results, row.center().toPoint())
    QTest.mouseClick(box.results, LEFT, NONE, row.center().toPoint())
    assert canvas.undone == 1 and not box.isVisible()
    canvas.double_click(EMPTY + QPointF(0, 60))
    canvas.click(QPointF(40, 500))
    QTest.qWaitForWindowExposed(canvas.view)
    QApplication.processEvents()
    assert not box.isVisible() and canvas.undone == 1


def test_tab_in_the_search_picks_the_port(canvas: Canvas) -> None:
    canvas.drag(canvas.output("dense1"), EMPTY)
    canvas.type("sum")
    canvas.search_key(Key.Key_Tab)
    canvas.search_key(Key.Key_Return)
    assert "dense1.y → sum1.b" in canvas.wires()


def test_a_double_click_on_a_wire_searches_for_what_fits_into_it(canvas: Canvas) -> None:
    middle = (canvas.output("dense1") + canvas.input("loss1", "prediction")) / 2
    canvas.double_click(middle)
    assert set(canvas.found()) == {"Normalise", "Dense", "Sum", "Sparse autoencoder"}
    canvas.type("norm")
    canvas.search_key(Key.Key_Return)
    assert {"dense1.y → normalise2.x", "normalise2.x → loss1.prediction"} <= canvas.wires() and canvas.undone == 1


def test_nothing_found_is_said_and_enter_does_nothing(canvas: Canvas) -> None:
    canvas.key(Key.Key_Tab)
    canvas.type("qqqq")
    assert canvas.found() == []
    canvas.search_key(Key.Key_Return)
    assert canvas.view.search_box.isVisible() and canvas.undone == 0


def test_the_search_is_laid_out_inside_its_card(canvas: Canvas) -> None:
    canvas.drag(canvas.output("dense1"), EMPTY)
    canvas.type("e")
    QApplication.processEvents()
    box = canvas.view.search_box
    assert box.card().contains(QRectF(box.field.geometry())) and box.card().contains(QRectF(box.results.geometry()))
    assert box.results.x() == box.card().left() and box.field.geometry().bottom() < box.results.y() + 1


def test_the_search_stays_inside_the_view(canvas: Canvas) -> None:
    for at in (QPointF(1190, 690), QPointF(2, 2), QPointF(1190, 4)):
        canvas.double_click(at) if canvas.view.hit(at).part is Part.EMPTY else canvas.view.search()
        box = canvas.view.search_box
        assert QRectF(canvas.view.rect()).contains(box.card().translated(QPointF(box.pos())))
        canvas.search_key(Key.Key_Escape)


# Editing with keys


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


# Problems, hints, menus


@pytest.fixture
def troubled(qtbot: QtBot) -> Iterator[Canvas]:
    document = chain()
    yield from make_canvas(qtbot, edits.set_parameter(document, "dense1", "units", 12))


def test_one_click_cures(troubled: Canvas) -> None:
    strip = troubled.view.graph_scene.strips.items["loss1"]
    rect, cure = strip.box.cures[0]
    assert cure.text == "Set Units of dense1 to 10"
    troubled.click(troubled.view.to_view(strip.pos() + rect.center()))
    assert troubled.document.nodes["dense1"].parameters["units"] == 10 and troubled.undone == 1
    assert "loss1" not in troubled.view.graph_scene.strips.items


def test_a_press_that_leaves_the_button_does_nothing(troubled: Canvas) -> None:
    strip = troubled.view.graph_scene.strips.items["loss1"]
    at = troubled.view.to_view(strip.pos() + strip.box.cures[0][0].center())
    troubled.drag(at, at + QPointF(0, 200))
    assert troubled.undone == 0


def test_a_strip_stays_while_the_mouse_comes_to_it(canvas: Canvas) -> None:
    canvas.model.apply("cut", lambda document: edits.disconnect(document, document.wires))
    canvas.move(canvas.body("dense1"))
    strip = canvas.view.graph_scene.strips.items["dense1"]
    assert strip.isVisible()
    for down in (2, 6, 10, 20):
        canvas.move(canvas.view.to_view(strip.pos() + QPointF(60, down)))
        assert strip.isVisible()
    canvas.move(EMPTY)
    assert not strip.isVisible()


def test_why_explains(canvas: Canvas) -> None:
    canvas.model.apply("cut", lambda document: edits.disconnect(document, document.wires))
    canvas.click(canvas.body("dense1"))
    strip = canvas.view.graph_scene.strips.items["dense1"]
    assert strip.isVisible() and strip.box.explanation is None and strip.box.why is not None
    canvas.click(canvas.view.to_view(strip.pos() + strip.box.why.center()))
    assert strip.box.explanation is not None and strip.problems[0].why == "What comes in."


def test_hints_say_name_kind_and_shape(canvas: Canvas) -> None:
    scene = canvas.view.graph_scene
    assert hints.words(scene, canvas.view.hit(canvas.output("dense1"))) == "y: features, B×10"
    assert "What comes in." in hints.words(scene, canvas.view.hit(canvas.input("dense1")))
    assert hints.words(scene, canvas.view.hit(canvas.body("sae"))).startswith("Sparse autoencoder\n64 → 32 → 64")
    assert hints.words(scene, canvas.view.hit(EMPTY)) == ""


def test_hover_marks_nodes_and_wires(canvas: Canvas) -> None:
    scene = canvas.view.graph_scene
    canvas.move(canvas.body("sae"))
    assert scene.nodes["sae"].look.hovered
    canvas.move((canvas.output("dense1") + canvas.input("loss1", "prediction")) / 2)
    assert not scene.nodes["sae"].look.hovered and scene.marks.wire == canvas.wire("dense1.y → loss1.prediction")
    canvas.move(EMPTY)
    assert scene.marks.wire is None


def test_ports_take_the_mouse_in_24_pixels_at_any_zoom(canvas: Canvas) -> None:
    for zoom in (0.5, 1.0, 2.0):
        canvas.view.zoom_at(zoom, canvas.view.middle())
        at = canvas.output("dense1")
        assert canvas.view.hit(at + QPointF(11, 0)).port == PortRef("dense1", Side.OUTPUT, "y")
        assert canvas.view.hit(at + QPointF(14, 3)).port is None


def test_the_right_button_opens_a_menu_for_what_lies_there(canvas: Canvas) -> None:
    canvas.click(canvas.body("sae"), RIGHT)
    assert canvas.model.selection == {"sae"}
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    words = [action.text() for action in menu.actions() if action.text()]
    assert {"Delete", "Dissolve (keep the chain)", "Rename", "Bypass"} <= set(words)
    next(action for action in menu.actions() if action.text() == "Bypass").trigger()
    menu.close()
    assert canvas.document.nodes["sae"].bypassed


def test_every_command_can_be_run_on_every_selection(canvas: Canvas) -> None:
    """None raises, whatever is selected; every one that edits does so in at most one step."""
    frame = Frame("frame1", "F", (0, 0), (300, 300))
    canvas.model.apply("frame", lambda document: edits.add_frame(document, frame))
    for command in commands.COMMANDS:
        for nodes, marks in ((set(), {}), ({"sae"}, {}), ({"sae", "dense1", "loss1"}, {}), (set(), {"frame": "frame1"})):
            canvas.model.select(nodes)
            canvas.view.graph_scene.mark(**{"frame": "", "wires": frozenset(), **marks})
            before = canvas.undone
            commands.run(canvas.view, command.name)
            assert canvas.undone - before <= 1, command.name
            while canvas.undone and canvas.model.stack.index() > before:
                canvas.model.stack.undo()
            canvas.view.search_box.dismiss()
            canvas.view.title_editor.cancel()


def test_add_node_at_center_never_covers_a_node(canvas: Canvas) -> None:
    for _ in range(6):
        canvas.model.select(())
        canvas.view.add_node_at_center("dense")
    rects = [item.scene_rect() for item in canvas.view.graph_scene.nodes.values()]
    assert not any(a.intersects(b) for a in rects for b in rects if a is not b) and canvas.undone == 6
