"""Samples as marks on a plot: discs for those that are trained on, rings for those that are kept aside."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen

from app import theme
from app.live.plot import Plot

SIZE = 6.5  # pixels across


class Points:
    """One cloud of marks on a plot. Nothing is done while the numbers stay the same."""

    def __init__(self, plot: Plot, *, ring: bool) -> None:
        self.plot, self.ring = plot, ring
        self.item = pg.ScatterPlotItem(pxMode=True, antialias=True, useCache=True)
        self.item.setZValue(3 if ring else -1)
        plot.box.addItem(self.item, ignoreBounds=True)
        self.x, self.y = np.empty(0), np.empty(0)
        self._drawn: tuple[object, ...] = ()

    def draw(self, x: np.ndarray, y: np.ndarray, color: QColor, *, strength: float = 1.0) -> None:
        """Marks at these places; those that are not finite are left out."""
        seen = np.isfinite(x) & np.isfinite(y)
        x, y, ratio = x[seen], y[seen], self.plot.ratio
        look = (color.rgb(), ratio, strength)
        if self._drawn == look and np.array_equal(x, self.x) and np.array_equal(y, self.y):
            return
        self.x, self.y, self._drawn = x, y, look
        shown = theme.alpha(color, strength)
        pen = QPen(shown, 1.5 * ratio) if self.ring else QPen(Qt.PenStyle.NoPen)
        pen.setCosmetic(True)
        self.item.setData(x, y, pen=pen, brush=pg.mkBrush(None) if self.ring else pg.mkBrush(shown), symbol="o",
                          size=SIZE * (1.0 if self.ring else 0.85))
