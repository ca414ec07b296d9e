"""A picture of few pixels that is inked with a soft pen, as widgets show it: paper is 0, ink is 1."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme
from app.live import colormaps
from graphs.language import tr

NIB, NIB_SHARE = 0.2, 0.03  # half the pen's dark width in pixels of the picture: a bit, and a share of the side
SOFT = 1.0  # pixels in which the ink fades out
ARROWS = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}


def inked(ink: np.ndarray, start: tuple[float, float], end: tuple[float, float], *, erase: bool = False) -> np.ndarray:
    """The picture after a straight stroke between two points (x, y), in pixels from the left upper corner."""
    tall, wide = ink.shape
    radius = NIB + NIB_SHARE * max(tall, wide)
    rows, columns = np.mgrid[0:tall, 0:wide] + 0.5
    along = np.subtract(end, start, dtype=np.float64)
    x, y = columns - start[0], rows - start[1]
    share = np.clip((x * along[0] + y * along[1]) / max(float(along @ along), 1e-12), 0.0, 1.0)
    distance = np.hypot(x - share * along[0], y - share * along[1])
    cover = np.clip((radius + SOFT - distance) / SOFT, 0.0, 1.0)
    return np.minimum(ink, 1.0 - cover) if erase else np.maximum(ink, cover)


class InkPad(QWidget):
    """The picture, large. The pen draws, the right button or `erasing` rubs out; arrows and Space do it by keyboard."""

    inked = Signal()  # while the pen moves
    lifted = Signal()  # after a stroke

    def __init__(self, picture: tuple[int, int] = (8, 8), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.ink = np.zeros(picture)
        self.hint = tr("Draw here")
        self.erasing = False
        self.upright = Qt.AlignmentFlag.AlignVCenter  # where the picture lies in higher room
        self._last: tuple[float, float] | None = None
        self._rubbing = False
        self._cursor: tuple[int, int] | None = None  # column and row under the keyboard's pen
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName(tr("Drawing pad"))
        self.setAccessibleDescription(tr("Arrows move the pen, Space draws."))

    def minimumSizeHint(self) -> QSize:
        return QSize(64, 64)

    def show_ink(self, ink: np.ndarray) -> None:
        """Shows another picture, whatever its size."""
        if ink.shape != self.ink.shape or not np.array_equal(ink, self.ink):
            self.ink = np.array(ink, np.float64)
            self.update()

    def clear(self) -> None:
        """Bare paper."""
        self.show_ink(np.zeros_like(self.ink))

    @property
    def blank(self) -> bool:
        return not self.ink.any()

    @property
    def drawing(self) -> bool:
        """The pen is down."""
        return self._last is not None

    @property
    def area(self) -> QRectF:
        """Where the picture lies: as large as it fits with square pixels that are equally large on the screen."""
        tall, wide = self.ink.shape
        room = QRectF(self.rect()).adjusted(2, 2, -2, -2)
        ratio = self.devicePixelRatioF()
        cell = max(1, int(min(room.width() / wide, room.height() / tall) * ratio)) / ratio
        size = QRectF(0, 0, cell * wide, cell * tall)
        size.moveCenter(room.center())
        if self.upright is Qt.AlignmentFlag.AlignTop:
            size.moveTop(room.top())
        size.moveTopLeft(QPointF(size.topLeft().toPoint()))
        return size

    def at(self, x: float, y: float) -> QPointF:
        """Where a point of the picture (in its pixels) lies on the widget."""
        tall, wide = self.ink.shape
        area = self.area
        return QPointF(area.left() + x / wide * area.width(), area.top() + y / tall * area.height())

    def _pixel(self, place: QPointF) -> tuple[float, float]:
        tall, wide = self.ink.shape
        area = self.area
        return (place.x() - area.left()) / area.width() * wide, (place.y() - area.top()) / area.height() * tall

    def _stroke(self, end: tuple[float, float]) -> None:
        self.ink = inked(self.ink, self._last or end, end, erase=self.erasing or self._rubbing)
        self._last = end
        self.update()
        self.inked.emit()

    def _lift(self) -> None:
        if self._last is not None:
            self._last, self._rubbing = None, False
            self.lifted.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton) and not self.drawing:
            self._rubbing, self._cursor = event.button() == Qt.MouseButton.RightButton, None
            self._stroke(self._pixel(event.position()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.drawing:
            self._stroke(self._pixel(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        del event
        self._lift()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        tall, wide = self.ink.shape
        if key in ARROWS and not event.modifiers():
            column, row = self._cursor or (wide // 2, tall // 2)
            right, down = ARROWS[key]
            self._cursor = min(max(column + right, 0), wide - 1), min(max(row + down, 0), tall - 1)
            if self.drawing:
                self._stroke((self._cursor[0] + 0.5, self._cursor[1] + 0.5))
            self.update()
        elif key == Qt.Key.Key_Space:
            if not event.isAutoRepeat() and not self.drawing:
                self._cursor = self._cursor or (wide // 2, tall // 2)
                self._stroke((self._cursor[0] + 0.5, self._cursor[1] + 0.5))
        else:
            event.ignore()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._lift()
        else:
            event.ignore()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._lift()  # the key's release would go elsewhere
        super().focusOutEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter, colors, area = QPainter(self), theme.tokens(), self.area
        tall, wide = self.ink.shape
        painter.drawImage(area, colormaps.image(colormaps.grey_pixels(self.ink, 0.0, 1.0)), QRectF(0, 0, wide, tall))
        if self.blank and not self.hasFocus():
            painter.setPen(colors.text3)
            painter.setFont(theme.font(12))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self.hint)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colors.accent if self.hasFocus() else colors.line2, 1))
        painter.drawRect(area.adjusted(-0.5, -0.5, 0.5, 0.5))
        if self._cursor is not None and self.hasFocus():
            painter.setPen(QPen(colors.accent, 1.6))
            painter.drawRect(QRectF(self.at(*self._cursor), self.at(self._cursor[0] + 1, self._cursor[1] + 1)))
