"""What the first half megabyte of a CSV file says: its columns, what they hold, and the first mistake.

This is all that a shape rule may read, so it needs neither pandas nor the rest of the file, and each state of a file
is read once. `engine.data.table` reads everything, and adds the classes that only show further down.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from io import StringIO
from pathlib import Path

from engine.data.paths import stamp
from graphs.language import tr
from graphs.spec import ShapeError

HEAD_BYTES = 1 << 19
LONGEST_HEADER = 1 << 16
MOST_COLUMNS = 4096
MOST_CLASSES = 1000
LARGEST = 3.4e38  # what float32 holds
MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "?"})
SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}


@dataclass(slots=True)
class ColumnFacts:
    """One column, as far as it was read. Rows count as in a spreadsheet: the header is row 1."""

    name: str
    numbers: int = 0
    texts: int = 0
    whole: bool = True  # every number is a whole one
    first_text: tuple[int, str] | None = None
    first_missing: int | None = None
    first_empty: int | None = None  # `NA` may be the name of a class, nothing at all is missing in any column
    first_infinite: int | None = None
    values: set[str] = field(default_factory=set)  # as written; stops growing above MOST_CLASSES

    @property
    def holds_numbers(self) -> bool:
        """Numbers, perhaps with gaps or a few mistakes, which are then reported rather than passed over."""
        return self.texts <= self.numbers // 10

    def take(self, row: int, cell: str, decimal: str) -> None:
        """Adds one cell."""
        if cell.lower() in MISSING:
            self.first_missing = self.first_missing or row
            if cell == "":
                self.first_empty = self.first_empty or row
                return
        else:
            number = to_number(cell, decimal)
            if number is None:
                self.texts += 1
                self.first_text = self.first_text or (row, cell)
            else:
                self.numbers += 1
                self.whole = self.whole and number.is_integer()
                if not abs(number) <= LARGEST:
                    self.first_infinite = self.first_infinite or row
        if len(self.values) <= MOST_CLASSES:
            self.values.add(cell)


@dataclass(frozen=True, slots=True)
class TableFacts:
    """The columns by name, in order; how cells are separated; whether the whole file was read for this."""

    columns: dict[str, ColumnFacts]
    separator: str
    decimal: str
    complete: bool
    rows: int


_learned: dict[tuple[str, int, int, str], dict[str, frozenset[str]]] = {}


def table_facts(path: Path, decimal: str = "auto") -> TableFacts:
    """The facts of the file as it is now. `decimal` is auto, point or comma. Raises `ShapeError` with the mistake."""
    try:
        state = stamp(path)
        return _facts(*state, decimal)
    except OSError as error:
        raise _wrong(tr("{file} cannot be read: {reason}.", file=path.name, reason=error.strerror or error)) from error


def learn_classes(path: Path, decimal: str, column: str, values: frozenset[str]) -> None:
    """Remembers all values of a column once the whole file was read, so that shape rules see them from now on."""
    _learned.setdefault((*stamp(path), decimal), {})[column] = values
    while len(_learned) > 32:
        del _learned[next(iter(_learned))]


def column_values(path: Path, decimal: str, facts: ColumnFacts) -> frozenset[str]:
    """The values of a column: all of them where they are known, else those of the head."""
    return _learned.get((*stamp(path), decimal), {}).get(facts.name, frozenset(facts.values))


@lru_cache(maxsize=32)
def _facts(path_text: str, modified: int, size: int, decimal: str) -> TableFacts:
    path = Path(path_text)
    text, complete = _head(path)
    first_line = text.lstrip("\r\n").split("\n", 1)[0]
    if len(first_line) > LONGEST_HEADER:
        raise _wrong(tr("The first line of {file} is longer than 64 kB: a table starts with the names of its columns.",
                        file=path.name))
    separator = _separator(first_line)
    rows = _records(path, text, separator)
    _, header = next(rows, (0, []))
    names = _names(path, header)
    point = _decimal(text, separator) if decimal == "auto" else {"point": ".", "comma": ","}[decimal]
    columns = [ColumnFacts(name) for name in names]
    count = 0
    for row, cells in rows:
        if len(cells) != len(names):
            raise ragged(path, row, len(cells), len(names))
        count += 1
        for column, cell in zip(columns, cells, strict=True):
            column.take(row, cell.strip(), point)
    if count == 0:
        raise _wrong(tr("{file} has a header but no rows.", file=path.name))
    return TableFacts({column.name: column for column in columns}, separator, point, complete, count)


def _head(path: Path) -> tuple[str, bool]:
    """The text of the head up to the end of a line, and whether that is everything."""
    with path.open("rb") as file:
        content = file.read(HEAD_BYTES + 1)
    complete = len(content) <= HEAD_BYTES
    if not complete:
        end = content.rfind(b"\n", 0, HEAD_BYTES)
        if end < 0:
            raise _wrong(tr("The first line of {file} is longer than 64 kB: a table starts with the names of its "
                            "columns.", file=path.name))
        content = content[: end + 1]
    if not content.strip():
        raise _wrong(tr("{file} is empty.", file=path.name))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise not_utf8(path, content[: error.start].count(b"\n") + 1) from error
    if "\0" in text:
        raise _wrong(tr("{file} is not a text file: it holds zero bytes.", file=path.name))
    return text, complete


def _records(path: Path, text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """The records with their row numbers; blank lines count as rows but are passed over."""
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
    row = 0
    try:
        for cells in reader:
            row += 1
            if cells and (len(cells) > 1 or cells[0].strip()):
                yield row, cells
    except csv.Error as error:
        raise _wrong(tr("Row {row} of {file} cannot be read: {reason}.", row=row + 1, file=path.name,
                        reason=error)) from error


def _separator(line: str) -> str:
    """The separator that the header uses most, outside quotes."""
    bare = re.sub(r'"[^"]*"', "", line)
    best = max(SEPARATORS, key=bare.count)
    return best if best in bare else ","


def _decimal(text: str, separator: str) -> str:
    """The comma, if it is not the separator and stands between digits where no point does."""
    if separator == ",":
        return "."
    cell = rf"(?:^|{re.escape(separator)})\"?[+-]?\d*%s\d+(?:[eE][+-]?\d+)?\"?\s*(?={re.escape(separator)}|$)"
    commas = re.search(cell % ",", text, re.MULTILINE)
    points = re.search(cell % r"\.", text, re.MULTILINE)
    return "," if commas and not points else "."


def _names(path: Path, header: list[str]) -> list[str]:
    """The names of the columns; one without a name is called by its place."""
    if len(header) > MOST_COLUMNS:
        raise _wrong(tr("{file} has {count} columns; {most} are possible.", file=path.name, count=len(header),
                        most=MOST_COLUMNS))
    if all(to_number(cell, ".") is not None for cell in header):
        raise _wrong(tr("The first row of {file} holds numbers: it should name the columns.", file=path.name))
    names = [cell.strip() or f"column {place}" for place, cell in enumerate(header, start=1)]
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise _wrong(tr("Two columns of {file} are called “{name}”.", file=path.name, name=name))
        seen.add(name)
    return names


def to_number(cell: str, decimal: str) -> float | None:
    """The number in a cell, if it is one. Python's own `1_000` is not."""
    if "_" in cell:
        return None
    if decimal == ",":
        if "." in cell:
            return None
        cell = cell.replace(",", ".")
    try:
        return float(cell)
    except ValueError:
        return None


def find_fault(path: Path, facts: TableFacts, numbers: Collection[str], classes: str = "") -> ShapeError:
    """Reads the file record by record for the first mistake in these columns: slow, and only after one was noticed."""
    places = [(place, name) for place, name in enumerate(facts.columns) if name in numbers or name == classes]
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        return not_utf8(path, path.read_bytes()[: error.start].count(b"\n") + 1)
    records = _records(path, text, facts.separator)
    next(records)
    try:
        for row, cells in records:
            if len(cells) != len(facts.columns):
                return ragged(path, row, len(cells), len(facts.columns))
            for place, name in places:
                text_of_cell = cells[place].strip()
                number = to_number(text_of_cell, facts.decimal)
                if number is not None and abs(number) <= LARGEST:
                    continue
                cell = ColumnFacts(name)
                cell.take(row, text_of_cell, facts.decimal)
                mistake = no_class(path, cell) if name == classes else fault(path, cell)
                if mistake is not None:
                    return mistake
    except ShapeError as error:
        return error
    return _wrong(tr("{file} cannot be read as a table.", file=path.name))


def fault(path: Path, column: ColumnFacts) -> ShapeError | None:
    """What keeps the column from being a column of numbers, as far as it was read."""
    if column.first_text is not None:
        row, cell = column.first_text
        return _wrong(tr("Row {row} of {file} has “{cell}” in column “{name}”, which is not a number.", row=row,
                         file=path.name, cell=cell[:40], name=column.name))
    if column.first_missing is not None:
        return missing(path, column.first_missing, column.name)
    if column.first_infinite is not None:
        return _wrong(tr("Row {row} of {file} has a number in column “{name}” that is too large.",
                         row=column.first_infinite, file=path.name, name=column.name))
    return None


def no_class(path: Path, column: ColumnFacts) -> ShapeError | None:
    """What keeps the column from naming a class in each row, as far as it was read."""
    return missing(path, column.first_empty, column.name) if column.first_empty is not None else None


def missing(path: Path, row: int, name: str) -> ShapeError:
    """A cell is empty that must not be."""
    return _wrong(tr("Row {row} of {file} has no value in column “{name}”.", row=row, file=path.name, name=name))


def ragged(path: Path, row: int, found: int, wanted: int) -> ShapeError:
    """A row is shorter or longer than the header."""
    return _wrong(tr("Row {row} of {file} has {found} cells, the header names {wanted} columns.", row=row,
                     file=path.name, found=found, wanted=wanted))


def not_utf8(path: Path, row: int) -> ShapeError:
    """A line holds bytes of another encoding."""
    return _wrong(tr("Line {row} of {file} is not UTF-8 text: save the file as UTF-8.", row=row, file=path.name))


def _wrong(text: str) -> ShapeError:
    return ShapeError(text, parameter="file", code="table")
