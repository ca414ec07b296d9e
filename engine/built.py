"""One network on one data set, ready to train; and what a changed graph takes over from the one before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from engine import telemetry
from engine.assembly import Assembly
from engine.compiler import Network, PortKey
from engine.data.half import DataSet
from engine.executor import Machine
from engine.initializers import Given
from engine.kernels import loop
from engine.response import Response
from engine.settings import TrainingSettings
from engine.telemetry import Channel
from graphs.checks import Checked


@dataclass
class Built:
    """One network on one data set, ready to train."""

    checked: Checked
    folder: Path | None
    settings: TrainingSettings
    dataset: DataSet
    network: Network
    assembly: Assembly
    machine: Machine
    responses: dict[tuple[PortKey, PortKey, bool], Response] = field(default_factory=dict)  # those that were asked for

    def response(self, given: PortKey, made: PortKey, *, sums: bool = False) -> Response:
        """What one place answers to another, made when it is first asked for. See `Response` for arguments and errors."""
        if (given, made, sums) not in self.responses:
            self.responses[given, made, sums] = Response(self.machine, given, made, sums=sums)
        return self.responses[given, made, sums]


def transplant(before: Built, after: Built, seed: int) -> int:
    """Moves into the new machine what fits of the old one's state, by name and shape: weights, optimiser state, the
    run's counters, and the history of channels that live on. Returns how many parameters were kept."""
    after.machine.initialize(seed)
    old, new = before.machine.state(), after.machine.state()
    fits = {key for key in new if key in old and old[key].shape == new[key].shape}
    fits -= {"settings", "sums", "counters", *_written(before, after)}
    counters = old["counters"].copy()
    counters[loop.SEED] = seed
    same_epoch = (before.dataset.digest == after.dataset.digest and before.assembly.batch == after.assembly.batch
                  and before.assembly.report == after.assembly.report
                  and (before.settings.shuffle, before.settings.same_batches)
                  == (after.settings.shuffle, after.settings.same_batches))  # fmt: skip
    if same_epoch and old["sums"].shape == new["sums"].shape:
        fits.add("sums")
    else:
        counters[loop.CURSOR] = 0  # an epoch that cannot be finished begins again
    after.machine.restore({**new, **{key: old[key] for key in fits}, "counters": counters})
    for name in ("steps", "epochs"):
        channels = _channels(after.assembly, name), _channels(before.assembly, name)
        telemetry.adopt(getattr(after.machine, name), channels[0], getattr(before.machine, name), channels[1])
    return sum(f"parameter/{key}" in fits for key in after.network.parameters)


def _written(before: Built, after: Built) -> Iterator[str]:
    """Parameters whose numbers the user has just written by hand: they do not go on with what was learned."""
    known = before.network.parameters
    for key, spec in after.network.parameters.items():
        if isinstance(spec.initializer, Given) and (key not in known or known[key].initializer != spec.initializer):
            yield f"parameter/{key}"


def _channels(assembly: Assembly, name: str) -> tuple[Channel, ...]:
    return assembly.step_channels if name == "steps" else assembly.epoch_channels
