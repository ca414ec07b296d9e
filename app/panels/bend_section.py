"""The section of the inspector that shows an activation function: its curve, its derivative, what it is given now."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import numerals, theme
from app.bend_picture import paint_bend
from app.panels.sections import Section
from engine.nodes.bends import learned_bend
from graphs.language import tr
from graphs.spec import Bend, NodeType

HEIGHT, CAPTION = 112, 18


class BendPicture(QWidget):
    """The picture with the ends of its axes."""

    def __init__(self) -> None:
        super().__init__()
        self.bend: Bend | None = None
        self.given: np.ndarray | None = None
        self.slope: float | None = None  # of a PReLU, as it has been learned
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(HEIGHT + 2 * CAPTION)

    def sizeHint(self) -> QSize:
        return QSize(200, HEIGHT + 2 * CAPTION)

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        if self.bend is None:
            return
        painter, colors = QPainter(self), theme.tokens()
        paint_bend(painter, self.bend, QRectF(0, 4, self.width(), HEIGHT - 8), colors, self.given)
        painter.setFont(theme.font(11))
        painter.setPen(colors.text3)
        below = QRectF(0, HEIGHT, self.width(), CAPTION)
        left, right = (numerals.short(round(end)) for end in (self.bend.x[0], self.bend.x[-1]))
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, left)
        painter.drawText(below, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, right)
        if self.slope is not None:
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, tr("α = {slope}, on average", slope=numerals.short(self.slope)))
        words = tr("— function   ╌ derivative")
        if self.given is not None and self.given.size:
            words = tr("— function   ╌ derivative   ▮ its input now")
        painter.drawText(below.translated(0, CAPTION), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, words)


class BendSection(Section):
    """Hides where a node has no such function."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Activation function"), parent)
        self.picture = BendPicture()
        self.content.addWidget(self.picture)
        self.hide()

    def show_node(self, checked: NodeType | None) -> None:
        """The function of this node as it is set; None hides the section."""
        bend = checked.bend() if checked else None
        self.setVisible(bend is not None)
        self.picture.bend = bend
        self.picture.given = self.picture.slope = None
        self.picture.setAccessibleName(self.title)
        self.picture.update()

    def show_given(self, counts: np.ndarray | None, slope: float | None = None) -> None:
        """Where the inputs of the function lie at present, and the slope that it has learned."""
        self.picture.given, self.picture.slope = counts, slope
        if slope is not None:
            self.picture.bend = learned_bend(slope)
        self.picture.update()
