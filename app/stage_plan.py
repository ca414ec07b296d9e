"""The plan of the stages in the inspector's place: opened, closed, and where the run is with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.panels.stage_plan import StagePanel

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

    @classmethod
    def over(cls, desk: Desk, place: PanelLayout) -> StagePlan:
        """The window's one plan."""
        return place.findChild(cls) or cls(desk, place)

    def begin(self) -> None:
        """Shows the plan."""
        self.layout.lend(self.panel)
        self.panel.list.setFocus()

    def leave(self) -> None:
        """Gives the place back."""
        if self.layout.lent is self.panel:
            self.layout.lend(None)
            self.desk.view.setFocus()


def begin(desk: Desk, place: PanelLayout) -> None:
    """Opens the plan of the stages."""
    StagePlan.over(desk, place).begin()
