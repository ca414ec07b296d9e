"""scikit-learn's networks, one epoch a call. They know neither dropout nor AdaGrad, and of autoencoders only the plain."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
from sklearn.neural_network import BernoulliRBM, MLPClassifier, MLPRegressor

from tests.benchmarks.works import Work


def scikit_learn(work: Work, *, narrow: bool = False) -> Callable[[], None]:
    """MLPRegressor, or MLPClassifier with the share of classes that the labels have, or BernoulliRBM."""
    if work.kind == "boltzmann":
        return _boltzmann(work, np.float32 if narrow else np.float64)
    if work.dropout or work.optimizer == "adagrad" or work.kind != "dense":
        raise NotImplementedError("it has nothing of this kind")
    if work.seeds > 1:
        raise NotImplementedError("it trains one network at a time, and takes minutes for these")
    warnings.simplefilter("ignore")
    used = work.steps * work.batch
    x, label = work.data()[:used], work.labels()[:used]
    names = {"sigmoid": "logistic", "relu": "relu", "tanh": "tanh"}
    kind, target = (MLPClassifier, label) if work.classes else (MLPRegressor, x)
    # its penalty is α/2 Σ w² over the samples of a batch
    model = kind(hidden_layer_sizes=work.widths[1:-1], activation=names[work.hidden], solver=work.optimizer,
                 alpha=2 * work.ridge * work.batch, batch_size=work.batch, learning_rate_init=work.rate, momentum=0.0,
                 max_iter=1, warm_start=True, random_state=0)

    return lambda: model.fit(x, target) and None


def _boltzmann(work: Work, dtype: type) -> Callable[[], None]:
    """Its machine goes on where the last batch ended (persistent divergence), which is as much work as starting anew."""
    model = BernoulliRBM(work.widths[1], learning_rate=work.rate, batch_size=work.batch, n_iter=1, random_state=0)
    x = work.data()[: work.steps * work.batch].astype(dtype)
    return lambda: model.fit(x) and None
