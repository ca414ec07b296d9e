"""Soft shadows beneath nodes and pop-ups: blurred once for each size and pixel ratio, then only copied."""

from __future__ import annotations

import functools

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QImage, QPainter, QPixmap

REACH = 14  # how far a shadow spreads beyond its rectangle
DROP = 3.0
STRENGTH = {True: 0.42, False: 0.13}  # by darkness of the theme


def paint_shadow(painter: QPainter, rect: QRectF, *, dark: bool) -> None:
    """Draws the shadow of a rounded rectangle."""
    ratio = 2.0 if painter.deviceTransform().m11() > 1.2 else 1.0
    made = _shadow(round(rect.width()), round(rect.height()), dark, ratio)
    painter.drawPixmap(rect.topLeft() + QPointF(-REACH, -REACH + DROP), made)


@functools.lru_cache(maxsize=128)
def _shadow(width: int, height: int, dark: bool, ratio: float) -> QPixmap:
    reach = round(REACH * ratio)
    alpha = np.zeros((round(height * ratio) + 2 * reach, round(width * ratio) + 2 * reach), np.float32)
    inset = round(2 * ratio)
    alpha[reach + inset : -reach - inset, reach + inset : -reach - inset] = STRENGTH[dark]
    for axis in (0, 1):
        for _ in range(3):  # three box blurs are nearly a Gaussian
            alpha = _box_blur(alpha, max(1, round(3 * ratio)), axis)
    pixels = np.zeros((*alpha.shape, 4), np.uint8)  # premultiplied black
    pixels[..., 3] = np.round(alpha * 255)
    image = QImage(pixels.data, alpha.shape[1], alpha.shape[0], 4 * alpha.shape[1],
                   QImage.Format.Format_ARGB32_Premultiplied)  # fmt: skip
    made = QPixmap.fromImage(image.copy())
    made.setDevicePixelRatio(ratio)
    return made


def _box_blur(values: np.ndarray, radius: int, axis: int) -> np.ndarray:
    window = 2 * radius + 1
    edges = [(0, 0), (0, 0)]
    edges[axis] = (radius + 1, radius)
    sums = np.cumsum(np.pad(values, edges), axis=axis, dtype=np.float64)
    high = np.take(sums, range(window, sums.shape[axis]), axis=axis)
    low = np.take(sums, range(sums.shape[axis] - window), axis=axis)
    return ((high - low) / window).astype(np.float32)
