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
    corner = np.stack([field[r : field.shape[0] - 1 + r, c : field.shape[1] - 1 + c] for r, c in _CORNERS])
    code = ((corner > 0) * np.array([1, 2, 4, 8])[:, None, None]).sum(axis=0)
    found = [_segments(corner, code, case, ends) for case, pairs in _EDGES.items() for ends in pairs]
    return np.concatenate(found) if found else np.empty((0, 2, 2))


def _segments(corner: np.ndarray, code: np.ndarray, case: int, ends: tuple[int, int]) -> np.ndarray:
    rows, columns = np.nonzero(code == case)
    made = np.empty((len(rows), 2, 2))
    for side, edge in enumerate(ends):
        first, second = edge, (edge + 1) % 4
        a, b = corner[first, rows, columns], corner[second, rows, columns]
        share = (a / (a - b))[:, None]
        start, end = _CORNERS[first][::-1], _CORNERS[second][::-1]
        made[:, side] = np.stack([columns, rows], axis=1) + start + share * (end - start)
    return made
