"""What opens beside the work: lists to pick from, help, the problems, and windows of their own."""

from __future__ import annotations

import importlib.metadata
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from app.actions import ActionTable
from app.canvas.view import GraphView
from app.panels import help as pages
from app.panels.help import HelpWindow
from app.panels.problems import ProblemList
from app.panels.quick_list import Item, QuickList
from app.panels.status_bar import StatusBar
from app.several_window import SeveralWindow
from graphs.language import tr

if TYPE_CHECKING:
    from app.window_content import Parts


class Asides:
    """Opens them over `owner`, the inside of the window. What is dear is made when it is first wanted."""

    def __init__(self, parts: Parts, view: GraphView, status: StatusBar, owner: QWidget) -> None:
        self.parts, self.model, self.view = parts, parts.model, view
        self._status, self._owner = status, owner
        self.table: ActionTable | None = None  # once there is one: actions are about this, too
        self.problems = ProblemList(parts.model, owner)
        self.commands = QuickList(self._command_items, tr("What do you want to do?"), owner)
        self.finder = QuickList(self._node_items, tr("Find a node by name, type or shape"), owner)
        self.help: HelpWindow | None = None
        self.terrain: QWidget | None = None
        self.problems.hide()
        status.problems_clicked.connect(self.open_problems)
        self.problems.closed.connect(self.problems.hide)
        self.problems.node_wanted.connect(lambda _: view.fit_selection())
        self.commands.chosen.connect(lambda action: self.table and self.table.run(action))
        self.finder.chosen.connect(self._find_node)

    # lists

    def open_commands(self) -> None:
        self.commands.open()

    def open_finder(self) -> None:
        self.finder.open()

    def _command_items(self) -> list[Item]:
        assert self.table is not None
        return [
            Item(action.id, words, hint=action.key_words(), also=f"{action.text} {tr(action.menu)}", enabled=enabled)
            for action, words, enabled in self.table.commands()
        ]

    def _node_items(self) -> list[Item]:
        model, items = self.model, []
        for key, node in model.document.nodes.items():
            kind = model.catalog.get(node.type)
            shapes = " ".join(str(shape) for (owner, _), shape in model.checked.outputs.items() if owner == key)
            title = tr(kind.title) if kind else node.type
            family = kind.family if kind else None
            hint = model.checked.summaries.get(key, "")
            items.append(Item(key, f"{node.label}   {title}", hint, f"{node.type} {shapes}", family))
        return items

    def _find_node(self, node: str) -> None:
        self.model.select({node})
        self.view.fit_selection()
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    # help

    def _page(self, html: str) -> None:
        if self.help is None:
            self.help = HelpWindow(self._owner)
        self.help.show_page(html)

    def open_help(self) -> None:
        """About the selected node, or about the program."""
        nodes = [self.model.document.nodes[key].type for key in sorted(self.model.selection)]
        if nodes and self.model.catalog.get(nodes[0]):
            self.open_node_help(nodes[0])
        else:
            self._page(pages.first_page() + pages.sheet_page(self._sheet()))

    def open_node_help(self, type_name: str) -> None:
        """What a node type does, takes and gives."""
        kind = self.model.catalog.get(type_name)
        if kind is not None:
            self._page(pages.node_page(kind))

    def open_sheet(self) -> None:
        self._page(pages.sheet_page(self._sheet()))

    def _sheet(self) -> dict[str, list[tuple[str, str]]]:
        assert self.table is not None
        return self.table.sheet()

    def open_about(self) -> None:
        self._page(pages.about_page(importlib.metadata.version("hourglass-nn")))

    # windows

    def open_terrain(self) -> None:
        """The optimisers side by side on a surface of two weights."""
        if self.terrain is None:
            from app.live.terrain.window import TerrainWindow  # when it is wanted: see `app.warm_up`

            self.terrain = TerrainWindow(self._owner)
        self.terrain.show()
        self.terrain.raise_()
        self.terrain.activateWindow()

    def open_several(self) -> None:
        SeveralWindow.open_over(self._owner, self.model, self.parts.controller.feed, self.parts.several)

    # problems

    def open_problems(self) -> None:
        """Shows the list of problems above the status bar, or hides it."""
        self.problems.setVisible(not self.problems.isVisible())
        self.place_problems()
        if self.problems.isVisible():
            self.problems.raise_()
            rows = self.problems.problem_rows()
            (rows[0] if rows else self.problems).setFocus(Qt.FocusReason.PopupFocusReason)

    def place_problems(self) -> None:
        """Where the list stands in a window of this size."""
        owner = self._owner
        width = min(440, owner.width() - 24)
        self.problems.resize(width, 200)
        height = min(self.problems.wanted_height(), 420, owner.height() - 120)
        self.problems.setGeometry(8, owner.height() - height - self._status.height() - 8, width, height)
