"""Draws wires: plain, chosen, broken, by activation, by gradient; and the words on them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPaintEngine, QPainter, QPainterPath, QPen

from app import theme
from app.canvas import geometry, lettering
from app.numerals import short
from app.tokens import Tokens
from graphs.language import tr
from graphs.spec import Kind, Shape

WORDS_FROM = 0.55  # below this zoom wires carry no words
THIN, THICK = 1.25, 5.5  # by strength, in the activation and gradient views
CHEVRON_PITCH = 26.0
LABEL_HEIGHT = 16.0


class WireView(StrEnum):
    """What the wires tell."""

    SHAPES = "shapes"
    ACTIVATIONS = "activations"
    GRADIENTS = "gradients"


class WireState(StrEnum):
    IDLE = "idle"
    HOVERED = "hovered"
    SELECTED = "selected"  # also: what is being dragged fits
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class WireCourse:
    """Where a wire runs."""

    start: QPointF
    end: QPointF
    around: float | None = None

    @property
    def path(self) -> QPainterPath:
        return geometry.wire_path(self.start, self.end, self.around)

    @property
    def roomy(self) -> bool:
        """Whether a label fits into a gap of the wire; else it stands above."""
        return self.around is not None or self.end.x() - self.start.x() >= geometry.ABOVE


def shape_words(shape: Shape | None) -> str:
    """`B×64`; labels also say what they are."""
    if shape is None:
        return ""
    if shape.kind is Kind.LABELS:
        return f"{shape}  {tr('labels')}"
    return str(shape)


def brief(value: float) -> str:
    """A strength on a wire: `3e-6`, `1e-3`, `0.02`, `0.14`, `1.2`, `35`."""
    size = abs(value)
    if not math.isfinite(value) or size == 0 or size >= 1000:
        return short(value)
    if size < 0.01:
        mantissa, exponent = f"{value:.0e}".split("e")
        return f"{mantissa}e{int(exponent)}"
    return f"{value:.{2 if size < 1 else 1 if size < 10 else 0}f}"


def strength(value: float | None, low: float, high: float) -> float | None:
    """Where a value lies between two bounds on a log axis, 0 … 1."""
    if value is None or not math.isfinite(value):
        return None
    if value <= 0:
        return 0.0
    return min(max((math.log10(value) - math.log10(low)) / (math.log10(high) - math.log10(low)), 0.0), 1.0)


def strength_color(view: WireView, share: float, tokens: Tokens) -> QColor:
    """Sand for activations, sea for gradients; never so faint that it sinks into the canvas."""
    visible = 0.34 + 0.66 * share
    return tokens.sand_at(visible) if view is WireView.ACTIVATIONS else tokens.sea_at(visible)


def wire_pen(state: WireState, view: WireView, share: float | None, tokens: Tokens) -> QPen:
    """Colour, width and dashes of a wire."""
    if state is WireState.BROKEN:
        pen = QPen(tokens.error, 2)
        pen.setDashPattern([4, 3])
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        return pen
    if state is WireState.SELECTED:
        pen = QPen(tokens.accent, 2.5)
    elif view is not WireView.SHAPES and share is not None:
        width = THIN + (THICK - THIN) * share
        pen = QPen(strength_color(view, share, tokens), width + (1 if state is WireState.HOVERED else 0))
    elif state is WireState.HOVERED:
        pen = QPen(tokens.text2, 3)
    else:
        pen = QPen(tokens.wire, 2)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    return pen


def paint_wire(painter: QPainter, path: QPainterPath, pen: QPen, tokens: Tokens, gap: QRectF | None = None) -> None:
    """The wire on a wider line of canvas colour, so that crossings read; `gap` is left out for words."""
    if gap is not None:
        around = QPainterPath()
        reach = pen.widthF() + 8
        around.addRect(path.controlPointRect().adjusted(-reach, -reach, reach, reach))
        around.addRect(gap)  # odd-even filling: everything but the gap
        painter.save()
        painter.setClipPath(around)
        paint_wire(painter, path, pen, tokens)
        painter.restore()
        if painter.paintEngine().type() == QPaintEngine.Type.SVG:  # which does not clip
            painter.fillRect(gap, tokens.canvas)
        return
    painter.setBrush(Qt.BrushStyle.NoBrush)
    under = QPen(tokens.canvas, pen.widthF() + 3)
    under.setCapStyle(Qt.PenCapStyle.FlatCap)
    painter.setPen(under)
    painter.drawPath(path)
    painter.setPen(pen)
    painter.drawPath(path)


def chevrons(path: QPainterPath) -> list[QPointF]:
    """Arms and tips of small arrows that point back along a wire: three points each."""
    length = path.length()
    count = int(length / CHEVRON_PITCH)
    points: list[QPointF] = []
    for index in range(count):
        share = path.percentAtLength((index + 0.5) * length / count)
        tip, angle = path.pointAtPercent(share), math.radians(-path.angleAtPercent(share))
        along = QPointF(math.cos(angle), math.sin(angle))
        across = QPointF(-along.y(), along.x())
        points += [tip + along * 3 + across * 4, tip - along * 1.5, tip + along * 3 - across * 4]
    return points


def paint_chevrons(painter: QPainter, points: Sequence[QPointF], tokens: Tokens) -> None:
    """Cuts the arrows out of the wire, in the colour of the canvas."""
    painter.setPen(QPen(tokens.canvas, 1.6))
    painter.drawLines([
        QLineF(points[index + side], points[index + 1]) for index in range(0, len(points), 3) for side in (0, 2)
    ])  # fmt: skip


def label_rect(course: WireCourse, words: str, weight: int = 500) -> QRectF:
    """The place of the words: in the middle of a roomy wire, above a short one."""
    middle = geometry.label_point(course.start, course.end, course.around)
    if not course.roomy:
        middle -= QPointF(0, 12 + abs(course.end.y() - course.start.y()) * 0.1)
    width = lettering.width(words, 11, weight) + 10
    return QRectF(middle.x() - width / 2, middle.y() - LABEL_HEIGHT / 2, width, LABEL_HEIGHT)


def paint_label(painter: QPainter, course: WireCourse, words: str, state: WireState, tokens: Tokens) -> None:
    """Words in the wire's gap or above it; what does not fit is boxed in red."""
    if state is WireState.BROKEN:
        rect = label_rect(course, words, 600).adjusted(-1, -1, 1, 1)
        painter.setPen(QPen(tokens.error, 1))
        painter.setBrush(theme.mix(tokens.canvas, tokens.error, 0.1))
        painter.drawRoundedRect(rect, 4, 4)
        painter.setPen(tokens.error)
        lettering.draw(painter, rect, words, 11, 600, lettering.CENTER)
        return
    rect = label_rect(course, words)
    painter.setPen(tokens.text2)
    lettering.draw(painter, rect, words, 11, 500, lettering.CENTER)
