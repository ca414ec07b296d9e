"""The editor of what is drawn: a button that opens the pad. The pad itself edits the document."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF, QSize, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QWidget

from app import icons, theme
from app.panels.number_field import paint_mark
from graphs.language import tr


class DrawingField(QPushButton):
    """`Draw…`"""

    edited = Signal(object)  # never by itself: every stroke is an edit of the pad

    def __init__(self, draw: Callable[[], None], parent: QWidget | None = None) -> None:
        super().__init__(tr("Draw…"), parent)
        self.mark, self._value = "", []
        self.setFont(theme.font(13, 500))
        self.setFixedHeight(28)
        self.setIcon(icons.icon("rename"))
        self.setIconSize(QSize(16, 16))
        self.clicked.connect(draw)

    def show_value(self, value: object) -> None:
        self._value = value

    def value(self) -> object:
        return self._value

    def set_mark(self, mark: str) -> None:
        self.mark = mark
        self.update()

    def set_room(self, room: int) -> None:
        """The reset button lies at the right end, where the button has no words."""

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_mark(painter, QRectF(self.rect()), self.mark)
