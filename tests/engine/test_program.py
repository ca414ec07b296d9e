"""Programs as values: a wrong one is refused, blocks repeat, rows may lie apart, compiled equals interpreted."""

import numpy as np
import pytest

from engine import jit
from engine.interpreter import Interpreter
from engine.kernels.operand import Read, ReadRows, Update, Write
from engine.native import loop
from engine.native.crew import MOST_PIECES
from engine.ops.primitive import BATCH, Region
from engine.program import (
    Block,
    Instruction,
    Layout,
    ProgramError,
    Slot,
    Table,
    instructions,
    rows_until,
    together,
    verify,
)


def double(x: Read[1], y: Write[1]) -> None:
    for i in range(x.size):
        y[i] = x[i] + x[i]


def add(x: Read[1], y: Update[1]) -> None:
    for i in range(x.size):
        y[i] += x[i]


def row_sums(x: ReadRows, y: Write[1]) -> None:
    for i in range(x.shape[0]):
        y[i] = x[i].sum()


A, B = Slot(Region.SCRATCH, 0, (BATCH, 3)), Slot(Region.SCRATCH, 32, (BATCH, 3))
SIZES = {Region.SCRATCH: 64, Region.CONSTANTS: 64, Region.PARAMETERS: 64}
GIVEN = Slot(Region.PARAMETERS, 0, (BATCH, 3))


def both_ways(steps: list, regions: dict[int, np.ndarray], batch: int) -> dict[int, np.ndarray]:
    """Runs the steps compiled and interpreted; asserts that they agree; returns the regions."""
    twin = {region: array.copy() for region, array in regions.items()}
    table = Table({"all": steps}, 4)
    bases = np.zeros(max(regions) + 1, np.int64)
    for region, array in regions.items():
        bases[region] = array.ctypes.data
    entries = {kernel: jit.address(kernel, np.float32) for kernel in table.kernels if callable(kernel)}
    loop.walk(table.bind(batch, bases, entries), table.advance_array(), 0, table.marks[-1])
    Interpreter(twin, lambda kernel: kernel).walk(steps, batch)
    for region in regions:
        np.testing.assert_array_equal(regions[region], twin[region])
    return regions


@pytest.mark.parametrize("batch", [1, 2, 5])
def test_one_program_serves_every_batch_size(batch: int) -> None:
    regions = {Region.SCRATCH: np.zeros(64, np.float32), Region.PARAMETERS: np.arange(64, dtype=np.float32)}
    both_ways([Instruction(double, (GIVEN, A))], regions, batch)
    np.testing.assert_array_equal(regions[Region.SCRATCH][: 3 * batch], 2 * np.arange(3 * batch))
    assert not regions[Region.SCRATCH][3 * batch :].any()


def test_a_block_repeats_and_its_operands_advance() -> None:
    """A running sum over five steps of time: `y[t+1] += x[t]`, with both places advancing."""
    x, y = Slot(Region.PARAMETERS, 0, (2,)), Slot(Region.SCRATCH, 2, (2,))
    steps = [Block(5, (Instruction(add, (x, y)), Instruction(add, (y.part(-2, (2,)), y))),
                   {(0, 0): 2, (0, 1): 2, (1, 0): 2, (1, 1): 2})]
    regions = {Region.SCRATCH: np.zeros(64, np.float32), Region.PARAMETERS: np.arange(1, 65, dtype=np.float32)}
    for _ in range(2):  # the second time shows that operands have come back
        regions[Region.SCRATCH][:] = 0
        both_ways(steps, regions, 1)
        np.testing.assert_array_equal(regions[Region.SCRATCH][2:12].reshape(5, 2), np.cumsum(
            np.arange(1, 11).reshape(5, 2), axis=0))


def test_the_rows_until_something_is_there() -> None:
    steps = [Instruction(double, (GIVEN, A)), Block(2, (Instruction(add, (GIVEN, A)), Instruction(add, (GIVEN, B)))),
             Instruction(double, (A, B))]
    assert rows_until(steps[:1], [B], 4) == 0
    assert rows_until(steps[:2], [A], 4) == 4  # a block counts as a whole, with the row that announces it
    assert rows_until(steps, [A], 4) == 4
    assert rows_until(steps, [A, B], 4) == 5


def test_more_independent_instructions_than_a_crew_can_take_at_once_become_several_steps() -> None:
    steps = together([Instruction(double, (GIVEN, A))] * (MOST_PIECES + 1))
    assert [isinstance(step, Block) for step in steps] == [True, False]
    assert len(list(instructions(steps))) == MOST_PIECES + 1
    assert together([]) == []


def test_rows_that_lie_apart() -> None:
    columns = Slot(Region.PARAMETERS, 1, (3, 2), stride=5)  # columns 1 and 2 of a 3×5 matrix
    regions = {Region.SCRATCH: np.zeros(64, np.float32), Region.PARAMETERS: np.arange(64, dtype=np.float32)}
    both_ways([Instruction(row_sums, (columns, Slot(Region.SCRATCH, 0, (3,))))], regions, 1)
    np.testing.assert_array_equal(regions[Region.SCRATCH][:3], [3, 13, 23])


def test_a_sound_program_passes() -> None:
    verify({"all": [Instruction(double, (GIVEN, A)), Instruction(double, (A, B))]}, SIZES, 5)


@pytest.mark.parametrize(("steps", "words"), [
    ([Instruction(double, (A, B))], "before it is written"),
    ([Instruction(double, (GIVEN, Slot(Region.SCRATCH, 60, (BATCH, 3))))], "outside its region"),
    ([Instruction(double, (GIVEN, Slot(Region.SCRATCH, -1, (3,))))], "outside its region"),
    ([Instruction(double, (GIVEN, Slot(Region.CONSTANTS, 0, (BATCH, 3))))], "constant is written"),
    ([Instruction(double, (GIVEN, Slot(Region.DATA, 0, (BATCH, 3))))], "outside its region|constant is written"),
    ([Instruction(double, (Slot(Region.INTS, 0, (3,), ints=True), A))], "outside|mixed up"),
    ([Instruction(double, (GIVEN, A)), Instruction(double, (Slot(Region.SCRATCH, 1, (BATCH, 3)), B))], "before it is written"),
    ([Block(30, (Instruction(double, (GIVEN, A)),), {(0, 1): 3})], "leaves its region"),
])
def test_an_unsound_program_is_refused(steps: list, words: str) -> None:
    with pytest.raises(ProgramError, match=words):
        verify({"all": steps}, SIZES, 5)


def test_layout_gives_room_for_the_largest_batch() -> None:
    layout = Layout(10)
    first, second = layout.place(Region.SCRATCH, (BATCH, 3)), layout.place(Region.SCRATCH, (4,))
    assert first.offset == 0
    assert second.offset == 32
    assert layout.sizes[Region.SCRATCH] == 48


def test_an_index_that_leaves_its_array_is_named_when_interpreted() -> None:
    def beyond(x: Read[1], y: Write[1]) -> None:
        for i in range(x.size + 1):
            y[i] = x[i]

    regions = {Region.SCRATCH: np.zeros(64, np.float32), Region.PARAMETERS: np.zeros(64, np.float32)}
    with pytest.raises(ProgramError, match="beyond"):
        Interpreter(regions, jit.checked).walk([Instruction(beyond, (GIVEN, A))], 2)
