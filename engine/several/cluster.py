"""The same runs on a Dask cluster (the optional extra `cluster`). Data files must lie at the same place everywhere."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from engine.errors import RunProblem
from graphs.language import tr

if TYPE_CHECKING:
    from engine.several.lone import Ended, Job

PATIENCE = 10.0  # seconds to reach the cluster
LOOK = 0.2  # seconds between two looks whether the user still wants it
ASK = 1.0  # seconds between two questions of a worker to the scheduler

_asked: dict[str, tuple[float, bool]] = {}


def on_cluster(address: str, jobs: Sequence[Job], work: Callable[[Job], Ended],
               cancelled: Callable[[], bool]) -> Iterator[Ended]:
    """Every run as it ends. Raises `RunProblem` where there is no such cluster."""
    try:
        from distributed import Client, Event, wait
    except ImportError as error:
        raise RunProblem(tr("Runs on a cluster need Dask: install it with pip install 'hourglass-nn[cluster]'.")) from error
    try:
        client = Client(address, timeout=PATIENCE)
    except (OSError, ValueError) as error:
        raise RunProblem(tr("There is no Dask cluster at {address} ({why}).", address=address,
                            why=str(error).splitlines()[0] if str(error) else type(error).__name__)) from error
    with client:
        stop = f"hourglass-{uuid.uuid4().hex}"
        futures = {client.submit(work, replace(job, stop=stop), pure=False, retries=1): job.number for job in jobs}
        told = False
        while futures:
            if cancelled() and not told:
                told = True
                Event(stop, client=client).set()
            try:
                done = wait(list(futures), timeout=LOOK, return_when="FIRST_COMPLETED").done
            except TimeoutError:
                continue
            for future in done:
                yield _ended(future, futures.pop(future))


def _ended(future: object, number: int) -> Ended:
    from engine.several.lone import Ended

    error = future.exception()  # type: ignore[attr-defined]
    if error is None:
        return future.result()  # type: ignore[attr-defined]
    return Ended(number, "failed", tr("The cluster lost this run ({why}).", why=type(error).__name__))


def asked_to_stop(name: str) -> bool:
    """On a worker: whether the runs were asked to end. The scheduler is asked once a second at most."""
    from distributed import Event

    when, asked = _asked.get(name, (0.0, False))
    if asked or time.monotonic() - when < ASK:
        return asked
    asked = Event(name).is_set()
    _asked[name] = (time.monotonic(), asked)
    return asked
