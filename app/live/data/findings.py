"""What was found in the data, one line each, with the button that cures it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from app import icons, theme
from graphs.problems import Problem, Severity

SIGNS = {Severity.ERROR: ("error", "error"), Severity.WARNING: ("warning", "warn"), Severity.NOTE: ("info", "info")}


class FoundLine(QWidget):
    """One problem: its sign, its sentence, its cures. Why it matters is in the tooltip."""

    cured = Signal(object)  # Cure

    def __init__(self, problem: Problem, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.problem = problem
        row = QHBoxLayout(self)
        row.setContentsMargins(36, 4, 8, 4)
        row.setSpacing(8)
        words = QLabel(problem.text)
        words.setTextFormat(Qt.TextFormat.PlainText)
        words.setWordWrap(True)
        words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        row.addWidget(words, 1)
        for cure in problem.cures:
            button = QPushButton(cure.text.replace("&", "&&"))
            button.clicked.connect(lambda _=False, cure=cure: self.cured.emit(cure))
            row.addWidget(button)
        self.setToolTip(problem.why)
        self.setMinimumHeight(36)

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter, colors = QPainter(self), theme.tokens()
        sign, token = SIGNS[self.problem.severity]
        ink = getattr(colors, token)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.mix(colors.panel, ink, 0.12))
        painter.drawRoundedRect(QRectF(self.rect()), 6, 6)
        icons.paint(painter, sign, ink, QRectF(12, (self.height() - 16) / 2, 16, 16))


class Findings(QWidget):
    """The lines; gone where nothing was found."""

    cured = Signal(object)  # Cure

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(4)
        self.shown: tuple[Problem, ...] = ()
        self.hide()

    def show_problems(self, problems: Sequence[Problem]) -> None:
        """Other lines."""
        self.setVisible(bool(problems))
        if tuple(problems) == self.shown:
            return
        self.shown = tuple(problems)
        while (item := self.column.takeAt(0)) is not None:
            if item.widget() is not None:
                item.widget().deleteLater()
        for problem in problems:
            line = FoundLine(problem)
            line.cured.connect(self.cured)
            self.column.addWidget(line)

    def lines(self) -> list[FoundLine]:
        """From top to bottom."""
        found = (self.column.itemAt(place).widget() for place in range(self.column.count()))
        return [line for line in found if isinstance(line, FoundLine)]


