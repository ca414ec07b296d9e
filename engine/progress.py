"""How a headless run shows that it lives: a bar on a terminal, a line now and then in a log. Always on stderr."""

from __future__ import annotations

import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Column

from engine.events import Compiled, Diverged, EpochDone, Event, Note, Preparing
from graphs.language import tr

LOG_LINES = 10  # a whole run in a log
LOG_SECONDS = 30.0  # between two lines of an endless run
PATIENCE = 2.0  # seconds before kernels are worth a word in a log


class ProgressView:
    """Shows events. On a terminal a bar; elsewhere plain lines, few enough for a log."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            TextColumn("{task.fields[count]}"),
            TextColumn("{task.fields[figures]}", style="bold", table_column=Column(no_wrap=True)),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task: TaskID | None = None
        self._epochs = 0
        self._began = self._said = time.monotonic()
        self._announced = False

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
            self._epochs = event.run.epochs
            self._task = self._restart(tr("Training"), self._epochs or None)
        elif isinstance(event, EpochDone):
            self._epoch(event)
        elif isinstance(event, Diverged):
            self._say(tr("A {what} of {node} was not finite in step {step}: the weights before it are kept.",
                         what=event.what, node=event.node, step=event.step))
        elif isinstance(event, Note):
            self._say(event.text)

    def _preparing(self, event: Preparing) -> None:
        words = tr("Preparing kernels, once per machine")
        if self._bar.disable:
            if not self._announced and event.done < event.total and time.monotonic() - self._began > PATIENCE:
                self._announced = True
                self._say(f"{words}: {event.done} / {event.total}")
            return
        if self._task is None:
            self._task = self._restart(words, event.total)
        self._bar.update(self._task, completed=event.done, count=f"{event.done} / {event.total}")

    def _restart(self, words: str, total: int | None) -> TaskID:
        if self._task is not None:
            self._bar.remove_task(self._task)
        return self._bar.add_task(words, total=total, count="", figures="")

    def _epoch(self, event: EpochDone) -> None:
        figures = "  ".join(figure_text(name, value) for name, value in event.values.items() if "/" not in name)
        count = tr("epoch {epoch}", epoch=event.epoch) + (f" / {self._epochs}" if self._epochs else "")
        if self._bar.disable:
            if self._worth_a_line(event.epoch):
                self._say(f"{count}  {figures}")
        elif self._task is not None:
            self._bar.update(self._task, completed=event.epoch, count=count, figures=figures)

    def _worth_a_line(self, epoch: int) -> bool:
        if self._epochs:
            return epoch == self._epochs or epoch % max(1, self._epochs // LOG_LINES) == 0
        return epoch == 1 or time.monotonic() - self._said > LOG_SECONDS

    def _say(self, text: str) -> None:
        self._said = time.monotonic()
        self.console.print(text, highlight=False, markup=False, soft_wrap=True)


def figure_text(name: str, value: float) -> str:
    """A figure with its name, as short as it reads well."""
    return f"{name} {value:.4g}"
