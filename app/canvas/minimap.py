"""The whole graph in a corner: blocks by family, the visible part framed; a click or drag goes there."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QTransform
from PySide6.QtWidgets import QWidget

from app import theme
from app.canvas.camera import Camera
from app.canvas.painter import block_colors
from graphs.language import tr

SIZE = QSize(160, 80)
INSET = 6.0


class Minimap(QWidget):
    """Looks at the same scene as its view."""

    def __init__(self, camera: Camera) -> None:
        super().__init__(camera)
        self._camera = camera
        self._contents: QRectF | None = None  # remembered until something moves
        self._blocks: tuple[QTransform, QPixmap] | None = None  # drawn once for a place on the map
        self._aside = False
        self.setFixedSize(SIZE)
        self.setAccessibleName(tr("Overview map"))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        camera.graph_scene.rearranged.connect(self.refresh)
        camera.moved.connect(self._stand_aside)
        theme.events().changed.connect(self.refresh)

    def refresh(self) -> None:
        """Something came, went or moved."""
        self._contents = self._blocks = None
        self._stand_aside()

    def _stand_aside(self) -> None:
        """Where all is in view there is nowhere to go: then the map must not lie over a node."""
        self._contents = self._contents or self._camera.graph_scene.contents()
        corner = self._camera.mapToScene(self.geometry()).boundingRect()
        aside = self._camera.visible_rect().contains(self._contents) and any(
            item.scene_rect().intersects(corner) for item in self._camera.graph_scene.nodes.values())
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, aside)
        self._aside = aside
        self.update()

    def _bounds(self) -> QRectF:
        """What the map shows: everything and where the view is now, if that is near."""
        if self._contents is None:
            self._contents = self._camera.graph_scene.contents()
        contents = self._contents
        shown = self._camera.visible_rect()
        margin = max(contents.width(), contents.height(), 1.0)
        near = contents.adjusted(-margin, -margin, margin, margin)
        return contents.united(shown.intersected(near)) if not contents.isEmpty() else shown

    def transform(self) -> QTransform:
        """From the scene to the map."""
        bounds, room = self._bounds(), QRectF(self.rect()).adjusted(INSET, INSET, -INSET, -INSET)
        scale = min(room.width() / max(bounds.width(), 1.0), room.height() / max(bounds.height(), 1.0))
        return QTransform().translate(room.center().x(), room.center().y()).scale(scale, scale).translate(
            -bounds.center().x(), -bounds.center().y())  # fmt: skip

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._held = self.transform()  # the map does not move under the mouse
        self._go(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._go(event.position())

    def _go(self, at: QPointF) -> None:
        self._camera.centerOn(self._held.inverted()[0].map(at))
        self._camera.moved.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._aside:
            return
        tokens = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(tokens.line, 1))
        painter.setBrush(theme.alpha(tokens.panel, 0.92))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        transform = self.transform()
        painter.drawPixmap(QPointF(0, 0), self._blocks_at(transform))
        shown = transform.mapRect(self._camera.visible_rect()).intersected(QRectF(self.rect()).adjusted(3, 3, -3, -3))
        painter.setBrush(theme.alpha(tokens.accent, 0.06))
        painter.setPen(QPen(tokens.accent, 1.2))
        painter.drawRoundedRect(shown, 3, 3)
        painter.end()

    def _blocks_at(self, transform: QTransform) -> QPixmap:
        if self._blocks is None or self._blocks[0] != transform:
            ratio = self.devicePixelRatioF()
            made = QPixmap(self.size() * ratio)
            made.setDevicePixelRatio(ratio)
            made.fill(Qt.GlobalColor.transparent)
            painter = QPainter(made)
            painter.setPen(Qt.PenStyle.NoPen)
            for color, rects in self._by_color(transform).items():
                painter.setBrush(QColor.fromRgb(color))
                painter.drawRects(rects)
            painter.end()
            self._blocks = (transform, made)
        return self._blocks[1]

    def _by_color(self, transform: QTransform) -> dict[int, list[QRectF]]:
        tokens = theme.tokens()
        found: dict[int, list[QRectF]] = {}
        scale, dx, dy = transform.m11(), transform.dx(), transform.dy()
        for item in self._camera.graph_scene.nodes.values():
            fill, _ = block_colors(item.face, tokens)
            at, box = item.pos(), item.box
            rect = QRectF(at.x() * scale + dx, at.y() * scale + dy,
                          max(box.width * scale, 2.0), max(box.height * scale, 1.5))  # fmt: skip
            found.setdefault(fill.rgb(), []).append(rect)
        return found
