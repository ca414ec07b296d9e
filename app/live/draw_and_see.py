"""What the network at hand makes of a picture that is drawn by hand: chances of classes, code, reconstruction."""

from __future__ import annotations

import time
from typing import ClassVar

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import QWidget

from app import theme
from app.live import colormaps
from app.live.card import Card, CardTool, run_hint
from app.live.drawing.pen import InkPad
from app.live.export import Table
from app.live.painted import Halves
from app.live.picture_rows import Rows
from app.live.predictions import probabilities
from app.live.scales import robust_limit
from app.live.sight import Sight
from engine.commands import Probe
from engine.events import PortKey, Probed, RunInfo, TryInfo
from graphs.language import tr

PATIENCE = 0.5  # seconds after which an answer is not waited for any longer
ROW_MOST, CAPTION, STRIP = 24.0, 16.0, 30.0  # pixels: a class, the words over a picture, a code
MOST_CELLS = 256


class Seen(Rows):
    """Bars of classes; below them (or instead) the reconstruction, with the code beneath it."""

    def __init__(self) -> None:
        super().__init__()
        self.shares, self.classes = np.zeros(0), tuple[str, ...]()
        self.made: np.ndarray | None = None  # H × W
        self.limits = (0.0, 1.0)
        self.code = np.zeros(0)

    def minimumSizeHint(self) -> QSize:
        return QSize(48, 48)

    def paint_whole(self, painter: QPainter) -> None:
        room = QRectF(self.rect()).adjusted(2, 2, -2, -2)
        if len(self.shares):
            share = 1.0 if self.made is None and not len(self.code) else 0.55
            bars = QRectF(room.topLeft(), room.size())
            bars.setHeight(min(room.height() * share, ROW_MOST * len(self.shares)))
            self._paint_bars(painter, bars)
            room.setTop(bars.bottom() + 8)
        elif self.made is not None:  # beside the paper, at the same height and as large
            beside = min(room.width() * self.made.shape[0] / self.made.shape[1], room.height() - 2 * (CAPTION + STRIP))
            room.setTop(room.center().y() - beside / 2 - CAPTION)
            room.setBottom(room.top() + 2 * CAPTION + beside + STRIP - 12)
        if len(self.code):
            strip = QRectF(room.left(), room.bottom() - STRIP, room.width(), STRIP)
            self._paint_code(painter, strip)
            room.setBottom(strip.top() - 2)
        if self.made is not None and room.height() > CAPTION + 12:
            self._paint_made(painter, room)

    def _paint_bars(self, painter: QPainter, room: QRectF) -> None:
        """A bar a class, the likeliest in colour with its chance."""
        colors, step = theme.tokens(), room.height() / len(self.shares)
        best = int(np.argmax(self.shares))
        painter.setFont(theme.font(11 if step >= 12 else 10, 500))
        metrics = painter.fontMetrics()
        name = min(max(metrics.horizontalAdvance(text) for text in self.classes) + 8.0, 0.4 * room.width())
        number = metrics.horizontalAdvance("100 %") + 6.0
        legible = step >= 9
        for index, chance in enumerate(self.shares.tolist()):
            row = QRectF(room.left(), room.top() + index * step, room.width(), step)
            strong = index == best
            if legible or strong:
                painter.setPen(colors.text if strong else colors.text2)
                words = metrics.elidedText(self.classes[index], Qt.TextElideMode.ElideRight, int(name - 6))
                painter.drawText(row.adjusted(0, -3, 0, 3), Qt.AlignmentFlag.AlignVCenter, words)
            track = row.adjusted(name, step * 0.2, -number, -step * 0.2)
            painter.fillRect(track, colors.hover)
            painter.fillRect(QRectF(track.left(), track.top(), track.width() * chance, track.height()),
                             colors.sand if strong else colors.text3)
            if strong or (legible and chance >= 0.05):
                painter.setPen(colors.text if strong else colors.text3)
                painter.drawText(row.adjusted(0, -3, 0, 3), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight,
                                 f"{100 * chance:.0f} %")

    def _paint_made(self, painter: QPainter, room: QRectF) -> None:
        assert self.made is not None
        painter.setFont(theme.font(11))
        painter.setPen(theme.tokens().text3)
        painter.drawText(QRectF(room.left(), room.top(), room.width(), CAPTION), Qt.AlignmentFlag.AlignVCenter,
                         tr("reconstruction"))
        tall, wide = self.made.shape
        height = min(room.height() - CAPTION, room.width() * tall / wide)
        width = self.snapped(height * wide / tall, wide)
        self.paint_picture(painter, colormaps.grey_pixels(self.made, *self.limits),
                           QRectF(room.left() + 0.5, room.top() + CAPTION, width, width * tall / wide))

    def _paint_code(self, painter: QPainter, room: QRectF) -> None:
        painter.setFont(theme.font(11))
        painter.setPen(theme.tokens().text3)
        painter.drawText(QRectF(room.left(), room.top(), room.width(), CAPTION), Qt.AlignmentFlag.AlignVCenter, tr("code"))
        code = self.code[:MOST_CELLS]
        pixels = colormaps.tide_pixels(code[None], robust_limit(code) or 1.0)
        width = min(room.width(), 14.0 * len(code))
        self.paint_picture(painter, pixels, QRectF(room.left() + 0.5, room.top() + CAPTION, width, 12.0))


class DrawAndSeeCard(Card):
    """A pad for trying: what is drawn is no data. E takes the eraser, Delete clears the paper."""

    name: ClassVar[str] = "draw_and_see"
    stretch = 1.25
    needs_hand: ClassVar[bool] = True

    def title(self) -> str:
        return tr("Draw and see")

    def make_body(self) -> QWidget:
        self.pen, self.seen = InkPad(), Seen()
        self.eraser = CardTool("eraser", tr("Eraser (E)"), self)
        self.eraser.setCheckable(True)
        self.clear_button = CardTool("delete", tr("Clear (Delete)"), self)
        self.header.insertWidget(1, self.eraser)
        self.header.insertWidget(2, self.clear_button)
        self.eraser.toggled.connect(lambda on: setattr(self.pen, "erasing", on))
        self.clear_button.clicked.connect(self.clear)
        self.pen.inked.connect(self.ask)
        self._asked_at: float | None = None  # an answer is on its way
        self._behind = False  # the paper is newer than what was asked last
        self._answer: Probed | None = None
        return Halves(self.pen, self.seen, edge=4)

    @classmethod
    def fits(cls, run: RunInfo) -> bool:
        return bool(run.tries)

    @classmethod
    def concerns(cls, sight: Sight) -> bool:
        return bool(sight.run) and any(one.node in sight.selection or any(port[0] in sight.selection for port in one.outputs)
                                       for one in sight.run.tries)

    # what is asked

    def subject(self, sight: Sight) -> TryInfo | None:
        """The source that is drawn for: chosen by hand, else the selected one, else the first."""
        tries = sight.run.tries if sight.run else ()
        rules = (lambda one: _key(one) == self.choice, lambda one: one.node in sight.selection, lambda one: True)
        return next((one for rule in rules for one in tries if rule(one)), None)

    def _ports(self, sight: Sight, info: TryInfo) -> tuple[PortKey | None, PortKey | None, PortKey | None, PortKey | None]:
        """What names a class, what is rebuilt and from what, and the code between them."""
        assert sight.run is not None
        said = next((item.output for item in sight.run.predictions if item.output in info.outputs), None)
        rebuilt = next((item for item in sight.run.reconstructions if item.output in info.outputs), None)
        if rebuilt is None:
            return said, None, None, None
        narrow = [(layer.weight_shape[0], (layer.node, "y")) for layer in sight.layers
                  if len(layer.weight_shape) == 2 and (layer.node, "y") in info.outputs]
        own = (rebuilt.output[0], "code")
        chosen = ((one.node, one.port) for one in sight.run.codes if one.node in sight.selection)
        code = next((port for port in chosen if port in info.outputs), None) or \
            (own if own in info.outputs else min(narrow)[1] if narrow else None)
        return said, rebuilt.output, rebuilt.input, code if code != rebuilt.output else None

    def ask(self) -> None:
        """Sends the paper through the network, unless an answer is still awaited: then as soon as that has come."""
        sight = self.sight
        info = self.subject(sight) if sight else None
        if sight is None or info is None or self.pen.blank:
            return
        now = time.monotonic()
        if self._asked_at is not None and now - self._asked_at < PATIENCE:
            self._behind = True
            return
        self._asked_at, self._behind = now, False
        values = info.low + (info.high - info.low) * self.pen.ink.ravel()
        wanted = tuple(port for port in self._ports(sight, info) if port is not None)
        sight.feed.probe(Probe(info.node, info.port, tuple(values.tolist()), wanted, self._asker))

    @property
    def _asker(self) -> str:
        return f"{self.name}.{id(self)}"

    def clear(self) -> None:
        """Bare paper."""
        self.pen.clear()
        if self.sight is not None:
            self.draw(self.sight)

    # what is seen

    def draw(self, sight: Sight) -> None:
        info = self.subject(sight)
        if info is None:
            self.seen.say(run_hint())
            return
        several = sight.run.tries if sight.run else ()
        self.heading.tell(sight.names(info.node), [(_key(one), sight.names(one.node)) for one in several])
        if self.pen.ink.shape != tuple(info.picture):
            self.pen.show_ink(np.zeros(info.picture))
        answer = sight.feed.probed.get(self._asker)
        fresh = answer is not None and answer is not self._answer
        if fresh:
            self._answer, self._asked_at = answer, None
        if self.pen.blank:
            self.seen.say(tr("What you draw is no data. See what the network makes of it."))
        elif answer is None or (answer.node, answer.port) != (info.node, info.port):
            self.seen.say("" if self._asked_at else run_hint())
        else:
            self._show(sight, info, answer)
        if self._behind or (sight.feed.status.moving and not self.pen.blank) or self._is_old(sight):
            self.ask()

    def _is_old(self, sight: Sight) -> bool:
        """The network has learned, or has been reset, since the answer."""
        answer = self._answer
        return not self.pen.blank and (answer is None or answer.step != sight.feed.status.step)

    def _show(self, sight: Sight, info: TryInfo, answer: Probed) -> None:
        said, made, given, code = self._ports(sight, info)
        numbers = {port: np.array(answer.outputs.get("/".join(port), ())) for port in (said, made, given, code) if port}
        seen = self.seen
        seen.shares, seen.made, seen.code = np.zeros(0), None, np.zeros(0)
        if said is not None and numbers[said].size and sight.run:
            seen.classes = next(item.classes for item in sight.run.predictions if item.output == said)
            kinds = [layer.activation for layer in sight.layers if layer.node == said[0]]
            shares = probabilities(numbers[said][None], len(seen.classes), kinds[-1] if kinds else "")[0]
            seen.shares = np.clip(np.nan_to_num(shares[: len(seen.classes)]), 0, 1)
            seen.classes = (*seen.classes, *map(str, range(len(seen.classes), len(seen.shares))))
        if made is not None and numbers[made].size == info.picture[0] * info.picture[1]:
            seen.made = numbers[made].reshape(info.picture)
            around = numbers[given] if given and numbers[given].size else numbers[made]
            prepared = float(around.min()), float(around.max())
            seen.limits = (info.low, info.high) if given == (info.node, info.port) else prepared
        if code is not None:
            seen.code = numbers[code]
        nothing = not len(seen.shares) and seen.made is None and not len(seen.code)
        seen.say(tr("The answer is not a number.") if nothing else "")

    def table(self) -> Table:
        ink, seen = self.pen.ink.ravel(), self.seen
        rows = [["ink", str(index), value] for index, value in enumerate(ink)]
        rows += [["chance", name, value] for name, value in zip(seen.classes, seen.shares, strict=False)]
        rows += [["code", str(index), value] for index, value in enumerate(seen.code)]
        if seen.made is not None:
            rows += [["reconstruction", str(index), value] for index, value in enumerate(seen.made.ravel())]
        return Table(("what", "name", "value"), rows)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_E and not event.modifiers():
            self.eraser.toggle()
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.clear()
        else:
            event.ignore()


def _key(info: TryInfo) -> str:
    return f"try:{info.node}/{info.port}"
