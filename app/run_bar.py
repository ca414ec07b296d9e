"""The bar at the top: document, run and pause, counters, pace, learning rate, panels, theme, help. 48 pixels."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QMenu, QSizePolicy, QWidget

from app import icons, numerals, theme
from app.actions import ActionTable
from app.panels.controls import IconButton, IconLabel, Rule, Words, make_menu, widest
from app.panels.number_field import NumberField, Range
from app.panels.pace import PaceButton, paint_counter
from graphs.language import tr

HEIGHT = 48
USUAL_NAME, SHORTEST_NAME = 170, 80  # pixels
STAGE_ROOM = 150  # pixels that the title of a stage may take
RATES = (1.0, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001, 0.0003, 0.0001)


class DocumentButton(QAbstractButton):
    """The document's name, a dot while it has unsaved changes, and a menu."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title, self.dirty = "", False
        self.least = USUAL_NAME  # how much of a long name is always shown
        self.setFixedHeight(32)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def show_title(self, title: str, *, dirty: bool) -> None:
        """Shows the name, and whether all of it is saved."""
        self.title, self.dirty = title, dirty
        self.setAccessibleName(title + (", " + tr("unsaved changes") if dirty else ""))
        self.setToolTip(title)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(min(260, widest(theme.font(14, 600), [self.title]) + 46), 32)

    def minimumSizeHint(self) -> QSize:
        return QSize(min(self.least, self.sizeHint().width()), 32)

    def paintEvent(self, event: QPaintEvent) -> None:
        colors, painter = theme.tokens(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.underMouse() or self.hasFocus() or self.isDown():
            painter.setPen(QPen(colors.accent, 1) if self.hasFocus() else Qt.PenStyle.NoPen)
            painter.setBrush(colors.hover)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        painter.setFont(theme.font(14, 600))
        painter.setPen(colors.text)
        room = self.width() - 42
        text = painter.fontMetrics().elidedText(self.title, Qt.TextElideMode.ElideMiddle, room)
        painter.drawText(QRectF(6, 0, room + 2, 32), Qt.AlignmentFlag.AlignVCenter, text)
        icons.paint(painter, "down", colors.text2, QRectF(self.width() - 20, 8, 16, 16))
        if self.dirty:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colors.text3)
            painter.drawEllipse(QRectF(self.width() - 31, 14, 5, 5))


class RunButton(QAbstractButton):
    """The one primary button: runs, pauses, resumes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.icon_name = "play"
        self.setFixedHeight(32)
        self.setFont(theme.font(14, 600))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def show_words(self, icon: str, text: str, tip: str) -> None:
        self.icon_name = icon
        self.setText(text)
        self.setToolTip(tip)
        self.update()

    def sizeHint(self) -> QSize:
        longest = widest(self.font(), [tr("Run"), tr("Pause"), tr("Resume"), tr("Preparing")])
        return QSize(max(104, longest + 44), 32)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        colors, painter = theme.tokens(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fill = colors.accent_fill
        if self.isDown():
            fill = theme.mix(fill, colors.accent_on, 0.16)
        elif self.underMouse():
            fill = theme.mix(fill, colors.accent_on, 0.08)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        painter.drawRoundedRect(QRectF(self.rect()), 6, 6)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(colors.accent_on, 1.2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(2.5, 2.5, -2.5, -2.5), 4, 4)
        width = self.fontMetrics().horizontalAdvance(self.text()) + 24
        left = (self.width() - width) / 2
        icons.paint(painter, self.icon_name, colors.accent_on, QRectF(left, 8, 16, 16))
        painter.setFont(self.font())
        painter.setPen(colors.accent_on)
        painter.drawText(QRectF(left + 24, 0, width, 32), Qt.AlignmentFlag.AlignVCenter, self.text())


class Counter(QWidget):
    """A number that moves under its name; as wide as the widest it may show, so that nothing shakes."""

    def __init__(self, label: str, widest_value: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.label, self.value, self.token, self._least = label, "–", "text", widest_value
        self.setFixedHeight(40)

    def show_label(self, label: str, tip: str = "") -> None:
        """Another name above the number."""
        if label != self.label:
            self.label = label
            self.setToolTip(tip)
            self.updateGeometry()
            self.update()

    def show_value(self, value: str, token: str = "text") -> None:
        if (value, token) != (self.value, self.token):
            wider = len(value) > max(len(self.value), len(self._least))
            self.value, self.token = value, token
            self.setAccessibleName(f"{self.label}: {value}")
            if wider:
                self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        values = widest(theme.font(13, 600), [self.value, self._least])
        return QSize(max(values, widest(theme.font(12), [self.label])) + 2, 40)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        paint_counter(QPainter(self), QRectF(self.rect()), self.label, self.value, self.token)


class RateField(NumberField):
    """The learning rate: type, drag, turn, or choose from a list."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Range(above=0.0, high=1000.0, log=True), "", parent)
        self.shows_level = False
        self.setFixedWidth(84)
        self.set_room(20)
        self.setAccessibleName(tr("Learning rate"))
        self.setToolTip(tr("Learning rate: can be changed while training"))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.position().x() >= self.width() - 24:
            self.menu().popup(self.mapToGlobal(QPoint(0, self.height() + 2)))
            event.accept()
        else:
            super().mousePressEvent(event)

    def menu(self) -> QMenu:
        """The usual rates, three to a decade."""
        menu = make_menu(self)
        for rate in RATES:
            action = menu.addAction(numerals.typed(rate))
            action.setCheckable(True)
            action.setChecked(rate == self.value())
            action.triggered.connect(lambda _=False, rate=rate: self._set(rate))
        return menu

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        icons.paint(QPainter(self), "down", theme.tokens().text2, QRectF(self.width() - 22, 6, 16, 16))


class RunBar(QWidget):
    """Shows what it is told, and does the actions of the table."""

    rate_chosen = Signal(object)  # float

    def __init__(
        self, table: ActionTable, document_menu: Callable[[QWidget], QMenu], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.table, self._document_menu, self.share = table, document_menu, 0.0
        self.starts: tuple[float, ...] = ()  # of stages
        self.setFixedHeight(HEIGHT)
        self.menu_button = IconButton("menu", tr("Menu"))
        self.document, self.run, self.pace = DocumentButton(), RunButton(), PaceButton()
        self.epoch = Counter(tr("Epoch"), "000 / 000")
        self.step = Counter(tr("Step"), "00,000")
        self.speed = Counter(tr("Speed"), "00,000 /s")
        self.left = Counter(tr("Left"), "00:00")
        self.rate_words, self.rate = Words(tr("Learning rate"), px=12, role="quiet"), RateField()
        self.theme_button, self.slow = self._tool("theme"), self._tool("slow")
        self._gaps: dict[QWidget, QWidget] = {}  # what stands before a widget and goes with it
        self._row = QHBoxLayout(self)
        self._lay_out()
        self._connect()
        self.show_state("idle")

    def _tool(self, name: str) -> IconButton:
        button = IconButton(self.table.by_id[name].icon or "more", name)
        self.table.button(button, name)
        return button

    def _lay_out(self) -> None:
        row = self._row
        row.setContentsMargins(8, 0, 8, 0)
        row.setSpacing(0)
        for widget, before in ((self.menu_button, 0), (IconLabel("logo", "sand", 20), 10),
                               (self.document, 6), (Rule(vertical=True), 14), (self._tool("undo"), 10),
                               (self._tool("redo"), 0)):  # fmt: skip
            row.addSpacing(before)
            row.addWidget(widget)
        row.addStretch(1)
        row.addSpacing(8)
        self.counter_rule, self.rate_rule = Rule(vertical=True), Rule(vertical=True)
        for widget, before in ((self.run, 0), (self._tool("step"), 8), (self.slow, 2), (self._tool("stop"), 2),
                               (Rule(vertical=True), 10), (self._tool("reset"), 8), (self._tool("seed"), 2),
                               (self.counter_rule, 9), (self.epoch, 16), (self.step, 18), (self.speed, 18),
                               (self.left, 18), (self.pace, 14), (self.rate_rule, 8), (self.rate_words, 14),
                               (self.rate, 10)):  # fmt: skip
            gap = QWidget()
            gap.setFixedWidth(before)
            self._gaps[widget] = gap
            row.addWidget(gap)
            row.addWidget(widget)
        row.addSpacing(8)
        row.addStretch(1)
        for widget, before in ((self._tool("palette"), 0), (self._tool("live"), 2), (self._tool("inspector"), 2),
                               (Rule(vertical=True), 9), (self.theme_button, 8), (self._tool("help"), 0)):  # fmt: skip
            row.addSpacing(before)
            row.addWidget(widget)

    def _connect(self) -> None:
        self.menu_button.clicked.connect(lambda: self._open(self.table.all_in_one(self), self.menu_button))
        self.document.clicked.connect(lambda: self._open(self._document_menu(self), self.document))
        self.run.clicked.connect(lambda: self.table.run("run"))
        self.rate.edited.connect(self.rate_chosen)
        theme.events().changed.connect(self._show_theme)
        self._show_theme()

    def _open(self, menu: QMenu, below: QWidget) -> None:
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(below.mapToGlobal(QPoint(0, below.height() + 4)))

    def _show_theme(self) -> None:
        self.table["theme"].setIcon(icons.icon("moon" if theme.tokens().dark else "sun"))

    # what it shows

    def show_document(self, title: str, *, dirty: bool) -> None:
        """The document's name."""
        if title != self.document.title:
            self.document.show_title(title, dirty=dirty)
            self.fit()
        elif dirty != self.document.dirty:
            self.document.show_title(title, dirty=dirty)

    def show_state(self, state: str) -> None:
        """Idle, preparing, running, paused, finished or failed."""
        icon, text = {
            "running": ("pause", tr("Pause")),
            "preparing": ("clock", tr("Preparing")),
            "paused": ("play", tr("Resume")),
        }.get(state, ("play", tr("Run")))
        self.run.show_words(icon, text, self.table["run"].toolTip())

    def show_progress(self, *, epoch: float, epochs: int, step: int, speed: float, left: float | None) -> None:
        """The counters. `epochs` is 0 for a run without end."""
        begun = step > 0
        whole = int(epoch) if not epochs else min(int(epoch), epochs)
        self.epoch.show_value(f"{whole:,} / {epochs:,}" if epochs else f"{whole:,}" if begun else "–")
        self.step.show_value(f"{step:,}" if begun else "–")
        self.speed.show_value(f"{numerals.short(speed)} /s" if speed > 0 else "–")
        self.left.show_value(numerals.duration(left) if epochs else "∞" if speed > 0 else "–")
        share = min(1.0, epoch / epochs) if epochs else 0.0
        if abs(share - self.share) * self.width() >= 0.5 or share in (0.0, 1.0):
            self.share = share
            self.update(0, HEIGHT - 3, self.width(), 3)
        if self._row.minimumSize().width() > self.width():  # a number has become longer than it usually is
            self.fit()

    def show_stage(self, title: str, place: int, count: int, starts: Sequence[float] = ()) -> None:
        """The stage that trains, by its title, above the epochs; `starts` are the shares of the run at which stages began.
        A run of a single stage has only epochs."""
        words = f"{place}/{count} {title}" if count > 1 else tr("Epoch")
        metrics = QFontMetrics(theme.font(12))
        shown = metrics.elidedText(words, Qt.TextElideMode.ElideRight, STAGE_ROOM)
        self.starts = tuple(starts)
        if shown != self.epoch.label:
            self.epoch.show_label(shown, words if count > 1 else "")
            self.fit()
        self.update(0, HEIGHT - 3, self.width(), 3)

    def show_rate(self, rate: object) -> None:
        """The learning rate of the document."""
        self.rate.show_value(rate)

    # room

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()

    def fit(self) -> None:
        """Leaves out what does not fit, the least needed first."""
        optional = (self.speed, self.rate_words, self.left, self.rate_rule, self.slow, self.step, self.counter_rule,
                    self.epoch)
        for widget in optional:
            self._show_part(widget, shown=True)
        self._shorten(USUAL_NAME)
        for widget in optional:
            if self._row.minimumSize().width() <= self.width():
                return
            self._show_part(widget, shown=False)
        self._shorten(SHORTEST_NAME)

    def _shorten(self, least: int) -> None:
        self.document.least = least
        self.document.updateGeometry()
        self._row.invalidate()

    def _show_part(self, widget: QWidget, *, shown: bool) -> None:
        widget.setVisible(shown)
        self._gaps[widget].setVisible(shown)
        self._row.invalidate()

    def minimumSizeHint(self) -> QSize:
        return QSize(640, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        colors, painter = theme.tokens(), QPainter(self)
        painter.fillRect(self.rect(), colors.panel)
        painter.fillRect(0, HEIGHT - 1, self.width(), 1, colors.line)
        if self.share > 0:
            painter.fillRect(QRectF(0, HEIGHT - 2, self.width() * self.share, 2), colors.accent)
        for start in self.starts:
            painter.fillRect(QRectF(self.width() * start - 1, HEIGHT - 3, 2, 3), colors.text)
