"""A stacked autoencoder by hand, from the empty canvas on: wired, its stages read and edited, trained, and one step walked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot
from scipy.special import expit, log_softmax, softmax
from sklearn.datasets import load_digits

from app.live.curves import LossCard
from app.panels import palette
from app.panels.controls import Disclosure, Link
from app.panels.stage_plan import StagePanel
from app.panels.walk_lines import number, sub
from app.slow_motion import SlowMotion
from app.window import MainWindow
from engine.nodes import CATALOG
from engine.training import Training
from graphs.checks import check
from tests.app.canvas_kit import LEFT
from tests.app.test_build_by_mouse import Builder, CarriedDrag
from tests.app.window_kit import Answers, forget_changes, preferences

UNITS = {"one": 24, "two": 12}
EPOCHS = (2, 3, 4)


class Student(Builder):
    """A user with a mouse, who also finds menus and panels."""

    def menu(self, shelf: str, action: str) -> None:
        """A line of a menu inside the menu at the left end of the bar."""
        QTest.mouseClick(self.content.run_bar.menu_button, LEFT)
        outer = QApplication.activePopupWidget()
        assert isinstance(outer, QMenu)
        inner = next(entry for entry in outer.actions() if entry.text() == shelf)
        QTest.mouseClick(outer, LEFT, pos=outer.actionGeometry(inner).center())
        self.qtbot.waitUntil(lambda: QApplication.activePopupWidget() is inner.menu())
        QTest.mouseClick(inner.menu(), LEFT, pos=inner.menu().actionGeometry(self.content.table[action]).center())
        self.qtbot.waitUntil(lambda: QApplication.activePopupWidget() is None)

    def stages(self) -> StagePanel:
        """Through the training settings in the inspector."""
        training = self.content.inspector.training
        if not training.is_open():
            QTest.mouseClick(training.header, LEFT)
        fold = next(fold for fold in training.form.findChildren(Disclosure) if fold.text() == "Stages")
        self.content.inspector.scroll.ensureWidgetVisible(fold)
        QTest.mouseClick(fold, LEFT)
        link = training.form.rows["pretraining"].findChild(Link)
        self.qtbot.waitUntil(link.isVisible)
        self.content.inspector.scroll.ensureWidgetVisible(link)
        QTest.mouseClick(link, LEFT)
        panel = self.content.findChild(StagePanel)
        assert panel is not None and panel.isVisible()
        return panel

    def write_stage(self, panel: StagePanel, place: int, name: str, text: str) -> None:
        """Clicks a stage, then one of its fields, and types."""
        QTest.mouseClick(panel.list, LEFT, pos=panel.list.row_rect(place).center().toPoint())
        field = panel.form.rows[name].editor
        panel.scroll.ensureWidgetVisible(field)
        QTest.mouseClick(field, LEFT)
        QTest.keyClicks(field, text)
        QTest.keyClick(field, Qt.Key.Key_Return)

    def walk_to(self, kind: str, node: str) -> dict[str, str]:
        """Presses Next until the walk stands there; what the panel then says, row by row."""
        slow = self.content.findChild(SlowMotion)
        while True:
            stop = slow.walked.stops[slow.place]
            if stop.layer >= 0:
                self.qtbot.waitUntil(lambda: slow.walked.unit.layer == slow.walked.stops[slow.place].layer)
            if (stop.kind, stop.node) == (kind, node):
                return {line.left: line.right for line in slow.panel.lines.lines}
            QTest.mouseClick(slow.panel.next, LEFT)


@pytest.fixture
def student(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Student]:
    """A window with the real training process, an empty graph, and full speed as the pace of choice."""
    monkeypatch.setattr(palette, "QDrag", CarriedDrag)
    chosen = preferences(tmp_path)
    chosen.pace = "full"
    window = MainWindow(chosen, recovery=tmp_path / "recovery", questions=Answers())
    qtbot.addWidget(window, before_close_func=forget_changes)
    window.resize(1600, 1000)
    window.show()
    qtbot.waitExposed(window)
    window.begin(None)
    yield Student(window, qtbot)
    window.controller.stop()


def build(student: Student) -> dict[str, str]:
    """Digits, two autoencoders, a softmax layer and its loss; gives their ids."""
    made = {"digits": student.take("digits", (110, 140)), "one": student.take("autoencoder", (330, 140)),
            "two": student.take("autoencoder", (560, 140)), "top": student.take("dense", (780, 140)),
            "loss": student.take("cross_entropy", (980, 140))}
    for name, units in (*UNITS.items(), ("top", 10)):
        student.choose(made[name])
        student.write("units", str(units))
    student.pick("activation", "softmax")
    for source, target in ((("digits", "pixels"), ("one", "x")), (("one", "code"), ("two", "x")), (("two", "code"), ("top", "x")),
                           (("top", "y"), ("loss", "prediction")), (("digits", "label"), ("loss", "label"))):
        student.join((made[source[0]], source[1]), (made[target[0]], target[1]))
    student.leave_all()
    return made


def by_numpy(student: Student, made: dict[str, str], rows: tuple[int, ...]) -> dict[str, np.ndarray]:
    """The whole mini-batch by hand: forward, the loss, every δ and ∂E/∂W. The weights are those of the same run, made again
    without a window."""
    again = Training(check(student.document, CATALOG))
    list(again.prepare())
    list(again.advance())

    def weights(name: str, layer: str) -> tuple[np.ndarray, np.ndarray]:
        key = f"{made[name]}/{layer}" if layer else made[name] + "/"
        return tuple(again.machine.parameter(f"{key}{part}").astype(float) for part in ("weight", "bias"))

    (w1, b1), (w2, b2), (w3, b3) = weights("one", "encode."), weights("two", "encode."), weights("top", "")
    data = load_digits()
    x, truth = data.data[list(rows)] / 16, data.target[list(rows)]
    h1 = expit(x @ w1.T + b1)
    h2 = expit(h1 @ w2.T + b2)
    u3 = h2 @ w3.T + b3
    target = np.eye(10)[truth]
    d3 = (softmax(u3, 1) - target) / len(rows)
    d2 = h2 * (1 - h2) * (d3 @ w3)
    d1 = h1 * (1 - h1) * (d2 @ w2)
    return {"loss": -(target * log_softmax(u3, 1)).sum(1).mean(), "h1": h1, "h2": h2, "p": softmax(u3, 1), "d3": d3, "d2": d2,
            "d1": d1, "g3": d3.T @ h2, "g2": d2.T @ h1, "g1": d1.T @ x}


def read(words: str) -> float:
    return float(words.replace("−", "-"))


def test_stages_and_slow_motion_of_a_stacked_autoencoder(student: Student) -> None:
    made = build(student)
    panel = student.stages()
    QTest.mouseClick(panel.derive, LEFT)
    assert [row.title for row in panel.list.rows] == [
        f"Pre-train {made['one']}", f"Pre-train {made['two']}", "Fine-tune everything"]
    for place, epochs in enumerate(EPOCHS):
        student.write_stage(panel, place, "epochs", str(epochs))
    assert [stage["epochs"] for stage in student.document.training["stages"]] == list(EPOCHS)
    assert student.model.checked.errors == ()

    controller, seen = student.window.controller, []
    controller.event.connect(lambda _: seen.append(tuple(row.course for row in panel.list.rows)))
    student.press_button("run")
    student.qtbot.waitUntil(lambda: controller.state in ("finished", "failed"))
    assert controller.state == "finished"
    student.qtbot.waitUntil(lambda: {row.course for row in panel.list.rows} == {"done"})
    assert any("now" in course for course in seen)
    run = controller.feed.run
    assert [stage.epoch for stage in run.stages] == [0, 2, 5] and controller.feed.status.epoch == sum(EPOCHS)
    assert student.content.run_bar.epoch.label.startswith("3/3 Fine-tune")
    assert len(student.content.run_bar.starts) == 2
    card = next(card for card in student.content.live.row.shown if isinstance(card, LossCard))
    assert [(moment.x, moment.number) for moment in card.plot.moments if moment.number] == [(0.0, 1), (2.0, 2), (5.0, 3)]

    student.menu("Run", "slow")
    slow = student.content.findChild(SlowMotion)
    student.qtbot.waitUntil(lambda: slow.walked is not None)
    truth = by_numpy(student, made, slow.walked.rows)
    n = slow.walked.sample
    assert read(student.walk_to("loss", made["loss"])["E"]) == pytest.approx(truth["loss"], rel=1e-4)
    for name, delta, gradient, value in (("top", "d3", "g3", "p"), ("two", "d2", "g2", "h2"), ("one", "d1", "g1", "h1")):
        rows = student.walk_to("backward", made[name])
        unit = slow.walked.unit
        j, i = unit.unit, unit.weight
        assert read(rows[f"δ{sub(j)}"]) == pytest.approx(truth[delta][n, j], rel=1e-3)
        assert read(rows[f"∂E/∂w{sub(j, i)}"]) == pytest.approx(truth[gradient][j, i], rel=1e-3)
        assert slow.walked.layers[unit.layer].values[j] == pytest.approx(truth[value][n, j], rel=1e-4)
        assert read(rows["relative difference"]) < 1e-4
        chips = [chip.words for chip in student.view.graph_scene.walk.items[made[name]].chips]
        assert chips[-2].startswith(f"δ{sub(j)}") and chips[-1].startswith(f"∂E/∂w{sub(j, i)}")
    assert number(truth["loss"], 3) in " ".join(
        chip.words for chip in student.view.graph_scene.walk.items[made["loss"]].chips)
    QTest.mouseClick(slow.panel.close_button, LEFT)
    assert student.content.inspector.isVisible() and student.view.graph_scene.walk.items == {}
