"""Cards about codes, over real runs: what they show is what the network makes, and hands reach everything."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from sklearn.decomposition import PCA

from app.live.card import Card
from app.live.codes.axes import Axes
from app.live.codes.field import VectorFieldCard
from app.live.codes.probes import LinearProbeCard
from app.live.codes.scatter import CodeScatterCard
from app.live.codes.tangents import TangentsCard
from app.live.codes.walk import WalkCard
from app.live.draw_and_see import DrawAndSeeCard
from engine.commands import FindTangents, MapCode, ProbeCodes
from engine.insight import tangents
from engine.response import Response
from engine.training import Training
from graphs.document import Document
from tests.app.run_at_hand import RunAtHand
from tests.engine.small_networks import classifier, document, stacked
from tests.engine.small_runs import exhaust, prepared

PIXELS, CODE, MADE = ("digits", "pixels"), ("ae", "code"), ("ae", "reconstruction")
LEFT = Qt.MouseButton.LeftButton
CARDS = (CodeScatterCard, VectorFieldCard, WalkCard, TangentsCard, LinearProbeCard)


def flat(units: int = 2) -> Document:
    return document({"digits": ("digits", {}), "ae": ("deep_autoencoder", {"hidden": "12", "units": units})},
                    "digits.pixels>ae.x")


def planar() -> Document:
    nodes = {"toy": ("toy2d", {"problem": "spirals", "size": 200}), "ae": ("denoising_autoencoder", {"units": 9})}
    return document(nodes, "toy.points>ae.x")


def begun(doc: Document) -> Training:
    run = prepared(doc)
    exhaust(run.advance(90))
    return run


@pytest.fixture
def opened(qtbot):
    """Opens a card over a run."""

    def make(kind: type[Card], doc: Document, **sight: object) -> tuple[Card, RunAtHand]:
        source, card = RunAtHand(begun(doc)), kind()
        qtbot.addWidget(card)
        return source.shown(card, **sight), source

    return make


def code_of(source: RunAtHand, doc_rows: int = 1000) -> np.ndarray:
    run = source.training
    rows = run.built.dataset.validation[:doc_rows]
    return run.machine.forward({PIXELS: run.built.dataset.columns[PIXELS].values[rows]}, [CODE])[CODE]


@cache
def infos() -> dict[str, object]:
    return {name: prepared(doc).info for name, doc in
            (("flat", flat()), ("planar", planar()), ("stacked", stacked()), ("classifier", classifier()))}


@pytest.mark.parametrize(("name", "wanted"), [
    ("flat", {CodeScatterCard, WalkCard, TangentsCard, LinearProbeCard}),
    ("planar", {CodeScatterCard, VectorFieldCard, WalkCard, TangentsCard, LinearProbeCard}),
    ("stacked", {CodeScatterCard, WalkCard, TangentsCard, LinearProbeCard}),
    ("classifier", {CodeScatterCard, TangentsCard, LinearProbeCard}),
])
def test_which_cards_fit_which_runs(name: str, wanted: set[type[Card]]) -> None:
    assert {kind for kind in CARDS if kind.fits(infos()[name])} == wanted


# the scatter


def test_a_code_of_two_numbers_is_seen_as_it_is_beside_the_data(opened) -> None:
    card, source = opened(CodeScatterCard, flat())
    np.testing.assert_array_equal(card.cloud.points, code_of(source))
    data = source.training.built.dataset
    truth = data.columns[("digits", "label")].values[data.validation]
    np.testing.assert_array_equal(card.cloud.truth, truth)
    wanted = PCA(2).fit_transform(data.columns[PIXELS].values[data.validation])
    for axis in range(2):
        assert abs(np.corrcoef(card.beside.points[:, axis], wanted[:, axis])[0, 1]) > 0.999
    source.train(5)
    source.again(card)
    np.testing.assert_array_equal(card.cloud.points, code_of(source))


def test_axes_follow_without_jumping() -> None:
    """They come to those of scikit-learn, keep their sense while the numbers move, and lead back."""
    rng = np.random.default_rng(0)
    values = rng.normal(size=(300, 20)) * np.r_[5, 3, np.ones(18)] + 2
    axes = Axes()
    first = axes.follow(values)
    fitted = PCA(2).fit(values)
    np.testing.assert_allclose(np.abs((fitted.components_ * axes.directions).sum(axis=1)), 1, atol=1e-6)
    assert axes.share == pytest.approx(fitted.explained_variance_ratio_.sum(), rel=1e-6)
    np.testing.assert_allclose(axes.back(*first[0]), fitted.inverse_transform(fitted.transform(values[:1]))[0], atol=1e-4)
    for _ in range(20):
        values = values + 0.05 * rng.normal(size=values.shape)
        second = axes.follow(values)
        assert np.corrcoef(first[:, 0], second[:, 0])[0, 1] > 0.9
        first = second
    assert Axes().follow(np.ones((4, 3))).tolist() == np.zeros((4, 2)).tolist()


def test_a_point_under_the_pointer_or_the_arrow_keys_is_decoded(opened) -> None:
    card, source = opened(CodeScatterCard, flat())
    cloud = card.cloud
    QTest.mouseClick(cloud, LEFT, pos=QPoint(60, 90))
    source.again(card)

    def decoded() -> np.ndarray:
        return Response(source.training.machine, CODE, MADE).values(np.array(cloud.at)[None]).reshape(8, 8)

    np.testing.assert_allclose(cloud.decoded, decoded(), rtol=1e-5)
    before = cloud.at
    QTest.keyClick(cloud, Qt.Key.Key_Right)
    assert cloud.at[0] > before[0]
    assert cloud.at[1] == before[1]
    source.train(3)
    source.again(card)
    np.testing.assert_allclose(cloud.decoded, decoded(), rtol=1e-5, err_msg="it follows the network")
    QTest.keyClick(cloud, Qt.Key.Key_Escape)
    assert cloud.at is None


def test_wide_codes_are_decoded_along_their_axes_and_mapped_on_demand(opened) -> None:
    card, source = opened(CodeScatterCard, flat(6))
    cloud, asked = card.cloud, len(source.asked)
    QTest.mouseClick(cloud, LEFT, pos=QPoint(80, 80))
    source.again(card)
    code = card._code_axes.back(*cloud.at)[None]
    np.testing.assert_allclose(cloud.decoded.ravel(), Response(source.training.machine, CODE, MADE).values(code)[0], rtol=1e-4)
    assert len(source.asked) == asked == 0, "no map is made that nobody asked for"
    QTest.mouseClick(card.map_button, LEFT)
    assert isinstance(source.asked[-1], MapCode)
    assert cloud.message
    source.work()
    source.again(card)
    assert not cloud.message
    assert not cloud.walked
    assert "t-SNE" in cloud.caption
    assert len(cloud.points) == len(card.beside.points)
    QTest.mouseClick(card.map_button, LEFT)
    assert "PCA" in cloud.caption


def test_the_codes_of_another_node_can_be_chosen(opened) -> None:
    card, source = opened(CodeScatterCard, stacked())
    assert [key for key, _ in card.heading.choices] == ["code:one/code", "code:two/code"]
    card._choose("code:one/code")
    source.again(card)
    assert card.heading.subject == "one · code · 6"
    source.again(card, selection=frozenset({"two"}))
    assert card.heading.subject == "two · code · 4"


def test_scatter_as_csv(opened, tmp_path: Path) -> None:
    card, source = opened(CodeScatterCard, flat())
    card.save(tmp_path / "codes.csv")
    rows = list(csv.reader((tmp_path / "codes.csv").read_text().splitlines()))
    assert rows[0] == ["class", "code x", "code y", "data x", "data y"]
    np.testing.assert_allclose([float(row[1]) for row in rows[1:]], code_of(source)[:, 0])


# the field


def test_arrows_lead_where_the_autoencoder_moves_points(opened) -> None:
    card, source = opened(VectorFieldCard, planar())
    arrows = card.arrows
    made = Response(source.training.machine, ("toy", "points"), MADE).values(arrows.starts)
    np.testing.assert_allclose(arrows.moves, made - arrows.starts, atol=1e-5)
    lines = arrows.lines()[: len(arrows.starts)]
    seen = np.stack([lines[:, 2] - lines[:, 0], lines[:, 1] - lines[:, 3]], axis=1)
    along = (seen * arrows.moves).sum(axis=1) / np.linalg.norm(seen, axis=1) / np.linalg.norm(arrows.moves, axis=1)
    assert (along > 0.999).all(), "up is up"
    assert np.linalg.norm(seen, axis=1).max() < 1.2 * arrows.area.width() / arrows.grid, "no arrow covers another"
    assert len(arrows.points) == 40
    assert card.table().rows[0] == [*arrows.starts[0], *arrows.moves[0]]


# walking


def test_a_fader_is_moved_and_decoded(opened) -> None:
    card, source = opened(WalkCard, flat(4))
    faders = card.faders
    np.testing.assert_allclose(faders.values, code_of(source)[0], rtol=1e-6)
    assert card.seen.made is not None
    track = faders.track(1)
    QTest.mouseClick(faders, LEFT, pos=QPoint(round(track.center().x()), round(track.top())))
    source.again(card)
    assert faders.values[1] == pytest.approx(faders.high[1], abs=0.03 * (faders.high[1] - faders.low[1]))
    wanted = Response(source.training.machine, CODE, MADE).values(faders.values[None])
    np.testing.assert_allclose(card.seen.made.ravel(), wanted[0], rtol=1e-5)
    QTest.keyClick(faders, Qt.Key.Key_Right)
    QTest.keyClick(faders, Qt.Key.Key_Home)
    assert faders.values[2] == faders.high[2]
    QTest.keyClick(faders, Qt.Key.Key_Delete)
    assert faders.values[2] == pytest.approx(faders.own[2])
    QTest.keyClick(faders, Qt.Key.Key_R)
    np.testing.assert_allclose(faders.values, code_of(source)[0], rtol=1e-6)
    QTest.keyClick(faders, Qt.Key.Key_N)
    source.again(card)
    np.testing.assert_allclose(faders.values, code_of(source)[1], rtol=1e-6)


def test_what_was_set_stays_while_the_network_learns_and_the_picture_follows(opened) -> None:
    card, source = opened(WalkCard, flat(4))
    QTest.keyClick(card.faders, Qt.Key.Key_Home)
    kept = card.faders.values.copy()
    source.train(5)
    source.again(card)
    np.testing.assert_array_equal(card.faders.values, kept)
    wanted = Response(source.training.machine, CODE, MADE).values(kept[None])
    np.testing.assert_allclose(card.seen.made.ravel(), wanted[0], rtol=1e-5)


def test_a_code_upon_a_code_is_decoded_down_to_the_pixels(opened) -> None:
    card, _ = opened(WalkCard, stacked(), selection=frozenset({"two"}))
    assert card.heading.subject == "two · code · 4"
    assert card.seen.made.shape == (8, 8)


# tangents


def test_tangents_at_a_sample_are_asked_for_once_and_anew_for_the_next(opened) -> None:
    card, source = opened(TangentsCard, flat(5))
    machine, data = source.training.machine, source.training.built.dataset
    sizes, directions = tangents(Response(machine, PIXELS, CODE), data.columns[PIXELS].values[data.validation[0]], 8)
    np.testing.assert_allclose(card.body_rows.sizes, sizes, rtol=1e-6)
    np.testing.assert_allclose(card.body_rows.directions.reshape(5, 64), directions, atol=1e-6)
    asked = [order for order in source.asked if isinstance(order, FindTangents)]
    assert len(asked) == 1, "what does not change is not asked for again"
    QTest.keyClick(card, Qt.Key.Key_N)
    source.again(card)
    assert len([order for order in source.asked if isinstance(order, FindTangents)]) == 2
    assert card.body_rows.row == 1
    assert not np.allclose(card.body_rows.sizes, sizes)


# linear probes


def test_codes_are_judged_on_demand_alone(opened) -> None:
    card, source = opened(LinearProbeCard, flat(3))
    assert not source.asked
    QTest.mouseClick(card.judging.button, LEFT)
    assert isinstance(source.asked[-1], ProbeCodes)
    assert not card.judging.button.isEnabled()
    source.work()
    source.again(card)
    bars = card.bars.bars
    assert [(bar.width, bar.code) for bar in bars] == [(64, False), (3, False), (3, True)]
    assert all(0.1 < bar.share <= 1 for bar in bars)
    assert card.judging.button.isEnabled()
    assert [row[2] for row in card.table().rows] == [bar.share for bar in bars]


# drawing


def test_code_and_reconstruction_follow_the_pen(opened) -> None:
    card, source = opened(DrawAndSeeCard, stacked())
    ink = np.random.default_rng(0).random((8, 8))
    card.pen.show_ink(ink)
    card.ask()
    source.again(card)
    machine = source.training.machine

    def made(port: tuple[str, str]) -> np.ndarray:
        return Response(machine, PIXELS, port).values(ink.reshape(1, 64))[0]

    np.testing.assert_allclose(card.seen.code, made(("one", "code")), rtol=1e-4)
    np.testing.assert_allclose(card.seen.made.ravel(), made(("one", "reconstruction")), rtol=1e-4)
    assert len(card.seen.shares) == 10
    source.again(card, selection=frozenset({"two"}))
    card.ask()
    source.again(card)
    np.testing.assert_allclose(card.seen.code, made(("two", "code")), rtol=1e-4)


@pytest.mark.parametrize("kind", CARDS)
def test_every_card_says_what_to_do_before_a_run_and_saves(kind: type[Card], qtbot, opened, tmp_path: Path) -> None:
    card, source = opened(kind, planar())
    card.save(tmp_path / "card.png")
    assert (tmp_path / "card.png").stat().st_size > 1000
    source.feed.show_run(None)
    source.again(card)
    assert not card.wanted(card.sight)
