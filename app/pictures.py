"""Pictures without a window: a graph as on the canvas, and the curves and views of a run."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path

from PySide6.QtCore import QRect
from PySide6.QtWidgets import QApplication, QWidget

from app import theme
from app.canvas.render import render_document
from app.feed import Feed
from app.graph_model import GraphModel
from app.live import export
from app.live.card import Card
from app.live.panel import overview
from app.live.several.bundle import BundleCard
from app.live.several.multiples import MultiplesCard
from app.live.several.progress import SeveralProgress
from app.live.several.strip import StripCard
from app.live.sight import Sight
from engine import probes
from engine.commands import Inquiry, LookAround, Probe
from engine.events import Answer, LookedAround, Probed, RunInfo
from engine.frames import Frame
from engine.inquiries import Inquiries
from engine.loss_slice import LossSlice
from engine.nodes import CATALOG
from engine.several.lone import Ended
from engine.several.plan import Variant
from engine.telemetry import Reader, Series
from engine.training import Training
from engine.watching import Watching
from graphs.document import Document

CARD_WIDTH, CARD_HEIGHT, GAP, FEW = 440, 320, 12, 6
RATIO = 2.0  # pixels for each of the screen
LOOK = "light"  # pictures go into documents


def application() -> QApplication:
    """The one QApplication, with the project's fonts and colours."""
    found = QApplication.instance()
    app = found if isinstance(found, QApplication) else QApplication(["hourglass"])
    theme.apply(app, LOOK)
    return app


def draw_graph(document: Document, folder: Path, out: Path) -> None:
    """Writes the graph, whose files lie in `folder`, as PNG or SVG. Raises OSError."""
    application()
    render_document(document, CATALOG, out, folder=folder, dark=False)


class FinishedRun:
    """A run in this process as a source of live views. What it is asked it answers into `told`; `inquiries` may take longer."""

    def __init__(self, training: Training) -> None:
        self._training = training
        self.told: list[Answer | Probed | LookedAround] = []
        self.inquiries = Inquiries(self.told.append)
        machine, assembly = training.machine, training.built.assembly
        self._steps = Reader(assembly.step_channels, machine.steps)
        self._epochs = Reader(assembly.epoch_channels, machine.epochs)
        self._keys: tuple[str, ...] = ()

    def steps(self) -> Series:
        """History by step."""
        return self._steps.read(self._training.legs)

    def epochs(self) -> Series:
        """History by epoch."""
        return self._epochs.read(self._training.legs, by_epoch=True)

    def probe(self, sample: Probe) -> None:
        """What the network makes of a new sample, or decodes."""
        self.told.append(probes.answer(self._training.built, sample))

    def look_around(self, order: LookAround) -> None:
        """The loss around the weights, on the finest grid at once."""
        around = LossSlice(self._training, order)
        while not around.done:
            answer = around.work()
        self.told.append(answer)

    def inquire(self, order: Inquiry) -> None:
        """Tangents, neighbours, linear probes."""
        self.inquiries.take(order, self._training)

    def watch(self, keys: Iterable[str]) -> None:
        """What frames hold from now on."""
        self._keys = tuple(keys)

    def frame(self) -> Frame:
        """The arrays as they are now."""
        training = self._training
        arrays = Watching(training.built, training.info, self._keys).arrays()
        return Frame(training.machine.step_count, training.epoch, arrays)


def draw_run(training: Training, folder: Path) -> list[Path]:
    """Writes every view that this run can fill as a PNG of its own, and all of them on one sheet, `views.png`."""
    application()
    source = FinishedRun(training)
    model, feed = GraphModel(CATALOG), Feed(source)
    model.open(training.built.checked.document, training.built.folder)
    info = training.info
    feed.show_run(info)
    feed.show_status(state="finished", step=training.machine.step_count, epoch=training.epoch, epochs=info.epochs)
    labels = {node.id: node.label for node in model.document.nodes.values()}
    sight = Sight(feed, frozenset(), lambda node: labels.get(node, node), model.document)
    sheet = QWidget()
    cards = [kind(sheet) for kind in overview(info) if not kind.needs_hand]
    _lay_out(sheet, cards)
    for card in cards:
        feed.watch(card.name, card.wanted(sight))
    feed.refresh()
    sheet.show()
    for card in cards:
        card.refresh(sight)
        card.ask()  # what takes long is worked out while the others are drawn
    made = {}
    for card in sorted(cards, key=lambda card: card.asks):
        if card.asks:
            source.inquiries.finish()
        while source.told:
            feed.take(source.told.pop(0))
        card.refresh(sight)
        made[card] = folder / card.file_name(".png")
        card.save(made[card])
    written = [made[card] for card in cards]
    for card in cards:
        card.set_ratio(RATIO)
    written.append(folder / "views.png")
    export.save_png(export.picture(sheet, RATIO), written[-1])
    sheet.close()
    return written


def draw_several(variants: Sequence[Variant], ended: Sequence[Ended], folder: Path) -> Path:
    """Writes curves, ends and pictures of several runs as one sheet, `several.png`."""
    application()
    progress = SeveralProgress(tuple(variants), {one.number: one for one in ended})
    feed = Feed()
    feed.run = RunInfo()
    sheet, sight = QWidget(), Sight(feed)
    cards: list[Card] = [kind(progress) for kind in (BundleCard, StripCard, MultiplesCard)]
    for card in cards:
        card.setParent(sheet)
    _lay_out(sheet, cards)
    sheet.show()
    for card in cards:
        card.refresh(sight)
        while isinstance(card, MultiplesCard) and card.waiting:
            card.refresh(sight)
        card.set_ratio(RATIO)
    path = folder / "several.png"
    export.save_png(export.picture(sheet, RATIO), path)
    sheet.close()
    return path


def _lay_out(sheet: QWidget, cards: list[Card]) -> None:
    """Places the cards in rows."""
    columns = min(3 if len(cards) <= FEW else 4, len(cards))
    rows = math.ceil(len(cards) / columns)
    for place, card in enumerate(cards):
        left = GAP + place % columns * (CARD_WIDTH + GAP)
        top = GAP + place // columns * (CARD_HEIGHT + GAP)
        card.setGeometry(QRect(left, top, CARD_WIDTH, CARD_HEIGHT))
        card.save_button.hide()
        card.expand_button.hide()
    sheet.resize(GAP + columns * (CARD_WIDTH + GAP), GAP + rows * (CARD_HEIGHT + GAP))
