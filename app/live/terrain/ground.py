"""A field of heights as a quiet picture with contour lines: low stands out, and lines lie closer where it is steep."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QImage, QPainter, QPen, QPixmap

from app import theme
from app.live import colormaps
from app.live.contours import zero_segments

LINES = 16
Extent = tuple[float, float, float, float]  # left, right, bottom, top


def eased(heights: np.ndarray, lowest: float) -> np.ndarray:
    """Heights above the lowest, 0 … 1, bent so that the bottom can be seen where walls are a thousand times higher."""
    finite = np.where(np.isfinite(heights), heights, np.nan)
    above = np.maximum(finite - lowest, 0.0)
    middle = float(np.quantile(above[np.isfinite(above)], 0.25)) or float(np.nanmax(above)) or 1.0
    bent = np.log1p(above / middle)
    most = float(np.nanmax(bent)) or 1.0
    return np.nan_to_num(bent / most, nan=1.0)


class Ground:
    """A field, ready to be painted at any size and place."""

    def __init__(self, heights: np.ndarray, extent: Extent, lowest: float) -> None:
        self.extent, self.cells = extent, heights.shape[0]
        self._field = eased(heights, lowest)
        self._drawn: tuple[object, QPixmap] | None = None
        self.segments = np.concatenate([zero_segments(self._field - (index + 0.5) / LINES) for index in range(LINES)])

    def _picture(self) -> QImage:
        """At most a third of the way to ink: paths stand out."""
        low, high = (0.0, 3.6) if theme.tokens().dark else (0.0, 5.0)
        return colormaps.image(colormaps.grey_pixels(1.0 - self._field, low, high)[::-1])

    def place(self, area: QRectF, x: float, y: float) -> QPointF:
        """Pixels of a point."""
        left, right, bottom, top = self.extent
        return QPointF(area.left() + (x - left) / (right - left) * area.width(),
                       area.bottom() - (y - bottom) / (top - bottom) * area.height())

    def point(self, area: QRectF, place: QPointF) -> tuple[float, float]:
        """The point at these pixels."""
        left, right, bottom, top = self.extent
        return (left + (place.x() - area.left()) / area.width() * (right - left),
                bottom + (area.bottom() - place.y()) / area.height() * (top - bottom))

    def paint(self, painter: QPainter, area: QRectF, ratio: float) -> None:
        """The picture and its contour lines, drawn once for a size and a theme."""
        key = (area.width(), area.height(), ratio, theme.tokens().dark)
        if self._drawn is None or self._drawn[0] != key:
            made = QPixmap(math.ceil(area.width() * ratio), math.ceil(area.height() * ratio))
            made.setDevicePixelRatio(ratio)
            ink = QPainter(made)
            ink.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._draw(ink, QRectF(0, 0, area.width(), area.height()))
            ink.end()
            self._drawn = (key, made)
        painter.drawPixmap(area.topLeft(), self._drawn[1])

    def _draw(self, painter: QPainter, area: QRectF) -> None:
        steps = self.cells - 1
        half = 0.5 * area.width() / steps, 0.5 * area.height() / steps
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(area.adjusted(-half[0], -half[1], half[0], half[1]), self._picture())
        x = area.left() + self.segments[:, :, 0] / steps * area.width()
        y = area.bottom() - self.segments[:, :, 1] / steps * area.height()
        painter.setPen(QPen(theme.alpha(theme.tokens().text3, 0.45), 1))
        painter.drawLines([QLineF(*ends) for ends in np.stack([x[:, 0], y[:, 0], x[:, 1], y[:, 1]], axis=1).tolist()])
