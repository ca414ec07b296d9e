"""A run stopped at any step and resumed writes the same bytes as one that was never stopped."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from engine import checkpoint, events
from engine.errors import BadCheckpoint
from engine.nodes import CATALOG
from engine.saved_run import SavedRun, load_weights, save_checkpoint
from engine.training import Training
from graphs.document import Document
from tests.engine.small_runs import (
    checked,
    digest,
    exhaust,
    gallery,
    iris,
    only,
    prepared,
    trained,
    weights,
    with_parameter,
    with_training,
)

DOCUMENTS = {
    "adam": iris(),
    "sgd": iris(optimizer="sgd", learning_rate=0.1),
    "momentum": iris(optimizer="momentum", shuffle=False),
    "autoencoder": gallery("digits_autoencoder", epochs=2),
    "wide": with_parameter(gallery("digits_autoencoder", epochs=4, batch_size=128), "autoencoder1", units=300),
}


def resumed(folder: Path) -> Training:
    saved = SavedRun(folder, CATALOG)
    training = saved.training()
    exhaust(training.prepare())
    assert saved.restore(training) == []
    return training


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_run_stopped_at_twenty_random_steps_ends_in_the_same_bytes(name: str, tmp_path: Path) -> None:
    document = DOCUMENTS[name]
    whole = trained(document)
    steps = whole.machine.step_count
    expected = digest(weights(whole, tmp_path))
    stops = sorted(random.Random(name).sample(range(1, steps), 20))
    training = prepared(document)
    for stop in stops:
        exhaust(training.advance(stop - training.machine.step_count))
        save_checkpoint(tmp_path, training)
        training = resumed(tmp_path)
        assert training.machine.step_count == stop
    exhaust(training.advance())
    assert digest(weights(training, tmp_path)) == expected


def test_stopped_at_every_step_of_an_epoch_and_a_half(tmp_path: Path) -> None:
    document = iris(epochs=3)
    expected = weights(trained(document), tmp_path)
    for stop in range(7):
        training = prepared(document)
        if stop:
            exhaust(training.advance(stop))
        save_checkpoint(tmp_path, training)
        training = resumed(tmp_path)
        exhaust(training.advance())
        assert weights(training, tmp_path) == expected


def test_the_whole_checkpoint_is_the_same_too(tmp_path: Path) -> None:
    """Not only the weights: figures, history of epochs and counters, so that curves go on without a seam."""
    document = iris()
    whole = trained(document)
    save_checkpoint(tmp_path, whole)
    expected, facts = checkpoint.read_latest(tmp_path)
    half = prepared(document)
    exhaust(half.advance(17))
    save_checkpoint(tmp_path, half)
    again = resumed(tmp_path)
    exhaust(again.advance())
    save_checkpoint(tmp_path, again)
    found, again_facts = checkpoint.read_latest(tmp_path)
    assert again_facts == facts
    for key in expected:
        if not key.startswith("steps."):  # how often layers are looked at follows the clock
            np.testing.assert_array_equal(found[key], expected[key])


def test_changes_made_on_the_way_are_part_of_the_run(tmp_path: Path) -> None:
    straight = prepared(iris())
    exhaust(straight.advance(9))
    straight.set_rate(0.2)
    exhaust(straight.advance(8))
    exhaust(straight.take(checked(with_parameter(iris(), "hidden", units=5)), None))
    exhaust(straight.advance(8))
    save_checkpoint(tmp_path, straight)
    exhaust(straight.advance())
    again = resumed(tmp_path)
    assert again.rate == 0.2
    exhaust(again.advance())
    assert weights(again, tmp_path) == weights(straight, tmp_path)
    assert again.changes == straight.changes
    replayed = trained(iris(), replay=again.changes)
    assert weights(replayed, tmp_path) == weights(straight, tmp_path)


def test_a_resumed_run_trains_on_with_more_epochs(tmp_path: Path) -> None:
    short = trained(iris(epochs=3))
    save_checkpoint(tmp_path, short)
    training = resumed(tmp_path)
    assert training.finished
    exhaust(training.take(checked(iris(epochs=12)), None))
    finished = only(training.advance(), events.Finished)[0]
    assert finished.step == 48
    assert weights(training, tmp_path) == weights(trained(iris(epochs=12)), tmp_path)


def test_another_machine_and_other_data_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    training = prepared(iris())
    exhaust(training.advance(5))
    save_checkpoint(tmp_path, training)
    monkeypatch.setattr(checkpoint, "fingerprint", lambda: {"machine": "abacus"})
    saved = SavedRun(tmp_path, CATALOG)
    again = saved.training()
    exhaust(again.prepare())
    assert any("abacus" in sentence for sentence in saved.restore(again))
    saved = SavedRun(tmp_path, CATALOG)
    other = Training(checked(with_training(iris(), split_seed=9)))
    exhaust(other.prepare())
    assert any("data" in sentence for sentence in saved.restore(other))


@pytest.mark.parametrize("other", [with_parameter(iris(), "hidden", units=9), gallery("xor_mlp"),
                                   iris(optimizer="momentum")])  # fmt: skip
def test_a_checkpoint_of_another_network_is_refused(other: Document, tmp_path: Path) -> None:
    training = prepared(iris())
    exhaust(training.advance(5))
    save_checkpoint(tmp_path, training)
    saved = SavedRun(tmp_path, CATALOG)
    stranger = prepared(other)
    with pytest.raises(BadCheckpoint, match="belongs to another network"):
        saved.restore(stranger)


def test_weights_come_back_into_a_machine_of_the_same_network(tmp_path: Path) -> None:
    training = trained(iris())
    weights(training, tmp_path)
    fresh = prepared(iris())
    fitted = load_weights(tmp_path / "weights.safetensors", fresh.machine)
    assert fresh.evaluated().values == training.evaluated().values
    for name, array in training.built.dataset.fitted["normalize1"].items():
        np.testing.assert_array_equal(fitted["normalize1"][name], array)
    with pytest.raises(BadCheckpoint, match="another network"):
        load_weights(tmp_path / "weights.safetensors", prepared(gallery("xor_mlp")).machine)
