"""Several runs without a window: what varies given as words, a bar, one table, one picture, and Ctrl+C."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from engine.headless import INTERRUPTED, Order, Outcome, changed
from engine.interrupt import Interrupt
from engine.network import find_graph
from engine.nodes import CATALOG
from engine.overrides import WrongOverride
from engine.run_folder import free_folder
from engine.several import folder as files
from engine.several.committee import Committee
from engine.several.lone import Ended
from engine.several.plan import Plan, Variant
from engine.several.results import by_point, terminal_rows
from engine.several.runs import Runs
from graphs.language import tr

LOG_LINES = 10  # of runs that went well; others always get one

DrawSeveral = Callable[[list[Variant], list[Ended], Path], Path]  # gives the picture, written into the folder


@dataclass(frozen=True, slots=True)
class Several:
    """What was asked for beyond one run. `planned`: as the graph itself says."""

    sweeps: tuple[str, ...] = ()
    seeds: int | None = None
    bagging: int | None = None
    planned: bool = False
    cluster: str = ""

    @property
    def wanted(self) -> bool:
        """Whether there is to be more than one run."""
        return bool(self.sweeps or self.planned or self.cluster or self.seeds is not None or self.bagging is not None)

    def plan(self, document: Any) -> Plan:
        """What varies. Raises `WrongOverride`."""
        if self.planned:
            if self.sweeps or self.seeds is not None or self.bagging is not None:
                raise WrongOverride(tr("Either the graph says what varies (--several), or the options do."))
            return Plan.from_json(document.several)
        return Plan.from_words(self.sweeps, 1 if self.seeds is None else self.seeds, self.bagging or 0)


def train_several(order: Order, several: Several, console: Console, draw: DrawSeveral | None,
                  interrupt: Interrupt) -> Outcome:
    """Trains all runs, or until interrupted; what has ended is written. Raises `WrongOverride`, `HourglassError`."""
    if order.resume is not None:
        raise WrongOverride(tr("Several runs begin anew: --resume goes on with a single one."))
    document, base, name = find_graph(order.file)
    document = changed(document, order)
    plan = several.plan(document)
    variants = plan.variants(document, CATALOG)
    runs = Runs(variants, base, cluster=several.cluster)
    interrupt.then = runs.cancel
    ended = _watched(runs, console)
    folder = order.out or free_folder(Path("runs"), name)
    files.write(folder, document, base, plan, variants, ended)
    points = by_point(variants, ended)
    headings, rows = terminal_rows(points)
    pictures = [draw(variants, ended, folder)] if draw is not None and order.picture and ended else []
    console.print(tr("The runs are in {folder}.", folder=folder), highlight=False, markup=False, soft_wrap=True)
    figures = {
        "graph": name, "runs": len(variants), "done": sum(one.reason == "done" for one in ended),
        "headings": headings, "rows": rows, "out": str(folder), "pictures": [str(one) for one in pictures],
        "points": [{**dict(point.point), **{key: spread.mean for key, spread in point.spreads.items()}} for point in points],
        "committee": _committee(plan, ended, folder),
    }
    good = all(one.reason == "done" for one in ended) and len(ended) == len(variants)
    return Outcome(figures, INTERRUPTED if interrupt.asked else 0 if good else 1)


def _committee(plan: Plan, ended: list[Ended], folder: Path) -> dict[str, float]:
    """What the members of a bagging come to together."""
    enough = plan.bagging and sum(one.reason == "done" for one in ended) > 1
    return Committee.load(folder).evaluate() if enough else {}


def _watched(runs: Runs, console: Console) -> list[Ended]:
    """Waits for all runs, with a bar on a terminal and few lines in a log."""
    ended: list[Ended] = []
    total = len(runs.variants)
    bar = Progress(TextColumn("{task.description}"), BarColumn(bar_width=24), MofNCompleteColumn(),
                   TimeRemainingColumn(compact=True), console=console, transient=True, disable=not console.is_terminal)
    with bar:
        task = bar.add_task(tr("Several runs"), total=total)
        for one in runs:
            ended.append(one)
            bar.update(task, completed=len(ended))
            title = runs.variants[one.number].title
            if one.problem:
                _say(console, f"{title}: {one.problem}")
            elif bar.disable and len(ended) % max(1, total // LOG_LINES) == 0:
                _say(console, tr("{done} of {total} runs: {title}", done=len(ended), total=total, title=title))
    return ended


def _say(console: Console, text: str) -> None:
    console.print(text, highlight=False, markup=False, soft_wrap=True)
