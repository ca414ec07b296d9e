"""What can be done on the canvas, as a table: words, keys, icon, when, and how. Menus and key presses read it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QGuiApplication

from app.canvas import geometry
from app.canvas.faces import Side
from app.canvas.wires import WireView
from engine.nodes.node import is_data
from graphs import edits
from graphs.checks import refusal
from graphs.document import Document, Frame, Wire
from graphs.language import marked, tr
from graphs.storage import Unreadable

if TYPE_CHECKING:
    from app.canvas.view import GraphView

OFFSET = (24.0, 24.0)  # of a duplicate
FRAME_MARGIN = (24.0, 48.0, 24.0, 24.0)


@dataclass(frozen=True, slots=True)
class Command:
    """One thing to do. `words` is the untranslated text; `keys` are portable key sequences."""

    name: str
    words: str
    keys: tuple[str, ...]
    run: Callable[[GraphView], None]
    enabled: Callable[[GraphView], bool] = lambda view: True
    icon: str = ""


def chosen(view: GraphView) -> bool:
    """Something is selected: nodes, wires or a frame."""
    return bool(view.model.selection or view.graph_scene.marks.wires or view.graph_scene.marks.frame)


def has_nodes(view: GraphView) -> bool:
    return bool(view.model.selection)


def _ids(view: GraphView) -> list[str]:
    """Selected nodes and frame, in a stable order."""
    frame = view.graph_scene.marks.frame
    return [*sorted(view.model.selection), *([frame] if frame else [])]


def delete(view: GraphView) -> None:
    """Selected nodes, wires and frame."""
    nodes, marks = view.model.selection, view.graph_scene.marks

    def edit(document: Document) -> Document:
        document = edits.remove(edits.disconnect(document, marks.wires), nodes)
        return edits.remove_frames(document, [marks.frame]) if marks.frame else document

    view.model.apply(tr("Delete"), edit)


def dissolve(view: GraphView) -> None:
    """Deletes nodes and keeps the chain: what came in goes on to what they fed."""
    nodes = view.model.selection
    view.model.apply(tr("Dissolve"), lambda document: edits.dissolve(document, nodes, view.catalog))


def copy(view: GraphView) -> None:
    QGuiApplication.clipboard().setText(edits.copy(view.model.document, _ids(view)))


def cut(view: GraphView) -> None:
    copy(view)
    delete(view)


def paste(view: GraphView, *, keep_inputs: bool = False) -> None:
    """Nodes from JSON text on the clipboard, at the mouse."""
    text = QGuiApplication.clipboard().text()
    at = geometry.snapped(view.place_for_new())
    new: list[str] = []

    def edit(document: Document) -> Document:
        after, added = edits.paste(document, text, (at.x(), at.y()), keep_inputs)
        new[:] = added
        return after

    try:
        view.model.apply(tr("Paste"), edit)
    except Unreadable:
        view.notice.emit(tr("The clipboard holds no nodes."))
        return
    view.model.select(new)


def duplicate(view: GraphView, *, keep_inputs: bool = False) -> None:
    ids, new = _ids(view), []

    def edit(document: Document) -> Document:
        after, added = edits.duplicate(document, ids, OFFSET, keep_inputs)
        new[:] = added
        return after

    view.model.apply(tr("Duplicate"), edit)
    view.model.select(new)


def bypass(view: GraphView) -> None:
    """Bypasses the selected nodes, or ends it when all of them are bypassed already."""
    ids, document = view.model.selection, view.model.document
    on = not all(document.nodes[node].bypassed for node in ids)
    view.model.apply(tr("Bypass") if on else tr("End bypass"), lambda document: edits.bypass(document, ids, on))


def collapse(view: GraphView) -> None:
    ids, document = view.model.selection, view.model.document
    on = not all(document.nodes[node].collapsed for node in ids)
    view.model.apply(tr("Collapse") if on else tr("Unfold"), lambda document: edits.collapse(document, ids, on))


def frame_selection(view: GraphView) -> None:
    """A frame around the selected nodes, or a new one in the middle."""
    area = view.graph_scene.rect_of(view.model.selection)
    if area.isEmpty():
        area = QRectF(view.place_for_new(), view.place_for_new() + QPointF(240, 120))
    left, top, right, bottom = FRAME_MARGIN
    area = area.adjusted(-left, -top, right, bottom)
    document = view.model.document
    frame = Frame(edits.fresh_id(document, "frame"), tr("Frame"), (area.x(), area.y()), (area.width(), area.height()))
    view.model.apply(tr("Add frame"), lambda document: edits.add_frame(document, frame))
    view.graph_scene.mark(frame=frame.id)
    view.rename()


def arrange_nodes(view: GraphView) -> None:
    """Tidies the selected nodes, or all of them."""
    from graphs.layout import arrange  # imports networkx, which takes a fifth of a second

    ids = view.model.selection if len(view.model.selection) > 1 else None
    items = view.graph_scene.nodes
    sizes = {node: (item.box.width, item.box.height) for node, item in items.items()}
    lines = {node: min(at.y() for at in item.box.ports.values()) for node, item in items.items() if item.box.ports}
    before = {node: item.pos() for node, item in items.items()}
    view.model.apply(tr("Arrange"), lambda document: arrange(document, sizes, ids, lines))
    view.glide.run(before)


def can_connect(view: GraphView) -> bool:
    return view.focused_port is not None or len(view.model.selection) in (1, 2)


def connect_two(view: GraphView) -> None:
    """Wires the left one of two selected nodes to the right one; with one or a port: lists possible targets."""
    if view.focused_port is not None or len(view.model.selection) == 1:
        view.list_targets()
        return
    nodes = view.graph_scene.nodes
    first, second = sorted(view.model.selection, key=lambda node: nodes[node].pos().x())
    for source, target in ((first, second), (second, first)):
        wire = best_wire(view, source, target)
        if wire is not None:
            view.model.apply(tr("Connect {wire}", wire=wire), lambda document, wire=wire: edits.connect(document, wire))
            return
    view.notice.emit(tr("These two have no ports that fit."))


def best_wire(view: GraphView, source: str, target: str) -> Wire | None:
    """The first wire that may be drawn between two nodes; free ports come first."""
    faces = view.graph_scene.nodes
    outputs = sorted(faces[source].face.ports(Side.OUTPUT), key=lambda port: port.wired)
    inputs = sorted(faces[target].face.ports(Side.INPUT), key=lambda port: port.wired)
    for port_in in inputs:
        for port_out in outputs:
            wire = Wire(source, port_out.name, target, port_in.name)
            if wire not in view.model.document.wires and refusal(view.model.checked, view.catalog, wire) is None:
                return wire
    return None


def select_all(view: GraphView) -> None:
    view.model.select(view.model.document.nodes)


def next_view(view: GraphView) -> None:
    views = list(WireView)
    view.set_wire_view(views[(views.index(view.graph_scene.flows.view) + 1) % 3].value)


def nudge(view: GraphView, direction: QPointF) -> None:
    """Moves the selection by one step of the grid."""
    step = geometry.GRID if view.snap else 1.0
    positions = {node: (item.x() + direction.x() * step, item.y() + direction.y() * step)
                 for node, item in view.graph_scene.nodes.items() if node in view.model.selection}  # fmt: skip
    key = " ".join(["nudge", *sorted(positions)])
    view.model.apply(tr("Move"), lambda document: edits.move(document, positions), merge=key)


def help_on(view: GraphView) -> None:
    for node in sorted(view.model.selection)[:1]:
        view.node_help.emit(view.model.document.nodes[node].type)


def data_nodes(view: GraphView) -> list[str]:
    """The selected nodes whose data can be looked at."""
    return [node for node in sorted(view.model.selection) if is_data(view.model.checked.types.get(node))]


def see_data(view: GraphView) -> None:
    for node in data_nodes(view)[:1]:
        view.data_requested.emit(node)


COMMANDS: tuple[Command, ...] = (
    Command("search", marked("Add a node…"), ("Tab", "Shift+A"), lambda view: view.search(), icon="search"),
    Command("cut", marked("Cut"), ("Ctrl+X",), cut, chosen, "cut"),
    Command("copy", marked("Copy"), ("Ctrl+C",), copy, chosen, "copy"),
    Command("paste", marked("Paste"), ("Ctrl+V",), paste, icon="paste"),
    Command("paste_wired", marked("Paste with inputs"), ("Ctrl+Shift+V",), lambda view: paste(view, keep_inputs=True)),
    Command("duplicate", marked("Duplicate"), ("Ctrl+D",), duplicate, chosen),
    Command("duplicate_wired", marked("Duplicate with inputs"), ("Ctrl+Shift+D",),
            lambda view: duplicate(view, keep_inputs=True), chosen),
    Command("delete", marked("Delete"), ("Del", "Backspace"), delete, chosen, "delete"),
    Command("dissolve", marked("Dissolve (keep the chain)"), ("Ctrl+Shift+X",), dissolve, has_nodes),
    Command("select_all", marked("Select all"), ("Ctrl+A",), select_all),
    Command("bypass", marked("Bypass"), ("M",), bypass, has_nodes, "bypass"),
    Command("collapse", marked("Collapse"), ("H",), collapse, has_nodes),
    Command("connect", marked("Connect"), ("C",), connect_two, can_connect),
    Command("rename", marked("Rename"), ("F2",), lambda view: view.rename(), chosen, "rename"),
    Command("help", marked("Help"), ("F1",), help_on, has_nodes, "help"),
    Command("see_data", marked("See the data"), ("V",), see_data, lambda view: bool(data_nodes(view)), "eye"),
    Command("frame", marked("Add frame"), ("Ctrl+Shift+G",), frame_selection),
    Command("arrange", marked("Arrange"), ("Ctrl+L",), arrange_nodes, icon="layout"),
    Command("fit", marked("Show selection"), ("F",), lambda view: view.fit_selection(), icon="fit"),
    Command("fit_all", marked("Show everything"), ("Home",), lambda view: view.fit()),
    Command("whole", marked("Zoom to 100 %"), ("Ctrl+0",), lambda view: view.zoom_to(1.0)),
    Command("zoom_in", marked("Zoom in"), ("Ctrl++", "Ctrl+="), lambda view: view.zoom_in(), icon="plus"),
    Command("zoom_out", marked("Zoom out"), ("Ctrl+-",), lambda view: view.zoom_out(), icon="minus"),
    Command("wire_view", marked("Next wire view"), ("B",), next_view),
    Command("snap", marked("Snap to grid"), (), lambda view: view.set_snap(not view.snap)),
)  # fmt: skip
BY_NAME = {command.name: command for command in COMMANDS}
BY_KEY = {key: command for command in COMMANDS for key in command.keys}


def run(view: GraphView, name: str) -> None:
    """Does a command by its name, if it can be done now."""
    command = BY_NAME[name]
    if command.enabled(view):
        command.run(view)
