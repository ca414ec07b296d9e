"""How a headless run shows that it lives: a bar on a terminal, a line now and then in a log. Always on stderr."""

from __future__ import annotations

import time
from collections.abc import Mapping
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Column

from engine.events import Compiled, Diverged, EpochDone, Event, Note, Preparing, RunInfo
from graphs.language import tr

LOG_LINES = 10  # a whole run in a log
LOG_SECONDS = 30.0  # between two lines of an endless run
PATIENCE = 2.0  # seconds before kernels are worth a word in a log


class ProgressView:
    """Shows events. On a terminal a bar; elsewhere plain lines, few enough for a log."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._bar = Progress(
            TextColumn("{task.description}", table_column=Column(no_wrap=True)),
            BarColumn(bar_width=16),
            TextColumn("{task.fields[count]}", table_column=Column(no_wrap=True)),
            TextColumn("{task.fields[figures]}", table_column=Column(no_wrap=True)),
            TimeRemainingColumn(compact=True),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task: TaskID | None = None
        self._epochs = 0
        self._began = self._said = time.monotonic()
        self._announced = ""

    def __enter__(self) -> ProgressView:
        self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._bar.stop()

    def show(self, event: Event) -> None:
        """Brings what is shown up to this event."""
        if isinstance(event, Preparing):
            self._preparing(event)
        elif isinstance(event, Compiled):
            self._compiled(event.run)
        elif isinstance(event, EpochDone):
            self._epoch(event)
        elif isinstance(event, Diverged):
            self._say(tr("{what}: {node}, step {step}. The weights before it are kept.",
                         what=event.found, node=event.node, step=event.step))
        elif isinstance(event, Note):
            self._say(event.text)

    def _compiled(self, run: RunInfo) -> None:
        """A run begins, or its next stage, which goes on in the same bar."""
        self._epochs = run.epochs
        if run.stage == 0 or self._task is None:
            self._task = self._restart(_title(run), run.epochs or None)
        else:
            self._bar.update(self._task, description=_title(run), total=run.epochs or None)
        if run.stage > 0 and self._bar.disable:
            self._say(_title(run))

    def _preparing(self, event: Preparing) -> None:
        words, done = event.title, event.reached
        if self._bar.disable:
            if words != self._announced and event.done < event.total and time.monotonic() - self._began > PATIENCE:
                self._announced = words
                self._say(f"{words}: {done}")
            return
        if self._task is None or words != self._announced:
            self._task, self._announced = self._restart(words, event.total), words
        self._bar.update(self._task, completed=event.done, total=event.total, count=done)

    def _restart(self, words: str, total: int | None) -> TaskID:
        if self._task is not None:
            self._bar.remove_task(self._task)
        return self._bar.add_task(words, total=total, count="", figures="")

    def _epoch(self, event: EpochDone) -> None:
        reached = f"{event.epoch} / {self._epochs}" if self._epochs else f"{event.epoch}"
        if self._bar.disable:
            if self._worth_a_line(event.epoch):
                self._say(f"{tr('epoch {epoch}', epoch=reached)}  {all_figures(event.values)}")
        elif self._task is not None:
            self._bar.update(self._task, completed=event.epoch, count=reached, figures=main_figures(event.values))

    def _worth_a_line(self, epoch: int) -> bool:
        if self._epochs:
            return epoch == self._epochs or epoch % max(1, self._epochs // LOG_LINES) == 0
        return epoch == 1 or time.monotonic() - self._said > LOG_SECONDS

    def _say(self, text: str) -> None:
        self._said = time.monotonic()
        self.console.print(text, highlight=False, markup=False, soft_wrap=True)


def _title(run: RunInfo) -> str:
    """What trains: the stage, where there are several."""
    if len(run.stages) < 2:
        return tr("Training")
    return f"{run.stage + 1}/{len(run.stages)} {run.stages[run.stage].title}"


def all_figures(values: Mapping[str, float]) -> str:
    """Every figure with its name, for a log."""
    return "  ".join(f"{name} {value:.4g}" for name, value in values.items() if "/" not in name)


def main_figures(values: Mapping[str, float]) -> str:
    """The loss in training and validation and one metric, short enough for a bar."""
    both = [values[name] for name in ("train_loss", "validation_loss") if name in values]
    said = [tr("loss {values}", values=" / ".join(f"{value:.3g}" for value in both))] if both else []
    for quantity, words in (("accuracy", tr("accuracy {value}")), ("mean_squared_error", tr("error {value}"))):
        value = values.get(f"validation_{quantity}", values.get(f"train_{quantity}"))
        if value is not None:
            said.append(words.format(value=f"{value:.3g}"))
            break
    return "  ".join(said)
