"""One unit at close quarters: its weights, the input that it prefers, and the samples that excite it most."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import QWidget

from app import theme
from app.live import colormaps, numbers, tiles
from app.live.card import Card, run_hint
from app.live.codes.subject import SMALL_SHARE, Asking
from app.live.export import Table
from app.live.picture_rows import HEAD, Rows
from app.live.scales import robust_limit
from app.live.sight import PickedUnit, Sight, strongest_key, weights_key
from engine.commands import FindPreferred
from engine.events import LayerInfo, RunInfo
from graphs.language import tr

CAPTION, BETWEEN = 14.0, 12.0
LEAST = 34.0  # pixels that a sample should be wide
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1}


class UnitPicture(Rows):
    """The weights large, the strongest samples small beside or below them."""

    def __init__(self) -> None:
        super().__init__()
        self.weights = np.zeros((1, 1), np.float32)
        self.limit, self.limits = 1.0, (0.0, 1.0)
        self.preferred: np.ndarray | None = None
        self.samples = np.zeros((0, 1, 1), np.float32)
        self.activities: list[str] = []
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("One unit: arrow keys go to the next one"))

    def show_unit(self, weights: np.ndarray, limit: float, preferred: np.ndarray | None, samples: np.ndarray,
                  activities: list[str]) -> None:
        """H × W weights, the H × W input that the unit prefers where it is known, K × H × W samples, their activities."""
        self.weights, self.limit, self.preferred, self.samples = weights, limit, preferred, samples
        self.limits = (float(samples.min()), float(samples.max())) if samples.size else (0.0, 1.0)
        self.activities = activities
        self.say("")

    def paint_whole(self, painter: QPainter) -> None:
        wide, tall = self.width() - 4.0, float(self.height())
        beside, some = wide > 1.25 * tall, bool(len(self.samples))
        large = [(tr("weights, ‖w‖ {size}", size=numbers.short(float(np.linalg.norm(self.weights)))), self.weights, self.limit)]
        if self.preferred is not None:
            large.append((tr("preferred input"), self.preferred, robust_limit(self.preferred)))
        share = (0.62 if len(large) > 1 else 0.45) * wide if beside and some else wide
        width = (share - BETWEEN * (len(large) - 1)) / len(large)
        height = tall if beside or not some else 0.5 * tall
        right = below = 0.0
        for place, (words, values, limit) in enumerate(large):
            room = QRectF(right + BETWEEN if place else 0.0, 0, width, height)
            used = self._paint_large(painter, room, words, values, limit)
            right, below = max(used.right(), room.left() + (0.0 if beside else width)), max(below, used.bottom())
        if some:
            self._paint_samples(painter, QRectF(right + BETWEEN, 0, wide - right - BETWEEN, tall) if beside else
                                QRectF(0, below + 6, wide, tall - below - 6))

    def _paint_large(self, painter: QPainter, room: QRectF, words: str, values: np.ndarray, limit: float) -> QRectF:
        """Words and signed values below them; returns what was painted."""
        rows, columns = values.shape
        side = min(room.width() / columns, (room.height() - HEAD - 1) / rows) if rows > 1 else room.width() / columns
        width = self.snapped(side * columns, columns)
        height = width * rows / columns if rows > 1 else min(18.0, room.height() - HEAD)
        self._words(painter, QRectF(room.left(), room.top(), room.width(), HEAD), words)
        box = QRectF(room.left() + 0.5, room.top() + HEAD, width, height)
        self.paint_picture(painter, colormaps.tide_pixels(values, limit), box)
        return QRectF(room.topLeft(), box.bottomRight())

    def _paint_samples(self, painter: QPainter, room: QRectF) -> None:
        self._words(painter, QRectF(room.left(), room.top(), room.width(), HEAD), tr("strongest samples"))
        below = room.adjusted(0, HEAD, 0, 0)
        layout = tiles.arrange_large(len(self.samples), self.samples.shape[1:], below, self.ratio, CAPTION, LEAST)
        tiles.draw(painter, colormaps.grey_pixels(self.samples[: layout.shown], *self.limits), layout, framed=True)
        painter.setFont(theme.font(10))
        painter.setPen(theme.tokens().text3)
        for place in range(layout.shown if layout.caption else 0):
            painter.drawText(layout.caption_rect(place), Qt.AlignmentFlag.AlignCenter, self.activities[place])

    def _words(self, painter: QPainter, box: QRectF, words: str) -> None:
        painter.setFont(theme.font(11))
        painter.setPen(theme.tokens().text3)
        painter.drawText(box, LEFT, painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, int(box.width())))


class UnitCard(Card):
    """The unit that was picked among the weights, else the first one."""

    name: ClassVar[str] = "unit"

    def title(self) -> str:
        return tr("Unit")

    def make_body(self) -> QWidget:
        self.picture, self._asking = UnitPicture(), Asking(SMALL_SHARE)
        return self.picture

    @classmethod
    def fits(cls, run: RunInfo) -> bool:
        return any(item.code for item in run.reconstructions) and any(layer.output and layer.seen for layer in run.layers)

    @classmethod
    def concerns(cls, sight: Sight) -> bool:
        return any(layer.node in sight.selection for layer in sight.unit_layers())

    def subject(self, sight: Sight) -> tuple[LayerInfo, PickedUnit] | None:
        """The unit and its layer: the picked one, else the first of the layer that is chosen, selected, or a code."""
        layers = sight.unit_layers()
        picked, codes = sight.unit, {item.code for item in (sight.run.reconstructions if sight.run else ())}
        rules = (lambda layer: picked is not None and layer.output == picked.port and picked.unit < layer.weight_shape[0],
                 lambda layer: layer.node in sight.selection, lambda layer: layer.output in codes, lambda layer: True)
        layer = next((layer for rule in rules for layer in layers if rule(layer)), None)
        if layer is None or layer.output is None:
            return None
        mine = picked is not None and picked.port == layer.output and picked.unit < layer.weight_shape[0]
        return layer, picked if mine and picked else PickedUnit(layer.output, 0)

    def wanted(self, sight: Sight) -> frozenset[str]:
        found = self.subject(sight)
        return frozenset({weights_key(found[0]), strongest_key(found[1])} if found else ())

    def draw(self, sight: Sight) -> None:
        found = self.subject(sight)
        matrix = sight.feed.array(weights_key(found[0])) if found else None
        if found is None or matrix is None or found[1].unit >= len(matrix):
            self.picture.say(run_hint())
            return
        layer, picked = found
        self.heading.tell(f"{picked.unit} · {sight.layer_name(layer)}")
        shape = sight.tile_shape(layer)
        weights = matrix[picked.unit].reshape(shape[:2] if shape and shape[2] else (1, -1))
        told = sight.feed.array(strongest_key(picked))
        told = told if told is not None else np.zeros((0, 1), np.float32)
        samples = told[:, 1:].reshape(-1, *(layer.seen or (1, 1))) if told.size else np.zeros((0, 1, 1), np.float32)
        words = [self.calm(str(place), f"{value:.2f}".replace("-", "−"))
                 for place, value in enumerate(told[:, 0].tolist())]
        self.picture.show_unit(weights, robust_limit(matrix), self._preferred(sight, layer, picked), samples, words)

    def _preferred(self, sight: Sight, layer: LayerInfo, picked: PickedUnit) -> np.ndarray | None:
        """The input that excites the unit most, by gradient ascent; asked for as often as that may cost."""
        if layer.sees is None or layer.seen is None:
            return None
        order = FindPreferred(layer.sees, picked.port, picked.unit, f"{self.name}.{id(self)}")
        answer = self._asking.ask(sight, order)
        found = np.array(answer.numbers.get("input", ())) if answer is not None else np.zeros(0)
        return found.reshape(layer.seen) if found.size == layer.seen[0] * layer.seen[1] else None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = STEPS.get(Qt.Key(event.key()))
        found = self.subject(self.sight) if self.sight else None
        if step and found:
            layer, picked = found
            self.unit_picked.emit(PickedUnit(picked.port, (picked.unit + step) % layer.weight_shape[0]))
        else:
            event.ignore()

    def table(self) -> Table:
        large = (("weight", self.picture.weights), ("preferred input", self.picture.preferred))
        weights = [[words, "", *values.ravel().tolist()] for words, values in large if values is not None]
        samples = [["sample", words, *sample.ravel().tolist()]
                   for words, sample in zip(self.picture.activities, self.picture.samples, strict=False)]
        return Table(("what", "activity", *(f"input {index}" for index in range(self.picture.weights.size))),
                     [*weights, *samples])
