"""What several runs came to: one line for each point of a sweep, with means and spreads over its seeds, as tables."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from engine.several.lone import Ended
from engine.several.plan import Point, Variant
from graphs.language import tr

DIGITS = 9
FIRST = ("train_loss", "validation_loss", "test_loss")  # figures that stand before others


@dataclass(frozen=True, slots=True)
class Spread:
    """A figure over seeds: mean, standard deviation (of n − 1; NaN for one), lowest, highest, and of how many."""

    mean: float
    deviation: float
    low: float
    high: float
    count: int

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """The spread of at least one value."""
        numbers = np.asarray(values, np.float64)
        deviation = float(numbers.std(ddof=1)) if len(numbers) > 1 else math.nan
        return cls(float(numbers.mean()), deviation, float(numbers.min()), float(numbers.max()), len(numbers))

    @property
    def words(self) -> str:
        """`0.123 ± 0.004`."""
        return f"{self.mean:.4g}" if math.isnan(self.deviation) else f"{self.mean:.4g} ± {self.deviation:.2g}"


@dataclass(frozen=True, slots=True)
class PointResult:
    """All runs of one point of a sweep."""

    point: Point
    variants: tuple[Variant, ...]
    ended: tuple[Ended, ...]  # those that have ended
    spreads: dict[str, Spread] = field(default_factory=dict)

    @property
    def failed(self) -> list[Ended]:
        """Runs that came to no good end."""
        return [one for one in self.ended if one.reason in ("failed", "diverged")]


def by_point(variants: Iterable[Variant], ended: Iterable[Ended]) -> list[PointResult]:
    """The points of a sweep in order. Runs that diverged or failed do not enter the means."""
    known = {one.number: one for one in ended}
    points: dict[Point, list[Variant]] = {}
    for variant in variants:
        points.setdefault(variant.point, []).append(variant)
    found = []
    for point, members in points.items():
        here = tuple(known[variant.number] for variant in members if variant.number in known)
        good = [one for one in here if one.reason == "done"]
        names = figure_names(good)
        spreads = {name: Spread.of([one.figures[name] for one in good if name in one.figures]) for name in names}
        found.append(PointResult(point, tuple(members), here, spreads))
    return found


def figure_names(ended: Iterable[Ended]) -> list[str]:
    """The figures that any of these runs has, losses first; those of single nodes are left out."""
    names = dict.fromkeys(name for one in ended for name in one.figures if "/" not in name)
    return [*(name for name in FIRST if name in names), *sorted(name for name in names if name not in FIRST)]


def results_csv(results: Sequence[PointResult]) -> str:
    """A line for each point: values, runs, failures, and of every figure mean, spread, lowest and highest."""
    names = figure_names([one for result in results for one in result.ended])
    places = [place for place, _ in results[0].point] if results else []
    parts = ("mean", "spread", "lowest", "highest")
    rows: list[list[object]] = [[*places, "runs", "failed", *(f"{name}_{part}" for name in names for part in parts)]]
    for result in results:
        row: list[object] = [*(value for _, value in result.point), len(result.ended), len(result.failed)]
        for name in names:
            spread = result.spreads.get(name)
            numbers = (spread.mean, spread.deviation, spread.low, spread.high) if spread else (math.nan,) * 4
            row += [_text(number) for number in numbers]
        rows.append(row)
    return _csv(rows)


def runs_csv(variants: Sequence[Variant], ended: Iterable[Ended]) -> str:
    """A line for each run: where it stands, how it ended, its figures."""
    known = {one.number: one for one in ended}
    names = figure_names(known.values())
    places = [place for place, _ in variants[0].point] if variants else []
    rows: list[list[object]] = [["run", *places, "seed", "reason", "epochs", "seconds", *names, "problem"]]
    for variant in (variant for variant in variants if variant.number in known):
        one = known[variant.number]
        figures = [_text(one.figures.get(name, math.nan)) for name in names]
        rows += [[variant.number + 1, *(value for _, value in variant.point), variant.seed, one.reason, one.epochs,
                  _text(one.seconds), *figures, one.problem]]
    return _csv(rows)


def histories_csv(variants: Sequence[Variant], ended: Iterable[Ended]) -> str:
    """A line for each run, figure and epoch, thinned as the history of a run is: mean of the epochs that it stands for."""
    known = {one.number: one for one in ended}
    rows: list[list[object]] = [["run", "epoch", "figure", "node", "value"]]
    for variant in variants:
        series = known[variant.number].history if variant.number in known else None
        for index, channel in enumerate(series.channels if series else ()):
            rows += [[variant.number + 1, _text(float(series.epoch[row])), channel.quantity, channel.node,
                      _text(float(series.mean[row, index]))] for row in range(len(series)) if series.count[row, index]]
    return _csv(rows)


def terminal_rows(results: Sequence[PointResult]) -> tuple[list[str], list[list[str]]]:
    """Headings and lines of the table that is printed."""
    names = figure_names([one for result in results for one in result.ended if one.reason == "done"])
    places = [place for place, _ in results[0].point] if results else []
    rows = []
    for result in results:
        good = len(result.ended) - len(result.failed)
        count = str(good) if not result.failed else tr("{good} of {all}", good=good, all=len(result.ended))
        rows.append([*(value for _, value in result.point), count,
                     *(result.spreads[name].words if name in result.spreads else "–" for name in names)])
    return [*places, tr("runs"), *names], rows


def _text(number: float) -> str:
    return "" if math.isnan(number) else f"{number:.{DIGITS}g}"


def _csv(rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
