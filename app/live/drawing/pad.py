"""The pad over the canvas: opens on a node whose data are drawn, and makes one undoable edit of every stroke."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPoint, QRectF, Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from app import theme
from app.feed import Feed
from app.graph_model import GraphModel
from app.live.card import CardTool, Heading
from app.live.decision_map import shares_on
from app.live.drawing.choosing import Brushes, ClassRow
from app.live.drawing.digits import DigitDesk
from app.live.drawing.points import PointPad
from app.live.header import Words
from app.live.sight import Sight, map_key
from engine.events import MapInfo, PortKey
from engine.nodes.drawn import DrawnDigits, DrawnPoints
from graphs import edits
from graphs.document import Node
from graphs.language import tr
from graphs.spec import drawn_parameter

WIDTH, HEIGHT = 372, 428
BESIDE = 16  # pixels between the pad and the edges of the canvas
OWNER = "pad"
DIGITS = range(Qt.Key.Key_0, Qt.Key.Key_9 + 1)


class Pad(QWidget):
    """One pad a window. It shows what the document holds; undo and edits from elsewhere are followed."""

    closed = Signal()

    def __init__(self, model: GraphModel, feed: Feed, over: QWidget) -> None:
        super().__init__(over)
        self.model, self.feed, self._over = model, feed, over
        self.node = ""
        self._grabbed: QPoint | None = None
        self._seen: np.ndarray | None = None  # the map that is shown
        self._placed = False
        self.heading = Heading("", self)
        self.heading.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.classes, self.digits = ClassRow(self, marked=True), ClassRow(self, marked=False)
        self.brushes = Brushes((("spray", "spray", tr("Spray (S)")), ("point", "dot", tr("Single points (P)")),
                                ("erase", "eraser", tr("Eraser (E)"))), self)
        self.pens = Brushes((("pen", "rename", tr("Pen (P)")), ("erase", "eraser", tr("Eraser (E)"))), self)
        self.points, self.desk = PointPad(), DigitDesk()
        self.pages = QStackedWidget(self)
        self.pages.addWidget(self.points)
        self.pages.addWidget(self.desk)
        self.next, self.clear = QPushButton(tr("Next digit")), QPushButton(tr("Clear"))
        self.remove = QPushButton(tr("Remove"))
        self.hint = Words("", 11, 400, "text3", self)
        self.digits.show_classes(10)
        self._lay_out()
        self._connect()
        over.installEventFilter(self)
        self.hide()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 8, 10)
        column.setSpacing(8)
        self.close_button = CardTool("close", tr("Close (Esc)"), self)
        tools, foot = QHBoxLayout(), QHBoxLayout()
        head = QHBoxLayout()
        for row, parts in ((head, (self.heading, self.close_button)),
                           (tools, (self.classes, self.digits, self.brushes, self.pens)),
                           (foot, (self.hint, self.remove, self.next, self.clear))):
            row.setContentsMargins(0, 0, 4, 0)
            row.setSpacing(6)
            for part in parts:
                row.addWidget(part)
        tools.insertStretch(2, 1)
        foot.insertStretch(1, 1)
        column.addLayout(head)
        column.addLayout(tools)
        column.addWidget(self.pages, 1)
        column.addLayout(foot)

    def _connect(self) -> None:
        self.close_button.clicked.connect(self.close_pad)
        self.classes.chosen.connect(lambda index: setattr(self.points, "label", index))
        self.digits.chosen.connect(self.desk.choose_label)
        self.desk.label_shown.connect(self.digits.show_chosen)
        self.brushes.taken.connect(lambda name: setattr(self.points, "tool", name))
        self.pens.taken.connect(lambda name: setattr(self.desk.pen, "erasing", name == "erase"))
        self.next.clicked.connect(self._next)
        self.remove.clicked.connect(self.desk.remove)
        self.clear.clicked.connect(lambda: self._edit([], tr("Clear the drawing")))
        for part in (self.points, self.desk):
            part.stroked.connect(lambda drawn: self._edit(drawn, tr("Draw")))
            part.full.connect(lambda: self.hint.tell(tr("The pad is full")))
        self.model.checked_changed.connect(self._follow)
        self.feed.moved.connect(self._show_map)
        self.feed.run_changed.connect(self._show_map)
        theme.events().changed.connect(self._restyle)

    # opening and closing

    def can_open(self, node: str) -> bool:
        """Whether the node's data are drawn."""
        found = self.model.document.nodes.get(node)
        kind = self.model.catalog.get(found.type) if found else None
        return kind is not None and bool(drawn_parameter(kind))

    def open(self, node: str) -> None:
        """Shows the pad of a node, with the keyboard on it."""
        if not self.can_open(node):
            return
        if node != self.node:
            self.node, self.desk.current, self._seen = node, None, None
        self._follow()
        self._place()
        self.show()
        self.raise_()
        self._show_map()
        self.pages.currentWidget().setFocus(Qt.FocusReason.PopupFocusReason)

    def close_pad(self) -> None:
        """Puts the pad away; the keyboard goes back to the canvas."""
        self.hide()
        self.closed.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        self.feed.unwatch(OWNER)
        super().hideEvent(event)

    def _place(self) -> None:
        """At the left of the canvas the first time; later where the user has put it, but never outside."""
        room = self._over.rect()
        width, height = min(WIDTH, room.width() - 2 * BESIDE), min(HEIGHT, room.height() - 2 * BESIDE)
        self.resize(max(width, self.minimumSizeHint().width()), max(height, 200))
        at = self.pos() if self._placed else QPoint(BESIDE, BESIDE)
        self._placed = True
        self.move(max(0, min(at.x(), room.width() - self.width())), max(0, min(at.y(), room.height() - self.height())))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._over and event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return super().eventFilter(watched, event)

    # what the document holds

    @property
    def _shown(self) -> Node | None:
        return self.model.document.nodes.get(self.node)

    def _follow(self, *_: object) -> None:
        """Shows the node as it is now; without it the pad closes."""
        if not self.can_open(self.node):
            if self.isVisible():
                self.close_pad()
            return
        node = self._shown
        assert node is not None
        kind = self.model.catalog.get(node.type)
        on_points = kind is DrawnPoints
        self.pages.setCurrentWidget(self.points if on_points else self.desk)
        for part, wanted in ((self.classes, on_points), (self.brushes, on_points), (self.digits, not on_points),
                             (self.pens, not on_points), (self.next, not on_points), (self.remove, not on_points)):
            part.setVisible(wanted)
        self.heading.title = node.label
        checked = self.model.checked.types.get(self.node)
        if isinstance(checked, DrawnPoints):
            self.classes.show_classes(checked.classes)
            self.points.show_points(checked.points, checked.classes)
        elif isinstance(checked, DrawnDigits):
            self.desk.show_pictures(checked.pictures, checked.side)
            self.remove.setEnabled(self.desk.current is not None)
            self.next.setEnabled(self.desk.current is not None)
        self.heading.tell(self.model.checked.summaries.get(self.node, ""))
        self.heading.update()
        self.hint.tell("")

    def _edit(self, drawn: object, words: str) -> None:
        """One stroke, one step to undo."""
        node = self._shown
        kind = self.model.catalog.get(node.type) if node else None
        if node is None or kind is None:
            return
        name = drawn_parameter(kind)
        self.model.apply(words, lambda document: edits.set_parameter(document, node.id, name, drawn) if drawn
                         else edits.reset_parameter(document, node.id, name))

    def _next(self) -> None:
        self.desk.begin_next()
        self._follow()
        self.desk.setFocus()

    # what the network makes of it

    def _map(self) -> tuple[MapInfo, PortKey] | None:
        """The map over these very points, and the output that names classes on it."""
        run = self.feed.run
        said = [item.output for item in run.predictions] if run else []
        pairs = [(info, port) for info in run.maps for port in said if port in info.watchable] if run else []
        return next((pair for pair in pairs if pair[0].node == self.node), None)

    def _show_map(self) -> None:
        if not self.isVisible() or self.pages.currentWidget() is not self.points:
            return
        found = self._map()
        self.feed.watch(OWNER, [map_key(found[1])] if found else [])
        values = self.feed.array(map_key(found[1])) if found else None
        if values is not None and values is self._seen:
            return  # no newer frame
        self._seen = values
        if found is None or values is None:
            self.points.show_shares(None, self.points.extent)
        else:
            self.points.show_shares(shares_on(Sight(self.feed), *found, values), found[0].extent)

    def _restyle(self) -> None:
        """The theme has changed, and with it the colours of the map."""
        self._seen = None
        self._show_map()

    # hand and keyboard

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, on_points = event.key(), self.pages.currentWidget() is self.points
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            event.ignore()
        elif key == Qt.Key.Key_Escape:
            self.close_pad()
        elif key in DIGITS:
            (self.classes if on_points else self.digits).choose(key - Qt.Key.Key_0)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not on_points:
            self._next()
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and not on_points:
            self.desk.remove()
        else:
            tools = {Qt.Key.Key_E: "erase", Qt.Key.Key_S: "spray", Qt.Key.Key_P: "point" if on_points else "pen"}
            brushes, name = self.brushes if on_points else self.pens, tools.get(Qt.Key(key), "")
            if name in brushes.buttons:
                brushes.take(name)
            else:
                event.ignore()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The head moves the pad; a press elsewhere must not reach the canvas below."""
        if event.button() == Qt.MouseButton.LeftButton and event.position().y() < 40:
            self._grabbed = event.position().toPoint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grabbed is not None:
            self.move(self.mapToParent(event.position().toPoint() - self._grabbed))
            self._place()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        del event
        self._grabbed = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter, colors = QPainter(self), theme.tokens()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colors.line2, 1))
        painter.setBrush(colors.raised)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
