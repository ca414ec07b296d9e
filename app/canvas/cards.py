"""Small cards over the canvas: why a wire is refused, what flows through the wire under the mouse."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF
from PySide6.QtGui import QPainter, QPen

from app import theme
from app.canvas import lettering
from app.canvas.sections import bars
from app.canvas.shadows import paint_shadow

MOST_WIDTH = 260.0
WIRE_CARD = (96.0, 46.0)


def paint_reason(painter: QPainter, at: QPointF, text: str, offer: str, bounds: QRect, avoid: QRect) -> None:
    """The reason at the pointer, and what dropping there would do about it; inside `bounds`, off the minimap."""
    tokens = theme.tokens()
    widest = max(lettering.width(text, 12, 600), lettering.width(offer, 11) if offer else 0.0)
    room = min(widest + 2, MOST_WIDTH)
    height = lettering.wrapped_height(text, room, 12, 600)
    below = lettering.wrapped_height(offer, room, 11) + 3 if offer else 0.0
    rect = QRectF(at.x(), at.y(), room + 20, height + below + 14)
    rect.moveRight(min(rect.right(), bounds.right() - 8))
    if rect.bottom() > bounds.bottom() - 8 or rect.intersects(QRectF(avoid)):
        rect.moveBottom(at.y() - 36)
    paint_shadow(painter, rect, dark=tokens.dark)
    painter.setPen(QPen(tokens.error, 1))
    painter.setBrush(tokens.raised)
    painter.drawRoundedRect(rect, 6, 6)
    inner = rect.adjusted(10, 7, -8, -6)
    lettering.write_all(painter, inner, text, tokens.text, 12, 600)
    if offer:
        lettering.write_all(painter, inner.adjusted(0, height + 3, 0, 0), offer, tokens.text2, 11)


def paint_wire_card(painter: QPainter, center: QPointF, words: str, number: str, counts: np.ndarray | None) -> None:
    """Shape, mean and histogram of what flows through a wire."""
    tokens = theme.tokens()
    has_bars = counts is not None and counts.size > 0
    width = max(WIRE_CARD[0], lettering.width(words, 11, 600) + lettering.width(number, 11) + 26)
    height = WIRE_CARD[1] if has_bars else 22.0
    rect = QRectF(center.x() - width / 2, center.y() - height / 2, width, height)
    paint_shadow(painter, rect, dark=tokens.dark)
    painter.setPen(QPen(tokens.line2, 1))
    painter.setBrush(tokens.raised)
    painter.drawRoundedRect(rect, 6, 6)
    line = QRectF(rect.left() + 7, rect.top() + 3, rect.width() - 14, 16)
    lettering.write(painter, line, words, tokens.text, 11, 600)
    lettering.write(painter, line, number, tokens.text2, 11, align=lettering.RIGHT)
    if counts is not None and has_bars:
        bars(painter, counts, rect.adjusted(8, 20, -8, -5), tokens.sand, tokens)
