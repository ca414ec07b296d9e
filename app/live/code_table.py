"""The code of each of a few samples: its values beside the bits that they come to, and how many words are distinct (A4)."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QWidget

from app import theme
from app.live.card import Card, run_hint
from app.live.export import Table
from app.live.picture_rows import HEAD, Rows
from app.live.sight import Sight, each_key
from engine.events import LayerInfo, RunInfo
from graphs.language import tr

MOST_UNITS = 12
MIDDLES = {"sigmoid": 0.5, "hard_sigmoid": 0.5, "softmax": 0.5}  # between what a unit says at its lowest and highest; else 0
LOWS = {"tanh": -1.0, "hard_tanh": -1.0, "softsign": -1.0}
ROW_LEAST, ROW_MOST = 16.0, 30.0
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


def bits_of(codes: np.ndarray, activation: str) -> np.ndarray:
    """1 where a unit says more than the middle of what it can say."""
    return (codes > MIDDLES.get(activation, 0.0)).astype(np.int64)


def words_of(bits: np.ndarray) -> list[str]:
    """`101`: the bits of each sample as a word."""
    return ["".join(map(str, row)) for row in bits.tolist()]


class CodeRows(Rows):
    """A row a sample: which input it is, the values of its code as cells, the word."""

    def __init__(self) -> None:
        super().__init__()
        self.codes, self.inputs, self.words = np.zeros((0, 0)), np.zeros((0, 0)), list[str]()
        self.span = (0.0, 1.0)

    def show_codes(self, inputs: np.ndarray, codes: np.ndarray, words: list[str], span: tuple[float, float]) -> None:
        """N × D inputs, their N × U codes with the lowest and highest value, and their words."""
        self.inputs, self.codes, self.words, self.span = inputs, codes, words, span
        self.say("")

    @property
    def distinct(self) -> int:
        return len(set(self.words))

    def paint_whole(self, painter: QPainter) -> None:
        count = len(self.codes)
        step = min(ROW_MOST, (self.height() - HEAD) / max(1, count))
        rows = count if step >= ROW_LEAST else max(1, int((self.height() - HEAD) // ROW_LEAST))
        step = max(step, ROW_LEAST)
        painter.setFont(theme.font(12))
        metrics = painter.fontMetrics()
        word = metrics.horizontalAdvance("0" * self.codes.shape[1]) + 8.0
        mark = metrics.horizontalAdvance("×") + 6.0
        room = self.width() - 4 - word - mark - 16
        inputs = QRectF(0, 0, min(0.36 * room, self.inputs.shape[1] * 12.0), step)
        cells = QRectF(inputs.right() + 12, 0, room - inputs.width(), step)
        self._paint_heads(painter, inputs, cells, word)
        for row in range(rows):
            top = HEAD + row * step
            self._paint_input(painter, row, inputs.translated(0, top))
            self._paint_code(painter, row, cells.translated(0, top))
            twice = self.words.count(self.words[row]) > 1
            colors = theme.tokens()
            painter.setFont(theme.font(12, 600))
            painter.setPen(colors.warn if twice else colors.text)
            place = QRectF(cells.right() + 4, top, word, step)
            painter.drawText(place, RIGHT, self.words[row])
            if twice:
                painter.drawText(QRectF(place.right() + 2, top, mark, step), RIGHT, "×")

    def _paint_heads(self, painter: QPainter, inputs: QRectF, cells: QRectF, word: float) -> None:
        painter.setFont(theme.font(11))
        painter.setPen(theme.tokens().text3)
        elide = painter.fontMetrics().elidedText
        for box, words, flag in ((inputs, tr("input"), LEFT), (cells, tr("code"), LEFT),
                                 (QRectF(cells.right() + 4 - 30, 0, word + 30, 0), tr("bits"), RIGHT)):
            box = QRectF(box.left(), 0, box.width(), HEAD - 2)
            painter.drawText(box, flag, elide(words, Qt.TextElideMode.ElideRight, int(box.width())))

    def _paint_input(self, painter: QPainter, row: int, box: QRectF) -> None:
        """The sample as a strip of cells, light where it is large."""
        colors, values = theme.tokens(), self.inputs[row]
        low, high = float(self.inputs.min()), float(self.inputs.max())
        width = box.width() / len(values)
        for place, value in enumerate(values.tolist()):
            share = (value - low) / ((high - low) or 1.0)
            cell = QRectF(box.left() + place * width, box.center().y() - 5, max(1.0, width - 1), 10)
            painter.fillRect(cell, theme.mix(colors.hover, colors.text, share))

    def _paint_code(self, painter: QPainter, row: int, box: QRectF) -> None:
        """Each value as a number in a cell, the warmer the larger."""
        colors, (low, high) = theme.tokens(), self.span
        width = box.width() / self.codes.shape[1]
        painter.setFont(theme.font(10))
        legible = width >= painter.fontMetrics().horizontalAdvance("−0.0" if low < 0 else "0.00") + 4
        for unit, value in enumerate(self.codes[row].tolist()):
            share = min(1.0, max(0.0, (value - low) / ((high - low) or 1.0))) if np.isfinite(value) else 0.0
            fill = theme.mix(colors.panel, colors.sand, 0.06 + 0.7 * share)
            cell = QRectF(box.left() + unit * width, box.top() + 1, width - 2, box.height() - 2)
            painter.fillRect(cell, fill)
            if legible:
                painter.setPen(QPen(theme.readable(colors.text, fill)))
                words = f"{value:.1f}".replace("-", "−") if low < 0 else f"{value:.2f}"
                painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, words)


class CodeTableCard(Card):
    """The codes of a small set of samples, all of them, as a table."""

    name: ClassVar[str] = "code_table"
    stretch = 1.15

    def title(self) -> str:
        return tr("Code table")

    def make_body(self) -> QWidget:
        self.rows = CodeRows()
        return self.rows

    @classmethod
    def fits(cls, run: RunInfo) -> bool:
        return any(item.distinct and item.code and item.code_size <= MOST_UNITS and _layer(run, item.code)
                   for item in run.reconstructions)

    @classmethod
    def concerns(cls, sight: Sight) -> bool:
        return bool(sight.run) and cls.fits(sight.run) and any(
            item.code and (item.code[0] in sight.selection or item.node in sight.selection) for item in sight.run.reconstructions)

    def wanted(self, sight: Sight) -> frozenset[str]:
        item = sight.picked_reconstruction()
        return frozenset({each_key(item.code), each_key(item.input)} if item and item.code and item.distinct else ())

    def draw(self, sight: Sight) -> None:
        item = sight.picked_reconstruction()
        layer = _layer(sight.run, item.code) if sight.run and item and item.code else None
        codes = sight.feed.array(each_key(item.code)) if item and item.code else None
        inputs = sight.feed.array(each_key(item.input)) if item else None
        if layer is None or codes is None or inputs is None or not codes.size:
            self.rows.say(run_hint())
            return
        inputs = inputs.reshape(len(inputs), -1)
        order = np.lexsort(-inputs.T[::-1])  # 1-of-8 vectors stand as a diagonal
        inputs, codes = inputs[order], codes.reshape(len(codes), -1)[order]
        words = words_of(bits_of(codes, layer.activation))
        bounded = layer.activation in MIDDLES or layer.activation in LOWS
        low = LOWS.get(layer.activation, 0.0) if bounded else float(codes.min())
        self.rows.show_codes(inputs, codes, words, (low, 1.0 if bounded else float(codes.max())))
        self.heading.tell(tr("{count} of {all} distinct", count=self.rows.distinct, all=len(words)))

    def table(self) -> Table:
        rows = self.rows
        return Table((*(f"input {place}" for place in range(rows.inputs.shape[1])),
                      *(f"unit {unit}" for unit in range(rows.codes.shape[1])), "bits"),
                     [[*given, *code, word] for given, code, word in zip(rows.inputs, rows.codes, rows.words, strict=True)])


def _layer(run: RunInfo, port: tuple[str, str]) -> LayerInfo | None:
    return next((layer for layer in run.layers if layer.output == port), None)
