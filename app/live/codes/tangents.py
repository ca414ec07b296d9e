"""Tangents: how a sample must change to change its code most; for pictures of one kind, the ways in which they vary."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import QWidget

from app import theme
from app.live import colormaps
from app.live.card import Card, CardTool, run_hint
from app.live.codes import subject
from app.live.export import Table
from app.live.picture_rows import Rows
from app.live.scales import robust_limit
from app.live.sight import Sight, output_key
from engine.commands import FindTangents
from engine.events import CodeInfo, RunInfo
from graphs.language import tr

COUNT = 8  # directions
CAPTION = 15.0


class Directions(Rows):
    """The sample first, then the directions, the strongest first: signed, so that zero is the panel."""

    def __init__(self) -> None:
        super().__init__()
        self.given = np.zeros((1, 1))  # height × width
        self.limits = (0.0, 1.0)
        self.directions = np.zeros((0, 1, 1))
        self.sizes = np.zeros(0)
        self.row = 0

    def show_directions(self, given: np.ndarray, limits: tuple[float, float], directions: np.ndarray, sizes: np.ndarray,
                        row: int) -> None:
        """A sample (height × width), and K × height × width directions with their singular values."""
        self.given, self.limits, self.directions, self.sizes, self.row = given, limits, directions, sizes, row
        self.say("")

    def paint_whole(self, painter: QPainter) -> None:
        colors, count = theme.tokens(), 1 + len(self.directions)
        tall, wide = self.given.shape
        painter.setFont(theme.font(11))
        unit = 1.0 if tall > 1 else wide / 6  # numbers that are no picture are a strip
        room = QRectF(self.rect()).adjusted(1, 0, -2, -2)

        def side_for(columns: int) -> float:
            rows = -(-count // columns)
            return min((room.width() - 8 * (columns - 1)) / columns,
                       ((room.height() - rows * (CAPTION + 2)) / rows) * (wide / tall / unit))

        columns = max(range(count, 0, -1), key=side_for)
        side = max(8.0, side_for(columns))
        width = self.snapped(side, wide)
        height = width * tall / wide * unit
        limit = robust_limit(self.directions) or 1.0
        shown = [(colormaps.grey_pixels(self.given, *self.limits), tr("sample {row}", row=self.row + 1))]
        shown += [(colormaps.tide_pixels(one, limit), subject.short(size))
                  for one, size in zip(self.directions, self.sizes, strict=True)]
        for index, (pixels, words) in enumerate(shown):
            line, column = divmod(index, columns)
            left, top = room.left() + column * (side + 8), room.top() + line * (height + CAPTION + 2)
            painter.setPen(colors.text3 if index else colors.text2)
            box = QRectF(left, top, max(side, 30.0) + 6, CAPTION)
            fits = painter.fontMetrics().horizontalAdvance(words) <= box.width()
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, words if fits or index else str(self.row + 1))
            self.paint_picture(painter, pixels, QRectF(left + 0.5, top + CAPTION, width, height))


class TangentsCard(Card):
    """Leading singular vectors of an encoder's Jacobian at one sample."""

    name: ClassVar[str] = "tangents"
    stretch = 1.1
    asks: ClassVar[bool] = True

    def title(self) -> str:
        return tr("Tangents")

    def make_body(self) -> QWidget:
        self.body_rows = Directions()
        self.body_rows.setToolTip(tr("Directions in which the sample must move to change its code most, with their singular "
                                     "values: how much the code then changes."))
        self.back = CardTool("left", tr("Sample before (B)"), self)
        self.on = CardTool("right", tr("Next sample (N)"), self)
        self.header.insertWidget(1, self.back)
        self.header.insertWidget(2, self.on)
        self.back.clicked.connect(lambda: self.show_sample(self.row - 1))
        self.on.clicked.connect(lambda: self.show_sample(self.row + 1))
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.row = 0
        self._asking = subject.Asking()
        return self.body_rows

    @classmethod
    def fits(cls, run: RunInfo) -> bool:
        return any(code.given is not None for code in run.codes)

    @classmethod
    def concerns(cls, sight: Sight) -> bool:
        return subject.concerned(sight)

    def _codes(self, sight: Sight) -> tuple[CodeInfo, ...]:
        return tuple(code for code in sight.run.codes if code.given is not None) if sight.run else ()

    def code(self, sight: Sight) -> CodeInfo | None:
        return subject.picked(sight, self.choice, self._codes(sight))

    def wanted(self, sight: Sight) -> frozenset[str]:
        code = self.code(sight)
        return frozenset({output_key(code.given)}) if code and code.given else frozenset()

    def show_sample(self, row: int) -> None:
        """At another sample."""
        self.row = row
        if self.sight is not None:
            self.draw(self.sight)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        tool = {Qt.Key.Key_B: self.back, Qt.Key.Key_N: self.on}.get(Qt.Key(event.key()))
        if tool is not None and not event.modifiers():
            tool.click()
        else:
            event.ignore()

    def draw(self, sight: Sight) -> None:
        code = self.code(sight)
        given = sight.feed.array(output_key(code.given)) if code and code.given else None
        if code is None or code.given is None or given is None or not len(given):
            self.body_rows.say(run_hint())
            return
        self.heading.tell(subject.words_of(sight, code), subject.choices(sight, self._codes(sight)))
        self.row %= len(given)
        sample = given[self.row].ravel()
        order = FindTangents(code.given, subject.port_of(code), tuple(sample.tolist()), COUNT, f"{self.name}.{id(self)}")
        answer = self._asking.ask(sight, order)
        if answer is None or not answer.numbers:
            self.body_rows.say(tr("Looking along the code…") if answer is None else tr("The answer is not a number."))
            return
        sizes = np.array(answer.numbers["sizes"])
        directions = np.array(answer.numbers["directions"])
        if directions.size != len(sizes) * sample.size:
            return  # of another network: the next answer is on its way
        picture = subject.picture_of(sight, code.given)
        picture = picture if picture and picture[0] * picture[1] == sample.size else (1, sample.size)
        self.body_rows.show_directions(sample.reshape(picture), (float(given.min()), float(given.max())),
                                       directions.reshape(len(sizes), *picture), sizes, self.row)

    def table(self) -> Table:
        rows = self.body_rows
        flat = rows.directions.reshape(len(rows.directions), rows.directions[0].size if len(rows.directions) else 0)
        columns = ("direction", "singular value", *(f"x {place}" for place in range(rows.given.size)))
        return Table(columns, [["sample", "", *rows.given.ravel().tolist()],
                               *([index + 1, size, *flat[index].tolist()] for index, size in enumerate(rows.sizes.tolist()))])
