"""The editor of numbers that are set by hand: a small table, a row for each unit; a line of text where they are many."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from app.panels.controls import Words
from app.panels.number_field import NumberField, Range
from engine.nodes.by_hand import table, written
from graphs.spec import ShapeError

MOST_ROWS, MOST_COLUMNS = 8, 6  # what the inspector has room for
SMALL = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


class HandField(QWidget):
    """Cells that are empty while nothing is set; the first number that is given sets the others to 0."""

    edited = Signal(object)
    refused = Signal(str)

    def __init__(self, line: QWidget, size: Callable[[], tuple[int, int] | None], letter: str,
                 parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.line, self.size, self.letter = line, size, letter
        self.cells: list[list[NumberField]] = []
        self._value = ""
        self.grid = QGridLayout(self)
        self.grid.setContentsMargins(0, 0, 0, 0)
        self.grid.setSpacing(4)
        self.grid.addWidget(line, 0, 0)
        line.edited.connect(self.edited)
        self.setFocusProxy(line)

    def show_value(self, value: object) -> None:
        """Shows numbers as a table, where they have its size, else as the text that they are."""
        self._value = str(value)
        size = self.size()
        try:
            known = table(self._value, "", *size) if size else None
        except ShapeError:
            size = None
        small = size is not None and size[0] <= MOST_ROWS and size[1] <= MOST_COLUMNS
        self._lay_out(size if small else (0, 0))
        self.line.setVisible(not small)
        self.line.show_value(value)
        for i, row in enumerate(self.cells):
            for j, cell in enumerate(row):
                cell.show_value(known[i][j] if known else "")

    def value(self) -> object:
        return self._value

    def _lay_out(self, size: tuple[int, int]) -> None:
        rows, columns = size
        if (len(self.cells), len(self.cells[0]) if self.cells else 0) == (rows, columns):
            return
        for index in reversed(range(self.grid.count())):
            widget = self.grid.itemAt(index).widget()
            if widget is not self.line:
                self.grid.removeWidget(widget)
                widget.hide()
                widget.deleteLater()
        self.cells = [[self._cell(i, j) for j in range(columns)] for i in range(rows)]
        first = 1 if rows > 1 else 0  # the numbers of the units stand at the left
        self.grid.removeWidget(self.line)
        self.grid.addWidget(self.line, 0, 0, 1, first + max(1, columns))
        for j in range(columns):
            self._write(f"{self.letter}{j + 1}", 1, first + j)
        for i, row in enumerate(self.cells):
            if first:
                self._write(str(i + 1), i + 2, 0)
            for j, cell in enumerate(row):
                self.grid.addWidget(cell, i + 2, first + j)
        self.setFocusProxy(self.cells[0][0] if self.cells else self.line)

    def _write(self, words: str, row: int, column: int) -> None:
        label = Words(words.translate(SMALL) if row == 1 else words, px=11, role="quiet")
        label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.grid.addWidget(label, row, column)

    def _cell(self, i: int, j: int) -> NumberField:
        cell = NumberField(Range(), parent=self)
        cell.setMinimumWidth(34)
        cell.setAccessibleName(f"{i + 1}, {self.letter}{j + 1}")
        cell.edited.connect(lambda value: self._set(i, j, float(value)))
        cell.refused.connect(self.refused)
        return cell

    def _set(self, i: int, j: int, value: float) -> None:
        numbers = [[float(cell.value() or 0) for cell in row] for row in self.cells]
        numbers[i][j] = value
        self._value = written(numbers)
        self.edited.emit(self._value)

    def set_mark(self, mark: str) -> None:
        for field in (self.line, *(cell for row in self.cells for cell in row)):
            field.set_mark(mark)

    def set_room(self, room: int) -> None:
        """The reset button has its place beside the label."""

    def commit(self) -> None:
        """Takes over what is being typed."""
        self.line.commit()
        for cell in [cell for row in self.cells for cell in row]:
            cell.commit()
