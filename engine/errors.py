"""What can go wrong with a run, as sentences for the user.

    HourglassError
    ├── RunProblem        the graph, its data or its settings cannot be trained
    │   └── OutOfRoom     memory, shared or private, does not suffice
    ├── BadCheckpoint     a weights or checkpoint file cannot be read, or belongs to another network
    ├── WorkerGone        the training process is not there any more
    └── DataCancelled     (engine.data.reporting) nobody waits for the data any more
"""

from __future__ import annotations

from collections.abc import Sequence

from graphs.problems import Cure


class HourglassError(Exception):
    """The text is one sentence that may be shown as it is."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class RunProblem(HourglassError):
    """Training cannot go on; `node` and `parameter` say where, if that is known, `cures` what would help."""

    def __init__(self, text: str, node: str = "", parameter: str = "", cures: Sequence[Cure] = ()) -> None:
        super().__init__(text)
        self.node, self.parameter, self.cures = node, parameter, tuple(cures)


class OutOfRoom(RunProblem):
    """There is not enough memory for what was asked."""


class BadCheckpoint(HourglassError):
    """A weights or checkpoint file that must not be used."""


class WorkerGone(HourglassError):
    """The training process has ended without being asked to."""
