"""The map of the terrain: ground, walks with their names, and the start, which the mouse or the arrow keys move."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme
from app.live.end_labels import spread
from app.live.terrain.ground import Ground
from engine.terrain import Point, Surface, heights
from graphs.language import tr

CELLS = 121
HEAD = 4.5  # pixels: radius of where a walk is now
KEY_STEP = 0.02  # of the extent
ARROWS = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, 1), Qt.Key.Key_Down: (0, -1)}


@dataclass(frozen=True, slots=True)
class Trail:
    """A walk as far as it is shown."""

    name: str
    color: QColor
    points: list[Point]
    lost: bool = False


class PathMap(QWidget):
    """Paints the walks; a press or drag puts the start there."""

    start_moved = Signal(object)  # Point

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName(tr("Terrain: drag the start, or move it with the arrow keys"))
        self.ground: Ground | None = None
        self.trails: list[Trail] = []
        self.start: Point = (0.0, 0.0)

    def sizeHint(self) -> QSize:
        return QSize(640, 560)

    def show_surface(self, surface: type[Surface]) -> None:
        """Another ground."""
        self.ground = Ground(heights(surface, CELLS), surface.extent, surface.lowest)
        self.update()

    def show_trails(self, trails: list[Trail], start: Point) -> None:
        """The walks as they are now."""
        self.trails, self.start = trails, start
        self.update()

    @property
    def area(self) -> QRectF:
        return QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        if self.ground is None:
            return
        painter, area = QPainter(self), self.area
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QPainterPath()
        frame.addRoundedRect(area, 8, 8)
        painter.setClipPath(frame)
        self.ground.paint(painter, area, self.devicePixelRatioF())
        for trail in self.trails:
            self._paint_trail(painter, trail)
        self._paint_start(painter)
        self._paint_names(painter)
        painter.setClipping(False)
        painter.setPen(QPen(theme.tokens().accent if self.hasFocus() else theme.tokens().line, 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(area, 8, 8)

    def _pixels(self, trail: Trail) -> np.ndarray:
        assert self.ground is not None
        left, right, bottom, top = self.ground.extent
        area, points = self.area, np.array(trail.points)
        made = np.empty_like(points)
        made[:, 0] = area.left() + (points[:, 0] - left) / (right - left) * area.width()
        made[:, 1] = area.bottom() - (points[:, 1] - bottom) / (top - bottom) * area.height()
        return np.clip(made, -20_000, 20_000)

    def _paint_trail(self, painter: QPainter, trail: Trail) -> None:
        pixels = self._pixels(trail)
        pen = QPen(trail.color, 2)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)  # pieces, not one polyline: Qt takes ten times as long to outline one that crosses itself
        painter.drawLines([QLineF(*ends) for ends in np.hstack([pixels[:-1], pixels[1:]]).tolist()])
        painter.setPen(QPen(theme.tokens().panel, 1.5))
        painter.setBrush(trail.color)
        painter.drawEllipse(QPointF(*pixels[-1].tolist()), HEAD, HEAD)

    def _paint_start(self, painter: QPainter) -> None:
        assert self.ground is not None
        colors, place = theme.tokens(), self.ground.place(self.area, *self.start)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for color, width in ((colors.panel, 5.0), (colors.text, 2.0)):
            painter.setPen(QPen(color, width))
            painter.drawEllipse(place, 7, 7)

    def _paint_names(self, painter: QPainter) -> None:
        """Names beside the heads, pushed apart, each with a line to its head where it had to give way."""
        colors, area = theme.tokens(), self.area
        painter.setFont(theme.font(11, 600))
        metrics = painter.fontMetrics()
        shown = [(trail, QPointF(*self._pixels(trail)[-1].tolist())) for trail in self.trails]
        shown = [(trail, head) for trail, head in shown if area.contains(head)]
        gap = metrics.height() + 1.0
        heights_ = spread([head.y() for _, head in shown], area.top() + gap / 2, area.bottom() - gap / 2, gap)
        for (trail, head), y in zip(shown, heights_, strict=True):
            wide = metrics.horizontalAdvance(trail.name) + 8.0
            left = head.x() + 12 if head.x() + 12 + wide < area.right() else head.x() - 12 - wide
            box = QRectF(left, y - gap / 2, wide, gap - 1)
            painter.setPen(QPen(trail.color, 1))
            if abs(y - head.y()) > gap / 2:
                painter.drawLine(head, QPointF(left if left > head.x() else left + wide, y))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.alpha(colors.panel, 0.82))
            painter.drawRoundedRect(box, 3, 3)
            painter.setPen(theme.readable(trail.color, colors.panel))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, trail.name)

    # the start

    def _move_to(self, point: Point) -> None:
        if self.ground is None:
            return
        left, right, bottom, top = self.ground.extent
        self.start_moved.emit((min(max(point[0], left), right), min(max(point[1], bottom), top)))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.ground is not None:
            self._move_to(self.ground.point(self.area, event.position()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton and self.ground is not None:
            self._move_to(self.ground.point(self.area, event.position()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        by = ARROWS.get(Qt.Key(event.key()))
        if by is None or self.ground is None:
            super().keyPressEvent(event)
            return
        left, right, bottom, top = self.ground.extent
        share = KEY_STEP * (5 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
        self._move_to((self.start[0] + by[0] * share * (right - left), self.start[1] + by[1] * share * (top - bottom)))
