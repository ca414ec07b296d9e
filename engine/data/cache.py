"""Results kept by content, within a budget of bytes: what was used longest ago goes first."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Generic, TypeVar

Kept = TypeVar("Kept")


class ByteCache(Generic[Kept]):
    """Maps a digest to a result. A result larger than the whole budget is not kept."""

    def __init__(self, budget: int) -> None:
        self.budget, self.used = budget, 0
        self._kept: OrderedDict[str, tuple[Kept, int]] = OrderedDict()
        self._lock = Lock()

    def get(self, digest: str) -> Kept | None:
        with self._lock:
            if digest not in self._kept:
                return None
            self._kept.move_to_end(digest)
            return self._kept[digest][0]

    def put(self, digest: str, result: Kept, size: int) -> None:
        with self._lock:
            if digest in self._kept or size > self.budget:
                return
            self._kept[digest] = (result, size)
            self.used += size
            while self.used > self.budget:
                _, (_, freed) = self._kept.popitem(last=False)
                self.used -= freed

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()
            self.used = 0
