"""The card on which a picture is tried: what is asked, what is shown, and that the answer follows the pen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.live.draw_and_see import DrawAndSeeCard
from app.live.drawing.pen import InkPad
from app.window import MainWindow
from engine import events
from engine.commands import Probe
from tests.app import live_samples
from tests.app.live_kit import again, shown
from tests.app.window_kit import Answers, forget_changes, preferences

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
WANTED = (("dense", "y"), ("sae", "reconstruction"), ("digits", "pixels"), ("sae", "code"))
THREE = ((2, 1.2), (3, 0.9), (5, 1), (6, 2), (5.5, 3.2), (4, 3.8), (5.5, 4.3), (6, 5.5), (5, 6.9), (3, 7), (2, 6.5))


def line(pen: InkPad, *places: tuple[float, float]) -> None:
    QTest.mousePress(pen, LEFT, NONE, pen.at(*places[0]).toPoint())
    for place in places[1:]:
        QTest.mouseMove(pen, pen.at(*place).toPoint())
    QTest.mouseRelease(pen, LEFT, NONE, pen.at(*places[-1]).toPoint())


@pytest.fixture
def card(qtbot: QtBot) -> DrawAndSeeCard:
    found = shown(qtbot, DrawAndSeeCard, live_samples.autoencoder())
    assert isinstance(found, DrawAndSeeCard)
    return found


def answer(card: DrawAndSeeCard, sample: Probe, step: int = 1628, **outputs: tuple[float, ...]) -> None:
    named = {name.replace("_", "/"): values for name, values in outputs.items()}
    card.sight.feed.take(events.Probed(sample.node, sample.port, step, named, sample.asker))


def test_asks_with_the_pen_and_once_at_a_time(card: DrawAndSeeCard) -> None:
    probes = card.sight.feed.source.probes
    again(card)
    assert not probes, "bare paper is not asked about"
    line(card.pen, (4, 1), (4, 4), (4, 7))
    assert len(probes) == 1, "the second waits for the first answer"
    assert (probes[0].node, probes[0].port, probes[0].wanted) == ("digits", "pixels", WANTED)
    answer(card, probes[0], dense_y=tuple(np.eye(10)[3]))
    again(card)
    assert len(probes) == 2, "the paper has changed meanwhile"
    np.testing.assert_allclose(np.array(probes[1].values), card.pen.ink.ravel())
    answer(card, probes[1], dense_y=tuple(np.eye(10)[4]), sae_reconstruction=(0.25,) * 64, sae_code=(0.5,) * 32)
    again(card)
    assert card.seen.shares.tolist() == np.eye(10)[4].tolist()
    assert card.seen.made.shape == (8, 8) and card.seen.made[0, 0] == 0.25
    assert card.seen.code.tolist() == [0.5] * 32
    table = {tuple(row[:2]): row[2] for row in card.table().rows}
    assert table["chance", "4"] == 1.0 and table["reconstruction", "63"] == 0.25


def test_a_network_that_gives_no_numbers_is_said(card: DrawAndSeeCard) -> None:
    line(card.pen, (4, 1), (4, 7))
    answer(card, card.sight.feed.source.probes[-1])
    again(card)
    assert card.seen.message == "The answer is not a number."
    QTest.keyClick(card.pen, Qt.Key.Key_Delete)
    assert card.pen.blank and "no data" in card.seen.message


def test_answers_of_another_card_are_not_mine(card: DrawAndSeeCard) -> None:
    line(card.pen, (4, 1), (4, 7))
    card.sight.feed.take(events.Probed("digits", "pixels", 1, {"dense/y": tuple(np.eye(10)[9])}, "somebody"))
    again(card)
    assert not len(card.seen.shares)


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> MainWindow:
    made = MainWindow(preferences(tmp_path), recovery=tmp_path / "recovery", questions=Answers())
    qtbot.addWidget(made, before_close_func=forget_changes)
    made.resize(1600, 1000)
    made.show()
    qtbot.waitExposed(made)
    made.begin("digits_softmax")
    return made


def test_the_prediction_follows_the_pen_while_training_and_while_paused(window: MainWindow, qtbot: QtBot) -> None:
    """A real network, a real process: a three is read as a three, and answers keep coming while the pen moves."""
    controller = window.controller
    qtbot.waitUntil(lambda: controller.feed.run is not None)
    controller.set_pace(None)
    controller.run()
    qtbot.waitUntil(lambda: controller.state == "finished")
    live = window.content.live
    card = live.cards[DrawAndSeeCard]
    live.row.bring(card)
    qtbot.waitUntil(card.isVisible)
    line(card.pen, *THREE)

    def settled() -> bool:
        found = controller.feed.probed.get(card._asker)
        return found is not None and card._asked_at is None and len(card.seen.shares) == 10

    qtbot.waitUntil(settled)
    assert card.seen.classes[int(card.seen.shares.argmax())] == "3"
    controller.set_pace(20.0)
    controller.run()
    qtbot.waitUntil(lambda: controller.state == "running" and controller.feed.status.step > 0)
    steps = answers_while_the_pen_goes_round(card, qtbot, 15)  # the aim is 20 a second
    assert steps == sorted(steps)
    qtbot.waitUntil(lambda: controller.feed.status.step > steps[-1])
    controller.pause()
    qtbot.waitUntil(lambda: controller.state == "paused")
    card.clear()
    line(card.pen, (4, 1), (4, 7))
    seen = controller.feed.probed.get(card._asker)
    qtbot.waitUntil(lambda: controller.feed.probed.get(card._asker) is not seen)


def answers_while_the_pen_goes_round(card: DrawAndSeeCard, qtbot: QtBot, wanted: int) -> list[int]:
    """The steps of training at which they were given."""
    pen, feed, angle = card.pen, card.sight.feed, 0.0
    before, answers = feed.probed.get(card._asker), []
    QTest.mousePress(pen, LEFT, NONE, pen.at(4, 4).toPoint())

    def moved() -> bool:
        nonlocal angle
        angle += 0.1
        QTest.mouseMove(pen, pen.at(4 + 2 * np.cos(angle), 4 + 2 * np.sin(angle)).toPoint())
        found = feed.probed.get(card._asker)
        if not any(found is one for one in (None, before, *answers)):
            answers.append(found)
        return len(answers) > wanted

    qtbot.waitUntil(moved)
    QTest.mouseRelease(pen, LEFT, NONE, pen.at(4, 4).toPoint())
    return [one.step for one in answers]
