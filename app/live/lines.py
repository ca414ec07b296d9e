"""Lines of a plot: one series each, drawn as a curve of means over a band of extremes."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsPolygonItem

from app import theme
from app.live.thinning import Trace


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

    def draw(self, line: Line, ratio: float, band_strength: float) -> None:
        trace = line.trace
        color = theme.alpha(line.color, 0.45) if line.faint else line.color
        pen = QPen(color, (2.6 if line.strong else 2.0) * ratio)  # cosmetic, so in device pixels
        pen.setCosmetic(True)
        if line.dashed:
            pen.setDashPattern([3, 2.5])
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        self.curve.setPen(pen)
        self.curve.setZValue(2 if line.strong else 0 if line.faint else 1)
        self.curve.setData(trace.x, trace.mean)
        inside = np.isfinite(trace.low) & np.isfinite(trace.high)
        if line.band and inside.sum() > 1:
            x = np.concatenate([trace.x[inside], trace.x[inside][::-1]])
            y = np.concatenate([trace.high[inside], trace.low[inside][::-1]])
            self.band.setPolygon(pg.functions.arrayToQPolygonF(x, y))
            self.band.setBrush(theme.alpha(line.color, band_strength * (0.6 if line.faint else 1.0)))
        else:
            self.band.setPolygon(QPolygonF())

    def show(self, visible: bool) -> None:
        self.curve.setVisible(visible)
        self.band.setVisible(visible)


def fade(line: Line) -> Line:
    """The same line, pushed to the background."""
    return replace(line, faint=True, label="")
