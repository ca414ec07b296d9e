"""What is known of the data in the graph: asks the process that looks at them, and tells when something was seen.

Every data node is looked at after an edit that touched it, in the background; what somebody opens comes first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Protocol

from PySide6.QtCore import QObject, QTimer, Signal

from app.graph_model import GraphModel
from app.node_live import NodeLive, with_thumbnail
from engine.data import look_messages as say
from engine.data.remarks import remarks
from engine.data.view import View, upstream
from engine.nodes.node import DataNode, is_data
from engine.nodes.source import Source
from graphs.checks import Checked
from graphs.document import Document
from graphs.problems import Problem
from graphs.spec import ShapeError, Site
from graphs.storage import dumps

REST = 250  # milliseconds after an edit before the data are looked at
POLL = 30
AT_ONCE = 8  # views opened in one go: the window must not stutter when many arrive
LARGE = 256 << 20  # bytes of files above which nothing is read before somebody asks


class LookerLike(Protocol):
    """What is needed of `engine.data.looker.Looker`."""

    def look(self, document: bytes, folder: object, node: str, *, urgent: bool = False) -> int: ...
    def cancel(self, ticket: int) -> None: ...
    def poll(self) -> list[say.Answer]: ...
    def open(self, seen: say.Seen) -> View: ...
    def close(self) -> None: ...


class Looks(QObject):
    """The views of all data nodes of one window, as far as they are known."""

    changed = Signal(str)  # node: `views`, `faults` or `progress` tell something new of it
    thumbnails_changed = Signal()

    def __init__(self, model: GraphModel, looker: LookerLike, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.model, self.looker = model, looker
        self.views: dict[str, View] = {}
        self.faults: dict[str, str] = {}  # why a node cannot be looked at
        self.progress: dict[str, say.Progress] = {}
        self.on = True
        self._current: dict[str, int] = {}  # node → what its view depends on, as it is now
        self._known: dict[str, int] = {}  # node → what its view or fault was made of
        self._tickets: dict[int, tuple[str, int]] = {}  # under way: node, and what it depends on
        self._arrived: list[say.Seen] = []
        self._written: tuple[Checked | None, bytes] = (None, b"")
        self._wanted: set[str] = set()  # open in a window of its own
        self._rest = QTimer(self, singleShot=True, interval=REST, timeout=self.refresh)
        self._poll = QTimer(self, interval=POLL, timeout=self.take)
        model.remarks = self._remarks
        model.checked_changed.connect(lambda _: self._rest.start())
        model.replaced.connect(self._forget)

    def close(self) -> None:
        """Ends the process."""
        self.on = False
        self._rest.stop()
        self._poll.stop()
        self.looker.close()

    def _forget(self) -> None:
        for ticket in self._tickets:
            self.looker.cancel(ticket)
        for known in (self.views, self.faults, self.progress, self._known, self._tickets):
            known.clear()
        self.thumbnails_changed.emit()
        self._rest.start()

    # asking

    def show(self, node: str) -> None:
        """Somebody waits for this node, and wants to see what becomes of it."""
        self._wanted.add(node)
        self._current = signatures(self.model.checked)
        if node in self._current:
            self._ask(node, urgent=True)

    def hide(self, node: str) -> None:
        """Nobody waits for it any more; what is under way goes on, for its thumbnail."""
        self._wanted.discard(node)

    def cancel(self, node: str) -> None:
        """Gives up what is under way for it."""
        for ticket, (asked, _) in self._tickets.items():
            if asked == node:
                self.looker.cancel(ticket)

    def pending(self, node: str) -> bool:
        """Whether something is under way for it."""
        return any(asked == node for asked, _ in self._tickets.values())

    def refresh(self) -> None:
        """Asks for everything that is not known as it is now."""
        if not self.on:
            return
        self._current = signatures(self.model.checked)
        gone = [node for node in self._known if node not in self._current]
        for node in gone:
            for known in (self.views, self.faults, self.progress, self._known):
                known.pop(node, None)
            self.changed.emit(node)
        if gone:
            self.thumbnails_changed.emit()
        asked = {(node, of) for node, of in self._tickets.values()}
        for node, of in self._current.items():
            urgent = node in self._wanted
            if self._known.get(node) != of and (node, of) not in asked and (urgent or self._is_light(node)):
                self._ask(node, urgent=urgent)

    def _ask(self, node: str, *, urgent: bool) -> None:
        for ticket, (asked, of) in list(self._tickets.items()):
            if asked == node and (urgent or of != self._current[node]):
                del self._tickets[ticket]  # its answer would be of yesterday, or too late
                self.looker.cancel(ticket)
        ticket = self.looker.look(self._document(), self.model.folder, node, urgent=urgent)
        self._tickets[ticket] = (node, self._current[node])
        self._poll.start()
        self.changed.emit(node)

    def _document(self) -> bytes:
        """The data part as it is now, written once for all who ask for it."""
        if self._written[0] is not self.model.checked:
            self._written = (self.model.checked, dumps(data_part(self.model.checked)))
        return self._written[1]

    def _is_light(self, node: str) -> bool:
        """Whether its files may be read without being asked."""
        checked, total = self.model.checked, 0
        for name in upstream(checked, node):
            kind = checked.types.get(name)
            if isinstance(kind, Source):
                try:
                    total += sum(file.stat().st_size for file in kind.files(Site(name, self.model.folder)))
                except (ShapeError, OSError):
                    return True  # the answer is a sentence, which costs nothing
        return total <= LARGE

    # answers

    def take(self) -> None:
        """Takes what has come; stops asking when nothing is under way."""
        for answer in self.looker.poll():
            if isinstance(answer, say.Lost):
                self._lost(answer)
            elif answer.ticket in self._tickets:
                self._take(answer)
        fresh, self._arrived = self._arrived[:AT_ONCE], self._arrived[AT_ONCE:]
        opened = [seen.node for seen in fresh if self._open(seen)]
        if opened:
            self.model.remark()
            self.thumbnails_changed.emit()
            for node in opened:
                self.changed.emit(node)
        if not self._tickets and not self._arrived:
            self._poll.stop()

    def _take(self, answer: say.Seen | say.Failed | say.Progress) -> None:
        node, of = self._tickets[answer.ticket]
        if isinstance(answer, say.Progress):
            self.progress[node] = answer
            self.changed.emit(node)
            return
        del self._tickets[answer.ticket]
        self.progress.pop(node, None)
        if isinstance(answer, say.Seen):
            self._known[node] = of
            self._arrived.append(answer)
            return
        if not answer.cancelled:
            self._known[node] = of
            self.views.pop(node, None)
            self.thumbnails_changed.emit()
        self.faults[node] = answer.text
        self.changed.emit(node)

    def _open(self, seen: say.Seen) -> bool:
        try:
            self.views[seen.node] = self.looker.open(seen)
        except (OSError, ValueError, KeyError, TypeError):  # it went out of the store in between
            self._known.pop(seen.node, None)
            self._rest.start()
            return False
        self.faults.pop(seen.node, None)
        return True

    def _lost(self, answer: say.Lost) -> None:
        """Whoever waits asks again; what nobody waits for may be what killed it, and is left alone."""
        lost = [node for node, _ in self._tickets.values()]
        self._tickets.clear()
        self.progress.clear()
        for node in lost:
            self.faults[node] = answer.text
            self._known[node] = self._current.get(node, 0)
            self.changed.emit(node)

    # what follows

    def _remarks(self, checked: Checked) -> Iterable[Problem]:
        """Of views that are still true."""
        if not self.views:
            return ()
        current = signatures(checked)
        return [remark for node, view in self.views.items()
                if view.findings and self._known.get(node) == current.get(node)
                for remark in remarks(view.findings, checked)]

    def with_thumbnails(self, lives: Mapping[str, NodeLive]) -> dict[str, NodeLive]:
        """The live faces of nodes, with their data in small."""
        small = {node: with_thumbnail(lives.get(node), view.thumbnail) for node, view in self.views.items()}
        return {**lives, **small}


def data_part(checked: Checked) -> Document:
    """The nodes of the data half with the wires among them, and the training settings, which divide the samples."""
    document = checked.document
    nodes = {name: replace(node, position=(0.0, 0.0), collapsed=False) for name, node in document.nodes.items()
             if _in_data_half(checked, name)}
    wires = frozenset(wire for wire in document.wires if wire.source in nodes and wire.target in nodes)
    return Document(nodes=nodes, wires=wires, training=document.training)


def _in_data_half(checked: Checked, node: str) -> bool:
    kind = checked.types.get(node) or checked.catalog.get(checked.document.nodes[node].type)
    return is_data(kind) if not isinstance(kind, type) else issubclass(kind, DataNode)


def signatures(checked: Checked) -> dict[str, int]:
    """Of each data node a number that changes whenever its view may."""
    found: dict[str, int] = {}
    division = getattr(checked.training, "validation_share", 0), getattr(checked.training, "split_seed", 0)
    rules = [repr(kind) for kind in checked.types.values() if getattr(kind, "for_whole_graph", False)]
    for node in checked.order:
        kind = checked.types.get(node)
        if not is_data(kind):
            continue
        of = checked.document.nodes[node]
        entered = [(wire.input, wire.output, found.get(wire.source, 0)) for wire in checked.document.into(node)]
        shapes = [checked.outputs.get((node, port.name)) for port in kind.outputs]
        found[node] = hash((of.type, repr(sorted(of.parameters.items())), of.bypassed, repr(entered), repr(shapes),
                            division, repr(rules), str(checked.folder), checked.language))
    return found
