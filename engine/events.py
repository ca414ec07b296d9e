"""What a training reports while it goes on. Events are values; `to_json` and `from_json` carry them over a pipe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from engine.messages import Message, Vocabulary
from engine.stages import StageInfo
from engine.walked import Walked
from graphs.language import tr

State = Literal["idle", "preparing", "running", "paused", "finished", "failed"]
Reason = Literal["done", "stopped", "diverged", "failed"]
PortKey = tuple[str, str]  # node id, port name


@dataclass(frozen=True, slots=True)
class ChannelInfo:
    """One curve of the telemetry: see `engine.telemetry.Channel`."""

    quantity: str
    node: str = ""
    layer: str = ""


@dataclass(frozen=True, slots=True)
class LayerInfo:
    """One trainable layer. `picture` is (height, width) of the image whose pixels feed it, where that is known; `colour`
    that of one in red, green and blue.

    `output` is the port that carries the activity of its units, where one does: then `sees` is the one input of the network
    that it depends on, `seen` the (height, width) of that. `wanted` is the mean activity that its units should have (ρ).
    """

    node: str
    layer: str
    label: str
    weight_shape: tuple[int, ...] = ()
    picture: tuple[int, int] | None = None
    depth: int = 0
    activation: str = ""
    output: PortKey | None = None
    sees: PortKey | None = None
    seen: tuple[int, int] | None = None
    wanted: float | None = None
    colour: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class LossInfo:
    """One term of the objective."""

    node: str
    label: str


@dataclass(frozen=True, slots=True)
class ReconstructionInfo:
    """An output that is trained to equal an input of so many components: both can be watched as `output:<node>/<port>`.
    So can `spoilt`, where there is noise: the input with noise, and what is rebuilt of that.

    `code` is the narrowest layer's output between both, of `code_size` units; None where the output is not made of the input.
    A squared error is told as `scale` times the mean squared error of a component; 0: the loss is another one. `distinct` is
    how many different samples there are to be rebuilt, where they are few: see `each` in `engine.frames`.
    """

    node: str
    input: PortKey
    output: PortKey
    picture: tuple[int, int] | None = None
    components: int = 0
    spoilt: tuple[PortKey, ...] = ()
    code: PortKey | None = None
    code_size: int = 0
    scale: float = 0.0
    distinct: int = 0


@dataclass(frozen=True, slots=True)
class PredictionInfo:
    """An output that is trained to name a class. `labels` is the port that holds the truth."""

    node: str
    output: PortKey
    labels: PortKey
    classes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MapInfo:
    """A two-dimensional input over which outputs can be drawn as a map.

    `extent` is (left, right, bottom, top); a watched `map:<node>/<port>` has `grid` × `grid` rows, left to right within
    a row of the map, bottom row first. `watchable` lists the outputs that depend on this input alone.
    """

    node: str
    port: str
    extent: tuple[float, float, float, float]
    grid: int
    watchable: tuple[PortKey, ...] = ()


@dataclass(frozen=True, slots=True)
class CurveInfo:
    """A one-dimensional input over which outputs can be drawn as curves.

    A watched `curve:<node>/<port>` holds an output at `points` places, evenly from `low` to `high`. `node` and `port`
    are the source, before any preparation. `watchable` lists the outputs that depend on this input alone.
    """

    node: str
    port: str
    low: float
    high: float
    points: int
    watchable: tuple[PortKey, ...] = ()


@dataclass(frozen=True, slots=True)
class TryInfo:
    """A source of pictures for which new ones can be drawn and sent through the network with `commands.Probe`.

    `picture` is (height, width), `low` and `high` are paper and ink. `outputs` depend on this source alone; `inputs` are
    what the network reads of it, after preparations.
    """

    node: str
    port: str
    picture: tuple[int, int]
    low: float = 0.0
    high: float = 1.0
    inputs: tuple[PortKey, ...] = ()
    outputs: tuple[PortKey, ...] = ()


@dataclass(frozen=True, slots=True)
class CodeInfo:
    """What a trained layer gives: so many numbers a sample. `given` is the column of data that it is made of, where that
    is one alone; `made` what is rebuilt of it in the end, where it can be decoded."""

    node: str
    port: str
    width: int
    given: PortKey | None = None
    made: PortKey | None = None


@dataclass(frozen=True, slots=True)
class LabelsInfo:
    """Where the classes of the samples stand, whether they are trained on or not."""

    node: str
    port: str
    classes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunInfo:
    """What is being trained: everything a view needs to know before the first number arrives."""

    layers: tuple[LayerInfo, ...] = ()
    losses: tuple[LossInfo, ...] = ()
    metrics: tuple[str, ...] = ()
    reconstructions: tuple[ReconstructionInfo, ...] = ()
    predictions: tuple[PredictionInfo, ...] = ()
    maps: tuple[MapInfo, ...] = ()
    curves: tuple[CurveInfo, ...] = ()
    tries: tuple[TryInfo, ...] = ()
    fields: tuple[MapInfo, ...] = ()  # where `field:<node>/<port>` shows what is rebuilt of points in the plane
    codes: tuple[CodeInfo, ...] = ()
    labels: LabelsInfo | None = None
    outputs: tuple[PortKey, ...] = ()  # what can be watched as `output:<node>/<port>`
    parameters: int = 0
    bytes: int = 0
    train_rows: int = 0
    validation_rows: int = 0
    test_rows: int = 0
    steps_per_epoch: int = 1
    epochs: int = 0  # 0: endless
    seed: int = 0
    learning_rate: float = 0.0
    scheduled: bool = False  # the rate goes with time
    step_channels: tuple[ChannelInfo, ...] = ()
    epoch_channels: tuple[ChannelInfo, ...] = ()
    legs: tuple[tuple[int, float, int], ...] = ()  # (from this step, at this epoch, steps an epoch)
    stages: tuple[StageInfo, ...] = ()

    @property
    def stage(self) -> int:
        """The place of the stage that trains now."""
        return max((place for place, stage in enumerate(self.stages) if stage.step >= 0), default=0)


Setting = tuple[str, str, str, str | int | float | bool]  # words, and which parameter of which node becomes what


@dataclass(frozen=True, slots=True)
class Preparing(Message):
    """Something is being made ready, `done` of `total`: what `what` names, such as “Reading big.csv”, else kernels."""

    done: int
    total: int
    what: str = ""

    @property
    def title(self) -> str:
        """What is being made ready, in words."""
        return self.what or tr("Preparing kernels, once per machine")

    @property
    def reached(self) -> str:
        """How far it is, in words."""
        if self.what:
            return f"{100 * self.done / max(self.total, 1):.0f} %"
        return tr("{done} of {total}", done=self.done, total=self.total)


@dataclass(frozen=True, slots=True)
class Compiled(Message):
    """The graph can be trained; sent again whenever it was compiled anew."""

    run: RunInfo


@dataclass(frozen=True, slots=True)
class StateChanged(Message):
    """Running, paused, …: at this step of this epoch (with fraction)."""

    state: State
    step: int = 0
    epoch: float = 0.0


@dataclass(frozen=True, slots=True)
class EpochDone(Message):
    """An epoch is over. `values` holds finite numbers by name, such as `train_loss`, `validation_accuracy`."""

    epoch: int
    step: int
    values: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Diverged(Message):
    """NaN or infinity appeared in this step (steps count from one) at this node; the weights before it were kept."""

    node: str
    step: int
    what: str  # "value", "gradient" or "weight"

    @property
    def found(self) -> str:
        """What was found, in words."""
        words = {"gradient": tr("A gradient is not finite"), "weight": tr("A weight is not finite")}
        return words.get(self.what, tr("A value is not finite"))


@dataclass(frozen=True, slots=True)
class RateChanged(Message):
    """The learning rate was changed while training: it holds for all steps after this one."""

    step: int
    value: float


@dataclass(frozen=True, slots=True)
class GraphChanged(Message):
    """Another graph took over. `kept` of `total` weights and biases fitted and went on, the others start anew.
    `only_data`: the network is the same, it goes on with other samples."""

    step: int
    kept: int
    total: int
    only_data: bool = False


@dataclass(frozen=True, slots=True)
class StoppedEarly(Message):
    """The validation loss fell no longer: the weights are again those of the best step. Epochs are with fraction."""

    step: int
    epoch: float
    best_step: int
    best_epoch: float
    best: float  # validation loss


@dataclass(frozen=True, slots=True)
class StageBegan(Message):
    """The next stage of the run begins after this step; `Compiled` follows. `stage` counts from 0."""

    step: int
    epoch: int
    stage: int
    title: str


@dataclass(frozen=True, slots=True)
class Evaluated(Message):
    """Asked for: training and validation numbers by name, as in `EpochDone`."""

    step: int
    values: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Probed(Message):
    """The answer to `commands.Probe`: numbers of the wanted ports for that one sample, by `node/port`, after `step`
    steps. What is not finite is left out."""

    node: str
    port: str
    step: int
    outputs: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    asker: str = ""


@dataclass(frozen=True, slots=True)
class Answer(Message):
    """The answer to one of `commands.Inquiry`: numbers by name, after `step` steps. What takes long comes piece by piece
    until it is `complete`, and took so many `seconds`. `problem` says why there is none; without numbers and problem
    what was asked about is gone."""

    asker: str
    step: int
    numbers: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    complete: bool = True
    seconds: float = 0.0
    problem: str = ""


@dataclass(frozen=True, slots=True)
class LookedAround(Message):
    """The answer to `commands.LookAround`, from coarse to `finest`: the loss at `grid` × `grid` points, left to right,
    bottom row first; the weights after `step` steps are in the middle."""

    step: int
    span: float
    grid: int
    losses: tuple[float, ...]
    finest: bool = True


@dataclass(frozen=True, slots=True)
class CheckpointSaved(Message):
    """A checkpoint is on disk, complete."""

    path: str
    step: int


@dataclass(frozen=True, slots=True)
class Note(Message):
    """Worth knowing, not an error: one sentence."""

    text: str


@dataclass(frozen=True, slots=True)
class Finished(Message):
    """The run is over. `seconds` counts training, not pauses. `values` are those of the last epoch."""

    step: int
    epoch: float
    seconds: float
    reason: Reason
    values: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Failed(Message):
    """The run cannot be made or go on: one sentence, the place if it is known, and what one click can do about it."""

    text: str
    node: str = ""
    parameter: str = ""
    cures: tuple[Setting, ...] = ()


@dataclass(frozen=True, slots=True)
class WorkerLost(Message):
    """The training process has ended by itself. `checkpoint` is where `Engine.restart` goes on, empty: at step 0."""

    text: str
    checkpoint: str = ""


Event = (
    Preparing | Compiled | StateChanged | EpochDone | Diverged | RateChanged | GraphChanged | Evaluated | Probed | LookedAround
    | Walked | Answer | StoppedEarly | StageBegan | CheckpointSaved | Note | Finished | Failed | WorkerLost
)  # fmt: skip
EVENTS = Vocabulary(Event.__args__)


def from_json(data: bytes) -> Event:
    """The event that `to_json` wrote. Raises ValueError for anything else."""
    return EVENTS.from_json(data)
