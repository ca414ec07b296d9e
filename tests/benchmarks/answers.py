"""How soon the program answers: each figure beside what is aimed at. Nothing is asserted: machines differ.

Times are those of a wall clock, the best of some rounds. A gap is the longest turn of the window's events, in its
thread's own time: what other programs take meanwhile does not count.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from tests.engine.small_networks import checked, document
from tests.engine.small_runs import gallery, prepared, with_parameter
from tests.engine.test_data_arrays import idx
from tests.engine.windows import endless, opened


@dataclass(frozen=True, slots=True)
class Figure:
    """One answer: what was done, how long it took, and the aim, both in milliseconds (NaN: no aim)."""

    what: str
    took: float
    aim: float = float("nan")


def milliseconds(work: Callable[[], object], rounds: int = 5, clock: Callable[[], float] = time.perf_counter) -> float:
    """The best of some rounds."""
    times = []
    for _ in range(rounds):
        begun = clock()
        work()
        times.append(1e3 * (clock() - begun))
    return min(times)


def of_graphs() -> Iterator[Figure]:
    """A thousand nodes in the document, fifty in the compiler."""
    from engine.assembly import assemble
    from engine.compiler import compile_network
    from graphs import edits, storage
    from graphs.checks import check
    from tests.graphs.test_speed import thousand
    from tests.graphs.toy import CATALOG

    fresh = iter([thousand() for _ in range(5)])
    yield Figure("check of 1,000 nodes", milliseconds(lambda: check(next(fresh), CATALOG)), 30)
    whole = thousand()
    before, edited = check(whole, CATALOG), edits.set_parameter(whole, "m3x1", "units", 32)
    moved = edits.move(whole, {"m3x1": (5, 5)})
    yield Figure("… after an edit", milliseconds(lambda: check(edited, CATALOG, previous=before)), 30)
    yield Figure("… after a move", milliseconds(lambda: check(moved, CATALOG, previous=before)), 5)
    yield Figure("save and open 1,000 nodes", milliseconds(lambda: storage.loads(storage.dumps(whole))), 100)
    names = [f"d{place}" for place in range(48)]
    nodes = {"digits": ("digits", {}), "loss": ("cross_entropy", {}),
             **{name: ("dense", {"units": 10, "activation": "tanh"}) for name in names}}
    chain = " ".join(f"{one}.y>{two}.x" for one, two in pairwise(names))
    deep = checked(document(nodes, f"digits.pixels>d0.x {chain} d47.y>loss.prediction digits.label>loss.label"))

    def compiled() -> None:
        made = assemble(compile_network(deep, deep.training), 1797, 1437, 360)
        made.verify()
        made.tables()

    yield Figure("compile 50 nodes", milliseconds(compiled), 10)


def of_data(folder: Path) -> Iterator[Figure]:
    """A large table beside pandas, and as many images as MNIST has."""
    import pandas

    from engine.nodes.arrays import ArrayFile
    from engine.nodes.data import Table as TableNode
    from graphs.spec import Site

    rng = np.random.default_rng(0)
    block = "\n".join(",".join(f"{value:.4f}" for value in row) for row in rng.normal(size=(10_000, 20))) + "\n"
    path = folder / "large.csv"
    path.write_text(",".join(f"c{place}" for place in range(20)) + "\n" + 100 * block)
    site, node = Site("table1", folder), TableNode(file="large.csv")
    head = milliseconds(lambda: node.shapes({}, site), 1, time.thread_time)
    yield Figure("longest gap: the first 512 kB of a table, for the canvas", head, 50)
    theirs = milliseconds(lambda: pandas.read_csv(path, dtype=np.float32), 2)
    yield Figure("CSV of 1,000,000 × 20 (aim: pandas)", milliseconds(lambda: node.load({}, site), 2), theirs)
    path.unlink()
    (folder / "images.idx").write_bytes(idx(rng.integers(0, 256, (60_000, 28, 28), dtype=np.uint8)))
    images = ArrayFile(file="images.idx")
    yield Figure("IDX of 60,000 images", milliseconds(lambda: images.load({}, Site("images", folder)), 2), 1000)


def of_training(folder: Path) -> Iterator[Figure]:
    """The training process: how soon it pauses, what a decision map costs it."""
    from engine.budget import FRAMES_SHARE
    from engine.watching import Watching

    spirals = gallery("spirals_mlp", epochs=0)
    for hidden in ("hidden1", "hidden2"):
        spirals = with_parameter(spirals, hidden, units=64, activation="tanh")
    training = prepared(spirals)
    watching = Watching(training.built, training.info, ["map:answer/y"])
    watching.arrays()
    yield Figure("decision map, 100 × 100, of 2-64-64-2 (aim: 20 a second)", milliseconds(watching.arrays),
                 1e3 * FRAMES_SHARE / 20)
    with opened(folder) as window:
        window.idle(endless())
        waits = []
        for _ in range(50):
            window.engine.run()
            window.state("running")
            begun = time.perf_counter()
            window.engine.pause()
            window.state("paused")
            waits.append(1e3 * (time.perf_counter() - begun))
        yield Figure("pause, median of 50", statistics.median(waits), 50)
        yield Figure("pause, slowest of 50", max(waits), 100)


def main() -> None:
    """Prints all figures beside their aims."""
    from tests.benchmarks import window_answers

    table = Table("answer", "ms", "aim", "", title="How soon it answers")
    with tempfile.TemporaryDirectory(prefix="hourglass-") as name:
        folder = Path(name)
        for part in (window_answers.start(folder), of_graphs(), of_data(folder), of_training(folder),
                     window_answers.gaps(folder)):
            for figure in part:
                aim = "" if np.isnan(figure.aim) else f"{figure.aim:,.0f}"
                table.add_row(figure.what, f"{figure.took:,.1f}", aim, "slower" if figure.took > figure.aim else "")
    Console(width=120).print(table)
