"""What principal components leave over: the error of the best linear code of the same size, for lines on loss curves."""

from __future__ import annotations

import numpy as np

WIDEST = 2048  # components of a sample: beyond, the axes cost more than anybody waits for
PRODUCTS = 4e9  # of the covariance: beyond, evenly chosen samples stand for all


def left_over(samples: np.ndarray, size: int) -> float | None:
    """The squared distance, summed over components and averaged over samples (N×D), between samples and what their first
    `size` principal components rebuild (A3). None where there are too many components to tell.

    It is the sum of the other eigenvalues of the covariance (Pearson 1901; Baldi and Hornik 1989).
    """
    width = samples.shape[1]
    if width > WIDEST or not len(samples):
        return None
    most = max(2 * width, int(PRODUCTS / width**2))
    x = samples[:: -(-len(samples) // most)].astype(np.float64)
    x -= x.mean(axis=0)
    values = np.linalg.eigvalsh(x.T @ x / len(x))
    return float(np.maximum(values[: max(0, width - size)], 0.0).sum())
