"""One row of the panel of slow motion, and how indices and numbers are written in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Line:
    """One row: words at the left, a number at the right. `tone` names a colour of the theme."""

    kind: Literal["head", "formula", "term", "result", "words"]
    left: str
    right: str = ""
    tone: str = ""


def sub(*places: int) -> str:
    """Indices as they stand under a letter: `₄`, `₄,₁₉`."""
    return "‚".join(str(place).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")) for place in places)


def number(value: float, digits: int = 4) -> str:
    """A number with so many figures that matter."""
    text = f"{value + 0.0:.{digits}g}"  # without the sign of a zero
    if "e" in text:
        mantissa, exponent = text.split("e")
        text = f"{mantissa}e{int(exponent)}"
    return text.replace("-", "−")
