"""A program that is ended from outside leaves nothing behind but what was not saved."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from graphs import storage
from tests.house import ROOT
from tests.patience import PATIENCE

PROGRAM = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from app.window import MainWindow, run
from graphs import edits

def look():
    for window in app.topLevelWidgets():
        if isinstance(window, MainWindow) and window.controller.feed.run is not None:
            timer.stop()
            window.model.apply("Units", edits.set_parameter(window.model.document, "autoencoder1", "units", 7))
            memory = [one.name for one in window.controller.engine._segments.values()]
            print(window.store.file, window.controller.engine.pid, *memory, flush=True)

if __name__ == "__main__":
    app = QApplication([])
    timer = QTimer(interval=20)
    timer.timeout.connect(look)
    timer.start()
    sys.exit(run("digits_autoencoder"))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends programs without a word to them")
def test_a_program_that_is_told_to_end_keeps_what_was_not_saved_and_nothing_else(tmp_path: Path) -> None:
    script = tmp_path / "program.py"
    script.write_text(PROGRAM)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen", "XDG_STATE_HOME": str(tmp_path)}
    program = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               env=environment)  # fmt: skip
    assert program.stdout is not None
    said = program.stdout.readline().split()
    assert said, program.communicate(timeout=PATIENCE)[1]
    copy, pid, *memory = said
    worker = psutil.Process(int(pid))
    program.send_signal(signal.SIGTERM)
    _, complaints = program.communicate(timeout=PATIENCE)  # ends when the resource tracker, which holds stderr too, is done
    assert program.returncode == 128 + signal.SIGTERM
    assert "leaked" not in complaints
    assert "Traceback" not in complaints
    assert psutil.wait_procs([worker], timeout=PATIENCE)[1] == []
    assert memory
    assert not any((Path("/dev/shm") / name).exists() for name in memory)
    kept = storage.loads(json.loads(Path(copy).read_text(encoding="utf-8"))["document"])
    assert kept.nodes["autoencoder1"].parameters["units"] == 7, "what no file holds is offered at the next start"
