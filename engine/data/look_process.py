"""The process that looks at data for the window: what runs at the other end of `engine.data.looker`. Free of Qt."""

from __future__ import annotations

import faulthandler
import os
import signal
import threading
import time
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

from engine.data import look_messages as say
from graphs.language import language, set_language, tr

if TYPE_CHECKING:
    from graphs.checks import Checked

TOLD_EVERY = 0.05  # seconds between two messages of progress


class Desk:
    """What is to be looked at: filled by a thread that always listens, emptied by the one that looks."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._waiting: list[say.Look] = []
        self._changed = threading.Condition()
        self._called_off: set[int] = set()
        self._at: say.Look | None = None
        self.last: tuple[tuple[str, str, str], Checked] | None = None
        self.closed = False
        self._told = 0.0
        threading.Thread(target=self._listen, name="hourglass-look", daemon=True).start()

    def next(self) -> say.Look | None:
        """What to look at now: what somebody waits for first. Waits; None at the end."""
        with self._changed:
            while not self._waiting and not self.closed:
                self._changed.wait()
            if self.closed:
                return None
            order = next((order for order in reversed(self._waiting) if order.urgent), self._waiting[0])
            self._waiting.remove(order)
            self._at = order
            return order

    def hear(self, done: int, total: int, what: str) -> bool:
        """For `reporting`: tells the window now and then, and asks to give up what nobody waits for."""
        order = self._at
        assert order is not None
        now = time.monotonic()
        if now - self._told > TOLD_EVERY:
            self._told = now
            self.tell(say.Progress(order.ticket, order.node, done, total, what))
        return self.closed or order.ticket in self._called_off or self._somebody_waits(order)

    def _somebody_waits(self, order: say.Look) -> bool:
        """What nobody asked for gives way, and is looked at later."""
        if order.urgent:
            return False
        with self._changed:
            return any(other.urgent for other in self._waiting)

    def checked(self, order: say.Look) -> Checked:
        """The order's document, checked; once for all the nodes of a graph."""
        from engine.nodes import CATALOG
        from graphs.checks import check
        from graphs.storage import loads

        of = (order.document, order.folder, language())
        if self.last is None or self.last[0] != of:
            self.last = (of, check(loads(order.document.encode()), CATALOG, Path(order.folder) if order.folder else None))
        return self.last[1]

    def gave_up(self, order: say.Look) -> None:
        """It was called off, or gave way."""
        with self._changed:
            if order.ticket in self._called_off or self.closed:
                self.tell(say.Failed(order.ticket, order.node, tr("Given up."), cancelled=True))
            else:
                self._waiting.append(order)

    def tell(self, answer: say.Seen | say.Failed | say.Progress) -> None:
        """Tells the window; nothing happens when it is gone, which the listening thread notices."""
        with suppress(OSError):
            self._connection.send_bytes(answer.to_json())

    def _listen(self) -> None:
        try:
            while not self.closed:
                self._take(say.TO_PROCESS.from_json(self._connection.recv_bytes()))
        except (EOFError, OSError, ValueError):  # the window is gone, or it is not ours
            os._exit(0)

    def _take(self, order: say.Look | say.Cancel | say.Speak | say.Close) -> None:
        with self._changed:
            if isinstance(order, say.Look):
                self._waiting.append(order)
            elif isinstance(order, say.Cancel):
                self._called_off.add(order.ticket)
                dropped = [one for one in self._waiting if one.ticket == order.ticket]
                for one in dropped:
                    self._waiting.remove(one)
                    self.tell(say.Failed(one.ticket, one.node, tr("Given up."), cancelled=True))
            elif isinstance(order, say.Speak):
                set_language(order.language)
            else:
                self.closed = True
            self._changed.notify()


def main(connection: Connection, store: str, language: str) -> None:
    """The process from its first line to its last."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C in the terminal is for the window
    faulthandler.enable()
    set_language(language)
    desk = Desk(connection)

    from engine.data.results import RESULTS  # the heavy imports, after the wire is up
    from engine.data.store import Store

    RESULTS.use(Store(Path(store)))
    while (order := desk.next()) is not None:
        answer_order(desk, order)
    os._exit(0)


def answer_order(desk: Desk, order: say.Look) -> None:
    """Looks once; whatever happens, the window hears of it."""
    from engine.data.reporting import DataCancelled, reporting
    from engine.data.view import look
    from engine.errors import HourglassError
    try:
        folder = Path(order.folder) if order.folder else None
        with reporting(desk.hear):
            try:
                key = look(desk.checked(order), folder, order.node)
            except HourglassError as problem:
                if isinstance(problem, DataCancelled):
                    raise
                desk.last = None  # reading may have taught the shapes, and files may be others by now
                key = look(desk.checked(order), folder, order.node)
        desk.tell(say.Seen(order.ticket, order.node, key))
    except DataCancelled:
        desk.gave_up(order)
    except HourglassError as problem:
        desk.tell(say.Failed(order.ticket, order.node, problem.text))
    except MemoryError:
        desk.tell(say.Failed(order.ticket, order.node, tr("There is not enough memory to look at these data.")))
    except Exception as error:  # noqa: BLE001 - a fault of ours must not leave the window waiting
        words = f"{type(error).__name__}: {error}"
        desk.tell(say.Failed(order.ticket, order.node, tr("These data could not be looked at ({fault}).", fault=words)))
