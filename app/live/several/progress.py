"""The runs of a plan as far as they are known: those that ended with all figures, those that go on with their curves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from PySide6.QtGui import QColor

from app import theme
from engine.several.lone import Ended
from engine.several.plan import Variant
from engine.several.results import PointResult, by_point
from engine.telemetry import Series
from graphs.language import tr


@dataclass(slots=True)
class SeveralProgress:
    """What views of several runs read."""

    variants: tuple[Variant, ...] = ()
    ended: dict[int, Ended] = field(default_factory=dict)
    going: dict[int, Series] = field(default_factory=dict)

    def history(self, number: int) -> Series:
        """The epochs of one run."""
        if number in self.ended and len(self.ended[number].history):
            return self.ended[number].history
        return self.going.get(number, Series())

    def points(self) -> list[PointResult]:
        """The points of the sweep, in order."""
        return by_point(self.variants, self.ended.values())

    @property
    def failed(self) -> list[Ended]:
        """Runs that came to no good end, in order."""
        return [one for _, one in sorted(self.ended.items()) if one.problem]

    @property
    def bagged(self) -> bool:
        return any(variant.member is not None for variant in self.variants)


def point_words(points: Sequence[PointResult]) -> list[str]:
    """What tells points apart: `8`, or `8 · tanh` where two things vary; `mean` where only seeds do."""
    axes = _varying(points)
    return [" · ".join(point.point[axis][1] for axis in axes) or tr("mean") for point in points]


def axis_words(points: Sequence[PointResult]) -> str:
    """What varies: `hidden.units`."""
    return " · ".join(points[0].point[axis][0] for axis in _varying(points))


def _varying(points: Sequence[PointResult]) -> list[int]:
    """The axes along which there are several values."""
    return [axis for axis in range(len(points[0].point) if points else 0)
            if len({point.point[axis] for point in points}) > 1]


def point_color(index: int, count: int) -> QColor:
    """The colour of a point: that of a run, or, of more points than there are such colours, a place on the ramp."""
    colors = theme.tokens().runs
    return colors[index % len(colors)] if count <= len(colors) else theme.tokens().depth(index, count)
