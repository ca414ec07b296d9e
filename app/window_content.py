"""Everything inside the window: builds the parts, puts them in their places, and connects them.

Made anew when the language changes; what must live longer is in `app.window`.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from app import action_table
from app.actions import ActionTable
from app.asides import Asides
from app.canvas.render import thumbnail
from app.canvas.view import GraphView
from app.data_windows import DataWindows
from app.desk import Desk
from app.file_drops import FileDrops
from app.graph_model import GraphModel
from app.live.drawing.pad import Pad
from app.live.panel import LivePanel
from app.looks import Looks
from app.panel_layout import PanelLayout, Panels
from app.panels import pace as paces
from app.panels.controls import make_menu
from app.panels.inspector import Inspector
from app.panels.notices import Answer, Notices
from app.panels.palette import Palette
from app.panels.palette_rail import PaletteRail
from app.panels.start_page import StartPage
from app.panels.status_bar import StatusBar
from app.preferences import Preferences
from app.recovery import Recovered
from app.run_bar import RunBar
from app.run_reports import RunReports
from app.session import Session, ago
from app.training.controller import RunController
from app.training.node_numbers import NodeNumbers
from app.training.several_runs import SeveralRuns
from app.window_state import Shown, WindowState
from engine import events
from graphs.language import tr

NUMBERS_EVERY = 200  # milliseconds: faster numbers cannot be read


@dataclass(frozen=True, slots=True)
class Parts:
    """What lives as long as the window."""

    model: GraphModel
    session: Session
    controller: RunController
    several: SeveralRuns
    numbers: NodeNumbers
    looks: Looks
    preferences: Preferences
    state: WindowState


class WindowContent(QWidget):
    """The inside of one window."""

    def __init__(self, parts: Parts, window: QWidget) -> None:
        super().__init__(window)
        self.parts, self._pending = parts, False
        self._put_away: list[QWidget] = []  # tools of the canvas while it is empty
        model, catalog = parts.model, parts.model.catalog
        self.view = GraphView(model, catalog)
        self.palette_panel = Palette(catalog)
        self.files = FileDrops(model, parts.session)
        self.inspector = Inspector(model, title=lambda: parts.session.title, bring=self.files.bring)
        self.live = LivePanel(model, parts.controller.feed)
        self.panels = PanelLayout(
            Panels(PaletteRail(catalog), self.palette_panel, self.view, self.live, self.inspector), parts.state
        )
        self.status = StatusBar()
        self.asides = Asides(parts, self.view, self.status, self)
        self.desk = Desk(model, parts.session, parts.controller, self.view, parts.preferences, self, self.asides)
        self.table = self.asides.table = ActionTable(action_table.TABLE, self.desk, self)
        self.run_bar = RunBar(self.table, self._document_menu)
        self.notices = Notices(self.view)
        self.reports = RunReports(model, parts.controller, self.notices)
        self.start_page = StartPage(
            catalog, self.view, thumbnail=lambda document, size, ratio: thumbnail(document, catalog, size, ratio)
        )
        self.pad = Pad(model, parts.controller.feed, self.view)
        self.data = DataWindows(model, parts.looks, parts.preferences.settings, self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for part, stretch in ((self.run_bar, 0), (self.panels, 1), (self.status, 0)):
            column.addWidget(part, stretch)
        self._numbers_timer = QTimer(self, singleShot=True, interval=NUMBERS_EVERY)
        self._clock = QTimer(self, interval=1000)
        self._start_timer = QTimer(self, singleShot=True, interval=0)
        self._start_timer.timeout.connect(self._show_start)
        self._connect_document()
        self._connect_run()
        self._connect_panels()
        self._show_all()
        self._clock.start()

    # connections

    def _connect_document(self) -> None:
        model, session = self.parts.model, self.parts.session
        model.checked_changed.connect(self._show_checked)
        model.selection_changed.connect(self.table.refresh)
        model.stack.indexChanged.connect(self.table.refresh)
        session.changed.connect(self._show_session)
        session.said.connect(self._say)
        session.changed_outside.connect(self._say_changed_outside)
        self._clock.timeout.connect(self._show_saved)

    def _connect_run(self) -> None:
        controller = self.parts.controller
        controller.state_changed.connect(self._show_state)
        controller.ticked.connect(self._show_progress_soon)
        controller.event.connect(self._take_event)
        self._numbers_timer.timeout.connect(self._show_progress_if_pending)
        self.parts.numbers.changed.connect(self._show_lives)
        self.parts.looks.thumbnails_changed.connect(self._show_lives)
        self.parts.numbers.changed.connect(self.inspector.show_live)
        self.run_bar.rate_chosen.connect(controller.set_rate)
        self.run_bar.pace.chosen.connect(self._choose_pace)

    def _connect_panels(self) -> None:
        session = self.parts.session
        self.palette_panel.add_requested.connect(self._add_node)
        self.inspector.help_requested.connect(self.asides.open_node_help)
        self.inspector.data_requested.connect(self.data.open)
        self.view.data_requested.connect(self.data.open)
        self.view.node_help.connect(self.asides.open_node_help)
        session.preferences.changed.connect(self._preference_changed)
        self._preference_changed("wheel_scrolls")
        self.view.notice.connect(lambda text: self.notices.say("info", text))
        self.view.open_requested.connect(self._open_node)
        self.inspector.drawing_requested.connect(self.pad.open)
        self.inspector.stages_requested.connect(lambda: self.table.run("stages"))
        self.pad.closed.connect(self.view.setFocus)
        self.view.file_dropped.connect(self.files.take)
        self.start_page.example_chosen.connect(session.open_example)
        self.start_page.recent_chosen.connect(session.open)
        self.start_page.terrain_wanted.connect(self.asides.open_terrain)
        self.panels.shown_changed.connect(self._panels_changed)
        self.view.installEventFilter(self)

    def _preference_changed(self, name: str) -> None:
        if name == "wheel_scrolls":
            self.view.wheel_scrolls = self.parts.preferences.wheel_scrolls
        self.table.refresh()

    # what is shown

    def _show_all(self) -> None:
        self._show_session()
        self._show_checked()
        self._show_lives()
        self.run_bar.pace.show_pace(self.parts.controller.pace)
        self._show_state(self.parts.controller.state)
        run = self.parts.controller.feed.run
        if run is not None:
            self._show_network(run)
        else:
            self.status.show_network(0, 0, 0)

    def _show_session(self) -> None:
        session = self.parts.session
        self.run_bar.show_document(session.title, dirty=session.dirty)
        self.start_page.show_recent(session.preferences.recent)
        self._show_saved()
        self.inspector.refresh()
        self.table.refresh()

    def _show_saved(self) -> None:
        self.status.show_saved(self.parts.session.saved_words())

    def _show_checked(self, *_: object) -> None:
        model = self.parts.model
        self.status.problems.show_problems(model.checked.problems if model.document.nodes else ())
        fields = model.catalog.training.model_fields
        if "learning_rate" in fields:
            default = model.catalog.training.default("learning_rate", model.document.training)
            self.run_bar.show_rate(model.document.training.get("learning_rate", default))
        self._show_start()
        self._show_progress()
        self.table.refresh()

    def _show_start(self) -> None:
        """An empty canvas invites, and has nothing to zoom or to overlook."""
        empty = not self.parts.model.document.nodes
        self.start_page.setVisible(empty)
        for tool in (self.view.zoom_box, self.view.switch, self.view.minimap):
            if empty and tool.isVisibleTo(self.view):
                tool.hide()
                self._put_away.append(tool)
        while self._put_away and not empty:
            self._put_away.pop().show()

    def _show_lives(self, *_: object) -> None:
        """What training says of the nodes, and their data in small."""
        self.view.show_live(self.parts.looks.with_thumbnails(self.parts.numbers.shown))

    def _show_state(self, state: str) -> None:
        self.table.refresh()
        self.run_bar.show_state(state)
        self._show_progress()

    def _show_progress_soon(self) -> None:
        """Numbers change five times a second, however often the controller ticks."""
        self._pending = True
        if not self._numbers_timer.isActive():
            self._show_progress_if_pending()

    def _show_progress_if_pending(self) -> None:
        if self._pending:
            self._pending = False
            self._show_progress()
            self._numbers_timer.start()

    def _show_progress(self) -> None:
        status, model = self.parts.controller.feed.status, self.parts.model
        epochs = getattr(model.checked.training, "epochs", None)
        run = self.parts.controller.feed.run
        several = run is not None and len(run.stages) > 1
        wanted = status.epochs if status.step or several or epochs is None else epochs
        self.run_bar.show_progress(epoch=status.epoch, epochs=wanted, step=status.step,
                                   speed=status.steps_per_second, left=status.seconds_left)  # fmt: skip
        self.status.show_watching(status.watching_cost if status.state == "running" else None)

    def _take_event(self, event: object) -> None:
        if isinstance(event, events.Compiled):
            self._show_network(event.run)

    def _show_network(self, run: events.RunInfo) -> None:
        self.status.show_network(run.parameters, run.bytes, os.cpu_count() or 1)
        begun = [stage for stage in run.stages if stage.step >= 0]
        starts = [stage.epoch / run.epochs for stage in begun if run.epochs and stage.epoch > 0]
        self.run_bar.show_stage(begun[-1].title if begun else "", len(begun), len(run.stages), starts)

    def _say(self, weight: str, title: str, text: str) -> None:
        self.notices.say(weight, title, text)

    def _say_changed_outside(self) -> None:
        session = self.parts.session
        name = session.path.name if session.path else ""
        text = tr("Your own changes are not saved.") if session.dirty else ""
        title = tr("“{name}” was changed by another program", name=name)
        answers = (Answer(tr("Reload"), session.reload), Answer(tr("Keep mine"), lambda: None))
        self.notices.say("warn", title, text, key="changed outside", answers=answers)

    def offer_recovery(self, copies: list[Recovered]) -> None:
        """Offers what crashed windows have left. Closing the notice keeps a copy for the next start."""
        session, store = self.parts.session, self.parts.session.store
        for copy in copies[:3]:
            text = tr("{nodes} nodes, {ago}", nodes=len(copy.document.nodes), ago=ago(time.time() - copy.saved_at))
            answers = (
                Answer(tr("Recover"), lambda copy=copy: session.recover(copy)),
                Answer(tr("Discard"), lambda copy=copy: store.delete(copy)),
            )
            title = tr("“{title}” was not saved when Hourglass ended", title=copy.title)
            card = self.notices.say("warn", title, text, key=str(copy.file), answers=answers)
            card.gone.connect(lambda copy=copy: store.leave(copy))

    # what the user does

    def _choose_pace(self, pace: paces.Pace) -> None:
        self.parts.controller.set_pace(pace)
        self.parts.preferences.pace = paces.to_text(pace)

    def _add_node(self, type_name: str) -> None:
        node = self.view.add_node_at_center(type_name)
        self.parts.model.select({node})
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _document_menu(self, parent: QWidget) -> QMenu:
        return self.table.fill(make_menu(parent), "File")

    def _open_node(self, node: str) -> None:
        """A double-click: what is drawn by hand opens to be drawn on, other data to be seen."""
        (self.pad if self.pad.can_open(node) else self.data).open(node)

    def _panels_changed(self) -> None:
        self.status.setVisible(not self.panels.canvas_only)
        self.table.refresh()

    # the window's own actions

    def shown(self) -> Shown:
        return self.panels.shown()

    def toggle_panel(self, name: str) -> None:
        self.panels.toggle(name)

    def toggle_canvas_only(self) -> None:
        self.panels.toggle_canvas_only()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.view and event.type() == QEvent.Type.Resize:
            self.start_page.setGeometry(self.view.rect())
            self._start_timer.start()
            if self.asides.problems.isVisible():
                self.asides.place_problems()
        return super().eventFilter(watched, event)
