"""A grid of pictures with their classes below: scrolls, zooms, and draws only what can be seen."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolTip, QWidget

from app import theme
from app.live import colormaps
from app.live.data.page import SidesPage, class_word, part_words, rows_of
from app.live.export import Table
from app.live.scales import robust_limit
from engine.data.statistics import HIGH, LOW
from engine.data.thumbnails import is_ink
from engine.data.view import Side, View
from graphs.language import tr
from graphs.spec import Kind

GAP, CAPTION = 8, 18
USUAL = 56.0  # pixels that a picture is wide at first
SMALLEST, LARGEST = 12.0, 512.0
SAMPLE, MOST_LOOKED_AT = 256, 1 << 20  # pictures and numbers from which tones are taken


def pictures_of(side: Side, rows: np.ndarray) -> np.ndarray:
    """n×H×W, or n×H×W×3 for colours. More channels: the first."""
    shape, values = side.column.shape, side.column.values[rows]
    if shape.kind is Kind.IMAGE:
        values = values.transpose(0, 2, 3, 1)
        return values if values.shape[-1] == 3 else values[..., 0]
    return values.reshape(-1, *(shape.picture or (1, 1)))


def has_pictures(side: Side) -> bool:
    """Whether its samples are pictures."""
    shape = side.column.shape
    return shape.kind is Kind.IMAGE or (shape.kind is Kind.FEATURES and shape.picture is not None)


class PictureGrid(QAbstractScrollArea):
    """Paints the pictures of one side. Ctrl and the wheel, + and −, change their size; the arrows move the mark."""

    zoom_asked = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        self.viewport().setMouseTracking(True)
        self.view: View | None = None
        self.side: Side | None = None
        self.rows = np.empty(0, np.int64)
        self.tile = USUAL
        self.marked = -1
        self.tones = Tones((0.0, 1.0))
        self._sized: tuple[str, str] | None = None  # the side for which the size was chosen
        self.drawn: list[int] = []  # rows of the last painting

    def show_side(self, view: View, side: Side, part: int | None) -> None:
        """Other pictures."""
        self.view, self.side, self.rows = view, side, rows_of(view, part)
        self.tones = tones_of(side)
        self.marked = min(self.marked, len(self.rows) - 1)
        self._measure()

    # where everything is

    def size_of_picture(self) -> tuple[float, float]:
        """Width and height on screen."""
        assert self.side is not None
        shape = self.side.column.shape
        tall, wide = (shape.sizes[1] or 1, shape.sizes[2] or 1) if shape.kind is Kind.IMAGE else (shape.picture or (1, 1))
        width = self.tile if self.tile < wide else math.floor(self.tile / wide) * wide  # pixels equally large
        return float(width), float(width * tall / wide)

    @property
    def pitch(self) -> tuple[float, float]:
        """From one picture to the next."""
        width, height = self.size_of_picture()
        return max(width, 28.0) + GAP, height + CAPTION + GAP

    @property
    def columns(self) -> int:
        return max(1, int((self.viewport().width() + GAP) // self.pitch[0]))

    def rect_of(self, index: int) -> QRectF:
        """Where the picture of this place stands, its caption excluded."""
        row, column = divmod(index, self.columns)
        width, height = self.size_of_picture()
        x = column * self.pitch[0] + (self.pitch[0] - GAP - width) / 2
        return QRectF(x, row * self.pitch[1] - self.verticalScrollBar().value() + 2, width, height)

    def index_at(self, place: QPointF) -> int:
        """The place of the picture under the pointer, or −1."""
        column = int(place.x() // self.pitch[0])
        row = int((place.y() + self.verticalScrollBar().value()) // self.pitch[1])
        index = row * self.columns + column
        return index if 0 <= column < self.columns and 0 <= index < len(self.rows) else -1

    def _measure(self) -> None:
        if self.side is None or self.view is None:
            return
        if self._sized != self.side.key:
            self._sized = self.side.key if self.isVisible() else None
            self.tile = self._fitting()
        bar = self.verticalScrollBar()
        total = math.ceil(len(self.rows) / self.columns) * self.pitch[1]
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(int(self.pitch[1]))
        bar.setRange(0, max(0, math.ceil(total - self.viewport().height())))
        self.viewport().update()

    def _fitting(self) -> float:
        """The usual size, or the largest in which all of a few pictures can be seen, within reason."""
        assert self.view is not None
        self.tile = LARGEST
        while self.tile > USUAL and self.pitch[1] * math.ceil(self.view.rows / self.columns) > self.viewport().height():
            self.tile *= 0.9
        return max(self.tile, USUAL)

    def zoom(self, factor: float) -> None:
        """Larger or smaller pictures; what is at the top stays there."""
        first = self.columns * int(self.verticalScrollBar().value() // self.pitch[1])
        self.tile = min(max(self.tile * factor, SMALLEST), LARGEST)
        self._measure()
        self.verticalScrollBar().setValue(int(first // self.columns * self.pitch[1]))

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter, colors = QPainter(self.viewport()), theme.tokens()
        painter.fillRect(self.viewport().rect(), colors.panel)
        self.drawn = []
        if self.side is None or self.view is None or not len(self.rows):
            painter.setPen(colors.text3)
            painter.drawText(self.viewport().rect(), Qt.AlignmentFlag.AlignCenter, tr("No samples"))
            return
        first = int(self.verticalScrollBar().value() // self.pitch[1]) * self.columns
        count = (math.ceil(self.viewport().height() / self.pitch[1]) + 1) * self.columns
        rows = self.rows[first : first + count]
        self.drawn = rows.tolist()
        pictures = pixels_of(pictures_of(self.side, rows), self.tones)
        painter.setFont(theme.font(11))
        smooth = self.size_of_picture()[0] < pictures.shape[2]
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        for offset, row in enumerate(self.drawn):
            rect = self.rect_of(first + offset)
            painter.drawImage(rect, QImage(pictures[offset].data, pictures.shape[2], pictures.shape[1],
                                           4 * pictures.shape[2], QImage.Format.Format_RGB32))  # fmt: skip
            if first + offset == self.marked:
                painter.setPen(QPen(colors.accent, 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(rect.adjusted(-2, -2, 2, 2), 3, 3)
            painter.setPen(colors.text if first + offset == self.marked else colors.text2)
            room = QRectF(rect.center().x() - self.pitch[0] / 2 + 2, rect.bottom() + 2, self.pitch[0] - 4, CAPTION - 3)
            words = painter.fontMetrics().elidedText(class_word(self.view, row), Qt.TextElideMode.ElideRight,
                                                     int(room.width()))  # fmt: skip
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter, words)

    # mouse and keys

    def mark(self, index: int) -> None:
        """Marks a picture and brings it into sight."""
        if not len(self.rows):
            return
        self.marked = min(max(index, 0), len(self.rows) - 1)
        rect, bar = self.rect_of(self.marked), self.verticalScrollBar()
        if rect.top() < 0:
            bar.setValue(bar.value() + int(rect.top()) - 4)
        elif rect.bottom() + CAPTION > self.viewport().height():
            bar.setValue(bar.value() + math.ceil(rect.bottom() + CAPTION - self.viewport().height()))
        self.setAccessibleDescription(self.words_of(self.marked))
        self.viewport().update()

    def words_of(self, index: int) -> str:
        """What is known of a sample: `row 12 · 7 · training`."""
        assert self.view is not None
        row = int(self.rows[index])
        words = (tr("row {row}", row=f"{row + 1:,}"), class_word(self.view, row), part_words(int(self.view.parts[row])))
        return " · ".join(filter(None, words))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.index_at(event.position())
        if index >= 0:
            self.mark(index)

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            index = self.index_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), self.words_of(index) if index >= 0 else "", self)
            return True
        return super().viewportEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom_asked.emit(1.25 ** (event.angleDelta().y() / 120))
            event.accept()
        else:
            super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, columns = event.key(), self.columns
        page = max(1, int(self.viewport().height() // self.pitch[1])) * columns if self.side is not None else 1
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -columns, Qt.Key.Key_Down: columns,
                 Qt.Key.Key_PageUp: -page, Qt.Key.Key_PageDown: page, Qt.Key.Key_Home: -len(self.rows),
                 Qt.Key.Key_End: len(self.rows)}  # fmt: skip
        if key in steps and not event.modifiers():
            self.mark(max(self.marked, 0) + steps[Qt.Key(key)])
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom_asked.emit(1.25)
        elif key == Qt.Key.Key_Minus:
            self.zoom_asked.emit(0.8)
        else:
            event.ignore()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._measure()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._measure()


@dataclass(frozen=True, slots=True)
class Tones:
    """What is darkest and brightest. `signed`: zero is in the middle; `ink`: drawn on paper, not taken by a camera."""

    limits: tuple[float, float]
    signed: bool = False
    ink: bool = True


def tones_of(side: Side) -> Tones:
    """The tones of all pictures of a side alike."""
    shape, moments = side.column.shape, side.moments[0]
    sample = np.asarray(side.column.values[:SAMPLE])
    if len(sample) and sample[0].size * len(sample) > MOST_LOOKED_AT:
        sample = sample[: max(1, MOST_LOOKED_AT // sample[0].size)]
    low, high = float(np.nanmin(moments[:, LOW])), float(np.nanmax(moments[:, HIGH]))
    if low < 0:
        limit = robust_limit(sample)
        return Tones((-limit, limit), signed=True)
    if shape.low is not None and shape.high is not None:
        low, high = shape.low, shape.high
    else:
        low, high = 0.0, high or 1.0
    return Tones((low, high), ink=is_ink(sample, low, high))


def pixels_of(pictures: np.ndarray, tones: Tones) -> np.ndarray:
    """RGB32 of n pictures: greys, colours where there are three channels, tide for signed greys."""
    low, high = tones.limits
    if pictures.ndim == 4:
        scaled = (pictures - low) * (255.0 / ((high - low) or 1.0))
        red, green, blue = np.moveaxis(scaled.clip(0, 255).astype(np.uint32), -1, 0)
        return np.ascontiguousarray(0xFF000000 | red << 16 | green << 8 | blue, np.uint32)
    if tones.signed:
        return np.ascontiguousarray(colormaps.tide_pixels(pictures, high), np.uint32)
    if not tones.ink and not theme.tokens().dark:  # light stays light on a photograph
        return np.ascontiguousarray(colormaps.grey_pixels(-pictures, -high, -low), np.uint32)
    return np.ascontiguousarray(colormaps.grey_pixels(pictures, low, high), np.uint32)


class ImagesPage(SidesPage):
    """Pictures, before and after side by side; the two grids scroll and zoom together."""

    name = "images"

    def zoom(self, factor: float) -> None:
        """Larger or smaller pictures, alike on both sides."""
        for pane in self.shown_panes():
            assert isinstance(pane, PictureGrid)
            pane.zoom(factor)

    def words(self) -> str:
        return tr("Images")

    @staticmethod
    def has(side: Side) -> bool:
        return has_pictures(side)

    def make_pane(self) -> PictureGrid:
        pane = PictureGrid(self)
        pane.zoom_asked.connect(self.zoom)
        for other in self.panes:
            assert isinstance(other, PictureGrid)
            other.verticalScrollBar().valueChanged.connect(partial(self._follow, other, pane))
            pane.verticalScrollBar().valueChanged.connect(partial(self._follow, pane, other))
        return pane

    @staticmethod
    def _follow(moved: PictureGrid, other: PictureGrid, value: int) -> None:
        """The other grid goes to the same place, where it has the same rows."""
        if moved.view is other.view:
            other.verticalScrollBar().setValue(value)

    def draw_side(self, pane: QWidget, view: View, side: Side, part: int | None) -> None:
        assert isinstance(pane, PictureGrid)
        pane.show_side(view, side, part)

    def table(self) -> Table:
        """The pictures in sight, one a line."""
        pane = self.shown_panes()[-1]
        assert isinstance(pane, PictureGrid) and pane.side is not None and pane.view is not None
        rows = np.array(pane.drawn, np.int64)
        values = pane.side.column.values[rows].reshape(len(rows), -1)
        columns = ["row", "class", "part", *(f"x{place + 1}" for place in range(values.shape[1]))]
        return Table(columns, [[row + 1, class_word(pane.view, row), part_words(int(pane.view.parts[row])), *numbers]
                               for row, numbers in zip(rows.tolist(), values.tolist(), strict=True)])
