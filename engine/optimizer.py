"""What an optimiser is: declared like node types, with words, equation, source, parameters, and kernels of its phases.

A kernel's arguments are bound by name: `w` and `g` are the parameters and gradients of one segment, the names in
`state` are arrays like w that start at zero, `run` holds the counters (run[1] is the step, from 0), `learning_rate` is
the rate of this step and segment (`engine.schedules`, times the node's own factor), `l1` the segment's, and every other
name is one of the optimiser's settings, read when the kernel runs, so that it can be changed between steps.
Annotations are values here, not strings: kernels are read by them.
"""

from typing import Any, ClassVar

from engine.kernels.operand import Kernel, Scalar, Update
from graphs.spec import Parameters, number, switch


def rate(default: float) -> Any:
    """The learning rate."""
    return number(default, "Learning rate", "How far each step follows the gradient. Too small: slow. Too large: the loss "
                  "jumps or diverges. It can be changed while training.", above=0, high=1000, log=True, unit="η")


def inertia() -> Any:
    """The share of the last step that is kept."""
    return number(0.9, "Momentum", "Share of the last step that is kept.", low=0, below=1, unit="μ")


def damping() -> Any:
    """Whether the gradient is weighed by 1−μ."""
    return switch(True, "Damped", "Weigh the gradient by 1−μ, as the lectures do. Off: the undamped form of most "
                  "libraries, whose steps are 1/(1−μ) times longer.")


def memory_share() -> Any:
    """The share of a running mean that is kept."""
    return number(0.9, "Memory", "How much of the running mean of squared gradients each step keeps.", low=0, below=1,
                  unit="ρ", advanced=True)


def smallest(default: float) -> Any:
    """The ε of divisions."""
    return number(default, "Smallest divisor", "Keeps the division finite where gradients vanish.", above=0, high=1,
                  log=True, unit="ε", advanced=True)


def soft_threshold(w: Update[1], learning_rate: Scalar, l1: Scalar) -> None:
    """w ← sign(w) max(|w| − ηλ, 0): the proximal step of λ|w|, which makes exact zeros (LASSO, U5)."""
    zero = w.dtype.type(0)
    most = learning_rate * l1
    for i in range(w.size):
        w[i] = max(w[i] - most, zero) + min(w[i] + most, zero)


class Optimizer(Parameters):
    """A rule that turns gradients into steps."""

    title: ClassVar[str]
    equation: ClassVar[str]
    source: ClassVar[str]
    state: ClassVar[tuple[str, ...]] = ()
    update: ClassVar[Kernel]
    look_ahead: ClassVar[Kernel | None] = None  # before the forward pass
    proximal: ClassVar[Kernel] = staticmethod(soft_threshold)  # after the update, where there is an L1 penalty
    full_batch: ClassVar[bool] = False  # needs all samples in every step
    wide: ClassVar[bool] = False  # computes in float64

    learning_rate: float = rate(0.01)
    weight_decay: float = number(0.0, "Weight decay", "Every step pulls the weights towards zero, as ½ α ‖w‖² in the "
                                 "objective does. 0: none.", low=0, high=1000, unit="α")
    decoupled: bool = switch(False, "Decoupled decay", "The pull is a part of the step by itself, w ← w − η α w, and no "
                             "part of the gradient: the adaptive rules then do not rescale it.", advanced=True)

    @property
    def threshold(self) -> str:
        """How far `proximal` moves a weight towards 0, as a formula."""
        return "η λ₁"

    @classmethod
    def type_name(cls) -> str:
        return cls.__name__.lower()
