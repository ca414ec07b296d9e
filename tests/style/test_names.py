"""Files say what they hold: in their names, in their first sentence, and on the map of their package."""

from __future__ import annotations

import ast
import re

from tests.house import PRODUCT, ROOT, product, sources, told

REFUSED = {"util", "utils", "helper", "helpers", "misc", "common", "base", "core", "manager", "handler", "stuff",
           "tools", "lib", "various", "general"}


def test_no_file_that_nobody_could_name() -> None:
    found = [source.name for source in sources() if REFUSED & set(source.path.stem.lower().split("_"))]
    folders = [path.relative_to(ROOT).as_posix() for top in (*PRODUCT, "tests") for path in (ROOT / top).rglob("*")
               if path.is_dir() and path.name.lower() in REFUSED]
    assert not found + folders, told(found + folders)


def test_every_module_says_what_it_holds() -> None:
    found = [source.name for source in sources() if source.text.strip() and not ast.get_docstring(source.tree)]
    assert not found, told(found)


def test_every_package_has_a_docstring() -> None:
    packages = [source for source in product() if source.path.name == "__init__.py"]
    found = [source.name for source in packages if not ast.get_docstring(source.tree)]
    assert not found, told(found)


def test_every_module_is_on_the_map_of_its_package() -> None:
    missing = []
    for source in product():
        if source.path.name == "__init__.py":
            words = set(re.findall(r"\w+", ast.get_docstring(source.tree) or ""))
            modules = sorted(path.stem for path in source.path.parent.glob("*.py") if not path.stem.startswith("__"))
            folders = sorted(path.parent.name for path in source.path.parent.glob("*/__init__.py"))
            missing += [f"{source.name} does not mention {name}" for name in (*modules, *folders) if name not in words]
    assert not missing, told(missing)


def test_public_functions_and_classes_of_graphs_and_engine_have_docstrings() -> None:
    """One sentence each; methods that a class inherits its words for, and tests, are free."""
    found = [
        f"{source.at(node)} {node.name}"
        for source in product() if source.name.startswith(("graphs/", "engine/"))
        for node in source.tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert not found, told(found)
