"""Draws a node from its face, its box and its look. Colours come from the theme's tokens; nothing is measured here."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPaintEngine, QPainter, QPen

from app import icons, theme
from app.bend_picture import paint_bend
from app.canvas import lettering
from app.canvas.faces import Face, Side
from app.canvas.geometry import BADGE, HEADER, PAD, RADIUS, TITLE_LEFT, Box
from app.canvas.ports import PortState, paint_port
from app.canvas.sections import paint_foot, paint_sections
from app.canvas.shadows import paint_shadow
from app.node_live import NodeLive
from app.tokens import Tokens, theme_tokens
from engine.nodes.bends import learned_bend
from graphs.problems import Severity
from graphs.spec import Family

NO_NAMES = 0.7  # below this zoom: no port names, no foot
BLOCKS = 0.4  # below this zoom: a block of the family's tint
RING = 3.0
HEAVY = 1.6  # outline of a chosen or troubled node


@dataclass(frozen=True, slots=True)
class Look:
    """What the mouse and the keyboard are doing to a node."""

    hovered: bool = False
    selected: bool = False
    ports: Mapping[tuple[Side, str], PortState] = field(default_factory=dict)


def paint_node(painter: QPainter, face: Face, live: NodeLive | None, box: Box, look: Look, zoom: float,
               pulse: float = 1.0) -> None:  # fmt: skip
    """Draws the node in its own coordinates; `pulse` is the strength of the live dot's halo."""
    tokens = theme.tokens()
    if zoom < BLOCKS:
        paint_block(painter, face, box, look, tokens)
        return
    painter.save()
    if face.bypassed:
        painter.setOpacity(painter.opacity() * 0.5)
    elif zoom >= NO_NAMES:
        paint_shadow(painter, box.rect, dark=tokens.dark)
    _body(painter, face, box, look, tokens)
    _header(painter, face, live, box, tokens)
    if not face.collapsed and zoom >= NO_NAMES:
        _port_names(painter, face, box, tokens)
    if face.bend is not None and not face.collapsed:
        bend = face.bend if live is None or live.slope is None else learned_bend(live.slope)
        paint_bend(painter, bend, dict(box.sections)["bend"].adjusted(0, 6, 0, -4), tokens, live.bend if live else None)
    if live is not None and not face.collapsed:
        paint_sections(painter, live, box, tokens)
        if box.foot is not None and zoom >= NO_NAMES:
            paint_foot(painter, live, box.foot, tokens)
    if live is not None and live.training:
        _dot(painter, box, pulse, tokens)
    if face.bypassed:
        _through_line(painter, face, box, tokens)
    _ports(painter, face, box, look, tokens, gaps=zoom >= NO_NAMES)
    painter.restore()
    if face.severity in (Severity.ERROR, Severity.WARNING):
        _badge(painter, box, face.severity, tokens)


def paint_block(painter: QPainter, face: Face, box: Box, look: Look, tokens: Tokens) -> None:
    """The node from far away."""
    fill, line = block_colors(face, tokens)
    painter.setBrush(fill)
    outline = state_color(face, look, tokens)
    painter.setPen(QPen(outline or line, 0) if outline is None else QPen(outline, 5))
    painter.drawRoundedRect(box.rect, RADIUS, RADIUS)


def block_colors(face: Face, tokens: Tokens) -> tuple[QColor, QColor]:
    """Fill and outline of a node that is too small for words."""
    return _block_colors(face.family, face.bypassed, tokens.dark)


@functools.lru_cache(maxsize=64)
def _block_colors(family: Family | None, bypassed: bool, dark: bool) -> tuple[QColor, QColor]:
    tokens = theme_tokens(dark=dark)
    tint = tokens.families[family] if family else tokens.text3
    share = 0.2 if bypassed else 0.42
    return theme.mix(tokens.canvas, tint, share), theme.mix(tokens.canvas, tint, share + 0.3)


def severity_color(severity: Severity, tokens: Tokens) -> tuple[QColor, QColor, QColor]:
    """Text, fill and text on the fill of a problem."""
    if severity is Severity.ERROR:
        return tokens.error, tokens.error_fill, tokens.error_on
    if severity is Severity.WARNING:
        return tokens.warn, tokens.warn_fill, tokens.warn_on
    return tokens.info, tokens.info, tokens.panel


def state_color(face: Face, look: Look, tokens: Tokens) -> QColor | None:
    """The outline of a chosen or troubled node, if it is one."""
    if look.selected:
        return tokens.accent
    if face.severity is Severity.ERROR:
        return tokens.error_fill
    if face.severity is Severity.WARNING:
        return tokens.warn_fill
    return None


def _body(painter: QPainter, face: Face, box: Box, look: Look, tokens: Tokens) -> None:
    state = state_color(face, look, tokens)
    if look.selected:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.alpha(tokens.accent, 0.28), RING))
        out = RING / 2
        painter.drawRoundedRect(box.rect.adjusted(-out, -out, out, out), RADIUS + out, RADIUS + out)
    if state is not None:
        pen = QPen(state, HEAVY)
    else:
        pen = QPen(tokens.text3 if look.hovered else tokens.line2, 1)
    if face.bypassed:
        pen.setStyle(Qt.PenStyle.DashLine)
        pen.setDashPattern([4, 3])
    fill = theme.mix(tokens.raised, tokens.hover, 0.7) if look.hovered else tokens.raised
    painter.setBrush(fill)
    painter.setPen(pen)
    inset = HEAVY / 2 if state is not None else 0.5  # the outer edge lies on whole pixels
    painter.drawRoundedRect(box.rect.adjusted(inset, inset, -inset, -inset), RADIUS, RADIUS)


def _header(painter: QPainter, face: Face, live: NodeLive | None, box: Box, tokens: Tokens) -> None:
    paint_tile(painter, QRectF(8, 8, 24, 24), face, tokens)
    room = box.width - TITLE_LEFT - (26 if live is not None and live.training else PAD)
    if face.subtitle and not face.collapsed:
        lettering.write(painter, QRectF(TITLE_LEFT, 5, room, 18), face.title, tokens.text, 12, 600)
        subtitle = QRectF(TITLE_LEFT, 19, box.width - TITLE_LEFT - 8, 18)
        lettering.write(painter, subtitle, face.subtitle, tokens.text3, 11)
    else:
        lettering.write(painter, QRectF(TITLE_LEFT, 0, room, HEADER), face.title, tokens.text, 12, 600)


def paint_tile(painter: QPainter, rect: QRectF, face: Face, tokens: Tokens) -> None:
    """The family's icon on its tint."""
    color = tokens.families[face.family] if face.family else tokens.text3
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(tokens.tile(face.family) if face.family else tokens.line)
    painter.drawRoundedRect(rect, 6, 6)
    name = icons.family(face.family) if face.family else "help"
    paint_icon(painter, name, color, rect.center(), 16)


def paint_icon(painter: QPainter, name: str, color: QColor, center: QPointF, size: float) -> None:
    """An icon from the cache, sharp at the present zoom; in SVG files it stays a drawing."""
    if painter.paintEngine().type() == QPaintEngine.Type.SVG:
        icons.paint(painter, name, color, QRectF(center.x() - size / 2, center.y() - size / 2, size, size))
        return
    scale = painter.deviceTransform().m11()
    ratio = next((step for step in (1.0, 1.5, 2.0, 3.0, 4.0) if step >= scale - 0.01), 6.0)
    made = icons.pixmap(name, color, round(size), ratio)
    painter.drawPixmap(QRectF(center.x() - size / 2, center.y() - size / 2, size, size), made, QRectF(made.rect()))


def _port_names(painter: QPainter, face: Face, box: Box, tokens: Tokens) -> None:
    for side, align in ((Side.INPUT, lettering.LEFT), (Side.OUTPUT, lettering.RIGHT)):
        for port in face.ports(side):
            y = box.ports[side, port.name].y()
            color = tokens.text2 if port.known else tokens.error
            lettering.write(painter, QRectF(PAD, y - 9, box.width - 2 * PAD, 18), port.name, color, 11, align=align)


def _ports(painter: QPainter, face: Face, box: Box, look: Look, tokens: Tokens, *, gaps: bool) -> None:
    for (side, name), at in box.ports.items():
        port = face.port(side, name)
        if port is not None:
            state = look.ports.get((side, name), PortState.IDLE)
            paint_port(painter, at, port.kind, tokens, wired=port.wired, state=state, gap=gaps)


def dot_rect(box: Box) -> QRectF:
    """Where the live dot is."""
    return QRectF(box.width - 20, 8, 12, 12)


def _dot(painter: QPainter, box: Box, pulse: float, tokens: Tokens) -> None:
    """The node is learning."""
    center = dot_rect(box).center()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.alpha(tokens.ok, 0.1 + 0.22 * pulse))
    painter.drawEllipse(center, 5, 5)
    painter.setBrush(tokens.ok)
    painter.drawEllipse(center, 2.75, 2.75)


def _through_line(painter: QPainter, face: Face, box: Box, tokens: Tokens) -> None:
    """A bypassed node passes its first input to its first output."""
    if not (face.inputs and face.outputs):
        return
    pen = QPen(tokens.text2, HEAVY)
    pen.setDashPattern([4, 3])
    painter.setPen(pen)
    painter.drawLine(box.ports[Side.INPUT, face.inputs[0].name], box.ports[Side.OUTPUT, face.outputs[0].name])


def badge_rect(box: Box) -> QRectF:
    """Where the badge of a troubled node sits."""
    return QRectF(box.width - 4 - BADGE / 2, -2 - BADGE / 2, BADGE, BADGE)


def _badge(painter: QPainter, box: Box, severity: Severity, tokens: Tokens) -> None:
    _, fill, on = severity_color(severity, tokens)
    rect = badge_rect(box)
    painter.setPen(QPen(tokens.canvas, 2))
    painter.setBrush(fill)
    painter.drawEllipse(rect.adjusted(-0.5, -0.5, 0.5, 0.5))
    lettering.write(painter, rect, "!", on, 13, 700, lettering.CENTER)


