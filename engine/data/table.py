"""Columns of a CSV file as arrays, read by pandas in pieces; a mistake becomes one sentence with its row and column."""

from __future__ import annotations

import warnings
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from itertools import chain, islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
import psutil

from engine.data.reporting import report
from engine.data.table_facts import (
    MISSING,
    MOST_CLASSES,
    TableFacts,
    Writing,
    column_values,
    learn_classes,
    to_number,
    wrong,
)
from engine.data.table_search import find_fault, is_ragged
from graphs.language import tr
from graphs.spec import ShapeError

if TYPE_CHECKING:
    from pandas import DataFrame

WORDS_FOR_MISSING = sorted({form for word in MISSING for form in (word, word.upper(), word.capitalize(), "NaN", "N/a")})
PIECE_BYTES = 4 << 20
PART_BYTES = 1 << 16
LONGEST_ROW = 32 << 20
THREADS = 2  # pandas reads a piece without the interpreter


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a table: numbers [N, k] and answers [N, m] float32, NaN where one is missing, and [N] places in `words`,
    -1 for none."""

    numbers: np.ndarray
    answers: np.ndarray
    codes: np.ndarray
    words: Sequence[str]


class _Spoiled(Exception):
    """The piece cannot be read, or holds what it must not."""


def read_columns(path: Path, facts: TableFacts, numbers: Sequence[str], answers: Sequence[str] = (), classes: str = "",
                 *, gaps: bool = False) -> Rows:
    """Columns of numbers, of numbers that are answers, and of words, as far as they are named; with `gaps` values may
    be missing in all of them. Says how far it is; raises `DataCancelled` when asked to give up."""
    try:
        size = path.stat().st_size
        if size > 0.4 * psutil.virtual_memory().available:
            raise _too_large(path)
        for piece in (PIECE_BYTES, size):  # quotes inside words may mislead about where rows end: then all in one
            reading = _Reading(path, facts, (*numbers,), (*answers,), classes, gaps, piece)
            try:
                with warnings.catch_warnings(), np.errstate(over="ignore"):
                    warnings.simplefilter("ignore")  # rows that are too long, numbers that are too large: looked for
                    found = list(reading.rows())
                if found:
                    return _joined(found)
            except _Spoiled as spoiled:
                if (mistake := reading.fault(spoiled.args[0])) is not None:
                    raise mistake from spoiled
    except MemoryError as error:
        raise _too_large(path) from error
    except OSError as error:
        raise wrong(tr("{file} cannot be read: {reason}.", file=path.name, reason=error.strerror or error)) from error
    raise wrong(tr("{file} cannot be read as a table.", file=path.name))


@dataclass(frozen=True, slots=True)
class _Reading:
    """One way through a file: which columns are wanted, and how many bytes are read at once."""

    path: Path
    facts: TableFacts
    numbers: tuple[str, ...]
    answers: tuple[str, ...]
    classes: str
    gaps: bool
    piece: int

    def rows(self) -> Iterator[Rows]:
        """The rows piece by piece; while one is waited for, the next ones are being read. Raises `_Spoiled(place)`."""
        whole, words = self.path.stat().st_size, tr("Reading {file}", file=self.path.name)
        waiting: deque[tuple[int, int, Future[Rows]]] = deque()
        pieces, done = enumerate(self.pieces()), self.facts.start
        with ThreadPoolExecutor(THREADS, thread_name_prefix="hourglass-table") as pool:
            try:
                while True:
                    while len(waiting) <= THREADS and (after := next(pieces, None)) is not None:
                        waiting.append((after[0], len(after[1]), pool.submit(self.parsed, after[1])))
                    if not waiting:
                        return
                    place, length, future = waiting.popleft()
                    report(done, whole, words)
                    try:
                        yield future.result()
                    except _Spoiled as spoiled:
                        raise _Spoiled(place) from spoiled
                    done += length
            finally:
                pool.shutdown(cancel_futures=True)

    def pieces(self) -> Iterator[bytes]:
        """The file in pieces of whole rows."""
        with self.path.open("rb") as file:
            file.seek(self.facts.start)
            yield from _cut(file, self.piece)

    def parsed(self, piece: bytes) -> Rows:
        """The rows of one piece. Raises `_Spoiled`."""
        import pandas as pd

        columns = list(self.facts.columns)
        wanted = list(dict.fromkeys((*self.numbers, *self.answers)))
        if piece.isspace():
            return Rows(*(np.empty((0, len(names)), np.float32) for names in (self.numbers, self.answers)),
                        np.empty(0, np.int64), ())
        try:
            frame = pd.read_csv(  # all columns: with `usecols` a row that has too many cells would pass unnoticed
                BytesIO(piece), sep=self.facts.separator, decimal=self.facts.decimal, header=None, names=columns,
                dtype=dict.fromkeys(columns, "category") | dict.fromkeys(wanted, "float32"),
                na_values={name: [""] for name in columns} | dict.fromkeys(wanted, WORDS_FOR_MISSING),
                keep_default_na=False, skipinitialspace=b" " in piece,  # to skip them costs a quarter of the time
                encoding="utf-8", engine="c", low_memory=False,
            )  # fmt: skip
        except (ValueError, OverflowError) as error:  # pandas' own errors are ValueErrors
            raise _Spoiled from error
        if not isinstance(frame.index, pd.RangeIndex):
            raise _Spoiled  # the first row has more cells than there are columns
        if frame.iloc[:, -1].hasnans and is_ragged(piece, self.facts):  # a short row has nothing in its last columns
            raise _Spoiled
        return self._taken(frame)

    def _taken(self, frame: DataFrame) -> Rows:
        """The wanted columns. Raises `_Spoiled` if they hold what they must not."""
        numbers = [frame[list(names)].to_numpy(dtype=np.float32) for names in (self.numbers, self.answers)]
        codes, words = _coded(frame[self.classes]) if self.classes else (np.empty(0, np.int64), [])
        missing = any(np.isnan(values).any() for values in numbers) or bool((codes < 0).any())
        if any(np.isinf(values).any() for values in numbers) or (missing and not self.gaps):
            raise _Spoiled
        return Rows(*numbers, codes, words)

    def fault(self, place: int) -> ShapeError | None:
        """The mistake in the piece of this number, if it has a name. Only the part that pandas cannot read is searched."""
        with self.path.open("rb") as file:
            start = file.read(self.facts.start)
        parts = list(_cut(BytesIO(next(islice(self.pieces(), place, None), b"")), PART_BYTES))
        number = next((number for number, part in enumerate(parts) if not self._is_good(part)), 0)
        return find_fault(self.path, self.facts, {*self.numbers, *self.answers}, self.classes, gaps=self.gaps,
                          piece=b"".join(parts[number : number + 1]),
                          before=chain([start], islice(self.pieces(), place), parts[:number]))

    def _is_good(self, part: bytes) -> bool:
        try:
            self.parsed(part)
        except _Spoiled:
            return False
        return True


def _cut(file: IO[bytes], size: int) -> Iterator[bytes]:
    """The rest of a file in pieces of this size and a little more: a row ends at the end of a line, outside quotes."""
    while content := file.read(size):
        parts = [content + file.readline(LONGEST_ROW)]
        odd = parts[0].count(b'"') % 2
        while odd and (content := file.read(size)):
            parts.append(content + file.readline(LONGEST_ROW))
            odd = (odd + parts[-1].count(b'"')) % 2
        yield b"".join(parts)


def _coded(cells: Any) -> tuple[np.ndarray, list[str]]:
    """The places of a column's cells among its different words."""
    words = [str(word).strip() for word in cells.cat.categories]
    return cells.cat.codes.to_numpy().astype(np.int64), words


def _joined(pieces: list[Rows]) -> Rows:
    """All pieces behind one another."""
    words: dict[str, int] = {}
    codes = []
    for piece in pieces:
        places = [words.setdefault(word, len(words)) for word in piece.words]
        codes.append(np.array([*places, -1], np.int64)[piece.codes])
    return Rows(_stacked([piece.numbers for piece in pieces]), _stacked([piece.answers for piece in pieces]),
                np.concatenate(codes), tuple(words))


def _stacked(parts: list[np.ndarray]) -> np.ndarray:
    return np.concatenate(parts, out=np.empty((sum(map(len, parts)), parts[0].shape[1]), np.float32))


def drop_rows(path: Path, keep: np.ndarray, *arrays: np.ndarray) -> tuple[np.ndarray, ...]:
    """The rows that are kept, at least one."""
    if not keep.any():
        raise wrong(tr("Every row of {file} misses a value.", file=path.name))
    return arrays if keep.all() else tuple(array[keep] for array in arrays)


def middle(names: Sequence[str], values: np.ndarray, way: str) -> np.ndarray:
    """The `mean` or `median` of each column, float32 [k], over the values [N, k] that are there."""
    gaps = np.isnan(values)
    for place in np.flatnonzero(gaps.all(axis=0)):
        raise wrong(tr("Column “{name}” has no value in the training part.", name=names[place]))
    of = {"mean": np.nanmean, "median": np.nanmedian}[way]
    return of(values.astype(np.float64), axis=0).astype(np.float32)


def _too_large(path: Path) -> ShapeError:
    return ShapeError(tr("{file} is larger than the memory that is free.", file=path.name), parameter="file",
                      code="memory")


def class_names(values: frozenset[str]) -> tuple[str, ...]:
    """The classes in order: by number where all are numbers, else by name."""
    numbers = {value: to_number(value, ".") for value in values}
    if any(number is None for number in numbers.values()):
        return tuple(sorted(values))
    return tuple(sorted(values, key=lambda value: (numbers[value], value)))


def known_classes(path: Path, writing: Writing, facts: TableFacts, name: str) -> tuple[str, ...]:
    """The classes in a column, as far as they are known. Raises `ShapeError` if there are too many."""
    return _checked_classes(name, column_values(path, writing, facts.columns[name]))


def number_classes(path: Path, writing: Writing, name: str, rows: Rows) -> tuple[np.ndarray, tuple[str, ...]]:
    """Labels [N] (-1 for none) and the names of the classes, which are remembered for the next shape rule."""
    values = frozenset(rows.words)
    learn_classes(path, writing, name, values)
    names = _checked_classes(name, values)
    number = {value: place for place, value in enumerate(names)}
    return np.array([*(number[word] for word in rows.words), -1], np.int64)[rows.codes], names


def _checked_classes(name: str, values: frozenset[str]) -> tuple[str, ...]:
    if len(values) > MOST_CLASSES:
        raise ShapeError(tr("Column “{name}” has more than {most} different values: too many for classes.", name=name,
                            most=MOST_CLASSES), parameter="target", code="classes")
    return class_names(values)
