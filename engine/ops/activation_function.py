"""What an activation function is to those who choose it by name. Which ones exist stands in `engine.ops.activations`."""

from dataclasses import dataclass
from typing import ClassVar

from engine.kernels.bookkeeping import NEVER
from engine.ops.primitive import Primitive


@dataclass(frozen=True)
class ActivationFunction(Primitive):
    """What users choose by name: besides the kernels, its words, the range of its values, and how it falls silent.

    A function that can be set has its settings as fields; nodes that let users choose it have parameters of the same
    names. One that learns names its parameter as a second input (`alpha`).
    """

    name: ClassVar[str]
    title: ClassVar[str]
    low: ClassVar[float | None] = None
    high: ClassVar[float | None] = None
    silence: ClassVar[int] = NEVER
    rectifier: ClassVar[bool] = False  # lets about half of its input through: weights start as He's

    inputs = ("x",)
