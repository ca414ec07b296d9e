"""Which problem strips are shown: beneath each troubled node where there is room, always beneath a chosen one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QGraphicsScene

from app.canvas.node_item import NodeItem
from app.canvas.routing import Obstacles, strip_name
from app.canvas.strip_item import StripItem
from graphs.problems import Problem, Severity

QUIET = frozenset({"missing_input", "unused"})  # what a half-built graph says of nearly every node


class Strips:
    """The strips of a scene."""

    def __init__(self, scene: QGraphicsScene, nodes: Mapping[str, NodeItem], obstacles: Obstacles) -> None:
        self._scene, self._nodes, self._obstacles = scene, nodes, obstacles
        self.items: dict[str, StripItem] = {}
        self.problems: Mapping[str, tuple[Problem, ...]] = {}
        self.chosen: frozenset[str] = frozenset()  # selected or under the mouse: shown wherever they are
        self.quiet = False  # a drag is going on: none in its way

    def take(self, problems: Mapping[str, tuple[Problem, ...]]) -> None:
        """Takes the present problems of all nodes."""
        for node in self.items.keys() - problems.keys():
            self.drop(node)
        self.problems = problems
        for node, several in problems.items():
            width = self._nodes[node].box.width
            if node not in self.items:
                self.items[node] = StripItem(node, several, width)
                self._scene.addItem(self.items[node])
            else:
                self.items[node].show_problems(several, width)
        self.arrange(problems.keys())

    def drop(self, node: str) -> None:
        """Takes a strip away."""
        item = self.items.pop(node, None)
        self._obstacles.remove(strip_name(node))
        if item is not None:
            self._scene.removeItem(item)

    def choose(self, chosen: frozenset[str], *, quiet: bool) -> None:
        """Tells which nodes are selected or under the mouse."""
        touched = self.items.keys() if quiet != self.quiet else (chosen ^ self.chosen) & self.items.keys()
        self.chosen, self.quiet = chosen, quiet
        self.arrange(touched)

    def hover(self, node: str, button: str) -> None:
        """Lights the button under the mouse."""
        for name, item in self.items.items():
            item.show_hover(button if name == node else "")

    def toggle_why(self, node: str) -> None:
        """Shows or hides the explanation of a strip."""
        self.items[node].toggle_why()
        self.arrange([node])

    def arrange(self, nodes: Iterable[str]) -> None:
        """Puts the strips of these nodes where they belong and decides whether they show."""
        for node in nodes:
            if node in self.items:
                self._arrange(node, self.items[node])

    def near(self, nodes: Iterable[str]) -> set[str]:
        """The troubled nodes among these and those whose strips they might cover."""
        found = set(nodes) & self.items.keys()
        bounds = [self._nodes[node].scene_rect() for node in nodes if node in self._nodes]
        for node, item in self.items.items():
            rect = item.scene_rect()
            if any(rect.intersects(other) for other in bounds):
                found.add(node)
        return found

    def _arrange(self, node: str, strip: StripItem) -> None:
        item = self._nodes[node]
        strip.setPos(item.pos() + QPointF(0, item.box.height))
        self._obstacles.remove(strip_name(node))
        rect = strip.scene_rect()
        bounds = (rect.left(), rect.top(), rect.right(), rect.bottom())
        first = strip.problems[0]
        modest = first.severity is Severity.NOTE or first.code in QUIET
        shown = node in self.chosen or not (modest or self._obstacles.within(bounds))
        strip.setVisible(shown and not self.quiet)
        if shown:
            self._obstacles.place(strip_name(node), rect)
