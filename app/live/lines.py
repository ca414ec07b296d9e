"""Lines of a plot: one series each, drawn as a curve of means over a band of extremes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsPolygonItem

from app import theme
from app.live.thinning import Trace

NOWHERE = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class Line:
    """One series as drawn. `node` is what a click on it selects; `best` gets a ring; `note` is red text (NaN)."""

    name: str
    trace: Trace
    color: QColor
    node: str = ""
    label: str = ""
    strong: bool = False
    faint: bool = False
    band: bool = True
    dashed: bool = False
    best: tuple[float, float] | None = None


class LineItem:
    """What one line consists of on the scene: a curve of means over a band of extremes."""

    def __init__(self, box: pg.ViewBox) -> None:
        self.curve = pg.PlotCurveItem(connect="all", skipFiniteCheck=True)  # traces are free of gaps
        self.band = QGraphicsPolygonItem()
        self.band.setPen(QPen(Qt.PenStyle.NoPen))
        self.band.setZValue(-5)
        for item in (self.band, self.curve):
            box.addItem(item, ignoreBounds=True)

    def draw(self, line: Line, ratio: float, band_strength: float, begun: Sequence[float] = ()) -> None:
        """`begun` are the places where stages began: a line of measurements ends there, since what is trained is new."""
        trace = line.trace
        new = np.flatnonzero(np.diff(np.searchsorted(begun, trace.x))) + 1 if len(begun) and not line.dashed else NOWHERE
        color = theme.alpha(line.color, 0.45) if line.faint else line.color
        pen = QPen(color, (2.6 if line.strong else 2.0) * ratio)  # cosmetic, so in device pixels
        pen.setCosmetic(True)
        if line.dashed:
            pen.setDashPattern([3, 2.5])
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        self.curve.setPen(pen)
        self.curve.setZValue(2 if line.strong else 0 if line.faint else 1)
        on = np.ones(len(trace.x), bool)
        on[new - 1] = False
        self.curve.setData(trace.x, trace.mean, connect=on if len(new) else "all")
        if line.band and np.isfinite(trace.low + trace.high).sum() > 1:
            self.band.setPolygon(_band(trace, new))
            self.band.setBrush(theme.alpha(line.color, band_strength * (0.6 if line.faint else 1.0)))
        else:
            self.band.setPolygon(QPolygonF())

    def show(self, visible: bool) -> None:
        self.curve.setVisible(visible)
        self.band.setVisible(visible)


def _band(trace: Trace, new: np.ndarray) -> QPolygonF:
    """The outline of what lies between the extremes; before each point that begins anew it has no height."""
    x, low, high = (np.insert(part, np.repeat(new, 2), np.column_stack([edge[new - 1], edge[new]]).ravel())
                    for part, edge in ((trace.x, trace.x), (trace.low, trace.mean), (trace.high, trace.mean)))
    inside = np.isfinite(low) & np.isfinite(high)
    x, low, high = x[inside], low[inside], high[inside]
    return pg.functions.arrayToQPolygonF(np.concatenate([x, x[::-1]]), np.concatenate([high, low[::-1]]))


def fade(line: Line) -> Line:
    """The same line, pushed to the background."""
    return replace(line, faint=True, label="")
