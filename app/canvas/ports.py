"""Draws ports: the shape and colour say the kind, filled means wired, a ring means free."""

from __future__ import annotations

import functools
import math
from enum import StrEnum

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen

from app import theme
from app.canvas.geometry import PORT_RADIUS
from app.tokens import Tokens
from graphs.spec import Kind

HALO = 6.0
GAP = 2.0
RING = 1.8


class PortState(StrEnum):
    """How a port looks while a wire is being dragged."""

    IDLE = "idle"
    TARGET = "target"
    REFUSED = "refused"
    FOCUSED = "focused"  # chosen with the keyboard


@functools.cache
def port_path(kind: Kind, radius: float = PORT_RADIUS) -> QPainterPath:
    """The outline of a kind's port around (0, 0)."""
    path = QPainterPath()
    if kind in (Kind.FEATURES, Kind.ANY):
        path.addEllipse(QPointF(0, 0), radius, radius)
    elif kind is Kind.IMAGE:
        side = radius * 0.94
        path.addRoundedRect(QRectF(-side, -side, 2 * side, 2 * side), 1.5, 1.5)
    else:
        corners, turn, reach = {
            Kind.SEQUENCE: (3, 0.0, 1.28),
            Kind.LABELS: (4, 0.0, 1.24),
            Kind.LOSS: (6, math.pi / 6, 1.14),
        }[kind]
        shift = -radius * 0.15 if kind is Kind.SEQUENCE else 0.0
        for corner in range(corners):
            angle = turn + 2 * math.pi * corner / corners
            point = QPointF(shift + reach * radius * math.cos(angle), reach * radius * math.sin(angle))
            path.lineTo(point) if corner else path.moveTo(point)
        path.closeSubpath()
    return path


def paint_port(painter: QPainter, at: QPointF, kind: Kind, tokens: Tokens, *, wired: bool,
               state: PortState = PortState.IDLE, gap: bool = True) -> None:  # fmt: skip
    """One port, with a gap of canvas around it unless it is too small for that."""
    color = tokens.kinds[kind]
    path = port_path(kind)
    painter.save()
    painter.translate(at)
    if state in (PortState.TARGET, PortState.FOCUSED):
        halo = tokens.accent if state is PortState.FOCUSED else color
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.alpha(halo, 0.38))
        painter.drawEllipse(QPointF(0, 0), PORT_RADIUS + HALO, PORT_RADIUS + HALO)
    if gap or not wired:
        line = QPen(tokens.canvas, 2 * GAP, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
        painter.setPen(line if gap else Qt.PenStyle.NoPen)
        painter.setBrush(tokens.canvas)
        painter.drawPath(path)
    if state is PortState.REFUSED:
        painter.setOpacity(painter.opacity() * 0.3)
    if wired or state is PortState.TARGET:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawPath(path)
    else:
        ring = QPen(color, RING)
        ring.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(ring)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(port_path(kind, PORT_RADIUS - RING / 2 + 0.4))
    painter.restore()
