"""The search over the canvas, with real events."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.canvas.hits import Part
from tests.app.canvas_kit import LEFT, NONE, SHIFT, Canvas
from tests.app.canvas_kit import canvas as canvas

EMPTY = QPointF(600, 560)
Key = Qt.Key


def test_tab_searches_and_enter_adds_beside_and_wires(canvas: Canvas) -> None:
    canvas.model.select({"sae"})
    canvas.key(Key.Key_Tab)
    canvas.type("dens")
    assert canvas.found() == ["Dense"]
    canvas.search_key(Key.Key_Return)
    (new,) = canvas.model.selection
    assert f"sae.reconstruction → {new}.x" in canvas.wires()  # the free output, not the wired one
    assert canvas.undone == 1 and canvas.view.hasFocus()
    rects = [item.scene_rect() for node, item in canvas.view.graph_scene.nodes.items() if node != new]
    assert not any(canvas.view.graph_scene.nodes[new].scene_rect().intersects(rect) for rect in rects)


def test_search_by_keyword_and_arrow_keys(canvas: Canvas) -> None:
    canvas.key(Key.Key_A, SHIFT)
    canvas.type("linear")
    assert canvas.found()[0] == "Dense"
    assert canvas.view.search_box.results.entries[0].hint == "linear"
    canvas.view.search_box.field.clear()
    everything = canvas.found()
    assert len(everything) == 8
    canvas.search_key(Key.Key_Down)
    canvas.search_key(Key.Key_Down)
    canvas.search_key(Key.Key_Up)
    canvas.search_key(Key.Key_Return)
    (new,) = canvas.model.selection
    kind = canvas.model.catalog.get(canvas.document.nodes[new].type)
    assert kind is not None and kind.title == everything[1]
    canvas.key(Key.Key_Tab)
    assert canvas.found()[0] == kind.title  # the last used comes first


def test_the_mouse_chooses_too_and_a_click_outside_closes(canvas: Canvas) -> None:
    canvas.double_click(EMPTY)
    box = canvas.view.search_box
    row = box.results.row_rect(2)
    QTest.mouseMove(box.results, row.center().toPoint())
    QTest.mouseClick(box.results, LEFT, NONE, row.center().toPoint())
    assert canvas.undone == 1 and not box.isVisible()
    canvas.double_click(EMPTY + QPointF(0, 60))
    canvas.click(QPointF(40, 500))
    QTest.qWaitForWindowExposed(canvas.view)
    QApplication.processEvents()
    assert not box.isVisible() and canvas.undone == 1


def test_tab_in_the_search_picks_the_port(canvas: Canvas) -> None:
    canvas.drag(canvas.output("dense1"), EMPTY)
    canvas.type("sum")
    canvas.search_key(Key.Key_Tab)
    canvas.search_key(Key.Key_Return)
    assert "dense1.y → sum1.b" in canvas.wires()


def test_a_double_click_on_a_wire_searches_for_what_fits_into_it(canvas: Canvas) -> None:
    middle = (canvas.output("dense1") + canvas.input("loss1", "prediction")) / 2
    canvas.double_click(middle)
    assert set(canvas.found()) == {"Normalise", "Dense", "Sum", "Sparse autoencoder"}
    canvas.type("norm")
    canvas.search_key(Key.Key_Return)
    assert {"dense1.y → normalise2.x", "normalise2.x → loss1.prediction"} <= canvas.wires() and canvas.undone == 1


def test_nothing_found_is_said_and_enter_does_nothing(canvas: Canvas) -> None:
    canvas.key(Key.Key_Tab)
    canvas.type("qqqq")
    assert canvas.found() == []
    canvas.search_key(Key.Key_Return)
    assert canvas.view.search_box.isVisible() and canvas.undone == 0


def test_the_search_is_laid_out_inside_its_card(canvas: Canvas) -> None:
    canvas.drag(canvas.output("dense1"), EMPTY)
    canvas.type("e")
    QApplication.processEvents()
    box = canvas.view.search_box
    assert box.card().contains(QRectF(box.field.geometry())) and box.card().contains(QRectF(box.results.geometry()))
    assert box.results.x() == box.card().left() and box.field.geometry().bottom() < box.results.y() + 1


def test_the_search_stays_inside_the_view(canvas: Canvas) -> None:
    for at in (QPointF(1190, 690), QPointF(2, 2), QPointF(1190, 4)):
        canvas.double_click(at) if canvas.view.hit(at).part is Part.EMPTY else canvas.view.search()
        box = canvas.view.search_box
        assert QRectF(canvas.view.rect()).contains(box.card().translated(QPointF(box.pos())))
        canvas.search_key(Key.Key_Escape)
