"""A thousand nodes: how much work it is to check, edit and save them while somebody drags a slider.

Aims, measured by `python -m tests.benchmarks answers`: a check under 30 ms, a move under 5 ms, an edit under 3 ms.
"""

from __future__ import annotations

from collections import Counter

import pytest

from graphs import edits, storage
from graphs.checks import check
from graphs.document import Document, Node, Wire
from tests.effort import calls
from tests.graphs.toy import CATALOG, Mill, Mirror, Scale, Spring

NODES = 1001


def thousand() -> Document:
    """Ten chains of a hundred nodes with a loss each, all fed by one source."""
    nodes, wires = {"s": Node("s", "spring")}, set()
    for chain in range(10):
        before = ("s", "values")
        for link in range(99):
            key = f"m{chain}x{link}"
            nodes[key] = Node(key, "mill" if link % 2 else "mirror", {"units": 64} if link % 2 else {})
            wires.add(Wire(*before, key, "x"))
            before = (key, "y")
        nodes[f"l{chain}"] = Node(f"l{chain}", "scale")
        wires |= {Wire(*before, f"l{chain}", "x"), Wire("s", "values", f"l{chain}", "target")}
    return Document(nodes=nodes, wires=frozenset(wires))


@pytest.fixture
def inferred(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How many times shapes are worked out, by type."""
    count: Counter[str] = Counter()
    for kind in (Spring, Mill, Mirror, Scale):
        def shapes(self, given, site, real=kind.shapes):
            count[type(self).__name__] += 1
            return real(self, given, site)

        monkeypatch.setattr(kind, "shapes", shapes)
    return count


def test_a_check_of_all_is_a_few_calls_a_node(inferred: Counter[str]) -> None:
    assert check(thousand(), CATALOG).problems == ()
    assert inferred.total() == NODES, "each node once"
    fresh = thousand()  # with wires of its own, so that they are not indexed already
    assert calls(lambda: check(fresh, CATALOG)) < 100 * NODES


def test_an_edit_works_out_again_what_it_can_change(inferred: Counter[str]) -> None:
    doc = thousand()
    before = check(doc, CATALOG)
    for after, worked_out in ((edits.set_parameter(doc, "m3x1", "units", 32), 3),  # to the next of its own width
                              (edits.remove(doc, ["m3x50"]), 1), (edits.connect(doc, Wire("m3x50", "y", "m3x10", "x")), 1),
                              (edits.set_parameter(doc, "s", "width", 7), 51)):
        check(after, CATALOG, previous=before)  # the new wires are indexed once
        inferred.clear()
        assert calls(lambda after=after: check(after, CATALOG, previous=before)) < 100 * NODES
        assert inferred.total() == worked_out


def test_a_move_costs_next_to_nothing(inferred: Counter[str]) -> None:
    doc = thousand()
    before = check(doc, CATALOG)
    moved = edits.move(doc, {"m3x1": (5, 5)})
    inferred.clear()
    assert calls(lambda: check(moved, CATALOG, previous=before)) < 5 * NODES
    assert inferred.total() == 0


def test_edits_and_files() -> None:
    doc = thousand()
    assert calls(lambda: edits.set_parameter(doc, "m3x1", "units", 32)) < 100, "of one node, whatever its graph"
    data = storage.dumps(doc)
    assert calls(lambda: storage.dumps(doc)) < 120 * NODES
    assert calls(lambda: storage.loads(data)) < 160 * NODES


@pytest.mark.parametrize("wrong", ["no wires", "wrong values", "unknown types", "wrong kinds", "one circle", "dangling"])
def test_a_thousand_problems_are_no_more_than_a_thousand_times_one(wrong: str) -> None:
    doc = thousand()
    documents = {
        "no wires": Document(nodes=doc.nodes),
        "wrong values": Document(nodes={key: Node(key, node.type, {"units": -1}) for key, node in doc.nodes.items()},
                                 wires=doc.wires),
        "unknown types": Document(nodes={key: Node(key, "mil") for key in doc.nodes}, wires=doc.wires),
        "wrong kinds": Document(nodes=doc.nodes,
                                wires=frozenset(Wire("s", "pictures", wire.target, "x") for wire in doc.wires)),
        "one circle": edits.connect(doc, Wire("m3x98", "y", "m3x0", "x")),
        "dangling": Document(nodes=doc.nodes, wires=frozenset(Wire("gone", "y", key, "x") for key in doc.nodes)),
    }
    # a misspelt type is compared with every name in the catalogue
    assert calls(lambda: check(documents[wrong], CATALOG)) < (1500 if wrong == "unknown types" else 250) * NODES
