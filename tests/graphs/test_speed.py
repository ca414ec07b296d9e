"""A thousand nodes: checked, edited and saved while somebody drags a slider."""

from __future__ import annotations

from typing import Any

from graphs import edits, storage
from graphs.checks import check
from graphs.document import Document, Node, Wire
from tests.graphs.toy import CATALOG


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


def test_all_is_checked_again_within_30_milliseconds(stopwatch: Any) -> None:
    assert check(thousand(), CATALOG).problems == ()
    documents = iter([thousand() for _ in range(7)])  # each with wires of its own, so that none is indexed already
    assert stopwatch(lambda: check(next(documents), CATALOG)) < 0.030


def test_an_edit_is_checked_within_30_milliseconds(stopwatch: Any) -> None:
    doc = thousand()
    before = check(doc, CATALOG)
    for after in (edits.set_parameter(doc, "m3x1", "units", 32), edits.remove(doc, ["m3x50"]),
                  edits.connect(doc, Wire("m3x50", "y", "m3x10", "x")), edits.set_parameter(doc, "s", "width", 7)):
        assert stopwatch(lambda after=after: check(after, CATALOG, previous=before)) < 0.030


def test_a_move_costs_next_to_nothing(stopwatch: Any) -> None:
    doc = thousand()
    before = check(doc, CATALOG)
    moved = edits.move(doc, {"m3x1": (5, 5)})
    assert stopwatch(lambda: check(moved, CATALOG, previous=before)) < 0.005


def test_edits_and_files(stopwatch: Any) -> None:
    doc = thousand()
    assert stopwatch(lambda: edits.set_parameter(doc, "m3x1", "units", 32)) < 0.003
    data = storage.dumps(doc)
    assert stopwatch(lambda: storage.dumps(doc)) < 0.1
    assert stopwatch(lambda: storage.loads(data)) < 0.1


def test_a_thousand_problems_do_not_take_longer(stopwatch: Any) -> None:
    doc = thousand()
    wrong = {
        "no wires": Document(nodes=doc.nodes),
        "wrong values": Document(nodes={key: Node(key, node.type, {"units": -1}) for key, node in doc.nodes.items()},
                                 wires=doc.wires),
        "unknown types": Document(nodes={key: Node(key, "mil") for key in doc.nodes}, wires=doc.wires),
        "wrong kinds": Document(nodes=doc.nodes,
                                wires=frozenset(Wire("s", "pictures", wire.target, "x") for wire in doc.wires)),
        "one circle": edits.connect(doc, Wire("m3x98", "y", "m3x0", "x")),
        "dangling": Document(nodes=doc.nodes, wires=frozenset(Wire("gone", "y", key, "x") for key in doc.nodes)),
    }
    for what, document in wrong.items():
        took = stopwatch(lambda document=document: check(document, CATALOG))
        assert took < 0.5, f"{what}: {took:.3f} s"
