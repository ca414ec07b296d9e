"""Zoom, hover, problems, menus and what lies over the canvas, with real events."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QInputDevice, QNativeGestureEvent, QPointingDevice, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from app.canvas import commands, hints
from app.canvas.faces import PortRef, Side
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
    away = Document({"a": Node("a", "dense", position=(900_000, -900_000))})
    canvas.model.open(away)
    assert canvas.view.visible_rect().contains(canvas.view.graph_scene.nodes["a"].scene_rect())
    far = Document({"a": Node("a", "dense", position=(9000, 9000)), "b": Node("b", "dense", position=(12000, 9900))})
    canvas.model.open(far)
    assert canvas.view.visible_rect().contains(QRectF(9000, 9000, 3150, 970))
    canvas.model.open(Document())
    assert canvas.view.zoom == 1.0


def test_nodes_that_grow_out_of_sight_are_shown_unless_the_view_was_moved(canvas: Canvas) -> None:
    view, low = canvas.view, {"sae": lives()["sae"]}
    tall = Document({name: Node(name, "autoencoder", position=(0, 290 * row)) for row, name in enumerate(("dense", "sae"))})
    for moved in (False, True):
        canvas.model.open(tall)
        if moved:
            wheel(canvas, QPointF(300, 300), 120)
        seen = view.visible_rect()
        view.show_live(low)
        whole = view.visible_rect().contains(view.graph_scene.contents())
        assert (whole, view.visible_rect() == seen) == ((False, True) if moved else (True, False))
        view.show_live({})


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


def test_the_minimap_stands_aside_for_a_node_when_all_is_in_view(canvas: Canvas) -> None:
    view, item = canvas.view, next(iter(canvas.view.graph_scene.nodes.values()))
    shy = Qt.WidgetAttribute.WA_TransparentForMouseEvents
    view.fit()
    corner = view.mapToScene(view.minimap.geometry()).boundingRect()
    assert view.minimap.testAttribute(shy) == any(
        one.scene_rect().intersects(corner) for one in view.graph_scene.nodes.values())
    position = corner.center() - item.scene_rect().center() + item.pos()
    name = next(name for name, one in view.graph_scene.nodes.items() if one is item)
    canvas.model.apply("Move", lambda document: edits.move(document, {name: (position.x(), position.y())}))
    assert view.visible_rect().contains(view.graph_scene.contents()) and view.minimap.testAttribute(shy)
    view.zoom_to(3.0)
    assert not view.minimap.testAttribute(shy)


def test_what_lies_over_the_canvas_keeps_to_its_corners(canvas: Canvas) -> None:
    view = canvas.view
    for width, height in ((1200, 700), (640, 420), (2000, 1100)):
        view.resize(width, height)
        parts = (view.zoom_box, view.switch, view.minimap)
        assert all(view.rect().contains(part.geometry()) for part in parts)
        assert not any(a.geometry().intersects(b.geometry()) for a in parts for b in parts if a is not b)


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
