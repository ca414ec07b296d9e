"""The window's side of the training process, for tests: it polls, and remembers what it was told."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from engine import events, shared_memory
from engine.remote import Engine
from graphs import storage
from graphs.document import Document
from tests.engine.small_runs import gallery, only

PATIENCE = 60.0  # kernels may have to be compiled first


class Window:
    """What the window does: polls, and remembers what it was told."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.told: list[events.Event] = []

    def load(self, document: Document, **given: Any) -> None:
        self.engine.load(storage.dumps(document), **given)

    def until(self, condition: Callable[[], Any], seconds: float = PATIENCE) -> Any:
        """Polls until the condition holds; returns its value."""
        end = time.monotonic() + seconds
        while True:
            self.told += self.engine.poll()
            if found := condition():
                return found
            assert time.monotonic() < end, self.told[-5:]
            if self.engine._connection is not None:
                wait([self.engine._connection], 0.01)

    def event(self, kind: type, seconds: float = PATIENCE) -> Any:
        """The next event of this kind."""
        seen = len(self.told)
        return self.until(lambda: next(iter(only(self.told[seen:], kind)), None), seconds)

    def state(self, state: events.State, seconds: float = PATIENCE) -> events.StateChanged:
        """Waits for the next change into this state."""
        seen = len(self.told)
        wanted = (one for one in iter(lambda: only(self.told[seen:], events.StateChanged), None))
        return self.until(lambda: next((one for one in next(wanted) if one.state == state), None), seconds)

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
