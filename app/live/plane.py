"""A plane with samples as marks, each with the shape and colour of its class; what lies under them is up to each view."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPen, QPixmap, QPolygonF

from app import theme
from app.live.painted import Painted

DOT = 4.0  # pixels: radius of a sample's mark
MANY = 200  # samples of a class from which on their mark is stamped
DIAMOND = ((0, -1.15), (1.15, 0), (0, 1.15), (-1.15, 0))
TRIANGLE = ((0, -1.15), (1.05, 0.8), (-1.05, 0.8))


def class_color(index: int, count: int) -> QColor:
    """The colour of a class's samples: sea and sand for two, else the colours of runs."""
    colors = theme.tokens()
    if count <= 2:
        return colors.sand if index == 1 else colors.sea
    return colors.runs[index % len(colors.runs)]


def mark(painter: QPainter, index: int, at: QPointF, size: float) -> None:
    """The shape of a class: disc, diamond, square, triangle, and so on in turn."""
    shape = index % 4
    if shape == 0:
        painter.drawEllipse(at, size * 0.92, size * 0.92)
    elif shape == 2:
        painter.drawRect(QRectF(at.x() - 0.8 * size, at.y() - 0.8 * size, 1.6 * size, 1.6 * size))
    else:
        points = DIAMOND if shape == 1 else TRIANGLE
        painter.drawPolygon(QPolygonF([QPointF(at.x() + x * size, at.y() + y * size) for x, y in points]))


class Plane(Painted):
    """Paints a part of the plane: rounded, with equal units on both axes unless they are `free`."""

    dot = DOT

    def __init__(self) -> None:
        super().__init__()
        self.extent = (0.0, 1.0, 0.0, 1.0)  # left, right, bottom, top
        self.free = False
        self.points, self.truth, self.classes = np.empty((0, 2)), np.empty(0, np.int64), 2

    @property
    def area(self) -> QRectF:
        """Square cells when the extent is nearly square, else the whole room."""
        left, right, bottom, top = self.extent
        room = QRectF(self.rect()).adjusted(0, 2, -4, -4)
        if self.free:
            return room
        width = min(room.width(), room.height() * (right - left) / max(top - bottom, 1e-9))
        height = width * (top - bottom) / max(right - left, 1e-9)
        return QRectF(room.center().x() - width / 2, room.center().y() - height / 2, width, height)

    def place(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Pixels of points of the plane."""
        left, right, bottom, top = self.extent
        area = self.area
        return (area.left() + (x - left) / (right - left) * area.width(),
                area.bottom() - (y - bottom) / (top - bottom) * area.height())

    def point_at(self, place: QPointF) -> tuple[float, float]:
        """The point of the plane that lies under a pixel; outside, the nearest of its edge."""
        left, right, bottom, top = self.extent
        area = self.area
        across = min(1.0, max(0.0, (place.x() - area.left()) / max(area.width(), 1e-9)))
        up = min(1.0, max(0.0, (area.bottom() - place.y()) / max(area.height(), 1e-9)))
        return left + across * (right - left), bottom + up * (top - bottom)

    def paint_whole(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = self.area
        frame = QPainterPath()
        frame.addRoundedRect(area, 4, 4)
        painter.setClipPath(frame)
        self.draw_ground(painter, area)
        self.draw_points(painter)
        self.draw_above(painter, area)

    def draw_ground(self, painter: QPainter, area: QRectF) -> None:
        """What lies under the samples."""

    def draw_above(self, painter: QPainter, area: QRectF) -> None:
        """What lies over them."""

    def draw_points(self, painter: QPainter) -> None:
        """The samples, each with the mark of its class."""
        if not len(self.points):
            return
        xs, ys = self.place(self.points[:, 0], self.points[:, 1])
        painter.setPen(QPen(theme.tokens().panel if theme.tokens().dark else QColor(Qt.GlobalColor.white), 1.0))
        for index in np.unique(self.truth):
            painter.setBrush(QBrush(class_color(int(index), self.classes)))
            found = np.flatnonzero(self.truth == index)
            shape = self.shape_of(int(index))
            if len(self.points) > MANY:
                self._stamp(painter, shape, xs[found], ys[found])
                continue
            for at in found:
                mark(painter, shape, QPointF(xs[at], ys[at]), self.dot)

    def shape_of(self, index: int) -> int:
        """Which mark a class has: where colours run out, the next shape."""
        colors = len(theme.tokens().runs)
        return index if self.classes <= colors else index // colors

    def _stamp(self, painter: QPainter, index: int, xs: np.ndarray, ys: np.ndarray) -> None:
        """One mark, drawn once and stamped at every place: ten times as quick."""
        ratio, side = self.ratio, 2 * self.dot + 4
        stamp = QPixmap(round(side * ratio), round(side * ratio))
        stamp.fill(Qt.GlobalColor.transparent)
        ink = QPainter(stamp)
        ink.setRenderHint(QPainter.RenderHint.Antialiasing)
        ink.scale(ratio, ratio)
        ink.setPen(painter.pen())
        ink.setBrush(painter.brush())
        mark(ink, index, QPointF(side / 2, side / 2), self.dot)
        ink.end()
        stamp.setDevicePixelRatio(ratio)
        for x, y in zip((xs - side / 2).tolist(), (ys - side / 2).tolist(), strict=True):
            painter.drawPixmap(QPointF(x, y), stamp)
