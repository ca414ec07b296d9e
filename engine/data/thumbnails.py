"""The small picture of its data that a node carries: tiles, dots, a curve, bars, or a histogram a column."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from engine.data.columns import Column
from engine.data.statistics import bin_edges, flat, spread_out
from graphs.spec import Kind

TILES, DOTS, STEPS, BINS, COLUMNS, COLUMN_BINS = 8, 160, 96, 20, 8, 10
ROWS = 20_000  # from which histograms are counted
LARGEST_TILE = 64  # pixels; larger pictures are thinned
MOST_BARS = 12
BARE, PAPER = 0.01, 0.2  # share of the tones that is bare; share of the points that must be
MANY_UNITS = 4  # features from which a sequence is a raster, not a curve


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """At most one of these holds anything: `tiles` n×H×W or n×H×W×3 in 0 … 1; `dots` n×3 (x and y in 0 … 1, class or
    −1); `curve` a sequence; `bars` shares of the classes; `histogram` 20 counts; `columns` k×10 counts.
    """

    tiles: np.ndarray = field(default_factory=lambda: np.empty((0, 0, 0), np.float32))
    dots: np.ndarray = field(default_factory=lambda: np.empty((0, 3), np.float32))
    curve: np.ndarray = field(default_factory=lambda: np.empty(0, np.float32))
    bars: np.ndarray = field(default_factory=lambda: np.empty(0, np.float32))
    histogram: np.ndarray = field(default_factory=lambda: np.empty(0, np.float32))
    columns: np.ndarray = field(default_factory=lambda: np.empty((0, 0), np.float32))


def thumbnail(column: Column, labels: np.ndarray, target: np.ndarray, class_counts: np.ndarray, *, prepared: bool,
              points: np.ndarray | None, picked: np.ndarray) -> Thumbnail:
    """The picture that tells most. `points` [P, 2] are the picked rows in the plane, if they lie in one by nature."""
    shape = column.shape
    if shape.kind is Kind.LABELS:
        total = class_counts.sum(axis=0)
        return Thumbnail(bars=_single(total / max(1, total.sum()))) if len(total) <= MOST_BARS else \
            Thumbnail(histogram=_single(np.histogram(labels, BINS)[0]))
    if shape.kind is Kind.SEQUENCE:
        return _sequence(column)
    if points is not None and len(points):
        known = labels[picked] if len(labels) else np.full(len(points), -1)
        return Thumbnail(dots=_dots(points, known))
    if shape.kind is Kind.IMAGE or (shape.picture and not prepared):
        return Thumbnail(tiles=_tiles(column))
    rows = flat(column.values)[spread_out(np.arange(column.rows), ROWS)]
    if shape.picture or rows.shape[1] > 64:
        return Thumbnail(histogram=_single(_counts(rows, BINS)))
    return Thumbnail(columns=np.stack([_single(_counts(rows[:, place], COLUMN_BINS))
                                       for place in range(min(COLUMNS, rows.shape[1]))]))


def _single(values: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(values, np.float32)


def _counts(values: np.ndarray, bins: int) -> np.ndarray:
    values = values[np.isfinite(values)]
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 1.0)
    return np.histogram(values, bin_edges(low, high, bins))[0]


def _sequence(column: Column) -> Thumbnail:
    length = int(column.lengths[0]) if column.lengths is not None else column.values.shape[1]
    first = column.values[0, :length]
    if first.shape[1] >= MANY_UNITS:
        steps = first[:STEPS].T  # a row for each feature, time to the right
        return Thumbnail(tiles=_in_unit(steps[None, :LARGEST_TILE]))
    return Thumbnail(curve=_single(first[spread_out(np.arange(length), STEPS), 0]))


def _dots(points: np.ndarray, known: np.ndarray) -> np.ndarray:
    chosen = spread_out(np.arange(len(points)), DOTS)
    low, high = points.min(axis=0), points.max(axis=0)
    scaled = (points[chosen] - low) / np.where(high > low, high - low, 1.0)
    return _single(np.column_stack([scaled, known[chosen]]))


def _tiles(column: Column) -> np.ndarray:
    shape, values = column.shape, column.values[:TILES]
    if shape.kind is Kind.IMAGE:
        pictures = values.transpose(0, 2, 3, 1)  # channels last, as painters want them
        pictures = pictures if pictures.shape[-1] == 3 else pictures[..., 0]
        low, high = float(pictures.min(initial=0.0)), float(pictures.max(initial=0.0))
        if pictures.ndim == 3 and not is_ink(pictures, low, high):  # its light is light in every theme
            pictures = np.repeat(pictures[..., None], 3, axis=-1)
    else:
        pictures = values.reshape(-1, *(shape.picture or ()))
    every = max(1, -(-max(pictures.shape[1:3]) // LARGEST_TILE))
    return _in_unit(pictures[:, ::every, ::every])


def is_ink(pictures: np.ndarray, low: float, high: float) -> bool:
    """Whether much of the pictures is bare paper, as of written characters; of a photograph hardly a point is."""
    return pictures.size == 0 or float((pictures <= low + BARE * (high - low)).mean()) >= PAPER


def _in_unit(pictures: np.ndarray) -> np.ndarray:
    low, high = float(pictures.min(initial=0.0)), float(pictures.max(initial=0.0))
    return _single((pictures - low) / ((high - low) or 1.0))
