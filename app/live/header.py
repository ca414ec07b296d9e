"""The head of the live views: tabs, the step that is shown, whether it is live, pages, and a menu."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen, QTransform
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QMenu, QSizePolicy, QWidget

from app import icons, theme
from app.feed import Progress
from app.live.card import CardTool
from graphs.language import tr

HEIGHT = 44


class Tab(QAbstractButton):
    """One of the tabs: words on a rounded ground when chosen."""

    def __init__(self, words: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setText(words)
        self.setCheckable(True)
        self.setAccessibleName(words)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(QFontMetrics(theme.font(12, 600)).horizontalAdvance(self.text()) + 20, 24)

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter, colors = QPainter(self), theme.tokens()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.isChecked() or self.hasFocus():
            ground = colors.hover if colors.dark else colors.panel
            edge = colors.accent if self.hasFocus() else ground if colors.dark else colors.line
            painter.setBrush(ground if self.isChecked() else Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(edge, 1))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        painter.setFont(theme.font(12, 600 if self.isChecked() else 500))
        painter.setPen(colors.text if self.isChecked() or self.underMouse() else colors.text2)
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())


class Words(QWidget):
    """A few words in a token's colour."""

    def __init__(self, words: str, size: int, weight: int, token: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.words, self.size_of_type, self.weight, self.token = words, size, weight, token
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def tell(self, words: str) -> None:
        """Other words."""
        if words != self.words:
            self.words = words
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(QFontMetrics(theme.font(self.size_of_type, self.weight)).horizontalAdvance(self.words) + 4, 24)

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        painter.setFont(theme.font(self.size_of_type, self.weight))
        painter.setPen(getattr(theme.tokens(), self.token))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self.words)


class StepDisplay(QWidget):
    """`Step 1,628` and a chip that says whether the numbers are live."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.step, self.state = 0, "idle"
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def tell(self, status: Progress) -> None:
        """Another step or state."""
        if (status.step, status.state) != (self.step, self.state):
            longer = len(f"{status.step:,}") != len(f"{self.step:,}") or status.state != self.state
            self.step, self.state = status.step, status.state
            self.setAccessibleName(f"{tr('Step')} {self.step:,} {self.chip()}")
            if longer:
                self.updateGeometry()
            self.update()

    def chip(self) -> str:
        """The word in the chip."""
        return {"running": tr("live"), "preparing": tr("preparing"), "paused": tr("paused"), "finished": tr("finished"),
                "failed": tr("failed")}.get(self.state, "")

    def _widths(self) -> tuple[int, int, int]:
        step = QFontMetrics(theme.font(12)).horizontalAdvance(tr("Step"))
        number = QFontMetrics(theme.font(12, 600)).horizontalAdvance(f"{self.step:,}")
        chip = QFontMetrics(theme.font(11, 600)).horizontalAdvance(self.chip())
        return step, number, chip + (24 if self.state == "running" else 14) if chip else 0

    def sizeHint(self) -> QSize:
        return QSize(sum(self._widths()) + 16, 24)

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter, colors = QPainter(self), theme.tokens()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        step, number, chip = self._widths()
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.setFont(theme.font(12))
        painter.setPen(colors.text3)
        painter.drawText(self.rect(), middle, tr("Step"))
        painter.setFont(theme.font(12, 600))
        painter.setPen(colors.text)
        painter.drawText(self.rect().adjusted(step + 8, 0, 0, 0), middle, f"{self.step:,}")
        if not chip:
            return
        ink = {"running": colors.ok, "failed": colors.error}.get(self.state, colors.text2)
        box = QRectF(step + number + 16, (self.height() - 18) / 2, chip, 18)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.alpha(ink, 0.16))
        painter.drawRoundedRect(box, 9, 9)
        painter.setFont(theme.font(11, 600))
        live = self.state == "running"
        if live:
            painter.setBrush(ink)
            painter.drawEllipse(QRectF(box.left() + 7, box.center().y() - 3, 6, 6))
        painter.setPen(theme.readable(ink, theme.mix(colors.window, ink, 0.16)))
        painter.drawText(box.adjusted(17 if live else 7, 0, 0, 0), middle, self.chip())


class BackTool(CardTool):
    """The button of the page before: the arrow of the next one, mirrored."""

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter, colors = QPainter(self), theme.tokens()
        if self.underMouse() and self.isEnabled():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colors.hover)
            painter.drawRoundedRect(QRectF(self.rect()), 6, 6)
        painter.setTransform(QTransform(-1, 0, 0, 1, self.width(), 0), combine=True)
        ink = colors.text2 if self.isEnabled() else theme.mix(colors.text3, colors.panel, 0.45)
        icons.paint(painter, "right", ink, QRectF(4, 4, 16, 16))


class Header(QWidget):
    """Tabs left; step, pages and menu right."""

    tab_chosen = Signal(str)
    turned = Signal(int)

    def __init__(self, tabs: Sequence[tuple[str, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(HEIGHT)
        self.tabs: dict[str, Tab] = {}
        group = QButtonGroup(self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 8, 8, 8)
        layout.setSpacing(4)
        layout.addWidget(Words(tr("Live views"), 13, 600, "text", self))
        layout.addSpacing(12)
        for key, words in tabs:
            tab = Tab(words, self)
            tab.clicked.connect(lambda _=False, key=key: self.tab_chosen.emit(key))
            group.addButton(tab)
            self.tabs[key] = tab
            layout.addWidget(tab)
        layout.addStretch(1)
        self.step = StepDisplay(self)
        layout.addWidget(self.step)
        layout.addSpacing(8)
        self.back = BackTool("right", tr("Earlier views"), self)
        self.forth = CardTool("right", tr("Further views"), self)
        self.pages = Words("", 11, 400, "text3", self)
        for widget in (self.back, self.pages, self.forth):
            layout.addWidget(widget)
        self.back.clicked.connect(lambda: self.turned.emit(-1))
        self.forth.clicked.connect(lambda: self.turned.emit(1))
        self.more = CardTool("more", tr("More"), self)
        self.menu = QMenu(self)
        self.more.clicked.connect(lambda: self.menu.popup(self.more.mapToGlobal(self.more.rect().bottomLeft())))
        layout.addWidget(self.more)

    def tell_pages(self, first: int, shown: int, count: int) -> None:
        """Which views of how many are on this page."""
        several = 0 < shown < count
        for widget in (self.back, self.pages, self.forth):
            widget.setVisible(several)
        self.back.setEnabled(first > 0)
        self.forth.setEnabled(first + shown < count)
        self.pages.tell(f"{first + 1}–{first + shown} / {count}" if shown > 1 else f"{first + 1} / {count}")

    def restyle(self) -> None:
        """The theme has changed."""
        for child in self.findChildren(QWidget):
            child.updateGeometry()
            child.update()
