"""The document on screen: holds the present value, checks it, undoes it, and says what changed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from graphs.catalog import Catalog
from graphs.checks import Checked, check
from graphs.document import Document, Wire
from graphs.problems import RANK, Cure, Problem

MERGE_SECONDS = 1.0  # edits with the same merge key closer than this are one undo step


@dataclass(frozen=True, slots=True)
class Change:
    """The difference between two documents, by identity of their parts."""

    before: Document
    after: Document
    added: frozenset[str]
    removed: frozenset[str]
    changed: frozenset[str]
    wires_added: frozenset[Wire]
    wires_removed: frozenset[Wire]

    @classmethod
    def between(cls, before: Document, after: Document) -> Change:
        old, new = before.nodes, after.nodes
        return cls(
            before,
            after,
            frozenset(new.keys() - old.keys()),
            frozenset(old.keys() - new.keys()),
            frozenset(key for key in new.keys() & old.keys() if new[key] is not old[key]),
            after.wires - before.wires,
            before.wires - after.wires,
        )


class Edit(QUndoCommand):
    """The only undo command of the program: a document before and one after."""

    def __init__(self, model: GraphModel, text: str, after: Document, merge: str | None) -> None:
        super().__init__(text)
        self.model, self.before, self.after = model, model.document, after
        self.merge, self.at = merge, time.monotonic()

    def redo(self) -> None:
        self.model.show(self.after)

    def undo(self) -> None:
        self.model.show(self.before)

    def id(self) -> int:
        return -1 if self.merge is None else 1

    def mergeWith(self, other: QUndoCommand) -> bool:
        """Joins the next edit to this one when both turn the same knob without a rest between."""
        if not isinstance(other, Edit) or other.merge != self.merge or other.at - self.at > MERGE_SECONDS:
            return False
        self.after, self.at = other.after, other.at
        return True


class GraphModel(QObject):
    """Holds the current document and emits the differences. Every edit goes through `apply`."""

    changed = Signal(object)  # Change
    checked_changed = Signal(object)  # Checked: shapes, problems; after every change
    selection_changed = Signal(object)  # frozenset[str] of node ids
    file_wanted = Signal(str, str)  # a node's parameter for which a file is to be chosen
    replaced = Signal()  # another document was opened: views fit it and forget what they knew

    def __init__(self, catalog: Catalog, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.catalog = catalog
        self.folder: Path | None = None  # relative paths in the document start here
        self.document = Document()
        self.stack = QUndoStack(self)
        self.selection: frozenset[str] = frozenset()
        self._plain: Checked = check(self.document, catalog)
        self.checked: Checked = self._plain  # with remarks
        self.remarks: Callable[[Checked], Iterable[Problem]] = lambda _: ()  # what is known beside the document

    def apply(self, text: str, edit: Document | Callable[[Document], Document], *, merge: str | None = None) -> None:
        """Makes an edit undoable under `text`. `merge` joins it to the previous one with the same key."""
        after = edit if isinstance(edit, Document) else edit(self.document)
        if after is not self.document:  # edits give back the same object when nothing changes; 1 == 1.0 == True here
            self.stack.push(Edit(self, text, after, merge))

    def cure(self, cure: Cure) -> None:
        """Does what a cure says, or asks for the file that it needs."""
        if cure.asks is not None:
            self.file_wanted.emit(*cure.asks)
        else:
            self.apply(cure.text, cure.edit)

    def open(self, document: Document, folder: Path | None = None) -> None:
        """Shows another document: nothing of the old one can be undone any more."""
        self.folder = folder
        self.stack.clear()
        self.select(())
        self.show(document)
        self.stack.setClean()
        self.replaced.emit()

    def show(self, document: Document) -> None:
        """Makes this the current document. For undo commands and `open`; everybody else calls `apply`."""
        change = Change.between(self.document, document)
        self.document = document
        self._take_checks(check(document, self.catalog, self.folder, previous=self._plain))
        if self.selection - document.nodes.keys():
            self.select(self.selection & document.nodes.keys())
        self.changed.emit(change)
        self.checked_changed.emit(self.checked)

    def recheck(self) -> None:
        """Checks again without an edit, as when a data file has changed."""
        self._take_checks(check(self.document, self.catalog, self.folder))
        self.checked_changed.emit(self.checked)

    def remark(self) -> None:
        """Asks for remarks again, without an edit: something was learned of the data, say."""
        before = self.checked.problems
        self._take_checks(self._plain)
        if self.checked.problems != before:
            self.checked_changed.emit(self.checked)

    def _take_checks(self, plain: Checked) -> None:
        """Remarks stand behind the problems of their severity."""
        self._plain = plain
        found = tuple(self.remarks(plain))
        problems = sorted((*plain.problems, *found), key=lambda problem: RANK[problem.severity])
        self.checked = replace(plain, problems=tuple(problems)) if found else plain

    def select(self, ids: Iterable[str]) -> None:
        """Selects exactly these nodes."""
        wanted = frozenset(ids) & (self.document.nodes.keys() | frozenset())
        if wanted != self.selection:
            self.selection = wanted
            self.selection_changed.emit(wanted)
