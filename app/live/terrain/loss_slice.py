"""The loss of the present network on a plane through its weights, as a map with contour lines; they stand in the middle."""

from __future__ import annotations

import math
import time
from typing import ClassVar

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QWidget

from app import theme
from app.live import numbers
from app.live.card import Card, CardTool, run_hint
from app.live.export import Table
from app.live.painted import Painted
from app.live.sight import Sight
from app.live.terrain.ground import Ground
from engine.commands import LookAround
from engine.events import LookedAround, RunInfo
from graphs.language import tr

EVERY = 4.0  # seconds after which a network that is training is looked at again
PATIENCE = 20.0  # seconds after which an answer is not waited for any longer
CAPTION = 16.0
SPANS = (0.25, 1.0, 4.0)


class SlicePicture(Painted):
    """Paints the field, square; hovering reads the loss."""

    def __init__(self) -> None:
        super().__init__()
        self.setMouseTracking(True)
        self.answer: LookedAround | None = None
        self.ground: Ground | None = None
        self.pointer: QPointF | None = None

    def say(self, message: str) -> None:
        """Words instead of the map."""
        self.answer = self.ground = None
        super().say(message)

    def show_answer(self, answer: LookedAround) -> None:
        """Another field; nothing happens when it is the old one."""
        if answer is self.answer:
            return
        field = np.array(answer.losses).reshape(answer.grid, answer.grid)
        span = answer.span
        self.answer, self.ground = answer, Ground(field, (-span, span, -span, span), float(field.min()))
        self.message = ""
        self.update()

    @property
    def field(self) -> np.ndarray:
        """(grid × grid) losses, bottom row first."""
        assert self.answer is not None
        return np.array(self.answer.losses).reshape(self.answer.grid, self.answer.grid)

    @property
    def area(self) -> QRectF:
        room = QRectF(self.rect()).adjusted(0, 2, -4, -CAPTION - 4)
        side = min(room.width(), room.height())
        wide = min(room.width(), 1.7 * side)
        return QRectF(room.center().x() - wide / 2, room.top(), wide, room.height())

    def paint_whole(self, painter: QPainter) -> None:
        if self.ground is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colors = theme.tokens()
        area = self.area
        frame = QPainterPath()
        frame.addRoundedRect(area, 4, 4)
        painter.setClipPath(frame)
        self.ground.paint(painter, area, self.ratio)
        middle = self.ground.place(area, 0.0, 0.0)
        painter.setBrush(colors.accent)
        painter.setPen(QPen(colors.panel, 2))
        painter.drawEllipse(middle, 5, 5)
        painter.setClipping(False)
        self._paint_words(painter, area)

    def _paint_words(self, painter: QPainter, area: QRectF) -> None:
        assert self.answer is not None
        field, span = self.field, self.answer.span
        centre = field[self.answer.grid // 2, self.answer.grid // 2]
        words = tr("± {span} of each unit's weights", span=f"{span:g}")
        value = tr("here {loss}, lowest {low}", loss=numbers.short(float(centre)), low=numbers.short(float(field.min())))
        if self.pointer is not None and area.contains(self.pointer) and self.ground is not None:
            x, y = self.ground.point(area, self.pointer)
            last = self.answer.grid - 1
            row, column = (round((part / span + 1) / 2 * last) for part in (y, x))
            value = tr("loss {loss}", loss=numbers.short(float(field[row, column])))
        painter.setFont(theme.font(11))
        metrics = painter.fontMetrics()
        box = QRectF(0, self.height() - CAPTION - 2, self.width() - 4, CAPTION)
        painter.setPen(theme.tokens().text2)
        painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, value)
        if metrics.horizontalAdvance(words) + metrics.horizontalAdvance(value) + 12 < box.width():
            painter.setPen(theme.tokens().text3)
            painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, words)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.pointer = event.position()
        self.update()
        event.ignore()

    def leaveEvent(self, event: object) -> None:
        self.pointer = None
        self.update()


class LossSliceCard(Card):
    """Asks while it can be seen: at once, every few seconds while training, and once more when training rests."""

    name: ClassVar[str] = "loss_slice"
    stretch = 1.0
    asks: ClassVar[bool] = True

    def title(self) -> str:
        return tr("Loss around the weights")

    def make_body(self) -> QWidget:
        self.picture = SlicePicture()
        self.asked: LookAround | None = None
        self._asked_at, self._asked_step = -math.inf, -1
        self._run: RunInfo | None = None
        self.again = CardTool("seed", tr("Another plane through the weights"), self)
        self.again.clicked.connect(self._turn)
        self.header.insertWidget(1, self.again)
        self.seed = 0
        return self.picture

    @classmethod
    def fits(cls, run: RunInfo) -> bool:
        return bool(run.layers and run.losses)

    @classmethod
    def concerns(cls, sight: Sight) -> bool:
        return bool(sight.run and sight.selection & {loss.node for loss in sight.run.losses})

    @property
    def span(self) -> float:
        return float(self.choice) if self.choice else 1.0

    def _turn(self) -> None:
        self.seed += 1
        self._asked_step = -1
        if self.sight is not None:
            self.draw(self.sight)

    def _choose(self, key: str) -> None:
        """Another span; it is no node that could be selected."""
        self.choice, self._asked_step = key, -1
        if self.sight is not None:
            self.refresh(self.sight)

    def _due(self, sight: Sight) -> bool:
        """Whether it is time to ask: what is shown is of another step, and the last answer has come."""
        status, answer, now = sight.feed.status, sight.feed.around, time.monotonic()
        if self._asked_step == status.step:
            return False
        waits = self.asked is not None and not (answer and answer.finest and answer.step >= self._asked_step)
        if self._asked_step >= 0 and waits and now - self._asked_at < PATIENCE:
            return False
        return self._asked_step < 0 or not status.moving or now - self._asked_at > EVERY

    def draw(self, sight: Sight) -> None:
        choices = [(f"{span:g}", f"± {span:g}") for span in SPANS]
        self.heading.tell(f"± {self.span:g}", choices)
        if sight.run is None:
            self.picture.say(run_hint())
            self._asked_step = -1
            return
        if sight.run is not self._run:
            self._run, self._asked_step = sight.run, -1
        if self._due(sight):
            self.asked, self._asked_at = LookAround(self.span, self.seed), time.monotonic()
            self._asked_step = sight.feed.status.step
            sight.feed.look_around(self.asked)
        answer = sight.feed.around
        if answer is None:
            self.picture.say(tr("Looking around…"))
        else:
            self.picture.show_answer(answer)

    def table(self) -> Table:
        columns = ("first", "second", "loss")
        answer = self.picture.answer
        if answer is None:
            now = self.sight.feed.steps() if self.sight else None
            column = now.column("loss") if now is not None and len(now) else None
            return Table(columns, [[0.0, 0.0, now.latest(column) if now is not None and column is not None else math.nan]])
        places = np.linspace(-answer.span, answer.span, answer.grid).tolist()
        return Table(columns, [[x, y, self.picture.field[row, column]]
                               for row, y in enumerate(places) for column, x in enumerate(places)])
