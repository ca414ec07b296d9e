"""What lies over the canvas: zoom box, switch of wire views, legend of strengths."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QLinearGradient, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from app import icons, theme
from app.canvas.wires import WireView, strength_color
from graphs.language import tr

HEIGHT = 32


def paint_panel(painter: QPainter, widget: QWidget) -> None:
    """The ground of a small box over the canvas."""
    tokens = theme.tokens()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(tokens.line, 1))
    painter.setBrush(tokens.panel)
    painter.drawRoundedRect(QRectF(widget.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)


class ZoomBox(QWidget):
    """Minus, per cent (click: 100 %), plus, fit."""

    out_clicked, in_clicked, whole_clicked, fit_clicked = Signal(), Signal(), Signal(), Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(3, 3, 3, 3)
        layout.setSpacing(0)
        self.minus = self._button("minus", tr("Zoom out"), self.out_clicked)
        self.number = self._button("", tr("Zoom to 100 %"), self.whole_clicked)
        self.plus = self._button("plus", tr("Zoom in"), self.in_clicked)
        self.whole = self._button("fit", tr("Show everything"), self.fit_clicked)
        for button in (self.minus, self.number, self.plus):
            layout.addWidget(button)
        layout.addSpacing(6)
        layout.addWidget(self.whole)
        self.show_zoom(1.0)

    def _button(self, icon: str, words: str, signal: Signal) -> QToolButton:
        button = QToolButton(self)
        button.setToolTip(words)
        button.setAccessibleName(words)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        if icon:
            button.setIcon(icons.icon(icon))
            button.setIconSize(QSize(16, 16))
            button.setFixedSize(28, HEIGHT - 6)
        else:
            button.setFont(theme.font(12, 500))
            button.setFixedSize(52, HEIGHT - 6)
        button.clicked.connect(signal)
        return button

    def show_zoom(self, zoom: float) -> None:
        self.number.setText(f"{zoom * 100:.0f} %")
        self.adjustSize()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_panel(painter, self)
        x = self.whole.x() - 3.5
        painter.setPen(QPen(theme.tokens().line, 1))
        painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))
        painter.end()


class ViewSwitch(QWidget):
    """Shapes, Activations, Gradients: what the wires tell."""

    switched = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.view = WireView.SHAPES
        self.words = {
            WireView.SHAPES: tr("Shapes"),
            WireView.ACTIVATIONS: tr("Activations"),
            WireView.GRADIENTS: tr("Gradients"),
        }
        self.setAccessibleName(tr("What the wires show"))
        self.setToolTip(tr("What the wires show (B)"))
        self.setMouseTracking(True)
        self._hovered = -1
        metrics = self._metrics_width()
        self.setFixedSize(round(metrics) * 3 + 4, HEIGHT - 4)

    def _metrics_width(self) -> float:
        """All parts as wide as the longest word needs."""
        return max(QFontMetricsF(theme.font(12, 500)).horizontalAdvance(words) for words in self.words.values()) + 28

    def show_view(self, view: WireView) -> None:
        self.view = view
        self.setAccessibleDescription(self.words[view])
        self.update()

    def part(self, index: int) -> QRectF:
        """The place of one of the three."""
        width = (self.width() - 4) / 3
        return QRectF(2 + index * width, 2, width, self.height() - 4)

    def _index_at(self, x: float) -> int:
        return min(max(int((x - 2) // ((self.width() - 4) / 3)), 0), 2)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hovered = self._index_at(event.position().x())
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = -1
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.switched.emit(list(WireView)[self._index_at(event.position().x())].value)

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(tokens.line, 1))
        painter.setBrush(tokens.field)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        painter.setFont(theme.font(12, 500))
        for index, view in enumerate(WireView):
            chosen = view is self.view
            if chosen:
                painter.setPen(QPen(tokens.line2, 1))
                painter.setBrush(tokens.hover if tokens.dark else tokens.raised)
                painter.drawRoundedRect(self.part(index).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
            painter.setPen(tokens.text if chosen or index == self._hovered else tokens.text2)
            painter.drawText(self.part(index), Qt.AlignmentFlag.AlignCenter, self.words[view])
        painter.end()


class Legend(QWidget):
    """What the strength of a wire means, as a wedge."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.view, self.limits = WireView.SHAPES, (1e-2, 1.0)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFixedSize(260, HEIGHT)
        self.hide()

    def show_limits(self, view: WireView, limits: tuple[float, float]) -> None:
        self.view, self.limits = view, limits
        self.setVisible(view is not WireView.SHAPES)
        self.update()

    def words(self) -> tuple[str, str]:
        """The name of the quantity and its range."""
        name = tr("RMS") if self.view is WireView.ACTIVATIONS else "‖∂E/∂x‖"
        return name, f"{_decade(self.limits[0])} – {_decade(self.limits[1])}"

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = theme.tokens()
        name, limits = self.words()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(12))
        painter.setPen(tokens.text3)
        painter.drawText(QRectF(self.rect()), Qt.AlignmentFlag.AlignVCenter, name)
        left = painter.fontMetrics().horizontalAdvance(name) + 12.0
        middle, right = self.height() / 2, left + 96
        painter.setPen(tokens.text2)
        painter.drawText(QRectF(right + 10, 0, 120, self.height()), Qt.AlignmentFlag.AlignVCenter, limits)
        ramp = QLinearGradient(left, 0, right, 0)
        for step in range(5):
            ramp.setColorAt(step / 4, strength_color(self.view, step / 4, tokens))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ramp)
        painter.drawPolygon(QPolygonF([
            QPointF(left, middle - 0.6), QPointF(right, middle - 2.75),
            QPointF(right, middle + 2.75), QPointF(left, middle + 0.6),
        ]))  # fmt: skip
        painter.end()


def _decade(value: float) -> str:
    return f"{value:g}" if 1e-3 < value < 1e4 else f"{value:.0e}".replace("e-0", "e-").replace("e+0", "e")
