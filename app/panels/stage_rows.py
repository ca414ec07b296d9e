"""The rows of the stage plan: one stage each, and the choice of what a stage trains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QMenu, QPushButton, QVBoxLayout, QWidget

from app import icons, theme
from app.panels.controls import make_menu
from graphs.language import tr

HEIGHT = 48
Course = Literal["", "done", "now", "waits"]


@dataclass(frozen=True, slots=True)
class StageWords:
    """What a row says."""

    title: str
    summary: str
    course: Course = ""  # where the run is with it
    wrong: bool = False


class StageList(QWidget):
    """Stages from the first to the last. A click or the arrow keys choose one; Alt with an arrow moves it, Del removes it."""

    chosen = Signal(int)
    moved = Signal(int, int)
    removed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: Sequence[StageWords] = ()
        self.place = -1
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Stages"))
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_rows(self, rows: Sequence[StageWords], place: int) -> None:
        """Other stages, or another one chosen."""
        if (rows, place) == (self.rows, self.place):
            return
        self.rows, self.place = rows, place
        self.setFixedHeight(len(rows) * HEIGHT)
        if 0 <= place < len(rows):
            self.setAccessibleDescription(f"{rows[place].title}, {rows[place].summary}")
        self.update()

    def row_rect(self, place: int) -> QRectF:
        """Where a row is."""
        return QRectF(0, place * HEIGHT, self.width(), HEIGHT)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = int(event.position().y() // HEIGHT)
        if event.button() == Qt.MouseButton.LeftButton and 0 <= place < len(self.rows):
            self.chosen.emit(place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()), 0)
        there = self.place + step
        if step and 0 <= there < len(self.rows):
            if event.modifiers() & Qt.KeyboardModifier.AltModifier:
                self.moved.emit(self.place, there)
            else:
                self.chosen.emit(there)
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and 0 <= self.place < len(self.rows):
            self.removed.emit(self.place)
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(240, len(self.rows) * HEIGHT)

    def focusInEvent(self, event: object) -> None:
        super().focusInEvent(event)  # type: ignore[arg-type]
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter, colors = QPainter(self), theme.tokens()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for place, words in enumerate(self.rows):
            area = self.row_rect(place)
            if place < len(self.rows) - 1:  # one leads to the next
                painter.setPen(QPen(colors.line2, 1))
                painter.drawLine(area.topLeft().toPoint().x() + 17, round(area.center().y()) + 11, 17, round(area.bottom()) + 13)
            if place == self.place:
                painter.setPen(QPen(colors.accent, 1.6 if self.hasFocus() else 1))
                painter.setBrush(colors.hover)
                painter.drawRoundedRect(area.adjusted(1, 2, -1, -2), 6, 6)
            self._paint_number(painter, place, words)
            room = area.adjusted(38, 6, -8, -6)
            painter.setFont(theme.font(13, 600 if words.course == "now" else 500))
            painter.setPen(colors.error if words.wrong else colors.text)
            self._line(painter, QRectF(room.x(), room.y(), room.width(), 18), words.title)
            painter.setFont(theme.font(12))
            painter.setPen(colors.text3)
            self._line(painter, QRectF(room.x(), room.y() + 18, room.width(), 18), words.summary)

    def _paint_number(self, painter: QPainter, place: int, words: StageWords) -> None:
        """The stage's number in a disc: filled while it trains, a tick when it is done."""
        colors, disc = theme.tokens(), QRectF(7, place * HEIGHT + HEIGHT / 2 - 10, 20, 20)
        now = words.course == "now"
        painter.setPen(QPen(colors.ok if words.course == "done" else colors.accent_fill if now else colors.line2, 1.4))
        painter.setBrush(colors.accent_fill if now else colors.panel)
        painter.drawEllipse(disc)
        if words.course == "done":
            icons.paint(painter, "check", colors.ok, disc.adjusted(3, 3, -3, -3))
            return
        painter.setFont(theme.font(11, 600))
        painter.setPen(colors.accent_on if now else colors.text2)
        painter.drawText(disc, Qt.AlignmentFlag.AlignCenter, str(place + 1))

    def _line(self, painter: QPainter, room: QRectF, text: str) -> None:
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(room.width()))
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)


class TrainsField(QPushButton):
    """What a stage trains: everything, or some of the nodes that learn."""

    edited = Signal(object)  # a list of names; empty: everything

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("field")
        self.setAccessibleName(tr("Trains"))
        self.offers: Mapping[str, str] = {}
        self.names: tuple[str, ...] = ()
        self.clicked.connect(self._open)

    def show_names(self, names: Sequence[str], offers: Mapping[str, str]) -> None:
        """The names that the stage gives, and what can be named: name → label."""
        self.names, self.offers = tuple(names), offers
        words = ", ".join(offers.get(name, name) for name in names) or tr("Everything")
        self.setText(self.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, max(120, self.width() - 32)))
        self.setToolTip(words)
        self.setAccessibleDescription(words)

    def menu_of(self) -> QMenu:
        """Everything, then one line for all that learns."""
        menu = make_menu(self)
        for name, words in {"": tr("Everything"), **self.offers}.items():
            action = menu.addAction(words.replace("&", "&&"))
            action.setObjectName(name)
            action.setCheckable(True)
            action.setChecked(name in self.names if name else not self.names)
            action.triggered.connect(lambda _=False, name=name: self._toggle(name))
        return menu

    def _toggle(self, name: str) -> None:
        names = [other for other in self.offers if (other in self.names) != (other == name)] if name else []
        self.edited.emit(names)

    def _open(self) -> None:
        menu = self.menu_of()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.mapToGlobal(self.rect().bottomLeft()))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        icons.paint(QPainter(self), "down", theme.tokens().text2, QRectF(self.width() - 22, (self.height() - 16) / 2, 16, 16))


def labelled(label: QWidget, field: QWidget) -> QVBoxLayout:
    """A field under its label."""
    column = QVBoxLayout()
    column.setSpacing(2)
    column.addWidget(label)
    column.addWidget(field)
    return column
