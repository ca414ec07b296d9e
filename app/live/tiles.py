"""Many small pictures in one area: as many columns as make the tiles largest, sharp pixels, an outline for one."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QPen

from app import theme
from app.live import colormaps

GAP = 3.0
SMALLEST = 10.0  # pixels on screen; below that a tile says nothing, and fewer are shown
FEWER = (48, 32, 24, 16, 12, 10, 8, 6, 5, 4, 3)
SNAP = 0.85  # a tile may shrink to this share of its room so that all its pixels are equally large


@dataclass(frozen=True, slots=True)
class Layout:
    """Where tiles of one size stand; `shown` of them have room, each with a `caption` below it."""

    columns: int
    rows: int
    shown: int
    width: float
    height: float
    left: float
    top: float
    caption: float = 0.0

    def rect(self, index: int) -> QRectF:
        row, column = divmod(index, self.columns)
        return QRectF(self.left + column * (self.width + GAP), self.top + row * (self.height + self.caption + GAP),
                      self.width, self.height)

    def caption_rect(self, index: int) -> QRectF:
        """Where the words below a tile stand."""
        tile = self.rect(index)
        return QRectF(tile.left() - GAP, tile.bottom(), tile.width() + 2 * GAP, self.caption)

    def index_at(self, place: QPointF) -> int | None:
        """Which tile lies there."""
        return next((index for index in range(self.shown) if self.rect(index).contains(place)), None)


def arrange(count: int, picture: tuple[int, int], area: QRectF, ratio: float = 1.0, caption: float = 0.0) -> Layout:
    """The largest tiles of the picture's proportions that fit into the area (fewer than all when they would vanish)."""
    tall, wide = picture
    width, height = max(area.width(), 1.0), max(area.height(), 1.0)

    def tile_width(columns: int, rows: int) -> float:
        across = (width - (columns - 1) * GAP) / columns
        down = (height - (rows - 1) * GAP) / rows - caption
        return min(across, down * wide / tall)

    best, columns = max(((tile_width(columns, math.ceil(count / columns)), columns) for columns in range(1, count + 1)),
                        default=(1.0, 1))
    smallest = min(SMALLEST * max(1.0, wide / tall), width, height * wide / tall)
    if best < smallest:
        best = smallest
        columns = max(1, int((width + GAP) // (best + GAP)))
    row = best * tall / wide + caption + GAP
    rows = max(1, int((height + GAP) // row)) if best == smallest else math.ceil(count / columns)
    whole = math.floor(best * ratio / wide) * wide / ratio
    if whole >= SNAP * best:
        best = whole
    shown = min(count, rows * columns)
    left = round(area.left() * ratio) / ratio
    return Layout(columns, rows, shown, best, best * tall / wide, left, round(area.top() * ratio) / ratio, caption)


def arrange_large(count: int, picture: tuple[int, int], area: QRectF, ratio: float, caption: float, least: float) -> Layout:
    """As many tiles as can be `least` pixels wide, though at least a few; captions only below such tiles."""
    for many in (count, *(fewer for fewer in FEWER if fewer < count)):
        layout = arrange(many, picture, area, ratio, caption)
        if layout.width >= least:
            return layout
    return arrange(min(FEWER[-1], count), picture, area, ratio)


def draw(painter: QPainter, pixels: np.ndarray, layout: Layout, *, framed: bool = False) -> None:
    """Draws (n × height × width) RGB32 pixels into their places, nearest neighbour; with thin frames where paper is paper."""
    count, tall, wide = pixels.shape
    sheet = colormaps.image(pixels[: layout.shown].reshape(-1, wide))
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
    for index in range(min(layout.shown, count)):
        painter.drawImage(layout.rect(index), sheet, QRectF(0, index * tall, wide, tall))
        if framed:
            painter.setPen(QPen(theme.tokens().line, 1))
            painter.drawRect(layout.rect(index))
