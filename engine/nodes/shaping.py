"""Nodes that change the shape of what passes and no number of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from engine.nodes.node import NetworkNode
from engine.ops.primitive import Value
from engine.ops.shaping import Flatten as FlattenOperation
from graphs.spec import Family, Kind, Port, Shape, Site

if TYPE_CHECKING:
    from engine.compiler import Builder


class Flatten(NetworkNode):
    """Lays an image out as one row of features, line by line, so that a dense layer can take it."""

    title, family = "Flatten", Family.LAYERS
    equation = "C×H×W → C·H·W"
    source = "the usual bridge between convolution and dense layers"
    keywords = ("reshape", "vector", "row")
    inputs = (Port("x", Kind.IMAGE, help="an image"),)
    outputs = (Port("y", Kind.FEATURES, help="its pixels as one row"),)
    samples = (({}, {"x": Shape(Kind.IMAGE, (1, 4, 3))}), ({}, {"x": Shape(Kind.IMAGE, (2, 1, 1))}))

    def shapes(self, given: Mapping[str, Shape], site: Site) -> Mapping[str, Shape]:
        x = given["x"]
        channels, height, width = x.sizes
        plane = (height, width) if height and width else None
        return {"y": Shape(Kind.FEATURES, (x.width,), picture=plane if channels == 1 else None, low=x.low, high=x.high,
                           colour=plane if channels == 3 else None)}

    def summary(self, given: Mapping[str, Shape], made: Mapping[str, Shape]) -> str:
        return f"{'×'.join(map(str, given['x'].sizes))} → {given['x'].width}" if "x" in given else ""

    def build(self, net: Builder, inputs: Mapping[str, Value]) -> Mapping[str, Value]:
        return {"y": FlattenOperation()(inputs["x"])}
