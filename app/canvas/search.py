"""The search over the canvas: type, see what fits, press Enter. Adds nodes and finds targets for wires."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from app import icons, theme
from app.canvas import lettering
from app.canvas.faces import PortRef
from app.canvas.shadows import REACH, paint_shadow
from graphs.language import tr
from graphs.spec import Family, NodeType

WIDTH, HEAD, ROW, FOOT, MARGIN = 320, 48, 40, 40, 8
MOST_ROWS = 7


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the search: a node type to add, or a port of a node that is there."""

    title: str
    hint: str
    family: Family | None
    kind: type[NodeType] | None = None
    port: PortRef | None = None
    vias: tuple[str, ...] = ()  # ports of the new node that the wire may go to


@dataclass(frozen=True, slots=True)
class Query:
    """What the search was opened for."""

    find: Callable[[str], list[Entry]]
    fits: str = ""  # what the found ones fit, such as `B×64`
    wires: bool = False  # whether choosing draws a wire


class Results(QWidget):
    """The lines that were found, painted."""

    picked = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.entries: list[Entry] = []
        self.words = ""
        self.chosen, self.first, self.via = 0, 0, 0
        self.setMouseTracking(True)
        self.setAccessibleName(tr("Found nodes"))

    def show_entries(self, entries: list[Entry], words: str) -> None:
        self.entries, self.words = entries, words
        self.chosen = self.first = self.via = 0
        self.setFixedHeight(ROW * min(max(len(entries), 1), MOST_ROWS) + 2 * MARGIN)
        self.update()

    def choose(self, index: int) -> None:
        """Moves the highlight, around the ends."""
        if self.entries:
            self.chosen, self.via = index % len(self.entries), 0
            self.first = min(max(self.first, self.chosen - MOST_ROWS + 1), self.chosen)
            self.setAccessibleDescription(self.entries[self.chosen].title)
            self.update()

    def row_at(self, y: float) -> int | None:
        index = self.first + int((y - MARGIN) // ROW)
        return index if y >= MARGIN and index < len(self.entries) else None

    def row_rect(self, index: int) -> QRectF:
        """Where a line is, in this widget."""
        return QRectF(MARGIN, MARGIN + (index - self.first) * ROW, self.width() - 2 * MARGIN, ROW)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        index = self.row_at(event.position().y())
        if index is not None and index != self.chosen:
            self.choose(index)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.row_at(event.position().y())
        if index is not None:
            self.picked.emit(index)

    def wheelEvent(self, event: QWheelEvent) -> None:
        most = max(len(self.entries) - MOST_ROWS, 0)
        self.first = min(max(self.first - (1 if event.angleDelta().y() > 0 else -1), 0), most)
        self.update()
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self.entries:
            where = QRectF(self.rect()).adjusted(20, 0, -20, 0)
            lettering.write(painter, where, tr("Nothing of that name fits here"), theme.tokens().text3, 13)
        for index in range(self.first, min(self.first + MOST_ROWS, len(self.entries))):
            self._row(painter, self.row_rect(index), self.entries[index], chosen=index == self.chosen)
        painter.end()

    def _row(self, painter: QPainter, rect: QRectF, entry: Entry, *, chosen: bool) -> None:
        tokens = theme.tokens()
        if chosen:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tokens.hover)
            painter.drawRoundedRect(rect.adjusted(0, 2, 0, -2), 6, 6)
        tile = QRectF(rect.left() + 8, rect.center().y() - 12, 24, 24)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tokens.tile(entry.family) if entry.family else tokens.line)
        painter.drawRoundedRect(tile, 6, 6)
        color = tokens.families[entry.family] if entry.family else tokens.text3
        name = icons.family(entry.family) if entry.family else "help"
        icons.paint(painter, name, color, tile.adjusted(4, 4, -4, -4))
        hint = entry.vias[self.via % len(entry.vias)] if chosen and self.via and entry.vias else entry.hint
        lettering.write(painter, rect.adjusted(0, 0, -10, 0), hint, tokens.text3, 12, align=lettering.RIGHT)
        room = rect.adjusted(44, 0, -lettering.width(hint, 12) - 18, 0)
        start = entry.title.casefold().find(self.words.casefold()) if self.words else -1
        if start < 0:
            lettering.write(painter, room, entry.title, tokens.text2 if self.words else tokens.text, 13, 500)
            return
        end = start + len(self.words)
        for part, tint in ((entry.title[:start], tokens.text), (entry.title[start:end], tokens.accent),
                           (entry.title[end:], tokens.text)):  # fmt: skip
            if room.width() > 1:
                lettering.write(painter, room, part, tint, 13, 500)
            room.setLeft(room.left() + lettering.width(part, 13, 500))


class Search(QWidget):
    """The pop-up. `chosen` tells the line and which port the wire goes to; `closed` that nothing was chosen."""

    chosen = Signal(object, str)  # Entry, port of the new node
    closed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.query = Query(lambda words: [])
        self.field = QLineEdit(self)
        self.field.setPlaceholderText(tr("Search for a node"))
        self.field.setAccessibleName(tr("Search for a node"))
        self.field.setFrame(False)
        self.field.setStyleSheet("background: transparent; border: none; padding: 0;")
        self.field.installEventFilter(self)
        self.field.textChanged.connect(self._find)
        self.results = Results(self)
        self.results.picked.connect(self._accept)
        self.results.setFixedWidth(WIDTH)
        self.hide()

    def open(self, query: Query, at: QPointF) -> None:
        """Opens with its left edge at a point of the parent, inside the parent."""
        self.query = query
        self.field.clear()
        chip = self._chip_width() + 8 if query.fits else 0.0
        self.field.setGeometry(REACH + 40, REACH, round(WIDTH - 56 - chip), HEAD)
        self.results.move(REACH, REACH + HEAD)
        self._find("")
        self.move_to(at)
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)

    def move_to(self, at: QPointF) -> None:
        parent = self.parentWidget().rect()
        x = min(max(at.x(), 8), max(parent.width() - WIDTH - 8, 8))
        y = min(max(at.y() - 30, 8), max(parent.height() - self.card().height() - 8, 8))
        self.move(round(x) - REACH, round(y) - REACH)

    def card(self) -> QRectF:
        """The visible card inside the widget, which also holds the shadow."""
        return QRectF(REACH, REACH, WIDTH, HEAD + self.results.height() + FOOT)

    def anchor(self) -> QPointF:
        """Where a wire in hand ends at the card, in the parent."""
        return QPointF(self.pos()) + self.card().topLeft() + QPointF(0, 30)

    def _find(self, words: str) -> None:
        self.results.show_entries(self.query.find(words.strip()), words.strip())
        card = self.card()
        self.setFixedSize(round(card.width()) + 2 * REACH, round(card.height()) + 2 * REACH)
        self.update()

    def _accept(self, index: int | None = None) -> None:
        results = self.results
        if not results.entries:
            return
        entry = results.entries[results.chosen if index is None else index]
        via = entry.vias[results.via % len(entry.vias)] if entry.vias else ""
        self.hide()
        self.chosen.emit(entry, via)

    def dismiss(self) -> None:
        """Closes without choosing."""
        if self.isVisible():
            self.hide()
            self.closed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.field and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._key(event.key())
        leaving = event.type() == QEvent.Type.FocusOut and watched is self.field
        if leaving and event.reason() not in (  # type: ignore[attr-defined]
            Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason,
        ):  # fmt: skip
            QTimer.singleShot(0, self, self.dismiss)  # not inside the change of focus
        return super().eventFilter(watched, event)

    def _key(self, key: int) -> bool:
        results = self.results
        if key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            results.choose(results.chosen + (1 if key == Qt.Key.Key_Down else -1))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._accept()
        elif key == Qt.Key.Key_Escape:
            self.dismiss()
        elif key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            results.via += 1 if key == Qt.Key.Key_Tab else -1
            results.update()
        else:
            return False
        return True

    # Painting

    def _chip_width(self) -> float:
        return lettering.width(tr("fits {shape}", shape=self.query.fits), 11, 500) + 16

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens, card = theme.tokens(), self.card()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_shadow(painter, card, dark=tokens.dark)
        painter.setPen(QPen(tokens.line2, 1))
        painter.setBrush(tokens.raised)
        painter.drawRoundedRect(card.adjusted(0.5, 0.5, -0.5, -0.5), 12, 12)
        icons.paint(painter, "search", tokens.text3, QRectF(card.left() + 16, card.top() + 16, 16, 16))
        painter.setPen(QPen(tokens.line2, 1))
        for y in (card.top() + HEAD, card.bottom() - FOOT):
            painter.drawLine(QPointF(card.left(), y), QPointF(card.right(), y))
        if self.query.fits:
            chip = QRectF(card.right() - self._chip_width() - 12, card.top() + 15, self._chip_width(), 18)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tokens.hover)
            painter.drawRoundedRect(chip, 4, 4)
            words = tr("fits {shape}", shape=self.query.fits)
            lettering.write(painter, chip, words, tokens.text2, 11, 500, lettering.CENTER)
        self._footer(painter, QRectF(card.left() + 16, card.bottom() - FOOT, card.width() - 32, FOOT))
        painter.end()

    def _footer(self, painter: QPainter, rect: QRectF) -> None:
        """Which key does what."""
        tokens = theme.tokens()
        adds = tr("add, wire") if self.query.wires else tr("add")
        keys = [("Enter", adds), *([("Tab", tr("next port"))] if self.query.wires else []),
                ("Esc", tr("put back") if self.query.wires else tr("close"))]  # fmt: skip
        x = rect.left()
        for key, words in keys:
            width = lettering.width(key, 11, 500) + 12
            cap = QRectF(x, rect.center().y() - 9, width, 18)
            painter.setPen(QPen(tokens.line2, 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(cap.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
            lettering.write(painter, cap, key, tokens.text2, 11, 500, lettering.CENTER)
            lettering.write(painter, QRectF(x + width + 5, rect.top(), 120, rect.height()), words, tokens.text3, 11)
            x += width + 5 + lettering.width(words, 11) + 14
