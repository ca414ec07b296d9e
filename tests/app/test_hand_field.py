"""Weights by hand: a table of the layer's own size, every number an undoable edit, text where a table has no room."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.graph_model import GraphModel
from app.panels.inspector import Inspector
from engine.nodes import CATALOG
from graphs import edits, gallery
from tests.app.test_inspector import field, select, type_into

WEIGHTS = "1 1; -1 -1"


@pytest.fixture
def model():
    made = GraphModel(CATALOG)
    document = gallery.load("formal_neuron")
    made.open(document)
    return made


@pytest.fixture
def neuron(model):
    return next(node.id for node in model.document.nodes.values() if node.type == "dense")


@pytest.fixture
def inspector(qtbot, model, neuron):
    made = Inspector(model, title=lambda: "")
    qtbot.addWidget(made)
    made.resize(272, 950)
    made.show()
    qtbot.waitExposed(made)
    select(model, {neuron})
    return made


def set_to(model, node, **values):
    doc = model.document
    for name, value in values.items():
        doc = edits.set_parameter(doc, node, name, value)
    model.apply("set", lambda _: doc)


def texts(editor) -> list[list[str]]:
    return [[cell.text() for cell in row] for row in editor.cells]


def test_numbers_are_typed_into_cells_and_undone(model, inspector, neuron):
    editor = field(inspector, "weights")
    assert texts(editor) == [["1", "1"]]
    assert editor.line.isHidden()
    type_into(editor.cells[0][1], "-0.5")
    assert model.document.nodes[neuron].parameters["weights"] == "1 -0.5"
    assert not model.checked.errors
    model.stack.undo()
    assert texts(editor) == [["1", "1"]]
    QTest.keyClick(editor.cells[0][0], Qt.Key.Key_Up)
    assert model.document.nodes[neuron].parameters["weights"].split()[1] == "1"
    assert model.document.nodes[neuron].parameters["weights"] != "1 1"


def test_the_table_grows_with_the_units_and_an_empty_one_begins_with_zeros(model, inspector, neuron):
    set_to(model, neuron, weights="", biases="", units=3)
    weights, biases = field(inspector, "weights"), field(inspector, "biases")
    inspector.parameters.form.more.setChecked(True)
    assert texts(weights) == [["", ""]] * 3
    assert texts(biases) == [["", "", ""]]
    type_into(weights.cells[1][0], "2")
    type_into(biases.cells[0][2], "0.25")
    assert model.document.nodes[neuron].parameters["weights"] == "0 0; 2 0; 0 0"
    assert model.document.nodes[neuron].parameters["biases"] == "0 0 0.25"
    row = inspector.parameters.form.rows["weights"]
    QTest.mouseClick(row.back, Qt.MouseButton.LeftButton)
    assert "weights" not in model.document.nodes[neuron].parameters
    assert texts(weights) == [["", ""]] * 3


def test_what_fits_no_table_is_a_line_of_text(model, inspector, neuron):
    editor = field(inspector, "weights")
    for words, units in (("1 1 1", 1), ("1 one", 1), ("", 30)):
        set_to(model, neuron, weights=words, units=units)
        assert not editor.cells
        assert editor.line.isVisibleTo(editor)
        assert editor.line.text() == words
    set_to(model, neuron, units=2)
    assert texts(editor) == [["", ""]] * 2
    set_to(model, neuron, weights=WEIGHTS)
    assert texts(editor) == [["1", "1"], ["-1", "-1"]]


def test_no_number_is_said_and_changes_nothing(model, inspector, neuron):
    before = model.document
    type_into(field(inspector, "weights").cells[0][0], "much")
    assert model.document is before
    said = inspector.parameters.form.rows["weights"].under
    assert "much" in said.itemAt(0).widget().text()
