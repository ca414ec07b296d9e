"""Shared memory between the window and its training process: who owns it, and the small block both sides always have.

The window makes and removes every segment; the training process only attaches. Nothing in a segment is trusted to be
whole: sequence numbers show a torn read (see `engine.telemetry` and `engine.frames`).
"""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path

import numpy as np

from engine.errors import OutOfRoom
from graphs.language import tr

SHM = Path("/dev/shm")
CONTROL_BYTES = 256
ROOM_SHARE = 0.9  # of what is free: other programs live there too


def create(size: int) -> SharedMemory:
    """A new segment whose every page is really there. Raises `OutOfRoom` when it is not."""
    if SHM.is_dir():
        room = os.statvfs(SHM)
        if size > room.f_bavail * room.f_frsize * ROOM_SHARE:
            raise _no_room(size)
    try:
        memory = SharedMemory(create=True, size=size)
    except OSError as error:
        raise _no_room(size) from error
    try:
        _reserve(memory, size)
    except OSError as error:
        release(memory)
        if error.errno in (errno.ENOSPC, errno.ENOMEM, errno.EFBIG):
            raise _no_room(size) from error
        raise
    return memory


def _reserve(memory: SharedMemory, size: int) -> None:
    """Takes the pages now: a segment that is only promised kills the process that first writes to it."""
    path = SHM / memory.name
    if hasattr(os, "posix_fallocate") and path.exists():
        handle = os.open(path, os.O_RDWR)
        try:
            os.posix_fallocate(handle, 0, size)
        finally:
            os.close(handle)


def _no_room(size: int) -> OutOfRoom:
    return OutOfRoom(tr("There is not enough shared memory for {size} MB of live views. Close other programs, or give "
                        "the container more (--shm-size).", size=max(1, round(size / 1e6))))


def attach(name: str) -> SharedMemory:
    """A segment that the other process made. Raises FileNotFoundError when it is gone."""
    return SharedMemory(name=name)


def detach(memory: SharedMemory) -> bool:
    """Lets go of a segment without removing it. False while an array over it still lives: try again later."""
    try:
        memory.close()
    except BufferError:
        return False
    return True


def release(memory: SharedMemory) -> None:
    """Removes a segment that this process made."""
    detach(memory)
    with suppress(FileNotFoundError):
        memory.unlink()


@dataclass(frozen=True, slots=True)
class Status:
    """Where a run is. `seconds_left` is NaN for endless runs; `watching_cost` is a share of training's time."""

    step: int = 0
    epoch: float = 0.0
    steps_per_second: float = 0.0
    seconds_left: float = float("nan")
    watching_cost: float = 0.0
    learning_rate: float = 0.0


class ControlBlock:
    """A few numbers that both processes see at once: a flag that interrupts, a heartbeat, the status."""

    def __init__(self, memory: SharedMemory) -> None:
        self.interrupt = np.frombuffer(memory.buf, np.int64, 1, 0)  # set: come back after the step being made
        self._heart = np.frombuffer(memory.buf, np.int64, 1, 8)
        self._sequence = np.frombuffer(memory.buf, np.int64, 1, 16)
        self._numbers = np.frombuffer(memory.buf, np.float64, len(Status.__dataclass_fields__), 24)

    def beat(self) -> None:
        """The training process lives and is not stuck."""
        self._heart[0] += 1

    @property
    def beats(self) -> int:
        return int(self._heart[0])

    def write(self, status: Status) -> None:
        """For the training process alone."""
        self._sequence[0] += 1
        self._numbers[:] = [getattr(status, name) for name in Status.__dataclass_fields__]
        self._sequence[0] += 1

    def read(self, fallback: Status) -> Status:
        """The newest status; `fallback` when it is being written at this very moment, again and again."""
        for _ in range(20):
            before = int(self._sequence[0])
            numbers = self._numbers.tolist()
            if before % 2 == 0 and before == int(self._sequence[0]):
                return Status(int(numbers[0]), *numbers[1:])
        return fallback
