"""Runs programs kernel by kernel, as bounds-checked or plain functions, instead of by address in the compiled loop.

With `HOURGLASS_DEBUG=1` every run goes this way: an index that leaves its array is then an error with a name, which in
machine code would be silent. Slow; for finding faults.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from engine.kernels.operand import Kernel, operands
from engine.native import loop
from engine.program import Block, Instruction, ProgramError, Slot, Step

Call = Callable[[Kernel], Callable[..., None]]


class Interpreter:
    """Walks steps over the regions of an arena. `call` turns a kernel into what is called for it."""

    def __init__(self, regions: Mapping[int, np.ndarray], call: Call) -> None:
        self.regions, self.call = regions, call

    def view(self, slot: Slot, batch: int, rank: int) -> np.ndarray:
        """The array that a kernel of this rank sees."""
        shape = tuple(-axis * batch if axis < 0 else axis for axis in slot.axes)
        flat = self.regions[slot.region].reshape(-1)[slot.offset : slot.offset + slot.extent(batch)]
        if slot.stride:
            item = flat.itemsize
            return np.lib.stride_tricks.as_strided(flat, shape, (slot.stride * item, item))
        if rank < len(shape):
            shape = (int(np.prod(shape[: len(shape) - rank + 1])), *shape[len(shape) - rank + 1 :])
        return flat.reshape(shape if rank else ())

    def walk(self, steps: Sequence[Step], batch: int) -> None:
        """Runs all steps, blocks as often as they say."""
        for step in steps:
            if isinstance(step, Instruction):
                self.execute(step, batch)
                continue
            for turn in range(step.count):
                if step.until is not None and self.regions[step.until.region][step.until.offset]:
                    break
                for index, instruction in enumerate(step.body):
                    self.execute(_advanced(step, index, instruction, turn), batch)

    def execute(self, instruction: Instruction, batch: int) -> None:
        """Runs one instruction."""
        arguments = []
        for operand, argument in zip(operands(instruction.kernel).values(), instruction.arguments, strict=True):
            if isinstance(argument, Slot):
                if operand.rank:
                    arguments.append(self.view(argument, batch, operand.rank))
                else:
                    arguments.append(self.regions[argument.region].reshape(-1)[argument.offset])
            else:
                arguments.append(-argument * batch if argument < 0 else argument)
        try:
            self.call(instruction.kernel)(*arguments)
        except IndexError as error:
            raise ProgramError(f"an index leaves its array in {instruction}") from error


def _advanced(block: Block, index: int, instruction: Instruction, turn: int) -> Instruction:
    """The instruction as it stands in one turn of its block."""
    arguments = list(instruction.arguments)
    for (row, argument), elements in block.advances.items():
        slot = arguments[argument]
        if row == index and isinstance(slot, Slot):
            arguments[argument] = slot._replace(offset=slot.offset + turn * elements)
    return instruction._replace(arguments=tuple(arguments))


def train(interpreter: Interpreter, steps: int, counters: np.ndarray, signals: np.ndarray,
          program: Mapping[str, Sequence[Step]], check: Sequence[Step]) -> int:
    """What `engine.native.loop.train` does, in Python."""
    c, done = counters, 0
    while done < steps and not c[loop.HALT] and not signals[0]:
        if c[loop.CURSOR] == 0:
            if 0 < c[loop.EPOCH_LIMIT] <= c[loop.EPOCH]:
                break
            interpreter.walk(program["epoch_begin"], int(c[loop.BATCH]))
        rows = int(min(c[loop.BATCH], c[loop.ROWS] - c[loop.CURSOR]))
        interpreter.walk([*program["advance"], *program["pass"]], rows)
        if c[loop.HALT]:
            break
        watch = c[loop.WATCH_EVERY] > 0 and c[loop.STEP] % c[loop.WATCH_EVERY] == 0
        sections = ("before", "update", "after", "record_all") if watch else ("update", "record")
        for section in sections:
            interpreter.walk(program[section], rows)
        c[loop.STEP] += 1
        c[loop.CURSOR] += rows
        done += 1
        if c[loop.CURSOR] >= c[loop.ROWS]:
            for first in range(0, int(c[loop.CHECK_ROWS]), int(c[loop.CHECK_BATCH])):
                c[loop.CHECKED] = first
                interpreter.walk(check, int(min(c[loop.CHECK_BATCH], c[loop.CHECK_ROWS] - first)))
            interpreter.walk(program["epoch_end"], int(c[loop.BATCH]))
            c[loop.EPOCH] += 1
            c[loop.CURSOR] = 0
    return done
