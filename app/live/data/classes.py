"""How many samples each class has in each part, as bars with their numbers."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from app import theme
from app.live.data.page import Page, part_color, part_words
from app.live.end_labels import shortened
from app.live.export import Table
from engine.data.view import View
from graphs.language import tr

ROW, BAR, KEY = 30.0, 14.0, 26.0
NAMES, COUNTS = 150.0, 150.0


class ClassBars(QAbstractScrollArea):
    """A row for each class; its parts side by side in one bar."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.classes: tuple[str, ...] = ()
        self.counts = np.empty((0, 0), np.int64)
        self.part: int | None = None

    def show_counts(self, classes: tuple[str, ...], counts: np.ndarray, part: int | None) -> None:
        """Other counts, [parts, classes]."""
        self.classes, self.counts, self.part = classes, counts, part
        self._measure()

    def _measure(self) -> None:
        bar = self.verticalScrollBar()
        bar.setSingleStep(int(ROW))
        bar.setPageStep(self.viewport().height())
        bar.setRange(0, max(0, int(KEY + len(self.classes) * ROW - self.viewport().height())))
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._measure()

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter, colors = QPainter(self.viewport()), theme.tokens()
        painter.fillRect(self.viewport().rect(), colors.panel)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self.counts.size:
            return
        parts = list(range(len(self.counts))) if self.part is None else [self.part]
        top = float(self.counts[parts].sum(axis=0).max()) or 1.0
        width = max(40.0, self.viewport().width() - NAMES - COUNTS)
        self._paint_key(painter, parts)
        for place, name in enumerate(self.classes):
            y = KEY + place * ROW - self.verticalScrollBar().value()
            if y < KEY - ROW or y > self.viewport().height():
                continue
            painter.setFont(theme.font(12, 500))
            painter.setPen(colors.text)
            painter.drawText(QRectF(0, y, NAMES - 12, ROW), Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
                             shortened(painter.fontMetrics(), name, int(NAMES - 16)))
            x = NAMES
            for part in parts:
                length = self.counts[part, place] / top * width
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(part_color(part))
                painter.drawRect(QRectF(x, y + (ROW - BAR) / 2, max(0.0, length - 1), BAR))
                x += length
            painter.setFont(theme.font(12))
            painter.setPen(colors.text2)
            words = " + ".join(f"{self.counts[part, place]:,}" for part in parts)
            painter.drawText(QRectF(x + 8, y, COUNTS, ROW), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
                             words)

    def _paint_key(self, painter: QPainter, parts: list[int]) -> None:
        """Which colour is which part, with how many samples it has."""
        colors, x = theme.tokens(), NAMES
        painter.fillRect(QRectF(0, 0, self.viewport().width(), KEY), colors.panel)
        painter.setFont(theme.font(11))
        for part in parts:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(part_color(part))
            painter.drawRoundedRect(QRectF(x, 6, 10, 10), 2, 2)
            words = f"{part_words(part)} {int(self.counts[part].sum()):,}"
            painter.setPen(colors.text2)
            painter.drawText(QRectF(x + 16, 0, 220, 22), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, words)
            x += 16 + painter.fontMetrics().horizontalAdvance(words) + 20


class ClassesPage(Page):
    """The balance of the classes."""

    name = "classes"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bars = ClassBars(self)
        self.ground.addWidget(self.bars, 1)

    def words(self) -> str:
        return tr("Class balance")

    @classmethod
    def applies(cls, view: View) -> bool:
        return view.class_counts.size > 0

    def begin(self) -> QWidget:
        return self.bars

    def draw(self, view: View) -> None:
        self.bars.show_counts(view.classes, view.class_counts, self.part)

    def table(self) -> Table:
        assert self.view is not None
        counts = self.view.class_counts
        return Table(("class", *(part_words(part) for part in range(len(counts)))),
                     [[name, *(int(count) for count in counts[:, place])] for place, name in enumerate(self.view.classes)])
