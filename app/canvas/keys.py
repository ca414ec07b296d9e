"""Key presses on the canvas: commands by their keys, and the arrows that walk from node to node and port to port."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

from app.canvas import commands, walking
from graphs.spec import drawn_parameter

if TYPE_CHECKING:
    from app.canvas.stage import Stage
    from app.canvas.view import GraphView

ARROWS = {
    Qt.Key.Key_Left: QPointF(-1, 0), Qt.Key.Key_Right: QPointF(1, 0),
    Qt.Key.Key_Up: QPointF(0, -1), Qt.Key.Key_Down: QPointF(0, 1),
}  # fmt: skip


def press(view: GraphView | Stage, event: QKeyEvent) -> bool:
    """Does what the key says. Says whether it meant anything."""
    key = Qt.Key(event.key())
    control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
    if key in ARROWS:
        if control:
            commands.nudge(view, ARROWS[key])
        else:
            _walk(view, ARROWS[key])
        return True
    if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
        return _enter(view)
    if key == Qt.Key.Key_Escape:
        return _leave(view)
    name = QKeySequence(event.keyCombination()).toString(QKeySequence.SequenceFormat.PortableText)
    command = commands.BY_KEY.get(name.removeprefix("Num+"))
    if command is None or not command.enabled(view):
        return False
    command.run(view)
    return True


def _walk(view: GraphView, direction: QPointF) -> None:
    """To the next port when a port is focused, else to the next node."""
    scene = view.graph_scene
    port = view.focused_port
    if port is not None:
        view.focus_port(walking.next_port(scene.nodes[port.node].face, port, direction))
        return
    rects = {node: item.scene_rect() for node, item in scene.nodes.items()}
    if not rects:
        return
    if not view.model.selection:
        corner = view.visible_rect().topLeft()
        start = min(rects, key=lambda node: (rects[node].topLeft() - corner).manhattanLength())
        view.model.select({start})
    else:
        start = min(view.model.selection)
        found = walking.nearest(rects, start, direction)
        view.model.select({found or start})
    (chosen,) = view.model.selection
    view.reveal(scene.nodes[chosen].scene_rect())


def _enter(view: GraphView) -> bool:
    """Opens a node that is drawn on a pad, else goes into the ports of the selected node; on a port, opens the list of
    what it can be wired to."""
    if view.focused_port is not None:
        view.list_targets()
        return True
    if len(view.model.selection) != 1:
        return False
    (node,) = view.model.selection
    kind = view.catalog.get(view.model.document.nodes[node].type)
    if kind is not None and drawn_parameter(kind):
        view.open_requested.emit(node)
        return True
    port = walking.first_port(view.graph_scene.nodes[node].face)
    if port is not None:
        view.focus_port(port)
    return port is not None


def _leave(view: GraphView) -> bool:
    """From a port to its node, then out of the selection."""
    if view.focused_port is not None:
        view.focus_port(None)
        return True
    if not commands.chosen(view):
        return False
    view.model.select(())
    view.graph_scene.mark(wires=frozenset(), frame="")
    return True
