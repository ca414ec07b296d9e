"""What pre-training claims: the figures of the stacked lessons, the cure that makes one of the other, deep below PCA."""

from __future__ import annotations

import numpy as np
import pytest

from engine.nodes import CATALOG
from engine.remedies import remedies
from engine.training import Training
from engine.verdicts import Verdict
from graphs import gallery
from graphs.checks import check
from graphs.document import Document, Node, Wire
from tests.engine.small_runs import exhaust, prepared, trained, with_training

SEEDS = range(10)


def accuracy(document: Document, seed: int) -> float:
    return trained(document, seed=seed).values["validation_accuracy"]


def test_one_click_pre_trains_the_layers_in_which_the_gradient_vanishes() -> None:
    document = gallery.load("stacked_from_scratch")
    layers = prepared(document).info.layers
    (cure,) = [one for one in remedies(Verdict("vanishing"), document, CATALOG, layers) if "Pre-train" in one.text]
    assert cure.text == "Pre-train 6 layers, one by one"
    after = cure.edit(document)
    assert check(after, CATALOG).problems == ()
    assert {node: after.nodes[node].type for node in after.nodes if node.startswith("layer")} == {
        f"layer{number}": "denoising_autoencoder" for number in range(1, 7)}
    assert document.nodes["layer1"].type == "dense"
    assert accuracy(document, 0) <= 0.15 < 0.93 <= accuracy(after, 0)
    again = prepared(after).info.layers
    assert not [one for one in remedies(Verdict("vanishing"), after, CATALOG, again) if "Pre-train" in one.text]


def test_the_cure_only_switches_pre_training_on_where_the_layers_are_autoencoders() -> None:
    document = with_training(gallery.load("stacked_pretrained"), pretraining=False)
    layers = prepared(document).info.layers
    (cure,) = [one for one in remedies(Verdict("vanishing"), document, CATALOG, layers) if "Pre-train" in one.text]
    after = cure.edit(document)
    assert after.nodes == document.nodes
    assert after.training["pretraining"] is True


@pytest.mark.slow
def test_six_sigmoid_layers_learn_nothing_from_random_weights_and_digits_once_pre_trained() -> None:
    """The same seeds, rate, optimiser and epochs; and the very same first weights and mini-batches without the stages
    before the last."""
    pretrained, scratch = gallery.load("stacked_pretrained"), gallery.load("stacked_from_scratch")
    for name in ("optimizer", "learning_rate", "epochs"):
        assert pretrained.training[name] == scratch.training[name]
    assert max(accuracy(scratch, seed) for seed in SEEDS) <= 0.15
    assert max(accuracy(with_training(pretrained, stages=[{}]), seed) for seed in SEEDS) <= 0.15
    assert min(accuracy(pretrained, seed) for seed in SEEDS) >= 0.93


@pytest.mark.slow
def test_a_deep_code_rebuilds_better_than_a_shallow_one_and_that_better_than_pca() -> None:
    document = gallery.load("digits_deep_code_2d")
    shallow = Document(
        {"digits1": Node("digits1", "digits"),
         "shallow1": Node("shallow1", "autoencoder", {"units": 2, "activation": "identity", "output_activation": "sigmoid"})},
        frozenset({Wire("digits1", "pixels", "shallow1", "x")}), {"epochs": 300, "schedule": "cosine", "learning_rate": 0.006})
    for seed in (0, 1, 2):
        deep, flat = trained(document, seed=seed), trained(shallow, seed=seed)
        for part, rows in (("train", deep.built.dataset.train), ("validation", deep.built.dataset.validation)):
            figure = f"{part}_mean_squared_error"
            assert deep.values[figure] < 0.04 < flat.values[figure] < _pca(deep, rows)


def _pca(training: Training, rows: np.ndarray) -> float:
    """The error of the best plane through the training samples."""
    x = training.built.dataset.columns[("digits1", "pixels")].values.astype(np.float64)
    given = x[training.built.dataset.train]
    middle = given.mean(axis=0)
    axes = np.linalg.svd(given - middle, full_matrices=False)[2][:2]
    away = x[rows] - middle
    return float(np.square(away - away @ axes.T @ axes).mean())


def test_a_pair_that_was_pre_trained_rebuilds_the_layer_below_it() -> None:
    """Every pair of the deep lesson ends below the error of its first steps."""
    training = prepared(with_training(gallery.load("digits_deep_code_2d"), epochs=1, pretraining_epochs=10))
    for place in range(3):
        exhaust(training.advance(training.steps_to_epoch_end))
        first = training.values["train_mean_squared_error"]
        while training.course.place == place:
            last = training.values["train_mean_squared_error"]
            exhaust(training.advance(training.steps_to_epoch_end))
        assert last < 0.7 * first
