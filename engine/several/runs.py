"""The runs of a plan over the cores of this machine: joblib's processes, each run on one thread of its own.

    runs = Runs(plan.variants(document, CATALOG), folder)
    for ended in runs: ...          # as they end, in whatever order
    runs.history(3)                 # meanwhile, from another thread
    runs.cancel()                   # those that go on end within a moment, the others never begin
"""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import TypeVar

from engine.several import folder, posts
from engine.several.lone import Ended, Job, train_job
from engine.several.plan import Plan, Variant
from engine.telemetry import Series
from graphs import storage
from graphs.document import Document
from graphs.language import language, tr

Work = Callable[[Job], Ended]
Given, Made = TypeVar("Given"), TypeVar("Made")


class Runs:
    """Carries out variants. Iterate it once; `cancel` and `history` may be called from other threads."""

    def __init__(self, variants: Sequence[Variant], base: Path, *, cluster: str = "", work: Work = train_job) -> None:
        self.variants, self.base, self.cluster, self.work = tuple(variants), base, cluster, work
        self.cancelled = False
        self._post = Path(tempfile.mkdtemp(prefix="hourglass-"))
        self._closing = threading.Lock()

    def __iter__(self) -> Iterator[Ended]:
        try:
            if self.cluster:
                from engine.several.cluster import on_cluster

                yield from on_cluster(self.cluster, self._jobs(), self.work, lambda: self.cancelled)
            else:
                yield from self._here(self._jobs())
        finally:
            with self._closing:
                shutil.rmtree(self._post, ignore_errors=True)

    def _jobs(self) -> list[Job]:
        post = "" if self.cluster else str(self._post)
        return [Job(variant.number, storage.dumps(variant.document), str(self.base.resolve()), language(), post,
                    parent=os.getpid()) for variant in self.variants]

    def cancel(self) -> None:
        """Asks all runs to end; what they have learned so far is handed back."""
        with self._closing:
            self.cancelled = True
            if self._post.exists():
                (self._post / posts.STOP).touch()

    def history(self, number: int) -> Series | None:
        """The epochs of a run that goes on, as of a moment ago."""
        return None if self.cluster else posts.read(self._post, number)

    def _here(self, jobs: list[Job]) -> Iterator[Ended]:
        """All over the cores. A process that dies takes the others with it, so what was not ended is tried again one
        by one: then the run that kills its process is known."""
        left = {job.number: job for job in jobs}
        try:
            for ended in parallel(self.work, jobs):
                left.pop(ended.number)
                yield ended
        except BrokenProcessPool:
            for job in left.values():
                yield self._alone(job)

    def _alone(self, job: Job) -> Ended:
        try:
            return next(parallel(self.work, [job]))
        except BrokenProcessPool:
            return Ended(job.number, "failed", tr("The process of this run ended, perhaps for want of memory."))


def committee_figures(document: Document, base: Path, plan: Plan, variants: Sequence[Variant],
                      ended: Sequence[Ended]) -> dict[str, float]:
    """What the members of a bagging come to together, computed in another process; nothing for less than two."""
    if not plan.bagging or sum(one.reason == "done" for one in ended) < 2:
        return {}
    with tempfile.TemporaryDirectory(prefix="hourglass-") as name:
        folder.write(Path(name), document, base, plan, variants, ended)
        return next(parallel(_evaluate, [name]))


def _evaluate(name: str) -> dict[str, float]:
    from engine.several.committee import Committee  # the compiler is only loaded in the process that computes

    return Committee.load(Path(name)).evaluate()


def parallel(work: Callable[[Given], Made], jobs: Sequence[Given]) -> Iterator[Made]:
    """joblib's processes, one for each core that this process may use. They stay warm for the next runs."""
    from joblib import Parallel, cpu_count, delayed  # costs a fifth of a second

    processes = max(2, min(cpu_count(only_physical_cores=True), len(jobs)))  # with one, joblib would train in this one
    crew = Parallel(n_jobs=processes, backend="loky", return_as="generator_unordered", batch_size=1,
                    pre_dispatch="n_jobs", max_nbytes=None)
    yield from crew(delayed(work)(job) for job in jobs)
