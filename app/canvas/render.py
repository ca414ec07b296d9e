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

MARGIN = 32.0
LARGEST = 16_000  # pixels along one side
TILE = 18.0  # of a thumbnail's node


def render_document(document: Document, catalog: Catalog, path: Path | str, *, dark: bool = True, scale: float = 2.0,
                    lives: Mapping[str, NodeLive] | None = None, view: str = "shapes") -> Path:
    """Writes the graph as drawn on the canvas; the ending of `path` says PNG or SVG. Needs a QApplication."""
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
        model.open(document)
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
    """The graph as a few tiles on a line, in the theme in force, on nothing. For cards of the start page."""
    tokens = theme.tokens()
    made = QPixmap(size * ratio)
    made.setDevicePixelRatio(ratio)
    made.fill(Qt.GlobalColor.transparent)
    places = _places(document, catalog, QSizeF(size))
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme.mix(tokens.wire, tokens.panel, 0.2), 1.5))
    painter.drawLines([QLineF(places[wire.source], places[wire.target]) for wire in sorted(document.wires)
                       if wire.source in places and wire.target in places])
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


def _places(document: Document, catalog: Catalog, size: QSizeF) -> dict[str, QPointF]:
    """Columns by the longest way from a source, rows within them; everything centred."""
    order = check(document, catalog).order or tuple(sorted(document.nodes))
    column: dict[str, int] = {}
    for node in order:
        before = [column[wire.source] for wire in document.into(node) if wire.source in column]
        column[node] = max(before, default=-1) + 1
    rows: dict[int, list[str]] = {}
    for node in order:
        rows.setdefault(column[node], []).append(node)
    count = max(column.values(), default=0) + 1
    pitch = min(36.0, (size.width() - TILE) / max(count - 1, 1))
    left = (size.width() - pitch * (count - 1)) / 2
    places = {}
    for index, nodes in rows.items():
        step = min(TILE + 6, (size.height() - TILE) / max(len(nodes) - 1, 1))
        for row, node in enumerate(nodes):
            y = size.height() / 2 + (row - (len(nodes) - 1) / 2) * step
            places[node] = QPointF(left + pitch * index, y)
    return places
