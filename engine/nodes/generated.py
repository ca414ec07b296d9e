"""Generated sets of numbers, each with its own seed and size. The points of the plane are in `data`."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

import numpy as np

from engine.data import generated
from engine.data.columns import Column
from engine.data.draws import Draws
from engine.data.room import insist_on_room
from engine.data.sequences import Padded
from engine.nodes.source import Source
from graphs.language import tr
from graphs.spec import (
    Family,
    Kind,
    Port,
    Shape,
    ShapeError,
    Site,
    choice,
    choice_type,
    features,
    labels,
    number,
    text,
    whole,
)

Drawn = Mapping[str, np.ndarray | Padded]


def own_size(default: int) -> Any:
    """How many samples a generated set has."""
    return whole(default, "Samples", "How many samples are drawn.", low=1, high=1_000_000)


def own_seed() -> Any:
    """The seed of a generated set, which no other seed moves."""
    return whole(0, "Seed", "Another seed draws other samples of the same kind.")


class Generated(Source):
    """Samples that are made, not read. Those that are drawn have a `size` and a `seed` of their own: the same seed gives
    the same samples, on every machine."""

    @property
    def count(self) -> int:
        """How many samples there are."""
        return getattr(self, "size", 0)

    def draw(self, draws: Draws) -> Drawn:
        """The values of every output port."""
        raise NotImplementedError

    def summary(self, given: Mapping[str, Shape], made: Mapping[str, Shape]) -> str:
        return tr("{count} samples", count=f"{self.count:,}")

    def load(self, given: Mapping[str, Column], site: Site) -> dict[str, Column]:
        shapes, names = self.shapes({}, site), self.component_names(site)
        insist_on_room(self.count, shapes.values())
        columns = {}
        for port, made in self.draw(Draws(getattr(self, "seed", 0), self.type_name())).items():
            values, lengths = made if isinstance(made, Padded) else (made, None)
            columns[port] = Column(values, shapes[port], names.get(port, ()), lengths if shapes[port].ragged else None)
        return columns


class SwissRoll(Generated):
    """Points on a rolled-up sheet in space: near in space is not near on the sheet, so no flat map can tell them apart.

    The place along the roll is the target of a regression; its six stretches are classes, to colour what a network
    makes of the roll.
    """

    title, family = "Swiss roll", Family.DATA
    equation = "φ = 1.5π (1 + 2s)\nx = (φ cos φ, h, φ sin φ) / 4.5π"
    source = "Tenenbaum, de Silva and Langford (2000), A Global Geometric Framework for Dimensionality Reduction"
    keywords = ("manifold", "3d", "roll", "embedding", "unroll", "nonlinear", "多様体", "スイスロール")
    outputs = (
        Port("points", Kind.FEATURES, help="three coordinates; the roll ends at radius 1"),
        Port("position", Kind.FEATURES, help="s, the place along the roll: 0 inside, 1 at the end"),
        Port("label", Kind.LABELS, help="which sixth of the roll, from inside"),
    )
    samples = (({}, {}), ({"noise": 0.0, "size": 1}, {}))
    wrong = (({"size": 0}, {}, "1"), ({"noise": -0.1}, {}, "0"))

    size: int = own_size(1500)
    noise: float = number(0.02, "Noise", "Standard deviation of each coordinate around the sheet.", low=0.0, high=10.0,
                          unit="σ")
    seed: int = own_seed()

    def shapes(self, given: Mapping[str, Shape], site: Site) -> Mapping[str, Shape]:
        return {"points": features(3), "position": features(1, low=0.0, high=1.0), "label": labels("123456")}

    def component_names(self, site: Site) -> Mapping[str, tuple[str, ...]]:
        return {"points": ("x", "height", "z"), "position": ("s",)}

    def draw(self, draws: Draws) -> Drawn:
        points, position = generated.swiss_roll(draws, self.size, self.noise)
        return {"points": points, "position": position, "label": (6 * position[:, 0]).astype(np.int64)}


LARGEST = 3.4e38  # what float32 holds
CURVES = {"line": "Line", "sine": "Sine", "polynomial": "Polynomial"}


class NoisyCurve(Generated):
    """One number from another, with noise: a line, a sine or a polynomial, to be found again out of its samples."""

    title, family = "Noisy curve", Family.DATA
    equation = "y = a x + b + ε\ny = sin(2πk (x − low) / (high − low)) + ε\ny = Σ cⱼ xʲ + ε,   ε ~ N(0, σ²)"
    source = "U3, U4; Bishop (2006), Pattern Recognition and Machine Learning, §1.1"
    keywords = ("regression", "line", "sine", "polynomial", "fit", "overfitting", "1d", "回帰", "正弦", "多項式", "直線")
    outputs = (
        Port("x", Kind.FEATURES, help="a number between the two bounds"),
        Port("y", Kind.FEATURES, help="the curve there, with noise"),
    )
    samples = (({}, {}), ({"curve": "line"}, {}), ({"curve": "polynomial", "coefficients": "1, -2"}, {}))
    wrong = (
        ({"curve": "spiral"}, {}, "must be one of"),
        ({"low": 1.0, "high": 1.0}, {}, "above the lowest"),
        ({"curve": "polynomial", "coefficients": "1, two"}, {}, "“two” is not a number"),
        ({"curve": "polynomial", "coefficients": " "}, {}, "at least one"),
        ({"noise": -1.0}, {}, "0"),
    )

    curve: choice_type(CURVES) = choice("sine", "Curve", "What the noise is added to.", CURVES)
    size: int = own_size(200)
    slope: float = number(1.0, "Slope", "How steep the line is.", low=-1e6, high=1e6, unit="a",
                          shown_if={"curve": ["line"]})
    intercept: float = number(0.0, "Intercept", "Where the line is at x = 0.", low=-1e6, high=1e6, unit="b",
                              shown_if={"curve": ["line"]})
    periods: float = number(1.0, "Periods", "How often the sine repeats between the bounds.", above=0.0, high=1000.0,
                            unit="k", shown_if={"curve": ["sine"]})
    coefficients: str = text("0, -1, 0, 2", "Coefficients", "The factors of 1, x, x², …, separated by commas.",
                             shown_if={"curve": ["polynomial"]})
    low: float = number(-1.0, "Lowest x", "Where the samples begin.", low=-1e6, high=1e6)
    high: float = number(1.0, "Highest x", "Where the samples end.", low=-1e6, high=1e6)
    noise: float = number(0.1, "Noise", "Standard deviation of y around the curve.", low=0.0, high=1e6, unit="σ")
    seed: int = own_seed()

    def shapes(self, given: Mapping[str, Shape], site: Site) -> Mapping[str, Shape]:
        if self.high <= self.low:
            raise ShapeError(tr("The highest x, {high}, must lie above the lowest, {low}.", high=f"{self.high:g}",
                                low=f"{self.low:g}"), parameter="high")
        if self.curve == "polynomial":
            self._factors()
        return {"x": features(1, low=self.low, high=self.high), "y": features(1)}

    def _factors(self) -> list[float]:
        """The coefficients as numbers. Raises `ShapeError`."""
        factors = []
        for part in filter(None, (part.strip() for part in self.coefficients.split(","))):
            try:
                value = float(part)
            except ValueError:
                value = float("nan")
            if not isfinite(value) or abs(value) > 1e6:
                raise ShapeError(tr("“{part}” is not a number up to a million.", part=part[:40]), parameter="coefficients")
            factors.append(value)
        if not 1 <= len(factors) <= 16:
            raise ShapeError(tr("A polynomial needs at least one coefficient and at most 16."), parameter="coefficients")
        return factors

    def summary(self, given: Mapping[str, Shape], made: Mapping[str, Shape]) -> str:
        return f"{tr(CURVES[self.curve])} · {self.size:,}"

    def component_names(self, site: Site) -> Mapping[str, tuple[str, ...]]:
        return {"x": ("x",), "y": ("y",)}

    def draw(self, draws: Draws) -> Drawn:
        given = draws, self.size, self.low, self.high, self.noise
        if self.curve == "sine":
            x, y = generated.noisy_sine(*given, self.periods)
        else:
            factors = self._factors() if self.curve == "polynomial" else [self.intercept, self.slope]
            x, y = generated.noisy_polynomial(*given, factors)
        if np.abs(y).max() > LARGEST:
            raise ShapeError(tr("The polynomial is too large for a number between these bounds."), parameter="coefficients")
        return {"x": x, "y": y}


class OneOfEight(Generated):
    """Vectors of zeros with a single 1, to be led through fewer units than they have components and found again.

    With eight of them and three units in the middle, an autoencoder invents a binary code.
    """

    title, family = "1-of-8", Family.DATA
    equation = "xᵢ = 1 if i = class, else 0"
    source = "A4; Ackley, Hinton and Sejnowski (1985), A Learning Algorithm for Boltzmann Machines: the encoder problem"
    keywords = ("identity", "one-hot", "8-3-8", "encoder", "1-of-k", "binary code", "恒等写像", "演習問題")
    outputs = (
        Port("x", Kind.FEATURES, help="one component for each class, a single one of them 1"),
        Port("label", Kind.LABELS, help="which component is 1"),
    )
    samples = (({}, {}), ({"classes": 2, "copies": 1}, {}))
    wrong = (({"classes": 1}, {}, "2"), ({"copies": 0}, {}, "1"))

    classes: int = whole(8, "Classes", "How many different vectors there are, each of so many components.", low=2,
                         high=1000, unit="k")
    copies: int = whole(400, "Copies", "How often each vector comes: an epoch has more steps, and nothing else changes.",
                        low=1, high=100_000)

    @property
    def count(self) -> int:
        return self.classes * self.copies

    def shapes(self, given: Mapping[str, Shape], site: Site) -> Mapping[str, Shape]:
        return {"x": features(self.classes, low=0.0, high=1.0), "label": labels(self._names())}

    def _names(self) -> tuple[str, ...]:
        return tuple(str(place) for place in range(1, self.classes + 1))

    def draw(self, draws: Draws) -> Drawn:
        label = np.arange(self.count) % self.classes
        return {"x": generated.one_of_k(label, self.classes), "label": label}
