"""A stack of drawn digits beside the pen: every stroke is written into the digit at hand, at once."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from app import theme
from app.live import colormaps
from app.live.drawing.pen import InkPad
from engine.data.drawings import MOST_PICTURES, decoded, encoded
from graphs.language import tr

CELL, LABEL, GAP = 30, 14, 4  # pixels: a picture of the stack, the digit beneath it, and what lies between


@lru_cache(maxsize=2 * MOST_PICTURES)
def _image(text: str, dark: bool) -> QImage:
    del dark  # the key: grey belongs to the theme in force
    pixels = decoded(text)[1]
    side = math.ceil(math.sqrt(len(pixels)))  # a file may hold a sample that is no square: the rest stays bare
    whole = np.zeros(side * side)
    whole[: len(pixels)] = pixels
    return colormaps.image(colormaps.grey_pixels(whole.reshape(side, side), 0.0, 1.0))


class Stack(QWidget):
    """The samples as small pictures, the newest first. The wheel turns further; a click takes one up."""

    picked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pictures: list[str] = []
        self.current: int | None = None
        self.first_row = 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(tr("Drawn samples"))

    def minimumSizeHint(self) -> QSize:
        return QSize(2 * (CELL + GAP), CELL + LABEL)

    def show_pictures(self, pictures: list[str], current: int | None) -> None:
        """Shows these samples, one of them at hand."""
        self.pictures, self.current = pictures, current
        self.setAccessibleDescription(tr("{count} images", count=len(pictures)))
        self._turn_to(self.first_row)

    @property
    def columns(self) -> int:
        return max(1, (self.width() + GAP) // (CELL + GAP))

    @property
    def rows(self) -> int:
        """Rows that can be seen."""
        return max(1, (self.height() + GAP) // (CELL + LABEL + GAP))

    def _turn_to(self, row: int) -> None:
        needed = -(-len(self.pictures) // self.columns)
        self.first_row = min(max(0, row), max(0, needed - self.rows))
        self.update()

    def box(self, index: int) -> QRectF:
        """Where a sample's picture lies."""
        row, column = divmod(len(self.pictures) - 1 - index, self.columns)
        top = (row - self.first_row) * (CELL + LABEL + GAP)
        return QRectF(column * (CELL + GAP) + 1, top + 1, CELL - 2, CELL - 2)

    def _seen(self) -> range:
        newest = len(self.pictures) - 1 - self.first_row * self.columns
        return range(newest, max(-1, newest - self.rows * self.columns), -1)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        for index in self._seen():
            if self.box(index).adjusted(0, 0, 0, LABEL).contains(event.position()):
                self.picked.emit(index)
                return

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._turn_to(self.first_row + (-1 if event.angleDelta().y() > 0 else 1))
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter, colors = QPainter(self), theme.tokens()
        painter.setFont(theme.font(11))
        for index in self._seen():
            box, text = self.box(index), self.pictures[index]
            painter.drawImage(box, _image(text, colors.dark))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            at_hand = index == self.current
            painter.setPen(QPen(colors.accent if at_hand else colors.line2, 2 if at_hand else 1))
            painter.drawRect(box)
            painter.setPen(colors.text if at_hand else colors.text2)
            painter.drawText(QRectF(box.left(), box.bottom() + 1, CELL, LABEL), Qt.AlignmentFlag.AlignCenter, text[0])


class DigitDesk(QWidget):
    """The pen beside the stack. Knows which sample is at hand, and turns strokes into other lists of samples."""

    stroked = Signal(object)  # the samples after a stroke
    full = Signal()  # no further sample has room
    label_shown = Signal(int)  # the digit of the sample at hand

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pen, self.stack = InkPad(parent=self), Stack(self)
        self.pen.upright = Qt.AlignmentFlag.AlignTop
        self.current: int | None = None  # None: the next stroke begins another sample
        self.label = 0
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(self.pen, 3)
        row.addWidget(self.stack, 2)
        self.setFocusProxy(self.pen)
        self.pen.lifted.connect(self._lifted)
        self.stack.picked.connect(self.pick)

    @property
    def pictures(self) -> list[str]:
        return self.stack.pictures

    @property
    def drawing(self) -> bool:
        """A stroke is going on."""
        return self.pen.drawing

    def show_pictures(self, pictures: list[str], side: int) -> None:
        """Shows what the document holds, also after undo. A stroke that goes on is not disturbed."""
        if self.drawing:
            return
        if self.current is not None and self.current >= len(pictures):
            self.current = None
        self.stack.show_pictures(list(pictures), self.current)
        self._show_current(side)

    def _show_current(self, side: int) -> None:
        ink = np.zeros((side, side))
        if self.current is not None:
            label, pixels = decoded(self.pictures[self.current])
            self.label = label
            self.label_shown.emit(label)
            ink = pixels.reshape(side, side) if len(pixels) == side * side else ink
        self.pen.show_ink(ink)

    @property
    def side(self) -> int:
        return len(self.pen.ink)

    def _lifted(self) -> None:
        pictures = list(self.pictures)
        if self.current is None:
            if self.pen.blank:
                return
            if len(pictures) >= MOST_PICTURES:
                self.pen.clear()
                self.full.emit()
                return
            self.current = len(pictures)
            pictures.append("")
        if self.pen.blank:
            del pictures[self.current]
            self.current = None
        else:
            pictures[self.current] = encoded(self.label, self.pen.ink)
        self.stroked.emit(pictures)

    def choose_label(self, label: int) -> None:
        """The digit that is meant: of the sample at hand, else of the next one."""
        self.label = label
        if self.current is not None and int(self.pictures[self.current][0]) != label:
            pictures = list(self.pictures)
            pictures[self.current] = f"{label}{pictures[self.current][1:]}"
            self.stroked.emit(pictures)

    def pick(self, index: int) -> None:
        """Takes a sample up."""
        self.current = index
        self.show_pictures(self.pictures, self.side)

    def begin_next(self) -> None:
        """Bare paper for another sample."""
        self.current = None
        self.show_pictures(self.pictures, self.side)

    def remove(self) -> None:
        """Takes the sample at hand away."""
        if self.current is not None:
            pictures = list(self.pictures)
            del pictures[self.current]
            self.current = None
            self.stroked.emit(pictures)
