"""The whole path by hand: build XOR and the digits autoencoder with the mouse, run, watch, save, undo, reopen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QDrag, QDragEnterEvent, QDragMoveEvent, QDropEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot

from app.live.card import Card
from app.live.codes.probes import LinearProbeCard
from app.live.draw_and_see import DrawAndSeeCard
from app.live.panel import overview
from app.panels import palette
from app.panels.editors import ChoiceField
from app.panels.form import Row
from app.window import MainWindow
from graphs import storage
from graphs.document import Document, Wire
from tests.app.canvas_kit import LEFT, NONE, Hands
from tests.app.window_kit import Answers, forget_changes, preferences

LEARNED = 300  # steps after which there may be cards in which nothing moves any more


class CarriedDrag(QDrag):
    """A drag on a screen that has no drag and drop: carries its data to `target` and drops them there."""

    target = QPoint()

    def exec(self, *_: object) -> Qt.DropAction:
        window = self.source().window()
        widget = window.childAt(window.mapFromGlobal(self.target))
        while widget is not None and not widget.acceptDrops():
            widget = widget.parentWidget()
        assert widget is not None, "nothing there takes drops"
        at, copy = widget.mapFromGlobal(self.target), Qt.DropAction.CopyAction
        for event in (
            QDragEnterEvent(at, copy, self.mimeData(), LEFT, NONE),
            QDragMoveEvent(at, copy, self.mimeData(), LEFT, NONE),
            QDropEvent(QPointF(at), copy, self.mimeData(), LEFT, NONE),
        ):
            QApplication.sendEvent(widget, event)
        return copy


class Builder(Hands):
    """A user with a mouse at the whole window."""

    def __init__(self, window: MainWindow, qtbot: QtBot) -> None:
        super().__init__(window.model, window.content.view)
        self.window, self.content, self.qtbot = window, window.content, qtbot

    def take(self, type_name: str, at: tuple[int, int]) -> str:
        """Drags a node type out of the palette to a place of the canvas. Gives the new node's id."""
        shelves = self.content.palette_panel.list
        shelves.scrollTo(self.content.palette_panel.index_of(type_name))
        row = shelves.visualRect(self.content.palette_panel.index_of(type_name)).center()
        CarriedDrag.target = self.view.viewport().mapToGlobal(QPoint(*at))
        before = set(self.document.nodes)
        QTest.mousePress(shelves.viewport(), LEFT, NONE, row)
        for step in (QPoint(8, 2), QPoint(24, 4), QPoint(60, 8)):
            QTest.mouseMove(shelves.viewport(), row + step)
        QTest.mouseRelease(shelves.viewport(), LEFT, NONE, row + QPoint(60, 8))
        (new,) = set(self.document.nodes) - before
        return new

    def join(self, source: tuple[str, str], target: tuple[str, str]) -> None:
        """Drags a wire from an output to an input."""
        self.drag(self.output(*source), self.input(*target))
        assert Wire(*source, *target) in self.document.wires

    def row(self, name: str) -> Row:
        """The row of a parameter in the inspector, scrolled into view."""
        inspector = self.content.inspector

        def rows() -> list[Row]:
            return [row for row in inspector.findChildren(Row) if row.name == name and row.isVisible()]

        self.qtbot.waitUntil(lambda: len(rows()) == 1)
        inspector.scroll.ensureWidgetVisible(rows()[0])
        return rows()[0]

    def write(self, name: str, text: str) -> None:
        """Clicks a field, types and presses Enter."""
        field = self.row(name).editor
        QTest.mouseClick(field, LEFT)
        QTest.keyClicks(field, text)
        QTest.keyClick(field, Qt.Key.Key_Return)

    def pick(self, name: str, value: str) -> None:
        """Clicks a list open and one of its words."""
        field = self.row(name).editor
        assert isinstance(field, ChoiceField)
        QTest.mouseClick(field, LEFT)
        words = field.view()
        at = words.visualRect(words.model().index(field.findData(value), 0)).center()

        def taken() -> bool:  # Qt ignores clicks until a double click is over
            if words.isVisible():
                QTest.mouseMove(words.viewport(), at)
                QTest.mouseClick(words.viewport(), LEFT, NONE, at)
            return field.value() == value and not words.isVisible()

        self.qtbot.waitUntil(taken)

    def choose(self, node: str) -> None:
        self.click(self.body(node))
        assert self.model.selection == {node}

    def leave_all(self) -> None:
        """A click beside everything: the inspector shows the training."""
        self.click(QPointF(self.view.viewport().rect().center().x(), self.view.viewport().height() - 90))
        assert not self.model.selection

    def press_button(self, name: str) -> None:
        """A button of the run bar, by the action that it does."""
        bar = self.content.run_bar
        buttons = [bar.run] if name == "run" else [
            button for button in bar.findChildren(QWidget)
            if getattr(button, "defaultAction", None) and button.defaultAction() is self.content.table[name]
        ]  # fmt: skip
        QTest.mouseClick(buttons[0], LEFT)

    def begin_anew(self) -> None:
        """Back to the first weights, and run."""
        controller = self.window.controller
        self.press_button("reset")
        self.qtbot.waitUntil(lambda: controller.state == "idle" and controller.feed.status.step == 0)
        self.press_button("run")
        self.qtbot.waitUntil(lambda: controller.state == "running" and controller.feed.status.step > 0)

    def file_menu(self, name: str) -> None:
        """A line of the menu under the document's name."""
        QTest.mouseClick(self.content.run_bar.document, LEFT)
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        QTest.mouseClick(menu, LEFT, NONE, menu.actionGeometry(self.content.table[name]).center())
        self.qtbot.waitUntil(lambda: not menu.isVisible())


@pytest.fixture
def builder(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Builder]:
    """A window with the real training process and an empty graph."""
    monkeypatch.setattr(palette, "QDrag", CarriedDrag)
    window = MainWindow(preferences(tmp_path), recovery=tmp_path / "recovery", questions=Answers())
    qtbot.addWidget(window, before_close_func=forget_changes)
    window.resize(1600, 1000)
    window.show()
    qtbot.waitExposed(window)
    window.begin(None)
    yield Builder(window, qtbot)
    window.controller.stop()


def pixels(card: Card) -> QImage:
    return card.grab().toImage()


def learned_out(builder: Builder, card: Card, before: QImage) -> bool:
    """Waits until a card draws something new, or so long has been trained that it need not."""
    feed = builder.window.controller.feed
    builder.qtbot.waitUntil(lambda: pixels(card) != before or feed.status.step > LEARNED)
    return pixels(card) == before


def every_view_moves(builder: Builder) -> list[str]:
    """Turns the pages of the live views, begins anew, and waits until every card has drawn something new, twice."""
    panel, seen = builder.content.live, []
    while True:
        builder.begin_anew()
        for card in list(panel.row.shown):
            if isinstance(card, LinearProbeCard):
                continue  # tells what it is asked
            if isinstance(card, DrawAndSeeCard):  # shows what is drawn, and what the network makes of it as it learns
                pen = card.pen
                QTest.mousePress(pen, LEFT, NONE, pen.at(4, 1).toPoint())
                QTest.mouseMove(pen, pen.at(4, 7).toPoint())
                QTest.mouseRelease(pen, LEFT, NONE, pen.at(4, 7).toPoint())
            for _ in range(2):
                before, page = pixels(card), f"{card.name}, of {[each.name for each in panel.row.shown]}"

                def moved(card: Card = card, before: QImage = before, page: str = page) -> None:
                    assert pixels(card) != before, f"nothing moves in {page}"

                if learned_out(builder, card, before):
                    builder.begin_anew()  # on a slow machine all was learned before this card's turn came
                    builder.qtbot.waitUntil(moved)
            seen.append(card.name)
        if not panel.header.forth.isEnabled() or not panel.header.forth.isVisible():
            return seen
        QTest.mouseClick(panel.header.forth, LEFT)


def run_and_watch(builder: Builder) -> None:
    """Presses Run; every view, the nodes and the wires come to life; presses Stop."""
    feed = builder.window.controller.feed
    builder.press_button("run")
    builder.qtbot.waitUntil(lambda: feed.status.step > 20)
    seen = every_view_moves(builder)
    assert set(seen) == {kind.name for kind in overview(feed.run)} - {LinearProbeCard.name}
    QTest.mouseClick(builder.view.switch, LEFT, NONE, builder.view.switch.part(2).center().toPoint())
    scene = builder.view.graph_scene
    builder.qtbot.waitUntil(lambda: any(item.share for item in scene.wires.values()))
    assert any(item.live and item.live.training for item in scene.nodes.values())
    builder.press_button("stop")
    builder.qtbot.waitUntil(lambda: builder.window.controller.state not in ("running", "preparing"))


def save_undo_and_reopen(builder: Builder, path: Path) -> None:
    """Saves, undoes everything, opens the file again: it is the same graph."""
    answers = builder.window.session.questions
    assert isinstance(answers, Answers)
    built: Document = builder.document
    answers.waiting["file_to_save"] = path
    builder.file_menu("save")
    assert storage.loads(path.read_bytes()) == built
    steps = builder.undone
    for _ in range(steps):
        builder.press_button("undo")
    assert builder.document == Document() and not builder.content.table["undo"].isEnabled()
    assert builder.content.start_page.isVisible()
    answers.waiting |= {"save_changes": "discard", "file_to_open": path}
    builder.file_menu("open")
    assert builder.document == built and builder.view.graph_scene.nodes.keys() == built.nodes.keys()
    assert all(builder.view.visible_rect().contains(item.scene_rect()) for item in builder.view.graph_scene.nodes.values())


def test_xor(builder: Builder, tmp_path: Path) -> None:
    toy = builder.take("toy2d", (120, 140))
    hidden = builder.take("dense", (360, 140))
    answer = builder.take("dense", (600, 140))
    loss = builder.take("binary_cross_entropy", (840, 140))
    builder.choose(toy)
    builder.pick("problem", "xor")
    builder.choose(hidden)
    builder.write("units", "8")
    builder.pick("activation", "tanh")
    builder.choose(answer)
    builder.write("units", "1")
    builder.pick("activation", "sigmoid")
    builder.join((toy, "points"), (hidden, "x"))
    builder.join((hidden, "y"), (answer, "x"))
    builder.join((answer, "y"), (loss, "prediction"))
    builder.join((toy, "label"), (loss, "target"))
    builder.leave_all()
    for name, text in (("epochs", "0"), ("validation_share", "0"), ("batch_size", "4"), ("learning_rate", "0.03")):
        builder.write(name, text)
    assert builder.model.checked.errors == ()
    assert builder.document.nodes[hidden].parameters == {"units": 8, "activation": "tanh"}
    run_and_watch(builder)
    save_undo_and_reopen(builder, tmp_path / "xor.json")


def test_digits_autoencoder(builder: Builder, tmp_path: Path) -> None:
    digits = builder.take("digits", (160, 140))
    code = builder.take("autoencoder", (480, 140))
    builder.choose(code)
    builder.write("units", "32")
    builder.join((digits, "pixels"), (code, "x"))
    builder.leave_all()
    builder.write("epochs", "0")
    assert builder.model.checked.errors == ()
    run_and_watch(builder)
    save_undo_and_reopen(builder, tmp_path / "hourglass.json")
