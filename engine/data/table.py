"""Columns of a CSV file as arrays, read by pandas; a mistake becomes one sentence with its row and column."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import psutil

from engine.data.table_facts import (
    MISSING,
    MOST_CLASSES,
    TableFacts,
    column_values,
    find_fault,
    learn_classes,
    to_number,
)
from graphs.language import tr
from graphs.spec import ShapeError

if TYPE_CHECKING:
    from pandas import DataFrame

WORDS_FOR_MISSING = sorted({form for word in MISSING for form in (word, word.upper(), word.capitalize(), "NaN", "N/a")})


def read_columns(path: Path, facts: TableFacts, numbers: list[str], classes: str = "",
                 ) -> tuple[np.ndarray, list[str]]:
    """The columns of numbers as float32 [N, k], and the cells of the class column, if one is named."""
    room = psutil.virtual_memory().available
    if path.stat().st_size > 0.4 * room:
        raise ShapeError(tr("{file} is larger than the memory that is free.", file=path.name), parameter="file",
                         code="memory")
    frame = _read(path, facts, frozenset(numbers), classes)
    values = np.empty((len(frame), len(numbers)), dtype=np.float32)
    with np.errstate(over="ignore"):
        for place, name in enumerate(numbers):
            values[:, place] = frame[name].to_numpy(dtype=np.float64)
    if not np.isfinite(values).all():
        raise find_fault(path, facts, numbers, classes)
    if not classes:
        return values, []
    cells = frame[classes]
    if cells.isna().any():
        raise find_fault(path, facts, numbers, classes)
    return values, [str(cell).strip() for cell in cells]


def _read(path: Path, facts: TableFacts, numbers: frozenset[str], classes: str) -> DataFrame:
    import pandas as pd

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pd.errors.ParserWarning)
        try:
            return pd.read_csv(  # all columns: with `usecols` a row that has too many cells would pass unnoticed
                path,
                sep=facts.separator,
                decimal=facts.decimal,
                header=0,
                names=list(facts.columns),
                dtype={name: "float64" if name in numbers else "str" for name in facts.columns},
                na_values={name: [""] if name not in numbers else WORDS_FOR_MISSING for name in facts.columns},
                keep_default_na=False,
                skipinitialspace=True,
                encoding="utf-8",
                engine="c",
            )
        except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError, OverflowError) as error:
            raise find_fault(path, facts, numbers, classes) from error
        except MemoryError as error:
            raise ShapeError(tr("There is not enough memory to read {file}.", file=path.name), parameter="file",
                             code="memory") from error
        except OSError as error:
            raise ShapeError(tr("{file} cannot be read: {reason}.", file=path.name, reason=error.strerror or error),
                             parameter="file", code="table") from error


def class_names(values: frozenset[str]) -> tuple[str, ...]:
    """The classes in order: by number where all are numbers, else by name."""
    numbers = {value: to_number(value, ".") for value in values}
    if any(number is None for number in numbers.values()):
        return tuple(sorted(values))
    return tuple(sorted(values, key=lambda value: (numbers[value], value)))


def known_classes(path: Path, decimal: str, facts: TableFacts, name: str) -> tuple[str, ...]:
    """The classes in a column, as far as they are known. Raises `ShapeError` if there are too many."""
    return _checked_classes(name, column_values(path, decimal, facts.columns[name]))


def number_classes(path: Path, decimal: str, name: str, cells: list[str]) -> tuple[np.ndarray, tuple[str, ...]]:
    """Labels [N] and the names of the classes, which are remembered for the next shape rule."""
    values = frozenset(cells)
    learn_classes(path, decimal, name, values)
    names = _checked_classes(name, values)
    number = {value: place for place, value in enumerate(names)}
    return np.fromiter((number[cell] for cell in cells), dtype=np.int64, count=len(cells)), names


def _checked_classes(name: str, values: frozenset[str]) -> tuple[str, ...]:
    if len(values) > MOST_CLASSES:
        raise ShapeError(tr("Column “{name}” has more than {most} different values: too many for classes.", name=name,
                            most=MOST_CLASSES), parameter="target", code="classes")
    return class_names(values)
