"""Where a field over a grid crosses zero: line segments by marching squares, all cells at once."""

from __future__ import annotations

import numpy as np

# corners of a cell: 0 bottom left, 1 bottom right, 2 top right, 3 top left; edges lie between corner i and i + 1
_EDGES: dict[int, tuple[tuple[int, int], ...]] = {
    1: ((3, 0),), 2: ((0, 1),), 3: ((3, 1),), 4: ((1, 2),), 5: ((3, 2), (0, 1)), 6: ((0, 2),), 7: ((3, 2),),
    8: ((2, 3),), 9: ((2, 0),), 10: ((3, 0), (1, 2)), 11: ((2, 1),), 12: ((1, 3),), 13: ((1, 0),), 14: ((0, 3),),
}  # fmt: skip
_CORNERS = np.array([[0, 0], [0, 1], [1, 1], [1, 0]])  # (row, column)


def zero_segments(field: np.ndarray) -> np.ndarray:
    """(n × 2 × 2) segments as (x, y) in grid coordinates, x along columns and y along rows, where the field is zero."""
    above = (field > 0).astype(np.uint8)
    codes = above[:-1, :-1] | above[:-1, 1:] << 1 | above[1:, 1:] << 2 | above[1:, :-1] << 3
    rows, columns = np.nonzero((codes > 0) & (codes < 15))  # few cells are crossed
    code, corner = codes[rows, columns], np.stack([field[rows + r, columns + c] for r, c in _CORNERS])
    cells = np.stack([columns, rows], axis=1)
    return np.concatenate([_segments(corner[:, code == case], cells[code == case], ends)
                           for case, pairs in _EDGES.items() for ends in pairs])


def _segments(corner: np.ndarray, cells: np.ndarray, ends: tuple[int, int]) -> np.ndarray:
    made = np.empty((len(cells), 2, 2))
    for side, first in enumerate(ends):
        second = (first + 1) % 4
        a, b = corner[first], corner[second]
        start, end = _CORNERS[first][::-1], _CORNERS[second][::-1]
        made[:, side] = cells + start + (a / (a - b))[:, None] * (end - start)
    return made
