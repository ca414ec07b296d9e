"""Points in the plane, painted by class over the decision map that the network makes of them."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen

from app import theme
from app.live.decision_map import MapPicture
from app.live.plane import DOT, class_color, mark
from engine.data.drawings import MOST_POINTS, SCALE, points_of
from graphs.language import tr

Drawn = list[list[int]]

EDGE = 1.2  # the pad shows so much of the plane; points lie between −1 and 1
BRUSH = 0.12  # radius of the spray and of the eraser
DENSITY = 14.0  # points that are sprayed on a path of length 1
BURST = 3  # points of a spray that does not move
STEP = 0.1  # of the plane, for the arrows
ARROWS = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, 1), Qt.Key.Key_Down: (0, -1)}


class PointPad(MapPicture):
    """The square from −1 to 1. The tool in the hand sprays, sets single points or erases; the right button erases."""

    stroked = Signal(object)  # the points after a stroke
    full = Signal()  # no further point has room

    def __init__(self) -> None:
        super().__init__()
        self.drawn: Drawn = []
        self.tool, self.label = "spray", 0
        self._tool_now: str | None = None  # of the stroke going on
        self._path = 0.0  # since the last sprayed point
        self._hand: tuple[float, float] | None = None  # where the brush is
        self._chance = np.random.default_rng()
        self.say("")
        self.extent = (-EDGE, EDGE, -EDGE, EDGE)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName(tr("Drawing pad"))
        self.setAccessibleDescription(tr("Arrows move the brush, Space paints."))

    # what is shown

    def show_points(self, drawn: Drawn, classes: int) -> None:
        """Shows what the document holds. A stroke that goes on is not disturbed."""
        if self._tool_now is None:
            self.drawn, self.classes = [list(flat) for flat in drawn], classes
            self._take_points()

    def show_shares(self, shares: np.ndarray | None, extent: tuple[float, float, float, float]) -> None:
        """The decision map underneath; None: bare ground. A map of another part of the plane is left out."""
        if shares is None or not np.allclose(extent, self.extent):
            self.image, self.segments = None, np.empty((0, 2, 2))
            self.update()
        else:
            self.show_map(shares, self.extent, self.points, self.truth, classes=self.classes)

    def _take_points(self) -> None:
        self.points, self.truth = points_of(self.drawn)
        self.update()

    @property
    def count(self) -> int:
        return sum(map(len, self.drawn)) // 2

    @property
    def drawing(self) -> bool:
        """A stroke is going on."""
        return self._tool_now is not None

    # what the hand does

    def _to_plane(self, at: QPointF) -> tuple[float, float]:
        area = self.area
        return ((at.x() - area.left()) / area.width() * 2 * EDGE - EDGE,
                (area.bottom() - at.y()) / area.height() * 2 * EDGE - EDGE)

    def _begin(self, at: tuple[float, float], tool: str) -> None:
        self._tool_now, self._path, self._hand = tool, 0.0, at
        while len(self.drawn) <= self.label:
            self.drawn.append([])
        for _ in range(BURST if tool == "spray" else 1):
            self._touch(at)
        self._take_points()

    def _drag(self, to: tuple[float, float]) -> None:
        start, self._hand = self._hand or to, to
        length = math.dist(start, to)
        if self._tool_now == "erase":
            for share in np.linspace(0.0, 1.0, 1 + int(length / BRUSH)):
                self._touch((start[0] + share * (to[0] - start[0]), start[1] + share * (to[1] - start[1])))
        elif self._tool_now == "spray":
            self._path += length * DENSITY
            for share in self._chance.random(int(self._path)):
                self._touch((start[0] + share * (to[0] - start[0]), start[1] + share * (to[1] - start[1])))
            self._path -= int(self._path)
        self._take_points()

    def _touch(self, at: tuple[float, float]) -> None:
        """One drop of the tool in the hand."""
        if self._tool_now == "erase":
            self.drawn = [_without(flat, at) for flat in self.drawn]
            return
        if self.count >= MOST_POINTS:
            self.full.emit()
            return
        x, y = at
        if self._tool_now == "spray":
            radius, angle = BRUSH * math.sqrt(self._chance.random()), 2 * math.pi * self._chance.random()
            x, y = x + radius * math.cos(angle), y + radius * math.sin(angle)
        if max(abs(x), abs(y)) <= 1:
            self.drawn[self.label] += [round(SCALE * x), round(SCALE * y)]

    def _end(self) -> None:
        if self._tool_now is not None:
            self._tool_now = None
            while self.drawn and not self.drawn[-1]:
                self.drawn.pop()
            self.stroked.emit([list(flat) for flat in self.drawn])

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton) and not self.drawing:
            erase = event.button() == Qt.MouseButton.RightButton
            self._begin(self._to_plane(event.position()), "erase" if erase else self.tool)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = self._to_plane(event.position())
        if self.drawing:
            self._drag(at)
        else:
            self._hand = at
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        del event
        self._end()

    def leaveEvent(self, event: QEvent) -> None:
        del event
        if not self.drawing:
            self._hand = None
            self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in ARROWS and not event.modifiers():
            x, y = self._hand or (0.0, 0.0)
            right, up = ARROWS[key]
            to = min(max(x + STEP * right, -1.0), 1.0), min(max(y + STEP * up, -1.0), 1.0)
            if self.drawing:
                self._drag(to)
            self._hand = to
            self.update()
        elif key == Qt.Key.Key_Space:
            if not event.isAutoRepeat() and not self.drawing:
                self._begin(self._hand or (0.0, 0.0), self.tool)
        else:
            event.ignore()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._end()
        else:
            event.ignore()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._end()  # the key's release would go elsewhere
        super().focusOutEvent(event)

    # how it looks

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter, colors, area = QPainter(self), theme.tokens(), self.area
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QPainterPath()
        frame.addRoundedRect(area, 4, 4)
        painter.setClipPath(frame)
        painter.fillRect(area, colors.field)
        if self.image is not None:
            self.draw_ground(painter, area)
        self._draw_square(painter)
        self.draw_points(painter)
        painter.setClipping(False)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colors.accent if self.hasFocus() else colors.line2, 1))
        painter.drawRoundedRect(area.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        if self._hand is not None:
            self._draw_brush(painter, self._hand)

    def _draw_square(self, painter: QPainter) -> None:
        """The limits of what can be painted, and the axes."""
        (left, right, zero), (bottom, top, middle) = self.place(np.array([-1.0, 1.0, 0.0]), np.array([-1.0, 1.0, 0.0]))
        painter.setPen(QPen(theme.tokens().line2, 1, Qt.PenStyle.DotLine))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(QRectF(QPointF(left, top), QPointF(right, bottom)))
        painter.drawLine(QPointF(left, middle), QPointF(right, middle))
        painter.drawLine(QPointF(zero, top), QPointF(zero, bottom))

    def _draw_brush(self, painter: QPainter, at: tuple[float, float]) -> None:
        (x,), (y,) = self.place(np.array([at[0]]), np.array([at[1]]))
        tool, colors = self._tool_now or self.tool, theme.tokens()
        color = colors.text2 if tool == "erase" else class_color(self.label, self.classes)
        if tool == "point":
            painter.setPen(QPen(color, 1.4))
            mark(painter, self.label, QPointF(x, y), DOT + 2)
        else:
            radius = BRUSH / (2 * EDGE) * self.area.width()
            painter.setPen(QPen(color, 1.4, Qt.PenStyle.DashLine if tool == "erase" else Qt.PenStyle.SolidLine))
            painter.drawEllipse(QPointF(x, y), radius, radius)


def _without(flat: list[int], at: tuple[float, float]) -> list[int]:
    """The coordinates of a class without the points under the eraser."""
    pairs = np.asarray(flat, np.float64).reshape(-1, 2)
    kept = np.hypot(pairs[:, 0] - SCALE * at[0], pairs[:, 1] - SCALE * at[1]) > SCALE * BRUSH
    return flat if kept.all() else pairs[kept].astype(int).ravel().tolist()
