"""Sizes, ports, wires and ways around nodes: functions without a window."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtWidgets import QApplication

from app.canvas import geometry, lettering, routing
from app.canvas.faces import Face, PortFace, Side
from app.canvas.flows import Flows
from app.canvas.sections import compact, curve_points, foot_words
from app.canvas.strip_item import measure_strip
from app.canvas.wires import WireView, brief, strength
from app.node_live import NodeLive
from graphs.document import Document, Wire
from graphs.problems import Cure, Place, Problem
from graphs.spec import Family, Kind

pytestmark = pytest.mark.usefixtures("qapp")


def face(title: str = "Dense", inputs: tuple[str, ...] = ("x",), outputs: tuple[str, ...] = ("y",), **more) -> Face:
    ports = [tuple(PortFace(name, Kind.FEATURES, False) for name in names) for names in (inputs, outputs)]
    return Face("node1", title, family=Family.LAYERS, inputs=ports[0], outputs=ports[1], **more)


def test_a_plain_node_is_as_in_the_mocks() -> None:
    box = geometry.measure(face())
    assert (box.width, box.height) == (152, 72)
    assert box.ports[Side.INPUT, "x"] == QPointF(0, 50) and box.ports[Side.OUTPUT, "y"] == QPointF(152, 50)


@pytest.mark.parametrize("title", ["x", "Dense", "Sparse autoencoder", "Leaky rectified linear unit", "W" * 80,
                                   "砂時計型自己符号化器"])
def test_widths_follow_the_words_in_steps_of_the_grid(title: str) -> None:
    width = geometry.node_width(face(title))
    assert width % 8 == 0 and 152 <= width <= 256
    if width < 256:
        assert geometry.TITLE_LEFT + lettering.width(title, 12, 600) < width


def test_long_port_names_widen_the_node() -> None:
    names = ("a rather long name", "another of that sort")
    box = geometry.measure(face(inputs=names[:1], outputs=names[1:]))
    assert sum(lettering.width(name, 11) for name in names) + 2 * geometry.PAD < box.width


def test_live_content_only_adds_height() -> None:
    live = NodeLive(training=True, mean=0.2, gradient=0.1, update=0.01, code=np.ones(32), curve=np.arange(9.0))
    plain, full = geometry.measure(face()), geometry.measure(face(), live)
    assert full.width == plain.width and full.ports == plain.ports
    assert [name for name, _ in full.sections] == ["code", "curve"]
    assert full.height % 8 == 0 and full.foot is not None and full.foot.bottom() == full.height
    rects = [rect for _, rect in full.sections]
    assert all(a.bottom() <= b.top() for a, b in zip(rects, [*rects[1:], full.foot], strict=True))


def test_collapsed_nodes_keep_every_port_apart() -> None:
    box = geometry.measure(face(outputs=("code", "reconstruction", "more"), collapsed=True))
    heights = [box.ports[Side.OUTPUT, name].y() for name in ("code", "reconstruction", "more")]
    assert box.height == geometry.HEADER and len(set(heights)) == 3
    assert all(0 < height < box.height for height in heights)


def test_wires_leave_and_arrive_level() -> None:
    for start, end in ((QPointF(0, 0), QPointF(300, 90)), (QPointF(0, 0), QPointF(-200, 40)),
                       (QPointF(0, 0), QPointF(20, 300))):  # fmt: skip
        path = geometry.wire_path(start, end)
        assert path.pointAtPercent(0) == start and path.currentPosition() == end
        assert path.angleAtPercent(0) in (0, 360)
        assert math.isclose(path.angleAtPercent(1) % 360, 0, abs_tol=1e-6)


def test_a_wire_is_cut_by_a_stroke_across_and_not_by_one_beside() -> None:
    path = geometry.wire_path(QPointF(0, 0), QPointF(200, 100))
    assert geometry.crosses(path, [QPointF(100, 0), QPointF(100, 100)])
    assert not geometry.crosses(path, [QPointF(300, 0), QPointF(300, 100)])
    assert not geometry.crosses(path, [QPointF(90, 80), QPointF(60, 99)])


def test_distance_to_a_wire() -> None:
    path = geometry.wire_path(QPointF(0, 0), QPointF(200, 0))
    assert geometry.distance_to(path, QPointF(100, 7)) == pytest.approx(7, abs=0.1)
    assert geometry.distance_to(path, QPointF(230, 0)) == pytest.approx(30, abs=0.1)


# Ways around


def test_a_free_wire_runs_straight() -> None:
    obstacles = routing.Obstacles()
    obstacles.place("far", QRectF(100, 400, 150, 100))
    assert routing.detour(obstacles, QPointF(0, 0), QPointF(400, 0), ()) is None


def test_a_wire_is_led_around_what_would_hide_it() -> None:
    obstacles = routing.Obstacles()
    obstacles.place("between", QRectF(150, -40, 150, 100))
    obstacles.place("beneath", QRectF(220, 70, 150, 60))
    height = routing.detour(obstacles, QPointF(0, 0), QPointF(600, 0), ())
    assert height is not None and height > 130  # below both
    assert routing.detour(obstacles, QPointF(0, 0), QPointF(600, 0), ("between",)) is None


def test_a_wire_goes_above_where_that_is_much_shorter() -> None:
    obstacles = routing.Obstacles()
    obstacles.place("tall", QRectF(150, -20, 150, 900))
    height = routing.detour(obstacles, QPointF(0, 0), QPointF(600, 0), ())
    assert height is not None and height < -20


def test_obstacles_move_and_go() -> None:
    obstacles = routing.Obstacles()
    obstacles.place("node", QRectF(0, 0, 100, 100))
    assert obstacles.at([(50, 50)]) == {"node"}
    obstacles.place("node", QRectF(1000, 0, 100, 100))
    assert obstacles.at([(50, 50)]) == set() and obstacles.within((990, 10, 1200, 20)) == {"node"}
    obstacles.remove("node")
    assert obstacles.within((0, 0, 2000, 2000)) == set()


def test_wires_around_the_same_nodes_have_lanes_of_their_own() -> None:
    courses = routing.Courses()
    courses.obstacles.place("between", QRectF(150, -40, 150, 100))
    first = courses.of(Wire("a", "y", "b", "x"), QPointF(0, 0), QPointF(600, 0))
    second = courses.of(Wire("a", "z", "b", "x"), QPointF(0, 20), QPointF(600, 20))
    assert first.around is not None and second.around is not None
    assert abs(first.around - second.around) >= routing.LANE
    again = courses.of(Wire("a", "y", "b", "x"), QPointF(0, 0), QPointF(600, 0))
    assert again == first  # a wire does not flee from itself


# Strips, feet, numbers


def test_a_strip_holds_its_words() -> None:
    cure = Cure("Set the number of units to 10", lambda document: document)
    problem = Problem("shape", Place("a"), "These twelve units cannot tell ten classes apart, whatever they learn.",
                      cures=(cure, cure), why="Because " * 20)  # fmt: skip
    closed = measure_strip((problem,), 152, explained=False)
    opened = measure_strip((problem, problem), 152, explained=True)
    for box in (closed, opened):
        for rect in (box.sentence, box.why, *(rect for rect, _ in box.cures)):
            assert box.rect.contains(rect)
    assert len(closed.cures) == 1 and len(opened.cures) == 2
    assert opened.rect.height() > closed.rect.height() and opened.more


def test_numbers_that_do_not_fit_give_way_in_order() -> None:
    live = NodeLive(mean=0.21, gradient=0.1, update=0.004, accuracy=0.97)
    wide = [label for label, _ in foot_words(live, 400)]
    assert wide == ["μ", "∇", "Δ", "acc"]
    narrow = foot_words(live, 120)
    assert [label for label, _ in narrow] == ["∇", "acc"]
    assert sum(lettering.width(label + value, 11, 500) for label, value in narrow) < 120


@pytest.mark.parametrize(("value", "words"), [(0.0621, "0.062"), (0.21, "0.210"), (0.0024, "0.0024"), (3e-6, "3e-6"),
                                              (None, "–"), (float("nan"), "NaN"), (12.34, "12.3")])
def test_compact_numbers(value: float | None, words: str) -> None:
    assert compact(value) == words


@pytest.mark.parametrize(("value", "words"), [(3e-6, "3e-6"), (1e-3, "1e-3"), (0.02, "0.02"), (0.14, "0.14"),
                                              (1.2, "1.2"), (35.0, "35"), (float("inf"), "∞")])
def test_brief_numbers(value: float, words: str) -> None:
    assert brief(value) == words


def test_strength_is_logarithmic_and_never_leaves_its_bounds() -> None:
    assert strength(0.1, 0.01, 1.0) == pytest.approx(0.5)
    assert strength(1e-9, 0.01, 1.0) == 0 and strength(50, 0.01, 1.0) == 1 and strength(0, 0.01, 1) == 0
    assert strength(None, 0.01, 1.0) is None and strength(float("nan"), 0.01, 1.0) is None


def test_limits_of_flows_widen_by_decades_and_stay() -> None:
    flows, wire = Flows(), Wire("a", "y", "b", "x")
    flows.view = WireView.ACTIVATIONS
    flows.take({"a": NodeLive(rms={"y": 30.0})})
    assert flows.limits[WireView.ACTIVATIONS] == (0.01, 100.0)
    flows.take({"a": NodeLive(rms={"y": 0.5})})
    assert flows.limits[WireView.ACTIVATIONS] == (0.01, 100.0)
    assert flows.of(wire)[0] == 0.5
    flows.view = WireView.GRADIENTS
    flows.take({"b": NodeLive(back={"x": 1e-8})})
    assert flows.of(wire) == (1e-8, pytest.approx(0.0))


def test_curves_keep_their_newest_value_and_skip_what_is_not_finite() -> None:
    values = np.linspace(5, 1, 1000)
    values[10], values[500] = np.nan, np.inf
    line = curve_points(values, QRectF(0, 0, 100, 40))
    assert line.size() <= 120 and line.last() == QPointF(100, 40)
    assert curve_points(np.array([np.nan, 1.0]), QRectF(0, 0, 9, 9)).isEmpty()


def test_documents_need_no_window(qapp: QApplication) -> None:
    """Measuring works before anything is shown, as for pictures from the command line."""
    assert geometry.measure(Face("a", "")).height == 56 and Document().nodes == {}
