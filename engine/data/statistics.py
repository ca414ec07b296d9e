"""Numbers that need every row: moments and histograms by part, covariance, principal axes. Chunk by chunk, reported."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.data.reporting import report
from graphs.language import tr

BARS = 40
MOST_HISTOGRAMS = 64  # columns that get a histogram of their own
MOST_COMPONENTS = 512  # wider samples have no covariance matrix
MOST_ROWS = 20_000  # rows from which covariance and axes are taken; all of the training part where it has fewer
WIDE_ROWS = 1_000  # the same for samples wider than MOST_COMPONENTS
CHUNK = 1 << 20  # numbers at once
MEAN, DEVIATION, LOW, HIGH = range(4)  # of the last axis of moments


def flat(values: np.ndarray) -> np.ndarray:
    """Samples as rows of numbers: N×F, for sequences and images too."""
    return values.reshape(len(values), -1)


def chunks(rows: int, width: int) -> Iterator[slice]:
    """Slices of rows, small enough to be worked on at once; how far it is gets reported."""
    step = max(1, CHUNK // max(1, width))
    for first in range(0, rows, step):
        report(first, rows, tr("Counting all rows"))
        yield slice(first, min(rows, first + step))


def moments(rows: np.ndarray, parts: np.ndarray, count: int) -> np.ndarray:
    """[1 + count, F, 4] of N×F samples, each in part 0 … count − 1 (Chan, Golub and LeVeque 1979, to lose no digits)."""
    width = rows.shape[1]
    number = np.zeros((1 + count, 1))
    mean, square = np.zeros((1 + count, width)), np.zeros((1 + count, width))
    low, high = np.full((1 + count, width), np.inf), np.full((1 + count, width), -np.inf)
    for piece in chunks(len(rows), width):
        values, part = rows[piece].astype(np.float64), parts[piece]
        for place in range(1 + count):
            chosen = values if place == 0 else values[part == place - 1]
            if not len(chosen):
                continue
            own, size = chosen.mean(axis=0), len(chosen)
            total = number[place] + size
            away = own - mean[place]
            square[place] += ((chosen - own) ** 2).sum(axis=0) + away**2 * (number[place] * size / total)
            mean[place] += away * (size / total)
            number[place] = total
            np.minimum(low[place], chosen.min(axis=0), out=low[place])
            np.maximum(high[place], chosen.max(axis=0), out=high[place])
    empty = number == 0
    deviation = np.sqrt(square / np.where(empty, 1.0, number))
    made = np.stack([mean, deviation, low, high], axis=-1)
    made[empty[:, 0]] = np.nan
    return made


def histograms(rows: np.ndarray, parts: np.ndarray, count: int, known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Edges [K, BARS + 1] and counts [count, K, BARS] of the first K components, `known` being their moments."""
    shown = min(rows.shape[1], MOST_HISTOGRAMS)
    edges = np.stack([bin_edges(known[0, column, LOW], known[0, column, HIGH]) for column in range(shown)]) \
        if shown else np.empty((0, BARS + 1))
    counts = np.zeros((count, shown, BARS), np.int64)
    for piece in chunks(len(rows), shown):
        values, part = rows[piece, :shown], parts[piece]
        for place in range(count):
            chosen = values[part == place]
            for column in range(shown):
                counts[place, column] += np.histogram(chosen[:, column], edges[column])[0]
    return edges, counts


def histogram_of_all(rows: np.ndarray, parts: np.ndarray, count: int, known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same for all values together, as of pixels, which are alike: edges [1, BARS + 1] and counts [count, 1, BARS]."""
    edges = bin_edges(float(np.min(known[0, :, LOW])), float(np.max(known[0, :, HIGH])))
    counts = np.zeros((count, 1, BARS), np.int64)
    for piece in chunks(len(rows), rows.shape[1]):
        for place in range(count):
            counts[place, 0] += np.histogram(rows[piece][parts[piece] == place], edges)[0]
    return edges[None], counts


def bin_edges(low: float, high: float, bars: int = BARS) -> np.ndarray:
    """Limits of the bars between least and largest; around a constant they are one apart."""
    if not (np.isfinite(low) and np.isfinite(high)):
        low, high = 0.0, 1.0
    if high - low <= 1e-9 * max(abs(low), abs(high)):
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, bars + 1)


def spread_out(rows: np.ndarray, most: int) -> np.ndarray:
    """At most so many of the row numbers, evenly taken."""
    return rows if len(rows) <= most else rows[np.linspace(0, len(rows) - 1, most).round().astype(np.int64)]


def covariance(rows: np.ndarray, train: np.ndarray) -> np.ndarray:
    """Φ = 1/N Σ (x − x̄)(x − x̄)ᵀ of the training rows; 0×0 where samples are too wide for a matrix."""
    width = rows.shape[1]
    if not 1 < width <= MOST_COMPONENTS or not len(train):
        return np.empty((0, 0))
    report(0, 1, tr("Covariance"))
    chosen = rows[np.sort(spread_out(train, MOST_ROWS))].astype(np.float64)
    chosen -= chosen.mean(axis=0)
    return chosen.T @ chosen / len(chosen)


def principal_axes(rows: np.ndarray, train: np.ndarray, matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean [F], the two axes of largest variance [F, 2], and their shares of the variance [2], of the training rows."""
    report(0, 1, tr("Principal axes"))
    if matrix.size:
        mean = rows[np.sort(spread_out(train, MOST_ROWS))].mean(axis=0, dtype=np.float64)
        values, vectors = np.linalg.eigh(matrix)
        return _signed(mean, vectors[:, ::-1][:, :2], values[::-1][:2], float(np.trace(matrix)))
    chosen = rows[np.sort(spread_out(train, WIDE_ROWS))].astype(np.float64)
    mean = chosen.mean(axis=0)
    chosen -= mean
    values, vectors = np.linalg.eigh(chosen @ chosen.T)  # fewer samples than components: the small matrix tells all
    axes = chosen.T @ vectors[:, ::-1][:, :2]
    axes /= np.maximum(np.linalg.norm(axes, axis=0), 1e-300)
    return _signed(mean, axes, values[::-1][:2], float(values.sum()))


def _signed(mean: np.ndarray, axes: np.ndarray, variances: np.ndarray,
            total: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Each axis with its largest component positive: the picture does not flip from one look to the next."""
    largest = np.abs(axes).argmax(axis=0)
    signs = np.where(axes[largest, np.arange(axes.shape[1])] < 0, -1.0, 1.0)
    return mean, axes * signs, np.maximum(variances, 0.0) / (total or 1.0)
