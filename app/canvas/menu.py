"""The menu of the right button: what can be done with what lies under the mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu

from app import icons
from app.canvas import commands
from app.canvas.hits import Hit, Part
from graphs.language import tr

if TYPE_CHECKING:
    from app.canvas.view import GraphView

ON_NODE = ("see_data", "rename", "help", "", "cut", "copy", "duplicate", "", "bypass", "collapse", "", "dissolve", "delete")
ON_WIRE = ("delete",)
ON_FRAME = ("rename", "duplicate", "delete")
ON_EMPTY = ("search", "paste", "frame", "", "arrange", "fit_all", "snap")


def build(view: GraphView, found: Hit) -> QMenu:
    """The menu for a place, already with what lies there selected."""
    menu = QMenu(view)
    names = {Part.NODE: ON_NODE, Part.PORT: ON_NODE, Part.STRIP: ON_NODE, Part.WIRE: ON_WIRE,
             Part.FRAME_TITLE: ON_FRAME, Part.FRAME_CORNER: ON_FRAME}.get(found.part, ON_EMPTY)  # fmt: skip
    for name in names:
        if not name:
            menu.addSeparator()
        else:
            menu.addAction(_action(view, menu, commands.BY_NAME[name]))
    return menu


def _action(view: GraphView, menu: QMenu, command: commands.Command) -> QAction:
    action = QAction(tr(command.words), menu)
    if command.icon:
        action.setIcon(icons.icon(command.icon))
    if command.keys:
        action.setShortcut(QKeySequence(command.keys[0]))
    if command.name == "snap":
        action.setCheckable(True)
        action.setChecked(view.snap)
    action.setEnabled(command.enabled(view))
    action.triggered.connect(lambda: commands.run(view, command.name))
    return action


def select_for(view: GraphView, found: Hit) -> None:
    """Selects what lies under the mouse, unless it is part of the selection already."""
    if found.node and found.node not in view.model.selection:
        view.model.select({found.node})
    elif found.wire is not None and found.wire not in view.graph_scene.marks.wires:
        view.model.select(())
        view.graph_scene.mark(wires=frozenset({found.wire}))
    elif found.frame:
        view.model.select(())
        view.graph_scene.mark(frame=found.frame, wires=frozenset())
