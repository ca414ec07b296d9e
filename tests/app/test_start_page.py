"""The empty canvas: lesson cards, recent files, and that everything else still reaches the canvas."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.panels.controls import Link
from app.panels.start_page import example, first_sentence, title_and_rest
from engine.nodes import CATALOG
from graphs import gallery, storage
from graphs.language import LANGUAGES, set_language
from tests.app.window_kit import autoencoder, make_window


def test_every_lesson_has_a_card_derived_from_its_graph():
    cards = {name: example(name, CATALOG) for name in gallery.names()}
    assert cards["xor_mlp"].sizes == "2 → 8 → 1"
    assert cards["digits_autoencoder"].sizes == "64 → 32 → 64"
    assert cards["digits_deep_autoencoder"].sizes == "64 → 32 → 16 → 32 → 64"
    for card in cards.values():
        assert card.title
        assert card.lesson
        assert card.families


@pytest.mark.parametrize("code", LANGUAGES)
def test_cards_speak_the_language_of_the_user(qtbot, tmp_path, code):
    window = make_window(qtbot, tmp_path, language=code)
    titles = [card.shown.title for card in window.content.start_page.cards]
    assert "XOR" in titles
    assert ("2層でほどく二重らせん" in titles) == (code == "ja")
    set_language("en")


@pytest.mark.parametrize(("text", "parts"), [
    ("XOR: one layer is not enough", ("XOR", "One layer is not enough")), ("XOR：1層では解けない", ("XOR", "1層では解けない")),
    ("Plain", ("Plain", "")),
])  # fmt: skip
def test_titles_in_two_parts(text, parts):
    assert title_and_rest(text) == parts
    assert first_sentence("One. Two.") == "One."
    assert first_sentence("一つ。二つ。") == "一つ。"


@pytest.mark.parametrize("size", [(960, 600), (1280, 720), (1600, 1000), (2560, 1440)])
def test_cards_stand_inside_the_canvas_and_apart(qtbot, tmp_path, size):
    window = make_window(qtbot, tmp_path, size)
    page = window.content.start_page
    cards = [card for card in page.cards if card.isVisible()]
    assert cards
    assert len(cards) == len(page.cards) or page.all_lessons.isVisible()
    for card in cards:
        assert page.rect().contains(card.geometry())
        assert not any(card.geometry().intersects(other.geometry()) for other in cards if other is not card)
    middle = (cards[0].x() + max(card.geometry().right() for card in cards)) / 2
    assert abs(middle - page.width() / 2) <= 12


def test_a_click_on_a_card_opens_the_lesson_and_the_page_goes(qtbot, tmp_path):
    window = make_window(qtbot, tmp_path)
    page = window.content.start_page
    assert page.isVisible()
    QTest.mouseClick(page.cards[0], Qt.MouseButton.LeftButton)
    assert window.session.title == gallery.names()[0]
    assert not page.isVisible()
    assert window.content.view.minimap.isVisible()
    window.session.new()
    assert page.isVisible()
    assert not window.content.view.minimap.isVisible()


def test_recent_files_are_offered(qtbot, tmp_path):
    window = make_window(qtbot, tmp_path)
    for name in ("a", "b"):
        storage.save(autoencoder(), tmp_path / f"{name}.json")
        window.session.open(tmp_path / f"{name}.json")
    window.session.new()
    QApplication.processEvents()
    page = window.content.start_page
    links = [link for link in page.findChildren(Link) if link.isVisible() and link not in (page.all_lessons, page.terrain)]
    assert [link.text() for link in links] == ["b", "a"]
    links[1].click()
    assert window.session.title == "a"


def test_the_terrain_is_one_click_away(qtbot, tmp_path):
    window = make_window(qtbot, tmp_path)
    assert window.content.asides.terrain is None, "it costs nothing before it is wanted"
    qtbot.mouseClick(window.content.start_page.terrain, Qt.MouseButton.LeftButton)
    assert window.content.asides.terrain.isVisible()
    window.content.asides.terrain.close()
    window.content.table.run("terrain")
    assert window.content.asides.terrain.isVisible()


def test_the_mouse_reaches_the_canvas_beside_cards(qtbot, tmp_path):
    window = make_window(qtbot, tmp_path)
    page, view = window.content.start_page, window.content.view
    corner = page.mapTo(window, QPoint(30, page.height() - 30))
    assert page.mask().contains(page.cards[0].geometry().center())
    assert not page.mask().contains(QPoint(30, page.height() - 30))
    assert window.childAt(corner) is view.viewport()


def test_what_is_dropped_on_the_page_reaches_the_canvas(qtbot, tmp_path):
    window = make_window(qtbot, tmp_path)
    table = tmp_path / "points.csv"
    table.write_text("a,b,c\n1,2,x\n2,1,y\n")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(table))])
    page = window.content.start_page
    at = QPointF(page.cards[0].geometry().center())
    how = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    for event in (QDragEnterEvent(at.toPoint(), *how), QDragMoveEvent(at.toPoint(), *how), QDropEvent(at, *how)):
        QApplication.sendEvent(page, event)
        assert event.isAccepted()
    (node,) = window.model.document.nodes.values()
    assert (node.type, node.parameters["file"]) == ("table", "points.csv")


def test_the_page_is_drawn_in_both_themes(qtbot, tmp_path):
    window = make_window(qtbot, tmp_path)
    pictures = []
    for mode in ("light", "dark"):
        window.preferences.theme = mode
        card = window.content.start_page.cards[0].grab().toImage()
        pictures.append(card)
        colors = {card.pixel(x, y) for x in range(0, card.width(), 2) for y in range(0, card.height(), 2)}
        assert len(colors) > 20
    assert pictures[0] != pictures[1]
    window.preferences.theme = "system"
