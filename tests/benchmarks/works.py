"""What is trained. All contenders take the same data, sizes, loss, penalties and optimiser."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

RATES = {"adam": 0.001, "adagrad": 0.01, "sgd": 0.05}


@dataclass(frozen=True, slots=True)
class Work:
    """One network to train; `aim` is how many times faster than the fastest peer it should be.

    Without `classes` it is an autoencoder with a linear output and the squared error, summed over components and
    averaged over samples; with them a classifier with the cross-entropy. `dropout` is the share dropped behind each
    hidden layer, `ridge` is λ in E + λ Σ w². Of `seeds` networks, all are trained, each on the same data from weights of
    its own; a step is one step of all of them.
    """

    widths: tuple[int, ...]
    batch: int
    rows: int
    aim: float
    hidden: Literal["sigmoid", "relu", "tanh"] = "sigmoid"
    classes: bool = False
    dropout: float = 0.0
    ridge: float = 0.0
    optimizer: Literal["adam", "adagrad", "sgd"] = "adam"
    seeds: int = 1

    @property
    def name(self) -> str:
        more = [f"B{self.batch}", self.optimizer]
        if len(self.widths) > 2:
            more.append(self.hidden)
        more += [f"dropout {self.dropout:g}"] * (self.dropout > 0) + [f"L2 {self.ridge:g}"] * (self.ridge > 0)
        more += [f"{self.seeds} seeds"] * (self.seeds > 1)
        return f"{'-'.join(map(str, self.widths))} {', '.join(more)}"

    @property
    def rate(self) -> float:
        return RATES[self.optimizer]

    @property
    def steps(self) -> int:
        """Steps an epoch; every contender trains whole epochs of full batches."""
        return self.rows // self.batch

    @property
    def epochs(self) -> int:
        """Epochs between two looks at the clock: a very short epoch is trained many times over."""
        return max(1, 400 // self.steps) if self.seeds > 1 else 1

    def data(self) -> np.ndarray:
        """The samples, rows × width."""
        return np.random.default_rng(0).random((self.rows, self.widths[0]), np.float32)

    def labels(self) -> np.ndarray:
        """The classes of the samples, if it is a classifier."""
        return np.random.default_rng(1).integers(0, self.widths[-1], self.rows)


CLASSIFIER = (64, 128, 128, 10)
WORKS = (
    Work((64, 32, 64), 32, 1440, 2.0),
    Work((64, 32, 16, 32, 64), 32, 1440, 2.0),
    Work((784, 256, 784), 128, 2560, 1.0),
    Work((784, 512, 256, 128, 256, 512, 784), 128, 2560, 1.0),
    Work(CLASSIFIER, 64, 1408, 2.0, "relu", classes=True, dropout=0.2),
    Work(CLASSIFIER, 64, 1408, 2.0, "relu", classes=True, dropout=0.2, optimizer="adagrad"),
    Work(CLASSIFIER, 64, 1408, 2.0, "relu", classes=True, dropout=0.2, ridge=1e-4),
    Work((64, 10), 1, 1437, 1.3, classes=True, optimizer="sgd"),
    Work((64, 32, 10), 1, 1437, 1.3, "relu", classes=True, optimizer="sgd"),
    Work((2, 8, 2), 4, 4, 2.0, "tanh", classes=True, seeds=30),
)
