"""The window over one data node: pages, parts, what was found, progress, saving. It decides nothing of the data."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QKeySequence, QPainter, QPaintEvent, QShortcut
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QMenu,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app import icons, theme
from app.live import export
from app.live.card import CardTool
from app.live.data.classes import ClassesPage
from app.live.data.findings import Findings
from app.live.data.histograms import HistogramsPage
from app.live.data.images import ImagesPage
from app.live.data.matrices import CovariancePage
from app.live.data.page import Page, part_words
from app.live.data.scatter import ScatterPage
from app.live.data.sequences import SequencesPage
from app.live.data.table import TablePage
from app.live.header import Tab, Words
from engine.data.look_messages import Progress
from engine.data.view import View
from graphs.language import tr
from graphs.problems import Problem
from graphs.spec import Family

PAGES: tuple[type[Page], ...] = (
    ImagesPage, SequencesPage, ScatterPage, TablePage, HistogramsPage, CovariancePage, ClassesPage,
)  # fmt: skip
PATIENCE = 200  # milliseconds before a bar says that something is under way


class FamilyTile(QWidget):
    """The icon of the node's family on its tint."""

    def __init__(self, family: Family, parent: QWidget) -> None:
        super().__init__(parent)
        self.family = family
        self.setFixedSize(24, 24)

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter, colors = QPainter(self), theme.tokens()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colors.tile(self.family))
        painter.drawRoundedRect(QRectF(self.rect()), 6, 6)
        icons.paint(painter, icons.family(self.family), colors.families[self.family], QRectF(4, 4, 16, 16))


class DataViewer(QWidget):
    """One node's data. `page_asked` tells the page that was chosen by hand, so that it can be remembered."""

    closed = Signal(str)
    page_asked = Signal(str)
    cured = Signal(object)  # Cure
    cancelled = Signal()
    again = Signal()  # look once more

    def __init__(self, node: str, family: Family, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.node = node
        self.view: View | None = None
        self.wanted = ""  # the page to begin with
        self.pages: dict[str, Page] = {}
        self.tabs: dict[str, Tab] = {}
        self._group = QButtonGroup(self)
        self.title, self.facts = Words("", 13, 600, "text", self), Words("", 12, 400, "text3", self)
        self.parts = QComboBox()
        self.parts.setAccessibleName(tr("Part"))
        self.parts.activated.connect(lambda _: self._show_page())
        self.smaller = CardTool("minus", tr("Smaller pictures (−)"), self)
        self.larger = CardTool("plus", tr("Larger pictures (+)"), self)
        self.save_button = CardTool("save", tr("Save as picture or numbers"), self)
        self.findings = Findings()
        self.stack = QStackedWidget()
        self.waiting = QWidget()
        self._lay_out(family)
        self._connect()
        self.resize(1040, 680)
        self.setMinimumSize(520, 360)

    # building

    def _lay_out(self, family: Family) -> None:
        head, self.tab_row = QHBoxLayout(), QHBoxLayout()
        head.setSpacing(8)
        for part in (FamilyTile(family, self), self.title, self.facts):
            head.addWidget(part)
        head.addStretch(1)
        for tool in (self.smaller, self.larger, self.parts, self.save_button):
            head.addWidget(tool)
        self.tab_row.setSpacing(4)
        self.tab_row.addStretch(1)
        self.message, self.bar = QLabel(), QProgressBar()
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.message.setWordWrap(True)
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self.bar.setTextVisible(False)
        self.bar.setFixedSize(320, 6)
        self.cancel_button, self.again_button = QPushButton(tr("Cancel")), QPushButton(tr("Try again"))
        wait = QVBoxLayout(self.waiting)
        wait.setSpacing(12)
        wait.addStretch(1)
        wait.addWidget(self.message)
        for part in (self.bar, self.cancel_button, self.again_button):
            wait.addWidget(part, 0, Qt.AlignmentFlag.AlignHCenter)
        wait.addStretch(1)
        self.stack.addWidget(self.waiting)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 12)
        column.setSpacing(8)
        column.addLayout(head)
        column.addLayout(self.tab_row)
        column.addWidget(self.findings)
        column.addWidget(self.stack, 1)
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE)
        for part in (self.bar, self.cancel_button, self.again_button, self.message):
            part.hide()

    def _connect(self) -> None:
        self.findings.cured.connect(self.cured)
        self.cancel_button.clicked.connect(self.cancelled)
        self.again_button.clicked.connect(self.again)
        self._patience.timeout.connect(self._show_waiting)
        self.save_button.clicked.connect(self._open_save_menu)
        self.smaller.clicked.connect(lambda: self._zoom(0.8))
        self.larger.clicked.connect(lambda: self._zoom(1.25))
        theme.events().changed.connect(self.restyle)
        keys: list[tuple[str, Callable[[], None]]] = [
            ("Ctrl+Tab", lambda: self._turn(1)), ("Ctrl+Shift+Tab", lambda: self._turn(-1)),
            ("Ctrl+PgDown", lambda: self._turn(1)), ("Ctrl+PgUp", lambda: self._turn(-1)),
            ("Ctrl+F", self._begin_filter), ("Ctrl+S", lambda: self._ask_and_save(".png")),
            *((f"Ctrl+{place + 1}", lambda place=place: self._open_at(place)) for place in range(len(PAGES))),
        ]  # fmt: skip
        for sequence, run in keys:
            QShortcut(QKeySequence(sequence), self, activated=run)

    # what is shown

    def show_words(self, title: str, facts: str) -> None:
        """What the node is called, and what it says of itself."""
        self.title.tell(title)
        self.facts.tell(facts)
        self.setWindowTitle(tr("{node} – data", node=title))

    def show_view(self, view: View) -> None:
        """Shows what was seen. Pages that do not apply are absent; page and part stay as they were."""
        self._patience.stop()
        chosen = self.page.name if self.page is not None else self.wanted
        part = self.parts.currentData()
        self.view = view
        fitting = [kind for kind in PAGES if kind.applies(view)]
        if [kind.name for kind in fitting] != list(self.tabs):
            self._make_tabs(fitting)
        self._fill_parts(view, part)
        name = chosen if chosen in self.tabs else next(iter(self.tabs), "")
        if name:
            self.open_page(name)

    def show_problems(self, problems: Sequence[Problem]) -> None:
        """What was found, as far as it still matters."""
        self.findings.show_problems(problems)

    def show_progress(self, progress: Progress | None) -> None:
        """Something is under way. The last view stays where there is one."""
        if progress is not None and progress.total > 0:
            self.bar.setRange(0, 1000)
            self.bar.setValue(round(1000 * progress.done / progress.total))
        else:
            self.bar.setRange(0, 0)
        if progress is not None:
            self.message.setText(progress.what)
        if self.view is None and not self._patience.isActive() and not self.bar.isVisibleTo(self.waiting):
            self.message.setText(progress.what if progress is not None else tr("Looking at the data"))
            self._patience.start()

    def show_fault(self, text: str) -> None:
        """Why there is nothing to see."""
        self._patience.stop()
        self.view = None
        self._make_tabs(())
        self.stack.setCurrentWidget(self.waiting)
        self.message.setText(text)
        self.message.show()
        self.again_button.show()
        self.bar.hide()
        self.cancel_button.hide()
        self._show_tools()

    def _show_waiting(self) -> None:
        if self.view is None:
            self.stack.setCurrentWidget(self.waiting)
            for part in (self.message, self.bar, self.cancel_button):
                part.show()
            self.again_button.hide()

    # pages

    @property
    def page(self) -> Page | None:
        """The page that is open."""
        found = self.stack.currentWidget()
        return found if isinstance(found, Page) else None

    def _make_tabs(self, kinds: Sequence[type[Page]]) -> None:
        for tab in self.tabs.values():
            self._group.removeButton(tab)
            self.tab_row.removeWidget(tab)
            tab.deleteLater()
        self.tabs = {}
        for place, kind in enumerate(kinds):
            if kind.name not in self.pages:
                self.pages[kind.name] = kind(self.stack)
                self.stack.addWidget(self.pages[kind.name])
            tab = Tab(self.pages[kind.name].words(), self)
            tab.setToolTip(f"{self.pages[kind.name].words()} (Ctrl+{place + 1})")
            tab.clicked.connect(lambda _=False, name=kind.name: self._choose(name))
            self._group.addButton(tab)
            self.tabs[kind.name] = tab
            self.tab_row.insertWidget(place, tab)

    def _fill_parts(self, view: View, chosen: int | None) -> None:
        parts = [part for part in range(int(view.parts.max(initial=-1)) + 1)]
        words = [(tr("all rows"), None), *((part_words(part), part) for part in parts)]
        self.parts.clear()
        for text, part in words:
            rows = view.rows if part is None else int((view.parts == part).sum())
            self.parts.addItem(f"{text} · {rows:,}", part)
        self.parts.setCurrentIndex(max(0, self.parts.findData(chosen)) if chosen is not None else 0)
        metrics = self.parts.fontMetrics()  # Qt's own hint knows neither our padding nor, once shown, longer words
        widest = max(metrics.horizontalAdvance(self.parts.itemText(place)) for place in range(self.parts.count()))
        self.parts.setMinimumWidth(widest + 28)

    def _choose(self, name: str) -> None:
        self.open_page(name)
        self.page_asked.emit(name)

    def open_page(self, name: str) -> None:
        """Opens a page that applies."""
        self.tabs[name].setChecked(True)
        self.stack.setCurrentWidget(self.pages[name])
        self._show_page()
        self.pages[name].begin().setFocus(Qt.FocusReason.OtherFocusReason)

    def _open_at(self, place: int) -> None:
        if place < len(self.tabs):
            self._choose(list(self.tabs)[place])

    def _turn(self, by: int) -> None:
        if self.page is not None and self.tabs:
            names = list(self.tabs)
            self._choose(names[(names.index(self.page.name) + by) % len(names)])

    def _begin_filter(self) -> None:
        if TablePage.name in self.tabs:
            self._choose(TablePage.name)
            page = self.pages[TablePage.name]
            assert isinstance(page, TablePage)
            page.condition.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _show_page(self) -> None:
        if self.page is not None and self.view is not None:
            self.page.show_view(self.view, self.parts.currentData())
        self._show_tools()

    def _show_tools(self) -> None:
        there, pictures = self.view is not None, isinstance(self.page, ImagesPage)
        for tool in (self.smaller, self.larger):
            tool.setVisible(there and pictures)
        self.parts.setVisible(there and not isinstance(self.page, CovariancePage))
        self.save_button.setVisible(there)

    def _zoom(self, factor: float) -> None:
        if isinstance(self.page, ImagesPage):
            self.page.zoom(factor)

    # saving

    def save(self, path: Path) -> None:
        """Writes the page as a picture (.png) or its numbers (.csv), by the name's ending."""
        if self.page is None:
            return
        if path.suffix.lower() == ".csv":
            export.save_csv(self.page.table(), path)
        else:
            export.save_png(export.picture(self.page), path if path.suffix else path.with_suffix(".png"))

    def save_menu(self) -> QMenu:
        """The two ways to save."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(tr("Save picture (PNG)…"), lambda: self._ask_and_save(".png"))
        menu.addAction(tr("Save numbers (CSV)…"), lambda: self._ask_and_save(".csv"))
        return menu

    def _open_save_menu(self) -> None:
        self.save_menu().popup(self.save_button.mapToGlobal(self.save_button.rect().bottomLeft()))

    def _ask_and_save(self, ending: str) -> None:
        if self.page is None:
            return
        kinds = {".png": tr("Pictures (*.png)"), ".csv": tr("Tables (*.csv)")}
        name = re.sub(r"[^\w.-]+", "_", f"{self.node}_{self.page.name}") + ending
        path, _ = QFileDialog.getSaveFileName(self, tr("Save {view}", view=self.page.words()), name, kinds[ending])
        if path:
            self.save(Path(path) if Path(path).suffix else Path(path + ending))

    # the window

    def restyle(self) -> None:
        """The theme has changed."""
        for child in (*self.tabs.values(), self.title, self.facts, self.findings, *self.findings.lines()):
            child.update()
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.closed.emit(self.node)
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        QPainter(self).fillRect(self.rect(), theme.tokens().window)
