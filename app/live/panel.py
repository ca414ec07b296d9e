"""The live views: which cards are shown, what they watch, and how selection runs both ways."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QSize, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QHideEvent, QKeyEvent, QPainter, QPaintEvent, QShowEvent, Qt
from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from app import theme
from app.feed import Feed
from app.graph_model import GraphModel
from app.live.activation_histogram import ActivationHistogramCard
from app.live.card import Card
from app.live.card_row import CardRow
from app.live.code_table import CodeTableCard
from app.live.codes.field import VectorFieldCard
from app.live.codes.probes import LinearProbeCard
from app.live.codes.scatter import CodeScatterCard
from app.live.codes.tangents import TangentsCard
from app.live.codes.walk import WalkCard
from app.live.confusion import ConfusionCard
from app.live.curves import AccuracyCard, LossCard, RateCard
from app.live.decision_map import DecisionMapCard
from app.live.draw_and_see import DrawAndSeeCard
from app.live.figures import FiguresCard
from app.live.fitted_curve import FittedCurveCard
from app.live.free_energy import FreeEnergyCard
from app.live.gradient_flow import GradientFlowCard
from app.live.gradients import GradientCard
from app.live.header import Header
from app.live.layer_profile import LayerProfileCard
from app.live.neighbours import NeighboursCard
from app.live.predictions import PredictionsCard
from app.live.reconstruction import ReconstructionCard
from app.live.run_comparison import RunComparisonCard
from app.live.samples import SamplesCard
from app.live.sight import PickedUnit, Sight
from app.live.target_scatter import TargetScatterCard
from app.live.terrain.loss_slice import LossSliceCard
from app.live.unit_activity import UnitActivityCard
from app.live.unit_view import UnitCard
from app.live.weight_histogram import WeightHistogramCard
from app.live.weight_images import WeightImagesCard
from engine.events import RunInfo
from graphs.language import tr

OVERVIEW: tuple[type[Card], ...] = (
    LossCard, CodeTableCard, VectorFieldCard, DecisionMapCard, FittedCurveCard, TargetScatterCard, GradientCard,
    WeightImagesCard, UnitCard, FreeEnergyCard, NeighboursCard, ActivationHistogramCard, ReconstructionCard, SamplesCard,
    UnitActivityCard, FiguresCard, PredictionsCard, ConfusionCard, CodeScatterCard, DrawAndSeeCard, WalkCard, TangentsCard,
    LinearProbeCard, AccuracyCard, RateCard, WeightHistogramCard, GradientFlowCard, LayerProfileCard, LossSliceCard,
)  # fmt: skip
BEFORE_A_RUN: tuple[type[Card], ...] = (
    LossCard, GradientCard, WeightImagesCard, ActivationHistogramCard, WeightHistogramCard,
)  # fmt: skip
ONE_NODE: tuple[type[Card], ...] = (
    WeightImagesCard, UnitCard, UnitActivityCard, CodeTableCard, ReconstructionCard, FreeEnergyCard, SamplesCard,
    NeighboursCard, ActivationHistogramCard, WeightHistogramCard, GradientCard, PredictionsCard, VectorFieldCard,
    CodeScatterCard, WalkCard, TangentsCard, LinearProbeCard, DrawAndSeeCard, ConfusionCard, FittedCurveCard,
    TargetScatterCard, DecisionMapCard, LossCard, FiguresCard, GradientFlowCard, LayerProfileCard, LossSliceCard,
)  # fmt: skip
DEEP = 5  # layers
SAVING, PATIENCE_MS = "live.saving", 2000
COMPARE: tuple[type[Card], ...] = (RunComparisonCard, GradientCard, GradientFlowCard, LayerProfileCard)


def overview(run: RunInfo | None, *, picked: bool = False) -> list[type[Card]]:
    """The cards that a run can fill, the most telling first: a code of two numbers is a map, and in a deep network it
    matters how the gradient goes back. Beside the weights stand the card of one unit, as soon as one is picked there, and
    the activity of all of them, where one is wanted."""
    if run is None:
        return list(BEFORE_A_RUN)
    first: list[type[Card]] = [LossCard]
    if any(code.width == 2 for code in run.codes):
        first.append(CodeScatterCard)
    if len(run.layers) >= DEEP:
        first.append(GradientFlowCard)
    order = [kind for kind in OVERVIEW if kind not in first]
    if any(layer.wanted is not None for layer in run.layers):
        order.remove(UnitActivityCard)
        order.insert(order.index(UnitCard) + 1, UnitActivityCard)
    return [*first, *(kind for kind in order if kind.fits(run) and (picked or kind is not UnitCard))]


class CardWindow(QWidget):
    """A card in a window of its own."""

    closed = Signal(object)

    def __init__(self, card: Card, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.card = card
        self.setWindowTitle(card.title())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addWidget(card)
        card.expand_button.hide()
        self.resize(760, 520)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.closed.emit(self)
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        QPainter(self).fillRect(self.rect(), theme.tokens().window)


class LivePanel(QWidget):
    """The panel below the canvas. Draws when the feed moves, and only what can be seen."""

    node_selected = Signal(str)
    saved = Signal(object)  # the paths that `save_all` has written

    def __init__(self, model: GraphModel, feed: Feed, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model, self.feed = model, feed
        self.tab = "overview"
        self.unit: PickedUnit | None = None
        self.windows: list[CardWindow] = []
        self.cards: dict[type[Card], Card] = {}
        tabs = (("overview", tr("Overview")), ("node", tr("This node")), ("compare", tr("Compare")))
        self.header = Header(tabs, self)
        self.row = CardRow(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.header)
        layout.addWidget(self.row, 1)
        self._later = QTimer(self, singleShot=True, interval=0)
        self._later.timeout.connect(self.refresh)
        self._saving: tuple[Path, str] | None = None
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._patience.timeout.connect(self._save_if_complete)
        self.header.tab_chosen.connect(self.show_tab)
        self.header.turned.connect(self.row.turn)
        self.header.menu.addAction(tr("Save all pictures (PNG)…"), lambda: self._ask_and_save_all(".png"))
        self.header.menu.addAction(tr("Save all numbers (CSV)…"), lambda: self._ask_and_save_all(".csv"))
        self.row.shown_changed.connect(self._shown_changed)
        feed.moved.connect(self.refresh)
        feed.run_changed.connect(self._choose_cards)
        model.selection_changed.connect(self._choose_cards)
        model.changed.connect(self._later.start)
        model.replaced.connect(self._other_document)
        theme.events().changed.connect(self._restyle)
        self.setMinimumHeight(160)
        self.show_tab("overview")

    def sizeHint(self) -> QSize:
        return QSize(1328, 360)

    # what is shown

    @property
    def sight(self) -> Sight:
        nodes = self.model.document.nodes
        return Sight(self.feed, self.model.selection, lambda node: nodes[node].label if node in nodes else node,
                     self.model.document, self.unit)

    def show_tab(self, tab: str) -> None:
        """Overview, the selected node, or the comparison of runs and layers."""
        self.tab = tab
        self.header.tabs[tab].setChecked(True)
        self._choose_cards()

    def _other_document(self) -> None:
        self.unit = None
        self._choose_cards()

    def _choose_cards(self, *_: object) -> None:
        sight, run = self.sight, self.feed.run
        message = ""
        if self.tab == "overview":
            kinds = overview(run, picked=self.unit is not None)
        elif self.tab == "compare":
            kinds = [kind for kind in COMPARE if run is None or kind.fits(run)]
        else:
            kinds = [kind for kind in ONE_NODE if kind.concerns(sight)]
            message = (tr("Select a node to see its weights, activations and gradients") if not sight.selection else
                       tr("Nothing of this node changes while training") if run else tr("Press Run (F5)"))
        self.row.show_cards([self._card(kind) for kind in kinds], message)
        self._shown_changed()

    def _card(self, kind: type[Card]) -> Card:
        if kind not in self.cards:
            card = self._connected(kind(self.row))
            card.hide()
            self.cards[kind] = card
        return self.cards[kind]

    def _connected(self, card: Card) -> Card:
        card.node_chosen.connect(self.select)
        card.cure_chosen.connect(lambda cure: self.model.apply(cure.text, cure.edit))
        card.unit_picked.connect(self.pick)
        card.wish_changed.connect(self.refresh)
        card.expand_asked.connect(lambda: self.row.show_alone(card))
        card.window_asked.connect(lambda: self.open_window(card))
        return card

    def select(self, node: str) -> None:
        """A view has been clicked: its node becomes the selected one everywhere."""
        if node in self.model.document.nodes:
            self.model.select((node,))
            self.node_selected.emit(node)

    def pick(self, unit: PickedUnit) -> None:
        """A unit was picked in one of the views: the others show the same, the card about it comes into view."""
        first, self.unit = self.row.first, unit
        if not any(isinstance(window.card, UnitCard) for window in self.windows):
            self._choose_cards()
            self.row.first = first
            self.row.bring(self._card(UnitCard))
        self.refresh()

    def open_window(self, card: Card) -> CardWindow:
        """The same view in a window of its own, beside the one in the row."""
        other = self._connected(type(card)())
        other.choice = card.choice
        window = CardWindow(other, self)
        window.closed.connect(self._window_closed)
        self.windows.append(window)
        window.show()
        self.refresh()
        return window

    def _window_closed(self, window: CardWindow) -> None:
        self.windows.remove(window)
        self.feed.unwatch(_owner(window.card))

    # drawing and watching

    @property
    def visible_cards(self) -> list[Card]:
        """The cards that somebody can see now."""
        mine = self.row.shown if self.isVisible() and not self.window().isMinimized() else []
        apart = [window.card for window in self.windows if window.isVisible() and not window.isMinimized()]
        return [card for card in (*mine, *apart) if card.isVisible()]

    def refresh(self) -> None:
        """Draws every visible card from the feed."""
        self.header.step.tell(self.feed.status)
        sight = self.sight
        for card in self.visible_cards:
            card.refresh(sight)
            self.feed.watch(_owner(card), card.wanted(sight))
        self._save_if_complete()

    def _shown_changed(self) -> None:
        """Other cards can be seen: they watch now, the others no longer."""
        row = self.row
        self.header.tell_pages(row.first, len(row.shown), len(row.cards) if row.alone is None else 1)
        self.watch_visible()
        self._later.start()

    def watch_visible(self) -> None:
        """What is visible watches, everything else does not."""
        sight, visible = self.sight, self.visible_cards
        for card in self.cards.values():
            if card not in visible:
                self.feed.unwatch(_owner(card))
        for card in visible:
            self.feed.watch(_owner(card), card.wanted(sight))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._shown_changed()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        for card in self.cards.values():
            self.feed.unwatch(_owner(card))

    # saving

    def save_all(self, folder: Path, ending: str) -> None:
        """Writes every card of this tab into the folder, as soon as the numbers of those out of sight have come; then
        emits `saved`."""
        self._saving = (folder, ending)
        sight = self.sight
        self.feed.watch(SAVING, frozenset().union(*(card.wanted(sight) for card in self.row.cards)))
        self._patience.start()
        self._save_if_complete()

    def _save_if_complete(self) -> None:
        if self._saving is None:
            return
        frame, sight = self.feed.frame, self.sight
        needed = frozenset().union(*(card.wanted(sight) for card in self.row.cards))
        if self._patience.isActive() and self.feed.run and not needed <= set(frame.arrays if frame else ()):
            return
        (folder, ending), self._saving = self._saving, None
        self._patience.stop()
        written = []
        for card in self.row.cards:
            card.refresh(sight)
            written.append(folder / card.file_name(ending))
            card.save(written[-1])
        self.feed.unwatch(SAVING)
        self.saved.emit(written)

    def _ask_and_save_all(self, ending: str) -> None:
        folder = QFileDialog.getExistingDirectory(self, tr("Save all views"))
        if folder:
            self.save_all(Path(folder), ending)

    # looks

    def _restyle(self) -> None:
        self.header.restyle()
        self.update()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.WindowStateChange:
            self.watch_visible()
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        QPainter(self).fillRect(self.rect(), theme.tokens().window)


def _owner(card: Card) -> str:
    return f"live.{card.name}.{id(card)}"
