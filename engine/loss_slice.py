"""The loss of a network around its present weights, on a plane through them: two random directions in which every unit
moves by as much as its weights are long (Li et al. 2018, filter normalisation). Biases stay. Coarse to fine, in pieces.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from engine import commands, events
from engine.ops.primitive import Region

if TYPE_CHECKING:
    from engine.training import Training

FINEST = 25  # points along each side
STRIDES = (4, 2, 1)  # every fourth point first: 7, 13, 25 along a side
SAMPLES = 256  # of the training part
PIECE = 0.005  # seconds at a stretch between two chunks of steps


def directions(machine: object, seed: int) -> np.ndarray:
    """(2 × all parameters) float: normal numbers, scaled so that each unit's row is as long as its weights."""
    where, size = machine.assembly.parameters, len(machine.regions[Region.PARAMETERS])  # type: ignore[attr-defined]
    made = np.zeros((2, size))
    random = np.random.Generator(np.random.Philox(key=[seed, 2018]))
    for key, slot in where.items():
        weights = machine.parameter(key)  # type: ignore[attr-defined]
        if weights.ndim < 2:
            continue
        rows = weights.reshape(len(weights), -1).astype(np.float64)
        for direction in made:
            drawn = random.standard_normal(rows.shape)
            drawn *= np.linalg.norm(rows, axis=1, keepdims=True) / np.linalg.norm(drawn, axis=1, keepdims=True)
            direction[slot.offset : slot.offset + drawn.size] = drawn.ravel()
    return made


class LossSlice:
    """One look around. Nothing of the run changes: after every point the weights are what they were, bit for bit."""

    def __init__(self, training: Training, order: commands.LookAround) -> None:
        self.training, self.order, self.built = training, order, training.built
        machine = training.machine
        self._middle = machine.regions[Region.PARAMETERS].astype(np.float64)
        self._plane = directions(machine, order.seed) * order.span
        self._rows = training.built.dataset.train[:SAMPLES]
        self._losses = np.full((FINEST, FINEST), math.nan)
        self._step = machine.step_count
        self._points = self._order()
        self._stride = STRIDES[0]
        self.done = False

    def _order(self) -> Iterator[tuple[int, int, int]]:
        """(stride, row, column) of all points, each once, those of the coarsest grid first."""
        seen = set()
        for stride in STRIDES:
            for row in range(0, FINEST, stride):
                for column in range(0, FINEST, stride):
                    if (row, column) not in seen:
                        seen.add((row, column))
                        yield stride, row, column

    def work(self, seconds: float = math.inf) -> events.LookedAround | None:
        """Goes on for so long; an answer whenever a grid is complete."""
        deadline = time.perf_counter() + seconds
        for stride, row, column in self._points:
            coarser = self._stride if stride != self._stride else 0
            self._stride = stride
            answer = self._answer(coarser) if coarser else None
            self._losses[row, column] = self._loss(row, column)
            if answer is not None:
                return answer
            if time.perf_counter() > deadline:
                return None
        self.done = True
        return self._answer(STRIDES[-1])

    def _loss(self, row: int, column: int) -> float:
        machine = self.training.machine
        weights = machine.regions[Region.PARAMETERS]
        kept = weights.copy()
        at = (2 * column / (FINEST - 1) - 1, 2 * row / (FINEST - 1) - 1)
        weights[:] = self._middle + at[0] * self._plane[0] + at[1] * self._plane[1]
        try:
            return machine.evaluate(self._rows)["loss"]
        finally:
            weights[:] = kept

    def _answer(self, stride: int) -> events.LookedAround:
        """Points that are not finite stand as high as the highest that is."""
        grid = self._losses[::stride, ::stride]
        most = float(np.nanmax(np.where(np.isfinite(grid), grid, np.nan), initial=0.0))
        values = np.nan_to_num(grid, nan=most, posinf=most, neginf=most)
        return events.LookedAround(self._step, self.order.span, len(grid), tuple(values.ravel().tolist()),
                                   finest=stride == STRIDES[-1])
