"""Data that the user draws: points in the plane by class, and handwritten digits. The drawing is in the document."""

from __future__ import annotations

from collections.abc import Mapping
from math import isqrt
from typing import Annotated

import numpy as np
from pydantic import BeforeValidator

from engine.data.columns import Column
from engine.data.drawings import checked_pictures, checked_points, decoded, example_points, points_of
from engine.nodes.data import DIGIT_CLASSES
from engine.nodes.source import Source
from graphs.edits import set_parameter
from graphs.language import tr
from graphs.problems import Cure
from graphs.spec import (
    Family,
    Kind,
    Port,
    Shape,
    ShapeError,
    Site,
    choice,
    choice_type,
    drawing,
    features,
    labels,
    whole,
)

SIZES = {"8": "8×8 pixels", "28": "28×28 pixels"}
LAYOUTS = {"features": "One row of numbers", "image": "An image"}
LEAST = 2  # samples that can be trained on


class DrawnPoints(Source):
    """Points in the plane that you paint yourself, each with a class.

    Double-click the node, or press Enter, to open the pad. What is painted while a run goes on is learned at once.
    """

    title, family = "Drawn points", Family.DATA
    source = "Own drawing; compare Smilkov et al. (2017), Direct-Manipulation Visualization of Deep Networks"
    keywords = ("draw", "paint", "pad", "points", "plane", "classes", "mouse", "描く", "点")
    outputs = (
        Port("points", Kind.FEATURES, help="two coordinates, each from −1 to 1"),
        Port("label", Kind.LABELS, help="the class of each point"),
    )
    samples = (({"points": example_points()}, {}), ({"classes": 3, "points": [[0, 0], [500, 0], [-500, 250]]}, {}))
    wrong = (
        ({}, {}, "Nothing is drawn yet"),
        ({"points": [[0, 0, 5]]}, {}, "lacks a coordinate"),
        ({"points": [[0, 0], [2000, 0]]}, {}, "no whole number from"),
        ({"points": "mill"}, {}, "a list with one list"),
        ({"points": [[0] * 8002]}, {}, "at most 4,000 points"),
        ({"points": [[0, 0], [1, 1], [2, 2]]}, {}, "points of class 2, but"),
    )

    classes: int = whole(2, "Classes", "How many classes can be painted.", low=2, high=8)
    points: Annotated[list[list[int]], BeforeValidator(checked_points)] = drawing(
        "Points", "What is painted: for each class a list of coordinates in thousandths."
    )

    def shapes(self, given: Mapping[str, Shape], site: Site) -> Mapping[str, Shape]:
        if sum(map(len, self.points)) < 2 * LEAST:
            example = Cure(tr("Begin with an example"),
                           lambda document: set_parameter(document, site.node, "points", example_points()))
            raise ShapeError(tr("Nothing is drawn yet: open the pad and paint points of at least two classes."),
                             parameter="points", code="nothing_drawn", cures=(example,))
        last = max(place for place, flat in enumerate(self.points) if flat)
        if last >= self.classes:
            more = Cure(tr("Set Classes to {count}", count=last + 1),
                        lambda document: set_parameter(document, site.node, "classes", last + 1))
            raise ShapeError(tr("There are points of class {name}, but only {count} classes, counted from 0.", name=last,
                                count=self.classes), parameter="classes", code="drawing",
                             cures=(more,) if last < 8 else ())
        return {"points": features(2, low=-1.0, high=1.0), "label": labels([str(place) for place in range(self.classes)])}

    def summary(self, given: Mapping[str, Shape], made: Mapping[str, Shape]) -> str:
        return tr("{count} points", count=f"{sum(map(len, self.points)) // 2:,}")

    def load(self, given: Mapping[str, Column], site: Site) -> dict[str, Column]:
        shapes = self.shapes({}, site)
        points, label = points_of(self.points)
        return {"points": Column(points, shapes["points"]), "label": Column(label, shapes["label"])}


class DrawnDigits(Source):
    """Digits in your own handwriting, from 0 (paper) to 1 (ink), each with the digit that was meant.

    Double-click the node, or press Enter, to open the pad: draw, choose the digit with its
    key, and press Enter for the next one.
    """

    title, family = "Drawn digits", Family.DATA
    source = "Own drawing; compare LeCun et al. (1998), Gradient-Based Learning Applied to Document Recognition"
    keywords = ("draw", "write", "handwriting", "pad", "pen", "images", "手書き", "描く")
    outputs = (
        Port("pixels", Kind.FEATURES, also=(Kind.IMAGE,), help="ink of each pixel, row by row, 0…1"),
        Port("label", Kind.LABELS, help="the digit, 0 to 9"),
    )
    samples = (
        ({"pictures": ["1 zzz0", "7 f0f0zzw"]}, {}),
        ({"layout": "image", "size": "28", "pictures": ["3 " + 37 * "z" + "l", "4 f" + 37 * "z" + "k"]}, {}),
    )
    wrong = (
        ({}, {}, "Nothing is drawn yet"),
        ({"pictures": ["1 zzz0", "x"]}, {}, "Sample 2 is no drawn picture"),
        ({"pictures": ["1 zzz0", "2 zz"]}, {}, "Sample 2 has 42 pixels, not 8×8"),
        ({"pictures": ["1 zzz0"] * 1001}, {}, "at most 1,000 pictures"),
        ({"size": "9"}, {}, "must be one of"),
    )

    size: choice_type(SIZES) = choice("8", "Size", "How fine the pad is.", SIZES)
    layout: choice_type(LAYOUTS) = choice(
        "features", "Layout", "One row of numbers for dense layers, or an image for convolution.", LAYOUTS
    )
    pictures: Annotated[list[str], BeforeValidator(checked_pictures)] = drawing(
        "Drawn samples", "What is drawn: for each sample its digit and its pixels as a short text."
    )

    @property
    def side(self) -> int:
        """Pixels from left to right, and from top to bottom."""
        return int(self.size)

    def shapes(self, given: Mapping[str, Shape], site: Site) -> Mapping[str, Shape]:
        if len(self.pictures) < LEAST:
            raise ShapeError(tr("Nothing is drawn yet: open the pad, draw and add at least two digits."),
                             parameter="pictures", code="nothing_drawn")
        side = self.side
        wrong = next((row for row, text in enumerate(self.pictures) if len(decoded(text)[1]) != side**2), None)
        if wrong is not None:
            raise self._of_other_size(wrong, site)
        if self.layout == "image":
            pixels = Shape(Kind.IMAGE, (1, side, side), low=0.0, high=1.0)
        else:
            pixels = features(side**2, picture=(side, side), low=0.0, high=1.0)
        return {"pixels": pixels, "label": labels(DIGIT_CLASSES)}

    def _of_other_size(self, row: int, site: Site) -> ShapeError:
        """A sample that was drawn on another pad; the cure goes back to it, or leaves such samples out."""
        size, side = len(decoded(self.pictures[row])[1]), self.side
        fitting = [text for text in self.pictures if len(decoded(text)[1]) == side**2]
        back = str(isqrt(size))
        cures = [Cure(tr("Set Size to {side}×{side}", side=back),
                      lambda document: set_parameter(document, site.node, "size", back))] if back in SIZES else []
        cures.append(Cure(tr("Leave out what does not fit"),
                          lambda document: set_parameter(document, site.node, "pictures", fitting)))
        return ShapeError(tr("Sample {row} has {size} pixels, not {side}×{side}.", row=row + 1, size=size, side=side),
                          parameter="pictures", code="drawing", cures=cures)

    def summary(self, given: Mapping[str, Shape], made: Mapping[str, Shape]) -> str:
        return tr("{count} images", count=f"{len(self.pictures):,}")

    def load(self, given: Mapping[str, Column], site: Site) -> dict[str, Column]:
        shapes = self.shapes({}, site)
        label, pixels = zip(*map(decoded, self.pictures), strict=True)
        values = np.stack(pixels).reshape(-1, *shapes["pixels"].sizes)
        return {"pixels": Column(values, shapes["pixels"]), "label": Column(np.array(label), shapes["label"])}
