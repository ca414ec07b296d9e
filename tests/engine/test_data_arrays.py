"""NPY, NPZ and IDX files: round trips, MNIST's own header, and one sentence for every broken file."""

import gzip
import struct
import zipfile

import numpy as np
import pytest

from engine.nodes.arrays import ArrayFile
from graphs.spec import Kind, ShapeError, Site
from tests.effort import calls

EFFORT = 10_000  # calls: the aim is a second for whatever is wrong
RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (20, 5, 4), dtype=np.uint8)
DIGITS = np.arange(20, dtype=np.uint8) % 3 * 2
CODES = {"u1": 8, "i1": 9, "i2": 11, "i4": 12, "f4": 13, "f8": 14}


def idx(array):
    """The bytes of an IDX file, as MNIST's authors define them."""
    head = struct.pack(f">HBB{array.ndim}I", 0, CODES[array.dtype.str[1:]], array.ndim, *array.shape)
    return head + array.astype(array.dtype.newbyteorder(">")).tobytes()


def read(folder, **parameters):
    node, site = ArrayFile(**parameters), Site("arrays1", folder)
    promised, made = node.shapes({}, site), node.load({}, site)
    assert {port: column.shape for port, column in made.items()} == dict(promised)
    return made


def complaint(folder, wired=(), **parameters):
    """The sentence, said after little effort."""
    node = ArrayFile(**parameters)

    def read() -> None:
        with pytest.raises(ShapeError) as found:
            node.shapes({}, Site("arrays1", folder, frozenset(wired)))
            node.load({}, Site("arrays1", folder))
        told.append(found)

    told: list[pytest.ExceptionInfo[ShapeError]] = []
    assert calls(read) < EFFORT
    said = told[0]
    assert "\n" not in said.value.text
    assert said.value.text.endswith(".")
    return said.value.text


@pytest.mark.parametrize("packed", [False, True])
def test_idx_with_labels(tmp_path, packed):
    pack, end = (gzip.compress, ".gz") if packed else (bytes, "")
    assert idx(PIXELS)[:16] == struct.pack(">IIII", 0x803, 20, 5, 4)  # MNIST's own magic numbers
    assert idx(DIGITS)[:8] == struct.pack(">II", 0x801, 20)
    (tmp_path / f"images{end}").write_bytes(pack(idx(PIXELS)))
    (tmp_path / f"labels{end}").write_bytes(pack(idx(DIGITS)))
    made = read(tmp_path, file=f"images{end}", target=f"labels{end}")
    assert np.array_equal(made["features"].values, PIXELS.reshape(20, 20) / np.float32(255))
    assert made["features"].shape.picture == (5, 4)
    assert made["target"].shape.classes == ("0", "2", "4")
    assert np.array_equal(made["target"].values, DIGITS // 2)
    image = read(tmp_path, file=f"images{end}", layout="image")["features"]
    assert image.values.shape == (20, 1, 5, 4)


@pytest.mark.parametrize("kind", CODES)
def test_every_type_of_idx(tmp_path, kind):
    data = RNG.integers(0, 100, (7, 3)).astype(kind)
    (tmp_path / "a.idx").write_bytes(idx(data))
    scale = 255 if kind == "u1" else 1
    assert np.allclose(read(tmp_path, file="a.idx")["features"].values * scale, data)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_npz(tmp_path, save):
    colour = RNG.integers(0, 256, (6, 8, 7, 3), dtype=np.uint8)
    save(tmp_path / "d.npz", x_train=colour, y_train=np.array([3, 1, 3, 1, 1, 9]), more=np.arange(6.0))
    made = read(tmp_path, file="d.npz", layout="image")
    assert np.array_equal(made["features"].values, colour.transpose(0, 3, 1, 2) / np.float32(255))
    assert made["target"].shape.classes == ("1", "3", "9")
    made = read(tmp_path, file="d.npz", array="more", target="x_train")
    assert made["features"].values.ravel().tolist() == [0, 1, 2, 3, 4, 5]
    assert made["target"].shape.kind is Kind.FEATURES
    assert "no array “z”" in complaint(tmp_path, file="d.npz", array="z")


@pytest.mark.parametrize("order", ["C", "F"])
def test_npy(tmp_path, order):
    data = np.array(RNG.normal(size=(9, 4)), order=order)
    np.save(tmp_path / "x.npy", data)
    np.save(tmp_path / "y.npy", data[:, 0])
    made = read(tmp_path, file="x.npy", target="y.npy")
    assert np.array_equal(made["features"].values, data.astype(np.float32))
    assert made["target"].values.shape == (9, 1)
    assert "no target" in complaint(tmp_path, ["target"], file="x.npy")


def npy(header, content=b""):
    return b"\x93NUMPY\x01\0" + struct.pack("<H", len(header)) + header + content


FAULTS = {
    "empty": (b"", "starts with other bytes"),
    "text": (b"hello, world", "starts with other bytes"),
    "short": (idx(PIXELS)[:-1], "promises 400 bytes, 399 are there"),
    "long": (idx(PIXELS) + b"!", "promises 400 bytes, 401 are there"),
    "no sizes": (idx(PIXELS)[:7], "broken"),
    "type": (b"\0\0\x07\x01\0\0\0\x01a", "type 7"),
    "axes": (b"\0\0\x08\x09" + b"\0\0\0\x01" * 9, "9 axes"),
    "huge": (struct.pack(">HBB4I", 0, 14, 4, *[2**32 - 1] * 4), "promises"),
    "none": (struct.pack(">HBBI", 0, 8, 1, 0), "none of them empty"),
    "gz short": (gzip.compress(idx(PIXELS)[:-1]), "breaks off"),
    "gz long": (gzip.compress(idx(PIXELS) + bytes(10**7)), "goes on"),
    "gz cut": (gzip.compress(idx(PIXELS))[:-12], "broken"),
    "gz huge": (gzip.compress(struct.pack(">HBBI", 0, 8, 1, 10**9)), "promises 1,000,000,000 bytes"),
    "records": (npy(b"{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,), }", bytes(8)), "plain numbers"),
    "objects": (npy(b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", bytes(8)), "plain numbers"),
    "words": (npy(b"{'descr': '<f8', 'fortran_order': False, 'shape': (__import__('os'),), }"), "broken"),
    "negative": (npy(b"{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }"), "empty"),
    "not a number": (idx(np.array([[1.0], [np.nan]], "f4")), "Sample 2"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_broken_file_is_one_sentence(tmp_path, fault):
    content, words = FAULTS[fault]
    (tmp_path / "a").write_bytes(content)
    assert words in complaint(tmp_path, file="a")


def test_a_bomb_is_not_unpacked(tmp_path):
    count = 10**9
    with zipfile.ZipFile(tmp_path / "bomb.npz", "w", zipfile.ZIP_DEFLATED) as archive, \
            archive.open("x.npy", "w", force_zip64=True) as member:
        member.write(npy(f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({count},), }}".encode()))
        for _ in range(count // 10**8):
            member.write(bytes(10**8))
    assert "made to fill the memory" in complaint(tmp_path, file="bomb.npz")


def test_places_and_numbers_of_samples(tmp_path):
    (tmp_path / "a").write_bytes(idx(PIXELS))
    (tmp_path / "b").write_bytes(idx(DIGITS[:19]))
    assert "20 samples in a, but 19 answers" in complaint(tmp_path, file="a", target="b")
    assert "outside" in complaint(tmp_path, file="../a")
    assert "outside" in complaint(tmp_path, file="a", target="../b")
    assert "no file" in complaint(tmp_path, file="c")


@pytest.mark.parametrize("form", ["idx", "gz", "npy", "npz"])
def test_mutated_files_are_read_or_refused_in_words(tmp_path, form):
    from io import BytesIO

    room = BytesIO()
    if form == "npy":
        np.save(room, PIXELS)
    elif form == "npz":
        np.savez_compressed(room, x=PIXELS, y=DIGITS)
    good = {"idx": idx(PIXELS), "gz": gzip.compress(idx(PIXELS))}.get(form) or room.getvalue()
    for turn in range(200):
        rng = np.random.default_rng(turn)
        content = bytearray(good[: rng.integers(1, len(good))] if turn % 4 == 0 else good)
        for place in rng.integers(0, min(len(content), 120 if turn % 2 else len(content)), 1 + turn % 5):
            content[place] = rng.integers(256)
        (tmp_path / f"{turn}").write_bytes(content)

        def read(file=str(turn)) -> None:
            try:
                ArrayFile(file=file).load({}, Site("arrays1", tmp_path))
            except ShapeError as error:
                assert error.text.endswith(".")

        assert calls(read) < EFFORT
