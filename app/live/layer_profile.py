"""All layers side by side, now: size of the gradient, how much a step changes the weights, units that are silent."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QWheelEvent
from PySide6.QtWidgets import QWidget

from app import theme
from app.live import numbers
from app.live.card import Card, run_hint
from app.live.export import Table
from app.live.picture_rows import HEAD, Rows
from app.live.sight import Sight
from engine.events import RunInfo
from graphs.language import tr

ROW, ROW_LEAST = 24.0, 18.0
QUANTITIES = ("gradient", "update", "mean", "deviation", "silent", "weight", "delta")


@dataclass(frozen=True, slots=True)
class LayerNumbers:
    """One layer's newest numbers, NaN where there is none."""

    node: str
    name: str
    color: QColor
    chosen: bool
    values: dict[str, float]
    words: tuple[str, ...]  # gradient, update, silent


class ProfileRows(Rows):
    """A row a layer: key, name, bar of the gradient on a log scale, numbers."""

    node_chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.layers: list[LayerNumbers] = []
        self.first = 0  # the row at the top, where not all have room

    def show_layers(self, layers: list[LayerNumbers]) -> None:
        """Newest numbers, first layer first."""
        chosen = next((index for index, layer in enumerate(layers) if layer.chosen), None)
        was = next((index for index, layer in enumerate(self.layers) if layer.chosen), None)
        self.layers = layers
        if chosen is not None and chosen != was:
            self.scroll_to(min(max(self.first, chosen - self.fitting + 1), chosen))
        self.say("" if layers else run_hint())

    @property
    def row_height(self) -> float:
        return max(ROW_LEAST, min(ROW, (self.height() - HEAD) / max(1, len(self.layers))))

    @property
    def fitting(self) -> int:
        """How many rows have room."""
        return max(1, int((self.height() - HEAD) // self.row_height))

    @property
    def shown(self) -> list[LayerNumbers]:
        """The rows in sight."""
        self.first = max(0, min(self.first, len(self.layers) - self.fitting))
        return self.layers[self.first : self.first + self.fitting]

    def scroll_to(self, first: int) -> None:
        """Another row at the top."""
        self.first = max(0, min(first, len(self.layers) - self.fitting))
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        down = -event.angleDelta().y() // 60
        if not down or self.fitting >= len(self.layers) or event.modifiers():
            event.ignore()
            return
        self.scroll_to(self.first + down)
        event.accept()

    def paint_whole(self, painter: QPainter) -> None:
        colors = theme.tokens()
        painter.setFont(theme.font(11, 500))
        metrics = painter.fontMetrics()
        number = metrics.horizontalAdvance("100.0 %") + 12.0
        name = min(max(metrics.horizontalAdvance(layer.name) for layer in self.layers) + 30.0, 0.36 * self.width())
        columns = [QRectF(self.width() - 4 - number * (3 - index), 0, number, HEAD) for index in range(3)]
        painter.setFont(theme.font(10))
        painter.setPen(colors.text3)
        for box, words in zip(columns, ("|∇W|", tr("Δ/W"), tr("silent")), strict=True):
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, words)
        sizes = [layer.values["gradient"] for layer in self.layers if layer.values["gradient"] > 0]
        high = math.log10(max(sizes)) if sizes else 0.0
        low = min(high - 3.0, math.log10(min(sizes)) - 0.5) if sizes else -3.0
        if self.fitting < len(self.layers):
            where = f"{self.first + 1}–{self.first + len(self.shown)} / {len(self.layers)}"
            painter.drawText(QRectF(4, 0, name, HEAD), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, where)
        painter.setFont(theme.font(11, 500))
        for index, layer in enumerate(self.shown):
            top = HEAD + index * self.row_height
            bar = QRectF(name, top + self.row_height / 2 - 3, columns[0].left() - name, 6)
            self._paint_layer(painter, layer, top, name, bar, columns, (low, high))

    def _paint_layer(self, painter: QPainter, layer: LayerNumbers, top: float, name: float, bar: QRectF,
                     columns: list[QRectF], limits: tuple[float, float]) -> None:
        colors, height = theme.tokens(), self.row_height
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        if layer.chosen:
            painter.setBrush(colors.hover)
            painter.drawRoundedRect(QRectF(0, top + 1, self.width() - 2, height - 2), 4, 4)
        painter.setBrush(layer.color)
        painter.drawRoundedRect(QRectF(4, top + height / 2 - 1.5, 12, 3), 1.5, 1.5)
        painter.setPen(colors.text)
        words = painter.fontMetrics().elidedText(layer.name, Qt.TextElideMode.ElideMiddle, int(name - 26))
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(22, top, name, height), left, words)
        gradient = layer.values["gradient"]
        if gradient > 0 and bar.width() > 12:
            share = (math.log10(gradient) - limits[0]) / max(limits[1] - limits[0], 1e-9)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colors.sea)
            painter.drawRoundedRect(QRectF(bar.left(), bar.top(), max(2.0, share * bar.width()), bar.height()), 2, 2)
        for box, text in zip(columns, layer.words, strict=True):
            wrong = text == "NaN"
            painter.setPen(colors.error if wrong else colors.text2)
            painter.drawText(box.translated(0, top).adjusted(0, 0, 0, height - HEAD),
                             Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)

    def node_at(self, place: QPointF) -> str:
        """The node of the row that lies there."""
        index = int((place.y() - HEAD) // self.row_height)
        return self.shown[index].node if 0 <= index < len(self.shown) else ""

    def mousePressEvent(self, event: QMouseEvent) -> None:
        node = self.node_at(event.position())
        if node and event.button() == Qt.MouseButton.LeftButton:
            self.node_chosen.emit(node)
        else:
            event.ignore()


class LayerProfileCard(Card):
    """The layers side by side."""

    name: ClassVar[str] = "layers"
    stretch = 1.3

    def title(self) -> str:
        return tr("Layers")

    def make_body(self) -> QWidget:
        self.rows = ProfileRows()
        self.rows.node_chosen.connect(self.node_chosen)
        self.heading.tell(tr("this step"))
        return self.rows

    @classmethod
    def fits(cls, run: RunInfo) -> bool:
        return bool(run.layers)

    @classmethod
    def concerns(cls, sight: Sight) -> bool:
        return any(layer.node in sight.selection for layer in sight.layers)

    def draw(self, sight: Sight) -> None:
        steps = sight.feed.steps()
        if not len(steps):
            self.rows.show_layers([])
            return
        found = []
        for index, layer in enumerate(sight.layers):
            columns = {name: steps.column(name, layer.node, layer.layer) for name in QUANTITIES}
            values = {name: math.nan if column is None else steps.latest(column) for name, column in columns.items()}
            color = theme.tokens().depth(index, len(sight.layers))
            chosen = layer.node in sight.selection
            name = sight.layer_name(layer)
            shown = (numbers.short(values["gradient"]), *map(numbers.percent, (values["update"], values["silent"])))
            if sight.feed.diverged is None:  # what was never measured is no error: other stages train that layer
                shown = tuple(text.replace("NaN", "–") for text in shown)
            words = tuple(self.calm(f"{name} {index}", text) for index, text in enumerate(shown))
            found.append(LayerNumbers(layer.node, name, color, chosen, values, words))
        self.rows.show_layers(found)

    def table(self) -> Table:
        return Table(("layer", *QUANTITIES),
                     [[layer.name, *(layer.values[name] for name in QUANTITIES)] for layer in self.rows.layers])
