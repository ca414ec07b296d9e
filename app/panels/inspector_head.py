"""The top of the inspector: what is selected, its name (editable), its equation, and help."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QLineEdit, QWidget

from app import icons, theme
from app.panels.controls import IconButton, Words, paint_tile
from graphs.language import tr
from graphs.spec import Family


class Tile(QWidget):
    """A family's icon on its tint; without a family the project's own sign."""

    def __init__(self, side: int = 32, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.family: Family | None = None
        self.setFixedSize(side, side)

    def show_family(self, family: Family | None) -> None:
        self.family = family
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        colors, painter = theme.tokens(), QPainter(self)
        if self.family is None:
            tint = theme.alpha(colors.sand, 0.16)
            paint_tile(painter, QRectF(self.rect()), "logo", tint, colors.sand)
        else:
            color = QColor(colors.families[self.family])
            paint_tile(painter, QRectF(self.rect()), icons.family(self.family), colors.tile(self.family), color)


class NameField(QLineEdit):
    """A name that looks like text until it is clicked (F2)."""

    renamed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = ""
        self.setObjectName("name")
        self.setFont(theme.font(12))
        self.setFixedHeight(20)
        self.setMaxLength(200)
        self.setFrame(False)
        self.setAccessibleName(tr("Name"))
        self.setToolTip(tr("Click to rename (F2)"))
        self.editingFinished.connect(self.commit)

    def show_name(self, name: str, *, editable: bool = True) -> None:
        self._name = name
        self.setReadOnly(not editable)
        if not self.isModified():
            self.setText(name)
            self.setCursorPosition(0)

    def commit(self) -> None:
        """Takes over what was typed."""
        if self.isModified():
            self.setModified(False)
            text = self.text().strip()
            if text != self._name:
                self.renamed.emit(text)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.commit()
        self.deselect()
        self.setCursorPosition(0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.setModified(False)
            self.setText(self._name)
            self.clearFocus()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.commit()
            self.clearFocus()
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(120, 20)


class InspectorHead(QWidget):
    """Tile, title, name, equation, help button."""

    renamed = Signal(str)
    help_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tile, self.title, self.name = Tile(), Words(px=14, weight=600, wrap=True), NameField()
        self.help = IconButton("help", tr("Help (F1)"), side=24)
        self.equation = Words(px=12, italic=True, role="quiet", wrap=True)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 12, 0, 10)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(0)
        grid.setColumnStretch(1, 1)
        grid.addWidget(self.tile, 0, 0, 2, 1, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(self.title, 0, 1, Qt.AlignmentFlag.AlignBottom)
        grid.addWidget(self.name, 1, 1, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(self.help, 0, 2, 2, 1, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(self.equation, 2, 0, 1, 3)
        grid.setColumnMinimumWidth(0, 36)
        self.name.renamed.connect(self.renamed)
        self.help.clicked.connect(self.help_requested)

    def show_words(self, title: str, name: str, *, editable: bool, equation: str = "", help: bool = True) -> None:
        """Shows what is selected."""
        self.title.setText(title)
        self.name.show_name(name, editable=editable)
        self.name.setVisible(bool(name) or editable)
        self.equation.setText(equation)
        self.equation.setVisible(bool(equation))
        self.equation.setContentsMargins(0, 10, 0, 0)
        self.help.setVisible(help)

    def begin_rename(self) -> None:
        """Puts the cursor into the name."""
        if not self.name.isReadOnly():
            self.name.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self.name.selectAll()
