"""Generated sequences: sine waves, and the exercises on which memory is measured. Grammars are in `grammars`."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from engine.data.draws import Draws
from engine.data.generated import one_of_k


class Padded(NamedTuple):
    """Sequences of different lengths: values [N, T, F], 0 behind the lengths [N]."""

    values: np.ndarray
    lengths: np.ndarray


def padded(values: np.ndarray, lengths: np.ndarray) -> Padded:
    """The sequences, cleared behind their ends."""
    return Padded(values * (np.arange(values.shape[1]) < lengths[:, None])[:, :, None], lengths)


def sine_waves(draws: Draws, size: int, steps: int, slowest: float, fastest: float,
               noise: float) -> tuple[np.ndarray, np.ndarray]:
    """Waves [size, steps, 1] with random frequency (periods in the whole sequence) and phase, and the same one later."""
    periods = slowest + (fastest - slowest) * draws.uniform(size)
    phase = draws.uniform(size)
    turns = phase[:, None] + periods[:, None] * np.arange(steps + 1) / steps
    wave = np.sin(2.0 * np.pi * turns) + noise * draws.normal(size * (steps + 1)).reshape(size, steps + 1)
    return wave[:, :-1, None], wave[:, 1:, None]


def adding(draws: Draws, size: int, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Numbers from U[−1, 1] beside marks [size, steps, 2], one mark in each half, and the sum of the two marked ones."""
    numbers = 2.0 * draws.uniform(size * steps).reshape(size, steps) - 1.0
    half = steps // 2
    first, second = draws.whole(size, half), half + draws.whole(size, steps - half)
    marks, row = np.zeros((size, steps)), np.arange(size)
    marks[row, first] = marks[row, second] = 1.0
    total = numbers[row, first] + numbers[row, second]
    return np.stack([numbers, marks], axis=2), total[:, None]


def recall(draws: Draws, size: int, symbols: int, length: int, wait: int, *,
           backwards: bool) -> tuple[np.ndarray, np.ndarray]:
    """`length` symbols, a wait of blanks that a signal ends, and blanks; the answer repeats the symbols at the end.

    Both are [size, 2·length + wait, symbols + 2], with the blank and the signal as the last two components.
    """
    blank, signal = symbols, symbols + 1
    asked = np.full((size, 2 * length + wait), blank)
    answer = asked.copy()
    said = draws.whole(size * length, symbols).reshape(size, length)
    asked[:, :length], asked[:, length + wait - 1] = said, signal
    answer[:, length + wait :] = said[:, ::-1] if backwards else said
    return one_of_k(asked, symbols + 2), one_of_k(answer, symbols + 2)


def echo(draws: Draws, size: int, symbols: int, length: int, delay: int) -> tuple[np.ndarray, np.ndarray]:
    """Symbols, and the same symbols `delay` steps later, both [size, length, symbols + 1]; the last one is the blank."""
    said = draws.whole(size * length, symbols).reshape(size, length)
    answer = np.full((size, length), symbols)
    answer[:, delay:] = said[:, : length - delay]
    return one_of_k(said, symbols + 1), one_of_k(answer, symbols + 1)


def parity(draws: Draws, size: int, shortest: int, longest: int) -> tuple[Padded, np.ndarray]:
    """Strings of bits [size, longest, 1] with lengths from shortest to longest, and whether their ones are odd."""
    lengths = shortest + draws.whole(size, longest - shortest + 1)
    bits = padded(draws.whole(size * longest, 2).reshape(size, longest, 1), lengths)
    return bits, bits.values.sum(axis=(1, 2)) % 2
