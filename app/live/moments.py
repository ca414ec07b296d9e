"""Moments that have a name on a plot over epochs: where stages began, the best epoch, the stop; and where names stand.

No name covers another one: those of stages give way to what else stands at the top, by shorter names, a second row, or
their numbers alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen

from app import theme
from app.live.sight import Sight
from graphs.language import tr

ROW, BESIDE, LEAST = 14.0, 5.0, 44.0  # pixels: a row of names, a name from its line, what is left of a name at least
TWO_ROWS = 110.0  # pixels: a plot of this height has room for two rows


@dataclass(frozen=True, slots=True)
class Moment:
    """A place on the axis with its words. That of a stage has a number, a full name, and perhaps a short one."""

    x: float
    words: str
    number: int = 0
    short: str = ""

    @property
    def full(self) -> str:
        return f"{self.number} {self.words}" if self.number else self.words

    def within(self, room: float, metrics: QFontMetricsF) -> str:
        """As much of its words as fits into so many pixels; nothing where there is no room at all."""
        for words in (self.full, f"{self.number} {self.short}" if self.short else ""):
            if words and metrics.horizontalAdvance(words) <= room:
                return words
        number = f"{self.number}"
        if metrics.horizontalAdvance(number) + LEAST <= room:
            if self.short:
                return metrics.elidedText(f"{number} {self.short}", Qt.TextElideMode.ElideMiddle, room)
            return metrics.elidedText(self.full, Qt.TextElideMode.ElideRight, room)
        return number if metrics.horizontalAdvance(number) <= room else ""


def moments(sight: Sight) -> list[Moment]:
    """Those of the run, in order of time."""
    event, stages = sight.feed.stopped, sight.run.stages if sight.run else ()
    known = [stage.nodes for stage in stages]
    begun = [Moment(float(stage.epoch), stage.title, number,
                    ", ".join(map(sight.names, stage.nodes)) if known.count(stage.nodes) == 1 else "")
             for number, stage in enumerate(stages, start=1) if stage.epoch >= 0 and len(stages) > 1]
    stopped = [Moment(event.best_epoch, tr("best")), Moment(event.epoch, tr("stop"))] if event else []
    return sorted([*begun, *stopped], key=lambda one: one.x)


def stage_at(known: Sequence[Moment], x: float) -> Moment | None:
    """The stage that trains there."""
    return next((one for one in reversed(known) if one.number and one.x <= x), None)


def rows(known: Sequence[Moment], places: Sequence[float], area: QRectF, metrics: QFontMetricsF) -> int:
    """How many rows of names the stages want: none without stages, a second one where not all names fit into one."""
    stages = sum(bool(one.number) for one in known)
    if not stages or area.height() < TWO_ROWS:
        return min(stages, 1)
    whole = sum(words == one.full for one, words, _ in _placed(known, places, area, metrics, (), 1) if one.number)
    return 1 if whole == stages else 2


def place(known: Sequence[Moment], places: Sequence[float], area: QRectF, metrics: QFontMetricsF,
          taken: Sequence[QRectF] = ()) -> list[tuple[Moment, str, QRectF]]:
    """Words and their boxes. `places` are the pixels of the lines, `taken` is where something else stands."""
    return _placed(known, places, area, metrics, taken, rows(known, places, area, metrics))


def _placed(known: Sequence[Moment], places: Sequence[float], area: QRectF, metrics: QFontMetricsF,
            taken: Sequence[QRectF], count: int) -> list[tuple[Moment, str, QRectF]]:
    found: list[tuple[Moment, str, QRectF]] = []
    for one, x in zip(known, places, strict=True):
        if not one.number:
            box = _beside(x, metrics.horizontalAdvance(one.words), area, last=one is known[-1],
                          taken=[other for *_, other in found])
            found.append((one, one.words, box))
    stages = [(one, x) for one, x in zip(known, places, strict=True) if one.number]
    for index, (one, x) in enumerate(stages):
        left = x + BESIDE
        for row in sorted(range(count), key=lambda row: row != index % count):  # its own row; the other, where that is taken
            top = area.top() + row * ROW
            ends = [other.left() for other in (*taken, *(box for *_, box in found))
                    if other.right() > left and other.top() < top + ROW and other.bottom() > top]
            after = index + (count if row == index % count else 1)
            ends.append(stages[after][1] if after < len(stages) else area.right())
            if words := one.within(min(ends) - BESIDE - left, metrics):
                found.append((one, words, QRectF(left, top, metrics.horizontalAdvance(words) + 1, ROW)))
                break
    return found


def _beside(x: float, width: float, area: QRectF, *, last: bool, taken: Sequence[QRectF]) -> QRectF:
    """Left of a line, right of the last one; on its other side or a row deeper where something stands there already."""
    sides = [x - BESIDE - width, x + BESIDE]
    boxes = [QRectF(left, area.top() + row * ROW, width + 1, ROW) for row in (0, 1) for left in (sides[::-1] if last else sides)]
    free = [box for box in boxes if area.left() <= box.left() and box.right() <= area.right()
            and not any(box.intersects(other) for other in taken)]
    return (free or boxes)[0]


def draw(painter: QPainter, known: Sequence[Moment], places: Sequence[float], area: QRectF, taken: Sequence[QRectF]) -> None:
    """The upright lines, and the words beside them."""
    colors = theme.tokens()
    painter.setPen(QPen(colors.text3, 1, Qt.PenStyle.DashLine))
    for one, x in zip(known, places, strict=True):
        if one.x > 0:
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
    painter.setFont(theme.font(11))
    for _, words, box in place(known, places, area, QFontMetricsF(painter.font()), taken):
        painter.fillRect(box.adjusted(-2, 0, 2, 0), colors.panel)
        painter.setPen(colors.text2)
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip, words)
