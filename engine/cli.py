"""The command line. What it prints as data goes to stdout, everything else to stderr; errors are one sentence.

Exit codes: 0 done, 1 problems or a failed run, 2 unreadable or wrong usage, 130 interrupted.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click
from rich.console import Console
from rich.table import Table

from engine import own_version
from engine.interrupt import Interrupt
from graphs import gallery as lessons
from graphs.language import pick, set_language, tr
from graphs.strict_json import Unreadable

if TYPE_CHECKING:
    from engine.several.committee import Committee
    from engine.several.lone import Ended
    from engine.several.plan import Variant
    from engine.training import Training
    from graphs.document import Document

DrawGraph = Callable[["Document", Path, Path], None]  # document, folder of its relative paths, picture to write
DrawRun = Callable[["Training", Path], "list[Path]"]  # a run, folder to write into; gives the pictures
DrawSeveral = Callable[["list[Variant]", "list[Ended]", Path], Path]  # several runs, folder; gives the picture

FAILED, WRONG, INTERRUPTED = 1, 2, 130


class Stop(click.ClickException):
    """Ends the program with a sentence on stderr."""

    def __init__(self, text: str, code: int) -> None:
        super().__init__(text)
        self.exit_code = code

    def show(self, file: Any = None) -> None:
        log().print(self.message, style="red", highlight=False, markup=False, soft_wrap=True)


def log() -> Console:
    """Where everything goes that is not data."""
    return Console(stderr=True)


@contextmanager
def sentences(name: str) -> Iterator[None]:
    """Turns what users can do wrong into one sentence and an exit code."""
    from engine.errors import BadCheckpoint, HourglassError
    from engine.overrides import WrongOverride
    from graphs.spec import ShapeError

    try:
        yield
    except Unreadable as error:
        raise Stop(f"{name}: {error}", WRONG) from error
    except (BadCheckpoint, ShapeError, WrongOverride) as error:
        raise Stop(str(error), WRONG) from error
    except HourglassError as error:
        node = getattr(error, "node", "")
        raise Stop(f"{node}: {error.text}" if node else error.text, FAILED) from error
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        raise Stop(f"{where}{error.strerror or error}", FAILED) from error


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(own_version(), prog_name="hourglass", message="%(prog)s %(version)s")
def hourglass() -> None:
    """Build neural networks by wiring nodes, and watch them learn.

    Without a command, `hourglass [FILE]` opens the window. FILE is a graph (JSON) or the name of one in the gallery.
    """


@hourglass.command()
@click.argument("file")
@click.option("--epochs", type=click.IntRange(0), help="How often all samples are seen; 0: until interrupted.")
@click.option("--seed", type=int, help="Where all chance comes from.")
@click.option("--set", "changes", multiple=True, metavar="NODE.PARAM=VALUE",
              help="Another value for a parameter, or for a setting: training.learning_rate=0.1.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Folder of the run [runs/NAME-N].")
@click.option("--resume", type=click.Path(file_okay=False, path_type=Path),
              help="Go on with the run in this folder, from its last checkpoint.")
@click.option("--sweep", "sweeps", multiple=True, metavar="NODE.PARAM=A,B,C",
              help="Several runs: one for each of these values.")
@click.option("--seeds", type=int, metavar="N", help="Several runs: so many seeds for each value.")
@click.option("--bagging", type=int, metavar="M", help="Several runs: M networks on bootstrap samples, to be averaged.")
@click.option("--several", "planned", is_flag=True, help="Several runs, as the graph itself says.")
@click.option("--dask", "cluster", default="", metavar="ADDRESS", help="Send several runs to this Dask cluster.")
@click.option("--picture", is_flag=True, help="Also draw the curves and views as PNG.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON object, the last line.")
@click.pass_obj
def train(tools: dict[str, Any], file: str, **options: Any) -> None:
    """Train a graph and write a run: graph.json, metrics.csv, weights.safetensors."""
    options["changes"] = tuple(options["changes"])
    varied = {name: options.pop(name) for name in ("sweeps", "seeds", "bagging", "planned", "cluster")}
    with Interrupt() as interrupt:
        from engine.headless import Order, train_graph
        from engine.several.command import Several, train_several

        several, order = Several(**varied), Order(file, **options)
        with sentences(file):
            if several.wanted:
                outcome = train_several(order, several, log(), tools.get("draw_several"), interrupt)
            else:
                outcome = train_graph(order, log(), tools["draw_run"], interrupt)
    if options["as_json"]:
        click.echo(json.dumps(outcome.figures, ensure_ascii=False))
    else:
        _print_result(outcome.figures)
    sys.exit(outcome.code)


def _print_result(figures: dict[str, Any]) -> None:
    if "headings" in figures:
        _print_several(figures)
        return
    for name, value in figures.items():
        if isinstance(value, float):
            click.echo(f"{name} {value:.6g}")
        elif value not in (None, "") and not isinstance(value, list):
            click.echo(f"{name} {value}")
    for goal in figures["goals"]:
        if goal["reached"] is not None:
            words = tr("reached") if goal["reached"] else tr("not reached")
            sign = "≥" if goal.get("direction") == "at_least" else "≤"
            click.echo(f"goal {goal['metric']} {sign} {goal['bound']:g}: {words}")


def _print_several(figures: dict[str, Any]) -> None:
    """A table on a terminal, tabs elsewhere; then what a committee comes to."""
    if sys.stdout.isatty():
        table = Table(*figures["headings"], box=None, pad_edge=False)
        for row in figures["rows"]:
            table.add_row(*row)
        Console().print(table)
    else:
        for row in (figures["headings"], *figures["rows"]):
            click.echo("\t".join(row))
    for name, value in figures["committee"].items():
        click.echo(f"committee_{name} {value:.6g}")


@hourglass.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def evaluate(folder: Path, as_json: bool) -> None:
    """Losses and metrics of the run in DIR, over its training and its validation samples."""
    from engine import network
    from engine.several.folder import holds_several

    with sentences(str(folder)):
        _insist_on_run(folder)
        figures = _committee(folder).evaluate() if holds_several(folder) else network.load(folder).evaluate()
    if as_json:
        click.echo(json.dumps(figures))
    else:
        for name, value in figures.items():
            click.echo(f"{name} {value:.9g}")


@hourglass.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.argument("data", type=click.Path(path_type=Path))
@click.option("--output", default="", metavar="NODE.PORT", help="Another output than what the graph is about.")
def predict(folder: Path, data: Path, output: str) -> None:
    """What the run in DIR makes of the samples in DATA (CSV with a header, or NPY), as CSV."""
    from engine import network
    from engine.prediction_table import write_predictions
    from engine.several.folder import holds_several

    with sentences(str(folder)):
        _insist_on_run(folder)
        predictor = _committee(folder) if holds_several(folder) else network.load(folder).predictor
        write_predictions(predictor, data, output, sys.stdout)


def _committee(folder: Path) -> Committee:
    from engine.several.committee import Committee

    return Committee.load(folder)


def _insist_on_run(folder: Path) -> None:
    from engine.run_folder import RunFolder

    RunFolder(folder).insist()


@hourglass.command()
@click.argument("file")
def check(file: str) -> None:
    """Say what is wrong with a graph: one sentence a line. Exit code 0: nothing, 1: problems, 2: unreadable."""
    from engine.network import find_graph
    from engine.nodes import CATALOG
    from graphs.checks import check as check_document
    from graphs.problems import Severity, severity_words

    with sentences(file):
        document, folder, _ = find_graph(file)
        problems = check_document(document, CATALOG, folder).problems
    for problem in problems:
        place = problem.place.node or (f"training.{problem.place.parameter}" if problem.place.parameter else "")
        click.echo(f"{severity_words(problem.severity)}: {f'{place}: ' if place else ''}{problem.text}")
    sys.exit(FAILED if any(problem.severity is not Severity.NOTE for problem in problems) else 0)


@hourglass.command()
def gallery() -> None:
    """List the graphs that ship: name and title."""
    rows = [(name, pick(lessons.load(name).title)) for name in lessons.names()]
    if not sys.stdout.isatty():
        for row in rows:
            click.echo("\t".join(row))
        return
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, title in rows:
        table.add_row(name, title)
    Console().print(table)


@hourglass.command()
@click.argument("file")
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
@click.pass_obj
def picture(tools: dict[str, Any], file: str, out: Path) -> None:
    """Draw the graph as the canvas shows it: OUT ends in .png or .svg."""
    from engine.network import find_graph

    if out.suffix.lower() not in (".png", ".svg"):
        raise Stop(tr("{file}: a picture ends in .png or .svg.", file=out), WRONG)
    with sentences(file):
        document, folder, _ = find_graph(file)
        drawing(tools["draw_graph"])(document, folder, out)


def drawing(draw: Any) -> Any:
    """The drawing function, which only the program with a window has."""
    if draw is None:
        raise Stop(tr("Pictures are drawn by the hourglass program."), WRONG)
    return draw


COMMANDS = frozenset(hourglass.commands)


def main(arguments: Sequence[str] | None = None, *, draw_graph: DrawGraph | None = None,
         draw_run: DrawRun | None = None, draw_several: DrawSeveral | None = None) -> None:
    """Runs one command and leaves the process with its exit code."""
    set_language(language_of_environment())
    tools = {"draw_graph": draw_graph, "draw_run": draw_run, "draw_several": draw_several}
    try:
        code = hourglass.main(args=arguments, prog_name="hourglass", obj=tools, standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        code = INTERRUPTED
    except BrokenPipeError:  # whoever read our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    sys.exit(code)


def refuse(text: str) -> NoReturn:
    """Ends the program with a sentence: it was asked for something that it cannot do."""
    Stop(text, WRONG).show()
    sys.exit(WRONG)


def language_of_environment() -> str:
    """Japanese where the system speaks it, else English."""
    said = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := os.environ.get(name))), "")
    return "ja" if said.lower().startswith("ja") else "en"
