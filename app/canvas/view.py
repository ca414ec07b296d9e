"""The canvas as the rest of the program sees it: a widget that shows and edits one graph model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent, QCursor, QPainter, QResizeEvent
from PySide6.QtWidgets import QWidget

from app import theme
from app.canvas import building, cards, geometry, menu
from app.canvas.building import Insertion
from app.canvas.faces import Face, PortRef, Side, face_of
from app.canvas.gestures.gesture import Pointer
from app.canvas.glide import Glide
from app.canvas.guard import guarded
from app.canvas.hits import Hit, Part
from app.canvas.minimap import Minimap
from app.canvas.offers import Offers
from app.canvas.overlays import Legend, ViewSwitch, ZoomBox
from app.canvas.ports import PortState
from app.canvas.pulse import Pulse
from app.canvas.scene import GraphScene
from app.canvas.search import Entry, Query, Search
from app.canvas.stage import Stage
from app.canvas.targets import Targets
from app.canvas.title_editor import TitleEditor
from app.canvas.wires import WireState, WireView, paint_wire, shape_words, wire_pen
from app.graph_model import GraphModel
from app.node_live import NodeLive
from app.numerals import short
from graphs import edits
from graphs.catalog import Catalog
from graphs.document import Document, Wire
from graphs.language import tr
from graphs.spec import NodeType

ASIDE, EDGE = 24, 16  # what lies over the canvas keeps so far from its sides
BESIDE = 64.0  # a node added to another stands so far to its right


@dataclass(frozen=True, slots=True)
class Pending:
    """What the open search will do: where the node goes, what it is wired to or put into."""

    at: QPointF
    port: PortRef | None = None
    into: Wire | None = None
    exact: bool = False  # the place was pointed at: the node's port goes there


class GraphView(Stage):
    """Pan, zoom, select, wire, drop, search. Every edit is one `model.apply`."""

    node_help = Signal(str)  # type name: F1
    open_requested = Signal(str)  # node id: double-click
    data_requested = Signal(str)  # node id: V
    wire_view_changed = Signal(str)

    def __init__(self, model: GraphModel, catalog: Catalog, parent: QWidget | None = None) -> None:
        super().__init__(GraphScene(model, catalog), parent)
        self.graph_scene.setParent(self)
        self.glide, self.pulse = Glide(self.graph_scene, self), Pulse(self.graph_scene, self)
        self.offers = Offers(self.graph_scene)
        self.focused_port: PortRef | None = None
        self._pending: Pending | None = None
        self.zoom_box, self.switch, self.legend = ZoomBox(self), ViewSwitch(self), Legend(self)
        self.minimap = Minimap(self)
        self.search_box, self.title_editor = Search(self), TitleEditor(self)
        self.setAccessibleName(tr("Canvas"))
        self.zoom_box.in_clicked.connect(self.zoom_in)
        self.zoom_box.out_clicked.connect(self.zoom_out)
        self.zoom_box.whole_clicked.connect(lambda: self.zoom_to(1.0))
        self.zoom_box.fit_clicked.connect(self.fit)
        self.zoom_changed.connect(self.zoom_box.show_zoom)
        self.switch.switched.connect(self.set_wire_view)
        self.search_box.chosen.connect(self._search_chosen)
        self.search_box.closed.connect(self._search_closed)
        self.moved.connect(self._follow)
        self.graph_scene.rearranged.connect(self._rearranged)
        model.replaced.connect(self._show_new_document)
        model.selection_changed.connect(self._selection_changed)

    # What the rest of the program calls

    def show_live(self, lives: Mapping[str, NodeLive]) -> None:
        """Small numbers and pictures on the nodes, strengths on the wires."""
        if self.graph_scene.show_live(lives):
            self.fit_again()
        self.pulse.follow()
        self._show_legend()

    def set_wire_view(self, name: str) -> None:
        """`shapes`, `activations` or `gradients`."""
        view = WireView(name)
        self.graph_scene.set_wire_view(view)
        self.switch.show_view(view)
        self._show_legend()
        self.wire_view_changed.emit(name)

    def set_snap(self, on: bool) -> None:
        """Whether dragged nodes snap to the grid."""
        self.snap = on

    def add_node_at_center(self, type_name: str) -> str:
        """Adds a node in the middle of what shows, wired to the selected node where it fits. Gives its id."""
        kind = self.catalog.get(type_name)
        if kind is None:
            raise KeyError(type_name)
        return self._add_beside(kind, self.to_scene(self.middle()))

    def fit_selection(self) -> None:
        """Shows the selected nodes, or everything."""
        chosen = self.graph_scene.rect_of(self.model.selection)
        self.show_rect(self.graph_scene.contents() if chosen.isEmpty() else chosen)

    def rename(self) -> None:
        """Opens a field over the title of the selected node or frame."""
        scene = self.graph_scene
        frame = scene.frames.get(scene.marks.frame)
        if frame is not None:
            name, rect = frame.frame.id, frame.title_rect()
            words, hint = frame.frame.title, tr("Frame")
        elif self.model.selection:
            name = min(self.model.selection)
            item = scene.nodes[name]
            rect = QRectF(item.x() + geometry.TITLE_LEFT, item.y() + 4, item.box.width - geometry.TITLE_LEFT - 8, 20)
            words, hint = self.model.document.nodes[name].name, item.face.title
        else:
            return
        self.reveal(rect)
        place = self.viewportTransform().mapRect(rect)
        self.title_editor.open(place, words, hint, self.scale_now, lambda text: self._renamed(name, text))

    def _renamed(self, name: str, text: str) -> None:
        def edit(document: Document) -> Document:
            if name in document.nodes:
                return edits.rename(document, name, text)
            return edits.change_frame(document, name, title=text.strip())

        self.model.apply(tr("Rename"), edit)
        self.setFocus()

    # Adding nodes

    def add_node(self, kind: type[NodeType], at: QPointF, *, port: PortRef | None = None, via: str = "",
                 into: Insertion | None = None) -> str:  # fmt: skip
        """Adds a node in one edit, wired to a port or put into a wire, and selects it. Gives its id."""
        node = building.new_node(self.model.document, kind, at)
        rects = {key: item.scene_rect() for key, item in self.graph_scene.nodes.items()}
        rects[node.id] = geometry.measure(self._ghost(kind)).rect.translated(at)

        def edit(document: Document) -> Document:
            document = edits.add_node(document, node)
            if into is not None:
                return building.insert(document, node.id, into, rects)
            if port is not None and via:
                return edits.connect(document, building.wire_between(port, node.id, via))
            return document

        self.model.apply(tr("Add {title}", title=tr(kind.title)), edit)
        self.offers.used(kind)
        self.model.select({node.id})
        return node.id

    def _add_beside(self, kind: type[NodeType], middle: QPointF) -> str:
        """To the right of the selected node and wired to it where that fits, else around a point."""
        box = geometry.measure(self._ghost(kind))
        for port in self._outputs_of_selected():
            found = building.ports_for(kind, Targets(self.model, port).kind(), Side.OUTPUT)
            if found:
                source = self.graph_scene.nodes[port.node]
                place = QPointF(source.x() + source.box.width + BESIDE, source.y())
                return self.add_node(kind, self._free(box.rect.translated(place)), port=port, via=found[0])
        corner = geometry.snapped(middle - box.rect.center())
        return self.add_node(kind, self._free(box.rect.translated(corner)))

    def _outputs_of_selected(self) -> list[PortRef]:
        """The outputs of the one selected node, free ones first."""
        if len(self.model.selection) != 1:
            return []
        (node,) = self.model.selection
        outputs = sorted(self.graph_scene.nodes[node].face.outputs, key=lambda port: port.wired)
        return [PortRef(node, Side.OUTPUT, port.name) for port in outputs]

    def _free(self, rect: QRectF) -> QPointF:
        """The place itself, or the nearest one below it where nothing stands."""
        return self.graph_scene.free_place(rect)

    def _ghost(self, kind: type[NodeType]) -> Face:
        return face_of(building.new_node(self.model.document, kind, QPointF()), self.catalog)

    def place_for_new(self) -> QPointF:
        """Where something pasted goes: to the mouse when it is over the canvas, else into the middle."""
        at = QPointF(self.viewport().mapFromGlobal(QCursor.pos()))
        inside = self.viewport().underMouse() and self.viewport().rect().contains(at.toPoint())
        return self.to_scene(at if inside else self.middle())

    # The search

    def search(self) -> None:
        """Opens the search at the mouse; what is chosen is wired to the selected node where it fits."""
        at = self.place_for_new()
        self._open(self.offers.any_node(), Pending(at))

    def search_for(self, port: PortRef, targets: Targets, at: QPointF) -> None:
        """A wire was let go on empty ground: what fits it?"""
        self._open(self.offers.for_port(targets), Pending(at, port=port, exact=True))

    def list_targets(self) -> None:
        """Everything that the focused port, or the selected node's first output, could be wired to."""
        port = self.focused_port or next(iter(self._outputs_of_selected()), None)
        if port is not None:
            at = self.graph_scene.port_point(port) + QPointF(BESIDE if port.side is Side.OUTPUT else -BESIDE, 0)
            self._open(self.offers.for_port(Targets(self.model, port), with_ports=True), Pending(at, port=port))

    def _open(self, query: Query, pending: Pending) -> None:
        self._pending = pending
        self.search_box.open(query, self.to_view(pending.at))
        self.viewport().update()

    def _search_chosen(self, entry: Entry, via: str) -> None:
        pending, self._pending = self._pending, None
        self.viewport().update()
        self.setFocus()
        if pending is None:
            return
        if entry.port is not None and pending.port is not None:
            wire = building.wire_between(pending.port, entry.port.node, entry.port.name)
            self.model.apply(tr("Connect {wire}", wire=wire), lambda document: edits.connect(document, wire))
        elif entry.kind is not None:
            self._add_chosen(entry.kind, via, pending)

    def _add_chosen(self, kind: type[NodeType], via: str, pending: Pending) -> None:
        box = geometry.measure(self._ghost(kind))
        if pending.into is not None:
            place = building.insertion(self.model.checked, self.catalog, kind, pending.into)
            first = QPointF(box.width / 2, geometry.HEADER + geometry.ROW / 2)
            self.add_node(kind, geometry.snapped(pending.at - first), into=place)
        elif pending.port is None:
            if self._outputs_of_selected():
                self._add_beside(kind, pending.at)
            else:
                self.add_node(kind, self._free(box.rect.translated(geometry.snapped(pending.at))))
        else:
            side = Side.INPUT if pending.port.side is Side.OUTPUT else Side.OUTPUT
            corner = geometry.snapped(pending.at - box.ports[side, via])
            where = corner if pending.exact else self._free(box.rect.translated(corner))
            self.add_node(kind, where, port=pending.port, via=via)

    def _search_closed(self) -> None:
        self._pending = None
        self.setFocus()
        self.viewport().update()

    # What mouse and keys ask for

    def double_clicked(self, found: Hit, at: QPointF) -> None:
        if found.part is Part.NODE:
            self.open_requested.emit(found.node)
        elif found.part is Part.FRAME_TITLE:
            self.graph_scene.mark(frame=found.frame)
            self.rename()
        elif found.wire is not None:
            query = self.offers.for_wire(found.wire, self.model.checked)
            self._open(query, Pending(self.to_scene(at), into=found.wire))
        elif found.part is Part.EMPTY:
            self._open(self.offers.any_node(), Pending(self.to_scene(at)))

    def space_tapped(self) -> None:
        self.search()

    def open_menu(self, pointer: Pointer) -> None:
        found = self.hit(pointer.at)
        menu.select_for(self, found)
        menu.build(self, found).popup(self.viewport().mapToGlobal(pointer.at.toPoint()))

    def focus_port(self, port: PortRef | None) -> None:
        """Moves the keyboard to a port, or back to the node."""
        self.focused_port = port
        marks = {port.node: {(port.side, port.name): PortState.FOCUSED}} if port else {}
        self.graph_scene.mark(ports=marks)
        self._say()

    def wires_at(self, port: PortRef) -> frozenset[Wire]:
        """All wires of a port."""
        wiring = self.model.document.wiring
        if port.side is Side.INPUT:
            return frozenset(wire for wire in wiring.into.get(port.node, ()) if wire.input == port.name)
        return frozenset(wire for wire in wiring.out_of.get(port.node, ()) if wire.output == port.name)

    def title(self, node: str) -> str:
        return self.graph_scene.nodes[node].face.title

    # Following what changes

    def _show_new_document(self) -> None:
        """Fits it, however far away its nodes are."""
        self.search_box.dismiss()
        self.title_editor.cancel()
        self.graph_scene.make_room()
        self.fit()

    def _selection_changed(self, selection: frozenset[str]) -> None:
        if self.focused_port is not None and self.focused_port.node not in selection:
            self.focus_port(None)
        if selection and self.graph_scene.marks.frame:
            self.graph_scene.mark(frame="")
        self._say()

    def _say(self) -> None:
        """Tells screen readers what is selected."""
        port, faces = self.focused_port, [self.graph_scene.nodes[node].face for node in sorted(self.model.selection)]
        if port is not None:
            pattern = tr("input {port} of {node}") if port.side is Side.INPUT else tr("output {port} of {node}")
            words = pattern.format(port=port.name, node=self.title(port.node))
        elif len(faces) == 1:
            said = (faces[0].title, faces[0].subtitle, *(problem.text for problem in faces[0].problems))
            words = ". ".join(filter(None, said))
        else:
            words = tr("{count} nodes selected", count=len(faces)) if faces else ""
        self.setAccessibleDescription(words)
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.DescriptionChanged))

    def _show_legend(self) -> None:
        flows = self.graph_scene.flows
        self.legend.show_limits(flows.view, flows.limits.get(flows.view, (1e-2, 1.0)))

    def _rearranged(self) -> None:
        if self.scale_now < 1.0 or self.search_box.isVisible():
            self.viewport().update()  # from afar everything is drawn together

    def _follow(self) -> None:
        """The search and the title field stay where they belong when the ground moves."""
        self.title_editor.cancel()
        if self.search_box.isVisible() and self._pending is not None:
            self.search_box.move_to(self.to_view(self._pending.at))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        width, height = self.width(), self.height()
        self.zoom_box.move(ASIDE, height - self.zoom_box.height() - EDGE)
        self.legend.move(self.zoom_box.geometry().right() + 24, height - self.legend.height() - EDGE)
        self.switch.move(width - self.switch.width() - ASIDE, EDGE)
        self.minimap.move(width - self.minimap.width() - ASIDE, height - self.minimap.height() - EDGE)
        self.minimap.setVisible(width > 560 and height > 300)

    # Painting over the scene

    @guarded
    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:
        painter.save()
        painter.resetTransform()
        if self._pending is not None and self._pending.port is not None and self.search_box.isVisible():
            self._paint_pending(painter, self._pending.port)
        self.paint_gesture(painter)
        wire = self.graph_scene.marks.wire
        if wire in self.graph_scene.wires and self.gesture is None and wire is not None:
            self._paint_card(painter, wire)
        painter.restore()

    def _paint_pending(self, painter: QPainter, port: PortRef) -> None:
        """The wire that the search will draw."""
        here, there = self.to_view(self.graph_scene.port_point(port)), self.search_box.anchor()
        ends = (here, there) if port.side is Side.OUTPUT else (there, here)
        pen = wire_pen(WireState.SELECTED, WireView.SHAPES, None, theme.tokens())
        paint_wire(painter, geometry.wire_path(*ends), pen, theme.tokens())

    def _paint_card(self, painter: QPainter, wire: Wire) -> None:
        """Shape, strength and histogram of the wire under the mouse."""
        scene = self.graph_scene
        course, live = scene.wires[wire].course, scene.flows.lives.get(wire.source)
        words = shape_words(self.model.checked.outputs.get((wire.source, wire.output))) or wire.output
        rms = scene.flows.value(wire, WireView.ACTIVATIONS)
        number = f"RMS {short(rms)}" if rms is not None else ""
        at = self.to_view(geometry.label_point(course.start, course.end, course.around))
        cards.paint_wire_card(painter, at, words, number, live.histogram if live else None)
