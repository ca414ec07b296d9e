"""What is trained. All contenders take the same data, sizes, loss, penalties and optimiser."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

RATES = {"adam": 0.001, "adagrad": 0.01, "sgd": 0.05}
RHO, BETA = 0.05, 0.1  # sparse: the mean activity that is wanted of a unit, the weight of the divergence from it
MASKED = 0.3  # denoising: the share of the input that is set to 0
CONTRACTION = 0.1  # contractive: the weight of the Jacobian's squared norm

Kind = Literal["dense", "sparse", "denoising", "contractive", "boltzmann", "stacked", "coder"]


@dataclass(frozen=True, slots=True)
class Work:
    """One network to train; `aim` is how many times faster than the fastest peer it should be.

    Of the kind `dense`, without `classes` it is an autoencoder with a linear output and the squared error, summed over
    components and averaged over samples; with them a classifier with the cross-entropy. `dropout` is the share dropped
    behind each hidden layer, `ridge` is λ in E + λ Σ w². Of `seeds` networks, all are trained, each on the same data from
    weights of its own; a step is one step of all of them.

    The other kinds: `sparse`, as dense with the divergence of the batch's mean activities from ρ. `denoising` and
    `contractive` are set as is classical (Vincent 2008, Rifai 2011): tied weights, sigmoids, cross-entropy; a share of the
    input masked anew in each batch, or the Jacobian's norm as penalty. `boltzmann`: contrastive divergence, one turn.
    `stacked`: digits; each hidden layer is trained as an autoencoder of the codes before it, then a softmax on top of all
    with everything, every stage for `stage_epochs`; the codes below a stage are computed once (`coder` is one such stage).
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
    kind: Kind = "dense"
    stage_epochs: int = 10

    @property
    def name(self) -> str:
        more = [self.kind] * (self.kind != "dense") + [f"B{self.batch}", self.optimizer]
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
        if self.kind == "stacked":
            return self.stage_epochs * (len(self.widths) - 1)
        return max(1, 400 // self.steps) if self.seeds > 1 else 1

    def data(self) -> np.ndarray:
        """The samples, rows × width."""
        if self.kind == "stacked":
            from sklearn.datasets import load_digits

            return (load_digits().data[: self.rows] / 16).astype(np.float32)
        return np.random.default_rng(0).random((self.rows, self.widths[0]), np.float32)

    def labels(self) -> np.ndarray:
        """The classes of the samples, if it is a classifier."""
        if self.kind == "stacked":
            from sklearn.datasets import load_digits

            return load_digits().target[: self.rows].astype(np.int64)
        return np.random.default_rng(1).integers(0, self.widths[-1], self.rows)


CLASSIFIER, WIDE = (64, 128, 128, 10), (784, 500, 784)
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
    Work((64, 100, 64), 100, 1400, 2.0, kind="sparse"),
    Work(WIDE, 20, 2560, 1.2, kind="denoising", optimizer="sgd"),
    Work(WIDE, 20, 2560, 1.2, kind="contractive", optimizer="sgd"),
    Work((64, 100, 64, 32, 10), 32, 1440, 2.0, kind="stacked", classes=True),
    Work((784, 500), 20, 2560, 2.5, kind="boltzmann", optimizer="sgd"),
)
