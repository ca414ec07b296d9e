"""What holds for all tests: no screen, the user's own folders untouched, whatever hangs is ended and says where."""

from __future__ import annotations

import faulthandler
import os
import sys
import tempfile
from collections.abc import Iterator

import pytest

from graphs.language import set_language
from tests.patience import HANGS, PATIENCE

# before anything imports Qt: tests draw without a screen, whatever the terminal they are started from
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
_private = tempfile.mkdtemp(prefix="hourglass-tests-")
for _name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME"):
    os.environ[_name] = _private
os.environ["HOURGLASS_DATA_CACHE"] = os.path.join(_private, "data")

_told: list[int] = []  # the real stderr: while a test runs, it is captured


def pytest_configure() -> None:
    _told.append(os.dup(sys.stderr.fileno()))


@pytest.fixture(scope="session", autouse=True)
def _patience() -> None:
    """A training process that is slow to answer on a busy machine does not hang."""
    from engine import remote

    remote.PATIENCE = PATIENCE


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """A test that speaks another language leaves none to the next."""
    yield
    set_language("en")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Iterator[None]:
    """A test that hangs ends the process, which tells where its threads are."""
    faulthandler.dump_traceback_later(HANGS, exit=True, file=_told[0])
    try:
        return (yield)
    finally:
        faulthandler.cancel_dump_traceback_later()
