"""Translations: nothing stale, the same {names} on both sides."""

from __future__ import annotations

import pytest

from engine.nodes import CATALOG
from engine.optimizers import OPTIMIZERS
from engine.terrain import SURFACES
from graphs.language import LANGUAGES, SOURCE, table
from tests.house import told
from tests.texts import PLACEHOLDER, all_texts, formula_and_source

OTHERS = sorted(LANGUAGES.keys() - {SOURCE})


@pytest.mark.parametrize("code", OTHERS)
def test_nothing_is_translated_that_nobody_says(code: str) -> None:
    found = sorted(table(code).keys() - all_texts().keys())
    assert not found, told(found)


@pytest.mark.parametrize("code", OTHERS)
def test_translations_use_the_same_values(code: str) -> None:
    wrong = [text for text, said in table(code).items()
             if set(PLACEHOLDER.findall(text)) != set(PLACEHOLDER.findall(said))]
    assert not wrong, told(wrong)


def test_texts_are_found_in_code_and_in_node_types() -> None:
    texts = all_texts()
    assert "Remove the wire" in texts
    assert "Data" in texts
    assert any(place == "Dense" for place in texts.values())


def test_texts_that_take_values_use_names() -> None:
    assert [text for text in all_texts() if "{}" in text] == []


@pytest.mark.parametrize("code", OTHERS)
def test_formulas_and_sources_with_words_are_translated(code: str) -> None:
    texts = [text for kind in (*CATALOG, *OPTIMIZERS.values(), *SURFACES.values()) for text in formula_and_source(kind)]
    assert "w ← w − η α w,  then as Adam" in texts
    missing = sorted(set(texts) - table(code).keys())
    assert not missing, told(missing)
