"""A wire in the scene: its course, its words and what flows through it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QPainterPath
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from app import theme
from app.canvas import wires
from app.canvas.guard import guarded
from app.canvas.node_item import Z_WIRE
from app.canvas.painter import BLOCKS
from app.canvas.wires import WireCourse, WireState, WireView
from graphs.document import Wire
from graphs.spec import Shape


class WireItem(QGraphicsItem):
    """One wire. The scene gives it its course and its state."""

    def __init__(self, wire: Wire, course: WireCourse) -> None:
        super().__init__()
        self.wire, self.course = wire, course
        self.path = course.path
        self.area = _area(self.path)  # where it runs, for asking quickly who is near
        self.words = ""
        self.mismatch = ""  # `12 ≠ 10` when what comes does not fit
        self.state = WireState.IDLE
        self.view = WireView.SHAPES
        self.share: float | None = None  # strength in the present view, 0 … 1
        self.value: float | None = None
        self.number = ""  # what a walk in slow motion says here, instead of the shape
        self._chevrons: list[QPointF] = []
        self._bounds: QRectF | None = None
        self._shape: Shape | None = None
        self.setZValue(Z_WIRE)

    def lay(self, course: WireCourse) -> None:
        """Runs the wire elsewhere."""
        if course != self.course:
            self.prepareGeometryChange()
            self.course, self.path, self._chevrons = course, course.path, []
            self.area, self._bounds = _area(self.path), None

    def show_shape(self, shape: Shape | None, mismatch: str) -> None:
        """Takes what travels along the wire, and the words for what does not fit."""
        if shape is self._shape and mismatch == self.mismatch:
            return
        self._shape, words = shape, wires.shape_words(shape)
        if (words, mismatch) != (self.words, self.mismatch):
            self.prepareGeometryChange()
            self.words, self.mismatch, self._bounds = words, mismatch, None

    def show_state(self, state: WireState) -> None:
        if state is not self.state:
            self.state = state
            self.setZValue(Z_WIRE + (0.5 if state in (WireState.SELECTED, WireState.HOVERED) else 0))
            self.update()

    def show_flow(self, view: WireView, value: float | None, share: float | None, number: str = "") -> None:
        """Takes the strength that the present view draws; a change that nobody could see repaints nothing."""
        if number != self.number:
            self.prepareGeometryChange()
            self.number, self._bounds = number, None
        seen = None if share is None else round(share * 64)
        if (view, seen) != (self.view, None if self.share is None else round(self.share * 64)) or (
            view is WireView.GRADIENTS and self.value != value
        ):
            self.update()
        self.view, self.value, self.share = view, value, share

    def label(self) -> str:
        """The words that stand on the wire now."""
        if self.state is WireState.BROKEN and self.mismatch:
            return self.mismatch
        if self.number:
            return self.number if self.course.roomy else self.number.split(" ")[-1]
        if self.view is WireView.GRADIENTS and self.value is not None:
            return wires.brief(self.value)
        return self.words

    def boundingRect(self) -> QRectF:
        if self._bounds is None:
            longest = max(self.words, self.mismatch, self.number, "0.00e-0", key=len)
            self._bounds = self.area | wires.label_rect(self.course, longest, 600)
        return self._bounds

    def shape(self) -> QPainterPath:
        path = QPainterPath()
        path.addRect(self.area)
        return path

    @guarded
    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        zoom = option.levelOfDetailFromTransform(painter.worldTransform())
        tokens = theme.tokens()
        pen = wires.wire_pen(self.state, self.view, self.share, tokens)
        if zoom < BLOCKS:
            painter.setPen(pen)
            painter.drawPath(self.path)
            return
        words = self.label() if zoom >= wires.WORDS_FROM else ""
        in_gap = words and self.course.roomy and self.state is not WireState.BROKEN
        wires.paint_wire(painter, self.path, pen, tokens, wires.label_rect(self.course, words) if in_gap else None)
        if self.view is WireView.GRADIENTS and self.share is not None and self.state is not WireState.BROKEN:
            self._chevrons = self._chevrons or wires.chevrons(self.path)
            wires.paint_chevrons(painter, self._chevrons, tokens)
        if self.label() and zoom >= (wires.WORDS_FROM):
            wires.paint_label(painter, self.course, self.label(), self.state, tokens)


def _area(path: QPainterPath) -> QRectF:
    """Never empty, as a level wire's own rectangle would be: an empty one touches nothing."""
    reach = wires.THICK + 4
    return path.controlPointRect().adjusted(-reach, -reach, reach, reach)
