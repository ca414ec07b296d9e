"""An optimiser a row: on or off with its colour, its learning rate, and how high it stands now."""

from __future__ import annotations

import math

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QDoubleValidator, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QComboBox, QHBoxLayout, QLineEdit, QSizePolicy, QWidget

from app import icons, theme
from app.live import numbers
from engine.optimizer import Optimizer
from graphs.language import tr

RATE_WIDTH, HEIGHT_WIDTH = 64, 62


class Chooser(QComboBox):
    """A list to choose from, with its arrow."""

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        box = QRectF(self.width() - 20, (self.height() - 10) / 2, 10, 10)
        icons.paint(QPainter(self), "down", theme.tokens().text3, box)


class NameSwitch(QAbstractButton):
    """The name beside a box in the walk's colour."""

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.color = theme.tokens().accent
        self.setText(name)
        self.setCheckable(True)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(110, 26)

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter, colors = QPainter(self), theme.tokens()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.hasFocus():
            painter.setPen(QPen(colors.accent, 1))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        box = QRectF(5, self.height() / 2 - 7, 14, 14)
        painter.setPen(QPen(self.color if self.isChecked() else colors.line2, 1.2))
        painter.setBrush(self.color if self.isChecked() else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box, 4, 4)
        if self.isChecked():
            light = theme.tokens().panel
            icons.paint(painter, "check", light, box.adjusted(1, 1, -1, -1))
        painter.setFont(theme.font(12, 500))
        painter.setPen(colors.text if self.isChecked() else colors.text3)
        painter.drawText(self.rect().adjusted(26, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, self.text())


class HeightWords(QWidget):
    """E of a walk, in figures."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.words, self.wrong = "", False
        self.setFixedSize(HEIGHT_WIDTH, 26)

    def tell(self, words: str, *, wrong: bool = False) -> None:
        if (words, wrong) != (self.words, self.wrong):
            self.words, self.wrong = words, wrong
            self.setAccessibleName(words)
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter, colors = QPainter(self), theme.tokens()
        painter.setFont(theme.font(12))
        painter.setPen(colors.error if self.wrong else colors.text2)
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, self.words)


class WalkRow(QWidget):
    """One optimiser."""

    changed = Signal()

    def __init__(self, kind: type[Optimizer], index: int, parent: QWidget) -> None:
        super().__init__(parent)
        self.kind, self.index = kind, index
        self.switch = NameSwitch(kind.title, self)
        self.switch.setToolTip(f"{tr(kind.equation)}\n{tr(kind.source)}")
        self.switch.setChecked(True)
        self.rate = QLineEdit(self)
        self.rate.setFixedWidth(RATE_WIDTH)
        self.rate.setFont(theme.font(12))
        self.rate.setAlignment(Qt.AlignmentFlag.AlignRight)
        check = QDoubleValidator(1e-9, 1000.0, 9, self.rate)
        check.setLocale(check.locale().c())
        self.rate.setValidator(check)
        words = tr("Learning rate of {name}", name=kind.title)
        self.rate.setToolTip(tr("{what}; ↑ and ↓ change it", what=words))
        self.rate.setAccessibleName(words)
        self.height_words = HeightWords(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        for part in (self.switch, self.rate, self.height_words):
            row.addWidget(part)
        self.switch.toggled.connect(self.changed)
        self.rate.editingFinished.connect(self.changed)
        self.rate.installEventFilter(self)

    @property
    def color(self) -> QColor:
        """Runs' colours in order; one more than there are is ink."""
        colors = theme.tokens()
        return colors.runs[self.index] if self.index < len(colors.runs) else colors.text

    @property
    def value(self) -> float:
        try:
            number = float(self.rate.text())
        except ValueError:
            return math.nan
        return number if 0 < number <= 1000 else math.nan

    def show_rate(self, rate: float) -> None:
        self.rate.setText(f"{rate:g}")

    def tell(self, height: float, *, lost: bool) -> None:
        """Where the walk is now."""
        self.switch.color = self.color
        self.switch.update()
        on = self.switch.isChecked()
        self.height_words.tell((tr("lost") if lost else numbers.short(height)) if on else "", wrong=lost)

    def eventFilter(self, watched: object, event: object) -> bool:
        """↑ and ↓ in the field go to the next round rate."""
        if isinstance(event, QKeyEvent) and event.type() == QKeyEvent.Type.KeyPress:
            up = {Qt.Key.Key_Up: 1.0, Qt.Key.Key_Down: -1.0}.get(Qt.Key(event.key()))
            if up and not math.isnan(self.value):
                self.show_rate(float(f"{min(1000.0, self.value * 10 ** (0.1 * up)):.2g}"))
                self.changed.emit()
                return True
        return False
