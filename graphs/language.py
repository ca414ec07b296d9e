"""Text in the user's language: one mechanism for graphs, engine and app. The literal in the code is the key.

Holds the current language and its table, nothing about where text is shown. Tables lie in `resources/translations`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from typing import Any

SOURCE = "en"  # the language that the code is written in
LANGUAGES: Mapping[str, str] = {"en": "English", "ja": "日本語"}

_current = SOURCE


@lru_cache(maxsize=len(LANGUAGES))
def table(code: str) -> Mapping[str, str]:
    """Source text → translation. Empty for the source language and where no table ships."""
    file = resources.files("resources").joinpath("translations", f"{code}.json")
    if code == SOURCE or not file.is_file():
        return {}
    return json.loads(file.read_text(encoding="utf-8"))


def set_language(code: str) -> None:
    """Makes `code` the language of everything that `tr` gives from now on."""
    global _current
    if code not in LANGUAGES:
        raise ValueError(f"no language {code!r}: {', '.join(LANGUAGES)}")
    _current = code


def language() -> str:
    """The code of the current language."""
    return _current


def tr(text: str, /, **values: Any) -> str:
    """`text` in the current language with `{name}` replaced by values. Without a translation: the text itself."""
    found = table(_current).get(text) or text
    return found.format(**values) if values else found


def pick(texts: Mapping[str, str]) -> str:
    """The text in the current language, else in English, else in whichever there is."""
    return texts.get(_current) or texts.get(SOURCE) or next(iter(texts.values()), "")


def marked(text: str, /) -> str:
    """The text itself, known to the translators: for words in tables that pass through `tr` where they are shown."""
    return text
