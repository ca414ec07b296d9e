"""What is painted: colours where they must be, less from afar, pictures as files, a thousand nodes in time."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import patch

import pytest
from PySide6.QtCore import QPointF, QSize
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app import theme
from app.canvas import wires
from app.canvas.render import render_document, thumbnail
from app.canvas.wires import WireView
from app.node_live import NodeLive
from graphs import edits
from graphs.document import Document, Node, Wire
from graphs.spec import Kind
from tests.app.canvas_kit import Canvas
from tests.app.canvas_kit import canvas as canvas
from tests.app.toy_catalog import CATALOG, chain, lives
from tests.effort import calls


def shot(canvas: Canvas) -> QImage:
    return canvas.view.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)


def color_at(image: QImage, at: QPointF) -> QColor:
    return image.pixelColor(at.toPoint())


def near(a: QColor, b: QColor) -> bool:
    return max(abs(x - y) for x, y in zip(a.getRgb()[:3], b.getRgb()[:3], strict=True)) <= 6


def count(image: QImage, color: QColor) -> int:
    """How many pixels have nearly this colour."""
    return sum(
        near(image.pixelColor(x, y), color) for x in range(0, image.width(), 2) for y in range(0, image.height(), 2)
    )


def set_theme(mode: str) -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    theme.apply(app, mode)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_ports_and_ground_have_the_colors_of_the_theme(canvas: Canvas, mode: str) -> None:
    set_theme(mode)
    tokens, image = theme.tokens(), shot(canvas)
    assert near(color_at(image, canvas.output("digits1", "pixels")), tokens.kinds[Kind.FEATURES])
    assert near(color_at(image, canvas.output("digits1", "label")), tokens.kinds[Kind.LABELS])
    free = canvas.output("sae", "reconstruction")
    assert near(color_at(image, free), tokens.canvas)  # a ring
    assert near(color_at(image, free + QPointF(4.4, 0)), tokens.kinds[Kind.FEATURES])
    assert near(color_at(image, QPointF(612, 600)), tokens.canvas)
    assert near(color_at(image, canvas.body("dense1") + QPointF(0, -12)), tokens.raised)


def test_selection_and_problems_are_outlined(canvas: Canvas) -> None:
    tokens = theme.tokens()
    edge = canvas.view.to_view(canvas.view.graph_scene.nodes["dense1"].pos() + QPointF(60, 0))
    canvas.model.select({"dense1"})
    assert near(color_at(shot(canvas), edge), tokens.accent)
    canvas.model.select(())
    canvas.model.apply("units", lambda document: edits.set_parameter(document, "dense1", "units", 12))
    image = shot(canvas)
    loss = canvas.view.graph_scene.nodes["loss1"]
    assert near(color_at(image, canvas.view.to_view(loss.pos() + QPointF(60, 0))), tokens.error_fill)
    badge = canvas.view.to_view(loss.pos() + QPointF(loss.box.width - 10, -2))
    assert near(color_at(image, badge), tokens.error_fill)


def test_activation_and_gradient_views_color_the_wires(canvas: Canvas) -> None:
    tokens = theme.tokens()
    canvas.view.show_live(lives())
    at = (canvas.output("dense1") + canvas.input("loss1", "prediction")) / 2
    for view in (WireView.ACTIVATIONS, WireView.GRADIENTS):
        canvas.view.set_wire_view(view.value)
        item = canvas.view.graph_scene.wires[canvas.wire("dense1.y → loss1.prediction")]
        expected = wires.strength_color(view, item.share, tokens)
        image = shot(canvas)
        row = [color_at(image, at + QPointF(dx, 0)) for dx in range(-20, 21)]
        assert sum(near(color, expected) for color in row) > 20


def test_from_afar_there_are_no_words_and_closer_by_there_are(canvas: Canvas) -> None:
    canvas.view.switch.hide()
    canvas.view.zoom_box.hide()
    with patch("app.canvas.lettering.draw") as written:
        words = {}
        for zoom in (1.0, 0.6, 0.5, 0.3):
            canvas.view.zoom_at(zoom, canvas.view.middle())
            written.reset_mock()
            shot(canvas)
            words[zoom] = {call.args[2] for call in written.call_args_list}
    assert {"Dense", "pixels", "B×10"} <= words[1.0]
    assert "Dense" in words[0.6] and "pixels" not in words[0.6] and "B×10" in words[0.6]
    assert "Dense" in words[0.5] and "B×10" not in words[0.5]
    assert words[0.3] == set()
    assert count(shot(canvas), theme.tokens().text) == 0


@pytest.mark.parametrize("dark", [True, False])
def test_png(tmp_path: Path, qapp: QApplication, dark: bool) -> None:
    set_theme("light")
    path = render_document(chain(), CATALOG, tmp_path / "graph.png", dark=dark, scale=1.0, lives=lives())
    image, tokens = QImage(str(path)), theme.theme_tokens(dark=dark)
    assert image.width() > 1000 and near(image.pixelColor(2, 2), tokens.canvas)
    assert count(image, tokens.raised) > 2000 and count(image, tokens.sand) > 20  # nodes, class bars
    assert not theme.tokens().dark  # the window's theme is left as it was


def test_svg_needs_no_font(tmp_path: Path, qapp: QApplication) -> None:
    document = edits.rename(chain(), "sae", "砂時計型自己符号化器")
    path = render_document(document, CATALOG, tmp_path / "graph.svg")
    text = path.read_text(encoding="utf-8")
    assert text.lstrip().startswith("<?xml") and "<text" not in text and text.count("<path") > 50


def test_pictures_of_nothing_and_of_wrong_names(tmp_path: Path, qapp: QApplication) -> None:
    assert not QImage(str(render_document(Document(), CATALOG, tmp_path / "empty.png"))).isNull()
    with pytest.raises(ValueError, match=r"\.png or \.svg"):
        render_document(chain(), CATALOG, tmp_path / "graph.gif")
    with pytest.raises(OSError, match="cannot be written"):
        render_document(chain(), CATALOG, tmp_path / "nowhere" / "graph.png")


def test_thumbnails(qapp: QApplication) -> None:
    set_theme("light")
    made = thumbnail(chain(), CATALOG, QSize(160, 48), 2.0)
    assert made.size() == QSize(320, 96) and made.deviceIndependentSize().width() == 160
    image = made.toImage()
    assert image.pixelColor(2, 2).alpha() == 0
    assert any(near(image.pixelColor(x, 48), theme.tokens().families["Data"]) for x in range(20, 60))
    thumbnail(Document(), CATALOG, QSize(160, 48))


def big(size: int = 1000) -> Document:
    """Forty columns of chains."""
    kinds, ports = ("dense", "normalise", "sparse_autoencoder"), ("y", "x", "code")
    nodes, wires = {}, set()
    for index in range(size):
        column, row = divmod(index, 25)
        name = f"n{index}"
        kind = kinds[index % 3] if column else "digits"
        nodes[name] = Node(name, kind, position=(240.0 * column, 160.0 * row))
        if column:
            wires.add(Wire(f"n{index - 25}", ports[(index - 25) % 3] if column > 1 else "pixels", name, "x"))
    return Document(nodes, frozenset(wires))


def test_a_thousand_nodes_are_a_few_calls_each(canvas: Canvas, qtbot: QtBot) -> None:
    """Painted, and when one of them is nudged; the aims are 50 and 100 ms."""
    document = big()
    canvas.view.resize(1600, 900)
    canvas.model.open(document)
    assert canvas.view.zoom < 0.4 and len(canvas.view.graph_scene.wires) == 975
    canvas.view.viewport().repaint()  # what is drawn once and kept
    assert calls(canvas.view.viewport().repaint) < 30 * len(document.nodes)

    def nudge() -> None:
        at = canvas.position("n500")
        canvas.model.apply("move", lambda document: edits.move(document, {"n500": (at[0] + 8, at[1])}))

    assert calls(nudge) < 100 * len(document.nodes)
    live = {name: NodeLive(training=True, mean=0.2, rms={"y": 0.3}) for name in document.nodes}
    canvas.view.show_live(live)
    again = {name: NodeLive(training=True, mean=0.2, rms={"y": 0.3}) for name in document.nodes}
    assert calls(lambda: canvas.view.show_live(again)) < 250 * len(document.nodes)
    assert calls(lambda: canvas.model.select({"n1"}) or canvas.model.select({"n2"})) < 100 * len(document.nodes)


def test_live_dots_breathe_only_while_something_trains(canvas: Canvas) -> None:
    theme.set_still(False)
    canvas.view.show_live(lives())
    assert canvas.view.pulse.timer.isActive()
    canvas.view.show_live({"dense1": NodeLive(gradient=0.1)})
    assert not canvas.view.pulse.timer.isActive()
    theme.set_still(True)
    canvas.view.show_live(lives())
    assert not canvas.view.pulse.timer.isActive()


def test_a_change_of_theme_repaints(canvas: Canvas) -> None:
    light = shot(canvas)
    set_theme("dark")
    assert near(color_at(shot(canvas), QPointF(612, 600)), theme.tokens().canvas)
    assert not near(color_at(light, QPointF(612, 600)), theme.tokens().canvas)
