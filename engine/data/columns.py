"""One output of a data node."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b

import numpy as np

from graphs.spec import Kind, Shape


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """All samples of one output: `values` is [N, *sizes] float32, or [N] int64 for labels, and cannot be written.

    `names` holds the names of the components (of a table's columns, say) where there are any. Sequences that do not all
    fill their T steps (`shape.ragged`) have `lengths`, [N] int64 from 1 to T; the steps behind them are 0. `exact` values
    are kept in float64, for small sets whose textbook figures have more digits than float32.
    """

    values: np.ndarray
    shape: Shape
    names: tuple[str, ...] = ()
    lengths: np.ndarray | None = None
    exact: bool = False
    _digest: str = field(default="", init=False, repr=False)

    def __post_init__(self) -> None:
        wanted = np.int64 if self.shape.kind is Kind.LABELS else np.float64 if self.exact else np.float32
        values = np.ascontiguousarray(self.values, dtype=wanted)
        if values is self.values and values.flags.writeable:
            values = values.view()
        values.flags.writeable = False
        object.__setattr__(self, "values", values)
        if (self.lengths is not None) != self.shape.ragged:
            raise ValueError("lengths belong to ragged sequences, and to them alone")
        if self.lengths is not None:
            lengths = np.array(self.lengths, dtype=np.int64)
            if lengths.shape != (len(values),) or not ((lengths >= 1) & (lengths <= values.shape[1])).all():
                raise ValueError("every sequence needs one length from 1 to T")
            lengths.flags.writeable = False
            object.__setattr__(self, "lengths", lengths)

    @property
    def rows(self) -> int:
        return len(self.values)

    def mask(self) -> np.ndarray:
        """Which steps of each sequence are there: booleans [N, T]."""
        steps = self.values.shape[1]
        filled = np.full(self.rows, steps) if self.lengths is None else self.lengths
        return np.arange(steps) < filled[:, None]

    def digest(self) -> str:
        """A hash of the values and of what is known about them."""
        if not self._digest:
            state = blake2b(repr((self.shape, self.names, self.values.shape)).encode(), digest_size=16)
            state.update(self.values)
            if self.lengths is not None:
                state.update(self.lengths)
            object.__setattr__(self, "_digest", state.hexdigest())
        return self._digest
