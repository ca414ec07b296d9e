"""Labels at the ends of lines: pushed apart as little as needed, never out of the plot, never over each other."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics

GAP = 14.0  # pixels between the middles of two labels


def spread(wanted: Sequence[float], low: float, high: float, gap: float = GAP) -> list[float]:
    """Places as near as possible (least squares) to the wanted ones, at least `gap` apart, inside low … high.

    Where the room is too small for all, they keep the gap and run out at the end: `choose` first.
    """
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    blocks: list[list[float]] = []  # [sum, count] of wanted − rank × gap: pooled while they are out of order
    for rank, index in enumerate(order):
        blocks.append([wanted[index] - rank * gap, 1.0])
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] > blocks[-1][0] / blocks[-1][1]:
            total, count = blocks.pop()
            blocks[-1][0] += total
            blocks[-1][1] += count
    flat = [total / count for total, count in blocks for _ in range(int(count))]
    ceiling = high - (len(order) - 1) * gap
    placed = [0.0] * len(order)
    for rank, index in enumerate(order):
        placed[index] = max(low, min(flat[rank], ceiling)) + rank * gap
    return placed


def room(height: float, gap: float = GAP) -> int:
    """How many labels fit into the height."""
    return max(1, int(height // gap) + 1)


def choose(values: Sequence[float], first: Sequence[bool], most: int) -> list[int]:
    """Which lines get a label when not all can have one: the chosen ones (`first`), then the highest and the lowest,
    then those in between at even distances of rank."""
    count = len(values)
    if count <= most:
        return list(range(count))
    ranked = sorted(range(count), key=lambda index: values[index])
    kept: dict[int, None] = dict.fromkeys(index for index in range(count) if first[index])
    for index in (ranked[-1], ranked[0]):
        kept.setdefault(index)
    places = [round(step * (count - 1) / max(1, most - 1)) for step in range(most)]
    for place in places:
        if len(kept) >= most:
            break
        kept.setdefault(ranked[place])
    return sorted(list(kept)[:most])


def shortened(metrics: QFontMetrics, text: str, room: int) -> str:
    """The text within so many pixels. Of `node · layer` the node is cut first: the layer tells lines apart."""
    if metrics.horizontalAdvance(text) <= room:
        return text
    head, dot, tail = text.rpartition(" · ")
    left = room - metrics.horizontalAdvance(dot + tail)
    if head and left >= metrics.horizontalAdvance(head[:2] + "…"):
        return metrics.elidedText(head, Qt.TextElideMode.ElideRight, left) + dot + tail
    return metrics.elidedText(tail if head else text, Qt.TextElideMode.ElideMiddle, room)
