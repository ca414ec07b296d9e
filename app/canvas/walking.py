"""Reaching everything with the arrow keys: from node to node, and from port to port of one node."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QPointF, QRectF

from app.canvas.faces import Face, PortRef, Side

ASIDE = 2.0  # how much worse a way aside is than a way ahead


def nearest(rects: Mapping[str, QRectF], start: str, direction: QPointF) -> str | None:
    """The node that a user means who looks from `start` in a direction (a unit vector along an axis)."""
    here = rects[start].center()
    best: tuple[float, str] | None = None
    for name, rect in rects.items():
        away = rect.center() - here
        ahead = QPointF.dotProduct(away, direction)
        aside = abs(away.x() * direction.y() - away.y() * direction.x())
        if name == start or ahead <= 1 or aside > 3 * ahead + 40:
            continue
        cost = ahead + ASIDE * aside
        if best is None or (cost, name) < best:
            best = (cost, name)
    return best[1] if best else None


def first_port(face: Face) -> PortRef | None:
    """Where one enters a node: its first output, from which wires are drawn; else its first input."""
    for side in (Side.OUTPUT, Side.INPUT):
        if face.ports(side):
            return PortRef(face.node, side, face.ports(side)[0].name)
    return None


def next_port(face: Face, port: PortRef, direction: QPointF) -> PortRef:
    """Up and down along a side, left and right to the other side."""
    ports = face.ports(port.side)
    row = next((index for index, each in enumerate(ports) if each.name == port.name), 0)
    if direction.y():
        row = (row + (1 if direction.y() > 0 else -1)) % len(ports)
        return PortRef(face.node, port.side, ports[row].name)
    side = Side.OUTPUT if direction.x() > 0 else Side.INPUT
    others = face.ports(side)
    return PortRef(face.node, side, others[min(row, len(others) - 1)].name) if others else port
