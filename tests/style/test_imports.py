"""Who imports whom, read from the real import statements: app → engine → graphs, and heavy libraries in one place."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.house import ROOT, Source, product, sources, told
from tests.patience import PATIENCE

ALLOWED_IN_GRAPHS = {"graphs", "networkx", "pydantic", *sys.stdlib_module_names}
PARTS = ("canvas", "panels", "live", "training")
NATIVE: Callable[[str], bool] = lambda name: name.startswith("engine/native/") or name == "engine/jit.py"  # noqa: E731

ONLY_HERE: dict[str, Callable[[str], bool]] = {
    "numba": NATIVE,
    "llvmlite": NATIVE,
    "pyqtgraph": lambda name: name.startswith("app/live/"),
    "PySide6": lambda name: name.startswith("app/"),
    "torch": lambda name: name.startswith("engine/export/"),
    "onnx": lambda name: name.startswith("engine/export/"),
    "onnxruntime": lambda name: False,
    "jax": lambda name: False,
    "pytest": lambda name: False,
    "hypothesis": lambda name: False,
    "tests": lambda name: False,
}


def top(module: str) -> str:
    return module.split(".")[0]


def offenders(of: Callable[[Source, str], bool]) -> list[str]:
    """One line for each statement, with the longest name that it imports."""
    found = {source.at(node): module for source in product() for module, node in source.imports() if of(source, module)}
    return [f"{place} imports {module}" for place, module in sorted(found.items())]


def test_the_reader_sees_imports_at_every_depth() -> None:
    names = {module for source in sources() if source.name == "tests/style/test_imports.py"
             for module, _ in source.imports()}
    assert {"subprocess", "tests.house", "json"} <= names


def test_graphs_stand_alone() -> None:
    import json  # an import inside a function, for the test above

    assert json
    found = offenders(lambda source, module: source.name.startswith("graphs/")
                     and top(module) not in ALLOWED_IN_GRAPHS)
    assert not found, told(found)


def test_the_engine_knows_no_window() -> None:
    found = offenders(lambda source, module: source.name.startswith("engine/")
                     and top(module) in ("app", "PySide6", "pyqtgraph"))
    assert not found, told(found)


def test_parts_of_the_window_do_not_know_one_another() -> None:
    def crossing(source: Source, module: str) -> bool:
        here = source.name.split("/")
        there = module.split(".")
        return (len(here) > 2 and here[0] == "app" and here[1] in PARTS
                and len(there) > 1 and there[0] == "app" and there[1] in PARTS and there[1] != here[1])

    found = offenders(crossing)
    assert not found, told(found)


def test_parts_of_the_window_do_not_know_the_window() -> None:
    found = offenders(lambda source, module: source.name.split("/")[1] in PARTS
                     and module in ("app.window", "app.actions", "app.__main__"))
    assert not found, told(found)


@pytest.mark.parametrize("library", ONLY_HERE)
def test_libraries_with_one_place(library: str) -> None:
    found = offenders(lambda source, module: top(module) == library and not ONLY_HERE[library](source.name))
    assert not found, told(found)


@pytest.mark.parametrize("library", ["pandas", "sklearn"])
def test_slow_libraries_are_imported_where_data_are_loaded(library: str) -> None:
    found = [f"{source.at(node)} imports {module} when it is imported itself"
             for source in product() for module, node in source.imports()
             if top(module) == library and node not in source.inside_functions and node not in source.for_type_checkers]
    assert not found, told(found)


@pytest.mark.parametrize(("module", "unwanted"), [
    ("graphs.checks", "PySide6 numpy numba pandas sklearn torch onnx"),
    ("engine.nodes", "PySide6 numba llvmlite pandas sklearn torch onnx"),
    ("app.__main__", "PySide6 pyqtgraph pandas sklearn torch onnx"),
])
def test_what_is_loaded_at_start(module: str, unwanted: str) -> None:
    code = f"import {module}, sys; print(*(set({unwanted.split()!r}) & set(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip() == "", f"importing {module} loads {ran.stdout}"


WINDOW = """
import sys
from pathlib import Path
from PySide6.QtCore import QEventLoop
from PySide6.QtWidgets import QApplication
app = QApplication([])
from app.window import MainWindow
from tests.app.window_kit import Answers, StillEngine, StillLooker, preferences
folder = Path(sys.argv[1])
window = MainWindow(preferences(folder), recovery=folder, engine=StillEngine(), questions=Answers(), looker=StillLooker())
window.show()
window.begin("digits_autoencoder")
warm = []
window.warm_up.done.connect(lambda: warm.append(True))
while not warm:
    app.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
for name in ("terrain", "several"):
    window.content.table[name].trigger()
app.processEvents()
print(*(set(sys.argv[2:]) & set(sys.modules)))
"""


def test_the_window_does_without_what_computes(tmp_path: Path) -> None:
    """Opened, warm, with its other windows: training and looking at data have processes of their own."""
    unwanted = "numba llvmlite scipy sklearn pandas networkx torch onnx jax"
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    ran = subprocess.run([sys.executable, "-c", WINDOW, str(tmp_path), *unwanted.split()], cwd=ROOT, env=environment,
                         capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip() == "", f"the window loads {ran.stdout}"
