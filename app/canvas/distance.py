"""Draws the whole scene from afar: all nodes of a family in one stroke, all wires in another."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from app import theme
from app.canvas import wires
from app.canvas.frame_item import FrameItem
from app.canvas.geometry import RADIUS
from app.canvas.painter import block_colors, state_color
from app.canvas.scene import GraphScene
from app.canvas.wires import WireState, WireView

FINE = 0.22  # from this scale on corners are round and wires smooth
OUTLINE = 2.5  # of chosen and troubled nodes, on screen


def paint(painter: QPainter, scene: GraphScene, exposed: QRectF) -> None:
    """Frames, wires and blocks, in scene coordinates."""
    tokens = theme.tokens()
    fine = painter.transform().m11() >= FINE
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=fine)
    for frame in scene.frames.values():
        _frame(painter, frame)
    _wires(painter, scene, exposed)
    blocks: dict[tuple[int, int], list[QRectF]] = {}
    heavy: dict[int, QPainterPath] = {}
    marked = scene.model.selection | scene.strips.items.keys()
    for name, item in scene.nodes.items():
        rect = item.scene_rect()
        if not rect.intersects(exposed):
            continue
        fill, line = block_colors(item.face, tokens)
        blocks.setdefault((fill.rgb(), line.rgb()), []).append(rect)
        if name in marked or item.look.hovered:
            color = state_color(item.face, item.look, tokens)
            if color is not None:
                heavy.setdefault(color.rgb(), QPainterPath()).addRoundedRect(rect, RADIUS, RADIUS)
    for (fill_rgb, line_rgb), rects in blocks.items():
        painter.setBrush(QColor.fromRgb(fill_rgb))
        painter.setPen(QPen(QColor.fromRgb(line_rgb), 0))
        if fine:
            path = QPainterPath()
            for rect in rects:
                path.addRoundedRect(rect, RADIUS, RADIUS)
            painter.drawPath(path)
        else:
            painter.drawRects(rects)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for rgb, outlines in heavy.items():
        pen = QPen(QColor.fromRgb(rgb), OUTLINE)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.drawPath(outlines)


def _frame(painter: QPainter, frame: FrameItem) -> None:
    tokens = theme.tokens()
    tint = tokens.families[frame.family] if frame.family else tokens.text3
    painter.setPen(QPen(tokens.accent if frame.selected else theme.mix(tokens.canvas, tint, 0.5), 0))
    painter.setBrush(theme.mix(tokens.canvas, tint, 0.07))
    painter.drawRect(frame.scene_rect())


def _wires(painter: QPainter, scene: GraphScene, exposed: QRectF) -> None:
    """Wires of one colour and width together. In the views of training each strength is one stroke."""
    tokens = theme.tokens()
    fine = painter.transform().m11() >= FINE
    strokes: dict[tuple[WireState, int | None], QPainterPath] = {}
    for item in scene.wires.values():
        if not item.isVisible() or not item.area.intersects(exposed):
            continue
        share = None if item.share is None or item.view is WireView.SHAPES else round(item.share * 8)
        path = strokes.setdefault((item.state, share), QPainterPath())
        if fine or item.course.around is not None:
            path.addPath(item.path)
        else:
            path.moveTo(item.course.start)
            path.lineTo(item.course.end)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for (state, share), path in strokes.items():
        pen = wires.wire_pen(state, scene.flows.view, None if share is None else share / 8, tokens)
        pen.setWidthF(max(1.0, pen.widthF() * painter.transform().m11()))
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.drawPath(path)
