"""A run without a window: a graph from a file, changes given as words, a run's folder, a bar, and Ctrl+C."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from engine import commands
from engine.controls import Controls
from engine.data.half import check_with_data
from engine.data.reporting import reporting
from engine.errors import BadCheckpoint
from engine.events import Event, Finished, Note, Preparing
from engine.interrupt import Interrupt
from engine.network import find_graph
from engine.nodes import CATALOG
from engine.overrides import override, set_checked
from engine.progress import ProgressView
from engine.run_folder import free_folder
from engine.run_writer import RunWriter, open_run, result
from engine.saved_run import SavedRun
from engine.training import Training
from graphs.document import Document
from graphs.language import tr

INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Order:
    """What was asked for on the command line."""

    file: str
    epochs: int | None = None
    seed: int | None = None
    changes: tuple[str, ...] = ()
    out: Path | None = None
    resume: Path | None = None
    picture: bool = False
    as_json: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """The run in figures, and the exit code."""

    figures: dict[str, Any]
    code: int


def train_graph(order: Order, console: Console, draw: Callable[[Training, Path], list[Path]] | None,
                interrupt: Interrupt) -> Outcome:
    """Trains to the end or until interrupted. Raises `HourglassError`, `Unreadable` and `WrongOverride`, and
    KeyboardInterrupt where there is nothing yet that could be kept."""
    document, base, name = find_graph(order.file)
    controls = Controls()
    interrupt.then = lambda: controls.put(commands.Stop())
    with ProgressView(console) as view, _heard(view, interrupt):
        if order.resume is None:
            checked = check_with_data(changed(document, order), CATALOG, base)
            training, notes = Training(checked, base, controls=controls), []
            _watch(training.prepare(), view, interrupt)
        else:
            training, notes = _resumed(order, document, base, controls, view, interrupt)
        for note in notes:
            view.show(Note(note))
        folder = order.out or order.resume or free_folder(Path("runs"), name)
        writer = open_run(folder, training, base, resumed=order.resume is not None and order.resume == folder)
        finished = _run(training, writer, view)
    pictures = draw(training, folder) if draw is not None and order.picture else []
    console.print(tr("The run is in {folder}.", folder=folder), highlight=False, markup=False, soft_wrap=True)
    figures = {**result(training, name, finished), "out": str(folder), "pictures": [str(one) for one in pictures]}
    return Outcome(figures, _code(finished))


def _code(finished: Finished | None) -> int:
    if finished is None or finished.reason == "stopped":
        return INTERRUPTED
    return 0 if finished.reason == "done" else 1


def changed(document: Document, order: Order) -> Document:
    """The document with what the command line says. Raises `WrongOverride`."""
    document = override(document, CATALOG, order.changes)
    for name, value in (("epochs", order.epochs), ("seed", order.seed)):
        if value is not None:
            document = set_checked(document, CATALOG, name, value)
    return document


def _resumed(order: Order, document: Document, base: Path, controls: Controls, view: ProgressView,
             interrupt: Interrupt) -> tuple[Training, list[str]]:
    """The run in a folder where its last checkpoint stands. It keeps its parameters and settings, whatever the file
    says by now; only the number of epochs may be another."""
    saved = SavedRun(order.resume, CATALOG, base)
    before = saved.checked.document
    if _network(before) != _network(document):
        raise BadCheckpoint(tr("The run in {folder} is one of another graph than {file}.", folder=order.resume,
                               file=order.file))
    after = changed(before, order)
    if _work(before) != _work(after):
        raise BadCheckpoint(tr("A run that goes on keeps its parameters and settings; only epochs can be changed."))
    training = Training(check_with_data(after, CATALOG, base), base, seed=saved.facts.seed, controls=controls)
    _watch(training.prepare(), view, interrupt)
    return training, saved.restore(training)


def _network(document: Document) -> Any:
    """Which nodes there are, and how they are wired."""
    return {key: node.type for key, node in document.nodes.items()}, document.wires


def _work(document: Document) -> Any:
    """Everything that training depends on, but for the number of epochs."""
    parameters = {key: (dict(node.parameters), node.bypassed) for key, node in document.nodes.items()}
    return parameters, {name: value for name, value in document.training.items() if name != "epochs"}


def _heard(view: ProgressView, interrupt: Interrupt) -> AbstractContextManager[None]:
    """Shows how far data are that are being read."""

    def hear(done: int, total: int, what: str) -> None:
        interrupt.check()
        view.show(Preparing(done, total, what))

    return reporting(hear)


def _watch(reported: Iterator[Event], view: ProgressView, interrupt: Interrupt) -> None:
    for event in reported:
        interrupt.check()
        view.show(event)
    interrupt.check()


def _run(training: Training, writer: RunWriter, view: ProgressView) -> Finished | None:
    """Trains, and writes whatever happens."""
    finished = None

    def between() -> None:
        if (event := writer.between()) is not None:
            view.show(event)

    training.between = between
    try:
        for event in training.advance(every_epoch=True):
            view.show(event)
            writer.take(event)
            if isinstance(event, Finished):
                finished = event
    finally:
        writer.close()
    return finished
