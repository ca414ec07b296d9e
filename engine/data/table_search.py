"""The first mistake in a piece of a CSV file, with its row and column: slow, and only asked for after one was noticed.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable
from io import StringIO
from pathlib import Path

from engine.data.table_facts import (
    LARGEST,
    ColumnFacts,
    TableFacts,
    fault,
    no_class,
    not_utf8,
    ragged,
    records,
    to_number,
)
from graphs.spec import ShapeError


def find_fault(path: Path, facts: TableFacts, numbers: Collection[str], classes: str, *, gaps: bool,
               piece: bytes, before: Iterable[bytes]) -> ShapeError | None:
    """What is wrong with these columns in a piece, if it is anything that can be named; `before` is all before it."""
    skipped, lines = _counted(before, facts.separator)
    try:
        text = piece.decode("utf-8")
    except UnicodeDecodeError as error:
        return not_utf8(path, lines + piece[: error.start].count(b"\n") + 1)
    places = [(place, name) for place, name in enumerate(facts.columns) if name in numbers or name == classes]
    try:
        for row, cells in records(path, text, facts.separator, skipped):
            if len(cells) != len(facts.columns):
                return ragged(path, row, len(cells), len(facts.columns))
            for place, name in places:
                number = to_number(cells[place].strip(), facts.decimal)
                if number is not None and abs(number) <= LARGEST:
                    continue
                column = ColumnFacts(name)
                column.take(row, cells[place].strip(), facts.decimal)
                found = (no_class if name == classes else fault)(path, column, gaps=gaps)
                if found is not None:
                    return found
    except ShapeError as error:
        return error
    return None


def is_ragged(piece: bytes, facts: TableFacts) -> bool:
    """Whether a row of the piece is shorter or longer than the others."""
    reader = csv.reader(StringIO(piece.decode("utf-8", "replace"), newline=""), delimiter=facts.separator,
                        skipinitialspace=True)
    width = len(facts.columns)
    try:
        return any(len(cells) != width and (len(cells) > 1 or bool(cells and cells[0].strip())) for cells in reader)
    except csv.Error:
        return True


def _counted(pieces: Iterable[bytes], separator: str) -> tuple[int, int]:
    """How many records and how many lines there are."""
    rows = lines = 0
    for piece in pieces:
        ends = piece.count(b"\n")
        lines += ends
        if b'"' in piece or piece.count(b"\r") != piece.count(b"\r\n"):
            reader = csv.reader(StringIO(piece.decode("utf-8", "replace"), newline=""), delimiter=separator,
                                skipinitialspace=True)
            rows += sum(1 for _ in reader)
        else:
            rows += ends
    return rows, lines
