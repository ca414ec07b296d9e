"""Gives mouse, keys and drops to the one gesture in hand, and draws what it says over the scene."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
)
from PySide6.QtWidgets import QToolTip, QWidget

from app.canvas import hints, keys
from app.canvas.camera import Camera
from app.canvas.gestures.choose import choose
from app.canvas.gestures.drop_node import DropNode
from app.canvas.gestures.gesture import Gesture, Pointer
from app.canvas.hits import Hit, Part, hit
from app.canvas.scene import GraphScene

MIME = "application/x-hourglass-node"
FILES = (".json", ".csv")
EDGE, PUSH, EVERY = 24.0, 12.0, 16  # pixels from the edge, pixels a step, milliseconds a step


class Stage(Camera):
    """The part of the canvas that listens. What there is to do is said by gestures and commands."""

    notice = Signal(str)  # one sentence for the status bar
    file_dropped = Signal(str, QPointF)  # path, place in the scene

    def __init__(self, scene: GraphScene, parent: QWidget | None = None) -> None:
        super().__init__(scene, parent)
        self.model, self.catalog = scene.model, scene.catalog
        self.gesture: Gesture | None = None
        self.snap = True
        self._button = Qt.MouseButton.NoButton  # that began the gesture
        self._space: bool | None = None  # None: up; else whether it has been used for panning
        self._pusher = QTimer(self, interval=EVERY, timeout=self._push)
        self.setMouseTracking(True)
        self.viewport().setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAcceptDrops(True)
        self.model.changed.connect(self._drop_gesture)

    def hit(self, at: QPointF) -> Hit:
        """What lies under a place of the viewport."""
        return hit(self.graph_scene, self.to_scene(at), self.scale_now)

    def pointer(self, at: QPointF, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> Pointer:
        return Pointer(at, self.to_scene(at), modifiers)

    # The gesture in hand

    def _begin(self, gesture: Gesture | None, button: Qt.MouseButton) -> None:
        self.gesture, self._button = gesture, button

    def _drop_gesture(self, _: object = None) -> None:
        """Puts back what is in the hand: Escape, or the document changed under it."""
        gesture, self.gesture = self.gesture, None
        self._pusher.stop()
        if gesture is not None:
            gesture.cancel()
            self._show_cursor()

    def _move(self, pointer: Pointer) -> None:
        gesture = self.gesture
        if gesture is None:
            return
        gesture.move(pointer)
        if gesture.moving and gesture.cursor is not None:
            self.viewport().setCursor(gesture.cursor)
        beyond = self._beyond(pointer.at)
        if gesture.moving and gesture.pushes_edges and (beyond.x() or beyond.y()):
            self._pusher.start()
        else:
            self._pusher.stop()

    def _beyond(self, at: QPointF) -> QPointF:
        """In which direction the pointer is at the edge."""
        room = self.viewport().rect()
        x = (at.x() < EDGE) - (at.x() > room.width() - EDGE)
        y = (at.y() < EDGE) - (at.y() > room.height() - EDGE)
        return QPointF(x, y)

    def _push(self) -> None:
        """Scrolls while a drag is held at the edge."""
        if self.gesture is None:
            self._pusher.stop()
            return
        last = self.gesture.last
        self.pan(self._beyond(last.at) * PUSH)
        self.gesture.move(self.pointer(last.at, last.modifiers))

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()
        if self.gesture is not None:  # another button in the middle of a drag
            return
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        QToolTip.hideText()
        space = self._space is not None
        press = self.pointer(event.position(), event.modifiers())
        self._begin(choose(self, press, event.button(), space=space), event.button())
        if space:
            self._space = True

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        event.accept()
        if self.gesture is not None and not event.buttons() & self._button:
            self._drop_gesture()  # the release went elsewhere
        if self.gesture is not None:
            self._move(self.pointer(event.position(), event.modifiers()))
        else:
            self._hover(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()
        if self.gesture is None or event.button() != self._button:
            return
        gesture, self.gesture = self.gesture, None
        self._pusher.stop()
        gesture.finish(self.pointer(event.position(), event.modifiers()))
        self._hover(event.position())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        event.accept()
        if event.button() == Qt.MouseButton.LeftButton and not event.modifiers():
            self.double_clicked(self.hit(event.position()), event.position())

    def double_clicked(self, found: Hit, at: QPointF) -> None:
        """For the view."""

    def _hover(self, at: QPointF) -> None:
        """Marks what lies under the mouse."""
        found, scene = self.hit(at), self.graph_scene
        node = found.node if found.part in (Part.NODE, Part.PORT, Part.STRIP) else ""
        if (node, found.wire) != (scene.marks.node, scene.marks.wire):
            if found.wire != scene.marks.wire:
                self.viewport().update()  # its card comes or goes
            scene.mark(node=node, wire=found.wire)
        scene.strips.hover(found.node if found.part is Part.STRIP else "", found.button)
        self._show_cursor(found)

    def _show_cursor(self, found: Hit | None = None) -> None:
        shape = Qt.CursorShape.ArrowCursor
        if self._space is not None:
            shape = Qt.CursorShape.OpenHandCursor
        elif found is not None and (found.button or found.part is Part.WIRE):
            shape = Qt.CursorShape.PointingHandCursor
        elif found is not None and found.part is Part.PORT:
            shape = Qt.CursorShape.CrossCursor
        elif found is not None and found.part is Part.FRAME_CORNER:
            shape = Qt.CursorShape.SizeFDiagCursor
        self.viewport().setCursor(shape)

    def leaveEvent(self, event: QEvent) -> None:
        if self.gesture is None:
            self.graph_scene.mark(node="", wire=None)
            self.viewport().update()
        super().leaveEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            words = hints.words(self.graph_scene, self.hit(QPointF(event.pos())))
            QToolTip.showText(event.globalPos(), words, self)
            return True
        return super().viewportEvent(event)

    # Keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.gesture is not None:
            if event.key() == Qt.Key.Key_Escape:
                self._drop_gesture()
            event.accept()
        elif event.key() == Qt.Key.Key_Space and not event.modifiers():
            if not event.isAutoRepeat():
                self._space = False
                self._show_cursor()
        elif not keys.press(self, event):
            event.ignore()  # QGraphicsView's own keys would scroll

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat() and self._space is not None:
            used, self._space = self._space, None
            self._show_cursor()
            if not used and self.gesture is None:
                self.space_tapped()

    def space_tapped(self) -> None:
        """For the view."""

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._space = None
        super().focusOutEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab searches; Shift+Tab leaves the canvas as everywhere."""
        return False if forward else super().focusNextPrevChild(forward)

    # Drops

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        data = event.mimeData()
        if data.hasFormat(MIME):
            kind = self.catalog.get(bytes(data.data(MIME).data()).decode("utf-8"))
            if kind is None:
                event.ignore()
                return
            self._begin(DropNode(self, self.pointer(event.position()), kind), Qt.MouseButton.NoButton)
            event.acceptProposedAction()
        elif dropped_file(event) is not None:
            event.acceptProposedAction()
        else:
            event.ignore()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        if isinstance(self.gesture, DropNode):
            self._move(self.pointer(event.position()))
        event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._drop_gesture()
        event.accept()

    def dropEvent(self, event: QDropEvent) -> None:
        gesture, path = self.gesture, dropped_file(event)
        self.gesture = None
        if isinstance(gesture, DropNode):
            gesture.move(self.pointer(event.position()))
            gesture.finish(gesture.last)
            self.setFocus(Qt.FocusReason.MouseFocusReason)
        elif path is not None:
            self.file_dropped.emit(path, self.to_scene(event.position()))
        event.acceptProposedAction()

    # Painting

    def paint_gesture(self, painter: QPainter) -> None:
        if self.gesture is not None:
            self.gesture.paint(painter)


def dropped_file(event: QDropEvent) -> str | None:
    """The path of a graph or a table that is being dropped."""
    paths = [url.toLocalFile() for url in event.mimeData().urls()]
    return next((path for path in paths if path.lower().endswith(FILES)), None)
