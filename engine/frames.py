"""Frames: the arrays that pictures are drawn from, as one consistent snapshot in shared memory.

Two slots take turns, so that a reader has a whole frame while the next one is being written. Each slot begins with
its sequence number (odd while it is written), step, epoch and the length of a JSON directory; then directory and data.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from engine.events import MapInfo

HEAD = 64  # bytes: the number of the newest frame
SLOT_HEAD = 64
ALIGN = 64
RETRIES = 8
TYPES = ("<f4", "<i8")


@dataclass(frozen=True, slots=True)
class Frame:
    """What was watched, after `step` steps.

    Keys: `weights:<node>/<layer>` units × inputs; `output:<node>/<port>` P × width for a fixed batch of P ≤ 64 samples;
    `sums:<node>/<layer>` the same before the layer's function bends them; `slopes:<node>/` those that a PReLU has learned;
    `labels:<node>/<port>` P class indexes; `check:` and `train:<node>/<port>` an output for up to 1000 samples of that part;
    `each:<node>/<port>` an output for one of each different sample, where they are few; `map:<node>/<port>` (grid · grid) ×
    width over the two-dimensional input, `field:<node>/<port>` over a coarser grid; `activity:<node>/<port>` the mean activity
    of each unit; `strongest:<node>/<port>@<unit>` the samples that excite a unit most, each behind its activity; `pca:<node>`
    the loss of that node which principal components as many as its code would leave, and the objective then.
    """

    step: int
    epoch: float
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)


def map_points(info: MapInfo) -> np.ndarray:
    """The points of a map, row by row from the bottom, left to right: (grid · grid) × 2."""
    left, right, bottom, top = info.extent
    x, y = np.meshgrid(np.linspace(left, right, info.grid), np.linspace(bottom, top, info.grid))
    return np.column_stack([x.ravel(), y.ravel()]).astype(np.float32)


def _aligned(size: int) -> int:
    return -(-size // ALIGN) * ALIGN


def _directory(arrays: Mapping[str, np.ndarray]) -> tuple[bytes, list[int]]:
    entries, offsets, at = [], [], 0
    for key, array in arrays.items():
        kind = TYPES[array.dtype.kind in "iu"]
        offsets.append(at)
        entries.append([key, kind, list(array.shape), at])
        at += _aligned(array.size * np.dtype(kind).itemsize)
    return json.dumps(entries).encode(), [*offsets, at]


def bytes_needed(arrays: Mapping[str, np.ndarray]) -> int:
    """The size of a segment for frames of these arrays (shape and dtype count)."""
    directory, offsets = _directory(arrays)
    return HEAD + 2 * (SLOT_HEAD + _aligned(len(directory)) + offsets[-1])


class FrameWriter:
    """Writes frames into a buffer of shared memory, for the training process."""

    def __init__(self, buffer: memoryview) -> None:
        self._bytes = np.frombuffer(buffer, np.uint8)
        self._slot_size = (len(self._bytes) - HEAD) // 2 // ALIGN * ALIGN
        self._newest = self._bytes[:8].view(np.int64)

    def write(self, step: int, epoch: float, arrays: Mapping[str, np.ndarray]) -> bool:
        """Publishes a frame; False when it does not fit into this buffer."""
        directory, offsets = _directory(arrays)
        start = SLOT_HEAD + _aligned(len(directory))
        if start + offsets[-1] > self._slot_size:
            return False
        number = int(self._newest[0]) + 1
        slot = self._bytes[HEAD + (number % 2) * self._slot_size :][: self._slot_size]
        head = slot[:32].view(np.int64)
        head[0] = 2 * number - 1
        head[1], head[3] = step, len(directory)
        slot[16:24].view(np.float64)[0] = epoch
        slot[SLOT_HEAD : SLOT_HEAD + len(directory)] = np.frombuffer(directory, np.uint8)
        for offset, array in zip(offsets, arrays.values(), strict=False):
            kind = TYPES[array.dtype.kind in "iu"]
            data = slot[start + offset :][: array.size * np.dtype(kind).itemsize].view(kind)
            data.reshape(array.shape)[...] = array
        head[0] = 2 * number
        self._newest[0] = number
        return True


class FrameReader:
    """Reads the newest whole frame, for the window."""

    def __init__(self, buffer: memoryview) -> None:
        self._bytes = np.frombuffer(buffer, np.uint8)
        self._slot_size = (len(self._bytes) - HEAD) // 2 // ALIGN * ALIGN
        self._newest = self._bytes[:8].view(np.int64)
        self._seen = 0
        self._last: Frame | None = None

    def read(self) -> Frame | None:
        """The newest frame; the very same object when there is no newer one."""
        for _ in range(RETRIES):
            number = int(self._newest[0])
            if number == self._seen:
                return self._last
            slot = self._bytes[HEAD + (number % 2) * self._slot_size :][: self._slot_size]
            sequence = slot[:8].view(np.int64)
            if int(sequence[0]) != 2 * number:
                continue  # overtaken: this slot is being written again
            frame = self._copy(slot)
            if frame is not None and int(sequence[0]) == 2 * number:
                self._seen, self._last = number, frame
                return frame
        return self._last

    def _copy(self, slot: np.ndarray) -> Frame | None:
        step, _, length = slot[8:32].view(np.int64).tolist()
        epoch = float(slot[16:24].view(np.float64)[0])
        if not 0 <= length <= self._slot_size - SLOT_HEAD:
            return None
        start = SLOT_HEAD + _aligned(length)
        try:
            entries = json.loads(slot[SLOT_HEAD : SLOT_HEAD + length].tobytes())
            arrays = {key: self._array(slot[start:], kind, shape, offset) for key, kind, shape, offset in entries}
        except ValueError:
            return None  # torn: the directory changed while it was read
        return Frame(step, epoch, arrays)

    @staticmethod
    def _array(data: np.ndarray, kind: str, shape: list[int], offset: int) -> np.ndarray:
        count = int(np.prod(shape, dtype=np.int64))
        array = data[offset:][: count * np.dtype(kind).itemsize].view(kind).reshape(shape).copy()
        array.flags.writeable = False
        return array
