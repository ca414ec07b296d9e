"""The free energy of samples that are trained on against that of others: where they part, a Boltzmann machine over-fits."""

from __future__ import annotations

from typing import ClassVar

from app import theme
from app.live.curves import SERIES_COLUMNS, EpochCard, series_table
from app.live.export import Table
from app.live.lines import Line
from app.live.scales import Tick, linear_ticks
from app.live.sight import Sight
from app.live.thinning import thin_column
from engine.events import RunInfo
from graphs.language import tr

QUANTITY = "free_energy"


class FreeEnergyCard(EpochCard):
    """Mean free energy per epoch: the lower, the likelier the machine finds such samples."""

    name: ClassVar[str] = "free_energy"

    def title(self) -> str:
        return tr("Free energy")

    @classmethod
    def fits(cls, run: RunInfo) -> bool:
        return any(channel.quantity == f"train_{QUANTITY}" for channel in run.epoch_channels)

    @classmethod
    def concerns(cls, sight: Sight) -> bool:
        return bool(sight.run) and any(channel.quantity == f"train_{QUANTITY}" and channel.node in sight.selection
                                       for channel in sight.run.epoch_channels)

    def node(self, sight: Sight) -> str:
        """The machine to show: the selected one, else the first."""
        nodes = [channel.node for channel in (sight.run.epoch_channels if sight.run else ())
                 if channel.quantity == f"train_{QUANTITY}"]
        return next((node for node in nodes if node in sight.selection), next(iter(nodes), ""))

    def lines(self, sight: Sight, pixels: float) -> list[Line]:
        colors, epochs, node = theme.tokens(), sight.feed.epochs(), self.node(sight)
        self.heading.tell(sight.names(node) if node and not sight.lonely(node) else "")
        found = ((tr("train"), "train", colors.sea), (tr("val"), "validation", colors.sand))
        return [self.line(words, thin_column(epochs, epochs.column(f"{part}_{QUANTITY}", node), pixels), color, node=node)
                for words, part, color in found]

    def y_axis(self, lines: list[Line]) -> tuple[tuple[float, float], list[Tick]]:
        low = min((float(line.trace.low.min()) for line in lines), default=0.0)
        high = max((float(line.trace.high.max()) for line in lines), default=1.0)
        room = 0.06 * ((high - low) or 1.0)
        limits = (low - room, high + room)
        return limits, linear_ticks(*limits, wanted=max(2, int(self.plot.area.height() // 44)))

    def table(self) -> Table:
        if self.sight is None:
            return Table(SERIES_COLUMNS)
        epochs, node = self.sight.feed.epochs(), self.node(self.sight)
        columns = [(column, f"{part}_{QUANTITY}") for part in ("train", "validation")
                   if (column := epochs.column(f"{part}_{QUANTITY}", node)) is not None]
        return Table(SERIES_COLUMNS, series_table("", epochs, columns))
