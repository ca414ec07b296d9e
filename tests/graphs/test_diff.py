"""Differences: each kind of change says one sentence, and equal documents say nothing."""

from __future__ import annotations

from hypothesis import given, settings

from graphs import edits
from graphs.diff import difference
from graphs.document import Document, Frame, Node, Wire
from graphs.storage import dumps
from tests.graphs.strategies import documents
from tests.graphs.test_checks import GOOD
from tests.graphs.toy import CATALOG


def said(after: Document, before: Document = GOOD) -> list[str]:
    return [str(one) for one in difference(before, after, CATALOG)]


def test_every_kind_of_change() -> None:
    assert said(edits.add_node(GOOD, Node("n", "mill"))) == ["Added n (mill)"]
    assert said(edits.remove(GOOD, ["m"])) == ["Removed m (mill)", "Removed the wire m.y → loss.x",
                                               "Removed the wire s.values → m.x"]
    assert said(edits.set_parameter(GOOD, "m", "units", 32)) == ["m: Units 64 → 32"]
    assert said(edits.set_parameter(GOOD, "m", "mood", "wild")) == ["m: Mood Calm → Wild"]
    assert said(edits.move(GOOD, {"m": (1, 1)})) == ["Moved m"]
    assert said(edits.move(GOOD, {"m": (1, 1), "s": (2, 2)})) == ["Moved 2 nodes"]
    assert said(edits.rename(GOOD, "m", "Big")) == ["Big: renamed from m to Big"]
    assert said(edits.bypass(GOOD, ["m"], True)) == ["m: bypassed"]
    assert said(edits.collapse(GOOD, ["m"], True)) == ["m: collapsed"]
    assert said(edits.retype(GOOD, "m", "mirror")) == ["m: mill became mirror"]
    assert said(edits.connect(GOOD, Wire("s", "values", "loss", "x"))) == [
        "Wired s.values → loss.x", "Removed the wire m.y → loss.x"]
    assert said(edits.set_training(GOOD, "epochs", 5)) == ["Epochs 10 → 5"]
    assert said(edits.set_words(GOOD, title={"en": "T"})) == ["Changed the title"]
    assert said(edits.add_frame(GOOD, Frame("f", "", (0, 0), (1, 1)))) == ["Changed the frames"]


def test_true_is_not_one() -> None:
    one = edits.set_parameter(GOOD, "m", "units", 1)
    assert said(edits.set_parameter(one, "m", "units", True), one) == ["m: Units 1 → on"]


@settings(max_examples=100, deadline=None)
@given(documents(), documents())
def test_documents_differ_in_nothing_only_from_their_equals(a: Document, b: Document) -> None:
    assert difference(a, a, CATALOG) == []
    assert bool(difference(a, b, CATALOG)) == (dumps(a) != dumps(b))
