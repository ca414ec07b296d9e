"""What curves say in words, on numbers that leave no doubt; and that the remedies do what they promise."""

from __future__ import annotations

import math

import numpy as np
import pytest

from engine.chains import chains
from engine.events import LayerInfo
from engine.nodes import CATALOG
from engine.remedies import remedies
from engine.verdicts import LIMITS, LayerFlow, Verdict, judge_fit, judge_flow, judge_flows, recent, times
from graphs import edits
from graphs.document import Document, Node, Wire
from tests.engine.small_networks import checked, document, machine


def flow(*sizes: float, **more: object) -> list[LayerFlow]:
    return [LayerFlow(f"dense{index + 1}", size, **more) for index, size in enumerate(sizes)]


class TestFlow:
    def test_names_the_ratio_and_both_ends(self):
        verdict = judge_flow(flow(0.0025, 0.005, 0.01, 0.02, 0.05, 0.1))
        assert verdict.finding == "vanishing"
        assert verdict.text == "The gradient shrinks 40× from dense6 to dense1: vanishing."

    @pytest.mark.parametrize(("sizes", "finding"), [
        ((1.0, 29.0), "healthy"), ((1.0, 31.0), "vanishing"), ((29.0, 1.0), "healthy"), ((31.0, 1.0), "exploding"),
        ((1.0, 1.0), "healthy"), ((0.0, 1.0), "vanishing"), ((0.0, 0.0), "vanishing"), ((1.0, 0.0), "exploding"),
        ((999.0, 999.0), "healthy"), ((1.0, 1001.0), "exploding"), ((math.inf, 1.0), "exploding"),
        ((math.nan, 1.0), ""), ((), ""), ((0.1,), ""),
    ])  # fmt: skip
    def test_limits(self, sizes, finding):
        assert judge_flow(flow(*sizes)).finding == finding

    @pytest.mark.parametrize("count", range(2, 21))
    def test_any_depth(self, count):
        shrinking = judge_flow(flow(*(10.0 ** (3 * index / (count - 1) - 4) for index in range(count))))
        assert shrinking.text == f"The gradient shrinks 1,000× from dense{count} to dense1: vanishing."

    def test_units_of_rectifiers_die_those_of_sigmoids_do_not(self):
        layers = [LayerFlow("one", 0.1, 0.6, True, "one"), LayerFlow("two", 0.1, 0.0, False)]
        verdict = judge_flow(layers)
        assert verdict.finding == "dead"
        assert (verdict.node, verdict.text[:31]) == ("one", "60 % of the units of one answer")
        assert judge_flow([LayerFlow("one", 0.1, 0.6, False), layers[1]]).finding == "healthy"
        assert judge_flow([LayerFlow("one", 0.1, 0.4, True), layers[1]]).finding == "healthy"

    def test_the_limits_are_told(self):
        words = LIMITS.of_flow()
        assert "30×" in words
        assert "1,000" in words
        assert "50 %" in words

    def test_ratios_read_like_numbers(self):
        assert [times(x) for x in (2.71, 40.2, 847.0, 84_700.0, 3.3e12)] == ["2.7×", "40×", "850×", "85,000×", "10¹³×"]

    def test_the_typical_size_is_that_of_now(self):
        values = np.r_[np.full(100, 5.0), np.full(8, [1e-4, 1e-2] * 4)[:8]]
        assert recent(values) == pytest.approx(1e-3)
        assert math.isnan(recent(np.full(5, np.nan)))


class TestFit:
    epoch = np.arange(1.0, 101.0)

    def test_a_rise_of_the_validation_loss_while_training_goes_on(self):
        train = np.exp(-self.epoch / 30)
        validation = 0.5 + np.where(self.epoch < 40, 40 - self.epoch, (self.epoch - 40) * 0.5) / 100
        verdict = judge_fit(self.epoch, train, validation)
        assert (verdict.finding, verdict.since) == ("overfitting", 40.0)
        assert "since epoch 40" in verdict.text
        assert "0.5 →" in verdict.text

    @pytest.mark.parametrize("validation", [
        np.exp(-epoch / 30),  # falls as well
        np.where(epoch < 40, 1.0 - epoch / 100, 0.602 + 0 * epoch),  # rests
        np.where(epoch < 99, 1.0, 3.0),  # a single jump at the end
        np.full(100, np.nan),  # none is kept
    ])
    def test_is_silent_where_nothing_is_wrong(self, validation):
        assert judge_fit(self.epoch, np.exp(-self.epoch / 30), validation) == Verdict()

    def test_where_both_rise_it_is_not_over_fitting(self):
        both = 0.5 + np.abs(self.epoch - 30) / 100
        assert judge_fit(self.epoch, both, both).finding == ""

    def test_it_needs_time(self):
        assert judge_fit(self.epoch[:2], np.array([1.0, 0.5]), np.array([1.0, 2.0])).finding == ""


def deep(activation: str = "sigmoid", **training: object) -> Document:
    """Digits through seven layers; the last one names classes."""
    nodes = {"digits": ("digits", {}), "loss": ("cross_entropy", {}), "top": ("dense", {"units": 10})}
    nodes |= {f"d{i}": ("dense", {"units": 24, "activation": activation}) for i in range(1, 7)}
    chain = ["digits.pixels>d1.x", *(f"d{i}.y>d{i + 1}.x" for i in range(1, 6)), "d6.y>top.x", "top.y>loss.prediction",
             "digits.label>loss.label"]
    return document(nodes, " ".join(chain), batch_size=64, **training)


def layers(doc: Document) -> list[LayerInfo]:
    names = [f"d{i}" for i in range(1, 7)] + ["top"]
    return [LayerInfo(name, "", name, (24, 24)) for name in names if name in doc.nodes]


def measured(doc: Document) -> Verdict:
    """The verdict on the real gradients of the first steps."""
    made = machine(doc)
    made.run(3)
    return judge_flow([LayerFlow(node.node, float(np.linalg.norm(made.gradient(f"{node.node}/weight"))), node=node.node)
                       for node in layers(doc)])


def test_rectifiers_cure_what_sigmoids_make_vanish():
    doc = deep()
    before = measured(doc)
    assert before.finding == "vanishing"
    cure = remedies(before, doc, CATALOG, layers(doc))[0]
    assert cure.text == "ReLU and He in 6 layers"
    after = cure.edit(doc)
    assert measured(after).finding == "healthy"
    assert "activation" not in after.nodes["top"].parameters, "the last function belongs to the loss"


@pytest.mark.parametrize("finding", ["vanishing", "exploding", "dead", "overfitting"])
@pytest.mark.parametrize("activation", ["sigmoid", "relu", "identity"])
def test_every_remedy_is_an_edit_that_leaves_a_graph_that_runs(finding, activation):
    doc = deep(activation)
    for cure in remedies(Verdict(finding), doc, CATALOG, layers(doc)):
        after = cure.edit(doc)
        assert after != doc
        checked(after)
        assert cure.text not in [one.text for one in remedies(Verdict(finding), after, CATALOG, layers(after))]


def test_what_helps_against_what():
    doc = deep("relu", learning_rate=0.03)

    def offered(finding: str) -> list[str]:
        return [cure.text for cure in remedies(Verdict(finding), doc, CATALOG, layers(doc))]

    assert offered("exploding") == ["Clip the gradient at 1", "Learning rate 0.01"]
    assert offered("dead") == ["Leaky ReLU", "Learning rate 0.01"]
    assert offered("overfitting") == ["Dropout after d1", "Stop early", "Weight decay 0.001"]
    assert offered("healthy") == offered("") == []


def test_dropout_goes_between_a_layer_and_all_that_it_feeds():
    doc = deep()
    doc = Document(doc.nodes | {"side": Node("side", "dense", {"units": 3}, (900.0, 0.0))},
                   doc.wires | {Wire("d1", "y", "side", "x")}, training=doc.training)
    after = remedies(Verdict("overfitting"), doc, CATALOG, layers(doc))[0].edit(doc)
    assert {wire.target for wire in after.out_of("d1")} == {"dropout"} or {
        after.nodes[wire.target].type for wire in after.out_of("d1")} == {"dropout"}
    (drop,) = [key for key, node in after.nodes.items() if node.type == "dropout"]
    assert {wire.target for wire in after.out_of(drop)} == {"d2", "side"}
    assert len(after.wires) == len(doc.wires) + 1


@pytest.mark.parametrize("finding", ["vanishing", "exploding", "dead", "overfitting"])
def test_no_remedy_touches_frozen_layers_or_what_they_feed(finding):
    doc = deep("relu")
    frozen = {name: edits.set_parameter(doc, name, "frozen", True).nodes[name] for name in ("d1", "d2", "d3")}
    doc = Document(doc.nodes | frozen, doc.wires, training=doc.training)
    cures = remedies(Verdict(finding), doc, CATALOG, layers(doc))
    if finding == "overfitting":
        assert cures[0].text == "Dropout after d4"
    for cure in cures:
        after = cure.edit(doc)
        for name in frozen:
            assert after.nodes[name].parameters == doc.nodes[name].parameters
            assert set(after.out_of(name)) == set(doc.out_of(name))


def test_branches_are_judged_apart_and_frozen_layers_not_at_all():
    nodes = {name: Node(name, "dense", {"frozen": True} if name == "a1" else {}) for name in ("a1", "a2", "a3", "b1", "b2")}
    wires = frozenset({Wire("a1", "y", "a2", "x"), Wire("a2", "y", "a3", "x"), Wire("b1", "y", "b2", "x"),
                       Wire("a2", "y", "b2", "x")})
    info = [LayerInfo(name, "", name) for name in nodes]
    assert chains(Document(nodes, wires), info) == [[1, 2], [1, 3, 4]]
    assert chains(Document(), info) == [[0, 1, 2, 3, 4]]
    sizes = flow(0.0, 1.0, 2.0, 1e-3, 1.0)
    verdict, way = judge_flows([[sizes[i] for i in (1, 2)], [sizes[i] for i in (3, 4)]])
    assert (verdict.finding, way) == ("vanishing", 1)
    assert "from dense5 to dense4" in verdict.text
    assert judge_flows([[sizes[1], sizes[2]], [sizes[1], sizes[2], sizes[4]]])[1] == 1, "of sound ones the longest"
