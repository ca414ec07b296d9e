"""Preparations that write samples in other numbers: 1-of-K, polynomial features, a choice of columns."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations, combinations_with_replacement
from math import comb
from typing import TYPE_CHECKING

import numpy as np

from engine.nodes.node import PrepareNode
from graphs.language import tr
from graphs.spec import Family, Kind, Port, Shape, ShapeError, Site, features, labels, switch, text, whole

if TYPE_CHECKING:
    from engine.data.columns import Column

MOST_FEATURES = 4096


class OneOfK(PrepareNode):
    """Writes a label as numbers: one component for each class, 1 for its own and 0 for the others.

    So that a class can be an input, or the target of a loss between numbers such as Squared error.
    """

    title, family = "1-of-K", Family.PREPARE
    equation = "tₖ = 1 if k = label, else 0"
    source = "D5; Bishop (2006), Pattern Recognition and Machine Learning, §4.1"
    keywords = ("one-hot", "onehot", "one of k", "dummy", "indicator", "categorical", "1-of-K 符号化", "ワンホット")
    fits = False
    inputs = (Port("label", Kind.LABELS, help="labels from a data node"),)
    outputs = (Port("x", Kind.FEATURES, help="as many numbers as there are classes, one of them 1"),)
    samples = (({}, {"label": labels("abc")}), ({}, {"label": labels(["only"])}))
    wrong = (({}, {"label": features(3)}, "label"), ({"classes": 3}, {"label": labels("abc")}, "classes"))

    def shapes(self, given: Mapping[str, Shape], site: Site) -> Mapping[str, Shape]:
        return {"x": features(len(given["label"].classes), low=0.0, high=1.0)}

    def summary(self, given: Mapping[str, Shape], made: Mapping[str, Shape]) -> str:
        return tr("{count} classes", count=made["x"].width) if made else ""

    def names(self, given: tuple[str, ...]) -> tuple[str, ...]:
        return ()

    def learn(self, column: Column, train: np.ndarray) -> dict[str, np.ndarray]:
        return {"classes": np.array([len(column.shape.classes)])}  # a class may have no sample in the training part

    def apply(self, state: Mapping[str, np.ndarray], x: np.ndarray) -> np.ndarray:
        return (x[:, None] == np.arange(int(state["classes"][0]))).astype(np.float32)


class PolynomialFeatures(PrepareNode):
    """Adds the products of features up to a degree, so that a straight layer can bend: x, y become x, y, x², xy, y².

    Give it normalised features: powers of large numbers are larger still.
    """

    title, family = "Polynomial features", Family.PREPARE
    equation = "(x₁, x₂) → (x₁, x₂, x₁², x₁x₂, x₂²)"
    source = "Gergonne (1815), The Application of the Method of Least Squares to the Interpolation of Sequences"
    keywords = ("powers", "products", "interaction", "quadratic", "degree", "polynomial", "多項式")
    fits = False
    inputs = (Port("x", Kind.FEATURES, help="samples from a data node"),)
    outputs = (Port("x", Kind.FEATURES, help="the features, then their products, degree by degree"),)
    samples = (
        ({}, {"x": features(2, low=0.0, high=1.0)}),
        ({"degree": 3, "interactions": True}, {"x": features(4)}),
        ({"degree": 1}, {"x": features(3, low=-2.0, high=2.0)}),
    )
    wrong = (
        ({"degree": 0}, {"x": features(2)}, "1"),
        ({"degree": 5}, {"x": features(64)}, "at most 4,096"),
        ({"degree": 3, "interactions": True}, {"x": features(2)}, "x has only 2 features"),
        ({}, {"x": labels("ab")}, "x"),
    )

    degree: int = whole(2, "Degree", "The most factors in a product.", low=1, high=10)
    interactions: bool = switch(False, "Only products of different features", "Leaves out powers such as x²: every "
                                "factor is another feature.")

    def shapes(self, given: Mapping[str, Shape], site: Site) -> Mapping[str, Shape]:
        x = given["x"]
        if self.interactions and self.degree > x.width:
            raise ShapeError(tr("A product of {degree} different features needs as many, but x has only {width} "
                                "features.", degree=self.degree, width=x.width), parameter="degree")
        width = self._count(x.width)
        if width > MOST_FEATURES:
            raise ShapeError(tr("Degree {degree} makes {made} features out of {width}; at most {most} are possible: "
                                "lower the degree or select columns first.", degree=self.degree, made=f"{width:,}",
                                width=x.width, most=f"{MOST_FEATURES:,}"), parameter="degree")
        low, high = self._range(x.low, x.high)
        return {"x": features(width, low=low, high=high)}

    def _count(self, width: int) -> int:
        if self.interactions:
            return sum(comb(width, degree) for degree in range(1, self.degree + 1))
        return comb(width + self.degree, self.degree) - 1

    def _range(self, low: float | None, high: float | None) -> tuple[float | None, float | None]:
        """What is known of products of numbers from low to high."""
        if self.degree == 1:
            return low, high
        if low is None or high is None or low < -1.0 or high > 1.0:
            return None, None
        return (0.0 if low >= 0.0 else -1.0), 1.0

    def summary(self, given: Mapping[str, Shape], made: Mapping[str, Shape]) -> str:
        return f"{given['x'].width} → {made['x'].width}" if given and made else ""

    def names(self, given: tuple[str, ...]) -> tuple[str, ...]:
        return tuple("·".join(given[place] for place in places) for places in self._products(len(given)))

    def _products(self, width: int) -> list[tuple[int, ...]]:
        choose = combinations if self.interactions else combinations_with_replacement
        return [places for degree in range(1, self.degree + 1) for places in choose(range(width), degree)]

    def apply(self, state: Mapping[str, np.ndarray], x: np.ndarray) -> np.ndarray:
        products = self._products(x.shape[1])
        place_of = {places: place for place, places in enumerate(products)}
        made = np.empty((len(x), len(products)), np.float32)
        made[:, : x.shape[1]] = x
        with np.errstate(over="ignore"):
            for place, places in enumerate(products[x.shape[1] :], start=x.shape[1]):
                np.multiply(made[:, place_of[places[:-1]]], x[:, places[-1]], out=made[:, place])
        if not np.isfinite(made).all():
            raise ShapeError(tr("A product of {degree} features is too large for a number: normalise before.",
                                degree=self.degree), parameter="degree")
        return made


class SelectColumns(PrepareNode):
    """Lets some features through, in the order of the choice, or all but some. Counted from 1: `1-4, 7`."""

    title, family = "Select columns", Family.PREPARE
    source = "Codd (1970), A Relational Model of Data for Large Shared Data Banks: projection"
    keywords = ("choose", "subset", "drop", "features", "slice", "projection", "列の選択")
    fits = False
    inputs = (Port("x", Kind.FEATURES, help="samples from a data node"),)
    outputs = (Port("x", Kind.FEATURES, help="the chosen features"),)
    samples = (
        ({}, {"x": features(4, low=0.0, high=1.0)}),
        ({"columns": "3, 1-2"}, {"x": features(4)}),
        ({"columns": "1", "leave_out": True}, {"x": features(4)}),
    )
    wrong = (
        ({"columns": "1-5"}, {"x": features(4)}, "x has 4 features"),
        ({"columns": "first"}, {"x": features(4)}, "is not a column number"),
        ({"columns": "0"}, {"x": features(4)}, "counted from 1"),
        ({"columns": "2, 1-3"}, {"x": features(4)}, "twice"),
        ({"columns": "1-4", "leave_out": True}, {"x": features(4)}, "No column is left"),
        ({}, {"x": labels("ab")}, "x"),
    )

    columns: str = text("", "Columns", "Numbers and ranges, counted from 1 and separated by commas, such as 1-4, 7. "
                        "Empty: all.")
    leave_out: bool = switch(False, "Leave these out", "Gives every column but the ones that are named.")

    def shapes(self, given: Mapping[str, Shape], site: Site) -> Mapping[str, Shape]:
        x = given["x"]
        chosen = self._chosen(x.width)
        if chosen == list(range(x.width)):
            return {"x": x}
        return {"x": features(len(chosen), low=x.low, high=x.high)}

    def _chosen(self, width: int) -> list[int]:
        """The places of the columns, from 0. Raises `ShapeError` for a text that does not name columns of x."""
        named: list[int] = []
        for part in filter(None, (part.strip() for part in self.columns.split(","))):
            first, last = _bounds(part)
            if last > width:
                raise _refused(tr("There is no column {column}: x has {width} features.", column=last, width=width))
            named += range(first - 1, last)
        if len(set(named)) < len(named):
            twice = next(place for place in named if named.count(place) > 1)
            raise _refused(tr("Column {column} is named twice.", column=twice + 1))
        if not self.columns.strip():
            return list(range(width))
        chosen = [place for place in range(width) if place not in set(named)] if self.leave_out else named
        if not chosen:
            raise _refused(tr("No column is left: name fewer to leave out, or some to keep."))
        return chosen

    def summary(self, given: Mapping[str, Shape], made: Mapping[str, Shape]) -> str:
        return f"{given['x'].width} → {made['x'].width}" if given and made else ""

    def names(self, given: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(given[place] for place in self._chosen(len(given)))

    def apply(self, state: Mapping[str, np.ndarray], x: np.ndarray) -> np.ndarray:
        return x[:, self._chosen(x.shape[1])]


def _bounds(part: str) -> tuple[int, int]:
    """First and last column of `4` or `2-4`. Raises `ShapeError` for anything else."""
    ends = [end.strip() for end in part.split("-")]
    if len(ends) > 2 or not all(end.isascii() and end.isdigit() and len(end) < 10 for end in ends):
        raise _refused(tr("“{part}” is not a column number or a range such as 2-4.", part=part[:40]))
    first, last = int(ends[0]), int(ends[-1])
    if first == 0:
        raise _refused(tr("Columns are counted from 1, so there is no column 0."))
    if first > last:
        raise _refused(tr("The range {part} runs backwards: write {last}-{first}.", part=part, first=first, last=last))
    return first, last


def _refused(words: str) -> ShapeError:
    return ShapeError(words, parameter="columns")
