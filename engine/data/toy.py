"""Points in the plane with classes, generated: logic gates, blobs, moons, circles, two spirals.

Every set comes in random order, so that any few rows show all classes; the logic gates keep the order of their table.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from engine.data.draws import Draws

GATES = {"and": (0, 0, 0, 1), "or": (0, 1, 1, 1), "xor": (0, 1, 1, 0)}
SPIRAL_TURNS = 1.5


def gate(problem: str) -> tuple[np.ndarray, np.ndarray]:
    """The four rows of a truth table: points [4, 2] of 0 and 1, and the answers."""
    return np.array([(0, 0), (0, 1), (1, 0), (1, 1)], dtype=np.float64), np.array(GATES[problem], dtype=np.int64)


def _moons(label: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Two half circles that reach into each other, centred: x from −1.5 to 1.5."""
    angle = np.pi * place
    upper = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    lower = np.stack([1.0 - np.cos(angle), 0.5 - np.sin(angle)], axis=1)
    return np.where(label[:, None] == 0, upper, lower) - (0.5, 0.25)


def _circles(label: np.ndarray, place: np.ndarray) -> np.ndarray:
    """A circle of radius 1 around one of radius ½."""
    angle = 2.0 * np.pi * place
    radius = np.where(label == 0, 1.0, 0.5)
    return radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def _spirals(label: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Two arms that wind around each other out to radius 1."""
    radius = 0.08 + 0.92 * np.sqrt(place)
    angle = 2.0 * np.pi * SPIRAL_TURNS * radius + np.pi * label
    return radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)


CURVES: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "moons": _moons,
    "circles": _circles,
    "spirals": _spirals,
}


def scattered(problem: str, samples: int, noise: float, classes: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Points [samples, 2] with their classes, as equal in number as possible. `noise` is a standard deviation."""
    draws = Draws(seed, f"toy {problem}")
    count = classes if problem == "blobs" else 2
    label = np.arange(samples, dtype=np.int64) % count
    if problem == "blobs":
        angle = 2.0 * np.pi * (np.arange(count) / count) + np.pi / 2.0
        points = np.stack([np.cos(angle), np.sin(angle)], axis=1)[label]
    else:
        points = CURVES[problem](label, draws.uniform(samples))
    spread = noise * np.stack([draws.normal(samples), draws.normal(samples)], axis=1)
    order = draws.permutation(samples)
    return (points + spread)[order], label[order]
