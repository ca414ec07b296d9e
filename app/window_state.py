"""How large the window and its panels are, and what is remembered of it. Holds no widgets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from PySide6.QtCore import QByteArray, QSettings

RAIL = 48  # the palette when only its icons stay


class Room(StrEnum):
    """How much room there is for panels."""

    SMALL = "small"  # such as 1280×720
    MEDIUM = "medium"  # such as 1600×1000
    LARGE = "large"  # such as 2560×1440


@dataclass(frozen=True, slots=True)
class Sizes:
    """Widths of palette and inspector, height of the live views; a palette of `RAIL` pixels shows icons only."""

    palette: int
    inspector: int
    live: int


USUAL = {
    Room.SMALL: Sizes(RAIL, 256, 224),
    Room.MEDIUM: Sizes(208, 272, 360),
    Room.LARGE: Sizes(240, 320, 480),
}


def room_of(width: int, height: int) -> Room:
    """Which of the three kinds a window of this size is."""
    if width < 1440 or height < 800:
        return Room.SMALL
    return Room.LARGE if width >= 2080 and height >= 1200 else Room.MEDIUM


@dataclass(frozen=True, slots=True)
class Shown:
    """Which panels are there."""

    palette: bool = True
    live: bool = True
    inspector: bool = True


class WindowState:
    """Reads and writes sizes, visibility and geometry in the settings."""

    def __init__(self, settings: QSettings) -> None:
        self.settings = settings

    def geometry(self) -> QByteArray | None:
        """The window's place on the screen when it was closed last."""
        found = self.settings.value("window/geometry")
        return found if isinstance(found, QByteArray) and not found.isEmpty() else None

    def save_geometry(self, geometry: QByteArray) -> None:
        self.settings.setValue("window/geometry", geometry)

    def sizes(self, room: Room) -> Sizes:
        """The sizes that the user last gave the panels in a window like this, else the usual ones."""
        usual = USUAL[room]
        read = {name: self._whole(f"window/{room}/{name}", getattr(usual, name)) for name in ("inspector", "live")}
        palette = self._whole(f"window/{room}/palette", usual.palette)
        return Sizes(
            palette=palette if palette == RAIL else min(max(palette, 160), 400),
            inspector=min(max(read["inspector"], 224), 560),
            live=min(max(read["live"], 160), 1000),
        )

    def save_sizes(self, room: Room, sizes: Sizes) -> None:
        for name in ("palette", "inspector", "live"):
            self.settings.setValue(f"window/{room}/{name}", getattr(sizes, name))

    def shown(self) -> Shown:
        """Which panels were there when the window was closed last."""
        shown = Shown()
        for name in ("palette", "live", "inspector"):
            if str(self.settings.value(f"window/shows_{name}", "true")) == "false":
                shown = replace(shown, **{name: False})
        return shown

    def save_shown(self, shown: Shown) -> None:
        for name in ("palette", "live", "inspector"):
            self.settings.setValue(f"window/shows_{name}", "true" if getattr(shown, name) else "false")

    def _whole(self, key: str, default: int) -> int:
        text = str(self.settings.value(key, default))
        return int(text) if text.isdigit() else default
