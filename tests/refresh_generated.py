"""Writes the files that are made from the code, and says which texts wait for a translation.

`python -m tests.refresh_generated`
"""

from __future__ import annotations

from engine.nodes import CATALOG
from graphs.language import LANGUAGES, SOURCE, table
from graphs.schema import schema_text
from graphs.storage import atomic_write
from tests.house import ROOT
from tests.texts import all_texts

SCHEMA = ROOT / "graphs" / "document.schema.json"


def main() -> None:
    """Refreshes the schema and lists missing and stale translations."""
    text = schema_text(CATALOG).encode("utf-8")
    fresh = SCHEMA.exists() and SCHEMA.read_bytes() == text
    if not fresh:
        atomic_write(SCHEMA, text)
    print(f"{SCHEMA.relative_to(ROOT)}: {'unchanged' if fresh else 'written'}")
    texts = all_texts()
    for code in LANGUAGES.keys() - {SOURCE}:
        known = table(code)
        for missing in texts.keys() - known.keys():
            print(f"{code}: no translation of {missing!r} ({texts[missing]})")
        for stale in known.keys() - texts.keys():
            print(f"{code}: nobody says {stale!r} any more")


if __name__ == "__main__":
    main()
