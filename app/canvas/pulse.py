"""The slow breath of the live dots while something trains."""

from __future__ import annotations

import math
import time

from PySide6.QtCore import QObject, QTimer

from app import theme
from app.canvas.scene import GraphScene

PERIOD = 2.0  # seconds
EVERY = 100  # milliseconds between pictures: the halo changes so slowly that more would not be seen


class Pulse(QObject):
    """Runs only while a node trains and motion is wanted."""

    def __init__(self, scene: GraphScene, parent: QObject) -> None:
        super().__init__(parent)
        self._scene = scene
        self.timer = QTimer(self, interval=EVERY, timeout=self._beat)

    def follow(self) -> None:
        """Starts or stops as the live values say."""
        training = any(live.training for live in self._scene.flows.lives.values())
        if training and theme.motion(EVERY):
            if not self.timer.isActive():
                self.timer.start()
        elif self.timer.isActive():
            self.timer.stop()
            self._show(1.0)

    def _beat(self) -> None:
        self._show(0.5 + 0.5 * math.cos(2 * math.pi * time.monotonic() / PERIOD))

    def _show(self, strength: float) -> None:
        for item in self._scene.nodes.values():
            if item.live is not None and item.live.training:
                item.show_pulse(strength)
