"""When a number stops being finite: find the step and the node, and go back to the last finite weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine import telemetry
from engine.executor import Machine
from engine.native import loop
from engine.ops.primitive import Region


@dataclass(frozen=True, slots=True)
class Divergence:
    """The step (counted from one) in which a number was not finite any more, the node, and what it was."""

    step: int
    node: str
    what: str


class Safeguard:
    """Keeps a recent state of a machine whose weights were finite, and looks whether they still are.

    A step in which the loss or a gradient is not finite updates nothing: the machine sees to that. But an update can
    overflow by itself; then the steps since the kept state are made again, halving the search. Either way the machine
    stands afterwards exactly where it stood before the bad step.
    """

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.keep()

    def keep(self) -> None:
        """Remembers the present state, whose weights are finite."""
        machine = self.machine
        self._state = machine.state()
        self._history = telemetry.saved(machine.steps, "steps") | telemetry.saved(machine.epochs, "epochs")

    def look(self) -> Divergence | None:
        """What went wrong since `keep`, with the machine put back to before it; None if nothing did."""
        machine = self.machine
        if not finite_weights(machine):
            return self._search()
        if not machine.halted:
            return None
        steps, culprit = machine.step_count, machine.culprit()
        self._go_back()
        _run_to(machine, steps)
        return Divergence(steps + 1, culprit.node, culprit.what)

    def _go_back(self) -> None:
        for region in (Region.PARAMETERS, Region.STATE):  # NaN also gets into the gaps between arrays, which stay 0
            self.machine.regions[region][:] = 0
        self.machine.restore(self._state)
        telemetry.restore(self.machine.steps, self._history, "steps")
        telemetry.restore(self.machine.epochs, self._history, "epochs")

    def _search(self) -> Divergence:
        machine = self.machine
        good, bad = machine.origin[0] + int(self._state["counters"][loop.STEP]), machine.step_count
        while bad - good > 1:
            middle = (good + bad) // 2
            self._go_back()
            _run_to(machine, middle)
            if machine.step_count == middle and finite_weights(machine):
                good = middle
                self.keep()
            else:
                bad = middle
        self._go_back()
        _run_to(machine, bad)
        node = next((key.partition("/")[0] for key in machine.network.parameters
                     if not np.isfinite(machine.parameter(key)).all()), "")  # fmt: skip
        self._go_back()
        return Divergence(bad, node, "weight")


def _run_to(machine: Machine, step: int) -> None:
    """Runs to this step whatever signals say: a replay is short, and half of it is no use."""
    signal = int(machine.signals[0])
    while machine.step_count < step and not machine.halted:
        machine.signals[0] = 0
        machine.run(step - machine.step_count)
    machine.signals[0] |= signal


def finite_weights(machine: Machine) -> bool:
    """Whether all weights are finite: by their sum, which is quick, and one by one only when that overflows."""
    with np.errstate(all="ignore"):
        total = machine.regions[Region.PARAMETERS].sum()
    return bool(np.isfinite(total)) or machine.finite()
