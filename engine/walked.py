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
    """One term of the objective over the mini-batch; it counts `weight` times."""

    node: str
    value: float
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Part:
    """What a following layer sends back to a unit: Σₖ wₖ δₖ over that layer's units."""

    label: str
    weights: Numbers = ()
    deltas: Numbers = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """One weight by central differences, beside the analytic value. `declared`: the gradient is declared and not derived
    somewhere on the way, so that the two need not agree."""

    epsilon: float
    below: float  # E(w − ε), of the terms whose gradient reaches the weight
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
    others: tuple[str, ...] = ()  # nodes that send back more than what `parts` say, by name
    senders: tuple[str, ...] = ()  # the same by id
    gradient: Numbers = ()  # ∂E/∂w for all weights of the unit, over the mini-batch
    bias_gradient: float | None = None
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
    unit: UnitNumbers | None = None
    problem: str = ""

    @property
    def total(self) -> float:
        """The objective: all losses with their weights, without penalties on weights."""
        return sum(loss.value * loss.weight for loss in self.losses)

    def port(self, key: PortKey) -> PortNumbers | None:
        """The numbers of one port."""
        return next((port for port in self.ports if (port.node, port.port) == key), None)
