"""A canvas on the toy catalogue, and hands for it: presses, drags and keys as real events."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QByteArray, QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app import theme
from app.canvas.faces import PortRef, Side
from app.canvas.stage import MIME
from app.canvas.view import GraphView
from app.graph_model import GraphModel
from graphs.document import Document, Wire
from tests.app.toy_catalog import CATALOG, chain

LEFT, MIDDLE, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton
NONE, SHIFT, CTRL, ALT = (
    Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier,
)  # fmt: skip
SIZE = (1200, 700)


class Hands:
    """Mouse and keys for the view of a model. Places are in the viewport."""

    def __init__(self, model: GraphModel, view: GraphView) -> None:
        self.model, self.view = model, view

    @property
    def document(self) -> Document:
        return self.model.document

    @property
    def undone(self) -> int:
        """How many undo steps there are."""
        return self.model.stack.count()

    def wire(self, text: str) -> Wire:
        """The wire that reads `a.y → b.x`."""
        return next(wire for wire in self.document.wires if str(wire) == text)

    def wires(self) -> set[str]:
        return {str(wire) for wire in self.document.wires}

    def input(self, node: str, name: str = "x") -> QPointF:
        """Where an input is in the viewport."""
        return self.view.to_view(self.view.graph_scene.port_point(PortRef(node, Side.INPUT, name)))

    def output(self, node: str, name: str = "y") -> QPointF:
        return self.view.to_view(self.view.graph_scene.port_point(PortRef(node, Side.OUTPUT, name)))

    def body(self, node: str) -> QPointF:
        """A place on a node that is neither port nor button: its title."""
        item = self.view.graph_scene.nodes[node]
        return self.view.to_view(item.pos() + QPointF(item.box.width / 2, 16))

    def position(self, node: str) -> tuple[float, float]:
        return self.document.nodes[node].position

    # mouse

    def send(self, kind: QEvent.Type, at: QPointF, button: Qt.MouseButton, held: Qt.MouseButton,
             modifiers: Qt.KeyboardModifier = NONE) -> None:  # fmt: skip
        port = self.view.viewport()
        event = QMouseEvent(kind, at, QPointF(port.mapToGlobal(at)), button, held, modifiers)
        QApplication.sendEvent(port, event)

    def press(self, at: QPointF, button: Qt.MouseButton = LEFT, modifiers: Qt.KeyboardModifier = NONE) -> None:
        self._held = (button, modifiers)
        self.send(QEvent.Type.MouseButtonPress, at, button, button, modifiers)

    def move(self, at: QPointF) -> None:
        """Moves with what is held; without a press, hovers."""
        button, modifiers = getattr(self, "_held", (Qt.MouseButton.NoButton, NONE))
        self.send(QEvent.Type.MouseMove, at, Qt.MouseButton.NoButton, button, modifiers)

    def release(self, at: QPointF) -> None:
        button, modifiers = self._held
        del self._held
        self.send(QEvent.Type.MouseButtonRelease, at, button, Qt.MouseButton.NoButton, modifiers)

    def drag(self, start: QPointF, end: QPointF, button: Qt.MouseButton = LEFT,
             modifiers: Qt.KeyboardModifier = NONE, *, let_go: bool = True) -> None:  # fmt: skip
        """Presses, moves in steps, and lets go unless told not to."""
        self.press(start, button, modifiers)
        for step in range(1, 6):
            self.move(start + (end - start) * (step / 5))
        if let_go:
            self.release(end)

    def click(self, at: QPointF, button: Qt.MouseButton = LEFT, modifiers: Qt.KeyboardModifier = NONE) -> None:
        self.press(at, button, modifiers)
        self.release(at)

    def double_click(self, at: QPointF) -> None:
        QTest.mouseDClick(self.view.viewport(), LEFT, NONE, at.toPoint())

    # keys

    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE, widget: QWidget | None = None) -> None:
        QTest.keyClick(widget or self.view, key, modifiers)

    def type(self, text: str) -> None:
        """Into the search."""
        QTest.keyClicks(self.view.search_box.field, text)

    def search_key(self, key: Qt.Key) -> None:
        QTest.keyClick(self.view.search_box.field, key)

    def found(self) -> list[str]:
        """The titles that the search shows."""
        return [entry.title for entry in self.view.search_box.results.entries]

    # drag and drop

    def carry(self, type_name: str, at: QPointF, *, drop: bool = True) -> None:
        """A node type from the palette."""
        data = QMimeData()
        data.setData(MIME, QByteArray(type_name.encode()))
        self._carry(data, at, drop=drop)

    def carry_file(self, path: str, at: QPointF) -> None:
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(path)])
        self._carry(data, at, drop=True)

    def _carry(self, data: QMimeData, at: QPointF, *, drop: bool) -> None:
        port, copy = self.view.viewport(), Qt.DropAction.CopyAction
        point = QPoint(round(at.x()), round(at.y()))
        QApplication.sendEvent(port, QDragEnterEvent(point, copy, data, LEFT, NONE))
        QApplication.sendEvent(port, QDragMoveEvent(point, copy, data, LEFT, NONE))
        last = QDropEvent(at, copy, data, LEFT, NONE) if drop else QDragLeaveEvent()
        QApplication.sendEvent(port, last)


class Canvas(Hands):
    """A view of its own at 100 %, scene and viewport aligned: a point of the scene is the same in the viewport."""

    def __init__(self, document: Document) -> None:
        model = GraphModel(CATALOG)
        super().__init__(model, GraphView(model, CATALOG))
        self.view.resize(*SIZE)
        self.view.show()
        self.model.open(document)
        self.view.zoom_to(1.0)
        self.view.pan(-self.view.to_view(QPointF(0, 0)))


@pytest.fixture
def canvas(qtbot: QtBot) -> Iterator[Canvas]:
    """The five nodes of the toy chain, in the light theme."""
    yield from make_canvas(qtbot, chain())


def make_canvas(qtbot: QtBot, document: Document) -> Iterator[Canvas]:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    theme.apply(app, "light")
    theme.set_still(True)
    made = Canvas(document)
    qtbot.addWidget(made.view)
    yield made
    theme.set_still(False)
