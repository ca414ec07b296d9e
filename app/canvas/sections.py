"""Draws the small views inside a node: pictures, histogram, code strip, class bars, curve, and the foot of numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPen, QPolygonF

from app import theme
from app.canvas import lettering
from app.canvas.geometry import PAD, Box
from app.node_live import NodeLive
from app.numerals import percent, short
from app.tokens import Tokens
from graphs.language import tr

MOST_CELLS = 512  # a longer code is shown by its first units
MOST_BARS = 12  # more classes have no numerals
CURVE_POINTS = 120
KEY_WIDTH, KEY_HEIGHT = 12.0, 3.0


def paint_sections(painter: QPainter, live: NodeLive, box: Box, tokens: Tokens) -> None:
    """Everything between the ports and the foot."""
    for name, rect in box.sections:
        if name in _PAINTERS:
            _PAINTERS[name](painter, live, rect, tokens)


def finite(values: np.ndarray) -> np.ndarray:
    """The values with zeros where there is none: a picture of a diverged run must still be drawn."""
    return np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0).astype(float)


def _tiles(painter: QPainter, live: NodeLive, rect: QRectF, tokens: Tokens) -> None:
    """Up to eight pictures in two rows, nearest neighbour; a single one, such as a sequence, over all of the room."""
    area = rect.adjusted(0, 4, 0, -2)
    count = min(len(live.tiles), 8)
    columns = min(count, 4)
    rows = math.ceil(count / columns)
    height, width = live.tiles.shape[1:3]
    pitch_x, pitch_y = (area.width() + 2) / columns, (area.height() + 2) / max(rows, 2)
    if count == 1:
        pitch_y = area.height() + 2
    scale = min((pitch_x - 2) / width, (pitch_y - 2) / height)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, on=False)
    for index in range(count):
        row, column = divmod(index, columns)
        center = QPointF(area.left() + (column + 0.5) * pitch_x - 1, area.top() + (row + 0.5) * pitch_y - 1)
        target = QRectF(0, 0, width * scale, height * scale)
        target.moveCenter(center)
        painter.drawImage(target, picture_image(live.tiles[index], tokens))
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, on=True)


def picture_image(picture: np.ndarray, tokens: Tokens) -> QImage:
    """A picture in its colours (H × W × 3 in 0 … 1), or in greys."""
    if picture.ndim == 2:
        return grey_image(picture, tokens)
    rgb = np.ascontiguousarray((finite(picture) * 255).clip(0, 255).astype(np.uint8))
    height, width = picture.shape[:2]
    return QImage(rgb.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def grey_image(picture: np.ndarray, tokens: Tokens) -> QImage:
    """A picture in greys from the canvas (lowest value) to the text colour (highest)."""
    values = finite(picture)
    low, high = min(float(values.min()), 0.0), float(values.max())
    share = ((values - low) / ((high - low) or 1.0)).astype(np.float32)[..., None]
    dark = np.array(theme.mix(tokens.canvas, tokens.raised, 0.35).getRgb()[:3], np.float32)
    light = np.array(tokens.text.getRgb()[:3], np.float32)
    rgb = np.ascontiguousarray((dark + (light - dark) * share).astype(np.uint8))
    height, width = picture.shape
    return QImage(rgb.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def _histogram(painter: QPainter, live: NodeLive, rect: QRectF, tokens: Tokens) -> None:
    color = theme.mix(tokens.text3, tokens.raised, 0.2)
    bars(painter, live.histogram, rect.adjusted(0, 6, 0, 0), color, tokens)


def bars(painter: QPainter, counts: np.ndarray, area: QRectF, color: QColor, tokens: Tokens) -> None:
    """Bins as bars on a base line."""
    counts = finite(counts)
    top = float(counts.max()) or 1.0
    pitch = area.width() / len(counts)
    gap = 1.0 if pitch > 3 else 0.0
    rects = [
        QRectF(area.left() + index * pitch, area.bottom() - height, pitch - gap, height)
        for index, height in enumerate((counts / top * area.height()).tolist())
        if height > 0
    ]
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawRects(rects)
    painter.setPen(QPen(tokens.line2, 1))
    painter.drawLine(area.bottomLeft(), area.bottomRight())


def _dots(painter: QPainter, live: NodeLive, rect: QRectF, tokens: Tokens) -> None:
    """Points of a plane; each class has a colour, and squares tell every other class from the discs."""
    area = rect.adjusted(4, 8, -4, -6)
    painter.setPen(QPen(tokens.raised, 0.5))
    values = finite(live.dots)
    classes = int(values[:, 2].max(initial=-1)) + 1
    for x, y, known in values.tolist():
        at = QPointF(area.left() + x * area.width(), area.bottom() - y * area.height())
        place = int(known)
        color = tokens.text2 if place < 0 else (tokens.sea, tokens.sand)[place] if classes <= 2 \
            else tokens.runs[place % len(tokens.runs)]
        painter.setBrush(color)
        if place % 2 == 1:
            painter.drawRect(QRectF(at.x() - 1.8, at.y() - 1.8, 3.6, 3.6))
        else:
            painter.drawEllipse(at, 2.1, 2.1)


def _columns(painter: QPainter, live: NodeLive, rect: QRectF, tokens: Tokens) -> None:
    """A small histogram for each of the first columns, in one row or two."""
    count = len(live.columns)
    across = min(count, 4)
    area = rect.adjusted(0, 6, 0, 0)
    rows = math.ceil(count / across)
    wide, tall = area.width() / across, area.height() / rows
    color = theme.mix(tokens.text3, tokens.raised, 0.2)
    for place in range(count):
        row, column = divmod(place, across)
        room = QRectF(area.left() + column * wide, area.top() + row * tall, wide - 6, tall - 6)
        bars(painter, live.columns[place], room, color, tokens)


def _code(painter: QPainter, live: NodeLive, rect: QRectF, tokens: Tokens) -> None:
    """Activities of the code units of one sample: sand for positive, sea for negative."""
    caption = QRectF(rect.left(), rect.top(), rect.width(), 18)
    lettering.write(painter, caption, tr("code of one sample"), tokens.text3, 11)
    area = rect.adjusted(0, 20, 0, -2)
    values = finite(live.code[:MOST_CELLS])
    rows = max(1, round(math.sqrt(len(values) * area.height() / area.width())))
    columns = math.ceil(len(values) / rows)
    pitch = min(area.width() / columns, area.height() / rows, 14.0)
    gap = 2.0 if pitch > 8 else 1.0 if pitch > 4 else 0.0
    limit = float(np.abs(values).max()) or 1.0
    painter.setPen(Qt.PenStyle.NoPen)
    for index, value in enumerate((values / limit).tolist()):
        row, column = divmod(index, columns)
        painter.setBrush(tokens.tide_at(value))
        cell = QRectF(area.left() + column * pitch, area.top() + row * pitch, pitch - gap, pitch - gap)
        painter.drawRoundedRect(cell, 1.5, 1.5)


def _bars(painter: QPainter, live: NodeLive, rect: QRectF, tokens: Tokens) -> None:
    """Probabilities of the classes for one sample; the winner's numeral is bold."""
    values = finite(live.bars)
    winner = int(values.argmax())
    area = rect.adjusted(0, 10, 0, -24)
    pitch = area.width() / len(values)
    width = min(pitch - 2, 14.0)
    with_numerals = len(values) <= MOST_BARS
    for index, value in enumerate(np.clip(values, 0, 1).tolist()):
        center = area.left() + (index + 0.5) * pitch
        height = max(1.5, value * area.height())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tokens.sand if value > 0.05 else tokens.line2)
        painter.drawRoundedRect(QRectF(center - width / 2, area.bottom() - height, width, height), 1, 1)
        if with_numerals:
            under = QRectF(center - pitch / 2, area.bottom() + 3, pitch, 14)
            won = index == winner
            painter.setPen(tokens.text if won else tokens.text3)
            lettering.draw(painter, under, str(index), 11, 600 if won else 400, lettering.CENTER)


def _curve(painter: QPainter, live: NodeLive, rect: QRectF, tokens: Tokens) -> None:
    """A short history, with its newest value as a dot: sea for losses, grey for the rest."""
    color = tokens.sea if live.loss is not None else tokens.text2
    area = rect.adjusted(0, 6, -4, -6)
    if live.error is not None:
        words = tr("error {value}", value=compact(live.error))
        lettering.write(painter, QRectF(rect.left(), rect.top(), rect.width(), 18), words, tokens.text3, 11,
                        align=lettering.RIGHT)  # fmt: skip
    line = curve_points(live.curve, area)
    if line.size() < 2:
        return
    under = QPolygonF(line)
    under.append(QPointF(line.last().x(), area.bottom()))
    under.append(QPointF(line.first().x(), area.bottom()))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.alpha(color, 0.16))
    painter.drawPolygon(under)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(color, 1.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    painter.drawPolyline(line)
    painter.setPen(QPen(tokens.raised, 1))
    painter.setBrush(QBrush(color))
    painter.drawEllipse(line.last(), 3, 3)


def curve_points(values: np.ndarray, area: QRectF) -> QPolygonF:
    """A history fitted into `area`: its finite values only, thinned without losing the newest."""
    places = np.flatnonzero(np.isfinite(values))
    if len(places) < 2:
        return QPolygonF()
    if len(places) > CURVE_POINTS:
        places = places[np.linspace(0, len(places) - 1, CURVE_POINTS).round().astype(int)]
    shown = values[places].astype(float)
    low, high = float(shown.min()), float(shown.max())
    xs = area.left() + places / max(len(values) - 1, 1) * area.width()
    ys = area.bottom() - (shown - low) / ((high - low) or 1.0) * area.height()
    return QPolygonF([QPointF(x, y) for x, y in zip(xs.tolist(), ys.tolist(), strict=True)])


_PAINTERS: Mapping[str, Callable[[QPainter, NodeLive, QRectF, Tokens], None]] = {
    "tiles": _tiles,
    "dots": _dots,
    "columns": _columns,
    "histogram": _histogram,
    "code": _code,
    "bars": _bars,
    "curve": _curve,
}


# The foot


def compact(value: float | None) -> str:
    """A number for little room: `0.210`, `0.062`, `0.0024`, else as everywhere."""
    if value is None or not 1e-3 <= abs(value) < 0.1:
        return short(value)
    return f"{value:.{3 if abs(value) >= 0.01 else 4}f}".replace("-", "−")


def foot_words(live: NodeLive, room: float) -> list[tuple[str, str]]:
    """The numbers that fit, in reading order; the less telling ones give way first."""
    found = {
        "loss": (tr("loss"), compact(live.loss)) if live.loss is not None else None,
        "mean": ("μ", compact(live.mean)) if live.mean is not None else None,
        "gradient": ("∇", compact(live.gradient)) if live.gradient is not None else None,
        "update": ("Δ", percent(live.update)) if live.update is not None else None,
        "accuracy": (tr("acc"), percent(live.accuracy)) if live.accuracy is not None else None,
    }
    chosen: set[str] = set()
    for name in ("loss", "accuracy", "gradient", "mean", "update"):
        pair = found[name]
        if pair is None:
            continue
        need = _pair_width(pair) + (8 if chosen else 0)
        if need <= room:
            room -= need
            chosen.add(name)
    return [pair for name, pair in found.items() if name in chosen and pair is not None]


def _pair_width(pair: tuple[str, str]) -> float:
    return lettering.width(pair[0], 11) + 4 + lettering.width(pair[1], 11, 500)


def paint_foot(painter: QPainter, live: NodeLive, foot: QRectF, tokens: Tokens) -> None:
    """The layer's colour key and its numbers, on a line of their own."""
    painter.setPen(QPen(tokens.line, 1))
    painter.drawLine(QPointF(foot.left() + 2, foot.top()), QPointF(foot.right() - 2, foot.top()))
    x = foot.left() + PAD
    if live.depth is not None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tokens.depth(*live.depth))
        painter.drawRoundedRect(QRectF(x, foot.center().y() - KEY_HEIGHT / 2, KEY_WIDTH, KEY_HEIGHT), 1.5, 1.5)
        x += KEY_WIDTH + 8
    words = foot_words(live, foot.right() - PAD - x)
    spare = foot.right() - PAD - x - sum(_pair_width(pair) for pair in words)
    gap = min(15.0, spare / max(len(words) - 1, 1))
    for label, value in words:
        where = QRectF(x, foot.top(), foot.right() - x, foot.height())
        lettering.write(painter, where, label, tokens.text3, 11)
        x += lettering.width(label, 11) + 4
        where.setLeft(x)
        broken = value in ("NaN", "∞", "−∞")
        lettering.write(painter, where, value, tokens.error if broken else tokens.text, 11, 500)
        x += lettering.width(value, 11, 500) + gap
