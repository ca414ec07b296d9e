"""The window's handle on the process that looks at data. No Qt: call `poll` regularly, it never blocks.

    looker = Looker()
    ticket = looker.look(document_bytes, folder, "digits1")     # starts the process if there is none
    for answer in looker.poll(): ...                            # engine.data.look_messages: Seen, Failed, Progress, Lost
    view = looker.open(seen)                                    # memory-mapped
    looker.close()
"""

from __future__ import annotations

import atexit
import multiprocessing
import multiprocessing.process
import queue
import tempfile
import threading
from multiprocessing.connection import Connection
from pathlib import Path

from engine.data import look_messages as say
from engine.data import look_process
from engine.data.store import Store
from engine.data.view import View, open_view
from graphs.language import language, tr

CLOSING = 1.0  # seconds to end in order, then terminate, then kill


class Looker:
    """One warm process, started by the first look. All methods return at once; answers come from `poll`."""

    def __init__(self, store: Store | None = None) -> None:
        self._store = store
        self._process: multiprocessing.process.BaseProcess | None = None
        self._connection: Connection | None = None
        self._outbox: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._sender: threading.Thread | None = None
        self._tickets = 0
        self._fault = ""  # why the process could not be started
        self._language = ""

    @property
    def store(self) -> Store:
        """Where results lie. In the cache folder, or beside the temporary files where that cannot be written to."""
        if self._store is None:
            store = Store()
            try:
                store.folder.mkdir(parents=True, exist_ok=True)
                with tempfile.TemporaryFile(dir=store.folder):
                    pass
            except OSError:
                store = Store(Path(tempfile.mkdtemp(prefix="hourglass-")) / "data")
            self._store = store
        return self._store

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.is_alive()

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    def look(self, document: bytes, folder: Path | None, node: str, *, urgent: bool = False) -> int:
        """Asks for a view of a data node of the document (canonical JSON); gives the ticket of the answer."""
        self._start()
        if self._language != language():
            self._language = language()
            self._outbox.put(say.Speak(self._language).to_json())
        self._tickets += 1
        order = say.Look(self._tickets, document.decode(), str(folder or ""), node, urgent)
        self._outbox.put(order.to_json())
        return self._tickets

    def cancel(self, ticket: int) -> None:
        """Calls it off; `Failed` with `cancelled` comes, unless it was ready already."""
        if self._process is not None:
            self._outbox.put(say.Cancel(ticket).to_json())

    def poll(self) -> list[say.Answer]:
        """The answers since the last call. After `Lost` the next `look` starts another process."""
        found: list[say.Answer] = []
        if self._fault:
            found, self._fault = [say.Lost(self._fault)], ""
        if self._connection is None:
            return found
        try:
            while self._connection.poll(0):
                found.append(say.FROM_PROCESS.from_json(self._connection.recv_bytes()))
        except (EOFError, OSError, ValueError):
            self._tear_down()
            found.append(say.Lost(tr("The process that looks at data has ended unexpectedly; it is started again when "
                                     "it is needed.")))
        return found

    def open(self, seen: say.Seen) -> View:
        """What was seen, mapped. Raises OSError or ValueError where it is gone: look again."""
        return open_view(self.store, seen.key)

    def close(self) -> None:
        """Ends the process."""
        atexit.unregister(self.close)
        if self._process is not None and self._process.is_alive():
            self._outbox.put(say.Close().to_json())
            self._process.join(CLOSING)
        self._tear_down()

    def _start(self) -> None:
        if self._process is not None:
            return
        context = multiprocessing.get_context("spawn")
        connection, theirs = context.Pipe()
        self._language = language()
        process = context.Process(target=look_process.main, name="hourglass-look",
                                  args=(theirs, str(self.store.folder), self._language))
        try:
            process.start()
        except (OSError, RuntimeError) as error:  # no room for another process
            self._fault = tr("The process that looks at data could not be started: {reason}.", reason=error)
            return
        finally:
            theirs.close()  # so that the end of the process is the end of the file
        self._process, self._connection = process, connection
        self._outbox = queue.SimpleQueue()
        self._sender = threading.Thread(target=_send_all, args=(self._connection, self._outbox),
                                        name="hourglass-looks", daemon=True)
        self._sender.start()
        atexit.register(self.close)  # otherwise Python waits for the process without end

    def _tear_down(self) -> None:
        self._outbox.put(None)
        if self._process is not None:
            for end in (self._process.terminate, self._process.kill):
                if self._process.is_alive():
                    end()
                    self._process.join(CLOSING)
            self._process.close()
        if self._sender is not None:
            self._sender.join(CLOSING)
        if self._connection is not None:
            self._connection.close()
        self._process = self._connection = self._sender = None


def _send_all(connection: Connection, outbox: queue.SimpleQueue[bytes | None]) -> None:
    """A pipe that is full must not make the window wait."""
    while (message := outbox.get()) is not None:
        try:
            connection.send_bytes(message)
        except OSError:
            return  # nobody reads any more; `poll` reports it
