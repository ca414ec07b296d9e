"""The scene mirrors the model: what is in the document is there, what is not is gone, what has not changed stays."""

from __future__ import annotations

from unittest.mock import patch

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from pytestqt.qtbot import QtBot

from app.canvas.node_item import NodeItem
from app.canvas.painter import Look
from app.canvas.scene import GraphScene
from app.canvas.wires import WireState, WireView
from app.graph_model import GraphModel
from app.node_live import NodeLive
from graphs import edits
from graphs.document import Document, Frame, Node, Wire
from graphs.language import set_language
from tests.app.toy_catalog import CATALOG, chain, lives

pytestmark = pytest.mark.usefixtures("qapp")


@pytest.fixture
def model() -> GraphModel:
    made = GraphModel(CATALOG)
    made.open(chain())
    return made


@pytest.fixture
def scene(model: GraphModel) -> GraphScene:
    return GraphScene(model, CATALOG)


def mirrored(scene: GraphScene) -> bool:
    """Whether items and document say the same."""
    document = scene.model.document
    there = {wire for wire in document.wires if {wire.source, wire.target} <= document.nodes.keys()}
    at_home = all(item.pos() == QPointF(*document.nodes[node].position) for node, item in scene.nodes.items())
    ends = all(
        item.course.end == scene.nodes[wire.target].pos() + scene.nodes[wire.target].box.ports["input", wire.input]
        for wire, item in scene.wires.items()
    )
    owned = {id(item) for item in scene.items()}
    return (
        scene.nodes.keys() == document.nodes.keys() and scene.wires.keys() == there and at_home and ends
        and owned >= {id(item) for item in (*scene.nodes.values(), *scene.wires.values())}
    )  # fmt: skip


def test_every_edit_and_every_undo_is_mirrored(scene: GraphScene, model: GraphModel) -> None:
    def add(document: Document) -> Document:
        return edits.add_node(document, Node("dense2", "dense", position=(40, 400)))

    steps = [
        add,
        lambda document: edits.connect(document, Wire("digits1", "pixels", "dense2", "x")),
        lambda document: edits.move(document, {"sae": (500, 300), "dense2": (10, 10)}),
        lambda document: edits.set_parameter(document, "dense1", "units", 12),
        lambda document: edits.collapse(document, ["sae"], True),
        lambda document: edits.remove(document, ["normalise1"]),
        lambda document: edits.disconnect(document, document.wires),
    ]
    for step in steps:
        model.apply("step", step)
        assert mirrored(scene)
    for _ in steps:
        model.stack.undo()
        assert mirrored(scene)
    model.open(Document())
    assert mirrored(scene) and not scene.strips.items


def test_items_survive_edits_that_do_not_touch_them(scene: GraphScene, model: GraphModel) -> None:
    before, wires = dict(scene.nodes), dict(scene.wires)
    model.apply("move", lambda document: edits.move(document, {"sae": (500, 300)}))
    assert all(scene.nodes[node] is item for node, item in before.items())
    assert all(scene.wires[wire] is item for wire, item in wires.items())


def test_words_follow_the_checks(scene: GraphScene, model: GraphModel) -> None:
    assert scene.nodes["sae"].face.subtitle == "64 → 32 → 64"
    wire = Wire("dense1", "y", "loss1", "prediction")
    assert scene.wires[wire].label() == "B×10" and scene.wires[wire].state is WireState.IDLE
    assert scene.wires[Wire("digits1", "label", "loss1", "label")].label() == "B  labels"
    model.apply("units", lambda document: edits.set_parameter(document, "dense1", "units", 12))
    assert scene.nodes["dense1"].face.subtitle == "32 → 12"
    assert scene.wires[wire].label() == "12 ≠ 10" and scene.wires[wire].state is WireState.BROKEN
    assert scene.strips.items["loss1"].problems[0].text == "12 units, 10 classes"
    model.stack.undo()
    assert scene.wires[wire].label() == "B×10" and "loss1" not in scene.strips.items


def test_only_faces_that_changed_are_made_again(scene: GraphScene, model: GraphModel) -> None:
    with patch("app.canvas.scene.face_of", wraps=__import__("app.canvas.faces", fromlist=["x"]).face_of) as made:
        model.apply("units", lambda document: edits.set_parameter(document, "dense1", "units", 12))
    asked = {call.args[0].id for call in made.call_args_list}
    assert "dense1" in asked and "loss1" in asked and "digits1" not in asked and "normalise1" not in asked


def test_what_changes_far_away_reaches_a_node(scene: GraphScene, model: GraphModel) -> None:
    model.apply("cut", lambda document: edits.disconnect(document, [Wire("dense1", "y", "loss1", "prediction")]))
    assert "No loss follows" in scene.nodes["normalise1"].face.problems[0].text  # neither it nor its wires have changed
    model.apply("images", lambda document: Document(
        {**document.nodes, "reshape1": Node("reshape1", "reshape"), "filters1": Node("filters1", "filters", bypassed=True)},
        document.wires | {Wire("normalise1", "x", "reshape1", "x"), Wire("reshape1", "image", "filters1", "image")}))
    assert scene.nodes["filters1"].face.outputs[0].kind == "image"
    model.apply("bypass", lambda document: edits.bypass(document, ["reshape1"], True))
    assert scene.nodes["filters1"].face.outputs[0].kind == "features"  # what comes in passes by


def test_another_language_reaches_every_node(scene: GraphScene, model: GraphModel) -> None:
    with patch("app.canvas.faces.tr", side_effect=lambda text, **_: f"«{text}»"):
        try:
            set_language("ja")
            model.recheck()
        finally:
            set_language("en")
    assert all("«" in item.face.title for item in scene.nodes.values())


def test_live_values_repaint_only_what_changed(scene: GraphScene) -> None:
    first = lives()
    scene.show_live(first)
    with patch.object(NodeItem, "update") as painted:
        scene.show_live(lives())  # equal values, other objects
        assert painted.call_count == 0
        changed = {**first, "dense1": NodeLive(training=True, depth=(2, 3), gradient=0.07, bars=first["dense1"].bars)}
        scene.show_live(changed)
        assert painted.call_count == 1


def test_live_values_make_room_and_give_it_back(scene: GraphScene) -> None:
    height = scene.nodes["sae"].box.height
    scene.show_live(lives())
    assert [name for name, _ in scene.nodes["sae"].box.sections] == ["code", "curve"]
    label = scene.wires[Wire("digits1", "label", "loss1", "label")].course
    assert label.around is not None and label.around > scene.nodes["sae"].scene_rect().bottom()
    scene.show_live({})
    assert scene.nodes["sae"].box.height == height and scene.nodes["sae"].live is None


def test_wire_views(scene: GraphScene) -> None:
    wire = scene.wires[Wire("normalise1", "x", "sae", "x")]
    scene.show_live(lives())
    assert wire.share is None
    scene.set_wire_view(WireView.ACTIVATIONS)
    assert wire.value == 0.9 and wire.share == pytest.approx(0.977, abs=0.01) and wire.label() == "B×64"
    scene.set_wire_view(WireView.GRADIENTS)
    assert wire.value == 1e-3 and wire.share == pytest.approx(0.5) and wire.label() == "1e-3"
    scene.set_wire_view(WireView.SHAPES)
    assert wire.share is None and wire.label() == "B×64"


def test_documents_that_are_wrong_are_drawn(qapp: object) -> None:
    """Unknown types, ports that do not exist, wires from nowhere, two wires into one input, a circle."""
    nodes = [Node("a", "no_such_type"), Node("b", "dense", position=(300, 0)), Node("c", "dense", position=(600, 0)),
             Node("d", "dense", {"units": "many"}, position=(900, 0))]  # fmt: skip
    wires = frozenset({
        Wire("a", "out", "b", "x"), Wire("b", "y", "c", "x"), Wire("c", "y", "b", "x"), Wire("b", "nothing", "c", "odd"),
        Wire("ghost", "y", "c", "x"), Wire("b", "y", "ghost", "x"), Wire("d", "y", "d", "x"),
    })
    model = GraphModel(CATALOG)
    model.open(Document({node.id: node for node in nodes}, wires))
    scene = GraphScene(model, CATALOG)
    assert len(scene.wires) == 5
    assert [port.name for port in scene.nodes["a"].face.outputs] == ["out"]
    assert [port.known for port in scene.nodes["c"].face.inputs] == [True, False]
    assert scene.wires[Wire("b", "y", "c", "x")].state is WireState.BROKEN
    model.apply("remove", lambda document: edits.remove(document, ["b"]))
    model.stack.undo()
    assert len(scene.wires) == 5


def test_strips_stay_modest_while_a_graph_is_being_built(qapp: object) -> None:
    model = GraphModel(CATALOG)
    model.open(Document({"a": Node("a", "dense"), "b": Node("b", "cross_entropy", position=(400, 0))}))
    scene = GraphScene(model, CATALOG)
    assert not scene.strips.items["a"].isVisible() and scene.nodes["a"].face.severity is not None
    model.select({"a"})
    assert scene.strips.items["a"].isVisible() and not scene.strips.items["b"].isVisible()
    scene.mark(node="b")
    assert scene.strips.items["b"].isVisible()
    scene.mark(quiet=True)
    assert not scene.strips.items["a"].isVisible()


def test_strips_give_way_to_nodes_unless_they_are_asked_for(scene: GraphScene, model: GraphModel) -> None:
    model.apply("units", lambda document: edits.set_parameter(document, "dense1", "units", 12))
    strip = scene.strips.items["loss1"]
    assert strip.isVisible()
    below = scene.nodes["loss1"].scene_rect().bottom() + 20
    model.apply("cover", lambda document: edits.move(document, {"digits1": (944, below)}))
    assert not strip.isVisible()
    model.select({"loss1"})
    assert strip.isVisible()


def test_selection_and_marks_reach_the_items(scene: GraphScene, model: GraphModel) -> None:
    model.select({"sae"})
    assert scene.nodes["sae"].look == Look(selected=True)
    scene.mark(node="dense1")
    assert scene.nodes["dense1"].look.hovered and not scene.nodes["sae"].look.hovered
    model.apply("remove", lambda document: edits.remove(document, ["dense1"]))
    assert scene.marks.node == ""


def test_frames_take_the_tint_of_what_lies_in_them(scene: GraphScene, model: GraphModel) -> None:
    frame = Frame("frame1", "Stage 1", (440, 60), (240, 300))
    model.apply("frame", lambda document: edits.add_frame(document, frame))
    item = scene.frames["frame1"]
    assert item.family == "Autoencoders" and item.scene_rect().contains(scene.nodes["sae"].scene_rect())
    model.apply("away", lambda document: edits.move(document, {"sae": (456, 900)}))
    assert item.family is None
    model.apply("gone", lambda document: edits.remove_frames(document, ["frame1"]))
    assert scene.frames == {}
    model.stack.undo()
    assert scene.frames["frame1"].frame.title == "Stage 1"


def test_a_painting_error_is_told_once_and_does_not_end_the_program(qtbot: QtBot, scene: GraphScene) -> None:
    from PySide6.QtGui import QImage, QPainter

    from app.canvas import guard

    told = []
    image = QImage(400, 300, QImage.Format.Format_RGB32)
    with patch("app.canvas.node_item.paint_node", side_effect=ValueError("spoilt")), \
            patch("sys.excepthook", side_effect=lambda kind, error, trace: told.append(str(error))):
        for _ in range(2):
            painter = QPainter(image)
            scene.render(painter)
            painter.end()
    guard._failed.clear()
    assert told == ["spoilt"]


def test_live_arrays_of_every_odd_sort_are_drawn(scene: GraphScene) -> None:
    """Nothing that a training may say breaks the painting."""
    from PySide6.QtGui import QImage, QPainter

    odd = [
        NodeLive(code=np.zeros(5), bars=np.zeros(3), curve=np.array([np.nan, np.inf]), histogram=np.zeros(20)),
        NodeLive(code=np.full(900, np.nan), bars=np.full(40, np.nan), tiles=np.zeros((1, 28, 28)), mean=float("nan")),
        NodeLive(training=True, tiles=np.full((9, 3, 5), np.nan), loss=float("inf"), error=1e-9, accuracy=0.5,
                 curve=np.ones(4), rms={"y": float("nan")}, back={"x": 0.0}),
        NodeLive(code=np.ones(1), bars=np.ones(1), histogram=np.array([np.nan, 1.0]), update=float("nan"), depth=(0, 1)),
    ]  # fmt: skip
    image = QImage(800, 600, QImage.Format.Format_RGB32)
    with patch("sys.excepthook", side_effect=AssertionError("painting failed")) as hook:
        for live in odd:
            for view in WireView:
                scene.set_wire_view(view)
                scene.show_live(dict.fromkeys(scene.nodes, live))
                painter = QPainter(image)
                scene.render(painter, source=scene.contents())
                painter.end()
    assert hook.call_count == 0
