"""How far the reading or making of data has come: said by the code that does it, heard by whoever waits.

    with reporting(hear): ...                       # hear(done, total, what) → True asks to give up
    report(done, total, tr("Reading {file}", …))    # anywhere below, as often as one likes

The reporter travels with the context, so data code needs no further argument, and generators that are driven inside
the `with` report too. A thread has a context of its own: give it the reporter with `contextvars.copy_context().run`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from engine.errors import HourglassError
from graphs.language import tr

Hear = Callable[[int, int, str], bool | None]

_hear: ContextVar[Hear | None] = ContextVar("hear", default=None)


class DataCancelled(HourglassError):
    """Whoever waited for the data does not want them any more. Nothing half made is kept."""


@contextmanager
def reporting(hear: Hear) -> Iterator[None]:
    """While this is entered, `report` calls `hear`. It should return quickly; it thins out what it shows itself."""
    token = _hear.set(hear)
    try:
        yield
    finally:
        _hear.reset(token)


def report(done: int, total: int, what: str) -> None:
    """Says that `done` of `total` are done (bytes, rows, files) of what a translated phrase names, such as
    "Reading big.csv". Call it between pieces of at most a tenth of a second. Raises `DataCancelled`."""
    hear = _hear.get()
    if hear is not None and hear(done, total, what):
        raise DataCancelled(tr("Given up, as asked: {what}.", what=what))
