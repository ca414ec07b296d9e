"""Checks: every problem on a document that has it, its place, its sentence, and that its cures cure it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs import edits
from graphs.checks import Checked, check
from graphs.document import Document, Node, Wire
from graphs.language import set_language
from graphs.problems import CODES, Place, Problem, Severity
from graphs.spec import Kind
from tests.graphs.strategies import documents, random_edit
from tests.graphs.toy import CATALOG, Mill, codes


def doc(*nodes: Node, wires: Iterable[str] = (), **more: Any) -> Document:
    """A document in few words: wires as `a.y b.x`."""
    ends = [[end.split(".") for end in wire.split()] for wire in wires]
    return Document(nodes={node.id: node for node in nodes}, wires=frozenset(Wire(*a, *b) for a, b in ends), **more)


SPRING, MILL, SCALE = Node("s", "spring"), Node("m", "mill"), Node("loss", "scale")
GOOD = doc(SPRING, MILL, SCALE, wires=["s.values m.x", "m.y loss.x", "s.values loss.target"])


def found(document: Document, code: str) -> Problem:
    """The one problem with this code."""
    (problem,) = [problem for problem in check(document, CATALOG).problems if problem.code == code]
    return problem


def cured(document: Document, code: str, words: str) -> Checked:
    """The document after one click on the cure with these words."""
    (cure,) = [cure for cure in found(document, code).cures if cure.text == words]
    return check(cure.edit(document), CATALOG)


def test_a_good_graph() -> None:
    checked = check(GOOD, CATALOG)
    assert checked.problems == ()
    assert checked.order == ("s", "m", "loss")
    assert str(checked.outputs["m", "y"]) == "B×64"
    assert checked.inputs["loss", "target"].width == 64
    assert checked.summaries["m"] == "64 → 64"
    assert checked.types["m"] == Mill()
    assert checked.training is not None


def test_an_empty_document_is_no_error() -> None:
    checked = check(Document(), CATALOG)
    assert codes(checked) == ["nothing_to_train"]
    assert checked.errors == ()


def test_unknown_type() -> None:
    wrong = edits.retype(GOOD, "m", "mil")
    problem = found(wrong, "unknown_type")
    assert "Did you mean Mill?" in problem.text
    assert problem.place == Place("m")
    assert cured(wrong, "unknown_type", "Make it Mill").problems == ()
    assert "m" not in cured(wrong, "unknown_type", "Remove the node").document.nodes
    strange = found(edits.retype(GOOD, "m", "qqqqqqqq"), "unknown_type")
    assert len(strange.cures) == 1


def test_replaced_type_names_still_open() -> None:
    assert check(edits.retype(GOOD, "m", "old_mill"), CATALOG).problems == ()


@pytest.mark.parametrize(("name", "value", "text", "cures"), [
    ("units", 0, "Units must be a whole number from 1 to 65,536, but is 0.", ["Set Units to 1", "Reset Units to 64"]),
    ("units", 10**9, "but is 1,000,000,000.", ["Set Units to 65,536", "Reset Units to 64"]),
    ("units", 2.5, "but is 2.5.", ["Set Units to 2", "Reset Units to 64"]),
    ("units", "12", "but is “12”.", ["Set Units to 12", "Reset Units to 64"]),
    ("units", "many", "but is “many”.", ["Reset Units to 64"]),
    ("units", True, "but is on.", ["Reset Units to 64"]),
    ("units", None, "but is nothing.", ["Reset Units to 64"]),
    ("units", [1], "but is a list.", ["Reset Units to 64"]),
    ("rate", 0, "Rate must be a number above 0.0 and below 1.0, but is 0.", ["Reset Rate to 0.5"]),
    ("mood", "CALMER", "Mood must be one of Calm, Wild, but is “CALMER”.", ["Reset Mood to Calm"]),
    ("mood", "wilt", "but is “wilt”.", ["Set Mood to Wild", "Reset Mood to Calm"]),
    ("wet", 1, "Wet must be on or off, but is 1.", ["Reset Wet to on"]),
    ("note", 3, "Note must be text, but is 3.", ["Reset Note to “”"]),
])
def test_wrong_parameters(name: str, value: Any, text: str, cures: list[str]) -> None:
    wrong = edits.set_parameter(GOOD, "m", name, value)
    problem = found(wrong, "wrong_parameter")
    assert problem.place == Place("m", parameter=name)
    assert text in problem.text
    assert [cure.text for cure in problem.cures] == cures
    for cure in problem.cures:
        assert "wrong_parameter" not in codes(check(cure.edit(wrong), CATALOG))


def test_unknown_parameter() -> None:
    wrong = edits.set_parameter(GOOD, "m", "unit", 3)
    assert "Did you mean Units?" in found(wrong, "unknown_parameter").text
    assert cured(wrong, "unknown_parameter", "Make it Units").document.nodes["m"].parameters == {"units": 3}
    assert cured(wrong, "unknown_parameter", "Remove “unit”").problems == ()


def test_wrong_training() -> None:
    wrong = edits.set_training(edits.set_training(GOOD, "epochs", -1), "epoch", 3)
    checked = check(wrong, CATALOG)
    assert codes(checked) == ["wrong_training", "wrong_training"]
    assert {problem.place.parameter for problem in checked.problems} == {"epochs", "epoch"}
    assert checked.training is None
    for problem in checked.problems:
        wrong = problem.cures[0].edit(wrong)
    assert check(wrong, CATALOG).problems == ()


def test_missing_input() -> None:
    wrong = edits.disconnect(GOOD, [Wire("m", "y", "loss", "x")])
    assert found(wrong, "missing_input").place == Place("loss", port="x")
    assert cured(wrong, "missing_input", "Wire “y” of m to it").problems == ()


def test_wires_are_offered_for_inputs_only_where_they_close_no_circle() -> None:
    wrong = doc(MILL, Node("n", "mill"), wires=["m.y n.x"])
    assert found(wrong, "missing_input").cures == ()


@pytest.mark.parametrize("wire", ["gone.y m.x", "m.y gone.x"])
def test_dangling_wire(wire: str) -> None:
    (ends,) = doc(wires=[wire]).wires
    wrong = edits.connect(GOOD, ends)
    assert "gone" in found(wrong, "dangling_wire").text
    assert ends not in cured(wrong, "dangling_wire", "Remove the wire").document.wires
    assert check(wrong, CATALOG).on(ends)


def test_unknown_port() -> None:
    wrong = doc(SPRING, MILL, SCALE, wires=["s.value m.x", "m.y loss.x", "s.values loss.targets"])
    problems = {one.place.port: one for one in check(wrong, CATALOG).problems if one.code == "unknown_port"}
    assert problems["value"].place.node == "s"
    assert [cure.text for cure in problems["targets"].cures] == ["Use “target”", "Remove the wire"]
    for problem in problems.values():
        wrong = problem.cures[0].edit(wrong)
    assert check(wrong, CATALOG).problems == ()


def test_two_wires() -> None:
    wrong = Document(nodes=GOOD.nodes, wires=GOOD.wires | {Wire("s", "values", "loss", "x")})
    assert len(found(wrong, "two_wires").also) == 1
    assert cured(wrong, "two_wires", "Keep the wire from m.y").problems == ()


def test_cycle() -> None:
    wrong = doc(SPRING, Node("a", "mill"), Node("b", "mill"), Node("c", "mill"), SCALE,
                wires=["a.y b.x", "b.y c.x", "c.y a.x", "c.y loss.x", "s.values loss.target"])
    problem = found(wrong, "cycle")
    assert {place.wire for place in problem.places} == {Wire("a", "y", "b", "x"), Wire("b", "y", "c", "x"),
                                                        Wire("c", "y", "a", "x")}
    assert "a → b → c → a" in problem.text
    assert set(check(wrong, CATALOG).order) == {"s"}
    for cure in problem.cures:
        assert "cycle" not in codes(check(cure.edit(wrong), CATALOG))


def test_each_circle_is_one_problem() -> None:
    wrong = doc(*(Node(key, "mill") for key in "abcd"), wires=["a.y b.x", "b.y a.x", "c.y d.x", "d.y c.x"])
    assert codes(check(wrong, CATALOG)).count("cycle") == 2


def test_a_node_wired_to_itself_is_a_circle() -> None:
    assert "cycle" in codes(check(doc(MILL, wires=["m.y m.x"]), CATALOG))


def test_a_circle_through_a_delay_is_allowed() -> None:
    looped = doc(SPRING, Node("d", "delay", {"width": 64}), Node("b", "mill"), SCALE,
                 wires=["d.y b.x", "b.y d.x", "b.y loss.x", "s.values loss.target"])
    checked = check(looped, CATALOG)
    assert checked.problems == ()
    assert checked.order.index("d") < checked.order.index("b")


def test_kind_mismatch_is_cured_by_what_the_catalogue_has() -> None:
    wrong = edits.connect(GOOD, Wire("s", "pictures", "m", "x"))
    problem = found(wrong, "kind_mismatch")
    assert problem.text == "s gives images, but “x” of m takes features."
    assert problem.place.wire == Wire("s", "pictures", "m", "x")
    after = cured(wrong, "kind_mismatch", "Insert Flatten")
    assert after.errors == ()
    assert after.document.nodes["flatten1"].type == "flatten"


def test_another_type_of_the_family_is_offered() -> None:
    wrong = edits.set_parameter(edits.connect(GOOD, Wire("s", "labels", "loss", "target")), "m", "units", 3)
    after = cured(wrong, "kind_mismatch", "Use Judge instead")
    assert after.errors == ()
    assert after.document.nodes["loss"].type == "judge"


def test_another_type_is_offered_where_one_more_click_is_needed() -> None:
    wrong = edits.connect(GOOD, Wire("s", "labels", "loss", "target"))
    after = cured(wrong, "kind_mismatch", "Use Judge instead")
    assert codes(after) == ["shape"]
    assert cured(after.document, "shape", "Set Units of m to 3").errors == ()


def test_no_other_type_is_offered_that_would_not_help() -> None:
    wrong = edits.set_parameter(GOOD, "m", "units", 9)
    assert not [cure for cure in found(wrong, "shape").cures if "instead" in cure.text]


def test_kinds_are_judged_before_shapes_are_known() -> None:
    wrong = doc(Node("j", "judge"), SPRING, MILL, wires=["m.y j.target"])
    assert "kind_mismatch" in codes(check(wrong, CATALOG))


def test_shape() -> None:
    wrong = edits.set_parameter(GOOD, "m", "units", 10)
    problem = found(wrong, "shape")
    assert problem.text == "“x” is B×10, but “target” is B×64."
    assert problem.place == Place("loss", port="x", wire=Wire("m", "y", "loss", "x"))
    assert cured(wrong, "shape", "Set Units of m to 64").problems == ()


def test_shapes_are_cured_through_nodes_that_keep_them() -> None:
    wrong = edits.set_parameter(GOOD, "m", "units", 10)
    wrong = edits.add_node(edits.add_node(wrong, Node("a", "mirror")), Node("b", "mirror"))
    wrong = edits.insert_on_wire(wrong, "a", Wire("m", "y", "loss", "x"), "x", "y")
    wrong = edits.insert_on_wire(wrong, "b", Wire("a", "y", "loss", "x"), "x", "y")
    assert cured(wrong, "shape", "Set Units of m to 64").problems == ()


def test_files_that_cannot_be_read() -> None:
    class Table(Mill):
        """Reads a file."""

        title = "Table"
        inputs = ()

        def shapes(self, given: Any, site: Any) -> Any:
            return {"y": (site.folder / "table.csv").read_text()}

    from graphs.catalog import Catalog

    checked = check(doc(Node("t", "table")), Catalog([Table]), Path("/no such folder"))
    assert "file" in codes(checked)


def test_no_loss() -> None:
    assert "no_loss" in codes(check(doc(SPRING, MILL, wires=["s.values m.x"]), CATALOG))
    assert "no_loss" in codes(check(edits.bypass(GOOD, ["loss"], True), CATALOG))
    assert check(doc(SPRING, Node("l", "loner"), wires=["s.values l.x"]), CATALOG).problems == ()


def test_unused() -> None:
    problem = found(edits.connect(edits.add_node(GOOD, Node("n", "mill")), Wire("m", "y", "n", "x")), "unused")
    assert problem.severity is Severity.NOTE
    assert problem.place == Place("n")


def test_bypassed_nodes_pass_their_first_input_on() -> None:
    around = edits.bypass(edits.set_parameter(GOOD, "m", "units", 10), ["m"], True)
    checked = check(around, CATALOG)
    assert checked.problems == ()
    assert checked.outputs["m", "y"] is checked.outputs["s", "values"]
    assert codes(check(edits.set_parameter(around, "m", "units", -1), CATALOG)) == ["wrong_parameter"]
    assert check(edits.set_parameter(around, "m", "units", -1), CATALOG).errors == ()


def test_what_a_bypassed_node_cannot_give() -> None:
    wrong = edits.bypass(GOOD, ["s"], True)
    problem = next(problem for problem in check(wrong, CATALOG).problems if problem.code == "bypass")
    assert check(problem.cures[0].edit(wrong), CATALOG).problems == ()


def test_one_error_is_not_repeated_downstream() -> None:
    wrong = edits.set_parameter(GOOD, "m", "units", -1)
    assert codes(check(wrong, CATALOG)) == ["wrong_parameter"]


def test_errors_come_first() -> None:
    wrong = edits.set_parameter(edits.add_node(GOOD, Node("a", "spring")), "m", "units", -1)
    assert [problem.severity for problem in check(wrong, CATALOG).problems] == [Severity.ERROR, Severity.NOTE]


def test_problems_by_node() -> None:
    wrong = edits.set_parameter(GOOD, "m", "units", -1)
    checked = check(wrong, CATALOG)
    assert [problem.code for problem in checked.of("m")] == ["wrong_parameter"]
    assert checked.of("s") == ()


def test_order_depends_on_ids_alone() -> None:
    turned = Document(nodes=dict(reversed(GOOD.nodes.items())), wires=frozenset(sorted(GOOD.wires, reverse=True)))
    assert check(turned, CATALOG).order == check(GOOD, CATALOG).order


def told(checked: Checked) -> Any:
    """Everything that a check says, in values that can be compared."""
    said = [(one.code, one.place, one.text, one.severity, [cure.text for cure in one.cures])
            for one in checked.problems]
    return (dict(checked.types), dict(checked.outputs), dict(checked.inputs), checked.order, said,
            dict(checked.summaries), checked.training)


@settings(max_examples=150, deadline=None)
@given(st.data(), documents())
def test_what_is_used_again_changes_nothing(data: Any, start: Document) -> None:
    document, previous = start, check(start, CATALOG)
    for _ in range(data.draw(st.integers(1, 6))):
        document = random_edit(data.draw, document)
        previous = check(document, CATALOG, previous=previous)
        assert previous.document is document
        assert told(previous) == told(check(document, CATALOG))


@settings(max_examples=150, deadline=None)
@given(documents())
def test_every_cure_can_be_applied(document: Document) -> None:
    for problem in check(document, CATALOG).problems:
        assert problem.code in CODES
        assert problem.text and not re.search(r"\{\w+\}", problem.text)
        for cure in problem.cures:
            after = cure.edit(document)
            assert after is not document, f"{cure.text} does nothing about: {problem.text}"
            check(after, CATALOG)


def test_another_language_is_checked_again() -> None:
    first = check(Document(), CATALOG)
    try:
        set_language("ja")
        assert check(Document(), CATALOG, previous=first).language == "ja"
    finally:
        set_language("en")


def test_kinds_have_words() -> None:
    from graphs.shapes import kind_words

    assert len({kind_words(kind) for kind in Kind}) == len(Kind)
