"""The plan of a run's stages: what trains when and how, as rows that are chosen, edited, moved, added and removed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.graph_model import GraphModel
from app.panels.controls import IconButton, Surface, Words
from app.panels.editors import Surroundings, TextField
from app.panels.form import Form, Trouble
from app.panels.scrolling_column import ScrollingColumn
from app.panels.stage_rows import Course, StageList, StageWords, TrainsField, labelled
from engine.nodes.learning import Learner
from engine.optimizers import OPTIMIZERS
from engine.settings import TrainingSettings
from graphs import edits, stages
from graphs.document import Document
from graphs.language import tr
from graphs.problems import Cure, Problem

WIDTH = 328


class StagePanel(Surface):
    """Shows the plan of a model's document and edits it; every edit is one undoable step."""

    left = Signal()

    def __init__(self, model: GraphModel, parent: QWidget | None = None) -> None:
        super().__init__("panel", edges="left", parent=parent)
        self.model, self.place = model, 0
        self.course: Sequence[Course] = ()  # where the run is, stage by stage
        self._troubles: tuple[Problem, ...] = ()
        self.setMinimumWidth(WIDTH)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Stages"))
        self.close_button = IconButton("close", tr("Leave (Esc)"), side=24)
        self.told = Words(role="hint", px=12, wrap=True)
        self.list = StageList()
        self.derive = QPushButton(tr("Read from the graph"))
        self.drop = QPushButton(tr("No stages"))
        self.add = IconButton("plus", tr("Add a stage"), side=28)
        self.up, self.down = IconButton("up", tr("Earlier (Alt+Up)"), side=28), IconButton("down", tr("Later (Alt+Down)"), side=28)
        self.remove = IconButton("delete", tr("Remove the stage (Del)"), side=28)
        self.title, self.trains = TextField(), TrainsField()
        self.form = Form(TrainingSettings, Surroundings(), without=stages.RUN_WIDE)
        self.troubles, self.editor = QWidget(), QWidget()
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        head, tools, ways = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        head.addWidget(Words(tr("Stages"), px=14, weight=600), 1)
        head.addWidget(self.close_button)
        for button in (self.add, self.up, self.down, self.remove):
            tools.addWidget(button)
        tools.addStretch(1)
        ways.addWidget(self.derive)
        ways.addWidget(self.drop)
        ways.addStretch(1)
        inner = QVBoxLayout(self.editor)
        inner.setContentsMargins(0, 4, 0, 0)
        inner.setSpacing(8)
        self.title.setAccessibleName(tr("Title"))
        inner.addLayout(labelled(Words(tr("Title"), px=12, role="quiet"), self.title))
        inner.addLayout(labelled(Words(tr("Trains"), px=12, role="quiet"), self.trains))
        inner.addWidget(self.form)
        trouble = QVBoxLayout(self.troubles)
        trouble.setContentsMargins(0, 0, 0, 0)
        self.scroll = ScrollingColumn(self, top=12, spacing=8)
        column = self.scroll.column
        column.addLayout(head)
        column.addWidget(self.told)
        column.addLayout(ways)
        column.addWidget(self.troubles)
        column.addWidget(self.list)
        column.addLayout(tools)
        column.addWidget(self.editor)
        column.addStretch(1)

    def _connect(self) -> None:
        self.close_button.clicked.connect(self.left)
        self.list.chosen.connect(self.choose)
        self.list.moved.connect(self._move)
        self.list.removed.connect(self._remove)
        self.add.clicked.connect(self._add)
        self.up.clicked.connect(lambda: self._move(self.place, self.place - 1))
        self.down.clicked.connect(lambda: self._move(self.place, self.place + 1))
        self.remove.clicked.connect(lambda: self._remove(self.place))
        self.derive.clicked.connect(lambda: self._apply(tr("Read the stages from the graph"), stages.derive))
        self.drop.clicked.connect(self._drop)
        self.title.edited.connect(lambda text: self._set("title", text) if text else self._reset("title"))
        self.trains.edited.connect(lambda names: self._set("trains", names) if names else self._reset("trains"))
        self.form.edited.connect(self._set)
        self.form.reset.connect(self._reset)
        self.form.cured.connect(self._cure)
        self.model.checked_changed.connect(self.refresh)

    # what is shown

    @property
    def plan(self) -> stages.Plan:
        return stages.plan(self.model.checked)

    def titles(self) -> list[str]:
        """What the stages are called."""
        plan = self.plan
        return [stages.title(self.model.document, plan, place) for place in range(len(plan))]

    def refresh(self, *_: object) -> None:
        """Shows the plan as the document has it now."""
        if not self.isVisible():
            return
        plan, document = self.plan, self.model.document
        self.place = max(0, min(self.place, len(plan) - 1))
        own = bool(document.training.get("stages"))
        derived = stages.derived(document, self.model.checked.readings)
        self.told.setText(
            tr("One after the other. A stage changes only what it trains: all below is frozen and computed once.") if own else
            tr("Read from the graph, from the bottom to the top. What you change here becomes a plan of its own.") if plan else
            tr("No stages: the run trains everything at once."))
        self.derive.setVisible(bool(derived) and (own or not plan))
        self.drop.setVisible(bool(plan))
        self.list.show_rows([self._words(plan, place) for place in range(len(plan))], self.place)
        for button, on in ((self.up, self.place > 0), (self.down, self.place < len(plan) - 1), (self.remove, bool(plan))):
            button.setEnabled(on and len(plan) > 0)
        self.editor.setVisible(bool(plan))
        self._show_troubles()
        if plan:
            self._show_stage(plan[self.place])

    def _show_stage(self, stage: stages.Stage) -> None:
        given = self.model.document.training
        own = {name: value for name, value in stage.items() if name not in stages.OWN}
        self.title.setPlaceholderText(stages.title(self.model.document, [{**one, "title": ""} for one in self.plan], self.place))
        self.title.show_value(stage.get("title", ""))
        self.trains.show_names(stages.names_of(stage), self.offers())
        self.form.show_values(own, {}, {name: value for name, value in stages.settings_given(given, stage, TrainingSettings).items()
                                        if name not in own})

    def offers(self) -> Mapping[str, str]:
        """All that can be named in a stage: nodes with weights, and the pairs of layers of deep autoencoders."""
        found, document = {}, self.model.document
        for node in self.model.checked.order:
            kind = self.model.checked.types.get(node)
            if not isinstance(kind, Learner) or document.nodes[node].bypassed:
                continue
            found[node] = document.nodes[node].label
            for part in range(1, kind.parts + 1):
                found[f"{node}/{part}"] = tr("{node}, layer {layer}", node=document.nodes[node].label, layer=part)
        return found

    def _words(self, plan: stages.Plan, place: int) -> StageWords:
        course = self.course[place] if place < len(self.course) else ""
        wrong = any(tr("Stage {number}: {why}", number=place + 1, why="") in problem.text for problem in self._problems())
        return StageWords(stages.title(self.model.document, plan, place), summary(self.model.document, plan[place]), course, wrong)

    def _problems(self) -> list[Problem]:
        return [problem for problem in self.model.checked.problems
                if not problem.place.node and problem.place.parameter in ("stages", "pretraining")]

    def _show_troubles(self) -> None:
        problems = tuple(self._problems())
        if problems == self._troubles:
            return
        self._troubles, column = problems, self.troubles.layout()
        while column.count():
            column.takeAt(0).widget().deleteLater()
        for problem in problems:
            trouble = Trouble(problem)
            trouble.cured.connect(self._cure)
            column.addWidget(trouble)

    def show_course(self, course: Sequence[Course]) -> None:
        """Where the run is with each stage."""
        if tuple(course) != tuple(self.course):
            self.course = tuple(course)
            self.refresh()

    def showEvent(self, event: object) -> None:
        super().showEvent(event)  # type: ignore[arg-type]
        self.refresh()

    # what the user does

    def choose(self, place: int) -> None:
        """Shows another stage's settings."""
        self.form.commit()
        self.place = place
        self.refresh()

    def _apply(self, text: str, edit: Callable[[Document], Document], merge: str | None = None) -> None:
        self.model.apply(text, edit, merge=merge)

    def _set(self, name: str, value: Any) -> None:
        plan, place = self.plan, self.place
        self._apply(tr("Change a stage"), lambda document: stages.set_field(document, plan, place, name, value),
                    f"stage.{place}.{name}")

    def _reset(self, name: str) -> None:
        plan, place = self.plan, self.place
        self._apply(tr("Change a stage"), lambda document: stages.reset_field(document, plan, place, name))

    def _move(self, place: int, to: int) -> None:
        plan = self.plan
        if 0 <= to < len(plan):
            self.place = to
            self._apply(tr("Move a stage"), lambda document: stages.move(document, plan, place, to))

    def _add(self) -> None:
        plan = self.plan
        self.place = min(self.place + 1, len(plan)) if plan else 0
        place = self.place
        self._apply(tr("Add a stage"), lambda document: stages.insert(document, plan, place, {"epochs": stages.FEW_EPOCHS}))

    def _remove(self, place: int) -> None:
        plan = self.plan
        if len(plan) == 1:
            self._drop()
        elif plan:
            self._apply(tr("Remove a stage"), lambda document: stages.remove(document, plan, place))

    def _drop(self) -> None:
        """No plan at all, neither an own one nor one that is read from the graph."""
        self._apply(tr("Train without stages"),
                    lambda document: edits.reset_training(stages.write(document, ()), "pretraining"))

    def _cure(self, cure: Cure) -> None:
        self.model.cure(cure)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)


def summary(document: Document, stage: stages.Stage) -> str:
    """How a stage trains, in one line: `30 epochs · Adam · 0.003 · stops early`."""
    given = stages.settings_given(document.training, stage, TrainingSettings)

    def value(name: str) -> Any:
        return given.get(name, TrainingSettings.default(name, given))

    epochs, rule = value("epochs"), OPTIMIZERS.get(str(value("optimizer")))
    words = [tr("without end") if epochs == 0 else tr("{count} epochs", count=epochs), tr(rule.title) if rule else "",
             f"{value('learning_rate'):g}" if isinstance(value("learning_rate"), int | float) else ""]
    return " · ".join([*filter(None, words), *([tr("stops early")] if value("early_stopping") is True else [])])
