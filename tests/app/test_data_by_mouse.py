"""Data by hand and mouse alone: a table dropped on the canvas and trained on; two classes painted while a network learns
them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from app.live.decision_map import DecisionMapCard
from app.panels.editors import ColumnsField
from tests.app.canvas_kit import LEFT, NONE
from tests.app.test_build_by_mouse import Builder, builder
from tests.app.test_drawing import on_plane, stroke

__all__ = ["builder"]  # the fixture: a window with the real training process


def flowers(path: Path) -> Path:
    """A table whose class stands in front, with measurements of very different size."""
    rng = np.random.default_rng(0)
    rows = [f"{'abc'[kind]},{rng.normal(kind, 0.3):.3f},{rng.normal(1000 * kind, 400):.1f},{rng.normal(0, 1):.3f}"
            for kind in range(3) for _ in range(40)]
    path.write_text("\n".join(["species,width,weight,luck", *rows]) + "\n")
    return path


def drop(builder: Builder, path: Path) -> str:
    """Drops a file on the empty canvas, where the start page lies. Gives the new node's id."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    page = builder.content.start_page
    assert page.isVisible()
    at, how = QPointF(120, 160), (Qt.DropAction.CopyAction, data, LEFT, NONE)
    for event in (QDragEnterEvent(at.toPoint(), *how), QDragMoveEvent(at.toPoint(), *how), QDropEvent(at, *how)):
        QApplication.sendEvent(page, event)
        assert event.isAccepted()
    (node,) = builder.document.nodes
    return node


def tick_column(builder: Builder, parameter: str, column: str) -> None:
    """Opens the list of columns with the mouse and clicks one."""
    field = builder.row(parameter).editor
    assert isinstance(field, ColumnsField)
    QTest.mouseClick(field, LEFT)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    action = next(action for action in menu.actions() if action.text() == column)
    QTest.mouseClick(menu, LEFT, NONE, menu.actionGeometry(action).center())
    builder.qtbot.waitUntil(lambda: not menu.isVisible())


def test_a_dropped_table_is_learned(builder: Builder, tmp_path: Path) -> None:
    table = drop(builder, flowers(tmp_path / "flowers.csv"))
    assert not builder.content.start_page.isVisible()
    builder.choose(table)
    tick_column(builder, "target", "species")
    assert builder.document.nodes[table].parameters["target"] == "species"
    normalize = builder.take("normalize", (380, 60))
    dense = builder.take("dense", (600, 60))
    loss = builder.take("cross_entropy", (820, 60))
    builder.choose(dense)
    builder.write("units", "3")
    builder.join((table, "features"), (normalize, "x"))
    builder.join((normalize, "x"), (dense, "x"))
    builder.join((dense, "y"), (loss, "prediction"))
    builder.join((table, "target"), (loss, "label"))
    assert builder.model.checked.errors == ()
    feed = builder.window.controller.feed
    builder.press_button("run")
    builder.qtbot.waitUntil(lambda: len(feed.epochs()) >= 5)

    def learned() -> bool:
        epochs = feed.epochs()
        losses = epochs.mean[:, epochs.column("train_loss")]
        return bool(losses[-1] < 0.6 * losses[0])

    builder.qtbot.waitUntil(learned)
    assert feed.run.train_rows + feed.run.validation_rows == 120
    builder.press_button("stop")


def painted_network(builder: Builder) -> str:
    """Drawn points through two layers to a loss, endless, built by mouse. Gives the id of the data node."""
    data = builder.take("drawn_points", (440, 60))
    hidden = builder.take("dense", (600, 60))
    answer = builder.take("dense", (760, 60))
    loss = builder.take("cross_entropy", (920, 60))
    for node, units, activation in ((hidden, "16", "tanh"), (answer, "2", "softmax")):
        builder.choose(node)
        builder.write("units", units)
        builder.pick("activation", activation)
    builder.join((data, "points"), (hidden, "x"))
    builder.join((hidden, "y"), (answer, "x"))
    builder.join((answer, "y"), (loss, "prediction"))
    builder.join((data, "label"), (loss, "label"))
    builder.leave_all()
    for name, text in (("epochs", "0"), ("validation_share", "0"), ("learning_rate", "0.02")):
        builder.write(name, text)
    return data


def said(builder: Builder, x: float, y: float) -> int | None:
    """The class that the decision map on the screen says there."""
    card = builder.content.live.cards.get(DecisionMapCard)
    if card is None or not len(card.shares):
        return None
    left, right, bottom, top = card.picture.extent
    grid = len(card.shares) - 1
    column, row = round((x - left) / (right - left) * grid), round((y - bottom) / (top - bottom) * grid)
    return int(card.shares[row, column].argmax())


def test_painted_classes_are_learned_while_they_are_painted(builder: Builder) -> None:
    data = painted_network(builder)
    QTest.mouseDClick(builder.view.viewport(), LEFT, NONE, builder.body(data).toPoint())
    pad, controller = builder.content.pad, builder.window.controller
    feed = controller.feed
    assert pad.isVisible() and builder.model.checked.errors, "nothing is drawn yet"

    def paint(label: Qt.Key, y: float, left: float, right: float) -> None:
        QTest.keyClick(pad.points, label)
        stroke(pad.points, *(on_plane(pad.points, x, y) for x in np.linspace(left, right, 12)))

    for y in (0.6, 0.4):
        paint(Qt.Key.Key_0, y, -0.8, -0.4)
        paint(Qt.Key.Key_1, y, 0.4, 0.8)
    assert builder.model.checked.errors == ()
    builder.press_button("run")
    builder.qtbot.waitUntil(lambda: controller.state == "running" and feed.status.step > 0)
    builder.qtbot.waitUntil(lambda: (said(builder, -0.6, 0.5), said(builder, 0.6, 0.5)) == (0, 1))
    builder.qtbot.waitUntil(lambda: said(builder, -0.6, -0.6) == 0)
    states: list[str] = []
    controller.state_changed.connect(states.append)
    step, picture = feed.status.step, builder.content.live.cards[DecisionMapCard].grab().toImage()
    for y in (-0.5, -0.7):
        paint(Qt.Key.Key_1, y, -0.8, -0.4)  # where the map says 0
    builder.qtbot.waitUntil(lambda: said(builder, -0.6, -0.6) == 1)
    assert (said(builder, -0.6, 0.5), said(builder, 0.6, 0.5)) == (0, 1), "what was learned before is still known"
    assert feed.status.step > step and builder.content.live.cards[DecisionMapCard].grab().toImage() != picture
    assert not states, "the run goes on through every stroke"
    assert len(pad.points.segments), "the pad shows the boundary under the points"
    builder.press_button("stop")
