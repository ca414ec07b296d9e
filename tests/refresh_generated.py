"""Writes the files that are made from the code, and says which texts wait for a translation.

`python -m tests.refresh_generated`
"""

from __future__ import annotations

from engine.nodes import CATALOG
from graphs.language import LANGUAGES, SOURCE, table
from graphs.schema import schema_text
from graphs.spec import NodeType
from graphs.storage import atomic_write
from tests.house import ROOT
from tests.texts import all_texts

SCHEMA = ROOT / "graphs" / "document.schema.json"
README = ROOT / "README.md"
MARKS = "<!-- nodes: written by `make generated` -->", "<!-- /nodes -->"


def node_table() -> str:
    """The README's table of node types, from the catalogue."""
    rows = ["| family | node | what it does | equation |", "|---|---|---|---|"]
    for family, kinds in CATALOG.families().items():
        rows += [f"| {family} | {kind.title} | {_first_sentence(kind)} | {_code(kind.equation)} |" for kind in kinds]
    return "\n".join(rows)


def _first_sentence(kind: type[NodeType]) -> str:
    return kind.described().split("\n\n")[0].split(". ")[0].rstrip(".").replace("\n", " ") + "."


def _code(equation: str) -> str:
    return "<br>".join(f"`{line.replace('|', chr(0x2223))}`" for line in equation.splitlines())


def readme_text() -> str:
    """The README with its table of nodes made anew."""
    text = README.read_text(encoding="utf-8")
    before, _, rest = text.partition(MARKS[0])
    _, _, after = rest.partition(MARKS[1])
    return f"{before}{MARKS[0]}\n{node_table()}\n{MARKS[1]}{after}"


def main() -> None:
    """Refreshes the schema and the README, and lists missing and stale translations."""
    text = schema_text(CATALOG).encode("utf-8")
    fresh = SCHEMA.exists() and SCHEMA.read_bytes() == text
    if not fresh:
        atomic_write(SCHEMA, text)
    print(f"{SCHEMA.relative_to(ROOT)}: {'unchanged' if fresh else 'written'}")
    fresh = readme_text()
    if fresh != README.read_text(encoding="utf-8"):
        atomic_write(README, fresh.encode("utf-8"))
        print("README.md: table of nodes written")
    texts = all_texts()
    for code in LANGUAGES.keys() - {SOURCE}:
        known = table(code)
        for missing in texts.keys() - known.keys():
            print(f"{code}: no translation of {missing!r} ({texts[missing]})")
        for stale in known.keys() - texts.keys():
            print(f"{code}: nobody says {stale!r} any more")


if __name__ == "__main__":
    main()
