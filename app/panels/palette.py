"""The palette: every node type on the shelf of its family, a search box, drag and drop. Derived from the catalogue."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QDrag,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QStandardItem,
    QStandardItemModel,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QLineEdit,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from app import icons, theme
from app.panels.controls import KeyCap, Surface, paint_tile
from app.panels.node_mime import node_mime
from app.panels.type_hints import hint
from graphs.catalog import Catalog
from graphs.language import tr
from graphs.spec import Family, NodeType

ROW = 28
TYPE = Qt.ItemDataRole.UserRole + 1  # the node type of a row, None for a family
FAMILY = Qt.ItemDataRole.UserRole + 2
HINT = Qt.ItemDataRole.UserRole + 3  # grey words at the right


class SearchBox(QLineEdit):
    """Finds nodes while one types. Down goes into the list, Enter takes the first."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFont(theme.font(13))
        self.setObjectName("search")
        self.setFixedHeight(32)
        self.setPlaceholderText(tr("Add a node"))
        self.setAccessibleName(tr("Search for a node to add"))
        self.setTextMargins(22, 0, 40, 0)
        self.setClearButtonEnabled(False)
        self.cap = KeyCap("Tab", self)
        self.textChanged.connect(lambda text: self.cap.setVisible(not text))

    def resizeEvent(self, event: QEvent) -> None:
        super().resizeEvent(event)
        size = self.cap.minimumSizeHint().expandedTo(QSize(self.cap.minimumWidth(), 18))
        self.cap.setGeometry(self.width() - size.width() - 7, (self.height() - 18) // 2, size.width(), 18)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        icons.paint(painter, "search", theme.tokens().text2, QRectF(9, (self.height() - 16) / 2, 16, 16))


class _Delegate(QStyledItemDelegate):
    """Draws families and node types."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        return QSize(120, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        colors, rect = theme.tokens(), QRect(option.rect)
        view = option.widget
        rect.setLeft(0)
        rect.setRight(view.viewport().width() if isinstance(view, QAbstractItemView) else rect.right())
        kind, family = index.data(TYPE), Family(index.data(FAMILY))  # Qt keeps the enumeration's text only
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        focused = chosen and view is not None and view.hasFocus()
        if chosen or hovered:
            painter.setPen(QPen(colors.accent, 1) if focused else Qt.PenStyle.NoPen)
            painter.setBrush(colors.hover if hovered or kind else Qt.BrushStyle.NoBrush)
            if kind is not None or focused:
                painter.drawRoundedRect(QRectF(rect).adjusted(12.5, 0.5, -12.5, -0.5), 6, 6)
        title = index.data(Qt.ItemDataRole.DisplayRole)
        left, font = (32, theme.font(12, 600)) if kind is None else (46, theme.font(13))
        right = rect.right() - 17
        painter.setFont(theme.font(12 if kind is None else 11))
        words, spare = index.data(HINT) or "", right - left - 8 - QFontMetrics(font).horizontalAdvance(title)
        while painter.fontMetrics().horizontalAdvance(words) > spare and words:  # the name comes first
            words = words.rpartition(" · ")[0]
        painter.setPen(colors.text3 if kind is not None else colors.text2)
        width = painter.fontMetrics().horizontalAdvance(words)
        painter.drawText(QRect(right - width, rect.top(), width + 2, ROW), Qt.AlignmentFlag.AlignVCenter, words)
        if kind is None:
            is_open = isinstance(view, QTreeView) and view.isExpanded(index)
            icons.paint(painter, "down" if is_open else "right", colors.text2, QRectF(11, rect.top() + 6, 16, 16))
            painter.setPen(colors.text2)
        else:
            tile = QRectF(18, rect.top() + 4, 20, 20)
            color = QColor(colors.families[family])
            paint_tile(painter, tile, icons.family(family), colors.tile(family), color)
            painter.setPen(colors.text)
        painter.setFont(font)
        room = right - width - left - (8 if words else 0)
        text = painter.fontMetrics().elidedText(title, Qt.TextElideMode.ElideRight, room)
        painter.drawText(QRect(left, rect.top(), room, ROW), Qt.AlignmentFlag.AlignVCenter, text)
        painter.restore()


class NodeList(QTreeView):
    """The shelves. Emits the type that the user wants to add."""

    chosen = Signal(str)  # type name
    drag_began = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setItemDelegate(_Delegate(self))
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setIndentation(0)
        self.setUniformRowHeights(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setMouseTracking(True)
        self.setExpandsOnDoubleClick(False)
        self.setTabKeyNavigation(False)
        self.viewport().setAutoFillBackground(False)
        self.setAccessibleName(tr("Nodes"))
        self._pressed_family = QModelIndex()

    def kind_at(self, index: QModelIndex) -> type[NodeType] | None:
        """The node type of a row; None for a family."""
        return index.data(TYPE) if index.isValid() else None

    def drawBranches(self, painter: QPainter, rect: QRect, index: QModelIndex) -> None:
        """The delegate draws the chevrons."""

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and index.isValid() and self.kind_at(index) is None:
            self.setExpanded(index, not self.isExpanded(index))
            self.setCurrentIndex(index)
            event.accept()
            return
        super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        kind = self.kind_at(self.indexAt(event.position().toPoint()))
        if kind is None:
            self.mousePressEvent(event)
        else:
            self.chosen.emit(kind.type_name())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and index.isValid():
            kind = self.kind_at(index)
            if kind is None:
                self.setExpanded(index, not self.isExpanded(index))
            else:
                self.chosen.emit(kind.type_name())
            return
        super().keyPressEvent(event)

    def startDrag(self, actions: Qt.DropAction) -> None:
        kind = self.kind_at(self.currentIndex())
        if kind is None:
            return
        drag = QDrag(self)
        drag.setMimeData(node_mime(kind.type_name()))
        picture = drag_picture(kind, self.devicePixelRatioF())
        drag.setPixmap(picture)
        drag.setHotSpot(QPoint(24, 20))
        self.drag_began.emit()
        drag.exec(Qt.DropAction.CopyAction)


def drag_picture(kind: type[NodeType], ratio: float) -> QPixmap:
    """What hangs at the pointer while a node type is dragged: its header as the canvas will draw it."""
    colors, font = theme.tokens(), theme.font(13, 600)
    probe = QPixmap(1, 1)
    painter = QPainter(probe)
    painter.setFont(font)
    width = painter.fontMetrics().horizontalAdvance(tr(kind.title)) + 56
    painter.end()
    made = QPixmap(round(width * ratio), round(40 * ratio))
    made.setDevicePixelRatio(ratio)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colors.accent, 1.6))
    painter.setBrush(colors.raised)
    painter.drawRoundedRect(QRectF(1, 1, width - 2, 38), 8, 8)
    color = QColor(colors.families[kind.family])
    paint_tile(painter, QRectF(8, 8, 24, 24), icons.family(kind.family), colors.tile(kind.family), color)
    painter.setFont(font)
    painter.setPen(colors.text)
    painter.drawText(QRectF(40, 0, width, 40), Qt.AlignmentFlag.AlignVCenter, tr(kind.title))
    painter.end()
    return made


class Palette(Surface):
    """Search box and shelves."""

    add_requested = Signal(str)  # type name: put it at the centre of the canvas
    drag_began = Signal()
    closed = Signal()  # Esc in an empty search box

    def __init__(self, catalog: Catalog, parent: QWidget | None = None) -> None:
        super().__init__("panel", edges="right", parent=parent)
        self.catalog = catalog
        self.search, self.list = SearchBox(), NodeList()
        self._folded: set[Family] = set()
        self._items = QStandardItemModel(self)
        self.list.setModel(self._items)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 12, 1, 8)
        column.setSpacing(8)
        top = QVBoxLayout()
        top.setContentsMargins(12, 0, 12, 0)
        top.addWidget(self.search)
        column.addLayout(top)
        column.addWidget(self.list, 1)
        self.search.textChanged.connect(self.show_found)
        self.search.installEventFilter(self)
        self.list.chosen.connect(self._choose)
        self.list.drag_began.connect(self.drag_began)
        self.list.collapsed.connect(lambda index: self._folded.add(Family(index.data(FAMILY))))
        self.list.expanded.connect(lambda index: self._folded.discard(Family(index.data(FAMILY))))
        self.show_found("")

    def show_found(self, words: str) -> None:
        """All shelves, or what the words find, best first."""
        self._items.clear()
        if words.strip():
            for kind in self.catalog.search(words):
                self._items.appendRow(self._item(kind, tr(kind.family.value)))
            if self._items.rowCount():
                self.list.setCurrentIndex(self._items.index(0, 0))
            return
        for family, kinds in self.catalog.families().items():
            shelf = QStandardItem(tr(family.value))
            shelf.setData(family, FAMILY)
            shelf.setData(str(len(kinds)), HINT)
            shelf.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
            for kind in kinds:
                shelf.appendRow(self._item(kind, hint(kind)))
            self._items.appendRow(shelf)
            if family not in self._folded:
                self.list.expand(shelf.index())

    def _item(self, kind: type[NodeType], words: str) -> QStandardItem:
        item = QStandardItem(tr(kind.title))
        item.setData(kind, TYPE)
        item.setData(kind.family, FAMILY)
        item.setData(words, HINT)
        item.setToolTip(tr(kind.described()).split("\n")[0])
        item.setData(f"{tr(kind.title)}, {tr(kind.family.value)}", Qt.ItemDataRole.AccessibleTextRole)
        item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled)
        return item

    def show_family(self, family: Family) -> None:
        """Unfolds a shelf and brings it into view."""
        self.search.clear()
        for row in range(self._items.rowCount()):
            index = self._items.index(row, 0)
            if index.data(FAMILY) == family and self.list.kind_at(index) is None:
                self.list.expand(index)
                self.list.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtTop)
                self.list.setCurrentIndex(index)

    def index_of(self, type_name: str) -> QModelIndex:
        """The row of a node type, for whoever wants to point at it."""
        rows = [self._items.index(row, 0) for row in range(self._items.rowCount())]
        inner = [self._items.index(i, 0, row) for row in rows for i in range(self._items.rowCount(row))]
        kinds = ((index, self.list.kind_at(index)) for index in (*rows, *inner))
        return next((index for index, kind in kinds if kind and kind.type_name() == type_name), QModelIndex())

    def begin_search(self) -> None:
        """Puts the cursor into the search box."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def _choose(self, type_name: str) -> None:
        self.add_requested.emit(type_name)
        self.search.clear()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.search and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
                self.list.setFocus(Qt.FocusReason.TabFocusReason)
                if not self.list.currentIndex().isValid():
                    self.list.setCurrentIndex(self._items.index(0, 0))
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.search.text().strip():
                kind = self.list.kind_at(self.list.currentIndex())
                if kind is not None:
                    self._choose(kind.type_name())
                return True
            if event.key() == Qt.Key.Key_Escape:
                if self.search.text():
                    self.search.clear()
                else:
                    self.closed.emit()
                return True
        return super().eventFilter(watched, event)
