"""Lets nodes glide from where they were to where the document has them, after a layout."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEasingCurve, QObject, QPointF, QVariantAnimation

from app import theme
from app.canvas.scene import GraphScene

MILLISECONDS = 240


class Glide(QObject):
    """One animation at a time; any further edit ends it."""

    def __init__(self, scene: GraphScene, parent: QObject) -> None:
        super().__init__(parent)
        self._scene = scene
        self._from: dict[str, QPointF] = {}
        self.animation = QVariantAnimation(self)
        self.animation.setStartValue(0.0)
        self.animation.setEndValue(1.0)
        self.animation.setEasingCurve(QEasingCurve.Type.OutCubic)
        self.animation.valueChanged.connect(self._show)
        scene.model.changed.connect(self.stop)

    def run(self, before: Mapping[str, QPointF]) -> None:
        """Starts from these positions."""
        duration = theme.motion(MILLISECONDS)
        nodes = self._scene.model.document.nodes
        self._from = {node: at for node, at in before.items() if node in nodes and at != QPointF(*nodes[node].position)}
        if duration and self._from:
            self._show(0.0)
            self.animation.setDuration(duration)
            self.animation.start()

    def _show(self, share: float) -> None:
        nodes = self._scene.model.document.nodes
        self._scene.place({
            node: at + (QPointF(*nodes[node].position) - at) * share for node, at in self._from.items() if node in nodes
        })  # fmt: skip

    def stop(self) -> None:
        """Puts everything where the document has it, at once."""
        if self.animation.state() != QVariantAnimation.State.Stopped:
            self.animation.stop()
            self._show(1.0)
