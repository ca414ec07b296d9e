"""Pictures that a network draws by chance: what samples become in a Boltzmann machine, what a decoder finds likely."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from app.live import colormaps, tiles
from app.live.card import Card, run_hint
from app.live.export import Table
from app.live.picture_rows import Rows
from app.live.sight import Sight, output_key
from engine.events import PortKey, ReconstructionInfo, RunInfo
from graphs.language import tr

PORT = "sample"
LEAST = 30.0  # pixels


class Drawn(Rows):
    """Tiles of samples."""

    def __init__(self) -> None:
        super().__init__()
        self.samples, self.limits = np.zeros((0, 1, 1), np.float32), (0.0, 1.0)

    def show_samples(self, samples: np.ndarray, limits: tuple[float, float]) -> None:
        """P × H × W pictures."""
        self.samples, self.limits = samples, limits
        self.say("")

    def paint_whole(self, painter: QPainter) -> None:
        area = QRectF(self.rect()).adjusted(0, 2, -4, -4)
        layout = tiles.arrange_large(len(self.samples), self.samples.shape[1:], area, self.ratio, 0.0, LEAST)
        tiles.draw(painter, colormaps.grey_pixels(self.samples[: layout.shown], *self.limits), layout, framed=True)


class SamplesCard(Card):
    """New draws with every frame."""

    name: ClassVar[str] = "samples"
    stretch = 0.95

    def title(self) -> str:
        return tr("Drawn samples")

    def make_body(self) -> QWidget:
        self.rows = Drawn()
        return self.rows

    @classmethod
    def fits(cls, run: RunInfo) -> bool:
        return bool(_drawn(run))

    @classmethod
    def concerns(cls, sight: Sight) -> bool:
        return bool(sight.run) and any(item.node in sight.selection for item in _drawn(sight.run))

    def subject(self, sight: Sight) -> tuple[ReconstructionInfo, PortKey] | None:
        """What is drawn, of the selected node or the first."""
        found = _drawn(sight.run) if sight.run else []
        item = next((item for item in found if item.node in sight.selection), next(iter(found), None))
        return (item, (item.node, PORT)) if item else None

    def wanted(self, sight: Sight) -> frozenset[str]:
        found = self.subject(sight)
        return frozenset({output_key(found[1])} if found else ())

    def draw(self, sight: Sight) -> None:
        found = self.subject(sight)
        values = sight.feed.array(output_key(found[1])) if found else None
        if found is None or values is None or not values.size or found[0].picture is None:
            self.rows.say(run_hint())
            return
        finite = values[np.isfinite(values)]
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
        self.heading.tell(sight.port_name(found[1]) if not sight.lonely(found[0].node) else "")
        self.rows.show_samples(values.reshape(-1, *found[0].picture), (low, high))

    def table(self) -> Table:
        samples = self.rows.samples
        flat = samples.reshape(len(samples), samples[0].size if len(samples) else 0)
        return Table(("sample", *(f"component {place}" for place in range(flat.shape[1]))),
                     [[index, *row] for index, row in enumerate(flat)])


def _drawn(run: RunInfo) -> list[ReconstructionInfo]:
    """Reconstructions of pictures by nodes that draw samples, too."""
    return [item for item in run.reconstructions if item.picture and (item.node, PORT) in run.outputs]
