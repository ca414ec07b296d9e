"""Test surfaces over two weights (O17: 谷, プラトー, 絶壁, 鞍点), declared like optimisers, and walks over them.

A walk is an optimiser's own kernels, run as plain Python on two numbers: what is seen is what trains networks.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np

from engine import penalties
from engine.kernels.operand import Kernel, operands
from engine.optimizer import Optimizer
from engine.quasi_newton import LBFGS, PAIRS, SEARCH, SEARCHED, TRIALS
from graphs.language import marked

STEP = 1  # the place in the run's counters that says which step this is
COUNTERS = 16
FAR = 1e6  # a walk that leaves so far is lost
Point = tuple[float, float]


class Surface:
    """E(x, y) with its gradient. `value` takes numbers or arrays; `slope` two numbers."""

    name: ClassVar[str]
    title: ClassVar[str]
    equation: ClassVar[str]
    source: ClassVar[str]
    lesson: ClassVar[str]
    extent: ClassVar[tuple[float, float, float, float]]  # left, right, bottom, top
    start: ClassVar[Point]
    lowest: ClassVar[float] = 0.0
    rates: ClassVar[Mapping[str, float]] = {}  # where an optimiser's usual rate would not suit

    @staticmethod
    def value(x: Any, y: Any) -> Any:
        raise NotImplementedError

    @staticmethod
    def slope(x: float, y: float) -> Point:
        raise NotImplementedError


class Valley(Surface):
    """A long trough."""

    name, title = "valley", marked("Valley")
    equation = "E = x²/20 + y²"
    source = "Polyak (1964); Sutton (1986)"
    lesson = marked("Steep walls, a nearly level floor: plain descent crawls along it, inertia and rates of their own run.")
    extent, start = (-6.0, 6.0, -3.0, 3.0), (-5.0, 2.2)
    rates = {"sgd": 0.5, "momentum": 0.5, "nesterov": 0.5, "adagrad": 0.5, "rmsprop": 0.05, "adadelta": 30.0,
             "adam": 0.15, "adamw": 0.15}  # fmt: skip

    @staticmethod
    def value(x: Any, y: Any) -> Any:
        return x * x / 20 + y * y

    @staticmethod
    def slope(x: float, y: float) -> Point:
        return x / 10, 2 * y


class Plateau(Surface):
    """A well in a plain."""

    name, title = "plateau", marked("Plateau")
    equation = "E = 1 − exp(−(x² + y²)/2)"
    source = "Fukumizu and Amari (2000), Neural Networks 13"
    lesson = marked("Far from the well there is next to no gradient: only rules that divide by its size get away.")
    extent, start = (-4.0, 4.0, -4.0, 4.0), (-3.2, 2.1)
    rates = {"sgd": 0.5, "momentum": 0.5, "nesterov": 0.5, "adagrad": 0.3, "rmsprop": 0.05, "adadelta": 30.0,
             "adam": 0.1, "adamw": 0.1}  # fmt: skip

    @staticmethod
    def value(x: Any, y: Any) -> Any:
        return 1 - np.exp(-(x * x + y * y) / 2)

    @staticmethod
    def slope(x: float, y: float) -> Point:
        height = math.exp(-(x * x + y * y) / 2)
        return x * height, y * height


class Cliff(Surface):
    """A wall."""

    name, title = "cliff", marked("Cliff")
    equation = "E = (x² + y²)/20 + 4 / (1 + exp(−16 (x − 1)))"
    source = "Pascanu, Mikolov and Bengio (2013); Goodfellow, Bengio and Courville (2016), figure 8.3"
    lesson = marked("One step on the wall throws what has inertia far away; rules that divide by the gradient's size climb down.")
    extent, start = (-4.0, 4.0, -3.0, 3.0), (1.9, 1.6)
    rates = {"sgd": 0.5, "momentum": 0.5, "nesterov": 0.5, "adagrad": 0.3, "rmsprop": 0.05, "adadelta": 30.0,
             "adam": 0.1, "adamw": 0.1}  # fmt: skip

    @staticmethod
    def value(x: Any, y: Any) -> Any:
        return (x * x + y * y) / 20 + 4 / (1 + np.exp(np.clip(-16 * (x - 1), -500, 500)))

    @staticmethod
    def slope(x: float, y: float) -> Point:
        wall = 1 / (1 + math.exp(min(max(-16 * (x - 1), -500), 500)))
        return x / 10 + 64 * wall * (1 - wall), y / 10


class Saddle(Surface):
    """A pass between two basins."""

    name, title = "saddle", marked("Saddle")
    equation = "E = x²/2 − y²/2 + y⁴/20"
    source = "Dauphin et al. (2014); Ge et al. (2015)"
    lesson = marked("On the ridge y = 0 the true gradient leads to the pass and ends there. Noise, as with B = 1, falls off it.")
    extent, start, lowest = (-3.5, 3.5, -3.5, 3.5), (-3.0, 0.0), -1.25
    rates = {"sgd": 0.1, "momentum": 0.1, "nesterov": 0.1, "adagrad": 0.3, "rmsprop": 0.05, "adadelta": 30.0,
             "adam": 0.1, "adamw": 0.1}  # fmt: skip

    @staticmethod
    def value(x: Any, y: Any) -> Any:
        return x * x / 2 - y * y / 2 + y * y * y * y / 20

    @staticmethod
    def slope(x: float, y: float) -> Point:
        return x, -y + y * y * y / 5


class Rosenbrock(Surface):
    """A bent, narrow valley."""

    name, title = "rosenbrock", marked("Rosenbrock's banana")
    equation = "E = (1 − x)² + 100 (y − x²)²"
    source = "Rosenbrock (1960), The Computer Journal 3"
    lesson = marked("The floor is bent and a thousand times flatter than the walls: only curvature tells the way.")
    extent, start = (-2.0, 2.0, -1.0, 3.0), (-1.5, 2.5)
    rates = {"sgd": 0.001, "momentum": 0.003, "nesterov": 0.003, "adagrad": 0.3, "rmsprop": 0.02, "adadelta": 10.0,
             "adam": 0.05, "adamw": 0.05}  # fmt: skip

    @staticmethod
    def value(x: Any, y: Any) -> Any:
        return (1 - x) ** 2 + 100 * (y - x * x) ** 2

    @staticmethod
    def slope(x: float, y: float) -> Point:
        return -2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)


SURFACES: Mapping[str, type[Surface]] = {kind.name: kind for kind in (Valley, Plateau, Cliff, Saddle, Rosenbrock)}


def usual_rate(surface: type[Surface], kind: type[Optimizer]) -> float:
    """The rate with which an optimiser starts on a surface."""
    return surface.rates.get(kind.type_name(), kind.model_fields["learning_rate"].default)


def heights(surface: type[Surface], cells: int) -> np.ndarray:
    """(cells × cells) of E over the extent, bottom row first."""
    left, right, bottom, top = surface.extent
    x, y = np.meshgrid(np.linspace(left, right, cells), np.linspace(bottom, top, cells))
    return np.asarray(surface.value(x, y), np.float64)


class Walk:
    """One optimiser on its way from a start. `noise` is the deviation of what is added to every gradient, as small
    batches do; an optimiser that needs the whole set sees none."""

    def __init__(self, surface: type[Surface], rule: Optimizer, start: Point, noise: float = 0.0, seed: int = 0) -> None:
        self.surface, self.rule = surface, rule
        self.noise = 0.0 if rule.full_batch else noise
        self._random = np.random.Generator(np.random.Philox(key=[seed, 17]))
        self._w, self._g = np.array(start, np.float64), np.zeros(2)
        self._names: dict[str, Any] = {
            "w": self._w, "g": self._g, "run": np.zeros(COUNTERS, np.int64), "objective": np.zeros(1),
            **{name: np.zeros(2) for name in rule.state}, **rule.model_dump()}
        if isinstance(rule, LBFGS):
            self._names |= {"search": np.zeros(SEARCH), "steps": np.zeros((PAIRS, 2)), "changes": np.zeros((PAIRS, 2))}
        self.points: list[Point] = [start]
        self.lost = False

    @property
    def height(self) -> float:
        """E where it is now."""
        return float(self.surface.value(*self.points[-1]))

    def step(self) -> None:
        """One step further; nothing once it is lost."""
        if self.lost:
            return
        with np.errstate(all="ignore"):
            self._advance()
        x, y = self._w.tolist()
        self.lost = not (abs(x) < FAR and abs(y) < FAR)
        if not self.lost:
            self.points.append((x, y))
        self._names["run"][STEP] += 1

    def _advance(self) -> None:
        rule = self.rule
        if rule.look_ahead is not None:
            self._call(type(rule).look_ahead)
        self._look()
        if isinstance(rule, LBFGS):
            self._search(rule)
            return
        if rule.decoupled and rule.weight_decay:
            penalties.decay(self._w, rule.learning_rate, rule.weight_decay)
        self._call(type(rule).update)

    def _look(self) -> None:
        """E and the gradient at w."""
        x, y = self._w.tolist()
        self._g[:] = self.surface.slope(x, y)
        if self.noise:
            self._g += self.noise * self._random.standard_normal(2)
        decay = 0.0 if self.rule.decoupled else self.rule.weight_decay
        self._g += decay * self._w
        self._names["objective"][0] = self.surface.value(x, y) + 0.5 * decay * (x * x + y * y)

    def _search(self, rule: LBFGS) -> None:
        """A direction, then trials along it until one is good."""
        for kernel in rule.searches:
            self._call(kernel)
        for _ in range(TRIALS):
            if self._names["run"][SEARCHED]:
                return
            self._look()
            for kernel in rule.trials:
                self._call(kernel)

    def _call(self, kernel: Kernel | Callable[..., None] | None) -> None:
        kernel(*(self._names[name] for name in operands(kernel)))  # type: ignore[misc,arg-type]
