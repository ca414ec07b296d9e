"""The small parts that every panel is made of: icon buttons, rules, switches, chips, elided text, key caps."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, QVariantAnimation, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app import icons, theme


class IconButton(QToolButton):
    """A quiet button that is only an icon; its words are in the tooltip and for screen readers."""

    def __init__(self, name: str, text: str, *, side: int = 32, icon: int = 16, token: str = "text2",
                 checkable: bool = False, parent: QWidget | None = None) -> None:  # fmt: skip
        super().__init__(parent)
        self._token = token
        self.setIconSize(QSize(icon, icon))
        self.setFixedSize(side, side)
        self.setCheckable(checkable)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.show_as(name, text)

    def show_as(self, name: str, text: str) -> None:
        """Changes icon and words, as when Run becomes Pause."""
        self.setIcon(icons.icon(name, self._token))
        self.setToolTip(text)
        self.setAccessibleName(text)


class Rule(QWidget):
    """A line one pixel wide that separates."""

    def __init__(self, *, vertical: bool = False, length: int = 0, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        if vertical:
            self.setFixedSize(1, length or 20)
        else:
            self.setFixedHeight(1)

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), theme.tokens().line)


class Surface(QWidget):
    """A plain area in one token's colour, with a line along the named edges."""

    def __init__(self, token: str = "panel", *, edges: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.token, self.edges = token, edges

    def paintEvent(self, event: QPaintEvent) -> None:
        colors, painter, area = theme.tokens(), QPainter(self), self.rect()
        painter.fillRect(area, getattr(colors, self.token))
        for edge in self.edges.split():
            strip = {
                "top": (0, 0, area.width(), 1),
                "bottom": (0, area.height() - 1, area.width(), 1),
                "left": (0, 0, 1, area.height()),
                "right": (area.width() - 1, 0, 1, area.height()),
            }[edge]
            painter.fillRect(*strip, colors.line)


class Words(QLabel):
    """A label in one of the three text colours; `role` is quiet, hint, warn, error or empty."""

    def __init__(self, text: str = "", *, px: int = 13, weight: int = 400, role: str = "", wrap: bool = False,
                 italic: bool = False, parent: QWidget | None = None) -> None:  # fmt: skip
        super().__init__(text, parent)
        self.setFont(theme.font(px, weight, italic))
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(wrap)
        self.set_role(role)

    def set_role(self, role: str) -> None:
        if self.property("role") != role:
            self.setProperty("role", role)
            self.style().unpolish(self)
            self.style().polish(self)


class Elided(Words):
    """A label that shortens its text with … instead of pushing others away; the whole text is its tooltip."""

    def __init__(
        self,
        text: str = "",
        *,
        px: int = 13,
        weight: int = 400,
        role: str = "",
        align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("", px=px, weight=weight, role=role, parent=parent)
        self._whole = ""
        self.setAlignment(align | Qt.AlignmentFlag.AlignVCenter)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.setMinimumWidth(12)
        self.set_text(text)

    def set_text(self, text: str) -> None:
        self._whole = text
        self._fit()
        self.updateGeometry()

    def whole_text(self) -> str:
        return self._whole

    def _fit(self) -> None:
        shown = self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, max(self.width(), 12))
        self.setText(shown)
        self.setToolTip(self._whole if shown != self._whole else "")

    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance(self._whole) + 2, self.fontMetrics().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(12, self.fontMetrics().height())

    def resizeEvent(self, event: QEvent) -> None:
        super().resizeEvent(event)
        self._fit()


class IconLabel(QLabel):
    """An icon in a token's colour that follows the theme."""

    def __init__(self, name: str, token: str = "text2", size: int = 16, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name, self.token, self.side = name, token, size
        self.setFixedSize(size, size)

    def set_icon(self, name: str, token: str) -> None:
        self.name, self.token = name, token
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        icons.paint(QPainter(self), self.name, getattr(theme.tokens(), self.token), QRectF(self.rect()))


class Switch(QAbstractButton):
    """On or off, as a sliding knob."""

    edited = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setCheckable(True)
        self.setFixedSize(34, 20)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._place = 0.0
        self._slide = QVariantAnimation(self, startValue=0.0, endValue=1.0)
        self._slide.valueChanged.connect(self._slid)
        self.toggled.connect(self._toggled)
        self.clicked.connect(lambda: self.edited.emit(self.isChecked()))

    def _toggled(self, on: bool) -> None:
        self._slide.stop()
        duration = theme.motion(80) if self.isVisible() else 0
        if not duration:
            self._slid(1.0 if on else 0.0)
            return
        self._slide.setDuration(duration)
        self._slide.setStartValue(self._place)
        self._slide.setEndValue(1.0 if on else 0.0)
        self._slide.start()

    def _slid(self, place: float) -> None:
        self._place = float(place)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        colors, painter = theme.tokens(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        track = QRectF(1, 2, 32, 16)
        off = colors.line2
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.mix(off, colors.accent_fill, self._place))
        if not self.isEnabled():
            painter.setOpacity(0.5)
        painter.drawRoundedRect(track, 8, 8)
        painter.setBrush(colors.accent_on)
        painter.drawEllipse(QRectF(3 + self._place * 16, 4, 12, 12))
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(colors.accent, 1.2))
            painter.drawRoundedRect(track.adjusted(-0.5, -1.2, 0.5, 1.2), 9, 9)


class KeyCap(QLabel):
    """The name of a key in a small frame."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setFont(theme.font(11, 500))
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setFixedHeight(18)
        self.setMinimumWidth(self.fontMetrics().horizontalAdvance(text) + 12)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def paintEvent(self, event: QPaintEvent) -> None:
        colors, painter = theme.tokens(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colors.line2, 1))
        painter.setBrush(colors.raised)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        painter.setPen(colors.text2)
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())


def in_lines(buttons: Sequence[QPushButton], room: int) -> QVBoxLayout:
    """The buttons from left to right, in as many lines as they need."""
    lines, line, left = QVBoxLayout(), None, 0
    lines.setSpacing(6)
    for button in buttons:
        wide = button.sizeHint().width()
        if line is None or wide > left:
            line, left = QHBoxLayout(), room
            line.setSpacing(8)
            line.addStretch(1)
            lines.addLayout(line)
        line.insertWidget(line.count() - 1, button)
        left -= wide + 8
    return lines


class CureButton(QPushButton):
    """A cure: one click does what it says. Filled in the colour of the problem's weight."""

    def __init__(self, text: str, weight: str = "warn", *, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.weight = weight
        self.setFont(theme.font(12, 600))
        self.setFixedHeight(26)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance(self.text()) + 24, 26)

    def minimumSizeHint(self) -> QSize:
        return QSize(64, 26)

    def paintEvent(self, event: QPaintEvent) -> None:
        colors, painter = theme.tokens(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fill, on = {
            "warn": (colors.warn_fill, colors.warn_on),
            "error": (colors.error_fill, colors.error_on),
        }.get(self.weight, (colors.accent_fill, colors.accent_on))
        if self.isDown():
            fill = theme.mix(fill, on, 0.16)
        elif self.underMouse():
            fill = theme.mix(fill, on, 0.08)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        area = QRectF(self.rect())
        painter.drawRoundedRect(area, 6, 6)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(colors.text, 1))
            painter.drawRoundedRect(area.adjusted(1.5, 1.5, -1.5, -1.5), 5, 5)
        painter.setPen(on)
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width() - 12)
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, text)


class Link(QToolButton):
    """Words that do something, in the accent colour, with a small arrow."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(text)
        self.setFont(theme.font(13, 500))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance(self.text()) + 20, 24)

    def minimumSizeHint(self) -> QSize:
        return QSize(40, 24)

    def paintEvent(self, event: QPaintEvent) -> None:
        colors, painter = theme.tokens(), QPainter(self)
        font = QFont(self.font())
        font.setUnderline(self.underMouse() or self.hasFocus())
        painter.setFont(font)
        painter.setPen(colors.accent)
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width() - 16)
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
        left = self.fontMetrics().horizontalAdvance(text) + 3
        icons.paint(painter, "right", colors.accent, QRectF(left, (self.height() - 12) / 2, 12, 12))


class Disclosure(QAbstractButton):
    """Words with a chevron that turn further rows on and off."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(text)
        self.setCheckable(True)
        self.setFont(theme.font(12, 500))
        self.setFixedHeight(24)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance(self.text()) + 24, 24)

    def paintEvent(self, event: QPaintEvent) -> None:
        colors, painter = theme.tokens(), QPainter(self)
        color = colors.text if self.underMouse() or self.hasFocus() else colors.text2
        icons.paint(painter, "down" if self.isChecked() else "right", color, QRectF(-3, 4, 16, 16))
        painter.setFont(self.font())
        painter.setPen(color)
        painter.drawText(self.rect().adjusted(18, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, self.text())


def make_menu(parent: QWidget | None = None) -> QMenu:
    """A menu whose round corners are see-through."""
    menu = QMenu(parent)
    menu.setWindowFlags(menu.windowFlags() | Qt.WindowType.FramelessWindowHint | Qt.WindowType.NoDropShadowWindowHint)
    menu.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
    return menu


def paint_tile(painter: QPainter, rect: QRectF, icon: str, tint: QColor, color: QColor) -> None:
    """A family's icon on its tint, two thirds of the tile's size."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(tint)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.drawRoundedRect(rect, 6 if rect.width() >= 24 else 5, 6 if rect.width() >= 24 else 5)
    inset = rect.width() / 6
    icons.paint(painter, icon, color, rect.adjusted(inset, inset, -inset, -inset))


def widest(font: QFont, texts: list[str]) -> int:
    """The width of the longest of these texts."""
    metrics = QFontMetrics(font)
    return max((metrics.horizontalAdvance(text) for text in texts), default=0)


