"""Principal axes of numbers that change all the time: each look goes on from the last, so that nothing jumps or flips."""

from __future__ import annotations

import numpy as np

MOST = 1 << 17  # numbers that the search looks at: of more samples every second, every third, …
FIRST, AGAIN = 40, 3  # rounds of the search: from scratch, and from where the axes were


class Axes:
    """The two directions of largest variance of N × D numbers, by orthogonal iteration: no matrix of D × D is made."""

    def __init__(self) -> None:
        self.middle = np.zeros(0)
        self.directions = np.zeros((2, 0))  # of length 1
        self.share = 0.0  # of the variance that lies along both

    def follow(self, values: np.ndarray) -> np.ndarray:
        """N × 2 coordinates of new numbers along axes that are brought up to date first."""
        self.middle = values.mean(axis=0, dtype=np.float64)
        apart = values - self.middle
        width = apart.shape[1]
        known = self.directions.shape[1] == width
        basis = self.directions.T if known else np.linalg.qr(
            np.random.Generator(np.random.Philox(key=[0, width])).standard_normal((width, 2)))[0]
        some = np.ascontiguousarray(apart[:: -(-apart.size // MOST)])
        for _ in range(AGAIN if known else FIRST):
            basis = np.linalg.qr(some.T @ (some @ basis) + 1e-30 * basis)[0]
        seen = some @ basis
        _, vectors = np.linalg.eigh(seen.T @ seen)
        basis = basis @ vectors[:, ::-1]
        if known:
            basis = basis * np.where((basis * self.directions.T).sum(axis=0) < 0, -1.0, 1.0)
        self.directions = basis.T
        seen = apart @ basis
        total = float(np.square(apart).sum())
        self.share = float(np.square(seen).sum()) / total if total > 0 else 0.0
        return seen

    def back(self, x: float, y: float) -> np.ndarray:
        """The point of all dimensions that lies at (x, y) in the plane of the axes."""
        return self.middle + x * self.directions[0] + y * self.directions[1]
