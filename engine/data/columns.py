"""One output of a data node."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b

import numpy as np

from graphs.spec import Kind, Shape


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """All samples of one output: `values` is [N, *sizes] float32, or [N] int64 for labels, and cannot be written.

    `names` holds the names of the components (of a table's columns, say) where there are any.
    """

    values: np.ndarray
    shape: Shape
    names: tuple[str, ...] = ()
    _digest: str = field(default="", init=False, repr=False)

    def __post_init__(self) -> None:
        wanted = np.int64 if self.shape.kind is Kind.LABELS else np.float32
        values = np.ascontiguousarray(self.values, dtype=wanted)
        if values is self.values and values.flags.writeable:
            values = values.view()
        values.flags.writeable = False
        object.__setattr__(self, "values", values)

    @property
    def rows(self) -> int:
        return len(self.values)

    def digest(self) -> str:
        """A hash of the values and of what is known about them."""
        if not self._digest:
            state = blake2b(repr((self.shape, self.names, self.values.shape)).encode(), digest_size=16)
            state.update(self.values)
            object.__setattr__(self, "_digest", state.hexdigest())
        return self._digest
