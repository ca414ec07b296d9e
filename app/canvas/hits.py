"""What lies under a point of the scene. Ports take the mouse in an area that is 24 pixels wide at any zoom."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QPointF, QRectF, Qt

from app.canvas import geometry
from app.canvas.faces import PortRef
from app.canvas.frame_item import FrameItem
from app.canvas.node_item import NodeItem
from app.canvas.painter import BLOCKS, NO_NAMES
from app.canvas.scene import GraphScene
from app.canvas.strip_item import StripItem
from app.canvas.wire_item import WireItem
from graphs.document import Wire

WIRE_REACH = 7.0  # on screen


class Part(StrEnum):
    """The kinds of thing that can lie there, in front first."""

    STRIP = "strip"
    PORT = "port"
    NODE = "node"
    WIRE = "wire"
    FRAME_CORNER = "frame corner"
    FRAME_TITLE = "frame title"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Hit:
    """What was found, and which one."""

    part: Part = Part.EMPTY
    node: str = ""
    port: PortRef | None = None
    wire: Wire | None = None
    frame: str = ""
    button: str = ""  # of a strip


def hit(scene: GraphScene, point: QPointF, zoom: float) -> Hit:
    """The foremost thing under the point."""
    reach = geometry.PORT_REACH / zoom
    area = QRectF(point.x() - reach, point.y() - reach, 2 * reach, 2 * reach)
    items = scene.items(area, Qt.ItemSelectionMode.IntersectsItemBoundingRect, Qt.SortOrder.DescendingOrder)
    for strip in (item for item in items if isinstance(item, StripItem)):
        if zoom >= NO_NAMES and strip.isVisible() and strip.reach().contains(point):
            return Hit(Part.STRIP, node=strip.node, button=strip.button_at(point))
    nodes = [item for item in items if isinstance(item, NodeItem)]
    port = nearest_port(nodes, point, reach) if zoom >= BLOCKS else None
    if port is not None:
        return Hit(Part.PORT, node=port.node, port=port)
    for node in nodes:
        if node.scene_rect().contains(point):
            return Hit(Part.NODE, node=node.face.node)
    wire = nearest_wire([item for item in items if isinstance(item, WireItem)], point, WIRE_REACH / zoom)
    if wire is not None:
        return Hit(Part.WIRE, wire=wire)
    for frame in (item for item in items if isinstance(item, FrameItem)):
        if frame.corner_rect().contains(point):
            return Hit(Part.FRAME_CORNER, frame=frame.frame.id)
        if frame.title_rect().contains(point):
            return Hit(Part.FRAME_TITLE, frame=frame.frame.id)
    return Hit()


def nearest_port(nodes: list[NodeItem], point: QPointF, reach: float) -> PortRef | None:
    """The nearest port within reach; one that another node covers does not count."""
    best: tuple[float, PortRef] | None = None
    for depth, item in enumerate(nodes):
        for ref in item.ports():
            away = point - item.port_point(ref.side, ref.name)
            distance = math.hypot(away.x(), away.y())
            covered = any(other.scene_rect().contains(point) for other in nodes[:depth])
            if distance <= reach and not covered and (best is None or distance < best[0]):
                best = (distance, ref)
    return best[1] if best else None


def nearest_wire(wires: list[WireItem], point: QPointF, reach: float) -> Wire | None:
    """The nearest wire within reach."""
    best: tuple[float, Wire] | None = None
    for item in wires:
        if not item.isVisible():
            continue
        distance = geometry.distance_to(item.path, point)
        if distance <= reach and (best is None or distance < best[0]):
            best = (distance, item.wire)
    return best[1] if best else None
