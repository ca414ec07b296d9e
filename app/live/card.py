"""A card: one live view with its title, its subject, a save and an expand button. What it shows is up to each card."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import ClassVar

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFontMetrics, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QFileDialog,
    QHBoxLayout,
    QMenu,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app import icons, theme
from app.live import export
from app.live.end_labels import shortened
from app.live.sight import Sight
from engine.events import RunInfo
from graphs.language import tr

PADDING, RADIUS, HEADER = 12, 8, 24
CALM = 0.2  # seconds that a shown number stays
OF = "of:"  # before the name of a quantity that was chosen: no id of a node


class CardTool(QToolButton):
    """A button of 24 px in a card's header."""

    def __init__(self, icon: str, words: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setIcon(icons.icon(icon))
        self.setIconSize(QSize(16, 16))
        self.setFixedSize(24, 24)
        self.setToolTip(words)
        self.setAccessibleName(words)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)


class WordTool(QToolButton):
    """A switch of one word in a card's header."""

    def __init__(self, word: str, words: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setText(word)
        self.setFont(theme.font(11))
        self.setCheckable(True)
        self.setFixedHeight(24)
        self.setMinimumWidth(QFontMetrics(theme.font(11)).horizontalAdvance(word) + 12)
        self.setToolTip(words)
        self.setAccessibleName(words)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)


class Heading(QWidget):
    """Title and subject in one line. With choices the subject is a button that opens them."""

    chosen = Signal(str)  # key of a choice

    def __init__(self, title: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.title, self.subject = title, ""
        self.choices: list[tuple[str, str]] = []  # (key, words)
        self.on_paper = False  # nothing can be chosen there
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(HEADER)
        self.setMinimumWidth(40)

    def tell(self, subject: str, choices: Iterable[tuple[str, str]] = ()) -> None:
        """Shows another subject, and what else can be chosen."""
        choices = list(choices)
        if (subject, choices) != (self.subject, self.choices):
            self.subject, self.choices = subject, choices
            several = len(choices) > 1
            self.setCursor(Qt.CursorShape.PointingHandCursor if several else Qt.CursorShape.ArrowCursor)
            self.setFocusPolicy(Qt.FocusPolicy.TabFocus if several else Qt.FocusPolicy.NoFocus)
            self.setToolTip(subject)
            self.setAccessibleName(f"{self.title} {subject}".strip())
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter, colors = QPainter(self), theme.tokens()
        font = theme.font(12, 600)
        title = QFontMetrics(font).elidedText(self.title, Qt.TextElideMode.ElideRight, self.width())
        painter.setFont(font)
        painter.setPen(colors.text)
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, title)
        left = painter.fontMetrics().horizontalAdvance(title) + 8
        arrow = 11 if len(self.choices) > 1 and not self.on_paper else 0
        room = self.width() - left - arrow
        if room < 24 or not self.subject:
            return
        painter.setFont(theme.font(12))
        painter.setPen(colors.text if self.hasFocus() else colors.text3)
        words = shortened(painter.fontMetrics(), self.subject, room)
        middle = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(self.rect().adjusted(left, 0, 0, 0), middle, words)
        if arrow:
            at = left + painter.fontMetrics().horizontalAdvance(words) + 1
            icons.paint(painter, "down", colors.text3, QRectF(at, (self.height() - 10) / 2, 10, 10))

    def open_choices(self) -> None:
        """Offers the other subjects."""
        menu = QMenu(self)
        for key, words in self.choices:
            action = menu.addAction(words)
            action.setCheckable(True)
            action.setChecked(words == self.subject)
            action.triggered.connect(lambda _=False, key=key: self.chosen.emit(key))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.mapToGlobal(QPoint(0, self.height())))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if len(self.choices) > 1 and event.button() == Qt.MouseButton.LeftButton:
            self.open_choices()
        else:
            event.ignore()

    def keyPressEvent(self, event) -> None:
        if event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Down) and len(self.choices) > 1:
            self.open_choices()
        else:
            event.ignore()


class Card(QWidget):
    """The ground of all cards. A card has a `body` (its picture), says what it wants watched, and draws on `refresh`.

    It is refreshed only while it can be seen, and watches only then.
    """

    name: ClassVar[str]  # for settings and file names
    stretch: ClassVar[float] = 1.0  # its width beside others
    needs_hand: ClassVar[bool] = False  # shows what somebody draws, so it is left out of pictures without a window
    asks: ClassVar[bool] = False  # shows answers to questions about the network, not only what the feed holds

    node_chosen = Signal(str)
    cure_chosen = Signal(object)  # graphs.problems.Cure
    unit_picked = Signal(object)  # app.live.sight.PickedUnit
    wish_changed = Signal()  # it wants other numbers than before
    expand_asked = Signal()
    window_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sight: Sight | None = None
        self.choice = ""  # the subject chosen by hand
        self._hidden: list[QAbstractButton] | None = None  # while a picture is taken
        self._words: dict[str, str] = {}
        self._words_at, self._fresh_words = 0.0, True
        self.heading = Heading(self.title(), self)
        self.heading.chosen.connect(self._choose)
        self.save_button = CardTool("save", tr("Save as picture or numbers"), self)
        self.save_button.clicked.connect(self._open_save_menu)
        self.expand_button = CardTool("expand", tr("Show alone"), self)
        self.expand_button.clicked.connect(self.expand_asked)
        self.header = header = QHBoxLayout()
        header.setSpacing(0)
        header.setContentsMargins(0, 0, 0, 0)
        header.addWidget(self.heading, 1)
        header.addWidget(self.save_button)
        header.addWidget(self.expand_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(PADDING, 8, PADDING - 4, 6)
        layout.setSpacing(6)
        layout.addLayout(header)
        self.body = self.make_body()
        layout.addWidget(self.body, 1)
        self.setAccessibleName(self.title())
        theme.events().changed.connect(self.restyle)

    # what each card says

    def title(self) -> str:
        """The words in its header."""
        raise NotImplementedError

    def make_body(self) -> QWidget:
        """The widget below the header."""
        raise NotImplementedError

    @classmethod
    def fits(cls, run: RunInfo) -> bool:
        """Whether this run has anything to show here."""
        del run
        return True

    @classmethod
    def concerns(cls, sight: Sight) -> bool:
        """Whether it has something to say of the selected node."""
        del sight
        return False

    def wanted(self, sight: Sight) -> frozenset[str]:
        """Keys that it needs in frames."""
        del sight
        return frozenset()

    def draw(self, sight: Sight) -> None:
        """Shows what the feed has now. Must be cheap: it is called 30 times a second."""
        raise NotImplementedError

    def ask(self) -> None:
        """Asks for what it shows, as if somebody had pressed its button. Cards without one ask whenever they draw."""

    def table(self) -> export.Table:
        """What it shows, as numbers."""
        raise NotImplementedError

    # what all cards do

    def refresh(self, sight: Sight) -> None:
        """Draws from the feed and remembers what it drew, for saving."""
        self.sight = sight
        now = time.monotonic()
        self._fresh_words = not sight.feed.status.moving or now - self._words_at >= CALM
        if self._fresh_words:
            self._words_at = now
        self.draw(sight)

    def calm(self, key: str, words: str) -> str:
        """Words that change five times a second at most while lines move at 30: numbers must be readable."""
        if self._fresh_words or key not in self._words:
            self._words[key] = words
        return self._words[key]

    def quantity(self, sight: Sight, words: Mapping[str, str]) -> str:
        """Of several quantities the one chosen by hand, else the first that the run tells; the head names it and offers
        the others."""
        told = {channel.quantity for channel in sight.run.step_channels} if sight.run else set()
        found = [name for name in words if name in told] or [*words]
        chosen = self.choice.removeprefix(OF)
        chosen = chosen if chosen in found else found[0]
        self.heading.tell(words[chosen], [(OF + name, words[name]) for name in found])
        return chosen

    def restyle(self) -> None:
        """The theme has changed."""
        self.heading.update()
        restyle = getattr(self.body, "restyle", None)
        if restyle is not None:
            restyle()
        if self.sight is not None:
            self.draw(self.sight)
        self.update()

    def set_ratio(self, ratio: float | None) -> None:
        """Draws for a picture with so many pixels for each of its own, without buttons; None: for the screen again."""
        if ratio is not None and self._hidden is None:
            self._hidden = [button for button in self.findChildren(QAbstractButton) if button.isVisibleTo(self)]
            for button in self._hidden:
                button.hide()
        elif ratio is None and self._hidden is not None:
            for button in self._hidden:
                button.show()
            self._hidden = None
        self.heading.on_paper = ratio is not None
        if hasattr(self.body, "ratio_for_export"):
            self.body.ratio_for_export = ratio
        self.layout().activate()  # at once: words below the body may be new
        if self.sight is not None:
            self.draw(self.sight)

    def image(self, ratio: float = 2.0) -> QImage:
        """The card as a picture, without its buttons."""
        self.set_ratio(ratio)
        made = export.picture(self, ratio)
        self.set_ratio(None)
        return made

    def save(self, path: Path) -> None:
        """Writes the picture (.png) or the numbers (.csv), by the name's ending."""
        if path.suffix.lower() == ".csv":
            export.save_csv(self.table(), path)
        else:
            export.save_png(self.image(), path if path.suffix else path.with_suffix(".png"))

    def file_name(self, ending: str) -> str:
        """What a file of this view is called unless the user says otherwise."""
        subject = self.heading.subject if self.heading.choices else ""
        return re.sub(r"[^\w.-]+", "_", f"{self.name}_{subject}").strip("_") + ending

    def _choose(self, key: str) -> None:
        self.choice = key
        node = key.partition(":")[2].rpartition("/")[0] if ":" in key else key
        if node:
            self.node_chosen.emit(node)
        if self.sight is not None:
            self.refresh(self.sight)

    def save_menu(self) -> QMenu:
        """The two ways to save, and the two ways to see it larger."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(tr("Save picture (PNG)…"), lambda: self._ask_and_save(".png"))
        menu.addAction(tr("Save numbers (CSV)…"), lambda: self._ask_and_save(".csv"))
        return menu

    def _open_save_menu(self) -> None:
        self.save_menu().popup(self.save_button.mapToGlobal(QPoint(0, self.save_button.height())))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = self.save_menu()
        menu.addSeparator()
        menu.addAction(self.expand_button.toolTip(), self.expand_asked.emit)
        menu.addAction(tr("Open in its own window"), self.window_asked.emit)
        menu.popup(event.globalPos())

    def _ask_and_save(self, ending: str) -> None:
        kinds = {".png": tr("Pictures (*.png)"), ".csv": tr("Tables (*.csv)")}
        path, _ = QFileDialog.getSaveFileName(self, tr("Save {view}", view=self.title()), self.file_name(ending),
                                              kinds[ending])
        if path:
            self.save(Path(path) if Path(path).suffix else Path(path + ending))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.position().y() < PADDING + HEADER:
            self.expand_asked.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter, colors = QPainter(self), theme.tokens()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colors.line, 1))
        painter.setBrush(colors.panel)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.DevicePixelRatioChange and self.sight is not None:
            self.draw(self.sight)
        super().changeEvent(event)


def run_hint() -> str:
    """What an empty view says."""
    return tr("Press Run (F5)")
