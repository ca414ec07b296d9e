"""Work shared between threads: the same numbers as alone, nothing done twice, nobody waits for a sleeper."""

import threading

import numpy as np
import pytest
from numba import njit

from engine import crew, jit
from engine.kernels.operand import Read, Update
from engine.kernels.products import gemm
from engine.native import crew as shared
from engine.ops.primitive import BATCH, Region
from engine.program import PART, Block, Instruction, Slot, spread

SIZES = [(128, 512, 784), (784, 513, 128), (33, 2000, 200), (2000, 33, 200), (1, 3000, 900), (1200, 1, 900),
         (20, 500, 784), (500, 784, 20), (23, 37, 1300), (100, 512, 300)]


@pytest.fixture
def two_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """A crew of two, also on a machine with one core."""
    monkeypatch.setenv("HOURGLASS_THREADS", "2")


@njit(nogil=True)
def several(a, b, c, transpose_a, transpose_b, keep, count):
    for _ in range(count):
        gemm(a, b, c, transpose_a, transpose_b, keep)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("rows, columns, depth", SIZES)
def test_a_shared_product_is_the_product(rows: int, columns: int, depth: int, dtype: type, two_threads: None) -> None:
    jit.link()
    rng = np.random.default_rng(rows)
    for transpose_a in (0, 1):
        for transpose_b in (0, 1):
            a = rng.normal(size=(depth, rows) if transpose_a else (rows, depth)).astype(dtype)
            b = rng.normal(size=(columns, depth) if transpose_b else (depth, columns)).astype(dtype)
            c = np.ones((rows, columns), dtype)
            with crew.awake(crew.Demand()):
                several(a, b, c, transpose_a, transpose_b, 1, 1)
            wanted = 1.0 + (a.T if transpose_a else a).astype(float) @ (b.T if transpose_b else b)
            bound = {np.float32: 1e-5, np.float64: 1e-13}[dtype]
            np.testing.assert_allclose(c, wanted, rtol=0, atol=bound * depth)


def test_products_give_the_same_bits_every_time(two_threads: None) -> None:
    jit.link()
    rng = np.random.default_rng(0)
    a, b = (rng.normal(size=shape).astype(np.float32) for shape in ((128, 700), (700, 500)))
    found = set()
    for _ in range(50):
        c = np.empty((128, 500), np.float32)
        with crew.awake(crew.Demand()):
            several(a, b, c, 0, 0, 0, 3)
        found.add(c.tobytes())
    assert len(found) == 1


def test_every_piece_is_done_once_whoever_does_it(two_threads: None) -> None:
    """Adds 1 to every element, two thousand times in a row: a piece lost or done twice would show."""
    jit.link()
    a, b, c = np.ones((64, 1), np.float32), np.ones((1, 65536), np.float32), np.zeros((64, 65536), np.float32)
    with crew.awake(crew.Demand()):
        several(a, b, c, 0, 0, 1, 2000)
    assert (c == 2000).all()


def test_two_threads_that_train_at_once_do_not_disturb_each_other(two_threads: None) -> None:
    jit.link()
    rng = np.random.default_rng(1)
    given = [tuple(rng.normal(size=shape).astype(np.float32) for shape in ((200, 600), (600, 300))) for _ in range(2)]
    made = [np.empty((200, 300), np.float32) for _ in range(2)]

    def train(index: int) -> None:
        with crew.awake(crew.Demand()):
            several(*given[index], made[index], 0, 0, 0, 200)

    threads = [threading.Thread(target=train, args=(index,)) for index in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for (a, b), c in zip(given, made, strict=True):
        np.testing.assert_allclose(c, a @ b, atol=1e-3)


def test_the_crew_sleeps_when_nobody_trains(two_threads: None) -> None:
    jit.link()
    a = np.ones((300, 300), np.float32)
    with crew.awake(crew.Demand()):
        several(a, a, a.copy(), 0, 0, 0, 1)
    with crew.awake(crew.Demand()):
        assert shared.SHARED[shared.ACTIVE // 8] == 1
    assert shared.SHARED[shared.ACTIVE // 8] == 0


def test_the_crew_is_not_woken_for_what_has_no_pieces(two_threads: None) -> None:
    jit.link()
    demand, a = crew.Demand(), np.ones((4, 4), np.float32)
    with crew.awake(demand):
        several(a, a, a.copy(), 0, 0, 0, 1)
    assert not demand.asked
    with crew.awake(demand):
        assert shared.SHARED[shared.ACTIVE // 8] == 0
        several(np.ones((300, 300), np.float32), np.ones((300, 300), np.float32), np.ones((300, 300), np.float32), 0, 0, 0, 1)
    assert demand.asked


@njit
def chosen(pieces, taken, member):
    return shared._choose(pieces << 32 | taken | shared.ALL_TAKEN >> pieces << pieces, member)


def test_every_member_begins_with_its_own_pieces_and_helps_from_the_end() -> None:
    members = shared.SHARED[shared.MEMBERS // 8]
    shared.SHARED[shared.MEMBERS // 8] = 2
    try:
        assert [chosen(5, 0b00000, member) for member in (0, 1)] == [0, 2]
        assert [chosen(5, 0b00101, member) for member in (0, 1)] == [1, 3]
        assert chosen(5, 0b00111, 0) == 4
        assert chosen(5, 0b11100, 1) == 1
        assert chosen(5, 0b11111, 0) == -1
        assert chosen(0, 0, 1) == -1
    finally:
        shared.SHARED[shared.MEMBERS // 8] = members


def test_matrices_are_cut_between_rows_and_a_batch_is_not() -> None:
    w, y = Slot(Region.PARAMETERS, 0, (500, 784)), Slot(Region.SCRATCH, 0, (500,))
    (block,) = spread(Instruction(halve, (y, w)))
    first = 0
    for short, long in (instruction.arguments for instruction in block.body):
        assert (short.offset, long.offset) == (first, first * 784)
        assert long.axes == (short.axes[0], 784)
        first += short.axes[0]
    assert first == 500
    batch = Instruction(halve, (y, w._replace(axes=(BATCH, 784))))
    assert spread(batch) == [batch]


def halve(run: Read[1], w: Update[1]) -> None:
    for i in range(w.size):
        w[i] *= run[0]


def test_long_vectors_are_cut_and_short_ones_are_not() -> None:
    run, w = Slot(Region.SETTINGS, 0, (1,)), Slot(Region.PARAMETERS, 0, (3 * PART + 5,))
    (block,) = spread(Instruction(halve, (run, w)))
    assert isinstance(block, Block) and block.together
    parts = [instruction.arguments[1] for instruction in block.body]
    assert [part.axes for part in parts] == [(PART,), (PART,), (PART,), (5,)]
    assert [part.offset for part in parts] == [0, PART, 2 * PART, 3 * PART]
    assert {instruction.arguments[0] for instruction in block.body} == {run}
    short = Instruction(halve, (run, w.part(0, (PART,))))
    assert spread(short) == [short]
