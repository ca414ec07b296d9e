"""The scene: mirrors the graph model into items, a dictionary from id to item. Handles no mouse, makes no edits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, QPointF, QRectF, Signal
from PySide6.QtWidgets import QGraphicsScene

from app.canvas import changes, geometry, mismatches, routing
from app.canvas.faces import PortRef, Side, face_of
from app.canvas.flows import Flows
from app.canvas.frame_item import FrameItem
from app.canvas.marks import Marks
from app.canvas.node_item import NodeItem
from app.canvas.painter import Look
from app.canvas.strips import Strips
from app.canvas.walk_marks import WalkItems, WalkMarks
from app.canvas.wire_item import WireItem
from app.canvas.wires import WireCourse, WireState, WireView
from app.graph_model import Change, GraphModel
from app.node_live import NodeLive
from graphs.catalog import Catalog
from graphs.checks import Checked
from graphs.document import Document, Wire
from graphs.spec import Family

WORLD = QRectF(-50_000, -50_000, 100_000, 100_000)
MANY = 64  # when more nodes than this have changed, all wires are laid anew
NEAR = 32.0  # wires so close to a changed node may have to run elsewhere


class GraphScene(QGraphicsScene):
    """Items for one model. `rearranged` tells that something moved, came, went or looks different from afar."""

    rearranged = Signal()

    def __init__(self, model: GraphModel, catalog: Catalog, parent: QObject | None = None) -> None:
        super().__init__(WORLD, parent)
        self.model, self.catalog = model, catalog
        self.nodes: dict[str, NodeItem] = {}
        self.wires: dict[Wire, WireItem] = {}
        self.frames: dict[str, FrameItem] = {}
        self.marks = Marks()
        self.flows = Flows()
        self.broken: dict[Wire, str] = {}
        self._seen: Checked | None = None
        self._courses = routing.Courses()
        self.strips = Strips(self, self.nodes, self._courses.obstacles)
        self.walk = WalkItems(self.nodes)
        self._mirror(Change.between(Document(), model.document))
        self._show_checked(model.checked)
        model.changed.connect(self._mirror)
        model.checked_changed.connect(self._show_checked)
        model.selection_changed.connect(self._select)

    # Mirroring the document and its checks

    def _mirror(self, change: Change) -> None:
        """Adds, moves and removes items so that they are the document's."""
        for wire in change.wires_removed & self.wires.keys():
            self._courses.forget(wire)
            self.removeItem(self.wires.pop(wire))
        for node in change.removed:
            self.strips.drop(node)
            self.walk.forget(node)
            self._courses.obstacles.remove(node)
            self.removeItem(self.nodes.pop(node))
        document = change.after
        for node in change.added:
            face = face_of(document.nodes[node], self.catalog, self.model.checked)
            self.nodes[node] = NodeItem(face, self.flows.lives.get(node))
            self.addItem(self.nodes[node])
        for node in change.added | change.changed:
            self.nodes[node].setPos(QPointF(*document.nodes[node].position))
        for wire in change.wires_added:
            if wire.source in self.nodes and wire.target in self.nodes:
                self.wires[wire] = WireItem(wire, WireCourse(QPointF(), QPointF()))
                self.addItem(self.wires[wire])
        if change.before.frames is not document.frames:
            self._mirror_frames(document)
        self.marks = self.marks.kept(document)
        self._settle(change.added | change.changed, change.wires_added, settled=True)

    def _mirror_frames(self, document: Document) -> None:
        wanted = {frame.id: frame for frame in document.frames}
        for gone in self.frames.keys() - wanted.keys():
            self.removeItem(self.frames.pop(gone))
        for key, frame in wanted.items():
            if key not in self.frames:
                self.frames[key] = FrameItem(frame)
                self.addItem(self.frames[key])
            self.frames[key].show_frame(frame)

    def _show_checked(self, checked: Checked) -> None:
        """Shapes, summaries and problems, after every edit."""
        before, self._seen = self._seen, checked
        nodes = checked.document.nodes
        stale = [node for node in self.nodes if before is None or changes.is_stale(node, before, checked)]
        grown = [node for node in stale if self.nodes[node].show_face(face_of(nodes[node], self.catalog, checked))]
        self.broken = mismatches.broken_wires(checked.document, checked)
        for wire, item in self.wires.items():
            item.show_shape(checked.outputs.get((wire.source, wire.output)), self.broken.get(wire, ""))
            item.show_state(self._wire_state(wire))
        self.strips.take({node: checked.of(node) for node in checked.by_node if node in self.nodes})
        self._show_flows()
        self._settle(grown, (), settled=True)

    # Where things are

    def port_point(self, ref: PortRef) -> QPointF:
        """Where a port is."""
        return self.nodes[ref.node].port_point(ref.side, ref.name)

    def rect_of(self, nodes: Iterable[str]) -> QRectF:
        """The rectangle around some nodes and the strips beneath them."""
        found = QRectF()
        for node in nodes:
            found = found.united(self.nodes[node].scene_rect())
            strip = self.strips.items.get(node)
            if strip is not None and strip.isVisible():
                found = found.united(strip.scene_rect())
        return found

    def contents(self) -> QRectF:
        """The rectangle around everything there is."""
        found = self.rect_of(self.nodes)
        for rect in [item.scene_rect() for item in self.frames.values()]:
            found = found.united(rect)
        for around in [item.course.around for item in self.wires.values()]:
            if around is not None:
                found = found.united(QRectF(found.left(), around - 8, 1, 16))
        return found

    def place(self, positions: Mapping[str, QPointF]) -> None:
        """Shows nodes and frames elsewhere, as while they are dragged; the document does not change."""
        for key, position in positions.items():
            item = self.nodes.get(key) or self.frames.get(key)
            if item is not None:
                item.setPos(position)
        self._settle([key for key in positions if key in self.nodes], ())

    def make_room(self) -> None:
        """The ground reaches far beyond everything, so that it can be scrolled."""
        margin = WORLD.width() / 2
        self.setSceneRect(WORLD.united(self.contents().adjusted(-margin, -margin, margin, margin)))

    def put_back(self, keys: Iterable[str]) -> None:
        """Shows nodes and frames where the document has them now, which may have changed during a drag."""
        document = self.model.document
        homes = {frame.id: frame.position for frame in document.frames}
        homes |= {key: document.nodes[key].position for key in keys if key in document.nodes}
        self.place({key: QPointF(*homes[key]) for key in keys if key in homes})

    def free_place(self, rect: QRectF) -> QPointF:
        """The rectangle's corner, or the nearest one below it where no node stands."""
        rect = QRectF(rect)
        for _ in range(200):
            wide = rect.adjusted(-8, -8, 8, 8)
            found = self._courses.obstacles.within((wide.left(), wide.top(), wide.right(), wide.bottom()))
            if not found:
                break
            lowest = max(self._courses.obstacles.rects[name][3] for name in found)
            rect.moveTop(geometry.up_to_grid(lowest + 24))
        return rect.topLeft()

    def _settle(self, nodes: Iterable[str], new_wires: Iterable[Wire], *, settled: bool = False) -> None:
        """After nodes have moved or grown: obstacles, strips and wires follow. `settled`: also the wires nearby."""
        moved = list(nodes)
        dirty = self.wires.keys() & set(new_wires)
        wiring = self.model.document.wiring
        near = QRectF()
        for node in moved:
            before = self._courses.obstacles.rects.get(node)
            rect = self.nodes[node].scene_rect()
            self._courses.obstacles.place(node, rect)
            near = near.united(rect)
            if before is not None:
                near = near.united(QRectF(QPointF(*before[:2]), QPointF(*before[2:])))
            dirty |= self.wires.keys() & {*wiring.into.get(node, ()), *wiring.out_of.get(node, ())}
        if moved:
            self.strips.arrange(self.strips.near(moved) if len(moved) <= MANY else self.strips.items)
        if settled and len(moved) > MANY:
            dirty = set(self.wires)
        elif settled and moved:
            area = near.adjusted(-NEAR, -NEAR, NEAR, NEAR)
            dirty |= {wire for wire, item in self.wires.items() if item.area.intersects(area)}
        for wire in sorted(dirty):
            start = self.nodes[wire.source].port_point(Side.OUTPUT, wire.output)
            end = self.nodes[wire.target].port_point(Side.INPUT, wire.input)
            self.wires[wire].lay(self._courses.of(wire, start, end))
        self._show_frames()
        self.rearranged.emit()

    def _show_frames(self) -> None:
        for frame in self.frames.values():
            area = frame.scene_rect()
            inside = Counter(item.face.family for item in self.nodes.values() if area.contains(item.scene_rect()))
            family: Family | None = inside.most_common(1)[0][0] if inside else None
            frame.show_state(selected=frame.frame.id == self.marks.frame, family=family)

    # What mouse, keyboard and training add

    def mark(self, **changes: Any) -> None:
        """Changes what mouse and keyboard point at: any field of `Marks`."""
        before, self.marks = self.marks, replace(self.marks, **changes)
        after = self.marks
        touched = {before.node, after.node}
        if before.ports is not after.ports:
            touched |= before.ports.keys() | after.ports.keys()
        self._look(touched)
        named = before.wires | after.wires | before.lit | after.lit | before.hidden | after.hidden
        for wire in (named | {before.wire, after.wire}) & self.wires.keys():
            self.wires[wire].show_state(self._wire_state(wire))
            self.wires[wire].setVisible(wire not in after.hidden)
        if before.frame != after.frame:
            self._show_frames()

    def _select(self, _: object = None) -> None:
        self._look(self.nodes)
        self.rearranged.emit()

    def _look(self, nodes: Iterable[str]) -> None:
        """Shows marks and selection on these nodes."""
        selection, marks = self.model.selection, self.marks
        for node in nodes:
            if node in self.nodes:
                self.nodes[node].show_look(Look(node == marks.node, node in selection, marks.ports.get(node, {})))
        self.strips.choose(selection | {marks.node}, quiet=marks.quiet)

    def _wire_state(self, wire: Wire) -> WireState:
        if wire in self.marks.lit or wire in self.marks.wires:
            return WireState.SELECTED
        if wire in self.broken:
            return WireState.BROKEN
        return WireState.HOVERED if wire == self.marks.wire else WireState.IDLE

    def show_live(self, lives: Mapping[str, NodeLive]) -> bool:
        """Takes what training says of all nodes; only what has changed is painted again. Whether a node changed its size."""
        gone = {node: None for node in self.flows.lives.keys() - lives.keys()}
        self.flows.take(lives)
        grown = [node for node, live in {**lives, **gone}.items()
                 if node in self.nodes and self.nodes[node].show_live(live)]  # fmt: skip
        self._show_flows()
        if grown:
            self._settle(grown, (), settled=True)
        return bool(grown)

    def set_wire_view(self, view: WireView) -> None:
        """Shapes, activations or gradients on the wires."""
        self.flows.view = view
        self._show_flows()

    def show_walk(self, marks: WalkMarks | None) -> None:
        """Numbers of a walk in slow motion on nodes and wires; None: no walk any more."""
        self.walk.show(marks)
        self._show_flows()

    def _show_flows(self) -> None:
        walked = self.walk.marks
        for wire, item in self.wires.items():
            if walked is None:
                item.show_flow(self.flows.view, *self.flows.of(wire))
            else:
                flow = walked.wires.get(wire)
                item.show_flow(flow.view if flow else WireView.SHAPES, None, flow.share if flow else None,
                               flow.words if flow else "")
