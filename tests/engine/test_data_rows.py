"""Split and Bootstrap: rules over the rows of a whole graph, wherever they stand in it."""

import json

import numpy as np
import pytest

from engine import load
from engine.data.half import run_data_half
from engine.nodes import CATALOG
from engine.nodes.rows import Bootstrap, Split
from graphs import edits, storage
from graphs.checks import check
from graphs.document import Document, Node
from tests.engine.small_networks import classifier, document

BOTH = ("train", "validation", "test")


def with_node(doc, kind, **parameters):
    """The document with a further node that nothing is wired to."""
    return edits.add_node(doc, Node(f"{kind}{len(doc.nodes)}", kind, parameters))


def data_of(doc):
    checked = check(doc, CATALOG)
    assert checked.errors == (), [problem.text for problem in checked.errors]
    return run_data_half(checked, None, checked.training)


def on_the_wire(kind, **parameters):
    nodes = {"iris": ("iris", {}), "rule": (kind, parameters), "norm": ("normalize", {}), "top": ("dense", {"units": 3}),
             "loss": ("cross_entropy", {})}
    wires = "iris.features>rule.x rule.x>norm.x norm.x>top.x top.y>loss.prediction iris.label>loss.label"
    return document(nodes, wires, epochs=3, learning_rate=0.05)


@pytest.mark.parametrize("place", ["beside", "on the wire"])
def test_a_split_holds_for_the_whole_graph_instead_of_the_settings(place):
    shares = {"validation": 0.1, "test": 0.3, "seed": 4}
    doc = with_node(classifier(), "split", **shares) if place == "beside" else on_the_wire("split", **shares)
    data = data_of(doc)
    assert [len(getattr(data, part)) for part in BOTH] == [90, 15, 45]
    labels = data.columns["iris", "label"].values
    assert [np.bincount(labels[getattr(data, part)]).tolist() for part in BOTH] == [[30] * 3, [5] * 3, [15] * 3]
    for changed in (edits.set_training(doc, "seed", 9), edits.set_training(doc, "split_seed", 9),
                    edits.set_training(doc, "validation_share", 0.7)):
        assert all(np.array_equal(getattr(data_of(changed), part), getattr(data, part)) for part in BOTH)


def test_preparations_learn_from_the_training_part_that_the_split_says():
    data = data_of(on_the_wire("split", validation=0.0, test=0.5))
    raw = data.columns["iris", "features"].values
    assert np.allclose(data.fitted["norm"]["shift"], raw[data.train].mean(axis=0, dtype=np.float64))
    assert data.columns["rule", "x"] is data.columns["iris", "features"]


def test_the_last_rows_can_be_kept():
    data = data_of(with_node(classifier(), "split", taken="last", validation=0.1, test=0.2))
    assert [getattr(data, part).tolist() for part in BOTH] == [
        list(range(105)), list(range(105, 120)), list(range(120, 150))]


def test_a_truth_table_is_divided_where_a_split_asks_for_it():
    doc = document({"toy": ("toy2d", {"problem": "xor"}), "top": ("dense", {"units": 2}), "loss": ("cross_entropy", {})},
                   "toy.points>top.x top.y>loss.prediction toy.label>loss.label")
    assert len(data_of(doc).train) == 4
    data = data_of(with_node(doc, "split", validation=0.25, test=0.25, stratified=False))
    assert [len(getattr(data, part)) for part in BOTH] == [2, 1, 1]


def test_a_bypassed_split_says_nothing():
    doc = with_node(classifier(), "split")
    quiet = data_of(edits.bypass(doc, ["split6"], True))
    assert quiet.digest == data_of(classifier()).digest
    assert len(data_of(doc).test) == 30


@pytest.mark.parametrize("kind", ["split", "bootstrap"])
def test_two_that_contradict_each_other_are_a_problem_with_a_cure(kind):
    doc = with_node(with_node(classifier(), kind), kind, seed=1)
    (problem,) = check(doc, CATALOG).errors
    assert "contradict each other" in problem.text
    assert {place.node for place in problem.places} == {f"{kind}6", f"{kind}7"}
    assert len(problem.cures) == 2
    for cure in problem.cures:
        assert check(cure.edit(doc), CATALOG).errors == ()
    same = with_node(with_node(classifier(), kind, seed=1), kind, seed=1)
    once = with_node(classifier(), kind, seed=1)
    assert data_of(same).digest == data_of(once).digest


def test_a_split_without_a_wire_needs_one_where_something_follows():
    doc = document({"rule": ("split", {}), "top": ("dense", {})}, "rule.x>top.x")
    assert any("must come in" in problem.text for problem in check(doc, CATALOG).errors)
    assert check(Document({"rule": Node("rule", "split")}), CATALOG).of("rule") == ()


def test_the_bootstrap_draws_from_the_training_part_and_leaves_the_rest_alone():
    plain = data_of(with_node(classifier(), "split", test=0.2))
    drawn = data_of(with_node(with_node(classifier(), "split", test=0.2), "bootstrap", seed=2))
    assert np.array_equal(drawn.validation, plain.validation)
    assert np.array_equal(drawn.test, plain.test)
    assert len(drawn.train) == len(plain.train)
    assert set(drawn.train) < set(plain.train)
    assert drawn.fitted["norm"]["shift"].tolist() == plain.fitted["norm"]["shift"].tolist()
    assert not np.array_equal(drawn.train, data_of(with_node(classifier(), "bootstrap", seed=3)).train)


def test_a_third_of_the_rows_is_never_drawn():
    train = np.arange(20_000)[::-1]
    drawn = Bootstrap(seed=1).resample(train)
    assert len(set(drawn)) / len(train) == pytest.approx(1 - 1 / np.e, abs=0.01)
    counts = np.bincount(drawn, minlength=20_000)
    assert counts.var() == pytest.approx(1.0, abs=0.05)  # Poisson
    assert np.array_equal(drawn, Bootstrap(seed=1).resample(np.arange(20_000)))
    assert len(Bootstrap(share=0.25).resample(train)) == 5000
    assert Bootstrap().resample(np.array([7])).tolist() == [7]


def test_a_bootstrap_trains(tmp_path):
    storage.save(with_node(on_the_wire("bootstrap"), "split"), tmp_path / "net.json")
    net = load(tmp_path / "net.json")
    net.train(30)
    figures = net.evaluate()
    assert figures["train_accuracy"] > 0.7
    assert {"train_loss", "validation_loss", "test_loss", "test_accuracy"} <= figures.keys()
    flowers = np.array([[5.1, 3.5, 1.4, 0.2], [6.3, 3.3, 6.0, 2.5]])
    net.save(tmp_path / "run")
    again = load(tmp_path / "run")  # new samples pass the rule, and the scaling behind it, without any data
    assert again.classify(flowers) == net.classify(flowers) == ["setosa", "virginica"]


def test_a_run_tells_how_the_test_went(hourglass, tmp_path):
    storage.save(on_the_wire("split", test=0.3), tmp_path / "net.json")
    code, out, _ = hourglass("train", "net.json", "--json", "--out", "run")
    told = json.loads(out.splitlines()[-1])
    assert (code, told["test_rows"], told["train_rows"], told["validation_rows"]) == (0, 45, 75, 30)
    _, evaluated, _ = hourglass("evaluate", "run", "--json")
    assert json.loads(evaluated)["test_loss"] == pytest.approx(told["test_loss"], rel=1e-6)
    facts = json.loads((tmp_path / "run" / "run.json").read_text())
    assert facts["figures"]["test_loss"] == told["test_loss"]


def test_shares_that_leave_nothing_are_refused():
    with pytest.raises(ValueError, match="nothing is left"):
        Split(validation=0.5, test=0.5).shapes({}, None)
