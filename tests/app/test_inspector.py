"""The inspector: forms derived from parameters, edits that can be undone, problems beside fields, live numbers."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from app.graph_model import GraphModel
from app.node_live import NodeLive
from app.panels.controls import CureButton
from app.panels.inspector import Inspector
from engine.nodes import CATALOG
from graphs import edits
from graphs.document import Document, Node
from tests.app.window_kit import autoencoder


@pytest.fixture
def model():
    made = GraphModel(CATALOG)
    made.open(autoencoder())
    return made


@pytest.fixture
def inspector(qtbot, model):
    made = Inspector(model, title=lambda: "Untitled")
    qtbot.addWidget(made)
    made.resize(272, 950)
    made.show()
    qtbot.waitExposed(made)
    return made


def field(inspector, name):
    return inspector.parameters.form.rows[name].editor


def select(model, nodes):
    """Selects, and lets new widgets appear."""
    model.select(nodes)
    QApplication.processEvents()


def type_into(editor, text):
    editor.setFocus()
    editor.selectAll()
    QTest.keyClicks(editor, text)
    QTest.keyClick(editor, Qt.Key.Key_Return)


def units(model, node="code1"):
    return model.document.nodes[node].parameters.get("units")


@pytest.mark.parametrize("kind", list(CATALOG), ids=lambda kind: kind.type_name())
def test_there_is_a_row_for_every_parameter_of_every_type(qtbot, model, inspector, kind):
    model.apply("add", edits.add_node(model.document, Node("new", kind.type_name())))
    select(model, {"new"})
    rows = inspector.parameters.form.rows if kind.model_fields else {}
    assert set(rows) == set(kind.model_fields)
    for name, row in rows.items():
        assert row.editor.toolTip()
        assert row.editor.accessibleName() == row.title()
        assert kind.model_fields[name].description in row.tip()
    assert inspector.head.title.text() == kind.title


def test_typing_a_number_is_one_undoable_edit(model, inspector):
    select(model, {"code1"})
    type_into(field(inspector, "units"), "16")
    assert units(model) == 16
    assert isinstance(units(model), int)
    assert model.stack.undoText() == "Set Units to 16"
    model.stack.undo()
    assert units(model) == 32
    assert field(inspector, "units").text() == "32"


@pytest.mark.parametrize(("typed", "value"), [("0,2", 0.2), ("0.35", 0.35), ("1/4", 0.25)])
def test_comma_point_and_sums(model, inspector, typed, value):
    model.apply("add", edits.add_node(model.document, Node("drop1", "dropout")))
    select(model, {"drop1"})
    (name,) = CATALOG.get("dropout").model_fields
    type_into(field(inspector, name), typed)
    assert model.document.nodes["drop1"].parameters[name] == value


def test_what_is_no_number_is_said_and_changes_nothing(model, inspector):
    select(model, {"code1"})
    type_into(field(inspector, "units"), "many")
    assert units(model) == 32
    assert field(inspector, "units").text() == "32"
    row = inspector.parameters.form.rows["units"]
    assert "“many” is not a number" in [label.text() for label in row.findChildren(QLabel)]
    type_into(field(inspector, "units"), "8")
    assert "“many” is not a number" not in [label.text() for label in row.findChildren(QLabel) if label.isVisible()]


def test_escape_puts_back_what_was_there(model, inspector):
    select(model, {"code1"})
    editor = field(inspector, "units")
    editor.setFocus()
    editor.selectAll()
    QTest.keyClicks(editor, "77")
    QTest.keyClick(editor, Qt.Key.Key_Escape)
    editor.clearFocus()
    assert units(model) == 32
    assert model.stack.count() == 0


def test_half_typed_values_belong_to_the_node_that_was_shown(model, inspector):
    select(model, {"code1"})
    editor = field(inspector, "units")
    editor.setFocus()
    editor.selectAll()
    QTest.keyClicks(editor, "24")
    select(model, {"dense1"})
    assert units(model) == 24
    assert units(model, "dense1") == 10
    assert field(inspector, "units").text() == "10"


def test_dragging_a_number_changes_it_in_one_step(model, inspector):
    select(model, {"code1"})
    editor = field(inspector, "units")
    middle = editor.rect().center()
    QTest.mousePress(editor, Qt.MouseButton.LeftButton, pos=middle)
    for step in range(1, 11):
        QTest.mouseMove(editor, middle + QPoint(6 * step, 0))
        QApplication.processEvents()
    QTest.mouseRelease(editor, Qt.MouseButton.LeftButton, pos=middle + QPoint(60, 0))
    assert units(model) == 42
    assert model.stack.count() == 1
    assert not editor.hasFocus()


def test_a_drag_stays_inside_the_range(model, inspector):
    select(model, {"code1"})
    editor = field(inspector, "units")
    QTest.mousePress(editor, Qt.MouseButton.LeftButton, pos=QPoint(10, 10))
    QTest.mouseMove(editor, QPoint(-2000, 10))
    QTest.mouseRelease(editor, Qt.MouseButton.LeftButton, pos=QPoint(-2000, 10))
    assert units(model) == 1


def test_a_click_on_a_number_begins_typing(inspector, model):
    select(model, {"code1"})
    editor = field(inspector, "units")
    QTest.mouseClick(editor, Qt.MouseButton.LeftButton)
    assert editor.hasFocus()
    assert editor.selectedText() == "32"


def wheel(editor, notches):
    at = QPointF(editor.rect().center())
    event = QWheelEvent(at, editor.mapToGlobal(at), QPoint(), QPoint(0, 120 * notches), Qt.MouseButton.NoButton,
                        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False)  # fmt: skip
    QApplication.sendEvent(editor, event)


def test_the_wheel_turns_only_what_has_the_focus(model, inspector):
    select(model, {"code1"})
    editor, choice = field(inspector, "units"), field(inspector, "activation")
    before = choice.value()
    wheel(editor, 1)
    wheel(choice, 1)
    assert (units(model), choice.value()) == (32, before)
    editor.setFocus()
    wheel(editor, 1)
    QTest.keyClick(editor, Qt.Key.Key_Down)
    QTest.keyClick(editor, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    assert units(model) == 42


def test_reset_forgets_what_was_set(model, inspector):
    select(model, {"dense1"})
    row = inspector.parameters.form.rows["units"]
    assert row.back.isVisible()
    assert row.back.toolTip() == "Reset to 32"
    row.back.click()
    assert "units" not in model.document.nodes["dense1"].parameters
    assert not row.back.isVisible()
    assert row.editor.text() == "32"
    model.stack.undo()
    assert units(model, "dense1") == 10


def test_choices_and_switches_edit(model, inspector):
    select(model, {"code1"})
    form = inspector.parameters.form
    choice = form.rows["activation"].editor
    choice.setCurrentIndex(choice.findData("tanh"))
    choice.activated.emit(choice.currentIndex())
    assert model.document.nodes["code1"].parameters["activation"] == "tanh"
    switch = form.rows["tied"].editor.switch
    QTest.mouseClick(switch, Qt.MouseButton.LeftButton)
    assert model.document.nodes["code1"].parameters["tied"] is True
    model.stack.undo()
    assert not switch.isChecked()


def test_advanced_rows_are_folded_away_until_asked_for_or_set(model, inspector):
    select(model, {"dense1"})
    form = inspector.parameters.form
    assert not form.rows["initializer"].isVisible()
    assert form.more.isVisible()
    form.more.click()
    assert form.rows["initializer"].isVisible()
    form.more.click()
    model.apply("set", edits.set_parameter(model.document, "dense1", "initializer", "zeros"))
    assert form.rows["initializer"].isVisible()


def test_settings_that_do_not_apply_are_not_shown(model, inspector):
    select(model, set())
    rows = inspector.training.form.rows
    inspector.training.form.more.click()
    assert rows["beta1"].isVisible()
    assert not rows["momentum"].isVisible()
    model.apply("set", edits.set_training(model.document, "optimizer", "momentum"))
    assert rows["momentum"].isVisible()
    assert not rows["beta1"].isVisible()


def test_training_settings_are_edited_and_undone(model, inspector):
    select(model, set())
    assert inspector.training.is_open()
    editor = inspector.training.form.rows["learning_rate"].editor
    type_into(editor, "0,01")
    assert model.document.training["learning_rate"] == 0.01
    model.stack.undo()
    assert editor.text() == "0.003"
    select(model, {"code1"})
    assert not inspector.training.is_open()
    assert inspector.training.words() == "Adam · 0.003 · batch 32"


def test_a_wrong_value_is_said_beside_its_field_and_cured_with_one_click(model, inspector, qtbot):
    select(model, {"code1"})
    type_into(field(inspector, "units"), "0")
    row = inspector.parameters.form.rows["units"]
    assert row.editor.mark == "error"
    (problem,) = (problem for problem in model.checked.of("code1") if problem.place.parameter == "units")
    assert problem.text in [label.text() for label in row.findChildren(QLabel)]
    (button,) = (button for button in row.findChildren(CureButton) if button.text() == "Set Units to 1")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert units(model) == 1
    assert row.editor.mark == ""
    assert model.stack.undoText() == "Set Units to 1"


def test_names_are_edited_and_undone(model, inspector):
    select(model, {"code1"})
    inspector.begin_rename()
    name = inspector.head.name
    assert name.hasFocus()
    QTest.keyClicks(name, "waist")
    QTest.keyClick(name, Qt.Key.Key_Return)
    assert model.document.nodes["code1"].label == "waist"
    model.stack.undo()
    assert name.text() == "code1"


def test_several_nodes_of_one_type_are_edited_together(model, inspector):
    model.apply("add", edits.add_node(model.document, Node("dense2", "dense")))
    select(model, {"dense1", "dense2"})
    assert inspector.head.title.text() == "2 × Dense"
    type_into(field(inspector, "units"), "7")
    assert (units(model, "dense1"), units(model, "dense2")) == (7, 7)
    model.stack.undo()
    assert (units(model, "dense1"), units(model, "dense2")) == (10, None)
    select(model, {"dense1", "code1"})
    assert inspector.parameters.isHidden()


def test_a_node_of_an_unknown_type_is_shown_with_its_cure(model, inspector):
    model.open(Document(nodes={"x": Node("x", "qwert", {"a": 1})}))
    select(model, {"x"})
    assert inspector.head.title.text() == "qwert"
    assert any("qwert" in label.text() for label in inspector.troubles.findChildren(QLabel))
    assert inspector.parameters.isHidden()


def test_live_numbers_appear_with_a_history(model, inspector):
    select(model, {"code1"})
    assert inspector.live.idle.isVisible()
    for step in range(300):
        inspector.live._last = 0.0  # as if 0.2 s had passed
        inspector.show_live({"code1": NodeLive(gradient=1.0 / (1 + step), update=0.004, error=0.026)})
    rows = inspector.live._rows
    assert rows["gradient"].value.text() == "0.00333"
    assert rows["update"].value.text() == "0.4 %"
    assert not rows["loss"].isVisible()
    history = rows["gradient"].spark.values
    assert history[0] == 1.0
    assert 20 < len(history) <= 96
    assert list(history) == sorted(history, reverse=True)
    model.replaced.emit()
    assert inspector.live.idle.isVisible()


def test_numbers_change_at_most_five_times_a_second(model, inspector):
    select(model, {"code1"})
    inspector.live._last = 0.0
    inspector.show_live({"code1": NodeLive(gradient=1.0)})
    inspector.show_live({"code1": NodeLive(gradient=2.0)})
    assert inspector.live._rows["gradient"].value.text() == "1.00"


def test_shapes_and_meaning(model, inspector):
    select(model, {"code1"})
    words = [label.text() for label in inspector.shapes.findChildren(QLabel)]
    assert words == ["x", "B×64", "code", "B×32", "reconstruction", "B×64"]
    meaning = [label.text() for label in inspector.meaning.findChildren(QLabel)]
    assert meaning[0].startswith("Learns to rebuild its input")


def test_sections_fold_in_low_windows_and_stay_as_the_user_left_them(model, inspector):
    select(model, {"code1"})
    assert inspector.shapes.is_open()
    inspector.resize(256, 600)
    assert not inspector.shapes.is_open()
    assert inspector.parameters.is_open()
    QTest.mouseClick(inspector.shapes.header, Qt.MouseButton.LeftButton)
    select(model, {"dense1"})
    assert inspector.shapes.is_open()


def test_fields_stand_in_a_column_and_nothing_sticks_out(model, inspector):
    for width in (224, 256, 272, 320):
        inspector.resize(width, 950)
        for node in model.document.nodes:
            select(model, {node})
            QApplication.processEvents()
            form = inspector.parameters.form
            rows = [row for row in form.rows.values() if row.isVisible()] if form else []
            lefts = {row.editor.x() for row in rows if not row.wide}
            assert len(lefts) <= 1
            assert all(row.editor.geometry().right() < row.width() for row in rows)
            assert inspector.scroll.widget().width() <= width
