"""What the user has chosen once for all windows: theme, language, motion, pace, recent files."""

from __future__ import annotations

from pathlib import Path

import platformdirs
from PySide6.QtCore import QObject, QSettings, Signal
from PySide6.QtWidgets import QApplication

from app import theme
from graphs import language

MOST_RECENT = 10


def settings_file() -> Path:
    """Where preferences and the window's state are kept."""
    return Path(platformdirs.user_config_dir("hourglass", appauthor=False)) / "hourglass.ini"


def open_settings(file: Path | None = None) -> QSettings:
    """The settings in this file; without one those of the user."""
    return QSettings(str(file or settings_file()), QSettings.Format.IniFormat)


class Preferences(QObject):
    """Reads and writes the choices; emits `changed` with the name of the one that changed."""

    changed = Signal(str)

    def __init__(self, settings: QSettings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.settings = settings

    def _set(self, name: str, value: object) -> None:
        self.settings.setValue(f"preferences/{name}", value)
        self.changed.emit(name)

    def _text(self, name: str, default: str) -> str:
        return str(self.settings.value(f"preferences/{name}", default))

    @property
    def theme(self) -> theme.Mode:
        found = self._text("theme", "system")
        return next((mode for mode in theme.MODES if mode == found), "system")

    @theme.setter
    def theme(self, mode: theme.Mode) -> None:
        self._set("theme", mode)

    @property
    def language(self) -> str:
        found = self._text("language", language.SOURCE)
        return found if found in language.LANGUAGES else language.SOURCE

    @language.setter
    def language(self, code: str) -> None:
        self._set("language", code)

    @property
    def still(self) -> bool:
        """Reduced motion."""
        return self._text("still", "false") == "true"

    @still.setter
    def still(self, still: bool) -> None:
        self._set("still", "true" if still else "false")

    @property
    def wheel_scrolls(self) -> bool:
        """The wheel scrolls the canvas and Ctrl+wheel zooms, instead of the wheel zooming."""
        return self._text("wheel_scrolls", "false") == "true"

    @wheel_scrolls.setter
    def wheel_scrolls(self, scrolls: bool) -> None:
        self._set("wheel_scrolls", "true" if scrolls else "false")

    @property
    def pace(self) -> str:
        """`lesson`, `full`, or steps a second as a number."""
        return self._text("pace", "lesson")

    @pace.setter
    def pace(self, pace: str) -> None:
        self._set("pace", pace)

    @property
    def recent(self) -> list[Path]:
        """Files opened or saved lately that are still there, the newest first."""
        found = self.settings.value("preferences/recent", [])
        names = [found] if isinstance(found, str) else list(found or [])
        return [Path(name) for name in names if name and Path(name).is_file()]

    def add_recent(self, path: Path) -> None:
        """Puts a file on top of the recent ones."""
        path = path.absolute()
        kept = [path, *(other for other in self.recent if other != path)][:MOST_RECENT]
        self._set("recent", [str(other) for other in kept])

    def apply(self, app: QApplication) -> None:
        """Puts language, motion and theme in force."""
        language.set_language(self.language)
        theme.set_still(self.still)
        theme.apply(app, self.theme)
