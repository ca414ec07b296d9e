"""Functions that kernels call, compiled in float32, against the plain ones in float64: over their whole range, and at its ends."""

import numpy as np
import pytest
from numba import njit

from engine import jit
from engine.kernels.elementary import erf, exp, log, over_root, sigmoid, tanh

jit.link()
RANGES = {exp: (-87.0, 88.0), tanh: (-20.0, 20.0), sigmoid: (-60.0, 60.0), erf: (-5.0, 5.0), log: (1e-30, 1e30)}


def compiled(function):
    @njit(**jit.FLAGS)
    def each(x, y):
        for i in range(x.size):
            y[i] = function(x[i])

    return each


@pytest.mark.parametrize("function", list(RANGES), ids=lambda function: function.__name__)
def test_functions_of_one_number(function) -> None:
    low, high = RANGES[function]
    x = (np.geomspace if low > 0 else np.linspace)(low, high, 100_001).astype(np.float32)
    y = np.empty_like(x)
    compiled(function)(x, y)
    wide = np.array([float(function(np.float64(value))) for value in x])
    relative = {exp: 4e-7, log: 3e-7}.get(function)
    np.testing.assert_allclose(y, wide, rtol=relative or 0, atol=0 if relative else 4e-7)
    if function is sigmoid:  # also where next to nothing is left
        np.testing.assert_allclose(y, wide, rtol=4e-6)
    ends = np.array([np.nan, np.inf, 1e30], np.float32)
    made = np.empty_like(ends)
    compiled(function)(ends, made)
    assert np.isnan(made[0])
    assert (made[1:] >= function(np.float64(50.0)) if function is not exp else made[1:] > 3e38).all()


def test_division_by_a_root() -> None:
    @njit(**jit.FLAGS)
    def each(x, v, factor, epsilon, y):
        for i in range(x.size):
            y[i] = over_root(x[i], v[i], factor, epsilon)

    rng = np.random.default_rng(0)
    v = np.concatenate([np.zeros(10), 10.0 ** rng.uniform(-28, 37, 10_000)]).astype(np.float32)
    x = (np.sqrt(v) * rng.normal(size=v.size)).astype(np.float32)
    for factor, epsilon in ((1.0, 1e-8), (31.6, 1e-8), (1.0, 1e-10), (1.0, 0.1)):
        y = np.empty_like(x)
        each(x, v, np.float32(factor), np.float32(epsilon), y)
        np.testing.assert_allclose(y, x / (np.sqrt(v.astype(float)) * factor + epsilon), rtol=1e-6, atol=1e-30)
    y = np.empty(3, np.float32)
    each(np.float32([1.0, 1.0, np.nan]), np.float32([np.inf, np.nan, 1.0]), np.float32(1), np.float32(1e-8), y)
    assert y[0] < 1e-18, "a square that is too large to be told stops the step, and spoils nothing"
    assert np.isnan(y[1:]).all()
