"""What a curve says in a sentence, under it, with remedies as buttons: one click, one step to undo."""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QMenu, QPushButton, QSizePolicy, QWidget

from app import icons, theme
from app.live.card import CardTool
from engine.verdicts import Verdict
from graphs.language import tr
from graphs.problems import Cure

SIGN, GAP, BUTTON = 22, 6, 26  # pixels: room of the sign, between buttons, height of a button
LINES = 3  # of the sentence at most; the whole of it is in the tool tip
LOW = 250  # pixels of card below which two lines must do, and all remedies are in a menu


class VerdictStrip(QWidget):
    """Sign, sentence, remedies. As high as it needs; hidden while there is nothing to say."""

    chosen = Signal(object)  # Cure

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.verdict = Verdict()
        self.cures: tuple[Cure, ...] = ()
        self.buttons: list[QPushButton] = []
        self.more = CardTool("wand", tr("Remedies"), self)
        self.more.clicked.connect(self._open_more)
        self.more.hide()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.hide()

    def show_verdict(self, verdict: Verdict, cures: Sequence[Cure] = (), why: str = "") -> None:
        """Another finding, or the same in other words. `why` names the limits."""
        cures = tuple(cures)
        same = (verdict.finding, verdict.text) == (self.verdict.finding, self.verdict.text)
        if same and [cure.text for cure in cures] == [cure.text for cure in self.cures]:
            self.cures = cures  # the same words, for the document as it is now
            return
        if [cure.text for cure in cures] != [button.text() for button in self.buttons]:
            self._make_buttons(cures)
        self.verdict, self.cures = verdict, cures
        self.setToolTip(f"{verdict.text}\n{why}".strip())
        self.setAccessibleName(verdict.text)
        self.setVisible(bool(verdict.text))
        self._place()
        self.update()

    def _make_buttons(self, cures: tuple[Cure, ...]) -> None:
        for button in self.buttons:
            button.hide()
            button.deleteLater()
        self.buttons = []
        for index, cure in enumerate(cures):
            button = QPushButton(cure.text, self)
            button.setFont(theme.font(12, 500))
            button.setToolTip(tr("Changes the graph; Ctrl+Z undoes it. First weights count from the next reset on."))
            button.clicked.connect(lambda _=False, index=index: self._choose(index))
            self.buttons.append(button)

    def _choose(self, index: int) -> None:
        if index < len(self.cures):
            self.chosen.emit(self.cures[index])

    def _open_more(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for index, cure in enumerate(self.cures):
            if self.buttons[index].isHidden():
                menu.addAction(cure.text).triggered.connect(lambda _=False, index=index: self._choose(index))
        menu.popup(self.more.mapToGlobal(self.more.rect().bottomLeft()))

    # its room

    @property
    def _low(self) -> bool:
        parent = self.parentWidget()
        return parent is not None and parent.height() < LOW

    @property
    def _room(self) -> int:
        """Pixels for the sentence."""
        return max(40, self.width() - SIGN - (24 + GAP if self._low and self.cures else 0))

    @property
    def _lines(self) -> int:
        return len(broken(self.verdict.text, QFontMetrics(theme.font(12)), self._room, 2 if self._low else LINES))

    def _height(self) -> int:
        words = self._lines * QFontMetrics(theme.font(12)).lineSpacing() + 4
        return words + (BUTTON + GAP if self.cures and not self._low else 0)

    def sizeHint(self) -> QSize:
        return QSize(200, self._height())

    def _place(self) -> None:
        """As many buttons as fit side by side; the others are in a menu, in a low card all."""
        tall = self._height()
        top, left, full = tall - BUTTON - 2, SIGN, self._low
        for index, button in enumerate(self.buttons):
            rest = 0 if index == len(self.buttons) - 1 else 24 + GAP
            width = QFontMetrics(button.font()).horizontalAdvance(button.text()) + 26
            if index == 0:
                width = min(width, self.width() - left - rest)
            full = full or left + width + rest > self.width()
            button.setVisible(not full)
            if not full:
                button.setGeometry(left, top, width, BUTTON)
                left += width + GAP
        self.more.setVisible(full and bool(self.buttons))
        self.more.move(*((self.width() - 24, (tall - 24) // 2) if self._low else (left, top + 1)))
        if self.height() != tall:
            self.setFixedHeight(tall)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter, colors = QPainter(self), theme.tokens()
        well = self.verdict.finding == "healthy"
        icons.paint(painter, "check" if well else "warning", colors.ok if well else colors.warn, QRectF(0, 2, 16, 16))
        painter.setFont(theme.font(12))
        painter.setPen(colors.text2 if well else colors.text)
        metrics = painter.fontMetrics()
        for row, words in enumerate(broken(self.verdict.text, metrics, self._room, self._lines)):
            painter.drawText(SIGN, 2 + metrics.ascent() + row * metrics.lineSpacing(), words)


def broken(text: str, metrics: QFontMetrics, width: int, most: int) -> list[str]:
    """The sentence in at most so many lines; the last one ends with … where it must."""
    parts, lines = re.findall(r"[!-~×→]+[ 。、]?|. ?", text), [""]  # words, or single letters of Japanese
    for place, part in enumerate(parts):
        if metrics.horizontalAdvance((lines[-1] + part).rstrip()) <= width or not lines[-1]:
            lines[-1] += part
        elif len(lines) < most:
            lines.append(part)
        else:
            lines[-1] = metrics.elidedText("".join([lines[-1], *parts[place:]]), Qt.TextElideMode.ElideRight, width)
            break
    return lines
