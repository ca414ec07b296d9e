"""What the search offers: node types that match and fit, and ports of other nodes that a wire could go to."""

from __future__ import annotations

from app.canvas import building
from app.canvas.faces import PortRef, Side
from app.canvas.scene import GraphScene
from app.canvas.search import Entry, Query
from app.canvas.targets import Targets
from graphs.catalog import Catalog
from graphs.checks import Checked
from graphs.document import Wire
from graphs.language import tr
from graphs.shapes import kind_words
from graphs.spec import Kind, NodeType


class Offers:
    """Finds entries for the search. Remembers which types were used last: they come first."""

    def __init__(self, scene: GraphScene) -> None:
        self._scene = scene
        self._recent: list[str] = []

    @property
    def _catalog(self) -> Catalog:
        return self._scene.catalog

    def used(self, kind: type[NodeType]) -> None:
        """A node of this type was added."""
        name = kind.type_name()
        self._recent = [name, *(other for other in self._recent if other != name)][:6]

    def any_node(self) -> Query:
        """Every type."""
        return Query(lambda words: self._types(words, self._catalog.search(words)))

    def for_port(self, targets: Targets, *, with_ports: bool = False) -> Query:
        """Types that fit a wire hanging at a port, and, if asked, the ports of nodes that are there."""
        kind, fixed = targets.kind(), targets.fixed
        direction = "input" if fixed.side is Side.OUTPUT else "output"

        def find(words: str) -> list[Entry]:
            there = self._ports(targets, words) if with_ports else []
            found = self._catalog.search(words, kind=kind, direction=direction)
            return [*there, *self._types(words, found, kind, fixed.side)]

        shape = targets.shape()
        return Query(find, str(shape) if shape else kind_label(kind), wires=True)

    def for_wire(self, wire: Wire, checked: Checked) -> Query:
        """Types that fit into a wire."""

        def find(words: str) -> list[Entry]:
            catalog = self._catalog
            fitting = [kind for kind in catalog.search(words) if building.insertion(checked, catalog, kind, wire)]
            return self._types(words, fitting)

        shape = checked.outputs.get((wire.source, wire.output))
        return Query(find, str(shape) if shape else "", wires=True)

    def _types(self, words: str, found: list[type[NodeType]], kind: Kind | None = None,
               side: Side = Side.OUTPUT) -> list[Entry]:  # fmt: skip
        if not words:
            rank = {name: place for place, name in enumerate(self._recent)}
            found = sorted(found, key=lambda each: rank.get(each.type_name(), len(rank)))
        return [self._entry(each, words, building.ports_for(each, kind, side) if kind else []) for each in found]

    def _entry(self, kind: type[NodeType], words: str, vias: list[str]) -> Entry:
        """On the right stands the family, or the keyword by which the type was found."""
        hint = tr(kind.family.value)
        if words and words.casefold() not in tr(kind.title).casefold():
            matching = (tr(word) for word in kind.keywords if words.casefold() in tr(word).casefold())
            hint = next(matching, hint)
        return Entry(tr(kind.title), hint, kind.family, kind=kind, vias=tuple(vias))

    def _ports(self, targets: Targets, words: str) -> list[Entry]:
        """Free and taken ports of other nodes that the wire may go to, the nearest first."""
        side = Side.INPUT if targets.fixed.side is Side.OUTPUT else Side.OUTPUT
        here = self._scene.nodes[targets.fixed.node].pos()
        items = sorted(self._scene.nodes.items(), key=lambda pair: (pair[1].pos() - here).manhattanLength())
        found = []
        for node, item in items:
            for port in item.face.ports(side):
                title = f"{item.face.title} · {port.name}"
                ref = PortRef(node, side, port.name)
                if words.casefold() in title.casefold() and targets.refusal(ref) is None:
                    hint = tr("replaces a wire") if port.wired and side is Side.INPUT else node
                    found.append(Entry(title, hint, item.face.family, port=ref))
        return found


def kind_label(kind: Kind) -> str:
    """A kind where no shape is known."""
    return "" if kind is Kind.ANY else kind_words(kind)
