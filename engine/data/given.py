"""New samples out of a file, for `predict`: a CSV with a header, or one NPY array."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from engine.data.table import read_columns
from engine.data.table_facts import fault, table_facts
from graphs.language import tr
from graphs.spec import ShapeError


def read_samples(path: Path, width: int, names: Sequence[str] = (), *, gaps: bool = False) -> np.ndarray:
    """The samples as numbers, N×width or, from an NPY file, N×anything; with `gaps` values may be missing (NaN). Raises
    `ShapeError` with one sentence."""
    if not path.is_file():
        raise _wrong(tr("There is no file “{file}”.", file=path))
    if path.suffix.lower() == ".npy":
        return _read_array(path)
    return _read_table(path, width, names, gaps)


def _read_table(path: Path, width: int, names: Sequence[str], gaps: bool) -> np.ndarray:
    """Columns of these names in this order where the file has them all; else its columns of numbers, if so many."""
    facts = table_facts(path.resolve())
    chosen = [name for name in names if name in facts.columns]
    if not names or len(chosen) < len(names):
        chosen = [name for name, column in facts.columns.items() if column.holds_numbers]
        if len(chosen) != width:
            raise _wrong(tr("{file} has {count} columns of numbers, {width} are needed.", file=path.name,
                            count=len(chosen), width=width))
    for name in chosen:
        mistake = fault(path, facts.columns[name], gaps=gaps)
        if mistake is not None:
            raise mistake
    return read_columns(path.resolve(), facts, chosen, gaps=gaps).numbers


def _read_array(path: Path) -> np.ndarray:
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)  # mapped: a header cannot promise more than there is
    except (OSError, ValueError, EOFError, SyntaxError, OverflowError, MemoryError) as error:
        raise _wrong(tr("{file} is not an array of numbers that numpy wrote.", file=path.name)) from error
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiub" or array.ndim < 1 or array.size == 0:
        raise _wrong(tr("{file} does not hold samples: rows of numbers are needed.", file=path.name))
    return np.asarray(array, dtype=np.float32)


def _wrong(text: str) -> ShapeError:
    return ShapeError(text, code="samples")
