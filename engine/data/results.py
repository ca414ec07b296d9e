"""What one data node gave: kept in memory, and on disk where it took long to make or is being looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from engine.data.cache import ByteCache
from engine.data.columns import Column
from engine.data.store import Entry, Store
from graphs.spec import Shape

CACHE_BYTES = 512 << 20
SLOW = 0.2  # seconds: what took longer to make is worth a place on disk
_SHAPE: TypeAdapter[Shape] = TypeAdapter(Shape)


@dataclass(frozen=True, slots=True)
class Result:
    """Outputs by port, and what was fitted."""

    columns: Mapping[str, Column]
    fitted: Mapping[str, np.ndarray] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Bytes of the outputs."""
        return sum(column.values.nbytes for column in self.columns.values())


class Results:
    """Results by digest, in memory and on disk."""

    def __init__(self, store: Store | None = None, budget: int = CACHE_BYTES) -> None:
        self.kept: ByteCache[Result] = ByteCache(budget)
        self._store = store
        self._whole: set[str] = set()  # digests whose bytes on disk this process has seen

    @property
    def store(self) -> Store:
        """The disk; found when it is first needed."""
        if self._store is None:
            self._store = Store()
        return self._store

    def use(self, store: Store) -> None:
        """Another place on disk, for a process that serves others."""
        self._store = store

    def in_memory(self, digest: str) -> Result | None:
        """What this process made or opened before."""
        return self.kept.get(digest)

    def on_disk(self, digest: str) -> Result | None:
        """What any process made before. It stays on disk, mapped."""
        entry = self.store.get(digest)
        result = _from_entry(entry) if entry is not None else None
        if result is not None:
            self._whole.add(digest)
            self.kept.put(digest, result, result.size)
        return result

    def keep(self, digest: str, result: Result, seconds: float) -> None:
        """Keeps what took so long to make."""
        self.kept.put(digest, result, result.size)
        if seconds > SLOW:
            self.put_on_disk(digest, result)

    def put_on_disk(self, digest: str, result: Result) -> bool:
        """Whether it is on disk now, whole."""
        if digest in self._whole and self.store.place(digest).exists():
            return True
        if self.store.get(digest) is None and not self.store.put(digest, *_to_entry(result)):
            return False
        self._whole.add(digest)
        return True


RESULTS = Results()


def _to_entry(result: Result) -> tuple[dict[str, np.ndarray], Any]:
    arrays = {f"fitted {name}": np.asarray(value) for name, value in result.fitted.items()}
    facts = {}
    for port, column in result.columns.items():
        arrays[f"values {port}"] = column.values
        if column.lengths is not None:
            arrays[f"lengths {port}"] = column.lengths
        facts[port] = {"shape": _SHAPE.dump_python(column.shape, mode="json"), "names": list(column.names),
                       "digest": column.digest()}
    return arrays, facts


def _from_entry(entry: Entry) -> Result | None:
    """The result, or None where the entry tells of something else."""
    try:
        columns = {port: column_of(entry, port) for port in entry.facts}
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
    fitted = {name.removeprefix("fitted "): array for name, array in entry.arrays.items() if name.startswith("fitted ")}
    return Result(columns, fitted)


def column_of(entry: Entry, port: str) -> Column:
    """One output of a kept result. Raises KeyError, TypeError or ValueError for an entry that holds none."""
    known = entry.facts[port]
    values = entry.arrays[f"values {port}"]
    column = Column(values, _SHAPE.validate_python(known["shape"]), tuple(known["names"]), entry.arrays.get(f"lengths {port}"),
                    exact=values.dtype == np.float64)
    object.__setattr__(column, "_digest", str(known["digest"]))  # the store has just compared every byte
    return column
