"""Node types that exist for the tests of graphs alone, which must not know any real ones."""

from __future__ import annotations

from typing import Any

from graphs.catalog import Catalog
from graphs.language import tr
from graphs.spec import (
    LOSS,
    Family,
    Kind,
    NodeType,
    Parameters,
    Port,
    Shape,
    ShapeError,
    choice,
    choice_type,
    features,
    labels,
    number,
    switch,
    text,
    whole,
)

MOODS = {"calm": "Calm", "wild": "Wild"}


class Spring(NodeType):
    """Numbers well up here."""

    title, family, keywords = "Spring", Family.DATA, ("source", "dataset")
    outputs = (Port("values"), Port("labels", Kind.LABELS), Port("pictures", Kind.IMAGE))
    width: int = whole(64, "Width", "How many numbers a sample has.", low=1, high=100_000)

    def shapes(self, given, site):
        return {"values": features(self.width), "labels": labels("abc"),
                "pictures": Shape(Kind.IMAGE, (1, 8, 8))}


class Mill(NodeType):
    """Grinds numbers into other numbers."""

    title, family, keywords, replaces = "Mill", Family.LAYERS, ("layer", "grind"), ("old_mill",)
    inputs, outputs = (Port("x"),), (Port("y"),)
    units: int = whole(64, "Units", "How many numbers come out.", low=1, high=65_536)
    mood: choice_type(MOODS) = choice("calm", "Mood", "How it grinds.", MOODS)
    rate: float = number(0.5, "Rate", "A share.", above=0.0, below=1.0)
    wet: bool = switch(True, "Wet", "Whether it is wet.")
    note: str = text("", "Note", "Anything.")

    def shapes(self, given, site):
        return {"y": given["x"].features(self.units)}

    def summary(self, given, made):
        return f"{given['x'].width} → {made['y'].width}"


class Mirror(NodeType):
    """Gives what it gets."""

    title, family = "Mirror", Family.LAYERS
    inputs, outputs = (Port("x"),), (Port("y"),)

    def shapes(self, given, site):
        return {"y": given["x"]}


class Flatten(NodeType):
    """Lays the pixels of an image in one row."""

    title, family = "Flatten", Family.CONVOLUTION
    inputs, outputs = (Port("x", Kind.IMAGE),), (Port("y"),)

    def shapes(self, given, site):
        return {"y": features(given["x"].width)}


class Scale(NodeType):
    """How far two sets of numbers lie apart."""

    title, family = "Scale", Family.LOSSES
    inputs, outputs = (Port("x"), Port("target")), (Port("loss", Kind.LOSS),)

    def shapes(self, given, site):
        x, target = given["x"], given["target"]
        if x.width != target.width:
            raise ShapeError(tr("“x” is {x}, but “target” is {target}.", x=x, target=target), port="x", wanted=target)
        return {"loss": LOSS}


class Judge(NodeType):
    """How wrong a guess at a label is."""

    title, family = "Judge", Family.LOSSES
    inputs, outputs = (Port("x"), Port("target", Kind.LABELS)), (Port("loss", Kind.LOSS),)

    def shapes(self, given, site):
        classes = len(given["target"].classes)
        if given["x"].width != classes:
            raise ShapeError(f"“x” needs {classes} numbers, one a class.", port="x", wanted=features(classes))
        return {"loss": LOSS}


class Delay(NodeType):
    """Gives what came a step ago."""

    title, family, delays = "Delay", Family.RECURRENT, True
    inputs, outputs = (Port("x"),), (Port("y"),)
    width: int = whole(4, "Width", "How many numbers.", low=1)

    def shapes(self, given, site):
        return {"y": features(self.width)}


class Loner(NodeType):
    """Trains without a loss."""

    title, family, has_own_loss = "Loner", Family.AUTOENCODERS, True
    inputs, outputs = (Port("x"), Port("hint", optional=True)), (Port("code"), Port("again"))
    units: int = whole(8, "Units", "How many numbers the code has.", low=1, high=4096)

    def shapes(self, given, site):
        return {"code": features(self.units), "again": given["x"]}


class Settings(Parameters):
    """Training settings of the toy catalogue."""

    rate: float = number(0.01, "Learning rate", "How far a step goes.", above=0.0, high=10.0)
    epochs: int = whole(10, "Epochs", "How often.", high=1000)


CATALOG = Catalog((Spring, Mill, Mirror, Flatten, Scale, Judge, Delay, Loner), Settings)


def codes(checked: Any) -> list[str]:
    """The codes of what was found, sorted."""
    return sorted(problem.code for problem in checked.problems)
