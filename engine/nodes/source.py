"""What a source is: a node of the data half without inputs, perhaps with a file behind it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from engine.nodes.node import DataNode
from graphs.spec import Site

if TYPE_CHECKING:
    import numpy as np

    from engine.data.columns import Column


class Source(DataNode):
    """Gives samples to the graph. Its `load` and its shape rule raise `ShapeError` for a file that does not serve."""

    def files(self, site: Site) -> tuple[Path, ...]:
        """The files that the outputs depend on besides the parameters. Raises `ShapeError` for one that is missing."""
        return ()

    def component_names(self, site: Site) -> Mapping[str, tuple[str, ...]]:
        """Names of the components of each output that has some, such as the columns of a table."""
        return {}

    @property
    def settles(self) -> bool:
        """Whether the samples of the first output are complete only when it is known which rows train; see `settle`."""
        return False

    def measure(self, samples: Column, train: np.ndarray) -> Mapping[str, np.ndarray]:
        """What the training rows of the first output tell. It is saved beside the weights. Raises `ShapeError`."""
        raise NotImplementedError

    def settle(self, measured: Mapping[str, np.ndarray], samples: np.ndarray) -> np.ndarray:
        """Samples of the first output, loaded or new, completed with what was measured."""
        raise NotImplementedError
