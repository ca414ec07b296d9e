"""One of several runs, in whatever process it is given to: trains a document alone and hands back what it came to."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from engine.errors import HourglassError
from engine.events import Diverged, Event, RunInfo
from engine.several import posts
from engine.telemetry import Series
from graphs import storage
from graphs.language import set_language, tr

Reason = Literal["done", "stopped", "diverged", "failed"]
THREADS = "HOURGLASS_THREADS"
_ONE_AT_A_TIME = threading.Lock()  # a Dask worker may have several threads; kernels belong to one


@dataclass(frozen=True, slots=True)
class Job:
    """One run as it travels: canonical JSON, the folder where relative paths start, and where it reports to: `post`
    is a folder of this machine, `stop` the name of an event of a cluster; empty for none."""

    number: int
    document: bytes
    base: str
    language: str = "en"
    post: str = ""
    stop: str = ""
    parent: int = 0  # process without which nobody waits for the result


@dataclass(frozen=True, slots=True)
class Ended:
    """What a run came to. `weights` are the bytes of its file of weights, `arrays` what a view of its end shows
    (keys as in `engine.frames`), `problem` a sentence where something went wrong."""

    number: int
    reason: Reason
    problem: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)
    epochs: int = 0
    seconds: float = 0.0
    history: Series = field(default_factory=Series)
    info: RunInfo | None = None
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)
    weights: bytes = b""
    facts: Mapping[str, Any] = field(default_factory=dict)


class _Stopped(Exception):
    """Nobody wants this run any more."""


def train_job(job: Job) -> Ended:
    """Trains to the end, on one thread: several runs share the cores by being several. Never raises for what a
    document can do wrong."""
    with _ONE_AT_A_TIME:
        os.environ[THREADS] = "1"
        if job.parent not in (0, os.getpid()) and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches the whole group; the parent answers it
        set_language(job.language)
        asked = _stop_of(job)
        try:
            return _train(job, asked)
        except _Stopped:
            return Ended(job.number, "stopped")
        except HourglassError as error:
            node = getattr(error, "node", "")
            return Ended(job.number, "failed", f"{node}: {error.text}" if node else error.text)
        except (storage.Unreadable, OSError) as error:
            return Ended(job.number, "failed", str(error))
        except MemoryError:
            return Ended(job.number, "failed", tr("There is not enough memory for this run."))


def _train(job: Job, asked: Callable[[], bool]) -> Ended:
    from engine import commands  # numba and numpy's friends are loaded in the process that computes
    from engine.controls import Controls
    from engine.data.half import check_with_data
    from engine.data.reporting import reporting
    from engine.nodes import CATALOG
    from engine.telemetry import Reader
    from engine.training import Training

    def insist(*_: object) -> None:
        if asked():
            raise _Stopped

    insist()
    base, controls = Path(job.base), Controls()
    with reporting(insist):
        training = Training(check_with_data(storage.loads(job.document), CATALOG, base), base, controls=controls)
        for _ in training.prepare():
            insist()

    def history() -> Series:
        return Reader(training.built.assembly.epoch_channels, training.machine.epochs).read(training.legs, by_epoch=True)

    looked = time.monotonic()

    def between() -> None:
        nonlocal looked
        if time.monotonic() - looked < posts.EVERY:
            return
        if asked():
            controls.put(commands.Stop())
        elif job.post:
            posts.write(Path(job.post), job.number, history())
        looked = time.monotonic()

    training.between = between
    events = list(training.advance())
    return _ended(job, training, history(), events)


def _ended(job: Job, training: Any, history: Series, events: list[Event]) -> Ended:
    from engine.events import Finished
    from engine.run_writer import facts_of
    from engine.saved_run import weights_bytes
    from engine.watching import Watching

    reason = next((event.reason for event in reversed(events) if isinstance(event, Finished)), "stopped")
    diverged = next((event for event in events if isinstance(event, Diverged)), None)
    problem = tr("{what}: {node}, step {step}", what=diverged.found, node=diverged.node, step=diverged.step) \
        if diverged else ""
    info = training.info
    return Ended(
        job.number, reason, problem, dict(training.values), training.machine.epoch, training.seconds, history, info,
        Watching(training.built, info, shown_keys(info)).arrays(), weights_bytes(training),
        facts_of(training, reason),
    )


def shown_keys(info: RunInfo) -> list[str]:
    """What a picture of the end of a run shows: the decision map where there is one, else the first weights."""
    said = {item.output for item in info.predictions}
    for plane in info.maps:
        port = next((port for port in plane.watchable if port in said), None)
        if port is not None:
            labels = [f"labels:{item.labels[0]}/{item.labels[1]}" for item in info.predictions if item.output == port]
            return [f"map:{port[0]}/{port[1]}", f"output:{plane.node}/{plane.port}", *labels]
    return [f"weights:{layer.node}/{layer.layer}" for layer in info.layers[:1]]


def _stop_of(job: Job) -> Callable[[], bool]:
    """Whether the runs were asked to end, or nobody is there any more to take the result."""
    if job.stop:
        from engine.several.cluster import asked_to_stop

        return lambda: asked_to_stop(job.stop)
    flag = Path(job.post) / posts.STOP
    return lambda: bool(job.post) and (flag.exists() or _orphan(job.parent))


def _orphan(parent: int) -> bool:
    if not parent or os.getppid() == parent:
        return False
    import psutil

    return not psutil.pid_exists(parent)
