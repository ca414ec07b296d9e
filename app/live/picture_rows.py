"""Samples one below another: a picture of the sample, and what the network makes of it. Ground of two cards."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from app import theme
from app.live import colormaps
from app.live.painted import Painted

GAP = 8.0
HEAD = 18.0


class Rows(Painted):
    """A widget that paints rows of samples. Subclasses paint one row; here is what they share."""

    def paint_picture(self, painter: QPainter, pixels: np.ndarray, box: QRectF) -> None:
        """Pixels, sharp, as large as the box allows, with a thin frame."""
        tall, wide = pixels.shape
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.drawImage(box, colormaps.image(pixels), QRectF(0, 0, wide, tall))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(QPen(theme.tokens().line, 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box)

    def snapped(self, side: float, pixels: int) -> float:
        """A side on which all pixels of a picture are equally large, if that costs little."""
        whole = int(side * self.ratio // pixels) * pixels / self.ratio
        return whole if whole >= 0.85 * side else side


def as_pictures(values: np.ndarray, picture: tuple[int, int] | None, colour: tuple[int, int] | None = None) -> np.ndarray:
    """(P × width) samples as P × H × W, in colour P × H × W × 3; without a picture each sample is one strip."""
    if picture is None and colour is not None:
        return values.reshape(len(values), 3, *colour).transpose(0, 2, 3, 1)
    tall, wide = picture or (1, values.shape[1])
    return values.reshape(len(values), tall, wide)
