"""The project's own icons: drawn from resources/icons in any colour, at any size, and cached."""

from __future__ import annotations

import functools
import importlib.resources

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from app import theme
from graphs.spec import Family


@functools.cache
def names() -> tuple[str, ...]:
    """Every icon there is, in alphabetical order."""
    folder = importlib.resources.files("resources").joinpath("icons")
    return tuple(sorted(file.name.removesuffix(".svg") for file in folder.iterdir() if file.name.endswith(".svg")))


def family(of: Family) -> str:
    """The icon that stands for a family of node types."""
    return f"family-{of.name.lower()}"


@functools.cache
def _source(name: str) -> str:
    return importlib.resources.files("resources").joinpath("icons", f"{name}.svg").read_text("utf-8")


@functools.lru_cache(maxsize=256)
def _renderer(name: str, color: str) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(_source(name).replace("currentColor", color).encode()))


def paint(painter: QPainter, name: str, color: QColor, rect: QRectF) -> None:
    """Draws an icon straight into a painter, sharp at every zoom."""
    painter.save()
    painter.setOpacity(painter.opacity() * color.alphaF())
    _renderer(name, color.name()).render(painter, rect)
    painter.restore()


@functools.lru_cache(maxsize=1024)
def _pixmap(name: str, rgba: int, size: int, ratio: float) -> QPixmap:
    made = QPixmap(round(size * ratio), round(size * ratio))
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    paint(painter, name, QColor.fromRgba(rgba), QRectF(0, 0, made.width(), made.height()))
    painter.end()
    made.setDevicePixelRatio(ratio)
    return made


def pixmap(name: str, color: QColor, size: int = 16, ratio: float = 1.0) -> QPixmap:
    """The icon in one colour; `size` in logical pixels."""
    return _pixmap(name, color.rgba(), size, ratio)


class _Engine(QIconEngine):
    """Draws an icon in the colours of the theme in force, so that no icon has to be made anew."""

    def __init__(self, name: str, token: str) -> None:
        super().__init__()
        self.name, self.token = name, token

    def clone(self) -> QIconEngine:
        return _Engine(self.name, self.token)

    def _color(self, mode: QIcon.Mode, state: QIcon.State) -> QColor:
        colors = theme.tokens()
        if mode == QIcon.Mode.Disabled:
            return theme.mix(colors.text3, colors.panel, 0.45)
        return colors.text if state == QIcon.State.On and self.token == "text2" else getattr(colors, self.token)

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        paint(painter, self.name, self._color(mode, state), QRectF(rect))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return _pixmap(self.name, self._color(mode, state).rgba(), min(size.width(), size.height()), 1.0)

    def scaledPixmap(
        self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float
    ) -> QPixmap:
        side = min(size.width(), size.height())
        return _pixmap(self.name, self._color(mode, state).rgba(), round(side / scale), scale)


class _FamilyEngine(_Engine):
    """Draws a family's icon in the family's colour."""

    def __init__(self, of: Family) -> None:
        super().__init__(family(of), "text2")
        self.of = of

    def clone(self) -> QIconEngine:
        return _FamilyEngine(self.of)

    def _color(self, mode: QIcon.Mode, state: QIcon.State) -> QColor:
        return theme.tokens().families[self.of]


@functools.cache
def family_icon(of: Family) -> QIcon:
    """The icon of a family of node types in its colour; follows the theme."""
    return QIcon(_FamilyEngine(of))


@functools.cache
def icon(name: str, token: str = "text2") -> QIcon:
    """An icon that follows the theme: drawn in the named token's colour whenever it is painted."""
    if name not in names():
        raise KeyError(f"there is no icon named {name}")
    return QIcon(_Engine(name, token))
