"""Draws a function of one number with its derivative, and under it where the numbers lie that it is given."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from app import theme
from app.tokens import Tokens
from graphs.spec import Bend


def paint_bend(painter: QPainter, bend: Bend, area: QRectF, tokens: Tokens, given: np.ndarray | None = None) -> None:
    """The function as a full line, its derivative dashed; `given` are counts in even bins over the whole width."""
    low, high = min(*bend.y, *bend.slope, 0.0), max(*bend.y, *bend.slope, 0.0)
    reach, span = (bend.x[0], bend.x[-1]), (high - low) or 1.0

    def at(x: float, y: float) -> QPointF:
        return QPointF(area.left() + (x - reach[0]) / (reach[1] - reach[0]) * area.width(),
                       area.bottom() - (y - low) / span * area.height())

    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if given is not None and given.size:
        _paint_given(painter, given, area, theme.alpha(tokens.sand, 0.38))
    painter.setPen(QPen(tokens.line2, 1))
    painter.drawLine(at(reach[0], 0.0), at(reach[1], 0.0))
    painter.drawLine(at(0.0, low), at(0.0, high))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for values, color, width, dashed in ((bend.slope, tokens.text3, 1.2, True), (bend.y, tokens.text, 1.6, False)):
        pen = QPen(color, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap, Qt.PenJoinStyle.RoundJoin)
        if dashed:
            pen.setDashPattern([3, 2.5])
        painter.setPen(pen)
        painter.drawPolyline(QPolygonF([at(x, y) for x, y in zip(bend.x, values, strict=True)]))
    painter.restore()


def _paint_given(painter: QPainter, counts: np.ndarray, area: QRectF, color: QColor) -> None:
    shares = np.nan_to_num(counts) / (float(np.nan_to_num(counts).max()) or 1.0)
    pitch = area.width() / len(counts)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawRects([QRectF(area.left() + index * pitch, area.bottom() - share * area.height(), max(1.0, pitch - 1),
                              share * area.height()) for index, share in enumerate(shares.tolist()) if share > 0])
