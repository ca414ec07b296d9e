"""The window's side of the training process, for tests: it polls, and remembers what it was told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from engine import events, shared_memory
from engine.remote import Engine
from graphs import storage
from graphs.document import Document
from tests import patience
from tests.engine.small_runs import gallery, only


class Window:
    """What the window does: polls, and remembers what it was told."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.told: list[events.Event] = []

    def load(self, document: Document, **given: Any) -> None:
        self.engine.load(storage.dumps(document), **given)

    def until(self, condition: Callable[[], Any]) -> Any:
        """Polls until the condition holds; returns its value."""
        self.told += self.engine.poll()
        return patience.until(condition, self._listen, lambda: self.told[-5:])

    def _listen(self) -> None:
        if self.engine._connection is not None:
            wait([self.engine._connection], 0.01)
        self.told += self.engine.poll()

    def event(self, kind: type) -> Any:
        """The next event of this kind."""
        seen = len(self.told)
        return self.until(lambda: next(iter(only(self.told[seen:], kind)), None))

    def state(self, state: events.State) -> events.StateChanged:
        """Waits for the next change into this state."""
        seen = len(self.told)
        wanted = (one for one in iter(lambda: only(self.told[seen:], events.StateChanged), None))
        return self.until(lambda: next((one for one in next(wanted) if one.state == state), None))

    def idle(self, document: Document, **given: Any) -> None:
        """Loads the document and waits until it can be run."""
        self.load(document, **given)
        self.state("idle")


@contextmanager
def opened(folder: Path) -> Iterator[Window]:
    """A window with its training process."""
    engine = Engine(folder / "runs" / "1-1")
    engine.start()
    try:
        yield Window(engine)
    finally:
        engine.close()


def segments(engine: Engine) -> list[Path]:
    """The files of what the engine shares at the moment."""
    return [shared_memory.SHM / memory.name for memory in engine._segments.values()]


def endless() -> Document:
    """A run that does not end by itself."""
    return gallery("digits_autoencoder", epochs=0)
