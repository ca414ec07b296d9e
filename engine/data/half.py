"""Runs the data half of a graph: sources, the split, preparations fitted on the training part. Once, and kept.

Every node's result is kept under a digest of what it depends on (parameters, the state of its files, the digests of
what is wired to it, and the split where it is fitted), so that an edit runs again only what it touches.
"""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Protocol

import numpy as np

from engine.data.columns import Column
from engine.data.paths import stamp
from engine.data.results import RESULTS, Result
from engine.data.splits import Division, divide
from engine.errors import RunProblem
from engine.nodes.node import DataNode, PrepareNode, RowRule, is_data
from engine.nodes.source import Source
from graphs.catalog import Catalog
from graphs.checks import Checked, check
from graphs.document import Document
from graphs.language import tr
from graphs.spec import Kind, Shape, ShapeError, Site

PortKey = tuple[str, str]


class SplitSettings(Protocol):
    """The training settings that concern the data."""

    @property
    def validation_share(self) -> float: ...
    @property
    def split_seed(self) -> int: ...


@dataclass(frozen=True, slots=True)
class DataSet:
    """What a run trains on. `train`, `validation` and `test` are row numbers; `fitted` holds each preparation's
    statistics. Columns that the network does not read may have other numbers of rows than `rows`. `digests` tells of
    each data node what its outputs depend on."""

    columns: Mapping[PortKey, Column]
    rows: int
    train: np.ndarray
    validation: np.ndarray
    fitted: Mapping[str, Mapping[str, np.ndarray]] = field(default_factory=dict)
    digest: str = ""
    test: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    digests: Mapping[str, str] = field(default_factory=dict)


def run_data_half(checked: Checked, folder: Path | None, settings: SplitSettings,
                  wanted: Collection[str] | None = None) -> DataSet:
    """The data set of a checked graph without errors. Raises `RunProblem` with a sentence and the node.

    `wanted` names data nodes to run, with all that they depend on; by default those that the network half reads.
    """
    half = _Half(checked, folder, frozenset(_needed(checked, wanted)))
    for node in half.order:
        if not half.is_fitted(node) or half.settles(node):
            half.run(node)
    rows = half.rows(wanted)
    rules = _row_rules(checked)
    division = Division(settings.validation_share, seed=settings.split_seed)
    for rule in rules:
        division = rule.division(division)
    labels = half.labels(rows)
    train, validation, test = divide(rows, division, None if labels is None else labels.values)
    half.divide(train, f"{rows} {division} {labels.digest() if labels else ''}")
    for node in half.order:
        if half.is_fitted(node):
            half.run(node)
    for rule in rules:
        train = rule.resample(train)
    return DataSet(half.columns, rows, train, validation, half.fitted, half.digest(train, validation, test), test,
                   half.digests)


def check_with_data(document: Document, catalog: Catalog, folder: Path | None) -> Checked:
    """Checks a graph whose files may hold more than their heads say: reads them, and checks again if that taught
    something. The results are kept, so a run that follows reads nothing twice."""
    checked = check(document, catalog, folder)
    data = set(_data_nodes(checked))
    if checked.training is None or any(problem.place.node in data for problem in checked.errors):
        return checked
    try:
        run_data_half(checked, folder, checked.training)
    except RunProblem:  # the second check tells why, or the run will
        return check(document, catalog, folder)
    return checked


def prepare_for_prediction(checked: Checked, fitted: Mapping[str, Mapping[str, np.ndarray]],
                           given: Mapping[PortKey, np.ndarray]) -> dict[PortKey, np.ndarray]:
    """New samples, given for outputs of the data half, through the preparations as they were fitted in training."""
    known = {key: _as_samples(_settled(checked, fitted, key, values), checked.outputs[key], key)
             for key, values in given.items()}
    for node in _data_nodes(checked):
        kind, entered = checked.types[node], _sources_of(checked, node)
        if not kind.inputs or kind.inputs[0].name not in entered:
            continue
        source = entered[kind.inputs[0].name]
        key = (node, kind.outputs[0].name)
        if source not in known or key in known:
            continue
        if checked.document.nodes[node].bypassed:
            known[key] = known[source]
        elif kind.renews:
            try:
                made = kind.renew(fitted.get(node, {}), known[source])
            except ShapeError as error:
                raise RunProblem(error.text, node, error.parameter or "") from error
            known[key] = _as_samples(made, checked.outputs[key], key)
    return known


def _settled(checked: Checked, fitted: Mapping[str, Mapping[str, np.ndarray]], key: PortKey,
             values: np.ndarray) -> np.ndarray:
    """New samples of the right width, completed as those of the file were, where their source completes them."""
    kind = checked.types[key[0]]
    settles = isinstance(kind, Source) and kind.settles and key[1] == kind.outputs[0].name
    if not settles or key[0] not in fitted or np.shape(values)[-1:] != checked.outputs[key].sizes:
        return values
    return kind.settle(fitted[key[0]], np.asarray(values, dtype=np.float32))


def origin_of(checked: Checked, key: PortKey) -> PortKey:
    """The output of the data half for which samples are given: before everything that brings them behind it."""
    document, kind = checked.document, checked.types[key[0]]
    while kind.inputs and is_data(kind) and (kind.renews or document.nodes[key[0]].bypassed):
        wire = document.wire_into(key[0], kind.inputs[0].name)
        if wire is None:
            break
        key = (wire.source, wire.output)
        kind = checked.types[key[0]]
    return key


def _as_samples(values: np.ndarray, shape: Shape, key: PortKey) -> np.ndarray:
    """The values as an array for this port. Raises `RunProblem` if they are not samples of its shape."""
    if shape.kind is Kind.LABELS:
        return np.ascontiguousarray(values, dtype=np.int64)
    array = np.ascontiguousarray(values, dtype=np.float32)
    if array.ndim == 1:
        array = array[None, :]
    if array.ndim == 2 and array.shape[1] == shape.width:
        array = array.reshape(len(array), *shape.sizes)
    if array.shape[1:] != shape.sizes:
        got = "×".join(["B", *(str(size) for size in array.shape[1:])])
        text = tr("{node} gives {wanted}, the new data are {got}.", node=key[0], wanted=shape, got=got)
        raise RunProblem(text, key[0])
    if not np.isfinite(array).all():
        row = int(np.argwhere(~np.isfinite(array))[0][0])
        raise RunProblem(tr("Sample {row} of the new data holds a value that is not a number.", row=row + 1), key[0])
    return array


def _data_nodes(checked: Checked) -> Iterator[str]:
    return (node for node in checked.order if is_data(checked.types.get(node)))


def _sources_of(checked: Checked, node: str) -> dict[str, PortKey]:
    """Input port → the output port that feeds it."""
    return {wire.input: (wire.source, wire.output) for wire in checked.document.into(node)}


def _needed(checked: Checked, wanted: Collection[str] | None) -> set[str]:
    """The wanted data nodes, or those that the network half reads (all, if there is none), and what they depend on."""
    data = set(_data_nodes(checked))
    if wanted is None:
        wanted = {node for node, _ in _read(checked)} or data
    needed: set[str] = set()
    waiting = [node for node in wanted if node in data]
    while waiting:
        node = waiting.pop()
        if node not in needed:
            needed.add(node)
            waiting += [source for source, _ in _sources_of(checked, node).values() if source in data]
    return needed


def _row_rules(checked: Checked) -> list[RowRule]:
    """One of each type: the checks have seen to it that several say the same."""
    nodes = checked.document.nodes
    rules = [rule for node, rule in checked.types.items() if isinstance(rule, RowRule) and not nodes[node].bypassed]
    return list({type(rule): rule for rule in rules}.values())


def _read(checked: Checked) -> list[PortKey]:
    """The outputs of the data half that the network half reads."""
    data = set(_data_nodes(checked))
    return sorted({(wire.source, wire.output) for wire in checked.document.wires
                   if wire.source in data and wire.target not in data})


class _Half:
    """The data nodes of one run, in order, with what they gave so far."""

    def __init__(self, checked: Checked, folder: Path | None, needed: frozenset[str]) -> None:
        self.checked, self.folder = checked, folder
        self.order = [node for node in _data_nodes(checked) if node in needed]
        self.columns: dict[PortKey, Column] = {}
        self.fitted: dict[str, Mapping[str, np.ndarray]] = {}
        self.digests: dict[str, str] = {}
        self._after_fit: set[str] = set()
        self._train, self._split = np.empty(0, np.int64), ""
        for node in self.order:
            kind, active = checked.types[node], not checked.document.nodes[node].bypassed
            behind = [source for source, _ in _sources_of(checked, node).values() if source in self._after_fit]
            if behind and active and kind.changes_rows:
                raise RunProblem(
                    tr("{node} makes other samples, so it cannot follow {fitted}, which learns from those that train: "
                       "put it before.", node=node, fitted=behind[0]), node)
            fits = active and ((isinstance(kind, PrepareNode) and kind.fits) or self.settles(node))
            if behind or fits:
                self._after_fit.add(node)

    def is_fitted(self, node: str) -> bool:
        """Whether the node's outputs depend on which rows train."""
        return node in self._after_fit

    def settles(self, node: str) -> bool:
        """Whether the node is a source whose samples are completed when it is known which rows train."""
        kind = self.checked.types[node]
        return isinstance(kind, Source) and kind.settles

    def divide(self, train: np.ndarray, name: str) -> None:
        """From here on preparations are fitted on these rows."""
        self._train, self._split = train, name

    def run(self, node: str) -> None:
        """Adds the outputs of one node, made now or kept from before."""
        kind = self.checked.types[node]
        entered = _sources_of(self.checked, node)
        given = {port: self.columns[key] for port, key in entered.items() if key in self.columns}
        if self.checked.document.nodes[node].bypassed or isinstance(kind, RowRule):
            self._pass_on(node, given)
            return
        outputs = frozenset(wire.output for wire in self.checked.document.out_of(node))
        site = Site(node, self.folder, outputs)
        try:
            digest = self._digest(node, site)
            result = RESULTS.in_memory(digest) or self._on_disk(digest, kind, site)
            if result is None:
                began = time.perf_counter()
                result = self._make(kind, given, site)
                RESULTS.keep(digest, result, time.perf_counter() - began)
        except ShapeError as error:
            raise RunProblem(error.text, node, error.parameter or "", error.cures) from error
        except MemoryError as error:
            raise RunProblem(tr("There is not enough memory for the data of {node}.", node=node), node) from error
        self.digests[node] = digest
        for port, column in result.columns.items():
            self._compare(node, port, column.shape)
            self.columns[(node, port)] = column
        if isinstance(kind, PrepareNode) or result.fitted:
            self.fitted[node] = result.fitted

    def _pass_on(self, node: str, given: Mapping[str, Column]) -> None:
        """A bypassed node, and one that only rules over rows, gives its first input to its first output."""
        kind = self.checked.types[node]
        if kind.inputs and kind.outputs and kind.inputs[0].name in given:
            self.columns[(node, kind.outputs[0].name)] = given[kind.inputs[0].name]
        entered = _sources_of(self.checked, node)
        self.digests[node] = "".join(self.digests.get(source, "") for source, _ in entered.values())

    def _on_disk(self, digest: str, kind: DataNode, site: Site) -> Result | None:
        """What another process made, if it looks like what this node gives."""
        result = RESULTS.on_disk(digest)
        if result is not None:
            kind.recall(result.columns, site)
        return result

    def _make(self, kind: DataNode, given: Mapping[str, Column], site: Site) -> Result:
        if any(port.name not in given and not port.optional for port in kind.inputs):
            raise RunProblem(tr("{node} prepares data before training starts: it cannot follow what is computed in every "
                                "step.", node=site.node), site.node)
        if not isinstance(kind, PrepareNode):
            if self._split and self.settles(site.node):
                made = {port: column for (node, port), column in self.columns.items() if node == site.node}
                first = kind.outputs[0].name
                samples, measured = made[first], kind.measure(made[first], self._train)
                settled = Column(kind.settle(measured, samples.values), samples.shape, samples.names)
                return Result({**made, first: settled}, measured)
            return Result(kind.load(given, site))
        column = given[kind.inputs[0].name]
        fitted = {name: np.asarray(value) for name, value in kind.learn(column, self._train).items()}
        port = kind.outputs[0].name
        shape = self.checked.outputs[(site.node, port)]
        names = kind.names(column.names) if column.names else ()
        values = kind.apply(fitted, column.values)
        if shape.ragged:
            values = values * column.mask()[:, :, None]
        return Result({port: Column(values, shape, names, column.lengths if shape.ragged else None)}, fitted)

    def _digest(self, node: str, site: Site) -> str:
        kind = self.checked.types[node]
        entered = sorted(_sources_of(self.checked, node).items())
        files = kind.files(site) if isinstance(kind, Source) else ()
        parts = [
            kind.type_name(), kind.version, kind.model_dump(mode="json"), [stamp(file) for file in files],
            [(port, output, self.digests.get(source, "")) for port, (source, output) in entered],
            self._split if self.is_fitted(node) else "",
        ]
        return blake2b(json.dumps(parts, sort_keys=True).encode(), digest_size=16).hexdigest()

    def _compare(self, node: str, port: str, shape: Shape) -> None:
        checked = self.checked.outputs.get((node, port))
        if checked is not None and checked != shape:
            raise RunProblem(tr("{node} gives {shape} now, and gave {before} when the graph was checked: check it "
                                "again.", node=node, shape=_described(shape), before=_described(checked)), node)

    def rows(self, wanted: Collection[str] | None) -> int:
        """How many rows there are: the same number in all that the network reads and in all that is fitted, or else
        `RunProblem`. What is merely looked at may have any number."""
        read = _read(self.checked) if wanted is None else []
        ends = [(node, port) for node in self.order if wanted is None or node in wanted
                for port in self._wired_or_first(node)]
        fitted = [key for key in ends if key[0] in self._after_fit]
        known = [key for key in map(self._unfitted, read or fitted or ends[-1:]) if key in self.columns]
        if not known and wanted:
            node = min(wanted)
            raise RunProblem(tr("{node} has no samples of its own before training starts.", node=node), node)
        if not known:
            raise RunProblem(tr("The graph has no data: add a data node and wire it."))
        first, rows = known[0][0], self.columns[known[0]].rows
        for key in known:
            if self.columns[key].rows != rows:
                raise RunProblem(
                    tr("{first} has {rows} rows and {second} has {other}: data that are used together need the same "
                       "number of rows.", first=first, rows=f"{rows:,}", second=key[0],
                       other=f"{self.columns[key].rows:,}"), key[0])
        return rows

    def _wired_or_first(self, node: str) -> list[str]:
        """The outputs of a node that matter: the wired ones, else its first."""
        wired = {wire.output for wire in self.checked.document.out_of(node)}
        return sorted(wired) or [port.name for port in self.checked.types[node].outputs[:1]]

    def _unfitted(self, key: PortKey) -> PortKey:
        """The output from which this one gets its rows, and which is there before anything is fitted."""
        while key[0] in self._after_fit and not self.settles(key[0]):
            entered = _sources_of(self.checked, key[0])
            first = self.checked.types[key[0]].inputs[0].name
            if first not in entered:
                break
            key = entered[first]
        return key

    def labels(self, rows: int) -> Column | None:
        """The labels that the split keeps in proportion: the first there are for these rows, wired or not."""
        return next((column for column in self.columns.values()
                     if column.shape.kind is Kind.LABELS and column.rows == rows), None)

    def digest(self, *parts: np.ndarray) -> str:
        """A hash of everything that is trained on: two runs with the same one saw the same data."""
        state = blake2b(digest_size=16)
        for (node, port), column in sorted(self.columns.items()):
            state.update(f"{node} {port} {column.digest()}\n".encode())
        for rows in parts:
            state.update(rows)
        return state.hexdigest()


def _described(shape: Shape) -> str:
    return tr("{count} classes", count=len(shape.classes)) if shape.kind is Kind.LABELS else str(shape)
