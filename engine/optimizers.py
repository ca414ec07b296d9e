"""Optimisers, declared like node types: words, equation, source, parameters, and the kernels of their phases.

A kernel's arguments are bound by name: `w` and `g` are the parameters and gradients of one segment, the names in
`state` are arrays like w that start at zero, `run` holds the counters (run[1] is the step, from 0), and every other
name is one of the optimiser's settings, read when the kernel runs, so that it can be changed between steps.
Annotations are values here, not strings: kernels are read by them.
"""

from typing import Any, ClassVar

import numpy as np

from engine.kernels.operand import Kernel, Read, ReadInts, Scalar, Update
from graphs.spec import Parameters, number, switch


def _rate(default: float) -> Any:
    return number(default, "Learning rate", "How far each step follows the gradient. Too small: slow. Too large: the "
                  "loss jumps or diverges.", above=0, high=1000, log=True, unit="η")


class Optimizer(Parameters):
    """A rule that turns gradients into steps."""

    title: ClassVar[str]
    equation: ClassVar[str]
    source: ClassVar[str]
    state: ClassVar[tuple[str, ...]] = ()
    update: ClassVar[Kernel]
    look_ahead: ClassVar[Kernel | None] = None  # before the forward pass
    proximal: ClassVar[Kernel | None] = None  # after the update

    learning_rate: float = _rate(0.01)

    @classmethod
    def type_name(cls) -> str:
        return cls.__name__.lower()


class SGD(Optimizer):
    """Gradient descent on mini-batches: every step goes straight downhill."""

    title, equation = "SGD", "w ← w − η ∇E"
    source = "O2; Robbins and Monro (1951)"

    learning_rate: float = _rate(0.1)

    @staticmethod
    def update(w: Update[1], g: Read[1], learning_rate: Scalar) -> None:
        for i in range(w.size):
            w[i] -= learning_rate * g[i]


class Momentum(Optimizer):
    """Gradient descent with inertia: the step is a running mean of past steps, so ravines are crossed less often."""

    title, equation = "Momentum", "Δw ← μ Δw − (1−μ) η ∇E\nw ← w + Δw"
    source = "O3; Polyak (1964)"
    state = ("velocity",)

    learning_rate: float = _rate(0.1)
    momentum: float = number(0.9, "Momentum", "Share of the last step that is kept.", low=0, below=1, unit="μ")
    damped: bool = switch(True, "Damped", "Weigh the gradient by 1−μ, as the lectures do. Off: the undamped form "
                          "of most libraries, whose steps are 1/(1−μ) times longer.")

    @staticmethod
    def update(w: Update[1], g: Read[1], velocity: Update[1], learning_rate: Scalar, momentum: Scalar,
               damped: Scalar) -> None:
        one = w.dtype.type(1)
        rate = learning_rate * (one - momentum * damped)
        for i in range(w.size):
            velocity[i] = momentum * velocity[i] - rate * g[i]
            w[i] += velocity[i]


class Adam(Optimizer):
    """Momentum with a step size of its own for every weight: the usual first choice."""

    title = "Adam"
    equation = "m ← β₁m + (1−β₁)∇E,  v ← β₂v + (1−β₂)∇E²\nw ← w − η m̂ / (√v̂ + ε)"
    source = "O7; Kingma and Ba (2015). ε stands where PyTorch has it, after the bias correction."
    state = ("m", "v")

    learning_rate: float = _rate(0.003)
    beta1: float = number(0.9, "β₁", "Memory of the gradient's mean.", low=0, below=1, advanced=True)
    beta2: float = number(0.999, "β₂", "Memory of the gradient's square.", low=0, below=1, advanced=True)
    epsilon: float = number(1e-8, "ε", "Keeps the division finite.", above=0, high=1, log=True, advanced=True)

    @staticmethod
    def update(w: Update[1], g: Read[1], m: Update[1], v: Update[1], learning_rate: Scalar, beta1: Scalar,
               beta2: Scalar, epsilon: Scalar, run: ReadInts[1]) -> None:
        one = w.dtype.type(1)
        step = np.float64(run[1] + 1)
        # in float64: 1 − β₂ᵗ loses half its digits in float32 during the first steps
        correct1 = 1.0 - np.float64(beta1) ** step
        correct2 = 1.0 - np.float64(beta2) ** step
        rate = w.dtype.type(learning_rate / correct1)
        root = w.dtype.type(1.0 / np.sqrt(correct2))
        keep1, keep2 = one - beta1, one - beta2
        for i in range(w.size):
            m[i] = beta1 * m[i] + keep1 * g[i]
            v[i] = beta2 * v[i] + keep2 * g[i] * g[i]
            w[i] -= rate * m[i] / (np.sqrt(v[i]) * root + epsilon)


OPTIMIZERS: dict[str, type[Optimizer]] = {kind.type_name(): kind for kind in (SGD, Momentum, Adam)}
