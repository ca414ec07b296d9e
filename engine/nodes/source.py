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
        """Whether the samples are complete only when it is known which rows train; see `settle`."""
        return False

    def settle(self, made: Mapping[str, Column], train: np.ndarray) -> Mapping[str, Column]:
        """What `load` gave, completed with what the training rows tell. Raises `ShapeError`."""
        raise NotImplementedError
