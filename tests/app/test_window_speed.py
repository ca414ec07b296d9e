"""How long the window takes: until it is there, and until it shows an edit of a large graph."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from graphs import edits
from tests.app.window_kit import autoencoder, make_window

ROOT = Path(__file__).parents[2]


def test_the_window_is_there_in_two_and_a_half_seconds_without_heavy_libraries(tmp_path):
    code = (
        "import sys, time; start = time.perf_counter(); from pathlib import Path\n"
        "from PySide6.QtWidgets import QApplication; app = QApplication([])\n"
        "from app.window import MainWindow; from app.preferences import Preferences, open_settings\n"
        "chosen = Preferences(open_settings(Path(sys.argv[1]) / 's.ini')); chosen.apply(app)\n"
        "window = MainWindow(chosen, recovery=Path(sys.argv[1])); window.show(); app.processEvents()\n"
        "seconds = min(time.perf_counter() - start, time.process_time())  # not what other programs take\n"
        "heavy = {'sklearn', 'pandas', 'torch', 'onnx', 'jax'} & set(sys.modules)\n"
        "window.close(); print(seconds, *heavy)\n"
    )
    best = 99.0
    for _ in range(3):
        ran = subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, capture_output=True, text=True,
                             check=True)  # fmt: skip
        seconds, *heavy = ran.stdout.split()
        assert heavy == []
        best = min(best, float(seconds))
    assert best < 5.0  # the aim is 2.5, on a machine at rest


def test_a_thousand_nodes_do_not_hold_up_the_panels(qtbot, tmp_path):
    window = make_window(qtbot, tmp_path)
    document = autoencoder()
    for number in range(250):
        document, _ = edits.duplicate(document, ["dense1", "code1", "digits1", "loss1"], (0, 300.0 * (number + 1)))
    window.model.open(document)
    window.model.select({"dense1"})
    durations = []
    for units in (11, 12, 13):
        start = time.perf_counter()
        window.content.inspector.parameters.form.edited.emit("units", units)
        window.content.inspector.refresh()
        durations.append(time.perf_counter() - start)
    assert min(durations) < 0.5
