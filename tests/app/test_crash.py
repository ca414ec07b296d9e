"""Errors that nobody caught: the document is put into safety first, then they are told in words, once."""

from __future__ import annotations

import logging
import sys
import threading

import pytest
from PySide6.QtCore import QMessageLogContext, QtMsgType
from PySide6.QtWidgets import QPushButton

from app import crash
from graphs import edits
from graphs.document import Node
from tests.app.window_kit import make_window


@pytest.fixture
def window(qtbot, tmp_path):
    made = make_window(qtbot, tmp_path)
    made.model.apply("Add", edits.add_node(made.model.document, Node("new", "dense")))
    return made


@pytest.fixture
def guard(window):
    made = crash.CrashGuard(window.session.rescue, window.session.save, lambda: window, window)
    made.install()
    yield made
    made.remove()


def fail(word):
    try:
        raise ValueError(word)
    except ValueError:
        return sys.exc_info()


def test_an_uncaught_error_saves_the_copy_and_tells(guard, window, qtbot):
    sys.excepthook(*fail("first"))
    qtbot.waitUntil(lambda: guard.dialog() is not None)
    assert window.store.file.exists()
    dialog = guard.dialog()
    assert "ValueError: first" in dialog.text.toPlainText()
    assert not dialog.text.isVisible()
    assert window.model.document.nodes.keys() == {"new"}
    sys.excepthook(*fail("second"))
    assert guard.dialog() is dialog  # one at a time
    dialog.accept()
    qtbot.waitUntil(lambda: guard.dialog() is None)
    sys.excepthook(*fail("first"))
    assert guard.dialog() is None  # told already


def test_the_graph_can_be_saved_from_the_dialog(guard, window, qtbot, tmp_path):
    sys.excepthook(*fail("save"))
    qtbot.waitUntil(lambda: guard.dialog() is not None)
    window.session.questions.waiting["file_to_save"] = tmp_path / "safe.json"
    save = next(button for button in guard.dialog().findChildren(QPushButton) if button.text() == "Save the graph")
    save.click()
    assert (tmp_path / "safe.json").exists()
    assert not window.session.dirty
    guard.dialog().accept()


def test_errors_of_threads_arrive_in_the_window(guard, qtbot):
    def work():
        raise KeyError("thread")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: guard.dialog() is not None)
    assert "KeyError: 'thread'" in guard.dialog().text.toPlainText()
    guard.dialog().accept()


def test_ctrl_c_is_no_crash(window, monkeypatch):
    passed_on = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, *_: passed_on.append(kind))
    made = crash.CrashGuard(window.session.rescue, window.session.save, lambda: window, window)
    made.catch(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert passed_on == [KeyboardInterrupt]
    assert made.dialog() is None


def test_the_hooks_are_put_back(window):
    before = sys.excepthook, threading.excepthook
    made = crash.CrashGuard(lambda: None, lambda: None, lambda: None)
    made.install()
    assert sys.excepthook != before[0]
    made.remove()
    assert (sys.excepthook, threading.excepthook) == before


def test_qt_speaks_into_the_log(caplog):
    with caplog.at_level(logging.DEBUG, logger="hourglass"):
        crash.log_qt_message(QtMsgType.QtWarningMsg, QMessageLogContext(), "a warning of Qt")
    assert "a warning of Qt" in caplog.text


def test_the_log_is_a_file_that_does_not_grow_for_ever(tmp_path, monkeypatch):
    import faulthandler

    from PySide6.QtCore import qInstallMessageHandler

    root, before = logging.getLogger(), list(logging.getLogger().handlers)
    old = tmp_path / "log" / "hourglass.log"
    old.parent.mkdir()
    old.write_bytes(b"x" * (crash.LARGEST_LOG + 1))
    monkeypatch.setattr(faulthandler, "enable", lambda stream: stream.write(""))
    monkeypatch.setattr(crash, "qInstallMessageHandler", lambda _: None)
    try:
        assert crash.start_log(old.parent) == old
        logging.getLogger("hourglass").error("something happened")
        assert "something happened" in old.read_text()
        assert (old.parent / "hourglass.old.log").stat().st_size > crash.LARGEST_LOG
        assert crash.start_log(old / "nowhere") is None
    finally:
        for handler in set(root.handlers) - set(before):
            root.removeHandler(handler)
            handler.close()
    assert qInstallMessageHandler is not None
