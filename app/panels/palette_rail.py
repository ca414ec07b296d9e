"""The palette in a narrow window: one icon a family. A click opens the whole palette over the canvas."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app import icons
from app.panels.controls import IconButton, Surface
from graphs.catalog import Catalog
from graphs.language import tr
from graphs.spec import Family


class PaletteRail(Surface):
    """48 pixels of icons."""

    search_clicked = Signal()
    family_clicked = Signal(object)  # Family

    def __init__(self, catalog: Catalog, parent: QWidget | None = None) -> None:
        super().__init__("panel", edges="right", parent=parent)
        self.setFixedWidth(48)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(4)
        search = IconButton("search", tr("Search for a node to add"))
        search.clicked.connect(self.search_clicked)
        column.addWidget(search, 0, Qt.AlignmentFlag.AlignHCenter)
        self.buttons: dict[Family, IconButton] = {}
        for family in catalog.families():
            button = IconButton(icons.family(family), tr(family.value))
            button.setIcon(icons.family_icon(family))
            button.clicked.connect(lambda _=False, family=family: self.family_clicked.emit(family))
            self.buttons[family] = button
            column.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
