"""Notices: cards at the right of the canvas that say what happened, in words, with at most two buttons."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QGridLayout, QPushButton, QVBoxLayout, QWidget

from app import theme
from app.panels.controls import CureButton, IconButton, IconLabel, Words, in_lines
from graphs.language import tr

WIDTH = 380
TOP = 64  # below what the canvas shows in its upper corner
STAYS = 8000  # milliseconds for what needs no answer
SIGNS = {"error": ("error", "error"), "warn": ("warning", "warn"), "ok": ("check", "ok"), "info": ("info", "info")}


@dataclass(frozen=True, slots=True)
class Answer:
    """A button of a notice. The first one is filled."""

    text: str
    run: Callable[[], object]


class Notice(QWidget):
    """One card. `key` names its matter: a later notice of the same matter takes its place."""

    gone = Signal()

    def __init__(self, weight: str, title: str, text: str = "", answers: tuple[Answer, ...] = (),
                 parent: QWidget | None = None) -> None:  # fmt: skip
        super().__init__(parent)
        self.weight, self.share = weight, -1.0
        self.title, self.text = Words(title, weight=600, wrap=True), Words(text, px=12, role="quiet", wrap=True)
        self.text.setVisible(bool(text))
        sign, token = SIGNS[weight]
        grid = QGridLayout(self)
        grid.setContentsMargins(12, 10, 8, 12)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(1, 1)
        close = IconButton("close", tr("Close"), side=20, icon=12)
        close.clicked.connect(self.dismiss)
        grid.addWidget(IconLabel(sign, token), 0, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(self.title, 0, 1, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(close, 0, 2, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(self.text, 1, 1)
        if answers:
            buttons = [CureButton(answer.text, weight) if place == 0 else QPushButton(answer.text)
                       for place, answer in enumerate(answers)]  # fmt: skip
            for place, (button, answer) in enumerate(zip(buttons, answers, strict=True)):
                button.setFont(theme.font(12, 600 if place == 0 else 500))
                button.clicked.connect(lambda _=False, answer=answer: self._answer(answer))
            row = in_lines(buttons, WIDTH - 60)
            row.setContentsMargins(0, 6, 0, 0)
            grid.addLayout(row, 2, 1, 1, 2)
        self._timer = QTimer(self, singleShot=True, interval=STAYS)
        self._timer.timeout.connect(self.dismiss)
        if weight in ("ok", "info") and not answers:
            self._timer.start()

    def _answer(self, answer: Answer) -> None:
        self.dismiss()
        answer.run()

    def show_progress(self, text: str, share: float) -> None:
        """Turns the card into one that shows how far something is, and keeps it until it is done."""
        self._timer.stop()
        self.text.setText(text)
        self.text.setVisible(True)
        self.share = share
        self.update()

    def dismiss(self) -> None:
        """Goes away."""
        self._timer.stop()
        self.hide()
        self.gone.emit()
        self.deleteLater()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colors = QPainter(self), theme.tokens()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        strong = {"error": colors.error_fill, "warn": colors.warn_fill}.get(self.weight)
        fill = theme.mix(colors.raised, strong, 0.16 if colors.dark else 0.09) if strong else colors.raised
        painter.setPen(QPen(strong or colors.line2, 1))
        painter.setBrush(fill)
        area = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(area, 8, 8)
        if self.share >= 0:
            painter.setPen(Qt.PenStyle.NoPen)
            track = QRectF(12, area.bottom() - 6, area.width() - 24, 3)
            painter.setBrush(colors.line)
            painter.drawRoundedRect(track, 1.5, 1.5)
            track.setWidth(track.width() * min(1.0, self.share))
            painter.setBrush(colors.accent)
            painter.drawRoundedRect(track, 1.5, 1.5)


class Notices(QWidget):
    """The stack of cards in a corner of another widget; as large as its cards, so it covers nothing else."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self._over = over
        self._cards: dict[str, Notice] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        over.installEventFilter(self)
        self.hide()

    def say(
        self, weight: str, title: str, text: str = "", *, key: str = "", answers: tuple[Answer, ...] = ()
    ) -> Notice:
        """Shows a notice. One with the same key is replaced, so nothing piles up."""
        key = key or title
        self.withdraw(key)
        card = Notice(weight, title, text, answers)
        card.setFixedWidth(min(WIDTH, max(240, self._over.width() - 32)))
        card.gone.connect(lambda: self._forget(key, card))
        self._cards[key] = card
        self._column.addWidget(card)
        self._place()
        return card

    def progress(self, key: str, title: str, text: str, share: float, answers: tuple[Answer, ...] = ()) -> None:
        """A notice with a bar, until it is withdrawn."""
        card = self._cards.get(key) or self.say("info", title, text, key=key, answers=answers)
        card.title.setText(title)
        card.show_progress(text, share)
        self._place()

    def withdraw(self, key: str) -> None:
        """Takes a notice away, if it is there."""
        if key in self._cards:
            self._cards[key].dismiss()

    def cards(self) -> list[Notice]:
        """What is shown now, oldest first."""
        return list(self._cards.values())

    def _forget(self, key: str, card: Notice) -> None:
        if self._cards.get(key) is card:
            del self._cards[key]
        self._column.removeWidget(card)
        self._place()

    def _place(self) -> None:
        self.setVisible(bool(self._cards))
        self._column.activate()
        size = self._column.sizeHint()
        height = sum(card.heightForWidth(card.width()) for card in self._cards.values())  # their words wrap
        height += 8 * max(0, len(self._cards) - 1)
        self.setGeometry(self._over.width() - size.width() - 16, TOP, size.width(), height)
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._over and event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)
