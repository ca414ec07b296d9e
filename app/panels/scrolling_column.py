"""A column of a panel that scrolls when it is longer than the window."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

MARGIN, BESIDE_BAR = 16, 8  # pixels


class ScrollingColumn(QScrollArea):
    """`column` takes the parts. The scroll bar stands in its margin, so that nothing moves when it comes."""

    def __init__(self, panel: QWidget, *, top: int, spacing: int) -> None:
        super().__init__()
        inside = QWidget()
        self._top, self.column = top, QVBoxLayout(inside)
        self._make_room_for_bar(0, 0)
        self.column.setSpacing(spacing)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(inside)
        for area in (self.viewport(), inside):
            area.setAutoFillBackground(False)
        self.verticalScrollBar().rangeChanged.connect(self._make_room_for_bar)
        outer = QVBoxLayout(panel)
        outer.setContentsMargins(1, 0, 0, 0)
        outer.addWidget(self)

    def _make_room_for_bar(self, _: int, most: int) -> None:
        self.column.setContentsMargins(MARGIN, self._top, BESIDE_BAR if most else MARGIN, MARGIN)
