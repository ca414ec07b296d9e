"""Numbers that users write by hand into a parameter: `1 1; 0.5 -1`, a row for each unit, or the same as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

from graphs.language import tr
from graphs.spec import ShapeError, text

Rows = Sequence[Sequence[float]]


def weights_field() -> Any:
    """First weights by hand; the shape rule must call `table` with their size."""
    return text("", "Weights by hand", "The first weights: a row for each unit, numbers separated by spaces, rows by "
                "semicolons, such as 1 1; 0.5 -1. Empty: drawn by the initialiser.", widget="numbers", letter="x",
                advanced=True)


def biases_field() -> Any:
    """First biases by hand."""
    return text("", "Biases by hand", "The first biases: a number for each unit, such as -1.5 0.5. Empty: zeros.",
                widget="numbers", letter="b", advanced=True)


def table(words: str, parameter: str, rows: int, columns: int) -> Rows | None:
    """The numbers as rows × columns, None where nothing was written. Raises `ShapeError` for anything else."""
    if not words.strip():
        return None
    found = _json(words, parameter) if words.strip().startswith("[") else [
        [_number(part, parameter) for part in row.replace(",", " ").split()]
        for row in words.replace("\n", ";").split(";") if row.strip()]
    widths = {len(row) for row in found}
    if len(widths) > 1:
        raise ShapeError(tr("The rows of numbers have different lengths: {lengths}.",
                            lengths=", ".join(str(len(row)) for row in found[:8])), parameter=parameter)
    if (len(found), *widths) != (rows, columns):
        raise ShapeError(tr("{given} numbers are given where {wanted} are needed (rows × columns).",
                            given=f"{len(found)}×{max(widths, default=0)}", wanted=f"{rows}×{columns}"), parameter=parameter)
    return found


def written(rows: Rows) -> str:
    """The words that `table` reads as these numbers."""
    return "; ".join(" ".join(f"{value:.9g}" for value in row) for row in rows)


def _json(words: str, parameter: str) -> list[list[float]]:
    try:
        read = json.loads(words)
    except (ValueError, RecursionError):
        read = None
    if isinstance(read, list) and read and not isinstance(read[0], list):
        read = [read]
    if not isinstance(read, list) or not all(isinstance(row, list) for row in read):
        raise ShapeError(tr("This is no table of numbers, such as 1 1; 0.5 -1."), parameter=parameter)
    return [[_number(str(value), parameter) for value in row] for row in read]


def _number(part: str, parameter: str) -> float:
    try:
        value = float(part.replace("−", "-"))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ShapeError(tr("“{part}” is not a number.", part=part[:40]), parameter=parameter)
    return value
