"""Graphs and runs for tests of training: small, quick, with everything in them that has a memory."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from engine.events import Event
from engine.nodes import CATALOG
from engine.saved_run import save_weights
from engine.training import Training
from graphs import storage
from graphs.checks import Checked, check
from graphs.document import Document, Node, Wire

Kind = TypeVar("Kind")


def iris(**training: Any) -> Document:
    """Iris, normalised, through two layers with dropout to cross-entropy: 4 steps an epoch, the last one short."""
    settings = {"batch_size": 32, "epochs": 12, "learning_rate": 0.01, **training}
    nodes = (
        Node("iris1", "iris"),
        Node("normalize1", "normalize"),
        Node("hidden", "dense", {"units": 8, "activation": "tanh"}),
        Node("dropout1", "dropout", {"rate": 0.2}),
        Node("answer", "dense", {"units": 3, "activation": "softmax"}),
        Node("loss", "cross_entropy"),
    )
    features, label = (port.name for port in CATALOG.get("iris").outputs)
    wires = (
        Wire("iris1", features, "normalize1", "x"),
        Wire("normalize1", "x", "hidden", "x"),
        Wire("hidden", "y", "dropout1", "x"),
        Wire("dropout1", "y", "answer", "x"),
        Wire("answer", "y", "loss", "prediction"),
        Wire("iris1", label, "loss", "label"),
    )
    return Document({node.id: node for node in nodes}, frozenset(wires), settings)


def gallery(name: str, **training: Any) -> Document:
    """A graph of the gallery with other training settings."""
    document = storage.load(Path(storage.__file__).parent / "gallery" / f"{name}.json")
    return with_training(document, **training)


def with_training(document: Document, **training: Any) -> Document:
    """The document with other training settings."""
    return Document(document.nodes, document.wires, {**document.training, **training})


def with_parameter(document: Document, node: str, **parameters: Any) -> Document:
    """The document with other parameters at one node."""
    old = document.nodes[node]
    new = Node(old.id, old.type, {**old.parameters, **parameters}, old.position)
    return Document({**document.nodes, node: new}, document.wires, document.training)


def checked(document: Document) -> Checked:
    """The document, checked, without errors."""
    result = check(document, CATALOG)
    assert not result.errors, [problem.text for problem in result.errors]
    return result


def prepared(document: Document, **given: Any) -> Training:
    """A run at step 0."""
    training = Training(checked(document), **given)
    exhaust(training.prepare())
    return training


def exhaust(happenings: Iterable[Event]) -> list[Event]:
    """Everything that happens."""
    return list(happenings)


def only(happenings: Iterable[Event], kind: type[Kind]) -> list[Kind]:
    """The events of one kind."""
    return [event for event in happenings if isinstance(event, kind)]


def trained(document: Document, **given: Any) -> Training:
    """A run at its end."""
    training = prepared(document, **given)
    exhaust(training.advance())
    return training


def weights(training: Training, folder: Path) -> bytes:
    """The bytes of the run's weights file."""
    path = folder / "weights.safetensors"
    save_weights(path, training)
    return path.read_bytes()


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def parameters(training: Training) -> Iterator[tuple[str, np.ndarray]]:
    """All parameters by name, as copies."""
    for key in training.built.network.parameters:
        yield key, training.machine.parameter(key).copy()
