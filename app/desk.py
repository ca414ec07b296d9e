"""What actions work on: the parts of one window, by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from app.asides import Asides
    from app.canvas.view import GraphView
    from app.graph_model import GraphModel
    from app.panel_layout import PanelLayout
    from app.preferences import Preferences
    from app.session import Session
    from app.training.controller import RunController
    from app.window_state import Shown


class Frame(Protocol):
    """What the window itself can do, and where its panels stand."""

    panels: PanelLayout

    def shown(self) -> Shown: ...

    def toggle_panel(self, name: str) -> None: ...

    def toggle_canvas_only(self) -> None: ...

    def close(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Desk:
    """One window's parts."""

    model: GraphModel
    session: Session
    controller: RunController
    view: GraphView
    preferences: Preferences
    frame: Frame
    asides: Asides
