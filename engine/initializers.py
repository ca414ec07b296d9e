"""First values of the weights (lecture row O11), drawn from a stream of their own for every parameter."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.ops.activations import activation_functions

Initializer = Callable[[np.random.Generator, tuple[int, ...]], np.ndarray]


def stream(seed: int, key: str) -> np.random.Generator:
    """The random numbers of one parameter: they depend on the seed and its name, not on its neighbours."""
    return np.random.Generator(np.random.Philox(key=[seed & (2**64 - 1), zlib.crc32(key.encode())]))


def _fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """(inputs, outputs) of a weight whose rows are units."""
    return int(np.prod(shape[1:])), shape[0]


def zeros(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """All 0: right for biases; units whose weights are all 0 learn in step and stay alike."""
    return np.zeros(shape)


def lecun_uniform(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """U(±√(3/d_in)); LeCun et al. 1998."""
    limit = np.sqrt(3 / _fans(shape)[0])
    return rng.uniform(-limit, limit, shape)


def lecun_normal(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """N(0, 1/d_in)."""
    return rng.normal(0, np.sqrt(1 / _fans(shape)[0]), shape)


def glorot_uniform(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """U(±√(6/(d_in+d_out))); Glorot and Bengio 2010."""
    limit = np.sqrt(6 / sum(_fans(shape)))
    return rng.uniform(-limit, limit, shape)


def glorot_normal(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """N(0, 2/(d_in+d_out))."""
    return rng.normal(0, np.sqrt(2 / sum(_fans(shape))), shape)


def he_uniform(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """U(±√(6/d_in)); He et al. 2015, for rectifiers."""
    limit = np.sqrt(6 / _fans(shape)[0])
    return rng.uniform(-limit, limit, shape)


def he_normal(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """N(0, 2/d_in)."""
    return rng.normal(0, np.sqrt(2 / _fans(shape)[0]), shape)


def orthogonal(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Orthonormal rows or columns; Saxe et al. 2013."""
    rows, columns = shape[0], int(np.prod(shape[1:]))
    q, r = np.linalg.qr(rng.normal(size=(max(rows, columns), min(rows, columns))))
    q = q * np.sign(np.diag(r))
    return (q if rows >= columns else q.T).reshape(shape)


def constant(value: float) -> Initializer:
    """Every entry the same."""
    return lambda rng, shape: np.full(shape, value)


def normal(spread: float) -> Initializer:
    """N(0, σ²)."""
    return lambda rng, shape: rng.normal(0, abs(spread), shape)


def uniform(spread: float) -> Initializer:
    """U(±a)."""
    return lambda rng, shape: rng.uniform(-abs(spread), abs(spread), shape)


@dataclass(frozen=True)
class Given:
    """These very numbers, set by hand. Where others are written into a node, a run takes them at once."""

    values: tuple[tuple[float, ...], ...]

    def __call__(self, rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        return np.array(self.values, float).reshape(shape)


def given(values: Sequence[Sequence[float]]) -> Given:
    """An initialiser out of rows of numbers."""
    return Given(tuple(map(tuple, values)))


INITIALIZERS: Mapping[str, Initializer] = {
    function.__name__: function
    for function in (glorot_uniform, glorot_normal, he_uniform, he_normal, lecun_uniform, lecun_normal, orthogonal, zeros)
}

SPREAD: Mapping[str, Callable[[float], Initializer]] = {"normal": normal, "uniform": uniform, "constant": constant}

OPTIONS: Mapping[str, str] = {
    "auto": "Automatic",
    "glorot_uniform": "Glorot, uniform",
    "glorot_normal": "Glorot, normal",
    "he_uniform": "He, uniform",
    "he_normal": "He, normal",
    "lecun_uniform": "LeCun, uniform",
    "lecun_normal": "LeCun, normal",
    "orthogonal": "Orthogonal",
    "normal": "Normal, of a given spread",
    "uniform": "Uniform, of a given spread",
    "constant": "Constant",
    "zeros": "Zeros",
}


def chosen(name: str, activation: str, spread: float = 0.1) -> Initializer:
    """The initialiser of that name; `auto` is He for rectifiers and Glorot for everything else. `spread` is the σ of the
    normal distribution, the half-width of the uniform one, or the constant."""
    if name in SPREAD:
        return SPREAD[name](spread)
    if name == "auto":
        function = activation_functions().get(activation)
        return he_uniform if function and function.rectifier else glorot_uniform
    return INITIALIZERS[name]
