"""Where palette, canvas, live views and inspector stand: sizes, hiding, the palette over a narrow canvas, motion."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QEasingCurve, QEvent, QObject, QPoint, QPropertyAnimation, QRect, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QWidget

from app import theme
from app.panels.palette import Palette
from app.panels.palette_rail import PaletteRail
from app.window_state import RAIL, Room, Shown, Sizes, WindowState, room_of
from graphs.spec import Family

SLIDE = 160  # milliseconds
OVER = 240  # width of the palette while it lies over the canvas
CANVAS = (240, 120)  # what the panels must leave
GRAB = 7  # pixels in which a border can be taken


@dataclass(frozen=True, slots=True)
class Panels:
    """The widgets that are laid out."""

    rail: PaletteRail
    palette: Palette
    canvas: QWidget
    live: QWidget
    inspector: QWidget


class Border(QWidget):
    """The edge between two areas; dragging it moves it."""

    moved = Signal(int)  # pixels from where the drag began
    taken = Signal()

    def __init__(self, orientation: Qt.Orientation, parent: QWidget) -> None:
        super().__init__(parent)
        self._across = orientation is Qt.Orientation.Horizontal
        self._start: float | None = None
        self.setCursor(Qt.CursorShape.SplitHCursor if self._across else Qt.CursorShape.SplitVCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def _place(self, event: QMouseEvent) -> float:
        return event.globalPosition().x() if self._across else event.globalPosition().y()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._start = self._place(event)
            self.taken.emit()
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._start is not None:
            self.moved.emit(round(self._place(event) - self._start))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._start = None
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A thin line, stronger when it can be taken, in the accent colour while it is held."""
        colors, middle = theme.tokens(), self.rect().center()
        line = QRect(middle.x(), 0, 1, self.height()) if self._across else QRect(0, middle.y(), self.width(), 1)
        held = self._start is not None
        QPainter(self).fillRect(line, colors.accent if held else colors.line2 if self.underMouse() else colors.line)


class PanelLayout(QWidget):
    """The middle of the window. `shown_changed` tells that a panel was shown or hidden."""

    shown_changed = Signal()
    gave_way = Signal(QWidget)  # a lent panel had to make room for another one

    def __init__(self, panels: Panels, state: WindowState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.panels, self.state = panels, state
        self.room = Room.MEDIUM
        self._shown = state.shown()
        self._before_only: Shown | None = None
        self._lent: QWidget | None = None  # stands in the inspector's place
        self._over = False
        self._sizes = self._sizes_taken = state.sizes(self.room)
        for widget in (panels.canvas, panels.live, panels.inspector, panels.rail, panels.palette):
            widget.setParent(self)
        self._borders = {
            "palette": Border(Qt.Orientation.Horizontal, self),
            "live": Border(Qt.Orientation.Vertical, self),
            "inspector": Border(Qt.Orientation.Horizontal, self),
        }
        for name, border in self._borders.items():
            border.taken.connect(self._take_border)
            border.moved.connect(lambda by, name=name: self._move_border(name, by))
        panels.rail.search_clicked.connect(self.search_palette)
        panels.rail.family_clicked.connect(self.open_family)
        panels.palette.closed.connect(self.close_over)
        panels.palette.drag_began.connect(self.close_over)
        panels.palette.add_requested.connect(self.close_over)

    # where everything is

    def areas(self) -> dict[str, QRect]:
        """The place of every panel that is shown, and of the canvas."""
        width, height = self.width(), self.height()
        small, shown = self.room is Room.SMALL, self._shown
        wanted = max(self._sizes.inspector, self._lent.minimumWidth()) if self._lent else self._sizes.inspector
        inspector = min(wanted, max(0, width - CANVAS[0] - RAIL)) if shown.inspector or self._lent else 0
        live = min(self._sizes.live, max(0, height - CANVAS[1])) if shown.live else 0
        palette = (RAIL if small else self._sizes.palette) if shown.palette else 0
        left, top = width - inspector, height - live
        found = {"canvas": QRect(palette, 0, left - palette, top)}
        if shown.palette:
            found["rail" if small else "palette"] = QRect(0, 0, palette, top)
        if shown.live:
            found["live"] = QRect(0, top, left, live)
        if inspector:
            found["inspector"] = QRect(left, 0, inspector, height)
        if self._over:
            found["palette"] = QRect(palette, 0, OVER, top)
        return found

    def _widget(self, name: str) -> QWidget:
        return self._lent if name == "inspector" and self._lent is not None else getattr(self.panels, name)

    @property
    def lent(self) -> QWidget | None:
        """The panel that stands in the inspector's place, if one does."""
        return self._lent

    def lend(self, widget: QWidget | None) -> None:
        """Gives the inspector's place to another panel, or back to it."""
        before, self._lent = self._widget("inspector"), widget
        if before is widget:
            return
        before.hide()
        if widget is not None and before is not self.panels.inspector:
            self.gave_way.emit(before)
        if widget is not None:
            widget.setParent(self)
        self.lay_out()

    def lay_out(self) -> None:
        """Puts everything in its place."""
        areas = self.areas()
        for name in ("canvas", "rail", "palette", "live", "inspector"):
            self._widget(name).setVisible(name in areas)
            if name in areas:
                self._widget(name).setGeometry(areas[name])
        places = {
            "palette": areas["palette"].adjusted(0, 0, 1, 0) if "palette" in areas and not self._over else QRect(),
            "live": areas.get("live", QRect()),
            "inspector": areas.get("inspector", QRect()),
        }
        for name, border in self._borders.items():
            area, half = places[name], GRAB // 2
            border.setVisible(not area.isNull())
            if name == "live":
                border.setGeometry(area.left(), area.top() - half, area.width(), GRAB)
            else:
                edge = area.right() if name == "palette" else area.left()
                border.setGeometry(edge - half, area.top(), GRAB, area.height())
            border.raise_()
        if self._over:
            self.panels.palette.raise_()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        room = room_of(self.window().width(), self.window().height())
        if room is not self.room:
            self.room, self._over = room, False
            self._sizes = self.state.sizes(room)
        self.lay_out()

    # borders

    def _take_border(self) -> None:
        self._sizes_taken = self._sizes

    def _move_border(self, name: str, by: int) -> None:
        taken = self._sizes_taken
        limits = {"palette": (160, 400), "inspector": (224, min(560, self.width() // 2)),
                  "live": (160, max(160, self.height() - CANVAS[1]))}[name]  # fmt: skip
        wanted = getattr(taken, name) + (by if name == "palette" else -by)
        self._sizes = Sizes(**{key: getattr(taken, key) for key in ("palette", "inspector", "live")} |
                            {name: min(max(wanted, limits[0]), limits[1])})  # fmt: skip
        self.state.save_sizes(self.room, self._sizes)
        self.lay_out()

    # showing and hiding

    def shown(self) -> Shown:
        """Which panels are there."""
        return self._shown

    def toggle(self, name: str) -> None:
        """Shows or hides palette, live views or inspector."""
        self._before_only = None
        self._change_shown(replace(self._shown, **{name: not getattr(self._shown, name)}))
        self.state.save_shown(self._shown)

    @property
    def canvas_only(self) -> bool:
        return self._before_only is not None

    def toggle_canvas_only(self) -> None:
        """The canvas alone, and back."""
        if self._before_only is None:
            self._before_only = self._shown
            self._change_shown(Shown(palette=False, live=False, inspector=False))
        else:
            before, self._before_only = self._before_only, None
            self._change_shown(before)

    def _change_shown(self, shown: Shown) -> None:
        """Lays out once, and lets the panels that come or go slide over the canvas."""
        before = self.areas()
        self._over = False
        self._shown = shown
        self.lay_out()
        after = self.areas()
        if self.isVisible() and theme.motion(SLIDE):
            for name in before.keys() - after.keys():
                self._slide(name, before[name], coming=False)
            for name in after.keys() - before.keys():
                self._slide(name, after[name], coming=True)
        self.shown_changed.emit()

    def _slide(self, name: str, area: QRect, *, coming: bool) -> None:
        widget = self._widget(name)
        sideways = QPoint(area.width() if name == "inspector" else -area.width(), 0)
        away = QPoint(0, area.height()) if name == "live" else sideways
        widget.setGeometry(area)
        widget.show()
        widget.raise_()
        animation = QPropertyAnimation(widget, b"pos", widget)
        animation.setDuration(theme.motion(SLIDE))
        animation.setStartValue(area.topLeft() + (away if coming else QPoint()))
        animation.setEndValue(area.topLeft() + (QPoint() if coming else away))
        animation.setEasingCurve(QEasingCurve.Type.OutCubic)
        animation.finished.connect(self.lay_out)
        animation.start(QPropertyAnimation.DeletionPolicy.DeleteWhenStopped)

    # the palette over the canvas of a small window

    def search_palette(self) -> None:
        """Puts the cursor into the palette's search box, wherever the palette is."""
        if self.room is Room.SMALL:
            self.open_over()
        elif not self._shown.palette:
            self.toggle("palette")
        self.panels.palette.begin_search()

    def open_family(self, family: Family) -> None:
        """Opens the palette at one shelf."""
        self.open_over()
        self.panels.palette.show_family(family)
        self.panels.palette.list.setFocus(Qt.FocusReason.PopupFocusReason)

    def open_over(self) -> None:
        """Opens the palette over the canvas. A click elsewhere, Esc, or adding a node closes it."""
        if self._over or self.room is not Room.SMALL:
            return
        self._over = True
        self.lay_out()
        if theme.motion(SLIDE):
            area = self.areas()["palette"]
            self._slide("palette", area, coming=True)
            self.panels.rail.raise_()
        QApplication.instance().installEventFilter(self)

    def close_over(self, *_: object) -> None:
        """Takes the palette off the canvas again."""
        if self._over:
            QApplication.instance().removeEventFilter(self)
            self._over = False
            self.lay_out()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.MouseButtonPress and isinstance(watched, QWidget):
            over = (self.panels.palette, self.panels.rail)
            if not any(panel is watched or panel.isAncestorOf(watched) for panel in over):
                self.close_over()
        elif event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Escape:  # type: ignore[attr-defined]
            self.close_over()
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), theme.tokens().window)
