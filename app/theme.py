"""The theme in force: colours, type and motion. Painters call `tokens()` while they paint; a change only repaints."""

from __future__ import annotations

import functools
import importlib.resources
import sys
from typing import Literal

from PySide6.QtCore import QByteArray, QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QApplication

from app.style_sheet import palette, style_sheet
from app.tokens import Tokens, alpha, contrast, mix, theme_tokens

__all__ = ["MODES", "Events", "Mode", "Tokens", "alpha", "apply", "contrast", "events", "font", "load_fonts", "mix",
           "mode", "motion", "readable", "scale", "set_still", "tokens"]  # fmt: skip

Mode = Literal["system", "light", "dark"]
MODES: tuple[Mode, ...] = ("system", "light", "dark")

class Events(QObject):
    """Tells that the theme in force has changed."""

    changed = Signal()


class _InForce:
    """The one theme of the process, and what the user asked for."""

    def __init__(self) -> None:
        self.themes = {True: theme_tokens(dark=True), False: theme_tokens(dark=False)}
        self.dark = False
        self.mode: Mode = "system"
        self.still = False
        self.events: Events | None = None
        self.following = False


_now = _InForce()


def tokens() -> Tokens:
    """The colours of the theme in force."""
    return _now.themes[_now.dark]


def events() -> Events:
    """Emits `changed` after the theme in force has changed."""
    if _now.events is None:
        _now.events = Events()
    return _now.events


def mode() -> Mode:
    """What the user asked for: follow the system, or always light, or always dark."""
    return _now.mode


def apply(app: QApplication, mode: Mode = "system") -> None:
    """Puts the theme in force: style, palette, type and style sheet of the whole application."""
    hints = app.styleHints()
    _now.mode = mode
    if not _now.following:
        _now.following = True
        load_fonts()
        app.setStyle("Fusion")
        hints.colorSchemeChanged.connect(lambda _: _follow(app))
    scheme = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}.get(mode, Qt.ColorScheme.Unknown)
    hints.setColorScheme(scheme)  # title bars and native dialogs go along
    _put(app, dark=mode == "dark" or (mode == "system" and hints.colorScheme() == Qt.ColorScheme.Dark))


def _follow(app: QApplication) -> None:
    if _now.mode == "system":
        _put(app, dark=app.styleHints().colorScheme() == Qt.ColorScheme.Dark)


def _put(app: QApplication, *, dark: bool) -> None:
    _now.dark = dark
    colors = tokens()
    app.setStyleSheet("")  # the palette reaches widgets many times faster without one
    app.setPalette(palette(colors))
    app.setFont(font())
    app.setStyleSheet(style_sheet(colors))
    events().changed.emit()


def set_still(still: bool) -> None:
    """Reduced motion on or off. (Only Windows tells Qt what its user wants; elsewhere the user says it here.)"""
    _now.still = still


def motion(milliseconds: int) -> int:
    """How long an animation may last: nothing when the user wants things to stay still, or Windows says so."""
    quiet = sys.platform == "win32" and not QApplication.isEffectEnabled(Qt.UIEffect.UI_General)
    return 0 if _now.still or quiet else milliseconds


def readable(color: QColor, on: QColor) -> QColor:
    """The colour, mixed towards the text colour only as far as 4.5:1 on `on` needs."""
    goal = tokens().text
    for step in range(21):
        made = mix(color, goal, step / 20)
        if contrast(made, on) >= 4.5:
            return made
    return goal


# Type

_LATIN = ("Inter", "Segoe UI Variable Text", "SF Pro Text", "Noto Sans")
_JAPANESE = ("Hiragino Sans", "Yu Gothic UI", "Meiryo", "Noto Sans CJK JP", "IPAexGothic")


@functools.cache
def load_fonts() -> tuple[str, ...]:
    """Makes the fonts that ship known to Qt, once; gives the family names that were found in them."""
    found: list[str] = []
    for file in sorted(importlib.resources.files("resources").joinpath("fonts").iterdir(), key=lambda f: f.name):
        if file.name.endswith(".otf"):
            handle = QFontDatabase.addApplicationFontFromData(QByteArray(file.read_bytes()))
            found += QFontDatabase.applicationFontFamilies(handle) if handle >= 0 else []
    return tuple(dict.fromkeys(found))


@functools.cache
def scale() -> float:
    """How much larger than usual the system's font is: all sizes follow it."""
    usual = {"windows": 9.0, "cocoa": 13.0, "xcb": 10.0, "wayland": 10.0}.get(QGuiApplication.platformName())
    size = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont).pointSizeF()
    ratio = size / usual if usual and size > 0 else 1.0
    return 1.0 if 0.85 < ratio < 1.15 else min(max(ratio, 0.8), 2.0)


@functools.lru_cache(maxsize=128)
def _font(px: int, weight: int, italic: bool) -> QFont:
    load_fonts()
    made = QFont()
    made.setFamilies([*_LATIN, *_JAPANESE])
    made.setPixelSize(max(10, round(px * scale())))
    made.setWeight(QFont.Weight(weight))
    made.setItalic(italic)
    made.setFeature(QFont.Tag("tnum"), 1)  # else live numbers shake
    if sys.platform != "darwin":
        made.setHintingPreference(QFont.HintingPreference.PreferVerticalHinting)
    return made


def font(px: int = 13, weight: int = 400, italic: bool = False) -> QFont:
    """Inter at `px` pixels for a usual system font, with tabular figures. Never below 10 pixels."""
    return QFont(_font(px, weight, italic))
