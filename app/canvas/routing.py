"""How wires avoid running hidden beneath nodes: a grid of what stands where, and heights to lead wires along."""

from __future__ import annotations

import math
from collections.abc import Iterable

from PySide6.QtCore import QPointF, QRectF

from app.canvas import geometry
from app.canvas.wires import WireCourse
from graphs.document import Wire

CELL = 160.0
CLEAR = 20.0  # distance kept from nodes
ABOVE_IF = 2.5  # wires pass above when below is this many times longer
LANE = 12.0  # wires led along the same height keep so far apart
CLOSE = 4.0  # a wire that passes a node more closely runs around it

Rect = tuple[float, float, float, float]  # left, top, right, bottom


class Obstacles:
    """Rectangles by name, found by place."""

    def __init__(self) -> None:
        self.rects: dict[str, Rect] = {}
        self._cells: dict[tuple[int, int], set[str]] = {}

    def place(self, name: str, rect: QRectF) -> None:
        """Puts a rectangle, or moves it."""
        self.remove(name)
        self.rects[name] = (rect.left(), rect.top(), rect.right(), rect.bottom())
        for cell in self._covered(self.rects[name]):
            self._cells.setdefault(cell, set()).add(name)

    def remove(self, name: str) -> None:
        old = self.rects.pop(name, None)
        for cell in self._covered(old) if old else ():
            self._cells[cell].discard(name)

    def at(self, points: Iterable[tuple[float, float]], ignore: Iterable[str] = ()) -> set[str]:
        """The rectangles that hold one of the points."""
        found: set[str] = set()
        ignored = set(ignore)
        for x, y in points:
            for name in self._cells.get((math.floor(x / CELL), math.floor(y / CELL)), ()):
                left, top, right, bottom = self.rects[name]
                inside = left - CLOSE < x < right + CLOSE and top - CLOSE < y < bottom + CLOSE
                if inside and name not in ignored:
                    found.add(name)
        return found

    def within(self, rect: Rect) -> set[str]:
        """The rectangles that touch this one."""
        left, top, right, bottom = rect
        found: set[str] = set()
        for cell in self._covered(rect):
            for name in self._cells.get(cell, ()):
                a, b, c, d = self.rects[name]
                if a < right and c > left and b < bottom and d > top:
                    found.add(name)
        return found

    @staticmethod
    def _covered(rect: Rect) -> list[tuple[int, int]]:
        left, top, right, bottom = (math.floor(value / CELL) for value in rect)
        return [(column, row) for column in range(left, right + 1) for row in range(top, bottom + 1)]


def detour(obstacles: Obstacles, start: QPointF, end: QPointF, ends: Iterable[str]) -> float | None:
    """The height along which to lead a wire, or None when nothing stands in its way."""
    if end.x() - start.x() < 2 * geometry.LEAD:
        return None
    hidden_by = obstacles.at(geometry.wire_points(start, end), ignore=ends)
    if not hidden_by:
        return None
    sweep = geometry.detour_sweep(start.x(), end.x())
    span = (start.x() + sweep / 2, end.x() - sweep / 2)
    below = _clear_height(obstacles, hidden_by, span, downwards=True)
    above = _clear_height(obstacles, hidden_by, span, downwards=False)
    costs = {height: abs(height - start.y()) + abs(height - end.y()) for height in (below, above)}
    return above if costs[below] > ABOVE_IF * costs[above] else below


def _clear_height(obstacles: Obstacles, hidden_by: set[str], span: tuple[float, float], *, downwards: bool) -> float:
    """The nearest height on one side at which the run between `span` meets no node."""
    found, height = set(hidden_by), 0.0
    for _ in range(64):  # each round moves past at least one more node
        rects = [obstacles.rects[name] for name in found]
        height = max(rect[3] for rect in rects) + CLEAR if downwards else min(rect[1] for rect in rects) - CLEAR
        more = obstacles.within((span[0], height - CLEAR + 1, span[1], height + CLEAR - 1)) - found
        if not more:
            break
        found |= more
    return height


class Courses:
    """Where each wire runs: direct, or led around what stands in the way, each in a lane of its own."""

    def __init__(self) -> None:
        self.obstacles = Obstacles()
        self._lanes: dict[Wire, tuple[float, float, float]] = {}  # height, left, right

    def of(self, wire: Wire, start: QPointF, end: QPointF) -> WireCourse:
        """The course of a wire between two points."""
        own = (wire.source, wire.target, strip_name(wire.source), strip_name(wire.target))
        around = detour(self.obstacles, start, end, own)
        self._lanes.pop(wire, None)
        if around is None:
            return WireCourse(start, end)
        step = LANE if around > (start.y() + end.y()) / 2 else -LANE
        while any(self._shares(lane, around, start.x(), end.x()) for lane in self._lanes.values()):
            around += step
        self._lanes[wire] = (around, start.x(), end.x())
        return WireCourse(start, end, around)

    @staticmethod
    def _shares(lane: tuple[float, float, float], height: float, left: float, right: float) -> bool:
        return abs(lane[0] - height) < LANE / 2 and lane[1] < right and lane[2] > left

    def forget(self, wire: Wire) -> None:
        self._lanes.pop(wire, None)


def strip_name(node: str) -> str:
    """The name under which a node's problem strip is an obstacle. Ids have no spaces, so none is meant by it."""
    return f"{node} strip"
