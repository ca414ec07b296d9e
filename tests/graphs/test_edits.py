"""Edits: each on an example, and all of them at random, undone and redone to the identical document."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs import edits
from graphs.document import Document, Frame, Node, Wire
from graphs.storage import Unreadable, dumps, loads
from tests.effort import calls
from tests.graphs.strategies import documents, random_edit
from tests.graphs.toy import CATALOG

CHAIN = Document(
    nodes={"spring1": Node("spring1", "spring"), "mill1": Node("mill1", "mill", {"units": 8}, (100, 0)),
           "scale1": Node("scale1", "scale", {}, (200, 0))},
    wires=frozenset({Wire("spring1", "values", "mill1", "x"), Wire("mill1", "y", "scale1", "x"),
                     Wire("spring1", "values", "scale1", "target")}),
    probes=(("mill1", "y"),),
)


def test_fresh_ids_count_up_and_avoid_frames() -> None:
    doc = edits.add_node(Document(), Node("mill1", "mill"))
    doc = edits.add_frame(doc, Frame("mill2", "", (0, 0), (1, 1)))
    assert edits.fresh_id(doc, "mill") == "mill3"
    assert edits.fresh_id(doc, "3 ?") == "node1"


def test_taken_ids_are_refused() -> None:
    with pytest.raises(ValueError, match="mill1"):
        edits.add_node(CHAIN, Node("mill1", "mill"))
    with pytest.raises(ValueError, match="mill1"):
        edits.add_frame(CHAIN, Frame("mill1", "", (0, 0), (1, 1)))


def test_remove_takes_wires_and_probes_along() -> None:
    doc = edits.remove(CHAIN, ["mill1", "nobody"])
    assert set(doc.nodes) == {"spring1", "scale1"}
    assert doc.wires == {Wire("spring1", "values", "scale1", "target")}
    assert doc.probes == ()
    assert doc.nodes["spring1"] is CHAIN.nodes["spring1"]


def test_dissolve_keeps_the_chain() -> None:
    doc = edits.dissolve(CHAIN, ["mill1"], CATALOG)
    assert Wire("spring1", "values", "scale1", "x") in doc.wires
    two = edits.insert_on_wire(edits.add_node(CHAIN, Node("mill2", "mill")), "mill2",
                               Wire("mill1", "y", "scale1", "x"), "x", "y")
    assert edits.dissolve(two, ["mill1", "mill2"]).wires == doc.wires


def test_connect_replaces_what_the_input_had() -> None:
    new = Wire("spring1", "values", "scale1", "x")
    doc = edits.connect(CHAIN, new)
    assert doc.wire_into("scale1", "x") == new
    assert len(doc.wires) == len(CHAIN.wires)
    assert edits.connect(doc, new) is doc


def test_insert_on_wire() -> None:
    wire = Wire("mill1", "y", "scale1", "x")
    doc = edits.insert_on_wire(edits.add_node(CHAIN, Node("mirror1", "mirror")), "mirror1", wire, "x", "y")
    assert wire not in doc.wires
    assert {Wire("mill1", "y", "mirror1", "x"), Wire("mirror1", "y", "scale1", "x")} <= doc.wires


def test_retype_renames_ports() -> None:
    doc = edits.retype(CHAIN, "scale1", "judge", inputs={"target": "label"})
    assert doc.nodes["scale1"].type == "judge"
    assert doc.wire_into("scale1", "label") == Wire("spring1", "values", "scale1", "label")
    assert doc.wire_into("scale1", "x") == CHAIN.wire_into("scale1", "x")


def test_parameters_are_compared_as_json() -> None:
    one = edits.set_parameter(CHAIN, "mill1", "units", 1)
    for other in (True, 1.0, "1", [1], None):
        assert edits.set_parameter(one, "mill1", "units", other) is not one
    assert edits.set_parameter(one, "mill1", "units", 1) is one
    nested = edits.set_parameter(one, "mill1", "units", [{"a": 1}])
    assert edits.set_parameter(nested, "mill1", "units", [{"a": True}]) is not nested
    assert "units" not in edits.reset_parameter(one, "mill1", "units").nodes["mill1"].parameters


def test_positions_are_rounded_and_stay_near() -> None:
    doc = edits.move(CHAIN, {"mill1": (1.26, -9e9), "nobody": (1, 1)})
    assert doc.nodes["mill1"].position == (1.3, -1_000_000.0)


def test_frames() -> None:
    doc = edits.add_frame(CHAIN, Frame("frame1", "Here", (0, 0), (10, 10)))
    doc = edits.move(doc, {"frame1": (5, 5)})
    doc = edits.change_frame(doc, "frame1", title="There", size=(20, 20))
    assert doc.frames == (Frame("frame1", "There", (5, 5), (20, 20)),)
    assert edits.remove_frames(doc, ["frame1"]).frames == ()


def test_paste_gives_new_ids_and_places() -> None:
    text = edits.copy(CHAIN, ["mill1", "scale1"])
    doc, new = edits.paste(CHAIN, text, (500, 50))
    assert new == ["mill2", "scale2"]
    assert doc.nodes["mill2"].position == (500, 50)
    assert doc.nodes["mill2"].parameters == {"units": 8}
    assert set(doc.out_of("mill2")) == {Wire("mill2", "y", "scale2", "x")}
    assert doc.wire_into("mill2", "x") is None


def test_paste_keeps_inputs_when_asked() -> None:
    doc, _ = edits.paste(CHAIN, edits.copy(CHAIN, ["mill1"]), (0, 0), keep_inputs=True)
    assert doc.wire_into("mill2", "x") == Wire("spring1", "values", "mill2", "x")
    elsewhere, _ = edits.paste(Document(), edits.copy(CHAIN, ["mill1"]), (0, 0), keep_inputs=True)
    assert elsewhere.wires == frozenset()


def test_a_whole_file_can_be_pasted() -> None:
    doc, new = edits.paste(Document(), dumps(CHAIN).decode(), (0, 0))
    assert len(new) == 3
    assert len(doc.wires) == 3


@pytest.mark.parametrize("text", ["", "hello", "[1, 2]", "{}", "{\"format\": \"hourglass-graph\"}", "\ud800", "NaN"])
def test_pasting_anything_else_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        edits.paste(CHAIN, text, (0, 0))


def test_pasting_many_is_not_quadratic() -> None:
    def effort(count: int) -> int:
        many = Document(nodes={f"mill{i}": Node(f"mill{i}", "mill") for i in range(1, count + 1)})
        text = edits.copy(many, many.nodes)
        return calls(lambda: edits.paste(many, text, (0, 0)))

    assert effort(2000) < 2.5 * effort(1000)


def test_a_node_on_a_wire_to_itself_changes_nothing() -> None:
    loop = Wire("mill1", "y", "mill1", "x")
    doc = Document({"mill1": Node("mill1", "mill")}, frozenset({loop}))
    assert edits.insert_on_wire(doc, "mill1", loop, "x", "y") is doc


def exact(doc: Document) -> bytes:
    """Equality as files see it: True is not 1."""
    return dumps(doc)


@settings(max_examples=150, deadline=None)
@given(st.data(), documents())
def test_random_edits_undo_and_redo_to_the_identical_document(data: Any, start: Document) -> None:
    history, snapshots = [start], [exact(start)]
    for _ in range(data.draw(st.integers(1, 12))):
        before = history[-1]
        after = random_edit(data.draw, before)
        assert exact(before) == snapshots[-1], "an edit changed the document that it was given"
        assert (exact(after) == exact(before)) == (after is before), "an edit of nothing must give the same document"
        for key in after.nodes.keys() & before.nodes.keys():
            old, new = before.nodes[key], after.nodes[key]
            assert old is new or old != new or not edits.same(old.parameters, new.parameters), "identity was lost"
        history.append(after)
        snapshots.append(exact(after))
    for doc, snapshot in zip(reversed(history), reversed(snapshots), strict=True):
        assert exact(doc) == snapshot
    for doc, snapshot in zip(history, snapshots, strict=True):
        assert exact(doc) == snapshot


@settings(max_examples=100, deadline=None)
@given(st.data(), documents())
def test_no_edit_leaves_loose_ends(data: Any, start: Document) -> None:
    start = edits.disconnect(start, [w for w in start.wires if not {w.source, w.target} <= start.nodes.keys()])
    doc = start
    for _ in range(5):
        doc = random_edit(data.draw, doc)
    ids = {*doc.nodes, *(frame.id for frame in doc.frames)}
    assert len(ids) == len(doc.nodes) + len(doc.frames)
    assert all(key == node.id for key, node in doc.nodes.items())
    assert exact(loads(exact(doc))) == exact(doc)
