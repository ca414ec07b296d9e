"""Input, output and error of an autoencoder, sample by sample, with the error of each; and the noise, where there is any."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

import numpy as np
from PySide6.QtCore import QRectF, QSizeF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from app import theme
from app.live import colormaps, numbers
from app.live.card import Card, run_hint
from app.live.export import Table
from app.live.header import Words
from app.live.picture_rows import GAP, HEAD, Rows, as_pictures
from app.live.scales import robust_limit
from app.live.sight import Sight, output_key
from engine.events import RunInfo
from graphs.language import tr

LEAST = 26.0  # pixels: a picture smaller than this tells nothing
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class Fit(NamedTuple):
    """How the pictures of a sample fit: the side of a picture along them, and how many samples have room."""

    side: float
    count: int

    @property
    def score(self) -> float:
        """More samples (up to four) and larger pictures (up to 40 px) are better."""
        return min(self.count, 4) * min(self.side, 40.0) ** 2


def fit(length: float, many: float, aspect: float, samples: int, pictures: int = 3) -> Fit:
    """The pictures of a sample share `length`; samples follow each other along `many`. The pictures become smaller when
    that brings up to four samples into view."""
    side = max(8.0, (length - (pictures - 1) * GAP) / pictures)
    wanted = min(4, samples)
    side = max(min(side, (many / wanted - GAP) * aspect), min(side, LEAST))
    return Fit(side, max(1, min(samples, int((many + GAP) // (side / aspect + GAP)))))


class ReconstructionRows(Rows):
    """Rows of input, output, error; or of input, noisy input, what is restored, error."""

    def __init__(self) -> None:
        super().__init__()
        self.given = self.made = np.zeros((0, 1, 1), np.float32)
        self.limits, self.error_limit, self.shown = (0.0, 1.0), 1.0, 0
        self.noisy: np.ndarray | None = None
        self.words: list[str] = []

    def show_samples(self, given: np.ndarray, made: np.ndarray, limits: tuple[float, float],
                     error_limit: float, words: list[str], noisy: np.ndarray | None = None) -> None:  # fmt: skip
        """P × H × W (× 3) pictures of both sides, and the error of each sample in words."""
        self.words, self.noisy = words, noisy
        self.given, self.made, self.limits, self.error_limit = given, made, limits, error_limit
        self.say("")

    @property
    def errors(self) -> np.ndarray:
        """Mean squared error per component, of each sample."""
        return np.square(self.made - self.given).reshape(len(self.given), -1).mean(axis=1)

    def paint_whole(self, painter: QPainter) -> None:
        painter.setFont(theme.font(11))
        caption = painter.fontMetrics().horizontalAdvance("0.00000") + 12.0  # with the gap behind it
        words = max(painter.fontMetrics().horizontalAdvance(name) for name in self.names()) + 12.0
        wide = self.given.shape[2] / self.given.shape[1]
        down = fit(self.width() - 4 - caption, self.height() - HEAD, wide, len(self.given), len(self.names()))
        across = fit(self.height() - HEAD, self.width() - 4 - words, 1 / wide, len(self.given), len(self.names()))
        if self.given.shape[1] == 1:
            self._paint_strips(painter, caption)
        elif down.score >= across.score:
            self._paint_down(painter, self._sharp(down, down.side), caption)
        else:
            self._paint_across(painter, self._sharp(across, across.side * wide), words)

    def names(self) -> tuple[str, ...]:
        if self.noisy is not None:
            return tr("clean"), tr("noisy"), tr("restored"), tr("error")
        return tr("input"), tr("output"), tr("error")

    def _sharp(self, fitted: Fit, width: float) -> QSizeF:
        """The size of one picture."""
        tall, wide = self.given.shape[1:3]
        self.shown = fitted.count
        side = self.snapped(min(width, 72.0), wide)
        return QSizeF(side, side * tall / wide)

    def _pictures(self, row: int) -> list[np.ndarray]:
        given, made = self.given[row], self.made[row]
        seen = [given, made] if self.noisy is None else [given, self.noisy[row], made]
        if given.ndim == 3:
            error = colormaps.photograph_pixels(made - given, -self.error_limit, self.error_limit)
            return [*(colormaps.photograph_pixels(one, *self.limits) for one in seen), error]
        return [*(colormaps.grey_pixels(one, *self.limits) for one in seen),
                colormaps.tide_pixels(made - given, self.error_limit)]

    def _paint_down(self, painter: QPainter, size: QSizeF, caption: float) -> None:
        """A sample a row."""
        colors, errors = theme.tokens(), self.words
        width, height = size.width(), size.height()
        count = len(self.names())
        whole = count * width + (count - 1) * GAP
        left = self.width() - 4 - whole - max(0.0, (self.width() - 4 - caption - whole) / 2)
        painter.setPen(colors.text3)
        for column, name in enumerate(self.names()):
            box = QRectF(left + column * (width + GAP) - GAP / 2, 0, width + GAP, HEAD - 2)
            if name == tr("restored") and painter.fontMetrics().horizontalAdvance(name) > box.width():
                name = tr("output")  # the same in a shorter word
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, _elided(painter, name, box.width()))
        step = min((self.height() - HEAD) / self.shown, height + GAP)
        for row in range(self.shown):
            top = HEAD + row * step
            painter.setPen(colors.text2)
            painter.drawText(QRectF(left - caption, top, caption - 8, height), RIGHT, errors[row])
            for column, pixels in enumerate(self._pictures(row)):
                self.paint_picture(painter, pixels, QRectF(left + column * (width + GAP), top, width, height))

    def _paint_across(self, painter: QPainter, size: QSizeF, words: float) -> None:
        """A sample a column: where the card is low and wide."""
        colors, errors = theme.tokens(), self.words
        width, height = size.width(), size.height()
        step_y = min((self.height() - HEAD) / len(self.names()), height + GAP / 2)
        least = painter.fontMetrics().horizontalAdvance("0.00000") + 6.0
        step_x = max(width + GAP, least)
        self.shown = max(1, min(self.shown, int((self.width() - 4 - words + GAP) // step_x)))
        painter.setPen(colors.text3)
        for line, name in enumerate(self.names()):
            painter.drawText(QRectF(0, HEAD + line * step_y, words - 10, height), RIGHT, name)
        for column in range(self.shown):
            left = words + column * step_x
            painter.setPen(colors.text2)
            above = QRectF(left + width / 2 - step_x / 2, 0, step_x, HEAD - 2)
            painter.drawText(above, Qt.AlignmentFlag.AlignCenter, errors[column])
            for line, pixels in enumerate(self._pictures(column)):
                self.paint_picture(painter, pixels, QRectF(left, HEAD + line * step_y, width, height))

    def _paint_strips(self, painter: QPainter, caption: float) -> None:
        """Samples that are no pictures: strips of cells side by side."""
        self.shown = max(1, min(len(self.given), int((self.height() - HEAD) // 26)))
        count = len(self.names())
        width = (self.width() - 4 - caption - (count - 1) * GAP) / count
        self._paint_down(painter, QSizeF(width, 18), caption)


def _elided(painter: QPainter, words: str, room: float) -> str:
    return painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, int(room))


class ReconstructionCard(Card):
    """Input beside reconstruction."""

    name: ClassVar[str] = "reconstruction"
    stretch = 0.95

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.foot = Words("", 11, 500, "text2", self)
        self.foot.hide()
        self.layout().addWidget(self.foot)

    def title(self) -> str:
        return tr("Reconstruction")

    def make_body(self) -> QWidget:
        self.rows = ReconstructionRows()
        self.heading.tell(tr("MSE"))
        return self.rows

    @classmethod
    def fits(cls, run: RunInfo) -> bool:
        return any(item.components != 1 for item in run.reconstructions)

    @classmethod
    def concerns(cls, sight: Sight) -> bool:
        return bool(sight.run) and any(item.node in sight.selection or item.output[0] in sight.selection
                                       for item in sight.run.reconstructions)

    def wanted(self, sight: Sight) -> frozenset[str]:
        item = sight.picked_reconstruction()
        return frozenset(map(output_key, (item.input, *(item.spoilt or (item.output,)))) if item else ())

    def draw(self, sight: Sight) -> None:
        item = sight.picked_reconstruction()
        given = sight.feed.array(output_key(item.input)) if item else None
        made = sight.feed.array(output_key(item.spoilt[1] if item.spoilt else item.output)) if item else None
        if item is None or given is None or made is None or given.size != made.size or not given.size:
            self.rows.say(run_hint())
            return
        several = len(sight.run.reconstructions) > 1 if sight.run else False
        self.heading.tell(f"{tr('MSE')} · {sight.names(item.node)}" if several else tr("MSE"))
        width = given.shape[0] and given.size // given.shape[0]
        given, made = given.reshape(-1, width), made.reshape(-1, width)
        low, high = float(given.min()), float(given.max())
        if high <= low:
            high = low + 1.0
        limit = max(robust_limit(made - given), 0.05 * (high - low))
        errors = np.square(made - given).mean(axis=1)
        words = [self.calm(str(row), numbers.short(float(error))) for row, error in enumerate(errors)]
        form = item.picture, sight.colour_of(item)
        pictures = as_pictures(given, *form), as_pictures(made, *form)
        noisy = sight.feed.array(output_key(item.spoilt[0])) if item.spoilt else None
        seen = as_pictures(noisy.reshape(-1, width), *form) if noisy is not None and noisy.size == given.size else None
        self.rows.show_samples(*pictures, (low, high), limit, words, seen)
        self.foot.setVisible(seen is not None)
        if seen is not None:
            noise = float(np.square(seen - pictures[0]).mean())
            self.foot.tell(self.calm("noise", tr("noisy {noisy} → restored {restored}", noisy=numbers.short(noise),
                                                 restored=numbers.short(float(errors.mean())))))

    def table(self) -> Table:
        if not self.rows.given.size:
            return Table(("sample", "mse"))
        given, made = ((part.transpose(0, 3, 1, 2) if part.ndim == 4 else part).reshape(len(part), -1)
                       for part in (self.rows.given, self.rows.made))
        width = given.shape[1]
        columns = ["sample", "mse", *(f"input {i}" for i in range(width)), *(f"output {i}" for i in range(width))]
        return Table(columns, [[row, error, *given[row], *made[row]] for row, error in enumerate(self.rows.errors)])
