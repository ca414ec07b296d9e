"""Gradient magnitude of every layer over time on a logarithmic axis: a vanishing gradient reads as a fan."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np
from PySide6.QtWidgets import QWidget

from app import theme
from app.live.curves import DEEPEST, SERIES_COLUMNS, EpochCard, on_log_axis, power_words, series_table
from app.live.export import Table
from app.live.lines import Line
from app.live.sight import Sight
from app.live.thinning import Trace, thin
from engine.events import RunInfo
from graphs.language import tr

FEW = 4  # up to so many layers all stay bright when one is selected
MANY = 8  # above so many layers only the selected and the extremes are named


class GradientCard(EpochCard):
    """‖∇W‖ of each layer, or ‖δ‖, coloured by depth."""

    name: ClassVar[str] = "gradients"
    stretch = 1.4

    def title(self) -> str:
        return tr("Gradient magnitude")

    def make_body(self) -> QWidget:
        body = super().make_body()
        self.logarithmic = True
        self.plot.readout.words = power_words
        return body

    @classmethod
    def fits(cls, run: RunInfo) -> bool:
        return bool(run.layers)

    @classmethod
    def concerns(cls, sight: Sight) -> bool:
        return any(layer.node in sight.selection for layer in sight.layers)

    def shown(self, sight: Sight) -> str:
        """The quantity of the history that is shown."""
        return self.quantity(sight, {"gradient": tr("|∇W| per layer"), "delta": tr("|δ| per layer")})

    def lines(self, sight: Sight, pixels: float) -> list[Line]:
        steps, quantity = sight.feed.steps(), self.shown(sight)
        columns = [steps.column(quantity, layer.node, layer.layer) for layer in sight.layers]
        known = [column for column in columns if column is not None]
        if not known or not len(steps):
            return []
        traces = iter(thin(steps.epoch, steps.low[:, known], steps.high[:, known], steps.mean[:, known],
                           steps.count[:, known], pixels))
        by_layer = [next(traces) if column is not None else None for column in columns]
        highest = max((float(trace.high.max()) for trace in by_layer if trace and not trace.empty), default=1.0)
        floor = highest * 10.0**-DEEPEST or 1e-12
        found = [on_log_axis(self._line(sight, index, trace), floor)
                 for index, trace in enumerate(by_layer) if trace is not None and not trace.empty]
        return _name_few(found)

    def _line(self, sight: Sight, index: int, trace: Trace) -> Line:
        layer, count = sight.layers[index], len(sight.layers)
        chosen = any(other.node in sight.selection for other in sight.layers)
        strong = layer.node in sight.selection
        name = sight.layer_name(layer)
        return Line(name, trace, theme.tokens().depth(index, count), layer.node, label=name, strong=strong,
                    faint=chosen and not strong and count > FEW)

    def band_strength(self, lines: list[Line]) -> float:
        return 0.16 if len(lines) <= 4 else 0.10 if len(lines) <= MANY else 0.06

    def table(self) -> Table:
        if self.sight is None:
            return Table(SERIES_COLUMNS)
        steps, quantity = self.sight.feed.steps(), self.shown(self.sight)
        columns = [(column, self.sight.layer_name(layer)) for layer in self.sight.layers
                   if (column := steps.column(quantity, layer.node, layer.layer)) is not None]
        return Table(SERIES_COLUMNS, series_table("", steps, columns))


def _name_few(lines: list[Line]) -> list[Line]:
    """Of many lines only the selected, the highest and the lowest keep their names."""
    if len(lines) <= MANY:
        return lines
    newest = [line.trace.mean[-1] for line in lines]
    ends = {int(np.argmax(newest)), int(np.argmin(newest))}
    return [line if line.strong or index in ends else replace(line, label="") for index, line in enumerate(lines)]
