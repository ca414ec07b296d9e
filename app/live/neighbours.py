"""Near words of bits: a sample, the samples whose codes differ in the fewest bits, and how often these are truly near."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from app import theme
from app.live import colormaps, numbers, tiles
from app.live.card import Card, CardTool, run_hint
from app.live.codes.subject import SMALL_SHARE, Asking
from app.live.export import Table
from app.live.header import Words
from app.live.picture_rows import HEAD, Rows
from app.live.sight import Sight, check_key
from engine.commands import FindNeighbours
from engine.events import ReconstructionInfo, RunInfo
from graphs.language import tr

COUNT = 10  # neighbours
CAPTION, BETWEEN, LEAST = 14.0, 12.0, 34.0
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
QUANTITY = "near_binary"
STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1}


class NeighbourPicture(Rows):
    """The sample at the left or above, its neighbours with the bits in which they differ. A click asks for theirs."""

    sample_picked = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.pictures, self.limits, self.row = np.zeros((0, 1, 1)), (0.0, 1.0), 0
        self.rows, self.distances = np.zeros(0, np.int64), np.zeros(0, np.int64)
        self.layout_of_tiles: tiles.Layout | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(tr("Neighbours by their bits: arrow keys go to another sample, a click to a neighbour"))

    def show_neighbours(self, pictures: np.ndarray, row: int, rows: np.ndarray, distances: np.ndarray) -> None:
        """P × H × W pictures, which of them was asked for, and its neighbours."""
        self.pictures, self.row, self.rows, self.distances = pictures, row, rows, distances
        self.limits = (float(pictures.min()), float(pictures.max()))
        self.say("")

    def paint_whole(self, painter: QPainter) -> None:
        tall, wide = self.pictures.shape[1:]
        room, colors = QRectF(self.rect()).adjusted(0, 0, -4, 0), theme.tokens()
        beside = room.width() > 1.25 * room.height()
        side = min(0.3 * room.width(), (room.height() - HEAD) * wide / tall) if beside else min(0.3 * room.height(), 72.0)
        side = self.snapped(side, wide)
        self._words(painter, QRectF(0, 0, room.width(), HEAD), tr("sample {row}", row=self.row + 1))
        box = QRectF(0.5, HEAD, side, side * tall / wide)
        self.paint_picture(painter, colormaps.grey_pixels(self.pictures[self.row], *self.limits), box)
        rest = room.adjusted(side + BETWEEN, 0, 0, 0) if beside else room.adjusted(0, box.bottom() + 4, 0, 0)
        self._words(painter, QRectF(rest.left(), rest.top(), rest.width(), HEAD), tr("nearest, and bits that differ"))
        layout = tiles.arrange_large(len(self.rows), (tall, wide), rest.adjusted(0, HEAD, 0, 0), self.ratio, CAPTION, LEAST)
        self.layout_of_tiles = layout
        pixels = colormaps.grey_pixels(self.pictures[self.rows[: layout.shown]], *self.limits)
        tiles.draw(painter, pixels, layout, framed=True)
        painter.setFont(theme.font(10))
        painter.setPen(colors.text3)
        for place in range(layout.shown if layout.caption else 0):
            painter.drawText(layout.caption_rect(place), Qt.AlignmentFlag.AlignCenter, str(self.distances[place]))

    def _words(self, painter: QPainter, box: QRectF, words: str) -> None:
        painter.setFont(theme.font(11))
        painter.setPen(QPen(theme.tokens().text3))
        painter.drawText(box, LEFT, painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, int(box.width())))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self.layout_of_tiles.index_at(event.position()) if self.layout_of_tiles and not self.message else None
        if place is not None and event.button() == Qt.MouseButton.LeftButton:
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self.sample_picked.emit(int(self.rows[place]))
        else:
            event.ignore()


class NeighboursCard(Card):
    """Samples with nearly the same word of bits (A13), and the precision of that."""

    name: ClassVar[str] = "neighbours"
    stretch = 1.1
    asks: ClassVar[bool] = True

    def title(self) -> str:
        return tr("Neighbours")

    def make_body(self) -> QWidget:
        self.picture = NeighbourPicture()
        self.picture.sample_picked.connect(self.show_sample)
        self.back, self.on = (CardTool(icon, words, self) for icon, words in (
            ("left", tr("Sample before")), ("right", tr("Next sample"))))
        for place, (button, step) in enumerate(((self.back, -1), (self.on, 1))):
            self.header.insertWidget(1 + place, button)
            button.clicked.connect(lambda _=False, step=step: self.show_sample(self.row + step))
        self.row, self._asking = 0, Asking(SMALL_SHARE)
        return self.picture

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.foot = Words("", 11, 500, "text2", self)
        self.layout().addWidget(self.foot)

    @classmethod
    def fits(cls, run: RunInfo) -> bool:
        return bool(_hashed(run))

    @classmethod
    def concerns(cls, sight: Sight) -> bool:
        return bool(sight.run) and any(item.node in sight.selection for item in _hashed(sight.run))

    def subject(self, sight: Sight) -> ReconstructionInfo | None:
        """The words of the selected node, or of the first."""
        found = _hashed(sight.run) if sight.run else []
        return next((item for item in found if item.node in sight.selection), next(iter(found), None))

    def wanted(self, sight: Sight) -> frozenset[str]:
        item = self.subject(sight)
        return frozenset({check_key(item.input)} if item else ())

    def show_sample(self, row: int) -> None:
        """The neighbours of another sample."""
        self.row = row
        if self.sight is not None:
            self.refresh(self.sight)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = STEPS.get(Qt.Key(event.key()))
        if step:
            self.show_sample(self.row + step)
        else:
            event.ignore()

    def draw(self, sight: Sight) -> None:
        item = self.subject(sight)
        samples = sight.feed.array(check_key(item.input)) if item else None
        if item is None or item.code is None or item.picture is None or samples is None or not samples.size:
            self.picture.say(run_hint())
            return
        self.row %= len(samples)
        self.heading.tell(tr("{count} bits", count=item.code_size))
        order = FindNeighbours(item.input, item.code, self.row, COUNT, f"{self.name}.{id(self)}")
        answer = self._asking.ask(sight, order)
        if answer is None or "rows" not in answer.numbers:
            self.picture.say("" if len(self.picture.rows) else run_hint())
            return
        rows, distances = (np.array(answer.numbers[name], np.int64) for name in ("rows", "distances"))
        if rows.max(initial=0) < len(samples):
            self.picture.show_neighbours(samples.reshape(-1, *item.picture), self.row, rows, distances)
        shares = {name: numbers.percent(answer.numbers[name][0]) for name in ("precision", "chance")}
        self.foot.tell(tr("precision@{count} {precision} (chance {chance})", count=COUNT, **shares))

    def table(self) -> Table:
        return Table(("sample", "neighbour", "bits"), [[self.picture.row, int(row), int(distance)] for row, distance in
                                                       zip(self.picture.rows, self.picture.distances, strict=True)])


def _hashed(run: RunInfo) -> list[ReconstructionInfo]:
    """Reconstructions of pictures through words of bits."""
    nodes = {channel.node for channel in run.epoch_channels if channel.quantity == f"train_{QUANTITY}"}
    return [item for item in run.reconstructions if item.node in nodes and item.code and item.picture]
