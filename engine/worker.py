"""The training process: what runs at the other end of `engine.remote.Engine`. Free of Qt, and light to import."""

from __future__ import annotations

import faulthandler
import gc
import os
import queue
import signal
import threading
import time
from multiprocessing.connection import Connection

from engine import commands
from engine.controls import Controls
from engine.shared_memory import ControlBlock, attach, detach
from graphs.language import set_language

GRACE = 3.0  # seconds to end in order when the window is gone
URGENT = (commands.Pause, commands.Stop, commands.Reset, commands.SetSeed, commands.Restore, commands.Close)


class Link:
    """The wire to the window: a thread that always listens, so that no command waits for the training."""

    def __init__(self, connection: Connection, controls: Controls) -> None:
        self._connection, self._controls = connection, controls
        self._attached: queue.SimpleQueue[commands.Attach] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._listen, name="hourglass-link", daemon=True)
        self._thread.start()

    def send(self, message: commands.Message) -> None:
        """Tells the window. Does nothing when it is gone: the listening thread sees to that."""
        try:
            self._connection.send_bytes(message.to_json())
        except OSError:
            self._controls.put(commands.Close())

    def ask(self, purpose: str, size: int) -> str:
        """The name of a new segment of shared memory; empty when there is none to be had."""
        self.send(commands.Need(purpose, size))
        while (answer := self._attached.get()).purpose not in (purpose, ""):
            continue
        return answer.name

    def _listen(self) -> None:
        try:
            while True:
                command = commands.COMMANDS.from_json(self._connection.recv_bytes())
                if isinstance(command, commands.Attach):
                    self._attached.put(command)
                else:
                    self._controls.put(command, urgent=isinstance(command, URGENT))
        except (EOFError, OSError, ValueError):  # the window is gone, or it is not ours
            self._controls.put(commands.Close())
            self._attached.put(commands.Attach("", ""))
            time.sleep(GRACE)
            os._exit(1)  # training did not look up in time: nobody is left to wait for it


def main(connection: Connection, control: str, folder: str, language: str) -> None:
    """The process from its first line to its last."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C in the terminal is for the window
    faulthandler.enable()
    set_language(language)
    memory = attach(control)
    block = ControlBlock(memory)
    controls = Controls(block.interrupt)
    link = Link(connection, controls)

    from engine.session import Session  # the heavy imports, after the wire is up

    gc.freeze()  # what is loaded stays: to look through it for garbage takes longer than to compile a network
    Session(link, controls, block, folder).serve()
    del block, controls, link
    detach(memory)
    os._exit(0)  # arrays over shared memory that still live must not complain on the way out
