"""Every text that users can meet: literals in `tr(…)` and `marked(…)`, and the words of node types and settings."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from engine.nodes import CATALOG
from engine.optimizer import Optimizer
from engine.optimizers import OPTIMIZERS
from engine.terrain import SURFACES, Surface
from graphs.spec import Family, NodeType, Parameters, field_extra
from tests.house import product

PLACEHOLDER = re.compile(r"\{(\w+)")
WORD = re.compile(r"[A-Za-z]{2,}")
SYMBOLS = {"sin", "cos", "tanh", "exp", "ln", "max", "min", "sign", "softmax", "KL", "Bernoulli", "Reber", "kn",  # functions, names
           "target", "label", "next", "train", "validation", "test"}  # ports are called so in every language
REMARK = re.compile(r"\b(lectures|Lectures|section|experiment|compare|usual|keeps|stands|sum over|fused|surrogate|layout|format|"
                    r"sub-folder|forecasting|encoder problem|projection|by)\b")


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
    for declared in (*CATALOG, *OPTIMIZERS.values(), *SURFACES.values()):
        yield from ((text, declared.__name__) for text in formula_and_source(declared))


def formula_and_source(kind: type[NodeType | Optimizer | Surface]) -> Iterator[str]:
    """An equation with words in it, and a source that says more than who wrote what: titles stay as they were printed."""
    if set(WORD.findall(kind.equation)) - SYMBOLS:
        yield kind.equation
    if REMARK.search(kind.source):
        yield kind.source


def _words_of(kind: type[Parameters]) -> Iterator[str]:
    if issubclass(kind, NodeType):
        yield from (kind.title, kind.described())
        yield from (port.help for port in (*kind.inputs, *kind.outputs))
    for name, info in kind.model_fields.items():
        extra = field_extra(info)
        yield from (info.title or name, info.description or "", extra.get("unit", ""), extra.get("fold", ""))
        yield from extra.get("options", {}).values()
