"""Looking types up: by name, by a name that is nearly right, by words, by what a wire carries."""

from __future__ import annotations

import pytest

from graphs.catalog import Catalog, fitting_port
from graphs.spec import Family, Kind, NodeType, Port
from tests.graphs.toy import CATALOG, Flatten, Judge, Loner, Mill, Mirror, Scale, Spring


def test_by_name() -> None:
    assert CATALOG.get("mill") is Mill
    assert CATALOG.get("old_mill") is Mill
    assert CATALOG.get("nothing") is None
    assert "mill" in CATALOG
    assert len(CATALOG) == len(list(CATALOG)) == 8


@pytest.mark.parametrize(("asked", "name"), [
    ("mil", "mill"), ("MILL", "mill"), ("Mills", "mill"), ("old-mill", "mill"), ("flaten", "flatten"),
    ("datasets", "spring"), ("judgement", "judge"), ("qqq", None), ("", None),
])
def test_did_you_mean(asked: str, name: str | None) -> None:
    assert CATALOG.suggest(asked) == name


def test_families_in_the_order_of_the_palette() -> None:
    shelves = CATALOG.families()
    assert list(shelves) == [Family.DATA, Family.LAYERS, Family.AUTOENCODERS, Family.RECURRENT, Family.CONVOLUTION,
                             Family.LOSSES]
    assert shelves[Family.LAYERS] == [Mill, Mirror]


@pytest.mark.parametrize(("words", "first"), [
    ("mill", Mill), ("mi", Mill), ("mir", Mirror), ("fltn", Flatten), ("grind", Mill), ("guess", Judge),
    ("Losses", Scale), ("layers mirror", Mirror), ("flaten", Flatten), ("sprong", Spring),
])
def test_search_finds_the_best_first(words: str, first: type[NodeType]) -> None:
    assert CATALOG.search(words)[0] is first


def test_search_finds_nothing_for_nonsense() -> None:
    assert CATALOG.search("qqqq") == []
    assert CATALOG.search("mill qqqq") == []
    assert len(CATALOG.search("")) == len(CATALOG)


def test_search_for_what_fits_a_wire() -> None:
    assert CATALOG.search("", kind=Kind.IMAGE, direction="input") == [Flatten]
    assert CATALOG.search("", kind=Kind.LABELS, direction="output") == [Spring]
    assert Loner in CATALOG.search("", kind=Kind.FEATURES, direction="input")
    assert CATALOG.search("scale", kind=Kind.LABELS) == []


def test_fitting_port() -> None:
    assert fitting_port(Judge, Kind.LABELS, "input") == "target"
    assert fitting_port(Judge, Kind.FEATURES, "input") == "x"
    assert fitting_port(Spring, Kind.IMAGE, "output") == "pictures"
    assert fitting_port(Spring, Kind.IMAGE, "input") is None


def test_two_types_with_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="'mill'"):
        Catalog([Mill, Mill])


def test_a_type_without_words_is_refused() -> None:
    with pytest.raises(TypeError, match="docstring"):
        type("Silent", (NodeType,), {"title": "Silent", "family": Family.DATA, "__module__": __name__})
    with pytest.raises(TypeError, match="family"):
        type("Homeless", (NodeType,), {"title": "Homeless", "__doc__": "Is nowhere.", "__module__": __name__,
                                       "inputs": (Port("x"),)})
