"""What was drawn by hand, in the form in which documents hold it: points by class, and pictures as short texts.

Points lie in a square from −1 to 1 and are kept in thousandths, a flat list `[x, y, x, y, …]` for each class. A picture
is `"7 h0f…"`: the digit that was meant, then the ink of each pixel, row by row, in sixteen steps `0`…`f`, where `g`…`z`
stand for 2…21 pixels of bare paper. One picture has exactly one such text.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import numpy as np

from graphs.language import tr

SCALE = 1000  # thousandths of half the square's side
MOST_POINTS = 4000
MOST_PICTURES = 1000
LARGEST_PICTURE = 28 * 28
INK = 15  # the darkest of the sixteen steps
LONGEST_BLANK = 21
PICTURE = re.compile(r"[0-9] [0-9a-z]{1,784}")
BLANKS = {ord("g") + length - 2: "0" * length for length in range(2, LONGEST_BLANK + 1)}
RUNS = re.compile(f"0{{2,{LONGEST_BLANK}}}")


def checked_points(value: Any) -> Any:
    """The value, if it is a list of flat lists of coordinates. Raises ValueError with a sentence."""
    if not isinstance(value, list) or not all(isinstance(one, list) for one in value):
        raise ValueError(tr("Points must be a list with one list of coordinates for each class."))
    for place, flat in enumerate(value):
        if len(flat) % 2:
            raise ValueError(tr("The last point of class {name} lacks a coordinate.", name=place))
        if not all(type(number) is int and -SCALE <= number <= SCALE for number in flat):
            raise ValueError(tr("Class {name} holds a coordinate that is no whole number from −1,000 to 1,000.",
                                name=place))
    count = sum(map(len, value)) // 2
    if count > MOST_POINTS:
        raise ValueError(tr("A drawing holds at most {most} points, this one has {count}.", most=f"{MOST_POINTS:,}",
                            count=f"{count:,}"))
    return value


def checked_pictures(value: Any) -> Any:
    """The value, if it is a list of texts that stand for pictures. Raises ValueError with a sentence."""
    if not isinstance(value, list):
        raise ValueError(tr("Samples must be a list of drawn pictures."))
    if len(value) > MOST_PICTURES:
        raise ValueError(tr("A drawing holds at most {most} pictures, this one has {count}.", most=f"{MOST_PICTURES:,}",
                            count=f"{len(value):,}"))
    for row, text in enumerate(value):
        if not isinstance(text, str) or not PICTURE.fullmatch(text):
            raise ValueError(tr("Sample {row} is no drawn picture: a digit, a space and its pixels are expected.",
                                row=row + 1))
    return value


def points_of(value: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    """Points [N, 2] from −1 to 1, and the class of each."""
    flat = [np.asarray(one, np.float64).reshape(-1, 2) / SCALE for one in value]
    label = np.repeat(np.arange(len(flat)), [len(one) for one in flat]).astype(np.int64)
    return np.concatenate([*flat, np.empty((0, 2))]), label


def encoded(label: int, pixels: np.ndarray) -> str:
    """The text for a picture of ink from 0 to 1."""
    steps = np.rint(np.clip(pixels, 0.0, 1.0).ravel() * INK).astype(int)
    plain = "".join(map("0123456789abcdef".__getitem__, steps))
    return f"{label} " + RUNS.sub(lambda run: chr(ord("g") + len(run[0]) - 2), plain)


@lru_cache(maxsize=2 * MOST_PICTURES)
def decoded(text: str) -> tuple[int, np.ndarray]:
    """The digit that was meant, and the ink of each pixel from 0 to 1, read-only."""
    plain = text[2:].translate(BLANKS)[: LARGEST_PICTURE + 1]
    codes = np.frombuffer(plain.encode(), np.uint8).astype(np.float64)
    pixels = np.where(codes >= ord("a"), codes - ord("a") + 10, codes - ord("0")) / INK
    pixels.setflags(write=False)
    return int(text[0]), pixels


def example_points() -> list[list[int]]:
    """Two bows that reach into each other, 24 points each: something to begin with."""
    angle = np.linspace(0.0, np.pi, 24)
    upper = np.stack([0.5 * np.cos(angle) - 0.25, 0.55 * np.sin(angle) - 0.1], axis=1)
    return [np.rint(SCALE * bow).astype(int).ravel().tolist() for bow in (upper, -upper)]
