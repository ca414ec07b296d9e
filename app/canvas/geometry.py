"""Where everything is: sizes of nodes, places of ports, paths of wires. Pure functions, no painting, no state."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath

from app.canvas import lettering
from app.canvas.faces import Face, PortFace, Side
from app.node_live import NodeLive

GRID = 8.0  # nodes snap to it and their sizes are multiples of it
DOTS = 24.0  # distance of the dots behind them
HEADER, ROW, FOOT, PAD, RADIUS = 40.0, 20.0, 24.0, 12.0, 8.0
MIN_WIDTH, MAX_WIDTH = 152.0, 256.0
PORT_RADIUS, PORT_REACH = 5.0, 12.0  # drawn size; half the area that takes the mouse, on screen
TITLE_LEFT = 40.0
BADGE = 20.0
ABOVE = 96.0  # a shorter wire has its label above, not in a gap
FORWARD, BACKWARD = 28.0, 64.0  # least length of a wire's handles
LEAD, SWEEP = 36.0, 116.0  # a wire led around nodes: how it leaves its port, how wide it turns
STRIP_GAP, STRIP_PAD = 12.0, 12.0

# the small views of a node in the order in which they stand below each other, and their heights
SECTIONS = {"bend": 60.0, "tiles": 68.0, "dots": 84.0, "columns": 60.0, "histogram": 52.0, "code": 44.0, "bars": 68.0,
            "curve": 52.0}


@dataclass(frozen=True, slots=True)
class Box:
    """A measured node, in its own coordinates."""

    width: float
    height: float
    ports: dict[tuple[Side, str], QPointF]
    sections: tuple[tuple[str, QRectF], ...] = ()
    foot: QRectF | None = None

    @property
    def rect(self) -> QRectF:
        return QRectF(0, 0, self.width, self.height)


def sections_of(live: NodeLive | None) -> tuple[str, ...]:
    """Which small views a node has something to show in; a curve of its own it has without training."""
    if live is None:
        return ()
    return tuple(name for name in SECTIONS if name != "bend" and getattr(live, name).size >= (2 if name == "curve" else 1))


def has_foot(live: NodeLive | None) -> bool:
    """Whether there are numbers for the node's foot."""
    if live is None:
        return False
    return any(value is not None for value in (live.mean, live.gradient, live.update, live.loss, live.accuracy))


def measure(face: Face, live: NodeLive | None = None) -> Box:
    """The size of a node and the places of all that is in it. Only its height depends on what is live."""
    width = node_width(face)
    if face.collapsed:
        return Box(width, HEADER, _collapsed_ports(face, width))
    rows = max(len(face.inputs), len(face.outputs))
    y = HEADER + ROW * rows
    sections = []
    for name in (*(("bend",) if face.bend else ()), *sections_of(live)):
        sections.append((name, QRectF(PAD, y, width - 2 * PAD, SECTIONS[name])))
        y += SECTIONS[name]
    if has_foot(live):
        top = up_to_grid(y)
        return Box(width, top + FOOT, _ports(face, width), tuple(sections), QRectF(0, top, width, FOOT))
    return Box(width, up_to_grid(y + PAD), _ports(face, width), tuple(sections))


def node_width(face: Face) -> float:
    """Wide enough for the node's words, within limits, in steps of the grid."""
    title = TITLE_LEFT + lettering.width(face.title, 12, 600) + 28  # room for the live dot
    subtitle = TITLE_LEFT + lettering.width(face.subtitle, 11) + PAD
    rows = [0.0]
    for index in range(max(len(face.inputs), len(face.outputs))):
        words = [lettering.width(ports[index].name, 11) for ports in (face.inputs, face.outputs) if index < len(ports)]
        rows.append(2 * PAD + sum(words) + 16)
    return min(max(MIN_WIDTH, up_to_grid(max(title, subtitle, *rows))), MAX_WIDTH)


def up_to_grid(length: float) -> float:
    return math.ceil(length / GRID - 1e-9) * GRID


def snapped(point: QPointF, step: float = GRID) -> QPointF:
    """The nearest point of the grid."""
    return QPointF(round(point.x() / step) * step, round(point.y() / step) * step)


def _ports(face: Face, width: float) -> dict[tuple[Side, str], QPointF]:
    places: dict[tuple[Side, str], QPointF] = {}
    for side, x in ((Side.INPUT, 0.0), (Side.OUTPUT, width)):
        for index, port in enumerate(face.ports(side)):
            places[side, port.name] = QPointF(x, HEADER + ROW * (index + 0.5))
    return places


def _collapsed_ports(face: Face, width: float) -> dict[tuple[Side, str], QPointF]:
    """The ports of a collapsed node share the height of its header."""
    places: dict[tuple[Side, str], QPointF] = {}
    for side, x in ((Side.INPUT, 0.0), (Side.OUTPUT, width)):
        ports: tuple[PortFace, ...] = face.ports(side)
        for index, port in enumerate(ports):
            places[side, port.name] = QPointF(x, HEADER * (index + 1) / (len(ports) + 1))
    return places


# Wires


def wire_path(start: QPointF, end: QPointF, around: float | None = None) -> QPainterPath:
    """From an output to an input. With `around`, led along that height past the nodes in between."""
    path = QPainterPath(start)
    if around is not None:
        sweep = detour_sweep(start.x(), end.x())
        lead = LEAD * sweep / SWEEP
        down, up = QPointF(start.x() + sweep, around), QPointF(end.x() - sweep, around)
        path.cubicTo(QPointF(start.x() + lead, start.y()), QPointF(start.x() + lead, around), down)
        path.lineTo(up)
        path.cubicTo(QPointF(end.x() - lead, around), QPointF(end.x() - lead, end.y()), end)
        return path
    handle = wire_handle(end.x() - start.x())
    path.cubicTo(QPointF(start.x() + handle, start.y()), QPointF(end.x() - handle, end.y()), end)
    return path


def wire_handle(dx: float) -> float:
    """How far a wire's handles reach out."""
    return max(FORWARD, dx / 2) if dx >= 0 else max(BACKWARD, -dx / 2)


def detour_sweep(left: float, right: float) -> float:
    """How wide a wire turns that is led around nodes: less where there is little room."""
    return min(SWEEP, max(24.0, (right - left) / 2 - 4))


def wire_points(start: QPointF, end: QPointF, count: int = 14) -> list[tuple[float, float]]:
    """Points along the direct wire, for asking what lies under it."""
    handle = wire_handle(end.x() - start.x())
    xs = (start.x(), start.x() + handle, end.x() - handle, end.x())
    ys = (start.y(), start.y(), end.y(), end.y())
    points = []
    for index in range(count):
        t = (index + 0.5) / count
        weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
        points.append((_dot(weights, xs), _dot(weights, ys)))
    return points


def _dot(weights: Sequence[float], values: Sequence[float]) -> float:
    return sum(weight * value for weight, value in zip(weights, values, strict=True))


def label_point(start: QPointF, end: QPointF, around: float | None = None) -> QPointF:
    """The middle of a wire, where its label goes."""
    return QPointF((start.x() + end.x()) / 2, (start.y() + end.y()) / 2 if around is None else around)


def crosses(path: QPainterPath, stroke: Sequence[QPointF]) -> bool:
    """Whether a hand-drawn stroke cuts a wire."""
    points = [path.pointAtPercent(index / 24) for index in range(25)]
    return any(
        _segments_meet(a, b, c, d)
        for a, b in pairwise(points)
        for c, d in pairwise(stroke)
    )


def _segments_meet(a: QPointF, b: QPointF, c: QPointF, d: QPointF) -> bool:
    def side(p: QPointF, q: QPointF, r: QPointF) -> float:
        return (q.x() - p.x()) * (r.y() - p.y()) - (q.y() - p.y()) * (r.x() - p.x())

    return side(a, b, c) * side(a, b, d) <= 0 and side(c, d, a) * side(c, d, b) <= 0


def distance_to(path: QPainterPath, point: QPointF) -> float:
    """How far a point is from a wire, closely enough for the mouse."""
    points = [path.pointAtPercent(index / 32) for index in range(33)]
    return min(_to_segment(point, a, b) for a, b in pairwise(points))


def _to_segment(p: QPointF, a: QPointF, b: QPointF) -> float:
    along = b - a
    length = along.x() ** 2 + along.y() ** 2
    t = 0.0 if length == 0 else max(0.0, min(1.0, QPointF.dotProduct(p - a, along) / length))
    away = p - (a + along * t)
    return math.hypot(away.x(), away.y())
