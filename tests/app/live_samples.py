"""Made-up runs for tests of the live views: a source that answers like the engine, with curves like real ones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from engine.commands import Inquiry, LookAround, Probe
from engine.events import (
    ChannelInfo,
    LayerInfo,
    LossInfo,
    MapInfo,
    PredictionInfo,
    ReconstructionInfo,
    RunInfo,
    TryInfo,
)
from engine.frames import Frame
from engine.telemetry import Channel, Series
from graphs.document import Document, Node

STEPS_AN_EPOCH = 44
LAYER_QUANTITIES = ("gradient", "weight", "update", "mean", "deviation", "silent")


def bucketed(values: np.ndarray, channels: tuple[Channel, ...], per_epoch: float, most: int = 1024) -> Series:
    """(steps × K) values as the engine would keep them: at most `most` buckets with extremes."""
    steps, width = len(values), 1
    while steps > most * width:
        width *= 2
    starts = np.arange(0, steps, width)
    known = np.isfinite(values)
    filled = np.where(known, values, 0)
    count = np.add.reduceat(known.astype(np.int64), starts, axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.add.reduceat(filled, starts, axis=0) / count
    low = np.fmin.reduceat(np.where(known, values, np.nan), starts, axis=0)
    high = np.fmax.reduceat(np.where(known, values, np.nan), starts, axis=0)
    parts = (part.astype(np.float32) for part in (low, high, mean))
    return Series(channels, starts + 1, (starts + 1) / per_epoch, *parts, count, width)


@dataclass
class Sample:
    """A run at a moment, as `Feed` reads it. Tests change what they like before they refresh the feed."""

    run: RunInfo
    step_values: np.ndarray
    epoch_values: np.ndarray
    arrays: dict[str, np.ndarray] = field(default_factory=dict)
    per_epoch: float = STEPS_AN_EPOCH
    watched: list[str] = field(default_factory=list)
    probes: list[Probe] = field(default_factory=list)
    looks: list[LookAround] = field(default_factory=list)
    inquiries: list[Inquiry] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.upto: int | None = None
        self._cache: dict[object, Series] = {}

    def steps(self) -> Series:
        key = ("steps", self.upto)
        if key not in self._cache:
            channels = tuple(Channel(c.quantity, c.node, c.layer) for c in self.run.step_channels)
            self._cache[key] = bucketed(self.step_values[: self.upto], channels, self.per_epoch)
        return self._cache[key]

    def epochs(self) -> Series:
        last = None if self.upto is None else int(self.upto // self.per_epoch)
        key = ("epochs", last)
        if key not in self._cache:
            channels = tuple(Channel(c.quantity, c.node, c.layer) for c in self.run.epoch_channels)
            self._cache[key] = bucketed(self.epoch_values[:last], channels, 1.0)
        return self._cache[key]

    def frame(self) -> Frame | None:
        count = len(self.step_values[: self.upto])
        kept = {key: array for key in self.watched if (array := self.array(key)) is not None}
        return Frame(count, count / self.per_epoch, kept) if kept else None

    def look_around(self, order: LookAround) -> None:
        self.looks.append(order)

    def probe(self, sample: Probe) -> None:
        self.probes.append(sample)

    def inquire(self, order: Inquiry) -> None:
        self.inquiries.append(order)

    def array(self, key: str) -> np.ndarray | None:
        """What is watched under this key; a whole part of the data looks like the few samples that views show."""
        kind, _, place = key.partition(":")
        twins = (f"output:{place}", f"labels:{place}") if kind in ("check", "train") else ()
        twins += (key.partition("@")[0],) if kind == "strongest" else ()
        return next((self.arrays[name] for name in (key, *twins) if name in self.arrays), None)

    def watch(self, keys: Iterable[str]) -> None:
        self.watched = list(keys)


def step_channels(layers: Iterable[LayerInfo], losses: Iterable[str] = ()) -> tuple[ChannelInfo, ...]:
    per_layer = [ChannelInfo(q, layer.node, layer.layer) for q in LAYER_QUANTITIES for layer in layers]
    return (ChannelInfo("loss"), *(ChannelInfo("loss", node) for node in losses), *per_layer)


EPOCH_QUANTITIES = ("train_loss", "validation_loss", "train_accuracy", "validation_accuracy")


def falling(count: int, start: float, end: float, noise: float, random: np.random.Generator,
            speed: float = 6.0) -> np.ndarray:
    """A noisy curve that falls exponentially, like a loss."""
    x = np.arange(count) / max(count - 1, 1)
    clean = end + (start - end) * np.exp(-speed * x)
    return clean * np.exp(noise * random.standard_normal(count))


def blobs(random: np.random.Generator, count: int, tall: int = 8, wide: int = 8) -> np.ndarray:
    """Pictures with strokes, 0 … 1."""
    rows, columns = np.mgrid[0:tall, 0:wide]
    made = np.zeros((count, tall, wide))
    for index in range(count):
        for _ in range(3):
            r, c, angle = random.uniform(1, tall - 2), random.uniform(1, wide - 2), random.uniform(0, np.pi)
            along = (rows - r) * np.cos(angle) + (columns - c) * np.sin(angle)
            across = -(rows - r) * np.sin(angle) + (columns - c) * np.cos(angle)
            made[index] = np.maximum(made[index], np.exp(-(across**2) / 0.8 - (along**2) / 9))
    return made


def autoencoder(steps: int = 1628, seed: int = 1, classify: bool = True) -> Sample:
    """Digits → sparse autoencoder 64-32-64 → dense 10, as in the pictures of the window."""
    random = np.random.default_rng(seed)
    layers = (LayerInfo("sae", "encode", "sae · encode", (32, 64), (8, 8), 0, "sigmoid", ("sae", "code"),
                        ("digits", "pixels"), (8, 8), 0.2),
              LayerInfo("sae", "decode", "sae · decode", (64, 32), None, 1, "sigmoid"),
              LayerInfo("dense", "", "dense", (10, 32), None, 2, "softmax"))
    classes = tuple("0123456789")
    run = RunInfo(
        layers=layers, losses=(LossInfo("loss", "loss"),),
        reconstructions=(ReconstructionInfo("sae", ("digits", "pixels"), ("sae", "reconstruction"), (8, 8), 64, (),
                                             ("sae", "code"), 32, 64.0),),
        predictions=(PredictionInfo("loss", ("dense", "y"), ("digits", "label"), classes),) if classify else (),
        outputs=(("digits", "pixels"), ("sae", "code"), ("sae", "reconstruction"), ("dense", "y")),
        tries=(TryInfo("digits", "pixels", (8, 8), 0.0, 1.0, (("digits", "pixels"),),
                       (("sae", "code"), ("sae", "reconstruction"), ("dense", "y"))),),
        parameters=5610, steps_per_epoch=STEPS_AN_EPOCH, epochs=100, step_channels=step_channels(layers),
        epoch_channels=tuple(ChannelInfo(q) for q in EPOCH_QUANTITIES))
    loss = falling(steps, 12.0, 0.44, 0.12, random, 14)
    gradients = [falling(steps, 0.35, 0.1, 0.3, random, 20), falling(steps, 0.3, 0.022, 0.15, random),
                 falling(steps, 0.4, 0.055, 0.35, random, 4)]
    others = [np.full(steps, value) * np.exp(0.1 * random.standard_normal(steps))
              for value in (3.0, 2.8, 1.9, 0.004, 0.002, 0.006, 0.21, 0.3, 0.1, 0.2, 0.2, 0.3, 0.12, 0.0, 0.0)]
    epochs = max(1, steps // STEPS_AN_EPOCH)
    whole = loss[: epochs * STEPS_AN_EPOCH] if steps >= STEPS_AN_EPOCH else loss[:1]
    train = whole.reshape(epochs, -1).mean(axis=1)
    validation = train * 1.05 + 0.01 * random.standard_normal(epochs)
    accuracy = 1 - 0.9 * np.exp(-np.arange(epochs) / 6)
    pictures = blobs(random, 64)
    weights = random.standard_normal((64, 32)) * 0.5 + blobs(random, 32).reshape(32, 64).T * 1.6 - 0.5
    logits = random.standard_normal((64, 10)) * 0.6
    truth = random.integers(0, 10, 64)
    logits[np.arange(64), truth] += 3.2
    arrays = {
        "weights:sae/encode": (weights.T + 0.4 * random.standard_normal((32, 64))).astype(np.float32),
        "weights:sae/decode": weights.astype(np.float32),
        "weights:dense/": random.standard_normal((10, 32)).astype(np.float32),
        "output:digits/pixels": pictures.reshape(64, 64).astype(np.float32),
        "output:sae/code": random.beta(0.5, 1.6, (64, 32)).astype(np.float32),
        "output:sae/reconstruction": np.clip(pictures.reshape(64, 64) + 0.13 * random.standard_normal((64, 64)), 0, 1
                                             ).astype(np.float32),
        "output:dense/y": (np.exp(logits) / np.exp(logits).sum(1, keepdims=True)).astype(np.float32),
        "labels:digits/label": truth,
    }
    arrays["activity:sae/code"] = arrays["output:sae/code"].mean(axis=0)
    arrays["strongest:sae/code"] = np.hstack([np.linspace(1, 0.5, 16)[:, None], arrays["output:digits/pixels"][:16]])
    arrays["pca:sae"] = np.array([0.9, np.nan], np.float32)
    return Sample(run, np.stack([loss, *gradients, *others], axis=1),
                  np.stack([train, validation, accuracy - 0.01, accuracy - 0.03], axis=1), arrays)


def deep(count: int = 12, steps: int = 4000, prefix: str = "dense", seed: int = 2) -> Sample:
    """A chain of dense layers whose gradient vanishes towards the input."""
    random = np.random.default_rng(seed)
    names = [f"{prefix}{i + 1}" for i in range(count)]
    layers = tuple(LayerInfo(name, "", name, (32, 32), None, i, "sigmoid") for i, name in enumerate(names))
    run = RunInfo(layers=layers, losses=(LossInfo("loss", "loss"),),
                  outputs=tuple((layer.node, "y") for layer in layers), steps_per_epoch=STEPS_AN_EPOCH, epochs=0,
                  step_channels=(*step_channels(layers), *(ChannelInfo("delta", layer.node) for layer in layers)),
                  epoch_channels=tuple(ChannelInfo(q) for q in EPOCH_QUANTITIES[:2]))
    loss = falling(steps, 2.3, 0.3, 0.15, random)
    gradients = [falling(steps, 0.5, 0.1, 0.25, random) * 10.0 ** (-0.45 * (count - 1 - i)) for i in range(count)]
    rest = [np.abs(random.standard_normal(steps)) for _ in range(5 * count)]
    epochs = max(1, steps // STEPS_AN_EPOCH)
    each = np.stack([falling(epochs, 2.0, 0.3, 0.02, random), falling(epochs, 2.0, 0.33, 0.04, random)], axis=1)
    arrays = {f"weights:{layer.node}/": random.standard_normal((32, 32)).astype(np.float32) for layer in layers}
    arrays |= {f"output:{layer.node}/y": random.random((64, 32)).astype(np.float32) for layer in layers}
    return Sample(run, np.stack([loss, *gradients, *rest, *(2 * gradient for gradient in gradients)], axis=1), each, arrays)


def spirals(steps: int = 2000, seed: int = 3, grid: int = 48) -> Sample:
    """Two spirals → dense 16 → dense 1, with a map."""
    random = np.random.default_rng(seed)
    layers = (LayerInfo("dense1", "", "dense1", (16, 2), None, 0, "tanh"),
              LayerInfo("dense2", "", "dense2", (1, 16), None, 1, "sigmoid"))
    run = RunInfo(layers=layers, losses=(LossInfo("loss", "loss"),),
                  predictions=(PredictionInfo("loss", ("dense2", "y"), ("toy", "label"), ("first", "second")),),
                  maps=(MapInfo("toy", "points", (-1.2, 1.2, -1.2, 1.2), grid, (("dense1", "y"), ("dense2", "y"))),),
                  outputs=(("toy", "points"), ("dense1", "y"), ("dense2", "y")), steps_per_epoch=STEPS_AN_EPOCH,
                  epochs=200, step_channels=step_channels(layers), epoch_channels=tuple(ChannelInfo(q) for q in EPOCH_QUANTITIES))
    truth = np.arange(64) % 2
    turn = 0.5 + 2.6 * np.pi * np.sqrt(np.arange(64) / 64)
    points = np.stack([np.cos(turn + np.pi * truth), np.sin(turn + np.pi * truth)], 1) * (turn / 9.2)[:, None]
    axis = np.linspace(-1.2, 1.2, grid)
    x, y = np.meshgrid(axis, axis)
    radius, angle = np.hypot(x, y), np.arctan2(y, x)
    field_ = -np.cos(angle - radius * 9.2) * 6 * np.clip(radius * 3, 0, 1)
    each = np.stack([falling(steps // STEPS_AN_EPOCH, 0.7, 0.1, 0.03, random) for _ in range(4)], 1)
    each[:, 2:] = 1 - each[:, 2:] / 2
    values = np.stack([falling(steps, 0.7, 0.1, 0.2, random) for _ in range(1 + 12)], 1)
    arrays = {"output:toy/points": points.astype(np.float32), "labels:toy/label": truth,
              "map:dense2/y": (1 / (1 + np.exp(-field_))).reshape(-1, 1).astype(np.float32),
              "map:dense1/y": random.random((grid * grid, 16)).astype(np.float32),
              "weights:dense1/": random.standard_normal((16, 2)).astype(np.float32),
              "weights:dense2/": random.standard_normal((1, 16)).astype(np.float32),
              "output:dense1/y": np.tanh(random.standard_normal((64, 16))).astype(np.float32),
              "output:dense2/y": random.random((64, 1)).astype(np.float32)}
    return Sample(run, values, each, arrays)


def document(sample: Sample) -> Document:
    """A document with the nodes of the run, so that they can be selected."""
    types = {"digits": "digits", "toy": "toy2d", "sae": "autoencoder", "loss": "cross_entropy"}
    run = sample.run
    ids = {layer.node for layer in run.layers} | {loss.node for loss in run.losses} | {port[0] for port in run.outputs}
    return Document(nodes={node: Node(node, types.get(node, "dense")) for node in sorted(ids)})
