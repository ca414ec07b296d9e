"""Walk the code: begin at the code of a sample, move its units, and see what is decoded."""

from __future__ import annotations

import time
from typing import ClassVar

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import QWidget

from app import theme
from app.live import colormaps
from app.live.card import Card, CardTool, run_hint
from app.live.codes import subject
from app.live.codes.faders import Faders
from app.live.export import Table
from app.live.painted import Halves
from app.live.picture_rows import Rows
from app.live.sight import Sight, check_key, output_key
from engine.commands import Probe
from engine.events import CodeInfo, Probed, RunInfo
from engine.frames import Frame
from graphs.language import tr

PATIENCE = 0.5  # seconds after which an answer is not waited for any longer
CAPTION = 16.0


class Seen(Rows):
    """What is decoded, large; the sample itself beside or above it."""

    def __init__(self) -> None:
        super().__init__()
        self.given: np.ndarray | None = None  # height × width
        self.made: np.ndarray | None = None
        self.limits = (0.0, 1.0)
        self.row = 0

    def paint_whole(self, painter: QPainter) -> None:
        painter.setFont(theme.font(11))
        room = QRectF(self.rect()).adjusted(0, 0, -2, -2)
        flat = room.width() > 1.3 * room.height()
        parts = [(part, words) for part, words in ((self.made, tr("decoded")), (self.given, tr("sample {row}", row=self.row + 1)))
                 if part is not None]
        for index, (part, words) in enumerate(parts):
            box = QRectF(room)
            if flat:
                box.setWidth(room.width() / len(parts) - 6)
                box.moveLeft(room.left() + index * room.width() / len(parts))
            else:
                box.setHeight(room.height() / len(parts) - 4)
                box.moveTop(room.top() + index * room.height() / len(parts))
            self._paint_part(painter, part, words, box)

    def _paint_part(self, painter: QPainter, part: np.ndarray, words: str, box: QRectF) -> None:
        painter.setPen(theme.tokens().text3)
        painter.drawText(QRectF(box.left(), box.top(), box.width(), CAPTION), Qt.AlignmentFlag.AlignVCenter,
                         painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, int(box.width())))
        tall, wide = part.shape
        width = min(box.width(), (box.height() - CAPTION) * wide / tall) if tall > 1 else box.width()
        width = self.snapped(width, wide)
        height = width * tall / wide if tall > 1 else min(20.0, box.height() - CAPTION)
        if width > 2 and height > 2:
            self.paint_picture(painter, colormaps.grey_pixels(part, *self.limits),
                               QRectF(box.left() + 0.5, box.top() + CAPTION, width, height))


class WalkCard(Card):
    """A fader for each unit of a code."""

    name: ClassVar[str] = "walk"
    stretch = 1.5
    asks: ClassVar[bool] = True

    def title(self) -> str:
        return tr("Walk the code")

    def make_body(self) -> QWidget:
        self.faders, self.seen = Faders(), Seen()
        self.back = CardTool("left", tr("Sample before (B)"), self)
        self.on = CardTool("right", tr("Next sample (N)"), self)
        self.restore = CardTool("reset", tr("Back to the sample's code (R)"), self)
        for place, tool in enumerate((self.back, self.on, self.restore)):
            self.header.insertWidget(1 + place, tool)
        self.back.clicked.connect(lambda: self.show_sample(self.row - 1))
        self.on.clicked.connect(lambda: self.show_sample(self.row + 1))
        self.restore.clicked.connect(self.reset)
        self.faders.moved.connect(self._moved)
        self.faders.setAccessibleName(self.title())
        self.faders.setToolTip(tr("Drag, or use the arrow keys; Delete takes the sample's own value back. Units without room are "
                                  "those that vary least."))
        self.row = 0
        self.values: np.ndarray | None = None  # set by hand; None: the sample's own
        self._of: CodeInfo | None = None
        self._frame: Frame | None = None  # whose ranges are shown
        self._asked_at: float | None = None
        self._behind, self._answer = False, None
        return Halves(self.faders, self.seen, (3, 2), edge=2)

    @classmethod
    def fits(cls, run: RunInfo) -> bool:
        return any(code.made is not None for code in run.codes)

    @classmethod
    def concerns(cls, sight: Sight) -> bool:
        return bool(sight.run) and any(code.node in sight.selection and code.made is not None for code in sight.run.codes)

    def _codes(self, sight: Sight) -> tuple[CodeInfo, ...]:
        return tuple(code for code in sight.run.codes if code.made is not None) if sight.run else ()

    def code(self, sight: Sight) -> CodeInfo | None:
        return subject.picked(sight, self.choice, self._codes(sight))

    def wanted(self, sight: Sight) -> frozenset[str]:
        code = self.code(sight)
        if code is None:
            return frozenset()
        return frozenset({check_key(subject.port_of(code)), *([output_key(code.given)] if code.given else [])})

    # what the hand does

    def show_sample(self, row: int) -> None:
        """Begins at the code of another sample."""
        codes = self._sample_codes(self.sight) if self.sight else None
        if codes is not None and len(codes):
            self.row = row % len(codes)
            self.reset()

    def reset(self) -> None:
        """Back to the sample's own code."""
        self.values, self._answer = None, None
        if self.sight is not None:
            self.ask()
            self.draw(self.sight)

    def _moved(self) -> None:
        self.values = self.faders.values
        self.ask()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = {Qt.Key.Key_B: self.back, Qt.Key.Key_N: self.on, Qt.Key.Key_R: self.restore}
        tool = keys.get(Qt.Key(event.key()))
        if tool is not None and not event.modifiers():
            tool.click()
        else:
            event.ignore()

    # asking

    @property
    def _asker(self) -> str:
        return f"{self.name}.{id(self)}"

    def ask(self) -> None:
        """Has the present values decoded, unless an answer is still awaited: then as soon as that has come."""
        sight = self.sight
        code, values = (self.code(sight) if sight else None), self.faders.values if self.values is None else self.values
        if sight is None or code is None or code.made is None or len(values) != code.width:
            return
        now = time.monotonic()
        if self._asked_at is not None and now - self._asked_at < PATIENCE:
            self._behind = True
            return
        self._asked_at, self._behind = now, False
        sight.feed.probe(Probe(*subject.port_of(code), tuple(values.tolist()), (code.made,), self._asker))

    # what is seen

    def _sample_codes(self, sight: Sight) -> np.ndarray | None:
        """The codes of those samples that can be seen as what they are."""
        code = self.code(sight)
        codes = sight.feed.array(check_key(subject.port_of(code))) if code else None
        given = sight.feed.array(output_key(code.given)) if code and code.given else None
        if codes is None:
            return None
        return codes[: len(given)] if given is not None else codes

    def draw(self, sight: Sight) -> None:
        code = self.code(sight)
        codes = sight.feed.array(check_key(subject.port_of(code))) if code else None
        self.faders.setVisible(codes is not None)
        if code is None or codes is None or not codes.size or not np.isfinite(codes).all():
            self.seen.say(run_hint() if codes is None else tr("A code is not a number."))
            return
        if self._of != code:
            self._of, self.values, self._answer, self._frame = code, None, None, None
        self.heading.tell(subject.words_of(sight, code), subject.choices(sight, self._codes(sight)))
        codes = codes.reshape(len(codes), -1)
        mine = self._sample_codes(sight)
        self.row %= max(1, len(mine) if mine is not None else 1)
        own = codes[self.row].astype(float)
        if sight.feed.frame is not self._frame:
            self._frame = sight.feed.frame
            self.faders.show_ranges(codes)
        self.faders.show_values(own if self.values is None else self.values, own)
        answer = sight.feed.probed.get(self._asker)
        if answer is not None and answer is not self._answer:
            self._answer, self._asked_at = answer, None
        self._show(sight, code, self._answer)
        if self._behind or self._answer is None or self._answer.step != sight.feed.status.step:
            self.ask()

    def _show(self, sight: Sight, code: CodeInfo, answer: Probed | None) -> None:
        seen, given = self.seen, subject.sample_of(sight, code, self.row)
        seen.row = self.row
        numbers = np.array(answer.outputs.get("/".join(code.made), ())) if answer is not None and code.made else np.zeros(0)
        picture = subject.picture_of(sight, code.made) or subject.picture_of(sight, code.given)

        def as_picture(values: np.ndarray) -> np.ndarray:
            fits = picture is not None and picture[0] * picture[1] == values.size
            return values.reshape(picture if fits else (1, -1))

        seen.given = None if given is None else as_picture(given)
        seen.made = as_picture(numbers) if numbers.size else None
        if given is not None:
            everything = sight.feed.array(output_key(code.given))  # type: ignore[arg-type]
            seen.limits = (float(everything.min()), float(everything.max()))  # type: ignore[union-attr]
        seen.say("" if seen.made is not None or seen.given is not None else tr("The answer is not a number."))

    def table(self) -> Table:
        rows = [["code", unit, value] for unit, value in enumerate(self.faders.values.tolist())]
        rows += [["sample's code", unit, value] for unit, value in enumerate(self.faders.own.tolist())]
        for name, part in (("decoded", self.seen.made), ("sample", self.seen.given)):
            rows += [[name, place, value] for place, value in enumerate(part.ravel().tolist())] if part is not None else []
        return Table(("what", "index", "value"), rows)
