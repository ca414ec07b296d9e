"""Rows as a table: sorted by a click on a column, filtered by a typed condition; a hundred thousand scroll smoothly."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, Qt, QTimer
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QTableView,
    QWidget,
)

from app import theme
from app.live.data.page import Page, rows_of
from app.live.data.table_model import RowModel, cell_words, columns_of
from app.live.export import Table
from engine.data.view import View
from graphs.language import tr

ROW = 26
LOOKED_AT = 60  # cells of a column from which its width is taken
WIDEST = 260
MEASURED = 32  # columns at either end whose width is taken from their cells
TYPING = 150  # milliseconds after the last key
MOST_SAVED = 1_000_000


class TablePage(Page):
    """Every sample as a row: its components, what stands beside them, and its part."""

    name = "table"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = RowModel(self)
        self.condition = QLineEdit()
        self.condition.setClearButtonEnabled(True)
        self.condition.setAccessibleName(tr("Filter"))
        self.side = QComboBox()
        self.side.setAccessibleName(tr("Before or after"))
        self.count = QLabel()
        head = QHBoxLayout()
        head.setSpacing(8)
        for part, stretch in ((self.condition, 1), (self.side, 0), (self.count, 0)):
            head.addWidget(part, stretch)
        self.grid = QTableView()
        self.grid.setModel(self.model)
        self._style_grid()
        self.ground.addLayout(head)
        self.ground.addWidget(self.grid, 1)
        self._typing = QTimer(self, singleShot=True, interval=TYPING)
        self._typing.timeout.connect(lambda: self.model.filter(self.condition.text()))
        self.condition.textEdited.connect(lambda _: self._typing.start())
        self.condition.textChanged.connect(lambda text: text or self._typing.start())
        self.condition.returnPressed.connect(lambda: self.model.filter(self.condition.text()))
        self.side.activated.connect(lambda _: self.view and self.draw(self.view))
        self.model.rearranged.connect(self._tell)
        self.restyle()

    def _style_grid(self) -> None:
        grid = self.grid
        grid.setShowGrid(False)
        grid.setAlternatingRowColors(False)
        grid.setWordWrap(False)
        grid.setCornerButtonEnabled(False)
        grid.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        grid.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        grid.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
        grid.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        grid.setTabKeyNavigation(False)
        vertical, horizontal = grid.verticalHeader(), grid.horizontalHeader()
        vertical.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        vertical.setDefaultSectionSize(ROW)
        horizontal.setSectionsClickable(True)
        horizontal.setHighlightSections(False)
        horizontal.setSortIndicatorShown(True)
        horizontal.setSortIndicatorClearable(True)
        horizontal.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        grid.setSortingEnabled(True)

    def words(self) -> str:
        return tr("Table")

    @classmethod
    def applies(cls, view: View) -> bool:
        return view.rows > 0

    def begin(self) -> QWidget:
        return self.grid

    def draw(self, view: View) -> None:
        if self.side.count() != len(view.seen):
            self.side.clear()
            self.side.addItems([tr("before"), tr("after")][-len(view.seen) :])
            self.side.setCurrentIndex(len(view.seen) - 1)
        self.side.setVisible(len(view.seen) > 1)
        of, side = view.seen[self.side.currentIndex()]
        columns = columns_of(of, side)
        named = [column.name for column in columns if not column.words]
        example = f"{named[0]} > 3" if named else ""
        self.condition.setPlaceholderText(tr("Filter: {example}", example=example or "= …"))
        fresh = [column.name for column in columns] != [column.name for column in self.model.columns]
        self.model.show_columns(columns, rows_of(of, self.part if of is view else None))
        if fresh:
            self._measure_columns()

    def _measure_columns(self) -> None:
        metrics = QFontMetrics(theme.font(12))
        self.grid.horizontalHeader().setDefaultSectionSize(96)
        for place, column in enumerate(self.model.columns):
            if MEASURED <= place < len(self.model.columns) - MEASURED:
                continue  # of very many alike
            shown = [cell_words(column, row) for row in range(min(LOOKED_AT, len(column.values)))]
            width = max((metrics.horizontalAdvance(word) for word in (*shown, column.name + "  ▾")), default=0)
            self.grid.setColumnWidth(place, min(width + 24, WIDEST))

    def _tell(self, shown: int, misread: str) -> None:
        of = len(self.model.rows)
        self.count.setText(misread or (tr("{count} rows", count=f"{of:,}") if shown == of else
                                       tr("{shown} of {count} rows", shown=f"{shown:,}", count=f"{of:,}")))
        self.count.setProperty("role", "error" if misread else "hint")
        self.count.style().polish(self.count)
        if shown and not self.grid.currentIndex().isValid():
            self.grid.selectionModel().setCurrentIndex(self.model.index(0, 0),
                                                       QItemSelectionModel.SelectionFlag.NoUpdate)

    def restyle(self) -> None:
        colors = theme.tokens()
        self.grid.setFont(theme.font(12))
        for header in (self.grid.horizontalHeader(), self.grid.verticalHeader()):
            header.setFont(theme.font(11, 500))
        self.grid.setStyleSheet(
            f"QTableView {{ background: {colors.panel.name()}; color: {colors.text.name()}; outline: none;"
            f" selection-background-color: {theme.mix(colors.panel, colors.accent, 0.22).name()};"
            f" selection-color: {colors.text.name()}; }}"
            f"QTableView::item {{ border-bottom: 1px solid {colors.line.name()}; padding: 0 8px; }}"
            f"QHeaderView {{ background: {colors.panel.name()}; }}"
            f"QHeaderView::section {{ background: {colors.panel.name()}; color: {colors.text3.name()}; border: none;"
            f" border-bottom: 1px solid {colors.line2.name()}; padding: 4px 8px; }}"
        )
        self.update()

    def table(self) -> Table:
        """The rows as they are shown: filtered, in order."""
        columns, order = self.model.columns, self.model.order[:MOST_SAVED]
        cells = [[column.words[int(value)] for value in column.values[order]] if column.words
                 else list(column.values[order]) for column in columns]
        return Table(["row", *(column.name for column in columns)],
                     [[row + 1, *line] for row, *line in zip(order.tolist(), *cells, strict=True)])
