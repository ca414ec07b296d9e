"""The threads that take pieces of large products while a machine runs (`engine.native.crew`)."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

from engine.native import crew

MOST = 8  # threads: beyond, the products of networks that fit a desktop are too small to share


def threads() -> int:
    """How many threads compute: one for each core that this process may use. `HOURGLASS_THREADS` says otherwise."""
    wanted = os.environ.get("HOURGLASS_THREADS", "")
    if wanted.isdecimal() and int(wanted) > 0:
        return min(int(wanted), MOST)
    import psutil

    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else psutil.cpu_count() or 1
    return max(1, min(psutil.cpu_count(logical=False) or 1, allowed, MOST))


@cache
def _mates() -> list[threading.Event]:
    """Starts the other members, asleep. They share products only where scipy's BLAS can be told to leave that to us."""
    from threadpoolctl import ThreadpoolController

    blas = [library for library in ThreadpoolController().lib_controllers
            if library.internal_api == "openblas" and "scipy" in library.filepath]
    for library in blas:
        library.set_num_threads(1)
    if not blas or threads() == 1:
        return []
    crew.serve(1)  # compiled before somebody waits for it; there is nothing to do yet
    calls = [threading.Event() for _ in range(threads() - 1)]
    for member, call in enumerate(calls, 1):
        threading.Thread(target=_member, args=(member, call), daemon=True, name="hourglass-crew").start()
    crew.SHARED[crew.MEMBERS // 8] = threads()
    return calls


def _member(member: int, call: threading.Event) -> None:
    while True:
        call.wait()
        call.clear()
        crew.serve(member)


_running = threading.Lock()


@dataclass(slots=True)
class Demand:
    """Whether a program had pieces to give when it ran last: the crew is not woken for one that has none."""

    asked: bool = True


@contextmanager
def awake(demand: Demand) -> Iterator[None]:
    """While this lasts the crew takes pieces, if there was a demand the last time."""
    calls = _mates()
    before = int(crew.SHARED[crew.ASKED // 8])
    first = bool(calls) and demand.asked and _running.acquire(blocking=False)
    if first:
        crew.SHARED[crew.ACTIVE // 8] = 1
        for call in calls:
            call.set()
    try:
        yield
    finally:
        demand.asked = int(crew.SHARED[crew.ASKED // 8]) != before
        if first:
            crew.SHARED[crew.ACTIVE // 8] = 0
            _running.release()
