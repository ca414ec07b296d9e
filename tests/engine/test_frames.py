"""Frames in shared memory are whole, and segments come and go without a trace."""

from __future__ import annotations

import os
from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest

from engine import frames, shared_memory
from engine.errors import OutOfRoom
from engine.frames import FrameReader, FrameWriter
from engine.shared_memory import CONTROL_BYTES, ControlBlock, Status


def watched(step: int, units: int = 5) -> dict[str, np.ndarray]:
    return {
        "weights:dense1/dense": np.full((units, 3), step, np.float32),
        "labels:digits1/label": np.full(7, step, np.int64),
        "output:dense1/out": np.full((4, units), step, np.float32),
        "output:nothing/out": np.empty((0, 2), np.float32),
    }


def segment(arrays: dict[str, np.ndarray]) -> memoryview:
    return memoryview(bytearray(frames.bytes_needed(arrays)))


def test_a_frame_arrives_as_it_was_written() -> None:
    buffer = segment(watched(0))
    writer, reader = FrameWriter(buffer), FrameReader(buffer)
    assert reader.read() is None
    for step in (3, 4, 5):
        assert writer.write(step, step / 10, watched(step))
        frame = reader.read()
        assert frame is not None
        assert (frame.step, frame.epoch) == (step, step / 10)
        assert frame.arrays.keys() == watched(0).keys()
        for key, array in watched(step).items():
            np.testing.assert_array_equal(frame.arrays[key], array)
            assert frame.arrays[key].dtype == array.dtype
        assert reader.read() is frame


def test_a_frame_that_does_not_fit_is_left_out_and_the_last_one_stays() -> None:
    buffer = segment(watched(0))
    writer, reader = FrameWriter(buffer), FrameReader(buffer)
    writer.write(1, 0.1, watched(1))
    assert not writer.write(2, 0.2, watched(2, units=5000))
    assert reader.read().step == 1


@pytest.mark.parametrize("later", [1, 2, 3, 4])
def test_a_frame_is_never_torn(later: int) -> None:
    """The writer overtakes the reader while it copies; what comes out belongs to one step all the same."""
    buffer = segment(watched(0))
    writer, reader = FrameWriter(buffer), FrameReader(buffer)
    writer.write(1, 0.0, watched(1))
    copy, overtaken = reader._copy, []

    def slow_copy(slot: np.ndarray) -> frames.Frame | None:
        frame = copy(slot)
        if not overtaken:
            overtaken.append(True)
            for step in range(2, 2 + later):
                writer.write(step, 0.0, watched(step))
            return frames.Frame(99, 0.0, {})  # what was copied while it changed
        return frame

    reader._copy = slow_copy  # type: ignore[method-assign]
    frame = reader.read()
    if later >= 2:  # the slot that was being read has been written again
        assert frame.step == 1 + later
        assert all((array == frame.step).all() for array in frame.arrays.values())
    else:
        assert frame.step == 99


def test_a_writer_that_died_in_the_middle_leaves_the_last_whole_frame() -> None:
    buffer = segment(watched(0))
    writer, reader = FrameWriter(buffer), FrameReader(buffer)
    writer.write(1, 0.0, watched(1))
    second = writer._bytes[frames.HEAD :][: writer._slot_size]
    second[:8].view(np.int64)[0] = 3  # frame 2 begun
    second[frames.SLOT_HEAD :] = 255
    assert reader.read().step == 1


def test_status_and_flags_are_seen_on_both_sides() -> None:
    memory = shared_memory.create(CONTROL_BYTES)
    try:
        other = shared_memory.attach(memory.name)
        ours, theirs = ControlBlock(memory), ControlBlock(other)
        ours.interrupt[0] = 1
        assert theirs.interrupt[0] == 1
        theirs.beat()
        assert ours.beats == 1
        status = Status(5, 0.5, 1000.0, 3.0, 0.01, 0.003)
        theirs.write(status)
        assert ours.read(Status()) == status
        theirs._sequence[0] += 1  # died while writing
        assert ours.read(status) is status
        del ours, theirs
        shared_memory.detach(other)
    finally:
        shared_memory.release(memory)


def test_segments_are_really_there_and_leave_nothing_behind() -> None:
    memory = shared_memory.create(3_000_000)
    path = Path("/dev/shm") / memory.name
    if path.exists():
        assert path.stat().st_blocks * 512 >= 3_000_000
    shared_memory.release(memory)
    assert not path.exists()
    shared_memory.release(memory)  # twice does no harm


def test_too_little_room_is_said_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    room = namedtuple("room", "f_bavail f_frsize")
    monkeypatch.setattr(shared_memory, "SHM", Path("/tmp"))
    monkeypatch.setattr(os, "statvfs", lambda _: room(64 * 1024 * 1024 // 4096, 4096))
    before = set(Path("/dev/shm").iterdir()) if Path("/dev/shm").exists() else set()
    with pytest.raises(OutOfRoom, match="not enough shared memory for 100 MB"):
        shared_memory.create(100_000_000)
    assert before == (set(Path("/dev/shm").iterdir()) if Path("/dev/shm").exists() else set())


def test_pages_that_cannot_be_had_are_no_bus_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shared_memory, "_reserve", full)
    with pytest.raises(OutOfRoom, match="shared memory"):
        shared_memory.create(1000)
