"""The panel at the right: everything about the selected node, or about the document and its training when none is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.graph_model import GraphModel
from app.node_live import NodeLive
from app.panels.bend_section import BendSection
from app.panels.controls import Link, Surface
from app.panels.form import Trouble
from app.panels.inspector_head import InspectorHead
from app.panels.inspector_sections import (
    LessonSection,
    MeaningSection,
    ParametersSection,
    ShapesSection,
    TrainingSection,
)
from app.panels.live_numbers import LiveNumbers
from app.panels.scrolling_column import ScrollingColumn
from app.panels.sections import Section, clear
from engine.nodes.node import is_data
from graphs import edits
from graphs.document import Node
from graphs.language import pick, tr
from graphs.problems import Cure, Problem
from graphs.spec import NodeType

ROOMY = 800  # pixels of height below which the lower sections begin folded
MOST_TROUBLES = 8


class Inspector(Surface):
    """Shows the selection of a graph model and edits it; every edit is one undoable step."""

    help_requested = Signal(str)  # type name
    drawing_requested = Signal(str)  # node id
    data_requested = Signal(str)  # node id
    stages_requested = Signal()

    def __init__(
        self,
        model: GraphModel,
        *,
        title: Callable[[], str] = lambda: "",
        bring: Callable[[Path], str] = str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("panel", edges="left", parent=parent)
        self.model, self._title = model, title
        self._touched: set[Section] = set()  # sections that the user has folded or unfolded
        self._shown_troubles: tuple[Problem, ...] = ()
        self.head = InspectorHead()
        self.troubles = QWidget()
        self._troubles = QVBoxLayout(self.troubles)
        self._troubles.setContentsMargins(0, 0, 0, 8)
        self._troubles.setSpacing(4)
        self.see_data = Link(tr("See the data"))
        self.see_data.setContentsMargins(0, 0, 0, 8)
        self.see_data.setToolTip(tr("See the data (V)"))
        self.parameters = ParametersSection(model, bring)
        self.bend = BendSection()
        self.now, self.live = Section(tr("Right now")), LiveNumbers()
        self.now.content.addWidget(self.live)
        self.shapes = ShapesSection(model)
        self.meaning = MeaningSection()
        self.lesson = LessonSection()
        self.training = TrainingSection(model)
        self._lay_out()
        self._connect()
        self.refresh()

    def _lay_out(self) -> None:
        self.scroll = ScrollingColumn(self, top=0, spacing=0)
        column = self.scroll.column
        column.addWidget(self.head)
        column.addWidget(self.see_data, 0, Qt.AlignmentFlag.AlignLeft)
        for part in (self.troubles, *self.sections()):
            column.addWidget(part)
        column.addStretch(1)

    def sections(self) -> tuple[Section, ...]:
        """All sections from top to bottom."""
        return (self.parameters, self.bend, self.now, self.shapes, self.meaning, self.lesson, self.training)

    def _connect(self) -> None:
        self.model.selection_changed.connect(self.refresh)
        self.model.checked_changed.connect(self.refresh)
        self.model.replaced.connect(self.live.forget)
        self.head.renamed.connect(self._rename)
        self.head.help_requested.connect(self._ask_help)
        self.see_data.clicked.connect(self._ask_data)
        self.meaning.lesson_requested.connect(self.show_lesson)
        self.parameters.drawing_requested.connect(self.drawing_requested)
        self.training.stages_requested.connect(self.stages_requested)
        for section in (self.parameters, self.training):
            section.cured.connect(self.cure)
        for section in self.sections():
            section.toggled.connect(lambda _, section=section: self._touched.add(section))

    # what is shown

    def selected(self) -> list[Node]:
        """The selected nodes, in the order of the document."""
        return [node for key, node in self.model.document.nodes.items() if key in self.model.selection]

    def refresh(self, *_: object) -> None:
        """Shows the present selection and values."""
        nodes = self.selected()
        kinds = {self.model.catalog.get(node.type) for node in nodes}
        kind = kinds.pop() if len(kinds) == 1 else None
        if nodes:
            self._show_nodes(nodes, kind)
        else:
            self._show_document()
        self.parameters.show_nodes(nodes, kind)
        self.training.show_settings()
        self._fold()

    def _show_document(self) -> None:
        document = self.model.document
        nodes, wires = len(document.nodes), len(document.wires)
        count = " · ".join((
            tr("1 node") if nodes == 1 else tr("{count} nodes", count=nodes),
            tr("1 wire") if wires == 1 else tr("{count} wires", count=wires),
        ))
        self.see_data.hide()
        self.head.tile.show_family(None)
        self.head.show_words(pick(document.title) or self._title(), count, editable=False, help=False)
        self._show_troubles([problem for problem in self.model.checked.problems if not _has_place(problem)])
        for section in (self.bend, self.now, self.shapes, self.meaning):
            section.hide()
        self.lesson.show_document(document)

    def _show_nodes(self, nodes: Sequence[Node], kind: type[NodeType] | None) -> None:
        node, single, roomy = nodes[0], len(nodes) == 1, self.height() >= ROOMY
        self.lesson.hide()
        self.head.tile.show_family(kind.family if kind else None)
        if single:
            title, equation = (tr(kind.title), tr(kind.equation)) if kind else (node.type, "")
            self.head.show_words(title, node.label, editable=True, help=kind is not None,
                                 equation=equation if roomy else "")  # fmt: skip
        else:
            what = tr(kind.title) if kind else tr("nodes")
            names = ", ".join(other.label for other in nodes)
            self.head.show_words(f"{len(nodes)} × {what}", names, editable=False, help=kind is not None)
        self.see_data.setVisible(single and is_data(self.model.checked.types.get(node.id)))
        fields = kind.model_fields if kind else {}
        of_nodes = [problem for one in nodes for problem in self.model.checked.of(one.id)]
        self._show_troubles([problem for problem in of_nodes if problem.place.parameter not in fields])
        self.now.setVisible(single)
        self.shapes.setVisible(single and kind is not None)
        self.meaning.setVisible(kind is not None)
        self.live.show_node(node.id)
        self.bend.show_node(self.model.checked.types.get(node.id) if single else None)
        if kind:
            self.meaning.show_kind(kind, equation=not roomy, lesson=bool(self.model.document.lesson))
            self.shapes.show_node(node, kind)

    def _show_troubles(self, problems: Sequence[Problem]) -> None:
        """Problems that belong to no single field."""
        self.troubles.setVisible(bool(problems))
        if tuple(problems) == self._shown_troubles:
            return
        self._shown_troubles = tuple(problems)
        clear(self._troubles)
        for problem in problems[:MOST_TROUBLES]:
            trouble = Trouble(problem)
            trouble.cured.connect(self.cure)
            self._troubles.addWidget(trouble)

    def _fold(self) -> None:
        """Opens what fits; what the user has folded or unfolded stays as it is."""
        alone, roomy = not self.model.selection, self.height() >= ROOMY
        begin = {self.parameters: True, self.bend: True, self.now: True, self.shapes: roomy, self.meaning: roomy, self.lesson: True,
                 self.training: alone}  # fmt: skip
        for section, is_open in begin.items():
            if section not in self._touched or (section is self.training and alone):
                section.set_open(is_open)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if (event.oldSize().height() >= ROOMY) != (event.size().height() >= ROOMY):
            self.refresh()

    def show_live(self, live: Mapping[str, NodeLive]) -> None:
        """New numbers of the running training."""
        self.live.show_live(live)
        nodes = self.selected()
        if len(nodes) == 1 and not self.bend.isHidden():
            now = live.get(nodes[0].id)
            self.bend.show_given(now.bend if now else None, now.slope if now else None)

    def show_lesson(self) -> None:
        """Lays the lesson open: it belongs to the document, so nothing is selected then."""
        self.model.select(())
        self.lesson.set_open(True)
        self.scroll.ensureWidgetVisible(self.lesson)

    # what the user does

    def commit(self) -> None:
        """Takes over what is being typed anywhere in the panel."""
        self.head.name.commit()
        self.training.form.commit()
        if self.parameters.form:
            self.parameters.form.commit()

    def begin_rename(self) -> None:
        """F2."""
        self.head.begin_rename()

    def cure(self, cure: Cure) -> None:
        """Does what a cure's button says."""
        self.model.cure(cure)

    def _ask_help(self) -> None:
        nodes = self.selected()
        if nodes:
            self.help_requested.emit(nodes[0].type)

    def _ask_data(self) -> None:
        nodes = self.selected()
        if nodes:
            self.data_requested.emit(nodes[0].id)

    def _rename(self, name: str) -> None:
        nodes = self.selected()
        if len(nodes) == 1:
            node = nodes[0].id
            self.model.apply(tr("Rename {node}", node=nodes[0].label), lambda doc: edits.rename(doc, node, name))


def _has_place(problem: Problem) -> bool:
    """Whether a problem is shown at a node, a wire or a training setting, and so not for the whole graph."""
    return bool(problem.place.node or problem.place.parameter or problem.place.wire)
