"""What happens when something goes wrong inside the program: a log, a recovery copy, and a dialog in words."""

from __future__ import annotations

import faulthandler
import logging
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

import platformdirs
from PySide6.QtCore import QMessageLogContext, QObject, Qt, QtMsgType, Signal, qInstallMessageHandler
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from app import theme
from app.panels.controls import Disclosure, IconLabel, Words
from graphs.language import tr

log = logging.getLogger("hourglass")
LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}
LARGEST_LOG = 1 << 20


def log_folder() -> Path:
    """Where the log lies."""
    return Path(platformdirs.user_state_dir("hourglass", appauthor=False)) / "log"


def start_log(folder: Path | None = None) -> Path | None:
    """Writes warnings and crashes to a file from now on, native ones included. None where there is no room for one."""
    folder = folder or log_folder()
    file = folder / "hourglass.log"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if file.exists() and file.stat().st_size > LARGEST_LOG:
            file.replace(folder / "hourglass.old.log")
        handler = logging.FileHandler(file, encoding="utf-8")
    except OSError:
        return None
    handler.setFormatter(logging.Formatter("%(asctime)s %(process)d %(levelname)s %(name)s %(message)s"))
    logging.getLogger().addHandler(handler)
    faulthandler.enable(handler.stream)
    qInstallMessageHandler(log_qt_message)
    return file


def log_qt_message(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    """Qt's own words go to the log."""
    log.log(LEVELS.get(kind, logging.WARNING), "Qt: %s (%s)", message, context.category)


class CrashDialog(QDialog):
    """Says what happened and what is safe. The document stays open behind it."""

    def __init__(
        self, details: str, copy: Path | None, save: Callable[[], object], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Hourglass")
        self.setMinimumWidth(480)
        self._details = details
        safe = tr("Your graph is still open.")
        if copy is not None:
            safe += " " + tr("A recovery copy of it is in {file}.", file=copy)
        title = Words(tr("Something went wrong inside Hourglass"), px=15, weight=600, wrap=True)
        body = Words(safe + "\n\n" + tr("You can go on. Saving now is a good idea."), role="quiet", wrap=True)
        body.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.text = QPlainTextEdit(details)
        self.text.setReadOnly(True)
        self.text.setFixedHeight(180)
        self.text.hide()
        more = Disclosure(tr("What happened, for a report"))
        more.toggled.connect(self._show_details)
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(IconLabel("error", "error", 24), 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(title, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 16)
        column.setSpacing(10)
        column.addLayout(head)
        column.addWidget(body)
        column.addWidget(more)
        column.addWidget(self.text)
        column.addLayout(self._buttons(save))

    def _buttons(self, save: Callable[[], object]) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addStretch(1)
        for words, run in (
            (tr("Copy the report"), lambda: QGuiApplication.clipboard().setText(self._details)),
            (tr("Save the graph"), save),
            (tr("Go on"), self.accept),
        ):
            button = QPushButton(words)
            button.clicked.connect(lambda _=False, run=run: run())
            row.addWidget(button)
        button.setDefault(True)
        return row

    def _show_details(self, shown: bool) -> None:
        self.text.setVisible(shown)
        self.adjustSize()

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), theme.tokens().panel)


class CrashGuard(QObject):
    """Catches what nobody caught, in every thread; the first thing it does is to put the document into safety."""

    _caught = Signal(str)

    def __init__(
        self,
        rescue: Callable[[], Path | None],
        save: Callable[[], object],
        window: Callable[[], QWidget | None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._rescue, self._save, self._window = rescue, save, window
        self._told: set[str] = set()
        self._open: CrashDialog | None = None
        self._before = (sys.excepthook, threading.excepthook)
        self._caught.connect(self._tell, Qt.ConnectionType.QueuedConnection)

    def install(self) -> None:
        """Takes the place of Python's own hooks."""
        sys.excepthook = self.catch
        threading.excepthook = self._catch_in_thread

    def remove(self) -> None:
        """Puts Python's own hooks back."""
        sys.excepthook, threading.excepthook = self._before

    def catch(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """An error that nothing else has caught."""
        if issubclass(kind, KeyboardInterrupt):
            self._before[0](kind, error, trace)
            return
        details = "".join(traceback.format_exception(kind, error, trace))
        log.error("uncaught:\n%s", details)
        self._caught.emit(details)

    def _catch_in_thread(self, found: threading.ExceptHookArgs) -> None:
        if found.exc_value is not None and not isinstance(found.exc_value, SystemExit):
            self.catch(found.exc_type, found.exc_value, found.exc_traceback)

    def _tell(self, details: str) -> None:
        """The copy first; then the dialog, once for each kind of error and never two at a time."""
        copy = self._rescue()
        where = details[-400:]
        if where in self._told or self._open is not None:
            return
        self._told.add(where)
        self._open = CrashDialog(details, copy, self._save, self._window())
        self._open.finished.connect(self._closed)
        self._open.open()

    def _closed(self, _: int) -> None:
        if self._open is not None:
            self._open.deleteLater()
        self._open = None

    def dialog(self) -> CrashDialog | None:
        """The dialog that is open now."""
        return self._open
