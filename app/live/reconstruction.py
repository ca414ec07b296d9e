"""Input, output and error of an autoencoder, sample by sample, with the error of each."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from app import theme
from app.live import colormaps, numbers
from app.live.card import Card, run_hint
from app.live.export import Table
from app.live.picture_rows import GAP, HEAD, Rows, as_pictures
from app.live.scales import robust_limit
from app.live.sight import Sight, output_key
from engine.events import RunInfo
from graphs.language import tr

ROW_MOST, ROW_LEAST = 64.0, 26.0
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class ReconstructionRows(Rows):
    """Rows of input, output, error."""

    def __init__(self) -> None:
        super().__init__()
        self.given = self.made = np.zeros((0, 1, 1), np.float32)
        self.limits, self.error_limit = (0.0, 1.0), 1.0

    def show_samples(self, given: np.ndarray, made: np.ndarray, limits: tuple[float, float],
                     error_limit: float) -> None:
        """P × H × W pictures of both sides."""
        self.given, self.made, self.limits, self.error_limit = given, made, limits, error_limit
        self.say("")

    @property
    def errors(self) -> np.ndarray:
        """Mean squared error per component, of each sample."""
        return np.square(self.made - self.given).mean(axis=(1, 2))

    def paint_rows(self, painter: QPainter) -> None:
        colors, font = theme.tokens(), theme.font(11)
        painter.setFont(font)
        caption = painter.fontMetrics().horizontalAdvance("0.0000") + 4
        _, tall, wide = self.given.shape
        width = (self.width() - 4 - caption - 2 * GAP) / 3
        rows = max(1, min(len(self.given), int((self.height() - HEAD) // (ROW_LEAST if tall > 1 else 24))))
        height = min((self.height() - HEAD) / rows - 4, width * tall / wide if tall > 1 else 20)
        if tall > 1:
            rows = max(1, min(len(self.given), int((self.height() - HEAD) // (min(ROW_MOST, width * tall / wide) + 4))))
            side = self.snapped(min(width, ((self.height() - HEAD) / rows - 4) * wide / tall), wide)
            width, height = side, side * tall / wide
        left = caption + max(0.0, (self.width() - 4 - caption - 3 * width - 2 * GAP) / 2)
        painter.setPen(colors.text3)
        names = (tr("input"), tr("output"), tr("error"))
        for column, name in enumerate(names):
            box = QRectF(left + column * (width + GAP) - GAP / 2, 0, width + GAP, HEAD - 2)
            words = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, int(box.width()))
            painter.drawText(box, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter, words)
        errors = self.errors[:rows]
        step = min((self.height() - HEAD) / rows, height + GAP)
        for row in range(rows):
            top = HEAD + row * step
            painter.setPen(colors.text2)
            painter.drawText(QRectF(left - caption - 8, top, caption, height),
                             RIGHT, numbers.short(float(errors[row])))
            pictures = (colormaps.grey_pixels(self.given[row], *self.limits),
                        colormaps.grey_pixels(self.made[row], *self.limits),
                        colormaps.tide_pixels(self.made[row] - self.given[row], self.error_limit))
            for column, pixels in enumerate(pictures):
                self.paint_picture(painter, pixels, QRectF(left + column * (width + GAP), top, width, height))


class ReconstructionCard(Card):
    """Input beside reconstruction."""

    name: ClassVar[str] = "reconstruction"
    stretch = 0.95

    def title(self) -> str:
        return tr("Reconstruction")

    def make_body(self) -> QWidget:
        self.rows = ReconstructionRows()
        self.heading.tell(tr("MSE"))
        return self.rows

    @classmethod
    def fits(cls, run: RunInfo) -> bool:
        return bool(run.reconstructions)

    @classmethod
    def concerns(cls, sight: Sight) -> bool:
        return bool(sight.run) and any(item.node in sight.selection or item.output[0] in sight.selection
                                       for item in sight.run.reconstructions)

    def wanted(self, sight: Sight) -> frozenset[str]:
        item = sight.picked_reconstruction()
        return frozenset({output_key(item.input), output_key(item.output)} if item else ())

    def draw(self, sight: Sight) -> None:
        item = sight.picked_reconstruction()
        given = sight.feed.array(output_key(item.input)) if item else None
        made = sight.feed.array(output_key(item.output)) if item else None
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
        self.rows.show_samples(as_pictures(given, item.picture), as_pictures(made, item.picture), (low, high), limit)

    def table(self) -> Table:
        given, made = (part.reshape(len(part), -1) for part in (self.rows.given, self.rows.made))
        width = given.shape[1] if given.size else 0
        columns = ["sample", "mse", *(f"input {i}" for i in range(width)), *(f"output {i}" for i in range(width))]
        if not given.size:
            return Table(columns)
        return Table(columns, [[row, error, *given[row], *made[row]] for row, error in enumerate(self.rows.errors)])
