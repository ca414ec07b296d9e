"""Copies of unsaved documents that survive a crash: one file and one lock for each running window."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import platformdirs
from PySide6.QtCore import QLockFile

from graphs import storage
from graphs.document import Document

FORMAT = "hourglass-recovery"
KEEP_DAYS = 30
STALE_TEMPORARY = 24 * 3600  # seconds after which a temporary file of a crashed save is removed

log = logging.getLogger(__name__)


def recovery_folder() -> Path:
    """Where the copies lie."""
    return Path(platformdirs.user_state_dir("hourglass", appauthor=False)) / "recovery"


@dataclass(frozen=True, slots=True)
class Recovered:
    """A copy whose window is gone. `lock` is held as long as this copy is being offered."""

    file: Path
    document: Document
    origin: Path | None  # the file that the document came from
    title: str
    saved_at: float
    lock: QLockFile = field(compare=False)


class RecoveryStore:
    """This window's copy, and those that crashed windows have left. Writing happens in a thread of its own."""

    def __init__(self, folder: Path | None = None, failed: Callable[[str], None] = lambda _: None) -> None:
        self.folder = folder or recovery_folder()
        self._failed = failed
        self._token = f"{os.getpid()}-{time.time_ns()}"
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="hourglass-recovery")
        self._lock: QLockFile | None = None
        with contextlib.suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock = _locked(self._path(".lock"))

    @property
    def file(self) -> Path:
        """Where this window's copy is, if there is one."""
        return self._path(".json")

    def _path(self, ending: str) -> Path:
        return self.folder / f"{self._token}{ending}"

    # this window's copy

    def keep(self, document: Document, origin: Path | None, title: str) -> Future[None]:
        """Writes the copy soon, without holding up the window."""
        return self._writer.submit(self._write, document, origin, title)

    def keep_now(self, document: Document, origin: Path | None, title: str) -> Path:
        """Writes the copy at once, as before a crash dialog. Raises OSError."""
        storage.atomic_write(self.file, _wrap(document, origin, title))
        return self.file

    def discard(self) -> None:
        """The document has been saved, or the user does not want it: the copy goes."""
        self._writer.submit(self._remove)

    def close(self, *, keep: bool = False) -> None:
        """Ends; with `keep` the copy stays for the next start."""
        if not keep:
            self.discard()
        self._writer.shutdown(wait=True)
        if self._lock is not None:
            self._lock.unlock()

    def wait(self) -> None:
        """Returns when everything asked for till now is on disk."""
        self._writer.submit(lambda: None).result()

    def _write(self, document: Document, origin: Path | None, title: str) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            storage.atomic_write(self.file, _wrap(document, origin, title))
        except OSError as error:
            log.warning("the recovery copy cannot be written: %s", error)
            self._failed(error.strerror or str(error))

    def _remove(self) -> None:
        with contextlib.suppress(OSError):
            self.file.unlink(missing_ok=True)

    # copies of others

    def orphans(self) -> list[Recovered]:
        """Copies of windows that are gone, newest first. Those of living windows are left alone."""
        self._tidy()
        found = [copy for file in self._others() if (copy := self._claim(file)) is not None]
        return sorted(found, key=lambda copy: -copy.saved_at)

    def leave(self, copy: Recovered) -> None:
        """Keeps a copy for later."""
        copy.lock.unlock()

    def delete(self, copy: Recovered) -> None:
        """Removes a copy: it is saved elsewhere by now, or the user does not want it."""
        with contextlib.suppress(OSError):
            copy.file.unlink(missing_ok=True)
        copy.lock.unlock()

    def _others(self) -> Iterator[Path]:
        with contextlib.suppress(OSError):
            yield from sorted(file for file in self.folder.glob("*.json") if file != self.file)

    def _claim(self, file: Path) -> Recovered | None:
        """The copy in this file, unless its window lives or another window is just offering it."""
        lock = _locked(file.with_suffix(".lock"))
        if lock is None:
            return None
        copy = _unwrap(file, lock)
        if copy is None:
            lock.unlock()
            return None
        if copy.origin is not None and _same_as_file(copy):
            self.delete(copy)  # it was saved, and the crash came before the copy could go
            return None
        return copy

    def _tidy(self) -> None:
        """Removes what nobody will want any more: temporary files and copies of a month ago."""
        now = time.time()
        with contextlib.suppress(OSError):
            for file in self.folder.iterdir():
                age = now - file.stat().st_mtime
                if file.name.startswith(".~") and age > STALE_TEMPORARY:
                    file.unlink(missing_ok=True)
                elif file.suffix == ".json" and age > KEEP_DAYS * 86400:
                    lock = _locked(file.with_suffix(".lock"))
                    if lock is not None:
                        file.unlink(missing_ok=True)
                        lock.unlock()


def _locked(path: Path) -> QLockFile | None:
    """The lock, if no living process holds it. A lock of a dead process is taken over, however young."""
    lock = QLockFile(str(path))
    lock.setStaleLockTime(0)
    return lock if lock.tryLock(0) else None


def _wrap(document: Document, origin: Path | None, title: str) -> bytes:
    content = {
        "format": FORMAT,
        "origin": str(origin) if origin else "",
        "title": title,
        "saved_at": time.time(),
        "document": storage.dumps(document).decode(),
    }
    return json.dumps(content, ensure_ascii=False, indent=1).encode()


def _unwrap(file: Path, lock: QLockFile) -> Recovered | None:
    """The copy in a file; None for what is not one. Such a file stays where it is: it may be somebody's work."""
    try:
        content = json.loads(file.read_bytes())
        if content["format"] != FORMAT:
            return None
        document = storage.loads(content["document"])
        origin = Path(content["origin"]) if content["origin"] else None
        return Recovered(file, document, origin, str(content["title"]), float(content["saved_at"]), lock)
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        log.warning("%s is no recovery copy: %s", file, error)
        return None


def _same_as_file(copy: Recovered) -> bool:
    """Whether the file that the document came from holds exactly this document."""
    try:
        return copy.origin is not None and storage.load(copy.origin) == copy.document
    except storage.Unreadable:
        return False
