"""What a node on the canvas shows of a running training. The training side fills it, the canvas paints it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace

import numpy as np

from engine.data.thumbnails import Thumbnail


@dataclass(frozen=True, slots=True)
class NodeLive:
    """Small live numbers and one small picture. `None` or an empty array: nothing to show.

    `mean` is the mean activation, `gradient` the norm of ∂E/∂W, `update` the share ‖ΔW‖/‖W‖. `curve` is a short
    history (loss of a loss node, reconstruction error of an autoencoder, gradient of a layer). `code` are unit
    activities of one sample, `bars` class probabilities of one sample, `tiles` pictures (n × H × W, or × 3 for colours)
    of a data node, `histogram` 20 bin counts, `bend` counts of what a node's function is given, `slope` the mean one that a
    PReLU has learned, `dots` points of a plane and `columns` a histogram for each column (see
    `engine.data.thumbnails`). `rms` per output port drives the wires' activation view, `back` per input port
    their gradient view.
    """

    training: bool = False
    depth: tuple[int, int] | None = None  # position among the layers, and how many there are: the colour key
    mean: float | None = None
    gradient: float | None = None
    update: float | None = None
    loss: float | None = None
    accuracy: float | None = None
    error: float | None = None
    slope: float | None = None
    curve: np.ndarray = field(default_factory=lambda: np.empty(0, np.float32))
    code: np.ndarray = field(default_factory=lambda: np.empty(0, np.float32))
    bars: np.ndarray = field(default_factory=lambda: np.empty(0, np.float32))
    tiles: np.ndarray = field(default_factory=lambda: np.empty((0, 0, 0), np.float32))
    histogram: np.ndarray = field(default_factory=lambda: np.empty(0, np.float32))
    bend: np.ndarray = field(default_factory=lambda: np.empty(0, np.float32))
    dots: np.ndarray = field(default_factory=lambda: np.empty((0, 3), np.float32))
    columns: np.ndarray = field(default_factory=lambda: np.empty((0, 0), np.float32))
    rms: Mapping[str, float] = field(default_factory=dict)
    back: Mapping[str, float] = field(default_factory=dict)


def with_thumbnail(live: NodeLive | None, small: Thumbnail) -> NodeLive:
    """What a data node shows: its data in small, whether it is training or not, so that the node keeps its size."""
    pictures = {part.name: getattr(small, part.name) for part in fields(small)}
    return replace(live or NodeLive(), **pictures)
