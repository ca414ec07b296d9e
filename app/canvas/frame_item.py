"""A frame in the scene: a titled, tinted rectangle behind nodes that belong together."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from app import theme
from app.canvas import lettering
from app.canvas.guard import guarded
from app.canvas.node_item import Z_FRAME
from app.canvas.painter import BLOCKS
from graphs.document import Frame
from graphs.language import tr
from graphs.spec import Family

RADIUS = 12.0
TITLE_HEIGHT = 32.0
CORNER = 16.0
SMALLEST = (96.0, 64.0)


class FrameItem(QGraphicsItem):
    """One frame. Its title bar moves it, its lower right corner resizes it."""

    def __init__(self, frame: Frame) -> None:
        super().__init__()
        self.frame = frame
        self.family: Family | None = None  # of most nodes inside: the tint
        self.selected = False
        self.width, self.height = frame.size
        self.setPos(QPointF(*frame.position))
        self.setZValue(Z_FRAME)

    def show_frame(self, frame: Frame) -> None:
        self.frame = frame
        self.setPos(QPointF(*frame.position))
        self.resize(*frame.size)

    def resize(self, width: float, height: float) -> None:
        """Shows another size; the document is changed by whoever drags."""
        if (width, height) != (self.width, self.height):
            self.prepareGeometryChange()
            self.width, self.height = max(width, SMALLEST[0]), max(height, SMALLEST[1])

    def show_state(self, *, selected: bool, family: Family | None) -> None:
        if (selected, family) != (self.selected, self.family):
            self.selected, self.family = selected, family
            self.update()

    def scene_rect(self) -> QRectF:
        return QRectF(self.pos().x(), self.pos().y(), self.width, self.height)

    def title_rect(self) -> QRectF:
        """The part that takes the mouse, in the scene."""
        return QRectF(self.pos().x(), self.pos().y(), self.width, TITLE_HEIGHT)

    def corner_rect(self) -> QRectF:
        """The handle for resizing, in the scene."""
        corner = self.scene_rect().bottomRight()
        return QRectF(corner.x() - CORNER, corner.y() - CORNER, CORNER + 4, CORNER + 4)

    def boundingRect(self) -> QRectF:
        return QRectF(-3, -3, self.width + 6, self.height + 6)

    def shape(self) -> QPainterPath:
        path = QPainterPath()
        path.addRect(QRectF(0, 0, self.width, self.height))
        return path

    @guarded
    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        tokens = theme.tokens()
        tint = tokens.families[self.family] if self.family else tokens.text3
        line = tokens.accent if self.selected else theme.mix(tokens.canvas, tint, 0.5)
        painter.setPen(QPen(line, 1.6 if self.selected else 1))
        painter.setBrush(theme.mix(tokens.canvas, tint, 0.07))
        rect = QRectF(0, 0, self.width, self.height).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(rect, RADIUS, RADIUS)
        if option.levelOfDetailFromTransform(painter.worldTransform()) < BLOCKS:
            return
        title = self.frame.title or tr("Frame")
        lettering.write(painter, QRectF(12, 4, self.width - 24, TITLE_HEIGHT - 8), title,
                        theme.readable(tint, tokens.canvas), 12, 600)  # fmt: skip
        painter.setPen(QPen(line, 1.4))
        for step in (4.0, 8.0):  # a grip that says: drag me
            painter.drawLine(QPointF(rect.right() - 4 - step, rect.bottom() - 4),
                             QPointF(rect.right() - 4, rect.bottom() - 4 - step))  # fmt: skip
