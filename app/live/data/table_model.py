"""A table over mapped arrays: asked for the cells in sight, it reads just those. Sorting is a list of row numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRunnable,
    Qt,
    QThreadPool,
    Signal,
)

from app.live.data.page import component_names, part_words
from app.live.data.row_filter import Misread, TableColumn, chosen_rows
from engine.data.view import PARTS, Side, View
from graphs.language import tr
from graphs.spec import Kind

Index = QModelIndex | QPersistentModelIndex
NOTHING = QModelIndex()
AT_ONCE = 200_000  # values that are sorted or filtered without a thread
MOST_COLUMNS = 4096
TYPED = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")  # names that a filter can be typed with


def columns_of(view: View, side: Side) -> list[TableColumn]:
    """The components of a side, what stands beside them, and the part."""
    columns = _columns(side)
    for (_, port), column in view.others:
        names = column.names or ((port,) if column.shape.width == 1 or column.shape.kind is Kind.LABELS else ())
        if column.shape.kind is Kind.LABELS:
            columns.append(TableColumn(port, column.values, column.shape.classes))
        elif column.shape.kind is Kind.FEATURES:
            columns += [TableColumn(name, column.values[:, place]) for place, name in
                        enumerate(names or [f"{port} {place + 1}" for place in range(column.shape.width)])]
    words = tuple(part_words(part) for part in range(len(PARTS)))
    return [*columns, TableColumn(tr("part"), view.parts, (*words, "–"))]  # −1 is the last


def _columns(side: Side) -> list[TableColumn]:
    shape, values = side.column.shape, side.column.values
    if shape.kind is Kind.LABELS:
        return [TableColumn(side.key[1], values, shape.classes)]
    flat = values.reshape(len(values), -1)
    names = component_names(side, MOST_COLUMNS)
    if len(names) != min(flat.shape[1], MOST_COLUMNS):  # the steps of a sequence
        names = [str(place + 1) for place in range(min(flat.shape[1], MOST_COLUMNS))]
    return [TableColumn(name.translate(TYPED), flat[:, place]) for place, name in enumerate(names)]


def cell_words(column: TableColumn, row: int) -> str:
    """One cell, with the digits that float32 holds."""
    value = column.values[row]
    if column.words:
        return column.words[int(value)]
    return f"{float(value):.7g}".replace("-", "−")


def arranged(columns: Sequence[TableColumn], rows: np.ndarray, text: str, sort: int, descending: bool) -> np.ndarray:
    """The row numbers that fulfil the text, in order of a column (−1: as they come). Raises `Misread`."""
    rows = chosen_rows(columns, text, rows)
    if sort < 0:
        return rows
    keys = columns[sort].values[rows]
    order = np.argsort(-keys if descending and keys.dtype.kind == "f" else keys, kind="stable")
    if descending and keys.dtype.kind != "f":
        order = np.argsort(-keys.astype(np.int64), kind="stable")
    return rows[order]


class Arranging(QObject):
    """Tells what a thread has arranged."""

    done = Signal(int, object, str)  # ticket, row numbers or None, what was misread


class _Arrange(QRunnable):
    def __init__(self, ticket: int, told: Arranging, work: tuple) -> None:
        super().__init__()
        self.ticket, self.told, self.work = ticket, told, work

    def run(self) -> None:
        try:
            self.told.done.emit(self.ticket, arranged(*self.work), "")
        except Misread as misread:
            self.told.done.emit(self.ticket, None, str(misread))


class RowModel(QAbstractTableModel):
    """The rows of a view. `rearranged` tells how many are shown, or why a condition means nothing."""

    rearranged = Signal(int, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.columns: list[TableColumn] = []
        self.rows = np.empty(0, np.int64)  # of the part
        self.order = np.empty(0, np.int64)  # as they are shown
        self.text, self.sorted_by, self.descending = "", -1, False
        self.asked = 0  # cells that were asked for, ever: what scrolling costs
        self._ticket = 0
        self._told = Arranging(self)
        self._told.done.connect(self._take, Qt.ConnectionType.QueuedConnection)

    def show_columns(self, columns: list[TableColumn], rows: np.ndarray) -> None:
        """Other data."""
        self.beginResetModel()
        self.columns, self.rows, self.order = columns, rows, rows
        if self.sorted_by >= len(columns):
            self.sorted_by = -1
        self.endResetModel()
        self._arrange()

    def filter(self, text: str) -> None:
        """Shows only what fulfils the text."""
        self.text = text
        self._arrange()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self.sorted_by, self.descending = column, order == Qt.SortOrder.DescendingOrder
        self._arrange()

    def _arrange(self) -> None:
        self._ticket += 1
        work = (self.columns, self.rows, self.text, self.sorted_by, self.descending)
        wide = len(self.columns) if self.text.strip() else 1
        if len(self.rows) * wide > AT_ONCE:
            QThreadPool.globalInstance().start(_Arrange(self._ticket, self._told, work))
            return
        try:
            self._take(self._ticket, arranged(*work), "")
        except Misread as misread:
            self._take(self._ticket, None, str(misread))

    def _take(self, ticket: int, order: np.ndarray | None, misread: str) -> None:
        if ticket != self._ticket:
            return  # something else was asked for in the meantime
        if order is not None:
            self.beginResetModel()
            self.order = order
            self.endResetModel()
        self.rearranged.emit(len(self.order), misread)

    def rowCount(self, parent: Index = NOTHING) -> int:
        return 0 if parent.isValid() else len(self.order)

    def columnCount(self, parent: Index = NOTHING) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role == Qt.ItemDataRole.DisplayRole:
            self.asked += 1
            return cell_words(self.columns[index.column()], int(self.order[index.row()]))
        if role == Qt.ItemDataRole.TextAlignmentRole:
            words = bool(self.columns[index.column()].words)
            return (Qt.AlignmentFlag.AlignLeft if words else Qt.AlignmentFlag.AlignRight) | Qt.AlignmentFlag.AlignVCenter
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role == Qt.ItemDataRole.DisplayRole:
            return self.columns[section].name if orientation == Qt.Orientation.Horizontal else \
                f"{int(self.order[section]) + 1:,}"
        if role == Qt.ItemDataRole.TextAlignmentRole and orientation == Qt.Orientation.Horizontal:
            words = bool(self.columns[section].words)
            return (Qt.AlignmentFlag.AlignLeft if words else Qt.AlignmentFlag.AlignRight) | Qt.AlignmentFlag.AlignVCenter
        return None
