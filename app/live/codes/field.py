"""Where an autoencoder moves the points of a plane: r(x) − x as arrows, which lead to where samples lie."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QWidget

from app import theme
from app.live.card import Card, run_hint
from app.live.codes import subject
from app.live.export import Table
from app.live.plane import Plane
from app.live.sight import Sight, check_key
from engine.events import MapInfo, PortKey, RunInfo
from engine.frames import map_points
from graphs.language import tr

HEAD = 0.32  # of an arrow's length
LONGEST = 1.15  # cells


class Arrows(Plane):
    """The arrows over the samples. Long ones are shortened, so that short ones can be seen: the direction tells."""

    dot = 2.6

    def __init__(self) -> None:
        super().__init__()
        self.starts = self.moves = np.empty((0, 2))

    def show_field(self, info: MapInfo, starts: np.ndarray, moves: np.ndarray) -> None:
        """Arrows at N × 2 points."""
        self.message, self.extent, self.starts, self.moves = "", info.extent, starts, moves
        self.grid = info.grid
        self.update()

    def lines(self) -> np.ndarray:
        """In pixels, three lines an arrow (shaft and both sides of the head): 3N × 4."""
        left, right, bottom, top = self.extent
        cell = self.area.width() / self.grid
        scale = np.array([self.area.width() / (right - left), -self.area.height() / (top - bottom)])
        x, y = self.place(self.starts[:, 0], self.starts[:, 1])
        seen = self.moves * scale
        length = np.hypot(*seen.T)
        usual = float(np.median(length)) or 1.0
        wanted = LONGEST * cell * length / (length + usual)
        step = seen / np.maximum(length, 1e-12)[:, None] * wanted[:, None]
        tail = np.stack([x, y], axis=1) - step / 2
        tip = tail + step
        side = np.stack([-step[:, 1], step[:, 0]], axis=1)
        wings = [tip - HEAD * step + sign * 0.6 * HEAD * side for sign in (-1, 1)]
        return np.concatenate([np.hstack([tail, tip]), *(np.hstack([wing, tip]) for wing in wings)])

    def draw_ground(self, painter: QPainter, area: QRectF) -> None:
        painter.fillRect(area, theme.tokens().field)

    def draw_above(self, painter: QPainter, area: QRectF) -> None:
        pen = QPen(theme.tokens().text, 1.1)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        lines = self.lines()
        painter.drawLines([QLineF(*line) for line in lines[np.isfinite(lines).all(axis=1)].tolist()])


class VectorFieldCard(Card):
    """The vector field of an autoencoder of points in the plane."""

    name: ClassVar[str] = "vector_field"
    stretch = 1.0

    def title(self) -> str:
        return tr("Vector field")

    def make_body(self) -> QWidget:
        self.arrows = Arrows()
        self.arrows.setToolTip(tr("r(x) − x: where the autoencoder moves each point. After training with Gaussian noise that is "
                                  "σ² times the slope of the data's log density."))
        return self.arrows

    @classmethod
    def fits(cls, run: RunInfo) -> bool:
        return bool(run.fields)

    @classmethod
    def concerns(cls, sight: Sight) -> bool:
        return bool(sight.run) and any(port[0] in sight.selection for info in sight.run.fields for port in info.watchable)

    def subject(self, sight: Sight) -> tuple[MapInfo, PortKey] | None:
        pairs = [(info, port) for info in sight.run.fields for port in info.watchable] if sight.run else []
        rules = (lambda port: field_key(port) == self.choice, lambda port: port[0] in sight.selection, lambda port: True)
        return next(((info, port) for rule in rules for info, port in pairs if rule(port)), None)

    def wanted(self, sight: Sight) -> frozenset[str]:
        found = self.subject(sight)
        if found is None:
            return frozenset()
        info, port = found
        return frozenset(filter(None, (field_key(port), check_key((info.node, info.port)), subject.labels_key(sight.run))))

    def draw(self, sight: Sight) -> None:
        found = self.subject(sight)
        made = sight.feed.array(field_key(found[1])) if found else None
        if found is None or made is None:
            self.arrows.say(run_hint())
            return
        info, port = found
        ports = [port for one in sight.run.fields for port in one.watchable] if sight.run else []
        self.heading.tell(f"{sight.names(port[0])} · r(x) − x", [(field_key(one), sight.names(one[0])) for one in ports])
        starts = map_points(info).astype(np.float64)
        points = sight.feed.array(check_key((info.node, info.port)))
        if points is not None and points.ndim == 2:
            self.arrows.points = points
            self.arrows.truth, names = subject.classes_of(sight, len(points))
            self.arrows.classes = max(len(names), 1)
        self.arrows.show_field(info, starts, made.reshape(len(starts), 2) - starts)

    def table(self) -> Table:
        return Table(("x", "y", "dx", "dy"), np.hstack([self.arrows.starts, self.arrows.moves]).tolist())


def field_key(port: PortKey) -> str:
    return f"field:{port[0]}/{port[1]}"
