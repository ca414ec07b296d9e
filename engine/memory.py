"""How much memory a run will take, told before anything is allocated; how many samples are answered at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil

from engine.errors import OutOfRoom
from engine.ops.primitive import Region, size_of
from engine.program import Slot, instructions
from graphs.language import tr

if TYPE_CHECKING:
    from engine.assembly import Assembly
    from engine.compiler import Graph

SHARE = 0.8  # of what is free: other programs live here too
WHOLE = frozenset({Region.INTS, Region.COUNTERS, Region.ORDER, Region.TRAIN_ROWS, Region.VALIDATION_ROWS,
                   Region.WHOLE_CONSTANTS, Region.STEP_COUNT, Region.STEP_STATE, Region.EPOCH_COUNT,
                   Region.EPOCH_STATE})
NAMED = 3  # nodes that a refusal names
LEAST_PORTION, MOST_PORTION, PORTION_NUMBERS = 256, 2500, 1 << 20  # samples, and numbers that they make in all


@dataclass(frozen=True, slots=True)
class MemoryEstimate:
    """Bytes of the whole run, and of what belongs to each node: weights with their gradients and optimiser state, and
    activations."""

    total: int
    by_node: Mapping[str, int]

    def largest(self) -> list[tuple[str, int]]:
        """The nodes that take most, largest first."""
        return sorted(self.by_node.items(), key=lambda entry: (-entry[1], entry[0]))[:NAMED]


def estimate(assembly: Assembly) -> MemoryEstimate:
    """Counts bytes in plain integers, which do not overflow however absurd the sizes are."""
    itemsize = assembly.network.dtype.itemsize
    total = sum(int(size) * (8 if region in WHOLE else itemsize) for region, size in assembly.sizes.items())
    copies = 2 + len(assembly.state)  # the weight, its gradient, and what the optimiser keeps
    nodes: dict[str, int] = {}
    for key, spec in assembly.network.parameters.items():
        nodes[spec.node] = nodes.get(spec.node, 0) + assembly.parameters[key].extent(1) * itemsize * copies
    counted: set[tuple[int, int]] = set()
    for steps in assembly.train.values():
        for instruction in instructions(steps):
            for slot in instruction.arguments:
                if isinstance(slot, Slot) and slot.region == Region.SCRATCH and slot[:2] not in counted:
                    counted.add(slot[:2])
                    nodes[instruction.node] = nodes.get(instruction.node, 0) + slot.extent(assembly.batch) * itemsize
    nodes.pop("", None)
    return MemoryEstimate(total, nodes)


def size_in_words(size: int) -> str:
    """`1.2 GB`, `640 kB`."""
    value = float(size)
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if value < 1000 or unit == "TB":
            return f"{value:.3g} {unit}" if value < 1000 else f"{value:,.0f} {unit}"
        value /= 1000
    return ""


def require_room(assembly: Assembly, available: int | None = None) -> MemoryEstimate:
    """The estimate. Raises `OutOfRoom`, naming the largest nodes, when the machine has not that much memory free."""
    wanted = estimate(assembly)
    free = int((psutil.virtual_memory().available if available is None else available) * SHARE)
    if wanted.total > free:
        largest = wanted.largest()
        names = ", ".join(f"{node} {size_in_words(size)}" for node, size in largest)
        raise OutOfRoom(
            tr("This graph needs {wanted} of memory and {free} are free. Largest: {names}. Use fewer units or a smaller "
               "batch.", wanted=size_in_words(wanted.total), free=size_in_words(free), names=names),
            node=largest[0][0] if largest else "")
    return wanted


def portion(graph: Graph) -> int:
    """Samples that go through a network in use at once: for a small network many, since each portion has its price in
    calls, as far as what they leave behind stays within a fast part of memory."""
    made = (value for operation in graph.tape.operations for value in (operation.output, *operation.saved.values()))
    numbers = sum(max(0, -size_of(value.axes)) for value in made)
    return int(min(max(PORTION_NUMBERS // max(numbers, 1), LEAST_PORTION), MOST_PORTION))
