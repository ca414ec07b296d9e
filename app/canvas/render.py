"""Pictures of graphs without a window: as on the canvas to PNG or SVG, and small ones for cards."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPixmap
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QApplication

from app import icons, theme
from app.canvas.faces import Face, face_of
from app.canvas.geometry import DOTS
from app.canvas.scene import GraphScene
from app.canvas.wires import WireView
from app.graph_model import GraphModel
from app.node_live import NodeLive
from app.tokens import Tokens
from graphs.catalog import Catalog
from graphs.checks import check
from graphs.document import Document
from graphs.language import tr
from graphs.spec import Kind

MARGIN = 32.0
LARGEST = 16_000  # pixels along one side
TILE = 18.0  # of a thumbnail's node


def render_document(document: Document, catalog: Catalog, path: Path | str, *, folder: Path | None = None, dark: bool = True,
                    scale: float = 2.0, lives: Mapping[str, NodeLive] | None = None, view: str = "shapes") -> Path:
    """Writes the graph as drawn on the canvas; the ending of `path` says PNG or SVG. Its files are looked for in
    `folder`. Needs a QApplication."""
    path = Path(path)
    if path.suffix.lower() not in (".png", ".svg"):
        raise ValueError(tr("A picture ends with .png or .svg, not with “{ending}”.", ending=path.suffix))
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        raise RuntimeError("a QApplication must exist before anything is drawn")
    before, wanted = theme.mode(), "dark" if dark else "light"
    theme.apply(app, wanted)
    try:
        model = GraphModel(catalog)
        model.open(document, folder)
        scene = GraphScene(model, catalog)
        scene.set_wire_view(WireView(view))
        scene.show_live(lives or {})
        _write(scene, path, scale)
    finally:
        if before != wanted:
            theme.apply(app, before)
    return path


def _write(scene: GraphScene, path: Path, scale: float) -> None:
    area = scene.contents().adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN)
    if path.suffix.lower() == ".svg":
        generator = QSvgGenerator()
        generator.setFileName(str(path))
        generator.setTitle(path.stem)
        generator.setSize(area.size().toSize())
        generator.setViewBox(QRectF(QPointF(0, 0), area.size()))
        painter = QPainter()
        if not painter.begin(generator):
            raise OSError(tr("The picture cannot be written to {path}.", path=path))
        _paint(scene, painter, area, QRectF(QPointF(0, 0), area.size()))
        painter.end()
        return
    scale = min(scale, LARGEST / max(area.width(), area.height()))
    image = QImage((area.size() * scale).toSize(), QImage.Format.Format_RGB32)
    painter = QPainter(image)
    _paint(scene, painter, area, QRectF(QPointF(0, 0), QSizeF(image.size())))
    painter.end()
    if not image.save(str(path)):
        raise OSError(tr("The picture cannot be written to {path}.", path=path))


def _paint(scene: GraphScene, painter: QPainter, area: QRectF, target: QRectF) -> None:
    """Ground, dots and items."""
    tokens = theme.tokens()
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
    painter.fillRect(target, tokens.canvas)
    ratio = target.width() / area.width()
    pitch = DOTS * ratio
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(tokens.grid)
    first = QPointF((-area.left() % DOTS) * ratio, (-area.top() % DOTS) * ratio)
    for column in range(int(target.width() / pitch) + 1):
        for row in range(int(target.height() / pitch) + 1):
            painter.drawEllipse(first + QPointF(column * pitch, row * pitch), 0.8 * ratio, 0.8 * ratio)
    scene.render(painter, target, area)


def thumbnail(document: Document, catalog: Catalog, size: QSize, ratio: float = 1.0) -> QPixmap:
    """The graph as a few tiles, in the theme in force, on nothing; without the wires of labels, which run past all
    others. For cards of the start page."""
    tokens = theme.tokens()
    made = QPixmap(size * ratio)
    made.setDevicePixelRatio(ratio)
    made.fill(Qt.GlobalColor.transparent)
    places, shapes = _places(document, QSizeF(size)), check(document, catalog).outputs
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme.mix(tokens.wire, tokens.panel, 0.2), 1.5))
    painter.drawLines([QLineF(places[wire.source], places[wire.target]) for wire in sorted(document.wires)
                       if wire.source in places and wire.target in places
                       and getattr(shapes.get((wire.source, wire.output)), "kind", None) is not Kind.LABELS])
    for node, center in places.items():
        _tile(painter, face_of(document.nodes[node], catalog), center, tokens)
    painter.end()
    return made


def _tile(painter: QPainter, face: Face, center: QPointF, tokens: Tokens) -> None:
    rect = QRectF(center.x() - TILE / 2, center.y() - TILE / 2, TILE, TILE)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(tokens.panel)
    painter.drawRoundedRect(rect, 5, 5)
    color: QColor = tokens.families[face.family] if face.family else tokens.text3
    painter.setBrush(tokens.tile(face.family) if face.family else tokens.line)
    painter.drawRoundedRect(rect, 5, 5)
    icons.paint(painter, icons.family(face.family) if face.family else "help", color, rect.adjusted(3, 3, -3, -3))


def _places(document: Document, size: QSizeF) -> dict[str, QPointF]:
    """In the columns and lines of the graph, close together; everything centred."""
    columns = sorted({node.position[0] for node in document.nodes.values()})
    lines = sorted({node.position[1] for node in document.nodes.values()})
    across = min(36.0, (size.width() - TILE) / max(len(columns) - 1, 1))
    down = min(TILE + 6.0, (size.height() - TILE) / max(len(lines) - 1, 1))
    left, top = (size.width() - across * (len(columns) - 1)) / 2, (size.height() - down * (len(lines) - 1)) / 2
    return {node.id: QPointF(left + across * columns.index(node.position[0]), top + down * lines.index(node.position[1]))
            for node in document.nodes.values()}
