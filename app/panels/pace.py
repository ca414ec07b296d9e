"""How fast a run goes: a button that always says the present pace, and a small card to choose another."""

from __future__ import annotations

import math

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QVBoxLayout, QWidget

from app import icons, theme
from app.panels.controls import Words, widest
from graphs.language import tr

Pace = float | str | None  # steps a second, "lesson", or None for full speed
SLOWEST, FASTEST = 1.0, 100_000.0


def pace_words(pace: Pace) -> str:
    """`Lesson`, `120 /s`, `Full speed`."""
    if pace is None:
        return tr("Full speed")
    if isinstance(pace, str):
        return tr("Lesson")
    return f"{pace:,.0f} /s"


def to_text(pace: Pace) -> str:
    """The pace as preferences keep it."""
    return "full" if pace is None else str(pace)


def from_text(text: str) -> Pace:
    """What `to_text` wrote; anything else is the lesson pace."""
    if text == "full":
        return None
    try:
        number = float(text)
    except ValueError:
        return "lesson"
    return min(max(number, SLOWEST), FASTEST) if math.isfinite(number) else "lesson"


class PaceButton(QAbstractButton):
    """A clock, the word Pace and what it is now."""

    chosen = Signal(object)  # Pace

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pace: Pace = "lesson"
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setFixedHeight(40)
        self.setAccessibleName(tr("Pace"))
        self.setToolTip(tr("Pace: how many steps a second the training makes"))
        self.clicked.connect(self.open_card)
        self.card: PaceCard | None = None

    def show_pace(self, pace: Pace) -> None:
        """Shows what was chosen."""
        self.pace = pace
        self.setAccessibleDescription(pace_words(pace))
        self.updateGeometry()
        self.update()

    def open_card(self) -> None:
        """Opens the choice below the button."""
        self.card = PaceCard(self.pace, self)
        self.card.chosen.connect(self._choose)
        self.card.move(self.mapToGlobal(QPoint(0, self.height() + 4)))
        self.card.show()

    def _choose(self, pace: Pace) -> None:
        self.show_pace(pace)
        self.chosen.emit(pace)

    def sizeHint(self) -> QSize:
        texts = [tr("Lesson"), tr("Full speed"), "100,000 /s"]
        return QSize(30 + max(widest(theme.font(13, 600), texts), widest(theme.font(12), [tr("Pace")])), 40)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        colors, painter = theme.tokens(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.underMouse() or self.isDown() or self.hasFocus():
            painter.setPen(QPen(colors.accent, 1) if self.hasFocus() else Qt.PenStyle.NoPen)
            painter.setBrush(colors.hover)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        icons.paint(painter, "clock", colors.text2, QRectF(4, 12, 16, 16))
        paint_counter(painter, QRectF(25, 0, self.width() - 25, 40), tr("Pace"), pace_words(self.pace))


def paint_counter(painter: QPainter, area: QRectF, label: str, value: str, token: str = "text") -> None:
    """A small label with a strong value beneath."""
    colors = theme.tokens()
    flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
    painter.setFont(theme.font(12))
    painter.setPen(colors.text2)
    painter.drawText(QRectF(area.left(), area.top() + 3, area.width(), 16), flags, label)
    painter.setFont(theme.font(13, 600))
    painter.setPen(getattr(colors, token))
    painter.drawText(QRectF(area.left(), area.top() + 19, area.width(), 18), flags, value)


class _Option(QAbstractButton):
    """One line of the card: a ring that is filled when chosen, a title and what it means."""

    def __init__(self, title: str, meaning: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title, self.meaning = title, meaning
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setFixedHeight(44)
        self.setAccessibleName(title)
        self.setAccessibleDescription(meaning)

    def sizeHint(self) -> QSize:
        return QSize(40 + max(widest(theme.font(13, 500), [self.title]), widest(theme.font(12), [self.meaning])), 44)

    def paintEvent(self, event: QPaintEvent) -> None:
        colors, painter = theme.tokens(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.underMouse() or self.hasFocus():
            painter.setPen(QPen(colors.accent, 1) if self.hasFocus() else Qt.PenStyle.NoPen)
            painter.setBrush(colors.hover)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        painter.setPen(QPen(colors.accent if self.isChecked() else colors.line2, 1.6))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(QRectF(9, 9, 12, 12))
        if self.isChecked():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colors.accent)
            painter.drawEllipse(QRectF(12, 12, 6, 6))
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.setFont(theme.font(13, 500))
        painter.setPen(colors.text)
        painter.drawText(QRectF(30, 5, self.width() - 34, 18), flags, self.title)
        painter.setFont(theme.font(12))
        painter.setPen(colors.text3)
        painter.drawText(QRectF(30, 22, self.width() - 34, 18), flags, self.meaning)


class LogSlider(QWidget):
    """Steps a second, spaced by ratio: each third of the slider is about a factor of fifty."""

    moved = Signal(float)

    def __init__(self, value: float, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.value = value
        self.setFixedHeight(28)
        self.setMinimumWidth(220)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Steps a second"))

    def _share(self) -> float:
        return math.log(self.value / SLOWEST) / math.log(FASTEST / SLOWEST)

    def set_share(self, share: float) -> None:
        """Moves the knob, 0 … 1; the value snaps to two figures."""
        raw = SLOWEST * (FASTEST / SLOWEST) ** min(max(share, 0.0), 1.0)
        value = float(f"{raw:.1e}") if raw >= 10 else float(round(raw))
        if value != self.value:
            self.value = value
            self.setAccessibleDescription(pace_words(value))
            self.update()
            self.moved.emit(value)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.set_share((event.position().x() - 12) / (self.width() - 24))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.set_share((event.position().x() - 12) / (self.width() - 24))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -0.04, Qt.Key.Key_Down: -0.04, Qt.Key.Key_Right: 0.04, Qt.Key.Key_Up: 0.04}
        if event.key() in step:
            self.set_share(self._share() + step[event.key()])
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        colors, painter = theme.tokens(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle, room = self.height() / 2, self.width() - 24
        knob = 12 + room * self._share()
        painter.setPen(QPen(colors.line2, 2))
        painter.drawLine(12, int(middle), int(12 + room), int(middle))
        painter.setPen(QPen(colors.accent, 2))
        painter.drawLine(12, int(middle), int(knob), int(middle))
        painter.setPen(QPen(colors.accent, 2) if self.hasFocus() else Qt.PenStyle.NoPen)
        painter.setBrush(colors.text)
        painter.drawEllipse(QRectF(knob - 6, middle - 6, 12, 12))


class PaceCard(QWidget):
    """The three ways to set the pace."""

    chosen = Signal(object)

    def __init__(self, pace: Pace, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        number = pace if isinstance(pace, float | int) else 60.0
        self.lesson = _Option(tr("Lesson"), tr("The whole run in about 15 seconds"))
        self.steady = _Option(tr("Steps a second"), tr("Slow enough to watch, or nearly as fast as it goes"))
        self.full = _Option(tr("Full speed"), tr("As fast as this machine can"))
        self.slider, self.number = LogSlider(float(number)), Words(pace_words(float(number)), weight=600)
        self.number.setMinimumWidth(76)
        self.number.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        below = QHBoxLayout()
        below.setContentsMargins(18, 0, 10, 4)
        below.addWidget(self.slider, 1)
        below.addWidget(self.number)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 6, 6, 6)
        column.setSpacing(2)
        column.addWidget(self.lesson)
        column.addWidget(self.steady)
        column.addLayout(below)
        column.addWidget(self.full)
        current = self.full if pace is None else self.lesson if isinstance(pace, str) else self.steady
        current.setChecked(True)
        self.lesson.clicked.connect(lambda: self.chosen.emit("lesson"))
        self.full.clicked.connect(lambda: self.chosen.emit(None))
        self.steady.clicked.connect(lambda: self.chosen.emit(self.slider.value))
        self.slider.moved.connect(self._moved)

    def _moved(self, value: float) -> None:
        self.steady.setChecked(True)
        self.number.setText(pace_words(value))
        self.chosen.emit(value)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colors = QPainter(self), theme.tokens()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colors.line2, 1))
        painter.setBrush(colors.raised)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
