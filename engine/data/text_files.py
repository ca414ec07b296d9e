"""Plain text as characters: the text of a file, its alphabet, and windows of 1-of-K."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import psutil

from engine.data.paths import stamp
from engine.data.reporting import report
from graphs.language import tr
from graphs.spec import ShapeError

MOST_BYTES = 16 << 20
MOST_SYMBOLS = 4096
BLOCK = 4096  # windows between two reports
LINE_END = 10


def read_text(path: Path) -> np.ndarray:
    """The code points of the file, [N] uint32; every end of a line is one line feed. Raises `ShapeError`."""
    return _read(*stamp(path))


@lru_cache(maxsize=4)
def _read(path_text: str, modified: int, size: int) -> np.ndarray:
    path = Path(path_text)
    if size > MOST_BYTES:
        raise wrong(tr("{file} is longer than {most} MB: give a part of it.", file=path.name, most=MOST_BYTES >> 20))
    try:
        content = path.read_bytes()
    except OSError as error:
        raise wrong(tr("{file} cannot be read: {reason}.", file=path.name, reason=error.strerror or error)) from error
    if b"\0" in content:
        raise wrong(tr("{file} is not a text file: it holds zero bytes.", file=path.name))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise wrong(tr("Line {row} of {file} is not UTF-8 text: save the file as UTF-8.", row=line,
                       file=path.name)) from error
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    codes = np.frombuffer(text.encode("utf-32-le"), np.uint32)
    codes.flags.writeable = False
    return codes


@lru_cache(maxsize=4)
def _alphabet(path_text: str, modified: int, size: int) -> np.ndarray:
    return np.flatnonzero(np.bincount(_read(path_text, modified, size))).astype(np.uint32)


def alphabet(path: Path, chosen: str = "") -> tuple[str, ...]:
    """The characters that are told apart: those that were chosen, else all in the file, by code point."""
    symbols = tuple(dict.fromkeys(chosen)) or tuple(map(chr, _alphabet(*stamp(path))))
    if len(symbols) > MOST_SYMBOLS:
        raise wrong(tr("{file} has {count} different characters; {most} are possible.", file=path.name,
                       count=f"{len(symbols):,}", most=f"{MOST_SYMBOLS:,}"))
    return symbols


def encode(path: Path, symbols: tuple[str, ...]) -> np.ndarray:
    """The place of every character of the file in the alphabet, [N] int64. Those that it lacks are left out."""
    codes = read_text(path)
    place = np.full(max(int(codes.max(initial=0)), *map(ord, symbols), 0) + 1, -1, np.int64)
    place[[ord(symbol) for symbol in symbols]] = np.arange(len(symbols))
    places = place[codes]
    return places if (places >= 0).all() else places[places >= 0]


def windows(path: Path, places: np.ndarray, length: int, step: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Windows [N, T, K] of 1-of-K float32, each `step` characters after the one before, and the place of the character
    that follows each window."""
    count = (len(places) - 1 - length) // step + 1 if len(places) > length else 0
    if count < 1:
        raise ShapeError(tr("{file} has {count} characters of the alphabet: a window of {length} needs one more than that.",
                            file=path.name, count=f"{len(places):,}", length=length), parameter="length", code="text")
    require_room(count, length, width)
    made = np.zeros((count, length, width), np.float32)
    starts, words = np.arange(count) * step, tr("Reading {file}", file=path.name)
    for block in range(0, count, BLOCK):
        report(block, count, words)
        rows = starts[block : block + BLOCK, None] + np.arange(length)
        np.put_along_axis(made[block : block + BLOCK], places[rows][:, :, None], 1.0, axis=2)
    return made, places[starts + length]


def require_room(count: int, length: int, width: int) -> None:
    """Raises `ShapeError` if the windows, and the same a character later, do not fit in the memory that is free."""
    size, free = 8 * count * length * width, psutil.virtual_memory().available
    if size > 0.5 * free:
        raise ShapeError(tr("{count} windows of {length} characters, each 1-of-{width}, take {size} GB, {free} GB of memory "
                            "are free: make the step longer.", count=f"{count:,}", length=length, width=width,
                            size=f"{size / 1e9:.1f}", free=f"{free / 1e9:.1f}"), parameter="step", code="memory")


def wrong(text: str) -> ShapeError:
    """A text that does not serve."""
    return ShapeError(text, parameter="file", code="text")
