"""Pictures of the whole window while it trains, drawn without a screen: those of the README.

`python -m app.portraits FOLDER`
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

PATIENCE = 60.0  # seconds until a portrait must be ready


@dataclass(frozen=True, slots=True)
class Portrait:
    """One picture: which lesson, in which theme and size, at which epoch, with which node selected."""

    file: str
    lesson: str
    theme: str
    size: tuple[int, int]
    epoch: int
    selected: str = ""


PORTRAITS = (
    Portrait("window-dark.png", "digits_deep_autoencoder", "dark", (1600, 1000), 60),
    Portrait("window-light.png", "spirals_mlp", "light", (1600, 1000), 60),
)


def take(portrait: Portrait, folder: Path) -> Path:
    """Opens the window on the lesson, trains it to the epoch at lesson pace, and saves what is seen."""
    from PySide6.QtWidgets import QApplication

    from app.preferences import Preferences, open_settings
    from app.window import MainWindow

    app = QApplication.instance() or QApplication(["hourglass"])
    with tempfile.TemporaryDirectory() as private:
        preferences = Preferences(open_settings(Path(private) / "settings.ini"))
        preferences.theme = portrait.theme  # type: ignore[assignment]
        preferences.apply(app)  # type: ignore[arg-type]
        window = MainWindow(preferences, recovery=Path(private) / "recovery")
        window.resize(*portrait.size)
        window.show()
        window.begin(portrait.lesson, train=True)
        deadline = time.monotonic() + PATIENCE
        while window.controller.feed.status.epoch < portrait.epoch and time.monotonic() < deadline:
            app.processEvents()
            time.sleep(0.005)
        if portrait.selected:
            window.model.select([portrait.selected])
        settled = time.monotonic() + 1.0  # numbers move at 5 Hz: let what was selected be shown
        while time.monotonic() < settled:
            app.processEvents()
            time.sleep(0.005)
        path = folder / portrait.file
        window.grab().save(str(path))
        window.controller.close()
        window.session.close()
        window.deleteLater()
        app.processEvents()
    return path


def main() -> None:
    """Takes all portraits."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for portrait in PORTRAITS:
        sys.stderr.write(f"{take(portrait, folder)}\n")


if __name__ == "__main__":
    main()
