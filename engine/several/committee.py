"""A trained ensemble (bagging, バギング, O16; Breiman 1996): networks of the same graph answer together.

    ȳ(x) = 1/M Σ y_m(x)                 numbers are averaged; of classes the chances are, and votes are counted beside
    Var(ē) = σ²/M + 1/M² Σ_{l≠m} σ_lm   e_m = y_m − t over samples, σ² the mean variance of members, σ_lm covariances

The sum runs over ordered pairs, so each pair of members counts twice; the lecture's slide has a further factor 2.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from engine.compiler import PortKey
from engine.data.half import DataSet, check_with_data, run_data_half
from engine.inference import Given, Predictor, as_probabilities
from engine.nodes import CATALOG
from engine.run_folder import GRAPH, RunFolder
from engine.several import folder as files
from graphs import storage
from graphs.checks import Checked, check


class Committee:
    """Trained members that answer as one. It can stand wherever a `Predictor` can."""

    def __init__(self, members: Sequence[Predictor], checked: Checked, base: Path) -> None:
        self.members, self.checked, self.base = tuple(members), checked, base

    @classmethod
    def load(cls, folder: Path) -> Committee:
        """The committee in a folder that bagging has written. Raises `BadCheckpoint`, `RunProblem`, `Unreadable`."""
        runs = [RunFolder(path) for path in files.members(folder)]
        base = (folder / str(files.read(folder)["base"])).resolve()
        for run in runs:
            run.insist()
        members = [Predictor.load(check(run.document(), CATALOG, base), run.weights) for run in runs]
        return cls(members, check_with_data(storage.load(folder / GRAPH), CATALOG, base), base)

    @property
    def first(self) -> Predictor:
        return self.members[0]

    @property
    def outputs(self) -> tuple[PortKey, ...]:
        return self.first.outputs

    @property
    def sources(self) -> tuple[PortKey, ...]:
        return self.first.sources

    @property
    def main_output(self) -> PortKey:
        return self.first.main_output

    def classes(self, output: PortKey) -> tuple[str, ...]:
        """The names of the classes that an output chooses between; none if it does not."""
        return self.first.classes(output)

    def run(self, given: Given, wanted: PortKey | None = None) -> np.ndarray:
        """An output for new samples: the mean of the members' chances where it chooses between classes, else the mean
        of their answers."""
        output = wanted or self.main_output
        return self.together(output, [member.run(given, output) for member in self.members])

    def together(self, output: PortKey, answers: Sequence[np.ndarray]) -> np.ndarray:
        """The members' answers as one: (M) × N×…"""
        if self.classes(output):
            answers = [as_probabilities(answer) for answer in answers]
        return np.mean(np.asarray(answers, np.float64), axis=0)

    def evaluate(self) -> dict[str, float]:
        """Figures of the committee beside those of its members, on the parts of the data; and the variance of its mean."""
        assert self.checked.training is not None
        dataset = run_data_half(self.checked, self.base, self.checked.training)
        output, found = self.main_output, {"members": float(len(self.members))}
        truth = self._truth(output, dataset)
        if truth is None:
            return found
        parts = {"train": dataset.train, "validation": dataset.validation, "test": dataset.test}
        for part, rows in parts.items():
            if len(rows):
                answers = [self._answer(member, dataset, rows, output) for member in self.members]
                figures = self._class_figures(output, answers, truth[rows]) if self.classes(output) else \
                    number_figures(answers, truth[rows])
                found |= {f"{part}_{name}": value for name, value in figures.items()}
        return found

    def _truth(self, output: PortKey, dataset: DataSet) -> np.ndarray | None:
        """What an output is meant to say, N×…, where the data hold it."""
        declared = self.first.machine.network.declared
        keys = [entry[2] for entry in declared.predictions if entry[1] == output]
        keys += [entry[1] for entry in declared.reconstructions if entry[2] == output]
        column = next((dataset.columns[key] for key in keys if key in dataset.columns), None)
        return None if column is None or column.rows != dataset.rows else column.values

    def _answer(self, member: Predictor, dataset: DataSet, rows: np.ndarray, output: PortKey) -> np.ndarray:
        inputs = {key: dataset.columns[key].values[rows] for key in member.machine.assembly.predict_inputs}
        return member.machine.forward(inputs, [output])[output]

    def _class_figures(self, output: PortKey, answers: Sequence[np.ndarray], truth: np.ndarray) -> dict[str, float]:
        labels = truth.reshape(-1).astype(np.int64)
        chances = np.stack([as_probabilities(answer) for answer in answers])
        said = chances.argmax(axis=2)
        return {
            "accuracy": float((self.together(output, answers).argmax(axis=1) == labels).mean()),
            "vote_accuracy": float((votes(said, chances.shape[2]).argmax(axis=1) == labels).mean()),
            "member_accuracy": float((said == labels).mean()),
            **variances(chances - np.eye(chances.shape[2])[labels]),
        }


def votes(said: np.ndarray, classes: int) -> np.ndarray:
    """How many of M members name each class: M×N class indexes → N×classes. The first of several with as many wins."""
    return (said[:, :, None] == np.arange(classes)).sum(axis=0)


def number_figures(answers: Sequence[np.ndarray], truth: np.ndarray) -> dict[str, float]:
    """Mean squared error (over samples and components) of the mean answer, and on average of a member."""
    flat = np.stack([np.asarray(answer, np.float64).reshape(len(truth), -1) for answer in answers])
    errors = flat - truth.reshape(len(truth), -1)
    return {
        "mean_squared_error": float((errors.mean(axis=0) ** 2).mean()),
        "member_mean_squared_error": float((errors**2).mean()),
        **variances(errors),
    }


def variances(errors: np.ndarray) -> dict[str, float]:
    """The variance of the mean error over samples, measured, beside what members say of it: M×N×K errors, averaged
    over the K components.

    `member_variance` σ², `variance_share` σ²/M, `covariance_share` 1/M² Σ_{l≠m} σ_lm, `mean_variance` measured.
    """
    count, samples = errors.shape[0], errors.shape[1]
    centred = errors - errors.mean(axis=1, keepdims=True)
    covariance = np.einsum("lnk,mnk->lm", centred, centred) / (samples * errors.shape[2])
    members = float(np.trace(covariance)) / count
    between = float(covariance.sum() - np.trace(covariance)) / count**2
    measured = float((centred.mean(axis=0) ** 2).mean())
    return {"member_variance": members, "variance_share": members / count, "covariance_share": between,
            "mean_variance": measured}
