"""Back-propagation in slow motion: asks the engine for one mini-batch, walks through it, shows it on canvas and panel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.canvas.walk_marks import Chip, WalkMarks, WireFlow
from app.numerals import short
from app.panels.slow_motion import SlowPanel
from app.panels.walk_lines import lines
from app.panels.walk_row import sub
from engine import commands, events
from engine.walked import Numbers, Stop, Walked
from graphs.document import Wire
from graphs.language import tr

if TYPE_CHECKING:
    from app.desk import Desk
    from app.panel_layout import PanelLayout

MOST_TELLING = -1  # the engine chooses the unit and the weight with the largest numbers


class SlowMotion(QObject):
    """One walk in one window, from its begin until it is left."""

    def __init__(self, desk: Desk, place: PanelLayout) -> None:
        super().__init__(place)
        self.desk, self.layout = desk, place
        self.panel = SlowPanel(place)
        self.walked: Walked | None = None
        self.place = 0
        self.picked: dict[int, tuple[int, int]] = {}  # layer → its unit and weight
        self.open = False
        self._order = commands.Walk()
        self._waits = False
        panel, controller = self.panel, desk.controller
        panel.hide()
        panel.moved.connect(self.go)
        panel.left.connect(self.leave)
        panel.sample_chosen.connect(self._choose_sample)
        panel.unit_chosen.connect(lambda unit: self._pick(unit, MOST_TELLING))
        panel.weight_chosen.connect(lambda weight: self._pick(self._order.unit, weight))
        controller.event.connect(self._take)
        controller.state_changed.connect(self._state_changed)
        desk.model.selection_changed.connect(self._selected)
        desk.model.replaced.connect(self.leave)
        place.gave_way.connect(self._gave_way)

    @classmethod
    def over(cls, desk: Desk, place: PanelLayout) -> SlowMotion:
        """The window's one walk."""
        return place.findChild(cls) or cls(desk, place)

    # begin and end

    def begin(self) -> None:
        """Walks through the next mini-batch, from its start."""
        self.open, self.place, self.walked = True, 0, None
        self.picked.clear()
        self._order = commands.Walk(0, 0, MOST_TELLING, MOST_TELLING)
        self.layout.lend(self.panel)
        self.panel.show()
        self.panel.setFocus()
        self._ask()

    def leave(self) -> None:
        """Gives canvas and panel back."""
        if self.open:
            self._end()
            self.layout.lend(None)
            self.desk.view.setFocus()

    def _end(self) -> None:
        self.open, self.walked = False, None
        self.desk.view.graph_scene.show_walk(None)

    def _gave_way(self, panel: QObject) -> None:
        if panel is self.panel:
            self._end()

    def _ask(self) -> None:
        if self.desk.controller.state == "running":
            self.panel.say(tr("The network learns at the moment: pause it, and the walk goes through its present weights."))
            self.desk.view.graph_scene.show_walk(None)
        elif not self.desk.controller.walk(self._order):
            self.leave()  # the problem is told where problems are told
        else:
            self._waits = True
            self.panel.say("" if self.walked else tr("One moment…"))

    # what the user does

    def go(self, place: int) -> None:
        """To another stop; the numbers of another layer's unit are asked for."""
        if self.walked is None or self.desk.controller.state == "running":
            return
        self.place = max(0, min(place, len(self.walked.stops) - 1))
        layer = self.walked.stops[self.place].layer
        if layer >= 0 and (self.walked.unit is None or self.walked.unit.layer != layer):
            unit, weight = self.picked.get(layer, (MOST_TELLING, MOST_TELLING))
            self._order = replace(self._order, layer=layer, unit=unit, weight=weight)
            self._ask()
        self.show()

    def _choose_sample(self, sample: int) -> None:
        self._order = replace(self._order, sample=sample)
        self._ask()

    def _pick(self, unit: int, weight: int) -> None:
        if self.walked is None or self.walked.stops[self.place].layer < 0:
            return
        layer = self.walked.stops[self.place].layer
        self.picked[layer] = (unit, weight)
        self._order = replace(self._order, layer=layer, unit=unit, weight=weight)
        self._ask()

    def _selected(self, *_: object) -> None:
        """A click on a node leads the walk there, in the direction in which it goes."""
        chosen = self.desk.model.selection
        if not self.open or self.walked is None or len(chosen) != 1 or self.walked.stops[self.place].node in chosen:
            return
        back = self.walked.stops[self.place].kind == "backward"
        places = [place for place, stop in enumerate(self.walked.stops) if stop.node in chosen]
        alike = [place for place in places if (self.walked.stops[place].kind == "backward") == back]
        if places:
            self.go((alike or places)[0])

    # what comes back

    def _take(self, event: object) -> None:
        if not self.open:
            return
        if isinstance(event, events.Walked):
            self._waits = False
            self._take_walk(event)
        elif isinstance(event, events.Compiled | events.RateChanged) and not self._waits:
            self._ask()  # another network, or the same from other weights

    def _take_walk(self, walked: Walked) -> None:
        if walked.problem or not walked.stops:
            self.walked = None
            self.panel.say(walked.problem or tr("There is nothing to walk through."))
            self.desk.view.graph_scene.show_walk(None)
            return
        before, self.walked = self.walked, walked
        if before is not None and before.stops != walked.stops:
            self.place, self.picked = 0, {}
        if walked.unit is not None:
            self.picked[walked.unit.layer] = (walked.unit.unit, walked.unit.weight)
            self._order = commands.Walk(walked.sample, walked.unit.layer, walked.unit.unit, walked.unit.weight)
        self.panel.say("")
        self.go(self.place)

    def _state_changed(self, state: str) -> None:
        if self.open and state in ("running", "paused", "finished", "idle"):
            self._ask()

    # what is shown

    def _label(self, node: str) -> str:
        nodes = self.desk.model.document.nodes
        return nodes[node].label if node in nodes else node

    def title(self, walked: Walked, stop: Stop) -> str:
        """What happens at a stop, in words."""
        name = walked.layers[stop.layer].label if stop.layer >= 0 else self._label(stop.node)
        if stop.kind == "given":
            return tr("{name}: the sample enters", name=name)
        if stop.kind == "forward":
            return tr("Forward: {name}", name=name)
        if stop.kind == "loss":
            return tr("The loss: {name}", name=name)
        learns = tr("Contrastive divergence: {name}", name=name)
        return learns if stop.node in walked.machines else tr("Backward: {name}", name=name)

    def show(self) -> None:
        """Canvas and panel at the present stop."""
        walked = self.walked
        if walked is None:
            return
        stop = walked.stops[self.place]
        kind = self.desk.model.checked.types.get(stop.node)
        titles = [self.title(walked, one) for one in walked.stops]
        self.panel.show_walk(walked, self.place, titles, lines(walked, stop, self._label, tr(kind.equation) if kind else ""))
        scene = self.desk.view.graph_scene
        scene.show_walk(marks_of(walked, self.place, scene.wires))
        if stop.node in scene.nodes:
            self.desk.view.reveal(scene.nodes[stop.node].scene_rect().adjusted(0, -60, 0, 0))


def begin(desk: Desk, place: PanelLayout) -> None:
    """Opens the walk, or begins it anew."""
    SlowMotion.over(desk, place).begin()


# what stands on the canvas


def _length(values: Numbers) -> float:
    return sum(value * value for value in values) ** 0.5


def marks_of(walked: Walked, place: int, wires: Sequence[Wire] | Mapping[Wire, object]) -> WalkMarks:
    """Everything that the walk has computed up to this stop: chips on nodes, numbers on wires."""
    passed = walked.stops[: place + 1]
    stop = walked.stops[place]
    chips: dict[str, list[Chip]] = {}
    for one in passed:
        for chip in _chips(walked, one, full=one == stop):
            chips.setdefault(one.node, []).append(chip)
    newest = {node: tuple(found[-4:]) for node, found in chips.items()}
    return WalkMarks(stop.node, stop.kind == "backward", newest, _flows(walked, passed, wires))


def _chips(walked: Walked, stop: Stop, *, full: bool) -> list[Chip]:
    """What one stop leaves on its node; the unit that is looked at has its own numbers."""
    if stop.kind == "loss":
        return [Chip(f"{'Ω' if loss.penalty else 'E'} {short(loss.value)}") for loss in walked.losses if loss.node == stop.node]
    if stop.layer < 0:
        return []
    layer, unit = walked.layers[stop.layer], walked.unit
    values, letter = (layer.deltas, "δ") if stop.kind == "backward" else (layer.values, "z")
    back = stop.kind == "backward"
    if back and stop.node in walked.machines:  # no error comes back there
        values = ()
    if unit is not None and unit.layer == stop.layer:
        found = [] if unit.unit >= len(values) else [Chip(f"{letter}{sub(unit.unit)} {short(values[unit.unit])}", back)]
        if back and unit.gradient and full:
            found.append(Chip(f"∂E/∂w{sub(unit.unit, unit.weight)} {short(unit.gradient[unit.weight])}", back))
        return found
    return [Chip(f"|{letter}| {short(_length(values))}", back)] if values else []


def _flows(walked: Walked, passed: Sequence[Stop], wires: Sequence[Wire] | Mapping[Wire, object]) -> dict[Wire, WireFlow]:
    """On every wire |z| once its source was passed, and |∂E/∂z| once the way back has left its target."""
    there = {stop.node for stop in passed if stop.kind in ("given", "forward")}
    losses = {stop.node for stop in walked.stops if stop.kind == "loss"}
    returned = {stop.node for stop in passed if stop.kind == "backward"}
    if any(stop.kind == "backward" for stop in passed):
        returned |= losses - {stop.node for stop in walked.stops if stop.kind == "backward"}
    found: dict[Wire, tuple[str, float, bool]] = {}
    told: dict[Wire, WireFlow] = {}
    for wire in wires:
        port = walked.port((wire.source, wire.output))
        if port is None or wire.source not in there:
            continue
        if port.label:
            told[wire] = WireFlow(f"t = {port.values[0]:.0f}", 0.2)
        elif port.back and wire.target in returned:
            found[wire] = ("|∂E/∂z|", _length(port.back), True)
        elif port.values:
            found[wire] = ("|z|", _length(port.values), False)
    most = {back: max((size for _, size, on in found.values() if on == back), default=0.0) or 1.0 for back in (True, False)}
    return told | {wire: WireFlow(f"{words} {short(size)}", 0.2 + 0.8 * size / most[back], back)
            for wire, (words, size, back) in found.items()}
