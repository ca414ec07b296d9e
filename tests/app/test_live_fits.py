"""Cards that show what a network fits: the curve through its samples, predictions over targets, confused classes."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.live import numbers
from app.live.codes.scatter import CodeScatterCard
from app.live.confusion import ConfusionCard, confusion
from app.live.fitted_curve import FittedCurveCard
from app.live.free_energy import FreeEnergyCard
from app.live.neighbours import NeighboursCard
from app.live.panel import overview
from app.live.reconstruction import ReconstructionCard
from app.live.target_scatter import TargetScatterCard
from app.live.unit_activity import UnitActivityCard
from engine.nodes import CATALOG
from engine.training import Training
from engine.watching import Watching
from graphs import gallery
from graphs.checks import check
from tests.app.live_kit import again, colors, near, shown
from tests.app.live_samples import Sample
from tests.engine.small_networks import checked, document


def sample_of(training: Training) -> Sample:
    """What the engine says of a run now: its description, and every array that a card may ask for."""
    keys = [f"{kind}:{node}/{port}" for kind in ("check", "train", "curve", "output")
            for node, port in {*training.built.dataset.columns, *training.info.outputs}]
    arrays = Watching(training.built, training.info, keys).arrays()
    return Sample(training.info, np.ones((3, len(training.info.step_channels))),
                  np.ones((1, len(training.info.epoch_channels))), arrays)


def prepared(training: Training, steps: int) -> Training:
    for _ in training.prepare():
        continue
    training.machine.run(steps)
    return training


@pytest.fixture(scope="module")
def polynomial() -> Training:
    """x⁰…x³ by hand through a normalisation, so that a sample must pass two preparations."""
    doc = document({"data": ("noisy_curve", {"size": 50}), "powers": ("polynomial_features", {"degree": 3}),
                    "norm": ("normalize", {}), "unit": ("dense", {"units": 1}), "loss": ("squared_error", {})},
                   "data.x>powers.x powers.x>norm.x norm.x>unit.x unit.y>loss.prediction data.y>loss.target")
    return prepared(Training(checked(doc)), 60)


@pytest.fixture(scope="module")
def digits() -> Training:
    return prepared(Training(check(gallery.load("digits_softmax"), CATALOG)), 200)


def test_the_curve_is_what_the_network_says_of_new_samples(polynomial: Training, qtbot) -> None:
    (info,) = polynomial.info.curves
    assert (info.node, info.port) == ("data", "x")
    assert info.watchable == (("unit", "y"),)
    card = shown(qtbot, FittedCurveCard, sample_of(polynomial), width=420)
    x, y = card.curve
    weight, bias = polynomial.machine.parameter("unit/weight")[0], polynomial.machine.parameter("unit/bias")[0]
    fitted = polynomial.built.dataset.fitted["norm"]
    powers = np.stack([x, x**2, x**3], axis=1)
    train = polynomial.built.dataset.columns["powers", "x"].values[polynomial.built.dataset.train]
    assert fitted
    expected = (powers - train.mean(axis=0)) / train.std(axis=0) @ weight + bias
    np.testing.assert_allclose(y, expected, atol=1e-3)
    assert len(card.trained.x) == 40
    assert len(card.kept.x) == 10
    data = polynomial.built.dataset
    np.testing.assert_allclose(np.sort(card.kept.x), np.sort(data.columns["data", "x"].values[data.validation, 0]))
    assert "40" in card.heading.subject
    assert len(card.table().rows) == len(x)


def test_axes_of_the_curve_stay_while_it_moves(polynomial: Training, qtbot) -> None:
    sample = sample_of(polynomial)
    card = shown(qtbot, FittedCurveCard, sample)
    before = card.plot.box.viewRange()
    sample.arrays["curve:unit/y"] = sample.arrays["curve:unit/y"] * 50
    again(card)
    assert card.plot.box.viewRange() == before
    sample.arrays["curve:unit/y"] = np.full_like(sample.arrays["curve:unit/y"], np.nan)
    again(card)
    assert card.plot.message


def test_targets_lie_over_predictions(polynomial: Training, qtbot) -> None:
    card = shown(qtbot, TargetScatterCard, sample_of(polynomial), width=460)
    data, machine = polynomial.built.dataset, polynomial.machine
    said = machine.forward({("norm", "x"): data.columns["norm", "x"].values}, [("unit", "y")])["unit", "y"][:, 0]
    target = data.columns["data", "y"].values[:, 0]
    np.testing.assert_allclose(card.kept.x, target[data.validation], rtol=1e-5)
    np.testing.assert_allclose(card.kept.y, said[data.validation], atol=1e-5)
    from sklearn.metrics import r2_score

    r2 = r2_score(target[data.train], said[data.train])
    assert f"● R² {numbers.short(r2)}" in card.heading.subject
    assert {row[0] for row in card.table().rows} == {"train", "validation"}


def test_which_cards_a_run_fills(polynomial: Training, digits: Training) -> None:
    kinds = overview(polynomial.info)
    assert {FittedCurveCard, TargetScatterCard} <= set(kinds)
    assert ReconstructionCard not in kinds  # one number a sample is no picture
    assert ConfusionCard not in kinds
    kinds = overview(digits.info)
    assert ConfusionCard in kinds
    assert FittedCurveCard not in kinds


@pytest.mark.parametrize("name, place, card", [
    ("digits_sparse_autoencoder", 3, UnitActivityCard), ("digits_deep_code_2d", 1, CodeScatterCard),
    ("semantic_hashing", 3, NeighboursCard), ("rbm_digits", 3, FreeEnergyCard)])  # fmt: skip
def test_what_a_lesson_is_about_is_on_the_first_page(name: str, place: int, card: type) -> None:
    assert overview(prepared(Training(check(gallery.load(name), CATALOG)), 0).info)[place] is card


def test_counts_are_those_of_sklearn(digits: Training, qtbot) -> None:
    from sklearn.metrics import confusion_matrix

    card = shown(qtbot, ConfusionCard, sample_of(digits), width=420, height=420)
    data = digits.built.dataset
    said = digits.machine.forward({("digits1", "pixels"): data.columns["digits1", "pixels"].values[data.validation]},
                                  [("dense1", "y")])["dense1", "y"].argmax(axis=1)
    truth = data.columns["digits1", "label"].values[data.validation]
    np.testing.assert_array_equal(card.matrix.counts, confusion_matrix(truth, said))
    np.testing.assert_array_equal(confusion(said, truth, 10), card.matrix.counts)
    assert str(int((said != truth).sum())) in card.heading.subject


def test_a_click_shows_the_samples_of_a_cell_and_keys_move_on(digits: Training, qtbot) -> None:
    card = shown(qtbot, ConfusionCard, sample_of(digits), width=420, height=420)
    matrix = card.matrix
    row, column = np.argwhere(matrix.counts - np.diag(np.diag(matrix.counts)) > 0)[0].tolist()
    before = colors(card.grab().toImage())
    QTest.mouseClick(matrix, Qt.MouseButton.LeftButton, pos=matrix.cell(row, column).center().toPoint())
    assert matrix.chosen == (row, column)
    assert len(matrix.members) == matrix.counts[row, column]
    assert matrix.pictures is not None
    assert near(colors(card.grab().toImage()), card.palette().window().color()).shape == before.shape[:2]
    assert (colors(card.grab().toImage()) != before).any()
    QTest.keyClick(matrix, Qt.Key.Key_Down)
    assert matrix.chosen == ((row + 1) % 10, column)
    QTest.keyClick(matrix, Qt.Key.Key_Escape)
    assert matrix.chosen is None
    assert not matrix.members
    QTest.mouseClick(matrix, Qt.MouseButton.LeftButton, pos=QPoint(2, 2))
    assert matrix.chosen is None
