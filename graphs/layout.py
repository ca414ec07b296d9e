"""Tidy positions: layers from left to right, the longest path on one line, branches above or below where they lead."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import networkx

from graphs.document import Document
from graphs.edits import move

COLUMN_GAP = 80.0
ROW_GAP = 32.0
USUAL_SIZE = (180.0, 80.0)  # of nodes whose size is not told
SWEEPS = 4

Sizes = Mapping[str, tuple[float, float]]


def arrange(doc: Document, sizes: Sizes, ids: Iterable[str] | None = None,
            lines: Mapping[str, float] | None = None) -> Document:
    """Moves these nodes (all, when none are named) into layers; the top left corner of the whole stays where it is.

    `lines` tells how far below its top each node's main ports lie, so that wires along the main path are straight.
    """
    wanted = doc.nodes.keys() & set(ids or ()) or set(doc.nodes)
    if not wanted:
        return doc
    graph = networkx.DiGraph()
    graph.add_nodes_from(sorted(wanted))
    graph.add_edges_from(sorted({(wire.source, wire.target) for wire in doc.wires
                                 if wire.source in wanted and wire.target in wanted and wire.source != wire.target}))
    graph.remove_edges_from(_backward(graph))
    old = [doc.nodes[key].position for key in wanted]
    left, top = min(x for x, _ in old), min(y for _, y in old)
    placed: dict[str, tuple[float, float]] = {}
    for part in _parts(doc, graph):
        positions, height = _arranged(graph.subgraph(part), sizes, lines or {})
        placed.update({key: (left + x, top + y) for key, (x, y) in positions.items()})
        top += height + 2 * ROW_GAP
    return move(doc, placed)


def _parts(doc: Document, graph: networkx.DiGraph) -> list[Collection[str]]:
    """Nodes that hang together, from top to bottom as they were."""
    parts = [sorted(part) for part in networkx.weakly_connected_components(graph)]
    return sorted(parts, key=lambda part: (min(doc.nodes[key].position[1] for key in part), part[0]))


def _backward(graph: networkx.DiGraph) -> list[tuple[str, str]]:
    """Edges that lead back to a node on the path to them; without these there is no circle."""
    found, done = [], set()
    for start in sorted(graph, key=lambda node: (graph.in_degree(node) > 0, node)):
        open_, stack = {start}, [(start, iter(sorted(graph.successors(start))))]
        if start in done:
            continue
        while stack:
            node, following = stack[-1]
            target = next(following, None)
            if target is None:
                stack.pop()
                open_.discard(node)
                done.add(node)
            elif target in open_:
                found.append((node, target))
            elif target not in done:
                open_.add(target)
                stack.append((target, iter(sorted(graph.successors(target)))))
    return found


def _arranged(graph: networkx.DiGraph, sizes: Sizes,
              lines: Mapping[str, float]) -> tuple[dict[str, tuple[float, float]], float]:
    """Positions from (0, 0) on, and the height of all."""
    columns = _columns(graph)
    main = set(networkx.dag_longest_path(graph))
    rows = _rows(graph, columns, main, sizes, lines)
    top = min(rows.values())
    positions, x = {}, 0.0
    for column in columns:
        width = max(sizes.get(node, USUAL_SIZE)[0] for node in column)
        positions.update({node: (x, rows[node] - top) for node in column})
        x += width + COLUMN_GAP
    height = max(rows[node] + sizes.get(node, USUAL_SIZE)[1] for node in rows) - top
    return positions, height


def _columns(graph: networkx.DiGraph) -> list[list[str]]:
    """Nodes by their distance from the sources; a source stands just before the first node that it feeds."""
    level: dict[str, int] = {}
    order = list(networkx.lexicographical_topological_sort(graph))
    for node in order:
        level[node] = max((level[before] + 1 for before in graph.predecessors(node)), default=0)
    for node in reversed(order):
        if not graph.in_degree(node) and graph.out_degree(node):
            level[node] = min(level[after] for after in graph.successors(node)) - 1
    columns: list[list[str]] = [[] for _ in range(max(level.values()) + 1)]
    for node in order:
        columns[level[node]].append(node)
    return columns


def _rows(graph: networkx.DiGraph, columns: list[list[str]], main: set[str], sizes: Sizes,
          lines: Mapping[str, float]) -> dict[str, float]:
    """The top of each node: the main path's lines at 0, the others as near as they can be to what they are wired to."""
    rows = {node: -lines.get(node, 0.0) for column in columns for node in column}
    for sweep in range(SWEEPS):
        for column in columns if sweep % 2 == 0 else reversed(columns):
            wishes = {node: _wish(graph, rows, node, lines) for node in column if node not in main}
            _stack(column, wishes, main, rows, sizes, lines)
    return rows


def _wish(graph: networkx.DiGraph, rows: Mapping[str, float], node: str, lines: Mapping[str, float]) -> float:
    """Where the node's line would best be: at the mean of the lines that it is wired to."""
    around = [rows[other] + lines.get(other, 0.0) for other in (*graph.predecessors(node), *graph.successors(node))]
    return sum(around) / len(around) if around else 0.0


def _stack(column: list[str], wishes: Mapping[str, float], main: set[str], rows: dict[str, float], sizes: Sizes,
           lines: Mapping[str, float]) -> None:
    """Puts a column's nodes at their wishes, moved apart where they would lie on one another; the main path stays."""
    anchor = next((node for node in column if node in main), None)
    ordered = sorted(wishes, key=lambda node: (wishes[node], column.index(node)))
    upper = [node for node in ordered if anchor is not None and wishes[node] < 0]
    lower = [node for node in ordered if node not in set(upper)]
    floor = rows[anchor] + sizes.get(anchor, USUAL_SIZE)[1] + ROW_GAP if anchor is not None else None
    for node in lower:
        top = wishes[node] - lines.get(node, 0.0)
        rows[node] = top if floor is None else max(top, floor)
        floor = rows[node] + sizes.get(node, USUAL_SIZE)[1] + ROW_GAP
    ceiling = rows[anchor] - ROW_GAP if anchor is not None else 0.0
    for node in reversed(upper):
        height = sizes.get(node, USUAL_SIZE)[1]
        rows[node] = min(wishes[node] - lines.get(node, 0.0), ceiling - height)
        ceiling = rows[node] - ROW_GAP
