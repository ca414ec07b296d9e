"""A field for one number: type it, drag it, turn the wheel on it; a thin line shows where it lies in its range."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from app import numerals, theme

DRAG_BEGINS = 4  # pixels
DRAG_PER_STEP = 6  # pixels for one whole step
UNBOUNDED = 65536.0  # where the level line of a number without a sensible upper bound ends


@dataclass(frozen=True, slots=True)
class Range:
    """What a number may be. `above` and `below` exclude the bound itself; `log` spaces it by ratio."""

    low: float | None = None
    high: float | None = None
    above: float | None = None
    below: float | None = None
    whole: bool = False
    log: bool = False

    def clamp(self, value: float) -> float:
        """The nearest value that is allowed; an excluded bound itself is left to the checks."""
        low = self.low if self.low is not None else self.above
        high = self.high if self.high is not None else self.below
        value = max(value, low) if low is not None else value
        value = min(value, high) if high is not None else value
        if (self.above is not None and value <= self.above) or (self.below is not None and value >= self.below):
            inner = abs(value) * 1e-3 or 1e-6
            value = value + inner if self.above is not None and value <= self.above else value - inner
        return float(round(value)) if self.whole else value

    def level(self, value: float) -> float | None:
        """Where in the range a value lies, 0 … 1; None when the range has no ends."""
        low = self.low if self.low is not None else self.above
        high = self.high if self.high is not None else self.below
        if low is None or (high is None and not (self.whole or self.log)):
            return None
        if self.whole or self.log:
            top = high if high is not None and high <= UNBOUNDED else (UNBOUNDED if self.whole else max(1.0, low * 1e3))
            bottom = max(low, 1.0) if self.whole else (low or top * 1e-6)
            if value <= bottom or top <= bottom:
                return 0.0
            return min(1.0, math.log(value / bottom) / math.log(top / bottom))
        return min(1.0, max(0.0, (value - low) / (high - low))) if high is not None and high > low else None

    def words(self) -> str:
        """`1 … 4,096`, `above 0`: for the tooltip."""
        low, high = (f"{x:,g}" if x is not None and abs(x) < 2**31 - 1 else "" for x in (self.low, self.high))
        left = low or (f"> {self.above:g}" if self.above is not None else "")
        right = high or (f"< {self.below:g}" if self.below is not None else "")
        if not right:
            return left if left.startswith(">") or not left else f"≥ {left}"
        return f"{left} … {right}" if left else f"≤ {right}" if not right.startswith("<") else right


class NumberField(QLineEdit):
    """Emits `edited(value)` for every change that the user makes; what cannot be read goes to `refused(text)`."""

    edited = Signal(object)
    refused = Signal(str)

    def __init__(self, allowed: Range, unit: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.allowed, self.unit, self.mark, self.room = allowed, unit, "", 0
        self.shows_level = True
        self._value: object = 0
        self._press: tuple[float, float] | None = None
        self._dragging = False
        self.setFont(theme.font(13, 500))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.SizeHorCursor)
        self.setFixedHeight(28)
        self.editingFinished.connect(self.commit)
        self.setMouseTracking(True)

    # what it shows

    def show_value(self, value: object) -> None:
        """Shows a value without emitting anything. A wrong value (a text, say) is shown as it is."""
        self._value = value
        if not (self.hasFocus() and self.isModified()):
            self.setText(self._text(value))
        self.update()

    def value(self) -> object:
        return self._value

    def set_room(self, room: int) -> None:
        """Keeps pixels free at the right end, for the reset button or a chevron."""
        self.room = room
        self.setTextMargins(0, 0, room, 0)

    def set_mark(self, mark: str) -> None:
        """Outlines the field: error, warn or empty."""
        self.mark = mark
        self.update()

    def _text(self, value: object) -> str:
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            return numerals.typed(value)
        return str(value)

    def _number(self) -> float:
        return float(self._value) if isinstance(self._value, int | float) and math.isfinite(self._value) else 0.0

    # what the user does

    def commit(self) -> None:
        """Takes over what was typed. Called on Enter, when focus leaves, and before anything that needs the value."""
        if not self.isModified():
            return
        text = self.text()
        self.setModified(False)
        number = numerals.read(text, whole=self.allowed.whole)
        if number is None:
            self.setText(self._text(self._value))
            self.refused.emit(text.strip())
        else:
            self._set(number)

    def _set(self, number: float) -> None:
        value: object = int(number) if self.allowed.whole and number.is_integer() else number
        self.setText(self._text(value))
        if value != self._value:
            self._value = value
            self.update()
            self.edited.emit(value)

    def nudge(self, steps: int, *, fine: bool = False, coarse: bool = False) -> None:
        """Moves the value by so many small steps, inside its range."""
        value = self._number()
        for _ in range(min(abs(steps), 100)):
            if self.allowed.whole:
                value += math.copysign(10 if coarse else 1, steps)
            else:
                for _ in range(10 if coarse else 1):
                    value = numerals.step(value, up=steps > 0, fine=fine)
        self.setModified(False)
        self._set(self.allowed.clamp(value))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.commit()
            self.nudge(1 if event.key() == Qt.Key.Key_Up else -1, coarse=shift, fine=alt)
            self.selectAll()
        elif event.key() == Qt.Key.Key_Escape and self.isModified():
            self.setModified(False)
            self.setText(self._text(self._value))
            self.selectAll()
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Turns the value only in a field that has the focus, so that scrolling the panel changes nothing."""
        if not self.hasFocus() or not event.angleDelta().y():
            event.ignore()
            return
        self.commit()
        fine = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        coarse = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        self.nudge(1 if event.angleDelta().y() > 0 else -1, fine=fine, coarse=coarse)
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and not self.hasFocus():
            self._press = (event.globalPosition().x(), self._number())
            event.accept()
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._press is None:
            super().mouseMoveEvent(event)
            return
        start, value = self._press
        away = event.globalPosition().x() - start
        if self._dragging or abs(away) >= DRAG_BEGINS:
            self._dragging = True
            self._set(self.allowed.clamp(self._dragged(value, away, event.modifiers())))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._press is None:
            super().mouseReleaseEvent(event)
            return
        self.mouseMoveEvent(event)  # the last stretch of a drag may come with the release
        dragged, self._press, self._dragging = self._dragging, None, False
        if not dragged:
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self.selectAll()

    def _dragged(self, value: float, away: float, modifiers: Qt.KeyboardModifier) -> float:
        """The value after a drag of so many pixels: whole steps, or a ratio for what is spaced by ratio."""
        speed = 0.1 if modifiers & Qt.KeyboardModifier.AltModifier else 1.0
        if self.allowed.whole:
            return value + round(away / DRAG_PER_STEP * speed)
        if self.allowed.log and value > 0:
            return float(f"{value * math.exp(away * 0.012 * speed):.2g}")
        low, high = self.allowed.low, self.allowed.high
        span = high - low if low is not None and high is not None else 10.0 * (abs(value) or 0.1)
        return float(f"{value + away / 240 * span * speed:.3g}")

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.setCursor(Qt.CursorShape.IBeamCursor)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.commit()
        self.setCursor(Qt.CursorShape.SizeHorCursor)
        self.deselect()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.EnabledChange:
            self.update()

    def minimumSizeHint(self) -> QSize:
        return QSize(56, 28)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter, colors = QPainter(self), theme.tokens()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect())
        level = self.allowed.level(self._number()) if self.shows_level else None
        if level and self.isEnabled():
            inside = QPainterPath()
            inside.addRoundedRect(area.adjusted(1, 1, -1, -1), 5, 5)
            painter.setClipPath(inside)
            painter.fillRect(QRectF(1, area.height() - 3, max(3.0, (area.width() - 2) * level), 2), colors.accent)
            painter.setClipping(False)
        self._paint_unit(painter)
        paint_mark(painter, area, self.mark)

    def _paint_unit(self, painter: QPainter) -> None:
        """The unit in grey behind the value, where there is room for it."""
        if not self.unit or self.hasFocus():
            return
        taken = self.fontMetrics().horizontalAdvance(self.text()) + 13
        painter.setFont(theme.font(11))
        painter.setPen(theme.tokens().text3)
        right = self.width() - self.room - 8
        if taken + painter.fontMetrics().horizontalAdvance(self.unit) + 4 <= right:
            place = QRectF(taken, 0, right - taken, self.height())
            painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self.unit)


def paint_mark(painter: QPainter, area: QRectF, mark: str) -> None:
    """The outline of a field that has a problem."""
    if mark:
        colors = theme.tokens()
        color = colors.error_fill if mark == "error" else colors.warn_fill
        pen = painter.pen()
        pen.setColor(color)
        pen.setWidthF(1.6)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(area.adjusted(0.8, 0.8, -0.8, -0.8), 6, 6)
