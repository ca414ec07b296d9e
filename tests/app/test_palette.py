"""The palette: derived from the catalogue, searched, and dragged from; and its rail in narrow windows."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.panels.node_mime import NODE_MIME, node_mime
from app.panels.palette import FAMILY, HINT, Palette, drag_picture
from app.panels.palette_rail import PaletteRail
from app.panels.type_hints import hint
from engine.nodes import CATALOG
from graphs.spec import Family


@pytest.fixture
def palette(qtbot):
    made = Palette(CATALOG)
    qtbot.addWidget(made)
    made.resize(208, 700)
    made.show()
    return made


def shelves(palette):
    """Family → titles of what stands on it."""
    model = palette.list.model()
    rows = [model.index(row, 0) for row in range(model.rowCount())]
    return {row.data(): [model.index(i, 0, row).data() for i in range(model.rowCount(row))] for row in rows}


def test_every_type_of_the_catalogue_stands_on_its_shelf(palette):
    expected = {family.value: [kind.title for kind in kinds] for family, kinds in CATALOG.families().items()}
    assert shelves(palette) == expected
    model = palette.list.model()
    counts = [model.index(row, 0).data(HINT) for row in range(model.rowCount())]
    assert counts == [str(len(kinds)) for kinds in CATALOG.families().values()]


def test_sources_say_what_they_give():
    hints = {kind.type_name(): hint(kind) for kind in CATALOG}
    assert hints["digits"] == "8×8 · 10"
    assert hints["iris"] == "4 · 3"
    assert hints["toy2d"] == "2 · 2"
    assert hints["table"] == "CSV"
    assert hints["dense"] == ""


def test_search_finds_fuzzily_and_enter_adds_the_best(palette, qtbot):
    palette.begin_search()
    QTest.keyClicks(palette.search, "dens")
    model = palette.list.model()
    assert model.index(0, 0).data() == "Dense"
    assert model.index(0, 0).data(HINT) == "Layers"
    with qtbot.waitSignal(palette.add_requested) as added:
        QTest.keyClick(palette.search, Qt.Key.Key_Return)
    assert added.args == ["dense"]
    assert palette.search.text() == ""
    assert "Data" in shelves(palette)


def test_arrows_walk_from_the_search_into_the_list(palette, qtbot):
    palette.begin_search()
    QTest.keyClicks(palette.search, "auto")
    QTest.keyClick(palette.search, Qt.Key.Key_Down)
    qtbot.waitUntil(palette.list.hasFocus)
    with qtbot.waitSignal(palette.add_requested) as added:
        QTest.keyClick(palette.list, Qt.Key.Key_Return)
    assert added.args == ["autoencoder"]


def test_what_matches_nothing_adds_nothing(palette, qtbot):
    QTest.keyClicks(palette.search, "qqqq")
    assert palette.list.model().rowCount() == 0
    with qtbot.assertNotEmitted(palette.add_requested):
        QTest.keyClick(palette.search, Qt.Key.Key_Return)


def test_escape_clears_and_then_closes(palette, qtbot):
    QTest.keyClicks(palette.search, "den")
    QTest.keyClick(palette.search, Qt.Key.Key_Escape)
    assert palette.search.text() == ""
    with qtbot.waitSignal(palette.closed):
        QTest.keyClick(palette.search, Qt.Key.Key_Escape)


def test_double_click_adds(palette, qtbot):
    place = palette.list.visualRect(palette.index_of("dropout")).center()
    with qtbot.waitSignal(palette.add_requested) as added:
        QTest.mouseDClick(palette.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert added.args == ["dropout"]


def test_a_click_on_a_family_folds_it_and_it_stays_folded(palette):
    model = palette.list.model()
    data = model.index(0, 0)
    QTest.mouseClick(palette.list.viewport(), Qt.MouseButton.LeftButton, pos=palette.list.visualRect(data).center())
    assert not palette.list.isExpanded(data)
    palette.search.setText("dense")
    palette.search.clear()
    model = palette.list.model()
    assert not palette.list.isExpanded(model.index(0, 0))
    assert palette.list.isExpanded(model.index(1, 0))
    palette.show_family(Family.DATA)
    assert palette.list.isExpanded(model.index(0, 0))


def test_a_drag_carries_the_type_name(palette, monkeypatch, qtbot):
    carried = {}

    def take(drag, *_):
        carried["mime"] = bytes(drag.mimeData().data(NODE_MIME)).decode()
        carried["picture"] = not drag.pixmap().isNull()
        return Qt.DropAction.CopyAction

    monkeypatch.setattr("app.panels.palette.QDrag.exec", take)
    palette.list.scrollTo(palette.index_of("dense"))
    place = palette.list.visualRect(palette.index_of("dense")).center()
    viewport = palette.list.viewport()
    with qtbot.waitSignal(palette.drag_began):
        QTest.mousePress(viewport, Qt.MouseButton.LeftButton, pos=place)
        for step in range(1, 6):
            QTest.mouseMove(viewport, place + QPoint(step * 8, 0))
            QApplication.processEvents()
    assert carried == {"mime": "dense", "picture": True}


def test_mime_and_picture():
    assert bytes(node_mime("dense").data(NODE_MIME)) == b"dense"
    assert drag_picture(CATALOG.get("dense"), 2.0).devicePixelRatio() == 2.0


def test_the_rail_has_one_icon_a_family(qtbot):
    rail = PaletteRail(CATALOG)
    qtbot.addWidget(rail)
    assert list(rail.buttons) == list(CATALOG.families())
    with qtbot.waitSignal(rail.family_clicked) as clicked:
        rail.buttons[Family.LAYERS].click()
    assert clicked.args == [Family.LAYERS]


def test_rows_know_their_family(palette):
    assert Family(palette.index_of("dense").data(FAMILY)) is Family.LAYERS
    assert not palette.index_of("nothing").isValid()
