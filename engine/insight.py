"""What can be read off a response (`engine.response`): the field of an autoencoder, tangents, preferred inputs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.linalg import eigh

from engine.response import Response, unit_rows

STEPS = 200  # of the ascent, at most
GROWTH, SHRINKING, LEAST = 1.3, 0.5, 1e-4  # of an ascent's step, as a share of the radius
FROM = 64  # samples of which an ascent may begin


def vector_field(rebuilt: Response, points: np.ndarray) -> np.ndarray:
    """r(x) − x at each of the points (N × D): where the autoencoder moves them. After training with Gaussian noise σ that
    is σ² ∇log p_σ(x) (Alain and Bengio 2014; lectures A7)."""
    return rebuilt.values(points) - points


def tangents(code: Response, x: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The directions in which a sample must move to change its code most: the leading right singular vectors of ∂code/∂x,
    `count` × D and of length 1, with their singular values (Rifai et al. 2011; lectures A8). The largest component of
    each is positive. Fewer where the code is narrower."""
    jacobian = code.jacobian(x).astype(np.float64)
    across = len(jacobian) <= jacobian.shape[1]  # the smaller of its two products with itself is quickly taken apart
    product = jacobian @ jacobian.T if across else jacobian.T @ jacobian
    few = max(0, len(product) - count)
    squares, vectors = eigh(product, subset_by_index=(few, len(product) - 1))
    sizes = np.sqrt(np.maximum(squares[::-1], 0))
    directions = vectors.T[::-1]
    if across:
        directions = directions @ jacobian / np.maximum(sizes, 1e-30)[:, None]
    largest = np.take_along_axis(directions, np.abs(directions).argmax(axis=1)[:, None], axis=1)
    return sizes, directions * np.where(largest < 0, -1.0, 1.0)


def preferred_inputs(
    sums: Response, units: Sequence[int], *, radius: float = 1.0, samples: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The inputs of length `radius` that excite each unit most, by gradient ascent (lectures A16; Erhan et al. 2009), and
    the values they reach: len(units) × D and len(units).

    Each ascent begins at that sample, brought to the same length, which excites its unit most; without samples at
    random. For one layer this is radius · w/‖w‖. Best with `sums`: bent sums have gradients that fade. Where a gradient
    vanishes the ascent stays where it is.
    """
    wanted = unit_rows(units, sums.units)
    starts = _starts(sums, samples, radius)
    x = starts[sums.values(starts)[:, list(units)].argmax(axis=0)]
    reached, uphill = _uphill(sums, x, wanted)
    step = np.ones(len(x))
    for _ in range(STEPS):
        tried = _at(x / radius + step[:, None] * uphill, radius)
        values, slopes = _uphill(sums, tried, wanted)
        better = values > reached
        x[better], reached[better], uphill[better] = tried[better], values[better], slopes[better]
        step = np.where(better, np.minimum(step * GROWTH, 1e3), step * SHRINKING)
        if (step < LEAST).all():
            break
    return x, reached


def _starts(sums: Response, samples: np.ndarray | None, radius: float) -> np.ndarray:
    """Where ascents may begin, all of the same length: so many at most, spread over the samples."""
    if samples is None:
        samples = np.random.Generator(np.random.Philox(key=[0, 2009])).standard_normal((FROM, sums.inputs))
    flat = np.asarray(samples, np.float64).reshape(len(samples), -1)
    return _at(flat[:: max(1, len(flat) // FROM)][:FROM], radius)


def _at(x: np.ndarray, radius: float) -> np.ndarray:
    """The rows, brought to this length; what is zero becomes even."""
    lengths = np.linalg.norm(x, axis=1, keepdims=True)
    return np.where(lengths > 0, x * (radius / np.maximum(lengths, 1e-30)), radius / np.sqrt(x.shape[1]))


def _uphill(sums: Response, x: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The value of the wanted unit for each row, and the direction (of length 1) in which it grows."""
    values, slopes = sums.pulled(x, wanted)
    slopes = slopes.astype(np.float64)
    lengths = np.linalg.norm(slopes, axis=1, keepdims=True)
    return (values * wanted).sum(axis=1).astype(np.float64), slopes / np.maximum(lengths, 1e-30)
