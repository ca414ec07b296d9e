"""The annotations of kernels: what each argument is, and whether the kernel reads or writes it.

A kernel is a plain function over named arrays in the numba subset. `Read[2]` is a C-contiguous matrix that it only
reads, `Write[1]` a vector that it fills completely, `Update[1]` one that it reads and changes; `ReadInts`, `WriteInts`
and `UpdateInts` are int64. `Rows` is a matrix whose rows may lie apart (a slice of columns). `Scalar` is one number
read from the arena when the kernel runs, so it can be changed between steps; `Count` is a whole number in the
instruction itself.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import accumulate

MAX_RANK = 5


@dataclass(frozen=True, slots=True)
class Operand:
    """One argument of a kernel: its rank, element type and direction."""

    reads: bool
    writes: bool
    rank: int = 0
    ints: bool = False
    strided: bool = False
    immediate: bool = False

    @property
    def words(self) -> int:
        """How many int64 words of an instruction describe it: address, sizes, and the row stride."""
        return 1 if self.immediate or self.rank == 0 else 1 + self.rank + self.strided


def _ranks(**what: bool) -> Mapping[int, Operand]:
    return {rank: Operand(rank=rank, **what) for rank in range(1, MAX_RANK + 1)}


Read = _ranks(reads=True, writes=False)
Write = _ranks(reads=False, writes=True)
Update = _ranks(reads=True, writes=True)
ReadInts = _ranks(reads=True, writes=False, ints=True)
WriteInts = _ranks(reads=False, writes=True, ints=True)
UpdateInts = _ranks(reads=True, writes=True, ints=True)
ReadRows = Operand(reads=True, writes=False, rank=2, strided=True)
WriteRows = Operand(reads=False, writes=True, rank=2, strided=True)
Scalar = Operand(reads=True, writes=False)
Count = Operand(reads=False, writes=False, ints=True, immediate=True)

Kernel = Callable[..., None]


@cache
def operands(kernel: Kernel) -> Mapping[str, Operand]:
    """The kernel's arguments by name, in order. Raises TypeError where an annotation is missing."""
    found = {}
    for name, parameter in inspect.signature(kernel).parameters.items():
        if not isinstance(parameter.annotation, Operand):
            raise TypeError(f"kernel {kernel.__qualname__}: argument {name} needs an operand annotation")
        found[name] = parameter.annotation
    return found


@cache
def word_places(kernel: Kernel) -> tuple[int, ...]:
    """Where in a row each argument of an instruction begins, and at last where the row ends: word 0 is the kernel."""
    return tuple(accumulate((operand.words for operand in operands(kernel).values()), initial=1))
