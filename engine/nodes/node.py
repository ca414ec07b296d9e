"""How a node computes: data nodes run once with numpy, network nodes write operations that are compiled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from graphs.spec import NodeType, Site

if TYPE_CHECKING:
    import numpy as np

    from engine.compiler import Builder
    from engine.data.columns import Column
    from engine.ops.primitive import Value


class DataNode(NodeType):
    """The data half: computed once when a run starts, cached by content, looked at without training."""

    def load(self, given: Mapping[str, Column], site: Site) -> Mapping[str, Column]:
        """The whole data set of every output port. Raises `engine.errors.RunProblem` in words users understand."""
        raise NotImplementedError


class PrepareNode(DataNode):
    """A preparation whose statistics come from the training part alone and are applied to everything."""

    def fit(self, x: np.ndarray) -> Mapping[str, np.ndarray]:
        """The statistics of the training rows x (float32, N×F). They are saved beside the weights."""
        raise NotImplementedError

    def learn(self, column: Column, train: np.ndarray) -> Mapping[str, np.ndarray]:
        """What `apply` needs to know of a column whose rows `train` are trained on: what `fit` makes of those rows.

        A preparation that needs no statistics says so here, and has no `fit`.
        """
        return self.fit(column.values[train])

    def names(self, given: tuple[str, ...]) -> tuple[str, ...]:
        """Names of the prepared components out of the names of the given ones; none where they lose their meaning."""
        return given

    def apply(self, state: Mapping[str, np.ndarray], x: np.ndarray) -> np.ndarray:
        """x (float32, N×F) prepared with fitted statistics."""
        raise NotImplementedError


class NetworkNode(NodeType):
    """The compiled half: `build` composes primitive operations and never writes a derivative."""

    def build(self, net: Builder, inputs: Mapping[str, Value]) -> Mapping[str, Value]:
        """Writes this node's operations; returns the values of its output ports.

        Called once for training and once for use (`net.training` tells which). An input port that is not wired is
        missing from `inputs`.
        """
        raise NotImplementedError
