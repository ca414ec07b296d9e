"""Loss and accuracy over epochs: training as means over the band of all batches, validation, the best epoch ringed."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from app import theme
from app.live import numbers
from app.live.card import Card, WordTool, run_hint
from app.live.export import Table
from app.live.lines import Line
from app.live.moments import moments
from app.live.plot import Plot
from app.live.scales import SteadyDecades, SteadyTop, Tick, decade_ticks, epoch_ticks, linear_ticks, loss_top
from app.live.sight import Sight, pca_key
from app.live.thinning import EMPTY, Trace, thin_column
from app.live.verdict_strip import VerdictStrip
from engine.events import ReconstructionInfo, RunInfo
from engine.nodes import CATALOG
from engine.remedies import remedies
from engine.stages import present_since
from engine.telemetry import Series
from engine.verdicts import LIMITS, Verdict, judge_fit
from graphs.language import tr


def best_of(series: Series, column: int | None, *, lowest: bool, since: float = 0.0,
            judge: int | None = None) -> tuple[float, float] | None:
    """The epoch after `since` with the best single value and that value, however much the series was decimated. Where
    another column is the judge, its best epoch counts, as in early stopping, which leaves penalties out."""
    if column is None or not len(series):
        return None
    shown, judged = ((series.low if lowest else series.high)[:, one] for one in (column, column if judge is None else judge))
    judged = np.where((series.epoch > since) & np.isfinite(shown), judged, np.nan)
    if not np.isfinite(judged).any():
        return None
    row = int(np.nanargmin(judged) if lowest else np.nanargmax(judged))
    return float(series.epoch[row]), float(shown[row])


def series_table(name: str, series: Series, columns: list[tuple[int, str]]) -> list[list[object]]:
    """Rows (series, step, epoch, mean, lowest, highest, values) of some channels, every bucket of them."""
    return [[title or name, int(series.step[row]), float(series.epoch[row]), series.mean[row, column],
             series.low[row, column], series.high[row, column], int(series.count[row, column])]
            for column, title in columns for row in range(len(series)) if series.count[row, column]]


DEEPEST = 9.0  # decades below the highest: what is smaller lies on the floor of a logarithmic axis
EACH, OBJECTIVE = "each:", "objective:"  # what is shown where there are several losses; no ids of nodes
SERIES_COLUMNS = ("series", "step", "epoch", "mean", "lowest", "highest", "values")


class EpochCard(Card):
    """Lines over epochs. Subclasses say which lines, and how high the axis reaches."""

    stretch = 1.25

    switchable: ClassVar[bool] = False  # between a linear and a logarithmic axis

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.log_switch = WordTool(tr("log"), tr("Logarithmic axis"), self)
        self.log_switch.setVisible(self.switchable)
        self.log_switch.toggled.connect(self._switch)
        self.header.insertWidget(1, self.log_switch)

    def make_body(self) -> QWidget:
        self.plot = Plot()
        self.plot.node_chosen.connect(self.node_chosen)
        self.top, self.decades = SteadyTop(), SteadyDecades()
        self.logarithmic = False
        return self.plot

    def _switch(self, on: bool) -> None:
        self.logarithmic = on
        self.plot.readout.words = power_words if on else numbers.short
        if self.sight is not None:
            self.draw(self.sight)

    def lines(self, sight: Sight, pixels: float) -> list[Line]:
        """The lines to show, each with at most one point per 3 px of `pixels`."""
        raise NotImplementedError

    def y_axis(self, lines: list[Line]) -> tuple[tuple[float, float], list[Tick]]:
        """Limits and ticks of the upright axis."""
        raise NotImplementedError

    def decade_axis(self, lines: list[Line]) -> tuple[tuple[float, float], list[Tick]]:
        """Limits and ticks of an axis of exponents."""
        limits = (-3.0, 0.0)
        if lines:
            low = min(float(np.sort(line.trace.low)[len(line.trace.low) // 50]) for line in lines)  # but 2 %
            limits = self.decades.hold(low, max(float(line.trace.high.max()) for line in lines))
        return limits, decade_ticks(*limits, wanted=max(2, int(self.plot.area.height() // 26)))

    def band_strength(self, lines: list[Line]) -> float:
        """Opacity of the bands."""
        del lines
        return 0.16

    def draw(self, sight: Sight) -> None:
        plot = self.plot
        lines = self.lines(sight, plot.area.width() * 0.74) if sight.run else []
        lines = [line for line in lines if not line.trace.empty]
        if self.switchable and self.logarithmic:
            lines = [on_log_axis(line) for line in lines]
        room = plot.label_room([line.label for line in lines])
        newest = max((float(line.trace.x[-1]) for line in lines), default=0.0)
        reach = (newest or 1.0) / (1.0 - room)
        y, y_ticks = (self.decade_axis if self.logarithmic else self.y_axis)(lines)
        x_ticks = epoch_ticks(newest, plot.ticks_across(newest, 1 - room)) if lines else [Tick(0, "0")]
        known = moments(sight) if lines else []
        plot.show_axes((0.0, reach), plot.headroom(y, reach, known), x_ticks, y_ticks, tr("epoch"))
        plot.show_moments(known)
        plot.show_lines(lines, self.band_strength(lines))
        plot.say("" if lines else run_hint(), diverged_words(sight))

    def line(self, name: str, trace: Trace, color: QColor, **more: object) -> Line:
        """A line with its newest value in its label."""
        words = self.calm(name, f"{name} {numbers.short(trace.last[1])}") if trace.last else name
        return Line(name, trace, color, label=words, **more)  # type: ignore[arg-type]


def power_words(exponent: float) -> str:
    """A place on a logarithmic axis as a number."""
    return numbers.short(10.0**exponent)


def on_log_axis(line: Line, floor: float | None = None) -> Line:
    """The line over exponents; nothing lies deeper than the floor (by default 9 decades below its highest)."""
    trace = line.trace
    if floor is None:
        floor = max(float(np.nanmax(trace.high)), 1e-30) * 10.0**-DEEPEST
    parts = (np.log10(np.maximum(part, floor)) for part in (trace.mean, trace.low, trace.high))
    best = (line.best[0], float(np.log10(max(line.best[1], floor)))) if line.best else None
    return replace(line, trace=Trace(trace.x, *parts), best=best)


def diverged_words(sight: Sight) -> str:
    """`A value is not finite: dense1, step 1,204`, when the run has come to that."""
    event = sight.feed.diverged
    if event is None:
        return ""
    return tr("{what}: {node}, step {step}", what=event.found, step=f"{event.step:,}", node=sight.names(event.node))


class LossCard(EpochCard):
    """The objective: every batch as a band, and validation. Several losses are shown beside each other, or one alone."""

    name: ClassVar[str] = "loss"
    switchable = True

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.strip = VerdictStrip(self)
        self.strip.chosen.connect(self.cure_chosen)
        self.layout().addWidget(self.strip)

    def title(self) -> str:
        return tr("Loss")

    def draw(self, sight: Sight) -> None:
        super().draw(sight)
        verdict, trace = self.judge(sight)
        if self._fresh_words or verdict.finding != self.strip.verdict.finding:
            cures = remedies(verdict, sight.document, CATALOG, sight.layers) if sight.document else ()
            self.strip.show_verdict(verdict, cures, LIMITS.of_fit())
        self.plot.show_gap(trace)

    def judge(self, sight: Sight) -> tuple[Verdict, Trace]:
        """Whether the run over-fits, and the gap between both losses since then, low to high."""
        epochs = sight.feed.epochs()
        train, validation = (epochs.column(name) for name in ("train_loss", "validation_loss"))
        if train is None or validation is None or self.part(sight):
            return Verdict(), EMPTY
        verdict = judge_fit(epochs.epoch, epochs.mean[:, train], epochs.mean[:, validation])
        if not verdict.finding:
            return verdict, EMPTY
        pair = epochs.mean[:, [train, validation]].astype(np.float64)
        pair = np.log10(np.maximum(pair, 1e-30)) if self.logarithmic else pair
        kept = (epochs.epoch >= verdict.since) & np.isfinite(pair).all(axis=1)
        low, high = pair[kept].min(axis=1), pair[kept].max(axis=1)
        return verdict, Trace(epochs.epoch[kept], high, low, high)

    @classmethod
    def concerns(cls, sight: Sight) -> bool:
        return bool(sight.run and sight.selection & {loss.node for loss in sight.run.losses})

    def hourglass(self, sight: Sight) -> ReconstructionInfo | None:
        """The reconstruction whose squared error is shown, where its code is narrower than its input."""
        part, run = self.part(sight), sight.run
        if run is None or part == EACH or not (part or len(run.losses) == 1):
            return None
        return next((item for item in run.reconstructions if item.node == (part or run.losses[0].node) and item.scale
                     and item.code and item.code_size < item.components), None)

    def wanted(self, sight: Sight) -> frozenset[str]:
        item = self.hourglass(sight)
        return frozenset({pca_key(item.node)} if item else ())

    def principal(self, sight: Sight, until: float) -> list[Line]:
        """The loss that principal components as many as the code would leave, as far as the curve goes."""
        item = self.hourglass(sight)
        told = sight.feed.array(pca_key(item.node)) if item else None
        height = float(told[0 if self.part(sight) else 1]) if told is not None else np.nan
        if item is None or not np.isfinite(height) or not until:
            return []
        x, y = np.array([0.0, until]), np.full(2, height)
        name = tr("PCA, k = {size}", size=item.code_size)
        return [Line(name, Trace(x, y, y, y), theme.tokens().text2, label=name, band=False, dashed=True)]

    def part(self, sight: Sight) -> str:
        """The loss node to show; empty for the whole objective, `EACH` for all losses beside each other."""
        losses = [loss.node for loss in sight.run.losses] if sight.run else []
        if len(losses) < 2 or self.choice == OBJECTIVE:
            return ""
        picked = next((node for node in losses if node in sight.selection), EACH)
        return self.choice if self.choice in losses else picked

    def lines(self, sight: Sight, pixels: float) -> list[Line]:
        colors, part = theme.tokens(), self.part(sight)
        steps, epochs = sight.feed.steps(), sight.feed.epochs()
        losses = sight.run.losses if sight.run else ()
        names = {EACH: tr("each loss"), OBJECTIVE: tr("objective"),
                 **{loss.node: sight.names(loss.node) for loss in losses}}
        several = len(losses) > 1
        self.heading.tell(names[part or OBJECTIVE] if several else "", names.items() if several else ())
        if part == EACH:
            return [self.line(names[loss.node], thin_column(steps, steps.column("loss", loss.node), pixels),
                              colors.runs[place % len(colors.runs)], node=loss.node)
                    for place, loss in enumerate(losses)]
        train = thin_column(steps, steps.column("loss", part), pixels)
        found = [self.line(tr("train"), train, colors.sea)]
        if not part:
            column, judge = epochs.column("validation_loss"), epochs.column("validation_loss_without_penalties")
            found.append(self.line(tr("val"), thin_column(epochs, column, pixels), colors.sand,
                                   best=best_of(epochs, column, lowest=True, since=present_since(sight.run.stages), judge=judge)))
        return [*found, *self.principal(sight, float(train.x[-1]) if not train.empty else 0.0)]

    def y_axis(self, lines: list[Line]) -> tuple[tuple[float, float], list[Tick]]:
        needed = max((loss_top(line.trace.x, line.trace.mean, line.trace.high) for line in lines), default=1.0)
        lowest = min((float(np.nanmin(line.trace.low)) for line in lines), default=0.0)
        low = min(0.0, lowest * 1.05)
        limits = (low, self.top.hold(needed))
        return limits, linear_ticks(*limits, wanted=max(2, int(self.plot.area.height() // 44)))

    def table(self) -> Table:
        if self.sight is None:
            return Table(SERIES_COLUMNS)
        steps, epochs = self.sight.feed.steps(), self.sight.feed.epochs()
        part, losses = self.part(self.sight), self.sight.run.losses if self.sight.run else ()
        wanted = [(loss.node, f"loss {loss.node}") for loss in losses] if part == EACH else [(part, "loss")]
        train = [(column, name) for node, name in wanted if (column := steps.column("loss", node)) is not None]
        whole = [(column, name) for name in ("train_loss", "validation_loss")
                 if (column := epochs.column(name)) is not None]
        return Table(SERIES_COLUMNS, [*series_table("loss", steps, train), *series_table("", epochs, whole)])


class RateCard(EpochCard):
    """The learning rate of every step, where it goes with time."""

    name: ClassVar[str] = "rate"
    switchable = True

    def title(self) -> str:
        return tr("Learning rate")

    @classmethod
    def fits(cls, run: RunInfo) -> bool:
        return run.scheduled

    def lines(self, sight: Sight, pixels: float) -> list[Line]:
        steps = sight.feed.steps()
        trace = thin_column(steps, steps.column("learning_rate"), pixels)
        return [self.line("η", trace, theme.tokens().accent, band=False)]

    def y_axis(self, lines: list[Line]) -> tuple[tuple[float, float], list[Tick]]:
        limits = (0.0, self.top.hold(max((float(line.trace.high.max()) * 1.05 for line in lines), default=1.0)))
        return limits, linear_ticks(*limits, wanted=max(2, int(self.plot.area.height() // 44)))

    def table(self) -> Table:
        steps = self.sight.feed.steps() if self.sight else None
        column = steps.column("learning_rate") if steps is not None else None
        if steps is None or column is None:
            return Table(SERIES_COLUMNS)
        return Table(SERIES_COLUMNS, series_table("learning_rate", steps, [(column, "learning_rate")]))


class AccuracyCard(EpochCard):
    """Share of samples that were named rightly, per epoch."""

    name: ClassVar[str] = "accuracy"

    def title(self) -> str:
        return tr("Accuracy")

    @classmethod
    def fits(cls, run: RunInfo) -> bool:
        return any(channel.quantity == "validation_accuracy" for channel in run.epoch_channels) or bool(run.predictions)

    def lines(self, sight: Sight, pixels: float) -> list[Line]:
        colors, epochs = theme.tokens(), sight.feed.epochs()
        train, column = epochs.column("train_accuracy"), epochs.column("validation_accuracy")
        self.plot.readout.words = numbers.percent
        self.heading.tell(tr("% named rightly"))
        each = epochs.columns("validation_accuracy") or epochs.columns("train_accuracy")
        if len(each) > 1:
            return [self.line(sight.names(channel.node), thin_column(epochs, index, pixels),
                              colors.runs[place % len(colors.runs)], node=channel.node)
                    for place, (index, channel) in enumerate(each)]
        return [self.line(tr("train"), thin_column(epochs, train, pixels), colors.sea),
                self.line(tr("val"), thin_column(epochs, column, pixels), colors.sand,
                          best=best_of(epochs, column, lowest=False, since=present_since(sight.run.stages)))]

    def line(self, name: str, trace: Trace, color: QColor, **more: object) -> Line:
        words = self.calm(name, f"{name} {numbers.percent(trace.last[1])}") if trace.last else name
        return Line(name, trace, color, label=words, **more)  # type: ignore[arg-type]

    def y_axis(self, lines: list[Line]) -> tuple[tuple[float, float], list[Tick]]:
        del lines
        ticks = linear_ticks(0.0, 1.0, wanted=max(2, min(4, int(self.plot.area.height() // 44))))
        return (0.0, 1.04), [Tick(tick.at, f"{tick.at * 100:.0f}") for tick in ticks]

    def table(self) -> Table:
        if self.sight is None:
            return Table(SERIES_COLUMNS)
        epochs = self.sight.feed.epochs()
        found = [(column, name, channel.node) for name in ("train_accuracy", "validation_accuracy")
                 for column, channel in epochs.columns(name)]
        several = len({node for _, _, node in found}) > 1
        columns = [(column, f"{name} {node}" if several else name) for column, name, node in found]
        return Table(SERIES_COLUMNS, series_table("", epochs, columns))
