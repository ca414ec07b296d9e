"""What a primitive operation is, and the tape on which a graph's operations are written.

A primitive stands in one place with its derivative: the kernel `forward` and, for each input that has a gradient, a
kernel `gradient_<input>`. Kernels are plain functions whose arguments are bound **by name**:

    the names in `inputs`      the input values
    y, and names in `saves`    the output, and what the forward pass keeps for the backward pass
    dy, d<input>               ∂E/∂output and ∂E/∂input
    accumulate                 1 where a gradient adds to what is already there (without this argument the kernel
                               always overwrites and the compiler adds the results of several uses)
    fields of the primitive    whole numbers as `Count`, real ones as `Scalar`
    run, stream                the run's counters (seed, step, …) and this operation's own random stream
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import IntEnum
from math import prod
from typing import Any, ClassVar

import numpy as np

from engine.kernels.operand import Kernel

BATCH = -1  # an axis of B samples; −k is an axis of k·B rows
Axes = tuple[int, ...]


def size_of(axes: Axes) -> int:
    """The product of the axes: non-negative, or −k for k·B."""
    return prod(axes)


def joined(axes: Axes, rank: int) -> Axes:
    """The same elements seen with this rank: leading axes are joined (`T×B×F` → `T·B × F`)."""
    if rank >= len(axes):
        return (1,) * (rank - len(axes)) + axes
    head, tail = axes[: len(axes) - rank + 1], axes[len(axes) - rank + 1 :]
    return (size_of(head), *tail)


class Region(IntEnum):
    """The parts of the arena. Order is the order in which tables refer to them."""

    NONE = 0  # a plain number, not an address
    CONSTANTS = 1
    PARAMETERS = 2
    GRADIENTS = 3
    BUFFERS = 4  # running statistics, recurrent carry: saved with the parameters; read before they are written
    STATE = 5  # of the optimiser
    SCRATCH = 6
    SETTINGS = 7  # learning rate and the like: may change between steps
    REPORTS = 8  # losses and metrics of the batch, sums over the epoch, statistics
    INTS = 9  # labels, arg-max, lengths
    COUNTERS = 10  # seed, step, epoch, cursor, …
    ORDER = 11  # rows of the epoch in the order of use
    STEP_LOW, STEP_HIGH, STEP_TOTAL, STEP_COUNT, STEP_STATE = 12, 13, 14, 15, 16  # history, one row a few steps
    EPOCH_LOW, EPOCH_HIGH, EPOCH_TOTAL, EPOCH_COUNT, EPOCH_STATE = 17, 18, 19, 20, 21  # … one row an epoch
    TRAIN_ROWS = 22
    VALIDATION_ROWS = 23
    WHOLE_CONSTANTS = 24
    DATA = 25  # and above: one region for each column of the data set


@dataclass(eq=False, slots=True)
class Value:
    """An array that operations read and write. `axes` may hold `BATCH`; `trained` means that gradients reach it."""

    tape: Tape
    axes: Axes
    ints: bool = False
    region: Region = Region.SCRATCH
    trained: bool = False
    operation: Operation | None = None
    node: str = ""
    name: str = ""
    slot: Any = None  # where it lies, once the program is laid out

    @property
    def width(self) -> int:
        """Numbers per sample: the product of all axes but the batch."""
        return abs(size_of(self.axes)) if self.axes else 1


@dataclass(eq=False, slots=True)
class Operation:
    """One use of a primitive on a tape."""

    primitive: Primitive
    inputs: tuple[Value, ...]
    output: Value
    saved: Mapping[str, Value]
    node: str
    stream: int
    named: Mapping[str, Value]  # inputs, saved values and output under the names that kernels use


@dataclass(eq=False)
class Tape:
    """The operations of one graph in the order of computation."""

    training: bool = True
    operations: list[Operation] = field(default_factory=list)
    node: str = ""
    counts: dict[str, int] = field(default_factory=dict)  # operations written at each node

    @contextmanager
    def at(self, node: str) -> Iterator[None]:
        """What is written inside belongs to this node of the document."""
        before, self.node = self.node, node
        try:
            yield
        finally:
            self.node = before

    def value(self, axes: Axes, **what: Any) -> Value:
        return Value(self, axes, node=self.node, **what)


@dataclass(frozen=True)
class Primitive:
    """A primitive operation. Subclasses are frozen dataclasses whose fields are attributes of one use."""

    inputs: ClassVar[tuple[str, ...]]
    saves: ClassVar[tuple[str, ...]] = ()  # kept from forward to backward
    ints: ClassVar[tuple[str, ...]] = ()  # those of inputs, saves and y that are int64
    rowwise: ClassVar[bool] = False  # each row of what a kernel writes comes from the same row of what it reads
    surrogate: ClassVar[bool] = False  # the gradient is declared, not derived: exempt from the gradient check
    oracle: ClassVar[str] = ""  # the PyTorch function it must agree with, in words of `tests.oracles`
    forward: ClassVar[Kernel]

    def axes(self, *inputs: Axes) -> Axes:
        """The output's axes. By default those of the first input."""
        return inputs[0]

    def saved_axes(self, *inputs: Axes) -> Mapping[str, Axes]:
        """Axes of what is saved. By default like the output."""
        return dict.fromkeys(self.saves, self.axes(*inputs))

    @classmethod
    def sample(cls, rng: np.random.Generator) -> tuple[Primitive, list[np.ndarray]]:
        """A random use for the tests: the primitive and float64 (or int64) inputs."""
        rows, width = rng.integers(1, 6, 2)
        return cls(), [rng.normal(size=(rows, width)) for _ in cls.inputs]

    @classmethod
    def gradient(cls, name: str) -> Kernel | None:
        """The kernel of ∂E/∂name, or None where that input has no gradient."""
        return getattr(cls, f"gradient_{name}", None)

    @property
    def attributes(self) -> Mapping[str, Any]:
        return vars(self)

    def __call__(self, *inputs: Value) -> Value:
        """Writes this operation on the inputs' tape and returns its output."""
        tape = inputs[0].tape
        named, axes = dict(zip(self.inputs, inputs, strict=True)), [value.axes for value in inputs]
        trained = any(value.trained and self.gradient(name) for name, value in named.items())
        output = tape.value(self.axes(*axes), ints="y" in self.ints, trained=trained,
                            region=Region.INTS if "y" in self.ints else Region.SCRATCH)
        saved = {name: tape.value(extent, ints=name in self.ints,
                                  region=Region.INTS if name in self.ints else Region.SCRATCH)
                 for name, extent in self.saved_axes(*axes).items()}
        number = tape.counts[tape.node] = tape.counts.get(tape.node, -1) + 1
        stream = zlib.crc32(f"{tape.node}/{type(self).__name__}/{number}".encode())
        output.operation = Operation(self, inputs, output, saved, tape.node, stream, {**named, **saved, "y": output})
        tape.operations.append(output.operation)
        return output


def undone(value: Value, kind: type[Primitive]) -> Value:
    """What went into the primitive of that kind that made this value, or the value itself: softmax and sigmoid before
    a cross-entropy are fused with it, which keeps it stable."""
    operation = value.operation
    return operation.inputs[0] if operation is not None and isinstance(operation.primitive, kind) else value


def primitives() -> Sequence[type[Primitive]]:
    """Every primitive that exists, by name."""

    def below(kind: type[Primitive]) -> Iterator[type[Primitive]]:
        for child in kind.__subclasses__():
            yield child
            yield from below(child)

    return sorted((kind for kind in below(Primitive) if hasattr(kind, "forward")), key=lambda kind: kind.__name__)
