"""Arrays out of NPY, NPZ and IDX files: the header is believed only as far as the file can hold what it promises."""

from __future__ import annotations

import gzip
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from math import prod
from pathlib import Path
from tokenize import TokenError
from typing import IO

import numpy as np
import psutil

from engine.data.paths import stamp
from engine.data.reporting import report
from graphs.language import tr
from graphs.spec import ShapeError

IDX_TYPES = {8: "u1", 9: "i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}
PIECE_BYTES = 1 << 22
MOST_AXES = 4
MOST_ARRAYS = 1000
DEFLATE_LIMIT = 1100  # no deflated byte stands for more
LARGE, TIGHT = 256 << 20, 200  # what grows to so many bytes by such a factor is a bomb, or blank
BROKEN = (ValueError, SyntaxError, TypeError, OverflowError, RecursionError, MemoryError, EOFError, TokenError,
          struct.error, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError, KeyError)


@dataclass(frozen=True, slots=True)
class ArrayFacts:
    """What a header says: sizes with the number of samples first, the type of the numbers, the order of the axes."""

    sizes: tuple[int, ...]
    dtype: np.dtype
    fortran: bool = False

    @property
    def size(self) -> int:
        """Bytes."""
        return prod(self.sizes) * self.dtype.itemsize


def array_names(path: Path) -> tuple[str, ...]:
    """The arrays in an NPZ file; none for a file of one array."""
    return _names(*stamp(path))


@lru_cache(maxsize=64)
def _names(path_text: str, modified: int, size: int) -> tuple[str, ...]:
    path = Path(path_text)
    with _in_words(path), path.open("rb") as file:
        if file.read(2) != b"PK":
            return ()
        with zipfile.ZipFile(file) as archive:
            found = archive.infolist()
    if len(found) > MOST_ARRAYS:
        raise wrong(tr("{file} holds {count} arrays; {most} are possible.", file=path.name, count=len(found),
                       most=MOST_ARRAYS))
    return tuple(info.filename.removesuffix(".npy") for info in found if info.filename.endswith(".npy"))


def array_facts(path: Path, name: str = "") -> ArrayFacts:
    """What the header says of the array, or of the one called `name` in an NPZ file. Raises `ShapeError`."""
    return _facts(*stamp(path), name)


@lru_cache(maxsize=64)
def _facts(path_text: str, modified: int, size: int, name: str) -> ArrayFacts:
    path = Path(path_text)
    with _in_words(path), _opened(path, name) as (stream, content, packed):
        return _header(path, stream, content, packed)


def read_array(path: Path, name: str = "") -> np.ndarray:
    """The whole array. Raises `ShapeError` for one that is shorter or longer than its header says."""
    with _in_words(path), _opened(path, name) as (stream, content, packed):
        facts = _header(path, stream, content, packed)
        values = np.empty(facts.size, np.uint8)
        place, room, words = 0, memoryview(values), tr("Reading {file}", file=path.name)
        while place < len(values):
            report(place, len(values), words)
            got = stream.readinto(room[place : place + PIECE_BYTES])
            if not got:
                raise wrong(tr("{file} breaks off: its header promises {promised} bytes, {held} are there.",
                               file=path.name, promised=f"{facts.size:,}", held=f"{place:,}"))
            place += got
        if stream.read(1):
            raise wrong(tr("{file} goes on after the {promised} bytes that its header promises.", file=path.name,
                           promised=f"{facts.size:,}"))
    return values.view(facts.dtype).reshape(facts.sizes, order="F" if facts.fortran else "C")


@contextmanager
def _in_words(path: Path) -> Iterator[None]:
    """Whatever a broken file makes the readers say becomes one sentence."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except ShapeError:
        raise
    except (gzip.BadGzipFile, *BROKEN) as error:
        raise _broken(path) from error
    except OSError as error:
        raise wrong(tr("{file} cannot be read: {reason}.", file=path.name, reason=error.strerror or error)) from error


@contextmanager
def _opened(path: Path, name: str) -> Iterator[tuple[IO[bytes], int | None, int | None]]:
    """The bytes of one array, how many there are, and how many they were packed into, where that is known."""
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(2)
        file.seek(0)
        if start == b"PK":
            with zipfile.ZipFile(file) as archive:
                info = archive.getinfo(f"{name}.npy")
                if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or info.compress_size > size:
                    raise _broken(path)
                with archive.open(info) as stream:
                    yield stream, info.file_size, info.compress_size
        elif start == b"\x1f\x8b":
            with gzip.GzipFile(fileobj=file) as stream:
                yield stream, None, size
        else:
            yield file, size, None


def _header(path: Path, stream: IO[bytes], content: int | None, packed: int | None) -> ArrayFacts:
    """Reads the header, and insists that the file can hold what it promises and the memory too."""
    magic = stream.read(4)
    if magic == b"\x93NUM":
        facts, length = _npy_header(path, stream)
    elif magic[:2] == b"\0\0" and len(magic) == 4:
        facts, length = _idx_header(path, stream, magic)
    else:
        raise wrong(tr("{file} is neither an NPY, NPZ nor IDX file: it starts with other bytes.", file=path.name))
    if facts.dtype.kind not in "biuf":
        raise wrong(tr("{file} holds no plain numbers but {kind}.", file=path.name, kind=str(facts.dtype)[:40]))
    if not 1 <= len(facts.sizes) <= MOST_AXES or min(facts.sizes) < 1:
        sizes = "×".join(map(str, facts.sizes[:8])) or "0"
        raise wrong(tr("{file} is an array of {sizes}: one to {most} axes are needed, none of them empty.",
                       file=path.name, sizes=sizes, most=MOST_AXES))
    if content is not None and content - length != facts.size:
        raise wrong(tr("The header of {file} promises {promised} bytes, {held} are there.", file=path.name,
                       promised=f"{facts.size:,}", held=f"{max(content - length, 0):,}"))
    growth = facts.size / max(packed, 1) if packed is not None else 1.0
    if growth > DEFLATE_LIMIT or (growth > TIGHT and facts.size > LARGE):
        raise wrong(tr("{file} promises {promised} bytes out of {packed}: it is broken, or made to fill the memory.",
                       file=path.name, promised=f"{facts.size:,}", packed=f"{packed:,}"))
    if facts.size + 4 * prod(facts.sizes) > 0.6 * psutil.virtual_memory().available:
        raise wrong(tr("{file} is larger than the memory that is free.", file=path.name))
    return facts


def _npy_header(path: Path, stream: IO[bytes]) -> tuple[ArrayFacts, int]:
    if stream.read(4) != b"PY\x01\0":  # later versions are for records, which are no plain numbers
        raise _broken(path)
    start = stream.read(2)
    (length,) = struct.unpack("<H", start)
    text = BytesIO(start + stream.read(length))
    sizes, fortran, dtype = np.lib.format.read_array_header_1_0(text)
    return ArrayFacts(tuple(int(size) for size in sizes), dtype, fortran), 10 + length


def _idx_header(path: Path, stream: IO[bytes], magic: bytes) -> tuple[ArrayFacts, int]:
    code, axes = magic[2], magic[3]
    if code not in IDX_TYPES or not 1 <= axes <= MOST_AXES:
        raise wrong(tr("{file} starts like an IDX file, but type {code} with {axes} axes does not exist.",
                       file=path.name, code=code, axes=axes))
    sizes = struct.unpack(f">{axes}I", stream.read(4 * axes))
    return ArrayFacts(sizes, np.dtype(IDX_TYPES[code])), 4 + 4 * axes


def _broken(path: Path) -> ShapeError:
    return wrong(tr("{file} is broken: it cannot be read as an array.", file=path.name))


def wrong(text: str) -> ShapeError:
    """A file of arrays that does not serve."""
    return ShapeError(text, parameter="file", code="arrays")
