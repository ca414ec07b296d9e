"""A window for tests: settings and recovery in a temporary folder, no training process, answers prepared."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app import theme
from app.graph_model import GraphModel
from app.looks import LookerLike
from app.preferences import Preferences, open_settings
from app.questions import Questions
from app.recovery import RecoveryStore
from app.session import Session
from app.window import MainWindow
from engine import events
from engine.commands import LookAround, Pace, Probe, Walk
from engine.data.look_messages import Answer, Seen
from engine.data.view import View
from engine.frames import Frame
from engine.nodes import CATALOG
from engine.shared_memory import Status
from engine.telemetry import Series
from graphs.document import Document, Node, Wire
from graphs.language import set_language


class StillEngine:
    """An engine that notes what it is asked and says what the test wants it to say."""

    def __init__(self) -> None:
        self.alive = True
        self.status = Status()
        self.asked: list[tuple[object, ...]] = []
        self.to_say: list[events.Event] = []

    def poll(self) -> list[events.Event]:
        said, self.to_say = self.to_say, []
        return said

    def steps(self) -> Series:
        return Series()

    def epochs(self) -> Series:
        return Series()

    def frame(self) -> Frame | None:
        return None

    def look_around(self, order: LookAround) -> None:
        self.asked.append(("look_around", order))

    def probe(self, sample: Probe) -> None:
        self.asked.append(("probe", sample))

    def walk(self, order: Walk) -> None:
        self.asked.append(("walk", order))

    def watch(self, keys: Iterable[str]) -> None:
        self.asked.append(("watch", *keys))

    def start(self) -> None:
        self.asked.append(("start",))

    def close(self) -> None:
        self.asked.append(("close",))

    def restart(self) -> None:
        self.asked.append(("restart",))

    def load(self, document: bytes, folder: Path | str | None = None, keep_weights: bool = True) -> None:
        self.asked.append(("load", document, folder, keep_weights))

    def run(self) -> None:
        self.asked.append(("run",))

    def pause(self) -> None:
        self.asked.append(("pause",))

    def step(self) -> None:
        self.asked.append(("step",))

    def stop(self) -> None:
        self.asked.append(("stop",))

    def reset(self) -> None:
        self.asked.append(("reset",))

    def set_seed(self, seed: int | None) -> None:
        self.asked.append(("set_seed", seed))

    def set_rate(self, value: float) -> None:
        self.asked.append(("set_rate", value))

    def set_pace(self, pace: Pace) -> None:
        self.asked.append(("set_pace", pace))

    def evaluate(self) -> None:
        self.asked.append(("evaluate",))

    def words(self) -> list[str]:
        """What it was asked, by name."""
        return [str(one[0]) for one in self.asked]


class StillLooker:
    """Looks at nothing, and notes what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def look(self, document: bytes, folder: object, node: str, *, urgent: bool = False) -> int:
        self.asked.append(node)
        return len(self.asked)

    def cancel(self, ticket: int) -> None:
        pass

    def poll(self) -> list[Answer]:
        return []

    def open(self, seen: Seen) -> View:
        raise ValueError(seen)

    def close(self) -> None:
        pass


class Answers(Questions):
    """Answers that a test has prepared; asking for one that is not there fails the test."""

    def __init__(self) -> None:
        super().__init__(None)
        self.waiting: dict[str, object] = {}
        self.asked: list[str] = []

    def _take(self, name: str) -> object:
        self.asked.append(name)
        return self.waiting.pop(name)

    def save_changes(self, title: str) -> object:  # type: ignore[override]
        return self._take("save_changes")

    def overwrite_changed(self, name: str) -> object:  # type: ignore[override]
        return self._take("overwrite_changed")

    def copy_beside(self, name: str) -> bool:
        return bool(self._take("copy_beside"))

    def file_to_open(self, folder: Path) -> Path | None:
        return self._take("file_to_open")  # type: ignore[return-value]

    def data_to_read(self, start: Path, *, folder: bool = False) -> Path | None:
        return self._take("data_to_read")  # type: ignore[return-value]

    def file_to_save(self, proposal: Path) -> Path | None:
        self.proposal = proposal
        return self._take("file_to_save")  # type: ignore[return-value]


def preferences(folder: Path, language: str = "en") -> Preferences:
    """Preferences in a folder of the test's own."""
    made = Preferences(open_settings(folder / "settings.ini"))
    made.settings.setValue("preferences/language", language)
    set_language(language)
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    theme.apply(app, made.theme)
    theme.set_still(True)
    return made


def make_session(folder: Path) -> Session:
    """A session without a window."""
    model = GraphModel(CATALOG)
    return Session(model, preferences(folder), RecoveryStore(folder / "recovery"), Answers())


def make_window(qtbot: QtBot, folder: Path, size: tuple[int, int] = (1600, 1000), language: str = "en",
                looker: LookerLike | None = None) -> MainWindow:  # fmt: skip
    """A window on the screen, with an engine that stands still; it looks at no data unless it is given a looker."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # windows of earlier tests
    window = MainWindow(
        preferences(folder, language), recovery=folder / "recovery", engine=StillEngine(), questions=Answers(),
        looker=looker or StillLooker(),
    )
    qtbot.addWidget(window, before_close_func=forget_changes)
    window.resize(*size)
    window.show()
    qtbot.waitExposed(window)
    QApplication.processEvents()
    return window


def forget_changes(window: MainWindow) -> None:
    """Lets the window close without a question."""
    window.model.stack.setClean()
    set_language("en")


def autoencoder() -> Document:
    """Digits through an autoencoder and a dense layer to a loss."""
    nodes = (
        Node("digits1", "digits"),
        Node("code1", "autoencoder", {"units": 32}, (240, 0)),
        Node("dense1", "dense", {"units": 10}, (480, 0)),
        Node("loss1", "cross_entropy", {}, (720, 0)),
    )
    wires = (
        Wire("digits1", "pixels", "code1", "x"),
        Wire("code1", "code", "dense1", "x"),
        Wire("dense1", "y", "loss1", "prediction"),
        Wire("digits1", "label", "loss1", "label"),
    )
    return Document(nodes={node.id: node for node in nodes}, wires=frozenset(wires))
