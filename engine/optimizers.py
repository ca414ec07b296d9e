"""The optimisers: the rules that turn gradients into steps. `engine.optimizer` says how one is declared."""

import numpy as np

from engine.kernels.elementary import over_root
from engine.kernels.operand import Read, ReadInts, Scalar, Update, Write
from engine.optimizer import Optimizer, damping, inertia, memory_share, rate, smallest
from engine.quasi_newton import LBFGS
from graphs.spec import number, switch


class SGD(Optimizer):
    """Gradient descent on mini-batches: every step goes straight downhill."""

    title, equation = "SGD", "w ← w − η ∇E"
    source = "O2; Robbins and Monro (1951)"

    learning_rate: float = rate(0.1)

    @staticmethod
    def update(w: Update[1], g: Read[1], learning_rate: Scalar) -> None:
        for i in range(w.size):
            w[i] -= learning_rate * g[i]


def _inertial_threshold(w: Update[1], learning_rate: Scalar, l1: Scalar, momentum: Scalar, damped: Scalar) -> None:
    """As `soft_threshold`, for steps that undamped momentum makes 1/(1−μ) times longer."""
    zero, one = w.dtype.type(0), w.dtype.type(1)
    most = learning_rate * l1 * (one - momentum * damped) / (one - momentum)
    for i in range(w.size):
        w[i] = max(w[i] - most, zero) + min(w[i] + most, zero)


class Momentum(Optimizer):
    """Gradient descent with inertia: the step is a running mean of past steps, so ravines are crossed less often."""

    title, equation = "Momentum", "Δw ← μ Δw − (1−μ) η ∇E\nw ← w + Δw"
    source = "O3; Polyak (1964)"
    state = ("velocity",)

    learning_rate: float = rate(0.1)
    momentum: float = inertia()
    damped: bool = damping()

    @staticmethod
    def update(w: Update[1], g: Read[1], velocity: Update[1], learning_rate: Scalar, momentum: Scalar,
               damped: Scalar) -> None:
        one = w.dtype.type(1)
        rate = learning_rate * (one - momentum * damped)
        for i in range(w.size):
            velocity[i] = momentum * velocity[i] - rate * g[i]
            w[i] += velocity[i]

    proximal = staticmethod(_inertial_threshold)

    @property
    def threshold(self) -> str:
        return "η λ₁" if self.damped else "η λ₁ / (1−μ)"


class Nesterov(Optimizer):
    """Momentum that looks ahead: the gradient is taken where inertia alone would lead, so it brakes in time."""

    title, equation = "Nesterov", "Δw ← μ Δw − (1−μ) η ∇E(w + μ Δw)\nw ← w + Δw"
    source = "O4; Nesterov (1983). PyTorch keeps the point w + μ Δw instead of w."
    state = ("velocity", "origin")

    learning_rate: float = rate(0.1)
    momentum: float = inertia()
    damped: bool = damping()

    @staticmethod
    def look_ahead(w: Update[1], velocity: Read[1], origin: Write[1], momentum: Scalar) -> None:
        for i in range(w.size):
            origin[i] = w[i]
            w[i] += momentum * velocity[i]

    @staticmethod
    def update(w: Write[1], g: Read[1], velocity: Update[1], origin: Read[1], learning_rate: Scalar, momentum: Scalar,
               damped: Scalar) -> None:
        one = w.dtype.type(1)
        rate = learning_rate * (one - momentum * damped)
        for i in range(w.size):
            velocity[i] = momentum * velocity[i] - rate * g[i]
            w[i] = origin[i] + velocity[i]

    proximal = staticmethod(_inertial_threshold)

    @property
    def threshold(self) -> str:
        return "η λ₁" if self.damped else "η λ₁ / (1−μ)"


class AdaGrad(Optimizer):
    """Every weight has a rate of its own that shrinks with all the gradients it has seen: rare features learn fast."""

    title, equation = "AdaGrad", "v ← v + ∇E²\nw ← w − η ∇E / (√v + ε)"
    source = "O5; Duchi, Hazan and Singer (2011)"
    state = ("v",)

    learning_rate: float = rate(0.05)
    epsilon: float = smallest(1e-10)

    @staticmethod
    def update(w: Update[1], g: Read[1], v: Update[1], learning_rate: Scalar, epsilon: Scalar) -> None:
        one = w.dtype.type(1)
        for i in range(w.size):
            v[i] += g[i] * g[i]
            w[i] -= over_root(learning_rate * g[i], v[i], one, epsilon)

    @staticmethod
    def proximal(w: Update[1], v: Read[1], learning_rate: Scalar, epsilon: Scalar, l1: Scalar) -> None:
        zero, one = w.dtype.type(0), w.dtype.type(1)
        for i in range(w.size):
            most = over_root(l1 * learning_rate, v[i], one, epsilon)
            w[i] = max(w[i] - most, zero) + min(w[i] + most, zero)

    @property
    def threshold(self) -> str:
        return "η λ₁ / (√v + ε)"


class RMSprop(Optimizer):
    """AdaGrad that forgets: each weight's rate follows the size of its recent gradients."""

    title, equation = "RMSprop", "v ← ρ v + (1−ρ) ∇E²\nw ← w − η ∇E / √(v + ε)"
    source = "O6; Tieleman and Hinton (2012). ε stands inside the root, as in the lectures."
    state = ("v", "velocity")

    learning_rate: float = rate(0.003)
    memory: float = memory_share()
    epsilon: float = smallest(1e-6)
    with_momentum: bool = switch(False, "With momentum", "Steps also keep a share of the step before.")
    momentum: float = inertia()

    @staticmethod
    def update(w: Update[1], g: Read[1], v: Update[1], velocity: Update[1], learning_rate: Scalar, memory: Scalar,
               epsilon: Scalar, with_momentum: Scalar, momentum: Scalar) -> None:
        one = w.dtype.type(1)
        fresh, keep = one - memory, momentum * with_momentum
        for i in range(w.size):
            v[i] = memory * v[i] + fresh * g[i] * g[i]
            velocity[i] = keep * velocity[i] - learning_rate * g[i] / np.sqrt(v[i] + epsilon)
            w[i] += velocity[i]

    @staticmethod
    def proximal(w: Update[1], v: Read[1], learning_rate: Scalar, epsilon: Scalar, with_momentum: Scalar,
                 momentum: Scalar, l1: Scalar) -> None:
        zero, one = w.dtype.type(0), w.dtype.type(1)
        longest = l1 * learning_rate / (one - momentum * with_momentum)
        for i in range(w.size):
            most = longest / np.sqrt(v[i] + epsilon)
            w[i] = max(w[i] - most, zero) + min(w[i] + most, zero)

    @property
    def threshold(self) -> str:
        return "η λ₁ / ((1−μ) √(v + ε))" if self.with_momentum else "η λ₁ / √(v + ε)"


class AdaDelta(Optimizer):
    """RMSprop that chooses its own rate: steps are as long as recent steps were, so η can stay 1."""

    title = "AdaDelta"
    equation = "v ← ρ v + (1−ρ) ∇E²,  Δ = √(u + ε) / √(v + ε) · ∇E\nu ← ρ u + (1−ρ) Δ²,  w ← w − η Δ"
    source = "O7; Zeiler (2012)"
    state = ("v", "u")

    learning_rate: float = rate(1.0)
    memory: float = memory_share()
    epsilon: float = smallest(1e-6)

    @staticmethod
    def update(w: Update[1], g: Read[1], v: Update[1], u: Update[1], learning_rate: Scalar, memory: Scalar,
               epsilon: Scalar) -> None:
        fresh = w.dtype.type(1) - memory
        for i in range(w.size):
            v[i] = memory * v[i] + fresh * g[i] * g[i]
            step = np.sqrt(u[i] + epsilon) / np.sqrt(v[i] + epsilon) * g[i]
            u[i] = memory * u[i] + fresh * step * step
            w[i] -= learning_rate * step

    @staticmethod
    def proximal(w: Update[1], v: Read[1], u: Read[1], learning_rate: Scalar, epsilon: Scalar, l1: Scalar) -> None:
        zero = w.dtype.type(0)
        for i in range(w.size):
            most = l1 * learning_rate * np.sqrt(u[i] + epsilon) / np.sqrt(v[i] + epsilon)
            w[i] = max(w[i] - most, zero) + min(w[i] + most, zero)

    @property
    def threshold(self) -> str:
        return "η λ₁ √(u + ε) / √(v + ε)"


class Adam(Optimizer):
    """Momentum with a step size of its own for every weight: the usual first choice."""

    title = "Adam"
    equation = "m ← β₁m + (1−β₁)∇E,  v ← β₂v + (1−β₂)∇E²\nw ← w − η m̂ / (√v̂ + ε)"
    source = "O7; Kingma and Ba (2015). ε stands where PyTorch has it, after the bias correction."
    state = ("m", "v")

    learning_rate: float = rate(0.003)
    beta1: float = number(0.9, "β₁", "Memory of the gradient's mean.", low=0, below=1, advanced=True)
    beta2: float = number(0.999, "β₂", "Memory of the gradient's square.", low=0, below=1, advanced=True)
    epsilon: float = smallest(1e-8)

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
            slope = g[i]  # read once: for all the compiler knows the arrays may overlap
            mean, square = beta1 * m[i] + keep1 * slope, beta2 * v[i] + keep2 * slope * slope
            m[i], v[i] = mean, square
            w[i] -= over_root(rate * mean, square, root, epsilon)

    @staticmethod
    def proximal(w: Update[1], v: Read[1], learning_rate: Scalar, beta2: Scalar, epsilon: Scalar, l1: Scalar,
                 run: ReadInts[1]) -> None:
        zero = w.dtype.type(0)
        root = w.dtype.type(1.0 / np.sqrt(1.0 - np.float64(beta2) ** np.float64(run[1] + 1)))
        for i in range(w.size):
            most = over_root(l1 * learning_rate, v[i], root, epsilon)
            w[i] = max(w[i] - most, zero) + min(w[i] + most, zero)

    @property
    def threshold(self) -> str:
        return "η λ₁ / (√v̂ + ε)"


class AdamW(Adam):
    """Adam whose weight decay is a part of the step by itself, so that it acts alike on all weights."""

    title = "AdamW"
    equation = "w ← w − η α w,  then as Adam"
    source = "O7; Loshchilov and Hutter (2019)"

    weight_decay: float = number(0.01, "Weight decay", "Every step pulls the weights towards zero, as ½ α ‖w‖² in the "
                                 "objective does. 0: none.", low=0, high=1000, unit="α")
    decoupled: bool = switch(True, "Decoupled decay", "The pull is a part of the step by itself, w ← w − η α w, and no "
                             "part of the gradient: the adaptive rules then do not rescale it.", advanced=True)


OPTIMIZERS: dict[str, type[Optimizer]] = {
    kind.type_name(): kind for kind in (SGD, Momentum, Nesterov, AdaGrad, RMSprop, AdaDelta, Adam, AdamW, LBFGS)}
