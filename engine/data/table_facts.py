"""What the head of a CSV file says, at most half a megabyte: its columns, what they hold, and the first mistake; and which
classes there are, from glances all over the file.

This is all that a shape rule may read, so it needs neither pandas nor the rest of the file, and each state of a file
is read once. `engine.data.table` reads everything, and adds the classes that only show further down;
`engine.data.table_search` finds a mistake that stands there.
"""

from __future__ import annotations

import csv
import math
import re
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from io import StringIO
from itertools import islice
from pathlib import Path

from engine.data.paths import stamp
from graphs.language import tr
from graphs.spec import ShapeError

HEAD_BYTES = 1 << 19
MOST_CELLS = 1 << 15  # that are looked at, about: the window waits for this, and cells may be as short as their separators
PLACES, PIECE = 64, 1 << 10  # behind the head: where and how many bytes are looked at for classes
LONGEST_HEADER = 1 << 16
MOST_COLUMNS = 4096
MOST_CLASSES = 1000
LARGEST = 3.4e38  # what float32 holds
MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "?"})
SEPARATORS = {"tab": "\t", "semicolon": ";", "bar": "|", "comma": ","}  # a comma may also be a decimal sign
SAMPLE = 20  # records that tell how a file is written


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

    def take_all(self, rows: Sequence[int], cells: Sequence[str], decimal: str) -> None:
        """Adds many cells, as `take` would one after the other, but each value only once: the window waits for this."""
        counts = Counter(cells)  # in the order in which they come first
        if self._take_plain(counts, decimal):
            return
        first = dict(zip(reversed(cells), reversed(rows), strict=True))
        for cell, count in counts.items():
            numbers, texts = self.numbers, self.texts
            self.take(first[cell], cell, decimal)
            self.numbers += (self.numbers - numbers) * (count - 1)
            self.texts += (self.texts - texts) * (count - 1)

    def _take_plain(self, counts: Counter[str], decimal: str) -> bool:
        """Adds cells if all of them are numbers that need no second look; else nothing happens."""
        if decimal != "." or "_" in "".join(counts):
            return False
        try:
            numbers = list(map(float, counts))
        except ValueError:
            return False
        if not all(map(math.isfinite, numbers)) or max(map(abs, numbers), default=0.0) > LARGEST:
            return False
        self.numbers += counts.total()
        self.whole = self.whole and all(map(float.is_integer, numbers))
        self.values.update(islice(counts, max(0, MOST_CLASSES + 1 - len(self.values))))
        return True


@dataclass(frozen=True, slots=True)
class Writing:
    """How a table is written: `auto`, or what somebody who knows it says."""

    separator: str = "auto"  # or a key of SEPARATORS
    decimal: str = "auto"  # or point, comma
    header: str = "auto"  # or first, none


AUTO = Writing()


@dataclass(frozen=True, slots=True)
class TableFacts:
    """The columns by name, in order; how the file is written; whether the whole of it was read for this.

    The rows begin at byte `start`, which is behind `skipped` records: a header, or blank lines.
    """

    columns: dict[str, ColumnFacts]
    separator: str
    decimal: str
    start: int
    skipped: int
    complete: bool
    rows: int


_learned: dict[tuple[str, int, int, Writing], dict[str, frozenset[str]]] = {}


def table_facts(path: Path, writing: Writing = AUTO) -> TableFacts:
    """The facts of the file as it is now. Raises `ShapeError` with the mistake."""
    try:
        return _facts(*stamp(path), writing)
    except OSError as error:
        raise wrong(tr("{file} cannot be read: {reason}.", file=path.name, reason=error.strerror or error)) from error


def learn_classes(path: Path, writing: Writing, column: str, values: frozenset[str]) -> None:
    """Remembers all values of a column once the whole file was read, so that shape rules see them from now on."""
    _learned.setdefault((*stamp(path), writing), {})[column] = values
    while len(_learned) > 32:
        del _learned[next(iter(_learned))]


def column_values(path: Path, writing: Writing, facts: ColumnFacts) -> frozenset[str]:
    """The values of a column: all of them where they are known, else those of the head."""
    return _learned.get((*stamp(path), writing), {}).get(facts.name, frozenset(facts.values))


@lru_cache(maxsize=32)
def _facts(path_text: str, modified: int, size: int, writing: Writing) -> TableFacts:
    path = Path(path_text)
    text, mark, complete = _head(path)
    first_line = text.lstrip("\r\n").split("\n", 1)[0]
    if len(first_line) > LONGEST_HEADER:
        raise wrong(tr("The first line of {file} is longer than 64 kB: a table starts with the names of its columns.",
                       file=path.name))
    separator = SEPARATORS.get(writing.separator) or _separator(text, first_line)
    point = {"point": ".", "comma": ","}.get(writing.decimal) or _decimal(text, separator)
    reader = records(path, text, separator)
    rows = list(islice(reader, 1))
    if not rows:
        raise wrong(tr("{file} is empty.", file=path.name))
    rows += islice(reader, max(SAMPLE, MOST_CELLS // (1 + len(rows[0][1]))))
    if next(reader, None) is not None:
        complete = False
    elif not complete:
        rows = rows[:-1] or rows  # the last one may go on behind the head
    (place, first), *below = rows
    named = writing.header == "first" or (writing.header == "auto" and _is_header(first, below[:SAMPLE], point))
    columns = [ColumnFacts(name) for name in _names(path, first, named=named)]
    content = below if named else rows
    for row, cells in content:
        if len(cells) != len(columns):
            raise ragged(path, row, len(cells), len(columns))
    places = [row for row, _ in content]
    for column, cells in zip(columns, zip(*(cells for _, cells in content), strict=True), strict=False):
        column.take_all(places, list(map(str.strip, cells)), point)
    if not complete:
        _glance(path, columns, separator, max(PIECE, 4 * len(text) // (1 + text.count("\n"))))
    if named and not below and not complete:
        raise wrong(tr("Row {row} of {file} is longer than 512 kB.", row=place + 1, file=path.name))
    if named and not below:
        raise wrong(tr("{file} has a header but no rows.", file=path.name))
    start = mark + _bytes_before(text, separator, place if named else place - 1)
    return TableFacts({column.name: column for column in columns}, separator, point, start,
                      place if named else place - 1, complete, len(below) + (not named))


def _glance(path: Path, columns: Sequence[ColumnFacts], separator: str, piece: int) -> None:
    """Adds the values of columns that may name classes from places all over the file: in one that is sorted by class the
    head knows the first alone. What does not look like a record there is passed over."""
    found: list[list[str]] = []
    with path.open("rb") as file:
        size = file.seek(0, 2)
        for place in range(1, PLACES + 1):
            file.seek(max(0, size * place // PLACES - piece))
            lines = file.read(min(piece, HEAD_BYTES)).split(b"\n")[1:-1]
            with suppress(UnicodeDecodeError, csv.Error):
                found += csv.reader(map(bytes.decode, lines), delimiter=separator, skipinitialspace=True)
    records = [cells for cells in found if len(cells) == len(columns)]
    for column, cells in zip(columns, zip(*records, strict=True), strict=False):
        if (column.whole or column.texts) and len(column.values) <= MOST_CLASSES:
            column.values.update({cell.strip() for cell in set(cells)} - {""})


def _bytes_before(text: str, separator: str, count: int) -> int:
    """How many bytes the first records take, blank ones included."""
    lines = StringIO(text, newline="")
    for _ in islice(csv.reader(lines, delimiter=separator, skipinitialspace=True), count):
        continue
    return len(text[: lines.tell()].encode())


def _head(path: Path) -> tuple[str, int, bool]:
    """The text of the head up to the end of a line, the bytes of the mark before it, and whether that is everything."""
    with path.open("rb") as file:
        content = file.read(HEAD_BYTES + 1)
    complete = len(content) <= HEAD_BYTES
    if not complete:
        end = content.rfind(b"\n", 0, HEAD_BYTES)
        if end < 0:
            raise wrong(tr("The first line of {file} is longer than 64 kB: a table starts with the names of its "
                           "columns.", file=path.name))
        content = content[: end + 1]
    if not content.strip():
        raise wrong(tr("{file} is empty.", file=path.name))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise not_utf8(path, content[: error.start].count(b"\n") + 1) from error
    if "\0" in text:
        raise wrong(tr("{file} is not a text file: it holds zero bytes.", file=path.name))
    return text, 3 if content.startswith(BOM_UTF8) else 0, complete


def records(path: Path, text: str, separator: str, before: int = 0) -> Iterator[tuple[int, list[str]]]:
    """The records with their row numbers, after so many before; blank lines count as rows but are passed over."""
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
    row = before
    try:
        for cells in reader:
            row += 1
            if cells and (len(cells) > 1 or cells[0].strip()):
                yield row, cells
    except csv.Error as error:
        raise wrong(tr("Row {row} of {file} cannot be read: {reason}.", row=row + 1, file=path.name,
                       reason=error)) from error


def _separator(text: str, first_line: str) -> str:
    """The sign that gives the first records equally many cells; else the one that the first line uses most."""
    for separator in SEPARATORS.values():
        try:
            sample = [cells for cells in islice(csv.reader(StringIO(text, newline=""), delimiter=separator,
                                                           skipinitialspace=True), SAMPLE) if cells]
        except csv.Error:
            continue
        if len(sample[0]) > 1 and len({len(cells) for cells in sample}) == 1:
            return separator
    bare = re.sub(r'"[^"]*"', "", first_line)
    best = max(reversed(SEPARATORS.values()), key=bare.count)
    return best if best in bare else ","


def _decimal(text: str, separator: str) -> str:
    """The comma, if it is not the separator and stands between digits where no point does."""
    if separator == ",":
        return "."
    cell = rf"(?:^|{re.escape(separator)})\"?[+-]?\d*%s\d+(?:[eE][+-]?\d+)?\"?\s*(?={re.escape(separator)}|$)"
    commas = re.search(cell % ",", text, re.MULTILINE)
    points = re.search(cell % r"\.", text, re.MULTILINE)
    return "," if commas and not points else "."


def _is_header(first: list[str], below: Sequence[tuple[int, list[str]]], decimal: str) -> bool:
    """Whether the first row names the columns: not if it is all numbers, nor if its words come again below it."""
    words = {place: cell for place, cell in enumerate(first) if to_number(cell, decimal) is None}
    if len(words) == len(first):
        return True
    return bool(words) and not all(
        cell.lower() in MISSING or any(place < len(cells) and cells[place] == cell for _, cells in below)
        for place, cell in words.items()
    )


def _names(path: Path, first: list[str], *, named: bool) -> list[str]:
    """The names of the columns; one without a name is called by its place."""
    if len(first) > MOST_COLUMNS:
        raise wrong(tr("{file} has {count} columns; {most} are possible.", file=path.name, count=len(first),
                       most=MOST_COLUMNS))
    names = [(named and cell.strip()) or f"column {place}" for place, cell in enumerate(first, start=1)]
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise wrong(tr("Two columns of {file} are called “{name}”.", file=path.name, name=name))
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


def fault(path: Path, column: ColumnFacts, *, gaps: bool = False) -> ShapeError | None:
    """What keeps the column from being a column of numbers, as far as it was read. With `gaps` it may have some."""
    if column.first_text is not None:
        row, cell = column.first_text
        return wrong(tr("Row {row} of {file} has “{cell}” in column “{name}”, which is not a number.", row=row,
                        file=path.name, cell=cell[:40], name=column.name))
    if column.first_missing is not None and not gaps:
        return missing(path, column.first_missing, column.name)
    if column.first_infinite is not None:
        return wrong(tr("Row {row} of {file} has a number in column “{name}” that is too large.",
                        row=column.first_infinite, file=path.name, name=column.name))
    return None


def no_class(path: Path, column: ColumnFacts, *, gaps: bool = False) -> ShapeError | None:
    """What keeps the column from naming a class in each row, as far as it was read."""
    return missing(path, column.first_empty, column.name) if column.first_empty is not None and not gaps else None


def missing(path: Path, row: int, name: str) -> ShapeError:
    """A cell is empty that must not be."""
    return ShapeError(tr("Row {row} of {file} has no value in column “{name}”.", row=row, file=path.name, name=name),
                      parameter="file", code="missing")


def ragged(path: Path, row: int, found: int, wanted: int) -> ShapeError:
    """A row is shorter or longer than the first."""
    return wrong(tr("Row {row} of {file} has {found} cells, the first row has {wanted}.", row=row, file=path.name,
                    found=found, wanted=wanted))


def not_utf8(path: Path, row: int) -> ShapeError:
    """A line holds bytes of another encoding."""
    return wrong(tr("Line {row} of {file} is not UTF-8 text: save the file as UTF-8.", row=row, file=path.name))


def wrong(text: str) -> ShapeError:
    """A table that does not serve."""
    return ShapeError(text, parameter="file", code="table")
