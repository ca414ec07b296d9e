"""Everything that stops the user to ask something. Tests put their own answers in its place."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from app import theme
from graphs.language import tr

ENDING = ".json"


class Questions:
    """Asks with dialogs over a window."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self.parent = parent

    def save_changes(self, title: str) -> Literal["save", "discard", "cancel"]:
        """Before a changed document is left."""
        answer = self._ask(
            tr("Save the changes to “{title}”?", title=title),
            tr("Without saving they are lost."),
            (tr("Save"), tr("Discard"), tr("Cancel")),
        )
        return ("save", "discard", "cancel")[answer]

    def overwrite_changed(self, name: str) -> Literal["overwrite", "save_as", "cancel"]:
        """Before a file is overwritten that another program has changed since it was opened."""
        answer = self._ask(
            tr("“{name}” was changed by another program", name=name),
            tr("Saving now would replace what the other program wrote."),
            (tr("Save as…"), tr("Overwrite"), tr("Cancel")),
        )
        return ("save_as", "overwrite", "cancel")[answer]

    def copy_beside(self, name: str) -> bool:
        """Before a data file is copied to where the graph is."""
        answer = self._ask(
            tr("Copy “{name}” beside the graph?", name=name),
            tr("A graph reads files from its own folder only, so that it can be moved and passed on."),
            (tr("Copy"), tr("Cancel")),
        )
        return answer == 0

    def file_to_open(self, folder: Path) -> Path | None:
        """Which file to open."""
        kinds = ";;".join((tr("Graphs (*.json)"), tr("All files (*)")))
        name, _ = QFileDialog.getOpenFileName(self.parent, tr("Open a graph"), str(folder), kinds)
        return Path(name) if name else None

    def data_to_read(self, start: Path, *, folder: bool = False) -> Path | None:
        """Which file, or which folder, a node should read."""
        if folder:
            name = QFileDialog.getExistingDirectory(self.parent, tr("Choose a folder"), str(start))
        else:
            name, _ = QFileDialog.getOpenFileName(self.parent, tr("Choose a file"), str(start))
        return Path(name) if name else None

    def file_to_save(self, proposal: Path) -> Path | None:
        """Where to save."""
        kinds = tr("Graphs (*.json)")
        name, _ = QFileDialog.getSaveFileName(self.parent, tr("Save the graph as"), str(proposal), kinds)
        if not name:
            return None
        path = Path(name)
        return path if path.suffix else path.with_suffix(ENDING)

    def tell(self, title: str, text: str) -> None:
        """Says something that must not be missed."""
        self._ask(title, text, (tr("Close"),))

    def _ask(self, title: str, text: str, answers: tuple[str, ...]) -> int:
        """The place of the answer; the last one stands for closing the dialog."""
        box = QMessageBox(self.parent)
        box.setWindowTitle("Hourglass")
        box.setText(title)
        box.setInformativeText(text)
        box.setFont(theme.font(13))
        roles = QMessageBox.ButtonRole
        order = {1: (roles.AcceptRole,), 2: (roles.AcceptRole, roles.RejectRole)}.get(
            len(answers), (roles.AcceptRole, roles.DestructiveRole, roles.RejectRole)
        )
        buttons = [box.addButton(words, role) for words, role in zip(answers, order, strict=True)]
        box.setDefaultButton(buttons[0])
        box.setEscapeButton(buttons[-1])
        box.exec()
        clicked = box.clickedButton()
        return buttons.index(clicked) if clicked in buttons else len(answers) - 1
