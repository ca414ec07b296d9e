"""The small live numbers on nodes: taken from the run, five times a second, and only while they are wanted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.feed import Feed
from app.graph_model import GraphModel
from app.training import node_numbers
from app.training.node_numbers import NodeNumbers
from engine.events import ChannelInfo
from engine.nodes import CATALOG
from graphs.document import Document, Node, Wire
from tests.app import live_samples

NODES = {"digits": Node("digits", "digits"), "sae": Node("sae", "autoencoder", {"units": 32}),
         "dense": Node("dense", "dense", {"units": 10}), "loss": Node("loss", "cross_entropy")}  # fmt: skip
WIRES = frozenset({Wire("digits", "pixels", "sae", "x"), Wire("sae", "code", "dense", "x"),
                   Wire("dense", "y", "loss", "prediction"), Wire("digits", "label", "loss", "label")})  # fmt: skip


@pytest.fixture
def sample() -> live_samples.Sample:
    return live_samples.autoencoder()


@pytest.fixture
def numbers(qapp, sample: live_samples.Sample) -> NodeNumbers:
    model = GraphModel(CATALOG)
    model.open(Document(nodes=NODES, wires=WIRES))
    assert not model.checked.errors
    made = NodeNumbers(model, Feed(sample))
    made.kept = model
    made.feed.show_run(sample.run)
    made.feed.show_status(state="running")
    made.refresh(at_once=True)
    return made


def test_layers_show_what_moves_in_them(numbers: NodeNumbers, sample: live_samples.Sample) -> None:
    sae, steps = numbers.shown["sae"], sample.steps()
    both = [steps.latest(steps.column("gradient", "sae", layer)) for layer in ("encode", "decode")]
    assert sae.training
    assert sae.depth == (0, 3)
    assert sae.gradient == pytest.approx(np.hypot(*both))
    assert sae.mean == pytest.approx(steps.latest(steps.column("mean", "sae", "encode")))
    assert sae.update == pytest.approx(max(steps.latest(steps.column("update", "sae", x)) for x in ("encode", "decode")))
    assert sae.error == pytest.approx(
        np.square(sample.arrays["output:digits/pixels"] - sample.arrays["output:sae/reconstruction"]).mean())
    assert np.array_equal(sae.code, sample.arrays["output:sae/code"][0])
    assert 20 < len(sae.curve) <= node_numbers.CURVE_POINTS


def test_the_node_that_names_classes_shows_bars_and_accuracy(numbers: NodeNumbers, sample: live_samples.Sample) -> None:
    dense = numbers.shown["dense"]
    assert np.allclose(dense.bars, sample.arrays["output:dense/y"][0])
    assert dense.accuracy == pytest.approx(float(sample.epoch_values[-1, 3]), abs=1e-6)
    loss = numbers.shown["loss"]
    assert loss.loss == pytest.approx(sample.steps().latest(0))
    assert loss.training
    assert loss.gradient is None


def test_a_source_shows_its_pictures(numbers: NodeNumbers, sample: live_samples.Sample) -> None:
    digits = numbers.shown["digits"]
    assert digits.tiles.shape == (8, 8, 8)
    assert np.array_equal(digits.tiles[3].reshape(-1), sample.arrays["output:digits/pixels"][3])
    assert not digits.training


def test_wires_carry_rms_forward_and_gradients_back(numbers: NodeNumbers, sample: live_samples.Sample) -> None:
    code = sample.arrays["output:sae/code"]
    assert numbers.shown["sae"].rms["code"] == pytest.approx(np.sqrt(np.square(code).mean()), rel=1e-5)
    steps = sample.steps()
    dense = steps.latest(steps.column("gradient", "dense"))
    assert numbers.shown["dense"].back["x"] == pytest.approx(dense), "into a layer: that layer's"
    assert numbers.shown["loss"].back["prediction"] == pytest.approx(dense), "into a loss: of the layer before it"
    assert "label" not in numbers.shown["loss"].back


def test_numbers_come_five_times_a_second(numbers: NodeNumbers, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1e6]
    monkeypatch.setattr("app.training.node_numbers.time.monotonic", lambda: now[0])
    told: list[object] = []
    numbers.changed.connect(told.append)
    for _ in range(30):
        now[0] += 1 / 30
        numbers.feed.refresh()
    assert 4 <= len(told) <= 6
    numbers.feed.show_status(state="paused")
    numbers.feed.refresh()
    assert len(told) <= 7
    assert not told[-1]["sae"].training, "a change of state is shown at once"


def test_switched_off_nothing_is_watched_or_shown(numbers: NodeNumbers, sample: live_samples.Sample) -> None:
    assert "output:sae/code" in sample.watched
    numbers.switch(False)
    assert sample.watched == []
    assert numbers.shown == {}
    numbers.switch(True)
    assert "output:sae/code" in sample.watched
    assert numbers.shown["sae"].depth == (0, 3)


def test_very_wide_outputs_and_labels_are_not_watched(numbers: NodeNumbers) -> None:
    checked = numbers.model.checked
    keys = node_numbers.watch_keys(numbers.feed.run, checked)
    assert sorted(keys) == ["output:dense/y", "output:digits/pixels", "output:sae/code", "output:sae/reconstruction"]
    assert node_numbers.watch_keys(None, checked) == []


def test_a_run_without_numbers_yet_shows_none(qapp) -> None:
    sample = live_samples.autoencoder()
    sample.upto, sample.arrays = 0, {}
    model = GraphModel(CATALOG)
    model.open(Document(nodes=NODES, wires=WIRES))
    feed = Feed(sample)
    feed.show_run(sample.run)
    shown = node_numbers.node_numbers(feed, model.checked)
    assert shown["sae"].gradient is None
    assert shown["loss"].loss is None
    assert shown["sae"].depth == (0, 3)


def test_of_several_predictions_each_shows_its_own_accuracy(numbers: NodeNumbers, sample: live_samples.Sample) -> None:
    first, = sample.run.predictions
    other = replace(first, node="loss2", output=("sae", "code"))
    channels = [ChannelInfo("validation_accuracy", node) for node in ("loss", "loss2")]
    sample.run = replace(sample.run, predictions=(first, other), epoch_channels=tuple(channels))
    sample.epoch_values = np.tile([0.25, 0.75], (len(sample.epoch_values), 1))
    sample._cache.clear()
    numbers.feed.show_run(sample.run)
    numbers.refresh(at_once=True)
    assert (numbers.shown["dense"].accuracy, numbers.shown["sae"].accuracy) == (0.25, 0.75)
