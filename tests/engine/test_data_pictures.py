"""Folders of images and the two photographs: what is read, in which order, and what is refused in words."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from engine.data import image_files
from engine.data.reporting import DataCancelled, reporting
from engine.nodes.pictures import ImageFolder, Photographs
from engine.nodes.shaping import Flatten
from engine.training import Training
from graphs.document import Document, Node
from graphs.spec import Kind, Shape, ShapeError, Site
from tests.effort import calls
from tests.engine.small_networks import checked, document

EFFORT = 10_000  # calls: the aim is a second for whatever is wrong
RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (3, 6, 5), dtype=np.uint8)
COLOUR = RNG.integers(0, 256, (6, 5, 3), dtype=np.uint8)


def save(path, array, **more):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(array).save(path, **more)


def read(beside, **parameters):
    node = ImageFolder(**({"folder": "pictures", "height": 6, "width": 5} | parameters))
    site = Site("images1", beside)
    promised, made = node.shapes({}, site), node.load({}, site)
    assert {port: column.shape for port, column in made.items()} == dict(promised)
    return made


def complaint(beside, wired=(), **parameters):
    """What is said, after little effort."""
    node = ImageFolder(**({"folder": "pictures", "height": 6, "width": 5} | parameters))

    def read() -> None:
        with pytest.raises(ShapeError) as found:
            node.shapes({}, Site("images1", beside, frozenset(wired)))
            node.load({}, Site("images1", beside))
        told.append(found)

    told: list[pytest.ExceptionInfo[ShapeError]] = []
    assert calls(read) < EFFORT
    said = told[0]
    assert said.value.text.endswith(".")
    assert "\n" not in said.value.text
    return said.value


@pytest.fixture
def classes(tmp_path):
    """Two images of roses, one of a lily, and things that are no images."""
    top = tmp_path / "pictures"
    for name, array in (("rose/b.png", GREY[0]), ("rose/a.png", GREY[1]), ("lily/c.bmp", GREY[2])):
        save(top / name, array)
    (top / "rose" / "notes.txt").write_text("no image")
    (top / "rose" / ".hidden.png").write_text("no image")
    (top / "empty").mkdir()
    save(top / "beside.png", GREY[0])
    return tmp_path


def test_sub_folders_are_classes_in_the_order_of_names(classes):
    made = read(classes)
    assert made["label"].shape.classes == ("lily", "rose")
    assert made["label"].values.tolist() == [0, 1, 1]
    assert made["images"].shape.kind is Kind.IMAGE
    assert np.array_equal(made["images"].values, GREY[[2, 1, 0]][:, None] / np.float32(255))
    assert read(classes)["images"].digest() == made["images"].digest()


def test_a_new_image_is_seen_at_once(classes):
    read(classes)
    save(classes / "pictures" / "lily" / "a.png", GREY[0])
    assert read(classes)["label"].values.tolist() == [0, 0, 1, 1]


def test_a_flat_folder_has_no_classes(tmp_path):
    for place in range(3):
        save(tmp_path / "pictures" / f"{place}.png", GREY[place])
    made = read(tmp_path)
    assert list(made) == ["images"]
    assert np.array_equal(made["images"].values[:, 0], GREY / np.float32(255))
    assert "have no classes" in complaint(tmp_path, ["label"]).text


def test_colour_grey_transparency_sixteen_bits_and_turned_photographs(tmp_path):
    top = tmp_path / "pictures"
    save(top / "a.png", COLOUR)
    save(top / "b.png", np.dstack([COLOUR, np.zeros((6, 5), np.uint8)]))
    save(top / "c.png", GREY[0].astype(np.uint16) * 257)
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright
    save(top / "d.png", COLOUR.transpose(1, 0, 2), exif=exif)
    made = read(tmp_path, colour="colour")["images"].values
    assert np.array_equal(made[0], COLOUR.transpose(2, 0, 1) / np.float32(255))
    assert np.array_equal(made[1], np.ones((3, 6, 5)))
    assert np.array_equal(made[2, 0], GREY[0] / np.float32(255))
    assert np.array_equal(made[3], np.rot90(COLOUR.transpose(1, 0, 2), -1).transpose(2, 0, 1) / np.float32(255))
    grey = read(tmp_path)["images"].values[0, 0] * 255
    assert np.abs(grey - COLOUR @ [0.299, 0.587, 0.114]).max() < 1  # ITU-R 601


def test_other_proportions_are_cut_or_stretched(tmp_path):
    wide = np.zeros((10, 30), np.uint8)
    wide[:, 10:20] = 255
    save(tmp_path / "pictures" / "a.png", wide)
    assert read(tmp_path, height=10, width=10)["images"].values.min() == 1.0
    stretched = read(tmp_path, height=10, width=15, fit="stretch")["images"].values[0, 0, 5]
    assert stretched[2] < 0.1
    assert stretched[7] > 0.9
    assert stretched[12] < 0.1


def test_a_broken_image_is_named_and_can_be_left_out(classes):
    path = classes / "pictures" / "rose" / "a.png"
    path.write_bytes(path.read_bytes()[:-30])
    error = complaint(classes)
    assert error.text == "rose/a.png is broken: it cannot be read as an image."
    cured = error.cures[0].edit(Document({"images1": Node("images1", "image_folder", {})})).nodes["images1"].parameters
    made = read(classes, **cured)
    assert made["label"].values.tolist() == [0, 1]
    assert np.array_equal(made["images"].values[1, 0], GREY[0] / np.float32(255))


def bomb():
    """A PNG of a few bytes that promises 60,000 × 60,000 points."""
    def chunk(name, content):
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(10**6))) + chunk(b"IEND", b"")


def test_a_bomb_is_not_unpacked(classes):
    (classes / "pictures" / "lily" / "b.png").write_bytes(bomb())
    assert "lily/b.png promises far more points" in complaint(classes).text


def test_what_does_not_serve_is_said(tmp_path, monkeypatch):
    (tmp_path / "pictures").mkdir()
    (tmp_path / "graphs").mkdir()
    assert "no images in pictures" in complaint(tmp_path).text
    assert complaint(tmp_path, folder="none").code == "file_missing"
    assert complaint(tmp_path / "graphs", folder="../pictures").code == "file_outside"
    assert complaint(tmp_path, folder=str(tmp_path)).code == "file_outside"
    save(tmp_path / "pictures" / "a.png", GREY[0])
    assert complaint(tmp_path, folder="pictures/a.png").code == "file_missing"
    (tmp_path / "graphs" / "link.png").symlink_to(tmp_path / "pictures" / "a.png")
    assert "no images" in complaint(tmp_path, folder="graphs").text
    monkeypatch.setattr(image_files, "MOST_FILES", 0)
    assert "holds 1 images; 0 are possible" in complaint(tmp_path).text


def test_memory_is_estimated_before(classes, monkeypatch):
    class Small:
        available = 100_000_000

    monkeypatch.setattr(image_files.psutil, "virtual_memory", Small)
    assert read(classes)["images"].rows == 3
    error = complaint(classes, height=2048, width=2048, colour="colour")
    assert error.text == ("3 images of 2048×2048 take 0.2 GB, 0.1 GB of memory are free: make them smaller.")


def test_it_says_how_far_it_is_and_can_be_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(image_files, "BLOCK", 2)
    for place in range(6):
        save(tmp_path / "pictures" / f"{place}.png", GREY[0])
    said = []
    with reporting(lambda *words: said.append(words)):
        read(tmp_path)
    assert said == [(done, 6, "Reading pictures") for done in range(6)]
    with pytest.raises(DataCancelled), reporting(lambda done, *_: done == 2):
        read(tmp_path)


@pytest.mark.parametrize("form", ["png", "jpeg", "gif", "bmp"])
def test_mutated_images_are_read_or_refused_in_words(tmp_path, form):
    room = io.BytesIO()
    Image.fromarray(COLOUR).save(room, form)
    good, refused = room.getvalue(), 0
    top = tmp_path / "pictures"
    top.mkdir()
    for turn in range(200):
        rng = np.random.default_rng(turn)
        content = bytearray(good[: rng.integers(1, len(good))] if turn % 4 == 0 else good)
        for place in rng.integers(0, len(content), 1 + turn % 5):
            content[place] = rng.integers(256)
        (top / "a.png").write_bytes(content)
        told: list[str] = []

        def read(told=told) -> None:
            try:
                ImageFolder(folder="pictures").load({}, Site("images1", tmp_path))
            except ShapeError as error:
                told.append(error.text)

        assert calls(read) < EFFORT
        assert all(text.endswith(".") for text in told)
        refused += bool(told)
    assert refused > 20


def test_the_photographs_are_those_of_scikit_learn():
    from sklearn.datasets import load_sample_images

    theirs = np.stack(load_sample_images().images).transpose(0, 3, 1, 2) / np.float32(255)
    node, site = Photographs(colour="colour"), Site("photographs1")
    made = node.load({}, site)["images"]
    assert made.shape == node.shapes({}, site)["images"]
    assert np.array_equal(made.values, theirs)
    grey = Photographs(which="flower").load({}, site)["images"].values
    assert grey.shape == (1, 1, 427, 640)
    assert np.abs(grey[0, 0] - np.tensordot([0.299, 0.587, 0.114], theirs[1], 1)).max() < 0.03  # JPEG's own luminance
    small = Photographs(which="china", height=100, colour="colour").load({}, site)["images"].values
    assert small.shape == (1, 3, 100, 150)
    assert np.abs(small[0].mean(axis=(1, 2)) - theirs[0].mean(axis=(1, 2))).max() < 0.01


def test_units_know_that_they_see_colour():
    """Planes stay where they were through flattening, scaling and noise; two channels are no colour, one is grey."""
    def layers(colour: str):
        made = document(
            {"photos": ("photographs", {"height": 16, "colour": colour}), "cut": ("patches", {"size": 4, "number": 20}),
             "white": ("zca_whitening", {}), "flat": ("flatten", {}), "scale": ("normalize", {}), "drop": ("dropout", {}),
             "ae": ("autoencoder", {"units": 5}), "top": ("autoencoder", {"units": 2})},
            "photos.images>cut.images cut.patches>white.x white.x>scale.x scale.x>flat.x flat.y>drop.x drop.y>ae.x ae.code>top.x")
        found = Training(checked(made))
        for _ in found.prepare():
            continue
        return [(layer.node, layer.picture, layer.colour) for layer in found.info.layers if layer.layer == "encode"]

    assert layers("colour") == [("ae", None, (4, 4)), ("top", None, None)]
    assert layers("grey") == [("ae", (4, 4), None), ("top", None, None)]
    assert Flatten().shapes({"x": Shape(Kind.IMAGE, (2, 4, 4))}, Site("flat"))["y"].colour is None
