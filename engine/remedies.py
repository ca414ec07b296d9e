"""What one click can do about a verdict: edits of the document that are found by asking the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

from engine.chains import chains
from engine.events import LayerInfo
from engine.nodes.corrupted import DenoisingAutoencoder
from engine.nodes.dense import Dense
from engine.nodes.regularization import Dropout
from engine.ops.activations import activation_functions
from engine.settings import TrainingSettings
from engine.verdicts import Verdict
from graphs import edits
from graphs.catalog import Catalog
from graphs.checks import check
from graphs.document import Document, Node, Wire
from graphs.ids import fresh_id
from graphs.language import tr
from graphs.problems import Cure
from graphs.spec import Kind

MOST = 3  # remedies that are offered
LONGEST = 1.0  # a gradient, once it is clipped
DECAY = 0.001  # where there was none
SLOWER = 3.0  # times
ROOM = 232.0  # from one node to the next on the canvas
RESTORING = {"noise": "masking", "share": 0.2, "output_activation": "sigmoid", "loss": "binary_cross_entropy"}  # of 0 to 1
FREE = ("auto", "glorot_uniform", "glorot_normal", "he_uniform", "he_normal")  # first weights that keep the size of signals


def remedies(verdict: Verdict, document: Document, catalog: Catalog, layers: Sequence[LayerInfo]) -> tuple[Cure, ...]:
    """What helps against it in this very graph, the most promising first; nothing that is so already."""
    if verdict.finding not in _AGAINST:
        return ()
    found = _AGAINST[verdict.finding](_Patient(document, catalog, layers))
    return tuple(cure for cure in found if cure.edit(document) is not document)[:MOST]


class _Patient:
    """A document with the layers in it that a run reports, first layer first."""

    def __init__(self, document: Document, catalog: Catalog, layers: Sequence[LayerInfo]) -> None:
        self.document, self.catalog = document, catalog
        self.layers = [layer for layer in layers if layer.node in document.nodes]

    @property
    def hidden(self) -> list[str]:
        """Nodes with layers that are trained, without the last of each way: its function belongs to the loss. A frozen
        layer is as it was wanted."""
        last = {self.layers[way[-1]].node for way in chains(self.document, self.layers) if way}
        return [node for node in dict.fromkeys(layer.node for layer in self.layers)
                if node not in last and not self.value(node, "frozen")]

    def value(self, node: str, name: str) -> Any:
        """A parameter, set or by default; None where the type has none of that name."""
        found = self.document.nodes[node]
        kind = self.catalog.get(found.type)
        if kind is None or name not in kind.model_fields:
            return None
        return found.parameters.get(name, kind.default(name, found.parameters))

    def setting(self, name: str) -> Any:
        """A training setting, set or by default."""
        given = self.document.training
        return given.get(name, TrainingSettings.default(name, given))

    def bending(self, wanted: Callable[[bool], bool]) -> list[str]:
        """Hidden nodes whose activation function is a rectifier, or is none."""
        known = activation_functions()
        return [node for node in self.hidden if (name := self.value(node, "activation")) in known
                and wanted(known[name].rectifier)]

    def starting(self) -> list[str]:
        """Hidden nodes whose first weights are drawn in a way that makes signals grow or shrink from layer to layer."""
        return [node for node in self.hidden if (name := self.value(node, "initializer")) is not None and name not in FREE]

    def stacking(self) -> dict[str, dict[str, Any]]:
        """Hidden layers that can be pre-trained, with their parameters as autoencoders: none for those that are."""
        if self.document.training.get("stages") or self.setting("pretraining"):
            return {}
        found: dict[str, dict[str, Any]] = {}
        checked = check(self.document, self.catalog)
        for node in self.bending(lambda rectifier: not rectifier):
            kind, given = checked.types.get(node), checked.inputs.get((node, "x"))
            if kind is not None and kind.learns_alone(frozenset(wire.output for wire in self.document.out_of(node))):
                found[node] = {}
            elif isinstance(kind, Dense) and not kind.shares and given is not None and given.kind is Kind.FEATURES:
                inside = given.low is not None and given.high is not None and given.low >= 0 and given.high <= 1
                kept = {name: value for name, value in self.document.nodes[node].parameters.items()
                        if name in DenoisingAutoencoder.model_fields}
                found[node] = {**kept, "activation": kind.activation, **(RESTORING if inside else {})}
        return found if len(found) > 1 else {}


def _pre_train(doc: Document, layers: dict[str, dict[str, Any]]) -> Document:
    """Layers become autoencoders of as many units, which are pre-trained from the bottom to the top."""
    for node, parameters in layers.items():
        if parameters and node in doc.nodes:
            doc = edits.retype(doc, node, DenoisingAutoencoder.type_name(), outputs={"y": "code"}, parameters=parameters)
    return edits.set_training(doc, "pretraining", True)


def _with_all(doc: Document, nodes: Sequence[str], values: dict[str, Any]) -> Document:
    for node in doc.nodes.keys() & set(nodes):
        for name, value in values.items():
            doc = edits.set_parameter(doc, node, name, value)
    return doc


def _set(text: str, nodes: Sequence[str], **values: Any) -> Cure:
    return Cure(text, partial(_with_all, nodes=tuple(nodes), values=values))


def _train(text: str, name: str, value: Any) -> Cure:
    return Cure(text, partial(edits.set_training, name=name, value=value))


def _slower(patient: _Patient) -> Iterator[Cure]:
    rate = patient.setting("learning_rate")
    if isinstance(rate, float | int) and rate > 0:
        lower = float(f"{rate / SLOWER:.2g}")
        yield _train(tr("Learning rate {rate}", rate=f"{lower:g}"), "learning_rate", lower)


def _against_vanishing(patient: _Patient) -> Iterator[Cure]:
    if bent := patient.bending(lambda rectifier: not rectifier):
        yield _set(tr("ReLU and He in {count} layers", count=len(bent)) if len(bent) > 1 else
                   tr("ReLU and He in {node}", node=patient.document.nodes[bent[0]].label),
                   bent, activation="relu", initializer="he_uniform")
    if layers := patient.stacking():
        yield Cure(tr("Pre-train {count} layers, one by one", count=len(layers)), partial(_pre_train, layers=layers))
    if odd := patient.starting():
        yield _set(tr("Glorot's first weights"), odd, initializer="glorot_uniform")
    if squashed := [node for node in bent if patient.value(node, "activation") == "sigmoid"]:
        yield _set(tr("tanh and Glorot"), squashed, activation="tanh", initializer="glorot_uniform")
    if dead := patient.bending(lambda rectifier: rectifier):
        yield _set(tr("He's first weights"), dead, initializer="he_uniform")


def _against_exploding(patient: _Patient) -> Iterator[Cure]:
    clip = patient.setting("clip")
    if not (isinstance(clip, float | int) and 0 < clip <= LONGEST):
        yield _train(tr("Clip the gradient at {most}", most=f"{LONGEST:g}"), "clip", LONGEST)
    yield from _slower(patient)
    if odd := patient.starting():
        yield _set(tr("Glorot's first weights"), odd, initializer="glorot_uniform")


def _against_dead(patient: _Patient) -> Iterator[Cure]:
    if stiff := [node for node in patient.hidden if patient.value(node, "activation") == "relu"]:
        yield _set(tr("Leaky ReLU"), stiff, activation="leaky_relu")
    yield from _slower(patient)
    if odd := patient.starting():
        yield _set(tr("He's first weights"), odd, initializer="he_uniform")


def _against_overfitting(patient: _Patient) -> Iterator[Cure]:
    doc = patient.document
    wide = max((layer for layer in patient.layers if layer.node in patient.hidden and layer.weight_shape),
               key=lambda layer: layer.weight_shape[0], default=None)
    if wide is not None and (wires := _leaving(doc, patient.catalog, wide.node)):
        yield Cure(tr("Dropout after {node}", node=doc.nodes[wide.node].label), partial(_drop_out, wires=wires))
    if not patient.setting("early_stopping"):
        yield _train(tr("Stop early"), "early_stopping", True)
    decay = patient.setting("weight_decay")
    if isinstance(decay, float | int):
        more = float(f"{10 * decay:.2g}") or DECAY
        yield _train(tr("Weight decay {amount}", amount=f"{more:g}"), "weight_decay", more)


def _leaving(doc: Document, catalog: Catalog, node: str) -> tuple[Wire, ...]:
    """The wires behind a layer (and behind the function that bends its output) that feed further layers; none where
    they meet a Dropout already."""
    wires = tuple(doc.out_of(node))
    while len(wires) == 1 and doc.nodes[wires[0].target].type == "activation":
        wires = tuple(doc.out_of(wires[0].target))
    if any(doc.nodes[wire.target].type == Dropout.type_name() for wire in wires):
        return ()
    kinds = {wire: catalog.get(doc.nodes[wire.target].type) for wire in wires}
    forward = tuple(wire for wire, kind in kinds.items() if kind is not None and kind.outputs)
    return tuple(wire for wire in forward if (wire.source, wire.output) == (forward[0].source, forward[0].output))


def _drop_out(doc: Document, wires: tuple[Wire, ...]) -> Document:
    """One Dropout in all these wires, which begin at the same port."""
    first, name = wires[0], fresh_id(doc, Dropout.type_name())
    (x0, y0), (x1, y1) = doc.nodes[first.source].position, doc.nodes[first.target].position
    if 0 < x1 - x0 < 2 * ROOM:  # all that stands to the right makes room
        behind = {key: node.position for key, node in doc.nodes.items() if node.position[0] >= x1}
        doc = edits.move(doc, {key: (x + 2 * ROOM - (x1 - x0), y) for key, (x, y) in behind.items()})
        x1 = x0 + 2 * ROOM
    doc = edits.add_node(doc, Node(name, Dropout.type_name(), MappingProxyType({"rate": 0.3}),
                                   ((x0 + x1) / 2, (y0 + y1) / 2)))
    doc = edits.connect(edits.disconnect(doc, wires), Wire(first.source, first.output, name, "x"))
    for wire in wires:
        doc = edits.connect(doc, Wire(name, "y", wire.target, wire.input))
    return doc


_AGAINST: dict[str, Callable[[_Patient], Iterator[Cure]]] = {
    "vanishing": _against_vanishing, "exploding": _against_exploding, "dead": _against_dead,
    "overfitting": _against_overfitting}
