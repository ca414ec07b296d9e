"""The pad by hand: strokes become edits, one each; keys, undo and what is drawn from elsewhere are followed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.live.drawing.pen import inked
from app.panels.drawing_field import DrawingField
from app.window import MainWindow
from engine.data.drawings import MOST_POINTS, SCALE, decoded, points_of
from graphs import edits, storage
from graphs.document import Document, Node
from tests.app.window_kit import make_window
from tests.effort import calls

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def drawn(kind: str, **parameters: object) -> Document:
    return Document({"data": Node("data", kind, parameters)})


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> MainWindow:
    made = make_window(qtbot, tmp_path)
    made.model.open(drawn("drawn_points"))
    return made


def stroke(widget: QWidget, *places: QPointF, button: Qt.MouseButton = LEFT) -> None:
    points = [place.toPoint() for place in places]
    QTest.mousePress(widget, button, NONE, points[0])
    for point in points[1:]:
        QTest.mouseMove(widget, point)
    QTest.mouseRelease(widget, button, NONE, points[-1])


def on_plane(pad: QWidget, x: float, y: float) -> QPointF:
    (left,), (top,) = pad.place(np.array([x]), np.array([y]))
    return QPointF(left, top)


def opened(window: MainWindow, document: Document | None = None) -> QWidget:
    if document is not None:
        window.model.open(document)
    window.content.pad.open("data")
    QApplication.processEvents()
    return window.content.pad


def parameters(window: MainWindow) -> dict:
    return dict(window.model.document.nodes["data"].parameters)


def test_opens_by_double_click_by_enter_and_from_the_inspector(window: MainWindow) -> None:
    pad, view = window.content.pad, window.content.view
    body = view.to_view(view.graph_scene.nodes["data"].scene_rect().center()).toPoint()
    QTest.mouseDClick(view.viewport(), LEFT, NONE, body)
    assert pad.isVisible() and pad.points.hasFocus()
    QTest.keyClick(pad.points, Qt.Key.Key_Escape)
    assert not pad.isVisible() and view.hasFocus()
    window.model.select({"data"})
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert pad.isVisible()
    pad.close_pad()
    (button,) = window.content.inspector.findChildren(DrawingField)
    QTest.mouseClick(button, LEFT)
    assert pad.isVisible() and pad.node == "data"
    window.model.apply("Delete", lambda document: edits.remove(document, ["data"]))
    assert not pad.isVisible(), "nothing is left to draw on"


def test_every_stroke_is_one_step_to_undo(window: MainWindow) -> None:
    pad = opened(window).points
    stroke(pad, on_plane(pad, -0.5, 0.5), on_plane(pad, -0.1, 0.5), on_plane(pad, 0.3, 0.5))
    first = parameters(window)["points"]
    values, label = points_of(first)
    assert len(values) > 8 and not label.any()
    assert (np.abs(values[:, 1] - 0.5) < 0.14).all() and values[:, 0].min() > -0.64 and values[:, 0].max() < 0.44
    QTest.keyClick(pad, Qt.Key.Key_1)
    QTest.keyClick(pad, Qt.Key.Key_P)
    stroke(pad, on_plane(pad, 0.0, -0.5))
    assert parameters(window)["points"][0] == first[0]
    assert np.abs(np.array(parameters(window)["points"][1]) - [0, -SCALE / 2]).max() < 12, "within half a pixel"
    QTest.keyClick(pad, Qt.Key.Key_E)
    stroke(pad, on_plane(pad, 0.0, -0.5))
    assert parameters(window)["points"] == [first[0]], "what is erased is gone, and so is the empty class"
    assert window.model.stack.count() == 3
    assert storage.loads(storage.dumps(window.model.document)) == window.model.document
    QTest.keyClick(pad, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert len(parameters(window)["points"]) == 2 and len(pad.points) == len(values) + 1, "the pad follows"
    for _ in range(2):
        QTest.keyClick(pad, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert parameters(window) == {}
    assert not window.model.stack.canUndo() and not len(pad.points)


def test_points_are_painted_by_keyboard_and_only_inside_the_square(window: MainWindow) -> None:
    pad = opened(window).points
    QTest.keyClick(pad, Qt.Key.Key_P)
    QTest.keyClick(pad, Qt.Key.Key_Right)
    QTest.keyClick(pad, Qt.Key.Key_Up)
    QTest.keyClick(pad, Qt.Key.Key_Space)
    assert parameters(window)["points"] == [[100, 100]]
    stroke(pad, on_plane(pad, 1.15, 1.15))
    assert parameters(window)["points"] == [[100, 100]]
    QTest.keyClick(pad, Qt.Key.Key_7)  # no such class
    assert pad.label == 0
    window.model.apply("More", lambda document: edits.set_parameter(document, "data", "classes", 8))
    QTest.keyClick(pad, Qt.Key.Key_7)
    QTest.keyClick(pad, Qt.Key.Key_Left)  # from where the mouse was, into the corner of the square
    QTest.keyClick(pad, Qt.Key.Key_Space)
    assert parameters(window)["points"] == [[100, 100], *[[]] * 6, [1000, 1000]]
    assert not [problem for problem in window.model.checked.errors if problem.place.node == "data"]


def test_a_full_pad_says_so(window: MainWindow) -> None:
    full = [[place % 2000 - 1000 for place in range(2 * MOST_POINTS)]]
    pad = opened(window, drawn("drawn_points", points=full))
    stroke(pad.points, on_plane(pad.points, 0.0, 0.0))
    assert parameters(window)["points"] == full
    assert pad.hint.words == "The pad is full"
    QTest.mouseClick(pad.clear, LEFT)
    assert parameters(window) == {}


def seven(pen: QWidget) -> None:
    tall, wide = pen.ink.shape
    stroke(pen, *(pen.at(x * wide, y * tall) for x, y in ((0.2, 0.2), (0.5, 0.2), (0.8, 0.2))))
    stroke(pen, *(pen.at(x * wide, y * tall) for x, y in ((0.8, 0.2), (0.6, 0.5), (0.4, 0.9))))


@pytest.mark.parametrize("size", ["8", "28"])
def test_digits_are_drawn_named_stacked_taken_up_and_removed(window: MainWindow, size: str) -> None:
    pad = opened(window, drawn("drawn_digits", size=size))
    pen, stack = pad.desk.pen, pad.desk.stack
    QTest.keyClick(pen, Qt.Key.Key_7)
    seven(pen)
    assert window.model.stack.count() == 2, "one step a stroke"
    label, pixels = decoded(parameters(window)["pictures"][0])
    assert (label, len(pixels)) == (7, int(size) ** 2)
    np.testing.assert_allclose(pixels.reshape(pen.ink.shape), pen.ink, atol=1 / 30)
    QTest.keyClick(pen, Qt.Key.Key_Return)
    assert pen.blank
    QTest.keyClick(pen, Qt.Key.Key_1)
    stroke(pen, pen.at(int(size) / 2, 2), pen.at(int(size) / 2, int(size) - 1))
    QTest.keyClick(pen, Qt.Key.Key_4)  # it was meant for a four
    assert [text[0] for text in parameters(window)["pictures"]] == ["7", "4"]
    assert not [problem for problem in window.model.checked.of("data") if problem.severity == "error"]
    QTest.mouseClick(stack, LEFT, NONE, stack.box(0).center().toPoint())
    np.testing.assert_allclose(pen.ink, pixels.reshape(pen.ink.shape))
    assert pad.digits.current == 7
    QTest.keyClick(pen, Qt.Key.Key_E)
    stroke(pen, pen.at(0.2 * int(size), 0.2 * int(size)), pen.at(0.9 * int(size), 0.2 * int(size)))
    assert decoded(parameters(window)["pictures"][0])[1].sum() < 0.8 * pixels.sum(), "rubbed out"
    QTest.keyClick(pen, Qt.Key.Key_Delete)
    assert [text[0] for text in parameters(window)["pictures"]] == ["4"]
    for _ in range(window.model.stack.count()):
        QTest.keyClick(pen, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert parameters(window) == {"size": size} and pen.blank


def test_samples_of_another_size_are_seen_and_can_be_left_out(window: MainWindow) -> None:
    pad = opened(window, drawn("drawn_digits", pictures=["1 zzz0", "2 f0f0f", "3 zzz0"]))
    QTest.mouseClick(pad.desk.stack, LEFT, NONE, pad.desk.stack.box(1).center().toPoint())
    QApplication.processEvents()
    assert pad.desk.pen.blank and pad.digits.current == 2
    (problem,) = window.model.checked.of("data")
    window.content.inspector.cure(next(cure for cure in problem.cures if cure.text == "Leave out what does not fit"))
    assert [text[0] for text in parameters(window)["pictures"]] == ["1", "3"]


def test_the_pen_is_soft_and_the_eraser_takes_away() -> None:
    line = inked(np.zeros((8, 8)), (3.5, 1.0), (3.5, 7.0))
    assert line[4, 3] == 1 > line[4, 2] == line[4, 4] > 0.3
    assert line[4, 1] == line[4, 5] == line[0, 0] == line[7, 7] == 0
    assert inked(line, (3.5, 0.0), (3.5, 8.0), erase=True).sum() < 0.6 * line.sum()
    assert (inked(line, (3.5, 1.0), (3.5, 7.0)) == line).all(), "ink does not pile up"


def test_a_stroke_on_a_full_pad_is_little_work(window: MainWindow) -> None:
    """4,000 points and 900 digits; the aim is 50 ms for whatever the hand does."""
    rng = np.random.default_rng(0)
    half = rng.integers(-1000, 1000, (2, MOST_POINTS - 100)).tolist()
    pad = opened(window, drawn("drawn_points", points=half))

    def efforts(widget: QWidget, *places: QPointF) -> Iterator[int]:
        """Calls for a press, a move of the hand, and letting go."""
        for gesture in (partial(QTest.mousePress, widget, LEFT, NONE, places[0].toPoint()),
                        partial(QTest.mouseMove, widget, places[1].toPoint()),
                        partial(QTest.mouseRelease, widget, LEFT, NONE, places[1].toPoint())):
            yield calls(lambda gesture=gesture: (gesture(), QApplication.processEvents()))

    points = pad.points
    press, move, release = efforts(points, *(on_plane(points, x, 0.1) for x in (0.1, 0.2)))
    assert (press < 3 * MOST_POINTS, move < 3 * MOST_POINTS, release < 12 * MOST_POINTS) == (True, True, True)
    pictures = [f"{place % 10} {place % 10}f0f00zzu" for place in range(900)]
    pad = opened(window, drawn("drawn_digits", pictures=[*pictures]))
    pen = pad.desk.pen
    press, move, release = efforts(pen, *(pen.at(x, 2) for x in (1, 2)))
    assert (press < 5_000, move < 1_000, release < 30 * len(pictures)) == (True, True, True)


def test_the_pad_can_be_moved_but_not_lost(window: MainWindow) -> None:
    pad = opened(window)
    before = pad.pos()
    QTest.mousePress(pad, LEFT, NONE, QPoint(40, 12))
    QTest.mouseMove(pad, QPoint(140, 42))
    QTest.mouseRelease(pad, LEFT, NONE, QPoint(140, 42))
    assert pad.pos() == before + QPoint(100, 30)
    window.resize(1000, 600)
    QApplication.processEvents()
    assert window.content.view.rect().contains(pad.geometry())
