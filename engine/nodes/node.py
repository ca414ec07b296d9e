"""How a node computes: data nodes run once with numpy, network nodes write operations that are compiled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, TypeGuard

from graphs.spec import Kind, NodeType, Site

if TYPE_CHECKING:
    import numpy as np

    from engine.compiler import Builder
    from engine.data.columns import Column
    from engine.data.splits import Division
    from engine.ops.primitive import Value


class DataNode(NodeType):
    """The data half: computed once when a run starts, cached by content, looked at without training."""

    changes_rows: ClassVar[bool] = False  # gives other samples than it is given: cuts patches, say
    renews: ClassVar[bool] = False  # `predict` takes new samples in front of it, and `renew` brings them behind it

    @property
    def before_training(self) -> bool:
        """Yes; a type that can stand in either half decides by its parameters."""
        return True

    def load(self, given: Mapping[str, Column], site: Site) -> Mapping[str, Column]:
        """The whole data set of every output port. Raises `engine.errors.RunProblem` in words users understand."""
        raise NotImplementedError

    def recall(self, columns: Mapping[str, Column], site: Site) -> None:
        """What `load` gave before was found on disk: remember what shape rules would have learned by loading it."""

    def renew(self, state: Mapping[str, np.ndarray], x: np.ndarray) -> np.ndarray:
        """New samples for `predict`, given at the first input, as the first output gives them."""
        raise NotImplementedError


class RowRule(DataNode):
    """Says for the whole graph which samples train, wherever it stands. The samples pass as they are."""

    for_whole_graph: ClassVar[bool] = True
    renews: ClassVar[bool] = True

    def division(self, asked: Division) -> Division:
        """How the samples are divided, where the training settings ask for `asked`."""
        return asked

    def resample(self, train: np.ndarray) -> np.ndarray:
        """The row numbers to train on out of those of the training part."""
        return train

    def renew(self, state: Mapping[str, np.ndarray], x: np.ndarray) -> np.ndarray:
        return x


class PrepareNode(DataNode):
    """A preparation sample by sample. Its statistics come from the training part alone and are applied to all."""

    fits: ClassVar[bool] = True  # has statistics, so it can only run once the samples are divided
    renews: ClassVar[bool] = True

    def fit(self, x: np.ndarray) -> Mapping[str, np.ndarray]:
        """The statistics of the training rows x (float32, N×F or N×C×H×W). They are saved beside the weights."""
        raise NotImplementedError

    def learn(self, column: Column, train: np.ndarray) -> Mapping[str, np.ndarray]:
        """What `apply` needs to know of a column whose rows `train` are trained on: what `fit` makes of those rows, or
        of all steps of those sequences.

        A preparation without statistics (`fits` is off) has no `fit`; what else it must know it says here.
        """
        if not self.fits:
            return {}
        rows = column.values[train]
        return self.fit(rows[column.mask()[train]] if column.shape.kind is Kind.SEQUENCE else rows)

    def names(self, given: tuple[str, ...]) -> tuple[str, ...]:
        """Names of the prepared components out of the names of the given ones; none where they lose their meaning."""
        return given

    def apply(self, state: Mapping[str, np.ndarray], x: np.ndarray) -> np.ndarray:
        """x (float32, N×F, N×C×H×W or N×T×F) prepared with fitted statistics."""
        raise NotImplementedError

    def renew(self, state: Mapping[str, np.ndarray], x: np.ndarray) -> np.ndarray:
        return self.apply(state, x)


class NetworkNode(NodeType):
    """The compiled half: `build` composes primitive operations and never writes a derivative."""

    random_outputs: ClassVar[tuple[str, ...]] = ()  # drawn anew in use too: the same sample gives other values

    def build(self, net: Builder, inputs: Mapping[str, Value]) -> Mapping[str, Value]:
        """Writes this node's operations; returns the values of its output ports.

        Called once for training and once for use (`net.training` tells which). An input port that is not wired is
        missing from `inputs`.
        """
        raise NotImplementedError


def is_data(kind: NodeType | None) -> TypeGuard[DataNode]:
    """Whether a node runs in the data half."""
    return isinstance(kind, DataNode) and kind.before_training


def is_network(kind: NodeType | None) -> TypeGuard[NetworkNode]:
    """Whether a node is compiled."""
    return isinstance(kind, NetworkNode) and not kind.before_training
