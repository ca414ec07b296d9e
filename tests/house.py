"""The source files of the project, parsed once, for the tests that read them instead of running them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PRODUCT = ("app", "engine", "graphs", "resources")


@dataclass(frozen=True)
class Source:
    """One Python file."""

    path: Path

    @property
    def name(self) -> str:
        """The path from the root of the project, with slashes on every system."""
        return self.path.relative_to(ROOT).as_posix()

    @property
    def module(self) -> str:
        """The name that it is imported by."""
        parts = self.path.relative_to(ROOT).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @property
    def package(self) -> str:
        """The package that relative imports in it start from."""
        return self.module if self.path.name == "__init__.py" else self.module.rpartition(".")[0]

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.name)

    @cached_property
    def inside_functions(self) -> frozenset[ast.AST]:
        """Every node of the tree that runs only when a function is called."""
        kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
        functions = (node for node in ast.walk(self.tree) if isinstance(node, kinds))
        return frozenset(inner for function in functions for inner in ast.walk(function) if inner is not function)

    @cached_property
    def for_type_checkers(self) -> frozenset[ast.AST]:
        """Every node of the tree under `if TYPE_CHECKING:`."""
        questions = (node for node in ast.walk(self.tree) if isinstance(node, ast.If))
        blocks = (node for node in questions if "TYPE_CHECKING" in ast.unparse(node.test))
        return frozenset(inner for block in blocks for statement in block.body for inner in ast.walk(statement))

    def imports(self) -> Iterator[tuple[str, ast.stmt]]:
        """(full module name, statement) of every import in the file, at whatever depth."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((alias.name, node) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                start = node.module or ""
                if node.level:
                    parts = self.package.split(".")
                    start = ".".join([*parts[: len(parts) - node.level + 1], *([node.module] if node.module else [])])
                yield start, node
                yield from ((f"{start}.{alias.name}", node) for alias in node.names if start.split(".")[0] in PRODUCT)

    def at(self, node: ast.AST) -> str:
        """`graphs/edits.py:12`"""
        return f"{self.name}:{getattr(node, 'lineno', 1)}"


@lru_cache(maxsize=1)
def sources() -> tuple[Source, ...]:
    """Every Python file of the product and its tests."""
    return tuple(Source(path) for top in (*PRODUCT, "tests") for path in sorted((ROOT / top).rglob("*.py")))


def product() -> Iterator[Source]:
    """Every Python file that users get."""
    return (source for source in sources() if not source.name.startswith("tests/"))


def written_for_tests() -> Iterator[Source]:
    """Every Python file that users do not get."""
    return (source for source in sources() if source.name.startswith("tests/"))


def told(found: Iterable[str]) -> str:
    """What a test says about the places that it found: each on a line of its own."""
    places = list(found)
    return "\n".join([f"{len(places)} found:", *places])
