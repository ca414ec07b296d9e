"""What is being trained, in words and numbers that views and files use: from a built run to a `RunInfo`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from engine import codes
from engine.assembly import Assembly
from engine.compiler import PortKey
from engine.data.half import DataSet, origin_of
from engine.events import (
    ChannelInfo,
    CurveInfo,
    LossInfo,
    MapInfo,
    PredictionInfo,
    RunInfo,
    TryInfo,
)
from engine.nodes.node import NetworkNode
from engine.segments import place_parameters
from engine.stages import StageInfo
from engine.telemetry import Channel, Leg
from engine.waists import inputs_behind, layer_info, layer_outputs, picture_of, reconstructions
from graphs.checks import Checked

if TYPE_CHECKING:
    from engine.executor import Machine

MAP_GRID = 100  # a map has 100 × 100 points
FIELD_GRID = 24  # arrows along each side of a vector field
MAP_MARGIN = 0.1  # of the data's extent, on each side
CURVE_POINTS = 240
CURVE_MARGIN = 0.04
LARGEST_TRY = 64 * 64  # pixels of a picture that can be drawn by hand


def describe(assembly: Assembly, dataset: DataSet, *, seed: int, rate: float, legs: Sequence[Leg],
             stages: Sequence[StageInfo] = (), epochs: int = 0) -> RunInfo:  # fmt: skip
    """Everything a view needs to know before the first number arrives."""
    network, declared = assembly.network, assembly.network.declared
    document = network.checked.document
    inputs, ports = inputs_behind(network.use), layer_outputs(network.use)
    return RunInfo(
        layers=tuple(layer_info(assembly, spec, ports, inputs) for spec in network.layers),
        losses=tuple(LossInfo(spec.node, document.nodes[spec.node].label) for spec in network.losses
                     if spec.quantity == "loss"),
        metrics=tuple(dict.fromkeys(quantity for quantity, _ in assembly.report.quantities)),
        reconstructions=tuple(reconstructions(assembly, dataset, ports)),
        predictions=tuple(PredictionInfo(*entry) for entry in declared.predictions),
        maps=tuple(_maps(assembly, dataset, inputs)),
        curves=tuple(_curves(assembly, dataset, inputs)),
        tries=tuple(_tries(assembly, dataset, inputs)),
        fields=tuple(_fields(assembly, dataset, inputs)),
        codes=tuple(codes.codes(assembly, inputs)),
        labels=codes.labels(assembly, dataset),
        outputs=watchable_outputs(assembly),
        parameters=network.parameter_count,
        bytes=sum(size * (4 if network.dtype == np.float32 else 8) for size in assembly.sizes.values()),
        train_rows=len(dataset.train),
        validation_rows=len(dataset.validation),
        test_rows=len(dataset.test),
        steps_per_epoch=steps_per_epoch(assembly, dataset),
        epochs=epochs,
        seed=seed,
        learning_rate=rate,
        scheduled=network.settings.schedule != "constant" or network.settings.warm_up > 0,
        step_channels=_channels(assembly.step_channels),
        epoch_channels=_channels(assembly.epoch_channels),
        legs=tuple(legs),
        stages=tuple(stages),
    )  # fmt: skip


def steps_per_epoch(assembly: Assembly, dataset: DataSet) -> int:
    """Mini-batches of an epoch, the last short one counted."""
    return -(-len(dataset.train) // assembly.batch)


def watchable_outputs(assembly: Assembly) -> tuple[PortKey, ...]:
    """Outputs that a forward pass gives: those of the network half, and what it reads."""
    return tuple(sorted({*assembly.predict_outputs, *assembly.predict_inputs}))


def _maps(assembly: Assembly, dataset: DataSet, inputs: dict[PortKey, frozenset[PortKey]]) -> Iterable[MapInfo]:
    for key in assembly.predict_inputs:
        column = dataset.columns[key]
        if column.values.ndim != 2 or column.values.shape[1] != 2:
            continue
        low, high = column.values.min(axis=0), column.values.max(axis=0)
        if column.shape.low is not None and column.shape.high is not None:  # the map stays while points are added
            low, high = np.minimum(low, column.shape.low), np.maximum(high, column.shape.high)
        margin = MAP_MARGIN * np.maximum(high - low, 1e-6)
        left, bottom = (low - margin).tolist()
        right, top = (high + margin).tolist()
        outputs = tuple(output for output, behind in inputs.items()
                        if behind == {key} and output in assembly.predict_outputs)  # fmt: skip
        yield MapInfo(*key, (left, right, bottom, top), MAP_GRID, outputs)


def _fields(assembly: Assembly, dataset: DataSet, inputs: dict[PortKey, frozenset[PortKey]]) -> Iterable[MapInfo]:
    """The reconstructions of points in the plane, over a coarse grid: every arrow must be seen."""
    rebuilt = [(entry[1], entry[2]) for entry in assembly.network.declared.reconstructions]
    for one in _maps(assembly, dataset, inputs):
        made = tuple(output for given, output in rebuilt if given == (one.node, one.port) and output in one.watchable)
        if made:
            yield replace(one, grid=FIELD_GRID, watchable=made)


def _curves(assembly: Assembly, dataset: DataSet, inputs: dict[PortKey, frozenset[PortKey]]) -> Iterable[CurveInfo]:
    for origin, _, outputs in _origins(assembly, inputs):
        column = dataset.columns.get(origin)
        if outputs and column is not None and column.values.ndim == 2 and column.values.shape[1] == 1:
            low, high = float(column.values.min()), float(column.values.max())
            margin = CURVE_MARGIN * max(high - low, 1e-6)
            yield CurveInfo(*origin, low - margin, high + margin, CURVE_POINTS, outputs)


def _origins(assembly: Assembly, inputs: dict[PortKey, frozenset[PortKey]]) -> Iterable[
        tuple[PortKey, tuple[PortKey, ...], tuple[PortKey, ...]]]:  # fmt: skip
    """Each source output behind what the network reads: itself, what is read of it, and the outputs that depend on
    nothing else."""
    checked = assembly.network.checked
    origins = {key: origin_of(checked, key) for key in assembly.predict_inputs}
    for origin in dict.fromkeys(origins.values()):
        read = tuple(key for key, source in origins.items() if source == origin)
        yield origin, read, tuple(sorted(output for output, behind in inputs.items()
                                         if behind and behind <= {*read} and output in assembly.predict_outputs))


def _tries(assembly: Assembly, dataset: DataSet, inputs: dict[PortKey, frozenset[PortKey]]) -> Iterable[TryInfo]:
    checked = assembly.network.checked
    for origin, read, outputs in _origins(assembly, inputs):
        shape = checked.outputs[origin]
        picture = picture_of(shape)
        if picture is None or picture[0] * picture[1] > LARGEST_TRY:
            continue
        low, high = shape.low, shape.high
        if low is None or high is None:
            column = dataset.columns.get(origin)
            low, high = (0.0, 1.0) if column is None else (float(column.values.min()), float(column.values.max()))
        if outputs:
            yield TryInfo(*origin, picture, low, high, read, outputs)


def same_network(before: Checked, after: Checked) -> bool:
    """Whether two graphs differ at most in where their data come from."""

    def network(checked: Checked) -> object:
        nodes = {key: (node.type, dict(node.parameters), node.bypassed) for key, node in checked.document.nodes.items()
                 if isinstance(checked.types.get(key), NetworkNode)}
        return nodes, checked.document.wires, checked.training

    return network(before) == network(after)


def same_work(before: Checked, after: Checked) -> bool:
    """Whether two graphs train alike: they differ at most in names and positions."""

    def work(checked: Checked) -> object:
        nodes = {key: (node.type, dict(node.parameters), node.bypassed) for key, node in checked.document.nodes.items()}
        return nodes, checked.document.wires, checked.training

    return not before.errors and work(before) == work(after)


def _channels(channels: Iterable[Channel]) -> tuple[ChannelInfo, ...]:
    return tuple(ChannelInfo(channel.quantity, channel.node, channel.layer) for channel in channels)


def zero_shares(machine: Machine) -> dict[str, float]:
    """Which share of each layer's weights is exactly 0, by node, where anything is trained with LASSO (U5)."""
    network = machine.network
    if not any(segment.rule.lasso for segment in place_parameters(network)[1]):
        return {}
    return {f"zero_weights/{layer.node}": float(np.mean(machine.parameter(layer.weight) == 0)) for layer in network.layers}


def named_values(keys: Iterable[tuple[str, str]], numbers: Iterable[float]) -> dict[str, float]:
    """Figures by name: `train_loss`; and `train_loss/<node>` for each node where several nodes have such a figure.

    `keys` are (quantity, node). Where no node has an empty name, the first one stands for the quantity. What is not
    finite is left out.
    """
    pairs = [(quantity, node, number) for (quantity, node), number in zip(keys, numbers, strict=True)]
    found: dict[str, float] = {}
    for quantity, node, number in pairs:
        if not np.isfinite(number):
            continue
        nodes = [other for name, other, _ in pairs if name == quantity and other]
        if node == "" or (nodes[0] == node and (quantity, "") not in {(name, other) for name, other, _ in pairs}):
            found[quantity] = float(number)
        if node and len(nodes) > 1:
            found[f"{quantity}/{node}"] = float(number)
    return found
