"""What data nodes gave, on disk: opened at once the second time, in another process or on another day too.

    data/<digest>/facts.json, 0.npy, 1.npy, …     in the user's cache folder, which nobody else may read

An entry is written beside its place and moved there whole. It is believed only after its checksums were recomputed;
one that is damaged is removed and made again. What was used longest ago goes first when the bytes run out.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs

STORE_BYTES = 4 << 30
MAPPED = 1 << 16  # bytes from which an array stays on disk and is mapped
MOST_ENTRIES = 2000  # small ones come with every edit of a parameter
ABANDONED = 3600.0  # seconds after which nobody is writing any more
FACTS = "facts.json"
UNFINISHED = ".new-"


@dataclass(frozen=True, slots=True)
class Entry:
    """Arrays that cannot be written, by name, and what is known about them (JSON)."""

    arrays: Mapping[str, np.ndarray]
    facts: Any


class Damaged(ValueError):
    """An entry that is not what was written."""


def store_folder() -> Path:
    """Where results are kept: `HOURGLASS_DATA_CACHE`, or with the kernels in the user's cache folder."""
    if own := os.environ.get("HOURGLASS_DATA_CACHE"):
        return Path(own)
    root = os.environ.get("HOURGLASS_CACHE") or platformdirs.user_cache_dir("hourglass", appauthor=False)
    return Path(root) / "data"


@cache
def makers() -> bytes:
    """A digest of the code that makes data: results of another version are not ours."""
    state = blake2b(np.__version__.encode(), digest_size=16)
    here = Path(__file__).parent
    for source in sorted([*here.glob("*.py"), *(here.parent / "nodes").glob("*.py")]):
        state.update(source.name.encode() + source.read_bytes())
    return state.digest()


class Store:
    """Entries by digest in one folder. Whatever the disk does, nothing here raises: then nothing is kept."""

    def __init__(self, folder: Path | None = None, budget: int = STORE_BYTES) -> None:
        self.folder, self.budget = folder or store_folder(), budget

    def place(self, digest: str) -> Path:
        """The folder of an entry, which need not exist."""
        return self.folder / blake2b(digest.encode() + makers(), digest_size=16).hexdigest()

    def get(self, digest: str) -> Entry | None:
        """The entry, its checksums recomputed; None where there is none or it is damaged."""
        place = self.place(digest)
        try:
            entry = read_entry(place)
            os.utime(place / FACTS)
        except (OSError, ValueError, KeyError, TypeError, EOFError, RecursionError):
            if place.exists():
                shutil.rmtree(place, ignore_errors=True)
            return None
        return entry

    def put(self, digest: str, arrays: Mapping[str, np.ndarray], facts: Any) -> bool:
        """Keeps an entry. False where the disk does not take it."""
        place, size = self.place(digest), sum(array.nbytes for array in arrays.values())
        if size > self.budget:
            return False
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.folder.chmod(0o700)
            self._make_room(size)
            with tempfile.TemporaryDirectory(prefix=UNFINISHED, dir=self.folder, ignore_cleanup_errors=True) as fresh:
                whole = Path(fresh) / "whole"
                whole.mkdir(mode=0o700)
                _write(whole, arrays, facts)
                with suppress(OSError):  # another process was faster
                    whole.rename(place)
            return (place / FACTS).exists()
        except OSError:
            return False

    def _make_room(self, size: int) -> None:
        """Removes what was used longest ago until so many bytes fit, and what a killed process has left unfinished."""
        ages: list[tuple[float, int, Path]] = []
        for place in self.folder.iterdir():
            with suppress(OSError):
                if place.name.startswith(UNFINISHED):
                    if time.time() - place.stat().st_mtime > ABANDONED:
                        shutil.rmtree(place, ignore_errors=True)
                    continue
                files = [file.stat() for file in place.iterdir() if file.is_file()]
                used = max((file.st_mtime for file in files), default=0.0)
                ages.append((used, sum(file.st_size for file in files), place))
        total, count = sum(bytes_ for _, bytes_, _ in ages) + size, len(ages) + 1
        for _, bytes_, place in sorted(ages, key=lambda one: one[0]):
            if total <= self.budget and count <= MOST_ENTRIES:
                return
            shutil.rmtree(place, ignore_errors=True)  # who has mapped it keeps what he has
            total, count = total - bytes_, count - 1


def _write(folder: Path, arrays: Mapping[str, np.ndarray], facts: Any) -> None:
    listed = {}
    for place, (name, array) in enumerate(arrays.items()):
        array = np.ascontiguousarray(array)
        np.save(folder / f"{place}.npy", array, allow_pickle=False)
        listed[name] = _checksum(array)
    (folder / FACTS).write_text(json.dumps({"arrays": listed, "facts": facts}, ensure_ascii=False), encoding="utf-8")


def read_entry(place: Path, *, trusted: bool = False) -> Entry:
    """The entry in a folder. `trusted`: another process of ours has just checked it, so that nothing is read but heads.

    Raises OSError, or ValueError and its kin for one that is damaged.
    """
    listed = json.loads((place / FACTS).read_text(encoding="utf-8"))
    arrays: dict[str, np.ndarray] = {}
    for index, (name, checksum) in enumerate(listed["arrays"].items()):
        file = place / f"{index}.npy"
        mapped = file.stat().st_size >= MAPPED
        array = np.load(file, mmap_mode="r" if mapped else None, allow_pickle=False)
        if not trusted and _checksum(array) != checksum:
            raise Damaged(str(file))
        array = array.view(np.ndarray)
        array.flags.writeable = False
        arrays[name] = array
    return Entry(arrays, listed["facts"])


def _checksum(array: np.ndarray) -> str:
    state = blake2b(f"{array.dtype.str} {array.shape}".encode(), digest_size=16)
    state.update(array.reshape(-1).view(np.uint8) if array.size else b"")
    return state.hexdigest()
