"""Everything that is shown of one data node: its samples before and after, and what was counted over them.

`look` makes it, in the process that serves the window; the numbers go to the store beside the samples, and `open_view`
maps them where they are painted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np

from engine.data import statistics
from engine.data.columns import Column
from engine.data.findings import Finding, about_classes, about_components
from engine.data.half import DataSet, PortKey, run_data_half
from engine.data.results import RESULTS, Result, column_of
from engine.data.store import Store, read_entry
from engine.data.thumbnails import Thumbnail, thumbnail
from engine.errors import RunProblem
from engine.nodes.node import PrepareNode, RowRule
from graphs.checks import Checked
from graphs.language import tr
from graphs.spec import Kind

POINTS = 3000  # of a scatter plot
MANY_CLASSES = 1000
PARTS = ("train", "validation", "test")


@dataclass(frozen=True, slots=True)
class Side:
    """The samples of one output. Statistics are of its components (of every step there is, in sequences).

    `moments` [1 + parts, F, 4]; `edges` [K, BARS + 1], `bars` [parts, K, BARS] of each column or, K = 1, of all values
    of pictures; `covariance` [F, F] of the training
    part or 0×0; `points` [P, 2] of the view's `picked` rows, on axes named `axes`, or 0×2.
    """

    key: PortKey
    column: Column
    moments: np.ndarray
    edges: np.ndarray
    bars: np.ndarray
    covariance: np.ndarray
    points: np.ndarray
    axes: tuple[str, ...] = ()
    shares: tuple[float, ...] = ()  # of the variance on each axis, where these are principal axes


@dataclass(frozen=True, slots=True)
class View:
    """One node seen. `parts` [N] int8 says where each row belongs, as places in `PARTS`; `labels` [N] or `target` [N]
    are what its samples are coloured by (either may be empty). `others` are further columns of the same rows.
    """

    node: str
    rows: int
    parts: np.ndarray
    sides: tuple[Side, ...]  # one, or before and after
    others: tuple[tuple[PortKey, Column], ...] = ()
    classes: tuple[str, ...] = ()
    class_counts: np.ndarray = field(default_factory=lambda: np.empty((0, 0), np.int64))  # [parts, classes]
    labels: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    target: np.ndarray = field(default_factory=lambda: np.empty(0, np.float32))
    picked: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    findings: tuple[Finding, ...] = ()
    thumbnail: Thumbnail = field(default_factory=Thumbnail)
    source: View | None = None  # what the node was given, where it makes other rows of it

    @property
    def after(self) -> Side:
        """What the node gives."""
        return self.sides[-1]

    @property
    def seen(self) -> tuple[tuple[View, Side], ...]:
        """What stands side by side, before and after: each side with the view whose rows it has."""
        given = ((self.source, self.source.after),) if self.source is not None else ()
        return (*given, *((self, side) for side in self.sides))


def look(checked: Checked, folder: Path | None, node: str) -> str:
    """Looks at a data node and gives the key under which `open_view` finds it. Raises `RunProblem`, `DataCancelled`."""
    settings = checked.training
    if settings is None:
        raise RunProblem(tr("The training settings must be right before the data can be divided."))
    blocking = next((problem for problem in checked.errors if problem.place.node in upstream(checked, node)), None)
    if blocking is not None:
        raise RunProblem(blocking.text, blocking.place.node, blocking.place.parameter)
    data = run_data_half(checked, folder, settings, [node])
    store, given = RESULTS.store, _given_other_rows(checked, node)
    source = look(checked, folder, given) if given else ""
    state = blake2b(repr((node, source, sorted(data.digests.items()))).encode(), digest_size=16)
    for part in parts_of(data):
        state.update(part)
    key = f"view {state.hexdigest()}"
    if store.get(key) is None:
        for name in {name for name, _ in columns_seen(checked, data, node)}:
            result = Result({port: column for (owner, port), column in data.columns.items() if owner == name},
                            data.fitted.get(name, {}))
            if not RESULTS.put_on_disk(_entry_of(checked, data, name), result):
                raise _no_room()
        arrays, facts = _count(checked, data, node)
        facts["source"] = source
        if not store.put(key, arrays, facts):
            raise _no_room()
    return key


def _given_other_rows(checked: Checked, node: str) -> str:
    """The node that gives its samples to one that makes other rows of them, as their main output; else nothing."""
    kind = checked.types[node]
    if not kind.changes_rows or not kind.inputs or checked.document.nodes[node].bypassed:
        return ""
    wires = [wire for wire in checked.document.into(node) if wire.input == kind.inputs[0].name]
    return next((wire.source for wire in wires if wire.output == checked.types[wire.source].outputs[0].name), "")


def _entry_of(checked: Checked, data: DataSet, node: str) -> str:
    """Under which digest the outputs of a node are kept; one that passes on has its source's, under another name."""
    passes_on = checked.document.nodes[node].bypassed or isinstance(checked.types[node], RowRule)
    return f"{data.digests[node]} as {node}" if passes_on else data.digests[node]


def _no_room() -> RunProblem:
    return RunProblem(tr("There is no room on the disk to look at these data: {folder} cannot be written.",
                         folder=str(RESULTS.store.folder)))


def upstream(checked: Checked, node: str) -> set[str]:
    """The node and all that it depends on."""
    found, waiting = {node}, [node]
    while waiting:
        for wire in checked.document.into(waiting.pop()):
            if wire.source not in found:
                found.add(wire.source)
                waiting.append(wire.source)
    return found


def parts_of(data: DataSet) -> tuple[np.ndarray, ...]:
    """Row numbers of each of `PARTS` that there is."""
    return (data.train, data.validation, data.test) if len(data.test) else (data.train, data.validation)


def columns_seen(checked: Checked, data: DataSet, node: str) -> list[PortKey]:
    """What is shown of a node: before, after, then other columns of the same rows."""
    kind = checked.types[node]
    own = [(node, port.name) for port in kind.outputs if (node, port.name) in data.columns]
    own.sort(key=lambda key: data.columns[key].shape.kind is Kind.LABELS)  # samples first, then what they are called
    main = own[0]
    before: list[PortKey] = []
    if isinstance(kind, PrepareNode) and not checked.document.nodes[node].bypassed:
        before = [(wire.source, wire.output) for wire in checked.document.into(node)
                  if wire.input == kind.inputs[0].name and (wire.source, wire.output) in data.columns][:1]
    rows = data.columns[main].rows
    others = [key for key in (*own[1:], *_answers(checked, data)) if key not in (main, *before)]
    return [*before, main, *dict.fromkeys(key for key in others if data.columns[key].rows == rows)]


def _answers(checked: Checked, data: DataSet) -> list[PortKey]:
    """Labels, or numbers to predict, that stand beside the samples at their source."""
    firsts = {(node, kind.outputs[0].name) for node, kind in checked.types.items() if kind.outputs}
    return [key for key in data.columns if key not in firsts
            or data.columns[key].shape.kind is Kind.LABELS]


def _count(checked: Checked, data: DataSet, node: str) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Everything that needs all rows, as arrays and facts for the store."""
    keys = columns_seen(checked, data, node)
    place = keys.index(next(key for key in keys if key[0] == node))
    sides, others = keys[: place + 1], keys[place + 1 :]
    rows, divided = data.columns[keys[place]].rows, parts_of(data)
    parts = np.zeros(rows, np.int8)
    parts[:] = -1
    for number, part in enumerate(divided):
        parts[part] = number
    labels, classes = _labels(data, [*keys[place:], *keys[:place]])
    target = _target(data, others) if not classes else np.empty(0, np.float32)
    picked = _pick(divided, rows)
    arrays: dict[str, np.ndarray] = {"parts": parts, "labels": labels, "target": target, "picked": picked}
    facts: dict[str, Any] = {"node": node, "rows": rows, "classes": list(classes), "sides": [], "others": []}
    made = []
    for number, key in enumerate(sides):
        side = _see(key, data.columns[key], parts, divided, picked, target)
        made.append(side)
        for name in ("moments", "edges", "bars", "covariance", "points"):
            arrays[f"{number} {name}"] = getattr(side, name)
        facts["sides"].append({"key": key, "entry": _entry_of(checked, data, key[0]), "axes": side.axes,
                               "shares": side.shares})
    facts["others"] = [{"key": key, "entry": _entry_of(checked, data, key[0])} for key in others]
    arrays["class counts"] = np.stack([np.bincount(labels[part], minlength=len(classes)) for part in divided]) \
        if classes else np.empty((0, 0), np.int64)
    found = _findings(made[-1], classes, arrays["class counts"], keys, data)
    facts["findings"] = [asdict(one) for one in found]
    small = thumbnail(made[-1].column, labels, target, arrays["class counts"], prepared=place > 0,
                      points=made[-1].points if not made[-1].shares else None, picked=picked)
    arrays |= {f"thumbnail {name}": value for name, value in asdict(small).items()}
    return arrays, facts


def _labels(data: DataSet, keys: Iterable[PortKey]) -> tuple[np.ndarray, tuple[str, ...]]:
    for key in keys:
        column = data.columns[key]
        if column.shape.kind is Kind.LABELS and len(column.shape.classes) <= MANY_CLASSES:
            return column.values, column.shape.classes
    return np.empty(0, np.int64), ()


def _target(data: DataSet, keys: Iterable[PortKey]) -> np.ndarray:
    for key in keys:
        column = data.columns[key]
        if column.shape.kind is Kind.FEATURES and column.shape.width == 1:
            return column.values[:, 0]
    return np.empty(0, np.float32)


def _pick(divided: tuple[np.ndarray, ...], rows: int) -> np.ndarray:
    """Rows for a scatter plot, in proportion from every part (whose order is random already), ascending."""
    share = min(1.0, POINTS / max(rows, 1))
    return np.sort(np.concatenate([part[: round(len(part) * share)] for part in divided])).astype(np.int64)


def _see(key: PortKey, column: Column, parts: np.ndarray, divided: tuple[np.ndarray, ...], picked: np.ndarray,
         target: np.ndarray) -> Side:
    """Counts one column."""
    if column.shape.kind is Kind.LABELS:
        nothing = np.empty((0, 0, 0))
        return Side(key, column, nothing, np.empty((0, 0)), nothing, np.empty((0, 0)), np.empty((0, 2)))
    rows, part = statistics.flat(column.values), parts
    train = divided[0]
    if column.shape.kind is Kind.SEQUENCE:
        there = column.mask()
        rows, part = column.values[there], np.repeat(parts, there.sum(axis=1))
        train = np.flatnonzero(part == 0)
    known = statistics.moments(rows, part, len(divided))
    if column.shape.kind is Kind.IMAGE or column.shape.picture:
        edges, bars = statistics.histogram_of_all(rows, part, len(divided), known)
    else:
        edges, bars = statistics.histograms(rows, part, len(divided), known)
    matrix = statistics.covariance(rows, train)
    points, axes, shares = np.empty((0, 2)), (), ()
    if column.shape.kind is not Kind.SEQUENCE and len(train) > 1:
        points, axes, shares = _project(rows, column, train, matrix, picked, target)
    return Side(key, column, known, edges, bars, matrix, points, axes, shares)


def _project(rows: np.ndarray, column: Column, train: np.ndarray, matrix: np.ndarray, picked: np.ndarray,
             target: np.ndarray) -> tuple[np.ndarray, tuple[str, ...], tuple[float, ...]]:
    """Points in the plane: two components as they are, one against the target, more on their principal axes."""
    names = column.names or tuple(f"x{'₁₂'[place]}" for place in range(min(2, rows.shape[1])))
    if rows.shape[1] == 2:
        return rows[picked].astype(np.float64), (names[0], names[1]), ()
    if rows.shape[1] == 1:
        if not len(target):
            return np.empty((0, 2)), (), ()
        return np.stack([rows[picked, 0], target[picked]], axis=1).astype(np.float64), (names[0], "y"), ()
    mean, axes, shares = statistics.principal_axes(rows, train, matrix)
    return (rows[picked] - mean) @ axes, (), tuple(float(share) for share in shares)


def _findings(side: Side, classes: tuple[str, ...], counts: np.ndarray, keys: list[PortKey],
              data: DataSet) -> list[Finding]:
    found: list[Finding] = []
    shape, (node, port) = side.column.shape, side.key
    if shape.kind is Kind.FEATURES and shape.picture is None and len(side.moments) > 1:
        found += about_components(node, port, side.column.names, side.moments[1], side.covariance)
    if classes:
        owner = next(key for key in keys if data.columns[key].shape.classes == classes)
        if owner[0] == node:  # else its source says it
            found += about_classes(*owner, classes, counts[0])
    return found


# At the other end


def open_view(store: Store, key: str) -> View:
    """Maps what `look` has put under the key, which another process of ours has just checked.

    Raises OSError, or ValueError and its kin, where it has gone in the meantime: look again.
    """
    entry = read_entry(store.place(key), trusted=True)
    arrays, facts = entry.arrays, entry.facts
    columns: dict[PortKey, Column] = {}
    for known in (*facts["sides"], *facts["others"]):
        name = (known["key"][0], known["key"][1])
        columns[name] = column_of(read_entry(store.place(known["entry"]), trusted=True), name[1])
    sides = tuple(_side(number, known, columns, arrays) for number, known in enumerate(facts["sides"]))
    others = tuple((key, columns[key]) for key in (tuple(known["key"]) for known in facts["others"]))
    small = Thumbnail(**{name.removeprefix("thumbnail "): np.array(value) for name, value in arrays.items()
                         if name.startswith("thumbnail ")})
    found = tuple(Finding(one["code"], one["node"], one["port"], tuple(one["places"]), tuple(one["names"]),
                          one["number"]) for one in facts["findings"])
    source = open_view(store, facts["source"]) if facts["source"] else None
    return View(facts["node"], facts["rows"], arrays["parts"], sides, others, tuple(facts["classes"]),
                arrays["class counts"], arrays["labels"], arrays["target"], arrays["picked"], found, small, source)


def _side(number: int, known: Mapping[str, Any], columns: Mapping[PortKey, Column],
          arrays: Mapping[str, np.ndarray]) -> Side:
    key = (known["key"][0], known["key"][1])
    parts = (arrays[f"{number} {name}"] for name in ("moments", "edges", "bars", "covariance", "points"))
    return Side(key, columns[key], *parts, tuple(known["axes"]), tuple(known["shares"]))
