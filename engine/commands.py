"""What the window asks of the training process. JSON over the pipe, like events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.messages import Message, Vocabulary

Pace = float | Literal["lesson"] | None  # steps a second; the whole run stretched to a lesson; as fast as it goes


@dataclass(frozen=True, slots=True)
class Load(Message):
    """Take this document. With `keep_weights` what still fits goes on, whatever the state is."""

    document: str
    folder: str = ""
    keep_weights: bool = True


@dataclass(frozen=True, slots=True)
class Restore(Message):
    """Take the run in this folder's checkpoint, paused. `base` is where relative paths in its document start."""

    folder: str
    base: str = ""


@dataclass(frozen=True, slots=True)
class Run(Message):
    """Train, or go on training."""


@dataclass(frozen=True, slots=True)
class Pause(Message):
    """Rest after the step that is being made."""


@dataclass(frozen=True, slots=True)
class Step(Message):
    """Make one step, then rest."""


@dataclass(frozen=True, slots=True)
class Stop(Message):
    """End this run, keep what it has learned."""


@dataclass(frozen=True, slots=True)
class Reset(Message):
    """Back to the first step with the same weights to start from."""


@dataclass(frozen=True, slots=True)
class SetSeed(Message):
    """Other weights to start from, then as `Reset`. None: the document's own seed again."""

    seed: int | None


@dataclass(frozen=True, slots=True)
class SetRate(Message):
    """Another learning rate from the next step on."""

    value: float


@dataclass(frozen=True, slots=True)
class SetPace(Message):
    """How fast to train."""

    pace: Pace


@dataclass(frozen=True, slots=True)
class Watch(Message):
    """Make frames with exactly these keys."""

    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Evaluate(Message):
    """Report training and validation numbers now."""


@dataclass(frozen=True, slots=True)
class Probe(Message):
    """Send one new sample of a source through the present network and report what these ports give. Where the port is
    a layer's, its value is set to this, and what is decoded from it is reported."""

    node: str
    port: str
    values: tuple[float, ...]
    wanted: tuple[tuple[str, str], ...] = ()
    asker: str = ""  # comes back with the answer


@dataclass(frozen=True, slots=True)
class FindTangents(Message):
    """Report the `count` directions in which the code at a port is moved most, at this value of what the network reads:
    `sizes` and `directions`, one after the other."""

    given: tuple[str, str]
    code: tuple[str, str]
    values: tuple[float, ...]
    count: int = 6
    asker: str = ""


@dataclass(frozen=True, slots=True)
class FindPreferred(Message):
    """Report the input that excites a unit of an output most, by gradient ascent from the samples that are trained on, as
    long as these are on average: `input`, and the weighted sum that it reaches: `value`."""

    given: tuple[str, str]
    made: tuple[str, str]
    unit: int
    asker: str = ""


@dataclass(frozen=True, slots=True)
class FindNeighbours(Message):
    """Report which of the samples that `check:` shows have nearly the same word of bits as one of them: `rows` and
    `distances`, nearest first; the share of true neighbours among as many (`precision`), and what chance would give."""

    given: tuple[str, str]
    code: tuple[str, str]
    row: int
    count: int = 10
    asker: str = ""


@dataclass(frozen=True, slots=True)
class ProbeCodes(Message):
    """Report how well classes can be told from each code by a linear classifier: (width, accuracy) for each `node/port`,
    for `raw`, what the network reads, and for `pca <width>`."""

    asker: str = ""


@dataclass(frozen=True, slots=True)
class MapCode(Message):
    """Report places in the plane, `x` and `y`, for the code of each sample that views watch as `check:`, by t-SNE."""

    node: str
    port: str
    asker: str = ""


@dataclass(frozen=True, slots=True)
class LookAround(Message):
    """Report the loss on a plane through the present weights, ± `span` times the length of each unit's weights."""

    span: float = 1.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Walk(Message):
    """Report the next mini-batch forward and back, in slow motion: one of its samples, one unit of a layer (counted in
    the order of the network) and one of its weights (which input). −1: the unit with the largest δ, the weight with the
    largest gradient."""

    sample: int = 0
    layer: int = 0
    unit: int = 0
    weight: int = 0


@dataclass(frozen=True, slots=True)
class Close(Message):
    """End the process in order."""


@dataclass(frozen=True, slots=True)
class Attach(Message):
    """The shared memory that was asked for with `Need`; empty `name`: there is no room for it."""

    purpose: str
    name: str


@dataclass(frozen=True, slots=True)
class Need(Message):
    """Worker to window: shared memory of this size, please. The window owns it."""

    purpose: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Ready(Message):
    """Worker to window: everything is imported."""


Command = (
    Load | Restore | Run | Pause | Step | Stop | Reset | SetSeed | SetRate | SetPace | Watch | Evaluate | Probe
    | LookAround | Walk | FindTangents | FindPreferred | FindNeighbours | ProbeCodes | MapCode | Close | Attach
)
Inquiry = FindTangents | FindPreferred | FindNeighbours | ProbeCodes | MapCode
COMMANDS = Vocabulary(Command.__args__)
