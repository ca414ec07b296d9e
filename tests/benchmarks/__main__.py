"""The referee: starts every contender, lets them run in turns, prints medians and ratios to the fastest peer."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.benchmarks import answers
from tests.benchmarks.contenders import entered
from tests.benchmarks.works import WORKS

ROUNDS = 5
PAUSE = 0.3  # seconds, in which the threads of the contender before stop spinning
OURS = "Hourglass"
ANSWERS = "answers"


class Contender:
    """A contender in its own process, idle until it is told to run."""

    def __init__(self, work: int, name: str) -> None:
        environment = {key: value for key, value in os.environ.items() if key != "OPENBLAS_CORETYPE"}
        self.name, self.times = name, []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.contenders", str(work), name], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, cwd=Path(__file__).parents[2])
        self.kernels = ""

    def prepare(self) -> bool:
        """Waits for the end of its warm-up; whether it takes part."""
        self.kernels = self.process.stdout.readline().strip()
        return self.ready

    @property
    def ready(self) -> bool:
        return bool(self.kernels)

    def run(self) -> None:
        self.process.stdin.write("run\n")
        self.process.stdin.flush()
        self.times.append(float(self.process.stdout.readline()))

    @property
    def median(self) -> float:
        return statistics.median(self.times)

    def close(self) -> str:
        """Ends the process; what it said on stderr."""
        self.process.stdin.close()
        complaint = self.process.stderr.read().strip().splitlines()
        self.process.wait()
        return complaint[-1] if complaint else ""


def compare(index: int, wanted: list[str], console: Console) -> None:
    """The contenders whose names begin as wanted, or all, on one work."""
    work = WORKS[index]
    contenders = [Contender(index, name) for name in entered(work) if not wanted or name.startswith(tuple(wanted))]
    running = [contender for contender in contenders if contender.prepare()]
    for _ in range(ROUNDS):
        for contender in running:
            time.sleep(PAUSE)
            contender.run()
    peers = {contender.name: contender.median for contender in running if not contender.name.startswith(OURS)}
    fastest = min(peers.values(), default=float("nan"))
    table = Table("contender", "µs a step", "fastest peer ÷ it", "kernels", title=f"{work.name}  (aim {work.aim:g}×)")
    for contender in contenders:
        if contender.ready:
            table.add_row(contender.name, f"{contender.median:,.1f}", f"{fastest / contender.median:.2f}", contender.kernels)
            contender.close()
        else:
            table.add_row(contender.name, "–", "–", contender.close()[:200])
    console.print(table)
    ours = [contender.times for contender in running if contender.name.startswith(OURS)][:2]
    if len(ours) == 2:
        # the cost of watching is taken round by round: neighbours in time see the same machine
        plain, watched = ours
        cost = statistics.median(b / a - 1 for a, b in zip(plain, watched, strict=True))
        console.print(f"telemetry costs {cost:+.1%} of training's time\n")


def main() -> None:
    """Runs the works named by number, or all; with the contenders named by the beginnings of their names, or all.
    `answers` measures how soon the program answers, alone or, with no word at all, after the works."""
    console, words = Console(width=120), sys.argv[1:]
    if words != [ANSWERS]:
        numbers = [int(word) for word in words if word.isdecimal()]
        for index in numbers or range(len(WORKS)):
            compare(index, [word for word in words if not word.isdecimal()], console)
    if not words or words == [ANSWERS]:
        answers.main()


if __name__ == "__main__":
    main()
