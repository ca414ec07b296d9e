"""Back-propagation in slow motion in the window: asked for, walked with buttons and keys, on the canvas and in words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.numerals import short
from app.panels.walk_lines import lines
from app.panels.walk_row import number, sub
from app.slow_motion import MOST_TELLING, SlowMotion, marks_of
from app.window import MainWindow
from engine import commands, events
from engine.slow_motion import Walk
from engine.walk_numbers import tell
from engine.walked import Stop, Walked
from graphs.document import Wire
from tests.app.window_kit import StillEngine, autoencoder, make_window
from tests.engine.small_runs import prepared

LEFT = Qt.MouseButton.LeftButton


class Bench:
    """A window whose engine answers as the real one would, at once."""

    def __init__(self, qtbot: QtBot, folder: Path, language: str = "en", size: tuple[int, int] = (1280, 720)) -> None:
        self.window = make_window(qtbot, folder, size, language)
        self.window.model.open(autoencoder())
        self.walk = Walk(prepared(autoencoder()).built)
        self.window.content.table.run("slow")
        self.slow = self.window.content.findChild(SlowMotion)
        self.answer()

    @property
    def engine(self) -> StillEngine:
        engine = self.window.controller.engine
        assert isinstance(engine, StillEngine)
        return engine

    @property
    def order(self) -> commands.Walk:
        """What was asked for last."""
        order = [one[1] for one in self.engine.asked if one[0] == "walk"][-1]
        assert isinstance(order, commands.Walk)
        return order

    def answer(self, step: int = 0) -> Walked:
        told = tell(self.walk, self.order, step)
        self.engine.to_say.append(told)
        self.window.controller.tick()
        return told

    @property
    def stop(self) -> Stop:
        assert self.slow.walked is not None
        return self.slow.walked.stops[self.slow.place]

    def words(self) -> dict[str, str]:
        """Every row of the panel: its left words and its number."""
        return {line.left: line.right for line in self.slow.panel.lines.lines}

    def chips(self, node: str) -> list[str]:
        item = self.window.content.view.graph_scene.walk.items.get(node)
        return [chip.words for chip in item.chips] if item else []

    def wire(self, source: str, target: str) -> str:
        scene = self.window.content.view.graph_scene
        return next(item.number for wire, item in scene.wires.items() if (wire.source, wire.target) == (source, target))


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path) -> Bench:
    return Bench(qtbot, tmp_path)


def test_the_panel_takes_the_inspector_s_place_and_gives_it_back(bench: Bench) -> None:
    panel, inspector = bench.slow.panel, bench.window.content.inspector
    assert panel.isVisible() and not inspector.isVisible() and panel.hasFocus()
    assert panel.width() >= panel.minimumWidth() and panel.geometry().right() == bench.window.content.panels.width() - 1
    QTest.keyClick(panel, Qt.Key.Key_Escape)
    assert inspector.isVisible() and not panel.isVisible()
    assert bench.window.content.view.graph_scene.walk.items == {}
    bench.window.content.table.run("slow")
    assert panel.isVisible() and not inspector.isVisible()


def test_buttons_and_keys_walk_through_all_stops(bench: Bench) -> None:
    panel, walked = bench.slow.panel, bench.slow.walked
    assert walked is not None and bench.stop == Stop("given", "digits1") and not panel.back.isEnabled()
    seen = [bench.stop]
    while panel.next.isEnabled():
        QTest.mouseClick(panel.next, LEFT)
        if bench.stop.layer >= 0 and not bench.words():  # the numbers of another layer's unit are asked for
            assert bench.order.layer == bench.stop.layer
            bench.answer()
        assert bench.words(), bench.stop
        assert panel.title.text() == bench.slow.title(walked, bench.stop)
        seen.append(bench.stop)
    assert tuple(seen) == walked.stops
    QTest.mouseClick(panel.start, LEFT)
    assert bench.slow.place == 0
    for key, place in ((Qt.Key.Key_Right, 1), (Qt.Key.Key_Right, 2), (Qt.Key.Key_Left, 1), (Qt.Key.Key_End, len(seen) - 1),
                       (Qt.Key.Key_Right, len(seen) - 1), (Qt.Key.Key_Home, 0), (Qt.Key.Key_Left, 0)):
        QTest.keyClick(panel, key)
        assert bench.slow.place == place
    QTest.mouseClick(panel.stops, LEFT, pos=panel.stops.center(3).toPoint())
    assert bench.slow.place == 3


def test_numbers_come_onto_nodes_and_wires_as_the_walk_reaches_them(bench: Bench) -> None:
    walked = bench.slow.walked
    assert walked is not None
    assert bench.wire("digits1", "code1").startswith("|z|") and bench.wire("code1", "dense1") == ""
    places = {(stop.kind, stop.node, stop.layer): place for place, stop in enumerate(walked.stops)}
    bench.slow.go(places["forward", "dense1", 2])
    bench.answer()
    scene, unit = bench.window.content.view.graph_scene, bench.slow.walked.unit
    assert unit is not None and scene.walk.items["dense1"].here and not scene.walk.items["code1"].here
    values = bench.slow.walked.layers[2].values
    assert bench.chips("dense1") == [f"z{sub(unit.unit)} {short(values[unit.unit])}"]
    assert bench.wire("code1", "dense1").startswith("|z|")
    bench.slow.go(places["loss", "loss1", -1])
    (truth,) = walked.port(("digits1", "label")).values
    assert bench.wire("digits1", "loss1") == f"t = {truth:.0f}"
    assert bench.chips("loss1") == [f"E {walked.losses[-1].value:.2f}"]
    bench.slow.go(places["backward", "dense1", 2])
    assert bench.wire("dense1", "loss1").startswith(("|∂E/∂z|", "|z|"))
    assert bench.chips("dense1")[-1].startswith("∂E/∂w") and bench.chips("dense1")[-2].startswith("δ")
    assert scene.walk.items["dense1"].marks.back
    bench.slow.go(len(walked.stops) - 1)
    back = {wire: flow for wire, flow in scene.walk.marks.wires.items() if flow.back}
    assert Wire("code1", "code", "dense1", "x") in back and Wire("digits1", "pixels", "code1", "x") not in back


def test_unit_weight_and_sample_are_picked_by_click_and_by_number(bench: Bench) -> None:
    panel = bench.slow.panel
    bench.slow.go(2)
    if not bench.words():
        bench.answer()
    layer = bench.stop.layer
    QTest.mouseClick(panel.units, LEFT, pos=panel.units.cell(5).center().toPoint())
    assert (bench.order.layer, bench.order.unit, bench.order.weight) == (layer, 5, MOST_TELLING)
    told = bench.answer()
    assert told.unit is not None and panel.unit.value() == 5 and panel.weight.value() == told.unit.weight
    panel.weight.setValue(3)
    assert (bench.order.unit, bench.order.weight) == (5, 3)
    bench.answer()
    QTest.mouseClick(panel.weights, LEFT, pos=panel.weights.cell(7).center().toPoint())
    assert (bench.order.unit, bench.order.weight) == (5, 7)
    bench.answer()
    panel.sample.setValue(4)
    assert bench.order.sample == 4 and bench.order.unit == 5
    bench.answer()
    assert panel.sample.value() == 4 and bench.words()[f"u{sub(5)}"] == number(bench.slow.walked.layers[layer].sums[5], 6)
    bench.slow.go(1)
    bench.answer() if bench.slow.walked.unit.layer != bench.stop.layer else None
    bench.slow.go(2)
    assert bench.order.unit == 5 and bench.order.weight == 7, "every layer keeps its own unit"


def test_a_click_on_a_node_leads_there(bench: Bench) -> None:
    bench.window.model.select({"dense1"})
    assert bench.stop.node == "dense1" and bench.stop.kind == "forward"
    bench.answer()
    bench.slow.go(len(bench.slow.walked.stops) - 1)
    bench.window.model.select({"dense1"})
    bench.window.model.select(())
    bench.window.model.select({"dense1"})
    assert bench.stop.kind == "backward" and bench.stop.node == "dense1"


def test_the_numbers_in_words_are_those_of_the_walk(bench: Bench) -> None:
    """δ = f′ Σ w δ and ∂E/∂w = Σ δ z, read off the rows; and the check beside the analytic value."""
    walked = bench.slow.walked
    assert walked is not None
    for place, stop in enumerate(walked.stops):
        if stop.layer < 0:
            continue
        told = tell(bench.walk, commands.Walk(2, stop.layer, 3, 4), 0)
        rows = {line.left: line.right for line in lines(told, stop, lambda node: node, "")}
        layer = bench.walk.layers[stop.layer]
        if stop.kind == "forward":
            assert rows[f"u{sub(3)}"] == number(float(bench.walk.value(layer.sums)[2, 3]), 6), place
            continue
        deltas = bench.walk.adjoint(layer.sums)
        assert deltas is not None
        assert rows[f"δ{sub(3)}"] == number(float(deltas[2, 3]), 6)
        by_hand = float(deltas[:, 3] @ bench.walk.value(layer.given)[:, 4])
        assert rows[f"∂E/∂w{sub(3, 4)}"] in (number(by_hand, 6), number(by_hand, 8))
        assert float(rows["relative difference"].replace("−", "-")) < 1e-4


def test_while_it_trains_the_walk_waits_and_then_goes_through_the_new_weights(bench: Bench) -> None:
    scene, panel = bench.window.content.view.graph_scene, bench.slow.panel
    bench.engine.to_say.append(events.StateChanged("running"))
    bench.window.controller.tick()
    assert scene.walk.items == {} and "pause" in panel.told.text()
    asked = bench.engine.words().count("walk")
    QTest.mouseClick(panel.next, LEFT)
    assert bench.slow.place == 0 and bench.engine.words().count("walk") == asked
    bench.engine.to_say.append(events.StateChanged("paused", 7))
    bench.window.controller.tick()
    assert bench.engine.words().count("walk") == asked + 1
    bench.answer(step=7)
    assert panel.told.text() == "" and "step 7" in panel.batch.text() and scene.walk.items


def test_a_graph_with_problems_is_not_walked_and_one_without_numbers_says_why(qtbot: QtBot, tmp_path: Path) -> None:
    bench = Bench(qtbot, tmp_path)
    bench.engine.to_say.append(Walked(3, problem="A number is not finite at code1."))
    bench.window.controller.tick()
    assert bench.slow.panel.told.text() == "A number is not finite at code1."
    assert bench.window.content.view.graph_scene.walk.items == {}
    bench.slow.leave()
    document = autoencoder()
    broken = document.wires - {wire for wire in document.wires if wire.target == "code1"}
    bench.window.model.open(type(document)(document.nodes, broken))
    bench.window.content.table.run("slow")
    assert not bench.slow.panel.isVisible() and bench.window.content.inspector.isVisible()


def test_edits_end_no_walk_but_a_new_document_does(bench: Bench) -> None:
    bench.window.model.open(autoencoder())
    assert not bench.slow.open and bench.window.content.inspector.isVisible()


@pytest.mark.parametrize("size", [(1280, 720), (1600, 1000)])
def test_everything_fits_in_both_languages(qtbot: QtBot, tmp_path: Path, size: tuple[int, int]) -> None:
    bench = Bench(qtbot, tmp_path, "ja", size)
    panel = bench.slow.panel
    for button in (panel.start, panel.back, panel.next, panel.end):
        assert button.fontMetrics().horizontalAdvance(button.text()) + 12 <= button.width(), button.text()
    for place in range(len(bench.slow.walked.stops)):
        bench.slow.go(place)
        if bench.stop.layer >= 0 and not bench.words():
            bench.answer()
        assert panel.scroll.widget().width() <= panel.scroll.viewport().width()
    panel._show_spin(panel.sample, 9999, 10000)
    panel._show_spin(panel.unit, 9999, 10000)
    panel._show_spin(panel.weight, 9999, 10000)
    assert panel.scroll.widget().minimumSizeHint().width() <= panel.scroll.viewport().width()


def test_marks_are_strongest_where_most_flows() -> None:
    walk = Walk(prepared(autoencoder()).built)
    walked = tell(walk, commands.Walk(), 0)
    marks = marks_of(walked, len(walked.stops) - 1, list(autoencoder().wires))
    forward = [flow.share for flow in marks.wires.values() if not flow.back]
    assert max(forward) == pytest.approx(1.0) and min(forward) >= 0.2
    sizes = {wire: np.linalg.norm(walked.port((wire.source, wire.output)).values)
             for wire, flow in marks.wires.items() if not flow.back and wire.output != "label"}
    assert max(sizes, key=sizes.get) == max((wire for wire in sizes), key=lambda wire: marks.wires[wire].share)


def test_the_window_knows_the_way_in(qtbot: QtBot, tmp_path: Path) -> None:
    window: MainWindow = make_window(qtbot, tmp_path)
    assert not window.content.table["slow"].isEnabled()
    window.model.open(autoencoder())
    assert window.content.table["slow"].isEnabled()
    QTest.keyClick(window, Qt.Key.Key_F10, Qt.KeyboardModifier.ControlModifier)
    assert window.content.findChild(SlowMotion).panel.isVisible()
