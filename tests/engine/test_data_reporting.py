"""Progress of the data half: who hears it, and how it is given up."""

from __future__ import annotations

import contextvars
import threading

import pytest

from engine.data.reporting import DataCancelled, report, reporting


def test_it_is_heard_inside_and_by_nobody_outside():
    heard = []
    report(0, 3, "Reading a.csv")
    with reporting(lambda *said: heard.append(said)):
        report(1, 3, "Reading a.csv")
        with reporting(lambda *_: None):
            report(2, 3, "Reading a.csv")
        report(3, 3, "Reading a.csv")
    report(0, 3, "Reading b.csv")
    assert heard == [(1, 3, "Reading a.csv"), (3, 3, "Reading a.csv")]


def test_a_generator_driven_inside_is_heard():
    def work():
        report(1, 2, "x")
        yield
        report(2, 2, "x")

    heard = []
    with reporting(lambda done, *_: heard.append(done)):
        list(work())
    assert heard == [1, 2]


def test_it_is_given_up_when_asked_and_the_reporter_is_gone_afterwards():
    with pytest.raises(DataCancelled, match=r"Reading a\.csv"), reporting(lambda done, *_: done >= 2):
        for done in range(4):
            report(done, 4, "Reading a.csv")
    report(9, 9, "Reading a.csv")


def test_a_thread_takes_it_along_in_a_copy_of_the_context():
    heard = []
    with reporting(lambda done, *_: heard.append(done)):
        context = contextvars.copy_context()
    for target in (lambda: report(1, 1, ""), lambda: context.run(report, 2, 2, "")):
        thread = threading.Thread(target=target)
        thread.start()
        thread.join()
    assert heard == [2]
