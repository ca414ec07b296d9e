"""The process that looks at data: it answers, reports, gives up, and its end is noticed and mended."""

import os
import signal

import pytest

from engine.data.look_messages import Failed, Lost, Progress, Seen
from engine.data.looker import Looker
from engine.data.store import Store
from graphs.document import Document, Node
from graphs.storage import dumps
from tests.patience import until

DIGITS = dumps(Document({"d": Node("d", "digits")}))


@pytest.fixture
def looker(tmp_path):
    made = Looker(Store(tmp_path / "data"))
    yield made
    made.close()
    assert not made.alive


def answers(looker, kind):
    """The answers up to the first of one kind."""
    found = []
    until(lambda: found.extend(looker.poll()) or any(isinstance(one, kind) for one in found), told=lambda: found)
    return found


def write_large(folder):
    """Two million rows: whoever gives up while they are read comes in time."""
    lines = "\n".join(f"{row % 97},{row % 89},{row % 83},{row % 7}.5" for row in range(20_000)) + "\n"
    (folder / "large.csv").write_text("a,b,c,y\n" + 100 * lines)
    return dumps(Document({"t": Node("t", "table", {"file": "large.csv"})}))


def test_a_look_its_second_opening_and_the_death_of_the_process(looker):
    ticket = looker.look(DIGITS, None, "d")
    seen = answers(looker, Seen)[-1]
    assert (seen.ticket, seen.node) == (ticket, "d")
    assert looker.open(seen).rows == 1797
    failed = answers(looker, Failed)[-1] if looker.look(b"{}", None, "d") else None
    assert failed.text and not failed.cancelled
    pid = looker.pid
    os.kill(pid, signal.SIGTERM if os.name == "nt" else signal.SIGKILL)
    assert "ended unexpectedly" in answers(looker, Lost)[-1].text
    looker.look(DIGITS, None, "d")
    again = answers(looker, Seen)[-1]
    assert again.key == seen.key, "the same data are the same entry"
    assert looker.pid != pid


def test_reading_is_reported_and_can_be_called_off_while_another_look_waits(looker, tmp_path):
    document = write_large(tmp_path)
    first = looker.look(document, tmp_path, "t", urgent=True)
    second = looker.look(DIGITS, None, "d")
    progress = answers(looker, Progress)[-1]
    assert (progress.ticket, progress.node) == (first, "t")
    looker.cancel(first)
    found = answers(looker, Seen)
    given_up = next(one for one in found if isinstance(one, Failed))
    assert (given_up.ticket, given_up.cancelled) == (first, True)
    assert found[-1].ticket == second
