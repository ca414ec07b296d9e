"""Files and functions stay small enough to be read."""

from __future__ import annotations

import ast

from tests.house import sources, told

LONGEST_FILE = 400
LONGEST_FUNCTION = 50


def test_files() -> None:
    lengths = {source.name: len(source.text.splitlines()) for source in sources()}
    found = [f"{name}: {lines} lines" for name, lines in lengths.items() if lines > LONGEST_FILE]
    assert not found, told(found)


def test_functions() -> None:
    lengths = {
        f"{source.at(node)} {node.name}": node.end_lineno - node.lineno + 1
        for source in sources() for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None
    }
    found = [f"{name}: {lines} lines" for name, lines in lengths.items() if lines > LONGEST_FUNCTION]
    assert not found, told(found)
