"""Several runs in a window of their own: what varies at the left, curves, ends and pictures at the right."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFileDialog, QGridLayout, QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from app import theme
from app.feed import KEPT_RUNS, Feed, PastRun
from app.graph_model import GraphModel
from app.live.card import Card
from app.live.several.bundle import BundleCard
from app.live.several.multiples import MultiplesCard
from app.live.several.progress import SeveralProgress, point_words
from app.live.several.strip import StripCard
from app.live.sight import Sight
from app.numerals import short
from app.panels.controls import Surface, Words
from app.several_form import SeveralForm
from app.training.several_runs import SeveralRuns
from engine.events import RunInfo
from engine.overrides import WrongOverride
from engine.several.plan import Plan
from engine.stages import present_since
from graphs import edits
from graphs.language import tr

SIDE = 292
TOLD = 3  # problems that are written out


class SeveralWindow(QWidget):
    """Plans, starts, shows, stops several runs. Esc closes it; runs go on without it."""

    def __init__(self, model: GraphModel, feed: Feed, runs: SeveralRuns, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.model, self.feed, self.runs = model, feed, runs
        self.setWindowTitle(tr("Several runs"))
        self.progress = SeveralProgress(ended=runs.ended, going=runs.going)
        self._sight = Sight(Feed(parent=self))
        self._sight.feed.run = RunInfo()
        self.form = SeveralForm(model)
        self.start, self.stop = QPushButton(tr("Train all")), QPushButton(tr("Stop"))
        self.compare, self.save = QPushButton(tr("Add to Compare")), QPushButton(tr("Save…"))
        self.count = Words(role="quiet", px=12, wrap=True)
        self.told = Words(role="error", px=12, wrap=True)
        self.came = Words(px=12, wrap=True)
        self.bar = QProgressBar()
        self.pictures = MultiplesCard(self.progress)
        self.cards: tuple[Card, ...] = (BundleCard(self.progress), StripCard(self.progress), self.pictures)
        self._due: list[Card] = []
        self._turn = QTimer(self, singleShot=True, interval=0)  # one card a turn, so that clicks get between
        self._turn.timeout.connect(self._draw_next)
        self._lay_out()
        self._connect()
        self.resize(1180, 720)
        self.show_runs()

    @classmethod
    def open_over(cls, owner: QWidget, model: GraphModel, feed: Feed, runs: SeveralRuns) -> SeveralWindow:
        """The owner's one window of several runs, in front, with what the document says about them."""
        window = owner.findChild(cls, options=Qt.FindChildOption.FindDirectChildrenOnly)
        if window is None:
            window = cls(model, feed, runs, owner)
            window.open_plan()
        window.show()
        window.raise_()
        window.activateWindow()
        return window

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._side())
        views = QGridLayout()
        views.setContentsMargins(12, 12, 12, 12)
        views.setSpacing(8)
        for card, place in zip(self.cards, ((0, 0, 1, 1), (0, 1, 1, 1), (1, 0, 1, 2)), strict=True):
            views.addWidget(card, *place)
            card.expand_button.hide()
        views.setColumnStretch(0, 3)
        views.setColumnStretch(1, 2)
        views.setRowStretch(0, 5)
        views.setRowStretch(1, 4)
        row.addLayout(views, 1)

    def _side(self) -> QWidget:
        side = Surface("panel", edges="right")
        side.setFixedWidth(SIDE)
        column = QVBoxLayout(side)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(10)
        column.addWidget(Words(tr("Train several…").rstrip("…"), px=14, weight=600))
        column.addWidget(self.form)
        column.addWidget(self.count)
        for pair in ((self.start, self.stop), (self.compare, self.save)):
            line = QHBoxLayout()
            line.setSpacing(8)
            for button in pair:
                line.addWidget(button, 1)
            column.addLayout(line)
        self.start.setProperty("primary", True)
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(4)
        for part in (self.bar, self.told, self.came):
            column.addWidget(part)
        column.addStretch(1)
        return side

    def _connect(self) -> None:
        self.form.edited.connect(self._show_plan)
        self.start.clicked.connect(self.train)
        self.stop.clicked.connect(self.runs.stop)
        self.compare.clicked.connect(self.add_to_compare)
        self.save.clicked.connect(self._ask_and_save)
        self.runs.moved.connect(self.show_runs)
        self.runs.finished.connect(self._finished)
        self.runs.saved.connect(self.came.setText)
        self.model.checked_changed.connect(self._graph_changed)
        self.model.selection_changed.connect(self._graph_changed)
        self.model.replaced.connect(self.open_plan)
        theme.events().changed.connect(self.update)

    # what the user does

    def open_plan(self) -> None:
        """Shows what the document says about several runs."""
        try:
            plan = Plan.from_json(self.model.document.several)
        except WrongOverride as error:
            plan = Plan()
            self.told.setText(str(error))
        self.form.show_plan(plan)

    def train(self) -> None:
        """Begins; the plan becomes a part of the document, and can be undone."""
        self.form.commit()
        if self.runs.busy or not self._show_plan():
            return
        plan = self.form.plan()
        self.model.apply(tr("Plan several runs"), edits.set_several(self.model.document, plan.to_json()))
        self.told.setText("")
        self.came.setText("")
        self.runs.start(plan, self.model.document, self.model.catalog, self.model.folder)
        self.start.setEnabled(False)
        self.show_runs()

    def add_to_compare(self) -> None:
        """Puts a run of each point (of one point: all seeds) beside the earlier ones in the live views."""
        points = self.progress.points()
        chosen = [(words, point.ended[0]) for words, point in zip(point_words(points), points, strict=True)
                  if point.ended] if len(points) > 1 else \
            [(variant.title, self.runs.ended[variant.number]) for variant in self.progress.variants
             if variant.number in self.runs.ended]
        past = [PastRun(words, one.history, present_since(one.info.stages) if one.info else 0.0)
                for words, one in chosen if len(one.history)]
        self.feed.past = [*self.feed.past, *past][-KEPT_RUNS:]
        self.feed.moved.emit()

    def _ask_and_save(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, tr("Save the runs in a folder"))
        if folder:
            self.runs.save(Path(folder))

    # what is shown

    def _graph_changed(self, *_: object) -> None:
        if self.isVisible():
            self.form.refresh()
            self._show_plan()

    def _show_plan(self) -> bool:
        """Says how many runs that is, or why it cannot be done; whether it can."""
        words, role, fine = "", "quiet", True
        try:
            plan = self.form.plan()
            plan.insist()
            plan.variants(self.model.document, self.model.catalog) if plan.runs <= 100 else None
            words = tr("{count} runs, each in a process of its own", count=f"{plan.runs:,}")
        except WrongOverride as error:
            words, role, fine = str(error), "hint" if self.form.plan_is_empty() else "error", False
        if fine and (self.model.checked.errors or not self.model.document.nodes):
            words, role, fine = tr("The graph has problems: cure them first."), "error", False
        self.count.setText(words)
        self.count.set_role(role)
        self.start.setEnabled(fine and not self.runs.busy)
        return fine

    def show_runs(self) -> None:
        """Draws what is known of the runs."""
        self.progress.variants = self.runs.runs.variants if self.runs.runs else ()
        if self.isVisible():
            self._due = [*self.cards]
            self._turn.start()
        total, done = len(self.progress.variants), len(self.runs.ended)
        self.bar.setVisible(self.runs.busy)
        if (done, max(1, total)) != (self.bar.value(), self.bar.maximum()):
            self.bar.setRange(0, max(1, total))
            self.bar.setValue(done)
        self.stop.setEnabled(self.runs.busy)
        for button in (self.compare, self.save):
            button.setEnabled(bool(done) and not self.runs.busy)
        if total and self.runs.busy:
            self.came.setText(tr("{done} of {total}", done=done, total=total))
        self._tell_failures()

    @property
    def settled(self) -> bool:
        """Whether all that is known is drawn."""
        return not self._due

    def _draw_next(self) -> None:
        if not self._due or not self.isVisible():
            self._due = []
            return
        card = self._due.pop(0)
        card.refresh(self._sight)
        if card is self.pictures and self.pictures.waiting:
            self._due.append(card)
        if self._due:
            self._turn.start()

    def _tell_failures(self) -> None:
        failed = self.progress.failed
        lines = [f"{self.progress.variants[one.number].title}: {one.problem}" for one in failed[:TOLD]]
        if len(failed) > TOLD:
            lines.append(tr("and {count} more", count=len(failed) - TOLD))
        if lines:
            self.told.setText("\n".join(lines))

    def _finished(self, problem: str) -> None:
        if problem:
            self.told.setText(problem)
        stopped = sum(one.reason == "stopped" for one in self.runs.ended.values())
        words = tr("Stopped: {count} runs did not come to their end.", count=stopped) if stopped else \
            tr("All {count} runs have ended.", count=len(self.runs.ended))
        self.came.setText("\n".join(["" if problem else words, *committee_words(self.runs.committee)]).strip())
        self.show_runs()
        self._show_plan()

    # Qt

    def showEvent(self, event: object) -> None:
        super().showEvent(event)  # type: ignore[arg-type]
        self.form.refresh()
        self._show_plan()
        self.show_runs()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        QPainter(self).fillRect(self.rect(), theme.tokens().window)

    def minimumSizeHint(self) -> QSize:
        return QSize(860, 520)


def committee_words(figures: Mapping[str, float]) -> list[str]:
    """What a committee came to: its own figure beside that of its members, and its variance beside the formula's."""
    part = next((part for part in ("test", "validation", "train") if f"{part}_mean_variance" in figures), "")
    if not part:
        return []
    name = "accuracy" if f"{part}_accuracy" in figures else "mean_squared_error"
    told = tr("Committee: accuracy {own}, of a member {member}") if name == "accuracy" else \
        tr("Committee: mean squared error {own}, of a member {member}")
    numbers = {key: short(figures[f"{part}_{key}"]) for key in ("mean_variance", "variance_share", "covariance_share")}
    return [told.format(own=short(figures[f"{part}_{name}"]), member=short(figures[f"{part}_member_{name}"])),
            tr("Variance of the mean {mean_variance} = {variance_share} (σ²/M) + {covariance_share} (covariances)",
               **numbers)]
