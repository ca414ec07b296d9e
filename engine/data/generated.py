"""Generated numbers: the swiss roll, noisy curves, 1-of-K vectors. Points in the plane are in `toy`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.data.draws import Draws

OUTERMOST = 4.5 * np.pi  # the angle at which the swiss roll of scikit-learn ends
HEIGHT = 21.0


def swiss_roll(draws: Draws, size: int, noise: float) -> tuple[np.ndarray, np.ndarray]:
    """Points [size, 3] on a rolled-up sheet, and how far along the roll [size, 1] each lies, from 0 (inside) to 1.

    The roll of scikit-learn, made smaller by 4.5π so that it ends at radius 1, and centred in its height.
    """
    along, across = draws.uniform(size), draws.uniform(size) - 0.5
    angle = 1.5 * np.pi * (1.0 + 2.0 * along)
    points = np.stack([angle * np.cos(angle), HEIGHT * across, angle * np.sin(angle)], axis=1) / OUTERMOST
    return points + noise * draws.normal(3 * size).reshape(size, 3), along[:, None]


def noisy_polynomial(draws: Draws, size: int, low: float, high: float, noise: float,
                     coefficients: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
    """x and y = Σ cⱼ xʲ + noise, both [size, 1]."""
    x = low + (high - low) * draws.uniform(size)
    y = np.polynomial.polynomial.polyval(x, np.asarray(coefficients, np.float64))
    return x[:, None], (y + noise * draws.normal(size))[:, None]


def noisy_sine(draws: Draws, size: int, low: float, high: float, noise: float,
               periods: float) -> tuple[np.ndarray, np.ndarray]:
    """x and y, both [size, 1]: a sine with so many periods from low to high, + noise."""
    place = draws.uniform(size)
    y = np.sin(2.0 * np.pi * periods * place) + noise * draws.normal(size)
    return (low + (high - low) * place)[:, None], y[:, None]


def one_of_k(codes: np.ndarray, classes: int) -> np.ndarray:
    """Whole numbers [...] as vectors [..., classes] of one 1 and zeros, float32."""
    return np.eye(classes, dtype=np.float32)[codes]
