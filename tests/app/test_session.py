"""Opening, saving, changes from outside, and the copy that survives a crash."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app.recovery import FORMAT, KEEP_DAYS, RecoveryStore
from app.session import ago, fingerprint
from graphs import edits, gallery, storage
from graphs.document import Node
from tests.app.window_kit import autoencoder, make_session

ROOT = Path(__file__).parents[2]


@pytest.fixture
def session(qapp, tmp_path):
    made = make_session(tmp_path)
    yield made
    made.model.stack.setClean()
    made.close()


@pytest.fixture
def said(session):
    heard = []
    session.said.connect(lambda *words: heard.append(words))
    return heard


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "graph.json"
    storage.save(autoencoder(), path)
    return path


def change(session, name="new"):
    session.model.apply("Add", lambda document: edits.add_node(document, Node(name, "dense")))


def test_opening_and_saving_keeps_the_bytes(session, file):
    before = file.read_bytes()
    assert session.open(file)
    assert (session.title, session.dirty, session.path) == ("graph", False, file)
    assert session.model.folder == file.parent
    assert session.preferences.recent == [file]
    assert session.save()
    assert file.read_bytes() == before


def test_dirty_follows_undo_and_save(session, file):
    session.open(file)
    change(session)
    assert session.dirty
    session.model.stack.undo()
    assert not session.dirty
    session.model.stack.redo()
    assert session.save()
    assert not session.dirty
    session.model.stack.undo()
    assert session.dirty
    assert "new" in storage.load(file).nodes


def test_the_first_save_asks_where(session, tmp_path):
    change(session)
    session.questions.waiting["file_to_save"] = tmp_path / "mine.json"
    assert session.save()
    assert session.questions.proposal.name == "Untitled.json"
    assert session.title == "mine"
    assert "new" in storage.load(tmp_path / "mine.json").nodes
    session.questions.waiting["file_to_save"] = None
    assert not session.save_as()


@pytest.mark.parametrize(("content", "sentence"), [
    (b"{", "cannot be opened"), (b"{}", "cannot be opened"), (b"\xff\xfe", "cannot be opened"),
])  # fmt: skip
def test_what_cannot_be_read_is_said_and_the_old_graph_stays(session, said, file, tmp_path, content, sentence):
    session.open(file)
    bad = tmp_path / "bad.json"
    bad.write_bytes(content)
    assert not session.open(bad)
    assert session.path == file
    assert sentence in said[0][1]
    assert said[0][2]
    assert not session.open(tmp_path / "missing.json")
    assert said[1][2].startswith(f"There is no such file in {tmp_path}")
    assert session.path == file


def test_leaving_a_changed_document_asks(session, file):
    session.open(file)
    change(session)
    for answer, left in (("cancel", False), ("save", True)):
        session.questions.waiting["save_changes"] = answer
        assert session.may_leave() is left
    assert not session.dirty
    change(session, "other")
    session.questions.waiting["save_changes"] = "discard"
    assert session.new()
    assert session.model.document.nodes == {}
    assert session.title == "Untitled"


def test_lessons_open_as_untitled_copies(session):
    assert session.open_example("xor_mlp")
    assert session.path is None
    assert session.title == "xor_mlp"
    assert not session.dirty
    assert session.model.document == gallery.load("xor_mlp")


def test_a_file_changed_outside_is_noticed_and_not_overwritten(session, file, qtbot):
    session.open(file)
    change(session)
    other = edits.rename(autoencoder(), "dense1", "theirs")
    with qtbot.waitSignal(session.changed_outside):
        storage.save(other, file)
    session.questions.waiting["overwrite_changed"] = "cancel"
    assert not session.save()
    assert storage.load(file) == other
    session.questions.waiting["overwrite_changed"] = "save_as"
    session.questions.waiting["file_to_save"] = file.with_name("mine.json")
    assert session.save()
    assert storage.load(file) == other
    assert session.path == file.with_name("mine.json")


def test_overwriting_is_possible_when_asked_for(session, file):
    session.open(file)
    change(session)
    file.write_bytes(b"not ours")
    session.questions.waiting["overwrite_changed"] = "overwrite"
    assert session.save()
    assert "new" in storage.load(file).nodes


def test_reload_takes_what_the_other_program_wrote(session, file):
    session.open(file)
    other = edits.rename(autoencoder(), "dense1", "theirs")
    storage.save(other, file)
    session.reload()
    assert session.model.document == other
    assert not session.dirty


def test_own_saves_are_no_changes_from_outside(session, file, qtbot):
    session.open(file)
    with qtbot.assertNotEmitted(session.changed_outside, wait=150):
        for name in ("a", "b", "c"):
            change(session, name)
            assert session.save()


def test_a_failed_save_keeps_file_document_and_copy(session, said, file, monkeypatch):
    session.open(file)
    before = file.read_bytes()
    change(session)

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("app.session.storage.save", full)
        assert not session.save()
    assert file.read_bytes() == before
    assert session.dirty
    assert "No space left" in said[0][2]
    session.store.wait()
    assert session.store.file.exists()


# the recovery copy


def test_every_change_is_copied_soon_and_the_copy_goes_with_the_save(session, file, qtbot):
    session.open(file)
    change(session)
    qtbot.waitUntil(session.store.file.exists)
    content = json.loads(session.store.file.read_text())
    assert content["origin"] == str(file)
    assert storage.loads(content["document"]) == session.model.document
    assert session.saved_words().startswith("Not saved · recovery copy")
    session.save()
    session.store.wait()
    assert not session.store.file.exists()
    assert session.saved_words() == "Saved just now"


def test_undoing_everything_takes_the_copy_away(session, file, qtbot):
    session.open(file)
    change(session)
    qtbot.waitUntil(session.store.file.exists)
    session.model.stack.undo()
    session.store.wait()
    assert not session.store.file.exists()


def test_opening_alone_makes_no_copy(session, file):
    session.open(file)
    session.keep_copy()
    session.store.wait()
    assert list(session.store.folder.glob("*.json")) == []


def crashed(folder, document, origin=None, title="lost"):
    """What a window leaves that was killed: a copy and the lock of a process that is gone."""
    code = (
        "import os, sys, signal; from pathlib import Path; from PySide6.QtCore import QCoreApplication\n"
        "app = QCoreApplication([]); from app.recovery import RecoveryStore; from graphs import storage\n"
        "store = RecoveryStore(Path(sys.argv[1])); document = storage.load(sys.argv[2])\n"
        "store.keep_now(document, Path(sys.argv[3]) if sys.argv[3] else None, sys.argv[4])\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    source = folder.parent / "source.json"
    storage.save(document, source)
    ran = subprocess.run([sys.executable, "-c", code, str(folder), str(source), str(origin or ""), title], cwd=ROOT,
                         check=False)  # fmt: skip
    assert ran.returncode == -signal.SIGKILL


def test_what_a_killed_window_left_is_offered_and_recovered(session, tmp_path):
    crashed(session.store.folder, autoencoder())
    (copy,) = session.store.orphans()
    assert (copy.title, copy.document, copy.origin) == ("lost", autoencoder(), None)
    session.recover(copy)
    assert session.model.document == autoencoder()
    assert session.dirty
    assert session.path is None
    assert session.title == "lost (recovered)"
    assert session.store.file.exists()
    assert session.store.orphans() == []
    assert not copy.file.exists()
    session.questions.waiting["file_to_save"] = tmp_path / "kept.json"
    assert session.save()
    assert storage.load(tmp_path / "kept.json") == autoencoder()


def test_declining_deletes_nothing_and_discarding_does(session):
    crashed(session.store.folder, autoencoder())
    (copy,) = session.store.orphans()
    session.store.leave(copy)
    (again,) = session.store.orphans()
    assert again.document == autoencoder()
    session.store.delete(again)
    assert session.store.orphans() == []


def test_a_living_window_is_not_recovered(session, tmp_path):
    change(session)
    session.keep_copy()
    session.store.wait()
    other = RecoveryStore(session.store.folder)
    assert other.orphans() == []
    other.close()
    assert session.store.file.exists()


def test_a_copy_being_offered_is_offered_by_one_window_only(session):
    crashed(session.store.folder, autoencoder())
    other = RecoveryStore(session.store.folder)
    (copy,) = session.store.orphans()
    assert other.orphans() == []
    session.store.leave(copy)
    (theirs,) = other.orphans()
    other.leave(theirs)
    other.close()


def test_nothing_is_offered_when_the_file_holds_it_already(session, file):
    crashed(session.store.folder, autoencoder(), origin=file)
    assert session.store.orphans() == []
    assert list(session.store.folder.glob("*.json")) == []


def test_newer_content_than_the_file_is_offered(session, file):
    newer = edits.rename(autoencoder(), "dense1", "newer")
    crashed(session.store.folder, newer, origin=file, title="graph")
    (copy,) = session.store.orphans()
    assert copy.document == newer
    session.store.leave(copy)


def test_foreign_files_are_left_alone_and_month_old_copies_go(session):
    folder = session.store.folder
    foreign = [folder / "a.json", folder / "b.json", folder / "c.json"]
    foreign[0].write_text("{")
    foreign[1].write_text('{"format": "something else"}')
    foreign[2].write_text(json.dumps({"format": FORMAT, "document": "[]", "origin": "", "title": "", "saved_at": 0}))
    assert session.store.orphans() == []
    assert all(file.exists() for file in foreign)
    crashed(folder, autoencoder())
    old = next(file for file in folder.glob("*.json") if file not in foreign)
    long_ago = old.stat().st_mtime - (KEEP_DAYS + 1) * 86400
    os.utime(old, (long_ago, long_ago))
    assert session.store.orphans() == []
    assert not old.exists()


def test_a_store_without_a_folder_says_so_and_loses_nothing(qapp, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    failures = []
    store = RecoveryStore(blocked / "recovery", failures.append)
    store.keep(autoencoder(), None, "x").result()
    assert len(failures) == 1
    assert store.orphans() == []
    store.close()


def test_the_copy_is_written_at_once_for_a_crash(session):
    assert session.rescue() is None
    change(session)
    copy = session.rescue()
    assert copy == session.store.file
    assert storage.loads(json.loads(copy.read_text())["document"]) == session.model.document


def test_words_for_times_and_fingerprints(file):
    assert [ago(seconds) for seconds in (0, 4, 130, 8000)] == ["just now", "4 s ago", "2 min ago", "2 h ago"]
    first = fingerprint(file)
    file.write_bytes(file.read_bytes() + b"\n")
    assert fingerprint(file) != first
