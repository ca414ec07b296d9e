"""What an empty canvas shows: an invitation, and the lesson graphs as cards with a picture of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QRegion,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QGridLayout,
    QHBoxLayout,
    QVBoxLayout,
    QWidget,
)

from app import icons, theme
from app.panels.controls import IconLabel, KeyCap, Link, Words, make_menu, paint_tile
from graphs import gallery
from graphs.catalog import Catalog
from graphs.checks import check
from graphs.document import Document
from graphs.language import pick, tr
from graphs.spec import Family, Kind

CARD = QSize(176, 168)
PICTURE = QSize(152, 56)
GAP = 12
LOW = 360  # pixels of height below which the logo makes room
HEADING = 190  # pixels above and below the cards
MOST_RECENT = 4
Thumbnail = Callable[[Document, QSize, float], QPixmap]  # at this size and pixel ratio


@dataclass(frozen=True, slots=True)
class Example:
    """A lesson graph as its card shows it."""

    name: str
    title: str
    sizes: str  # `64 → 32 → 64`
    lesson: str
    families: tuple[Family, ...]
    document: Document


def example(name: str, catalog: Catalog) -> Example:
    """What the card of a lesson graph needs. Its sizes are those of the main path: the first line of the graph."""
    document = gallery.load(name)
    checked = check(document, catalog, gallery.path(name).parent)
    widths: list[int] = []
    families: list[Family] = []
    first_line = min((node.position[1] for node in document.nodes.values()), default=0.0)
    for node in checked.order:
        kind = catalog.get(document.nodes[node].type)
        if kind is None:
            continue
        families.append(kind.family)
        if kind.family in (Family.PREPARE, Family.LOSSES) or document.nodes[node].position[1] != first_line:
            continue
        for port in kind.outputs if kind.inputs else kind.outputs[:1]:
            shape = checked.outputs.get((node, port.name))
            if shape is not None and shape.kind is not Kind.LABELS and widths[-1:] != [shape.width]:
                widths.append(shape.width)
    title, lesson = title_and_rest(pick(document.title) or name)
    lesson = lesson or first_sentence(pick(document.lesson))
    return Example(name, title, " → ".join(map(str, widths)), lesson, tuple(families), document)


def title_and_rest(text: str) -> tuple[str, str]:
    """`XOR: one layer is not enough` as a title and what it is about."""
    for mark in (": ", "："):
        head, found, rest = text.partition(mark)
        if found:
            return head, rest[:1].upper() + rest[1:]
    return text, ""


def first_sentence(text: str) -> str:
    """The first sentence, in English or Japanese."""
    ends = [place + 1 for mark in (". ", "。", "; ") if (place := text.find(mark)) >= 0]
    return text[: min(ends)].rstrip(";") if ends else text


class ExampleCard(QAbstractButton):
    """A lesson graph: picture, title, sizes, and what it is about."""

    def __init__(self, shown: Example, thumbnail: Thumbnail | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shown, self._thumbnail = shown, thumbnail
        self.setFixedSize(CARD)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setAccessibleName(shown.title)
        self.setAccessibleDescription(shown.lesson)
        self.setToolTip(f"{shown.title}\n{shown.lesson}")

    def paintEvent(self, event: QPaintEvent) -> None:
        colors, painter = theme.tokens(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        near = self.underMouse() or self.hasFocus()
        painter.setPen(QPen(colors.accent if self.hasFocus() else colors.line2 if near else colors.line, 1))
        painter.setBrush(colors.hover if self.isDown() else colors.raised if near and colors.dark else colors.panel)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        area = QRectF(12, 10, PICTURE.width(), PICTURE.height())
        picture = self._thumbnail(self.shown.document, PICTURE, self.devicePixelRatioF()) if self._thumbnail else None
        if picture is not None and not picture.isNull():
            painter.drawPixmap(area.topLeft(), picture)
        else:
            paint_row(painter, area, self.shown.families)
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop
        painter.setPen(colors.text)
        painter.setFont(theme.font(13, 600))
        room, top = self.width() - 24, 74.0
        for line in wrapped(painter, self.shown.title, room, 2):
            painter.drawText(QRectF(12, top, room, 18), flags, line)
            top += 17
        painter.setPen(colors.text2)
        painter.setFont(theme.font(12))
        sizes = painter.fontMetrics().elidedText(self.shown.sizes, Qt.TextElideMode.ElideRight, room)
        painter.drawText(QRectF(12, top + 1, room, 16), flags, sizes)
        top += 18
        painter.setPen(colors.text)
        for line in wrapped(painter, self.shown.lesson, room, max(1, int((self.height() - 8 - top) // 16))):
            painter.drawText(QRectF(12, top, room, 16), flags, line)
            top += 16


def wrapped(painter: QPainter, text: str, width: int, most: int) -> list[str]:
    """The text in at most so many lines; the last one ends with … where it must."""
    metrics, lines = painter.fontMetrics(), [""]
    words = text.split(" ") if " " in text else list(text)
    glue = " " if " " in text else ""
    for place, word in enumerate(words):
        longer = lines[-1] + (glue if lines[-1] else "") + word
        if metrics.horizontalAdvance(longer) <= width:
            lines[-1] = longer
        elif len(lines) < most:
            lines.append(word)
        else:
            rest = lines[-1] + glue + glue.join(words[place:])
            lines[-1] = metrics.elidedText(rest, Qt.TextElideMode.ElideRight, width)
            break
    return lines


def paint_row(painter: QPainter, area: QRectF, families: tuple[Family, ...]) -> None:
    """The graph as a row of family tiles on a line."""
    colors = theme.tokens()
    side, count = 20.0, max(1, len(families))
    step = min(44.0, (area.width() - side) / max(1, count - 1))
    left = area.left() + (area.width() - side - step * (count - 1)) / 2
    middle = area.center().y()
    painter.setPen(QPen(colors.wire, 1.4))
    painter.drawLine(QPointF(left + side / 2, middle), QPointF(left + side / 2 + step * (count - 1), middle))
    for place, family in enumerate(families):
        tile = QRectF(left + step * place, middle - side / 2, side, side)
        color = QColor(colors.families[family])
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colors.panel)
        painter.drawRoundedRect(tile.adjusted(-2, -2, 2, 2), 6, 6)
        paint_tile(painter, tile, icons.family(family), colors.tile(family), color)


class StartPage(QWidget):
    """Lies over an empty canvas. Only its words and cards catch the mouse; drops go on to the canvas."""

    example_chosen = Signal(str)
    recent_chosen = Signal(object)  # Path
    terrain_wanted = Signal()

    def __init__(self, catalog: Catalog, canvas: QAbstractScrollArea, *, thumbnail: Thumbnail | None = None) -> None:
        super().__init__(canvas)
        self.canvas = canvas
        self.setAcceptDrops(True)
        self.cards = [ExampleCard(example(name, catalog), thumbnail) for name in gallery.names()]
        self._title = Words(tr("Drop data here, or start with a lesson"), px=16, weight=600)
        hint = QHBoxLayout()
        hint.setSpacing(6)
        before, _, after = tr("Press {key} to search for a node").partition("{key}")
        hint.addStretch(1)
        for part in (Words(before.strip(), role="quiet"), KeyCap("Tab"), Words(after.strip(), role="quiet")):
            hint.addWidget(part)
        hint.addStretch(1)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(GAP)
        self._grid.setVerticalSpacing(GAP)
        self.all_lessons = Link(tr("All {count} lessons", count=len(self.cards)))
        self.terrain = Link(tr("A valley, nine optimisers"))
        self.terrain.setToolTip(tr("Test surfaces with the paths of all optimisers"))
        self.terrain.clicked.connect(self.terrain_wanted)
        self._recent, self._recent_shown = QVBoxLayout(), list[Path]()
        self._recent.setSpacing(2)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(16, 16, 16, 16)
        self._column.setSpacing(0)
        self._column.addStretch(1)
        self._logo = IconLabel("logo", "sand", 32)
        self._column.addWidget(self._logo, 0, Qt.AlignmentFlag.AlignHCenter)
        self._column.addSpacing(14)
        self._column.addWidget(self._title, 0, Qt.AlignmentFlag.AlignHCenter)
        self._column.addSpacing(8)
        self._column.addLayout(hint)
        self._column.addSpacing(20)
        self._column.addLayout(self._grid)
        self._column.addSpacing(10)
        links = QHBoxLayout()
        links.setSpacing(16)
        links.addStretch(1)
        links.addWidget(self.all_lessons)
        links.addWidget(self.terrain)
        links.addStretch(1)
        self._column.addLayout(links)
        self._column.addLayout(self._recent)
        self._column.addStretch(1)
        for card in self.cards:
            card.clicked.connect(lambda _=False, card=card: self.example_chosen.emit(card.shown.name))
        self._arranged = (0, 0)
        self.all_lessons.clicked.connect(self._open_all)

    def show_recent(self, paths: list[Path]) -> None:
        """Links to the files that were opened lately."""
        if paths == self._recent_shown:
            return
        self._recent_shown = list(paths)
        while self._recent.count():
            widget = self._recent.takeAt(0).widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for path in paths[:MOST_RECENT]:
            link = Link(path.stem)
            link.setToolTip(str(path))
            link.clicked.connect(lambda _=False, path=path: self.recent_chosen.emit(path))
            self._recent.addWidget(link, 0, Qt.AlignmentFlag.AlignHCenter)
        self._mask_soon()

    def _arrange(self) -> None:
        """As many cards as there is room for, the last row centred; the others are in the menu of all lessons."""
        room = QSize(self.width() - 32 + GAP, self.height() - HEADING + GAP)
        count = len(self.cards)
        columns = min(max(1, room.width() // (CARD.width() + GAP)), max(count, 1))
        rows = min(-(-count // columns), max(1, room.height() // (CARD.height() + GAP)))
        shown = min(count, rows * columns)
        columns = -(-shown // rows) if shown else 1
        if (columns, shown) == self._arranged:
            return
        self._arranged = (columns, shown)
        for column in range(self._grid.columnCount()):
            self._grid.setColumnStretch(column, 0)
        for place, card in enumerate(self.cards):
            self._grid.removeWidget(card)
            card.setVisible(place < shown)
            if place < shown:
                row, column = divmod(place, columns)
                left_out = columns - (shown - row * columns) if row == rows - 1 else 0
                # two grid columns a card, so that a shorter last row can stand in the middle
                self._grid.addWidget(card, row, 1 + 2 * column + left_out, 1, 2, Qt.AlignmentFlag.AlignHCenter)
        self._grid.setColumnStretch(0, 1)
        self._grid.setColumnStretch(1 + 2 * columns, 1)
        self.all_lessons.setText(tr("All {count} lessons", count=count))
        self.all_lessons.setVisible(shown < count)

    def _open_all(self) -> None:
        menu = make_menu(self)
        for card in self.cards:
            action = menu.addAction(f"{card.shown.title}   {card.shown.sizes}".replace("&", "&&"))
            action.triggered.connect(lambda _=False, card=card: self.example_chosen.emit(card.shown.name))
        menu.popup(self.all_lessons.mapToGlobal(self.all_lessons.rect().bottomLeft()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._logo.setVisible(self.height() >= LOW)
        self._arrange()
        self._mask_soon()

    def showEvent(self, event: QEvent) -> None:
        super().showEvent(event)
        self._mask_soon()

    def _mask_soon(self) -> None:
        """Leaves the mouse to the canvas wherever there is neither a word nor a card."""
        self._column.activate()
        region = QRegion()
        for child in self.findChildren(QWidget):
            if child.isVisibleTo(self) and child.parentWidget() is self:
                region += QRegion(child.geometry().adjusted(-2, -2, 2, 2))
        if not region.isEmpty():
            self.setMask(region)

    # What is dropped here is meant for the canvas. (Sent as an event it would come back: Qt knows its target.)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self.canvas.dragEnterEvent(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        self.canvas.dragMoveEvent(event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.canvas.dragLeaveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        self.canvas.dropEvent(event)


