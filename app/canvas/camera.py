"""A view of the scene that can be moved and zoomed: dotted ground, wheel, pinch, fit; from afar only blocks."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QInputDevice,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QGestureEvent, QGraphicsView, QPinchGesture, QWidget

from app import theme
from app.canvas import distance
from app.canvas.geometry import DOTS
from app.canvas.painter import BLOCKS
from app.canvas.scene import GraphScene

SMALLEST, LARGEST = 0.05, 4.0
FIT_MOST = 1.25
STEP = 1.2  # of the + and − buttons
MARGINS = (40, 72, 40, 72)  # left, top, right, bottom kept free of nodes when fitting, for what lies over the view
DENSEST = 14.0  # dots come no closer on the screen


class Camera(QGraphicsView):
    """Pan, zoom and ground. At 100 % a scene unit is as large as the system's font asks for."""

    zoom_changed = Signal(float)
    moved = Signal()  # zoomed or scrolled

    def __init__(self, scene: GraphScene, parent: QWidget | None = None) -> None:
        super().__init__(scene, parent)
        self.graph_scene = scene
        self.zoom = 1.0
        self.wheel_scrolls = False  # a preference: the wheel scrolls and Ctrl+wheel zooms
        self._fitted = QRectF()  # what showed when everything was shown
        self._dots: tuple[tuple[float, QSize], QPolygonF] | None = None
        self.setFrameShape(QGraphicsView.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.SmartViewportUpdate)
        self.viewport().grabGesture(Qt.GestureType.PinchGesture)
        self.setTransform(QTransform.fromScale(self.scale_now, self.scale_now))
        self.centerOn(0, 0)
        theme.events().changed.connect(self.viewport().update)

    @property
    def scale_now(self) -> float:
        """Pixels for one scene unit."""
        return self.zoom * theme.scale()

    def to_scene(self, at: QPointF) -> QPointF:
        """A place of the viewport in the scene."""
        return self.viewportTransform().inverted()[0].map(at)

    def to_view(self, point: QPointF) -> QPointF:
        """A point of the scene in the viewport."""
        return self.viewportTransform().map(point)

    def visible_rect(self) -> QRectF:
        """The part of the scene that shows."""
        return self.viewportTransform().inverted()[0].mapRect(QRectF(self.viewport().rect()))

    def middle(self) -> QPointF:
        return QRectF(self.viewport().rect()).center()

    # Moving

    def pan(self, delta: QPointF) -> None:
        """Moves the ground by so many pixels."""
        bars = ((self.horizontalScrollBar(), delta.x()), (self.verticalScrollBar(), delta.y()))
        for bar, by in bars:
            bar.setValue(bar.value() - round(by))

    def zoom_at(self, zoom: float, at: QPointF) -> None:
        """Zooms so that what lies under `at` stays there."""
        zoom = min(max(zoom, SMALLEST), LARGEST)
        held = self.to_scene(at)
        self.zoom = zoom
        self.setTransform(QTransform.fromScale(self.scale_now, self.scale_now))
        self.pan(at - self.to_view(held))
        self.zoom_changed.emit(zoom)
        self.moved.emit()

    def zoom_to(self, zoom: float) -> None:
        """Zooms around the middle of the view."""
        self.zoom_at(zoom, self.middle())

    def zoom_in(self) -> None:
        self.zoom_to(self.zoom * STEP)

    def zoom_out(self) -> None:
        self.zoom_to(self.zoom / STEP)

    def fit(self) -> None:
        """Shows everything."""
        self.show_rect(self.graph_scene.contents())
        self._fitted = self.visible_rect()

    def fit_again(self) -> None:
        """Shows everything that has grown out of sight, unless the view was moved since everything was shown."""
        if self.visible_rect() == self._fitted and not self._fitted.contains(self.graph_scene.contents()):
            self.fit()

    def show_rect(self, rect: QRectF) -> None:
        """Zooms and moves so that a part of the scene fills the view, no larger than is pleasant."""
        left, top, right, bottom = MARGINS
        room = QRectF(self.viewport().rect()).adjusted(left, top, -right, -bottom)
        if rect.isEmpty() or room.width() < 40 or room.height() < 40:
            self.zoom_to(1.0)
            self.centerOn(rect.center())
            self.moved.emit()
            return
        across, down = room.width() / rect.width(), room.height() / rect.height()
        self.zoom_at(min(across, down, FIT_MOST * theme.scale()) / theme.scale(), self.middle())
        self.pan(room.center() - self.to_view(rect.center()))
        self.moved.emit()

    def reveal(self, rect: QRectF) -> None:
        """Moves as little as needed for a part of the scene to show."""
        shown = QRectF(self.viewport().rect()).adjusted(24, 24, -24, -24)
        there = self.viewportTransform().mapRect(rect)
        dx = max(0.0, shown.left() - there.left()) or min(0.0, shown.right() - there.right())
        dy = max(0.0, shown.top() - there.top()) or min(0.0, shown.bottom() - there.bottom())
        if dx or dy:
            self.pan(QPointF(dx, dy))

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        super().scrollContentsBy(dx, dy)
        self.viewport().update()  # what is drawn over the scene must not be scrolled along
        self.moved.emit()

    # Wheel, touch pad, touch screen

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel zooms at the pointer; two fingers on a touch pad move the ground."""
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        pad = event.device() is not None and event.device().type() == QInputDevice.DeviceType.TouchPad
        if (pad or self.wheel_scrolls) and not control:
            pixels = event.pixelDelta() if not event.pixelDelta().isNull() else event.angleDelta() / 2
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier and pixels.x() == 0:
                pixels = QPoint(pixels.y(), 0)
            self.pan(QPointF(pixels))
        else:
            turn = event.angleDelta().y() or event.angleDelta().x()
            self.zoom_at(self.zoom * 1.0015**turn, event.position())
        event.accept()

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            self.zoom_at(self.zoom * (1 + event.value()), event.position())
            return True
        if isinstance(event, QGestureEvent):
            pinch = event.gesture(Qt.GestureType.PinchGesture)
            if isinstance(pinch, QPinchGesture):
                at = QPointF(self.viewport().mapFromGlobal(pinch.centerPoint().toPoint()))
                self.zoom_at(self.zoom * pinch.scaleFactor(), at)
                return True
        return super().viewportEvent(event)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """From afar everything is drawn in a few strokes: a thousand nodes stay smooth."""
        if self.scale_now >= BLOCKS:
            super().paintEvent(event)
            return
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setTransform(self.viewportTransform())
        exposed = painter.transform().inverted()[0].mapRect(QRectF(event.rect()))
        self.drawBackground(painter, exposed)
        distance.paint(painter, self.graph_scene, exposed)
        self.drawForeground(painter, exposed)
        painter.end()

    def drawBackground(self, painter: QPainter, rect: QRectF) -> None:
        tokens = theme.tokens()
        painter.fillRect(rect, tokens.canvas)
        painter.save()
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        pitch = DOTS * self.scale_now
        while pitch < DENSEST:
            pitch *= 2
        origin = self.to_view(QPointF(0, 0))
        painter.translate(origin.x() % pitch - pitch, origin.y() % pitch - pitch)
        painter.setPen(QPen(tokens.grid, 2 if self.devicePixelRatioF() < 1.5 else 1.5))
        painter.drawPoints(self._dot_points(pitch))
        painter.restore()

    def _dot_points(self, pitch: float) -> QPolygonF:
        """One point at each crossing of the grid, kept until zoom or size change."""
        size = self.viewport().size()
        if self._dots is None or self._dots[0] != (pitch, size):
            columns, rows = int(size.width() / pitch) + 3, int(size.height() / pitch) + 3
            points = [QPointF(x * pitch, y * pitch) for x in range(columns) for y in range(rows)]
            self._dots = ((pitch, size), QPolygonF(points))
        return self._dots[1]

