"""The line at the bottom: problems and saved state at the left, cost of watching, parameters, threads at the right."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QWidget

from app import icons, theme
from app.panels.controls import Surface, Words
from app.panels.problems import SIGNS, count_words, worst
from graphs.language import tr
from graphs.problems import Problem

HEIGHT = 24


class ProblemCount(QAbstractButton):
    """How many problems there are; opens the list."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sign, self._token = "check", "ok"
        self.setFont(theme.font(12, 500))
        self.setFixedHeight(HEIGHT)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setToolTip(tr("Show all problems (Ctrl+Shift+M)"))
        self.show_problems(())

    def show_problems(self, problems: Sequence[Problem]) -> None:
        """Shows the number and the sign of the worst."""
        heaviest = worst(problems)
        self._sign, self._token = SIGNS[heaviest] if heaviest else ("check", "ok")
        self.setText(count_words(problems) or tr("No problems"))
        self.setAccessibleName(self.text())
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance(self.text()) + 34, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        colors, painter = theme.tokens(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.underMouse() or self.hasFocus():
            painter.setPen(QPen(colors.accent, 1) if self.hasFocus() else Qt.PenStyle.NoPen)
            painter.setBrush(colors.hover)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 2.5, -0.5, -2.5), 4, 4)
        icons.paint(painter, self._sign, getattr(colors, self._token), QRectF(5, 5, 14, 14))
        painter.setFont(self.font())
        painter.setPen(colors.text)
        painter.drawText(self.rect().adjusted(25, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, self.text())


class StatusBar(Surface):
    """Shows what it is told."""

    problems_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("panel", edges="top", parent=parent)
        self.setFixedHeight(HEIGHT + 1)
        self.problems = ProblemCount()
        self.saved, self.watching, self.parameters, self.threads = (Words(px=12, role="quiet") for _ in range(4))
        self.watching.setToolTip(tr("How much of the training's time the live views take; at most 5 %"))
        row = QHBoxLayout(self)
        row.setContentsMargins(11, 1, 16, 0)
        row.setSpacing(20)
        row.addWidget(self.problems)
        row.addWidget(self.saved)
        row.addStretch(1)
        for words in (self.watching, self.parameters, self.threads):
            row.addWidget(words)
        self.problems.clicked.connect(self.problems_clicked)

    def show_watching(self, share: float | None) -> None:
        """The cost of watching as a share of the training's time; None while nothing runs."""
        words = "" if share is None else tr("Watching costs {share} of 5 %", share=f"{share * 100:.1f} %")
        self._show(self.watching, words)

    def show_network(self, parameters: int, size: int, threads: int) -> None:
        """Parameters and memory of the compiled network; 0 parameters: none."""
        words = tr("{count} parameters · {size}", count=f"{parameters:,}", size=byte_words(size)) if parameters else ""
        self._show(self.parameters, words)
        unit = tr("1 thread") if threads == 1 else tr("{count} threads", count=threads)
        self._show(self.threads, f"float32 · {unit}" if parameters else "")

    def show_saved(self, words: str) -> None:
        self._show(self.saved, words)

    def _show(self, label: Words, words: str) -> None:
        if label.text() != words:
            label.setText(words)
        label.setVisible(bool(words))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.threads.setVisible(self.width() >= 900 and bool(self.threads.text()))


def byte_words(size: int) -> str:
    """`1.2 MB`."""
    amount = float(size)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000 or unit == "GB":
            break
        amount /= 1000
    return f"{amount:.0f} {unit}" if unit in ("B", "kB") else f"{amount:.1f} {unit}"
