"""Every drag on the canvas with real mouse events: one edit or none, Escape puts back, undo restores."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPointF, Qt
from pytestqt.qtbot import QtBot

from app import theme
from app.canvas.faces import Side
from app.canvas.ports import PortState
from app.canvas.wires import WireState
from graphs.document import Document, Node, Wire
from tests.app.canvas_kit import ALT, CTRL, RIGHT, SHIFT, Canvas, make_canvas
from tests.app.canvas_kit import canvas as canvas
from tests.app.toy_catalog import chain

EMPTY = QPointF(600, 560)


@pytest.fixture
def loose(qtbot: QtBot) -> Iterator[Canvas]:
    """Digits, two dense nodes, an image node and a loss, not wired."""
    nodes = [
        Node("digits1", "digits", position=(40, 80)),
        Node("dense1", "dense", position=(320, 80)),
        Node("dense2", "dense", position=(600, 80)),
        Node("filters1", "filters", position=(320, 280)),
        Node("loss1", "cross_entropy", position=(880, 80)),
    ]
    yield from make_canvas(qtbot, Document({node.id: node for node in nodes}))


# Wires


def test_drag_from_output_to_input_draws_a_wire(loose: Canvas) -> None:
    loose.drag(loose.output("digits1", "pixels"), loose.input("dense1"))
    assert loose.wires() == {"digits1.pixels → dense1.x"}
    assert loose.undone == 1
    loose.model.stack.undo()
    assert loose.wires() == set()


def test_drag_from_input_to_output_draws_the_same_wire(loose: Canvas) -> None:
    loose.drag(loose.input("dense1"), loose.output("digits1", "pixels"))
    assert loose.wires() == {"digits1.pixels → dense1.x"}


def test_impossible_targets_are_greyed_and_say_why(loose: Canvas) -> None:
    loose.drag(loose.output("digits1", "label"), loose.input("dense1"), let_go=False)
    scene, gesture = loose.view.graph_scene, loose.view.gesture
    look = scene.nodes["dense1"].look.ports
    assert look[Side.INPUT, "x"] is PortState.REFUSED
    assert (Side.INPUT, "label") not in scene.nodes["loss1"].look.ports
    assert scene.nodes["loss1"].look.ports[Side.INPUT, "prediction"] is PortState.REFUSED
    assert "labels" in gesture.why.text and "dense1" in gesture.why.text
    loose.release(loose.input("dense1"))
    assert loose.wires() == set() and loose.undone == 0
    assert scene.nodes["dense1"].look.ports == {}


def test_a_fitting_target_gets_a_halo(loose: Canvas) -> None:
    loose.drag(loose.output("digits1", "pixels"), loose.input("dense2"), let_go=False)
    assert loose.view.graph_scene.nodes["dense2"].look.ports[Side.INPUT, "x"] is PortState.TARGET
    loose.key(Qt.Key.Key_Escape)
    assert loose.view.gesture is None and loose.view.graph_scene.nodes["dense2"].look.ports == {}


def test_a_refused_drop_with_a_cure_makes_the_cure(loose: Canvas) -> None:
    loose.drag(loose.output("digits1", "pixels"), loose.input("filters1", "image"))
    assert loose.wires() == {"digits1.pixels → reshape1.x", "reshape1.image → filters1.image"}
    assert loose.undone == 1


def test_wire_dropped_on_a_body_takes_the_best_free_port(loose: Canvas) -> None:
    loose.drag(loose.output("digits1", "label"), loose.body("loss1"))
    assert loose.wires() == {"digits1.label → loss1.label"}


def test_a_body_prefers_a_free_port_and_then_replaces(canvas: Canvas) -> None:
    canvas.model.apply("add", lambda document: Document(
        {**document.nodes, "sum1": Node("sum1", "sum", position=(456, 440)),
         "normalise2": Node("normalise2", "normalise", position=(240, 304))},
        document.wires | {Wire("digits1", "pixels", "normalise2", "x")}))  # fmt: skip
    steps = (
        (("sae", "reconstruction"), {"sae.reconstruction → sum1.a"}),
        (("normalise1", "x"), {"sae.reconstruction → sum1.a", "normalise1.x → sum1.b"}),
        (("normalise2", "x"), {"normalise2.x → sum1.a", "normalise1.x → sum1.b"}),
    )
    for source, expected in steps:
        canvas.drag(canvas.output(*source), canvas.body("sum1"))
        assert {wire for wire in canvas.wires() if "sum1" in wire} == expected


def test_moving_all_wires_judges_them_without_each_other(canvas: Canvas) -> None:
    """Both inputs of one node change their size together: neither is refused because of the other's old wire."""
    canvas.model.apply("add", lambda document: Document(
        {**document.nodes, "sum1": Node("sum1", "sum", position=(456, 440))},
        document.wires | {Wire("sae", "code", "sum1", "a"), Wire("sae", "code", "sum1", "b")}))
    canvas.model.apply("less", lambda document: Document(
        document.nodes, document.wires - {Wire("sae", "code", "dense1", "x")}))
    canvas.drag(canvas.output("sae", "code"), canvas.output("sae", "reconstruction"), modifiers=CTRL)
    assert {"sae.reconstruction → sum1.a", "sae.reconstruction → sum1.b"} <= canvas.wires()


def test_wire_dropped_on_its_own_node_does_nothing(loose: Canvas) -> None:
    loose.drag(loose.output("dense1"), loose.body("dense1"))
    assert loose.undone == 0 and not loose.view.search_box.isVisible()


def test_wire_on_empty_ground_opens_the_search_filtered_to_what_fits(loose: Canvas) -> None:
    loose.drag(loose.output("digits1", "label"), EMPTY)
    assert loose.view.search_box.isVisible()
    assert loose.found() == ["Cross-entropy"]
    assert loose.view.search_box.query.fits == "B"
    loose.search_key(Qt.Key.Key_Return)
    assert "digits1.label → cross_entropy1.label" in loose.wires()
    assert loose.undone == 1
    at = loose.view.graph_scene.nodes["cross_entropy1"].port_point(Side.INPUT, "label")
    assert (loose.view.to_view(at) - EMPTY).manhattanLength() <= 8  # to the next place of the grid
    loose.model.stack.undo()
    assert "cross_entropy1" not in loose.document.nodes and loose.wires() == set()


def test_the_port_of_the_new_node_comes_to_the_pointer_even_over_another_node(loose: Canvas) -> None:
    place = loose.view.to_view(loose.view.graph_scene.nodes["filters1"].scene_rect().topLeft()) - QPointF(24, 0)
    loose.drag(loose.output("digits1", "pixels"), place)
    loose.type("dense")
    loose.search_key(Qt.Key.Key_Return)
    (new,) = loose.model.selection
    assert (loose.input(new) - place).manhattanLength() <= 8


def test_escape_in_that_search_leaves_everything_as_it_was(loose: Canvas) -> None:
    before = loose.document
    loose.drag(loose.output("digits1", "pixels"), EMPTY)
    middle = (loose.output("digits1", "pixels") + loose.view.search_box.anchor()) / 2
    accent = theme.tokens().accent
    assert loose.view.grab().toImage().pixelColor(middle.toPoint()) == accent  # the wire waits
    loose.search_key(Qt.Key.Key_Escape)
    assert not loose.view.search_box.isVisible()
    assert loose.view.grab().toImage().pixelColor(middle.toPoint()) != accent
    assert loose.document is before and loose.undone == 0


def test_drag_from_a_free_input_searches_for_what_gives_it(loose: Canvas) -> None:
    loose.drag(loose.input("filters1", "image"), QPointF(120, 420))
    assert set(loose.found()) == {"Reshape", "Filters"}


def test_dragging_a_wired_input_takes_the_wire_off(canvas: Canvas) -> None:
    canvas.drag(canvas.input("dense1"), EMPTY)
    assert "sae.code → dense1.x" not in canvas.wires() and canvas.undone == 1
    assert not canvas.view.search_box.isVisible()


def test_a_wire_taken_off_can_be_plugged_in_elsewhere_in_one_step(canvas: Canvas) -> None:
    canvas.drag(canvas.input("dense1"), canvas.input("loss1", "prediction"))
    assert "sae.code → loss1.prediction" in canvas.wires() and "sae.code → dense1.x" not in canvas.wires()
    assert canvas.undone == 1
    canvas.model.stack.undo()
    assert canvas.document.wires == chain().wires


def test_putting_a_wire_back_on_its_own_port_is_no_edit(canvas: Canvas) -> None:
    before = canvas.document
    at = canvas.input("dense1")
    canvas.press(at)
    for step in (QPointF(40, 60), QPointF(-20, 80), QPointF(0, 0)):
        canvas.move(at + step)
    canvas.release(at)
    assert canvas.document is before and canvas.undone == 0
    assert canvas.view.graph_scene.wires[canvas.wire("sae.code → dense1.x")].isVisible()


def test_escape_puts_a_lifted_wire_back(canvas: Canvas) -> None:
    before = canvas.document
    wire = canvas.wire("sae.code → dense1.x")
    canvas.drag(canvas.input("dense1"), EMPTY, let_go=False)
    assert not canvas.view.graph_scene.wires[wire].isVisible()
    canvas.key(Qt.Key.Key_Escape)
    assert canvas.view.graph_scene.wires[wire].isVisible()
    canvas.release(EMPTY)
    assert canvas.document is before and canvas.undone == 0


def test_control_drag_moves_all_wires_of_an_output(canvas: Canvas) -> None:
    canvas.model.apply("more", canvas.document.__class__(
        nodes={**canvas.document.nodes, "dense2": Node("dense2", "dense", position=(728, 304))},
        wires=canvas.document.wires | {Wire("sae", "code", "dense2", "x")}))
    canvas.drag(canvas.output("sae", "code"), canvas.output("sae", "reconstruction"), modifiers=CTRL)
    assert {"sae.reconstruction → dense1.x", "sae.reconstruction → dense2.x"} <= canvas.wires()
    assert not any("sae.code" in wire for wire in canvas.wires())
    canvas.model.stack.undo()
    assert {"sae.code → dense1.x", "sae.code → dense2.x"} <= canvas.wires()


def test_control_drag_to_nowhere_puts_the_wires_back(canvas: Canvas) -> None:
    before = canvas.document
    canvas.drag(canvas.output("sae", "code"), EMPTY, modifiers=CTRL)
    assert canvas.document is before and not canvas.view.search_box.isVisible()


def test_alt_click_breaks_the_links_of_a_port(canvas: Canvas) -> None:
    canvas.click(canvas.output("digits1", "label"), modifiers=ALT)
    assert "digits1.label → loss1.label" not in canvas.wires()
    assert "digits1.pixels → normalise1.x" in canvas.wires() and canvas.undone == 1


@pytest.mark.parametrize(("button", "modifiers"), [(RIGHT, CTRL), (Qt.MouseButton.LeftButton, ALT | SHIFT)])
def test_a_stroke_cuts_the_wires_that_it_crosses(canvas: Canvas, button: Qt.MouseButton,
                                                 modifiers: Qt.KeyboardModifier) -> None:
    x = (canvas.output("dense1").x() + canvas.input("loss1", "prediction").x()) / 2
    canvas.drag(QPointF(x, 140), QPointF(x, 165), button, modifiers)
    assert canvas.wires() == {str(wire) for wire in chain().wires} - {"dense1.y → loss1.prediction"}
    assert canvas.undone == 1


def test_a_stroke_that_is_cancelled_cuts_nothing(canvas: Canvas) -> None:
    x = (canvas.output("dense1").x() + canvas.input("loss1", "prediction").x()) / 2
    canvas.drag(QPointF(x, 140), QPointF(x, 165), RIGHT, CTRL, let_go=False)
    assert canvas.view.graph_scene.wires[canvas.wire("dense1.y → loss1.prediction")].state is WireState.SELECTED
    canvas.key(Qt.Key.Key_Escape)
    assert canvas.undone == 0


def test_a_port_that_another_node_covers_cannot_be_taken(canvas: Canvas) -> None:
    canvas.model.apply("cover", lambda document: Document(
        {**document.nodes, "dense2": Node("dense2", "dense", position=(600, 110))}, document.wires))
    canvas.model.select({"dense2"})
    at = canvas.output("sae", "code")
    assert canvas.view.hit(at).node == "dense2" and canvas.view.hit(at).port is None


# Nodes


def test_dragging_a_node_moves_it_in_steps_of_the_grid(canvas: Canvas) -> None:
    canvas.drag(canvas.body("dense1"), canvas.body("dense1") + QPointF(30, 117))
    assert canvas.position("dense1") == (760, 224)  # 728 + 30 → 760, 104 + 117 → 224
    assert canvas.undone == 1 and canvas.model.selection == {"dense1"}
    assert not canvas.view.graph_scene.marks.quiet  # strips may show again
    canvas.model.stack.undo()
    assert canvas.position("dense1") == (728, 104)
    assert canvas.view.graph_scene.nodes["dense1"].pos() == QPointF(728, 104)


def test_without_snap_a_node_goes_exactly_there(canvas: Canvas) -> None:
    canvas.view.set_snap(False)
    canvas.drag(canvas.body("dense1"), canvas.body("dense1") + QPointF(31, 117))
    assert canvas.position("dense1") == (759, 221)


def test_a_selection_moves_together_in_one_step(canvas: Canvas) -> None:
    canvas.model.select({"sae", "dense1"})
    canvas.drag(canvas.body("sae"), canvas.body("sae") + QPointF(0, 80))
    assert canvas.position("sae") == (456, 184) and canvas.position("dense1") == (728, 184)
    assert canvas.undone == 1


def test_escape_puts_dragged_nodes_back(canvas: Canvas) -> None:
    before = canvas.document
    canvas.drag(canvas.body("dense1"), canvas.body("dense1") + QPointF(90, 200), let_go=False)
    assert canvas.view.graph_scene.nodes["dense1"].pos() != QPointF(728, 104)
    canvas.key(Qt.Key.Key_Escape)
    assert canvas.view.graph_scene.nodes["dense1"].pos() == QPointF(728, 104)
    assert canvas.document is before


def test_an_edit_from_elsewhere_ends_the_drag(canvas: Canvas) -> None:
    canvas.drag(canvas.body("dense1"), canvas.body("dense1") + QPointF(90, 200), let_go=False)
    canvas.model.apply("elsewhere", lambda document: Document(dict(document.nodes)))
    assert canvas.view.gesture is None
    assert canvas.view.graph_scene.nodes["dense1"].pos() == QPointF(728, 104)


def test_alt_drag_duplicates(canvas: Canvas) -> None:
    canvas.drag(canvas.body("dense1"), canvas.body("dense1") + QPointF(0, 160), modifiers=ALT)
    assert canvas.position("dense1") == (728, 104)
    (copy,) = canvas.model.selection
    assert copy != "dense1" and canvas.position(copy) == (728, 264)
    assert canvas.document.nodes[copy].parameters == {"units": 10} and canvas.undone == 1


def test_a_node_let_go_over_a_wire_goes_into_it(canvas: Canvas) -> None:
    canvas.model.apply("add", lambda document: Document(
        {**document.nodes, "dense2": Node("dense2", "dense", position=(640, 400))}, document.wires))
    wire = canvas.wire("sae.code → dense1.x")
    target = QPointF((canvas.output("sae", "code").x() + canvas.input("dense1").x()) / 2, canvas.input("dense1").y())
    body = canvas.body("dense2")
    middle = canvas.view.to_view(canvas.view.graph_scene.nodes["dense2"].pos() + QPointF(76, 50))
    canvas.drag(body, body + target - middle, let_go=False)
    assert canvas.view.graph_scene.wires[wire].state is WireState.SELECTED  # it lights up
    canvas.release(body + target - middle)
    assert {"sae.code → dense2.x", "dense2.y → dense1.x"} <= canvas.wires()
    assert "sae.code → dense1.x" not in canvas.wires()
    assert canvas.undone == 2
    rects = {node: item.scene_rect() for node, item in canvas.view.graph_scene.nodes.items()}
    assert rects["sae"].right() < rects["dense2"].left() and rects["dense2"].right() < rects["dense1"].left()
    assert rects["dense1"].right() < rects["loss1"].left()  # what follows has made room
    canvas.model.stack.undo()
    assert "sae.code → dense1.x" in canvas.wires() and canvas.position("loss1") == (944, 104)


def test_a_wired_node_is_not_put_into_another_wire(canvas: Canvas) -> None:
    over = canvas.view.to_view(QPointF(660, 160))
    canvas.drag(canvas.body("normalise1"), over, let_go=False)
    assert not canvas.view.graph_scene.marks.lit
    canvas.release(over)
