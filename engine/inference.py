"""A trained network in use: new samples in, outputs out, with the preparations as they were fitted in training."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from engine.assembly import assemble
from engine.built import refuse_errors
from engine.compiler import PortKey, compile_network
from engine.data.columns import Column
from engine.data.half import DataSet, origin_of, prepare_for_prediction
from engine.errors import RunProblem
from engine.executor import Machine
from engine.saved_run import Fitted, load_weights
from graphs.checks import Checked
from graphs.language import tr
from graphs.spec import Kind, Shape

Given = np.ndarray | Mapping[PortKey, np.ndarray]


class Predictor:
    """Outputs of one network for new samples."""

    def __init__(self, checked: Checked, machine: Machine, fitted: Mapping[str, Mapping[str, np.ndarray]]) -> None:
        self.checked, self.machine, self.fitted = checked, machine, fitted

    @classmethod
    def load(cls, checked: Checked, weights: Path) -> Predictor:
        """The network with saved weights; its data are not needed. Raises `RunProblem` and `BadCheckpoint`."""
        refuse_errors(checked)
        machine = machine_without_data(checked)
        fitted: Fitted = load_weights(weights, machine)
        return cls(checked, machine, fitted)

    @property
    def outputs(self) -> tuple[PortKey, ...]:
        """Every output of the network half."""
        return tuple(self.machine.assembly.predict_outputs)

    @property
    def sources(self) -> tuple[PortKey, ...]:
        """The outputs of data nodes for which samples must be given: what the network reads, before preparations."""
        return tuple(dict.fromkeys(origin_of(self.checked, key) for key in self.machine.assembly.predict_inputs))

    @property
    def main_output(self) -> PortKey:
        """What the graph is about: what it predicts, else what it rebuilds, else its last output."""
        declared = self.machine.network.declared
        made = [entry[1] for entry in declared.predictions] + [entry[2] for entry in declared.reconstructions]
        return next((key for key in made if key in self.machine.assembly.predict_outputs), self.outputs[-1])

    def classes(self, output: PortKey) -> tuple[str, ...]:
        """The names of the classes that an output chooses between; none if it does not."""
        found = (entry[3] for entry in self.machine.network.declared.predictions if entry[1] == output)
        return next(found, ())

    def run(self, given: Given, wanted: PortKey | None = None) -> np.ndarray:
        """One output for new samples: an array of them, or an array for each of `sources`. Raises `RunProblem`."""
        output = wanted or self.main_output
        if output not in self.machine.assembly.predict_outputs:
            text = tr("{node} has no output “{port}” that the network makes.", node=output[0], port=output[1])
            raise RunProblem(text, output[0])
        known = prepare_for_prediction(self.checked, self.fitted, self._by_source(given))
        inputs = {}
        for key in self.machine.assembly.predict_inputs:
            if key not in known:
                raise RunProblem(tr("Samples for {node} are missing.", node=origin_of(self.checked, key)[0]), key[0])
            inputs[key] = known[key]
        if len({len(values) for values in inputs.values()}) > 1:
            raise RunProblem(tr("Every source needs the same number of samples."))
        return self.machine.forward(inputs, [output])[output]

    def probabilities(self, given: Given, output: PortKey) -> np.ndarray:
        """The chances of each class, N×classes."""
        return as_probabilities(self.run(given, output))

    def _by_source(self, given: Given) -> Mapping[PortKey, np.ndarray]:
        if isinstance(given, Mapping):
            return given
        if len(self.sources) != 1:
            names = ", ".join(".".join(key) for key in self.sources)
            raise RunProblem(tr("This graph reads several sources, so samples need names: {names}.", names=names))
        return {self.sources[0]: np.asarray(given)}


def as_probabilities(values: np.ndarray) -> np.ndarray:
    """Chances of classes from what a layer gives: a softmax of sums, unless they are chances already. One number
    stands for the second of two classes."""
    values = values.reshape(len(values), -1).astype(np.float64)
    inside = bool((values >= 0).all() and (values <= 1).all())
    if values.shape[1] == 1:
        second = values if inside else 1.0 / (1.0 + np.exp(-np.clip(values, -500.0, 500.0)))
        return np.concatenate([1.0 - second, second], axis=1)
    if inside and np.allclose(values.sum(axis=1), 1.0, atol=1e-4):
        return values
    grown = np.exp(values - values.max(axis=1, keepdims=True))
    return grown / grown.sum(axis=1, keepdims=True)


def machine_without_data(checked: Checked) -> Machine:
    """A machine for use alone: where its data would be there is one blank sample."""
    network = compile_network(checked, checked.training)
    columns = {key: Column(_blank(checked.outputs[key]), checked.outputs[key]) for key in network.columns}
    dataset = DataSet(columns, 1, np.zeros(1, np.int64), np.empty(0, np.int64))
    return Machine(network, dataset, assembly=assemble(network, 1, 1, 0))


def _blank(shape: Shape) -> np.ndarray:
    if shape.kind is Kind.LABELS:
        return np.zeros(1, np.int64)
    return np.zeros((1, *(size or 1 for size in shape.sizes)), np.float32)
