"""Activation functions are seen: on the node's face, in the inspector, with what they are given while training."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from app.canvas import geometry
from app.canvas.faces import face_of
from app.feed import Feed
from app.graph_model import GraphModel
from app.panels.inspector import Inspector
from app.training.node_numbers import BEND_BINS, NodeNumbers
from engine.nodes import CATALOG
from graphs import edits
from tests.app import live_samples
from tests.app.live_kit import colors
from tests.engine.small_networks import document


@pytest.fixture
def model(qapp: QApplication) -> GraphModel:
    made = GraphModel(CATALOG)
    made.open(document({"toy": ("toy2d", {}), "dense1": ("dense", {"units": 16}), "bend": ("activation", {"function": "tanh"}),
                        "dense2": ("dense", {"units": 1, "activation": "sigmoid"}), "loss": ("binary_cross_entropy", {})},
                       "toy.points>dense1.x dense1.y>bend.x bend.y>dense2.x dense2.y>loss.prediction toy.label>loss.target"))
    return made


def test_the_face_of_an_activation_holds_its_curve(model: GraphModel) -> None:
    face = face_of(model.document.nodes["bend"], CATALOG, model.checked)
    assert face.bend == model.checked.types["bend"].bend()
    assert [name for name, _ in geometry.measure(face).sections] == ["bend"]
    assert face_of(model.document.nodes["dense2"], CATALOG, model.checked).bend is None  # its face has more to show
    model.apply("", lambda doc: edits.set_parameter(doc, "bend", "function", "relu"))
    assert face_of(model.document.nodes["bend"], CATALOG, model.checked) != face
    model.apply("", lambda doc: edits.set_parameter(doc, "bend", "function", "softmax"))
    assert face_of(model.document.nodes["bend"], CATALOG, model.checked).bend is None


def test_inputs_are_counted_under_the_curve(model: GraphModel) -> None:
    sample = live_samples.spirals()
    sample.arrays["output:dense1/y"] = np.array([[-9.0, 0.05, 3.9], [np.nan, 0.05, 100.0]], np.float32)
    numbers = NodeNumbers(model, Feed(sample))
    numbers.feed.show_run(sample.run)
    numbers.refresh(at_once=True)
    counts = numbers.shown["bend"].bend
    assert counts.shape == (BEND_BINS,)
    assert counts.sum() == 5
    assert counts[0] == 1
    assert counts[BEND_BINS // 2] == 2
    assert counts[-1] == 2
    assert not numbers.shown["bend"].histogram.size


def test_the_sums_of_a_selected_layer_are_counted_under_its_own_curve(model: GraphModel) -> None:
    sample = live_samples.spirals()
    sample.arrays["sums:dense2/"] = np.array([[-9.0], [0.05], [3.9], [100.0]], np.float32)
    numbers = NodeNumbers(model, Feed(sample))
    numbers.feed.show_run(sample.run)
    assert not [key for key in sample.watched if key.startswith("sums:")]
    model.select({"dense2", "dense1", "toy"})  # dense1 bends nothing
    assert [key for key in sample.watched if key.startswith("sums:")] == ["sums:dense2/"]
    numbers.feed.refresh()
    numbers.refresh(at_once=True)
    counts = numbers.shown["dense2"].bend
    assert (counts.sum(), counts[0], counts[BEND_BINS // 2], counts[-1]) == (4, 1, 1, 2)


def test_the_curve_of_a_prelu_has_the_slope_that_it_has_learned(qtbot, model: GraphModel) -> None:
    model.apply("", lambda doc: edits.set_parameter(doc, "bend", "function", "prelu"))
    model.select({"bend"})
    inspector = Inspector(model)
    qtbot.addWidget(inspector)
    sample = live_samples.spirals()
    sample.arrays["slopes:bend/"] = np.array([[0.5], [0.7]], np.float32)
    numbers = NodeNumbers(model, Feed(sample))
    numbers.feed.show_run(sample.run)
    numbers.feed.refresh()
    numbers.changed.connect(inspector.show_live)
    numbers.refresh(at_once=True)
    assert numbers.shown["bend"].slope == pytest.approx(0.6)
    shown = inspector.bend.picture.bend
    assert (shown.y[0], shown.y[-1]) == pytest.approx((0.6 * shown.x[0], shown.x[-1]))
    assert shown.slope[0] == pytest.approx(0.6)


def test_the_inspector_shows_the_function_of_one_node(qtbot, model: GraphModel) -> None:
    inspector = Inspector(model)
    qtbot.addWidget(inspector)
    inspector.resize(272, 950)
    inspector.show()
    qtbot.waitExposed(inspector)
    for nodes, seen in (({"bend"}, True), ({"dense2"}, True), ({"dense1"}, False), (set(), False), ({"bend", "dense2"}, False)):
        model.select(nodes)
        QApplication.processEvents()
        assert inspector.bend.isVisible() is seen
    model.select({"bend"})
    before = colors(inspector.bend.grab().toImage())
    model.apply("", lambda doc: edits.set_parameter(doc, "bend", "function", "selu"))
    QApplication.processEvents()
    assert (colors(inspector.bend.grab().toImage()) != before).any()
