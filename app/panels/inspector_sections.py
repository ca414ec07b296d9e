"""The inspector's sections: parameters, training, shapes, meaning, lesson. Each edits what it shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from app.graph_model import GraphModel
from app.panels.controls import Link, Words
from app.panels.editors import Surroundings
from app.panels.form import Form
from app.panels.rate_sketch import RateSketch
from app.panels.sections import PortRow, Section, clear
from app.panels.table_columns import columns_of
from engine.optimizers import OPTIMIZERS
from graphs import edits
from graphs.document import Document, Node
from graphs.language import pick, tr
from graphs.problems import Problem
from graphs.spec import NodeType, Parameters, field_extra


def by_parameter(problems: Sequence[Problem]) -> dict[str, list[Problem]]:
    """Problems under the name of the parameter that they point at."""
    found: dict[str, list[Problem]] = {}
    for problem in problems:
        found.setdefault(problem.place.parameter, []).append(problem)
    return found


def label_of(parameters: type[Parameters], name: str) -> str:
    """What users call a parameter."""
    info = parameters.model_fields.get(name)
    return tr(info.title) if info is not None and info.title else name


class ParametersSection(Section):
    """The form of the selected nodes, when they are of one type. An edit changes all of them."""

    cured = Signal(object)  # Cure
    drawing_requested = Signal(str)  # node id

    def __init__(self, model: GraphModel, bring: Callable[[Path], str], parent: QWidget | None = None) -> None:
        super().__init__(tr("Parameters"), parent)
        self.model, self.form = model, None
        self._kind: type[NodeType] | None = None
        self._ids: tuple[str, ...] = ()
        self._around = Surroundings(lambda: model.folder, bring, self._columns, draw=self._draw, nodes=self._nodes,
                                    size=self._size)

    form: Form | None

    def show_nodes(self, nodes: Sequence[Node], kind: type[NodeType] | None) -> None:
        """Shows the parameters of these nodes; hides when there is nothing to set."""
        has_fields = kind is not None and bool(kind.model_fields) and bool(nodes)
        self.setVisible(has_fields)
        ids = tuple(node.id for node in nodes) if has_fields else ()
        if self.form and (kind, ids) != (self._kind, self._ids):
            self.form.commit()  # what is half typed belongs to the nodes that were shown till now
        if (kind, ids) != (self._kind, self._ids):
            self._kind, self._ids = kind, ids
            self.form = Form(kind, self._around) if kind is not None and has_fields else None
            self.replace_content(self.form)
            if self.form:
                self.form.edited.connect(self._edit)
                self.form.reset.connect(self._reset)
                self.form.cured.connect(self.cured)
        if self.form:
            self.form.show_values(nodes[0].parameters, by_parameter(self.model.checked.of(nodes[0].id)))

    def _columns(self) -> Sequence[str]:
        """Column names that the selected table offers."""
        instance = self.model.checked.types.get(self._ids[0]) if self._ids else None
        return columns_of(instance, self.model.folder) if instance else ()

    def _size(self, name: str) -> tuple[int, int] | None:
        """Rows and columns of a table of numbers in the first selected node."""
        node, checked = self._ids[0] if self._ids else "", self.model.checked
        kind = checked.types.get(node)
        if kind is None:
            return None
        known = {port.name: checked.inputs.get((node, port.name)) for port in kind.inputs}
        return kind.table_size(name, {port: shape for port, shape in known.items() if shape is not None})

    def _draw(self) -> None:
        """The pad of the first selected node."""
        if self._ids:
            self.drawing_requested.emit(self._ids[0])

    def _nodes(self, name: str) -> dict[str, str]:
        """The nodes that a parameter of the selected node may name: of the same type, and not naming one themselves."""
        nodes, kind = self.model.document.nodes, self._kind
        return {key: node.label for key, node in nodes.items()
                if kind and self.model.catalog.get(node.type) is kind and key not in self._ids
                and not node.parameters.get(name)}  # fmt: skip

    def _edit(self, name: str, value: object) -> None:
        ids = frozenset(self._ids)

        def edit(document: Document) -> Document:
            for node in ids & document.nodes.keys():
                document = edits.set_parameter(document, node, name, value)
            return document

        what = label_of(self._kind or Parameters, name)
        merge = f"{','.join(self._ids)}.{name}"
        self.model.apply(tr("Set {what} to {value}", what=what, value=value), edit, merge=merge)

    def _reset(self, name: str) -> None:
        ids = frozenset(self._ids)

        def edit(document: Document) -> Document:
            for node in ids & document.nodes.keys():
                document = edits.reset_parameter(document, node, name)
            return document

        self.model.apply(tr("Reset {what}", what=label_of(self._kind or Parameters, name)), edit)


class TrainingSection(Section):
    """The training settings of the document: a form, or one line while it is folded."""

    cured = Signal(object)  # Cure
    stages_requested = Signal()

    def __init__(self, model: GraphModel, parent: QWidget | None = None) -> None:
        super().__init__(tr("Training"), parent)
        self.model, self.settings = model, model.catalog.training
        self.form = Form(self.settings, Surroundings())
        self.sketch = RateSketch()
        self.equation = Words("", px=12, italic=True, role="quiet", wrap=True)
        if "optimizer" in self.form.rows:
            self.form.rows["optimizer"].put_beneath(self.equation)
        if "schedule" in self.form.rows:
            self.form.rows["schedule"].put_beneath(self.sketch)
        if "pretraining" in self.form.rows:
            link = Link(tr("See the stages"))
            link.clicked.connect(self.stages_requested)
            self.form.rows["pretraining"].put_beneath(link)
        self.content.addWidget(self.form)
        self.form.edited.connect(self._edit)
        self.form.reset.connect(self._reset)
        self.form.cured.connect(self.cured)

    def show_settings(self) -> None:
        """Shows the present settings and what is wrong with them."""
        problems = [problem for problem in self.model.checked.problems if not problem.place.node]
        self.form.show_values(self.model.document.training, by_parameter(problems))
        self.sketch.show_settings(self.model.checked.training)
        rule = OPTIMIZERS.get(getattr(self.model.checked.training, "optimizer", ""))
        self.equation.setVisible(rule is not None)
        if rule is not None:
            self.equation.setText(tr(rule.equation))
            self.equation.setToolTip(tr(rule.source))
        self.header.set_words("" if self.is_open() else self.words())

    def set_open(self, is_open: bool) -> None:
        super().set_open(is_open)
        self.header.set_words("" if is_open else self.words())

    def words(self) -> str:
        """The settings in one line: `Adam · 0.003 · batch 16`."""
        parts: list[str] = []
        for name, info in self.settings.model_fields.items():
            given = self.model.document.training
            value, extra = given.get(name, self.settings.default(name, given)), field_extra(info)
            if name == "optimizer":
                parts.append(tr(extra.get("options", {}).get(value, str(value))))
            elif name == "learning_rate":
                parts.append(f"{value:g}" if isinstance(value, int | float) else str(value))
            elif name == "batches" and value != "mini":
                parts.append(tr(extra.get("options", {}).get(value, str(value))))
            elif name == "batch_size" and given.get("batches", "mini") == "mini":
                parts.append(tr("batch {size}", size=value))
        return " · ".join(parts)

    def _edit(self, name: str, value: object) -> None:
        text = tr("Set {what} to {value}", what=label_of(self.settings, name), value=value)
        self.model.apply(text, lambda doc: edits.set_training(doc, name, value), merge=f"training.{name}")

    def _reset(self, name: str) -> None:
        text = tr("Reset {what}", what=label_of(self.settings, name))
        self.model.apply(text, lambda doc: edits.reset_training(doc, name))


class ShapesSection(Section):
    """What comes in and what goes out, port by port."""

    def __init__(self, model: GraphModel, parent: QWidget | None = None) -> None:
        super().__init__(tr("Shapes"), parent)
        self.model = model
        self._shown: object = None

    def show_node(self, node: Node, kind: type[NodeType]) -> None:
        document, checked = self.model.document, self.model.checked
        given = [(port, checked.inputs.get((node.id, port.name)), document.wire_into(node.id, port.name) is not None)
                 for port in kind.inputs]  # fmt: skip
        wired = {wire.output for wire in document.out_of(node.id)}
        made = [(port, checked.outputs.get((node.id, port.name)), port.name in wired) for port in kind.outputs]
        if self._shown == (given, made):
            return
        self._shown = (given, made)
        clear(self.content)
        for port, shape, is_wired in (*given, *made):
            row = PortRow(shape.kind if shape else port.kind, port.name, str(shape) if shape else "–",
                          wired=is_wired, help=tr(port.help))  # fmt: skip
            self.content.addWidget(row)


class MeaningSection(Section):
    """What a node type does: its description, equation and source."""

    lesson_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("What it does"), parent)
        self._shown: object = None

    def show_kind(self, kind: type[NodeType], *, equation: bool, lesson: bool) -> None:
        """`equation`: the head has no room for it, so it stands here. `lesson`: the document has one to open."""
        if self._shown == (kind, equation, lesson):
            return
        self._shown = (kind, equation, lesson)
        clear(self.content)
        self.content.addWidget(Words(tr(kind.described()).replace("`", ""), role="quiet", wrap=True))
        if equation and kind.equation:
            self.content.addWidget(Words(tr(kind.equation), px=12, italic=True, role="quiet", wrap=True))
        if kind.source:
            self.content.addWidget(Words(tr(kind.source), px=11, role="hint", wrap=True))
        if lesson:
            link = Link(tr("Open the lesson"))
            link.clicked.connect(self.lesson_requested)
            self.content.addWidget(link, 0, Qt.AlignmentFlag.AlignLeft)


class LessonSection(Section):
    """What the document teaches, in its own words."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Lesson"), parent)
        self._shown: object = None

    def show_document(self, document: Document) -> None:
        """Hides when the document has no lesson."""
        self.setVisible(bool(document.lesson))
        words = (pick(document.lesson), document.source)
        if self._shown == words:
            return
        self._shown = words
        clear(self.content)
        self.content.addWidget(Words(words[0], role="quiet", wrap=True))
        if document.source:
            self.content.addWidget(Words(tr(document.source), px=11, role="hint", wrap=True))
