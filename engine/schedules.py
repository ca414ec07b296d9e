"""Learning-rate schedules (学習率の減衰, O10), declared like optimisers: words, equation, source, parameters, one kernel.

A kernel writes the rate of the coming step to `out[0]`. `learning_rate` is η₀, which can be changed while training;
`run` holds the counters (run[2] epochs done, run[3] samples of this epoch done, run[5] samples of an epoch), so time t
is in epochs, with fraction. Annotations are values here, not strings: kernels are read by them.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from engine.kernels.operand import Kernel, Read, ReadInts, Scalar, Update, Write, operands
from graphs.spec import Parameters, number, whole


def _reach() -> Any:
    return whole(0, "Falls for", "The rate falls for so many epochs, then stays. 0: for the whole run.", high=1_000_000_000,
                 unit="epochs")


def _end() -> Any:
    return number(0.01, "End share", "The rate at the end as a share of the rate at the start, η_T/η₀.", low=0, high=1)


def _time(default: float) -> Any:
    return number(default, "Time constant", "How many epochs the rate takes to fall: to a half (inverse time), to 37 % "
                  "(exponential).", above=0, high=1e9, log=True, unit="epochs")


class Schedule(Parameters):
    """How the learning rate goes with time."""

    title: ClassVar[str]
    equation: ClassVar[str]
    source: ClassVar[str]
    rate: ClassVar[Kernel]

    @classmethod
    def type_name(cls) -> str:
        return "_".join(cls.title.lower().split())


class Constant(Schedule):
    """The same rate all the time."""

    title, equation = "Constant", "η(t) = η₀"
    source = "O2"

    @staticmethod
    def rate(learning_rate: Scalar, out: Write[1]) -> None:
        out[0] = learning_rate


class Linear(Schedule):
    """A straight line down, then constant."""

    title, equation = "Linear", "η(t) = (t/T) η_T + (1 − t/T) η₀ until T, then η_T"
    source = "O10; Goodfellow, Bengio and Courville (2016), section 8.3.1"

    falls_for: int = _reach()
    end_share: float = _end()

    @staticmethod
    def rate(learning_rate: Scalar, run: ReadInts[1], falls_for: Scalar, end_share: Scalar, out: Write[1]) -> None:
        done = (np.float64(run[2]) + np.float64(run[3]) / np.float64(run[5])) / np.float64(falls_for)
        done = min(done, 1.0)
        out[0] = learning_rate * (done * end_share + (1.0 - done))


class InverseTime(Schedule):
    """Falls ever more slowly: the sum of all rates is infinite, that of their squares is not, as Robbins and Monro ask."""

    title, equation = "Inverse time", "η(t) = η₀ / (1 + t/τ)"
    source = "O10; Robbins and Monro (1951)"

    time_constant: float = _time(10.0)

    @staticmethod
    def rate(learning_rate: Scalar, run: ReadInts[1], time_constant: Scalar, out: Write[1]) -> None:
        time = np.float64(run[2]) + np.float64(run[3]) / np.float64(run[5])
        out[0] = learning_rate / (1.0 + time / time_constant)


class Exponential(Schedule):
    """Falls by the same share in every epoch."""

    title, equation = "Exponential", "η(t) = η₀ exp(−t/τ)"
    source = "O10"

    time_constant: float = _time(10.0)

    @staticmethod
    def rate(learning_rate: Scalar, run: ReadInts[1], time_constant: Scalar, out: Write[1]) -> None:
        time = np.float64(run[2]) + np.float64(run[3]) / np.float64(run[5])
        out[0] = learning_rate * np.exp(-time / time_constant)


class Steps(Schedule):
    """Constant for some epochs, then a fraction of that, and so on."""

    title, equation = "Steps", "η(t) = η₀ γ^⌊t/n⌋"
    source = "O10"

    drop_every: int = whole(30, "Drop every", "Epochs between two drops.", low=1, high=1_000_000_000, unit="epochs")
    drop_factor: float = number(0.5, "Drop factor", "What remains of the rate after each drop.", above=0, high=1, unit="γ")

    @staticmethod
    def rate(learning_rate: Scalar, run: ReadInts[1], drop_every: Scalar, drop_factor: Scalar, out: Write[1]) -> None:
        out[0] = learning_rate * np.float64(drop_factor) ** np.floor(np.float64(run[2]) / drop_every)


class Cosine(Schedule):
    """Half a wave: slow at first, quick in the middle, and slow towards the end."""

    title, equation = "Cosine", "η(t) = η_T + (η₀ − η_T) (1 + cos(π t/T)) / 2 until T, then η_T"
    source = "O10; Loshchilov and Hutter (2017)"

    falls_for: int = _reach()
    end_share: float = _end()

    @staticmethod
    def rate(learning_rate: Scalar, run: ReadInts[1], falls_for: Scalar, end_share: Scalar, out: Write[1]) -> None:
        done = (np.float64(run[2]) + np.float64(run[3]) / np.float64(run[5])) / np.float64(falls_for)
        wave = 0.5 * (1.0 + np.cos(np.pi * min(done, 1.0)))
        out[0] = learning_rate * (end_share + (1.0 - end_share) * wave)


SCHEDULES: dict[str, type[Schedule]] = {
    kind.type_name(): kind for kind in (Constant, Linear, InverseTime, Exponential, Steps, Cosine)}


def warm(run: ReadInts[1], warm_up: Scalar, out: Update[1]) -> None:
    """The first epochs begin gently: the rate rises in a straight line. The first step is not lost: it is one batch up."""
    done = np.float64(run[2]) + np.float64(run[3] + run[10]) / np.float64(run[5])
    if done < warm_up:
        out[0] *= done / warm_up


def scaled(rate: Scalar, factors: Read[1], out: Write[1]) -> None:
    """The rate of every segment: the schedule's times its own factor."""
    for i in range(factors.size):
        out[i] = rate * factors[i]


def rates(name: str, numbers: Mapping[str, float], warm_up: float, epochs: np.ndarray) -> np.ndarray:
    """The rates at these times (epochs, with fraction), by the very kernels that training uses, run as plain Python."""
    run, out, found = np.zeros(16, np.int64), np.zeros(1), []
    run[5] = fine = 10**6
    for time in epochs:
        run[2], run[3] = int(time), round((time - int(time)) * fine)
        values = {**numbers, "run": run, "out": out}
        kernel = SCHEDULES[name].rate
        kernel(*(values[argument] for argument in operands(kernel)))
        if warm_up > 0:
            warm(run, warm_up, out)
        found.append(float(out[0]))
    return np.array(found)
