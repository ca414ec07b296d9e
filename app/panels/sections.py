"""What an inspector is made of: sections that fold, small curves, rows of live numbers and of shapes."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QHBoxLayout, QLayout, QVBoxLayout, QWidget

from app import icons, theme
from app.panels.controls import Elided, Rule, Words
from graphs.spec import Kind

HEADER = 40


class SectionHeader(QWidget):
    """Chevron, title, and a few words at the right while it is folded."""

    clicked = Signal()

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title, self.words, self.open = title, "", True
        self.setFixedHeight(HEADER)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(title)

    def set_words(self, words: str) -> None:
        self.words = words
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.clicked.emit()
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(120, HEADER)

    def paintEvent(self, event: QPaintEvent) -> None:
        colors, painter = theme.tokens(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.hasFocus():
            painter.setPen(QPen(colors.accent, 1))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(-3.5, 6.5, 3.5, -6.5), 6, 6)
        icons.paint(painter, "down" if self.open else "right", colors.text2, QRectF(-3, (HEADER - 16) / 2, 16, 16))
        painter.setFont(theme.font(13, 600))
        painter.setPen(colors.text)
        painter.drawText(QRectF(18, 0, self.width() - 18, HEADER), Qt.AlignmentFlag.AlignVCenter, self.title)
        if self.words:
            taken = 18 + painter.fontMetrics().horizontalAdvance(self.title) + 12
            painter.setFont(theme.font(12))
            painter.setPen(colors.text2)
            room = QRectF(taken, 0, self.width() - taken, HEADER)
            text = painter.fontMetrics().elidedText(self.words, Qt.TextElideMode.ElideRight, int(room.width()))
            painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)


class Section(QWidget):
    """A titled part of a panel that can be folded away; a line above keeps it from its neighbour."""

    toggled = Signal(bool)

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = title
        self.header = SectionHeader(title)
        self.body = QWidget()
        self.content = QVBoxLayout(self.body)
        self.content.setContentsMargins(0, 0, 0, 12)
        self.content.setSpacing(6)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(Rule())
        column.addWidget(self.header)
        column.addWidget(self.body)
        self.header.clicked.connect(lambda: self.toggled.emit(self._turn()))

    def _turn(self) -> bool:
        self.set_open(not self.header.open)
        return self.header.open

    def is_open(self) -> bool:
        return self.header.open

    def set_open(self, is_open: bool) -> None:
        """Folds or unfolds."""
        self.header.open = is_open
        self.body.setVisible(is_open)
        self.header.update()

    def replace_content(self, widget: QWidget | None) -> None:
        """Shows one widget as the whole content; the old one is deleted."""
        clear(self.content)
        if widget is not None:
            self.content.addWidget(widget)


def clear(layout: QLayout) -> None:
    """Takes every widget out of a layout and deletes it."""
    while layout.count():
        widget = layout.takeAt(0).widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()


class Spark(QWidget):
    """The last values of one number as a line, with a dot at the newest."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.values: Sequence[float] = ()
        self.token = "text2"
        self.setFixedSize(58, 20)

    def show_values(self, values: Sequence[float], token: str = "text2") -> None:
        self.values, self.token = values, token
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if len(self.values) < 2:
            return
        painter, color = QPainter(self), getattr(theme.tokens(), self.token)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        low, high = min(self.values), max(self.values)
        span = (high - low) or 1.0
        right, height = self.width() - 4.0, self.height() - 6.0
        across = right / (len(self.values) - 1)
        line = [QPointF(across * i, 3 + height * (1 - (y - low) / span)) for i, y in enumerate(self.values)]
        painter.setPen(QPen(color, 1.2))
        painter.drawPolyline(line)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawEllipse(line[-1], 2.0, 2.0)


class LiveRow(QWidget):
    """A number that moves: label, curve, value."""

    def __init__(self, label: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.spark, self.value = Spark(), Words(weight=500)
        self.value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.value.setMinimumWidth(46)
        self.setFixedHeight(24)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(Elided(label, role="quiet"), 1)
        row.addWidget(self.spark)
        row.addWidget(self.value)


class PortRow(QWidget):
    """A port's shape and name at the left, what travels at the right."""

    def __init__(self, kind: Kind, name: str, shape: str, *, wired: bool, help: str = "",
                 parent: QWidget | None = None) -> None:  # fmt: skip
        super().__init__(parent)
        self.kind, self.wired = kind, wired
        self.setFixedHeight(22)
        self.setToolTip(help)
        row = QHBoxLayout(self)
        row.setContentsMargins(20, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(Elided(name, role="quiet"), 1)
        row.addWidget(Words(shape, weight=500))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_port(painter, QPointF(6, self.height() / 2), self.kind, filled=self.wired)


def paint_port(painter: QPainter, center: QPointF, kind: Kind, *, filled: bool, radius: float = 4.6) -> None:
    """A port as the canvas shows it: its form says the kind, full says wired."""
    color = theme.tokens().kinds[kind]
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(color, 1.6))
    painter.setBrush(color if filled else Qt.BrushStyle.NoBrush)
    x, y, r = center.x(), center.y(), radius
    corners = {
        Kind.IMAGE: ((-0.85, -0.85), (0.85, -0.85), (0.85, 0.85), (-0.85, 0.85)),
        Kind.SEQUENCE: ((-0.75, -0.95), (1.05, 0.0), (-0.75, 0.95)),
        Kind.LABELS: ((0.0, -1.15), (1.15, 0.0), (0.0, 1.15), (-1.15, 0.0)),
        Kind.LOSS: ((-0.55, -0.95), (0.55, -0.95), (1.1, 0.0), (0.55, 0.95), (-0.55, 0.95), (-1.1, 0.0)),
    }.get(kind)
    if corners is None:
        painter.drawEllipse(center, r, r)
    else:
        painter.drawPolygon(QPolygonF([QPointF(x + r * a, y + r * b) for a, b in corners]))
