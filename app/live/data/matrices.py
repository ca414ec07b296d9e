"""Covariance matrices of the training part, before and after: what whitening takes away can be seen."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolTip, QWidget

from app import theme
from app.live import colormaps, numbers
from app.live.data.page import SidesPage, component_names
from app.live.end_labels import shortened
from app.live.export import Table
from app.live.scales import robust_limit
from app.live.weight_picture import SCALE_HEIGHT, draw_scale, pooled
from engine.data.view import Side, View
from graphs.language import tr

NAMED = 24  # columns up to which names stand beside the rows
NAMES = 96.0  # pixels kept for them
NUMBERS = 10  # columns up to which cells hold their numbers


class MatrixPicture(QWidget):
    """A matrix in tide colours above its scale."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMouseTracking(True)
        self.matrix, self.names, self.limit = np.empty((0, 0)), [], 1.0

    def show_side(self, side: Side) -> None:
        """Another matrix."""
        self.matrix, self.names = side.covariance, component_names(side)
        self.limit = robust_limit(side.covariance)
        self.update()

    @property
    def area(self) -> QRectF:
        """The square of the matrix."""
        left = NAMES if len(self.matrix) <= NAMED else 0.0
        room = QRectF(self.rect()).adjusted(left, 4, -4, -SCALE_HEIGHT - 10)
        side = max(10.0, min(room.width(), room.height()))
        return QRectF(room.left(), room.top(), side, side)

    def cell_at(self, place: QPointF) -> tuple[int, int] | None:
        """Row and column under the pointer."""
        area, count = self.area, len(self.matrix)
        if not count or not area.contains(place):
            return None
        row = int((place.y() - area.top()) / area.height() * count)
        column = int((place.x() - area.left()) / area.width() * count)
        return min(row, count - 1), min(column, count - 1)

    def words_at(self, row: int, column: int) -> str:
        """`alcohol, proline: 164`."""
        return f"{self.names[row]}, {self.names[column]}: {numbers.short(float(self.matrix[row, column]))}"

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        cell = self.cell_at(event.position())
        QToolTip.showText(event.globalPosition().toPoint(), self.words_at(*cell) if cell else "", self)

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter, colors, area, count = QPainter(self), theme.tokens(), self.area, len(self.matrix)
        if not count:
            return
        most = max(1, int(area.width() * self.devicePixelRatioF()))
        shown = pooled(self.matrix, most, most)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.drawImage(area, colormaps.image(colormaps.tide_pixels(shown, self.limit)))
        cell = area.width() / count
        painter.setFont(theme.font(11))
        if count <= NAMED and cell >= 12:
            painter.setPen(colors.text2)
            for row, name in enumerate(self.names[:count]):
                beside = QRectF(0, area.top() + row * cell, area.left() - 8, cell)
                painter.drawText(beside, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
                                 shortened(painter.fontMetrics(), name, int(beside.width())))
        if count <= NUMBERS and cell >= 40:
            for row in range(count):
                for column in range(count):
                    value = float(self.matrix[row, column])
                    ground = colors.tide_at(value / self.limit)
                    ink = max((colors.text, colors.panel), key=lambda ink, ground=ground: theme.contrast(ink, ground))
                    painter.setPen(ink)
                    painter.drawText(QRectF(area.left() + column * cell, area.top() + row * cell, cell, cell),
                                     Qt.AlignmentFlag.AlignCenter, numbers.short(value))
        draw_scale(painter, QRectF(area.left(), area.bottom() + 10, area.width(), SCALE_HEIGHT), self.limit)


class CovariancePage(SidesPage):
    """Φ = 1/N Σ (x − x̄)(x − x̄)ᵀ of the training part, before and after."""

    name = "covariance"

    def words(self) -> str:
        return tr("Covariance")

    @staticmethod
    def has(side: Side) -> bool:
        return side.covariance.size > 0

    def make_pane(self) -> MatrixPicture:
        return MatrixPicture(self)

    def draw_side(self, pane: QWidget, view: View, side: Side, part: int | None) -> None:
        assert isinstance(pane, MatrixPicture)
        pane.show_side(side)

    def table(self) -> Table:
        assert self.view is not None
        lines = []
        for _, side in self.sides(self.view):
            names = component_names(side)
            lines += [[side.key[0], names[row], names[column], float(side.covariance[row, column])]
                      for row in range(len(side.covariance)) for column in range(len(side.covariance))]
        return Table(("node", "row", "column", "covariance"), lines)
