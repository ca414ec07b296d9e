"""Stages: each as if it were trained by hand, the weights of others resting, codes computed once, resumed to the bit."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import built, commands, events
from engine.controls import Controls
from engine.data.half import check_with_data
from engine.errors import RunProblem
from engine.executor import Machine
from engine.figures import LAYER_QUANTITIES
from engine.network import Network
from engine.nodes import CATALOG
from engine.ops.primitive import Region
from engine.saved_run import SavedRun, save_checkpoint
from engine.telemetry import Reader
from engine.training import Training
from graphs import edits
from graphs.document import Document, Node, Wire
from tests.engine.small_runs import checked, digest, exhaust, only, parameters, prepared, trained, weights

KINDS = {
    "autoencoder": {"tied": True}, "denoising_autoencoder": {"sigma": 0.2}, "sparse_autoencoder": {},
    "contractive_autoencoder": {}, "stochastic_autoencoder": {}, "boltzmann_machine": {"turns": 2},
    "predictive_sparse_decomposition": {}, "semantic_hashing": {"hidden": ""},
}


def stack(kind: str = "autoencoder", parameters: dict[str, Any] | None = None, between: Node | None = None,
          **training: Any) -> Document:
    """Iris through two autoencoders to a softmax: 4 steps an epoch without validation samples."""
    nodes = [
        Node("iris1", "iris"), Node("normalize1", "normalize"), Node("a1", "autoencoder", {"units": 6}),
        Node("a2", kind, {"units": 5, **(parameters or {})}),
        Node("answer", "dense", {"units": 3, "activation": "softmax"}), Node("loss", "cross_entropy"),
        *([between] if between else []),
    ]
    features, label = (port.name for port in CATALOG.get("iris").outputs)
    ends = [("iris1", features, "normalize1", "x"), ("normalize1", "x", "a1", "x"), ("a2", "code", "answer", "x"),
            ("answer", "y", "loss", "prediction"), ("iris1", label, "loss", "label")]
    ends += [("a1", "code", between.id, "x"), (between.id, "y", "a2", "x")] if between else [("a1", "code", "a2", "x")]
    settings = {"batch_size": 40, "epochs": 4, "learning_rate": 0.02, "pretraining": True, "pretraining_epochs": 3,
                "validation_share": 0.0, **training}
    return Document({node.id: node for node in nodes}, frozenset(Wire(*end) for end in ends), settings)


def deep(**training: Any) -> Document:
    features = CATALOG.get("iris").outputs[0].name
    nodes = (Node("iris1", "iris"), Node("normalize1", "normalize"), Node("d", "deep_autoencoder", {"hidden": "8 5", "units": 2}))
    wires = frozenset({Wire("iris1", features, "normalize1", "x"), Wire("normalize1", "x", "d", "x")})
    return Document({node.id: node for node in nodes}, wires,
                    {"batch_size": 40, "epochs": 4, "pretraining": True, "pretraining_epochs": 3, "validation_share": 0.0,
                     **training})


def stop_at(document: Document, stage: int) -> Training:
    """A run at the beginning of this stage."""
    training = prepared(document)
    while training.course.place < stage:
        exhaust(training.advance(1))
    return training


def on_codes(training: Training, port: tuple[str, str], node: Node, folder: Path, **settings: Any) -> Training:
    """A document of its own with this node, on what a port of the run gives for all samples."""
    inputs = {key: training.built.dataset.columns[key].values for key in training.built.assembly.predict_inputs}
    np.save(folder / "codes.npy", training.machine.forward(inputs, [port])[port])
    nodes = {"file": Node("file", "array_file", {"file": "codes.npy"}), node.id: node}
    document = Document(nodes, frozenset({Wire("file", "features", node.id, "x")}),
                        {"batch_size": 40, "epochs": 3, "learning_rate": 0.02, "validation_share": 0.0, **settings})
    made = Training(check_with_data(document, CATALOG, folder), folder)
    exhaust(made.prepare())
    return made


@pytest.mark.parametrize("kind", KINDS)
def test_a_stage_is_what_training_by_hand_on_the_codes_gives(kind: str, tmp_path: Path) -> None:
    staged = stop_at(stack(kind, KINDS[kind]), 1)
    by_hand = on_codes(staged, ("a1", "code"), staged.built.checked.document.nodes["a2"], tmp_path)
    exhaust(by_hand.advance())
    exhaust(staged.advance(12))
    assert staged.course.place == 2
    for key, wanted in parameters(by_hand):
        np.testing.assert_array_equal(staged.machine.parameter(key), wanted, err_msg=key)


def test_the_first_stage_is_the_first_autoencoder_alone() -> None:
    document = stack()
    alone = edits.remove(edits.set_training(edits.reset_training(document, "pretraining"), "epochs", 3), ["a2", "answer", "loss"])
    staged, by_hand = stop_at(document, 1), trained(alone)
    for key, wanted in parameters(by_hand):
        np.testing.assert_array_equal(staged.machine.parameter(key), wanted, err_msg=key)


def test_a_pair_of_a_deep_autoencoder_is_an_autoencoder_on_the_layer_below(tmp_path: Path) -> None:
    staged = stop_at(deep(), 1)
    assert staged.built.network.kept == (("d", "layer1"),)
    below = staged.machine.regions[staged.built.assembly.columns[("d", "layer1")]].reshape(150, 8)
    x = staged.built.dataset.columns[("normalize1", "x")].values
    w, b = (staged.machine.parameter(f"d/encode1.{name}") for name in ("weight", "bias"))
    np.testing.assert_allclose(below, np.tanh(x @ w.T + b), atol=1e-6)
    np.save(tmp_path / "codes.npy", below)
    node = Node("d", "autoencoder", {"units": 5, "activation": "tanh", "output_activation": "tanh"})
    document = Document({"file": Node("file", "array_file", {"file": "codes.npy"}), "d": node},
                        frozenset({Wire("file", "features", "d", "x")}), {"batch_size": 40, "epochs": 3, "validation_share": 0.0})
    by_hand = Training(check_with_data(document, CATALOG, tmp_path), tmp_path)
    exhaust(by_hand.prepare())
    names = {"encode.weight": "encode2.weight", "encode.bias": "encode2.bias", "decode.weight": "decode2.weight",
             "decode.bias": "decode2.bias"}
    for mine, theirs in names.items():
        by_hand.machine.parameter(f"d/{mine}")[...] = staged.machine.parameter(f"d/{theirs}")
    exhaust(by_hand.advance())
    exhaust(staged.advance(12))
    for mine, theirs in names.items():
        np.testing.assert_array_equal(staged.machine.parameter(f"d/{theirs}"), by_hand.machine.parameter(f"d/{mine}"))


def test_only_what_a_stage_trains_changes() -> None:
    training = prepared(stack("denoising_autoencoder", weight_decay=0.01))
    moved: list[set[str]] = []
    for _ in range(3):
        place, before = training.course.place, dict(parameters(training))
        while training.course.place == place and not training.finished:
            exhaust(training.advance(1))
        after = dict(parameters(training))
        moved.append({key for key in after if not np.array_equal(after[key], before[key])})
    first = {f"a1/{half}.{what}" for half in ("encode", "decode") for what in ("weight", "bias")}
    assert moved[0] == first
    assert moved[1] == {key.replace("a1", "a2") for key in first}
    assert moved[2] == {"a1/encode.weight", "a1/encode.bias", "a2/encode.weight", "a2/encode.bias", "answer/weight", "answer/bias"}


def test_what_lies_below_is_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    passes: list[tuple[str, ...]] = []
    forward = Machine.forward

    def counted(self: Machine, inputs: Any, wanted: Any) -> Any:
        passes.append(tuple("/".join(port) for port in wanted))
        return forward(self, inputs, wanted)

    monkeypatch.setattr(Machine, "forward", counted)
    training = stop_at(stack(), 1)
    exhaust(training.advance(11))
    assert passes == [("a1/code",)]
    assert {step.node for step in training.built.assembly.train["pass"] if step.node} == {"a2", "a1"}  # a1 gives its column
    (column,) = [str(step) for step in training.built.assembly.train["pass"] if step.node == "a1"]
    assert "gather" in column
    exhaust(training.advance())
    assert passes == [("a1/code",)]


def test_what_is_drawn_anew_below_is_computed_in_every_step() -> None:
    training = stop_at(stack(between=Node("dropout1", "dropout", {"rate": 0.3})), 1)
    assert training.built.network.kept == (("a1", "code"),)
    nodes = {step.node for step in training.built.assembly.train["pass"]}
    assert "dropout1" in nodes


def test_frozen_layers_are_computed_once_when_everything_is_tuned() -> None:
    document = stack()
    frozen = edits.set_parameter(document, "a1", "frozen", True)
    with pytest.raises(RunProblem, match="“Pre-train a1” has nothing to train"):
        prepared(frozen)
    training = prepared(edits.set_training(frozen, "stages", [{"trains": ["a2"]}, {}]))
    before = training.machine.parameter("a1/encode.weight").copy()
    exhaust(training.advance())
    assert training.built.network.kept == (("a1", "code"),)
    np.testing.assert_array_equal(training.machine.parameter("a1/encode.weight"), before)


def test_a_layer_can_be_trained_alone_by_the_loss_of_the_graph() -> None:
    document = edits.set_training(stack(), "stages", [{"trains": ["answer"], "epochs": 2}])
    training = prepared(document)
    before = dict(parameters(training))
    exhaust(training.advance())
    changed = {key for key, value in parameters(training) if not np.array_equal(value, before[key])}
    assert changed == {"answer/weight", "answer/bias"}
    assert training.built.network.kept == (("a2", "code"),)


def test_every_stage_has_its_own_optimiser_rate_and_epochs() -> None:
    document = edits.set_training(stack(), "stages", [
        {"trains": ["a1"], "optimizer": "sgd", "epochs": 2}, {"trains": ["a2"], "batch_size": 50, "learning_rate": 0.5},
        {"optimizer": "lbfgs", "epochs": 2}])
    training = prepared(document)
    assert (training.info.epochs, training.planned_steps) == (2 + 4 + 2, 8 + 12 + 2)
    found = exhaust(training.advance(every_epoch=True))
    assert [(event.stage, event.step, event.epoch) for event in only(found, events.StageBegan)] == [(1, 8, 2), (2, 20, 6)]
    assert [event.epoch for event in only(found, events.EpochDone)] == list(range(1, 9))
    assert training.legs == [(0, 0.0, 4), (8, 2.0, 3), (20, 6.0, 1)]
    assert training.built.network.dtype == np.float64
    assert only(found, events.Finished)[0].step == training.planned_steps == 22


@pytest.mark.parametrize("document", [
    stack("denoising_autoencoder", between=Node("dropout1", "dropout", {"rate": 0.2})),
    stack("boltzmann_machine", optimizer="momentum", validation_share=0.2, early_stopping=True, retrain=True, patience=1,
          test_in="steps", test_every=3),
    deep(optimizer="sgd", learning_rate=0.1),
], ids=["dropout", "early", "deep"])
def test_a_run_stopped_at_random_steps_and_resumed_gives_the_same_bytes(document: Document, tmp_path: Path) -> None:
    whole = trained(document)
    expected, steps = digest(weights(whole, tmp_path)), whole.machine.step_count
    training = prepared(document)
    for stop in sorted(random.Random(5).sample(range(1, steps), 9)):
        exhaust(training.advance(stop - training.machine.step_count))
        save_checkpoint(tmp_path, training)
        saved = SavedRun(tmp_path, CATALOG)
        training = saved.training()
        exhaust(training.prepare())
        assert saved.restore(training) == []
        assert training.machine.step_count == stop
    exhaust(training.advance())
    assert digest(weights(training, tmp_path)) == expected
    assert training.course.begun == whole.course.begun
    assert training.legs == whole.legs
    for series in ("steps", "epochs"):
        mine, theirs = (getattr(one.machine, series) for one in (training, whole))
        np.testing.assert_array_equal(mine.total[:, 0], theirs.total[:, 0])


def test_a_run_begins_again_with_the_first_stage() -> None:
    training = trained(stack())
    wanted = dict(parameters(training))
    training.reset()
    assert (training.course.place, training.machine.step_count, training.legs) == (0, 0, [(0, 0.0, 4)])
    exhaust(training.advance())
    for key, value in parameters(training):
        np.testing.assert_array_equal(value, wanted[key])


def test_early_stopping_ends_a_stage_and_not_the_run() -> None:
    training = prepared(stack(validation_share=0.2, early_stopping=True, patience=1, stop_after="increases", learning_rate=0.5,
                              epochs=60, pretraining_epochs=60))
    found = exhaust(training.advance())
    stopped, began = only(found, events.StoppedEarly), only(found, events.StageBegan)
    assert len(began) == 2
    assert stopped[0].step == began[0].step < 60 * 3
    assert training.machine.step_count < training.course.begun[-1].step + 60 * 3 or not training.stopping.progress.stopped
    assert training.planned_steps <= 180 * 3


def test_afterwards_it_is_trained_on_all_data_from_where_the_stage_began() -> None:
    document = stack(validation_share=0.3, early_stopping=True, retrain=True, patience=1, epochs=9, stop_after="increases",
                     learning_rate=0.3)
    document = edits.bypass(edits.reset_training(document, "pretraining"), ["normalize1"], on=True)
    training = prepared(document)  # without a preparation, which would be fitted on the training part alone
    found = exhaust(training.advance())
    (began,), best = only(found, events.StageBegan), training.course.begun[1].epochs
    assert began.title == "Training: again, on all data"
    assert training.info.train_rows == 150 and training.info.validation_rows == 0
    by_hand = prepared(edits.bypass(stack(epochs=best, pretraining=False, learning_rate=0.3), ["normalize1"], on=True))
    by_hand.machine.regions[Region.TRAIN_ROWS].sort()  # the same samples in the same order
    exhaust(by_hand.advance())
    assert best == round(training.course.begun[1].epochs) < 9
    for key, wanted in parameters(by_hand):
        np.testing.assert_array_equal(training.machine.parameter(key), wanted, err_msg=key)


def test_the_rate_can_be_changed_in_a_stage_and_the_change_is_replayed() -> None:
    document = stack()
    training = stop_at(document, 1)
    exhaust(training.advance(3))
    training.set_rate(0.3)
    exhaust(training.advance(9))
    assert (training.course.place, training.rate) == (2, 0.02)  # the next stage has its own
    training.set_rate(0.1)
    exhaust(training.advance())
    again = trained(document, replay=training.changes)
    for key, wanted in parameters(training):
        np.testing.assert_array_equal(again.machine.parameter(key), wanted)


def test_orders_are_obeyed_in_any_stage() -> None:
    controls = Controls()
    training = prepared(stack(), controls=controls)
    exhaust(training.advance(14))
    controls.put(commands.Pause())
    (_, paused) = exhaust(training.advance())
    assert (paused.state, paused.step) == ("paused", 14)
    controls.put(commands.Stop())
    assert only(exhaust(training.advance()), events.Finished)[0].reason == "stopped"


def test_what_diverges_in_a_later_stage_is_told_with_the_step_of_the_run() -> None:
    document = edits.set_training(stack(), "stages", [
        {"trains": ["a1"]}, {"trains": ["a2"], "optimizer": "sgd", "learning_rate": 1000.0, "epochs": 400}, {}])
    training = prepared(edits.set_parameter(document, "a2", "activation", "identity"))
    found = exhaust(training.advance())
    (diverged,) = only(found, events.Diverged)
    assert diverged.node == "a2" and diverged.step == training.machine.step_count + 1 > 16
    assert all(np.isfinite(value).all() for _, value in parameters(training))


def test_the_graph_can_be_changed_in_a_later_stage() -> None:
    document = stack()
    training = stop_at(document, 1)
    exhaust(training.advance(5))
    before = dict(parameters(training))
    found = exhaust(training.take(checked(edits.set_parameter(document, "answer", "activation", "identity")), None))
    assert only(found, events.GraphChanged)[0].kept == len(before)
    assert (training.course.place, training.machine.step_count) == (1, 17)
    exhaust(training.advance(3))
    assert not np.array_equal(training.machine.parameter("a2/encode.weight"), before["a2/encode.weight"])
    np.testing.assert_array_equal(training.machine.parameter("a1/encode.weight"), before["a1/encode.weight"])
    shorter = edits.set_training(document, "stages", [{}])
    exhaust(training.take(checked(shorter), None))
    assert training.course.place == 0
    exhaust(training.advance())
    assert training.finished


def test_histories_and_views_know_the_stages() -> None:
    training = prepared(stack(validation_share=0.2))
    exhaust(training.advance())
    info = training.info
    assert [(stage.title, stage.nodes, stage.step, stage.epoch) for stage in info.stages] == [
        ("Pre-train a1", ("a1",), 0, 0), ("Pre-train a2", ("a2",), 9, 3), ("Fine-tune everything", (), 18, 6)]
    assert (info.stage, info.epochs) == (2, 10)
    series = Reader(training.built.assembly.step_channels, training.machine.steps).read(training.legs)
    gradient = {node: series.mean[:, series.column("gradient", node, "encode" if node != "answer" else "")]
                for node in ("a1", "a2", "answer")}
    trains = {"a1": {*range(9), *range(18, 30)}, "a2": {*range(9, 30)}, "answer": {*range(18, 30)}}
    for node, values in gradient.items():  # statistics are taken when there is time
        known = {*np.flatnonzero(np.isfinite(values)).tolist()}
        assert known and known <= trains[node]
    epochs = Reader(training.built.assembly.epoch_channels, training.machine.epochs).read(training.legs, by_epoch=True)
    assert epochs.step.tolist() == list(range(3, 31, 3))
    accuracy = epochs.mean[:, epochs.column("validation_accuracy")]
    assert np.isnan(accuracy[:6]).all() and np.isfinite(accuracy[6:]).all()
    assert len(LAYER_QUANTITIES) * len(info.layers) < len(info.step_channels)


@pytest.mark.parametrize("kind", ["denoising_autoencoder", "boltzmann_machine"])
def test_the_error_of_every_encoder_is_told_while_everything_is_tuned(kind: str) -> None:
    training = stop_at(stack(kind), 2)
    exhaust(training.advance(1))
    series = Reader(training.built.assembly.step_channels, training.machine.steps).read(training.legs)
    told = {(channel.node, channel.layer): series.mean[-1, place] for place, channel in series.columns("delta")}
    assert {node for (node, layer), size in told.items() if size > 0} == {"a1", "a2", "answer"}
    assert all(np.isnan(size) for (_, layer), size in told.items() if layer == "decode")


def test_a_notebook_trains_all_stages_and_evaluates_by_the_last(tmp_path: Path) -> None:
    document = stack(validation_share=0.2)
    net = Network(document)
    values = net.train()
    assert [row["epoch"] for row in net.history] == list(range(1, 11))
    assert values["validation_accuracy"] == pytest.approx(net.evaluate()["validation_accuracy"])
    net.save(tmp_path / "run")
    from engine import load

    assert load(tmp_path / "run").evaluate() == net.evaluate()


def test_a_plan_without_a_supervised_end_trains_the_autoencoders_alone() -> None:
    document = edits.remove(stack(), ["answer", "loss"])
    training = trained(document)
    assert [stage.title for stage in training.course.stages] == ["Pre-train a1", "Pre-train a2"]
    assert training.built.settings.epochs == 4


def test_weights_below_can_be_made_by_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    """Codes follow the weights with which the stage begins, whoever has set them."""
    training = stop_at(stack(), 1)
    training.machine.parameter("a1/encode.weight")[...] = 0
    built.compute_kept(training.built)
    codes = training.machine.regions[training.built.assembly.columns[("a1", "code")]].reshape(150, 6)
    bias = training.machine.parameter("a1/encode.bias").astype(float)
    np.testing.assert_allclose(codes, np.tile(1 / (1 + np.exp(-bias)), (150, 1)), atol=1e-6)
    assert replace(training.built.stage, again=True).again
