"""The window and what lives as long as it: document, session, run. Builds and connects; decides nothing."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

from PySide6.QtCore import QSize, QTimer
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from app import crash, icons, theme
from app.ending import when_ended
from app.graph_model import GraphModel
from app.looks import LookerLike, Looks
from app.panels import pace as paces
from app.preferences import Preferences, open_settings
from app.questions import Questions
from app.recovery import RecoveryStore
from app.session import Session
from app.training.controller import EngineLike, RunController
from app.training.node_numbers import NodeNumbers
from app.training.several_runs import SeveralRuns
from app.warm_up import WarmUp
from app.window_content import Parts, WindowContent
from app.window_state import WindowState
from engine.data.looker import Looker
from engine.nodes import CATALOG
from graphs import gallery
from graphs.catalog import Catalog
from graphs.language import set_language

USUAL = QSize(1600, 1000)
SMALLEST = QSize(960, 560)


class MainWindow(QWidget):
    """One window with one document."""

    def __init__(
        self,
        preferences: Preferences,
        *,
        catalog: Catalog = CATALOG,
        recovery: Path | None = None,
        engine: EngineLike | None = None,
        questions: Questions | None = None,
        looker: LookerLike | None = None,
    ) -> None:
        super().__init__()
        self.preferences = preferences
        self.state = WindowState(preferences.settings)
        self.model = GraphModel(catalog)  # no child: it must outlive all that listens to it
        self.store = RecoveryStore(recovery)
        self.session = Session(self.model, preferences, self.store, questions or Questions(self), self)
        self.controller = RunController(self.model, engine=engine, parent=self)
        self.controller.set_pace(paces.from_text(preferences.pace))
        self.several = SeveralRuns(self)
        self.numbers = NodeNumbers(self.model, self.controller.feed, self)
        self.looks = Looks(self.model, looker or Looker(), self)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self.setWindowIcon(icons.icon("logo", "sand"))
        self.setMinimumSize(SMALLEST)
        self.content = self._build()
        self.session.changed.connect(self._show_title)
        preferences.changed.connect(self._preference_changed)
        self._show_title()
        self._place()
        self.warm_up = WarmUp(self)

    def _build(self) -> WindowContent:
        parts = Parts(self.model, self.session, self.controller, self.several, self.numbers, self.looks,
                      self.preferences, self.state)
        content = WindowContent(parts, self)
        self._column.addWidget(content)
        return content

    def _place(self) -> None:
        geometry = self.state.geometry()
        if geometry is None or not self.restoreGeometry(geometry):
            room = self.screen().availableSize()
            self.resize(USUAL.boundedTo(room))

    def _show_title(self) -> None:
        self.setWindowTitle(f"{self.session.title}[*] – Hourglass")
        self.setWindowModified(self.session.dirty)

    def _preference_changed(self, name: str) -> None:
        if name == "theme":
            app = QApplication.instance()
            assert isinstance(app, QApplication)
            theme.apply(app, self.preferences.theme)
        elif name == "still":
            theme.set_still(self.preferences.still)
        elif name == "language":
            self._speak(self.preferences.language)

    def _speak(self, language: str) -> None:
        """Builds the inside of the window anew in another language; document, undo and run go on."""
        set_language(language)
        self.model.recheck()
        old = self.content
        old.data.close_all()
        self._column.removeWidget(old)
        old.hide()
        self.content = self._build()
        self.content.show()
        old.deleteLater()
        self._show_title()
        self.content.view.fit()

    def begin(self, name: str | None, *, train: bool = False) -> None:
        """What happens once the window is there: the engine warms up, a graph is opened, old copies are offered."""
        self.controller.start()
        if name is not None:
            path = Path(name)
            if not path.exists() and name in gallery.names():
                self.session.open_example(name)
            else:
                self.session.load(path)
        self.content.offer_recovery(self.store.orphans())
        self.content.view.setFocus()
        if train:
            self.controller.run()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.content.inspector.commit()
        if not self.session.may_leave():
            event.ignore()
            return
        self._end()
        event.accept()

    def leave(self, number: int) -> None:
        """Ends the program without a question, since a signal asked for it: unsaved changes are offered at the next start."""
        self.content.inspector.commit()
        self._end(keep=True)
        QApplication.exit(128 + number)

    def _end(self, *, keep: bool = False) -> None:
        self.state.save_geometry(self.saveGeometry())
        self.preferences.settings.sync()
        self.content.data.close_all()
        self.several.stop()
        self.controller.close()
        self.looks.close()
        self.session.close(keep=keep)
        self.model.stack.blockSignals(True)  # it would speak once more while it is taken apart


def _settle() -> None:
    """Has garbage looked for from now on, but not in what is there and stays: that would take 70 ms, now and then."""
    gc.freeze()
    gc.enable()


def run(name: str | None = None, *, train: bool = False) -> int:
    """Opens the window, with a graph if one is named (a file or a lesson), and returns when it is closed."""
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    app.setApplicationName("hourglass")
    app.setApplicationDisplayName("Hourglass")
    app.setDesktopFileName("hourglass")
    crash.start_log()
    preferences = Preferences(open_settings())
    preferences.apply(app)
    window = MainWindow(preferences)
    guard = crash.CrashGuard(window.session.rescue, window.session.save, lambda: window, window)
    guard.install()
    when_ended(window.leave)
    window.show()
    window.warm_up.done.connect(_settle)
    QTimer.singleShot(0, lambda: window.begin(name, train=train))
    try:
        return app.exec()
    finally:
        guard.remove()

