"""The window's handle on its training process. No Qt: call `poll` regularly, it never blocks.

    engine = Engine(); engine.start()
    engine.load(document_bytes, folder); engine.run()
    for event in engine.poll(): ...          # engine.events
    engine.status, engine.steps(), engine.epochs(), engine.frame()   # shared memory, as often as one likes
    engine.close()
"""

from __future__ import annotations

import atexit
import math
import multiprocessing
import os
import queue
import shutil
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from multiprocessing.connection import Connection
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path

import platformdirs
import psutil

from engine import commands, events, worker
from engine.commands import Pace
from engine.errors import OutOfRoom, WorkerGone
from engine.events import Event, RunInfo
from engine.frames import Frame, FrameReader
from engine.messages import Message, Vocabulary
from engine.shared_memory import CONTROL_BYTES, ControlBlock, Status, create, release
from engine.telemetry import Channel, Reader, Series, bytes_needed, lay_out
from graphs.language import language, tr

PATIENCE = 10.0  # seconds without a heartbeat after a command: the process hangs
COMPILING = 60.0  # the same while it prepares: one kernel may take long to compile where others hold the cores
CLOSING = 2.0  # seconds to end in order, then terminate, then kill
KEEP_DAYS = 30  # run folders of windows that crashed
FROM_WORKER = Vocabulary([*Event.__args__, commands.Need, commands.Ready])


def runs_folder() -> Path:
    """Where runs keep their checkpoints."""
    return Path(platformdirs.user_state_dir("hourglass", appauthor=False)) / "runs"


class Engine:
    """One warm training process and what it shares. All methods return at once; answers come as events."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or runs_folder() / f"{os.getpid()}-{time.time_ns()}"
        self.info: RunInfo | None = None  # what is being trained, from the last `Compiled`
        self.state: events.State = "idle"
        self.ready = False  # the process has imported everything
        self._process: multiprocessing.process.BaseProcess | None = None
        self._connection: Connection | None = None
        self._outbox: _Outbox | None = None
        self._segments: dict[str, SharedMemory] = {}
        self._retired: list[SharedMemory] = []
        self._control: ControlBlock | None = None
        self._readers: tuple[Reader, Reader] | None = None
        self._frames: FrameReader | None = None
        self._frame: Frame | None = None
        self._kept = (Series(), Series())
        self._status = Status()
        self._document: commands.Load | None = None
        self._seed: int | None = None
        self._pace: Pace = None
        self._watched: tuple[str, ...] = ()
        self._checkpoint = ""
        self._asked: tuple[float, int] | None = None  # when a command was sent, and the heartbeat then

    # The process

    def start(self) -> None:
        """Starts the process; it answers commands at once and is warm a second or two later."""
        if self._process is not None:
            return
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError:  # a home that cannot be written to: the run is still safe until the machine is switched off
            self.folder = Path(tempfile.mkdtemp(prefix="hourglass-"))
        _forget_old_runs(self.folder)
        self._segments["control"] = create(CONTROL_BYTES)
        self._control = ControlBlock(self._segments["control"])
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(
            target=worker.main, args=(theirs, self._segments["control"].name, str(self.folder), language()),
            name="hourglass-engine",
        )
        self._process.start()
        theirs.close()  # so that the end of the process is the end of the file
        self._outbox = _Outbox(self._connection)
        self._asked, self.ready = None, False
        atexit.register(self.close)  # otherwise Python waits for the process without end when the window forgot to

    def close(self) -> None:
        """Ends the process and removes everything shared, and the run's folder."""
        atexit.unregister(self.close)
        if self._process is not None and self._process.is_alive():
            self._send(commands.Close())
            self._process.join(CLOSING)
        self._tear_down()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def alive(self) -> bool:
        """The process is there and was not found lost by `poll`."""
        return self._process is not None and self._process.is_alive()

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    def restart(self) -> None:
        """After `WorkerLost`: a new process that takes up the run at its last checkpoint, paused."""
        self._tear_down()
        self.start()
        for command in self._memory_of_the_last():
            self._send(command)

    def _memory_of_the_last(self) -> Iterator[commands.Command]:
        yield commands.SetPace(self._pace)
        yield commands.Watch(self._watched)
        if self._checkpoint:
            base = self._document.folder if self._document else ""
            yield commands.Restore(str(Path(self._checkpoint).parent), base)
        elif self._seed is not None:
            yield commands.SetSeed(self._seed)
        if self._document is not None:
            yield replace(self._document, keep_weights=True)

    # Commands

    def load(self, document: bytes, folder: Path | str | None = None, keep_weights: bool = True) -> None:
        """Takes this document (canonical JSON), also in the middle of a run."""
        self._document = commands.Load(document.decode(), str(folder or ""), keep_weights)
        self._send(self._document)

    def run(self) -> None:
        """Trains, or goes on. After a finished run: a new one from the same weights."""
        self._send(commands.Run())

    def pause(self) -> None:
        """Rests after the step that is being made."""
        self._send(commands.Pause(), urgent=True)

    def step(self) -> None:
        """One step (one mini-batch), then rests."""
        self._send(commands.Step())

    def stop(self) -> None:
        """Ends the run and keeps what was learned."""
        self._send(commands.Stop(), urgent=True)

    def reset(self) -> None:
        """Back to step 0 with the same weights to start from."""
        self._send(commands.Reset(), urgent=True)

    def set_seed(self, seed: int | None) -> None:
        """Other weights to start from, at step 0. None: the document's seed."""
        self._seed = seed
        self._send(commands.SetSeed(seed), urgent=True)

    def set_rate(self, value: float) -> None:
        """Another learning rate from the next step on; it becomes part of the run. Raises ValueError unless above 0."""
        if not 0 < value < math.inf:
            raise ValueError(value)
        self._send(commands.SetRate(value))

    def set_pace(self, pace: Pace) -> None:
        """Steps a second (above 0), "lesson" (the whole run in about 15 s), or None for full speed."""
        if isinstance(pace, float | int) and not 0 < pace < math.inf:
            raise ValueError(pace)
        self._pace = pace
        self._send(commands.SetPace(pace), urgent=True)

    def watch(self, keys: Iterable[str]) -> None:
        """Frames hold exactly these keys from now on: see `engine.frames.Frame`."""
        wanted = tuple(sorted(set(keys)))
        if wanted != self._watched:
            self._watched = wanted
            self._send(commands.Watch(wanted))

    def evaluate(self) -> None:
        """Asks for `Evaluated`."""
        self._send(commands.Evaluate())

    def probe(self, sample: commands.Probe) -> None:
        """Sends one new sample of a source through the present network: asks for `Probed`."""
        self._send(sample)

    def inquire(self, order: commands.Inquiry) -> None:
        """Asks about the present network: one `Answer`, or several until one is complete."""
        self._send(order)

    def look_around(self, order: commands.LookAround) -> None:
        """Asks for the loss around the present weights: several `LookedAround`, coarse to fine."""
        self._send(order)

    def walk(self, order: commands.Walk) -> None:
        """Asks for one mini-batch in slow motion: `Walked`."""
        self._send(order)

    def _send(self, command: Message, *, urgent: bool = False) -> None:
        if self._outbox is None or self._control is None:
            if self._process is None:
                return  # not started, or lost: `restart` sends what matters
            raise WorkerGone(tr("The training process has ended."))
        self._asked = self._asked or (time.monotonic(), self._control.beats)
        self._outbox.put(command.to_json())
        if urgent:
            self._control.interrupt[0] = 1

    # What comes back

    def poll(self) -> list[Event]:
        """The events since the last call. Never blocks."""
        found: list[Event] = []
        if self._connection is None or self._process is None:
            return found
        try:
            while self._connection.poll(0):
                self._asked = None
                self._take(FROM_WORKER.from_json(self._connection.recv_bytes()), found)
        except (EOFError, OSError):
            found.append(self._lost())
            return found
        if self._hangs():
            self._process.kill()
            self._process.join(CLOSING)
            found.append(self._lost(tr("The training process did not answer for {seconds} seconds and was ended.",
                                       seconds=round(self._patience))))
        return found

    def _take(self, message: Message, found: list[Event]) -> None:
        if isinstance(message, commands.Need):
            self._provide(message, found)
            return
        if isinstance(message, commands.Ready):
            self.ready = True
            return
        if isinstance(message, events.Compiled):
            self.info = message.run
            self._read_history(message.run)
        elif isinstance(message, events.StateChanged):
            self.state = message.state
            if message.state == "idle":
                self._checkpoint = ""  # another run, which nothing of the last one's must reach
        elif isinstance(message, events.CheckpointSaved):
            self._checkpoint = message.path
        found.append(message)

    def _provide(self, need: commands.Need, found: list[Event]) -> None:
        """Makes the segment that the process asked for; the one before lives until nobody reads it."""
        try:
            memory = create(need.bytes)
        except OutOfRoom as problem:
            found.append(events.Note(problem.text))
            if need.purpose in self._segments:
                self._retired.append(self._segments.pop(need.purpose))
            self._send(commands.Attach(need.purpose, ""))
            return
        if need.purpose in self._segments:
            self._retired.append(self._segments[need.purpose])
        self._segments[need.purpose] = memory
        if need.purpose == "frames":
            self._frame, self._frames = self.frame(), FrameReader(memory.buf)
            self._release_retired()
        self._send(commands.Attach(need.purpose, memory.name))

    def _read_history(self, info: RunInfo) -> None:
        memory, self._readers, self._kept = self._segments.get("history"), None, (Series(), Series())
        if memory is None:
            self._release_retired()
            return
        steps = [Channel(c.quantity, c.node, c.layer) for c in info.step_channels]
        epochs = [Channel(c.quantity, c.node, c.layer) for c in info.epoch_channels]
        behind = bytes_needed(len(steps))
        if behind + bytes_needed(len(epochs)) > memory.size:
            return
        self._readers = (Reader(steps, lay_out(memory.buf, len(steps))),
                         Reader(epochs, lay_out(memory.buf, len(epochs), offset=behind)))  # fmt: skip
        self._release_retired()

    def _release_retired(self) -> None:
        while self._retired:
            release(self._retired.pop())

    def _hangs(self) -> bool:
        if self._asked is None or self._control is None:
            return False
        at, beats = self._asked
        if self._control.beats != beats:
            self._asked = None
            return False
        return time.monotonic() - at > self._patience and self.ready

    @property
    def _patience(self) -> float:
        return COMPILING if self.state == "preparing" else PATIENCE

    def _lost(self, text: str = "") -> events.WorkerLost:
        assert self._process is not None
        self._process.join(CLOSING)
        code = self._process.exitcode
        if not text:
            text = (tr("The training process was ended from outside, perhaps because memory ran out.") if code == -9
                    else tr("The training process has ended unexpectedly (code {code}).", code=code))
        self._tear_down()
        self.state = "failed"
        return events.WorkerLost(text, self._checkpoint)

    def _tear_down(self) -> None:
        if self._process is not None:
            for end in (self._process.terminate, self._process.kill):
                if self._process.is_alive():
                    end()
                    self._process.join(CLOSING)
            if self._outbox is not None:
                self._outbox.close()
            self._process.close()
        if self._connection is not None:
            self._connection.close()
        self._process = self._connection = self._outbox = None
        self._status, self._kept = self.status, (self.steps(), self.epochs())  # what was seen last stays to be seen
        self._frame, self._readers, self._frames, self._control = self.frame(), None, None, None
        self._release_retired()
        while self._segments:
            release(self._segments.popitem()[1])

    # Shared memory

    @property
    def status(self) -> Status:
        """Step, epoch, speed, seconds left, cost of watching: now."""
        if self._control is not None:
            self._status = self._control.read(self._status)
        return self._status

    def steps(self) -> Series:
        """The history by steps; the same object when nothing is new."""
        return self._readers[0].read(self.info.legs) if self._readers and self.info else self._kept[0]

    def epochs(self) -> Series:
        """The history by epochs; the same object when nothing is new."""
        return self._readers[1].read(self.info.legs, by_epoch=True) if self._readers and self.info else self._kept[1]

    def frame(self) -> Frame | None:
        """The newest frame of what is watched; the same object when nothing is new."""
        return (self._frames.read() if self._frames else None) or self._frame


class _Outbox:
    """Sends from a thread of its own: a pipe that is full must not make the window wait."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._queue: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._send_all, name="hourglass-commands", daemon=True)
        self._thread.start()

    def put(self, message: bytes) -> None:
        """Sends this after what was put before."""
        self._queue.put(message)

    def close(self) -> None:
        """Sends the rest, if anybody still reads, and ends the thread."""
        self._queue.put(None)
        self._thread.join(CLOSING)

    def _send_all(self) -> None:
        while (message := self._queue.get()) is not None:
            try:
                self._connection.send_bytes(message)
            except OSError:
                return  # nobody reads any more; `poll` reports it


def _forget_old_runs(current: Path) -> None:
    """Removes folders of windows that are gone for long: their checkpoints were offered often enough."""
    for folder in current.parent.iterdir():
        owner = folder.name.partition("-")[0]
        if folder == current or not owner.isdigit() or psutil.pid_exists(int(owner)):
            continue
        if time.time() - folder.stat().st_mtime > KEEP_DAYS * 86400:
            shutil.rmtree(folder, ignore_errors=True)
