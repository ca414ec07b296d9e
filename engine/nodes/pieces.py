"""Other samples, cut out of the given ones: patches of images, windows of series. The split is over the pieces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from engine.data.columns import Column
from engine.data.draws import Draws
from engine.data.room import insist_on_room
from engine.nodes.node import DataNode
from graphs.language import tr
from graphs.spec import Family, Kind, Port, Shape, ShapeError, Site, features, labels, whole


class Patches(DataNode):
    """Cuts small squares out of images, at random places of random images.

    New samples in use are patches themselves.
    """

    title, family = "Patches", Family.PREPARE
    equation = "x′ = x[c, i : i+p, j : j+p]"
    source = "D5, A15; Olshausen and Field (1996), Emergence of Simple-Cell Receptive Field Properties"
    keywords = ("crop", "photographs", "image", "squares", "natural images", "sparse coding", "パッチ", "切り出し", "写真")
    changes_rows = True
    inputs = (Port("images", Kind.IMAGE, also=(Kind.FEATURES,), help="images, or pixels as features, from a data node"),)
    outputs = (Port("patches", Kind.IMAGE, help="squares of p×p pixels with all their channels"),)
    samples = (
        ({"size": 3, "number": 10}, {"images": Shape(Kind.IMAGE, (3, 8, 5), low=0.0, high=1.0)}),
        ({"size": 8}, {"images": features(64, picture=(8, 8))}),
    )
    wrong = (
        ({"size": 9}, {"images": Shape(Kind.IMAGE, (1, 8, 12))}, "8×12"),
        ({}, {"images": features(64)}, "no picture"),
        ({"size": 0}, {"images": Shape(Kind.IMAGE, (1, 8, 8))}, "1"),
        ({"number": 0}, {"images": Shape(Kind.IMAGE, (1, 8, 8))}, "1"),
        ({}, {"images": labels("ab")}, "images"),
    )

    size: int = whole(8, "Size", "Height and width of a patch.", low=1, high=1024, unit="pixels")
    number: int = whole(5000, "Number", "How many patches are cut.", low=1, high=1_000_000)
    seed: int = whole(0, "Seed", "Another seed cuts at other places.")

    def shapes(self, given: Mapping[str, Shape], site: Site) -> Mapping[str, Shape]:
        images = given["images"]
        channels, height, width = _as_image(images)
        if self.size > min(height, width):
            raise ShapeError(tr("The images are {height}×{width}: patches of {size}×{size} do not fit.", height=height,
                                width=width, size=self.size), parameter="size")
        return {"patches": Shape(Kind.IMAGE, (channels, self.size, self.size), low=images.low, high=images.high)}

    def summary(self, given: Mapping[str, Shape], made: Mapping[str, Shape]) -> str:
        return f"{self.number:,} × {self.size}×{self.size}"

    def load(self, given: Mapping[str, Column], site: Site) -> dict[str, Column]:
        images = given["images"]
        shape = self.shapes({"images": images.shape}, site)["patches"]
        insist_on_room(self.number, [shape])
        values = images.values.reshape(-1, *_as_image(images.shape))
        draws = Draws(self.seed, "patches")
        which = draws.whole(self.number, len(values))
        top = draws.whole(self.number, values.shape[2] - self.size + 1)
        left = draws.whole(self.number, values.shape[3] - self.size + 1)
        every = sliding_window_view(values, (self.size, self.size), axis=(2, 3))
        return {"patches": Column(every[which, :, top, left], shape)}


def _as_image(shape: Shape) -> tuple[int, int, int]:
    """Channels, height and width. Raises `ShapeError` for features that are no pixels."""
    if shape.kind is Kind.IMAGE:
        channels, height, width = (size or 1 for size in shape.sizes)
        return channels, height, width
    if shape.picture is None:
        raise ShapeError(tr("These features are no picture: patches are cut out of images."), port="images")
    return 1, *shape.picture


class SlidingWindows(DataNode):
    """Cuts a series, whose rows are moments in order, into overlapping windows, each with a value that lies ahead.

    Split with “The last ones” keeps what comes later for validation; parts that are drawn by chance share moments with
    those that train. Scale the windows, not the series: what is fitted follows the split. A new series in use is cut in
    the same way.
    """

    title, family = "Sliding windows", Family.PREPARE
    equation = "x(n) = s(kn) … s(kn+T−1)\ntarget(n) = s(kn+T−1+h)"
    source = "D5; Box and Jenkins (1970), Time Series Analysis; Takens (1981), Detecting Strange Attractors"
    keywords = ("time series", "sequence", "lag", "forecast", "horizon", "embedding", "窓", "時系列", "予測")
    changes_rows, renews = True, True
    inputs = (Port("series", Kind.FEATURES, help="one row for each moment, in order"),)
    outputs = (
        Port("windows", Kind.SEQUENCE, help="T rows in a row"),
        Port("target", Kind.FEATURES, help="the row that comes h rows after the last of the window"),
    )
    samples = (
        ({}, {"series": features(2)}),
        ({"length": 1, "step": 3, "horizon": 5}, {"series": features(1, low=0.0, high=1.0)}),
    )
    wrong = (({"length": 0}, {"series": features(2)}, "1"), ({"horizon": 0}, {"series": features(2)}, "1"),
             ({}, {"series": labels("ab")}, "series"))

    length: int = whole(20, "Length", "How many rows a window has.", low=1, high=10_000, unit="T")
    step: int = whole(1, "Step", "How many rows further the next window begins.", low=1, high=1_000_000, unit="k")
    horizon: int = whole(1, "Horizon", "How many rows after the window the target lies: 1 is the next.", low=1,
                         high=1_000_000, unit="h")

    def shapes(self, given: Mapping[str, Shape], site: Site) -> Mapping[str, Shape]:
        series = given["series"]
        windows = Shape(Kind.SEQUENCE, (self.length, series.width), low=series.low, high=series.high)
        return {"windows": windows, "target": replace(series, picture=None)}

    def summary(self, given: Mapping[str, Shape], made: Mapping[str, Shape]) -> str:
        return f"T = {self.length} → +{self.horizon}"

    def load(self, given: Mapping[str, Column], site: Site) -> dict[str, Column]:
        series = given["series"]
        shapes = self.shapes({"series": series.shape}, site)
        if series.rows < self.length + self.horizon:
            raise ShapeError(
                tr("The series has {rows} rows: windows of {length} with a target {horizon} ahead need at least {needed}.",
                   rows=series.rows, length=self.length, horizon=self.horizon, needed=self.length + self.horizon),
                parameter="length")
        count = (series.rows - self.length - self.horizon) // self.step + 1
        insist_on_room(count, shapes.values())
        ahead = series.values[self.length - 1 + self.horizon :: self.step][:count]
        return {"windows": Column(self._cut(series.values)[:count], shapes["windows"], series.names),
                "target": Column(ahead, shapes["target"], series.names)}

    def _cut(self, series: np.ndarray) -> np.ndarray:
        """Every window [n, T, F] of a series [N, F]."""
        return sliding_window_view(series, self.length, axis=0)[:: self.step].transpose(0, 2, 1)

    def renew(self, state: Mapping[str, np.ndarray], x: np.ndarray) -> np.ndarray:
        if len(x) < self.length:
            raise ShapeError(tr("The new series has {rows} rows: a window needs {length}.", rows=len(x),
                                length=self.length), parameter="length")
        return self._cut(x)
