"""Small networks for tests, built in a line or two."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.compiler import Network, compile_network
from engine.data.half import DataSet, run_data_half
from engine.executor import Machine
from engine.nodes import CATALOG
from graphs.checks import Checked, check
from graphs.document import Document, Node, Wire


def document(nodes: Mapping[str, tuple[str, Mapping[str, Any]]], wires: str, **training: Any) -> Document:
    """`{"d": ("dense", {"units": 3})}` and `"digits.pixels>d.x d.y>loss.prediction"`."""
    made = {name: Node(name, kind, dict(parameters)) for name, (kind, parameters) in nodes.items()}
    joined = set()
    for text in wires.split():
        (source, output), (target, port) = (end.split(".") for end in text.split(">"))
        joined.add(Wire(source, output, target, port))
    return Document(made, frozenset(joined), training=training)


def checked(doc: Document) -> Checked:
    result = check(doc, CATALOG)
    assert not result.errors, [problem.text for problem in result.problems]
    return result


def network(doc: Document, dtype: Any = None) -> tuple[Network, DataSet]:
    found = checked(doc)
    return compile_network(found, found.training, dtype), run_data_half(found, None, found.training)


def machine(doc: Document, dtype: Any = None, seed: int = 0) -> Machine:
    made = Machine(*network(doc, dtype))
    made.initialize(seed)
    return made


def autoencoder(**training: Any) -> Document:
    return document({"digits": ("digits", {}), "ae": ("autoencoder", {"units": 8})}, "digits.pixels>ae.x", **training)


def classifier(*, hidden: int = 12, dropout: float = 0.0, **training: Any) -> Document:
    nodes = {"iris": ("iris", {}), "norm": ("normalize", {}), "hidden": ("dense", {"units": hidden, "activation": "tanh"}),
             "drop": ("dropout", {"rate": dropout}), "top": ("dense", {"units": 3, "activation": "softmax"}),
             "loss": ("cross_entropy", {})}
    wires = ("iris.features>norm.x norm.x>hidden.x hidden.y>drop.x drop.y>top.x top.y>loss.prediction "
             "iris.label>loss.label")
    return document(nodes, wires, **training)


def stacked() -> Document:
    """Two autoencoders on top of one another and a classifier: gradients meet in the middle."""
    nodes = {"digits": ("digits", {}), "one": ("autoencoder", {"units": 6, "activation": "tanh"}),
             "two": ("autoencoder", {"units": 4, "tied": True}), "top": ("dense", {"units": 10}),
             "loss": ("cross_entropy", {"weight": 2.0})}
    return document(nodes, "digits.pixels>one.x one.code>two.x two.code>top.x top.y>loss.prediction digits.label>loss.label",
                    batch_size=7)
