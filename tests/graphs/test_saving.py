"""Saving when things go wrong: every call to the system fails once, and the old file is there afterwards."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graphs import storage
from graphs.document import Document, Node

CALLS = ("open", "write", "fsync", "close", "chmod", "stat", "replace", "umask")


class Fault:
    """Counts calls to the system and makes the k-th fail."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, failing: int) -> None:
        self.calls: list[str] = []
        self.failing = failing
        for name in CALLS:
            monkeypatch.setattr(os, name, self._wrapped(name, getattr(os, name)))
        monkeypatch.setattr(storage, "open", self._wrapped("open again", open), raising=False)

    def _wrapped(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **more: Any) -> Any:
            self.calls.append(name)
            if len(self.calls) != self.failing:
                return real(*args, **more)
            if name == "close":
                real(*args, **more)  # the system frees the handle even when it reports an error
            raise OSError(errno.ENOSPC, "no space left on device")

        return call


def attempt(path: Path, failing: int) -> tuple[bool, list[str]]:
    with pytest.MonkeyPatch.context() as patched:
        fault = Fault(patched, failing)
        try:
            storage.atomic_write(path, b"new")
        except OSError:
            return False, fault.calls
        return True, fault.calls


@pytest.mark.parametrize("existing", [True, False])
def test_any_failing_call_leaves_the_old_file_or_the_new(tmp_path: Path, existing: bool) -> None:
    path = tmp_path / "graph.json"
    _, calls = attempt(path, failing=0)
    assert path.read_bytes() == b"new"
    assert {"write", "fsync", "replace", "close", "open again"} <= set(calls)
    for k in range(1, len(calls) + 3):
        path.unlink()
        if existing:
            path.write_bytes(b"old")
        saved, _ = attempt(path, failing=k)
        if saved:
            assert path.read_bytes() == b"new"
        else:
            assert path.read_bytes() == b"old" if existing else not path.exists()
        assert [file.name for file in tmp_path.iterdir() if file != path] == [], f"call {k} left something behind"
        path.touch()


def test_bytes_that_come_back_changed_are_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "graph.json"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "write", lambda handle, data, real=os.write: real(handle, b"?" * len(data)))
    with pytest.raises(OSError, match="other bytes"):
        storage.atomic_write(path, b"new")
    assert path.read_bytes() == b"old"


def test_short_writes_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "write", lambda handle, data, real=os.write: real(handle, data[:3]))
    storage.atomic_write(tmp_path / "graph.json", b"0123456789")
    assert (tmp_path / "graph.json").read_bytes() == b"0123456789"


@pytest.mark.skipif(sys.platform == "win32", reason="modes and links as on Unix")
def test_mode_and_link_are_kept(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    real = tmp_path / "there" / "graph.json"
    real.write_bytes(b"old")
    real.chmod(0o640)
    link = tmp_path / "link.json"
    link.symlink_to(real)
    storage.atomic_write(link, b"new")
    assert link.is_symlink()
    assert real.read_bytes() == b"new"
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    old_mask = os.umask(0o027)
    try:
        storage.atomic_write(tmp_path / "fresh.json", b"new")
    finally:
        os.umask(old_mask)
    assert stat.S_IMODE((tmp_path / "fresh.json").stat().st_mode) == 0o640


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        storage.save(Document(), tmp_path / "none" / "graph.json")


def test_what_killed_saves_left_is_swept_after_a_day(tmp_path: Path) -> None:
    orphan, fresh, other = (tmp_path / name for name in (".~graph.json.aaaa", ".~graph.json.bbbb", ".~other.json.aaaa"))
    for file in (orphan, fresh, other):
        file.touch()
    long_ago = fresh.stat().st_mtime - 2 * storage.ORPHANED
    os.utime(orphan, (long_ago, long_ago))
    os.utime(other, (long_ago, long_ago))
    storage.save(Document(), tmp_path / "graph.json")
    assert sorted(file.name for file in tmp_path.iterdir()) == [".~graph.json.bbbb", ".~other.json.aaaa", "graph.json"]


SAVER = """
import sys
from graphs import storage
from graphs.document import Document, Node
path = sys.argv[1]
docs = [Document(nodes={f"mill{i}": Node(f"mill{i}", "mill", {"units": n}) for i in range(300)}) for n in (1, 2)]
storage.save(docs[0], path)
print("ready", flush=True)
while True:
    for doc in docs:
        storage.save(doc, path)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL as on Unix")
def test_killed_in_the_middle(tmp_path: Path) -> None:
    path = tmp_path / "graph.json"
    both = [storage.dumps(Document(nodes={f"mill{i}": Node(f"mill{i}", "mill", {"units": n}) for i in range(300)}))
            for n in (1, 2)]
    for attempt_number in range(8):
        saver = subprocess.Popen([sys.executable, "-c", SAVER, str(path)], stdout=subprocess.PIPE)
        assert saver.stdout is not None
        saver.stdout.readline()
        with pytest.raises(subprocess.TimeoutExpired):  # it never ends by itself: the moment of the kill varies
            saver.wait(0.003 * attempt_number)
        saver.send_signal(signal.SIGKILL)
        saver.wait()
        saver.stdout.close()
        assert path.read_bytes() in both
