"""What a walk through one mini-batch tells the window: plain numbers of one sample, one unit, one weight."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.messages import Message

Numbers = tuple[float, ...]
PortKey = tuple[str, str]  # node id, port name
Kind = Literal["given", "forward", "loss", "backward"]


@dataclass(frozen=True, slots=True)
class Stop:
    """A place where the walk rests: a node in one direction, and which of its layers where it has some (else −1)."""

    kind: Kind
    node: str
    layer: int = -1


@dataclass(frozen=True, slots=True)
class LayerNumbers:
    """One layer for one sample: z (what comes in), u (weighted sums), y = f(u), f′(u), ∂E/∂y, δ = ∂E/∂u. A list is empty
    where there is no such number: f′ of a softmax, ∂E/∂y where activation and loss are one, δ of what does not learn. Of
    layers that were not asked for there are y and δ alone."""

    node: str
    label: str
    activation: str = ""
    weights: tuple[int, int] = (0, 0)  # units × inputs
    frozen: bool = False
    given: Numbers = ()
    sums: Numbers = ()
    values: Numbers = ()
    slopes: Numbers = ()
    back: Numbers = ()
    deltas: Numbers = ()


@dataclass(frozen=True, slots=True)
class PortNumbers:
    """What an output port gives for one sample, and what comes back to it: ∂E/∂value, empty where nothing does. `label`:
    the one number is a class."""

    node: str
    port: str
    values: Numbers = ()
    back: Numbers = ()
    label: bool = False


@dataclass(frozen=True, slots=True)
class LossNumber:
    """One term of the objective over the mini-batch; it counts `weight` times. `quantity` tells the terms of a node apart."""

    node: str
    value: float
    weight: float = 1.0
    quantity: str = "loss"
    penalty: bool = False


@dataclass(frozen=True, slots=True)
class PenaltyNumber:
    """A penalty on weights as a term of the objective: `λ₂ ‖w‖²` (ridge), `½ α ‖w‖²` (decay) or `λ₁ Σ|w|` (lasso). `size` is
    ‖w‖² or Σ|w|, over all weights with this strength."""

    kind: str
    strength: float
    size: float

    @property
    def value(self) -> float:
        """What it adds to the objective."""
        return self.strength * self.size * (0.5 if self.kind == "decay" else 1.0)


@dataclass(frozen=True, slots=True)
class Pull:
    """What draws a weight towards 0 beside the losses: λ₂ and α in the gradient, a decoupled α in the step by itself, λ₁
    in a proximal step after it."""

    ridge: float = 0.0
    decay: float = 0.0
    decoupled: float = 0.0
    lasso: float = 0.0

    def on(self, weight: float) -> float:
        """Its part of the gradient, `2 λ₂ w + α w`."""
        return (2 * self.ridge + self.decay) * weight


@dataclass(frozen=True, slots=True)
class Part:
    """What a following layer sends back to a unit: Σₖ wₖ δₖ over that layer's units."""

    label: str
    weights: Numbers = ()
    deltas: Numbers = ()


@dataclass(frozen=True, slots=True)
class Term:
    """A share of a gradient that has a formula of its own: which formula, the numbers that stand in it, what it gives."""

    kind: str
    numbers: Numbers
    value: float
    label: str = ""  # the node whose term it is


@dataclass(frozen=True, slots=True)
class Column:
    """A weight w that is used as v = w/‖w‖, by columns: `∂E/∂w = (∂E/∂v − v Σₖ vₖ ∂E/∂vₖ) / ‖w‖`."""

    weight: float  # w
    length: float  # ‖w‖
    back: float  # ∂E/∂v
    along: float  # Σₖ vₖ ∂E/∂vₖ


@dataclass(frozen=True, slots=True)
class Contrast:
    """What a Boltzmann machine's weight learns from, instead of an error: `∂E/∂w = ⟨h v⟩ₖ − ⟨h v⟩₀`, the means over the
    mini-batch of what the machine dreams after k turns and of the samples; and both for one sample."""

    seen: tuple[float, float]  # h and v of the sample
    dreamt: tuple[float, float]
    seen_mean: float
    dreamt_mean: float


@dataclass(frozen=True, slots=True)
class Difference:
    """One weight by central differences, beside the analytic value. `declared`: the gradient is declared and not derived
    somewhere on the way, so that the two need not agree."""

    epsilon: float
    below: float  # E(w − ε), of the terms whose gradient reaches the weight, without λ₁ Σ|w|
    above: float  # E(w + ε)
    numeric: float
    analytic: float
    declared: bool = False

    @property
    def relative(self) -> float:
        """|numeric − analytic| over the larger of the two; 0 where both are 0."""
        size = max(abs(self.numeric), abs(self.analytic))
        return abs(self.numeric - self.analytic) / size if size else 0.0


@dataclass(frozen=True, slots=True)
class UnitNumbers:
    """One unit of one layer for one sample, and one of its weights over the whole mini-batch."""

    layer: int
    unit: int
    weight: int  # which input of the unit
    weights: Numbers = ()
    bias: float | None = None
    parts: tuple[Part, ...] = ()
    terms: tuple[Term, ...] = ()  # what terms of the objective send straight to it
    others: tuple[str, ...] = ()  # nodes that send back more than what `parts` and `terms` say, by name
    senders: tuple[str, ...] = ()  # the same by id
    gradient: Numbers = ()  # ∂E/∂w for all weights of the unit, over the mini-batch, with what penalties add to it
    bias_gradient: float | None = None
    held: float = 0.0  # the weight itself: another number than in `weights` where it is used as v = w/‖w‖
    on_weight: tuple[Term, ...] = ()  # what terms of the objective send straight to the weight
    column: Column | None = None
    code: Term | None = None  # how what comes in through the weight was found, if it is the best sparse code
    gain: float | None = None  # g in z = g f(u)
    contrast: Contrast | None = None
    pull: Pull | None = None  # penalties on the weights
    bias_pull: Pull | None = None
    shared: bool = False  # other layers use the same weights: `gradient` is the sum over all
    batch_deltas: Numbers = ()  # δ of the unit for every sample
    batch_given: Numbers = ()  # what comes in through the weight, for every sample
    difference: Difference | None = None


@dataclass(frozen=True, slots=True)
class Walked(Message):
    """The answer to `commands.Walk`: one mini-batch, forward and back, for the sample, unit and weight in question.
    `rows` are the samples' places in the data set. With a `problem` there are no numbers, and that is why."""

    step: int
    version: int = 0  # walks of different versions go through different weights
    rows: tuple[int, ...] = ()
    sample: int = 0
    stops: tuple[Stop, ...] = ()
    layers: tuple[LayerNumbers, ...] = ()
    ports: tuple[PortNumbers, ...] = ()
    losses: tuple[LossNumber, ...] = ()
    penalties: tuple[PenaltyNumber, ...] = ()
    unit: UnitNumbers | None = None
    machines: tuple[str, ...] = ()  # nodes that learn by contrast: no error is propagated back there
    optimizer: str = ""
    threshold: str = ""  # of the proximal step, as a formula
    ahead: bool = False  # its steps take the gradient elsewhere than at the present weights
    length: float = 0.0  # ‖∂E/∂w‖ of the losses, all weights together
    clip: float = 0.0  # … to which it is shortened; 0: never
    problem: str = ""

    @property
    def total(self) -> float:
        """The objective: all losses with their weights, and the penalties on weights."""
        return sum(loss.value * loss.weight for loss in self.losses) + sum(one.value for one in self.penalties)

    @property
    def kept(self) -> float:
        """The share of the losses' gradient that clipping leaves."""
        return self.clip / self.length if self.clip and self.length >= self.clip else 1.0

    def port(self, key: PortKey) -> PortNumbers | None:
        """The numbers of one port."""
        return next((port for port in self.ports if (port.node, port.port) == key), None)
