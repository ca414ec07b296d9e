"""A field over a node's or frame's title, opened on demand: nothing that undo can delete holds a widget."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QRectF, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from app import theme
from graphs.language import tr


class TitleEditor(QLineEdit):
    """Enter or leaving the field takes the text, Escape does not."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._take: Callable[[str], None] | None = None
        self.setAccessibleName(tr("Name"))
        self.returnPressed.connect(self._finish)
        self.installEventFilter(self)
        self.hide()

    def open(self, rect: QRectF, text: str, hint: str, scale: float, take: Callable[[str], None]) -> None:
        """Opens over a rectangle of the viewport; `take` gets the text."""
        self._take = take
        self.setFont(theme.font(max(11, round(12 * scale)), 600))
        self.setPlaceholderText(hint)
        self.setText(text)
        self.setGeometry(rect.toAlignedRect().adjusted(-8, 0, 8, 0))
        self.setFixedHeight(max(24, round(rect.height())))
        self.show()
        self.selectAll()
        self.setFocus(Qt.FocusReason.PopupFocusReason)

    def _finish(self) -> None:
        take, self._take = self._take, None
        self.hide()
        if take is not None:
            take(self.text())

    def cancel(self) -> None:
        self._take = None
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Escape:
            self.cancel()
            return True
        if event.type() == QEvent.Type.FocusOut and self.isVisible():
            self._finish()
        return super().eventFilter(watched, event)
