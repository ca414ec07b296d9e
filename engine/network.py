"""The Python face, for notebooks: load a graph, train it, look at its weights, predict.

    import engine
    net = engine.load("digits_autoencoder")
    net.train(epochs=5)
    net["autoencoder1"].weights
    net.predict(x)
    net.evaluate()
    net.response("digits1.pixels", "autoencoder1.code").jacobian(x)
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from engine import events
from engine.built import compute_kept
from engine.checkpoint import WEIGHTS
from engine.data.half import check_with_data
from engine.executor import Machine
from engine.inference import Predictor, as_probabilities
from engine.nodes import CATALOG
from engine.response import Response
from engine.run_folder import GRAPH, RunFolder
from engine.run_writer import write_facts
from engine.saved_run import load_weights, save_weights
from engine.stages import Began, stages_of
from engine.training import Training
from graphs import gallery, storage
from graphs.checks import Checked, check
from graphs.document import Document
from graphs.edits import set_training
from graphs.language import pick, tr
from graphs.strict_json import Unreadable

Samples = np.ndarray | Mapping[str, np.ndarray]


def find_graph(name: str | os.PathLike[str]) -> tuple[Document, Path, str]:
    """A graph by the path of its file or by its name in the gallery, with the folder where its relative paths start,
    and what it is called. Raises `Unreadable`."""
    path = Path(name)
    if not path.exists() and str(name) in gallery.names():
        return gallery.load(str(name)), gallery.path(str(name)).parent, str(name)
    if not path.exists():
        raise Unreadable(tr("there is no such file, and no graph of that name in the gallery ({names})",
                            names=", ".join(gallery.names())))
    return storage.load(path), path.resolve().parent, path.stem


def load(name: str | os.PathLike[str]) -> Network:
    """A network from a graph file, a name in the gallery, or the folder of a run (with its weights)."""
    if Path(name).is_dir():
        folder = RunFolder(Path(name))
        folder.insist()
        return Network(folder.document(), folder.base(), weights=folder.weights)
    document, base, _ = find_graph(name)
    return Network(document, base)


class NodeWeights:
    """The parameters of one node: live views of the network's memory, so that writing into them changes it."""

    def __init__(self, node: str, machine: Machine) -> None:
        self._node, self._machine = node, machine

    @property
    def parameters(self) -> dict[str, np.ndarray]:
        """Every parameter by its name, such as `weight` or `decode.bias`."""
        keys = [spec.key for spec in self._machine.network.parameters.values() if spec.node == self._node]
        return {key.partition("/")[2]: self._machine.parameter(key) for key in keys}

    @property
    def weights(self) -> np.ndarray:
        """The first weight: units × inputs."""
        return self._first("weight")

    @property
    def bias(self) -> np.ndarray:
        """The first bias."""
        return self._first("bias")

    def _first(self, ending: str) -> np.ndarray:
        for name, array in self.parameters.items():
            if name.split(".")[-1] == ending:
                return array
        raise AttributeError(f"{self._node} has no {ending}")

    def __repr__(self) -> str:
        words = (f"{name} {'×'.join(map(str, array.shape))}" for name, array in self.parameters.items())
        return f"<{self._node}: {', '.join(words)}>"


class Network:
    """A graph that can be trained and used. Methods raise `engine.errors.HourglassError` with a plain sentence."""

    def __init__(self, document: Document, folder: Path | None = None, *, weights: Path | None = None) -> None:
        self.document, self.folder = document, folder
        self.history: list[dict[str, float]] = []  # figures of each epoch
        self._weights_file = weights
        self._training: Training | None = None
        self._predictor: Predictor | None = None

    @property
    def checked(self) -> Checked:
        """What the checks say: shapes, problems."""
        return check(self.document, CATALOG, self.folder)

    def train(self, epochs: int | None = None) -> dict[str, float]:
        """Trains on, for so many epochs more (None: as many as the graph says; where there are stages, to the end of the
        last). Returns the last epoch's figures."""
        training = self._prepared()
        wanted = int(self.document.training.get("epochs", CATALOG.training.model_fields["epochs"].default))
        if epochs is None and len(training.course.stages) > 1:
            self._advance(training, None)
        elif len(training.course.stages) > 1:
            for _ in range(epochs or 0):
                self._advance(training, training.steps_to_epoch_end)
        elif (count := wanted if epochs is None else epochs) > 0:
            self._advance(training, count * training.info.steps_per_epoch)
        return dict(training.values)

    def _advance(self, training: Training, steps: int | None) -> None:
        for event in training.advance(steps, every_epoch=True):
            if isinstance(event, events.EpochDone):
                self.history.append({"epoch": event.epoch, **event.values})

    def steps(self, count: int = 1) -> None:
        """Trains on for so many mini-batches."""
        for _ in self._prepared().advance(count):
            continue

    def reset(self, seed: int | None = None) -> None:
        """Back to the first weights: those of the document's seed, or of another one."""
        training = self._prepared()
        training.given_seed = seed
        training.reset()
        self.history.clear()

    def evaluate(self) -> dict[str, float]:
        """Figures of the present weights on the training and the validation samples."""
        return dict(self._prepared().evaluated().values)

    def predict(self, samples: Samples, output: str = "") -> np.ndarray:
        """An output for new samples, given as the source would give them: an array, or one by `node.port` each.
        `output` is `node.port`; by default what the graph predicts or rebuilds."""
        given = samples
        if isinstance(samples, Mapping):
            given = {tuple(name.split(".", 1)): np.asarray(values) for name, values in samples.items()}
        predictor = self.predictor
        return predictor.run(given, tuple(output.split(".", 1)) if output else None)

    def classify(self, samples: Samples) -> list[str]:
        """The most likely class of each sample."""
        predictor = self.predictor
        classes = predictor.classes(predictor.main_output)
        if not classes:
            raise TypeError("this graph does not predict classes")
        return [classes[place] for place in as_probabilities(self.predict(samples)).argmax(axis=1)]

    def response(self, given: str, made: str, *, sums: bool = False) -> Response:
        """One place of the network as a function of another, both as `node.port`, with its Jacobian; see
        `engine.response` (for errors, too), and `engine.insight` for what can be read off it. It follows the weights."""
        return Response(self.predictor.machine, tuple(given.split(".", 1)), tuple(made.split(".", 1)), sums=sums)

    def __getitem__(self, node: str) -> NodeWeights:
        """The parameters of one node."""
        if node not in self.document.nodes:
            raise KeyError(node)
        return NodeWeights(node, self.predictor.machine)

    def __iter__(self) -> Iterator[str]:
        return iter(self.document.nodes)

    def __repr__(self) -> str:
        title = pick(self.document.title)
        return f"<Network {title!r}: {', '.join(self.document.nodes)}>"

    def save(self, folder: str | os.PathLike[str]) -> None:
        """Writes the graph and its weights as the folder of a run. `load` reads it again. Raises OSError."""
        path, training = Path(folder), self._prepared()
        path.mkdir(parents=True, exist_ok=True)
        storage.save(self.document, path / GRAPH)
        save_weights(path / WEIGHTS, training)
        write_facts(path, training, self.folder or Path.cwd())

    @property
    def predictor(self) -> Predictor:
        """The network in use. With saved weights its data are not needed."""
        if self._training is None and self._weights_file is not None:
            if self._predictor is None:
                self._predictor = Predictor.load(self.checked, self._weights_file)
            return self._predictor
        built = self._prepared().built
        return Predictor(built.checked, built.machine, built.dataset.fitted)

    def _prepared(self) -> Training:
        """The training behind it, made when it is first needed. Without stages it does not end by itself: `train` counts
        epochs. With saved weights it stands at the beginning of the last stage."""
        if self._training is None:
            checked = check_with_data(self.document, CATALOG, self.folder)
            if not checked.errors and len(stages_of(checked)) == 1:
                checked = check_with_data(set_training(self.document, "epochs", 0), CATALOG, self.folder)
            training = Training(checked, self.folder)
            for _ in training.prepare():
                continue
            if self._weights_file is not None:
                training.stand_at([Began()] * len(training.course.stages), training.legs)
                load_weights(self._weights_file, training.machine)
                compute_kept(training.built)
                training.guard()
            self._training = training
        return self._training
