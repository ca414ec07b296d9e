"""Which gesture a press begins, from what lies under it and what is held. The whole table is here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from app.canvas.gestures.cut_wires import CutWires
from app.canvas.gestures.drag_frames import MoveFrame, ResizeFrame
from app.canvas.gestures.drag_wire import DragWire, MoveWires, can_move_wires
from app.canvas.gestures.gesture import Gesture, Pointer
from app.canvas.gestures.move_nodes import ALT, CONTROL, SHIFT, MoveNodes
from app.canvas.gestures.pan import Pan
from app.canvas.gestures.select_box import SelectBox
from app.canvas.hits import Hit, Part
from graphs import edits
from graphs.language import tr

if TYPE_CHECKING:
    from app.canvas.view import GraphView


class PressButton(Gesture):
    """A press on a strip: its button acts when it is let go over the same button."""

    def __init__(self, view: GraphView, press: Pointer, found: Hit) -> None:
        super().__init__(view, press)
        self.found = found

    def drop(self, pointer: Pointer) -> None:
        if self.view.hit(pointer.at) == self.found:
            self.click(pointer)

    def click(self, pointer: Pointer) -> None:
        strip = self.view.graph_scene.strips.items.get(self.found.node)
        if strip is None:
            return
        if self.found.button == "why":
            self.view.graph_scene.strips.toggle_why(self.found.node)
        elif self.found.button.startswith("cure"):
            cure = strip.box.cures[int(self.found.button.removeprefix("cure"))][1]
            self.view.model.cure(cure)
        else:
            self.view.model.select({self.found.node})


class BreakLinks(Gesture):
    """Alt and a click on a port take all its wires away."""

    def __init__(self, view: GraphView, press: Pointer, found: Hit) -> None:
        super().__init__(view, press)
        self.port = found.port

    def click(self, pointer: Pointer) -> None:
        wires = self.view.wires_at(self.port) if self.port else frozenset()
        self.view.model.apply(tr("Break wires"), lambda document: edits.disconnect(document, wires))


class OpenMenu(Gesture):
    """The right button, let go where it was pressed, opens the menu of what lies there."""

    def click(self, pointer: Pointer) -> None:
        self.view.open_menu(pointer)


def choose(view: GraphView, press: Pointer, button: Qt.MouseButton, *, space: bool) -> Gesture | None:
    """The gesture that a press of this button begins."""
    if button == Qt.MouseButton.MiddleButton or (button == Qt.MouseButton.LeftButton and space):
        return Pan(view, press)
    if button == Qt.MouseButton.RightButton:
        return CutWires(view, press) if press.held(CONTROL) else OpenMenu(view, press)
    if button != Qt.MouseButton.LeftButton:
        return None
    if press.held(ALT) and press.held(SHIFT):
        return CutWires(view, press)
    return _left(view, press, view.hit(press.at))


def _left(view: GraphView, press: Pointer, found: Hit) -> Gesture:
    if found.part is Part.STRIP:
        return PressButton(view, press, found)
    if found.port is not None:
        if press.held(ALT):
            return BreakLinks(view, press, found)
        if press.held(CONTROL) and can_move_wires(view, found.port):
            return MoveWires(view, press, found.port)
        return DragWire(view, press, found.port)
    if found.part is Part.NODE:
        return MoveNodes(view, press, found.node)
    if found.part is Part.FRAME_CORNER:
        return ResizeFrame(view, press, found.frame)
    if found.part is Part.FRAME_TITLE:
        return MoveFrame(view, press, found.frame)
    return Pan(view, press) if press.held(ALT) else SelectBox(view, press)
