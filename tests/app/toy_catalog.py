"""A small catalogue for canvas tests, and graphs made of it: so that the canvas cannot learn about real node types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from app.node_live import NodeLive
from graphs.catalog import Catalog
from graphs.document import Document, Node, Wire
from graphs.spec import Family, Kind, NodeType, Port, Shape, ShapeError, Site, features, labels, whole

Given = Mapping[str, Shape]


class Digits(NodeType):
    """Images of digits and what they mean."""

    title, family = "Digits", Family.DATA
    outputs: ClassVar = (Port("pixels"), Port("label", Kind.LABELS))

    def shapes(self, given: Given, site: Site) -> Given:
        return {"pixels": features(64, picture=(8, 8)), "label": labels([str(digit) for digit in range(10)])}

    def summary(self, given: Given, made: Given) -> str:
        return "1,797 images"


class Normalise(NodeType):
    """Brings every feature to one range."""

    title, family = "Normalise", Family.PREPARE
    inputs: ClassVar = (Port("x"),)
    outputs: ClassVar = (Port("x"),)

    def shapes(self, given: Given, site: Site) -> Given:
        return {"x": features(given["x"].width)}

    def summary(self, given: Given, made: Given) -> str:
        return "0 … 1"


class Dense(NodeType):
    """Every output sees every input."""

    title, family = "Dense", Family.LAYERS
    keywords: ClassVar = ("linear", "fully connected")
    inputs: ClassVar = (Port("x", help="What comes in."),)
    outputs: ClassVar = (Port("y"),)
    units: int = whole(32, "Units", "Number of outputs.", low=1, high=4096)

    def shapes(self, given: Given, site: Site) -> Given:
        return {"y": features(self.units)}

    def summary(self, given: Given, made: Given) -> str:
        return f"{given['x'].width} → {self.units}"


class SparseAutoencoder(NodeType):
    """Learns to rebuild its input from a code in which most units stay quiet."""

    title, family = "Sparse autoencoder", Family.AUTOENCODERS
    inputs: ClassVar = (Port("x"),)
    outputs: ClassVar = (Port("code"), Port("reconstruction"))
    units: int = whole(32, "Units", "Size of the code.", low=1, high=4096)

    def shapes(self, given: Given, site: Site) -> Given:
        return {"code": features(self.units), "reconstruction": features(given["x"].width)}

    def summary(self, given: Given, made: Given) -> str:
        width = given["x"].width
        return f"{width} → {self.units} → {width}"


class Reshape(NodeType):
    """Features become an image."""

    title, family = "Reshape", Family.CONVOLUTION
    inputs: ClassVar = (Port("x"),)
    outputs: ClassVar = (Port("image", Kind.IMAGE),)

    def shapes(self, given: Given, site: Site) -> Given:
        side = int(given["x"].width ** 0.5)
        return {"image": Shape(Kind.IMAGE, (1, side, side))}


class Filters(NodeType):
    """Small windows slide over an image."""

    title, family = "Filters", Family.CONVOLUTION
    inputs: ClassVar = (Port("image", Kind.IMAGE),)
    outputs: ClassVar = (Port("maps", Kind.IMAGE),)

    def shapes(self, given: Given, site: Site) -> Given:
        return {"maps": given["image"]}


class CrossEntropy(NodeType):
    """How surprising the right class is."""

    title, family = "Cross-entropy", Family.LOSSES
    has_own_loss: ClassVar[bool] = True
    inputs: ClassVar = (Port("prediction"), Port("label", Kind.LABELS))

    def shapes(self, given: Given, site: Site) -> Given:
        wide, classes = given["prediction"].width, len(given["label"].classes)
        if wide != classes:
            raise ShapeError(f"{wide} units, {classes} classes", port="prediction", wanted=features(classes))
        return {}

    def summary(self, given: Given, made: Given) -> str:
        return "mean of batch"


class Sum(NodeType):
    """Adds two of a size."""

    title, family = "Sum", Family.LAYERS
    inputs: ClassVar = (Port("a"), Port("b", optional=True))
    outputs: ClassVar = (Port("y"),)

    def shapes(self, given: Given, site: Site) -> Given:
        if "b" in given and given["b"] != given["a"]:
            raise ShapeError("Only equals can be added.", port="b")
        return {"y": given["a"]}


CATALOG = Catalog((Digits, Normalise, Dense, Sum, SparseAutoencoder, Reshape, Filters, CrossEntropy))


def chain() -> Document:
    """The five nodes of the mock, wired."""
    nodes = [
        Node("digits1", "digits", position=(24, 104)),
        Node("normalise1", "normalise", position=(240, 104)),
        Node("sae", "sparse_autoencoder", position=(456, 104)),
        Node("dense1", "dense", {"units": 10}, position=(728, 104)),
        Node("loss1", "cross_entropy", position=(944, 104)),
    ]
    wires = frozenset({
        Wire("digits1", "pixels", "normalise1", "x"),
        Wire("normalise1", "x", "sae", "x"),
        Wire("sae", "code", "dense1", "x"),
        Wire("dense1", "y", "loss1", "prediction"),
        Wire("digits1", "label", "loss1", "label"),
    })
    return Document({node.id: node for node in nodes}, wires)


def lives() -> dict[str, NodeLive]:
    """What a training of `chain` might say."""
    random = np.random.default_rng(7)
    fall = np.exp(-np.linspace(0, 5, 80)) + 0.02 * random.random(80)
    tiles = np.array([_digit(digit) for digit in (0, 8, 9, 1, 3, 0, 6, 3)], np.float32)
    return {
        "digits1": NodeLive(tiles=tiles, rms={"pixels": 0.54}),
        "normalise1": NodeLive(histogram=np.array([20, *(8 + 2 * random.random(18)), 12]), rms={"x": 0.9}),
        "sae": NodeLive(training=True, depth=(0, 3), mean=0.21, gradient=0.1, update=0.004, error=0.026,
                        code=random.random(32) ** 4, curve=fall, rms={"code": 0.21}, back={"x": 1e-3}),
        "dense1": NodeLive(training=True, depth=(2, 3), gradient=0.062, accuracy=0.97, rms={"y": 0.3},
                           bars=np.eye(10, dtype=np.float32)[8], back={"x": 0.02}),
        "loss1": NodeLive(training=True, loss=0.44, curve=fall, back={"prediction": 0.14}),
    }  # fmt: skip


def _digit(digit: int) -> np.ndarray:
    """An 8×8 picture that looks a little like its digit: segments of a display."""
    segments = {0: "abcdef", 1: "bc", 3: "abgcd", 6: "afgcde", 8: "abcdefg", 9: "abcdfg"}[digit]
    picture = np.zeros((8, 8))
    spans = {"a": (1, 1, 2, 6), "d": (7, 7, 2, 6), "g": (4, 4, 2, 6), "f": (1, 4, 2, 2), "b": (1, 4, 5, 5),
             "e": (4, 7, 2, 2), "c": (4, 7, 5, 5)}  # fmt: skip
    for segment in segments:
        top, bottom, left, right = spans[segment]
        picture[top : bottom + 1, left : right + 1] = 0.9
    return picture
