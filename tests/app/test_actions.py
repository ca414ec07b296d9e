"""One table of actions: its keys, menus and buttons, and that every action does what it says."""

from __future__ import annotations

import collections

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton

from app import action_table, icons
from app.actions import Action, Gap, Submenu
from app.canvas import commands
from app.panels.quick_list import Item, rank
from graphs import gallery
from graphs.language import set_language
from tests.app.window_kit import autoencoder, make_window

ACTIONS = [entry for entry in action_table.TABLE if isinstance(entry, Action)]


@pytest.fixture
def window(qtbot, tmp_path):
    return make_window(qtbot, tmp_path)


def press(window, key, *modifiers):
    held = Qt.KeyboardModifier.NoModifier
    for modifier in modifiers:
        held |= modifier
    window.content.view.setFocus()
    QTest.keyClick(window.content.view, key, held)


CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def test_names_and_keys_are_used_once():
    names = collections.Counter(action.id for action in ACTIONS)
    assert max(names.values()) == 1
    keys = collections.Counter(QKeySequence(key).toString() for action in ACTIONS for key in action.keys)
    assert [key for key, count in keys.items() if count > 1] == []
    assert all(not QKeySequence(key).isEmpty() for action in ACTIONS for key in action.keys)


def test_every_icon_exists():
    assert {action.icon for action in ACTIONS if action.icon} <= set(icons.names())


def test_the_conventions_are_kept():
    keys = {action.id: action.keys for action in ACTIONS}
    expected = {
        "undo": "Ctrl+Z", "cut": "Ctrl+X", "copy": "Ctrl+C", "paste": "Ctrl+V", "duplicate": "Ctrl+D", "delete": "Del",
        "select_all": "Ctrl+A", "fit": "F", "fit_all": "Home", "arrange": "Ctrl+L", "bypass": "M", "collapse": "H",
        "rename": "F2", "help": "F1", "find": "Ctrl+F", "save": "Ctrl+S", "save_as": "Ctrl+Shift+S", "open": "Ctrl+O",
        "new": "Ctrl+N", "run": "F5", "step": "F10", "stop": "Shift+F5", "sheet": "?", "canvas_only": "F11",
    }  # fmt: skip
    assert {name: keys[name][0] for name in expected} == expected
    assert set(keys["redo"]) == {"Ctrl+Y", "Ctrl+Shift+Z"}


def test_all_commands_of_the_canvas_are_in_a_menu():
    assert {command.name for command in commands.COMMANDS} <= {action.id for action in ACTIONS}


def test_letters_stay_with_the_canvas_so_that_they_can_be_typed(window):
    for action in ACTIONS:
        shortcuts = [sequence.toString() for sequence in window.content.table[action.id].shortcuts()]
        assert not [keys for keys in shortcuts if len(keys) == 1 and keys.isalpha()]
    window.model.open(autoencoder())
    window.model.select({"code1"})
    name = window.content.inspector.head.name
    name.setFocus()
    name.selectAll()
    QTest.keyClicks(name, "fhm?")
    QTest.keyClick(name, Qt.Key.Key_Return)
    assert window.model.document.nodes["code1"].name == "fhm?"
    assert not window.model.document.nodes["code1"].bypassed
    assert window.content.asides.help is None


def test_undo_and_redo_by_keys_and_their_words(window):
    window.content.palette_panel.add_requested.emit("digits")
    table = window.content.table
    assert table["undo"].text().startswith("Undo: ")
    press(window, Qt.Key.Key_Z, CTRL)
    assert window.model.document.nodes == {}
    assert not table["undo"].isEnabled()
    press(window, Qt.Key.Key_Y, CTRL)
    assert len(window.model.document.nodes) == 1
    press(window, Qt.Key.Key_Z, CTRL)
    press(window, Qt.Key.Key_Z, CTRL, SHIFT)
    assert len(window.model.document.nodes) == 1


def test_the_run_keys(window):
    window.model.open(autoencoder())
    engine = window.controller.engine
    for key, held, word in ((Qt.Key.Key_F5, (), "run"), (Qt.Key.Key_F10, (), "step")):
        press(window, key, *held)
        assert engine.words()[-1] == word
    press(window, Qt.Key.Key_F5, SHIFT)
    assert "stop" not in engine.words()  # there is no run yet
    window.controller.state = "running"
    window.content.table.refresh()
    press(window, Qt.Key.Key_F5, SHIFT)
    assert engine.words()[-1] == "stop"
    window.content.table.run("reset")
    assert engine.words()[-1] == "reset"
    seed = window.model.document.training.get("seed")
    window.content.table.run("seed")
    assert window.model.document.training["seed"] != seed
    window.model.stack.undo()
    assert window.model.document.training.get("seed") == seed


def test_editing_keys_work_on_the_canvas(window):
    window.model.open(autoencoder())
    press(window, Qt.Key.Key_A, CTRL)
    assert len(window.model.selection) == 4
    window.model.select({"dense1"})
    press(window, Qt.Key.Key_D, CTRL)
    assert len(window.model.document.nodes) == 5
    press(window, Qt.Key.Key_C, CTRL)
    assert '"hourglass-graph"' in QApplication.clipboard().text()
    press(window, Qt.Key.Key_V, CTRL)
    assert len(window.model.document.nodes) == 6
    press(window, Qt.Key.Key_Delete)
    assert len(window.model.document.nodes) == 5
    window.model.select({"dense1"})
    press(window, Qt.Key.Key_M)
    assert window.model.document.nodes["dense1"].bypassed
    press(window, Qt.Key.Key_H)
    assert window.model.document.nodes["dense1"].collapsed
    for _ in range(window.model.stack.count()):
        press(window, Qt.Key.Key_Z, CTRL)
    assert window.model.document == autoencoder()


def test_what_is_half_typed_counts_before_an_action(window):
    window.model.open(autoencoder())
    window.model.select({"code1"})
    QApplication.processEvents()
    editor = window.content.inspector.parameters.form.rows["units"].editor
    editor.setFocus()
    editor.selectAll()
    QTest.keyClicks(editor, "24")
    QTest.keyClick(editor, Qt.Key.Key_F5)
    assert window.model.document.nodes["code1"].parameters["units"] == 24
    sent = [one for one in window.controller.engine.asked if one[0] == "load"]
    assert b'"units": 24' in sent[-1][1]


def test_menus_hold_everything_that_names_them(window):
    whole = window.content.table.all_in_one(window)
    titles = [action.menu().title() for action in whole.actions()]
    assert titles == window.content.table.menus()
    for action in whole.actions():
        entries = [entry for entry in action_table.TABLE if entry.menu == action.menu().title()]
        inside = [one for one in action.menu().actions() if not one.isSeparator()]
        assert len(inside) == len([entry for entry in entries if not isinstance(entry, Gap)])
        assert all(one.text() for one in inside)
    lessons = next(entry for entry in action_table.TABLE if isinstance(entry, Submenu) and entry.text == "Lessons")
    from PySide6.QtWidgets import QMenu

    menu = QMenu(window)
    lessons.fill(window.content.desk, menu)
    menu.actions()[0].trigger()
    assert window.session.title == gallery.names()[0]


def test_buttons_of_the_bar_are_actions(window):
    buttons = {button.defaultAction().objectName() for button in window.content.run_bar.findChildren(QToolButton)
               if button.defaultAction()}  # fmt: skip
    assert buttons == {"undo", "redo", "step", "slow", "stop", "reset", "seed", "palette", "live", "inspector", "theme",
                       "help"}  # fmt: skip
    for button in window.content.run_bar.findChildren(QToolButton):
        assert button.accessibleName()
        assert button.toolTip()


def test_the_sheet_lists_every_key(window):
    press(window, Qt.Key.Key_Question)
    text = window.content.asides.help.page.toPlainText()
    for action in ACTIONS:
        for key in action.keys:
            assert QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText) in text
    QTest.keyClick(window.content.asides.help, Qt.Key.Key_Escape)
    assert not window.content.asides.help.isVisible()


def test_help_explains_the_selected_node(window):
    window.model.open(autoencoder())
    window.model.select({"code1"})
    press(window, Qt.Key.Key_F1)
    text = window.content.asides.help.page.toPlainText()
    assert text.startswith("Autoencoder")
    for word in ("Units", "reconstruction", "h = f(W x + b)", "1 … 65,536"):
        assert word in text


def test_commands_are_found_by_words_and_run(window):
    press(window, Qt.Key.Key_K, CTRL)
    commands_list = window.content.asides.commands
    assert commands_list.isVisible()
    assert len(commands_list.found()) == len(ACTIONS)
    QTest.keyClicks(commands_list.line, "canvas on")
    assert commands_list.found()[0].key == "canvas_only"
    QTest.keyClick(commands_list.line, Qt.Key.Key_Return)
    assert window.content.panels.canvas_only
    assert not commands_list.isVisible()


def test_nodes_are_found_by_name_type_and_shape(window):
    window.model.open(autoencoder())
    press(window, Qt.Key.Key_F, CTRL)
    finder = window.content.asides.finder
    for words, found in (("dense", "dense1"), ("autoenc", "code1"), ("B×10", "dense1")):
        finder.line.setText(words)
        assert finder.found()[0].key == found
    QTest.keyClick(finder.line, Qt.Key.Key_Return)
    assert window.model.selection == {"dense1"}
    press(window, Qt.Key.Key_F, CTRL)
    QTest.keyClick(finder.line, Qt.Key.Key_Escape)
    assert not finder.isVisible()


def test_how_well_words_fit():
    item = Item("x", "Show everything", also="zoom B×64")
    assert [rank(words, item) for words in ("show", "every", "how", "zoom", "64 show", "qq")] == [0, 1, 2, 3, 3, None]


def test_words_are_in_the_language_of_the_user(qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr("graphs.language.table", lambda code: {"Undo": "元に戻す"} if code == "ja" else {})
    window = make_window(qtbot, tmp_path, language="ja")
    assert window.content.table["undo"].text() == "元に戻す"
    set_language("en")
