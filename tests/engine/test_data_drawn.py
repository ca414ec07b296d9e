"""Drawn data: what documents hold is what the network reads, in one canonical form, and wrong forms are refused."""

from __future__ import annotations

import numpy as np
import pytest

from engine.data.drawings import checked_pictures, checked_points, decoded, encoded, points_of
from engine.nodes import CATALOG
from graphs import storage
from graphs.checks import check
from graphs.document import Document, Node
from graphs.edits import set_parameter
from graphs.spec import Site


def drawn(kind: str, **parameters: object) -> Document:
    return Document({"data": Node("data", kind, parameters)})


def made(kind: str, **parameters: object) -> dict:
    node = CATALOG.get(kind)(**parameters)
    return {port: column.values for port, column in node.load({}, Site("data")).items()}


def test_points_keep_their_places_and_classes() -> None:
    found = made("drawn_points", classes=3, points=[[-1000, 1000, 500, 0], [], [250, -125]])
    np.testing.assert_allclose(found["points"], [[-1, 1], [0.5, 0], [0.25, -0.125]])
    assert found["label"].tolist() == [0, 0, 2]


@pytest.mark.parametrize("side", [8, 28])
def test_pictures_survive_to_a_sixteenth_of_ink(side: int) -> None:
    rng = np.random.default_rng(side)
    for _ in range(50):
        pixels = np.where(rng.random((side, side)) < 0.7, 0.0, rng.random((side, side)))
        text = encoded(7, pixels)
        assert checked_pictures([text]) == [text]
        label, found = decoded(text)
        assert label == 7
        np.testing.assert_allclose(found.reshape(side, side), pixels, atol=0.5 / 15 + 1e-9)
        assert encoded(label, found) == text, "one picture, one text"


def test_a_sparse_picture_takes_few_letters() -> None:
    pixels = np.zeros((28, 28))
    pixels[4:24, 13:15] = 1.0
    assert len(encoded(1, pixels)) < 130


def test_layouts_of_drawn_digits() -> None:
    pictures = [encoded(place, np.eye(28) * place / 9) for place in range(10)]
    image = made("drawn_digits", size="28", layout="image", pictures=pictures)
    rows = made("drawn_digits", size="28", pictures=pictures)
    assert image["pixels"].shape == (10, 1, 28, 28)
    np.testing.assert_array_equal(image["pixels"].reshape(10, 784), rows["pixels"])
    assert rows["label"].tolist() == list(range(10))


@pytest.mark.parametrize(("kind", "parameters", "cure", "after"), [
    ("drawn_points", {}, "Begin with an example", {"label": 2}),
    ("drawn_points", {"points": [[0, 0], [1, 1], [], [5, 5]]}, "Set Classes to 4", {"label": 4}),
    ("drawn_digits", {"pictures": [encoded(1, np.zeros(784))] * 3}, "Set Size to 28×28", {"pixels": 784}),
    ("drawn_digits", {"pictures": [encoded(1, np.zeros(64))] * 2 + [encoded(1, np.zeros(9))]},
     "Leave out what does not fit", {"pixels": 64}),
])
def test_every_problem_has_a_cure_of_one_click(kind: str, parameters: dict, cure: str, after: dict) -> None:
    document = drawn(kind, **parameters)
    problem = next(problem for problem in check(document, CATALOG).errors if problem.place.node == "data")
    cured = check(next(one for one in problem.cures if one.text == cure).edit(document), CATALOG)
    assert not [problem for problem in cured.errors if problem.place.node == "data"]
    for port, wanted in after.items():
        shape = cured.outputs["data", port]
        assert (len(shape.classes) or shape.width) == wanted


def test_a_hostile_document_is_a_sentence() -> None:
    for wrong in ("x", 3, None, {}, [3], [[1]], [[True, 1]], [[0.5, 1]], [[1, 2**40]], [[float("inf"), 0]]):
        with pytest.raises(ValueError, match=r"\.$"):
            checked_points(wrong)
    for wrong in ("x", 3, None, {}, [3], ["7"], ["7 "], ["a 00"], ["7 0\n"], ["7 " + "0" * 785], ["12 00"]):
        with pytest.raises(ValueError, match=r"\.$"):
            checked_pictures(wrong)


def test_the_largest_drawings_stay_small_and_quick() -> None:
    """Four thousand points and a thousand pictures: files below a megabyte."""
    rng = np.random.default_rng(0)
    points = rng.integers(-1000, 1000, (2, 4000)).tolist()
    pictures = [encoded(place % 10, np.where(rng.random(784) < 0.8, 0, rng.random(784))) for place in range(1000)]
    document = set_parameter(drawn("drawn_points", points=points), "data", "points", points)
    assert len(storage.dumps(document)) < 60_000
    assert len(storage.dumps(drawn("drawn_digits", pictures=pictures))) < 500_000
    values, label = points_of(points)
    assert values.shape == (4000, 2)
    assert np.bincount(label).tolist() == [2000, 2000]
