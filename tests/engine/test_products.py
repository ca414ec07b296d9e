"""Matrix products of every kind of shape: the product itself, what it begins with, and nothing beside it is touched."""

import numpy as np
import pytest
from numba import njit

from engine import jit
from engine.kernels.products import gemm, gemm_onto

BOUNDS = {np.float32: 2e-6, np.float64: 1e-14}
WIDTHS = (1, 3, 4, 7, 8, 9, 15, 16, 17, 31, 33, 100)


@pytest.fixture(scope="module", autouse=True)
def _linked() -> None:
    jit.link()


@njit(nogil=True)
def product(a, b, c, transpose_a, transpose_b, keep):
    gemm(a, b, c, transpose_a, transpose_b, keep)


@njit(nogil=True)
def product_onto(row, a, b, c, transpose_a, transpose_b):
    gemm_onto(row, a, b, c, transpose_a, transpose_b)


def shapes() -> list[tuple[int, int, int]]:
    """Rows, columns, depth: of tiles and their rests, of few rows with long sums, of sums that are cut, and large ones."""
    rng = np.random.default_rng(0)
    drawn = [tuple(int(size) for size in rng.choice(WIDTHS, 3)) for _ in range(30)]
    return [*drawn, (1, 40, 300), (20, 50, 784), (32, 5, 256), (5, 2, 77), (9, 17, 600), (40, 1024, 33), (100, 128, 200)]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("transpose_a, transpose_b", [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_a_product_is_numpys(transpose_a: int, transpose_b: int, dtype: type) -> None:
    rng = np.random.default_rng(1)
    for rows, columns, depth in shapes():
        a = rng.normal(size=(depth, rows) if transpose_a else (rows, depth)).astype(dtype)
        b = rng.normal(size=(columns, depth) if transpose_b else (depth, columns)).astype(dtype)
        row, kept = rng.normal(size=columns).astype(dtype), rng.normal(size=(rows, columns)).astype(dtype)
        wanted = (a.T if transpose_a else a).astype(float) @ (b.T if transpose_b else b)
        bound = BOUNDS[dtype] * (depth + 4)
        for begins in (0.0, kept, row):
            around = np.full((rows + 1) * columns + 16, np.nan, dtype)
            c = around[: rows * columns].reshape(rows, columns)
            c[:] = kept
            if begins is row:
                product_onto(row, a, b, c, transpose_a, transpose_b)
            else:
                product(a, b, c, transpose_a, transpose_b, int(begins is kept))
            np.testing.assert_allclose(c, wanted + begins, rtol=0, atol=bound, err_msg=f"{rows}×{columns}×{depth}")
            assert np.isnan(around[rows * columns :]).all()


def test_the_plain_functions_say_the_same() -> None:
    a, b, row = np.arange(6.0).reshape(2, 3), np.arange(12.0).reshape(3, 4), np.arange(4.0)
    c = np.empty((2, 4))
    gemm_onto(row, a, b, c, 0, 0)
    np.testing.assert_array_equal(c, a @ b + row)
