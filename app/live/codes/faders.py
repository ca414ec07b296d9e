"""A fader for each unit of a code, side by side: from the least to the largest value that samples give it."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme
from app.live import numbers

NARROWEST, WIDEST = 7.0, 36.0  # pixels of a fader with its gap
HEAD, FOOT = 16.0, 14.0
STEP, STRIDE = 0.02, 0.1  # shares of the range: a press of an arrow key, and of Page Up or Down


class Faders(QWidget):
    """Values as knobs on tracks, with a line where the sample's own value is. Left and right pick a unit, up and down move
    it, Home and End are its ends, Delete takes the sample's value back. Units that do not fit are left out: those that
    vary least."""

    moved = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.low, self.high = np.zeros(0), np.zeros(0)
        self.values, self.own = np.zeros(0), np.zeros(0)
        self.units = np.zeros(0, np.int64)  # those that are shown
        self.chosen = 0  # a place in `units`
        self._varied = np.zeros(0)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)

    def minimumSizeHint(self) -> QSize:
        return QSize(80, 70)

    def show_ranges(self, codes: np.ndarray) -> None:
        """What N × units codes of samples are like."""
        self.low, self.high = codes.min(axis=0).astype(float), codes.max(axis=0).astype(float)
        flat = self.high - self.low < 1e-9
        self.low, self.high = np.where(flat, self.low - 0.5, self.low), np.where(flat, self.high + 0.5, self.high)
        self._varied = codes.std(axis=0)
        self._choose_units()

    def show_values(self, values: np.ndarray, own: np.ndarray) -> None:
        """Where the knobs stand, and what the sample's own code is."""
        self.values, self.own = values, own
        self.update()

    def _choose_units(self) -> None:
        room = max(1, int((self.width() - 4) // NARROWEST))
        kept = np.argsort(-self._varied, kind="stable")[:room]
        units = np.sort(kept)
        if not np.array_equal(units, self.units):
            self.units, self.chosen = units, min(self.chosen, max(0, len(units) - 1))
            self.update()

    @property
    def step(self) -> float:
        """Pixels from one fader to the next."""
        return min(WIDEST, (self.width() - 4) / max(1, len(self.units)))

    def track(self, place: int) -> QRectF:
        """Where a fader may stand."""
        return QRectF(2 + place * self.step, HEAD + 4, self.step, self.height() - HEAD - FOOT - 8)

    def set_value(self, place: int, share: float) -> None:
        """Moves a fader to a share of its range, from 0 to 1."""
        unit = int(self.units[place])
        share = min(1.0, max(0.0, share))
        self.chosen = place
        self.values = self.values.copy()
        self.values[unit] = self.low[unit] + share * (self.high[unit] - self.low[unit])
        self.moved.emit()
        self.update()

    def share(self, unit: int, value: float) -> float:
        """A value of a unit as a share of its range."""
        return (value - self.low[unit]) / (self.high[unit] - self.low[unit])

    # hands

    def _place_at(self, x: float) -> int:
        return min(len(self.units) - 1, max(0, int((x - 2) // self.step)))

    def _drag(self, at: QPointF, place: int) -> None:
        track = self.track(place)
        self.set_value(place, (track.bottom() - at.y()) / track.height())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and len(self.units):
            self._drag(event.position(), self._place_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton and len(self.units):
            self._drag(event.position(), self.chosen)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, last = Qt.Key(event.key()), len(self.units) - 1
        if last < 0 or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            event.ignore()
            return
        unit = int(self.units[self.chosen])
        now = self.share(unit, float(self.values[unit]))
        moves = {Qt.Key.Key_Up: now + STEP, Qt.Key.Key_Down: now - STEP, Qt.Key.Key_PageUp: now + STRIDE,
                 Qt.Key.Key_PageDown: now - STRIDE, Qt.Key.Key_Home: 1.0, Qt.Key.Key_End: 0.0,
                 Qt.Key.Key_Delete: self.share(unit, float(self.own[unit]))}  # fmt: skip
        if key in moves:
            self.set_value(self.chosen, moves[key])
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.chosen = min(last, max(0, self.chosen + (1 if key == Qt.Key.Key_Right else -1)))
            self.update()
        else:
            event.ignore()

    # looks

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        if not len(self.units) or len(self.values) != len(self.low):
            return
        painter, colors = QPainter(self), theme.tokens()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(10))
        wide = self.step >= painter.fontMetrics().horizontalAdvance("000") + 2
        for place, unit in enumerate(self.units.tolist()):
            track, lit = self.track(place), place == self.chosen
            middle = track.center().x()
            painter.fillRect(QRectF(middle - 1, track.top(), 2, track.height()), colors.line2)
            if self.low[unit] < 0 < self.high[unit]:
                zero = track.bottom() - self.share(unit, 0.0) * track.height()
                painter.fillRect(QRectF(middle - 3, zero - 0.5, 6, 1), colors.line2)
            own = track.bottom() - self.share(unit, float(self.own[unit])) * track.height()
            painter.fillRect(QRectF(middle - self.step * 0.4, own - 1, self.step * 0.8, 2), colors.text3)
            moved = abs(self.values[unit] - self.own[unit]) > 1e-6 * (self.high[unit] - self.low[unit])
            at = QPointF(middle, track.bottom() - self.share(unit, float(self.values[unit])) * track.height())
            painter.setPen(QPen(colors.panel, 1))
            painter.setBrush(colors.accent if moved else colors.text2)
            painter.drawEllipse(at, *(2 * [min(5.0, self.step * 0.45)]))
            if lit and self.hasFocus():
                painter.setPen(QPen(colors.accent, 1.2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(track.adjusted(0.5, -3, -0.5, 3), 3, 3)
            if wide or lit:
                painter.setPen(colors.text if lit else colors.text3)
                foot = QRectF(middle - 14, track.bottom() + 4, 28, FOOT)
                painter.drawText(foot.translated(max(0.0, -foot.left()), 0), Qt.AlignmentFlag.AlignCenter, str(unit + 1))
        self._draw_head(painter)

    def _draw_head(self, painter: QPainter) -> None:
        """The chosen unit's value in words."""
        unit = int(self.units[self.chosen])
        painter.setFont(theme.font(11))
        painter.setPen(theme.tokens().text2)
        words = f"{unit + 1}: {numbers.short(float(self.values[unit]))}"
        if len(self.units) < len(self.low):
            words += f"    {len(self.units)} / {len(self.low)}"
        painter.drawText(QRectF(2, 0, self.width() - 4, HEAD), Qt.AlignmentFlag.AlignVCenter, words)

    def resizeEvent(self, event: object) -> None:
        del event
        if len(self._varied):
            self._choose_units()
