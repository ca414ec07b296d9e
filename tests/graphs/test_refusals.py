"""Why a wire cannot be drawn: the reasons, and that asking for a thousand ports takes no time."""

from __future__ import annotations

import pytest

from graphs import edits
from graphs.checks import check, refusal
from graphs.document import Document, Node, Wire
from tests.effort import calls
from tests.graphs.test_checks import GOOD
from tests.graphs.toy import CATALOG


@pytest.mark.parametrize(("wire", "code", "text"), [
    (Wire("m", "y", "m", "x"), "same_node", "itself"),
    (Wire("n", "y", "m", "x"), "cycle", "m comes before n"),
    (Wire("s", "labels", "n", "x"), "kind_mismatch", "labels"),
    (Wire("gone", "y", "n", "x"), "dangling_wire", "both ends"),
    (Wire("s", "nothing", "n", "x"), "unknown_port", "both ends"),
    (Wire("n", "y", "loss", "x"), "shape", "B×10"),
])
def test_reasons(wire: Wire, code: str, text: str) -> None:
    doc = edits.add_node(GOOD, Node("n", "mill", {"units": 10}))
    doc = edits.connect(doc, Wire("m", "y", "n", "x"))
    refused = refusal(check(doc, CATALOG), CATALOG, wire)
    assert refused is not None
    assert refused.code == code
    assert text in refused.text


def test_what_fits_is_not_refused() -> None:
    doc = edits.add_node(GOOD, Node("n", "mill"))
    checked = check(doc, CATALOG)
    for wire in (Wire("s", "values", "n", "x"), Wire("m", "y", "n", "x"), Wire("s", "values", "loss", "x")):
        assert refusal(checked, CATALOG, wire) is None


def test_a_refusal_offers_its_cure() -> None:
    doc = edits.disconnect(GOOD, [Wire("s", "values", "m", "x")])
    wire = Wire("s", "pictures", "m", "x")
    refused = refusal(check(doc, CATALOG), CATALOG, wire)
    assert refused is not None
    (cure,) = refused.cures
    assert cure.text == "Insert Flatten"
    assert check(cure.edit(doc), CATALOG).errors == ()


def test_a_delay_may_close_a_circle() -> None:
    doc = Document(nodes={"d": Node("d", "delay"), "m": Node("m", "mill")}, wires=frozenset({Wire("d", "y", "m", "x")}))
    assert refusal(check(doc, CATALOG), CATALOG, Wire("m", "y", "d", "x")) is None
    assert refusal(check(doc, CATALOG), CATALOG, Wire("d", "y", "d", "x")) is None


def test_every_port_of_a_large_graph_is_a_few_calls_each() -> None:
    """While a wire is drawn, all ports are asked at once: the aim is a tenth of a second for a thousand."""
    nodes = {"s": Node("s", "spring"), **{f"m{i}": Node(f"m{i}", "mill") for i in range(1000)}}
    wires = {Wire(f"m{i}", "y", f"m{i + 1}", "x") for i in range(999)}
    checked = check(Document(nodes=nodes, wires=frozenset(wires)), CATALOG)
    for source, output in (("m500", "y"), ("s", "pictures")):
        assert calls(lambda start=(source, output): [
            refusal(checked, CATALOG, Wire(*start, f"m{i}", "x")) for i in range(1000)]) < 120_000
