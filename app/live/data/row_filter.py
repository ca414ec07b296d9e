"""Which rows of a table a typed condition means: `> 3`, `age > 30, species = setosa`, `virginica`. Never evaluated."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from app import numerals
from graphs.language import tr

OPERATORS: dict[str, Callable[[np.ndarray, float], np.ndarray]] = {
    ">=": operator.ge, "<=": operator.le, "!=": operator.ne, "≥": operator.ge, "≤": operator.le, "≠": operator.ne,
    ">": operator.gt, "<": operator.lt, "=": operator.eq,
}  # fmt: skip
_CONDITION = re.compile(r"^(?P<column>.*?)\s*(?P<operator>>=|<=|!=|≥|≤|≠|>|<|==|=)\s*(?P<value>.+)$")
CLOSE = 1e-6  # relative: what is shown with six digits is meant


@dataclass(frozen=True, slots=True)
class TableColumn:
    """One column: numbers, or places in `words`."""

    name: str
    values: np.ndarray
    words: tuple[str, ...] = ()


class Misread(ValueError):
    """A condition that means nothing here; the text is one sentence."""


def chosen_rows(columns: Sequence[TableColumn], text: str, rows: np.ndarray) -> np.ndarray:
    """Those of the rows that fulfil every condition of the text. Raises `Misread`."""
    for condition in filter(None, (part.strip() for part in re.split(r",\s|;|,$|\s&\s", text))):
        rows = rows[_fulfilled(columns, condition, rows)]
    return rows


def _fulfilled(columns: Sequence[TableColumn], condition: str, rows: np.ndarray) -> np.ndarray:
    found = _CONDITION.match(condition)
    if found is None:
        return _holding(columns, condition, rows)
    name, sign, value = found["column"].strip(), found["operator"].replace("==", "="), found["value"].strip()
    asked = [column for column in columns if not name or column.name.casefold() == name.casefold()]
    if not asked and name:
        asked = [column for column in columns if name.casefold() in column.name.casefold()]
    if not asked:
        raise Misread(tr("There is no column “{name}”.", name=name[:60]))
    number = numerals.read(value)
    if number is None and not any(column.words for column in asked):
        raise Misread(tr("“{value}” is not a number.", value=value[:60]))
    if number is None and sign not in ("=", "!=", "≠"):
        raise Misread(tr("Words can be equal (=) or not (!=), not larger or smaller."))
    masks = [mask for column in asked if (mask := _compared(column, sign, value, number, rows)) is not None]
    if not masks:
        raise Misread(tr("No column here can be compared with “{value}”.", value=value[:60]))
    return np.logical_and.reduce(masks) if sign in ("!=", "≠") else np.logical_or.reduce(masks)


def _compared(column: TableColumn, sign: str, value: str, number: float | None, rows: np.ndarray) -> np.ndarray | None:
    """A mask of the rows; None where the column cannot be compared with the value."""
    values = column.values[rows]
    if column.words:
        if sign not in ("=", "!=", "≠"):
            return None
        meant = [place for place, word in enumerate(column.words) if word.casefold() == value.casefold()]
        return np.isin(values, meant, invert=sign != "=")
    if number is None:
        return None
    if sign in ("=", "!=", "≠"):
        near = np.abs(values - number) <= CLOSE * max(abs(number), 1e-9)
        return near if sign == "=" else ~near
    return OPERATORS[sign](values, np.float32(number) if values.dtype == np.float32 else number)


def _holding(columns: Sequence[TableColumn], text: str, rows: np.ndarray) -> np.ndarray:
    """Rows in which a class has the text in its name, or a number is it."""
    number, masks = numerals.read(text), []
    for column in columns:
        if column.words:
            meant = [place for place, word in enumerate(column.words) if text.casefold() in word.casefold()]
            masks.append(np.isin(column.values[rows], meant))
        elif number is not None:
            masks.append(_compared(column, "=", text, number, rows))
    if not masks:
        raise Misread(tr("Write a condition such as > 3, or the name of a column before it."))
    return np.logical_or.reduce([mask for mask in masks if mask is not None])
