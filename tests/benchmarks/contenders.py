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
    "PyTorch eager": ("torch_contender", "pytorch", {}),
    "PyTorch fused": ("torch_contender", "pytorch", {"fused": True}),
    "PyTorch compile": ("torch_contender", "pytorch", {"compiled": True}),
    "JAX scan": ("jax_contender", "jax_scan", {}),
    "scikit-learn": ("sklearn_contender", "scikit_learn", {}),
}


def contender(name: str, work: Work) -> Callable[[], None]:
    """What trains `work.epochs` epochs at each call."""
    module, function, options = CONTENDERS[name]
    return getattr(importlib.import_module(f"tests.benchmarks.{module}"), function)(work, **options)


def kernels_in_use() -> str:
    """The matrix kernels that this process has loaded."""
    from threadpoolctl import threadpool_info

    return ", ".join(sorted({f"{pool['internal_api']} {pool.get('architecture', '')} ×{pool['num_threads']}".replace("  ", " ")
                             for pool in threadpool_info()}))


def main() -> None:
    """`python -m tests.benchmarks.contenders WORK CONTENDER`"""
    work = WORKS[int(sys.argv[1])]
    epoch = contender(sys.argv[2], work)
    epoch()
    epoch()
    start = time.perf_counter()
    epoch()
    repeats = max(1, int(0.5 / max(time.perf_counter() - start, 1e-6)))
    print(kernels_in_use(), flush=True)
    for _ in sys.stdin:
        epoch()  # wakes threads and fills caches after a pause
        start = time.perf_counter()
        for _ in range(repeats):
            epoch()
        print((time.perf_counter() - start) / repeats / work.steps / work.epochs * 1e6, flush=True)


if __name__ == "__main__":
    main()
