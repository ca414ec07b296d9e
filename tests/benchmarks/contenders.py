"""One contender in a process of its own: for each line read, trains some epochs and prints the microseconds a step took.

Each is written as a good user of that library would write it for the greatest speed. A library is imported only in the
process of its contender.
"""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Callable
from typing import Any

from tests.benchmarks.works import WORKS, Work

CONTENDERS: dict[str, tuple[str, str, dict[str, Any]]] = {  # module, function, options
    "Hourglass": ("our_contender", "hourglass", {"telemetry": False}),
    "Hourglass, telemetry on": ("our_contender", "hourglass", {"telemetry": True}),
    "Hourglass float64": ("our_contender", "hourglass", {"telemetry": False, "wide": True}),
    "PyTorch eager": ("torch_contender", "pytorch", {}),
    "PyTorch fused": ("torch_contender", "pytorch", {"fused": True}),
    "PyTorch compile": ("torch_contender", "pytorch", {"compiled": True}),
    "JAX scan": ("jax_contender", "jax_scan", {}),
    "scikit-learn": ("sklearn_contender", "scikit_learn", {}),
    "scikit-learn float32": ("sklearn_contender", "scikit_learn", {"narrow": True}),
}
ONLY = {"Hourglass float64": {"boltzmann"}, "scikit-learn float32": {"boltzmann"}}  # where a contender is of interest
NEVER = {"boltzmann": "PyTorch JAX"}  # neither has a machine of Boltzmann's to compare with
SECONDS = 0.4  # that a contender trains each time it is asked


def entered(work: Work) -> list[str]:
    """The contenders of a work, by name."""
    return [name for name in CONTENDERS if work.kind in ONLY.get(name, {work.kind})
            and name.split()[0] not in NEVER.get(work.kind, "").split()]


def contender(name: str, work: Work) -> Callable[[], None]:
    """What trains `work.epochs` epochs at each call. Raises NotImplementedError where a library has no such thing."""
    module, function, options = CONTENDERS[name]
    return getattr(importlib.import_module(f"tests.benchmarks.{module}"), function)(work, **options)


def kernels_in_use() -> str:
    """The matrix kernels that this process has loaded."""
    from threadpoolctl import threadpool_info

    return ", ".join(sorted({f"{pool['internal_api']} {pool.get('architecture', '')} ×{pool['num_threads']}".replace("  ", " ")
                             for pool in threadpool_info()}))


def timed(function: Callable[[], None]) -> float:
    """Seconds that a call takes."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def main() -> None:
    """`python -m tests.benchmarks.contenders WORK CONTENDER`"""
    work = WORKS[int(sys.argv[1])]
    epoch = contender(sys.argv[2], work)
    epoch()
    epoch()
    print(kernels_in_use(), flush=True)
    for _ in sys.stdin:
        once = timed(epoch)  # wakes threads and fills caches after a pause
        repeats = max(1, int(SECONDS / max(once, 1e-6)))
        seconds = timed(lambda: [epoch() for _ in range(repeats)] and None) if repeats > 1 else once  # noqa: B023
        print(seconds / repeats / work.steps / work.epochs * 1e6, flush=True)


if __name__ == "__main__":
    main()
