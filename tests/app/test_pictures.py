"""Pictures without a window: graphs as on the canvas, curves and views of runs."""

import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from PySide6.QtGui import QImage, QPainter, Qt
from PySide6.QtSvg import QSvgRenderer

from app.live.card import Card
from app.live.panel import overview
from app.pictures import draw_graph, draw_run
from engine.loss_slice import FINEST
from engine.nodes import CATALOG
from engine.training import Training
from graphs import gallery
from graphs.checks import check
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[2]


def colors_of(path):
    """How many colours a picture has; a blank one has one."""
    with Image.open(path) as picture:
        return len(picture.convert("RGB").resize((200, 200)).getcolors(200 * 200))


@pytest.mark.parametrize("name", ["xor_mlp", "digits_autoencoder"])
def test_curves_and_views_of_a_run(qapp, tmp_path, name):
    training = Training(check(gallery.load(name), CATALOG))
    for _ in (*training.prepare(), *training.advance(100)):
        continue
    pictures = draw_run(training, tmp_path)
    assert set(pictures) == set(tmp_path.iterdir())
    kinds = {path.stem.split("_")[0] for path in pictures}
    assert kinds >= {"loss", "gradients", "weights", "activations", "views"}
    assert ("decision" in kinds) == (name == "xor_mlp")
    assert ("reconstruction" in kinds) == (name == "digits_autoencoder")
    assert {"tangents", "walk"} <= kinds if name == "digits_autoencoder" else "walk" not in kinds
    for path in pictures:
        assert colors_of(path) > 10, path.name


def test_what_is_asked_for_on_demand_is_answered_before_it_is_drawn(qapp, tmp_path, monkeypatch):
    """Nobody presses a button here: each card asks, and is saved with its answer."""
    training = Training(check(gallery.load("semantic_hashing"), CATALOG))
    for _ in (*training.prepare(), *training.advance(30)):
        continue
    shown, wide, save = {}, {}, Card.save

    def kept(card: Card, path: Path) -> None:
        shown[card.name] = card.table().rows
        save(card, path)
        wide[card.name] = card.foot.width() if hasattr(card, "foot") else 0

    monkeypatch.setattr(Card, "save", kept)
    before = training.machine.state()
    draw_run(training, tmp_path)
    assert {kind.name for kind in overview(training.info) if kind.asks} <= shown.keys()
    assert "draw_and_see" not in shown
    assert next(row[0] for row in shown["linear_probe"]) == "input, as it is"
    assert all(0.05 < share <= 1 for *_, share in shown["linear_probe"])
    assert len(shown["neighbours"]) > 1
    assert wide["neighbours"] > 100  # the words below the body have their room at once
    assert len(shown["loss_slice"]) == FINEST**2
    assert {row[0] for row in shown["walk"]} == {"code", "sample's code", "decoded", "sample"}
    assert all(np.array_equal(array, before[key]) for key, array in training.machine.state().items())


@pytest.mark.parametrize("name", gallery.names())
def test_a_graph_as_on_the_canvas(qapp, tmp_path, name):
    draw_graph(gallery.load(name), gallery.path(name).parent, tmp_path / "graph.png")
    assert colors_of(tmp_path / "graph.png") > 10


def test_a_graph_as_svg(qapp, tmp_path):
    draw_graph(gallery.load("digits_softmax"), tmp_path, tmp_path / "graph.svg")
    assert ElementTree.parse(tmp_path / "graph.svg").getroot().tag.endswith("svg")
    image = QImage(600, 200, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.black)
    painter = QPainter(image)
    QSvgRenderer(str(tmp_path / "graph.svg")).render(painter)
    painter.end()
    image.save(str(tmp_path / "again.png"))
    assert colors_of(tmp_path / "again.png") > 10


def test_a_picture_that_cannot_be_written_is_an_os_error(qapp, tmp_path):
    for ending in ("png", "svg"):
        with pytest.raises(OSError, match="cannot be written"):
            draw_graph(gallery.load("xor_mlp"), tmp_path, tmp_path / "nowhere" / f"graph.{ending}")


def test_the_program_draws_without_a_screen(tmp_path):
    environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "QT_QPA_PLATFORM")}
    words = ["train", "xor_mlp", "--epochs", "30", "--out", "run", "--picture", "--json"]
    done = subprocess.run([sys.executable, "-m", "app", *words], cwd=tmp_path, timeout=PATIENCE, capture_output=True,
                          env={**environment, "PYTHONPATH": str(ROOT)}, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    pictures = [tmp_path / one for one in json.loads(done.stdout.splitlines()[-1])["pictures"]]
    assert set(pictures) == set((tmp_path / "run").glob("*.png"))
    assert len(pictures) > 5
