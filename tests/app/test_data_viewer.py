"""The data viewer: opened and used with mouse and keys, and what it shows equals numpy."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app import theme
from app.canvas import menu
from app.canvas.hits import Hit, Part
from app.live.data.images import Tones, pixels_of
from engine.data.bundled import digits, wine
from engine.data.look_messages import Lost, Progress
from tests.app.data_kit import data_window, double_click, graph, settle
from tests.app.live_kit import colors

WINE = graph(("wine1", "wine", {}), ("scale1", "normalize", {}), wires=("wine1.features scale1.x",))
LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def opened(qtbot, tmp_path, document, node, page=""):
    window = data_window(qtbot, tmp_path, document)
    viewer = double_click(window, node)
    if page:
        QTest.mouseClick(viewer.tabs[page], LEFT)
        settle(window)
    return window, viewer


# opening and closing


def test_double_click_key_menu_and_inspector_open_it_and_escape_closes_it(qtbot, tmp_path) -> None:
    window, viewer = opened(qtbot, tmp_path, WINE, "wine1")
    viewers = window.content.data.viewers
    assert viewer.title.words == "Wine"
    assert "178 rows" in viewer.facts.words and "3 classes" in viewer.facts.words
    QTest.keyClick(viewer, Qt.Key.Key_Escape)
    assert not viewers
    view = window.content.view
    window.model.select({"scale1"})
    QTest.keyClick(view, Qt.Key.Key_V)
    assert list(viewers) == ["scale1"]
    viewers["scale1"].close()
    QTest.mouseClick(window.content.inspector.see_data, LEFT)
    assert list(viewers) == ["scale1"]
    again = viewers["scale1"]
    QTest.keyClick(view, Qt.Key.Key_V)
    assert viewers["scale1"] is again, "it is not opened twice"
    again.close()
    context = menu.build(view, Hit(Part.NODE, node="scale1"))
    assert context.actions()[0].text() == "See the data"
    context.actions()[0].trigger()
    assert list(viewers) == ["scale1"]
    context.deleteLater()


def test_layers_have_no_data_to_see(qtbot, tmp_path) -> None:
    document = graph(("wine1", "wine", {}), ("dense1", "dense", {}), wires=("wine1.features dense1.x",))
    window = data_window(qtbot, tmp_path, document)
    window.model.select({"dense1"})
    QTest.keyClick(window.content.view, Qt.Key.Key_V)
    assert not window.content.inspector.see_data.isVisible()
    assert not window.content.data.viewers


def test_pages_that_do_not_apply_are_absent_and_the_last_one_is_remembered_by_type(qtbot, tmp_path) -> None:
    document = graph(("wine1", "wine", {}), ("wine2", "wine", {}), ("digits1", "digits", {}), ("sine1", "sine_waves", {}))
    window, viewer = opened(qtbot, tmp_path, document, "wine1", "classes")
    assert list(viewer.tabs) == ["scatter", "table", "histograms", "covariance", "classes"]
    viewer.close()
    assert double_click(window, "wine2").page.name == "classes"
    assert next(iter(double_click(window, "digits1").tabs)) == "images"
    assert list(double_click(window, "sine1").tabs) == ["sequences", "table", "histograms"]


def test_pages_turn_with_keys(qtbot, tmp_path) -> None:
    window, viewer = opened(qtbot, tmp_path, WINE, "wine1")
    first = viewer.page.name
    QTest.keyClick(viewer, Qt.Key.Key_Tab, Qt.KeyboardModifier.ControlModifier)
    assert (first, viewer.page.name) == ("scatter", "table")
    QTest.keyClick(viewer, Qt.Key.Key_5, Qt.KeyboardModifier.ControlModifier)
    assert viewer.page.name == "classes"
    QTest.keyClick(viewer, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert viewer.page.name == "table"
    settle(window)


# pages


def test_images_show_pixels_and_classes_scroll_and_zoom(qtbot, tmp_path) -> None:
    window, viewer = opened(qtbot, tmp_path, graph(("d", "digits", {})), "d")
    pixels, labels = digits()
    pane = viewer.page.panes[0]
    image = colors(pane.viewport().grab().toImage())
    for place in (0, 11):
        rect = pane.rect_of(place)
        cell = rect.width() / 8
        shown = np.array([[image[int(rect.top() + (y + 0.5) * cell), int(rect.left() + (x + 0.5) * cell)].sum()
                           for x in range(8)] for y in range(8)], float)
        assert np.corrcoef(shown.ravel(), pixels[place].ravel())[0, 1] < -0.999, "ink on paper"
    assert pane.drawn[0] == 0 and len(pane.drawn) < 400, "only what can be seen is drawn"
    QTest.mouseClick(pane.viewport(), LEFT, NONE, pane.rect_of(5).center().toPoint())
    assert pane.words_of(pane.marked).startswith(f"row 6 · {labels[5]}")
    QTest.keyClick(pane, Qt.Key.Key_End)
    assert pane.marked == 1796
    pane.viewport().grab()
    assert 1796 in pane.drawn and 0 not in pane.drawn
    before = pane.size_of_picture()[0]
    wheel = QWheelEvent(QPointF(50, 50), QPointF(50, 50), QPoint(), QPoint(0, 360), Qt.MouseButton.NoButton,
                        Qt.KeyboardModifier.ControlModifier, Qt.ScrollPhase.NoScrollPhase, False)
    QApplication.sendEvent(pane.viewport(), wheel)
    assert pane.size_of_picture()[0] > before
    QTest.mouseClick(viewer.smaller, LEFT)
    viewer.parts.setCurrentIndex(2)
    viewer.parts.activated.emit(2)
    assert pane.rows.tolist() == np.flatnonzero(viewer.view.parts == 1).tolist()
    assert "validation · 360" in viewer.parts.currentText()
    settle(window)


def test_coloured_pictures_are_shown_in_their_colours() -> None:
    arrays = np.zeros((4, 3, 5, 5), np.float32)
    arrays[0, 0], arrays[1, 1], arrays[2, 2] = 1, 1, 1
    made = pixels_of(arrays.transpose(0, 2, 3, 1), Tones((0.0, 1.0)))
    assert [hex(int(made[place, 2, 2])) for place in range(4)] == ["0xffff0000", "0xff00ff00", "0xff0000ff", "0xff000000"]


@pytest.mark.parametrize(("middle", "light"), [(0.0, False), (0.5, True)])
def test_ink_is_dark_on_light_paper_and_a_photograph_is_no_negative(qtbot, tmp_path, middle, light) -> None:
    pictures = np.full((6, 1, 12, 12), middle, np.float32)
    pictures[:, :, :3] = 1.0
    np.save(tmp_path / "p.npy", pictures)
    window = data_window(qtbot, tmp_path, graph(("a", "array_file", {"file": "p.npy"})), files=tmp_path)
    theme.apply(QApplication.instance(), "light")
    pane = double_click(window, "a").page.panes[0]
    rect, image = pane.rect_of(0), colors(pane.viewport().grab().toImage())
    top, bottom = (image[int(rect.top() + share * rect.height()), int(rect.center().x())].sum() for share in (0.1, 0.9))
    assert bool(top > bottom) is light


def test_table_sorts_by_a_click_and_filters_what_is_typed(qtbot, tmp_path) -> None:
    window, viewer = opened(qtbot, tmp_path, WINE, "wine1", "table")
    x, label = wine()
    page, model = viewer.page, viewer.page.model
    names = [column.name for column in model.columns]
    assert names[-2:] == ["label", "part"] and len(names) == 15
    cell = lambda row, column: model.data(model.index(row, column))  # noqa: E731
    assert [cell(3, column) for column in range(13)] == [f"{np.float32(value):.7g}" for value in x[3]]
    header = page.grid.horizontalHeader()
    place = QPoint(header.sectionViewportPosition(4) + 20, header.height() // 2)
    QTest.mouseClick(header.viewport(), LEFT, NONE, place)
    assert model.order.tolist() == np.argsort(x[:, 4].astype(np.float32), kind="stable").tolist()
    widths = [page.grid.columnWidth(column) for column in range(13)]
    QTest.mouseClick(header.viewport(), LEFT, NONE, place)
    assert x[model.order[0], 4] == x[:, 4].max()
    assert [page.grid.columnWidth(column) for column in range(13)] == widths, "sorting moves no column"
    QTest.keyClicks(page.condition, "alcohol > 13.5, label = cultivar 1")
    QTest.keyClick(page.condition, Qt.Key.Key_Return)
    expected = np.flatnonzero((x[:, 0].astype(np.float32) > np.float32(13.5)) & (label == 0))
    assert sorted(model.order.tolist()) == expected.tolist()
    assert page.count.text() == f"{len(expected)} of 178 rows"
    page.condition.clear()
    QTest.keyClicks(page.condition, "colour > 3")
    QTest.keyClick(page.condition, Qt.Key.Key_Return)
    assert page.count.text() == "There is no column “colour”."
    assert len(model.order) == len(expected), "what means nothing changes nothing"
    settle(window)


def test_scatter_shows_each_side_by_class_and_names_the_sample_under_the_mouse(qtbot, tmp_path) -> None:
    window, viewer = opened(qtbot, tmp_path, WINE, "scale1", "scatter")
    view, panes = viewer.view, viewer.page.shown_panes()
    assert len(panes) == 2
    for pane, side in zip(panes, view.sides, strict=True):
        assert np.array_equal(pane.dots.points, side.points)
        assert np.array_equal(pane.dots.groups, view.labels[view.picked])
    pane = panes[1]
    at = pane.at(*pane.dots.points[7])
    QTest.mouseMove(pane.viewport(), at.toPoint())
    index = pane.point_at(at)
    assert np.allclose(pane.dots.points[index], pane.dots.points[7], atol=0.1)
    assert pane.words_at(7).startswith(f"row {view.picked[7] + 1} · {view.classes[view.labels[view.picked[7]]]}")
    viewer.parts.setCurrentIndex(1)
    viewer.parts.activated.emit(1)
    assert (view.parts[view.picked[pane.chosen]] == 0).all()
    settle(window)


def test_what_makes_other_rows_stands_beside_what_it_was_given(qtbot, tmp_path) -> None:
    document = graph(("photos", "photographs", {}), ("cut", "patches", {"number": 400}),
                     wires=["photos.images cut.images"])
    window, viewer = opened(qtbot, tmp_path, document, "cut", "images")
    before, after = viewer.page.shown_panes()
    assert (len(before.rows), len(after.rows)) == (2, 400)
    assert [caption.words.split(" · ")[:2] for caption in viewer.page.captions] == [
        ["before", "photos.images"], ["after", "cut.patches"]]
    after.verticalScrollBar().setValue(300)
    assert after.verticalScrollBar().value() == 300, "other rows do not hold it"
    viewer.parts.setCurrentIndex(2)
    viewer.parts.activated.emit(2)
    assert (len(before.rows), len(after.rows)) == (2, int((viewer.view.parts == 1).sum()))
    for page in viewer.tabs:
        QTest.mouseClick(viewer.tabs[page], LEFT)
        settle(window)
        assert viewer.page.table().rows
    settle(window)


def test_histograms_print_the_mean_and_deviation_of_numpy(qtbot, tmp_path) -> None:
    window, viewer = opened(qtbot, tmp_path, WINE, "wine1", "histograms")
    x, view = wine()[0].astype(np.float32), viewer.view
    pane = viewer.page.panes[0]
    for part, rows in ((None, slice(None)), (0, view.parts == 0), (1, view.parts == 1)):
        viewer.page.show_view(view, part)
        for column in range(13):
            expected = x[rows, column].astype(float)
            assert pane.figures(column) == pytest.approx((expected.mean(), expected.std()), rel=1e-6)
    rows = viewer.page.table().rows
    assert sum(row[-1] for row in rows if row[1] == "alcohol") == 178
    settle(window)


def test_pixels_are_counted_together(qtbot, tmp_path) -> None:
    window, viewer = opened(qtbot, tmp_path, graph(("d", "digits", {})), "d", "histograms")
    pixels = digits()[0] / 16
    assert viewer.page.panes[0].figures(0) == pytest.approx((pixels.mean(), pixels.std()), rel=1e-5)
    assert viewer.view.after.bars.sum() == pixels.size
    settle(window)


def test_covariance_names_the_number_of_each_cell(qtbot, tmp_path) -> None:
    window, viewer = opened(qtbot, tmp_path, WINE, "scale1", "covariance")
    view = viewer.view
    before, after = viewer.page.shown_panes()
    train = view.sides[0].column.values[view.parts == 0].astype(float)
    assert before.matrix == pytest.approx(np.cov(train, rowvar=False, bias=True), rel=1e-5)
    assert after.matrix == pytest.approx(np.corrcoef(train, rowvar=False), abs=1e-5), "normalised: correlations"
    cell = before.area.width() / 13
    at = before.area.topLeft() + QPointF(12.5 * cell, 0.5 * cell)
    assert before.cell_at(at) == (0, 12)
    assert before.words_at(0, 12) == f"alcohol, proline: {np.cov(train[:, 0], train[:, 12], bias=True)[0, 1]:.0f}"
    assert not viewer.parts.isVisible(), "it is of the training part, whatever is chosen"
    settle(window)


def test_class_bars_count_every_part(qtbot, tmp_path) -> None:
    window, viewer = opened(qtbot, tmp_path, graph(("d", "digits", {})), "d", "classes")
    view, labels = viewer.view, digits()[1]
    table = viewer.page.table()
    assert list(table.columns) == ["class", "training", "validation"]
    for place, row in enumerate(table.rows):
        assert row == [str(place), *(int((labels[view.parts == part] == place).sum()) for part in range(2))]
    settle(window)


def test_sequences_turn_with_the_arrows_and_end_where_they_end(qtbot, tmp_path) -> None:
    window, viewer = opened(qtbot, tmp_path, graph(("r", "embedded_reber", {"size": 40})), "r", "sequences")
    column, page = viewer.view.after.column, viewer.page
    QTest.keyClick(page.plots[0], Qt.Key.Key_Right)
    QTest.keyClick(page.plots[0], Qt.Key.Key_Right)
    assert page.row == 2
    length = int(column.lengths[2])
    assert f"{length} steps" in page.told.text()
    values = np.array([row[1:] for row in page.table().rows])
    assert np.array_equal(values, column.values[2, :length])
    assert page.plots[0].length == length and page.plots[0].raster.shape[1] == column.values.shape[1]
    settle(window)


# what was found


def test_a_cure_in_the_viewer_is_one_step_that_can_be_undone(qtbot, tmp_path) -> None:
    document = graph(("b", "breast_cancer", {}), ("dense1", "dense", {"units": 2}), wires=("b.features dense1.x",))
    window, viewer = opened(qtbot, tmp_path, document, "b")
    model = window.model
    (problem,) = [one for one in model.checked.of("b") if one.code == "data_scales"]
    assert "differ in scale by 10⁵" in problem.text
    assert viewer.findings.shown == (problem,)
    assert window.content.view.graph_scene.nodes["b"].face.problems[0] == problem, "and on the canvas"
    before = model.document
    (line,) = viewer.findings.lines()
    button = next(child for child in line.children() if getattr(child, "text", str)() == "Insert Normalise")
    QTest.mouseClick(button, LEFT)
    assert {str(wire) for wire in model.document.wires} == {"b.features → normalize1.x", "normalize1.x → dense1.x"}
    assert not viewer.findings.isVisibleTo(viewer), "the cure ends it"
    model.stack.undo()
    assert model.document is before
    assert viewer.findings.isVisibleTo(viewer)
    settle(window)


def test_a_constant_column_is_left_out_by_its_cure(qtbot, tmp_path) -> None:
    lines = [f"{row},7,{row * row % 31},{'ab'[row % 2]}" for row in range(60)]
    (tmp_path / "t.csv").write_text("\n".join(["x,id,y,kind", *lines]))
    window = data_window(qtbot, tmp_path, graph(("t", "table", {"file": "t.csv"})), files=tmp_path)
    (problem,) = window.model.checked.of("t")
    assert problem.text == "Column “id” is constant."
    window.model.apply(problem.cures[0].text, problem.cures[0].edit)
    (new,) = window.model.document.nodes.keys() - {"t"}
    assert window.model.checked.types[new].shapes({"x": window.model.checked.outputs["t", "features"]}, None)["x"].width == 2
    window.looks.refresh()
    settle(window)
    assert window.looks.views[new].after.column.names == ("x", "y")
    assert not [one for one in window.model.checked.problems if one.code == "data_constant"]


# faults, waiting, files


def test_a_fault_is_a_sentence_and_the_cured_data_take_its_place(qtbot, tmp_path) -> None:
    window = data_window(qtbot, tmp_path, graph(("t", "table", {"file": "t.csv"})), files=tmp_path)
    assert "t.csv" in window.looks.faults["t"]
    viewer = window.content.data.open("t")
    settle(window)
    assert "There is no file “t.csv”" in viewer.message.text() and viewer.again_button.isVisible()
    (tmp_path / "t.csv").write_text("a,b,y\n" + "\n".join(f"{row},{row % 3},{row}.5" for row in range(20)))
    window.model.recheck()
    QTest.mouseClick(viewer.again_button, LEFT)
    settle(window)
    assert viewer.view.rows == 20


def test_progress_can_be_seen_and_called_off(qtbot, tmp_path) -> None:
    window = data_window(qtbot, tmp_path, graph(("d", "digits", {})))
    looker = window.looks.looker
    looker.held = True
    window.looks.views.clear()
    viewer = double_click(window, "d")
    looker.answers.append(Progress(len(looker.looked_at), "d", 30, 120, "Reading big.csv"))
    settle(window)
    qtbot.waitUntil(viewer.cancel_button.isVisible)
    assert (viewer.message.text(), viewer.bar.value()) == ("Reading big.csv", 250)
    QTest.mouseClick(viewer.cancel_button, LEFT)
    assert looker.cancelled[-1] == len(looker.looked_at)
    looker.answers.append(Lost("It has ended."))
    settle(window)
    assert viewer.message.text() == "It has ended."
    looker.held = False
    QTest.mouseClick(viewer.again_button, LEFT)
    settle(window)
    assert viewer.view is not None and viewer.page.name == "images"


def test_every_page_is_saved_as_picture_and_numbers(qtbot, tmp_path) -> None:
    document = graph(("d", "digits", {}), ("z", "zca_whitening", {"epsilon": 0.01}), ("s", "sine_waves", {"size": 30}),
                     wires=("d.pixels z.x",))
    window = data_window(qtbot, tmp_path, document)
    seen = set()
    for node in ("z", "s"):
        viewer = double_click(window, node)
        for name in viewer.tabs:
            viewer.open_page(name)
            QApplication.processEvents()
            viewer.save(tmp_path / f"{name}.png")
            viewer.save(tmp_path / f"{name}.csv")
            rows = list(csv.reader(io.StringIO((tmp_path / f"{name}.csv").read_text(encoding="utf-8"))))
            assert len(rows) > 1 and len({len(row) for row in rows}) == 1, name
            assert (tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG")
            seen.add(name)
    assert len(seen) == 7, "every page there is"


# a hundred thousand rows


def test_scrolling_asks_for_no_more_than_can_be_seen(qtbot, tmp_path) -> None:
    document = graph(("toy", "toy2d", {"size": 100_000}))
    window, viewer = opened(qtbot, tmp_path, document, "toy", "table")
    grid, model = viewer.page.grid, viewer.page.model
    assert model.rowCount() == 100_000
    cells = (grid.viewport().height() // 26 + 2) * model.columnCount()
    for _ in range(3):
        model.asked = 0
        QTest.keyClick(grid, Qt.Key.Key_PageDown)
        grid.viewport().repaint()
        assert 0 < model.asked <= 3 * cells
    model.asked = 0
    grid.verticalScrollBar().setValue(90_000)
    grid.viewport().repaint()
    assert model.asked <= 3 * cells
    assert grid.rowAt(5) == 90_000
    settle(window)
