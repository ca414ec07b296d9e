"""The terrain window, by mouse and keyboard: what is dragged, switched or set is walked anew at once."""

from __future__ import annotations

import csv

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QFileDialog

from app.live.terrain.ground import eased
from app.live.terrain.window import BUDGET, TerrainWindow
from engine.optimizers import OPTIMIZERS
from engine.terrain import SURFACES, Walk, heights


@pytest.fixture
def window(qtbot) -> TerrainWindow:
    made = TerrainWindow()
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    made.steps.setValue(40)
    return made


def at(window: TerrainWindow, x: float, y: float) -> QPoint:
    place = window.map.ground.place(window.map.area, x, y)
    return QPoint(round(place.x()), round(place.y()))


def test_every_optimiser_walks_from_where_the_start_is_dragged(qtbot, window) -> None:
    viewport = window.map
    qtbot.mousePress(viewport, Qt.MouseButton.LeftButton, pos=at(window, 1.0, 1.0))
    qtbot.mouseMove(viewport, at(window, 3.0, -1.5))
    qtbot.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=at(window, 3.0, -1.5))
    qtbot.waitUntil(lambda: all(len(walk.points) == 41 for walk in window.walks))
    assert window.start == pytest.approx((3.0, -1.5), abs=0.03)
    assert [trail.name for trail in viewport.trails] == [kind.title for kind in OPTIMIZERS.values()]
    assert {trail.points[0] for trail in viewport.trails} == {window.start}
    alone = Walk(SURFACES["valley"], OPTIMIZERS["sgd"](learning_rate=0.5), window.start)
    for _ in range(40):
        alone.step()
    assert viewport.trails[0].points == alone.points


def test_a_drag_answers_within_a_frame(qtbot, window, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a clock of our own, on which every step of every walk takes a millisecond."""
    made = [0]
    step = Walk.step
    monkeypatch.setattr(Walk, "step", lambda walk: (made.__setitem__(0, made[0] + 1), step(walk)))
    monkeypatch.setattr("app.live.terrain.window.time.perf_counter", lambda: made[0] / 1000)
    window.steps.setValue(1000)
    made[0] = 0
    window.move_start((2.0, 2.0))
    assert made[0] <= 1000 * BUDGET + len(window.walks), "it looks at its time after every round"
    assert all(len(walk.points) > 1 for walk in window.walks)


def test_switching_off_rates_and_keys(qtbot, window) -> None:
    window.move_start((2.0, 2.0))
    row = window.rows[0]
    qtbot.mouseClick(row.switch, Qt.MouseButton.LeftButton, pos=QPoint(10, 13))
    assert window.walks[0] is None
    assert "SGD" not in [trail.name for trail in window.map.trails]
    row.switch.setFocus()
    qtbot.keyClick(row.switch, Qt.Key.Key_Space)
    row.rate.setFocus()
    row.rate.selectAll()
    qtbot.keyClicks(row.rate, "0.25")
    qtbot.keyClick(row.rate, Qt.Key.Key_Return)
    assert window.walks[0].rule.learning_rate == 0.25
    qtbot.keyClick(row.rate, Qt.Key.Key_Up)
    assert window.walks[0].rule.learning_rate == pytest.approx(0.31)
    before = window.start
    window.map.setFocus()
    qtbot.keyClick(window.map, Qt.Key.Key_Right)
    assert window.start == pytest.approx((before[0] + 0.02 * 12, before[1]))


def test_play_shows_step_by_step_and_pause_holds(qtbot, window) -> None:
    window.choose("rosenbrock")
    assert window.playing
    qtbot.waitUntil(lambda: window.shown > 1)
    qtbot.mouseClick(window.play, Qt.MouseButton.LeftButton)
    held = window.shown
    assert 0 < held < 40
    assert not window.playing
    assert len(window.map.trails[0].points) == int(held) + 1
    QApplication.processEvents()
    assert window.shown == held


def test_noise_frees_plain_descent_from_the_ridge(qtbot, window) -> None:
    window.choose("saddle")
    window.steps.setValue(300)
    window.move_start(window.surface.start)
    qtbot.waitUntil(lambda: len(window.walks[0].points) == 301)
    assert window.walks[0].points[-1][1] == 0.0
    qtbot.mouseClick(window.noise, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(window.walks[0].points) == 301)
    assert window.walks[0].height < -1.0


def test_the_ground_keeps_its_order_and_is_drawn_once(qtbot, window) -> None:
    field = heights(SURFACES["rosenbrock"], 31)
    bent = eased(field, 0.0)
    assert bent.min() >= 0
    assert bent.max() == 1
    order = field.ravel().argsort()
    assert (bent.ravel()[order][1:] >= bent.ravel()[order][:-1]).all()
    window.map.grab()
    drawn = window.map.ground._drawn[1]
    window.move_start((1.0, 1.0))
    window.map.grab()
    assert window.map.ground._drawn[1] is drawn


def test_the_map_and_the_walks_are_saved(qtbot, window, tmp_path, monkeypatch) -> None:
    window.move_start((2.0, 2.0))
    qtbot.waitUntil(lambda: all(walk.lost or len(walk.points) == 41 for walk in window.walks))
    for name in ("map.png", "walks.csv"):
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, name=name: (str(tmp_path / name), ""))
        qtbot.mouseClick(window.keep, Qt.MouseButton.LeftButton)
    assert QImage(str(tmp_path / "map.png")).width() == 2 * window.map.width()
    rows = list(csv.DictReader((tmp_path / "walks.csv").read_text(encoding="utf-8").splitlines()))
    assert {row["optimiser"] for row in rows} == {kind.title for kind in OPTIMIZERS.values()}
    first = [row for row in rows if row["optimiser"] == "SGD"]
    assert [(float(row["x"]), float(row["y"])) for row in first] == window.walks[0].points
    assert float(first[0]["E"]) == pytest.approx(window.surface.value(2.0, 2.0))
