"""Every text that users can meet: literals in `tr(…)` and `marked(…)`, and the words of node types and settings."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from engine.nodes import CATALOG
from graphs.spec import Family, NodeType, Parameters, field_extra
from tests.house import product

PLACEHOLDER = re.compile(r"\{(\w+)")


def all_texts() -> dict[str, str]:
    """Source text → where it was first found."""
    found: dict[str, str] = {}
    for text, place in (*literals(), *words()):
        if any(letter.isalpha() for letter in PLACEHOLDER.sub("", text)):
            found.setdefault(text, place)
    return found


def literals() -> Iterator[tuple[str, str]]:
    """Literal texts that the code passes to `tr` or `marked`."""
    for source in product():
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in ("tr", "marked") and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    yield first.value, source.at(node)


def words() -> Iterator[tuple[str, str]]:
    """Words that node types and training settings declare."""
    for family in Family:
        yield family.value, "families"
    for kind in (*CATALOG, CATALOG.training):
        yield from ((text, kind.__name__) for text in _words_of(kind) if text)


def _words_of(kind: type[Parameters]) -> Iterator[str]:
    if issubclass(kind, NodeType):
        yield from (kind.title, kind.described())
        yield from (port.help for port in (*kind.inputs, *kind.outputs))
    for name, info in kind.model_fields.items():
        extra = field_extra(info)
        yield from (info.title or name, info.description or "", extra.get("unit", ""), extra.get("fold", ""))
        yield from extra.get("options", {}).values()
