"""Several runs of the document on screen, in processes of their own beside the one of the ordinary run."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from engine.errors import HourglassError
from engine.several.lone import Ended
from engine.several.plan import Plan, Variant
from engine.telemetry import Series
from graphs.catalog import Catalog
from graphs.document import Document
from graphs.language import tr

if TYPE_CHECKING:
    from engine.several.runs import Runs

LOOK_MS = 200
AT_ONCE = 8  # runs whose curves are looked for: the first that have not ended are those that go on


class SeveralRuns(QObject):
    """Carries out one plan at a time. Waiting is done in a thread; here it is only looked what has come."""

    moved = Signal()
    saved = Signal(str)  # a sentence
    finished = Signal(str)  # a sentence, where it could not be done at all

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.runs: Runs | None = None
        self.ended: dict[int, Ended] = {}
        self.going: dict[int, Series] = {}
        self.plan, self.document, self.base = Plan(), Document(), Path()
        self.committee: Mapping[str, float] = {}  # figures of a bagging, when all members have ended
        self._come: deque[Ended | Mapping[str, float] | str] = deque()  # runs; at last figures, or what went wrong
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self.look)

    @property
    def busy(self) -> bool:
        """Whether runs go on."""
        return self._timer.isActive()

    def start(self, plan: Plan, document: Document, catalog: Catalog, folder: Path | None) -> None:
        """Begins. Raises `WrongOverride` for a plan that cannot be carried out."""
        variants = plan.variants(document, catalog)
        self.ended.clear()
        self.going.clear()
        self._come.clear()
        self.plan, self.document, self.base, self.committee = plan, document, folder or Path.cwd(), {}
        from engine.several.runs import Runs  # when it is wanted: see `app.warm_up`

        self.runs = Runs(variants, self.base)
        threading.Thread(target=self._wait, args=(self.runs, plan, document, self._come), daemon=True,
                         name="several-runs").start()
        self._timer.start()

    @staticmethod
    def _wait(runs: Runs, plan: Plan, document: Document, come: deque[Ended | Mapping[str, float] | str]) -> None:
        ended = []
        try:
            for one in runs:
                ended.append(one)
                come.append(one)
            from engine.several.runs import committee_figures

            come.append(committee_figures(document, runs.base, plan, runs.variants, ended))
        except HourglassError as error:
            come.append(error.text)
        except OSError as error:
            come.append(tr("The runs could not be carried out ({why}).", why=error.strerror or error))

    def stop(self) -> None:
        """Ends all runs within a moment; what they have learned is kept."""
        if self.runs is not None and self.busy:
            self.runs.cancel()

    def save(self, folder: Path) -> None:
        """Writes what has ended, in a thread; `saved` says when. Call it when no runs go on."""
        assert self.runs is not None
        threading.Thread(target=self._save, args=(folder, self.runs.variants, list(self.ended.values())),
                         name="several-save").start()

    def _save(self, folder: Path, variants: Sequence[Variant], ended: list[Ended]) -> None:
        try:
            from engine.several import folder as files

            files.write(folder, self.document, self.base, self.plan, variants, ended)
        except OSError as error:
            self.saved.emit(tr("The runs could not be saved ({why}).", why=error.strerror or error))
        else:
            self.saved.emit(tr("The runs are in {folder}.", folder=folder))

    def look(self) -> None:
        """Takes what has come."""
        assert self.runs is not None
        said: str | None = None
        while self._come:
            one = self._come.popleft()
            if isinstance(one, Ended):
                self.ended[one.number] = one
                self.going.pop(one.number, None)
            else:
                self._timer.stop()
                said = one if isinstance(one, str) else ""
                self.committee = {} if isinstance(one, str) else one
        waiting = [variant.number for variant in self.runs.variants if variant.number not in self.ended]
        for number in waiting[:AT_ONCE] if said is None else ():
            series = self.runs.history(number)
            if series is not None:
                self.going[number] = series
        self.moved.emit()
        if said is not None:
            self.finished.emit(said)
