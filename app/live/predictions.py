"""What the network says of single samples: a bar a class, the class it names, and whether that is right."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from app import icons, theme
from app.live import colormaps
from app.live.card import Card, run_hint
from app.live.export import Table
from app.live.picture_rows import GAP, HEAD, Rows
from app.live.sight import Sight, labels_key, output_key
from engine.events import PortKey, PredictionInfo, RunInfo
from graphs.language import tr

ROW_LEAST, ROW_MOST = 26.0, 44.0
WIDEST_BAR = 40.0
CHANCES = ("sigmoid", "hard_sigmoid", "step")  # activations whose values are chances as they stand


def probabilities(outputs: np.ndarray, classes: int, activation: str = "") -> np.ndarray:
    """(P × classes) probabilities from what the output gives: probabilities, logits, or one number for two classes."""
    values = outputs.reshape(len(outputs), -1).astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        if values.shape[1] == 1 and classes <= 2:
            inside = activation in CHANCES or (not activation and values.min() >= 0 and values.max() <= 1)
            one = values[:, 0] if inside else 1.0 / (1.0 + np.exp(-values[:, 0]))
            return np.stack([1.0 - one, one], axis=1)
        sums = values.sum(axis=1)
        if activation == "softmax" or (values.min() >= 0 and np.allclose(sums, 1.0, atol=1e-3)):
            return values
        if activation in CHANCES:
            return values
        powers = np.exp(values - values.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)


def sample_port(sight: Sight, item: PredictionInfo) -> PortKey | None:
    """The other watchable output of the node that holds the truth: the sample itself, if it is a picture."""
    ports = sight.run.outputs if sight.run else ()
    return next((port for port in ports if port[0] == item.labels[0] and port != item.labels), None)


def pictures_of(sight: Sight, port: PortKey | None, array: np.ndarray | None) -> np.ndarray | None:
    """Samples (P × width) as P × H × W, where their pixels are known to be a picture."""
    if array is None or port is None:
        return None
    width = array.size // max(1, len(array))
    known = [sight.picture_of(port), *(layer.picture for layer in sight.layers)]
    picture = next((shape for shape in known if shape and shape[0] * shape[1] == width), None)
    return array.reshape(-1, *picture) if picture else None


class PredictionRows(Rows):
    """Rows of sample, bars, answer."""

    def __init__(self) -> None:
        super().__init__()
        self.shares, self.truth = np.zeros((0, 1)), np.zeros(0, np.int64)
        self.classes: tuple[str, ...] = ()
        self.pictures: np.ndarray | None = None

    def show_samples(self, shares: np.ndarray, truth: np.ndarray, classes: tuple[str, ...],
                     pictures: np.ndarray | None) -> None:
        """P samples: probabilities, true class indexes, names, and P × H × W pictures where there are."""
        self.shares, self.truth, self.classes, self.pictures = shares, truth, classes, pictures
        self.say("")

    def class_name(self, index: int) -> str:
        return self.classes[index] if 0 <= index < len(self.classes) else str(index)

    def paint_whole(self, painter: QPainter) -> None:
        rows = max(1, min(len(self.shares), int((self.height() - HEAD) // ROW_LEAST)))
        step = min((self.height() - HEAD) / rows, ROW_MOST)
        painter.setFont(theme.font(11, 600))
        metrics = painter.fontMetrics()
        widest = max((metrics.horizontalAdvance(name) for name in self.classes), default=10)
        answer = min(widest + 24.0, 0.42 * self.width())
        picture = self._picture_width(step - 6)
        left = picture + GAP if picture else 0.0
        room = max(20.0, self.width() - 4 - left - answer - GAP)
        bars = QRectF(left, 0, min(room, WIDEST_BAR * self.shares.shape[1]), step)
        self._paint_names(painter, bars)
        self._paint_bars(painter, rows, bars.translated(0, HEAD).adjusted(0, 4, 0, -4), step)
        for row in range(rows):
            top = HEAD + row * step
            if self.pictures is not None and picture:
                self._paint_sample(painter, row, QRectF(0, top + 3, picture, step - 6))
            self._paint_answer(painter, row, QRectF(bars.right() + GAP, top, answer, step))

    def _picture_width(self, height: float) -> float:
        if self.pictures is None:
            return 0.0
        _, tall, wide = self.pictures.shape
        return height * wide / tall

    def _paint_sample(self, painter: QPainter, row: int, box: QRectF) -> None:
        assert self.pictures is not None
        low, high = float(self.pictures.min()), float(self.pictures.max())
        self.paint_picture(painter, colormaps.grey_pixels(self.pictures[row], low, high), box)

    def _paint_names(self, painter: QPainter, bars: QRectF) -> None:
        """Class names above the bars, when each has room for its own."""
        count = self.shares.shape[1]
        cell = bars.width() / count
        painter.setFont(theme.font(10))
        painter.setPen(theme.tokens().text3)
        names = [self.class_name(index) for index in range(count)]
        if all(painter.fontMetrics().horizontalAdvance(name) <= cell for name in names):
            for index, name in enumerate(names):
                box = QRectF(bars.left() + index * cell, 0, cell, HEAD - 2)
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, name)

    def _paint_bars(self, painter: QPainter, rows: int, first: QRectF, step: float) -> None:
        """All bars in three strokes: floors, bars, and a mark below the bar of the true class."""
        floors, bars, marks = [], [], []
        count = self.shares.shape[1]
        cell = first.width() / count
        gap = 2 if cell > 5 else 0
        lefts = [round(first.left() + index * cell) for index in range(count + 1)]
        for row in range(rows):
            bottom, shares = first.bottom() + row * step, self.shares[row]
            heights = np.rint(np.clip(np.nan_to_num(shares), 0, 1) * first.height()).tolist()
            for index, height in enumerate(heights):
                left, width = lefts[index], max(1, lefts[index + 1] - lefts[index] - gap)
                floors.append(QRectF(left, bottom - 1, width, 1))
                if height:
                    bars.append(QRectF(left, bottom - height, width, height))
                if index == self.truth[row]:
                    marks.append(QRectF(left, bottom + 1, width, 2))
        colors = theme.tokens()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(Qt.PenStyle.NoPen)
        for color, boxes in ((colors.line, floors), (colors.sand, bars), (colors.text2, marks)):
            painter.setBrush(color)
            painter.drawRects(boxes)

    def _paint_answer(self, painter: QPainter, row: int, box: QRectF) -> None:
        colors, shares = theme.tokens(), self.shares[row]
        if not np.isfinite(shares).all():
            named, right = "NaN", False
        else:
            named, right = self.class_name(int(shares.argmax())), int(shares.argmax()) == int(self.truth[row])
        color = theme.readable(colors.ok if right else colors.error, colors.panel)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        icons.paint(painter, "check" if right else "close", color,
                    QRectF(box.left(), box.center().y() - 7, 14, 14))
        painter.setFont(theme.font(11, 600))
        painter.setPen(colors.text if right else color)
        words = painter.fontMetrics().elidedText(named, Qt.TextElideMode.ElideRight, int(box.width() - 18))
        painter.drawText(box.adjusted(18, 0, 0, 0), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, words)


class PredictionsCard(Card):
    """Single samples and what is said of them."""

    name: ClassVar[str] = "predictions"
    stretch = 1.0

    def title(self) -> str:
        return tr("Predictions")

    def make_body(self) -> QWidget:
        self.rows = PredictionRows()
        return self.rows

    @classmethod
    def fits(cls, run: RunInfo) -> bool:
        return bool(run.predictions)

    @classmethod
    def concerns(cls, sight: Sight) -> bool:
        return bool(sight.run) and any(item.node in sight.selection or item.output[0] in sight.selection
                                       for item in sight.run.predictions)

    def wanted(self, sight: Sight) -> frozenset[str]:
        item = sight.picked_prediction()
        if item is None:
            return frozenset()
        port = sample_port(sight, item)
        return frozenset({output_key(item.output), labels_key(item.labels), *([output_key(port)] if port else ())})

    def draw(self, sight: Sight) -> None:
        item = sight.picked_prediction()
        outputs = sight.feed.array(output_key(item.output)) if item else None
        truth = sight.feed.array(labels_key(item.labels)) if item else None
        if item is None or outputs is None or truth is None or not outputs.size:
            self.heading.tell("")
            self.rows.say(run_hint())
            return
        kinds = [layer.activation for layer in sight.layers if layer.node == item.output[0]]
        shares = probabilities(outputs, len(item.classes), kinds[-1] if kinds else "")
        truth = truth.reshape(-1).astype(np.int64)
        right = int((shares.argmax(axis=1) == truth[: len(shares)]).sum())
        self.heading.tell(self.calm("right", tr("{right} of {count} right", right=right, count=len(shares))))
        self.rows.show_samples(shares, truth, item.classes, self._pictures(sight, item))

    def _pictures(self, sight: Sight, item: PredictionInfo) -> np.ndarray | None:
        port = sample_port(sight, item)
        return pictures_of(sight, port, sight.feed.array(output_key(port)) if port else None)

    def table(self) -> Table:
        name = self.rows.class_name
        names = [name(index) for index in range(self.rows.shares.shape[1])]
        rows = [[row, name(int(self.rows.truth[row])), name(int(shares.argmax())), *shares]
                for row, shares in enumerate(self.rows.shares)]
        return Table(("sample", "truth", "prediction", *(f"p({name})" for name in names)), rows)


