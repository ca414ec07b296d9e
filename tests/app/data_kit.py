"""For tests of data viewers: a looker that looks at once, without a process, and windows over some graph."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.live.data.viewer import DataViewer
from app.window import MainWindow
from engine.data.look_messages import Answer, Failed, Seen
from engine.data.results import RESULTS
from engine.data.store import Store
from engine.data.view import View, look, open_view
from engine.errors import HourglassError
from engine.nodes import CATALOG
from graphs.checks import check
from graphs.document import Document, Node, Wire
from graphs.storage import loads
from tests.app.window_kit import make_window


class NearLooker:
    """What `engine.data.looker.Looker` does, here and now. `held` answers wait until they are let go."""

    def __init__(self, folder: Path) -> None:
        self.store = Store(folder / "looks")
        RESULTS.use(self.store)
        RESULTS.kept.clear()
        self.looked_at: list[str] = []
        self.cancelled: list[int] = []
        self.answers: list[Answer] = []
        self.held = False

    def look(self, document: bytes, folder: object, node: str, *, urgent: bool = False) -> int:
        self.looked_at.append(node)
        ticket = len(self.looked_at)
        if not self.held:
            base = Path(str(folder)) if folder else None
            try:
                key = look(check(loads(document), CATALOG, base), base, node)
                self.answers.append(Seen(ticket, node, key))
            except HourglassError as problem:
                self.answers.append(Failed(ticket, node, problem.text))
        return ticket

    def cancel(self, ticket: int) -> None:
        self.cancelled.append(ticket)

    def poll(self) -> list[Answer]:
        found, self.answers = self.answers, []
        return found

    def open(self, seen: Seen) -> View:
        return open_view(self.store, seen.key)

    def close(self) -> None:
        pass


def graph(*nodes: tuple, wires: tuple[str, ...] = ()) -> Document:
    """From (id, type, parameters) and "a.port b.port", side by side."""
    ends = [[end.split(".") for end in wire.split()] for wire in wires]
    made = {name: Node(name, kind, parameters, (240.0 * place, 0.0))
            for place, (name, kind, parameters) in enumerate(nodes)}
    return Document(nodes=made, wires=frozenset(Wire(*source, *target) for source, target in ends))


def data_window(qtbot: QtBot, folder: Path, document: Document, *, files: Path | None = None,
                language: str = "en") -> MainWindow:
    """A window whose data are all looked at."""
    window = make_window(qtbot, folder, language=language, looker=NearLooker(folder))
    window.model.open(document, files)
    QApplication.processEvents()
    window.looks.refresh()
    window.looks.take()
    while window.looks.pending(""):
        window.looks.take()
    QApplication.processEvents()
    window.content.view.fit()
    return window


def double_click(window: MainWindow, node: str) -> DataViewer:
    """Opens the viewer of a node with the mouse."""
    view = window.content.view
    at = view.mapFromScene(view.graph_scene.nodes[node].pos() + QPoint(80, 20).toPointF())
    QTest.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    settle(window)
    return window.content.data.viewers[node]


def settle(window: MainWindow) -> None:
    """Everything that is due happens."""
    window.looks.take()
    QApplication.processEvents()
