"""Looking at data from the window: thumbnails, what is asked for and when, and a process that dies."""

from __future__ import annotations

import os
import signal
import sys

import numpy as np
import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from app.live.data.row_filter import Misread, TableColumn, chosen_rows
from app.looks import signatures
from engine.data.looker import Looker
from engine.data.store import Store
from engine.nodes.data import Table
from graphs import edits
from graphs.document import Document, Node
from tests.app.data_kit import data_window, double_click, graph, settle
from tests.app.window_kit import make_window

SETS = graph(("d", "digits", {}), ("z", "normalize", {}), ("toy", "toy2d", {}), ("w", "wine", {}), ("s", "sine_waves", {}),
             ("r", "embedded_reber", {}), ("k", "one_of_k", {}), wires=("d.pixels z.x", "w.label k.label"))


def live(window, node):
    return window.content.view.graph_scene.nodes[node].live


def test_every_data_node_carries_its_data_in_small(qtbot, tmp_path) -> None:
    window = data_window(qtbot, tmp_path, SETS)
    shown = {node: [name for name, _ in item.box.sections]
             for node, item in window.content.view.graph_scene.nodes.items()}
    assert shown == {"d": ["tiles"], "z": ["histogram"], "toy": ["dots"], "w": ["columns"], "s": ["curve"],
                     "r": ["tiles"], "k": ["columns"]}
    views = window.looks.views
    assert np.array_equal(live(window, "d").tiles, views["d"].thumbnail.tiles)
    curve = views["s"].after.column.values[0, :, 0]
    assert np.allclose(live(window, "s").curve, curve)


def test_an_edit_looks_again_at_what_it_touches_and_at_nothing_else(qtbot, tmp_path) -> None:
    window = data_window(qtbot, tmp_path, SETS)
    looker, model = window.looks.looker, window.model
    before = live(window, "toy").dots
    looker.looked_at.clear()
    model.apply("edit", edits.set_parameter(model.document, "toy", "problem", "circles"))
    qtbot.waitUntil(lambda: not np.array_equal(live(window, "toy").dots, before))
    assert looker.looked_at == ["toy"]
    model.apply("move", edits.move(model.document, {"d": (10.0, 400.0)}))
    model.apply("rename", edits.rename(model.document, "d", "My digits"))
    window.looks.refresh()
    assert looker.looked_at == ["toy"]
    model.apply("split", edits.set_training(model.document, "split_seed", 9))
    window.looks.refresh()
    assert set(looker.looked_at[1:]) == set(SETS.nodes), "all parts are divided anew"
    model.apply("delete", edits.remove(model.document, ["d"]))
    window.looks.refresh()
    assert "d" not in window.looks.views
    settle(window)


def test_the_numbers_of_a_run_leave_the_thumbnail_and_the_height_of_a_node_alone(qtbot, tmp_path) -> None:
    window = data_window(qtbot, tmp_path, SETS)
    item = window.content.view.graph_scene.nodes["z"]
    height = item.box.height
    from app.node_live import NodeLive

    window.numbers.shown = {"z": NodeLive(histogram=np.arange(20, dtype=np.float32), rms={"x": 0.5})}
    window.numbers.changed.emit(window.numbers.shown)
    assert item.box.height == height
    assert item.live.rms == {"x": 0.5}
    assert item.live.histogram.sum() == 1797 * 64, "of all samples, not of those in a batch"


def test_a_thousand_nodes_are_no_burden(qtbot, tmp_path) -> None:
    """Only data nodes are followed, and an edit elsewhere asks for nothing."""
    nodes = {f"n{place}": Node(f"n{place}", "dense", {"units": 4}, (200.0 * (place % 40), 160.0 * (place // 40)))
             for place in range(990)}
    nodes |= {f"t{place}": Node(f"t{place}", "toy2d", {"size": 20, "seed": place}, (0.0, -200.0 - 200 * place))
              for place in range(10)}
    window = data_window(qtbot, tmp_path, Document(nodes=nodes))
    assert len(window.looks.views) >= 8, "what came first"
    assert len(signatures(window.model.checked)) == 10
    looker = window.looks.looker
    looker.looked_at.clear()
    window.model.apply("edit", edits.set_parameter(window.model.document, "n5", "units", 7))
    window.looks.refresh()
    assert looker.looked_at == []
    settle(window)


def test_the_death_of_the_process_is_told_and_looking_again_starts_another(qtbot, tmp_path) -> None:
    looker = Looker(Store(tmp_path / "looks"))
    window = make_window(qtbot, tmp_path, looker=looker)
    window.model.open(graph(("toy", "toy2d", {})))
    qtbot.waitUntil(lambda: "toy" in window.looks.views)
    viewer = double_click(window, "toy")
    qtbot.waitUntil(lambda: not window.looks.pending("toy"))
    first = looker.pid
    os.kill(first, signal.SIGTERM if os.name == "nt" else signal.SIGKILL)
    window.looks.views.clear()
    window.looks.show("toy")
    qtbot.waitUntil(lambda: viewer.again_button.isVisible())
    assert "ended unexpectedly" in viewer.message.text()
    viewer.again_button.click()
    qtbot.waitUntil(lambda: viewer.view is not None)
    assert looker.pid != first
    window.close()
    assert not looker.alive


@pytest.mark.slow
def test_the_window_goes_on_while_a_large_table_is_read(qtbot, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process reads; this one turns its events meanwhile, and maps what was read into memory."""
    lines = (f"{row % 97},{row % 89},{row % 83},{row % 79}.5" for row in range(300_000))
    (tmp_path / "large.csv").write_text("a,b,c,y\n" + "\n".join(lines) + "\n")
    window = make_window(qtbot, tmp_path, looker=Looker(Store(tmp_path / "looks")))
    window.model.open(graph(("t", "table", {"file": "large.csv"})), tmp_path)
    qtbot.waitUntil(lambda: "app.live.data.viewer" in sys.modules)
    monkeypatch.setattr(Table, "load", lambda *_: pytest.fail("read by the window"))
    turns = []
    timer = QTimer(interval=0, timeout=lambda: turns.append(viewer.view is None))
    viewer = window.content.data.open("t")
    timer.start()
    qtbot.waitUntil(lambda: viewer.view is not None)
    timer.stop()
    assert viewer.view.rows == 300_000
    assert sum(turns) > 20, "turns of the window's events before there was anything to show"
    window.close()


def test_the_viewer_follows_the_language(qtbot, tmp_path) -> None:
    window = data_window(qtbot, tmp_path, SETS, language="ja")
    viewer = double_click(window, "d")
    assert [tab.text() for tab in viewer.tabs.values()] == ["画像", "散布図", "表", "ヒストグラム", "共分散", "クラスの内訳"]
    window._speak("en")
    QApplication.processEvents()
    assert not window.content.data.viewers, "it is opened anew in the other language"
    assert next(tab.text() for tab in double_click(window, "d").tabs.values()) == "Images"


# conditions

ROWS = np.arange(6)
COLUMNS = [TableColumn("age", np.array([10, 20, 30, 40, 50, np.nan], np.float32)),
           TableColumn("petal length", np.array([0.1, -0.2, 0.3, 0.4, 1e6, 7], np.float32)),
           TableColumn("species", np.array([0, 1, 2, 0, 1, 2]), ("setosa", "versicolor", "virginica"))]


@pytest.mark.parametrize(("text", "expected"), [
    ("", [0, 1, 2, 3, 4, 5]), ("age > 20", [2, 3, 4]), ("age>=20, age <= 40", [1, 2, 3]), ("petal = 0.3", [2]),
    ("Petal Length < 0", [1]), ("species = setosa", [0, 3]), ("species != setosa", [1, 2, 4, 5]), ("v", [1, 2, 4, 5]),
    ("virgin", [2, 5]), ("> 45", [4]), ("= 7", [5]), ("7", [5]), ("petal ≥ 0.4; age < 60", [3, 4]),
    ("age > 2*10", [2, 3, 4]), ("petal = 0,3", [2]), ("species = setosa, age > 30", [3]),
])
def test_conditions(text: str, expected: list[int]) -> None:
    assert chosen_rows(COLUMNS, text, ROWS).tolist() == expected


@pytest.mark.parametrize(("text", "words"), [
    ("weight > 3", "no column “weight”"), ("age > many", "“many” is not a number"), ("species > setosa", "not larger"),
    ("age = setosa", "“setosa” is not a number"), ("__import__('os') > 3", "no column"),
])
def test_conditions_that_mean_nothing(text: str, words: str) -> None:
    with pytest.raises(Misread, match=words):
        chosen_rows(COLUMNS, text, ROWS)
