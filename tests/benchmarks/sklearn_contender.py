"""scikit-learn's networks, one epoch a call. They know neither dropout nor AdaGrad."""

from __future__ import annotations

import warnings
from collections.abc import Callable

from sklearn.neural_network import MLPClassifier, MLPRegressor

from tests.benchmarks.works import Work


def scikit_learn(work: Work) -> Callable[[], None]:
    """MLPRegressor, or MLPClassifier with the share of classes that the labels have."""
    if work.dropout or work.optimizer == "adagrad":
        raise NotImplementedError("it has no dropout and no AdaGrad")
    warnings.simplefilter("ignore")
    used = work.steps * work.batch
    x, label = work.data()[:used], work.labels()[:used]
    names = {"sigmoid": "logistic", "relu": "relu", "tanh": "tanh"}
    kind, target = (MLPClassifier, label) if work.classes else (MLPRegressor, x)
    # its penalty is α/2 Σ w² over the samples of a batch
    models = [kind(hidden_layer_sizes=work.widths[1:-1], activation=names[work.hidden], solver=work.optimizer,
                   alpha=2 * work.ridge * work.batch, batch_size=work.batch, learning_rate_init=work.rate, momentum=0.0,
                   max_iter=1, warm_start=True, random_state=seed) for seed in range(work.seeds)]

    def epoch() -> None:
        for model in models:
            for _ in range(work.epochs):
                model.fit(x, target)

    return epoch
