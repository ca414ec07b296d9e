"""How soon the window answers: until it is there, and the longest turns of its events while people use it."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.answers import Figure, milliseconds

if TYPE_CHECKING:
    from app.window import MainWindow

ROOT = Path(__file__).parents[2]
RULE = 50.0  # milliseconds that nothing on the window's thread should exceed
WATCHED = 4.0  # seconds of training that are watched
PATIENCE = 60.0
START = """
import gc, sys, time
begun = time.perf_counter()
gc.disable()  # as the program does
from pathlib import Path
from PySide6.QtWidgets import QApplication
app = QApplication([])
from app.preferences import Preferences, open_settings
from app.window import MainWindow
chosen = Preferences(open_settings(Path(sys.argv[1]) / "settings.ini"))
chosen.apply(app)
window = MainWindow(chosen, recovery=Path(sys.argv[1]))
window.show()
app.processEvents()
print(time.perf_counter() - begun)
window.close()
"""


def start(folder: Path) -> Iterator[Figure]:
    """From the first import to the first picture, in processes of its own; what is compiled to bytes is kept."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONDONTWRITEBYTECODE": ""}
    took = [float(subprocess.run([sys.executable, "-c", START, str(folder)], cwd=ROOT, env=environment, check=True,
                                 capture_output=True, text=True).stdout) for _ in range(4)]
    yield Figure("start to the first window", 1e3 * min(took[1:]), 1600)


class Turns:
    """Turns the events and takes the time of the longest turn."""

    def __init__(self) -> None:
        from PySide6.QtWidgets import QApplication

        self.app = QApplication.instance() or QApplication([])

    def longest(self, work: Callable[[], object], until: Callable[[], bool]) -> float:
        """Milliseconds: the longest of the work itself and all turns until something holds."""
        from PySide6.QtCore import QEventLoop

        gaps, end = [milliseconds(work, 1, time.thread_time)], time.perf_counter() + PATIENCE
        while not until() and time.perf_counter() < end:
            wait = partial(self.app.processEvents, QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
            gaps.append(milliseconds(wait, 1, time.thread_time))
        return max(gaps)


def gaps(folder: Path) -> Iterator[Figure]:
    """A window with its processes: lessons, training with five cards, viewers, other windows, a large canvas."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    turns = Turns()
    from app.window import MainWindow
    from tests.app.window_kit import Answers, preferences

    window = MainWindow(preferences(folder), recovery=folder / "recovery", questions=Answers())
    window.resize(1600, 1000)
    window.show()
    warm: list[bool] = []
    window.warm_up.done.connect(lambda: (gc.freeze(), warm.append(True)))  # as the program does
    turns.longest(turns.app.processEvents, lambda: bool(warm))
    feed, content = window.controller.feed, window.content
    opened = turns.longest(lambda: window.begin("digits_autoencoder"), lambda: feed.run is not None)
    yield Figure("longest gap: opening a lesson", opened, RULE)
    for pace, words in (("lesson", "at lesson pace"), (None, "at full speed")):
        window.controller.set_pace(pace)
        turns.longest(window.controller.run, lambda: feed.status.step > 10)
        end = time.perf_counter() + WATCHED
        gap = turns.longest(lambda: None, lambda end=end: time.perf_counter() > end)
        yield Figure(f"longest gap: training, {len(content.live.row.shown)} live cards, {words}", gap, RULE)
    window.controller.stop()
    for words in ("first", "second"):
        gap = turns.longest(lambda: content.data.open("digits1"), lambda: content.data.viewers["digits1"].view is not None)
        yield Figure(f"longest gap: opening a viewer, {words} time", gap, RULE)
        content.data.viewers["digits1"].close()
    for name, words in (("terrain", "the terrain"), ("several", "several runs")):
        settled = time.perf_counter() + 1
        gap = turns.longest(content.table[name].trigger, lambda end=settled: time.perf_counter() > end)
        yield Figure(f"longest gap: opening {words}", gap, RULE)
    yield from _large_canvas(window)
    window.model.stack.setClean()
    window.close()


def _large_canvas(window: MainWindow) -> Iterator[Figure]:
    from graphs import edits
    from graphs.document import Document
    from tests.app.window_kit import autoencoder

    chain = autoencoder()
    whole = Document(training=chain.training)
    text = edits.copy(chain, chain.nodes)
    for number in range(250):
        whole, _ = edits.paste(whole, text, (0, 300.0 * number))
    window.model.open(whole)
    window.content.view.fit()
    repaint = window.content.view.viewport().repaint
    repaint()
    yield Figure("repaint of a canvas with 1,000 nodes", milliseconds(repaint), RULE)
