"""Tidy positions: left to right, nothing on top of anything, the longest path on one line, once and for all."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from graphs.document import Document, Node, Wire
from graphs.layout import USUAL_SIZE, arrange
from tests.effort import calls
from tests.graphs.strategies import documents


def graph(wires: str, **positions: tuple[float, float]) -> Document:
    """Nodes and wires from `a b, b c`."""
    ends = [pair.split() for pair in wires.split(",")]
    names = {name for pair in ends for name in pair}
    nodes = {name: Node(name, "mill", position=positions.get(name, (0.0, 0.0))) for name in sorted(names)}
    return Document(nodes=nodes, wires=frozenset(Wire(a, "y", b, f"x{a}") for a, b in ends if a != b))


def overlapping(doc: Document, sizes: Mapping[str, tuple[float, float]]) -> list[tuple[str, str]]:
    def box(key: str) -> tuple[float, float, float, float]:
        (x, y), (w, h) = doc.nodes[key].position, sizes.get(key, USUAL_SIZE)
        return x, y, x + w, y + h

    boxes = {key: box(key) for key in doc.nodes}
    return [(a, b) for a, b in combinations(boxes, 2)
            if boxes[a][0] < boxes[b][2] and boxes[b][0] < boxes[a][2] and boxes[a][1] < boxes[b][3]
            and boxes[b][1] < boxes[a][3]]


def test_the_longest_path_lies_on_one_line() -> None:
    doc = arrange(graph("a b, b c, c d, a d, e c"), {"b": (100, 300)})
    assert len({doc.nodes[key].position[1] for key in "abcd"}) == 1
    xs = [doc.nodes[key].position[0] for key in "abcd"]
    assert xs == sorted(set(xs))


def test_ports_are_lined_up_where_they_lie_at_different_heights() -> None:
    lines = {"a": 30.0, "b": 50.0}
    doc = arrange(graph("a b"), {}, lines=lines)
    assert len({doc.nodes[key].position[1] + lines[key] for key in "ab"}) == 1


def test_a_source_stands_just_before_what_it_feeds() -> None:
    doc = arrange(graph("a b, b c, c d, s d"), {})
    assert doc.nodes["s"].position[0] == doc.nodes["c"].position[0]


def test_circles_and_loners_are_placed_too() -> None:
    doc = arrange(graph("a b, b c, c a, d d"), {})
    assert overlapping(doc, {}) == []
    assert doc.nodes["a"].position[0] < doc.nodes["b"].position[0] < doc.nodes["c"].position[0]


def test_only_what_is_selected_moves_and_its_corner_stays() -> None:
    doc = graph("a b, b c", a=(10, 20), b=(500, 900), c=(7, 7))
    after = arrange(doc, {}, ["b", "c"])
    assert after.nodes["a"] is doc.nodes["a"]
    assert after.nodes["b"].position == (7, 7)
    assert after.nodes["c"].position[0] > 7 + USUAL_SIZE[0]


def test_an_empty_document_stays() -> None:
    doc = Document()
    assert arrange(doc, {}) is doc


@settings(max_examples=100, deadline=None)
@given(documents(), st.integers(0, 9))
def test_nothing_overlaps_and_twice_is_once(doc: Document, seed: int) -> None:
    sizes = {key: (120.0 + 30 * ((seed + place) % 5), 40.0 + 25 * ((seed * place) % 7))
             for place, key in enumerate(sorted(doc.nodes))}
    once = arrange(doc, sizes)
    assert overlapping(once, sizes) == []
    assert arrange(once, sizes) is once


def test_a_large_graph_takes_little_more_a_node_than_a_small_one() -> None:
    def effort(count: int) -> int:
        wires = {Wire(f"m{i // 2}", "y", f"m{i}", "x") for i in range(1, count)}
        doc = Document(nodes={f"m{i}": Node(f"m{i}", "mill") for i in range(count)}, wires=frozenset(wires))
        return calls(lambda: arrange(doc, {}))

    assert effort(1000) < 15 * effort(100)
