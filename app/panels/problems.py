"""The list of problems: each with its place, a sentence, and its cures as buttons."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from app import theme
from app.graph_model import GraphModel
from app.panels.controls import CureButton, IconButton, IconLabel, Words, in_lines
from app.panels.sections import clear
from graphs.checks import Checked
from graphs.language import tr
from graphs.problems import Cure, Problem, Severity

MOST_SHOWN = 200
CURES_ROOM = 376  # pixels beside the sign
SIGNS = {
    Severity.ERROR: ("error", "error"),
    Severity.WARNING: ("warning", "warn"),
    Severity.NOTE: ("info", "info"),
}


class ProblemRow(QWidget):
    """One problem. A click selects where it is; a cure's button does what it says."""

    selected = Signal(object)  # Problem
    cured = Signal(object)  # Cure

    def __init__(self, problem: Problem, place: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.problem = problem
        sign, token = SIGNS[problem.severity]
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setAccessibleName(f"{severity_words(problem.severity)}: {problem.text}")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 12, 8)
        row.setSpacing(10)
        row.addWidget(IconLabel(sign, token), 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(Words(problem.text, weight=500, wrap=True))
        if place:
            words.addWidget(Words(place, px=12, role="hint", wrap=True))
        if problem.why:
            words.addWidget(Words(problem.why, px=12, role="quiet", wrap=True))
        if problem.cures:
            weight = "error" if problem.severity is Severity.ERROR else "warn"
            buttons = []
            for cure in problem.cures:
                buttons.append(CureButton(cure.text, weight))
                buttons[-1].clicked.connect(lambda _=False, cure=cure: self.cured.emit(cure))
            cures = in_lines(buttons, CURES_ROOM)
            cures.setContentsMargins(0, 4, 0, 0)
            words.addLayout(cures)
        row.addLayout(words, 1)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.selected.emit(self.problem)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.selected.emit(self.problem)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.underMouse() or self.hasFocus():
            painter, colors = QPainter(self), theme.tokens()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(colors.accent, 1) if self.hasFocus() else Qt.PenStyle.NoPen)
            painter.setBrush(colors.hover)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(4.5, 0.5, -4.5, -0.5), 6, 6)


class ProblemList(QWidget):
    """All problems of the graph, worst first, as a card that floats above the status bar."""

    closed = Signal()
    node_wanted = Signal(str)

    def __init__(self, model: GraphModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = model
        self._shown: tuple[Problem, ...] | None = None
        self.title = Words(weight=600)
        close = IconButton("close", tr("Close"), side=24)
        close.clicked.connect(self.closed)
        head = QHBoxLayout()
        head.setContentsMargins(16, 10, 10, 6)
        head.addWidget(self.title, 1)
        head.addWidget(close)
        inside = QWidget()
        self.rows = QVBoxLayout(inside)
        self.rows.setContentsMargins(0, 0, 0, 8)
        self.rows.setSpacing(2)
        self.scroll = QScrollArea()
        self.scroll.setFrameShape(QFrame.Shape.NoFrame)
        self.scroll.setWidgetResizable(True)
        self.scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.scroll.setWidget(inside)
        self.scroll.viewport().setAutoFillBackground(False)
        inside.setAutoFillBackground(False)
        self.scroll.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.scroll, 1)
        model.checked_changed.connect(self.show_checked)

    def show_checked(self, checked: Checked) -> None:
        """Shows the problems of a checked document. While it is hidden the list only notes that it is out of date."""
        if not self.isVisible() or checked.problems == self._shown:
            return
        self._shown = checked.problems
        clear(self.rows)
        self.title.setText(count_words(checked.problems) or tr("No problems"))
        for problem in checked.problems[:MOST_SHOWN]:
            row = ProblemRow(problem, self._place(problem))
            row.selected.connect(self._select)
            row.cured.connect(self._cure)
            self.rows.addWidget(row)
            row.show()  # at once, so that the card knows its height
        self.rows.addStretch(1)
        self.updateGeometry()

    def showEvent(self, event: QShowEvent) -> None:
        self.show_checked(self.model.checked)
        super().showEvent(event)

    def problem_rows(self) -> list[ProblemRow]:
        """The rows from top to bottom."""
        widgets = (self.rows.itemAt(i).widget() for i in range(self.rows.count()))
        return [widget for widget in widgets if isinstance(widget, ProblemRow)]

    def wanted_height(self) -> int:
        """How tall the card would like to be."""
        inside = self.scroll.widget()
        return 48 + inside.layout().totalHeightForWidth(max(self.width() - 12, 200)) if inside else 48

    def _place(self, problem: Problem) -> str:
        place, nodes = problem.place, self.model.document.nodes
        label = nodes[place.node].label if place.node in nodes else place.node
        if place.wire:
            return str(place.wire)
        return " · ".join(part for part in (label, place.port or place.parameter) if part)

    def _select(self, problem: Problem) -> None:
        nodes = {place.node for place in problem.places if place.node}
        nodes |= {place.wire.target for place in problem.places if place.wire}
        self.model.select(nodes)
        if nodes:
            self.node_wanted.emit(problem.place.node or next(iter(nodes)))

    def _cure(self, cure: Cure) -> None:
        self.model.cure(cure)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.MouseButtonPress:
            event.accept()  # a click beside the rows must not reach the canvas below
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colors = QPainter(self), theme.tokens()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colors.line2, 1))
        painter.setBrush(colors.raised)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)


def severity_words(severity: Severity) -> str:
    """What a screen reader says for the sign."""
    return {Severity.ERROR: tr("Error"), Severity.WARNING: tr("Warning"), Severity.NOTE: tr("Note")}[severity]


def count_words(problems: Sequence[Problem]) -> str:
    """`2 problems, 1 note`; empty when there is none."""
    notes = sum(problem.severity is Severity.NOTE for problem in problems)
    rest = len(problems) - notes
    parts = []
    if rest:
        parts.append(tr("1 problem") if rest == 1 else tr("{count} problems", count=rest))
    if notes:
        parts.append(tr("1 note") if notes == 1 else tr("{count} notes", count=notes))
    return ", ".join(parts)


def worst(problems: Sequence[Problem]) -> Severity | None:
    """The heaviest severity among the problems."""
    return min((problem.severity for problem in problems), key=list(Severity).index, default=None)
