"""The plan of the stages in the inspector's place: opened, closed, and where the run is with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.panels.stage_plan import StagePanel
from app.panels.stage_rows import Course
from engine.events import StageInfo

if TYPE_CHECKING:
    from app.desk import Desk
    from app.panel_layout import PanelLayout


class StagePlan(QObject):
    """The plan of one window."""

    def __init__(self, desk: Desk, place: PanelLayout) -> None:
        super().__init__(place)
        self.desk, self.layout = desk, place
        self.panel = StagePanel(desk.model, place)
        self.panel.hide()
        self.panel.left.connect(self.leave)
        desk.controller.state_changed.connect(self._show_course)
        desk.controller.feed.run_changed.connect(self._show_course)

    @classmethod
    def over(cls, desk: Desk, place: PanelLayout) -> StagePlan:
        """The window's one plan."""
        return place.findChild(cls) or cls(desk, place)

    def begin(self) -> None:
        """Shows the plan."""
        self._show_course()
        self.layout.lend(self.panel)
        self.panel.list.setFocus()

    def _show_course(self, *_: object) -> None:
        controller = self.desk.controller
        run = controller.feed.run
        self.panel.show_course(course(run.stages if run else (), self.panel.titles(), controller.state))

    def leave(self) -> None:
        """Gives the place back."""
        if self.layout.lent is self.panel:
            self.layout.lend(None)
            self.desk.view.setFocus()


def course(infos: Sequence[StageInfo], titles: Sequence[str], state: str) -> tuple[Course, ...]:
    """Where a run is with the stages of these titles. A stage that trains again on all data belongs to the one before."""
    if state in ("idle", "failed") or not titles:
        return ()
    begun = [info for info in infos if info.step >= 0]
    here = len(begun) - 1
    if len(infos) != len(titles):
        here = max((place for place, title in enumerate(titles) if any(info.title.startswith(title) for info in begun)),
                   default=-1)
    over = state == "finished"
    return tuple("done" if place < here or (place == here and over) else "now" if place == here else "waits"
                 for place in range(len(titles)))


def begin(desk: Desk, place: PanelLayout) -> None:
    """Opens the plan of the stages."""
    StagePlan.over(desk, place).begin()
