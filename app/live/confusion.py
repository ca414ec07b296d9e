"""Which classes are taken for which: a cell for each pair, and behind each cell its samples."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from app import theme
from app.live import colormaps
from app.live.card import Card, run_hint
from app.live.export import Table
from app.live.picture_rows import Rows
from app.live.predictions import pictures_of, probabilities, sample_port
from app.live.sight import Sight, check_key
from engine.events import RunInfo
from graphs.language import tr

CAPTION = 16.0  # height of a line of small words
MOST_NAMES = 0.3  # of the width, for the classes at the left
TILE = 34.0
STEPS = {Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0)}


def confusion(said: np.ndarray, truth: np.ndarray, classes: int) -> np.ndarray:
    """(classes × classes) counts: row = the class that it is, column = the class that was named."""
    return np.bincount(truth * classes + said, minlength=classes * classes).reshape(classes, classes)


class Matrix(Rows):
    """Paints the matrix, and below it the samples of the chosen cell."""

    cell_chosen = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.counts = np.zeros((0, 0), np.int64)
        self.classes: tuple[str, ...] = ()
        self.chosen: tuple[int, int] | None = None
        self.members: list[int] = []  # samples of the chosen cell
        self.pictures: np.ndarray | None = None
        self.values: np.ndarray | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(tr("Confusion matrix: arrow keys choose a cell, Escape none"))

    def show_counts(self, counts: np.ndarray, classes: tuple[str, ...]) -> None:
        """New counts; the chosen cell stays."""
        self.counts, self.classes = counts, classes
        if self.chosen and max(self.chosen) >= len(counts):
            self.chosen = None
        self.say("")

    # where things are

    @property
    def area(self) -> QRectF:
        """The cells, without names and captions."""
        count = max(1, len(self.counts))
        left = min(self._widest() + 10, MOST_NAMES * self.width()) + CAPTION
        below = CAPTION + (self._room_for_samples() if self.chosen else 0.0)
        side = min((self.width() - left - 6) / count, (self.height() - CAPTION - below) / count)
        wide = min((self.width() - left - 6) / count, 1.8 * side)
        return QRectF(left, CAPTION, wide * count, side * count)

    def _room_for_samples(self) -> float:
        return min(TILE + CAPTION + 6, 0.4 * self.height())

    def _widest(self) -> float:
        metrics = QFontMetricsF(theme.font(10))
        return max((metrics.horizontalAdvance(name) for name in self.classes), default=0.0)

    def cell(self, row: int, column: int) -> QRectF:
        area, count = self.area, len(self.counts)
        wide, tall = area.width() / count, area.height() / count
        return QRectF(area.left() + column * wide, area.top() + row * tall, wide, tall)

    def cell_at(self, place: QPointF) -> tuple[int, int] | None:
        area, count = self.area, len(self.counts)
        if not count or not area.contains(place):
            return None
        return (min(count - 1, int((place.y() - area.top()) / area.height() * count)),
                min(count - 1, int((place.x() - area.left()) / area.width() * count)))

    # painting

    def paint_whole(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area, count = self.area, len(self.counts)
        if not count:
            return
        self._paint_names(painter, area)
        shares = self.counts / np.maximum(self.counts.sum(axis=1, keepdims=True), 1)
        font = theme.font(10, 500)
        painter.setFont(font)
        widest = QFontMetricsF(font).horizontalAdvance(f"{self.counts.max():,}") + 4
        for row in range(count):
            for column in range(count):
                box = self.cell(row, column).adjusted(0.75, 0.75, -0.75, -0.75)
                self._paint_cell(painter, box, int(self.counts[row, column]), float(shares[row, column]),
                                 right=row == column, words=widest <= box.width() and box.height() >= 12)
        if self.chosen:
            painter.setPen(QPen(theme.tokens().accent, 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(self.cell(*self.chosen), 3, 3)
            self._paint_members(painter, area)

    def _paint_cell(self, painter: QPainter, box: QRectF, number: int, share: float, *, right: bool, words: bool) -> None:
        colors = theme.tokens()
        strong = colors.sea if right else colors.error
        fill = theme.mix(colors.panel, strong, (0.12 + 0.5 * share**0.5) if number else 0.0)
        if not number:
            fill = theme.mix(colors.panel, colors.line, 0.55)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        painter.drawRoundedRect(box, 2, 2)
        if words and number:
            painter.setPen(theme.readable(colors.text, fill))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, f"{number:,}")

    def _paint_names(self, painter: QPainter, area: QRectF) -> None:
        """Classes at the left and below; what does not fit side by side is left out."""
        colors, count = theme.tokens(), len(self.counts)
        painter.setFont(theme.font(10))
        metrics = painter.fontMetrics()
        painter.setPen(colors.text3)
        room = area.left() - CAPTION - 6
        every = max(1, int(np.ceil(metrics.height() * count / max(area.height(), 1))))
        for row in range(0, count, every):
            name = metrics.elidedText(self.classes[row], Qt.TextElideMode.ElideRight, int(room) + 1)
            box = QRectF(CAPTION, self.cell(row, 0).top(), room, self.cell(row, 0).height())
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, name)
        cell = area.width() / count
        for column in range(count):
            name = metrics.elidedText(self.classes[column], Qt.TextElideMode.ElideRight, int(cell) - 1)
            if len(name) > 1 or name == self.classes[column]:
                box = QRectF(area.left() + column * cell, 0, cell, CAPTION - 2)
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, name)
        painter.save()
        painter.translate(CAPTION / 2, area.center().y())
        painter.rotate(-90)
        painter.drawText(QRectF(-area.height() / 2, -CAPTION / 2, area.height(), CAPTION), Qt.AlignmentFlag.AlignCenter,
                         tr("truth"))
        painter.restore()
        painter.drawText(QRectF(area.left(), area.bottom() + 1, area.width(), CAPTION), Qt.AlignmentFlag.AlignCenter,
                         tr("named"))

    def _paint_members(self, painter: QPainter, area: QRectF) -> None:
        """The samples of the chosen cell: as pictures, or as their numbers."""
        colors = theme.tokens()
        assert self.chosen
        row, column = self.chosen
        top = area.bottom() + CAPTION + 4
        painter.setFont(theme.font(11))
        painter.setPen(colors.text2)
        words = tr("{truth} named {said}: {count}", truth=self.classes[row], said=self.classes[column],
                   count=f"{int(self.counts[row, column]):,}")
        painter.drawText(QRectF(0, top, self.width(), CAPTION), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
                         words)
        place = QRectF(0, top + CAPTION + 2, self.width(), self.height() - top - CAPTION - 2)
        if self.pictures is not None:
            side = min(TILE, place.height())
            for index, member in enumerate(self.members[: max(1, int(place.width() // (side + 4)))]):
                low, high = float(self.pictures.min()), float(self.pictures.max())
                self.paint_picture(painter, colormaps.grey_pixels(self.pictures[member], low, high),
                                   QRectF(index * (side + 4), place.top(), side, side))
        elif self.values is not None:
            painter.setPen(colors.text3)
            for index, member in enumerate(self.members[: max(1, int(place.height() // CAPTION))]):
                line = "  ".join(f"{value:.3g}" for value in self.values[member].tolist()[:12])
                text = painter.fontMetrics().elidedText(f"{member + 1}:  {line}", Qt.TextElideMode.ElideRight,
                                                        int(place.width()))
                painter.drawText(QRectF(0, place.top() + index * CAPTION, place.width(), CAPTION),
                                 Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)

    # choosing

    def choose(self, cell: tuple[int, int] | None) -> None:
        """Another cell, or none."""
        self.chosen = cell
        self.cell_chosen.emit()
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self.message:
            event.ignore()
            return
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        cell = self.cell_at(event.position())
        self.choose(None if cell == self.chosen else cell)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step, count = STEPS.get(Qt.Key(event.key())), len(self.counts)
        if event.key() == Qt.Key.Key_Escape and self.chosen:
            self.choose(None)
        elif step and count:
            row, column = self.chosen or (0, 0)
            self.choose(((row + step[0]) % count, (column + step[1]) % count) if self.chosen else (0, 0))
        else:
            event.ignore()


class ConfusionCard(Card):
    """The classes that were named over the classes that are, for the samples that are kept aside."""

    name: ClassVar[str] = "confusion"
    stretch = 1.2

    def title(self) -> str:
        return tr("Confusion")

    def make_body(self) -> QWidget:
        self.matrix = Matrix()
        self.matrix.cell_chosen.connect(self._choose_cell)
        self._said, self._truth = np.empty(0, np.int64), np.empty(0, np.int64)
        return self.matrix

    @classmethod
    def fits(cls, run: RunInfo) -> bool:
        return any(len(item.classes) >= 2 for item in run.predictions)

    @classmethod
    def concerns(cls, sight: Sight) -> bool:
        return bool(sight.run) and any(sight.selection & {item.node, item.output[0]} for item in sight.run.predictions)

    def wanted(self, sight: Sight) -> frozenset[str]:
        item = sight.picked_prediction()
        if item is None:
            return frozenset()
        port = sample_port(sight, item)
        return frozenset(check_key(one) for one in (item.output, item.labels, port) if one)

    def draw(self, sight: Sight) -> None:
        item = sight.picked_prediction()
        outputs = sight.feed.array(check_key(item.output)) if item else None
        truth = sight.feed.array(check_key(item.labels)) if item else None
        if item is None or outputs is None or truth is None or not outputs.size or len(outputs) != len(truth):
            self.heading.tell("")
            self.matrix.say(run_hint())
            return
        kinds = [layer.activation for layer in sight.layers if layer.node == item.output[0]]
        shares = np.nan_to_num(probabilities(outputs, len(item.classes), kinds[-1] if kinds else ""))
        self._said, self._truth = shares.argmax(axis=1), truth.reshape(-1).astype(np.int64)
        port = sample_port(sight, item)
        values = sight.feed.array(check_key(port)) if port else None
        self.matrix.values = values
        self.matrix.pictures = pictures_of(sight, port, values)
        self.matrix.show_counts(confusion(self._said, self._truth, len(item.classes)), item.classes)
        self._choose_cell()
        wrong = int((self._said != self._truth).sum())
        self.heading.tell(self.calm("wrong", tr("{wrong} of {count} wrong", count=f"{len(truth):,}", wrong=f"{wrong:,}")))

    def _choose_cell(self) -> None:
        cell = self.matrix.chosen
        self.matrix.members = [] if cell is None else \
            np.flatnonzero((self._truth == cell[0]) & (self._said == cell[1])).tolist()

    def table(self) -> Table:
        classes, counts = self.matrix.classes, self.matrix.counts.tolist()
        return Table((tr("truth"), *classes), [[name, *row] for name, row in zip(classes, counts, strict=True)])

