"""Views of single units: sorted tiles, a unit picked, mean activities against ρ, the code table, PCA beside the loss."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app import theme
from app.feed import Feed
from app.live.code_table import CodeTableCard, bits_of
from app.live.curves import LossCard
from app.live.free_energy import FreeEnergyCard
from app.live.neighbours import NeighboursCard
from app.live.panel import overview
from app.live.reconstruction import ReconstructionCard
from app.live.samples import SamplesCard
from app.live.sight import PickedUnit, Sight
from app.live.unit_activity import UnitActivityCard
from app.live.unit_view import UnitCard
from app.live.weight_images import WeightImagesCard
from app.pictures import FinishedRun
from engine.nodes import CATALOG
from engine.training import Training
from engine.watching import Watching
from graphs import gallery
from graphs.checks import check
from tests.app import live_samples
from tests.app.live_kit import again, colors, near, shown
from tests.app.live_samples import Sample
from tests.app.run_at_hand import RunAtHand
from tests.app.test_live_panel import opened, settle

CODE = ("sae", "code")


@pytest.fixture(autouse=True)
def dark(qapp: QApplication) -> None:
    theme.apply(qapp, "dark")


def click(card: WeightImagesCard, place: int) -> None:
    QTest.mouseClick(card.picture, Qt.MouseButton.LeftButton, pos=card.picture.layout_of_tiles.rect(place).center().toPoint())


def test_tiles_are_sorted_and_a_click_picks_the_unit_that_stands_there(qtbot) -> None:
    sample = live_samples.autoencoder()
    card = shown(qtbot, WeightImagesCard, sample, width=420)
    picked: list[PickedUnit] = []
    card.unit_picked.connect(picked.append)
    assert card.picture.order.tolist() == list(range(32))
    card.sort_by("norm")
    norms = np.linalg.norm(sample.arrays["weights:sae/encode"], axis=1)
    assert card.picture.order.tolist() == np.argsort(-norms, kind="stable").tolist()
    card.sort_by("activity")
    assert "activity:sae/code" in card.wanted(card.sight)
    card.sight.feed.watch("test", card.wanted(card.sight))
    again(card)
    card.grab()
    order = np.argsort(-sample.arrays["activity:sae/code"], kind="stable").tolist()
    assert card.picture.order.tolist() == order
    click(card, 3)
    assert picked == [PickedUnit(CODE, order[3])]
    again(card, unit=picked[0])
    assert card.picture.picked == order[3]
    QTest.keyClick(card.picture, Qt.Key.Key_Right)
    assert picked[-1] == PickedUnit(CODE, order[4])
    QTest.keyClick(card.picture, Qt.Key.Key_Down)
    assert picked[-1].unit == order[3 + card.picture.layout_of_tiles.columns]
    assert f"unit {order[0]}" in card.picture.words_at(QPointF(card.picture.layout_of_tiles.rect(0).center()))


def test_places_stay_for_a_while_while_the_network_learns(qtbot) -> None:
    sample = live_samples.autoencoder()
    card = shown(qtbot, WeightImagesCard, sample)
    card.sort_by("norm")
    before = card.picture.order.tolist()
    card.sight.feed.show_status(state="running")
    sample.arrays["weights:sae/encode"] = sample.arrays["weights:sae/encode"][::-1].copy()
    again(card)
    assert card.picture.order.tolist() == before
    card._sorted_at = -1e9
    again(card)
    assert card.picture.order.tolist() == (31 - np.array(before)).tolist()


def test_tiles_are_drawn_once_a_frame(qtbot, monkeypatch: pytest.MonkeyPatch) -> None:
    sample = live_samples.autoencoder()
    card = shown(qtbot, WeightImagesCard, sample)
    drawn: list[int] = []
    real = card.picture.show_weights
    monkeypatch.setattr(card.picture, "show_weights", lambda *given: (drawn.append(1), real(*given)))
    for _ in range(5):
        again(card)
    assert not drawn
    sample.arrays["weights:sae/encode"] = sample.arrays["weights:sae/encode"] + 1
    again(card)
    again(card, unit=PickedUnit(CODE, 1))
    theme.apply(QApplication.instance(), "light")
    assert len(drawn) == 3


def test_the_tiles_of_a_decoder_stand_for_the_units_of_its_code(qtbot) -> None:
    card = shown(qtbot, WeightImagesCard, live_samples.autoencoder(), width=420)
    card.choice = "weights:sae/decode"
    card.sight.feed.watch("test", card.wanted(card.sight))
    again(card)
    card.grab()
    picked: list[PickedUnit] = []
    card.unit_picked.connect(picked.append)
    click(card, 7)
    assert picked == [PickedUnit(CODE, 7)]


def test_hundreds_of_units_are_reached_by_wheel_and_page_keys(qtbot) -> None:
    sample = live_samples.autoencoder()
    layers = (replace(sample.run.layers[0], weight_shape=(500, 64)), *sample.run.layers[1:])
    sample.run = replace(sample.run, layers=layers)
    sample.arrays["weights:sae/encode"] = np.random.default_rng(0).standard_normal((500, 64)).astype(np.float32)
    card = shown(qtbot, WeightImagesCard, sample, width=230, height=200)
    picture = card.picture
    card.grab()
    layout = picture.layout_of_tiles
    assert layout.shown < 500
    assert layout.width >= 9
    turned = QWheelEvent(QPointF(40, 40), QPointF(picture.mapToGlobal(QPoint(40, 40))), QPoint(), QPoint(0, -120),
                         Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False)
    QApplication.sendEvent(picture, turned)
    assert picture.first == layout.columns
    for _ in range(500 // layout.shown + 2):
        QTest.keyClick(picture, Qt.Key.Key_PageDown)
        card.grab()
    assert picture.first + layout.shown >= 500
    assert picture.unit_at(layout.rect(0).center()) == picture.first
    again(card, unit=PickedUnit(CODE, 0))
    QTest.keyClick(picture, Qt.Key.Key_Right)  # the neighbour of a unit out of sight comes into sight
    card.grab()
    assert picture.first == 0


def test_a_unit_shows_its_weights_and_what_excites_it_most(qtbot) -> None:
    sample = live_samples.autoencoder()
    card = shown(qtbot, UnitCard, sample, unit=PickedUnit(CODE, 5))
    assert card.wanted(card.sight) == {"weights:sae/encode", "strongest:sae/code@5"}
    np.testing.assert_array_equal(card.picture.weights.ravel(), sample.arrays["weights:sae/encode"][5])
    np.testing.assert_allclose(card.picture.samples.reshape(16, 64), sample.arrays["strongest:sae/code"][:, 1:])
    assert card.picture.activities[0] == "1.00"
    assert card.heading.subject.startswith("5 ·")
    rows = card.table().rows
    assert rows[0][0] == "weight"
    assert len(rows) == 17
    picked: list[PickedUnit] = []
    card.unit_picked.connect(picked.append)
    QTest.keyClick(card.picture, Qt.Key.Key_Right)
    QTest.keyClick(card.picture, Qt.Key.Key_Up)
    assert [one.unit for one in picked] == [6, 4]


def test_picking_a_tile_brings_the_unit_into_view_and_only_then_its_samples_are_sought(qtbot) -> None:
    panel = opened(qtbot, live_samples.autoencoder(), width=700)
    panel.row.bring(panel.cards[WeightImagesCard])
    settle(panel)
    weights = panel.cards[WeightImagesCard]
    assert UnitCard not in panel.cards
    assert not any(key.startswith("strongest:") for key in panel.feed.watched)
    panel.grab()
    click(weights, 9)
    settle(panel)
    unit = panel.cards[UnitCard]
    assert unit in panel.row.shown
    assert weights in panel.row.shown
    assert "strongest:sae/code@9" in panel.feed.watched
    panel.row.show_alone(weights)
    settle(panel)
    assert panel.row.shown == [weights]
    panel.grab()
    click(weights, 4)
    settle(panel)
    assert panel.row.shown == [weights, unit]
    assert "strongest:sae/code@4" in panel.feed.watched
    panel.row.show_alone(weights)
    assert panel.row.alone is None


def test_mean_activities_stand_against_rho(qtbot) -> None:
    sample = live_samples.autoencoder()
    values = np.full(32, 0.2, np.float32)
    values[:8] = 0.4
    values[8] = 0.219
    sample.arrays["activity:sae/code"] = values
    card = shown(qtbot, UnitActivityCard, sample, width=400)
    assert card.foot.words == "75 % of units within 10 % of ρ = 0.2"
    assert card.plot.close.tolist() == [False] * 8 + [True] * 24
    pixels = colors(card.plot.grab().toImage())
    at, ring = (card.plot.at(unit, float(values[unit])).toPoint() for unit in (20, 2))
    assert near(pixels[at.y(), at.x()], theme.tokens().sand)
    assert near(pixels[ring.y(), ring.x()], theme.tokens().panel)
    picked: list[PickedUnit] = []
    card.unit_picked.connect(picked.append)
    QTest.mouseClick(card.plot.viewport(), Qt.MouseButton.LeftButton, pos=card.plot.at(2, 0.4).toPoint())
    assert picked == [PickedUnit(CODE, 2)]
    again(card, unit=picked[0])
    QTest.keyClick(card.plot, Qt.Key.Key_Right)
    assert picked[-1].unit == 3
    assert card.table().rows[2] == [2, pytest.approx(0.4), 0.2]


def test_codes_without_a_wanted_activity_have_no_line(qtbot) -> None:
    sample = live_samples.autoencoder()
    layers = (replace(sample.run.layers[0], wanted=None), *sample.run.layers[1:])
    sample.run = replace(sample.run, layers=layers)
    card = shown(qtbot, UnitActivityCard, sample)
    assert card.plot.rho is None
    assert card.plot.close.all()
    assert not card.foot.isVisible()


@pytest.fixture(scope="module")
def eight() -> Training:
    training = Training(check(gallery.load("eight_three_eight"), CATALOG))
    for _ in training.prepare():
        continue
    training.machine.run(3000)
    return training


def test_the_code_table_holds_each_sample_once_beside_its_bits(qtbot, eight: Training) -> None:
    kinds = overview(eight.info)
    assert CodeTableCard in kinds
    keys = ["each:vectors/x", "each:autoencoder1/code"]
    arrays = Watching(eight.built, eight.info, keys).arrays()
    sample = Sample(eight.info, np.ones((3, len(eight.info.step_channels))), np.ones((1, len(eight.info.epoch_channels))), arrays)
    card = shown(qtbot, CodeTableCard, sample, width=420)
    inputs = np.eye(8, dtype=np.float32)
    np.testing.assert_array_equal(card.rows.inputs, inputs)
    codes = eight.machine.forward({("vectors", "x"): inputs}, [("autoencoder1", "code")])["autoencoder1", "code"]
    np.testing.assert_allclose(card.rows.codes, codes, atol=1e-6)
    bits = np.where(codes > 0.5, "1", "0")
    assert card.rows.words == ["".join(row) for row in bits]
    assert card.heading.subject == f"{len({''.join(row) for row in bits})} of 8 distinct"
    assert card.table().rows[3][-1] == "".join(bits[3])
    assert bits_of(np.array([[-0.1, 0.2]]), "tanh").tolist() == [[0, 1]]


def test_only_few_samples_make_a_table() -> None:
    assert CodeTableCard not in overview(live_samples.autoencoder().run)


def test_the_error_of_pca_is_a_dashed_line_over_the_loss_of_its_autoencoder(qtbot) -> None:
    sample = live_samples.autoencoder()
    sample.run = replace(sample.run, losses=(replace(sample.run.losses[0], node="sae"),))
    card = shown(qtbot, LossCard, sample, width=420)
    assert card.wanted(card.sight) == {"pca:sae"}
    assert not any(line.dashed for line in card.plot.lines)  # penalties: no figure for the objective
    sample.arrays["pca:sae"] = np.array([0.9, 0.9], np.float32)
    again(card)
    (line,) = (line for line in card.plot.lines if line.dashed)
    assert line.label == "PCA, k = 32"
    assert line.trace.mean.tolist() == [pytest.approx(0.9)] * 2
    assert line.trace.x[-1] == card.plot.lines[0].trace.x[-1]
    at = card.plot.at(0.4 * line.trace.x[-1], 0.9)
    row = colors(card.plot.grab().toImage())[round(at.y()), int(at.x()) - 12 : int(at.x()) + 12]
    inked = near(row, theme.tokens().text2, 40)
    assert inked.any()
    assert not inked.all()
    item = replace(sample.run.reconstructions[0], code_size=64)
    sample.run = replace(sample.run, reconstructions=(item,))  # as wide as the input: PCA leaves nothing
    card.sight.feed.show_run(sample.run)
    assert not card.wanted(card.sight)


def test_a_boltzmann_machine_tells_its_free_energy_and_draws_samples(qtbot) -> None:
    training = Training(check(gallery.load("rbm_digits"), CATALOG))
    for _ in training.prepare():
        continue
    training.machine.run(2 * training.info.steps_per_epoch)
    kinds = overview(training.info)
    assert kinds.index(FreeEnergyCard) < kinds.index(ReconstructionCard) < kinds.index(SamplesCard)
    source = FinishedRun(training)
    feed = Feed(source)
    feed.show_run(training.info)
    energy, samples = FreeEnergyCard(), SamplesCard()
    sight = Sight(feed)
    assert not energy.wanted(sight)
    feed.watch("test", samples.wanted(sight))
    for card in (energy, samples):
        qtbot.addWidget(card)
        card.resize(320, 280)
        card.refresh(sight)
        card.grab()
    told = {row[0]: row[3] for row in energy.table().rows if row[2] == 2}
    values = training.machine.evaluate(training.built.dataset.validation)
    assert told["validation_free_energy"] == pytest.approx(values["free_energy/boltzmann1"], rel=1e-4)
    assert [line.trace.last[1] for line in energy.plot.lines] == [told["train_free_energy"], told["validation_free_energy"]]
    assert set(np.unique(samples.rows.samples)) <= {0.0, 1.0}
    assert samples.rows.samples.shape == (64, 8, 8)
    assert len(samples.table().rows) == 64


def prepared(name: str, steps: int) -> Training:
    training = Training(check(gallery.load(name), CATALOG))
    for _ in training.prepare():
        continue
    training.machine.run(steps)
    return training


def test_a_sample_has_neighbours_by_its_bits_and_a_click_asks_for_theirs(qtbot) -> None:
    run = RunAtHand(prepared("semantic_hashing", 300))
    assert NeighboursCard in overview(run.training.info)
    card = run.shown(NeighboursCard())
    qtbot.addWidget(card)
    run.again(card)
    data = run.training.built.dataset
    samples = data.columns["digits1", "pixels"].values[data.validation]
    bits = run.training.machine.forward({("digits1", "pixels"): samples}, [("hashing1", "code")])["hashing1", "code"] > 0.5
    far = (bits != bits[0]).sum(axis=1)
    far[0] = 10**6
    assert card.picture.rows.tolist() == np.argsort(far, kind="stable")[:10].tolist()
    assert card.picture.distances.tolist() == np.sort(far)[:10].tolist()
    assert card.foot.words.startswith("precision@10 ")
    card.grab()
    QTest.mouseClick(card.picture, Qt.MouseButton.LeftButton, pos=card.picture.layout_of_tiles.rect(1).center().toPoint())
    assert card.row == np.argsort(far, kind="stable")[1]
    QTest.keyClick(card.picture, Qt.Key.Key_Right)
    assert run.asked[-1].row == card.row == np.argsort(far, kind="stable")[1] + 1
    assert len(card.table().rows) == 10


def test_the_unit_of_a_deep_code_shows_what_it_prefers(qtbot) -> None:
    run = RunAtHand(prepared("digits_deep_autoencoder", 60))
    card = run.shown(UnitCard(), unit=PickedUnit(("code", "y"), 3))
    qtbot.addWidget(card)
    run.again(card, unit=PickedUnit(("code", "y"), 3))
    assert card.picture.weights.shape == (1, 32)  # it reads hidden units, no pixels
    assert card.picture.preferred.shape == (8, 8)
    x = card.picture.preferred.reshape(1, 64).astype(np.float32)
    data = run.training.built.dataset
    samples = data.columns["digits1", "pixels"].values[data.train[:1000]]
    best, known = (run.training.machine.forward({("digits1", "pixels"): rows}, [("code", "y")])["code", "y"][:, 3].max()
                   for rows in (x, samples))
    assert best > known
    assert {row[0] for row in card.table().rows} == {"weight", "preferred input", "sample"}


def test_what_a_unit_prefers_is_asked_anew_only_as_often_as_that_may_cost(qtbot, monkeypatch: pytest.MonkeyPatch) -> None:
    run = RunAtHand(prepared("digits_deep_autoencoder", 5))
    now = [1000.0]
    monkeypatch.setattr("app.live.codes.subject.time.monotonic", lambda: now[0])
    card = run.shown(UnitCard(), unit=PickedUnit(("code", "y"), 0))
    qtbot.addWidget(card)
    run.feed.show_status(state="running", step=10**6)  # every answer is old at once
    run.again(card)
    asked = len(run.asked)
    answer = run.feed.answers[run.asked[-1].asker]
    run.feed.answers[run.asked[-1].asker] = replace(answer, seconds=0.1)
    now[0] += 19.0
    run.again(card)
    assert len(run.asked) == asked  # 0.1 s may be spent every 20 s
    now[0] += 2.0
    run.again(card)
    assert len(run.asked) == asked + 1
