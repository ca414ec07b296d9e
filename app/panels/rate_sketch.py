"""The learning rate over the whole run, drawn small beneath the choice of its schedule."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from app import theme
from engine.schedules import rates
from engine.settings import ENDLESS_EPOCHS, TrainingSettings
from graphs.language import tr
from graphs.spec import Parameters

HEIGHT, POINTS, NUMBERS = 58, 120, 46


class RateSketch(QWidget):
    """A curve with its first and last value. Hidden while the rate is the same all the time."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(HEIGHT)
        self.setAccessibleName(tr("Learning rate over the run"))
        self.setToolTip(tr("Learning rate over the run"))
        self.values: np.ndarray = np.empty(0)
        self.epochs = 0
        self._shown: object = None

    def show_settings(self, settings: Parameters | None) -> None:
        """Draws anew where something that matters has changed."""
        drawn = isinstance(settings, TrainingSettings) and (settings.schedule != "constant" or settings.warm_up > 0)
        self.setVisible(drawn)
        if not drawn or not isinstance(settings, TrainingSettings):
            self._shown = None
            return
        numbers = {"learning_rate": settings.learning_rate, **settings.schedule_numbers()}
        shown = (settings.schedule, numbers, settings.warm_up, settings.epochs)
        if shown != self._shown:
            self._shown = shown
            self.epochs = settings.epochs or ENDLESS_EPOCHS
            times = np.linspace(0, self.epochs, POINTS)
            self.values = rates(settings.schedule, numbers, settings.warm_up, times)
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(160, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not len(self.values):
            return
        painter, colors = QPainter(self), theme.tokens()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(NUMBERS, 6, self.width() - NUMBERS - 4, HEIGHT - 24)
        top = float(self.values.max()) or 1.0
        painter.setPen(QPen(colors.line, 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        painter.setFont(theme.font(11))
        painter.setPen(colors.text3)
        left = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(0, area.top() - 7, NUMBERS - 6, 14), left, f"{top:.2g}")
        painter.drawText(QRectF(0, area.bottom() - 7, NUMBERS - 6, 14), left, "0")
        below = QRectF(area.left(), area.bottom() + 2, area.width(), 14)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, "0")
        painter.drawText(below, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop,
                         tr("{count} epochs", count=f"{self.epochs:,}"))  # fmt: skip
        across = np.linspace(area.left(), area.right(), len(self.values))
        line = [QPointF(x, area.bottom() - y / top * area.height()) for x, y in zip(across, self.values, strict=True)]
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.alpha(colors.accent, 0.12))
        painter.drawPolygon(QPolygonF([area.bottomLeft(), *line, area.bottomRight()]))
        painter.setPen(QPen(colors.accent, 1.6))
        painter.drawPolyline(QPolygonF(line))
