"""A row of cards: as many side by side as the width allows, the rest a page further."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRect, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from app import theme
from app.live.card import Card

GAP, EDGE = 8, 12
FULL_WIDTH, WIDE = 262, 1600  # pixels a card wants; beyond WIDE cards grow before more of them come
LEAST_HEIGHT = 120


def how_many(width: int) -> int:
    """Cards side by side: 3 in a window of 1280, 5 in one of 1600, 7 in one of 2560 pixels."""
    narrow = min(width, WIDE) / FULL_WIDTH
    more = max(0, width - WIDE) / (1.6 * FULL_WIDTH)
    return max(1, int(min(narrow, 5.6) + more))


class CardRow(QWidget):
    """Places cards. Those of other pages are hidden, so that nobody draws or watches them."""

    shown_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.cards: list[Card] = []
        self.first = 0
        self.alone: Card | None = None
        self.beside: Card | None = None  # what was asked for while that card had the row alone
        self.message = ""
        self._wheel = 0
        self.setMinimumHeight(LEAST_HEIGHT)

    def show_cards(self, cards: Sequence[Card], message: str = "") -> None:
        """Shows these, in this order; `message` when there are none."""
        self.message = "" if cards else message
        if list(cards) != self.cards:
            for card in set(self.cards) - set(cards):
                card.hide()
            self.cards = list(cards)
            self.first = 0
            if self.alone not in self.cards:
                self.alone = None
            self.beside = None
            self.arrange()
        self.update()

    @property
    def fitting(self) -> int:
        return how_many(self.width())

    @property
    def shown(self) -> list[Card]:
        """The cards of this page."""
        if self.alone is not None:
            return [card for card in (self.alone, self.beside) if card is not None]
        return self.cards[self.first : self.first + self.fitting]

    def turn(self, by: int) -> None:
        """Pages forward or back; the last page is full, too."""
        self.alone = self.beside = None
        last = max(0, len(self.cards) - self.fitting)
        first = min(max(0, self.first + by * self.fitting), last)
        if first != self.first:
            self.first = first
            self.arrange()

    def bring(self, card: Card) -> None:
        """Moves on just far enough that this card can be seen; beside a card alone it takes half of the room."""
        if card not in self.cards:
            return
        if self.alone not in (None, card):
            self.beside = card
        elif card not in self.shown:
            place = self.cards.index(card)
            self.first = place if place < self.first else place - self.fitting + 1
        self.arrange()

    def show_alone(self, card: Card | None) -> None:
        """One card over the whole row; the same one again, or None: all of them."""
        self.alone, self.beside = None if card is self.alone else card, None
        self.arrange()

    def arrange(self) -> None:
        """Gives every shown card its place and hides the others."""
        self.first = min(self.first, max(0, len(self.cards) - self.fitting))
        shown = self.shown
        for card in self.cards:
            if card not in shown:
                card.hide()
        room = self.width() - 2 * EDGE - GAP * (len(shown) - 1)
        total, left, done = sum(card.stretch for card in shown), EDGE, 0.0
        for card in shown:
            done += card.stretch
            right = EDGE + round(room * done / total) + GAP * shown.index(card)
            card.setGeometry(QRect(left, 0, right - left, self.height() - EDGE))
            left = right + GAP
            if card.parent() is not self:
                card.setParent(self)
            card.show()
        self.shown_changed.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        del event
        self.arrange()

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        sideways = event.angleDelta().x() or (event.angleDelta().y() if turned else 0)
        if not sideways:
            event.ignore()
            return
        self._wheel += sideways
        if abs(self._wheel) >= 120:
            self.turn(-1 if self._wheel > 0 else 1)
            self._wheel = 0

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        if self.message:
            painter = QPainter(self)
            painter.setFont(theme.font(13))
            painter.setPen(theme.tokens().text3)
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self.message)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self.update()
        super().changeEvent(event)
