"""What a walk in slow motion puts on nodes and wires: numbers that have been computed, and where the walk stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from app import theme
from app.canvas import lettering
from app.canvas.geometry import RADIUS
from app.canvas.guard import guarded
from app.canvas.node_item import Z_STRIP, NodeItem
from app.canvas.painter import BLOCKS
from app.canvas.wires import WireView
from graphs.document import Wire

CHIP, GAP, PAD = 20.0, 4.0, 7.0
RING = 5.0  # around the node where the walk stands


@dataclass(frozen=True, slots=True)
class Chip:
    """A number on a node; it came on the way back or on the way there."""

    words: str
    back: bool = False


@dataclass(frozen=True, slots=True)
class WireFlow:
    """A number on a wire, and how strong it is beside the others, 0 … 1."""

    words: str
    share: float
    back: bool = False

    @property
    def view(self) -> WireView:
        return WireView.GRADIENTS if self.back else WireView.ACTIVATIONS


@dataclass(frozen=True, slots=True)
class WalkMarks:
    """Everything at one stop."""

    here: str = ""  # the node where the walk stands
    back: bool = False
    chips: Mapping[str, tuple[Chip, ...]] = field(default_factory=dict)
    wires: Mapping[Wire, WireFlow] = field(default_factory=dict)


class WalkItem(QGraphicsItem):
    """Chips above one node, newest at the bottom, and a ring around it while the walk stands there."""

    def __init__(self, node: NodeItem, marks: WalkMarks) -> None:
        super().__init__(node)
        self.node, self.marks = node, marks
        self.setZValue(Z_STRIP)

    @property
    def chips(self) -> tuple[Chip, ...]:
        return self.marks.chips.get(self.node.face.node, ())

    @property
    def here(self) -> bool:
        return self.marks.here == self.node.face.node

    def chip_rects(self) -> list[QRectF]:
        """The place of every chip, side by side above the node."""
        left, bottom, found = 0.0, -RING - GAP, []
        widths = [lettering.width(chip.words, 11, 600) + 2 * PAD for chip in self.chips]
        rows: list[list[float]] = [[]]
        for wide in widths:
            if rows[-1] and sum(rows[-1]) + len(rows[-1]) * GAP + wide > max(self.node.box.width, wide):
                rows.append([])
            rows[-1].append(wide)
        for index, row in enumerate(rows):
            x, y = left, bottom - (len(rows) - index) * (CHIP + GAP) + GAP
            for wide in row:
                found.append(QRectF(x, y, wide, CHIP))
                x += wide + GAP
        return found

    def boundingRect(self) -> QRectF:
        found = self.node.box.rect.adjusted(-RING - 3, -RING - 3, RING + 3, RING + 3)
        for rect in self.chip_rects():
            found = found.united(rect.adjusted(-2, -2, 2, 2))
        return found

    @guarded
    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        tokens = theme.tokens()
        if self.here:
            tint = tokens.sea if self.marks.back else tokens.sand
            painter.setBrush(theme.alpha(tint, 0.0))
            painter.setPen(QPen(theme.alpha(tint, 0.35), 4))
            painter.drawRoundedRect(self.node.box.rect.adjusted(-3, -3, 3, 3), RADIUS + 3, RADIUS + 3)
            painter.setPen(QPen(tint, 2))
            painter.drawRoundedRect(self.node.box.rect.adjusted(-1, -1, 1, 1), RADIUS + 1, RADIUS + 1)
        if option.levelOfDetailFromTransform(painter.worldTransform()) < BLOCKS:
            return
        for chip, rect in zip(self.chips, self.chip_rects(), strict=True):
            tint = tokens.sea if chip.back else tokens.sand
            ground = theme.mix(tokens.raised, tint, 0.16)
            painter.setPen(QPen(tint, 1))
            painter.setBrush(ground)
            painter.drawRoundedRect(rect, 4, 4)
            lettering.write(painter, rect, chip.words, theme.readable(tokens.text, ground), 11, 600, lettering.CENTER)


class WalkItems:
    """The walk's items on one scene's nodes."""

    def __init__(self, nodes: Mapping[str, NodeItem]) -> None:
        self._nodes = nodes
        self.marks: WalkMarks | None = None
        self.items: dict[str, WalkItem] = {}

    def show(self, marks: WalkMarks | None) -> None:
        """Other marks, or none."""
        self.marks = marks
        for item in self.items.values():
            if item.scene() is not None:
                item.scene().removeItem(item)
        self.items.clear()
        if marks is not None:
            for node in {*marks.chips, marks.here} & self._nodes.keys():
                self.items[node] = WalkItem(self._nodes[node], marks)

    def forget(self, node: str) -> None:
        """A node goes, and what stands on it with it."""
        self.items.pop(node, None)
