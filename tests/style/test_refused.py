"""What no file of the project may contain: code from data, swallowed errors, colours outside the theme, timed waits."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

from tests.house import Source, product, sources, told, written_for_tests

HEX = re.compile(r"#(?:[0-9a-fA-F]{8}|[0-9a-fA-F]{6}|[0-9a-fA-F]{3,4})\b")
EVERYTHING = {"Exception", "BaseException"}
CODE_FROM_DATA = {"pickle", "dill", "marshal", "shelve", "cloudpickle"}
Found = Iterator[tuple[ast.AST, str]]


def listed(where: Iterator[Source], find: Callable[[Source], Found]) -> list[str]:
    return [f"{source.at(node)}: {what}" for source in where for node, what in find(source)]


def called(node: ast.AST) -> str:
    """`time.sleep` for a call of it, else nothing."""
    return ast.unparse(node.func) if isinstance(node, ast.Call) else ""


def test_no_code_out_of_data() -> None:
    def find(source: Source) -> Found:
        for module, node in source.imports():
            if module.split(".")[0] in CODE_FROM_DATA:
                yield node, f"imports {module}"
        for node in ast.walk(source.tree):
            if called(node) in ("eval", "exec", "builtins.eval", "builtins.exec", "joblib.load", "torch.load"):
                yield node, called(node)
            if isinstance(node, ast.keyword) and ast.unparse(node) in ("allow_pickle=True", "shell=True"):
                yield node, ast.unparse(node)

    found = listed(product(), find)
    assert not found, told(found)


def test_no_error_is_swallowed() -> None:
    def find(source: Source) -> Found:
        for node in ast.walk(source.tree):
            if isinstance(node, ast.ExceptHandler):
                caught = ast.unparse(node.type) if node.type else ""
                silent = all(isinstance(statement, ast.Pass) for statement in node.body)
                if not caught or (caught in EVERYTHING and silent):
                    yield node, f"except {caught}: and nothing said"
            if called(node).endswith("suppress") and EVERYTHING & {ast.unparse(one) for one in node.args}:
                yield node, ast.unparse(node)

    found = listed(iter(sources()), find)
    assert not found, told(found)


def test_colors_come_from_the_theme() -> None:
    def find(source: Source) -> Found:
        if not source.name.startswith("app/") or source.name == "app/theme.py":
            return
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and HEX.search(node.value):
                yield node, f"a colour of its own: {HEX.search(node.value)[0]}"
            numbers = [one for one in node.args if isinstance(one, ast.Constant)] if isinstance(node, ast.Call) else []
            if called(node).endswith("QColor") and len(numbers) >= 3:
                yield node, f"a colour of its own: {ast.unparse(node)}"

    found = listed(product(), find)
    assert not found, told(found)


def test_no_test_waits_for_time_to_pass() -> None:
    def find(source: Source) -> Found:
        if source.name.startswith("tests/benchmarks/"):
            return  # they measure time: contenders rest between rounds
        for node in ast.walk(source.tree):
            if called(node) in ("qtbot.wait", "time.sleep", "QTest.qWait", "sleep"):
                yield node, called(node)

    found = listed(written_for_tests(), find)
    assert not found, told(found)


def test_no_test_measures_time() -> None:
    """A slow, shared machine must not make a sound program fail: what is aimed at is measured by the benchmarks."""
    clocks = ("perf_counter", "monotonic", "process_time", "thread_time")
    allowed = ("tests/benchmarks/", "tests/patience.py")

    def find(source: Source) -> Found:
        for node in ast.walk(source.tree) if not source.name.startswith(allowed) else ():
            if called(node).removeprefix("time.").removesuffix("_ns") in clocks or called(node) == "time.time":
                yield node, called(node)

    found = listed(written_for_tests(), find)
    assert not found, told(found)


def test_nothing_is_left_to_do() -> None:
    words = re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX|HA" r"CK)\b")
    found = [f"{source.name}:{number}: {line.strip()}" for source in sources()
             for number, line in enumerate(source.text.splitlines(), 1) if words.search(line)]
    assert not found, told(found)


def test_no_path_of_one_machine() -> None:
    places = re.compile(r"[\"'](/home/|/root/|/Users/|/work/)")
    found = [f"{source.name}:{number}: {line.strip()}" for source in sources()
             for number, line in enumerate(source.text.splitlines(), 1)
             if places.search(line) and source.name != "tests/style/test_refused.py"]
    assert not found, told(found)


def test_user_visible_text_goes_through_one_mechanism() -> None:
    def find(source: Source) -> Found:
        for node in ast.walk(source.tree):
            if called(node) in ("self.tr", "QCoreApplication.translate", "QObject.tr"):
                yield node, called(node)
            if called(node) == "tr" and node.args and isinstance(node.args[0], ast.JoinedStr | ast.BinOp):
                yield node, "tr() needs a literal, values go in as {names}"

    found = listed(product(), find)
    assert not found, told(found)
