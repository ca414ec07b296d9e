"""One editor for each kind of parameter: number, switch, choice, text, file, columns, drawing, table. `make_editor` chooses."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from pydantic.fields import FieldInfo
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QPushButton,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QWidget,
)

from app import icons, theme
from app.panels.controls import IconButton, Switch, make_menu, widest
from app.panels.drawing_field import DrawingField
from app.panels.hand_field import HandField
from app.panels.number_field import NumberField, Range, paint_mark
from graphs.language import tr
from graphs.spec import field_extra

CHEVRON = 22  # pixels at the right end of a field that opens a list


class Editor(Protocol):
    """What a form row needs of an editor, besides being a widget with the signal `edited(object)`."""

    def show_value(self, value: object) -> None: ...

    def set_mark(self, mark: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What editors may ask about the document: its folder, and the column names of the node's table."""

    folder: Callable[[], Path | None] = lambda: None
    bring: Callable[[Path], str] = str  # the name by which the document can read a file that was chosen
    columns: Callable[[], Sequence[str]] = lambda: ()
    nodes: Callable[[str], Mapping[str, str]] = lambda _: {}  # id → label of the nodes that a parameter may name
    size: Callable[[str], tuple[int, int] | None] = lambda _: None  # rows and columns of a parameter that is a table
    draw: Callable[[], None] = lambda: None  # opens the pad on which the parameter is drawn


class ChoiceField(QComboBox):
    """One of a few words. The wheel turns it only while it has the focus."""

    edited = Signal(object)

    def __init__(self, options: Mapping[str, str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.mark = ""
        self.setFont(theme.font(13, 500))
        self.setFixedHeight(28)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(4)
        for value, words in options.items():
            self.addItem(tr(words), value)
        self.activated.connect(lambda index: self.edited.emit(self.itemData(index)))

    def show_value(self, value: object) -> None:
        index = self.findData(value)
        self.setCurrentIndex(index)
        self.setPlaceholderText("" if index >= 0 else str(value))

    def value(self) -> object:
        return self.currentData()

    def set_mark(self, mark: str) -> None:
        self.mark = mark
        self.update()

    def set_room(self, room: int) -> None:
        """The reset button has its place beside the label, so that no option is cut short."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def needed_width(self) -> int:
        """How wide the field must be to show its longest option."""
        return widest(self.font(), [self.itemText(i) for i in range(self.count())]) + CHEVRON + 14

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colors, area = QStylePainter(self), theme.tokens(), QRectF(self.rect())
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        words, option.currentText = option.currentText, ""
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chevron = QRectF(area.right() - CHEVRON, (area.height() - 16) / 2, 16, 16)
        icons.paint(painter, "down", colors.text2 if self.isEnabled() else colors.line2, chevron)
        painter.setPen(colors.text if self.currentIndex() >= 0 and self.isEnabled() else colors.text3)
        inside = self.rect().adjusted(9, 0, -CHEVRON, 0)
        text = self.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, inside.width())
        painter.drawText(inside, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
        paint_mark(painter, area, self.mark)


class NodeField(ChoiceField):
    """Another node, by the name that users gave it."""

    def __init__(self, name: str, around: Surroundings, parent: QWidget | None = None) -> None:
        super().__init__({}, parent)
        self.name, self.around = name, around

    def show_value(self, value: object) -> None:
        self.clear()
        self.addItem(tr("none"), "")
        for key, label in self.around.nodes(self.name).items():
            self.addItem(label, key)
        super().show_value(value)


class TextField(QLineEdit):
    """A line of text, taken over on Enter or when the focus leaves."""

    edited = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.mark, self._value = "", ""
        self.setFont(theme.font(13, 500))
        self.setFixedHeight(28)
        self.editingFinished.connect(self.commit)

    def show_value(self, value: object) -> None:
        self._value = str(value)
        if not (self.hasFocus() and self.isModified()):
            self.setText(self._value)
            self.setCursorPosition(0)

    def value(self) -> object:
        return self._value

    def set_mark(self, mark: str) -> None:
        self.mark = mark
        self.update()

    def set_room(self, room: int) -> None:
        self.setTextMargins(0, 0, room, 0)

    def commit(self) -> None:
        """Takes over what was typed."""
        self.setModified(False)
        if self.text() != self._value:
            self._value = self.text()
            self.edited.emit(self._value)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.commit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.isModified():
            self.setModified(False)
            self.setText(self._value)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_mark(painter, QRectF(self.rect()), self.mark)


class FileField(QWidget):
    """The name of a file or a folder and a button that opens the dialog. What lies below the document's folder is kept
    relative."""

    edited = Signal(object)

    def __init__(self, around: Surroundings, parent: QWidget | None = None, *, folder: bool = False) -> None:
        super().__init__(parent)
        self.around, self.line, self.folder = around, TextField(self), folder
        self.words = tr("Choose a folder") if folder else tr("Choose a file")
        self.button = IconButton("open", self.words, side=28, parent=self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.line, 1)
        row.addWidget(self.button)
        self.setFocusProxy(self.line)
        self.line.edited.connect(self.edited)
        self.button.clicked.connect(self._choose)

    def _choose(self) -> None:
        start = str(self.around.folder() or Path.home())
        if self.folder:
            name = QFileDialog.getExistingDirectory(self, self.words, start)
        else:
            name, _ = QFileDialog.getOpenFileName(self, self.words, start)
        if name:
            self.take(Path(name))

    def take(self, path: Path) -> None:
        """Makes this file the value."""
        name = self.around.bring(path)
        self.line.show_value(name)
        self.edited.emit(name)

    def show_value(self, value: object) -> None:
        self.line.show_value(value)

    def value(self) -> object:
        return self.line.value()

    def set_mark(self, mark: str) -> None:
        self.line.set_mark(mark)

    def set_room(self, room: int) -> None:
        self.line.set_room(room)

    def commit(self) -> None:
        self.line.commit()


class ColumnsField(QPushButton):
    """Names of columns of a table, ticked in a menu. Shown and kept as `a, b, c`."""

    edited = Signal(object)

    def __init__(self, around: Surroundings, *, several: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.around, self.several, self.mark, self._value = around, several, "", ""
        self.setFont(theme.font(13, 500))
        self.setFixedHeight(28)
        self.setObjectName("field")
        self.clicked.connect(self._open)

    def show_value(self, value: object) -> None:
        self._value = str(value)
        self.setText("")
        self.update()

    def value(self) -> object:
        return self._value

    def set_mark(self, mark: str) -> None:
        self.mark = mark
        self.update()

    def set_room(self, room: int) -> None:
        """The reset button has its place beside the label."""

    def chosen(self) -> list[str]:
        """The names that are ticked now."""
        return [name for name in next(csv.reader([self._value], skipinitialspace=True), []) if name]

    def menu_of_columns(self) -> QMenu:
        """The menu with a tick before each chosen column."""
        menu, chosen = make_menu(self), self.chosen()
        known = list(self.around.columns())
        for name in [*known, *(name for name in chosen if name not in known)]:
            action = menu.addAction(name.replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(name in chosen)
            action.triggered.connect(lambda on, name=name: self._toggle(name, on))
        if not known and not chosen:
            menu.addAction(tr("Choose a file first")).setEnabled(False)
        return menu

    def _open(self) -> None:
        self.menu_of_columns().popup(self.mapToGlobal(self.rect().bottomLeft()))

    def _toggle(self, name: str, on: bool) -> None:
        if self.several:
            known = list(self.around.columns())
            kept = [*(other for other in self.chosen() if other != name), *([name] if on else [])]
            kept.sort(key=lambda other: known.index(other) if other in known else len(known))
            value = join_names(kept)
        else:
            value = join_names([name]) if on else ""
        self.show_value(value)
        self.edited.emit(value)

    def minimumSizeHint(self) -> QSize:
        return QSize(64, 28)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter, colors, area = QPainter(self), theme.tokens(), QRectF(self.rect())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        icons.paint(painter, "down", colors.text2, QRectF(area.right() - CHEVRON, 6, 16, 16))
        painter.setPen(colors.text if self._value else colors.text3)
        words = self._value or tr("none")
        inside = self.rect().adjusted(9, 0, -CHEVRON - 2, 0)
        text = self.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, inside.width())
        painter.drawText(inside, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
        paint_mark(painter, area, self.mark)


def join_names(names: Sequence[str]) -> str:
    """Names as one line that `chosen` reads back, quoted where they hold commas."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(names)
    quoted = line.getvalue()
    return quoted if '"' in quoted else ", ".join(names)


class SwitchField(QWidget):
    """A switch at the right end of its row."""

    edited = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.switch = Switch(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addStretch(1)
        row.addWidget(self.switch)
        self.setFixedHeight(28)
        self.setFocusProxy(self.switch)
        self.switch.edited.connect(self.edited)

    def show_value(self, value: object) -> None:
        self.switch.setChecked(value is True)

    def value(self) -> object:
        return self.switch.isChecked()

    def set_mark(self, mark: str) -> None:
        """A wrong switch can only come from a file; the sentence beneath it says so."""

    def set_room(self, room: int) -> None:
        """The reset button has its place left of the switch."""


def is_symbol(unit: str) -> bool:
    """Whether a unit is a symbol of formulas, such as η, and no word, such as samples."""
    return len(unit) <= 2 and not unit.isascii()


def range_of(info: FieldInfo) -> Range:
    """The range that a field's constraints and words declare."""
    extra, found = field_extra(info), {}
    for constraint in info.metadata:
        for ours, theirs in (("low", "ge"), ("high", "le"), ("above", "gt"), ("below", "lt")):
            if getattr(constraint, theirs, None) is not None:
                found[ours] = float(getattr(constraint, theirs))
    return Range(**found, whole=extra.get("widget") == "whole", log=bool(extra.get("log")))


def make_editor(name: str, info: FieldInfo, around: Surroundings) -> QWidget:
    """The editor that suits the declaration of the parameter of this name."""
    extra = field_extra(info)
    widget: Any = extra.get("widget", "text")
    if widget in ("whole", "number"):
        unit = extra.get("unit", "")
        return NumberField(range_of(info), "" if is_symbol(unit) else tr(unit))
    if widget == "switch":
        return SwitchField()
    if widget == "choice":
        return ChoiceField(extra.get("options", {}))
    if widget in ("file", "folder"):
        return FileField(around, folder=widget == "folder")
    if widget in ("column", "columns"):
        return ColumnsField(around, several=widget == "columns")
    if widget == "node":
        return NodeField(name, around)
    if widget == "drawing":
        return DrawingField(around.draw)
    if widget == "numbers":
        return HandField(TextField(), lambda: around.size(name), extra.get("letter", ""))
    return TextField()
