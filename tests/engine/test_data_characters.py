"""Text as characters: windows of 1-of-K, what follows them, and texts that do not serve."""

import numpy as np
import pytest

from engine.data import text_files
from engine.data.reporting import DataCancelled, reporting
from engine.nodes.characters import TextCharacters
from graphs.spec import Kind, ShapeError, Site

WORDS = "the cat sat on the mat.\nthe dog sat, too.\n吾輩は猫である。\n"


@pytest.fixture
def put(tmp_path):
    def write(content):
        (tmp_path / "a.txt").write_bytes(content if isinstance(content, bytes) else content.encode())
        return Site("text1", tmp_path)

    return write


def read(site, **parameters):
    node = TextCharacters(file="a.txt", **parameters)
    promised, made = node.shapes({}, site), node.load({}, site)
    assert {port: column.shape for port, column in made.items()} == dict(promised)
    return made


@pytest.mark.parametrize(("length", "step"), [(5, 0), (7, 1), (4, 3), (len(WORDS) - 1, 0)])
def test_windows_are_those_of_a_loop(put, length, step):
    made, symbols = read(put(WORDS), length=length, step=step), sorted(set(WORDS))
    assert made["label"].shape.classes == tuple(symbols)
    assert made["x"].shape.kind is Kind.SEQUENCE
    starts = range(0, len(WORDS) - length, step or length)
    assert made["x"].values.shape == (len(starts), length, len(symbols))
    for port, shift in (("x", 0), ("next", 1)):
        assert (made[port].values.sum(axis=2) == 1).all()
        said = ["".join(symbols[place] for place in row.argmax(axis=1)) for row in made[port].values]
        assert said == [WORDS[start + shift : start + shift + length] for start in starts]
        assert made[port].names == tuple(symbols)
    assert [symbols[place] for place in made["label"].values] == [WORDS[start + length] for start in starts]


def test_an_alphabet_of_ones_own_stays_when_the_text_changes(put):
    made = read(put("abcabd?ab"), length=2, step=1, alphabet="abc")
    assert made["x"].names == ("a", "b", "c")
    said = "".join("abc"[place] for place in made["x"].values[:, 0].argmax(axis=1))
    assert said + "abc"[made["label"].values[-2]] == "abcaba"
    assert read(put("abba abba abba"), length=2, alphabet="abc")["x"].shape.sizes == (2, 3)


def test_ends_of_lines_and_marks_are_the_same_from_every_system(put):
    plain = read(put("ab\ncd\nef"), length=3)
    for other in ("ab\r\ncd\r\nef", "ab\rcd\ref", "\ufeffab\ncd\nef"):
        assert read(put(other), length=3)["x"].digest() == plain["x"].digest()


@pytest.mark.parametrize(("content", "words"), [
    (b"", "is empty"),
    (b"ab", "2 characters of the alphabet: a window of 50 needs one more"),
    (b"a" * 100 + b"\n\xff", "Line 2 of a.txt is not UTF-8 text"),
    (b"a\0b", "holds zero bytes"),
    ("".join(map(chr, range(0x4E00, 0x4E00 + 5000))), "5,000 different characters"),
    (b"a" * (text_files.MOST_BYTES + 1), "longer than 16 MB"),
])  # fmt: skip
def test_a_text_that_does_not_serve_is_one_sentence(put, content, words):
    site, node = put(content), TextCharacters(file="a.txt")
    with pytest.raises(ShapeError) as error:
        node.shapes({}, site)
        node.load({}, site)
    assert words in error.value.text
    assert "\n" not in error.value.text


def test_memory_is_estimated_before(put):
    with pytest.raises(ShapeError, match="make the step longer"):
        TextCharacters(file="a.txt", length=10_000, step=1).load({}, put(WORDS * 20_000))


def test_it_says_how_far_it_is_and_can_be_stopped(put, monkeypatch):
    monkeypatch.setattr(text_files, "BLOCK", 4)
    with pytest.raises(DataCancelled), reporting(lambda done, *_: done == 4):
        read(put(WORDS), length=5)


def test_mutated_texts_are_read_or_refused_in_words(put):
    good, refused = WORDS.encode(), 0
    for turn in range(200):
        rng = np.random.default_rng(turn)
        content = bytearray(good[: rng.integers(1, len(good))] if turn % 4 == 0 else good)
        for place in rng.integers(0, len(content), 1 + turn % 3):
            content[place] = rng.integers(256)
        try:
            TextCharacters(file="a.txt", length=5).load({}, put(bytes(content)))
        except ShapeError as error:
            assert error.text.endswith(".")
            refused += 1
    assert 20 < refused < 180
