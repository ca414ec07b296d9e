"""Whether made data will fit into the memory that is free, asked before they are made."""

from __future__ import annotations

from collections.abc import Iterable
from math import prod

import psutil

from graphs.language import tr
from graphs.spec import Shape, ShapeError

COPIES = 3  # while they are made in double precision, kept, and laid out for the network
SHARE = 0.6  # of what is free


def insist_on_room(rows: int, shapes: Iterable[Shape]) -> None:
    """Raises `ShapeError` when so many samples of these shapes do not fit."""
    numbers = rows * sum(prod(size or 1 for size in shape.sizes) for shape in shapes)
    if 4 * COPIES * numbers > SHARE * psutil.virtual_memory().available:
        raise ShapeError(tr("{count} samples are {numbers} numbers, more than the free memory holds: make fewer or "
                            "smaller ones.", count=f"{rows:,}", numbers=f"{numbers:,}"))
