"""The buttons of a pad: one for each class with its mark, and the brushes."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QToolButton, QWidget

from app import theme
from app.live.card import CardTool
from app.live.plane import class_color, mark
from graphs.language import tr

SIDE = 28


class ClassButton(QAbstractButton):
    """A class: its mark where it has one, and its name. The chosen one is framed."""

    def __init__(self, index: int, count: int, *, marked: bool, parent: QWidget) -> None:
        super().__init__(parent)
        self.index, self.count, self.marked = index, count, marked
        self.setCheckable(True)
        self.setFixedSize(SIDE + 14 if marked else SIDE - 2, SIDE)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        words = tr("Class {name} (key {name})", name=index)
        self.setToolTip(words)
        self.setAccessibleName(words)

    def sizeHint(self) -> QSize:
        return self.size()

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter, colors = QPainter(self), theme.tokens()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        if self.isChecked() or self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colors.hover)
            painter.drawRoundedRect(box, 6, 6)
        if self.isChecked() or self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(colors.accent, 1.6 if self.isChecked() else 1.0))
            painter.drawRoundedRect(box, 6, 6)
        if self.marked:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(class_color(self.index, self.count))
            mark(painter, self.index, QPointF(13, box.center().y()), 5.0)
            box.setLeft(20)
        painter.setPen(colors.text)
        painter.setFont(theme.font(13, 600 if self.isChecked() else 400))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(self.index))


class ClassRow(QWidget):
    """One button a class; one is chosen."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None, *, marked: bool) -> None:
        super().__init__(parent)
        self.marked, self.count, self.current = marked, 0, 0
        self.buttons: list[ClassButton] = []
        self._group = QButtonGroup(self)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(2)
        self._row.addStretch(1)

    def show_classes(self, count: int) -> None:
        """So many classes there are now."""
        if count == self.count:
            return
        for button in self.buttons:
            self._group.removeButton(button)
            button.hide()
            button.deleteLater()
        self.count = count
        self.buttons = [ClassButton(index, count, marked=self.marked, parent=self) for index in range(count)]
        for place, button in enumerate(self.buttons):
            self._group.addButton(button)
            self._row.insertWidget(place, button)
            button.clicked.connect(lambda _=False, index=place: self.choose(index))
        self.choose(min(self.current, count - 1))

    def choose(self, index: int) -> bool:
        """Chooses a class, if there is such a one."""
        if not 0 <= index < self.count:
            return False
        self.current = index
        self.buttons[index].setChecked(True)
        self.chosen.emit(index)
        return True

    def show_chosen(self, index: int) -> None:
        """Shows another one as chosen without telling."""
        if 0 <= index < self.count:
            self.current = index
            self.buttons[index].setChecked(True)


class Brushes(QWidget):
    """Tools of which one is in the hand: (name, icon, words)."""

    taken = Signal(str)

    def __init__(self, tools: Sequence[tuple[str, str, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.current = tools[0][0]
        self.buttons: dict[str, QToolButton] = {}
        group, row = QButtonGroup(self), QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        for name, icon, words in tools:
            button = CardTool(icon, words, self)
            button.setFixedSize(SIDE, SIDE)
            button.setCheckable(True)
            group.addButton(button)
            button.clicked.connect(lambda _=False, name=name: self.take(name))
            row.addWidget(button)
            self.buttons[name] = button
        self.buttons[self.current].setChecked(True)

    def take(self, name: str) -> None:
        """Takes a tool in the hand."""
        self.current = name
        self.buttons[name].setChecked(True)
        self.taken.emit(name)
