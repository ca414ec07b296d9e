"""The plan of stages as a value: read from the graph, written into the document, edited, checked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from engine.nodes import CATALOG
from graphs import edits, stages, storage
from graphs.checks import Checked, check
from graphs.document import Document, Node, Wire
from graphs.problems import Problem


def graph(*nodes: tuple[str, str, dict[str, Any]], wires: str, **training: Any) -> Document:
    made = [Node(name, kind, parameters) for name, kind, parameters in nodes]
    ends = [pair.replace(".", " ").replace("→", " ").split() for pair in wires.split(",")]
    return Document({node.id: node for node in made}, frozenset(Wire(*end) for end in ends), training=training)


STACK = graph(
    ("digits1", "digits", {}), ("b", "denoising_autoencoder", {"units": 40}), ("a", "boltzmann_machine", {"units": 20}),
    ("top", "dense", {"units": 10, "activation": "softmax"}), ("loss1", "cross_entropy", {}),
    wires="digits1.pixels → b.x, b.code → a.x, a.code → top.x, top.y → loss1.prediction, digits1.label → loss1.label",
    pretraining=True, epochs=50, optimizer="sgd", learning_rate=0.3)
DEEP = graph(("digits1", "digits", {}), ("deep1", "deep_autoencoder", {"hidden": "32 16", "units": 2}),
             wires="digits1.pixels → deep1.x", pretraining=True)


def checked(document: Document) -> Checked:
    return check(document, CATALOG)


def problem(document: Document) -> Problem:
    """The only problem with the stages."""
    (found,) = [one for one in checked(document).problems if one.code == "stages"]
    return found


def test_without_pretraining_there_are_no_stages() -> None:
    assert stages.plan(checked(edits.reset_training(STACK, "pretraining"))) == []


def test_the_plan_is_read_from_the_graph_bottom_up() -> None:
    assert checked(STACK).problems == ()
    found = stages.plan(checked(STACK))
    assert found == [{"trains": ["b"], "epochs": 30}, {"trains": ["a"], "epochs": 30}, {}]
    assert [stages.title(STACK, found, place) for place in range(3)] == ["Pre-train b", "Pre-train a", "Fine-tune everything"]


def test_a_deep_autoencoder_is_trained_pair_by_pair_and_unfolded() -> None:
    found = stages.plan(checked(edits.set_training(DEEP, "pretraining_epochs", 7)))
    assert found == [{"trains": [f"deep1/{part}"], "epochs": 7} for part in (1, 2, 3)] + [{"trains": ["deep1"]}]
    assert stages.title(DEEP, found, 1) == "Pre-train layer 2 of deep1"
    assert stages.title(DEEP, found, 3) == "Unfold and fine-tune deep1"


def test_an_autoencoder_whose_own_loss_is_replaced_is_not_trained_alone() -> None:
    document = edits.add_node(STACK, Node("error", "squared_error"))
    for wire in (Wire("b", "reconstruction", "error", "prediction"), Wire("digits1", "pixels", "error", "target")):
        document = edits.connect(document, wire)
    assert [stages.names_of(stage) for stage in stages.plan(checked(document))] == [("a",), ()]


def test_edits_write_the_plan_down_and_undo_to_the_same_document() -> None:
    present = stages.plan(checked(STACK))
    longer = stages.set_field(STACK, present, 0, "epochs", 60)
    assert longer.training["stages"] == [{"trains": ["b"], "epochs": 60}, {"trains": ["a"], "epochs": 30}, {}]
    assert "stages" not in STACK.training  # edits are pure
    assert stages.plan(checked(longer)) == longer.training["stages"]
    again = stages.set_field(longer, longer.training["stages"], 0, "epochs", 60)
    assert again is longer
    assert stages.derive(longer) == STACK


def test_stages_are_added_taken_away_moved_and_reset() -> None:
    present = stages.plan(checked(STACK))
    probe = {"trains": ["top"], "epochs": 5}
    more = stages.insert(STACK, present, 2, probe)
    assert more.training["stages"][2:] == [probe, {}]
    moved = stages.move(more, more.training["stages"], 2, 0)
    assert [stages.names_of(stage) for stage in moved.training["stages"]] == [("top",), ("b",), ("a",), ()]
    fewer = stages.remove(moved, moved.training["stages"], 1)
    assert [stages.names_of(stage) for stage in fewer.training["stages"]] == [("top",), ("a",), ()]
    plain = stages.reset_field(fewer, fewer.training["stages"], 0, "epochs")
    assert plain.training["stages"][0] == {"trains": ["top"]}
    assert checked(plain).problems == ()
    one = stages.write(STACK, [{}])
    assert "stages" not in stages.remove(one, [{}], 0).training


def test_the_plan_survives_saving_to_the_byte() -> None:
    document = stages.insert(STACK, stages.plan(checked(STACK)), 0, {"trains": ["top"], "title": "上の層"})
    data = storage.dumps(document)
    assert storage.dumps(storage.loads(data)) == data
    assert storage.loads(data).training["stages"] == document.training["stages"]


def test_a_stage_with_another_optimiser_does_not_inherit_numbers_that_were_meant_for_the_first() -> None:
    kind = CATALOG.training
    same = kind.model_validate(dict(stages.settings_given(STACK.training, {"epochs": 3}, kind)))
    assert (same.optimizer, same.learning_rate, same.epochs) == ("sgd", 0.3, 3)
    other = kind.model_validate(dict(stages.settings_given(STACK.training, {"optimizer": "adam"}, kind)))
    assert (other.optimizer, other.learning_rate, other.epochs) == ("adam", kind.default("learning_rate", {}), 50)


@pytest.mark.parametrize(("stage", "text", "cures"), [
    ({"trains": ["gone"]}, "Stage 1: There is no node “gone” any more.", ["Remove the stage", "Read the stages from the graph"]),
    ({"trains": ["gone", "b"]}, "There is no node “gone” any more.",
     ["Take it out of the stage", "Remove the stage", "Read the stages from the graph"]),
    ({"trains": ["digits1"]}, "digits1 has nothing to train.", ["Remove the stage", "Read the stages from the graph"]),
    ({"trains": ["loss1"]}, "loss1 has nothing to train.", ["Remove the stage", "Read the stages from the graph"]),
    ({"trains": ["b/1"]}, "b has 0 layers to pre-train, there is no “b/1”.",
     ["Remove the stage", "Read the stages from the graph"]),
    ({"trains": "b"}, "Stage 1: what it trains must be a list of nodes.", ["Train everything"]),
    ({"title": 3}, "Stage 1: its title must be text.", ["Remove “title”"]),
    ({"seed": 4}, "Stage 1: Seed holds for the whole run.", ["Remove “seed”"]),
    ({"learning_rate": -1.0}, "Stage 1: Learning rate must be a number above 0", ["Use the run's setting"]),
    ({"lerning_rate": 1.0}, "Stage 1: ", ["Use the run's setting"]),
    ({"epochs": 0}, "Stage 1 would never end", ["Set Epochs to 30"]),
])
def test_what_is_wrong_with_a_stage_is_said_and_cured(stage: dict[str, Any], text: str, cures: list[str]) -> None:
    document = stages.insert(STACK, [{}], 0, stage)
    found = problem(document)
    assert text in found.text
    assert [cure.text for cure in found.cures] == cures
    for cure in found.cures:
        assert checked(cure.edit(document)).problems == ()


@pytest.mark.parametrize("edit", [
    lambda doc: edits.remove(doc, ["a"]), lambda doc: edits.bypass(doc, ["a"], True),
])
def test_a_node_that_goes_away_leaves_a_problem_behind(edit: Callable[[Document], Document]) -> None:
    document = edit(stages.write(STACK, stages.plan(checked(STACK))))
    found = problem(document)
    assert "a" in found.text
    assert stages.names_of(found.cures[-1].edit(document).training.get("stages", [{}])[0]) == ()
    renewed = found.cures[-1].edit(document)
    assert stages.names_of(stages.plan(checked(renewed))[0]) == ("b",)


def test_a_list_that_is_none_is_refused() -> None:
    document = edits.set_training(STACK, "stages", [3])
    (found,) = checked(document).errors
    assert found.text == "Stages must be a list of stages, but is a list."
    assert checked(found.cures[0].edit(document)).problems == ()


def test_pretraining_needs_something_to_pretrain() -> None:
    document = edits.remove(STACK, ["a", "b"])
    document = edits.connect(document, Wire("digits1", "pixels", "top", "x"))
    assert problem(document).text == "There is no autoencoder to pre-train."
    assert checked(document).errors == ()
    assert checked(problem(document).cures[0].edit(document)).problems == ()
