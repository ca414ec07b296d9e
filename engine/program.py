"""A program: instructions over slots of the arena, as plain values that can be printed, verified and bound.

`Slot` says where an array lies (region, offset in elements, axes). An axis of −k stands for k·B rows, so one program
serves every batch size: `Table` keeps each word of an instruction as `constant + per_batch · B` plus the address of a
region, and binding is a single numpy expression.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from math import prod
from typing import NamedTuple

import numpy as np

from engine.kernels.operand import Kernel, Operand, operands, word_places
from engine.native.crew import MOST_PIECES
from engine.ops.primitive import BATCH, Axes, Region, joined, size_of

ALIGNMENT = 16  # elements: 64 bytes of float32, so that every array starts on a cache line
REPEAT = 1  # in the place of a kernel's address: "run the next rows several times"
TOGETHER = 2  # "run the next rows in any order, on any thread"
PART = 1 << 16  # elements that are worth handing to another thread
READ_ONLY = frozenset({Region.CONSTANTS, Region.SETTINGS, Region.TRAIN_ROWS, Region.VALIDATION_ROWS,
                       Region.WHOLE_CONSTANTS})
COMPUTED = frozenset({Region.SCRATCH, Region.INTS})  # the rest is there before a program starts


class ProgramError(RuntimeError):
    """A program that must not run: what is wrong, in which instruction. A fault of ours, never of a user's."""


class Slot(NamedTuple):
    """An array in the arena. `stride` is the distance of its rows in elements where they lie apart."""

    region: int
    offset: int
    axes: Axes
    ints: bool = False
    stride: int = 0

    def extent(self, batch: int) -> int:
        """Elements that it spans for this batch size."""
        size = prod(self.axes)
        size = -size * batch if size < 0 else size
        if self.stride and size:
            rows = self.axes[0] if self.axes[0] >= 0 else -self.axes[0] * batch
            return (rows - 1) * self.stride + self.axes[-1]
        return size

    def part(self, first: int, axes: Axes) -> Slot:
        """An array inside this one, beginning `first` elements later."""
        return self._replace(offset=self.offset + first, axes=axes)


Argument = Slot | int


class Instruction(NamedTuple):
    """One call of a kernel. A whole-number argument of −k stands for k·B."""

    kernel: Kernel
    arguments: tuple[Argument, ...]
    node: str = ""

    def __str__(self) -> str:
        words = []
        for (name, _), argument in zip(operands(self.kernel).items(), self.arguments, strict=True):
            if isinstance(argument, Slot):
                axes = "×".join("B" if a == BATCH else f"{-a}B" if a < 0 else str(a) for a in argument.axes)
                region = Region(min(argument.region, Region.DATA)).name.lower()
                words.append(f"{name}={region}[{argument.offset}:{axes}]")
            else:
                words.append(f"{name}={'B' if argument == BATCH else argument}")
        return f"{self.node or '·':<16} {self.kernel.__qualname__}({', '.join(words)})"


@dataclass(frozen=True, slots=True)
class Block:
    """Instructions that run `count` times; after each turn the listed operands advance by so many elements.

    `advances` maps (instruction index in the block, argument index) to elements. For loops over time and for inner
    minimisations. With `until` (a place of one whole number) they run only while that is 0. Instructions that run
    `together` do not touch what another of them writes: threads share them.
    """

    count: int
    body: tuple[Instruction, ...]
    advances: Mapping[tuple[int, int], int] = field(default_factory=dict)
    until: Slot | None = None
    together: bool = False


Step = Instruction | Block


@dataclass(slots=True)
class Layout:
    """Hands out places in the regions."""

    batch: int
    sizes: dict[int, int] = field(default_factory=dict)

    def place(self, region: int, axes: Axes, *, ints: bool = False) -> Slot:
        """A new slot, aligned, big enough for the largest batch."""
        offset = self.sizes.get(region, 0)
        slot = Slot(region, offset, axes, ints)
        size = slot.extent(self.batch)
        self.sizes[region] = offset + -(-size // ALIGNMENT) * ALIGNMENT
        return slot


def instructions(steps: Sequence[Step]) -> Iterator[Instruction]:
    """All instructions, those inside blocks once."""
    for step in steps:
        yield from step.body if isinstance(step, Block) else (step,)


def together(steps: Sequence[Instruction]) -> list[Step]:
    """Instructions that are independent of each other, as few steps."""
    groups = [tuple(steps[first : first + MOST_PIECES]) for first in range(0, len(steps), MOST_PIECES)]
    return [Block(1, group, together=True) if len(group) > 1 else group[0] for group in groups]


def spread(instruction: Instruction) -> list[Step]:
    """An instruction whose kernel makes each row from the same row of what it reads (each element, if these are vectors),
    in parts for several threads.

    Arrays with as many rows as the longest are cut; what is shorter is read by all parts. A batch is not cut: its rows are
    not known here.
    """
    arrays = [slot for slot in instruction.arguments if isinstance(slot, Slot) and slot.axes]
    rows = max(slot.axes[0] for slot in arrays)
    if rows < 0 or min(slot.axes[0] for slot in arrays) < 0:
        return [instruction]
    width = max(size_of(slot.axes[1:]) for slot in arrays if slot.axes[0] == rows)
    part = -(-max(PART // width, -(-rows // MOST_PIECES)) // ALIGNMENT) * ALIGNMENT

    def cut(argument: Argument, first: int) -> Argument:
        if isinstance(argument, Slot) and argument.axes[:1] == (rows,):
            inner = argument.axes[1:]
            return argument.part(first * size_of(inner), (min(part, rows - first), *inner))
        return argument

    return together([instruction._replace(arguments=tuple(cut(argument, first) for argument in instruction.arguments))
                     for first in range(0, rows, part)])


def rows_until(steps: Sequence[Step], wanted: Iterable[Slot], batch: int) -> int:
    """How many rows of a table these steps take up to the last that writes into any of the wanted arrays."""
    spans = [(slot.region, slot.offset, slot.offset + slot.extent(batch)) for slot in wanted]
    row, last = 0, 0
    for step in steps:
        body = step.body if isinstance(step, Block) else (step,)
        row += len(body) + isinstance(step, Block)
        for instruction in body:
            for operand, slot in zip(operands(instruction.kernel).values(), instruction.arguments, strict=True):
                if isinstance(slot, Slot) and operand.writes and any(
                        slot.region == region and slot.offset < end and start < slot.offset + slot.extent(batch)
                        for region, start, end in spans):
                    last = row
    return last


@cache
def _axis_words(axes: Axes, rank: int) -> tuple[int, ...]:
    """Axes as words of an instruction whose operand has that rank."""
    return tuple(part for axis in joined(axes, rank) for part in ((0, -axis, 0) if axis < 0 else (axis, 0, 0)))


class Table:
    """Instructions as words, ready to be bound to addresses and a batch size."""

    def __init__(self, sections: Mapping[str, Sequence[Step]], itemsize: int) -> None:
        self.itemsize = itemsize
        self.kernels: list[Kernel | int] = []  # or which kind of block begins here
        self.marks = [0]  # where each section ends, in rows
        self._words: list[int] = []  # (constant, per batch, region) of each word, one row after the other
        self._lengths: list[int] = []  # words of each row
        self.advances: list[tuple[int, int, int]] = []  # (row, word, bytes)
        self.names = tuple(sections)
        for steps in sections.values():
            for step in steps:
                if isinstance(step, Block):
                    self._block(step)
                else:
                    self._instruction(step)
            self.marks.append(len(self._lengths))
        lengths = np.array(self._lengths, np.int64)
        width = int(lengths.max(initial=0)) + 1
        flat = np.zeros((3, len(lengths), width), np.int64)
        there = np.arange(width) <= lengths[:, None]
        there[:, 0] = False  # the place of the kernel's address
        flat[:, there] = np.array(self._words, np.int64).reshape(-1, 3).T
        self.constant, self.per_batch, self.region = flat

    def _instruction(self, instruction: Instruction) -> None:
        """Adds one row."""
        append = self._words.extend
        for operand, argument in zip(operands(instruction.kernel).values(), instruction.arguments, strict=True):
            if operand.immediate:
                append((0, -argument, 0) if argument < 0 else (argument, 0, 0))  # type: ignore[operator]
                continue
            region, offset, axes, ints, stride = argument  # type: ignore[misc]
            append((offset * (8 if ints else self.itemsize), 0, int(region)))
            if operand.rank:
                append(_axis_words(axes, operand.rank))
                if operand.strided:
                    append((stride or axes[-1], 0, 0))
        self._lengths.append(word_places(instruction.kernel)[-1] - 1)
        self.kernels.append(instruction.kernel)

    def _block(self, block: Block) -> None:
        head, place = len(self._lengths), len(self._words)
        self.kernels.append(TOGETHER if block.together else REPEAT)
        self._lengths.append(5)
        self._words.extend([0] * 15)  # filled in below, once the advances are known
        for instruction in block.body:
            self._instruction(instruction)
        first = len(self.advances)
        for (row, argument), elements in block.advances.items():
            slot = block.body[row].arguments[argument]
            size = 8 if isinstance(slot, Slot) and slot.ints else self.itemsize
            self.advances.append((head + 1 + row, word_places(block.body[row].kernel)[argument], elements * size))
        self._words[place : place + 12 : 3] = [block.count, len(block.body), first, len(self.advances)]
        if block.until is not None:
            self._words[place + 12 : place + 15] = [block.until.offset * 8, 0, int(block.until.region)]

    def bind(self, batch: int, bases: np.ndarray, entries: Mapping[Kernel, int]) -> np.ndarray:
        """The int64 table for one batch size. `bases` holds each region's address; entries the kernels' addresses."""
        bound = self.constant + self.per_batch * batch + bases[self.region]
        bound[:, 0] = [kernel if isinstance(kernel, int) else entries[kernel] for kernel in self.kernels]
        return bound

    def advance_array(self) -> np.ndarray:
        return np.array(self.advances, np.int64).reshape(-1, 3)


class _Written:
    """Which parts of a region have been written: disjoint, sorted intervals."""

    def __init__(self) -> None:
        self.starts: list[int] = []
        self.ends: list[int] = []

    def add(self, start: int, end: int) -> None:
        left = bisect_right(self.ends, start - 1)
        right = bisect_right(self.starts, end)
        if left < right:
            start, end = min(start, self.starts[left]), max(end, self.ends[right - 1])
        self.starts[left:right] = [start]
        self.ends[left:right] = [end]

    def covers(self, start: int, end: int) -> bool:
        index = bisect_right(self.starts, start) - 1
        return index >= 0 and self.ends[index] >= end


def verify(sections: Mapping[str, Sequence[Step]], sizes: Mapping[int, int], batch: int,
           given: Iterable[Slot] = ()) -> None:
    """Raises `ProgramError` unless every operand lies inside its region, nothing constant is written, and nothing is
    read before it was written. `given` is what the caller writes before the program runs."""
    written: dict[int, _Written] = {}
    for slot in given:
        written.setdefault(slot.region, _Written()).add(slot.offset, slot.offset + slot.extent(batch))
    for name, steps in sections.items():
        for step in steps:
            if isinstance(step, Block):
                _verify_block(step, sizes, batch)
            for instruction in step.body if isinstance(step, Block) else (step,):
                for operand, argument in zip(operands(instruction.kernel).values(), instruction.arguments, strict=True):
                    if isinstance(argument, Slot):
                        _verify_operand(name, instruction, operand, argument, sizes, batch, written)


def _verify_block(block: Block, sizes: Mapping[int, int], batch: int) -> None:
    for (row, argument), elements in block.advances.items():
        slot = block.body[row].arguments[argument]
        last = slot.offset + elements * (block.count - 1)  # type: ignore[union-attr]
        if last < 0 or last + slot.extent(batch) > sizes.get(slot.region, 0):  # type: ignore[union-attr]
            raise ProgramError(f"a repeated operand leaves its region after {block.count} turns: {block.body[row]}")


def _verify_operand(section: str, instruction: Instruction, operand: Operand, slot: Slot,
                    sizes: Mapping[int, int], batch: int, written: dict[int, _Written]) -> None:
    start, region = slot.offset, slot.region
    end = start + slot.extent(batch)
    wrong = ""
    if start < 0 or end > sizes.get(region, 0):
        wrong = f"operand {start}…{end} is outside its region of {sizes.get(region, 0)} elements"
    elif operand.ints != slot.ints:
        wrong = "whole and real numbers are mixed up"
    elif operand.writes and (region in READ_ONLY or region >= Region.DATA):
        wrong = "a constant is written"
    elif region in COMPUTED:
        known = written.get(region)
        if known is None:
            known = written[region] = _Written()
        if operand.writes:
            known.add(start, end)
        elif not known.covers(start, end):
            wrong = f"operand {start}…{end} is read before it is written"
    if wrong:
        raise ProgramError(f"{wrong} in section {section}: {instruction}")
