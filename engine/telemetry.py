"""The decimated history of a run, and how another process reads it while it grows.

Bounded memory for any number of steps: see `engine.kernels.telemetry` for the grid of buckets. The arrays are plain and
may lie in shared memory; `Reader` takes snapshots of them that are never torn.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from engine.kernels.telemetry import FILLED, HIGHEST, ORIGIN, SEQUENCE, STATE_SIZE, USED, VERSION, WIDTH

BUCKETS = 1024
RETRIES = 50  # a merge takes microseconds: more torn reads in a row than this mean that the writer died in one

Leg = tuple[int, float, int]  # from this step on, at this epoch, an epoch has so many steps


@dataclass(frozen=True, slots=True)
class Channel:
    """One curve: `loss` of the objective has no node, `loss` of a loss node has one, layer numbers have both."""

    quantity: str
    node: str = ""
    layer: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """A snapshot of decimated history: n buckets in order of time, K channels.

    A bucket of `width` steps begins at `step` (steps count from one). Where a channel had no finite number in a bucket,
    `count` is zero and `low`, `high` and `mean` are NaN. Arrays are read-only; the last bucket may still be filling.
    """

    channels: tuple[Channel, ...] = ()
    step: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    epoch: np.ndarray = field(default_factory=lambda: np.empty(0, np.float64))
    low: np.ndarray = field(default_factory=lambda: np.empty((0, 0), np.float32))
    high: np.ndarray = field(default_factory=lambda: np.empty((0, 0), np.float32))
    mean: np.ndarray = field(default_factory=lambda: np.empty((0, 0), np.float32))
    count: np.ndarray = field(default_factory=lambda: np.empty((0, 0), np.int64))
    width: int = 1

    def __len__(self) -> int:
        return len(self.step)

    def column(self, quantity: str, node: str = "", layer: str = "") -> int | None:
        """The index of one channel, or None when this run has no such channel. Where no node is asked for: that of the
        whole run, else the first node's, such as the accuracy of the only loss that has one."""
        wanted = Channel(quantity, node, layer)
        for index, channel in enumerate(self.channels):
            if channel == wanted:
                return index
        return next((index for index, _ in self.columns(quantity)), None) if not node and not layer else None

    def columns(self, quantity: str) -> list[tuple[int, Channel]]:
        """All channels of one quantity with their indexes, in the order of the network."""
        return [(index, channel) for index, channel in enumerate(self.channels) if channel.quantity == quantity]

    def latest(self, index: int) -> float:
        """The newest mean of one channel, NaN when there is none."""
        known = np.flatnonzero(self.count[:, index])
        return float(self.mean[known[-1], index]) if len(known) else float("nan")


class HistoryArrays(NamedTuple):
    """What `engine.kernels.telemetry.record` writes: B buckets by K channels, and the counters."""

    low: np.ndarray  # float32 B×K
    high: np.ndarray  # float32 B×K
    total: np.ndarray  # float32 B×K
    count: np.ndarray  # int64 B×K
    state: np.ndarray  # int64 STATE_SIZE

    @property
    def channels(self) -> int:
        return self.low.shape[1]


def bytes_needed(channels: int, buckets: int = BUCKETS) -> int:
    """Bytes that `lay_out` takes for so many channels."""
    return -(-(8 * STATE_SIZE + buckets * channels * (8 + 3 * 4)) // 64) * 64


def lay_out(buffer: memoryview | bytearray, channels: int, buckets: int = BUCKETS, offset: int = 0) -> HistoryArrays:
    """The arrays as views into a buffer, as it is: call `clear` before the first use. `offset` is a multiple of 8."""
    state = np.frombuffer(buffer, np.int64, STATE_SIZE, offset)
    at, cells = offset + 8 * STATE_SIZE, buckets * channels
    count = np.frombuffer(buffer, np.int64, cells, at).reshape(buckets, channels)
    at += 8 * cells
    parts = [np.frombuffer(buffer, np.float32, cells, at + 4 * cells * i).reshape(buckets, channels) for i in range(3)]
    return HistoryArrays(parts[0], parts[1], parts[2], count, state)


def allocate(channels: int, buckets: int = BUCKETS) -> HistoryArrays:
    """Fresh empty arrays in private memory."""
    arrays = lay_out(bytearray(bytes_needed(channels, buckets)), channels, buckets)
    clear(arrays)
    return arrays


def clear(arrays: HistoryArrays, origin: int = 0) -> None:
    """Forgets everything; `origin` is the number of steps done before the next one that is recorded."""
    state = arrays.state
    state[VERSION] += 1 + state[VERSION] % 2
    state[USED] = state[FILLED] = 0
    state[WIDTH], state[ORIGIN] = 1, origin
    state[SEQUENCE] += state[SEQUENCE] % 2
    state[VERSION] += 1


def record(values: np.ndarray, arrays: HistoryArrays) -> None:
    """The kernel `record` in numpy: adds one step; NaN and infinity mean that there is no value."""
    low, high, total, count, state = arrays
    if state[USED] == 0 or state[FILLED] == state[WIDTH]:
        if state[USED] == len(low):
            _merge(arrays)
        row = int(state[USED])
        low[row], high[row], total[row], count[row] = HIGHEST, -HIGHEST, 0, 0
        state[FILLED], state[USED] = 0, row + 1
    row = int(state[USED]) - 1
    given = np.zeros(low.shape[1], bool)
    given[: len(values)] = np.abs(values) <= HIGHEST
    numbers = np.where(given[: len(values)], values, 0).astype(np.float32)
    state[SEQUENCE] += 1
    np.minimum(low[row, : len(values)], numbers, out=low[row, : len(values)], where=given[: len(values)])
    np.maximum(high[row, : len(values)], numbers, out=high[row, : len(values)], where=given[: len(values)])
    total[row, : len(values)] += numbers
    count[row] += given
    state[FILLED] += 1
    state[SEQUENCE] += 1


def _merge(arrays: HistoryArrays) -> None:
    low, high, total, count, state = arrays
    state[VERSION] += 1
    half = len(low) // 2
    low[:half] = np.minimum(low[0::2], low[1::2])
    high[:half] = np.maximum(high[0::2], high[1::2])
    total[:half] = total[0::2] + total[1::2]
    count[:half] = count[0::2] + count[1::2]
    state[USED] = half
    state[WIDTH] *= 2
    state[VERSION] += 1


def saved(arrays: HistoryArrays, prefix: str) -> dict[str, np.ndarray]:
    """The rows in use as tensors for a checkpoint."""
    used = int(arrays.state[USED])
    state = arrays.state.copy()
    state[[VERSION, SEQUENCE]] = 0  # how often it was read or merged is no part of a run
    rows = {name: np.ascontiguousarray(getattr(arrays, name)[:used]) for name in ("low", "high", "total", "count")}
    return {f"{prefix}.{name}": rows.get(name, state) for name in HistoryArrays._fields}


def restore(arrays: HistoryArrays, tensors: Mapping[str, np.ndarray], prefix: str) -> None:
    """Puts back what `saved` gave. Raises ValueError when it does not fit these arrays."""
    state = tensors[f"{prefix}.state"]
    used = int(state[USED]) if state.shape == (STATE_SIZE,) else -1
    rows = {name: tensors[f"{prefix}.{name}"] for name in ("low", "high", "total", "count")}
    fits = 0 <= used <= len(arrays.low) and 0 <= state[FILLED] <= state[WIDTH] and state[WIDTH] > 0
    if not fits or any(part.shape != (used, arrays.channels) for part in rows.values()):
        raise ValueError(prefix)
    clear(arrays)
    for name, part in rows.items():
        getattr(arrays, name)[:used] = part
    arrays.state[FILLED : ORIGIN + 1] = state[FILLED : ORIGIN + 1]
    arrays.state[[USED, WIDTH]] = state[[USED, WIDTH]]


def mirror(source: HistoryArrays, target: HistoryArrays) -> None:
    """Copies a history of float64 to one of float32 that a `Reader` may be reading."""
    used = int(source.state[USED])
    target.state[VERSION] += 1 + target.state[VERSION] % 2
    for name in ("low", "high", "total", "count"):
        getattr(target, name)[:used] = getattr(source, name)[:used]
    target.state[USED : ORIGIN + 1] = source.state[USED : ORIGIN + 1]
    target.state[VERSION] += 1


def adopt(new: HistoryArrays, channels: Sequence[Channel], old: HistoryArrays, known: Sequence[Channel]) -> None:
    """Continues an older history after the graph changed: channels that still exist keep their past."""
    used = int(old.state[USED])
    clear(new)
    new.low[:used], new.high[:used], new.total[:used], new.count[:used] = HIGHEST, -HIGHEST, 0, 0
    place = {channel: index for index, channel in enumerate(known)}
    for index, channel in enumerate(channels):
        if channel in place:
            for name in ("low", "high", "total", "count"):
                getattr(new, name)[:used, index] = getattr(old, name)[:used, place[channel]]
    new.state[USED : ORIGIN + 1] = old.state[USED : ORIGIN + 1]


def epochs_at(steps: np.ndarray, legs: Iterable[Leg]) -> np.ndarray:
    """The epoch (with fraction) that has been reached after each number of steps."""
    epochs = np.zeros(len(steps), np.float64)
    for first, epoch, length in legs:
        later = steps >= first
        epochs[later] = epoch + (steps[later] - first) / max(length, 1)
    return epochs


class Reader:
    """Takes snapshots of a history that another process may be writing, copying only what is new."""

    def __init__(self, channels: Sequence[Channel], arrays: HistoryArrays) -> None:
        self.channels, self.arrays = tuple(channels), arrays
        self._version = self._sequence = -1
        self._forget()
        self._last = self._series(0, 1, 0, (), False)

    def _forget(self) -> None:
        shape = self.arrays.low.shape
        self._copy = [np.empty(shape, dtype) for dtype in (np.float32, np.float32, np.float32, np.int64)]
        self._rows = 0  # rows of the copy that will not change any more

    def read(self, legs: Iterable[Leg], *, by_epoch: bool = False) -> Series:
        """The newest snapshot; the very same object when nothing has happened since. `by_epoch`: rows are epochs."""
        state = self.arrays.state
        for _ in range(RETRIES):
            version, sequence = int(state[VERSION]), int(state[SEQUENCE])
            if (version, sequence) == (self._version, self._sequence):
                return self._last
            if version % 2:
                continue
            if version != self._version:
                self._forget()
                self._version = version
            used, width, origin = int(state[USED]), int(state[WIDTH]), int(state[ORIGIN])
            settled = sequence % 2 == 0
            self._take(used)
            if int(state[VERSION]) != version:
                self._version = -1
                continue
            if not settled or int(state[SEQUENCE]) != sequence:
                used, sequence = self._settle(used)
            self._rows, self._sequence = max(used - 1, 0), sequence
            self._last = self._series(used, width, origin, tuple(legs), by_epoch)
            return self._last
        return self._last

    def _take(self, used: int) -> None:
        """Copies rows that are new since the last snapshot, and the last one."""
        low, high, mean, count = self._copy
        new = slice(self._rows, used)
        count[new] = self.arrays.count[new]
        low[new], high[new] = self.arrays.low[new], self.arrays.high[new]
        with np.errstate(divide="ignore", invalid="ignore"):
            mean[new] = self.arrays.total[new] / count[new]
        empty = count[new] == 0
        for part in (low, high, mean):
            part[new][empty] = np.nan

    def _settle(self, used: int) -> tuple[int, int]:
        """Reads the last row again until no step got between; leaves it out when that never happens."""
        state = self.arrays.state
        for _ in range(RETRIES):
            sequence, version = int(state[SEQUENCE]), int(state[VERSION])
            if version != self._version or int(state[USED]) != used:
                break  # the row is complete by now, or rows have merged: the next snapshot sees to it
            if sequence % 2 == 0:
                self._rows = max(used - 1, 0)
                self._take(used)
                if int(state[SEQUENCE]) == sequence and int(state[VERSION]) == version:
                    return used, sequence
        return max(used - 1, 0), -1

    def _series(self, used: int, width: int, origin: int, legs: tuple[Leg, ...], by_epoch: bool) -> Series:
        first = origin + width * np.arange(used, dtype=np.int64) + 1
        epoch = first.astype(np.float64) if by_epoch else epochs_at(first, legs)
        step = _steps_at(first, legs) if by_epoch else first
        views = [part[:used].view() for part in self._copy]
        for view in (*views, step, epoch):
            view.flags.writeable = False
        return Series(self.channels, step, epoch, *views, width)


def _steps_at(epochs: np.ndarray, legs: Sequence[Leg]) -> np.ndarray:
    """The number of steps done when each whole epoch ended."""
    steps = np.zeros(len(epochs), np.int64)
    for first, epoch, length in legs:
        later = epochs > epoch
        steps[later] = first + np.round((epochs[later] - epoch) * length).astype(np.int64)
    return steps
