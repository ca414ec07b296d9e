"""Type on the canvas: fonts in scene units, text widths and elided text, all remembered.

The window's type scales with the system font; on the canvas the whole view does (100 % is the system's scale), so
here sizes are exactly as asked and documents look the same on every machine.
"""

from __future__ import annotations

import functools

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPaintEngine, QPainter, QPainterPath

from app import theme

LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
CENTER = Qt.AlignmentFlag.AlignCenter
WRAPPED = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap


@functools.lru_cache(maxsize=64)
def font(px: int = 12, weight: int = 400) -> QFont:
    """The interface font at exactly `px` scene units."""
    made = theme.font(px, weight)
    made.setPixelSize(px)
    return made


@functools.lru_cache(maxsize=64)
def metrics(px: int, weight: int) -> QFontMetricsF:
    return QFontMetricsF(font(px, weight))


@functools.lru_cache(maxsize=8192)
def width(text: str, px: int = 12, weight: int = 400) -> float:
    """How wide one line of text is."""
    return metrics(px, weight).horizontalAdvance(text)


@functools.lru_cache(maxsize=4096)
def elided(text: str, room: float, px: int = 12, weight: int = 400) -> str:
    """The text, cut with … where it would be wider than `room`."""
    if width(text, px, weight) <= room:
        return text
    return metrics(px, weight).elidedText(text, Qt.TextElideMode.ElideRight, room)


@functools.lru_cache(maxsize=1024)
def wrapped_height(text: str, room: float, px: int = 12, weight: int = 400) -> float:
    """How high the text is when wrapped to `room`."""
    box = metrics(px, weight).boundingRect(QRectF(0, 0, room, 10_000), int(Qt.TextFlag.TextWordWrap), text)
    return box.height()


def draw(painter: QPainter, rect: QRectF, text: str, px: int, weight: int, align: Qt.AlignmentFlag) -> None:
    """Text in the painter's pen. SVG files get outlines, since other machines do not have the font."""
    if painter.paintEngine().type() == QPaintEngine.Type.SVG:
        outlines = _outlines(text, rect, px, weight, align)
        painter.fillPath(outlines, painter.pen().color())
        return
    painter.setFont(font(px, weight))
    painter.drawText(rect, align, text)


def _outlines(text: str, rect: QRectF, px: int, weight: int, align: Qt.AlignmentFlag) -> QPainterPath:
    """The letters as shapes, line by line."""
    measure = metrics(px, weight)
    lines = _wrapped(text, rect.width(), px, weight) if align == WRAPPED else [text]
    height = measure.height()
    top = rect.top() if align == WRAPPED else rect.center().y() - height / 2
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.WindingFill)
    for index, line in enumerate(lines):
        spare = rect.width() - width(line, px, weight)
        x = rect.left() + {LEFT: 0.0, WRAPPED: 0.0, RIGHT: spare, CENTER: spare / 2}[align]
        path.addText(QPointF(x, top + index * measure.lineSpacing() + measure.ascent()), font(px, weight), line)
    return path


def _wrapped(text: str, room: float, px: int, weight: int) -> list[str]:
    lines: list[str] = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if width(longer, px, weight) <= room or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def write(
    painter: QPainter, rect: QRectF, text: str, color: QColor, px: int = 12, weight: int = 400,
    align: Qt.AlignmentFlag = LEFT,
) -> None:  # fmt: skip
    """Writes one line into the rectangle, cut where it does not fit."""
    painter.setPen(color)
    draw(painter, rect, elided(text, round(rect.width(), 1), px, weight), px, weight, align)


def write_all(painter: QPainter, rect: QRectF, text: str, color: QColor, px: int = 12, weight: int = 400) -> None:
    """Writes the whole text, wrapped to the rectangle's width."""
    painter.setPen(color)
    draw(painter, rect, text, px, weight, WRAPPED)
