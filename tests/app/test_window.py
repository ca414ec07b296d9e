"""The window: its parts in their places at every size, hidden and shown, remembered, and connected to each other."""

from __future__ import annotations

import itertools

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from app import theme
from app.panels.controls import CureButton, Elided
from app.window_state import RAIL, USUAL, Room, Shown, WindowState, room_of
from engine import events
from graphs import edits, storage
from graphs.language import LANGUAGES
from tests.app.window_kit import autoencoder, make_window

SIZES = [(1280, 720), (1600, 1000), (2560, 1440)]


def areas(window):
    """Name → rectangle of every part that shows, in the window."""
    content = window.content
    parts = {
        "run bar": content.run_bar, "canvas": content.view, "live": content.live, "inspector": content.inspector,
        "palette": content.palette_panel, "rail": content.panels.panels.rail, "status": content.status,
    }  # fmt: skip
    return {name: part.rect().translated(part.mapTo(window, QPoint(0, 0))) for name, part in parts.items()
            if part.isVisibleTo(window)}  # fmt: skip


@pytest.mark.parametrize("size", SIZES)
def test_parts_fill_the_window_and_do_not_overlap(qtbot, tmp_path, size):
    window = make_window(qtbot, tmp_path, size)
    found = areas(window)
    usual = USUAL[room_of(*size)]
    assert found["run bar"].height() == 48
    assert found["inspector"].width() == usual.inspector
    assert found["live"].height() == usual.live
    assert found["palette" if usual.palette > RAIL else "rail"].width() == usual.palette
    assert found["inspector"].height() == size[1] - 48 - found["status"].height()  # full height
    assert not any(a.intersects(b) for a, b in itertools.combinations(found.values(), 2))
    assert sum(area.width() * area.height() for area in found.values()) == size[0] * size[1]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", [(960, 600), *SIZES])
def test_nothing_in_the_run_bar_is_cut_off(qtbot, tmp_path, size, language):
    window = make_window(qtbot, tmp_path, size, language)
    window.session.open_example("digits_autoencoder")
    bar = window.content.run_bar
    bar.show_progress(epoch=37.2, epochs=100, step=162800, speed=18420.0, left=2.0)
    QApplication.processEvents()
    shown = [part for part in bar.children() if isinstance(part, QWidget) and part.isVisible() and part.width() > 1]
    for part in shown:
        assert bar.rect().contains(part.geometry()), part
        assert part.width() >= part.minimumSizeHint().width(), part
    edges = sorted((part.x(), part.x() + part.width()) for part in shown)
    assert all(right <= left for (_, right), (left, _) in itertools.pairwise(edges))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", SIZES)
def test_words_fit_where_they_stand(qtbot, tmp_path, size, language):
    window = make_window(qtbot, tmp_path, size, language)
    window.model.open(autoencoder())
    for selection in (set(), {"code1"}, {"dense1"}):
        window.model.select(selection)
        for _ in range(4):  # wrapped words settle their heights in turns
            QApplication.processEvents()
        for label in window.content.inspector.findChildren(QLabel):
            if not label.isVisible() or isinstance(label, Elided) or not label.text():
                continue
            room = label.contentsRect()
            if label.wordWrap():
                assert label.heightForWidth(label.width()) <= label.height() + 1, label.text()
            else:
                assert label.fontMetrics().horizontalAdvance(label.text()) <= room.width() + 1, label.text()


def test_rooms():
    assert [room_of(*size) for size in SIZES] == [Room.SMALL, Room.MEDIUM, Room.LARGE]
    assert room_of(1600, 720) is Room.SMALL


def test_panels_are_hidden_shown_and_remembered(qtbot, tmp_path):
    window = make_window(qtbot, tmp_path)
    canvas = areas(window)["canvas"].width()
    window.content.table["inspector"].trigger()
    assert "inspector" not in areas(window)
    assert areas(window)["canvas"].width() == canvas + 272
    window.content.table["live"].trigger()
    window.close()
    again = make_window(qtbot, tmp_path)
    assert again.content.shown() == Shown(palette=True, live=False, inspector=False)
    again.content.table["live"].trigger()
    assert "live" in areas(again)


def test_f11_leaves_the_canvas_alone_and_brings_everything_back(qtbot, tmp_path):
    window = make_window(qtbot, tmp_path)
    before = areas(window)
    QTest.keyClick(window.content.view, Qt.Key.Key_F11)
    assert set(areas(window)) == {"run bar", "canvas"}
    QTest.keyClick(window.content.view, Qt.Key.Key_F11)
    assert areas(window) == before
    assert window.content.shown() == Shown()


def test_borders_are_dragged_within_limits_and_remembered(qtbot, tmp_path):
    window = make_window(qtbot, tmp_path)
    border = window.content.panels._borders["inspector"]
    middle = border.rect().center()
    QTest.mousePress(border, Qt.MouseButton.LeftButton, pos=middle)
    QTest.mouseMove(border, middle - QPoint(60, 0))
    QTest.mouseRelease(border, Qt.MouseButton.LeftButton, pos=middle)
    assert areas(window)["inspector"].width() == 332
    assert WindowState(window.preferences.settings).sizes(Room.MEDIUM).inspector == 332
    QTest.mousePress(border, Qt.MouseButton.LeftButton, pos=middle)
    QTest.mouseMove(border, middle + QPoint(900, 0))
    QTest.mouseRelease(border, Qt.MouseButton.LeftButton, pos=middle)
    assert areas(window)["inspector"].width() == 224
    window.resize(2560, 1440)
    QApplication.processEvents()
    assert areas(window)["inspector"].width() == 320


def test_in_a_small_window_the_palette_opens_over_the_canvas(qtbot, tmp_path):
    window = make_window(qtbot, tmp_path, (1280, 720))
    panels, palette = window.content.panels, window.content.palette_panel
    canvas = areas(window)["canvas"]
    panels.panels.rail.search_clicked.emit()
    QApplication.processEvents()
    assert palette.isVisible()
    assert areas(window)["canvas"] == canvas
    QTest.keyClicks(palette.search, "dense")
    QTest.keyClick(palette.search, Qt.Key.Key_Return)
    assert not palette.isVisible()
    assert [node.type for node in window.model.document.nodes.values()] == ["dense"]
    panels.open_over()
    QTest.mouseClick(window.content.status, Qt.MouseButton.LeftButton)
    assert not palette.isVisible()
    panels.open_over()
    window.resize(1600, 1000)
    QApplication.processEvents()
    assert "rail" not in areas(window)
    assert areas(window)["palette"].width() == 208


def test_geometry_is_remembered(qtbot, tmp_path):
    window = make_window(qtbot, tmp_path, (1300, 850))
    window.close()
    kept = WindowState(window.preferences.settings).geometry()
    assert kept == window.saveGeometry()
    again = make_window(qtbot, tmp_path, (1000, 700))
    assert again.restoreGeometry(kept)
    assert (again.width(), again.height()) != (1000, 700)


def test_broken_settings_are_not_believed(qtbot, tmp_path):
    (tmp_path / "settings.ini").write_text("[window]\nmedium\\inspector=-5\nmedium\\live=abc\ngeometry=rubbish\n"
                                           "[preferences]\ntheme=pink\nlanguage=xx\npace=often\nrecent=nowhere\n")  # fmt: skip
    window = make_window(qtbot, tmp_path)
    assert window.state.sizes(Room.MEDIUM).live == 360
    assert window.preferences.theme == "system"
    assert window.preferences.recent == []
    assert window.controller.pace == "lesson"


# connections


def test_selecting_shows_the_node_and_title_follows_the_document(qtbot, tmp_path):
    window = make_window(qtbot, tmp_path)
    assert window.windowTitle().startswith("Untitled")
    file = tmp_path / "mine.json"
    storage.save(autoencoder(), file)
    window.session.open(file)
    assert window.windowTitle().startswith("mine")
    assert window.content.run_bar.document.title == "mine"
    window.model.select({"code1"})
    assert window.content.inspector.head.title.text() == "Autoencoder"
    window.model.apply("x", edits.set_parameter(window.model.document, "code1", "units", 8))
    assert window.isWindowModified()
    assert window.content.run_bar.document.dirty


def test_the_list_of_problems_opens_as_tall_as_it_needs(qtbot, tmp_path):
    window = make_window(qtbot, tmp_path)
    window.model.open(autoencoder())
    window.model.apply("x", edits.set_parameter(window.model.document, "dense1", "units", 12))
    window.content.status.problems.click()
    card = window.content.asides.problems
    QApplication.processEvents()
    for row in card.problem_rows():
        for label in row.findChildren(QLabel):
            assert not label.wordWrap() or label.height() >= label.heightForWidth(label.width())
    assert not card.scroll.verticalScrollBar().isVisible()
    assert window.rect().contains(card.geometry())
    QTest.keyClick(card, Qt.Key.Key_Escape)
    assert not card.isVisible()


def test_adding_from_the_palette_selects_and_can_be_undone(qtbot, tmp_path):
    window = make_window(qtbot, tmp_path)
    window.content.palette_panel.add_requested.emit("digits")
    assert window.model.selection == {"digits1"}
    window.model.stack.undo()
    assert window.model.document.nodes == {}


def test_the_rate_in_the_bar_and_in_the_inspector_are_one(qtbot, tmp_path):
    window = make_window(qtbot, tmp_path)
    window.model.open(autoencoder())
    rate = window.content.run_bar.rate
    rate.setFocus()
    rate.selectAll()
    QTest.keyClicks(rate, "0,05")
    QTest.keyClick(rate, Qt.Key.Key_Return)
    assert window.model.document.training["learning_rate"] == 0.05
    assert window.content.inspector.training.form.rows["learning_rate"].editor.text() == "0.05"
    window.model.stack.undo()
    assert rate.text() == "0.003"


def test_events_of_a_run_reach_bar_status_and_notices(qtbot, tmp_path):
    window = make_window(qtbot, tmp_path)
    window.model.open(autoencoder())
    engine = window.controller.engine
    window.controller.start()
    engine.to_say = [events.Compiled(events.RunInfo(parameters=4522, bytes=900_000, epochs=100)),
                     events.StateChanged("running"), events.Note("A note")]  # fmt: skip
    window.controller.tick()
    assert window.content.run_bar.run.text() == "Pause"
    assert window.content.status.parameters.text() == "4,522 parameters · 900 kB"
    assert [card.title.text() for card in window.content.notices.cards()] == ["A note"]
    window.content.run_bar.run.click()
    assert engine.words()[-1] == "pause"


def test_the_pace_is_chosen_shown_and_remembered(qtbot, tmp_path):
    window = make_window(qtbot, tmp_path)
    bar = window.content.run_bar
    bar.pace.open_card()
    bar.pace.card.full.click()
    assert window.controller.pace is None
    assert bar.pace.accessibleDescription() == "Full speed"
    bar.pace.card.slider.set_share(0.5)
    assert window.controller.pace == pytest.approx(320, rel=0.05)
    bar.pace.card.close()
    again = make_window(qtbot, tmp_path)
    assert again.controller.pace == window.controller.pace


def test_theme_and_motion_take_effect_at_once(qtbot, tmp_path):
    window = make_window(qtbot, tmp_path)
    window.preferences.theme = "light"
    light = window.grab().toImage()
    window.content.table["theme"].trigger()
    assert theme.tokens().dark
    assert window.preferences.theme == "dark"
    dark = window.grab().toImage()
    assert dark.pixelColor(4, 100) == theme.tokens().panel
    assert light.pixelColor(4, 100) != dark.pixelColor(4, 100)
    window.preferences.still = False
    assert theme.motion(100) == 100
    window.preferences.theme = "system"


def test_the_wheel_scrolls_for_those_who_want_it(qtbot, tmp_path):
    window = make_window(qtbot, tmp_path)
    assert not window.content.view.wheel_scrolls
    window.content.table["wheel"].trigger()
    assert window.content.view.wheel_scrolls
    assert window.content.table["wheel"].isChecked()
    assert make_window(qtbot, tmp_path).content.view.wheel_scrolls


def test_another_language_keeps_document_undo_and_selection(qtbot, tmp_path):
    window = make_window(qtbot, tmp_path)
    window.model.open(autoencoder())
    window.model.apply("units", edits.set_parameter(window.model.document, "code1", "units", 12))
    window.model.select({"code1"})
    old = window.content
    window.preferences.language = "ja"
    with qtbot.waitSignal(old.destroyed):
        QApplication.processEvents()
    assert window.content.inspector.parameters.form.rows["units"].editor.text() == "12"
    window.model.stack.undo()
    assert window.content.inspector.parameters.form.rows["units"].editor.text() == "32"
    window.model.select(())
    window.preferences.theme = "dark"
    window.preferences.theme = "system"
    QApplication.processEvents()


def test_closing_asks_and_ends_everything(qtbot, tmp_path):
    window = make_window(qtbot, tmp_path)
    window.controller.start()
    window.content.palette_panel.add_requested.emit("digits")
    window.session.questions.waiting["save_changes"] = "cancel"
    assert not window.close()
    assert window.isVisible()
    window.session.questions.waiting["save_changes"] = "discard"
    assert window.close()
    assert window.controller.engine.words()[-1] == "close"
    assert not window.store.file.exists()


def test_beginning_opens_what_is_named(qtbot, tmp_path):
    window = make_window(qtbot, tmp_path)
    window.begin("spirals_mlp", train=True)
    assert window.session.title == "spirals_mlp"
    assert window.controller.engine.words()[0] == "start"
    assert window.controller.engine.words()[-1] == "run"
    window.begin(str(tmp_path / "missing.json"))
    assert "missing.json" in window.content.notices.cards()[-1].title.text()


def test_tables_dropped_on_the_canvas_become_nodes_that_work(qtbot, tmp_path):
    window = make_window(qtbot, tmp_path)
    table = tmp_path / "data" / "flowers.csv"
    table.parent.mkdir()
    table.write_text("length,width,kind\n1.5,2.5,a\n2.5,3.5,b\n3.5,1.5,a\n")
    window.content.view.file_dropped.emit(str(table), QPointF(40, 60))
    (node,) = window.model.document.nodes.values()
    assert node.parameters["file"] == "flowers.csv"
    assert window.model.folder == table.parent
    assert str(window.model.checked.outputs[(node.id, "features")]) == "B×2"
    assert set(window.content.inspector.parameters._columns()) == {"length", "width", "kind"}
    window.session.questions.waiting["file_to_save"] = tmp_path / "graph.json"
    window.session.save()
    window.session.questions.waiting["copy_beside"] = True
    other = tmp_path.parent / "other.csv"
    other.write_text("a,b\n1,2\n")
    assert window.content.files.bring(other) == "other.csv"
    assert (tmp_path / "other.csv").read_text() == "a,b\n1,2\n"
    assert window.content.files.bring(table) == "data/flowers.csv"


def test_graphs_dropped_on_the_canvas_are_opened(qtbot, tmp_path):
    window = make_window(qtbot, tmp_path)
    storage.save(autoencoder(), tmp_path / "graph.json")
    window.content.view.file_dropped.emit(str(tmp_path / "graph.json"), QPointF())
    assert window.session.title == "graph"


def test_copies_of_crashed_windows_are_offered_as_notices(qtbot, tmp_path):
    from tests.app.test_session import crashed

    window = make_window(qtbot, tmp_path)
    crashed(window.store.folder, autoencoder())
    window.begin(None)
    (card,) = window.content.notices.cards()
    assert "lost" in card.title.text()
    card.findChildren(CureButton)[0].click()
    assert window.model.document == autoencoder()
    assert window.session.dirty
