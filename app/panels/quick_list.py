"""A card with a search line and a list: used for all commands, and for finding nodes in the graph."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QModelIndex, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from app import icons, theme
from app.panels.controls import Rule
from graphs.spec import Family

ROW = 32
MOST_ROWS = 10
ITEM = Qt.ItemDataRole.UserRole + 1


@dataclass(frozen=True, slots=True)
class Item:
    """One line: what it is called, grey words at the right, further words that find it, whether it can be chosen."""

    key: str
    text: str
    hint: str = ""
    also: str = ""
    family: Family | None = None
    enabled: bool = True


def rank(query: str, item: Item) -> int | None:
    """How well the words fit: 0 begins so, 1 a word begins so, 2 inside, 3 in the further words; None not at all."""
    text, wanted = item.text.casefold(), query.casefold().strip()
    if text.startswith(wanted):
        return 0
    if f" {wanted}" in text:
        return 1
    if wanted in text:
        return 2
    return 3 if all(part in f"{text} {item.also.casefold()}" for part in wanted.split()) else None


class _Delegate(QStyledItemDelegate):
    """Draws the lines."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        return QSize(200, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        item, colors = index.data(ITEM), theme.tokens()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(option.rect)
        if option.state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colors.hover)
            painter.drawRoundedRect(rect.adjusted(6, 1, -6, -1), 6, 6)
        left = rect.left() + 16
        if item.family is not None:
            sign = QRectF(left, rect.top() + 8, 16, 16)
            icons.paint(painter, icons.family(item.family), colors.families[item.family], sign)
            left += 26
        painter.setFont(theme.font(12))
        painter.setPen(colors.text3)
        width = painter.fontMetrics().horizontalAdvance(item.hint)
        flags = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(rect.right() - 16 - width, rect.top(), width + 2, ROW), flags, item.hint)
        painter.setFont(theme.font(13, 500))
        painter.setPen(colors.text if item.enabled else colors.text3)
        room = int(rect.right() - 28 - width - left)
        text = painter.fontMetrics().elidedText(item.text, Qt.TextElideMode.ElideRight, room)
        painter.drawText(QRectF(left, rect.top(), room, ROW), flags, text)
        painter.restore()


class QuickList(QWidget):
    """Type, arrows, Enter; Esc or a click elsewhere closes it."""

    chosen = Signal(str)

    def __init__(self, items: Callable[[], Sequence[Item]], placeholder: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._items, self._all = items, list[Item]()
        self.line, self.list = QLineEdit(), QListView()
        self.line.setPlaceholderText(placeholder)
        self.line.setFont(theme.font(14))
        self.line.setFixedHeight(44)
        self.line.setTextMargins(28, 0, 8, 0)
        self.line.setObjectName("bare")
        self._model = QStandardItemModel(self)
        self.list.setModel(self._model)
        self.list.setItemDelegate(_Delegate(self.list))
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setMouseTracking(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.viewport().setAutoFillBackground(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 7)
        column.setSpacing(0)
        column.addWidget(self.line)
        column.addWidget(Rule())
        column.addSpacing(6)
        column.addWidget(self.list, 1)
        self.line.textChanged.connect(self._find)
        self.line.installEventFilter(self)
        self.list.clicked.connect(self._choose)
        self.hide()

    def open(self) -> None:
        """Shows everything, and waits for words."""
        self._all = list(self._items())
        self.line.clear()
        self._find("")
        self.show()
        self.raise_()
        self.line.setFocus(Qt.FocusReason.PopupFocusReason)

    def found(self) -> list[Item]:
        """The lines shown at present."""
        return [self._model.item(row).data(ITEM) for row in range(self._model.rowCount())]

    def _find(self, words: str) -> None:
        ranked = [(not item.enabled, rank(words, item), place, item) for place, item in enumerate(self._all)]
        self._model.clear()
        for *_, item in sorted((line for line in ranked if line[1] is not None), key=lambda line: line[:3]):
            row = QStandardItem(item.text)
            row.setData(item, ITEM)
            self._model.appendRow(row)
        if self._model.rowCount():
            self.list.setCurrentIndex(self._model.index(0, 0))
        self._fit()

    def _fit(self) -> None:
        """As tall as what was found, within the window."""
        room = self.parentWidget().size()
        width = min(520, room.width() - 48)
        height = min(62 + ROW * min(max(self._model.rowCount(), 1), MOST_ROWS), room.height() - 96)
        self.setGeometry((room.width() - width) // 2, 64, width, height)

    def _choose(self, index: QModelIndex) -> None:
        item = index.data(ITEM)
        if item is not None and item.enabled:
            self.hide()
            self.chosen.emit(item.key)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusOut:
            self.hide()
        elif isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            row = self.list.currentIndex().row()
            if event.key() == Qt.Key.Key_Escape:
                self.hide()
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._choose(self.list.currentIndex())
                return True
            if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up) and self._model.rowCount():
                step = 1 if event.key() == Qt.Key.Key_Down else -1
                self.list.setCurrentIndex(self._model.index((row + step) % self._model.rowCount(), 0))
                return True
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colors = QPainter(self), theme.tokens()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colors.line2, 1))
        painter.setBrush(colors.raised)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        icons.paint(painter, "search", colors.text2, QRectF(14, 14, 16, 16))
