"""The document's life on disk: open, save, recent files, changes from outside, and a copy that survives a crash."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

from app.graph_model import GraphModel
from app.preferences import Preferences
from app.questions import Questions
from app.recovery import Recovered, RecoveryStore
from graphs import gallery, storage
from graphs.document import Document
from graphs.language import tr

COPY_AFTER = 1000  # milliseconds after a change until the recovery copy is written


class Session(QObject):
    """Holds which file the model's document belongs to. Never loses a document: see `app.recovery`."""

    changed = Signal()  # file, title, or whether there are unsaved changes
    said = Signal(str, str, str)  # weight, title, text: for a notice
    changed_outside = Signal()  # another program has written the file

    def __init__(self, model: GraphModel, preferences: Preferences, store: RecoveryStore, questions: Questions,
                 parent: QObject | None = None) -> None:  # fmt: skip
        super().__init__(parent)
        self.model, self.preferences, self.store, self.questions = model, preferences, store, questions
        self.path: Path | None = None
        self.saved_at: float | None = None
        self.copied_at: float | None = None
        self._suggested = ""
        self._adopted: Path | None = None  # the folder of the data of an untitled document
        self._print = ""  # fingerprint of the file as we know it
        self._opening = False
        self._timer = QTimer(self, singleShot=True, interval=COPY_AFTER)
        self._timer.timeout.connect(self.keep_copy)
        self._watcher = QFileSystemWatcher(self)
        self._watcher.fileChanged.connect(self._file_changed)
        model.changed.connect(self._document_changed)
        model.stack.cleanChanged.connect(self._cleanness_changed)

    # what it knows

    @property
    def title(self) -> str:
        """What the document is called in the window."""
        return self.path.stem if self.path else self._suggested or tr("Untitled")

    @property
    def dirty(self) -> bool:
        """Whether there are changes that no file holds."""
        return not self.model.stack.isClean()

    def saved_words(self) -> str:
        """`Saved 4 s ago`, or what stands in for it."""
        if self.dirty:
            if self.copied_at is None:
                return tr("Not saved")
            return tr("Not saved · recovery copy {ago}", ago=ago(time.time() - self.copied_at))
        return tr("Saved {ago}", ago=ago(time.time() - self.saved_at)) if self.saved_at else ""

    # opening

    def may_leave(self) -> bool:
        """Asks about unsaved changes. False: the user wants to stay."""
        if not self.dirty:
            return True
        answer = self.questions.save_changes(self.title)
        if answer == "save":
            return self.save()
        return answer == "discard"

    def new(self) -> bool:
        """An empty document."""
        if not self.may_leave():
            return False
        self._show(Document(), None, "")
        return True

    def open(self, path: Path) -> bool:
        """Opens a file, after asking about unsaved changes. Says in words why when it cannot be read."""
        return self.may_leave() and self.load(path)

    def load(self, path: Path) -> bool:
        """Opens a file without asking."""
        path = path.absolute()
        try:
            known = fingerprint(path)
            document = storage.load(path)
        except (storage.Unreadable, OSError) as error:
            self.said.emit("error", tr("“{name}” cannot be opened", name=path.name), _why(error, path))
            return False
        self._show(document, path, "")
        self._print, self.saved_at = known, path.stat().st_mtime
        self.preferences.add_recent(path)
        self.changed.emit()
        return True

    def open_example(self, name: str) -> bool:
        """A lesson graph, as an untitled copy."""
        if not self.may_leave():
            return False
        self._show(gallery.load(name), None, name, gallery.path(name).parent)
        return True

    def adopt_folder(self, folder: Path) -> None:
        """An untitled document reads its files from here, and is proposed to be saved here."""
        if self.path is None and self.model.folder != folder:
            self.model.folder = self._adopted = folder
            self.model.recheck()

    def reload(self) -> None:
        """The file as another program has written it."""
        if self.path is not None:
            self.load(self.path)

    def recover(self, copy: Recovered) -> None:
        """Opens a copy of a crashed window, as an untitled document with unsaved changes."""
        name = tr("{title} (recovered)", title=copy.title)
        self._show(copy.document, None, name, copy.origin.parent if copy.origin else None)
        self.model.stack.resetClean()
        self.keep_copy()
        self.store.wait()
        if self.store.file.is_file():
            self.store.delete(copy)
        self.changed.emit()

    def _show(self, document: Document, path: Path | None, suggested: str, folder: Path | None = None) -> None:
        self._timer.stop()
        self._opening = True
        try:
            self.path, self._suggested, self._print, self._adopted = path, suggested, "", None
            self.saved_at = self.copied_at = None
            self.model.open(document, path.parent if path else folder)
        finally:
            self._opening = False
        self.store.discard()
        self._watch()
        self.changed.emit()

    # saving

    def save(self) -> bool:
        """Saves to the document's file; asks for one the first time, and before overwriting somebody else's work."""
        if self.path is None:
            return self.save_as()
        if self._print and self._differs_outside():
            answer = self.questions.overwrite_changed(self.path.name)
            if answer == "cancel":
                return False
            if answer == "save_as":
                return self.save_as()
        return self._write(self.path)

    def save_as(self) -> bool:
        """Saves to a file that the user chooses."""
        folder = self.path.parent if self.path else self._adopted or self._usual_folder()
        path = self.questions.file_to_save(folder / f"{self.title}.json")
        return path is not None and self._write(path.absolute())

    def _usual_folder(self) -> Path:
        recent = self.preferences.recent
        return recent[0].parent if recent else Path.home()

    def _write(self, path: Path) -> bool:
        if self.path is not None:
            self._watcher.removePath(str(self.path))
        try:
            storage.save(self.model.document, path)
            written = fingerprint(path)
        except OSError as error:
            self._watch()
            self.keep_copy()
            reason = tr("{reason}. The document is still open, and a recovery copy is kept.",
                        reason=error.strerror or str(error))  # fmt: skip
            self.said.emit("error", tr("“{name}” could not be saved", name=path.name), reason)
            return False
        self.path, self._print, self.saved_at = path, written, time.time()
        if self.model.folder != path.parent:
            self.model.folder = path.parent
            self.model.recheck()
        self.model.stack.setClean()
        self._timer.stop()
        self.store.discard()
        self.copied_at = None
        self.preferences.add_recent(path)
        self._watch()
        self.changed.emit()
        return True

    # the recovery copy

    def keep_copy(self) -> None:
        """Writes the recovery copy, if there is anything to lose."""
        if self.dirty:
            self.store.keep(self.model.document, self.path, self.title)
            self.copied_at = time.time()
            self.changed.emit()

    def rescue(self) -> Path | None:
        """Writes the copy at once, whatever happens afterwards. For the crash dialog."""
        if not self.dirty:
            return None
        try:
            return self.store.keep_now(self.model.document, self.path, self.title)
        except OSError:
            return None

    def close(self, *, keep: bool = False) -> None:
        """The window closes: the copy goes, unless the document could not be asked about."""
        if keep:
            self.keep_copy()
        self._timer.stop()
        self.store.close(keep=keep)

    def _document_changed(self, _: object) -> None:
        if not self._opening and not self._timer.isActive():
            self._timer.start()

    def _cleanness_changed(self, _: bool) -> None:
        if not self.dirty and not self._opening:
            self._timer.stop()
            self.store.discard()
            self.copied_at = None
        self.changed.emit()

    # the file and other programs

    def _watch(self) -> None:
        if self._watcher.files():
            self._watcher.removePaths(self._watcher.files())
        if self.path is not None and self.path.exists():
            self._watcher.addPath(str(self.path))

    def _differs_outside(self) -> bool:
        try:
            return self.path is not None and fingerprint(self.path) != self._print
        except FileNotFoundError:
            return False  # saving writes it anew
        except OSError:
            return True

    def _file_changed(self, _: str) -> None:
        if self._differs_outside():
            self.changed_outside.emit()
        self._watch()


def _why(error: Exception, path: Path) -> str:
    """Why a file cannot be opened."""
    if isinstance(error, FileNotFoundError):
        return tr("There is no such file in {folder}: it was moved, renamed or deleted.", folder=path.parent)
    return str(getattr(error, "strerror", None) or error)


def fingerprint(path: Path) -> str:
    """A digest of the file's bytes. Raises OSError."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def ago(seconds: float) -> str:
    """`just now`, `4 s ago`, `12 min ago`, `3 h ago`."""
    if seconds < 2:
        return tr("just now")
    if seconds < 60:
        return tr("{count} s ago", count=int(seconds))
    if seconds < 3600:
        return tr("{count} min ago", count=int(seconds // 60))
    return tr("{count} h ago", count=int(seconds // 3600))
