"""What every node type must do, whichever it is: words, shapes, parameters, wrong inputs, computing, learning."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.assembly import assemble
from engine.compiler import compile_network
from engine.data.columns import Column
from engine.data.half import DataSet
from engine.executor import Machine
from engine.nodes import CATALOG
from engine.nodes.node import NetworkNode, is_network
from engine.nodes.source import Source
from engine.settings import TrainingSettings
from graphs import storage
from graphs.catalog import Catalog
from graphs.checks import Checked, check
from graphs.document import Document, Node, Wire
from graphs.spec import Family, Kind, NodeType, Port, Shape, Site

TYPES = list(CATALOG)
NETWORK = [kind for kind in TYPES if issubclass(kind, NetworkNode)]
SAMPLES = [(kind, parameters, given) for kind in NETWORK for parameters, given in kind.samples
           if is_network(kind(**parameters))]
WRONG = [(kind, *wrong) for kind in TYPES for wrong in kind.wrong]
ROWS = 6


class Given(Source):
    """Whatever shapes a test wants: one output for each input of the node under test."""

    title, family = "Given", Family.DATA
    outputs = tuple(Port(name, Kind.ANY) for name in "abcd")
    made: dict[str, Any] = {}

    def shapes(self, given: Any, site: Site) -> dict[str, Shape]:
        return dict(zip("abcd", self.made.values(), strict=False))


def alone(kind: type[NodeType], parameters: dict, given: dict[str, Shape]) -> Checked:
    """A document of that node, each input fed with the given shape."""
    catalog = Catalog((*TYPES, Given), TrainingSettings)
    nodes = {"given": Node("given", "given", {"made": given}), "node": Node("node", kind.type_name(), parameters)}
    wires = frozenset(Wire("given", letter, "node", port) for letter, port in zip("abcd", given, strict=False))
    return check(Document(nodes, wires, training={"batch_size": ROWS, "validation_share": 0.0}), catalog)


def column(shape: Shape) -> Column:
    rng = np.random.default_rng(1)
    if shape.kind is Kind.LABELS:
        return Column(rng.integers(0, len(shape.classes), ROWS), shape)
    low, high = shape.low if shape.low is not None else -1, shape.high if shape.high is not None else 1
    return Column(rng.uniform(low, high, (ROWS, *shape.sizes)).astype(np.float32), shape)


def label(case: Any) -> str:
    return case.type_name() if isinstance(case, type) else ""


@pytest.mark.parametrize("kind", TYPES, ids=label)
def test_words(kind: type[NodeType]) -> None:
    assert kind.title
    assert kind.__doc__
    assert kind.source, "a node type says where it comes from"
    assert kind.keywords
    for port in (*kind.inputs, *kind.outputs):
        assert port.help, f"port {port.name} is not explained"
    for name, field in kind.model_fields.items():
        assert field.title, f"parameter {name} has no label"
        assert field.description, f"parameter {name} is not explained"
    kind()  # defaults are right


@pytest.mark.parametrize("kind", NETWORK, ids=label)
def test_has_samples(kind: type[NodeType]) -> None:
    assert kind.samples
    if kind.family is Family.LOSSES or kind.model_fields.keys() & {"units", "rate"}:
        assert kind.wrong


@pytest.mark.parametrize(("kind", "parameters", "given"), SAMPLES, ids=label)
def test_computes_what_its_shape_rule_says(kind: type[NodeType], parameters: dict, given: dict[str, Shape]) -> None:
    """Every output is filled, has the shape that was promised, and one sample at a time gives the same."""
    found = alone(kind, parameters, given)
    assert not [problem.text for problem in found.problems if problem.place.node == "node"]
    keys = [("given", letter) for letter in "abcd"[: len(given)]]
    columns = {key: column(shape) for key, shape in zip(keys, given.values(), strict=True)}
    rows = np.arange(ROWS)
    network = compile_network(found, found.training)
    made = Machine(network, DataSet(columns, ROWS, rows, rows[:0]), assembly=assemble(network, ROWS, ROWS, 0))
    made.initialize(0)
    wanted = [("node", port.name) for port in kind.outputs]
    inputs = {key: value.values for key, value in columns.items()}
    outputs = made.forward(inputs, wanted)
    for key in wanted:
        shape = found.outputs[key]
        assert outputs[key].shape == (ROWS, *shape.sizes)
        assert np.isfinite(outputs[key]).all()
        assert shape.low is None or outputs[key].min() >= shape.low
        assert shape.high is None or outputs[key].max() <= shape.high
        if key[1] in kind.random_outputs:
            continue
        single = [made.forward({k: v[i : i + 1] for k, v in inputs.items()}, [key])[key] for i in range(ROWS)]
        np.testing.assert_allclose(np.concatenate(single), outputs[key], rtol=1e-4, atol=1e-5)
    if kind.has_own_loss:
        assert made.evaluate(rows)["loss"] >= 0
        before = made.evaluate(rows)["loss"]
        made.run(200)
        if network.parameters:
            assert made.evaluate(rows)["loss"] < before


@pytest.mark.parametrize(("kind", "parameters", "given", "words"), WRONG, ids=label)
def test_wrong_inputs_are_refused_in_words(kind: type[NodeType], parameters: dict, given: dict[str, Shape],
                                           words: str) -> None:
    problems = [problem for problem in alone(kind, parameters, given).problems
                if any(place.node == "node" for place in problem.places)]
    text = " ".join(problem.text for problem in problems)
    assert words in text, text


@pytest.mark.parametrize("kind", TYPES, ids=label)
def test_a_document_with_it_survives_saving(kind: type[NodeType]) -> None:
    for parameters in ({}, *(sample[0] for sample in kind.samples)):
        doc = Document({"node": Node("node", kind.type_name(), parameters, (8.0, 16.0))})
        assert storage.loads(storage.dumps(doc)) == doc


# what each trainable type is dropped on, with its defaults, to be run untouched: wires, and what must be reached
SUITABLE = {
    "dense": ("digits.pixels>node.x node.y>loss.prediction digits.label>loss.label",
              {"digits": "digits", "loss": "cross_entropy"}, "units", ("accuracy/loss", 0.9)),
    "maxout": ("digits.pixels>node.x node.y>loss.prediction digits.label>loss.label",
               {"digits": "digits", "loss": "cross_entropy"}, "units", ("accuracy/loss", 0.9)),
    **{f"{kind}autoencoder": ("digits.pixels>node.x", {"digits": "digits"}, None, ("mean_squared_error/node", bound))
       for kind, bound in (("", 0.01), ("sparse_", 0.01), ("contractive_", 0.015), ("denoising_", 0.02), ("deep_", 0.03),
                          ("stochastic_", 0.02))},
    **{kind: ("digits.pixels>node.x", {"digits": "digits"}, None, ("mean_squared_error/node", bound))
       for kind, bound in (("predictive_sparse_decomposition", 0.015), ("semantic_hashing", 0.025))},
    "boltzmann_machine": ("digits.pixels>node.x", {"digits": "digits"}, None, ("mean_squared_error/node", 0.03)),
}


@pytest.mark.parametrize("kind", [kind for kind in NETWORK if "units" in kind.model_fields], ids=label)
def test_learns_with_its_defaults(kind: type[NodeType]) -> None:
    """Dropped on digits, wired, the cure for the number of classes clicked where there is one, and run for as long as
    the defaults say."""
    from engine.data.half import run_data_half

    wires, others, cured, (metric, bound) = SUITABLE[kind.type_name()]
    joined = frozenset(Wire(*text.replace(">", ".").split(".")) for text in wires.split())
    doc = Document({"node": Node("node", kind.type_name()), **{key: Node(key, name) for key, name in others.items()}},
                   joined)
    found = check(doc, CATALOG)
    if cured:
        (problem,) = found.errors
        found = check(problem.cures[0].edit(doc), CATALOG)
    assert not found.errors
    made = Machine(compile_network(found, found.training), run_data_half(found, None, found.training))
    made.initialize(0)
    first = made.evaluate(made.dataset.validation)
    made.run(10**9)
    last = made.evaluate(made.dataset.validation)
    assert made.finished
    better = last[metric] > bound if metric.startswith("accuracy") else last[metric] < bound
    assert better, f"{metric}: {first[metric]:.4g} → {last[metric]:.4g}"
