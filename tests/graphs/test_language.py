"""One mechanism for text: the literal is the key, and what has no translation is said as it stands."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from graphs import language
from graphs.language import pick, set_language, tr


@pytest.fixture
def japanese(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    tables = {"en": {}, "ja": {"Set {what} to {value}": "{what}を{value}にする"}}
    monkeypatch.setattr(language, "table", tables.get)
    set_language("ja")
    yield
    set_language("en")


def test_source_text_is_given_back() -> None:
    assert tr("Set {what} to {value}", what="Units", value=3) == "Set Units to 3"
    assert tr("Braces {stay} without values") == "Braces {stay} without values"


@pytest.mark.usefixtures("japanese")
def test_translated() -> None:
    assert tr("Set {what} to {value}", what="ユニット数", value=3) == "ユニット数を3にする"
    assert tr("Not translated") == "Not translated"
    assert language.language() == "ja"
    assert pick({"en": "Title", "ja": "題"}) == "題"


def test_values_may_be_called_anything() -> None:
    assert tr("“{text}”", text="x") == "“x”"


def test_pick_takes_what_there_is() -> None:
    assert pick({"en": "Title", "ja": "題"}) == "Title"
    assert pick({"ja": "題"}) == "題"
    assert pick({}) == ""


def test_unknown_languages_are_refused() -> None:
    with pytest.raises(ValueError, match="xx"):
        set_language("xx")


def test_tables_are_text_to_text() -> None:
    for code in language.LANGUAGES:
        assert all(isinstance(word, str) and word for pair in language.table(code).items() for word in pair)
